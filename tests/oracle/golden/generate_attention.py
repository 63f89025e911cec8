#!/usr/bin/env python3
"""Writes torch_attention.h: what PyTorch computes for attention, to hold the library to.

Needed only to make the vectors anew, like generate_networks.py:

    venv/bin/python tests/oracle/golden/generate_attention.py

Weights and contexts of products come from scaled_dot_product_attention, whose scale is set to 1; the additive score has
no function of its own there and is written out.  Gradients are autograd's, in double; inputs are float32 numbers.
"""

import pathlib
import random

import torch
from torch.nn.functional import scaled_dot_product_attention

from generate_networks import arrays, flat, uniform, wrapped

QUERY, MEMORY, UNITS, STEPS, BATCH, QUERIES = 4, 5, 6, 5, 3, 4  # Q M A S B T; of the dot product Q is M
LENGTHS = [3, 5, 1]  # of the ragged cases; PyTorch's softmax knows no length 0

HEADER = f"""\
/* Made by generate_attention.py from PyTorch {torch.__version__.split('+')[0]}; not to be edited.
 * scaled_dot_product_attention, softmax and autograd, in double. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_ATTENTION_H
#define RNN_TESTS_TORCH_ATTENTION_H

#include "rnn.h"

struct golden_attention {{
    const char *name;
    int32_t score;
    size_t query_size, memory_size, units; /* Q M A */
    size_t steps, batch, queries_steps;    /* S B T */
    size_t parameter_count;
    const int32_t *lengths;    /* [B], or NULL */
    const double *parameters;  /* the flat block, or NULL */
    const double *memory;      /* [S,B,M] */
    const double *queries;     /* [T,B,Q] */
    const double *dcontext;    /* [T,B,M] */

    const double *context;     /* [T,B,M] */
    const double *weights;     /* [T,B,S] */
    const double *dqueries;    /* [T,B,Q] */
    const double *dmemory;     /* [S,B,M] */
    const double *dparameters; /* the flat block, or NULL */
}};

"""


def by_product(query, key, memory, mask):
    """Weights and context of [B,T,K], [B,S,K] and [B,S,M]."""
    function = lambda value: scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=1.0)
    return function(torch.eye(STEPS, dtype=torch.float64).expand(BATCH, -1, -1)), function(memory)


def by_sum(query, key, v, memory, mask):
    scores = torch.tanh(query.unsqueeze(2) + key.unsqueeze(1)) @ v
    weights = torch.softmax(scores.masked_fill(~mask, -torch.inf), 2)
    return weights, weights @ memory


def attend(score, parameters, memory, queries, lengths):
    """Context and weights, time-major, of time-major arrays."""
    memory, queries = memory.transpose(0, 1), queries.transpose(0, 1)
    mask = (torch.arange(STEPS) < torch.tensor(lengths).unsqueeze(1)).unsqueeze(1).expand(-1, QUERIES, -1)
    if score == "dot":
        weights, context = by_product(queries, memory, memory, mask)
    elif score == "general":
        weights, context = by_product(queries, memory @ parameters[0].T, memory, mask)
    else:
        w, u, v = parameters
        weights, context = by_sum(queries @ w.T, memory @ u.T, v, memory, mask)
    return context.transpose(0, 1), weights.transpose(0, 1)


def compute(score, ragged):
    """The fields of one case that are arrays, and its sizes."""
    source = random.Random(f"{score} {ragged}")
    query_size = MEMORY if score == "dot" else QUERY
    shapes = {"dot": [], "general": [(query_size, MEMORY)],
              "additive": [(UNITS, query_size), (UNITS, MEMORY), (UNITS,)]}[score]
    lengths = LENGTHS if ragged else [STEPS] * BATCH
    parameters = [uniform(source, *shape).requires_grad_() for shape in shapes]
    memory = uniform(source, STEPS, BATCH, MEMORY, scale=2.0).requires_grad_()
    queries = uniform(source, QUERIES, BATCH, query_size, scale=2.0).requires_grad_()
    dcontext = uniform(source, QUERIES, BATCH, MEMORY)
    context, weights = attend(score, parameters, memory, queries, lengths)
    (context * dcontext).sum().backward()
    given = {"memory": memory, "queries": queries, "dcontext": dcontext}
    result = {"context": context, "weights": weights, "dqueries": queries.grad, "dmemory": memory.grad}
    if ragged:
        given["lengths"] = torch.tensor(lengths)
    if parameters:
        given["parameters"] = flat(parameters)
        result["dparameters"] = flat(parameter.grad for parameter in parameters)
    return query_size, given, result


def entry(name, score, query_size, tensors):
    fields = {
        "name": f'"{name}"', "score": f"RNN_ATTENTION_{score.upper()}", "query_size": query_size,
        "memory_size": MEMORY, "units": UNITS if score == "additive" else 0, "steps": STEPS, "batch": BATCH,
        "queries_steps": QUERIES, "parameter_count": tensors["parameters"].numel() if "parameters" in tensors else 0,
    } | {key: f"{name}_{key}" for key in tensors}
    return "    {\n" + wrapped(f".{key} = {value}" for key, value in fields.items()) + "\n    },\n"


def main():
    torch.set_num_threads(1)
    text, table = [HEADER], []
    for score in ("dot", "general", "additive"):
        for ragged in (False, True):
            name = f"{score}_{'ragged' if ragged else 'full'}"
            query_size, given, result = compute(score, ragged)
            text += arrays(name, {key: value.detach() for key, value in given.items()}, 9)
            text += arrays(name, {key: value.detach() for key, value in result.items()}, 12)
            table.append(entry(name, score, query_size, given | result))
    text.append("static const struct golden_attention golden_attentions[] = {\n" + "".join(table) + "};\n\n#endif\n")
    (pathlib.Path(__file__).parent / "torch_attention.h").write_text("\n".join(text))


if __name__ == "__main__":
    main()
