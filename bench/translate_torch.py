#!/usr/bin/env python3
"""The task of examples/translate, with its defaults, in PyTorch: seconds of training and validation loss by epochs.

usage: translate_torch.py FOLDER [--epochs N] [--units H] [--embedding E] [--words N] [--threads N] [--seed N]
                          [--updates N] [--packed]         needs torch from PyPI (torch==2.13.0)

The same files, words, batches (64 pairs of nearly the same length), three models, dot attention, dropout, smoothing,
clipping and Adam.  --updates ends after so many updates, for a comparison that does not take an hour.  By default
batches are padded and the encoder alone is packed, as its reverse direction has to begin at the last word; --packed
packs what the two models of the target read too.
"""
import argparse
import collections
import glob
import os
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

BEGIN, END, UNKNOWN = 0, 1, 2
BATCH, RATE, DROPOUT, SMOOTHING, LEAST = 64, 0.001, 0.3, 0.1, 2


def read(folder, part, language):
    (path,) = glob.glob(f"{folder}/{part}*.{language}")
    return [line.split() for line in open(path, encoding="utf-8")]


def vocabulary(sentences, most):
    counts = collections.Counter(word for sentence in sentences for word in sentence)  # equals: as they first come
    words = [word for word, count in counts.most_common() if count >= LEAST][: most or None]
    return {word: i + 3 for i, word in enumerate(words)}


def batches_of(pairs):
    """Tensors (source [S,B], lengths, read [T,B], answered [T,B], lengths) of pairs that are sorted by length."""
    order = sorted(pairs, key=lambda pair: (len(pair[1]), len(pair[0])))
    made = []
    for i in range(0, len(order), BATCH):
        chunk = order[i : i + BATCH]
        pad = lambda rows, filler: nn.utils.rnn.pad_sequence([torch.tensor(r) for r in rows], padding_value=filler)
        made.append((
            pad([s for s, _ in chunk], 0), torch.tensor([len(s) for s, _ in chunk]),
            pad([[BEGIN] + t for _, t in chunk], 0), pad([t + [END] for _, t in chunk], -100),
            torch.tensor([len(t) + 1 for _, t in chunk]),
        ))
    return made


class Encoder(nn.Module):
    def __init__(self, words, embedding, units):
        super().__init__()
        self.embedding, self.gru = nn.Embedding(words, embedding), nn.GRU(embedding, units, bidirectional=True)

    def forward(self, source, lengths):
        packed = pack_padded_sequence(self.embedding(source), lengths, enforce_sorted=False)
        y, state = self.gru(packed)
        return pad_packed_sequence(y)[0], state[1:]


class Layer(nn.Module):
    """A GRU and a head, over what an embedding gives or over real numbers."""

    def __init__(self, inputs, units, outputs, words=0):
        super().__init__()
        self.embedding = nn.Embedding(words, inputs) if words else nn.Identity()
        self.gru, self.head = nn.GRU(inputs, units), nn.Linear(units, outputs)

    def forward(self, x, lengths, state=None):
        x = self.embedding(x)
        if options.packed:
            y, _ = self.gru(pack_padded_sequence(x, lengths, enforce_sorted=False), state)
            return self.head(pad_packed_sequence(y)[0])
        return self.head(self.gru(x, state)[0])


class Network(nn.Module):
    def __init__(self, source, target, embedding, units):
        super().__init__()
        self.encoder = Encoder(source, embedding, units)
        self.queries = Layer(embedding, units, 2 * units, target)
        self.decoder = Layer(4 * units, units, target)

    def forward(self, source, source_lengths, read, target_lengths):
        memory, state = self.encoder(source, source_lengths)
        query = self.queries(read, target_lengths, state)
        scores = torch.bmm(query.transpose(0, 1), memory.permute(1, 2, 0))  # [B,T,S]
        outside = torch.arange(memory.shape[0])[None] >= source_lengths[:, None]
        weights = scores.masked_fill(outside[:, None], -torch.inf).softmax(2)
        context = torch.bmm(weights, memory.transpose(0, 1)).transpose(0, 1)
        joined = nn.functional.dropout(torch.cat([query, context], 2), DROPOUT, self.training)
        return self.decoder(joined, target_lengths)


def loss_of(logits, answered, smoothing):
    return nn.functional.cross_entropy(logits.flatten(0, 1), answered.flatten(), label_smoothing=smoothing)


def validate(network, batches):
    network.eval()
    loss, words = 0.0, 0
    with torch.inference_mode():
        for source, source_lengths, read, answered, lengths in batches:
            count = int(lengths.sum())
            loss += loss_of(network(source, source_lengths, read, lengths), answered, 0).item() * count
            words += count
    network.train()
    return loss / words


def main():
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    texts = {(part, side): read(options.folder, part, side) for part in ("train", "val") for side in ("en", "de")}
    words = {side: vocabulary(texts["train", side], options.words) for side in ("en", "de")}
    tokens = lambda part, side: [[words[side].get(word, UNKNOWN) for word in s] for s in texts[part, side]]
    training, held_out = (batches_of(list(zip(tokens(part, "en"), tokens(part, "de")))) for part in ("train", "val"))
    network = Network(len(words["en"]) + 3, len(words["de"]) + 3, options.embedding, options.units)
    parts = [network.encoder, network.queries, network.decoder]
    adams = [torch.optim.Adam(part.parameters(), lr=RATE) for part in parts]
    schedules = [
        torch.optim.lr_scheduler.CosineAnnealingLR(adam, options.epochs * len(training), RATE / 100) for adam in adams
    ]
    print(f"{len(texts['train', 'en'])} pairs of sentences, {sum(p.numel() for p in network.parameters())} parameters")

    seconds, updates = 0.0, 0
    for epoch in range(options.epochs):
        begin = time.perf_counter()
        for i in torch.randperm(len(training)).tolist():
            source, source_lengths, read_words, answered, lengths = training[i]
            for adam in adams:
                adam.zero_grad()
            loss_of(network(source, source_lengths, read_words, lengths), answered, SMOOTHING).backward()
            for part, adam, schedule in zip(parts, adams, schedules):
                nn.utils.clip_grad_norm_(part.parameters(), 1.0)
                adam.step()
                schedule.step()
            updates += 1
            if updates == options.updates:
                break
        seconds += time.perf_counter() - begin
        print(f"epoch {epoch + 1}/{options.epochs}   validation {validate(network, held_out):.4f}   "
              f"{seconds:.1f} s of training, {updates} updates", flush=True)
        if updates == options.updates:
            break


parser = argparse.ArgumentParser()
parser.add_argument("folder")
for name, default in (("epochs", 10), ("units", 256), ("embedding", 256), ("words", 0),
                      ("threads", len(os.sched_getaffinity(0))), ("seed", 1), ("updates", 0)):
    parser.add_argument(f"--{name}", type=int, default=default)
parser.add_argument("--packed", action="store_true")
options = parser.parse_args()
main()
