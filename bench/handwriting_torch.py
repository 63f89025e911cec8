#!/usr/bin/env python3
"""Both trainings of examples/handwriting, with its defaults, in PyTorch: seconds, and what is right on held-out data.

usage: handwriting_torch.py FOLDER [--strings] [--packed] [--epochs N] [--seed N] [--threads N]

Needs numpy and torch from PyPI (torch==2.13.0 was used).

The same numbers go in: distortions and strings come from the same generator in the same order.  Initial weights and the
order within an epoch are PyTorch's own.  As in handwriting, only updates count as time, not the drawing of an epoch
and not the held-out data.  Digits all have 8 points.  Strings are padded and go through two LSTMs, of which one gets
each of them turned round within its length, as a reverse direction must not begin in the padding; --packed does the
same by one bidirectional LSTM on packed sequences, which took about twice as long.
"""
import argparse
import math
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

UNITS, BATCH, RATE, MAX_NORM, DISTORTION = 100, 64, 0.01, 1.0, 0.1
STRINGS, HELD_OUT, HELD_OUT_SEED = 2000, 1000, 1998
SIDE, POINTS, SHORTEST, LONGEST, LEAST_GAP, MOST_GAP = 100.0, 8, 3, 7, 10.0, 50.0


class Random:
    """SplitMix64, from examples/common/random.c."""

    def __init__(self, seed):
        self.state, self.block, self.at = np.uint64(seed), np.empty(0), 0

    def more(self, count):
        with np.errstate(over="ignore"):
            z = self.state + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            self.state = z[-1]
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def uniforms(self, count):
        if self.at + count > len(self.block):
            self.block, self.at = np.concatenate([self.block[self.at :], self.more(max(count, 65536))]), 0
        self.at += count
        return self.block[self.at - count : self.at]

    def uniform(self):
        return self.uniforms(1)[0]

    def normals(self, count):
        u = self.uniforms(2 * count).reshape(count, 2)
        return np.sqrt(-2 * np.log(1 - u[:, 0])) * np.cos(6.283185307179586 * u[:, 1])


def read(path):
    rows = [line.strip().split(",") for line in open(path) if line.strip()]
    points = np.array([row[:-1] for row in rows], dtype=np.float32).reshape(len(rows), POINTS, 2)
    return points, np.array([row[-1].index("1") for row in rows])


def distorted(points, deviation, random):
    """Of digits [N,8,2], each by a matrix of its own."""
    matrices = np.eye(2) + deviation * random.normals(4 * len(points)).reshape(-1, 2, 2)
    moved = np.einsum("nij,npj->npi", matrices, points.astype(np.float64) - SIDE / 2) + SIDE / 2
    return moved.astype(np.float32)


def string(points, labels, deviation, random):
    parts, chosen, edge = [], [], 0.0
    for i in range(SHORTEST + int(random.uniform() * (LONGEST - SHORTEST + 1))):
        chosen.append(int(random.uniform() * len(points)))
        digit = distorted(points[chosen[-1]][None], deviation, random)[0].astype(np.float64)
        left = digit[:, 0].min()
        edge += LEAST_GAP + (MOST_GAP - LEAST_GAP) * random.uniform() if i else 0.0
        digit[:, 0] += edge - left
        edge = digit[:, 0].max()
        parts.append(digit.astype(np.float32))
    return np.concatenate(parts), labels[chosen] + 1  # behind the blank


def features(path, inputs):
    """Of paths [...,T,2]: x, y and the way from the point before; the last `inputs` of them."""
    half = np.float32(SIDE / 2)
    way = np.diff(path, axis=-2, prepend=path[..., :1, :])
    return torch.from_numpy(np.concatenate([path / half - 1, way / half], axis=-1)[..., 4 - inputs :].copy())


class Digits(nn.Module):
    """x [B,8,4]"""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(4, UNITS, batch_first=True, bidirectional=True), nn.Linear(2 * UNITS, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0].mean(1))


