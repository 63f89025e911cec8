#!/usr/bin/env python3
"""Writes torch_crf.h: what pytorch-crf computes for a linear-chain CRF, in double.

Needed only to make the vectors anew, as generate_losses.py, with pytorch-crf==0.7.2.  Its first step must be there: no
sequence has the length 0.
"""

import itertools
import pathlib
import random

import torch
import torchcrf

from generate_losses import coarse, valid
from generate_networks import array, numbers, wrapped

HEADER = f"""\
/* Made by generate_crf.py from pytorch-crf 0.7.2 and PyTorch {torch.__version__.split('+')[0]}; not to be edited. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_CRF_H
#define RNN_TESTS_TORCH_CRF_H

#include "rnn.h"

struct golden_crf {{
    const char *name;
    int32_t reduction;
    size_t steps, batch, classes;        /* T B C */
    const double *y;                     /* [T,B,C] */
    const double *start, *end, *scores;  /* [C], [C], [C,C] */
    const int32_t *targets;              /* [T,B] */
    const int32_t *lengths;              /* [B] */
    double loss;
    const double *gradient;              /* [T,B,C] */
    const double *dstart, *dend, *dscores;
    const int32_t *best;                 /* [T,B] the likeliest path, -1 past the end of a sequence */
}};

"""
SIZES = [(1, 1, 2), (4, 3, 2), (6, 2, 5), (9, 4, 3), (25, 3, 4)]


def draw(case, source):
    steps, batch, classes = case["sizes"]
    given = {"y": coarse(source, steps, batch, classes), "start": coarse(source, classes, most=1),
             "end": coarse(source, classes, most=1), "scores": coarse(source, classes, classes, most=2)}
    given["targets"] = torch.tensor([[source.randrange(classes) for _ in range(batch)] for _ in range(steps)])
    lengths = [steps] * batch
    if case["ragged"]:
        lengths = [source.randint(1, steps) for _ in range(batch - 1)] + [steps]
    given["lengths"] = torch.tensor(lengths)
    return given


def run(case, given):
    model = torchcrf.CRF(case["sizes"][2]).double()
    with torch.no_grad():
        model.start_transitions.copy_(given["start"])
        model.end_transitions.copy_(given["end"])
        model.transitions.copy_(given["scores"])
    y = given["y"].clone().requires_grad_()
    inside = valid(given["lengths"].tolist(), len(y))
    loss = -model(y, given["targets"], mask=inside, reduction=case["reduction"])
    loss.backward()
    dscores = model.transitions.grad if len(y) > 1 else torch.zeros_like(given["scores"])
    best = torch.full(inside.shape, -1)
    for b, path in enumerate(model.decode(given["y"], mask=inside)):
        best[:len(path), b] = torch.tensor(path)
    return {"loss": loss.detach(), "gradient": y.grad, "dstart": model.start_transitions.grad,
            "dend": model.end_transitions.grad, "dscores": dscores, "best": best}


def write(name, tensors, digits):
    return [array("double " if tensor.is_floating_point() else "int32_t ", f"{name}_{key}", numbers(tensor, digits))
            for key, tensor in tensors.items() if tensor.dim()]


def main():
    torch.set_num_threads(1)
    text, table = [], []
    for index, (sizes, reduction, ragged) in enumerate(itertools.product(SIZES, ("sum", "mean"), (0, 1))):
        name, case = f"crf_{index}", {"sizes": sizes, "reduction": reduction, "ragged": ragged}
        given = draw(case, random.Random(name))
        result = run(case, given)
        text += write(name, given, 9) + write(name, result, 12)
        row = {"name": f"\"{name}\"", "reduction": f"RNN_{reduction.upper()}"}
        row |= dict(zip(("steps", "batch", "classes"), sizes)) | {"loss": f"{result['loss'].item():.12g}"}
        row |= {key: f"{name}_{key}" for key in [*given, *result] if key != "loss"}
        table.append("    {\n" + wrapped(f".{key} = {value}" for key, value in row.items()) + "\n    },\n")
    body = "\n".join(text) + "\nstatic const struct golden_crf golden_crfs[] = {\n" + "".join(table)
    (pathlib.Path(__file__).parent / "torch_crf.h").write_text(HEADER + body + "};\n\n#endif\n")


if __name__ == "__main__":
    main()
