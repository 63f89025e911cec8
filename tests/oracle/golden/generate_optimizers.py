#!/usr/bin/env python3
"""Writes torch_optimizers.h: what torch.optim makes of given gradients, its schedules, and how an LSTM learns by it.

Needed only to make the vectors anew, with the same environment and in the same manner as generate_networks.py: double
precision, inputs that are float32 numbers, one thread, the same file every time.

What it prints is how far PyTorch's own float32 is from these vectors: what test_optimizers.c and test_learning.c may
ask of the library.
"""

import pathlib
import random

import torch
from torch import nn
from torch.optim import lr_scheduler

from generate_networks import array, numbers, wrapped
from generate_losses import Shared, coarse, keep_largest

COUNT, UPDATES, RATES, REPORTS = 7, 10, 30, 40
TASK = {"inputs": 5, "hidden": 16, "classes": 6, "steps": 12, "batch": 8, "batches": 4, "updates": 200, "seed": 1997}

HEADER = f"""\
/* Made by generate_optimizers.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * torch.optim, torch.optim.lr_scheduler, and nn.LSTM with nn.Linear trained by them, in double. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_OPTIMIZERS_H
#define RNN_TESTS_TORCH_OPTIMIZERS_H

#include <math.h>

#include "rnn.h"

#define UPDATED {COUNT} /* parameters */
#define UPDATE_COUNT {UPDATES}
#define RATE_COUNT {RATES}
#define REPORT_COUNT {REPORTS}

#define MOST_REALS 6
struct golden_reals {{
    int32_t key; /* 0: no more */
    double value;
}};

struct golden_updates {{
    const char *name;
    int32_t kind, nesterov;
    struct golden_reals reals[MOST_REALS];
    const double *results; /* [UPDATE_COUNT,UPDATED] the parameters after each update */
}};

struct golden_schedule {{
    const char *name;
    int64_t schedule, period;
    struct golden_reals reals[MOST_REALS];
    const double *rates; /* [RATE_COUNT] of the updates */
}};

struct golden_plateau {{
    const char *name;
    int64_t patience;
    struct golden_reals reals[MOST_REALS];
    const double *losses; /* [REPORT_COUNT] reported */
    const double *rates;  /* [REPORT_COUNT] after each */
}};

/* Of the task, which test_learning.c makes of the same numbers. */
struct golden_curve {{
    const char *name;
    int32_t kind, nesterov;
    struct golden_reals reals[MOST_REALS];
    const double *losses; /* [TASK_UPDATES] */
}};

"""

# PyTorch's name of an option, and the library's.
REALS = {"lr": "RNN_RATE", "momentum": "RNN_MOMENTUM", "weight_decay": "RNN_WEIGHT_DECAY", "alpha": "RNN_BETA_2",
         "beta_1": "RNN_BETA_1", "beta_2": "RNN_BETA_2", "eps": "RNN_EPSILON", "gamma": "RNN_GAMMA",
         "eta_min": "RNN_MINIMUM_RATE", "min_lr": "RNN_MINIMUM_RATE", "factor": "RNN_PLATEAU_FACTOR",
         "threshold": "RNN_PLATEAU_THRESHOLD"}
KINDS = {"SGD": torch.optim.SGD, "RMSPROP": torch.optim.RMSprop, "ADAGRAD": torch.optim.Adagrad,
         "ADAM": torch.optim.Adam, "ADAMW": torch.optim.AdamW}

# Defaults are left to both where nothing is named, but for PyTorch's SGD, whose rate has been 0.001 since 2.3.
UPDATED_BY = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05}),
    ("RMSPROP", {}),
    ("RMSPROP", {"lr": 0.05, "alpha": 0.9, "eps": 0.01}),
    ("RMSPROP", {"lr": 0.05, "momentum": 0.7}),
    ("RMSPROP", {"lr": 0.05, "momentum": 0.7, "weight_decay": 0.1, "alpha": 0.5}),
    ("RMSPROP", {"lr": 0.05, "weight_decay": 0.1}),
    ("ADAGRAD", {}),
    ("ADAGRAD", {"lr": 0.2, "eps": 0.1}),
    ("ADAGRAD", {"lr": 0.2, "weight_decay": 0.3}),
    ("ADAM", {}),
    ("ADAM", {"lr": 0.1, "beta_1": 0.5, "beta_2": 0.9, "eps": 0.02}),
    ("ADAM", {"lr": 0.1, "beta_1": 0.0, "beta_2": 0.0}),
    ("ADAM", {"lr": 0.1, "weight_decay": 0.5}),
    ("ADAMW", {}),
    ("ADAMW", {"lr": 0.1, "beta_1": 0.8, "beta_2": 0.99, "eps": 0.02}),
    ("ADAMW", {"lr": 0.1, "weight_decay": 0.5}),
    ("ADAMW", {"lr": 0.1, "weight_decay": 0.0}),
]

