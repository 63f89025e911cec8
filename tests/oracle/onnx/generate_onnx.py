#!/usr/bin/env python3
"""Writes onnx_vectors.h: what ONNX's operators RNN, GRU and LSTM make of small inputs, to hold the library to.

Needed only to make the vectors anew:

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
    venv/bin/python tests/oracle/onnx/generate_onnx.py

Three sorts of vectors: some of ONNX's own operator test cases; every activation function in every place, with its
defaults and with other alphas and betas; and every pair of the other options.

The numbers are those of ONNX Runtime, in float32, which must agree with specification.py, the equations of the
documentation in double precision.  Where it does not do what is documented (see `departs`), they are those of
specification.py.  What goes in comes from Python's random: the same file every time.

What it prints is how far ONNX Runtime is from specification.py: what test_onnx.c may ask of the library.
"""

import itertools
import pathlib
import random

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

import operators
import specification
import vector_tools

AGREEMENT = 4e-6  # of ONNX Runtime with specification.py: |difference| / (1 + |value|)
VISIBLE = 2e-3    # every option and every optional input of a case changes some output by more than this
LARGEST = 3.0     # no output is larger: errors would grow with it
NEAREST = 1e-3    # no argument of ThresholdedRelu is nearer to its jump

OPERATOR_CASES = ["test_simple_rnn_bidirectional", "test_rnn_seq_length", "test_gru_seq_length", "test_gru_reverse",
                  "test_gru_bidirectional", "test_lstm_with_peepholes", "test_lstm_reverse", "test_lstm_bidirectional"]

# Every combination of the crossed options is a case; the dealt ones are spread over them so that every pair of values
# occurs.  `activations`: other ones than the defaults, all places at random.
CROSSED = {
    "RNN": {"direction": tuple(operators.DIRECTIONS), "clip": (0, 1), "lengths": (0, 1), "activations": (0, 1)},
    "GRU": {"direction": tuple(operators.DIRECTIONS), "linear_before_reset": (0, 1), "clip": (0, 1), "bias": (0, 1)},
    "LSTM": {"direction": tuple(operators.DIRECTIONS), "input_forget": (0, 1), "peepholes": (0, 1), "clip": (0, 1)},
}
DEALT = {
    "RNN": {"bias": (0, 1), "initial": (0, 1)},
    "GRU": {"lengths": (0, 1), "initial": (0, 1), "activations": (0, 1)},
    "LSTM": {"bias": (0, 1), "lengths": (0, 1), "initial": (0, 1), "activations": (0, 1)},
}
CLIPS = (0.25, 0.6)

HEADER = f"""\
/* Made by generate_onnx.py from onnx {onnx.__version__} and ONNX Runtime {onnxruntime.__version__}; not to be edited. */
/* clang-format off */
#ifndef RNN_TESTS_ONNX_VECTORS_H
#define RNN_TESTS_ONNX_VECTORS_H

#include "rnn.h"

#define ONNX_MOST @MOST@ /* elements of the largest array */

struct onnx_vector {{
    const char *name;
    int32_t cell, direction, bias, reset, peepholes, couple;
    int32_t activation[3];               /* f, g, h; 0: the cell's own */
    double alpha[3], beta[3], clip;      /* 0: unset */
    size_t inputs, hidden, steps, batch; /* I H T B */
    const int32_t *lengths;              /* [B], or NULL: T for all */

    /* float32 numbers; all but w, r and x may be NULL */
    const double *w, *r, *b, *p; /* as rnn_model_import_onnx takes them */
    const double *x;             /* [T,B,I] */
    const double *h0, *c0;       /* [D,B,H] */
    const double *y;             /* [T,D,B,H] */
    const double *h, *c;         /* [D,B,H], final */
}};
"""


# ---- the cases -------------------------------------------------------------------------------------------------------


