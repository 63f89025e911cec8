"""Classifies sequences of different lengths with the tools of scikit-learn: choosing by cross-validation, testing.

    python sklearn_classify.py [FOLDER]      # JapaneseVowels_TRAIN.ts and _TEST.ts; without a folder data is generated
"""

import pathlib
import sys

import numpy as np
from sklearn.metrics import classification_report
from sklearn.model_selection import GridSearchCV

from librnn.sklearn import RNNClassifier


def generate(count, seed):
    """Waves of 10 to 40 steps with noise; the class is their shape."""
    random, X, y = np.random.default_rng(seed), [], []
    for _ in range(count):
        phase = np.arange(random.integers(10, 41)) / random.uniform(6, 12) + random.random()
        shape = random.choice(["sine", "square", "saw"])
        wave = {"sine": np.sin(2 * np.pi * phase), "square": np.sign(np.sin(2 * np.pi * phase)),
                "saw": 2 * (phase % 1) - 1}[shape]
        X.append((wave + 0.2 * random.standard_normal(len(wave)))[:, None])
        y.append(str(shape))
    return X, y


def read(path):
    """The sequences [T,features] of a .ts file, and their classes."""
    cases = [line.split(":") for line in path.read_text(encoding="utf-8").partition("@data")[2].split()]
    return [np.array([channel.split(",") for channel in channels], float).T for *channels, _ in cases], \
        [label for *_, label in cases]


def main(folder=None):
    """Prints a report; returns the proportion of the test sequences that are right."""
    if folder:
        [training], [test] = (pathlib.Path(folder).glob(f"*_{part}.ts") for part in ("TRAIN", "TEST"))
        (X, y), (X_test, y_test) = read(training), read(test)
    else:
        (X, y), (X_test, y_test) = generate(150, 0), generate(100, 1)
    classifier = RNNClassifier(hidden_size=32, bidirectional=True, epochs=30, random_state=0)
    search = GridSearchCV(classifier, {"pooling": ["last_step", "mean"]}, cv=3)
    search.fit(X, y)
    print(f"best in cross-validation: {search.best_params_}, {search.best_score_:.1%} right")
    print(classification_report(y_test, search.predict(X_test)))
    return search.score(X_test, y_test)


if __name__ == "__main__":
    main(*sys.argv[1:])