LEARNED_BY = [
    ("SGD", {"lr": 0.5}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("RMSPROP", {"lr": 0.005}),
    ("ADAGRAD", {"lr": 0.1}),
    ("ADAM", {"lr": 0.01}),
    ("ADAMW", {"lr": 0.01, "weight_decay": 0.1}),
]

# The schedule, its period as the library has it, its reals, and what of PyTorch does that.
SCHEDULES = [
    ("STEP", 4, {"lr": 0.5, "gamma": 0.7}, lambda o: lr_scheduler.StepLR(o, 4, 0.7)),
    ("STEP", 1, {"lr": 0.5, "gamma": 0.9}, lambda o: lr_scheduler.StepLR(o, 1, 0.9)),
    ("EXPONENTIAL", 1, {"lr": 0.3, "gamma": 0.8}, lambda o: lr_scheduler.ExponentialLR(o, 0.8)),
    ("EXPONENTIAL", 7, {"lr": 0.3, "gamma": 0.5}, lambda o: lr_scheduler.ExponentialLR(o, 0.5**(1 / 7))),
    ("COSINE", 40, {"lr": 0.2, "eta_min": 0.01}, lambda o: lr_scheduler.CosineAnnealingLR(o, 40, 0.01)),
    ("COSINE", 12, {"lr": 0.2, "eta_min": 0.01}, lambda o: lr_scheduler.CosineAnnealingLR(o, 12, 0.01)),
    ("COSINE", 12, {"lr": 0.2}, lambda o: lr_scheduler.CosineAnnealingLR(o, 12)),
]

# Patience and options of ReduceLROnPlateau, and the losses it is told.
PLATEAUS = [
    (0, {"lr": 1.0, "factor": 0.5, "threshold": 0.0}, "noisy"),
    (2, {"lr": 1.0, "factor": 0.5, "threshold": 0.01}, "noisy"),
    (3, {"lr": 0.1, "factor": 0.3, "threshold": 0.3}, "falling"),
    (1, {"lr": 0.1, "factor": 0.3, "threshold": 1e-4, "min_lr": 0.004}, "noisy"),
    (10, {"lr": 0.1, "factor": 0.1, "threshold": 1e-4}, "equal"),
]


# ---- updates ---------------------------------------------------------------------------------------------------------


def optimizer_of(kind, options, parameters):
    """Betas are a pair in PyTorch."""
    options = {"lr": 0.01} | options if kind == "SGD" else dict(options)
    if "beta_1" in options:
        options["betas"] = (options.pop("beta_1"), options.pop("beta_2"))
    return KINDS[kind](parameters, **options)


def update(kind, options, given, dtype):
    parameter = nn.Parameter(given["initial"].to(dtype, copy=True))
    optimizer, results = optimizer_of(kind, options, [parameter]), []
    for gradient in given["gradients"]:
        parameter.grad = gradient.to(dtype, copy=True)
        optimizer.step()
        results.append(parameter.detach().clone())
    return {"results": torch.stack(results)}


def draw_updates():
    """Gradients of very different sizes, one of them 0 at first."""
    source = random.Random("updates")
    given = {"initial": coarse(source, COUNT), "gradients": coarse(source, UPDATES, COUNT)}
    given["gradients"] *= torch.tensor([1, 1, 1, 2**-10, 2**5, 1, 1], dtype=torch.float64)
    given["gradients"][:3, 6] = 0
    return given


# ---- schedules -------------------------------------------------------------------------------------------------------


def some_optimizer(rate):
    parameter = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    parameter.grad = torch.zeros_like(parameter)
    return torch.optim.SGD([parameter], lr=rate)


def scheduled(name, period, reals, make):
    """The cosine of PyTorch rises again after its period, that of the library does not."""
    optimizer = some_optimizer(reals["lr"])
    scheduler, rates = make(optimizer), []
    for n in range(RATES):
        past = name == "COSINE" and n > period
        rates.append(reals.get("eta_min", 0.0) if past else optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return torch.tensor(rates, dtype=torch.float64)


def reported(source, kind):
    if kind == "equal":
        return torch.full((REPORTS,), 2.0, dtype=torch.float64)
    falling = torch.tensor([4 * 0.93**n for n in range(REPORTS)], dtype=torch.float64)
    if kind == "falling":
        return falling
    falling = falling.clamp(min=2) + coarse(source, REPORTS, most=1)
    falling[7] = torch.nan
    return falling


def plateaued(patience, reals, losses):
    optimizer = some_optimizer(reals["lr"])
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "min", patience=patience, factor=reals["factor"],
                                               threshold=reals["threshold"], min_lr=reals.get("min_lr", 0), eps=0)
    rates = []
    for loss in losses.tolist():
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return torch.tensor(rates, dtype=torch.float64)


# ---- learning --------------------------------------------------------------------------------------------------------


class Task(nn.Module):
    """An LSTM with a head, and batches of which the class at a step is told by x of this step, the last and the one
    before: 2 * (whether x1(t-1) > 0, plus whether x2(t-2) > 0) + (whether x0(t) > 0)."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(TASK["inputs"], TASK["hidden"])
        self.head = nn.Linear(TASK["hidden"], TASK["classes"])
        self.double()
        shared = Shared(TASK["seed"])
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(shared.floats(parameter.numel(), 0.25).reshape(parameter.shape))
        shape = TASK["batches"], TASK["steps"], TASK["batch"], TASK["inputs"]
        self.x = shared.floats(torch.Size(shape).numel()).reshape(shape)
        positive = (self.x > 0).long()
        self.targets = positive[..., 0].clone()
        self.targets[:, 1:] += 2 * positive[:, :-1, :, 1]
        self.targets[:, 2:] += 2 * positive[:, :-2, :, 2]

    def loss(self, update, dtype):
        index = update % TASK["batches"]
        y = self.head(self.rnn(self.x[index].to(dtype))[0])
        return nn.functional.cross_entropy(y.flatten(0, 1), self.targets[index].flatten())


def learn(kind, options, dtype):
    task = Task().to(dtype)
    optimizer, losses = optimizer_of(kind, options, task.parameters()), []
    for n in range(TASK["updates"]):
        optimizer.zero_grad()
        loss = task.loss(n, dtype)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": torch.tensor(losses, dtype=torch.float64)}


# ---- C ---------------------------------------------------------------------------------------------------------------


def doubles(name, tensor, digits):
    return array("double ", name, [item.replace("nan", "NAN") for item in numbers(tensor, digits)])


def row(name, fields, reals):
    listed = ", ".join(f"{{{REALS[key]}, {value!r}}}" for key, value in reals.items() if key in REALS)
    fields = {"name": f"\"{name}\""} | fields | ({"reals": f"{{{listed}}}"} if listed else {})
    return "    {\n" + wrapped(f".{key} = {value}" for key, value in fields.items()) + "\n    },\n"


def table(kind, name, rows):
    return f"static const struct {kind} {name}[] = {{\n" + "".join(rows) + "};\n"


def optimizer_row(name, kind, options, field):
    fields = {"kind": f"RNN_OPTIMIZER_{kind}", "nesterov": int(options.get("nesterov", False))}
    return row(name, fields | {field: f"{name}_{field}"}, options)


def updates_text(differences):
    given = draw_updates()
    text, rows = [doubles(f"updates_{key}", value, 9) for key, value in given.items()], []
    for index, (kind, options) in enumerate(UPDATED_BY):
        name = f"{kind.lower()}_{index}"
        result = update(kind, options, given, torch.float64)
        keep_largest(differences, f"update {kind}", result, update(kind, options, given, torch.float32))
        text.append(doubles(f"{name}_results", result["results"], 10))
        rows.append(optimizer_row(name, kind, options, "results"))
    return "\n".join(text + [table("golden_updates", "golden_updates", rows)])


def schedules_text():
    text, rows = [], []
    for index, (schedule, period, reals, make) in enumerate(SCHEDULES):
        name = f"{schedule.lower()}_{index}"
        text.append(doubles(f"{name}_rates", scheduled(schedule, period, reals, make), 12))
        rows.append(row(name, {"schedule": f"RNN_SCHEDULE_{schedule}", "period": period, "rates": f"{name}_rates"},
                        reals))
    return "\n".join(text + [table("golden_schedule", "golden_schedules", rows)])


def plateaus_text():
    text, rows = [], []
    for index, (patience, reals, kind) in enumerate(PLATEAUS):
        name = f"plateau_{index}"
        losses = reported(random.Random(name), kind)
        text += [doubles(f"{name}_losses", losses, 17), doubles(f"{name}_rates", plateaued(patience, reals, losses), 12)]
        rows.append(row(name, {"patience": patience, "losses": f"{name}_losses", "rates": f"{name}_rates"}, reals))
    return "\n".join(text + [table("golden_plateau", "golden_plateaus", rows)])


def curves_text(differences):
    text, rows = ["".join(f"#define TASK_{key.upper()} {value}\n" for key, value in TASK.items())], []
    for index, (kind, options) in enumerate(LEARNED_BY):
        name = f"curve_{kind.lower()}_{index}"
        result = learn(kind, options, torch.float64)
        keep_largest(differences, f"curve {kind} {index}", result, learn(kind, options, torch.float32))
        print(f"{name} falls from {result['losses'][0]:.3f} to {result['losses'][-1]:.3f}")
        text.append(doubles(f"{name}_losses", result["losses"], 10))
        rows.append(optimizer_row(name, kind, options, "losses"))
    return "\n".join(text + [table("golden_curve", "golden_curves", rows)])


def main():
    torch.set_num_threads(1)
    differences = {}
    text = [updates_text(differences), schedules_text(), plateaus_text(), curves_text(differences), "#endif\n"]
    (pathlib.Path(__file__).parent / "torch_optimizers.h").write_text(HEADER + "\n".join(text))
    print("float32 differs from double by at most")
    for key, value in differences.items():
        print(f"    {key}: {value:.1e}")


if __name__ == "__main__":
    main()
