#!/usr/bin/env python3
"""Lists of layers trained beside PyTorch: lists_torch.py [--steps 300] [--threads 1]

A policy network (dense 64 tanh, LSTM 128, dense 8), an amplifier model (LSTM 16 with a learned initial state, a dense layer,
a skip from the input) and a network as RNNoise is (two convolutions, three GRUs, all of them joined, dense).  Both begin with
the same weights, see the same batches, and update by Adam.  Printed: the first and the last loss, the largest difference
between the two curves, and the time of a step, best of all.  It fails if the curves differ.  Needs the Python package and
PyTorch.
"""

import argparse
import time

import librnn
import numpy as np
import torch
from librnn.layers import Activation, Conv1d, Dense, Recurrent, Skip
from torch import nn

EARLY = 20  # steps within which the curves must be much closer

class Policy(nn.Module):
    inputs, steps, batch = 32, 64, 32
    layers = [Dense(64, "tanh"), Recurrent("lstm", 128), Dense(8)]

    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleDict({"0": nn.Linear(32, 64), "1": nn.LSTM(64, 128), "2": nn.Linear(128, 8)})

    def forward(self, x):
        return self.inner["2"](self.inner["1"](torch.tanh(self.inner["0"](x)))[0])


class Amplifier(nn.Module):
    inputs, steps, batch = 1, 512, 16
    layers = [Recurrent("lstm", 16, initial_state=1), Dense(1), Skip(merge="sum")]

    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleDict({"0": nn.LSTM(1, 16), "1": nn.Linear(16, 1)})
        self.h, self.c = nn.Parameter(torch.zeros(16)), nn.Parameter(torch.zeros(16))

    def forward(self, x):
        state = tuple(one.expand(1, x.shape[1], 16).contiguous() for one in (self.h, self.c))
        return self.inner["1"](self.inner["0"](x, state)[0]) + x


class Denoiser(nn.Module):
    inputs, steps, batch = 65, 64, 16
    layers = [Conv1d(64, 3, activation="tanh"), Conv1d(96, 3, activation="tanh"), Recurrent("gru", 96),
              Recurrent("gru", 96), Recurrent("gru", 96), Skip(1), Skip(2), Skip(3), Dense(32), Activation("sigmoid")]

    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleDict({"0": nn.Conv1d(65, 64, 3), "1": nn.Conv1d(64, 96, 3), "2": nn.GRU(96, 96),
                                    "3": nn.GRU(96, 96), "4": nn.GRU(96, 96), "8": nn.Linear(384, 32)})

    def forward(self, x):
        v = x.permute(1, 2, 0)
        for name in ("0", "1"):
            v = torch.tanh(self.inner[name](nn.functional.pad(v, (2, 0))))
        outputs = [v.permute(2, 0, 1)]
        for name in ("2", "3", "4"):
            outputs.append(self.inner[name](outputs[-1])[0])
        joined = torch.cat((outputs[3], outputs[0], outputs[1], outputs[2]), -1)
        return torch.sigmoid(self.inner["8"](joined))


def batches(kind, count):
    """Inputs, and targets that a fixed random network of another kind makes of them."""
    rng = np.random.default_rng(1)
    outputs = kind.layers[-1].options.get("output_size") or {"Amplifier": 1, "Denoiser": 32}[kind.__name__]
    mix = rng.normal(size=(kind.inputs, outputs)) / kind.inputs ** 0.5
    for _ in range(count):
        x = rng.normal(size=(kind.steps, kind.batch, kind.inputs)).astype(np.float32)
        target = np.tanh(np.cumsum(x, 0) * 0.2 @ mix)
        yield x, (target if kind is not Denoiser else (target + 1) / 2).astype(np.float32)


def by_librnn(kind, model, count, threads):
    losses, best = [], float("inf")
    optimizer = librnn.Optimizer("adam", model, rate=0.003)
    loss = librnn.Loss("squared_error")
    session = model.session(training=True, batch=kind.batch, threads=threads)
    for x, target in batches(kind, count):
        began = time.perf_counter()
        session.reset_state()
        value, dy = loss(session.forward(x), target)
        session.zero_gradients()
        session.backward(dy)
        optimizer.step(session)
        best = min(best, time.perf_counter() - began)
        losses.append(value)
    return np.array(losses), best


def by_torch(kind, network, count):
    losses, best = [], float("inf")
    optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
    for x, target in batches(kind, count):
        began = time.perf_counter()
        value = nn.functional.mse_loss(network(torch.from_numpy(x)), torch.from_numpy(target))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        best = min(best, time.perf_counter() - began)
        losses.append(value.item())
    return np.array(losses), best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print("| network | loss at first | at last, librnn | at last, PyTorch | largest difference | librnn, ms | PyTorch, ms "
          "| ratio |\n|---|---:|---:|---:|---:|---:|---:|---:|")
    for kind in (Policy, Amplifier, Denoiser):
        model, network = librnn.Model(input_size=kind.inputs, layers=kind.layers, seed=1), kind()
        network.inner.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()
                                       if "initial" not in name})
        ours, seconds = by_librnn(kind, model, arguments.steps, arguments.threads)
        theirs, others = by_torch(kind, network, arguments.steps)
        print(f"| {kind.__name__} | {ours[0]:.5f} | {ours[-1]:.5f} | {theirs[-1]:.5f} | {np.abs(ours - theirs).max():.1e} "
              f"| {seconds * 1e3:.2f} | {others * 1e3:.2f} | {others / seconds:.2f} |")
        differences = np.abs(ours - theirs) / ours[0]
        if differences.max() > 1e-3 or differences[:EARLY].max() > 1e-5:  # rounding errors grow with the steps
            raise SystemExit(f"lists_torch: the curves of {kind.__name__} differ")


if __name__ == "__main__":
    main()
