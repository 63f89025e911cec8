#!/usr/bin/env python3
"""Writes keras_vectors.h: what Keras' layers SimpleRNN, GRU and LSTM make of small inputs, to hold the library to.

Needed only to make the vectors anew:

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 keras==3.15.1
    venv/bin/python tests/oracle/keras/generate_keras.py

Every layer in every direction, with and without sequences of outputs; the other options are spread over these so that
every pair of values occurs.

Keras computes in double precision, on PyTorch; what goes in are float32 numbers from Python's random: the same file
every time.  Keras has the batch first and hands on the sequences of go_backwards in the order in which it came to them:
here all is [T,B,...] from t = 0, as the library has it.

What it prints is how far Keras' own float32 is from these vectors: what test_keras.c may ask of the library.
"""

import itertools
import os
import pathlib
import random
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "onnx"))
import vector_tools

STEPS, BATCH = 3, 2
NAMES = ("kernel", "recurrent", "bias")
LARGEST = 3.0  # no output is larger: errors would grow with it

# By name: the layer, its options and gates, and the options of the library.
LAYERS = {
    "simple": (keras.layers.SimpleRNN, {}, 1, {"cell": "RNN_CELL_TANH"}),
    "lstm": (keras.layers.LSTM, {}, 4, {"cell": "RNN_CELL_LSTM"}),
    "gru_after": (keras.layers.GRU, {"reset_after": True}, 3, {"cell": "RNN_CELL_GRU", "reset": "RNN_RESET_AFTER"}),
    "gru_before": (keras.layers.GRU, {"reset_after": False}, 3, {"cell": "RNN_CELL_GRU", "reset": "RNN_RESET_BEFORE"}),
}
DIRECTIONS = {
    "forward": {"direction": "RNN_DIRECTION_FORWARD"},
    "backwards": {"direction": "RNN_DIRECTION_REVERSE"},
    "concat": {"direction": "RNN_DIRECTION_BOTH", "merge": "RNN_MERGE_CONCATENATE"},
    "sum": {"direction": "RNN_DIRECTION_BOTH", "merge": "RNN_MERGE_SUM"},
}
# Keras' functions as the table of ONNX has them: the name, alpha and beta.
ACTIVATIONS = {
    "tanh": ("TANH", 0, 0),
    "sigmoid": ("SIGMOID", 0, 0),
    "relu": ("RELU", 0, 0),
    "hard_sigmoid": ("HARD_SIGMOID", 1 / 6, 0.5),
    "leaky_relu": ("LEAKY_RELU", 0.2, 0),
    "elu": ("ELU", 1.0, 0),
    "softsign": ("SOFTSIGN", 0, 0),
    "softplus": ("SOFTPLUS", 0, 0),
    "linear": ("AFFINE", 1.0, 0),
}

# The GRU of RNNoise 0.1 and Opus: the reset gate before the product, and a candidate of relu.
RNNOISE = {"name": "rnnoise", "layer": "gru_before", "direction": "forward", "sequences": 1, "bias": 1, "layers": 2,
           "initial": 1, "activations": 1, "pair": ("relu", "sigmoid")}

CROSSED = {"layer": tuple(LAYERS), "direction": tuple(DIRECTIONS), "sequences": (0, 1)}
DEALT = {"bias": (0, 1), "layers": (1, 2), "initial": (0, 1), "activations": (0, 1)}

HEADER = f"""\
/* Made by generate_keras.py from Keras {keras.__version__}; not to be edited. */
/* clang-format off */
#ifndef RNN_TESTS_KERAS_VECTORS_H
#define RNN_TESTS_KERAS_VECTORS_H

#include "rnn.h"

#define KERAS_MOST @MOST@ /* elements of the largest array */

/* Float32 numbers, as rnn_model_import_keras takes them. */
struct keras_weights {{
    const double *kernel, *recurrent, *bias; /* bias may be NULL */
}};

struct keras_vector {{
    const char *name;
    int32_t cell, direction, merge, output, bias, reset;
    int32_t activation[3];                       /* f, g, h; 0: the cell's own */
    double alpha[3], beta[3];                    /* 0: unset */
    size_t inputs, hidden, layers, steps, batch; /* I H L T B */
    struct keras_weights weights[4];             /* of layer l, direction d: number l*D + d */
    const double *x;                             /* [T,B,I] */
    const double *h0, *c0;                       /* [L*D,B,H], or NULL: 0 */
    const double *y;                             /* [T,B,Y], or [B,Y] */
    const double *h, *c;                         /* [L*D,B,H], final; c of LSTM */
}};
"""


# ---- the cases -------------------------------------------------------------------------------------------------------


def all_cases():
    cases = vector_tools.combinations_of(random.Random("keras"), CROSSED, DEALT)
    for case in cases:
        case["name"] = f"{case['layer']}_{case['direction']}_{'sequences' if case['sequences'] else 'last'}"
    return [*cases, RNNOISE]


def directions_of(case):
    return 2 if case["direction"] in ("concat", "sum") else 1


def states_of(case):
    return ("h", "c") if case["layer"] == "lstm" else ("h",)


def draw(case, source, steps=STEPS, batch=BATCH):
    """All that goes in, by the names of struct keras_vector; weights as lists by layer and direction."""
    gates, directions = LAYERS[case["layer"]][2], directions_of(case)
    hidden, inputs = 2 if case["layers"] == 2 else 3, source.choice((2, 3))
    names = case.get("pair") or source.choices(tuple(ACTIVATIONS), k=2)
    case |= {"hidden": hidden, "inputs": inputs, "chosen": names if case["activations"] else None}
    given = {"x": vector_tools.uniform(source, (steps, batch, inputs), 2), "weights": []}
    for layer in range(case["layers"]):
        width = inputs if layer == 0 else hidden * (2 if case["direction"] == "concat" else 1)
        rows = gates * hidden
        shapes = [(width, rows), (hidden, rows)]
        if case["bias"]:
            shapes.append((2, rows) if case["layer"] == "gru_after" else (rows,))
        given["weights"] += [[vector_tools.uniform(source, shape, 0.9) for shape in shapes] for _ in range(directions)]
    if case["initial"]:
        shape = (case["layers"] * directions, batch, hidden)
        given |= {f"{kind}0": vector_tools.uniform(source, shape, 0.9) for kind in states_of(case)}
    return given


