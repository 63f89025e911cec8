#!/usr/bin/env python3
"""The tasks of examples/classify, with their defaults, in PyTorch: seconds of training and held-out accuracy.

usage: classify_torch.py names|series FOLDER [--epochs N] [--seed N] [--threads N]

Needs torch and numpy from PyPI (torch==2.13.0).

The same sequences and the same split, a bidirectional GRU whose last states, one of each direction, go to a linear
layer, AdamW with a cosine over all updates, clipping at norm 1, noise drawn anew for each epoch.  Sequences
are packed: two GRUs over padded sequences, one of them over each turned round, compute the same and were no faster.
PyTorch's GRU has no dropout of the state within a layer; in its place stands dropout of the same share before the
linear layer.  Only training is timed, as in classify.
"""
import argparse
import glob
import math
import os
import time

import numpy
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

SETTINGS = {  # units, dropout, noise, epochs, batch
    "names": (128, 0.3, 0.02, 15, 64),
    "series": (100, 0.5, 0.6, 60, 32),
}
RATE, DECAY, LONGEST_GRADIENT, HELD_OUT, UNKNOWN = 0.003, 0.01, 1.0, 5, 0
MASK = (1 << 64) - 1


class Random:
    """SplitMix64, as in examples/common/random.c: it decides which names are held out."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53

    def shuffle(self, items):
        for i in range(len(items), 1, -1):
            j = int(self.uniform() * i)
            items[i - 1], items[j] = items[j], items[i - 1]


def read_names(folder, seed):
    """Names as tokens and their classes, for training and held out; classes; size of the alphabet."""
    random, parts, letters = Random(seed), ([], []), {}
    files = sorted(glob.glob(os.path.join(glob.escape(folder), "*.txt")), key=os.fsencode)
    for label, path in enumerate(files):
        with open(path, "rb") as file:
            names = sorted({line.strip(b" \t\r").lower() for line in file.read().split(b"\n")} - {b""})
        random.shuffle(names)
        border = max(1, len(names) // HELD_OUT)
        for name in names[border:]:
            for byte in name:
                letters.setdefault(byte, len(letters) + 1)
        for part, chosen in zip(parts, (names[border:], names[:border])):
            part.extend((name, label) for name in chosen)
    tokens = [[(torch.tensor([letters.get(byte, UNKNOWN) for byte in name]), label) for name, label in part]
              for part in parts]
    return *tokens, len(files), len(letters) + 1


def read_part(path, classes):
    """The cases of a .ts file as arrays [T,I] with their labels; `classes` is filled from the header if it is empty."""
    cases = []
    with open(path, encoding="utf-8") as file:
        for line in map(str.strip, file):
            if line.lower().startswith("@classlabel true") and not classes:
                classes.extend(line.split()[2:])
            elif line and line[0] not in "@#":
                *dimensions, label = line.split(":")
                values = numpy.array([[float(v) for v in d.split(",")] for d in dimensions], dtype=numpy.float32)
                cases.append((values.T, classes.index(label.strip())))
    return cases


def read_series(folder, _seed):
    """Series of mean 0 and deviation 1 by the training set, and their classes; classes; inputs."""
    classes = []
    parts = [read_part(glob.glob(os.path.join(glob.escape(folder), "*" + end))[0], classes)
             for end in ("_TRAIN.ts", "_TEST.ts")]
    steps = numpy.concatenate([x for x, _ in parts[0]]).astype(numpy.float64)
    mean, deviation = steps.mean(0).astype(numpy.float32), steps.std(0).astype(numpy.float32)
    scaled = [[(torch.from_numpy(numpy.ascontiguousarray((x - mean) / deviation)), label) for x, label in part]
              for part in parts]
    return *scaled, len(classes), parts[0][0][0].shape[1]


class Classifier(nn.Module):
    def __init__(self, inputs, units, classes, dropout, tokens):
        super().__init__()
        self.gru = nn.GRU(inputs, units, bidirectional=True)
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(2 * units, classes)
        self.one_hot = torch.eye(inputs) if tokens else None

    def forward(self, x, lengths):
        """x [T,B,I], or tokens [T,B], 0 past the end; lengths [B]."""
        x = x[: lengths.max()]
        if self.one_hot is not None:
            x = self.one_hot[x]
        _, last = self.gru(pack_padded_sequence(x, lengths, enforce_sorted=False))
        return self.head(self.dropout(torch.cat((last[0], last[1]), dim=1)))


def as_arrays(cases):
    """All sequences as one array [T,N,...], their lengths [N] and labels [N]."""
    lengths = torch.tensor([len(s) for s, _ in cases])
    return pad_sequence([s for s, _ in cases]), lengths, torch.tensor([label for _, label in cases])


def with_noise(x, tokens, strength):
    if tokens:
        return torch.where(torch.rand(x.shape) < strength, UNKNOWN, x)
    return x + strength * torch.randn_like(x)


def measure(model, held_out, classes):
    model.eval()
    confusion = numpy.zeros((classes, classes))
    x, lengths, labels = as_arrays(held_out)
    with torch.inference_mode():
        for label, taken in zip(labels.tolist(), model(x, lengths).argmax(1).tolist()):
            confusion[label, taken] += 1
    present = confusion.sum(1) > 0
    recalls = confusion.diagonal()[present] / confusion.sum(1)[present]
    return confusion.trace() / confusion.sum(), recalls.mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=SETTINGS)
    parser.add_argument("folder")
    for name, default in (("epochs", 0), ("seed", 1), ("threads", len(os.sched_getaffinity(0)))):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    tokens, seed = options.task == "names", options.seed
    torch.manual_seed(seed)
    torch.set_num_threads(options.threads)
    units, dropout, noise, epochs, batch = SETTINGS[options.task]
    epochs = options.epochs or epochs
    training, held_out, classes, inputs = (read_names if tokens else read_series)(options.folder, seed)
    print(f"{classes} classes, {len(training)} sequences to learn from, {len(held_out)} held out")
    model = Classifier(inputs, units, classes, dropout, tokens)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    updates = epochs * math.ceil(len(training) / batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, updates, RATE / 100)
    loss_of = nn.CrossEntropyLoss()

    begin = time.perf_counter()
    x, lengths, labels = as_arrays(training)
    for _ in range(epochs):
        noisy = with_noise(x, tokens, noise)
        for part in torch.randperm(len(training)).split(batch):
            optimiser.zero_grad()
            loss_of(model(noisy[:, part], lengths[part]), labels[part]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), LONGEST_GRADIENT)
            optimiser.step()
            schedule.step()
    seconds = time.perf_counter() - begin
    accuracy, balanced = measure(model, held_out, classes)
    print(f"held-out accuracy {100 * accuracy:.2f} %, mean of the recalls {100 * balanced:.2f} %, "
          f"{sum(p.numel() for p in model.parameters())} parameters, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
