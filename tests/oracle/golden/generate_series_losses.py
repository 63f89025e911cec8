#!/usr/bin/env python3
"""Writes torch_series_losses.h: what PyTorch computes for quantiles, Gaussian losses and error-to-signal ratios.

Needed only to make the vectors anew, as generate_losses.py.  The Gaussian loss is PyTorch's gaussian_nll_loss; the
other two, which PyTorch lacks, are written here as whole tensors, with the gradients of autograd.
"""

import itertools
import pathlib
import random

import torch
from torch.nn import functional

from generate_losses import coarse, single, valid
from generate_networks import array, numbers, wrapped

HEADER = f"""\
/* Made by generate_series_losses.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_SERIES_LOSSES_H
#define RNN_TESTS_TORCH_SERIES_LOSSES_H

#include <math.h>

#include "rnn.h"

struct golden_series_loss {{
    const char *name;
    int32_t kind, reduction, skip_missing;
    size_t steps, batch, classes, width, levels_count; /* T B C K Q */
    double emphasis, energy_floor, offset_weight, min_variance;
    const double *levels;    /* [Q] or NULL */
    const double *y;         /* [T,B,C] */
    const double *values;    /* [T,B,K] */
    const int32_t *lengths;  /* [B] or NULL: T for all */
    const double *mask;      /* [T,B] or NULL */
    const double *weights;   /* [B] or NULL */
    double loss;
    const double *losses;    /* [B] */
    const double *gradient;  /* [T,B,C] */
}};

"""
FIELDS = ("skip_missing", "steps", "batch", "classes", "width", "levels_count", "emphasis", "energy_floor",
          "offset_weight", "min_variance")
LEVELS = [[0.5], [0.1, 0.5, 0.9], [0.75, 0.25]]


def cases():
    for kind, reduction, ragged, masked, weighted in itertools.product(
            ("QUANTILE", "GAUSSIAN", "ERROR_TO_SIGNAL"), ("sum", "mean"), (0, 1), (0, 1), (0, 1)):
        for variant in range(3):
            yield {"kind": kind, "reduction": reduction, "ragged": ragged, "masked": masked, "weighted": weighted,
                   "variant": variant}


def draw(case, source):
    """Options into the case, arrays as the result."""
    steps, batch, width = source.choice([(4, 3, 2), (6, 2, 1), (5, 1, 3), (1, 3, 2), (7, 2, 2)])
    variant = case["variant"]
    case |= {"steps": steps, "batch": batch, "width": width, "outputs": 1,
             "skip_missing": int(case["kind"] != "ERROR_TO_SIGNAL" and variant == 1)}
    given = {}
    if case["kind"] == "QUANTILE":
        case |= {"outputs": len(LEVELS[variant]), "levels_count": len(LEVELS[variant])}
        given["levels"] = single(LEVELS[variant])
    if case["kind"] == "GAUSSIAN":
        case |= {"outputs": 2, "min_variance": (1e-6, 0.25, 1e-3)[variant]}
    if case["kind"] == "ERROR_TO_SIGNAL":
        case |= {"emphasis": (0.95, 0.0, 0.5)[variant], "offset_weight": (0.0, 1.0, 0.25)[variant],
                 "energy_floor": (1e-5, 0.5, 1e-2)[variant]}
    case["classes"] = width * case["outputs"]
    given["y"] = coarse(source, steps, batch, case["classes"])
    given["values"] = coarse(source, steps, batch, width) + 1 / 64
    if case["skip_missing"]:
        gone = torch.tensor([source.random() < 0.3 for _ in range(given["values"].numel())])
        given["values"][gone.reshape(given["values"].shape)] = torch.nan
    if case["ragged"]:
        given["lengths"] = torch.tensor([source.randint(0, steps) for _ in range(batch - 1)] + [steps])
    if case["masked"]:
        mask = [[source.choice([0.0, 0.5, 1.0, 2.0]) for _ in range(batch)] for _ in range(steps)]
        given["mask"] = torch.tensor(mask, dtype=torch.float64)
    if case["weighted"]:
        given["weights"] = torch.tensor([source.choice([0.5, 1.0, 3.0]) for _ in range(batch)], dtype=torch.float64)
    return given