# ---- Keras -----------------------------------------------------------------------------------------------------------


def make_layer(case, sequences, dtype):
    """A layer, or two in a Bidirectional."""
    kind, options, _, _ = LAYERS[case["layer"]]
    if case["chosen"]:
        options = options | {"activation": case["chosen"][0]}
        if kind is not keras.layers.SimpleRNN:
            options |= {"recurrent_activation": case["chosen"][1]}
    layer = kind(case["hidden"], use_bias=bool(case["bias"]), return_sequences=sequences, return_state=True,
                 go_backwards=case["direction"] == "backwards", dtype=dtype, **options)
    if directions_of(case) == 2:
        return keras.layers.Bidirectional(layer, merge_mode=case["direction"], dtype=dtype)
    return layer


def run(case, given, dtype="float64"):
    """y, and the final states, in the layouts of struct keras_vector."""
    directions, results = directions_of(case), {kind: [] for kind in states_of(case)}
    y = given["x"].transpose(1, 0, 2).astype(dtype)
    for index in range(case["layers"]):
        sequences = bool(case["sequences"]) or index < case["layers"] - 1
        layer, runs = make_layer(case, sequences, dtype), range(index * directions, (index + 1) * directions)
        initial = [torch.tensor(given[f"{kind}0"][run].astype(dtype)) for run in runs for kind in states_of(case)] \
            if case["initial"] else None
        layer.build(y.shape)
        layer.set_weights([array for run in runs for array in given["weights"][run]])
        y, *states = (output.detach().numpy() for output in layer(torch.tensor(y), initial_state=initial))
        if sequences and case["direction"] == "backwards":
            y = y[:, ::-1].copy()
        for i, state in enumerate(states):
            results[states_of(case)[i % len(results)]].append(state)
    y = y.transpose(1, 0, 2) if case["sequences"] else y
    return {"y": y} | {kind: np.stack(states) for kind, states in results.items()}


def compute(case):
    """The first draw whose outputs stay small and are not all 0."""
    for attempt in itertools.count():
        given = draw(case, random.Random(f"{case['name']} {attempt}"))
        results = run(case, given)
        sizes = [np.abs(array).max() for array in results.values()]
        if max(sizes) < LARGEST and min(sizes) > 0.1:
            return given, results


def float32_difference(case, given, results):
    """How far Keras' float32 is from its double: |difference| / (1 + |value|)."""
    single = run(case, given, "float32")
    return max((np.abs(single[key] - array) / (1 + np.abs(array))).max() for key, array in results.items())


# ---- C ---------------------------------------------------------------------------------------------------------------


def activation_fields(case):
    """The options of the library for the functions of the layer: Keras' recurrent one is f, its other g and h."""
    if not case["chosen"]:
        return {}
    other, recurrent = (ACTIVATIONS[name] for name in case["chosen"])
    places = {"simple": [other], "lstm": [recurrent, other, other]}.get(case["layer"], [recurrent, other])
    names, alphas, betas = zip(*places)
    fields = {"activation": [f"RNN_ACTIVATION_{name}" for name in names], "alpha": alphas, "beta": betas}
    return {key: "{" + ", ".join(map(str, values)) + "}" for key, values in fields.items() if any(values)}


def text_of(number, case, given, results):
    """The arrays of a case as C, and its row in the table."""
    parts = {f"{name} {run}": array for run, arrays in enumerate(given["weights"])
             for name, array in zip(NAMES, arrays)}
    parts |= {key: array for key, array in given.items() if key != "weights"} | results
    text, places = vector_tools.block(f"v{number}", parts)
    weights = {f"weights[{run}]": "{" + ", ".join(places.pop(f"{name} {run}", "NULL") for name in NAMES) + "}"
               for run in range(len(given["weights"]))}
    fields = {"name": f'"{case["name"]}"'} | LAYERS[case["layer"]][3] | DIRECTIONS[case["direction"]] | {
        "output": "RNN_OUTPUT_EVERY_STEP" if case["sequences"] else "RNN_OUTPUT_LAST_STEP", "bias": case["bias"],
        "inputs": case["inputs"], "hidden": case["hidden"], "layers": case["layers"], "steps": STEPS, "batch": BATCH,
    } | activation_fields(case) | weights | places
    return f"/* {case['name']} */\n{text}", vector_tools.row(fields), max(array.size for array in parts.values())


def main():
    torch.set_num_threads(1)
    arrays, rows, most, largest = [], [], 0, 0.0
    for number, case in enumerate(all_cases()):
        given, results = compute(case)
        text, row, size = text_of(number, case, given, results)
        arrays.append(text)
        rows.append(row)
        most, largest = max(most, size), max(largest, float32_difference(case, given, results))
    table = "static const struct keras_vector keras_vectors[] = {\n" + "".join(rows) + "};\n\n#endif\n"
    header = HEADER.replace("@MOST@", str(most))
    (pathlib.Path(__file__).parent / "keras_vectors.h").write_text("\n".join([header, *arrays, table]))
    print(f"{len(rows)} vectors; Keras' float32 differs from its double by at most {largest:.1e}")


if __name__ == "__main__":
    main()
