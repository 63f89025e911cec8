#!/usr/bin/env python3
"""Writes torch_losses.h: what PyTorch computes for losses and CTC, with gradients, to hold the library to.

Needed only to make the vectors anew, with the same environment and in the same manner as generate_networks.py: double
precision, inputs that are float32 numbers, numbers from Python's random, one thread, the same file every time.

What it prints is how far PyTorch's own float32 is from these vectors: what test_losses.c and test_ctc.c may ask of the
library.
"""

import itertools
import math
import pathlib
import random

import torch
from torch.nn import functional

from generate_networks import array, numbers, wrapped

IGNORED = -100
CTC_CASES = 72
LARGE = {"steps": 1000, "batch": 2, "classes": 20, "labels": 100, "scale": 4.0, "seed": 2006}
LARGE_SAMPLE = 997  # every so-manieth element of the gradient of the large case is stored

HEADER = f"""\
/* Made by generate_losses.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * cross_entropy, binary_cross_entropy_with_logits, mse_loss, l1_loss, huber_loss and ctc_loss, in double. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_LOSSES_H
#define RNN_TESTS_TORCH_LOSSES_H

#include <math.h>

#include "rnn.h"

enum golden_loss_kind {{ CROSS_ENTROPY, BINARY_CROSS_ENTROPY, SQUARED_ERROR, ABSOLUTE_ERROR, HUBER_LOSS }};

struct golden_loss {{
    const char *name;
    enum golden_loss_kind kind;
    size_t steps, batch, classes; /* T B C */
    int32_t reduction, ignored;
    double smoothing, delta;
    const double *y;         /* [T,B,C] */
    const int32_t *targets;  /* [T,B] of cross-entropy, or NULL; past the end no class */
    const double *values;    /* [T,B,C], the targets of the others, or NULL */
    const int32_t *lengths;  /* [B], or NULL: T for all */
    const double *weights;   /* [C], or NULL */
    const double *mask;      /* [T,B], or NULL */
    double loss;
    const double *gradient;  /* [T,B,C] */
}};

struct golden_ctc {{
    const char *name;
    size_t steps, batch, classes, most_labels; /* T B C S */
    int32_t blank, reduction, zero_infinity;
    const double *logits;         /* [T,B,C] */
    const int32_t *labels;        /* [B,S], or NULL; no class behind the labels of a sequence */
    const int32_t *lengths;       /* [B], or NULL: T for all */
    const int32_t *label_lengths; /* [B], or NULL: S for all */
    double loss;
    const double *losses;  /* [B] */
    const double *dlogits; /* [T,B,C] */
}};

"""


def single(value):
    return torch.tensor(value, dtype=torch.float32).double()


