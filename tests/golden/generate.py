#!/usr/bin/env python3
"""Writes torch_rnn.h: what PyTorch computes for small networks, to hold the library to.

Needed only to make the vectors anew:

    python3 -m venv venv
    venv/bin/pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    venv/bin/python tests/golden/generate.py

PyTorch computes in double precision; its inputs are float32 numbers, so the library can be given exactly the same.
The numbers come from Python's random, one thread computes: the same file every time.
"""

import pathlib
import random
import struct

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HIDDEN, CLASSES, STEPS, BATCH = 5, 4, 5, 3
LENGTHS = [2, 5, 3]  # of the ragged cases; PyTorch knows no length 0
DESCENT_STEPS, RATE, MAX_NORM = 10, 0.1, 1.0

HEADER = f"""\
/* Made by generate.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * nn.RNN (tanh), nn.Linear, nn.CrossEntropyLoss, clip_grad_norm_ and SGD, computed in double. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_RNN_H
#define RNN_TESTS_TORCH_RNN_H

#include "rnn.h"

#define GOLDEN_DESCENT_STEPS {DESCENT_STEPS}
#define GOLDEN_RATE {RATE}
#define GOLDEN_MAX_NORM {MAX_NORM}

struct golden {{
    const char *name;
    size_t inputs, vocabulary, embedding, hidden, layers, classes; /* I V E H L C */
    size_t steps, batch;                                           /* T B */
    int32_t reduction;
    size_t tensor_count, parameter_count;
    const char *const *names; /* of the tensors in the flat block */

    const double *parameters; /* the flat block */
    const double *x;          /* [T,B,I], or NULL */
    const int32_t *tokens;    /* [T,B], or NULL */
    const int32_t *targets;   /* [T,B] */
    const int32_t *lengths;   /* [B], or NULL: T for all */
    const double *h0;         /* [L,B,H] */

    const double *y;         /* [T,B,C] */
    const double *final;     /* [L,B,H] */
    const double *dx;        /* [T,B,I], or NULL */
    const double *dh0;       /* [L,B,H] */
    const double *gradients; /* the flat block, before clipping */
    const double *losses;    /* of each step of gradient descent; the first is that of y */
    const double *norms;     /* of the gradients at each step, before clipping */
    const double *trained;   /* the flat block after the last step */
}};
"""


class Network(nn.Module):
    """Named so that its parameters have the library's names and order, but for "rnn."."""

    def __init__(self, inputs, vocabulary, embedding, layers):
        super().__init__()
        if embedding:
            self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = nn.RNN(embedding or vocabulary or inputs, HIDDEN, layers)
        self.head = nn.Linear(HIDDEN, CLASSES)
        self.double()

    def forward(self, x, h0, lengths):
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        if lengths is None:
            h, final = self.rnn(x, h0)
            return self.head(h), final
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        packed, final = self.rnn(packed, h0)
        h, _ = pad_packed_sequence(packed, total_length=STEPS)
        return self.head(h) * valid(lengths).unsqueeze(-1), final


def valid(lengths):
    """[T,B]: whether a step is before the end of its sequence."""
    return torch.arange(STEPS).unsqueeze(1) < torch.tensor(lengths)


