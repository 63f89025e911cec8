#!/usr/bin/env python3
"""Writes torch_rnn.h and beside it torch_CELL.h: what PyTorch computes for small networks, to hold the library to.

Needed only to make the vectors anew:

    python3 -m venv venv
    venv/bin/pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    venv/bin/python tests/oracle/golden/generate_networks.py

PyTorch computes in double precision; its inputs are float32 numbers, so the library can be given exactly the same.
The numbers come from Python's random, one thread computes: the same files every time.

What it prints is how far PyTorch's own float32 is from these vectors: what test_golden.c may ask of the library.
"""

import itertools
import math
import pathlib
import random
import struct

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils._python_dispatch import TorchDispatchMode

INPUTS, VOCABULARY, EMBEDDING, HIDDEN, PROJECTION, CLASSES, STEPS, BATCH = 3, 4, 2, 4, 2, 3, 4, 3
LENGTHS = [2, 4, 1]  # of the ragged cases; PyTorch knows no length 0
DESCENT_STEPS, RATE, MAX_NORM = 10, 0.1, 1.0
SMALLEST_RELU = 1e-4  # no argument of relu is nearer to 0, where rounding would decide which gradient is right

# Every combination of these is a case, with every cell (and with LSTM once more, with a projection).
CROSSED = {"layers": (1, 2, 3), "direction": ("forward", "both"), "lengths": ("full", "ragged")}
# These are dealt out over the twelve so that every pair of values, of these and of those above, occurs with every cell.
# state_loss: whether the loss looks at the final states too.
DEALT = {"input": ("real", "onehot", "embedding"), "bias": (1, 0), "head": (1, 0), "reduction": ("mean", "sum"),
         "state_loss": (1, 0)}
# By name: the module, its options, the largest parameter, which keeps relu from growing, and the library's cell.
CELLS = {
    "tanh": (nn.RNN, {"nonlinearity": "tanh"}, 1.0, "RNN_CELL_TANH"),
    "relu": (nn.RNN, {"nonlinearity": "relu"}, 0.7, "RNN_CELL_RELU"),
    "lstm": (nn.LSTM, {}, 1.0, "RNN_CELL_LSTM"),
    "lstmp": (nn.LSTM, {"proj_size": PROJECTION}, 1.0, "RNN_CELL_LSTM"),
    "gru": (nn.GRU, {}, 1.0, "RNN_CELL_GRU"),
}

HEADER = f"""\
/* Made by generate_networks.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * nn.RNN, nn.LSTM, nn.GRU, nn.Embedding, nn.Linear, nn.CrossEntropyLoss, clip_grad_norm_ and SGD, in double. */
/* clang-format off */
"""

STRUCT = f"""\
#ifndef RNN_TESTS_TORCH_RNN_H
#define RNN_TESTS_TORCH_RNN_H

#include "rnn.h"

#define GOLDEN_DESCENT_STEPS {DESCENT_STEPS}
#define GOLDEN_RATE {RATE}
#define GOLDEN_MAX_NORM {MAX_NORM}
#define GOLDEN_MOST @MOST@ /* elements of the largest array */

struct golden {{
    const char *name;
    int32_t cell, direction, bias, reduction;
    size_t inputs, vocabulary, embedding, hidden, projection, layers, classes; /* I V E H P L C */
    size_t steps, batch;                                                       /* T B */
    size_t tensor_count, parameter_count;
    const char *const *tensors; /* of the flat block, in its order: "weight_ih_l0 [4,3]" */

    const double *parameters; /* the flat block */
    const double *x;          /* [T,B,I], or NULL */
    const int32_t *tokens;    /* [T,B], or NULL */
    const int32_t *targets;   /* [T,B], classes of y: 0 .. Y-1 */
    const int32_t *lengths;   /* [B], or NULL: T for all */
    const double *h0;         /* [L*D,B,R] */
    const double *c0;         /* [L*D,B,H], or NULL */
    const double *dh;         /* [L*D,B,R], or NULL: what the loss adds to the gradient of the final h */
    const double *dc;         /* [L*D,B,H], or NULL */

    const double *y;         /* [T,B,Y] */
    const double *h;         /* [L*D,B,R], final */
    const double *c;         /* [L*D,B,H], final, or NULL */
    const double *dx;        /* [T,B,I], or NULL */
    const double *dh0;       /* [L*D,B,R] */
    const double *dc0;       /* [L*D,B,H], or NULL */
    const double *gradients; /* the flat block, before clipping */
    const double *losses;    /* cross-entropy at each step of gradient descent; the first is that of y */
    const double *norms;     /* of the gradients at each step, before clipping */
    const double *trained;   /* the flat block after the last step */
}};

"""


# ---- the cases -------------------------------------------------------------------------------------------------------


def balanced(source, values, count):
    """Each value as often as the others, in random order."""
    dealt = list(itertools.islice(itertools.cycle(values), count))
    source.shuffle(dealt)
    return dealt


def covers_all_pairs(cases, factors):
    return all({(case[a], case[b]) for case in cases} == set(itertools.product(factors[a], factors[b]))
               for a, b in itertools.combinations(factors, 2))


