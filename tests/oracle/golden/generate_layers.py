#!/usr/bin/env python3
"""Writes torch_layers.h beside it: what PyTorch computes for lists of layers, to hold the library to.

    python3 -m venv venv
    venv/bin/pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    venv/bin/python tests/oracle/golden/generate_layers.py

PyTorch computes in double precision, each sequence by itself; its inputs and parameters are float32 numbers, so the
library can be given exactly the same.  The numbers come from Python's random, one thread computes: the same file every
time.
"""

import pathlib
import random

import torch
from torch import nn
from torch.nn import functional

DESCENT_STEPS, RATE = 10, 0.02
LENGTHS, STEPS = [7, 0, 4], 7
MIXED = 20
SMALLEST = 1e-3  # no argument of relu, and no two values of which one is the maximum, are nearer to each other

CELLS = {"TANH": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
ACTIVATIONS = {
    "TANH": torch.tanh, "SIGMOID": torch.sigmoid, "RELU": torch.relu,
    "HARD_SIGMOID": lambda v: torch.clamp(0.2 * v + 0.5, 0, 1),
    "LEAKY_RELU": lambda v: functional.leaky_relu(v, 0.01),
    "THRESHOLDED_RELU": lambda v: torch.where(v > 1, v, torch.zeros_like(v)),
    "SCALED_TANH": torch.tanh, "ELU": functional.elu, "SOFTSIGN": functional.softsign,
    "SOFTPLUS": functional.softplus, "AFFINE": lambda v: v,
}


class TooClose(Exception):
    """A kink is so near that rounding would decide which gradient is right."""


def layer(kind, **options):
    return kind, options


# One case for each kind and each of its ways: inputs, layers.
SINGLE = [
    ("dense", 5, [layer("DENSE", OUTPUT_SIZE=17)]),
    ("dense without bias", 3, [layer("DENSE", OUTPUT_SIZE=4, BIAS=0, ACTIVATION="RELU")]),
    ("causal", 3, [layer("CONV1D", OUTPUT_SIZE=5, KERNEL_SIZE=3)]),
    ("causal, dilation", 2, [layer("CONV1D", OUTPUT_SIZE=3, KERNEL_SIZE=3, DILATION=2, ACTIVATION="TANH")]),
    ("causal, stride", 2, [layer("CONV1D", OUTPUT_SIZE=3, KERNEL_SIZE=4, STRIDE=3)]),
    ("causal, groups", 6, [layer("CONV1D", OUTPUT_SIZE=9, KERNEL_SIZE=2, GROUPS=3, BIAS=0)]),
    ("centred", 2, [layer("CONV1D", OUTPUT_SIZE=4, KERNEL_SIZE=3, PADDING="CENTRED")]),
    ("centred, even kernel", 2, [layer("CONV1D", OUTPUT_SIZE=4, KERNEL_SIZE=4, PADDING="CENTRED")]),
    ("centred, stride", 2, [layer("CONV1D", OUTPUT_SIZE=4, KERNEL_SIZE=5, STRIDE=2, PADDING="CENTRED")]),
    ("unpadded", 2, [layer("CONV1D", OUTPUT_SIZE=4, KERNEL_SIZE=3, PADDING="NONE")]),
    ("unpadded, stride, dilation", 2,
     [layer("CONV1D", OUTPUT_SIZE=4, KERNEL_SIZE=2, STRIDE=2, DILATION=3, PADDING="NONE")]),
    ("kernel of one step, stride", 3, [layer("CONV1D", OUTPUT_SIZE=2, STRIDE=2, PADDING="CENTRED")]),
    ("affine", 4, [layer("AFFINE")]),
    ("layer norm", 5, [layer("LAYER_NORM")]),
    ("layer norm without bias", 17, [layer("LAYER_NORM", BIAS=0, EPSILON=0.25)]),
    ("rms norm", 5, [layer("RMS_NORM")]),
    ("pooling, last", 3, [layer("POOLING")]),
    ("pooling, mean", 3, [layer("POOLING", OUTPUT="MEAN")]),
    ("pooling, maximum", 3, [layer("POOLING", OUTPUT="MAXIMUM")]),
    ("skip of the input", 3, [layer("DENSE", OUTPUT_SIZE=2), layer("SKIP")]),
    ("skip, sum", 3, [layer("DENSE", OUTPUT_SIZE=3), layer("ACTIVATION", ACTIVATION="TANH"),
                      layer("SKIP", SOURCE=0, MERGE="SUM")]),
    ("magnitude", 6, [layer("MAGNITUDE")]),
    ("embedding", -5, [layer("EMBEDDING", OUTPUT_SIZE=3)]),
    ("tied", -5, [layer("EMBEDDING", OUTPUT_SIZE=4), layer("RECURRENT", CELL="GRU", HIDDEN_SIZE=4),
                  layer("DENSE", OUTPUT_SIZE=5, TIED=1)]),
    ("one-hot", -4, [layer("RECURRENT", CELL="TANH", HIDDEN_SIZE=3)]),
    ("initial states", 2, [layer("RECURRENT", CELL="LSTM", HIDDEN_SIZE=3, LAYERS=2, DIRECTION="BOTH",
                                 INITIAL_STATE=1)]),
] + [(f"activation {name.lower()}", 4, [layer("ACTIVATION", ACTIVATION=name)]) for name in ACTIVATIONS]

# ---- random lists ----------------------------------------------------------------------------------------------------


def random_layer(rng, width, sources):
    """A layer over `width` features, and how many leave it; sources: features of layers of the same length."""
    kind = rng.choice(["DENSE", "CONV1D", "CONV1D", "RECURRENT", "RECURRENT", "LAYER_NORM", "RMS_NORM", "AFFINE",
                       "ACTIVATION", "SKIP"])
    smooth = rng.choice(["TANH", "SIGMOID", "SOFTPLUS"])
    if kind == "DENSE":
        out = rng.choice([1, 4, 7])
        return layer(kind, OUTPUT_SIZE=out, ACTIVATION=smooth, BIAS=rng.choice([0, 1])), out
    if kind == "CONV1D":
        groups = rng.choice([g for g in (1, 1, 2, 3) if width % g == 0])
        out = groups * rng.choice([1, 2, 4])
        return layer(kind, OUTPUT_SIZE=out, KERNEL_SIZE=rng.choice([1, 2, 3]), STRIDE=rng.choice([1, 1, 2]),
                     DILATION=rng.choice([1, 1, 2]), GROUPS=groups,
                     PADDING=rng.choice(["CAUSAL", "CAUSAL", "CENTRED", "NONE"])), out
    if kind == "RECURRENT":
        hidden, both = rng.choice([2, 5]), rng.random() < 0.3
        return layer(kind, CELL=rng.choice(list(CELLS)), HIDDEN_SIZE=hidden, LAYERS=rng.choice([1, 1, 2]),
                     DIRECTION="BOTH" if both else "FORWARD"), hidden * (2 if both else 1)
    if kind == "SKIP" and sources:
        source, features = rng.choice(sources)
        if features == width:
            return layer(kind, SOURCE=source, MERGE="SUM"), width
        return layer(kind, SOURCE=source), width + features
    if kind == "SKIP" or (kind in ("LAYER_NORM", "RMS_NORM") and width == 1):
        kind = "AFFINE"
    return (layer(kind, ACTIVATION=smooth) if kind == "ACTIVATION" else layer(kind)), width


def changes_length(kind, options):
    return kind == "CONV1D" and (options.get("STRIDE", 1) > 1 or
                                 (options.get("PADDING") == "NONE" and options.get("KERNEL_SIZE", 1) > 1))


def random_case(rng, number):
    inputs = rng.choice([1, 3, 4])
    width, layers, sources = inputs, [], [(-1, inputs)]
    for index in range(rng.randint(3, 5)):
        made, out = random_layer(rng, width, sources)
        layers.append(made)
        sources = [] if changes_length(*made) else sources
        width = out
        sources.append((index, width))
    if rng.random() < 0.25:
        layers.append(layer("POOLING", OUTPUT=rng.choice(["LAST_STEP", "MEAN"])))
    return f"mixed {number}", inputs, layers


# ---- parameters: named tensors in the order of the library -----------------------------------------------------------

def tensors_of(inputs, layers):
    """[(layer, name, shape)] and the features that leave the last layer."""
    tensors, width, widths = [], abs(inputs), []
    for index, (kind, options) in enumerate(layers):
        out = options.get("OUTPUT_SIZE", width)
        if kind in ("DENSE", "CONV1D"):
            shape = (out, width) if kind == "DENSE" else (out, width // options.get("GROUPS", 1),
                                                          options.get("KERNEL_SIZE", 1))
            tensors += [] if options.get("TIED") else [(index, "weight", shape)]
            tensors += [(index, "bias", (out,))] if options.get("BIAS", 1) else []
        elif kind == "EMBEDDING":
            tensors.append((index, "weight", (width, out)))
        elif kind in ("AFFINE", "LAYER_NORM", "RMS_NORM"):
            tensors.append((index, "weight", (width,)))
            if kind == "AFFINE" or (kind == "LAYER_NORM" and options.get("BIAS", 1)):
                tensors.append((index, "bias", (width,)))
        elif kind == "RECURRENT":
            tensors += recurrent_tensors(index, width, options)
            out = options["HIDDEN_SIZE"] * (2 if options.get("DIRECTION") == "BOTH" else 1)
        elif kind == "SKIP" and options.get("MERGE") != "SUM":
            out = width + (abs(inputs) if options.get("SOURCE", -1) < 0 else widths[options["SOURCE"]])
        elif kind == "MAGNITUDE":
            out = width // 2
        width = out
        widths.append(width)
    return tensors, width


def recurrent_tensors(index, width, options):
    hidden, gates = options["HIDDEN_SIZE"], {"TANH": 1, "LSTM": 4, "GRU": 3}[options["CELL"]]
    ends = ("", "_reverse") if options.get("DIRECTION") == "BOTH" else ("",)
    tensors = []
    for k in range(options.get("LAYERS", 1)):
        for end in ends:
            inputs = width if k == 0 else hidden * len(ends)
            tensors += [(index, f"weight_ih_l{k}{end}", (gates * hidden, inputs)),
                        (index, f"weight_hh_l{k}{end}", (gates * hidden, hidden)),
                        (index, f"bias_ih_l{k}{end}", (gates * hidden,)),
                        (index, f"bias_hh_l{k}{end}", (gates * hidden,))]
            if options.get("INITIAL_STATE"):
                tensors.append((index, f"initial_h_l{k}{end}", (hidden,)))
                tensors += [(index, f"initial_c_l{k}{end}", (hidden,))] if options["CELL"] == "LSTM" else []
    return tensors


# ---- what PyTorch computes -------------------------------------------------------------------------------------------

def activate(name, v):
    kinks = {"RELU": [0], "LEAKY_RELU": [0], "THRESHOLDED_RELU": [1], "HARD_SIGMOID": [-2.5, 2.5]}.get(name, [])
    if any(v.numel() and (v - kink).abs().min() < SMALLEST for kink in kinks):
        raise TooClose
    return ACTIVATIONS[name](v) if name else v


def convolve(options, parameters, v):
    kernel, dilation = options.get("KERNEL_SIZE", 1), options.get("DILATION", 1)
    reach = (kernel - 1) * dilation
    left, right = {"CAUSAL": (reach, 0), "CENTRED": (reach // 2, reach - reach // 2), "NONE": (0, 0)}[
        options.get("PADDING", "CAUSAL")]
    if not v.shape[0] or v.shape[0] + left + right <= reach:
        return v.new_zeros((0, options["OUTPUT_SIZE"]))
    padded = functional.pad(v.T[None], (left, right))
    return functional.conv1d(padded, parameters["weight"], parameters.get("bias"), stride=options.get("STRIDE", 1),
                             dilation=dilation, groups=options.get("GROUPS", 1))[0].T


def recur(options, parameters, v):
    cell, hidden, layers = CELLS[options["CELL"]], options["HIDDEN_SIZE"], options.get("LAYERS", 1)
    both = options.get("DIRECTION") == "BOTH"
    inputs = parameters["weight_ih_l0"].shape[1]
    if not v.shape[0]:
        return torch.zeros((0, hidden * (2 if both else 1)))
    if v.dtype == torch.int64:
        v = functional.one_hot(v, inputs).to(torch.float64)
    module = cell(inputs, hidden, layers, bidirectional=both)
    weights = {name: value for name, value in parameters.items() if not name.startswith("initial")}
    arguments = (v[:, None],)
    if options.get("INITIAL_STATE"):
        ends = [f"l{k}{end}" for k in range(layers) for end in (("", "_reverse") if both else ("",))]
        states = [torch.stack([parameters[f"initial_{s}_{end}"] for end in ends])[:, None]
                  for s in ("h", "c") if f"initial_{s}_l0" in parameters]
        arguments += (tuple(states) if len(states) > 1 else states[0],)
    return torch.func.functional_call(module, weights, arguments)[0][:, 0]


def pool(options, v):
    if not v.shape[0]:
        return v
    how = options.get("OUTPUT", "LAST_STEP")
    if how == "MAXIMUM":
        if v.shape[0] > 1 and (v.sort(0).values[-1] - v.sort(0).values[-2]).min() < SMALLEST:
            raise TooClose
        return v.max(0, keepdim=True).values
    return v[-1:] if how == "LAST_STEP" else v.mean(0, keepdim=True)


def forward(layers, parameters, x):
    """x [T,I] or tokens [T] of one sequence; parameters: a dictionary for each layer."""
    v, outputs = x, []
    for (kind, options), own in zip(layers, parameters):
        if kind == "DENSE":
            weight = parameters[0]["weight"] if options.get("TIED") else own["weight"]
            v = activate(options.get("ACTIVATION"), v @ weight.T + own.get("bias", 0))
        elif kind == "CONV1D":
            v = activate(options.get("ACTIVATION"), convolve(options, own, v))
        elif kind == "RECURRENT":
            v = recur(options, own, v)
        elif kind == "EMBEDDING":
            v = own["weight"][v]
        elif kind == "AFFINE":
            v = v * own["weight"] + own["bias"]
        elif kind == "LAYER_NORM":
            v = functional.layer_norm(v, v.shape[-1:], own["weight"], own.get("bias"), options.get("EPSILON", 1e-5))
        elif kind == "RMS_NORM":
            v = functional.rms_norm(v, v.shape[-1:], own["weight"], 2.0**-23)
        elif kind == "ACTIVATION":
            v = activate(options["ACTIVATION"], v)
        elif kind == "POOLING":
            v = pool(options, v)
        elif kind == "SKIP":
            source = x if options.get("SOURCE", -1) < 0 else outputs[options["SOURCE"]]
            v = v + source if options.get("MERGE") == "SUM" else torch.cat((v, source), -1)
        elif kind == "MAGNITUDE":
            v = torch.hypot(*v.chunk(2, -1))
        outputs.append(v)
    return v


def numbers(rng, count, size):
    """Multiples of 1/64: float32 numbers with few digits."""
    return [rng.randint(-64, 64) * size / 64 for _ in range(count)]


def compute(rng, name, inputs, layers):
    tensors, outputs = tensors_of(inputs, layers)
    flat = [torch.tensor(numbers(rng, torch.Size(shape).numel(), 1 if len(shape) == 1 else 0.5)).reshape(shape)
            for _, _, shape in tensors]
    batch = len(LENGTHS)
    if inputs < 0:
        x = torch.tensor([rng.randrange(-inputs) for _ in range(STEPS * batch)]).reshape(STEPS, batch)
    else:
        x = torch.tensor(numbers(rng, STEPS * batch * inputs, 1.5)).reshape(STEPS, batch, inputs)
    case = {"name": name, "inputs": inputs, "layers": layers, "outputs": outputs, "x": x,
            "parameters": torch.cat([v.flatten() for v in flat]) if flat else torch.zeros(0)}
    run(case, tensors, flat, x, None, rng)
    if name.startswith(("mixed", "tied", "initial", "causal, stride")):
        descend(case, tensors, flat, x)
    return case


def by_layer(case, tensors, leaves):
    parameters = [{} for _ in case["layers"]]
    for (index, name, _), leaf in zip(tensors, leaves):
        parameters[index][name] = leaf
    return parameters


def run(case, tensors, flat, x, dy, rng):
    """Outputs, lengths and gradients of the ragged batch."""
    leaves = [v.clone().requires_grad_() for v in flat]
    xs = [x[:length, b].clone() for b, length in enumerate(LENGTHS)]
    if case["inputs"] > 0:
        xs = [v.requires_grad_() for v in xs]
    ys = [forward(case["layers"], by_layer(case, tensors, leaves), v) for v in xs]
    full = forward(case["layers"], by_layer(case, tensors, leaves), x[:, 0].detach()).shape[0]
    y = torch.zeros((full, len(LENGTHS), case["outputs"]))
    for b, v in enumerate(ys):
        y[:v.shape[0], b] = v.detach()
    dy = torch.tensor(numbers(rng, y.numel(), 1)).reshape(y.shape)
    loss = sum((dy[:v.shape[0], b] * v).sum() for b, v in enumerate(ys))
    if loss.requires_grad:
        loss.backward()
    dx = torch.zeros(x.shape)
    for b, v in enumerate(xs):
        if case["inputs"] > 0 and v.grad is not None:
            dx[:v.shape[0], b] = v.grad
    case.update(y=y, dy=dy, dx=dx, steps=full, lengths=[v.shape[0] for v in ys],
                gradients=torch.cat([gradient_of(case, tensors[i], v).flatten() for i, v in enumerate(leaves)])
                if leaves else torch.zeros(0))


def gradient_of(case, tensor, leaf):
    fixed = case["layers"][tensor[0]][0] == "AFFINE"
    return torch.zeros(leaf.shape) if fixed or leaf.grad is None else leaf.grad


def descend(case, tensors, flat, x):
    """Gradient descent on half the sum of the squares of all outputs."""
    values = [v.clone() for v in flat]
    for _ in range(DESCENT_STEPS):
        leaves = [v.clone().requires_grad_() for v in values]
        ys = [forward(case["layers"], by_layer(case, tensors, leaves), x[:length, b])
              for b, length in enumerate(LENGTHS)]
        sum((v * v).sum() / 2 for v in ys).backward()
        values = [v - RATE * gradient_of(case, tensors[i], leaves[i]) for i, v in enumerate(values)]
    case["trained"] = torch.cat([v.flatten() for v in values])


# ---- the header ------------------------------------------------------------------------------------------------------

def constant(key, value):
    if isinstance(value, str):
        return f"RNN_{'ACTIVATION' if key == 'ACTIVATION' else key}_{value}"
    return f"{value:g}"


def array(values, kind="double"):
    numbers_ = ", ".join(f"{v:.9g}" for v in values.flatten().tolist()) if values.numel() else "0"
    lines, line = [], ""
    for word in numbers_.split(" "):
        if len(line) + len(word) > 116:
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    lines.append(line.rstrip())
    return "\n".join("    " + text for text in lines)


def write(cases, path):
    out = [f"""\
/* Made by generate_layers.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * Lists of layers, in double, each sequence by itself. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_LAYERS_H
#define RNN_TESTS_TORCH_LAYERS_H

#include "rnn.h"

#define LAYERS_STEPS {STEPS}
#define LAYERS_BATCH {len(LENGTHS)}
#define LAYERS_DESCENT_STEPS {DESCENT_STEPS}
#define LAYERS_RATE {RATE}

struct golden_option {{
    int32_t key; /* 0 ends them */
    double value;
}};

struct golden_layer {{
    int32_t kind; /* 0 ends them */
    struct golden_option options[10];
}};

struct golden_layers {{
    const char *name;
    size_t inputs, vocabulary, outputs, parameter_count, steps; /* T' */
    int32_t lengths[LAYERS_BATCH]; /* of the outputs */
    struct golden_layer layers[8];
    const double *x;       /* [T,B,I], or tokens [T,B] */
    const double *y, *dy;  /* [T',B,Y] */
    const double *dx;      /* [T,B,I] */
    const double *parameters, *gradients;
    const double *trained; /* NULL: not computed */
}};

static const int32_t layers_lengths[LAYERS_BATCH] = {{{", ".join(map(str, LENGTHS))}}};
"""]
    for i, case in enumerate(cases):
        for field in ("x", "y", "dy", "dx", "parameters", "gradients", "trained"):
            if field in case and not (field == "dx" and case["inputs"] < 0):
                out.append(f"static const double layers_{i}_{field}[] = {{\n{array(case[field])},\n}};")
    out.append("static const struct golden_layers layers_cases[] = {")
    for i, case in enumerate(cases):
        layers = ",\n     ".join(
            "{RNN_KIND_" + kind + ", {" + ", ".join(f"{{RNN_{k}, {constant(k, v)}}}" for k, v in o.items())
            + (", " if o else "") + "{0, 0}}}" for kind, o in case["layers"])
        trained = f"layers_{i}_trained" if "trained" in case else "NULL"
        dx = f"layers_{i}_dx" if case["inputs"] > 0 else "NULL"
        out.append(f"""\
    {{"{case['name']}", {max(case['inputs'], 0)}, {max(-case['inputs'], 0)}, {case['outputs']}, \
{case['parameters'].numel()}, {case['steps']}, {{{", ".join(map(str, case['lengths']))}}},
     {{{layers}, {{0, {{{{0, 0}}}}}}}},
     layers_{i}_x, layers_{i}_y, layers_{i}_dy, {dx}, layers_{i}_parameters, layers_{i}_gradients, {trained}}},""")
    out.append("};\n\n#endif")
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    cases = []
    for i, (name, inputs, layers) in enumerate(SINGLE):
        for attempt in range(1000):
            try:
                cases.append(compute(random.Random(1000 * i + attempt), name, inputs, layers))
                break
            except TooClose:
                continue
    rng = random.Random(7)
    while len(cases) < len(SINGLE) + MIXED:
        case = compute(rng, *random_case(rng, len(cases) - len(SINGLE)))
        if case["steps"] and max(case["lengths"]):
            cases.append(case)
    write(cases, pathlib.Path(__file__).with_name("torch_layers.h"))
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