class Case:
    """A node: its operator and options, and after `draw` its inputs."""

    def __init__(self, name, op, direction="forward", activations=None, optional=(), small=False, **options):
        """`activations`: (name, alpha, beta) of every place, "random", or None for the defaults; `optional`: the
        optional inputs that it has; `small`: of the smallest sizes."""
        self.small = small
        self.name, self.op, self.direction, self.activations = name, op, direction, activations
        self.optional, self.options, self.redrawn = set(optional), options, activations == "random"

    def arguments(self):
        """Those of specification.run, beside the inputs."""
        return {"direction": self.direction, "activations": self.activations} | self.options

    def draw(self, source):
        if self.redrawn:
            names = source.choices(tuple(specification.ACTIVATIONS), k=specification.PLACES[self.op])
            self.activations = [(name, *draw_parameters(source, name)) for name in names]
        widest = {"RNN": 5, "GRU": 3, "LSTM": 3}[self.op]
        sizes = {"T": 3, "B": 2, "I": source.choice((2, 3)), "H": source.randint(2, widest)}
        if self.small:
            sizes |= {"T": 2, "I": 2, "H": 2}
        directions, rows = 2 if self.direction == "bidirectional" else 1, specification.GATES[self.op] * sizes["H"]
        state = (directions, sizes["B"], sizes["H"])
        shapes = {"X": (sizes["T"], sizes["B"], sizes["I"]), "W": (directions, rows, sizes["I"]),
                  "R": (directions, rows, sizes["H"]), "B": (directions, 2 * rows), "initial_h": state,
                  "initial_c": state, "P": (directions, 3 * sizes["H"])}
        self.given = {name: vector_tools.uniform(source, shape, 2 if name == "X" else 0.9)
                      for name, shape in shapes.items() if name in self.optional or name in "XWR"}
        if "sequence_lens" in self.optional:
            self.given["sequence_lens"] = np.array(source.sample((1, sizes["T"]), 2), np.int32)


def draw_parameters(source, name):
    """An alpha and a beta for an activation function, None where it takes none; away from the defaults."""
    sign = source.choice((-1, 1))
    ranges = {"HardSigmoid": ((0.25, 0.6), (0.2, 0.8)), "LeakyRelu": ((0.1, 0.8),), "ThresholdedRelu": ((0.05, 0.4),),
              "ScaledTanh": ((sign * 0.4, sign * 1.6), (0.4, 1.6)), "Elu": ((0.3, 0.9),),
              "Affine": ((sign * 0.4, sign * 0.8), (-0.6, 0.6))}
    drawn = [round(source.uniform(*ends), 2) for ends in ranges.get(name, ())]
    return drawn + [None] * (2 - len(drawn))


def optional_inputs(op, bias=1, lengths=0, initial=1, peepholes=0):
    states = ["initial_h", "initial_c"] if op == "LSTM" else ["initial_h"]
    return ["B"] * bias + ["sequence_lens"] * lengths + states * initial + ["P"] * peepholes


def snake(name):
    return "".join("_" * (letter.isupper() and i > 0) + letter.lower() for i, letter in enumerate(name))


def activation_cases():
    """One other function in one place; its parameters given, and left to the defaults where it has any."""
    source, directions = random.Random("activations"), itertools.cycle(("forward", "reverse"))
    for op, places in specification.PLACES.items():
        for place, name in itertools.product(range(places), specification.ACTIVATIONS):
            for suffix in ("", "_defaults") if specification.ACTIVATIONS[name][1] else ("",):
                activations = [(default, None, None) for default in specification.DEFAULT_ACTIVATIONS[op]]
                activations[place] = (name, None, None) if suffix else (name, *draw_parameters(source, name))
                options = {"linear_before_reset": source.choice((0, 1))} if op == "GRU" else {}
                yield Case(f"{op.lower()}_{'fgh'[place]}_{snake(name)}{suffix}", op, next(directions), activations,
                           optional_inputs(op), small=True, **options)


def option_cases():
    for op in specification.PLACES:
        source = random.Random(op)
        for i, chosen in enumerate(vector_tools.combinations_of(source, CROSSED[op], DEALT[op])):
            inputs = {key: chosen[key] for key in ("bias", "lengths", "initial", "peepholes") if key in chosen}
            options = {key: chosen[key] for key in ("linear_before_reset", "input_forget") if key in chosen}
            yield Case(f"{op.lower()}_options_{i}", op, chosen["direction"],
                       "random" if chosen["activations"] else None, optional_inputs(op, **inputs),
                       clip=source.choice(CLIPS) if chosen["clip"] else 0.0, **options)


