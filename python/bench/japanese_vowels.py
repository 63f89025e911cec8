"""Who speaks?  RNNClassifier on JapaneseVowels: 9 speakers, 270 utterances to learn from and 370 to test, of 7 to 29
steps of 12 features.  https://archive.ics.uci.edu/dataset/128/japanese+vowels

    python bench/japanese_vowels.py FOLDER [SEEDS]             # FOLDER has JapaneseVowels_TRAIN.ts and _TEST.ts
    python bench/japanese_vowels.py FOLDER [SEEDS] sktime      # also the GRUClassifier of sktime, which needs torch

All run on one thread, on sequences in the same random order.  The time is that of fit; "busy" is the processor's time,
which other programs do not lengthen.  sktime's classifier gets what it needs to learn here: batch_first=True (with its
default, False, it takes the sequences of a batch for the steps of one), inputs of mean 0 and deviation 1, shuffled,
because it does not shuffle, and padded in front, because it classifies by the last step.
"""

import pathlib
import sys
import time

import numpy as np

from librnn.sklearn import RNNClassifier

NAME = "JapaneseVowels"
SPEAKER = {"cell": "gru", "hidden_size": 64, "bidirectional": True, "pooling": "mean", "recurrent_dropout": 0.5,
           "epochs": 40, "learning_rate": 0.005, "optimizer": "adamw"}


def read(path):
    """The sequences [T,12] of a .ts file, and their classes."""
    _, _, body = pathlib.Path(path).read_text(encoding="utf-8").partition("@data")
    cases = [line.split(":") for line in body.split()]
    return [np.array([channel.split(",") for channel in channels], float).T for *channels, _ in cases], \
        np.array([label for *_, label in cases])


def padded(sequences, longest):
    """As sktime's classifier takes them: [N,features,T], with 0 before the begin."""
    return np.stack([np.pad(one, ((longest - len(one), 0), (0, 0))).T for one in sequences])


def sktime_classifiers(longest, mean, scale):
    """By name, functions(seed) that make sktime's classifier, and the function that prepares X."""
    import torch
    from sktime.classification.deep_learning.gru import GRUClassifier
    torch.set_num_threads(1)

    def prepare(X):
        return padded([(one - mean) / scale for one in X], longest)

    equal = {"hidden_dim": 64, "n_layers": 1, "bidirectional": True, "batch_first": True, "num_epochs": 40, "batch_size": 32, "lr": 0.005,
             "optimizer": "AdamW"}
    return {"sktime GRUClassifier": (lambda seed: GRUClassifier(**equal, random_state=seed), prepare)}


def main(folder, seeds=5, *others):
    """Prints a table; returns {name: (mean accuracy, mean seconds)}."""
    folder = pathlib.Path(folder)
    X, y = read(folder / f"{NAME}_TRAIN.ts")
    X_test, y_test = read(folder / f"{NAME}_TEST.ts")
    classifiers = {"librnn RNNClassifier": (lambda seed: RNNClassifier(**SPEAKER, random_state=seed), lambda X: X)}
    if "sktime" in others:
        steps = np.concatenate(X)
        longest = max(map(len, X + X_test))
        classifiers.update(sktime_classifiers(longest, steps.mean(axis=0), steps.std(axis=0)))
    print(f"{'':36s} {'seed':>4s} {'right':>7s} {'seconds':>8s} {'busy':>6s}")
    means = {}
    for name, (create, prepare) in classifiers.items():
        rows = []
        for seed in range(int(seeds)):
            order = np.random.default_rng(seed).permutation(len(X))
            classifier, given, classes = create(seed), prepare([X[index] for index in order]), y[order]
            began, busy = time.perf_counter(), time.process_time()
            classifier.fit(given, classes)
            seconds, busy = time.perf_counter() - began, time.process_time() - busy
            right = np.mean(classifier.predict(prepare(X_test)) == y_test)
            rows.append((right, seconds, busy))
            print(f"{name:36s} {seed:4d} {right:7.2%} {seconds:8.2f} {busy:6.2f}", flush=True)
        mean = np.mean(rows, axis=0)
        print(f"{name:36s} mean {mean[0]:7.2%} {mean[1]:8.2f} {mean[2]:6.2f}")
        means[name] = mean[0], mean[1]
    return means


if __name__ == "__main__":
    main(*sys.argv[1:])
