#!/usr/bin/env python3
"""The tasks of examples/speech, with their defaults, in PyTorch: seconds of training, and what is right of what is held
out.

usage: speech_torch.py RECORDINGS [--strings] [--seed N] [--threads N] [--epochs N]        needs torch and numpy

The same features, split, network (a bidirectional LSTM of 96 units each way), masks, batches of 32, Adam from 0.003
down to a hundredth of that as a cosine, gradients of norm 5 at most; the draws themselves are others.  Making the
sequences of an epoch is not counted as training time, as in speech.  Sequences are packed; padding them and handing on
only lengths lets the reverse direction begin in the padding, which is another computation.
"""
import argparse
import glob
import math
import os
import time
import wave

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence, pad_packed_sequence

BANDS, STACKED, DIGITS, UNITS, BATCH, RATE, MAX_NORM = 40, 3, 10, 96, 32, 0.003, 5.0
DRAWS, TEST_STRINGS = 600, 300
parser = argparse.ArgumentParser()
parser.add_argument("recordings")
parser.add_argument("--strings", action="store_true")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
parser.add_argument("--epochs", type=int)
options = parser.parse_args()
epochs = options.epochs or (40 if options.strings else 16)
torch.manual_seed(options.seed)
torch.set_num_threads(options.threads)
random = np.random.default_rng(options.seed)

# ---- features: as in examples/speech/features.c ----------------------------------------------------------------------

SAMPLES, HOP = 200, 80  # of a frame, at 8000 a second
window = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SAMPLES) + 0.5) / SAMPLES)).astype(np.float32)


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)


places = (mel(np.arange(SAMPLES + 1) * 4000 / SAMPLES) - mel(50)) / ((mel(4000) - mel(50)) / (BANDS + 1))
bands = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(1, BANDS + 1))).astype(np.float32)


def features(samples):
    frames = 1 + max(0, len(samples) - SAMPLES) // HOP
    frames = -(-frames // STACKED) * STACKED
    needed = (frames - 1) * HOP + SAMPLES
    padded = np.zeros(max(needed, len(samples)), np.float32)
    padded[: len(samples)] = samples.astype(np.float32) / 32768
    cut = np.lib.stride_tricks.sliding_window_view(padded, SAMPLES)[: needed - SAMPLES + 1 : HOP]
    spectra = np.fft.rfft(cut * window, 2 * SAMPLES).astype(np.complex64)
    return np.log((spectra.real**2 + spectra.imag**2) @ bands + 1e-6).astype(np.float32)


# ---- data ------------------------------------------------------------------------------------------------------------


def read(path):
    digit, speaker, index = os.path.basename(path)[:-4].split("_")
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), int(digit), speaker, int(index)


everything = [read(path) for path in sorted(glob.glob(os.path.join(options.recordings, "*.wav")))]
training = [r for r in everything if r[3] >= 5]
held_out = [r for r in everything if r[3] < 5]
clean = [features(r[0]) for r in training]
together = np.concatenate(clean)
mean, deviation = together.mean(0), together.std(0)


def scaled(x):
    return (x - mean) / deviation


def augmented(x):
    x = x + 0.25 * random.standard_normal(dtype=np.float32)
    size = random.integers(0, 9)
    first = random.integers(0, BANDS - size + 1)
    x[:, first : first + size] = 0
    for t in range(0, len(x), 50):
        part = min(50, len(x) - t)
        size = random.integers(0, min(8, part) + 1)
        first = t + random.integers(0, part - size + 1)
        x[first : first + size] = 0
    return x


def stacked(x):
    return torch.from_numpy(np.ascontiguousarray(x, np.float32).reshape(-1, STACKED * BANDS))


def draw_string(recordings, draws):
    speaker = recordings[draws.integers(len(recordings))][2]
    own = [r for r in recordings if r[2] == speaker]
    parts = [own[draws.integers(len(own))] for _ in range(draws.integers(3, 8))]
    return scaled(features(np.concatenate([p[0] for p in parts]))), [1 + p[1] for p in parts]


def draw_epoch():
    if options.strings:
        drawn = [draw_string(training, random) for _ in range(DRAWS)]
        return [(stacked(augmented(x)), labels) for x, labels in drawn]
    order = random.permutation(len(clean))
    return [(stacked(augmented(scaled(clean[i]))), [training[i][1]]) for i in order]


if options.strings:
    fixed = np.random.default_rng(0)
    test = [(stacked(x), labels) for x, labels in (draw_string(held_out, fixed) for _ in range(TEST_STRINGS))]
else:
    test = [(stacked(scaled(features(r[0]))), [r[1]]) for r in held_out]

# ---- the network -----------------------------------------------------------------------------------------------------

lstm = nn.LSTM(STACKED * BANDS, UNITS, bidirectional=True)
head = nn.Linear(2 * UNITS, DIGITS + 1 if options.strings else DIGITS)
parameters = [*lstm.parameters(), *head.parameters()]
adam = torch.optim.Adam(parameters, lr=RATE)


def run(batch):
    """Logits and steps: [T,B,C] for strings, [B,C] for digits."""
    packed = pack_sequence([x for x, _ in batch], enforce_sorted=False)
    out, _ = lstm(packed)
    if options.strings:
        return pad_packed_sequence(PackedSequence(head(out.data), *out[1:]))
    y, lengths = pad_packed_sequence(out)
    return head(y.sum(0) / lengths[:, None]), lengths


def loss_of(batch):
    logits, lengths = run(batch)
    labels = torch.tensor([label for _, string in batch for label in string])
    if options.strings:
        counts = torch.tensor([len(string) for _, string in batch])
        return nn.functional.ctc_loss(logits.log_softmax(2), labels, lengths, counts, zero_infinity=True)
    return nn.functional.cross_entropy(logits, labels)


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(last + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def best_path(logits):
    path = logits.argmax(1).tolist()
    return [c for t, c in enumerate(path) if c and (t == 0 or path[t - 1] != c)]


# ---- training --------------------------------------------------------------------------------------------------------

seconds, update, updates = 0.0, 0, epochs * -(-(DRAWS if options.strings else len(clean)) // BATCH)
for epoch in range(epochs):
    drawn = draw_epoch()
    begin, losses = time.perf_counter(), 0.0
    for i in range(0, len(drawn), BATCH):
        adam.param_groups[0]["lr"] = RATE * (0.01 + 0.99 * (1 + math.cos(math.pi * update / updates)) / 2)
        adam.zero_grad()
        loss = loss_of(drawn[i : i + BATCH])
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, MAX_NORM)
        adam.step()
        update += 1
        losses += loss.item() * len(drawn[i : i + BATCH])
    seconds += time.perf_counter() - begin
    print(f"epoch {epoch + 1:3d}/{epochs}   loss {losses / len(drawn):.4f}   {seconds:.1f} s", flush=True)

wrong = labels = whole = 0
with torch.inference_mode():
    for i in range(0, len(test), 64):
        batch = test[i : i + 64]
        logits, lengths = run(batch)
        for b, (_, string) in enumerate(batch):
            heard = best_path(logits[: lengths[b], b]) if options.strings else [int(logits[b].argmax())]
            distance = edits(heard, string)
            wrong, labels, whole = wrong + distance, labels + len(string), whole + (distance == 0)
if options.strings:
    print(f"digit errors {100 * wrong / labels:.2f} %, strings right {100 * whole / len(test):.2f} %")
else:
    print(f"right {100 * whole / len(test):.2f} %")
print(f"{sum(p.numel() for p in parameters)} parameters, {seconds:.1f} s of training")
