"""Compares librnn.torch with torch.nn on the CPU; prints a Markdown table.

    python bench/torch_speed.py [--threads 1 2] [--rounds 5] [--rows gru] [--cpu]

Both run in turn, and each time is the best of the rounds: with --cpu that of the processor, for one thread on a machine
that is busy with other work.  A training step is forward, backward to the parameters and
to the input, and an update by SGD, so that the weights are packed anew.  Packed batches are PackedSequences of 32
sequences whose lengths are spread from 10 to 400.
"""

import argparse
import time

import torch
from torch.nn.utils.rnn import pack_padded_sequence

import librnn
import librnn.torch

LENGTHS = torch.linspace(10, 400, 32).round().long()


def dense(steps, batch, inputs):
    """x [T,B,I]."""
    return torch.randn(steps, batch, inputs)


def packed(inputs):
    """A PackedSequence of the lengths."""
    return pack_padded_sequence(torch.randn(400, len(LENGTHS), inputs), LENGTHS, enforce_sorted=False)


# name: (layer, arguments, options, x, whether it trains)
ROWS = {
    "GRU I64 H64 T100 B32, training": ("GRU", (64, 64), {}, dense(100, 32, 64), True),
    "GRU I128 H256 T100 B32, training": ("GRU", (128, 256), {}, dense(100, 32, 128), True),
    "GRU I128 H256 L2 both T100 B32, training": ("GRU", (128, 256, 2), {"bidirectional": True}, dense(100, 32, 128),
                                                 True),
    "LSTM I128 H256 T100 B32, training": ("LSTM", (128, 256), {}, dense(100, 32, 128), True),
    "RNN I128 H256 T100 B32, training": ("RNN", (128, 256), {}, dense(100, 32, 128), True),
    "LSTM I64 H128, packed, training": ("LSTM", (64, 128), {}, packed(64), True),
    "LSTM I64 H128 both, packed, training": ("LSTM", (64, 128), {"bidirectional": True}, packed(64), True),
    "GRU I64 H128, packed, training": ("GRU", (64, 128), {}, packed(64), True),
    "GRU I128 H256 T100 B32": ("GRU", (128, 256), {}, dense(100, 32, 128), False),
    "LSTM I128 H256 T100 B32": ("LSTM", (128, 256), {}, dense(100, 32, 128), False),
    "RNN I128 H256 T100 B32": ("RNN", (128, 256), {}, dense(100, 32, 128), False),
    "LSTM I64 H128, packed": ("LSTM", (64, 128), {}, packed(64), False),
    "LSTM I64 H128 both, packed": ("LSTM", (64, 128), {"bidirectional": True}, packed(64), False),
    "GRU I64 H128, packed": ("GRU", (64, 128), {}, packed(64), False),
    "LSTM I64 H128 T100 B1": ("LSTM", (64, 128), {}, dense(100, 1, 64), False),
    "GRU I64 H128 T1 B1": ("GRU", (64, 128), {}, dense(1, 1, 64), False),
    "LSTM I512 H512 T50 B32, training": ("LSTM", (512, 512), {}, dense(50, 32, 512), True),
}
STEPS, BATCH, CLASSES, LABELS = 150, 64, 28, 40
CTC = f"CTCLoss T{STEPS} B{BATCH} C{CLASSES} S{LABELS}, with gradient"


def layer_call(module, layer, arguments, options, x, trains):
    """What is measured: a call of a layer."""
    torch.manual_seed(1)
    model = getattr(module, layer)(*arguments, **options)
    if not trains:
        model.eval()

        @torch.no_grad()
        def infer():
            model(x)
        return infer
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    leaf = x.data if isinstance(x, torch.nn.utils.rnn.PackedSequence) else x
    leaf = leaf.clone().requires_grad_()
    again = x._replace(data=leaf) if leaf.dim() == 2 else leaf

    def train():
        optimizer.zero_grad()
        leaf.grad = None
        y, _state = model(again)
        y = y.data if leaf.dim() == 2 else y
        y.backward(y.detach())
        optimizer.step()
    return train


def ctc_call(module):
    """What is measured: a CTC loss and its gradient with respect to the logits."""
    torch.manual_seed(1)
    logits = torch.randn(STEPS, BATCH, CLASSES, requires_grad=True)
    labels = torch.randint(1, CLASSES, (BATCH, LABELS))
    loss = module.CTCLoss()
    lengths = torch.full((BATCH,), STEPS), torch.full((BATCH,), LABELS)
    prepare = torch.nn.LogSoftmax(2) if module is torch.nn else torch.nn.Identity()

    def call():
        logits.grad = None
        loss(prepare(logits), labels, *lengths).backward()
    return call


def calls(name, module):
    """The call of a row."""
    return ctc_call(module) if name == CTC else layer_call(module, *ROWS[name])


def milliseconds(call, clock, seconds):
    """The time of one call: the fastest of as many as take so long."""
    fastest, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = clock()
        call()
        fastest = min(fastest, clock() - begin)
    return 1000 * fastest


def measure(name, rounds, clock, seconds):
    """The times of torch.nn and librnn."""
    pair = calls(name, torch.nn), calls(name, librnn.torch)
    best = [float("inf")] * 2
    for call in pair:
        call()
    for _ in range(rounds):
        for index, call in enumerate(pair):
            best[index] = min(best[index], milliseconds(call, clock, seconds))
    return best


def main(threads=(1, 2), rounds=5, rows="", seconds=0.3, cpu=False):
    """Prints a table; returns the ratios by row and number of threads."""
    clock = time.process_time if cpu else time.perf_counter
    print(f"PyTorch {torch.__version__}; {librnn.build_info()}\n")
    print(f"| milliseconds{' of the processor' if cpu else ''} | threads | torch.nn | librnn.torch | times as fast |\n|---|---:|---:|---:|---:|")
    ratios = {}
    for name in [*ROWS, CTC]:
        if rows.lower() not in name.lower():
            continue
        for count in threads:
            torch.set_num_threads(count)
            theirs, ours = measure(name, rounds, clock, seconds)
            ratios[name, count] = theirs / ours
            print(f"| {name} | {count} | {theirs:.3f} | {ours:.3f} | {theirs / ours:.1f} |", flush=True)
    return ratios


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one measurement")
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    parser.add_argument("--cpu", action="store_true", help="the time of the processor; for one thread")
    main(**vars(parser.parse_args()))