def numpy_of(tensor):
    return np.array(tensor.data, tensor.dtype).reshape(tensor.shape)


def operator_cases():
    """Of ONNX itself, with what is expected of them."""
    cases = {case.name: case for case in operators.cases_from_package()}
    for name in OPERATOR_CASES:
        assert set(cases[name].attributes) <= {"hidden_size", "direction"}, name  # all that the row would tell of them
        given = {key: numpy_of(tensor) for key, tensor in cases[name].inputs.items()}
        case = Case(name, cases[name].op, cases[name].attributes.get("direction", "forward"), None, set(given))
        case.given = given
        yield case, {key: numpy_of(tensor) for key, tensor in cases[name].outputs.items()}


# ---- what comes out --------------------------------------------------------------------------------------------------


def specified(case, **changed):
    """By specification.py, and how near a jump it came."""
    *results, nearest = specification.run(case.op, case.given, **case.arguments() | changed)
    return dict(zip(operators.OUTPUTS[case.op], results)), nearest


def attributes_of(case):
    options = {key: value for key, value in case.options.items() if value}
    attributes = {"hidden_size": case.given["R"].shape[2], "direction": case.direction} | options
    if case.activations:
        names, alphas, betas = zip(*case.activations * (2 if case.direction == "bidirectional" else 1))
        lists = {"activations": names, "activation_alpha": alphas, "activation_beta": betas}
        given = {key: [value for value in values if value is not None] for key, values in lists.items()}
        attributes |= {key: values for key, values in given.items() if values}
    return attributes


def value_info(name, array):
    kind = TensorProto.INT32 if array is not None and array.dtype == np.int32 else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, kind, None if array is None else array.shape)