def of_targets(case, given, y, targets):
    """[T,B,K], and how many elements each target stands for in the mean."""
    grouped = y.unflatten(-1, (case["width"], case["outputs"]))
    if case["kind"] == "QUANTILE":
        difference, levels = targets.unsqueeze(-1) - grouped, given["levels"]
        return torch.max(levels * difference, (levels - 1) * difference).sum(-1), case["outputs"]
    variance = functional.softplus(grouped[..., 1], threshold=1e9) + case["min_variance"]
    return functional.gaussian_nll_loss(grouped[..., 0], targets, variance, full=True, eps=1e-12, reduction="none"), 1


def shifted(x):
    return torch.cat([torch.zeros_like(x[:1]), x[:-1]])


def of_signals(case, share, y, targets):
    """[B]; the sequences without a step that counts have 0."""
    counts = (share > 0).double().unsqueeze(-1)
    y, targets, mask = y * counts, targets * counts, share.unsqueeze(-1).expand(y.shape)
    filtered = [x - case["emphasis"] * shifted(x) for x in (y, targets)]
    count = mask.sum((0, 2)).clamp(min=1e-300)
    energy = (mask * filtered[1]**2).sum((0, 2)) / count
    ratio = (mask * (filtered[0] - filtered[1])**2).sum((0, 2)) / count / (energy + case["energy_floor"])
    offset = (mask * (y - targets)).sum(0) / mask.sum(0).clamp(min=1e-300)
    plain = (mask * targets**2).sum((0, 2)) / count + case["energy_floor"]
    return ratio + case["offset_weight"] * (offset**2).mean(-1) / plain


def run(case, given):
    y = given["y"].clone().requires_grad_()
    steps, batch = y.shape[:2]
    inside = valid(given["lengths"].tolist() if "lengths" in given else [steps] * batch, steps)
    share = inside.double() * given.get("mask", torch.ones(steps, batch))
    weights = given.get("weights", torch.ones(batch))
    if case["kind"] == "ERROR_TO_SIGNAL":
        losses = of_signals(case, share, y, given["values"])
        weight = (weights * (share.sum(0) > 0)).sum()
    else:
        there = ~given["values"].isnan()
        each, count = of_targets(case, given, y, given["values"].nan_to_num())
        losses = (each * there * share.unsqueeze(-1)).sum((0, 2))
        weight = (there * (share * weights).unsqueeze(-1)).sum() * count
    loss = (losses * weights).sum()
    if case["reduction"] == "mean":
        loss = loss / weight if weight > 0 else loss * 0
    loss.backward()
    return {"loss": loss.detach(), "losses": losses.detach(), "gradient": y.grad}


def write(name, tensors, digits):
    return [array("double " if tensor.is_floating_point() else "int32_t ", f"{name}_{key}",
                  [item.replace("nan", "NAN") for item in numbers(tensor, digits)])
            for key, tensor in tensors.items() if tensor.dim()]


def main():
    torch.set_num_threads(1)
    text, table = [], []
    for index, case in enumerate(cases()):
        name = f"series_{index}"
        given = draw(case, random.Random(name))
        result = run(case, given)
        text += write(name, given, 9) + write(name, {key: result[key] for key in ("losses", "gradient")}, 12)
        row = {"name": f"\"{name}\"", "kind": f"RNN_LOSS_{case['kind']}"}
        row |= {"reduction": f"RNN_{case['reduction'].upper()}", "loss": f"{result['loss'].item():.12g}"}
        row |= {key: case[key] for key in FIELDS if key in case}
        row |= {key: f"{name}_{key}" for key in [*given, "losses", "gradient"]}
        table.append("    {\n" + wrapped(f".{key} = {value}" for key, value in row.items()) + "\n    },\n")
    body = "\n".join(text) + "\nstatic const struct golden_series_loss golden_series_losses[] = {\n" + "".join(table)
    (pathlib.Path(__file__).parent / "torch_series_losses.h").write_text(HEADER + body + "};\n\n#endif\n")


if __name__ == "__main__":
    main()
