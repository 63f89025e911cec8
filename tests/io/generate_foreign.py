#!/usr/bin/env python3
"""Writes foreign_files.h: safetensors files as PyTorch leaves them, with what the modules compute.

Needed only to make the vectors anew: `python3 generate_foreign.py`, with torch and safetensors.
"""

import pathlib
import tempfile
import warnings

import safetensors.torch
import torch
from torch import nn
from torch.nn.utils import parametrizations, weight_norm

warnings.filterwarnings("ignore")
torch.manual_seed(7)
STEPS, INPUTS = 5, 3
X = torch.randint(-8, 9, (1, STEPS, INPUTS)) / 8
TOKENS = torch.tensor([[4, 0, 3, 3, 1]])


def saved(module, tied=False):
    if not tied:
        return safetensors.torch.save(module.state_dict())
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.safetensors")
        safetensors.torch.save_model(module, str(path))
        return path.read_bytes()


def steps_of(cell):
    state, outputs = None, []
    for t in range(STEPS):
        state = cell(X[:, t], state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs, 1)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.gru = nn.GRU(4, 4, batch_first=True)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        return self.head(self.gru(self.embedding(tokens))[0])


class Convolutions(nn.Module):
    """Weight norm of each kind of weight, and batch norm with and without a factor."""

    def __init__(self):
        super().__init__()
        self.table = weight_norm(nn.Embedding(5, 4))
        self.conv = weight_norm(nn.Conv1d(4, 6, 3))
        self.norm = nn.BatchNorm1d(6)
        self.plain = nn.BatchNorm1d(6, affine=False)
        self.dense = parametrizations.weight_norm(nn.Linear(6, 2))
        for norm in self.norm, self.plain:
            norm.running_mean.uniform_(-1, 1)
            norm.running_var.uniform_(0.25, 2)
        nn.init.uniform_(self.norm.weight, 0.5, 2)
        nn.init.uniform_(self.norm.bias, -1, 1)
        nn.init.uniform_(self.conv.weight_g, 0.5, 2)
        self.eval()

    def forward(self, tokens):
        x = nn.functional.pad(self.table(tokens).transpose(1, 2), (2, 0))
        return self.dense(self.plain(self.norm(self.conv(x))).transpose(1, 2))


def normed_lstm(norm):
    lstm = nn.LSTM(INPUTS, 4, batch_first=True)
    for name in "weight_ih_l0", "weight_hh_l0":
        norm(lstm, name)
    with torch.no_grad():
        for name, value in lstm.named_parameters():
            if name.endswith(("_g", "original0")):
                value.mul_(1.5)
    return lstm


def cases():
    for name in "LSTMCell", "GRUCell", "RNNCell":
        cell = getattr(nn, name)(INPUTS, 4)
        yield name, saved(cell), steps_of(cell)
    tied = Tied()
    yield "tied", saved(tied, tied=True), tied(TOKENS)
    lstm = nn.LSTM(INPUTS, 4, batch_first=True)
    wrapped = nn.DataParallel(torch.compile(nn.DataParallel(lstm)))
    yield "wrapped", saved(wrapped), lstm(X)[0]
    for name, norm in ("weight_norm", weight_norm), ("parametrized", parametrizations.weight_norm):
        lstm = normed_lstm(norm)
        yield name, saved(lstm), lstm(X)[0]
    layers = Convolutions()
    yield "layers", saved(layers), layers(TOKENS)


def numbers(values, form):
    lines = [", ".join(form(v) for v in values[i:i + 24]) for i in range(0, len(values), 24)]
    return ",\n    ".join(lines)


def main():
    text = f"""\
/* Made by generate_foreign.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited. */
/* clang-format off */
#ifndef RNN_TESTS_FOREIGN_FILES_H
#define RNN_TESTS_FOREIGN_FILES_H

#include <stddef.h>
#include <stdint.h>

#define FOREIGN_STEPS {STEPS}
static const float foreign_x[] = {{{numbers(X.flatten().tolist(), repr)}}}; /* [1,STEPS,{INPUTS}] */
static const int32_t foreign_tokens[] = {{{numbers(TOKENS.flatten().tolist(), str)}}};

struct foreign_file {{
    const unsigned char *bytes;
    size_t count;
    const float *y; /* [1,STEPS,Y] */
    size_t y_count;
}};
"""
    with torch.no_grad():
        for name, file, y in cases():
            y = y.flatten().tolist()
            text += f"""
static const unsigned char {name}_bytes[] = {{
    {numbers(file, str)}}};
static const float {name}_y[] = {{
    {numbers(y, lambda v: f'{v:.8e}f')}}};
static const struct foreign_file foreign_{name} = {{{name}_bytes, {len(file)}, {name}_y, {len(y)}}};
"""
    text += "\n#endif\n"
    pathlib.Path(__file__).with_name("foreign_files.h").write_text(text)


if __name__ == "__main__":
    main()
