#!/usr/bin/env python3
"""Accuracy over training time: tanh, LSTM, GRU and minGRU on four tasks, each network with the same settings.

    python3 bench/cells.py [--data FOLDER] [--seconds S] [--units H] [--task NAME]... [--cell NAME]... > RUN
    bench/plot cells RUN bench/cells.svg

adding  the sum of two numbers that are marked among 100: the oldest is about 75 steps back (examples/adding); the mean
        squared error.  Made here.
names   which of 18 languages a name is from, read letter by letter; the percentage of wrong ones.  FOLDER/names
speech  which of ten digits was spoken, from log-mel energies of some 40 frames; recordings 0 to 4 of each speaker and
        digit are held out; the percentage of wrong ones.  FOLDER/speech/recordings
text    the next character of tiny Shakespeare, whose last tenth is held out; nats.  FOLDER/text/input.txt

One layer, forward, one thread, Adam, rate 0.003, the norm of the gradient at most 1.  Prints for each task, cell and
round its seconds of training (those of evaluation are left out) and the result on what is held out.  Uses the Python
package librnn.
"""
import argparse
import pathlib
import sys
import time

import librnn
import numpy as np

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
CELLS = {"tanh": {"cell": "tanh"}, "LSTM": {"cell": "lstm", "forget_bias": 1}, "GRU": {"cell": "gru"},
         "minGRU": {"cell": "mingru"}}
LENGTH, PIECE = 100, 500


def adding(count, random):
    """Sequences [LENGTH,2] of numbers and marks, and the sums of the marked ones."""
    x = np.stack([random.random((count, LENGTH)), np.zeros((count, LENGTH))], axis=2).astype(np.float32)
    rows, half = np.arange(count), LENGTH // 2
    places = random.integers(half, size=count), half + random.integers(LENGTH - half, size=count)
    for place in places:
        x[rows, place, 1] = 1
    return list(x), sum(x[rows, place, 0] for place in places)[:, None]


def adding_task(_, random):
    held_out = adding(500, np.random.default_rng(1))
    return {"input_size": 2, "classes": 1, "output": "last_step"}, "squared_error", lambda: adding(640, random), held_out


def rounds(x, y, size, random):
    """Gives random parts of `size` sequences, all sequences before any twice."""
    order = []

    def draw():
        nonlocal order
        if len(order) < size:
            order = list(random.permutation(len(x)))
        part, order = order[:size], order[size:]
        return [x[i] for i in part], [y[i] for i in part]
    return draw


def split(x, y, held):
    return [([x[i] for i in places], [y[i] for i in places]) for places in (np.flatnonzero(~held), np.flatnonzero(held))]


def names_task(data, random):
    found = []
    for label, path in enumerate(sorted((data / "names").glob("[A-Z][a-z]*.txt"))):
        found += [(line.strip().lower().encode(), label) for line in path.read_text(encoding="utf-8").splitlines() if line]
    letters = sorted(set(b"".join(name for name, _ in found)))
    table = np.zeros(256, np.int32)
    table[letters] = np.arange(len(letters))
    x = [table[np.frombuffer(name, np.uint8)] for name, _ in found]
    training, held_out = split(x, [label for _, label in found], np.random.default_rng(1).random(len(x)) < 0.2)
    network = {"vocabulary": len(letters), "classes": 1 + found[-1][1], "output": "last_step"}
    return network, "cross_entropy", rounds(*training, 2000, random), held_out


def speech_task(data, random):
    sys.path.insert(0, str(ROOT / "python" / "examples"))
    import digits
    recordings = [(digits.features(sound), digit, held) for sound, digit, held in digits.read(data / "speech" / "recordings")]
    x, y, held = zip(*recordings)
    training, held_out = split(x, y, np.array(held))
    network = {"input_size": digits.BANDS, "classes": 10, "output": "last_step"}
    return network, "cross_entropy", rounds(*training, 900, random), held_out


def text_task(data, random):
    text = np.frombuffer((data / "text" / "input.txt").read_bytes(), np.uint8)
    letters, tokens = np.unique(text, return_inverse=True)
    tokens = tokens.astype(np.int32)
    first = len(tokens) - len(tokens) // 10
    pieces = [tokens[at:at + PIECE + 1] for at in range(0, first - PIECE, PIECE)]
    held_out = [tokens[at:at + PIECE + 1] for at in range(first, len(tokens) - PIECE, PIECE)]
    draw = rounds([piece[:-1] for piece in pieces], [piece[1:] for piece in pieces], 128, random)
    return ({"vocabulary": len(letters), "classes": len(letters)}, "cross_entropy", draw,
            ([piece[:-1] for piece in held_out], [piece[1:] for piece in held_out]))


# How the data are made, what the result is, seconds of training for each network.
TASKS = {"adding": (adding_task, "mean squared error", 15), "names": (names_task, "percent wrong", 15),
         "speech": (speech_task, "percent wrong", 6), "text": (text_task, "nats a character", 60)}


def run(name, cell, options):
    """Trains; yields the seconds so far and the result on what is held out."""
    make, unit, most = TASKS[name]
    network, loss, draw, held_out = make(options.data, np.random.default_rng(2))
    model = librnn.Model(**CELLS[cell], **network, hidden_size=options.units, seed=1)
    optimizer = librnn.Optimizer("adam", model, rate=0.003, max_norm=1.0)
    trainer = librnn.Trainer(model, optimizer, loss, batch_size=32, threads=1)
    held_out = trainer.dataset(*held_out)
    seconds = 0.0
    while seconds < (options.seconds or most):
        training = trainer.dataset(*draw())
        began = time.perf_counter()
        trainer.fit(training, epochs=1)
        seconds += time.perf_counter() - began
        result = trainer.evaluate(held_out)
        yield seconds, 100 * (1 - result.accuracy) if unit == "percent wrong" else result.loss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data", metavar="FOLDER")
    parser.add_argument("--seconds", type=float, metavar="S", help="of training for each network; default: the task's")
    parser.add_argument("--units", type=int, default=128, metavar="H")
    parser.add_argument("--task", action="append", choices=TASKS, help="only this; may be repeated")
    parser.add_argument("--cell", action="append", choices=CELLS, help="the same")
    options = parser.parse_args()
    print(f"# {options.units} units, one thread")
    for task in options.task or TASKS:
        for cell in options.cell or CELLS:
            for seconds, result in run(task, cell, options):
                print(f"{task}\t{TASKS[task][1]}\t{cell}\t{seconds:.2f}\t{result:.5g}", flush=True)


if __name__ == "__main__":
    main()
