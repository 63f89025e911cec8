#!/usr/bin/env python3
"""Episodes within a batch, beside PyTorch: episodes_torch.py [--rounds 30] [--threads 1]

A recurrent policy (dense 64 tanh, LSTM 128, dense 9: eight actions and a value), T 128, B 32, an episode end about every
20 steps.  librnn gets the resets; PyTorch runs the pieces between them one after the other, and sets the state of the
sequences whose episode has ended to 0, as libraries of reinforcement learning do.  Forward and backward.  Both have the
same weights, and their outputs and gradients are compared.  The first row has no resets.  Best of the rounds, in turns.
Needs the Python package and PyTorch.
"""

import argparse
import time

import librnn
import numpy as np
import torch
from librnn.layers import Dense, Recurrent
from torch import nn

STEPS, BATCH, INPUTS = 128, 32, 48


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleDict({"0": nn.Linear(INPUTS, 64), "1": nn.LSTM(64, 128), "2": nn.Linear(128, 9)})

    def forward(self, x, resets):
        x = torch.tanh(self.inner["0"](x))
        h = c = torch.zeros(1, BATCH, 128)
        outputs, borders = [], [0, *(np.flatnonzero(resets[1:].any(1)) + 1), STEPS]
        for first, end in zip(borders, borders[1:]):
            goes_on = torch.from_numpy(~resets[first]).float()[None, :, None]
            y, (h, c) = self.inner["1"](x[first:end], (h * goes_on, c * goes_on))
            outputs.append(y)
        return self.inner["2"](torch.cat(outputs))


def run_torch(network, x, dy, resets):
    network.zero_grad()
    y = network(torch.from_numpy(x), resets)
    y.backward(torch.from_numpy(dy))
    return y.detach().numpy()


def run_librnn(session, x, dy, resets):
    session.reset_state()
    y = session.forward(x, resets=resets if resets.any() else None)
    session.zero_gradients()
    session.backward(dy)
    return y


def best_of(rounds, calls):
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for i, call in enumerate(calls):
            began = time.perf_counter()
            call()
            best[i] = min(best[i], time.perf_counter() - began)
    return best


def difference(session, network):
    gradients, most = session.named_gradients(), 0.0
    for name, parameter in network.inner.named_parameters():
        expected = parameter.grad.numpy()
        most = max(most, float(np.abs(gradients[name] - expected).max() / np.abs(expected).max()))
    return most


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = librnn.Model(input_size=INPUTS, layers=[Dense(64, "tanh"), Recurrent("lstm", 128), Dense(9)], seed=1)
    network = Policy()
    network.inner.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
    session = model.session(training=True, batch=BATCH, threads=arguments.threads)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(STEPS, BATCH, INPUTS)).astype(np.float32)
    dy = rng.normal(size=(STEPS, BATCH, 9)).astype(np.float32)
    print("| episodes | librnn, ms | PyTorch, ms | ratio | largest difference of y, of gradients (relative) |\n"
          "|---:|---:|---:|---:|---|")
    for rate in (0, 1 / 20):
        resets = rng.random((STEPS, BATCH)) < rate
        y, expected = run_librnn(session, x, dy, resets), run_torch(network, x, dy, resets)
        own, other = best_of(arguments.rounds, [lambda: run_librnn(session, x, dy, resets),
                                                lambda: run_torch(network, x, dy, resets)])
        print(f"| {BATCH + resets[1:].sum()} | {own * 1e3:.2f} | {other * 1e3:.2f} | {other / own:.2f} | "
              f"{np.abs(y - expected).max():.1e}, {difference(session, network):.1e} |")


if __name__ == "__main__":
    main()