def run_onnxruntime(case):
    names = [name if name in case.given else "" for name in operators.INPUTS[case.op]]
    outputs = operators.OUTPUTS[case.op]
    node = helper.make_node(case.op, names, outputs, **attributes_of(case))
    graph = helper.make_graph([node], case.name, [value_info(*one) for one in case.given.items()],
                              [value_info(name, None) for name in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip(outputs, session.run(None, case.given)))


def difference(results, others):
    return max((np.abs(results[key] - others[key]) / (1 + np.abs(others[key]))).max() for key in results)


def departs(case):
    """Where ONNX Runtime 1.32 does not do what is documented.

    Without activation_alpha it takes 0 for ThresholdedRelu, whose default as an operator is 1; for Affine and
    ScaledTanh, which have no default in the documentation, it takes 0 for alpha and beta, so that all becomes 0.
    (It also refuses layout 1, which is a matter of the caller; and for a sequence of length 0, which the documentation
    does not mention, its final states are 0, where librnn leaves the initial ones.)"""
    names = {"ThresholdedRelu", "Affine", "ScaledTanh"}
    return any(name in names and alpha is None for name, alpha, _ in case.activations or ())


def changes(case):
    """What comes out of the case with one thing of it taken away, for each that it has."""
    for key, value in case.options.items():
        if value:
            yield specified(case, **{key: 0})[0]
    for place, (name, *parameters) in enumerate(case.activations or ()):
        default = specification.DEFAULT_ACTIVATIONS[case.op][place]
        same = name == default or (name, parameters[0], default) == ("ScaledTanh", None, "Tanh")
        others = [] if same else [(default, None, None)]
        if parameters[0] is None and specification.ACTIVATIONS[name][1]:
            others.append((name, 0, 0))
        if parameters[0] is not None:
            others += [(name, None, parameters[1])]
        if parameters[1] is not None:
            others += [(name, parameters[0], None)]
        for other in others:
            yield specified(case, activations=case.activations[:place] + [other] + case.activations[place + 1:])[0]
    given = case.given
    for name in set(given) & case.optional:
        case.given = {key: array for key, array in given.items() if key != name}
        yield specified(case)[0]
    case.given = given


def fits(case, results, nearest):
    sizes = [np.abs(array).max() for array in results.values()]
    return (max(sizes) < LARGEST and min(sizes) > VISIBLE and nearest > NEAREST
            and all(difference(results, other) > VISIBLE for other in changes(case)))


def compute(case):
    """Of the first draw in which everything matters; and how far ONNX Runtime is from the specification."""
    for attempt in itertools.count():
        case.draw(random.Random(f"{case.name} {attempt}"))
        results, nearest = specified(case)
        if fits(case, results, nearest):
            break
        assert attempt < 1000, case.name
    runtime = run_onnxruntime(case)
    distance = difference(runtime, results)
    if departs(case):
        assert distance > VISIBLE, f"{case.name}: ONNX Runtime does what is documented after all"
        return results, 0.0
    assert distance < AGREEMENT, f"{case.name}: ONNX Runtime is {distance} from the documentation"
    return runtime, distance


# ---- C ---------------------------------------------------------------------------------------------------------------

PARTS = {"W": "w", "R": "r", "B": "b", "P": "p", "X": "x", "initial_h": "h0", "initial_c": "c0", "Y": "y",
         "Y_h": "h", "Y_c": "c"}


def text_of(number, case, results):
    """The arrays of a case as C, and the fields that name them."""
    arrays = case.given | results
    text, fields = vector_tools.block(f"v{number}", {part: arrays[key] for key, part in PARTS.items() if key in arrays})
    if "sequence_lens" in arrays:
        lengths = ", ".join(map(str, arrays["sequence_lens"]))
        text += f"static const int32_t lengths_{number}[] = {{{lengths}}};\n"
        fields = {"lengths": f"lengths_{number}"} | fields
    return f"/* {case.name} */\n{text}", fields


def braces(values):
    """Empty where there is nothing that is not 0."""
    values = ["0" if value is None else str(value) for value in values]
    return "{" + ", ".join(values) + "}" if any(value != "0" for value in values) else ""


def entry(case, names):
    steps, batch, inputs = case.given["X"].shape
    options, activations = case.options, case.activations or []
    alphas, betas = ([one[i] for one in activations] for i in (1, 2))
    assert 0 not in alphas + betas, f"{case.name}: 0 means unset"
    reset = "RNN_RESET_AFTER" if options.get("linear_before_reset") else "RNN_RESET_BEFORE"
    return vector_tools.row({
        "name": f'"{case.name}"', "cell": f"RNN_{operators.CELLS[case.op]}",
        "direction": f"RNN_{operators.DIRECTIONS[case.direction]}", "bias": int("B" in case.given),
        "reset": reset if case.op == "GRU" else 0, "peepholes": int("P" in case.given),
        "couple": "RNN_COUPLE_FORGET" if options.get("input_forget") else 0,
        "activation": braces(f"RNN_ACTIVATION_{operators.ACTIVATIONS[name][0]}" for name, _, _ in activations),
        "alpha": braces(alphas), "beta": braces(betas), "clip": options.get("clip"),
        "inputs": inputs, "hidden": case.given["R"].shape[2], "steps": steps, "batch": batch,
    } | names)


def main():
    text, table, most, largest = [], [], 0, 0.0
    computed = list(operator_cases())
    for case in itertools.chain(activation_cases(), option_cases()):
        results, distance = compute(case)
        computed.append((case, results))
        largest = max(largest, distance)
    for number, (case, results) in enumerate(computed):
        arrays, names = text_of(number, case, results)
        text.append(arrays)
        table.append(entry(case, names))
        most = max(most, *(array.size for array in (case.given | results).values()))
    text.append("static const struct onnx_vector onnx_vectors[] = {\n" + "".join(table) + "};\n\n#endif\n")
    header = HEADER.replace("@MOST@", str(most))
    (pathlib.Path(__file__).parent / "onnx_vectors.h").write_text("\n".join([header, *text]))
    print(f"{len(computed)} vectors; ONNX Runtime differs from the specification by at most {largest:.1e}")


if __name__ == "__main__":
    main()