def uniform(source, *shape):
    """Float32 numbers in [-1, 1), as a tensor of doubles."""
    count = torch.Size(shape).numel()
    values = [struct.unpack("f", struct.pack("f", 2 * source.random() - 1))[0] for _ in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def integers(source, end, *shape):
    return torch.tensor([source.randrange(end) for _ in range(torch.Size(shape).numel())]).reshape(shape)


def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def network_input(source, case):
    """What the network takes, and how the library is given the same."""
    if case["inputs"]:
        x = uniform(source, STEPS, BATCH, case["inputs"]).requires_grad_()
        return x, {"x": x}
    tokens = integers(source, case["vocabulary"], STEPS, BATCH)
    if case["embedding"]:
        return tokens, {"tokens": tokens}
    return nn.functional.one_hot(tokens, case["vocabulary"]).double(), {"tokens": tokens}


def compute(case, seed):
    """All arrays of one case, by the names of struct golden."""
    source = random.Random(seed)
    network = Network(case["inputs"], case["vocabulary"], case["embedding"], case["layers"])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(uniform(source, *parameter.shape))
    x, arrays = network_input(source, case)
    h0 = uniform(source, case["layers"], BATCH, HIDDEN).requires_grad_()
    targets = integers(source, CLASSES, STEPS, BATCH)
    lengths = LENGTHS if case["ragged"] else None
    if lengths:
        targets[~valid(lengths)] = -100
        arrays["lengths"] = torch.tensor(lengths)
    arrays |= {"targets": targets, "h0": h0, "parameters": flat(network.parameters())}

    loss_function = nn.CrossEntropyLoss(reduction=case["reduction"], ignore_index=-100)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    losses, norms = [], []
    for step in range(DESCENT_STEPS):
        network.zero_grad()
        y, final = network(x, h0, lengths)
        loss = loss_function(y.flatten(0, 1), targets.flatten())
        loss.backward()
        if step == 0:
            arrays |= {"y": y, "final": final, "dh0": h0.grad.clone()}
            arrays["gradients"] = flat(parameter.grad for parameter in network.parameters())
            if case["inputs"]:
                arrays["dx"] = x.grad.clone()
        losses.append(loss.item())
        norms.append(clip_grad_norm_(network.parameters(), MAX_NORM).item())
        optimizer.step()
    arrays |= {"losses": torch.tensor(losses, dtype=torch.float64), "norms": torch.tensor(norms, dtype=torch.float64)}
    arrays["trained"] = flat(network.parameters())
    names = [name.removeprefix("rnn.") for name, _ in network.named_parameters()]
    return arrays, names


def number(value):
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def wrapped(items):
    """Comma-separated lines of at most 120 columns."""
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 120:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join(lines + [line])


def array(kind, name, items):
    return f"static const {kind}{name}[] = {{\n{wrapped(items)}\n}};\n"


def definitions(case, arrays, names):
    """The arrays of one case as C, and its entry in the table."""
    text = [array("char *const ", f"{case['name']}_names", [f'"{name}"' for name in names])]
    for key, tensor in arrays.items():
        kind = "double " if tensor.is_floating_point() else "int32_t "
        text.append(array(kind, f"{case['name']}_{key}", map(number, tensor.detach().flatten().tolist())))
    sizes = {key: case[key] for key in ("inputs", "vocabulary", "embedding", "layers")}
    sizes |= {"hidden": HIDDEN, "classes": CLASSES, "steps": STEPS, "batch": BATCH}
    sizes |= {"reduction": f"RNN_{case['reduction'].upper()}"}
    sizes |= {"tensor_count": len(names), "parameter_count": arrays["parameters"].numel()}
    fields = [f'.name = "{case["name"]}"'] + [f".{key} = {value}" for key, value in sizes.items()]
    fields += [f".{key} = {case['name']}_{key}" for key in ["names", *arrays]]
    return "\n".join(text), f"    {{\n{wrapped(fields)}\n    }},\n"


def cases():
    for kind, inputs, vocabulary, embedding in (("real", 3, 0, 0), ("onehot", 0, 4, 0), ("embedding", 0, 4, 3)):
        for layers in (1, 2):
            for ragged in (False, True):
                name = f"{kind}_{layers}_{'ragged' if ragged else 'full'}"
                reduction = "mean" if ragged == (layers == 1) else "sum"
                yield {"name": name, "inputs": inputs, "vocabulary": vocabulary, "embedding": embedding,
                       "layers": layers, "ragged": ragged, "reduction": reduction}


def main():
    torch.set_num_threads(1)
    text, table = [HEADER], []
    for seed, case in enumerate(cases()):
        arrays, names = compute(case, seed)
        body, entry = definitions(case, arrays, names)
        text.append(body)
        table.append(entry)
    text.append("static const struct golden goldens[] = {\n" + "".join(table) + "};\n\n#endif\n")
    pathlib.Path(__file__).with_name("torch_rnn.h").write_text("\n".join(text))


if __name__ == "__main__":
    main()