def coarse(source, *shape, most=4):
    """Multiples of 1/32 in [-most, most): short to write, and float32 numbers."""
    count = torch.Size(shape).numel()
    values = [source.randrange(-32 * most, 32 * most) / 32 for _ in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def valid(lengths, steps):
    """[T,B]: whether a step is before the end of its sequence."""
    return torch.arange(steps).unsqueeze(1) < torch.tensor(lengths)


class Shared:
    """uniform() of tests/support/support.c: the same numbers in C and here."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**52 - 1

    def floats(self, count, scale=1.0):
        """scale times what fill_uniform gives; a power of two for a scale keeps the numbers the same."""
        return scale * single([self.uniform() for _ in range(count)])


# ---- losses ----------------------------------------------------------------------------------------------------------


def loss_cases():
    """Cross-entropy with every combination of its options, the others with every combination of theirs."""
    for reduction, lengths, weighted, smoothing, ignored in itertools.product(
            ("sum", "mean"), (0, 1), (0, 1), (0.0, 0.1, 1.0), (IGNORED, 2)):
        yield {"kind": "CROSS_ENTROPY", "reduction": reduction, "ragged": lengths, "weighted": weighted,
               "smoothing": smoothing, "ignored": ignored}
    kinds = [("BINARY_CROSS_ENTROPY", 0), ("SQUARED_ERROR", 0), ("ABSOLUTE_ERROR", 0), ("HUBER_LOSS", 1.0),
             ("HUBER_LOSS", 0.4)]
    for (kind, delta), reduction, lengths, masked in itertools.product(kinds, ("sum", "mean"), (0, 1), (0, 1)):
        yield {"kind": kind, "delta": delta, "reduction": reduction, "ragged": lengths, "masked": masked}


def draw_loss(case, source):
    """What the library is given, by the names of struct golden_loss."""
    steps, batch, classes = source.choice([(4, 3, 5), (3, 2, 4), (5, 1, 3), (1, 4, 3)])
    case |= {"steps": steps, "batch": batch, "classes": classes}
    given = {"y": coarse(source, steps, batch, classes)}
    if case["kind"] == "CROSS_ENTROPY":
        given["targets"] = torch.tensor([[source.choice([*range(classes), case["ignored"]]) for _ in range(batch)]
                                         for _ in range(steps)])
        given["targets"][0, 0] = 1  # counts
    elif case["kind"] == "BINARY_CROSS_ENTROPY":
        given["values"] = coarse(source, steps, batch, classes, most=1).abs()
    else:
        given["values"] = given["y"] + coarse(source, steps, batch, classes, most=2)
        given["values"][0, 0, 0] = given["y"][0, 0, 0]
    if case["ragged"]:
        lengths = [source.randrange(steps + 1) for _ in range(batch)]
        given["lengths"] = torch.tensor([max(1, lengths[0]), *lengths[1:]])
    if case.get("weighted"):
        given["weights"] = torch.tensor([source.randrange(1, 64) / 32 for _ in range(classes)], dtype=torch.float64)
        given["weights"][0] = 0
    if case.get("masked"):
        given["mask"] = torch.tensor([source.choice([0, 0.5, 1, 2.25]) for _ in range(steps * batch)],
                                     dtype=torch.float64).reshape(steps, batch)
        given["mask"][0, 0] = 1.5
    return given


def of_numbers(case, y, values):
    """The loss of every element."""
    if case["kind"] == "HUBER_LOSS":
        return functional.huber_loss(y, values, reduction="none", delta=case["delta"])
    return {"BINARY_CROSS_ENTROPY": functional.binary_cross_entropy_with_logits, "SQUARED_ERROR": functional.mse_loss,
            "ABSOLUTE_ERROR": functional.l1_loss}[case["kind"]](y, values, reduction="none")


def run_loss(case, given, dtype=torch.float64):
    y = given["y"].to(dtype, copy=True).requires_grad_()
    inside = torch.ones(case["steps"], case["batch"], dtype=torch.bool)
    if "lengths" in given:
        inside = valid(given["lengths"].tolist(), case["steps"])
    if case["kind"] == "CROSS_ENTROPY":
        targets = torch.where(inside, given["targets"], case["ignored"])
        weights = given["weights"].to(dtype) if "weights" in given else None
        loss = functional.cross_entropy(y.flatten(0, 1), targets.flatten(), weight=weights, reduction=case["reduction"],
                                        label_smoothing=case["smoothing"], ignore_index=case["ignored"])
    else:
        share = inside.to(dtype) * given.get("mask", torch.ones(1)).to(dtype)
        loss = (of_numbers(case, y, given["values"].to(dtype)) * share.unsqueeze(-1)).sum()
        if case["reduction"] == "mean":
            loss = loss / (case["classes"] * share.sum())
    loss.backward()
    return {"loss": loss.detach(), "gradient": y.grad}


# ---- CTC -------------------------------------------------------------------------------------------------------------


def draw_labels(source, classes, blank, count):
    """Labels, of which many repeat the one before."""
    others, labels = [label for label in range(classes) if label != blank], []
    for _ in range(count):
        labels.append(labels[-1] if labels and source.random() < 0.4 else source.choice(others))
    return labels


def steps_needed(labels):
    return len(labels) + sum(a == b for a, b in zip(labels, labels[1:]))


def draw_alignment(source, case):
    """Lengths and labels of the wanted fit: some sequence exactly fitting, some impossible, or neither."""
    while True:
        lengths = [source.randint(1, case["steps"]) if case["ragged"] else case["steps"] for _ in range(case["batch"])]
        counts = [source.randint(0, case["most_labels"]) if case["counted"] else case["most_labels"] for _ in lengths]
        labels = [draw_labels(source, case["classes"], case["blank"], count) for count in counts]
        spare = [length - steps_needed(line) for length, line in zip(lengths, labels)]
        if {"loose": min(spare) >= 0, "exact": min(spare) == 0, "impossible": min(spare) < 0}[case["fit"]]:
            return lengths, labels


def ctc_case(index):
    source = random.Random(f"ctc {index}")
    case = {"name": f"ctc_{index}", "classes": source.randint(2, 5), "batch": source.randint(1, 3),
            "reduction": ("sum", "mean")[index % 2], "zero_infinity": index // 2 % 2, "ragged": index // 4 % 2,
            "counted": index // 8 % 2, "fit": ("loose", "exact", "impossible")[index % 3]}
    case["blank"] = source.choice([0, case["classes"] - 1, source.randrange(case["classes"])])
    if case["fit"] == "impossible":
        case |= {"steps": source.randint(1, 8), "most_labels": source.randint(3, 6)}
    else:
        case["steps"] = source.randint(1, 12)
        case["most_labels"] = source.randint(case["fit"] == "exact", min(6, (case["steps"] + 1) // 2))
        if case["fit"] == "exact" and not case["ragged"]:  # the steps that such labels need
            case["most_labels"] = source.randint(1, 6)
            case["counted"] = 0
            labels = [draw_labels(source, case["classes"], case["blank"], case["most_labels"]) for _ in range(3)]
            case["steps"] = max(map(steps_needed, labels))
    lengths, labels = draw_alignment(source, case)
    given = {"logits": coarse(source, case["steps"], case["batch"], case["classes"])}
    padded = [line + [-5] * (case["most_labels"] - len(line)) for line in labels]
    if case["most_labels"]:
        given["labels"] = torch.tensor(padded)
    if case["ragged"]:
        given["lengths"] = torch.tensor(lengths)
    if case["counted"]:
        given["label_lengths"] = torch.tensor([len(line) for line in labels])
    return case, given, lengths, labels


def run_ctc(case, logits, lengths, labels, dtype=torch.float64):
    """The gradient where a loss is infinite is that of a loss of 0: PyTorch's is not a number."""
    logits = logits.to(dtype, copy=True).requires_grad_()
    targets = torch.tensor(list(itertools.chain(*labels)), dtype=torch.long)
    counts = [len(line) for line in labels]

    def of(**options):
        return functional.ctc_loss(logits.log_softmax(-1), targets, torch.tensor(lengths), torch.tensor(counts),
                                   blank=case["blank"], **options)

    of(reduction=case["reduction"], zero_infinity=True).backward()
    result = {"loss": of(reduction=case["reduction"], zero_infinity=bool(case["zero_infinity"])).detach(),
              "losses": of(reduction="none", zero_infinity=bool(case["zero_infinity"])).detach(),
              "dlogits": logits.grad}
    return result


def large_case():
    """Whose logits and labels are made by uniform() of support.c."""
    shape = LARGE["steps"], LARGE["batch"], LARGE["classes"]
    shared = Shared(LARGE["seed"])
    logits = shared.floats(math.prod(shape), LARGE["scale"]).reshape(shape)
    labels = [[1 + int((shared.uniform() + 1) / 2 * (LARGE["classes"] - 1)) for _ in range(LARGE["labels"])]
              for _ in range(LARGE["batch"])]
    case = {"reduction": "sum", "zero_infinity": 0, "blank": 0}
    return case, logits, [LARGE["steps"]] * LARGE["batch"], labels


def large_results(dtype):
    result = run_ctc(*large_case(), dtype)
    gradient = result["dlogits"].double()
    return {"losses": result["losses"], "sums": gradient.sum(0), "squares": (gradient**2).sum(0),
            "samples": gradient.flatten()[::LARGE_SAMPLE]}


# ---- C ---------------------------------------------------------------------------------------------------------------


def text_of(items):
    return [item.replace("inf", "INFINITY") for item in items]


def write_arrays(name, tensors, digits):
    return [array("double " if tensor.is_floating_point() else "int32_t ", f"{name}_{key}",
                  text_of(numbers(tensor, digits))) for key, tensor in tensors.items() if tensor.dim()]


def entry(case, keys, loss, fields):
    row = {"name": f"\"{case['name']}\""} | {key: case[key] for key in fields if key in case}
    row["reduction"] = f"RNN_{case['reduction'].upper()}"
    row |= {"loss": text_of([f"{loss.item():.12g}"])[0]} | {key: f"{case['name']}_{key}" for key in keys}
    return "    {\n" + wrapped(f".{key} = {value}" for key, value in row.items()) + "\n    },\n"


def keep_largest(differences, group, ours, theirs):
    for key, value in ours.items():
        finite = value.isfinite()
        far = ((theirs[key].double() - value).abs() / (1 + value.abs()))[finite]
        if far.numel():
            differences[f"{group} {key}"] = max(differences.get(f"{group} {key}", 0), far.max().item())


def losses_text(differences):
    text, table = [], []
    for index, case in enumerate(loss_cases()):
        case["name"] = f"{case['kind'].lower()}_{index}"
        given = draw_loss(case, random.Random(case["name"]))
        result = run_loss(case, given)
        keep_largest(differences, case["kind"], result, run_loss(case, given, torch.float32))
        if "lengths" in given and "targets" in given:
            given["targets"] = torch.where(valid(given["lengths"].tolist(), case["steps"]), given["targets"], -7)
        text += write_arrays(case["name"], given, 9) + write_arrays(case["name"], result, 12)
        table.append(entry(case, [*given, "gradient"], result["loss"],
                           ("kind", "steps", "batch", "classes", "ignored", "smoothing", "delta")))
    return "\n".join(text) + "\nstatic const struct golden_loss golden_losses[] = {\n" + "".join(table) + "};\n"


def ctc_text(differences):
    text, table = [], []
    for index in range(CTC_CASES):
        case, given, lengths, labels = ctc_case(index)
        result = run_ctc(case, given["logits"], lengths, labels)
        keep_largest(differences, "CTC", result, run_ctc(case, given["logits"], lengths, labels, torch.float32))
        text += write_arrays(case["name"], given, 9) + write_arrays(case["name"], result, 12)
        table.append(entry(case, [*given, "losses", "dlogits"], result["loss"],
                           ("steps", "batch", "classes", "most_labels", "blank", "zero_infinity")))
    return "\n".join(text) + "\nstatic const struct golden_ctc golden_ctcs[] = {\n" + "".join(table) + "};\n"


def large_text(differences):
    result = large_results(torch.float64)
    keep_largest(differences, "large CTC", result, large_results(torch.float32))
    text = "/* Logits are scale * fill_uniform, then labels are 1 + (uniform + 1) / 2 * (classes - 1), rounded down. */\n"
    text += "".join(f"#define LARGE_{key.upper()} {value}\n" for key, value in LARGE.items())
    text += f"#define LARGE_SAMPLE {LARGE_SAMPLE} /* large_samples are every so-manieth element of the gradient */\n"
    text += "/* large_losses [B]; large_sums, large_squares [B,C]: over all steps, of the gradient and of its squares */\n"
    return text + "\n".join(write_arrays("large", result, 12))


def main():
    torch.set_num_threads(1)
    differences = {}
    text = [losses_text(differences), ctc_text(differences), large_text(differences), "#endif\n"]
    (pathlib.Path(__file__).parent / "torch_losses.h").write_text(HEADER + "\n".join(text))
    print("float32 differs from double by at most")
    for key, value in differences.items():
        print(f"    {key}: {value:.1e}")


if __name__ == "__main__":
    main()
