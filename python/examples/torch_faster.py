"""Makes a model of PyTorch faster by one call: librnn.torch.replace.

The model reads sequences of different lengths, as a PackedSequence, and says at every step whether the sum of the
numbers of this step and the one before is positive.  It is trained by torch.nn for some epochs, then librnn takes the
place of its GRU: the same parameters, optimiser and loop.

    python torch_faster.py
"""

import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import librnn.torch


class Tagger(nn.Module):
    """A GRU with a linear layer on top."""

    def __init__(self, features, hidden):
        super().__init__()
        self.gru = nn.GRU(features, hidden)
        self.head = nn.Linear(hidden, 1)

    def forward(self, packed):
        """The logits of all steps of all sequences, [N]."""
        y, _state = self.gru(packed)
        return self.head(y.data)[:, 0]


def batches(count):
    """Packed sequences, and their targets in the same order."""
    found = []
    for _ in range(count):
        x = [torch.randn(int(length), 4) for length in torch.randint(5, 120, (16,))]
        targets = [(sequence.sum(1) + sequence.roll(1, 0).sum(1) > 0).float() for sequence in x]
        found.append((pack_sequence(x, enforce_sorted=False), pack_sequence(targets, enforce_sorted=False).data))
    return found


def train(model, optimizer, data, epochs, what):
    """Prints loss and time of the epochs; returns the fastest time."""
    fastest = float("inf")
    for epoch in range(epochs):
        begin, total = time.perf_counter(), 0.0
        for x, targets in data:
            loss = nn.functional.binary_cross_entropy_with_logits(model(x), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        seconds = time.perf_counter() - begin
        fastest = min(fastest, seconds)
        print(f"{what}, epoch {epoch + 1}: loss {total / len(data):.4f}, {1000 * seconds:.0f} ms")
    return fastest


def main(count=8, epochs=3):
    """Prints how it goes; returns how many times as fast librnn is."""
    torch.set_num_threads(1)  # more do not help a model of this size
    torch.manual_seed(0)
    data, model = batches(count), Tagger(4, 32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    before = train(model, optimizer, data, epochs, "torch.nn")

    model, names = librnn.torch.replace(model)
    print(f"replaced: {', '.join(names)}")

    after = train(model, optimizer, data, epochs, "librnn")
    print(f"librnn is {before / after:.1f} times as fast")
    return before / after


if __name__ == "__main__":
    main()