def cases_of(cell):
    crossed = [dict(zip(CROSSED, values)) for values in itertools.product(*CROSSED.values())]
    source = random.Random(cell)
    while True:
        columns = {key: balanced(source, values, len(crossed)) for key, values in DEALT.items()}
        cases = [case | {key: column[i] for key, column in columns.items()} for i, case in enumerate(crossed)]
        if covers_all_pairs(cases, CROSSED | DEALT):
            break
    for case in cases:
        case |= {"cell": cell, "name": f"{cell}_{case['layers']}_{case['direction']}_{case['lengths']}"}
    return cases


# ---- the networks ----------------------------------------------------------------------------------------------------


class Network(nn.Module):
    """Named so that its parameters have the library's names and order, but for "rnn."."""

    def __init__(self, case):
        super().__init__()
        module, options, self.scale, _ = CELLS[case["cell"]]
        directions = 2 if case["direction"] == "both" else 1
        options = options | {"bias": bool(case["bias"]), "bidirectional": directions == 2}
        width = {"real": INPUTS, "onehot": VOCABULARY, "embedding": EMBEDDING}[case["input"]]
        if case["input"] == "embedding":
            self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.rnn = module(width, HIDDEN, case["layers"], **options)
        features = directions * state_widths(case)["h"]
        if case["head"]:
            self.head = nn.Linear(features, CLASSES)
        self.outputs = CLASSES if case["head"] else features
        self.states = case["layers"] * directions
        self.double()

    def forward(self, x, states, lengths):
        """Outputs, and the final states as a list."""
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        states = tuple(states) if len(states) == 2 else states[0]
        if lengths is None:
            y, final = self.rnn(x, states)
        else:
            packed, final = self.rnn(pack_padded_sequence(x, lengths, enforce_sorted=False), states)
            y, _ = pad_packed_sequence(packed, total_length=STEPS)
        if hasattr(self, "head"):
            y = self.head(y)
        if lengths is not None:
            y = y * valid(lengths).unsqueeze(-1)
        return y, list(final) if isinstance(final, tuple) else [final]


class NearestToZero(TorchDispatchMode):
    """The smallest argument of relu while it is active."""

    smallest = math.inf

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        if function is torch.ops.aten.relu.default:
            self.smallest = min(self.smallest, arguments[0].abs().min().item())
        return function(*arguments, **(options or {}))


def valid(lengths):
    """[T,B]: whether a step is before the end of its sequence."""
    return torch.arange(STEPS).unsqueeze(1) < torch.tensor(lengths)


