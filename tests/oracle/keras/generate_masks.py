#!/usr/bin/env python3
"""Writes keras_masks.h: what Keras' layers SimpleRNN, GRU and LSTM make of steps that a mask leaves out, outputs, final
states and gradients, to hold rnn_session_set_step_mask to.

Needed only to make the vectors anew; generate_keras.py, of which this is a part, says how.

Every layer in every direction, with and without sequences of outputs; left padding, right padding, holes and all of
them are spread over these, as the other options are.

Keras agrees with the library on what a step that is left out does: the state passes it unchanged, in both directions,
its input is ignored, and no gradient comes from it or goes to it.  It does not on the outputs there.  A sequence of
outputs repeats the one before, so here the layers have zero_output_for_mask=True, with which they are 0, as in the
library; Bidirectional sets it by itself.  The last output is that of the last step that counts, in both.  In some
batches no step of one sequence counts: its outputs are 0, its final state is the initial one, and so are their
gradients.

What it prints is how far Keras' own float32 is from these vectors.
"""

import itertools
import pathlib
import random

import generate_keras as plain
import keras
import numpy as np
import torch

import vector_tools

STEPS, BATCH = 5, 3
DEALT = plain.DEALT | {"activations": (0,), "mask": ("left", "right", "holes", "mixed")}

HEADER = f"""\
/* Made by generate_masks.py from Keras {keras.__version__}; not to be edited. */
/* clang-format off */
#ifndef RNN_TESTS_KERAS_MASKS_H
#define RNN_TESTS_KERAS_MASKS_H

#include "oracle/keras/keras_vectors.h"

#define KERAS_MASKS_MOST @MOST@ /* elements of the largest array */

/* A run with a mask, and the gradients of the sum of y dy, h dh and c dc. */
struct keras_mask {{
    struct keras_vector v;                /* y is 0 where a step is left out */
    const double *mask;                   /* [T,B] */
    const double *dy, *dh, *dc;           /* as y, h and c */
    const double *dx, *dh0, *dc0;         /* as x, h0 and c0, which may be absent */
    struct keras_weights gradients[4];    /* as v.weights */
}};
"""


# ---- the cases -------------------------------------------------------------------------------------------------------


def all_cases():
    cases = vector_tools.combinations_of(random.Random("keras masks"), plain.CROSSED, DEALT)
    for case in cases:
        outputs = "sequences" if case["sequences"] else "last"
        case["name"] = f"{case['layer']}_{case['direction']}_{outputs}_{case['mask']}"
    return cases


def draw_mask(case, source):
    """[T,B]: each sequence has a step that counts, except for one where there are initial states."""
    mask = np.ones((STEPS, BATCH), np.float32)
    for b in range(BATCH):
        left, right = source.randrange(1, 3), source.randrange(1, 3)
        if case["mask"] in ("left", "mixed"):
            mask[:left, b] = 0
        if case["mask"] in ("right", "mixed"):
            mask[STEPS - right:, b] = 0
        if case["mask"] in ("holes", "mixed"):
            mask[source.randrange(1, STEPS - 1), b] = 0
        if not mask[:, b].any():
            mask[source.randrange(STEPS), b] = 1
    if case["initial"]:
        mask[:, source.randrange(BATCH)] = 0
    return mask


def draw(case, source):
    given = plain.draw(case, source, STEPS, BATCH)
    directions = plain.directions_of(case)
    width = case["hidden"] * (2 if case["direction"] == "concat" else 1)
    rows = (STEPS, BATCH) if case["sequences"] else (BATCH,)
    states = (case["layers"] * directions, BATCH, case["hidden"])
    given |= {"mask": draw_mask(case, source), "dy": vector_tools.uniform(source, (*rows, width), 1)}
    return given | {f"d{kind}": vector_tools.uniform(source, states, 1) for kind in plain.states_of(case)}


# ---- Keras -----------------------------------------------------------------------------------------------------------


def tensor(array, dtype):
    return torch.tensor(array.astype(dtype), requires_grad=True)


