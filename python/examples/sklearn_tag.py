"""Tags every step of a recording: what does somebody do, by an accelerometer?  The recordings are generated.

    python sklearn_tag.py
"""

import numpy as np

from librnn.sklearn import SequenceTagger

RHYTHM = {"rest": (0.0, 1.0), "walk": (1.0, 8.0), "run": (2.0, 4.0)}  # amplitude, and steps of a period


def record(random):
    """Three axes [T,3], and the activity at each step."""
    parts, labels = [], []
    for _ in range(random.integers(2, 6)):
        activity = random.choice(list(RHYTHM))
        steps, (amplitude, period) = random.integers(10, 31), RHYTHM[activity]
        phases = 2 * np.pi * (np.arange(steps)[:, None] / period + random.random(3))
        parts.append(amplitude * np.sin(phases) + 0.3 * random.standard_normal((steps, 3)))
        labels += [str(activity)] * steps
    return np.concatenate(parts), labels


def main():
    """Prints a recording; returns the proportion of the steps of new recordings that are right."""
    random = np.random.default_rng(0)
    X, y = map(list, zip(*(record(random) for _ in range(80))))
    tagger = SequenceTagger(hidden_size=32, bidirectional=True, epochs=40, random_state=0)
    tagger.fit(X[:60], y[:60])
    score = tagger.score(X[60:], y[60:])
    print(f"{score:.1%} of the steps of new recordings are right")
    [found] = tagger.predict(X[60:61])
    print("right:", "".join(label[1] for label in y[60]), "   e rest, a walk, u run")
    print("found:", "".join(label[1] for label in found))
    return score


if __name__ == "__main__":
    main()
