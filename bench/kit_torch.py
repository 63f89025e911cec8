#!/usr/bin/env python3
"""The rows ctc and adam of rnn-bench beside the same in PyTorch, in turn, and their ratios.

usage: kit_torch.py RNN_BENCH [--threads N] [--rounds N]        needs torch from PyPI

In every round librnn's rows are measured, then PyTorch's; every number is the best of the rounds.  A measurement is that
of rnn-bench: the fastest of five groups of calls of about a tenth of a second.  PyTorch's Adam is measured as it comes,
with foreach=True and with fused=True, on gradients that lie there already; its CTC is log_softmax, ctc_loss and the way
back from it.  --threads is that of rnn-bench's sessions, losses and optimisers and of torch.set_num_threads.
"""
import argparse
import subprocess
import time

import torch
from torch import nn

STEPS, LABELS, CLASSES, BATCH = 150, 40, 28, 64
ADAMS = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def microseconds(call):
    call()
    call()
    begin = time.perf_counter()
    call()
    count = max(1, int(0.1 / max(time.perf_counter() - begin, 1e-7)))
    fastest = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(count):
            call()
        fastest = min(fastest, (time.perf_counter() - begin) / count)
    return fastest * 1e6


def ctc():
    logits = (torch.rand(STEPS, BATCH, CLASSES) * 2 - 1).requires_grad_()
    labels = torch.randint(1, CLASSES, (BATCH, LABELS))
    lengths, label_lengths = torch.full((BATCH,), STEPS), torch.full((BATCH,), LABELS)

    def call():
        logits.grad = None
        nn.functional.ctc_loss(logits.log_softmax(2), labels, lengths, label_lengths).backward()

    return {"default": microseconds(call)}


def adam(parameters):
    times = {}
    for name, options in ADAMS.items():
        copies = [nn.Parameter(p.detach().clone()) for p in parameters]
        for p in copies:
            p.grad = torch.rand_like(p) * 2 - 1
        times[name] = microseconds(torch.optim.Adam(copies, lr=1e-7, **options).step)
    return times


def network():
    return [*nn.LSTM(212, 384).parameters(), *nn.Linear(384, 212).parameters()]


ROWS = {
    f"ctc T{STEPS} S{LABELS} C{CLASSES} B{BATCH}": ctc,
    "adam 1M": lambda: adam([torch.rand(1000000) * 2 - 1]),
    "adam lstm 1M": lambda: adam(network()),
}


def librnn(program, threads):
    times = {}
    for prefix in "ctc", "adam":
        command = [program, "--threads", str(threads), "--prefix", prefix]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        times.update((name, float(value)) for name, value in (line.split("\t") for line in output.splitlines()))
    return times


def keep_best(best, times):
    for name, value in times.items():
        best[name] = min(best.get(name, value), value)


def print_table(ours, theirs):
    columns = ["PyTorch" if name == "default" else name for name in ADAMS]
    print("| row | librnn | " + " | ".join(columns) + " | best of PyTorch / librnn |")
    print("|---|" + "---:|" * (len(columns) + 2))
    for row in ROWS:
        cells = [f"{theirs[row][name]:.2f}" if name in theirs[row] else "-" for name in ADAMS]
        ratio = min(theirs[row].values()) / ours[row]
        print(f"| `{row}` | {ours[row]:.2f} | " + " | ".join(cells) + f" | {ratio:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rnn_bench", help="path of the program")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(arguments.threads)
    ours, theirs = {}, {row: {} for row in ROWS}
    for _ in range(arguments.rounds):
        keep_best(ours, librnn(arguments.rnn_bench, arguments.threads))
        for row, measure in ROWS.items():
            keep_best(theirs[row], measure())
    print(f"microseconds, PyTorch {torch.__version__}, threads {arguments.threads}, rounds {arguments.rounds}\n")
    print_table(ours, theirs)


if __name__ == "__main__":
    main()