def run(case, given, dtype="float64"):
    """Outputs and gradients, in the layouts of struct keras_mask; the gradients of weights as lists by run."""
    directions, kinds, runs = plain.directions_of(case), plain.states_of(case), []
    leaves = {"x": tensor(given["x"], dtype)}
    leaves |= {f"{kind}0": tensor(given[f"{kind}0"], dtype) for kind in kinds if case["initial"]}
    mask = torch.tensor(given["mask"].T > 0)
    y, finals = leaves["x"].permute(1, 0, 2), {kind: [] for kind in kinds}
    for index in range(case["layers"]):
        sequences = bool(case["sequences"]) or index < case["layers"] - 1
        layer = plain.make_layer(case, sequences, dtype)
        if directions == 1:
            layer.zero_output_for_mask = sequences  # as Bidirectional does
        first = index * directions
        initial = [leaves[f"{kind}0"][first + d] for d in range(directions) for kind in kinds] \
            if case["initial"] else None
        layer.build(tuple(y.shape))
        layer.set_weights([array for d in range(directions) for array in given["weights"][first + d]])
        count = len(given["weights"][first])
        values = [weight.value for weight in layer.trainable_weights]
        runs += [values[d * count:(d + 1) * count] for d in range(directions)]
        flipped = sequences and case["direction"] == "backwards"
        y, *states = layer(y, initial_state=initial, mask=mask)
        y = y.flip(1) if flipped else y
        for i, state in enumerate(states):
            finals[kinds[i % len(kinds)]].append(state)
    results = {"y": y.permute(1, 0, 2) if case["sequences"] else y} | {k: torch.stack(v) for k, v in finals.items()}
    total = sum((value * torch.tensor(given[f"d{key}"].astype(dtype))).sum() for key, value in results.items())
    flat = [value for values in runs for value in values]
    gradients = torch.autograd.grad(total, [*leaves.values(), *flat])
    results = {key: value.detach().numpy() for key, value in results.items()}
    results |= {f"d{key}": gradient.numpy() for key, gradient in zip(leaves, gradients)}
    rest = iter(gradients[len(leaves):])
    return results, [[next(rest).numpy() for _ in values] for values in runs]


def check(case, given, results):
    """What both must agree on, so that a change of Keras is seen here."""
    out = given["mask"] == 0
    assert not np.abs(results["dx"][out]).any()
    assert not case["sequences"] or not np.abs(results["y"][out]).any()


def compute(case):
    """The first draw whose outputs stay small and are not all 0."""
    for attempt in itertools.count():
        given = draw(case, random.Random(f"{case['name']} {attempt}"))
        results, gradients = run(case, given)
        check(case, given, results)
        sizes = [np.abs(array).max() for array in (*results.values(), *itertools.chain(*gradients))]
        if max(sizes) < 4 * plain.LARGEST and min(sizes) > 0.05:
            return given, results, gradients


def float32_difference(case, given, results, gradients):
    single, single_gradients = run(case, given, "float32")
    pairs = [(single[key], array) for key, array in results.items()]
    pairs += list(zip(itertools.chain(*single_gradients), itertools.chain(*gradients)))
    return max((np.abs(a - b) / (1 + np.abs(b))).max() for a, b in pairs)


# ---- C ---------------------------------------------------------------------------------------------------------------


def text_of(number, case, given, results, gradients):
    parts = {f"{before}{name} {r}": array for before, lists in (("", given["weights"]), ("d", gradients))
             for r, arrays in enumerate(lists) for name, array in zip(plain.NAMES, arrays)}
    parts |= {key: array for key, array in given.items() if key != "weights"} | results
    text, places = vector_tools.block(f"m{number}", parts)
    weights = {}
    for r in range(len(given["weights"])):
        weights[f"v.weights[{r}]"] = "{" + ", ".join(places.pop(f"{name} {r}", "NULL") for name in plain.NAMES) + "}"
        weights[f"gradients[{r}]"] = "{" + ", ".join(places.pop(f"d{name} {r}", "NULL") for name in plain.NAMES) + "}"
    options = plain.LAYERS[case["layer"]][3] | plain.DIRECTIONS[case["direction"]] | {
        "output": "RNN_OUTPUT_EVERY_STEP" if case["sequences"] else "RNN_OUTPUT_LAST_STEP", "bias": case["bias"],
        "inputs": case["inputs"], "hidden": case["hidden"], "layers": case["layers"], "steps": STEPS, "batch": BATCH}
    own = {"mask", "dy", "dh", "dc", "dx", "dh0", "dc0"}
    fields = {"v.name": f'"{case["name"]}"'} | {f"v.{key}": value for key, value in options.items()} | weights
    fields |= {key if key in own else f"v.{key}": place for key, place in places.items()}
    return f"/* {case['name']} */\n{text}", vector_tools.row(fields), max(array.size for array in parts.values())


def main():
    torch.set_num_threads(1)
    arrays, rows, most, largest = [], [], 0, 0.0
    for number, case in enumerate(all_cases()):
        given, results, gradients = compute(case)
        text, row, size = text_of(number, case, given, results, gradients)
        arrays.append(text)
        rows.append(row)
        most = max(most, size)
        largest = max(largest, float32_difference(case, given, results, gradients))
    table = "static const struct keras_mask keras_masks[] = {\n" + "".join(rows) + "};\n\n#endif\n"
    header = HEADER.replace("@MOST@", str(most))
    (pathlib.Path(__file__).parent / "keras_masks.h").write_text("\n".join([header, *arrays, table]))
    print(f"{len(rows)} vectors; Keras' float32 differs from its double by at most {largest:.1e}")


if __name__ == "__main__":
    main()