def uniform(source, *shape, scale=1.0):
    """Float32 numbers in [-scale, scale), as a tensor of doubles."""
    count = torch.Size(shape).numel()
    values = [struct.unpack("f", struct.pack("f", scale * (2 * source.random() - 1)))[0] for _ in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def integers(source, end, *shape):
    return torch.tensor([source.randrange(end) for _ in range(torch.Size(shape).numel())]).reshape(shape)


def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


# ---- one case --------------------------------------------------------------------------------------------------------


def draw(case, network, source):
    """All that the library is given, by the names of struct golden; parameters go into the network."""
    given = {}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(uniform(source, *parameter.shape, scale=network.scale))
    given["parameters"] = flat(network.parameters())
    if case["input"] == "real":
        given["x"] = uniform(source, STEPS, BATCH, INPUTS)
    else:
        given["tokens"] = integers(source, VOCABULARY, STEPS, BATCH)
    given["targets"] = integers(source, network.outputs, STEPS, BATCH)
    if case["lengths"] == "ragged":
        given["lengths"] = torch.tensor(LENGTHS)
        given["targets"][~valid(LENGTHS)] = -100
    for kind, width in state_widths(case).items():
        shape = (network.states, BATCH, width)
        given[f"{kind}0"] = uniform(source, *shape)
        if case["state_loss"]:
            given[f"d{kind}"] = uniform(source, *shape)
    return given


def projection_of(case):
    return CELLS[case["cell"]][1].get("proj_size", 0)


def state_widths(case):
    """The kinds of state: h is R wide, c H."""
    widths = {"h": projection_of(case) or HIDDEN}
    return widths | {"c": HIDDEN} if CELLS[case["cell"]][0] is nn.LSTM else widths


def leaf(given, name, dtype):
    return given[name].to(dtype, copy=True).requires_grad_()


def loss_of(case, given, y, finals):
    """The cross-entropy, and what is differentiated."""
    function = nn.CrossEntropyLoss(reduction=case["reduction"], ignore_index=-100)
    loss = function(y.flatten(0, 1), given["targets"].flatten())
    total = loss
    for kind, final in finals.items():
        if f"d{kind}" in given:
            total = total + (final * given[f"d{kind}"]).sum()
    return loss, total


def run(case, network, given, dtype=torch.float64):
    """What the network makes of what is given: the first run, and gradient descent from there."""
    network.to(dtype)
    kinds = list(state_widths(case))
    x = leaf(given, "x", dtype) if "x" in given else given["tokens"]
    fed = nn.functional.one_hot(x, VOCABULARY).to(dtype) if case["input"] == "onehot" else x
    initial = [leaf(given, f"{kind}0", dtype) for kind in kinds]
    lengths = given["lengths"].tolist() if "lengths" in given else None
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    result, losses, norms = {}, [], []
    for step in range(DESCENT_STEPS):
        network.zero_grad()
        y, finals = network(fed, initial, lengths)
        finals = dict(zip(kinds, finals))
        loss, total = loss_of(case, given, y, finals)
        total.backward()
        if step == 0:
            result |= {"y": y} | finals
            if "x" in given:
                result["dx"] = x.grad.clone()
            result |= {f"d{kind}0": state.grad.clone() for kind, state in zip(kinds, initial)}
            result["gradients"] = flat(parameter.grad for parameter in network.parameters())
        losses.append(loss.item())
        norms.append(clip_grad_norm_(network.parameters(), MAX_NORM).item())
        optimizer.step()
    result |= {"losses": torch.tensor(losses, dtype=torch.float64), "norms": torch.tensor(norms, dtype=torch.float64)}
    result["trained"] = flat(network.parameters())
    return result


def compute(case):
    """The network of the first draw in which every tensor matters and no argument of relu is in doubt."""
    for attempt in itertools.count():
        network = Network(case)
        given = draw(case, network, random.Random(f"{case['name']} {attempt}"))
        with NearestToZero() as watch:
            result = run(case, network, given)
        alive = all(parameter.grad.abs().max() > 1e-3 for parameter in network.parameters())
        if alive and watch.smallest > SMALLEST_RELU:
            return network, given, result


def float32_differences(case, network, given, result):
    """How far PyTorch's float32 is from its double, by array: |difference| / (1 + |value|)."""
    with torch.no_grad():
        torch.nn.utils.vector_to_parameters(given["parameters"], network.parameters())
    single = run(case, network, given, torch.float32)
    return {key: ((single[key] - value).abs() / (1 + value.abs())).max().item() for key, value in result.items()}


# ---- C ---------------------------------------------------------------------------------------------------------------


def numbers(tensor, digits):
    return [f"{value:.{digits}g}" if isinstance(value, float) else str(value) for value in tensor.flatten().tolist()]


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


def arrays(name, tensors, digits):
    return [array("double " if tensor.is_floating_point() else "int32_t ", f"{name}_{key}", numbers(tensor, digits))
            for key, tensor in tensors.items()]


def tensor_list(network):
    return tuple(f"\"{name.removeprefix('rnn.')} [{','.join(map(str, tensor.shape))}]\""
                 for name, tensor in network.state_dict().items())


def entry(case, network, names, lists):
    """The row of one case in the table."""
    tensors = tensor_list(network)
    fields = {
        "name": f"\"{case['name']}\"",
        "cell": CELLS[case["cell"]][3],
        "direction": f"RNN_DIRECTION_{case['direction'].upper()}",
        "bias": case["bias"],
        "reduction": f"RNN_{case['reduction'].upper()}",
        "inputs": INPUTS if case["input"] == "real" else 0,
        "vocabulary": 0 if case["input"] == "real" else VOCABULARY,
        "embedding": EMBEDDING if case["input"] == "embedding" else 0,
        "hidden": HIDDEN, "projection": projection_of(case), "layers": case["layers"],
        "classes": CLASSES if case["head"] else 0,
        "steps": STEPS, "batch": BATCH,
        "tensor_count": len(tensors), "parameter_count": sum(p.numel() for p in network.parameters()),
        "tensors": lists.setdefault(tensors, f"tensors_{len(lists)}"),
    } | {key: f"{case['name']}_{key}" for key in names}
    return "    {\n" + wrapped(f".{key} = {value}" for key, value in fields.items()) + "\n    },\n"


def main():
    torch.set_num_threads(1)
    folder, table, lists, differences, most = pathlib.Path(__file__).parent, [], {}, {}, 0
    for cell in CELLS:
        text = [HEADER + "#include <stdint.h>\n"]
        for case in cases_of(cell):
            network, given, result = compute(case)
            text += arrays(case["name"], given, 9) + arrays(case["name"], result, 12)
            table.append(entry(case, network, [*given, *result], lists))
            most = max(most, *(tensor.numel() for tensor in (given | result).values()))
            for key, value in float32_differences(case, network, given, result).items():
                differences[key] = max(differences.get(key, 0), value)
        (folder / f"torch_{cell}.h").write_text("\n".join(text))
    includes = "".join(f'#include "torch_{cell}.h"\n' for cell in CELLS)
    text = [array("char *const ", name, tensors) for tensors, name in lists.items()]
    text.append("static const struct golden goldens[] = {\n" + "".join(table) + "};\n\n#endif\n")
    struct_text = STRUCT.replace("@MOST@", str(most))
    (folder / "torch_rnn.h").write_text(HEADER + struct_text + includes + "\n" + "\n".join(text))
    print("float32 differs from double by at most", {key: f"{value:.1e}" for key, value in differences.items()})


if __name__ == "__main__":
    main()
