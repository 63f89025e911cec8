#!/usr/bin/env python3
"""Writes torch_groups.h: updates by torch.optim with AMSGrad, parameter groups, and parameters without gradients.

Needed only to make the vectors anew, like generate_optimizers.py.  The parameters are those of a tanh network with 3
inputs, 4 units and a head of 2 classes, in its order.
"""

import pathlib
import random

import torch

from generate_losses import coarse
from generate_optimizers import doubles

TENSORS = [("weight_ih_l0", (4, 3)), ("weight_hh_l0", (4, 4)), ("bias_ih_l0", (4,)), ("bias_hh_l0", (4,)),
           ("head.weight", (2, 4)), ("head.bias", (2,))]
COUNT = sum(torch.Size(shape).numel() for _, shape in TENSORS)
UPDATES = 12

HEADER = f"""\
/* Made by generate_groups.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * torch.optim with amsgrad, groups and frozen parameters, in double. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_GROUPS_H
#define RNN_TESTS_TORCH_GROUPS_H

#include "rnn.h"

#define GROUPED {COUNT} /* parameters */
#define GROUP_UPDATES {UPDATES}

/* What is set is in test_optimizer_tensors.c, under the same names. */
struct golden_group {{
    const char *name;
    int32_t kind;
    const double *results; /* [GROUPED] the parameters after the last update */
}};

"""

# name: kind, options, per tensor (by prefix, the last one holds): rate factor, decay factor, frozen; clipping by norm
CASES = {
    "amsgrad": ("Adam", {"lr": 0.02, "amsgrad": True}, {}, None),
    "amsgrad_decay": ("Adam", {"lr": 0.02, "amsgrad": True, "weight_decay": 0.1}, {}, None),
    "amsgrad_apart": ("AdamW", {"lr": 0.02, "amsgrad": True, "weight_decay": 0.1}, {}, 0.7),
    "groups": ("AdamW", {"lr": 0.02, "weight_decay": 0.2}, {"": (1, 1, False), "bias_": (1, 0, False),
                                                           "head.": (3, 0.5, False), "head.bias": (3, 0, False)}, None),
    "frozen": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05},
               {"": (1, 1, False), "weight_hh": (1, 1, True), "head.bias": (0.5, 1, False)}, 0.5),
}


def options_of(name, groups):
    found = (1, 1, False)
    for prefix, options in groups.items():
        if name.startswith(prefix):
            found = options
    return found


def updated(kind, options, groups, max_norm, initial, gradients):
    parts, place, chosen = [], 0, []
    for name, shape in TENSORS:
        count = torch.Size(shape).numel()
        parts.append(torch.nn.Parameter(initial[place:place + count].clone()))
        rate, decay, frozen = options_of(name, groups)
        if not frozen:
            chosen.append({"params": [parts[-1]], "lr": options["lr"] * rate,
                           "weight_decay": options.get("weight_decay", 0) * decay})
        place += count
    optimizer = getattr(torch.optim, kind)(chosen, **options)
    free = [part for group in optimizer.param_groups for part in group["params"]]
    for update in range(UPDATES):
        place = 0
        for part in parts:
            part.grad = gradients[update][place:place + part.numel()].clone()
            place += part.numel()
        if max_norm:
            torch.nn.utils.clip_grad_norm_(free, max_norm)
        optimizer.step()
    return torch.cat([part.detach() for part in parts])


def main():
    torch.set_num_threads(1)
    chance = random.Random("groups")
    initial = coarse(chance, COUNT, most=1)
    # Falling sizes, so that the largest v is not the last one.
    gradients = torch.stack([coarse(chance, COUNT) / 2 ** update for update in range(UPDATES)])
    text = [doubles("groups_initial", initial, 17), doubles("groups_gradients", gradients, 17)]
    rows = []
    for name, (kind, options, groups, max_norm) in CASES.items():
        text.append(doubles(f"groups_{name}", updated(kind, options, groups, max_norm, initial, gradients), 17))
        rows.append(f'    {{"{name}", RNN_OPTIMIZER_{kind.upper()}, groups_{name}}},\n')
    text.append("static const struct golden_group golden_groups[] = {\n" + "".join(rows) + "};\n\n#endif\n")
    (pathlib.Path(__file__).parent / "torch_groups.h").write_text(HEADER + "\n".join(text))


if __name__ == "__main__":
    main()