class Strings(nn.Module):
    """A list of [T,3]; logits [T,B,11] and the lengths."""

    def __init__(self):
        super().__init__()
        self.ahead, self.back = nn.LSTM(3, UNITS), nn.LSTM(3, UNITS)
        self.head = nn.Linear(2 * UNITS, 11)

    def forward(self, items):
        lengths = torch.tensor([len(item) for item in items])
        x = pad_sequence(items)
        steps = torch.arange(len(x))[:, None]
        turned = torch.where(steps < lengths, lengths - 1 - steps, steps)[:, :, None]
        back = self.back(x.gather(0, turned.expand(-1, -1, 3)))[0].gather(0, turned.expand(-1, -1, UNITS))
        return self.head(torch.cat([self.ahead(x)[0], back], 2)), lengths


class PackedStrings(nn.Module):
    """The same."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, UNITS, bidirectional=True), nn.Linear(2 * UNITS, 11)

    def forward(self, items):
        lengths = torch.tensor([len(item) for item in items])
        packed = pack_padded_sequence(pad_sequence(items), lengths, enforce_sorted=False)
        return self.head(pad_packed_sequence(self.lstm(packed)[0])[0]), lengths


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        diagonal, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (x != y), 1 + row[j], 1 + row[j + 1])
    return row[-1]


class DigitTask:
    def __init__(self, folder):
        self.points, self.labels = read(f"{folder}/pendigits.tra")
        self.held_out, self.answers = read(f"{folder}/pendigits.tes")
        self.count = len(self.points)
        self.network = Digits()

    def draw(self, random):
        return features(distorted(self.points, DISTORTION, random), 4), torch.from_numpy(self.labels)

    def loss(self, epoch, batch):
        return nn.functional.cross_entropy(self.network(epoch[0][batch]), epoch[1][batch])

    def result(self):
        right = (self.network(features(self.held_out, 4)).argmax(1).numpy() == self.answers).sum()
        return f"right {right} of {len(self.answers)}, {100 * right / len(self.answers):.2f} %"


class StringTask:
    def __init__(self, folder, packed):
        self.digits = read(f"{folder}/pendigits.tra")
        random = Random(HELD_OUT_SEED)
        digits = read(f"{folder}/pendigits.tes")
        self.held_out = [string(*digits, 0, random) for _ in range(HELD_OUT)]
        self.count = STRINGS
        self.network = PackedStrings() if packed else Strings()

    def draw(self, random):
        drawn = [string(*self.digits, DISTORTION, random) for _ in range(STRINGS)]
        return [(features(path, 3), torch.from_numpy(labels)) for path, labels in drawn]

    def loss(self, epoch, batch):
        items, labels = zip(*(epoch[i] for i in batch.tolist()))
        logits, lengths = self.network(items)
        label_lengths = torch.tensor([len(l) for l in labels])
        return nn.functional.ctc_loss(logits.log_softmax(2), torch.cat(labels), lengths, label_lengths,
                                      zero_infinity=True)

    def result(self):
        edits = total = 0
        logits, lengths = self.network([features(path, 3) for path, _ in self.held_out])
        for best, length, (_, labels) in zip(logits.argmax(2).T.tolist(), lengths.tolist(), self.held_out):
            best = best[:length]
            edits += distance([c for c, before in zip(best, [0] + best) if c and c != before], labels.tolist())
            total += len(labels)
        return f"error rate {100 * edits / total:.2f} %"


def train(task, epochs, seed):
    parameters = list(task.network.parameters())
    adam = torch.optim.Adam(parameters, lr=RATE)
    updates = epochs * math.ceil(task.count / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, updates, eta_min=RATE / 100)
    random, seconds = Random(seed), 0.0
    for _ in range(epochs):
        epoch = task.draw(random)
        begin = time.perf_counter()
        for batch in torch.randperm(task.count).split(BATCH):
            adam.zero_grad()
            task.loss(epoch, batch).backward()
            nn.utils.clip_grad_norm_(parameters, MAX_NORM)
            adam.step()
            schedule.step()
        seconds += time.perf_counter() - begin
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--strings", action="store_true")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    o = parser.parse_args()
    torch.manual_seed(o.seed)
    torch.set_num_threads(o.threads)
    task = StringTask(o.folder, o.packed) if o.strings else DigitTask(o.folder)
    seconds = train(task, o.epochs or (30 if o.strings else 12), o.seed)
    with torch.inference_mode():
        print(f"{task.result()}   {seconds:.1f} s of training")


main()
