"""Classifies sequences of different lengths: names by their language.

    python classify.py [FOLDER] [EPOCHS]      # LANGUAGE.txt with a name a line; without a folder names are made up
"""

import pathlib
import sys

import numpy as np

import librnn

SYLLABLES = {"Aran": ("ka", "to", "mi", "ra", "su"), "Belin": ("bert", "hag", "gen", "stro", "mann"),
             "Celan": ("cel", "os", "andro", "is", "pou"), "Dorin": ("mc", "dor", "ley", "ton", "o'")}


def make_up(count=150):
    """Names of syllables; a fifth of the syllables are of any language."""
    random, names = np.random.default_rng(0), {}
    anything = [syllable for syllables in SYLLABLES.values() for syllable in syllables]
    for language, syllables in SYLLABLES.items():
        names[language] = ["".join(random.choice(anything if random.random() < 0.2 else syllables)
                                   for _ in range(random.integers(2, 6))) for _ in range(count)]
    return names


def read(folder):
    files = sorted(path for path in pathlib.Path(folder).glob("*.txt"))
    return {path.stem: path.read_text(encoding="utf-8").split() for path in files}


def main(folder=None, epochs=30):
    """Prints a table; returns the proportion of the names held out that are right."""
    names = read(folder) if folder else make_up()
    languages = list(names)
    examples = [(name, number) for number, language in enumerate(languages) for name in names[language]]
    np.random.default_rng(1).shuffle(examples)
    alphabet = {letter: number for number, letter in enumerate(sorted({c for name, _ in examples for c in name}))}
    x = [np.array([alphabet[letter] for letter in name]) for name, _ in examples]
    y = [int(number) for _, number in examples]
    held_out = len(x) // 5

    model = librnn.Model(cell="lstm", vocabulary=len(alphabet), embedding_size=16, hidden_size=32, direction="both",
                         output="mean", classes=len(languages))
    trainer = librnn.Trainer(model, librnn.Optimizer("adam", model, rate=0.01), "cross_entropy",
                             epochs=int(epochs))
    history = trainer.fit(x[held_out:], y[held_out:], validation=(x[:held_out], y[:held_out]),
                          callbacks=[librnn.EarlyStopping(patience=5)])
    loss, accuracy = trainer.evaluate(x[:held_out], y[:held_out])
    print(f"{len(history)} epochs; held out: loss {loss:.3f}, {accuracy:.1%} right")

    found = model.predict(x[:held_out]).argmax(axis=1)
    for number, language in enumerate(languages):
        of_language = np.array(y[:held_out]) == number
        if of_language.any():
            print(f"{language:12s} {np.mean(found[of_language] == number):4.0%} of {of_language.sum()}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
