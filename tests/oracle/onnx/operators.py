#!/usr/bin/env python3
"""The operator test cases of ONNX about RNN, GRU and LSTM, given to librnn, once for each
provider of its matrix products: every one must come out.

    operators.py path/to/librnn.so [folder of cases]

The cases come from the folder, a JSON file each, and from the Python package onnx, where it is installed.  Exit status
77 (skipped) where there is neither.

A file has "name", "op", "attributes", "node_inputs" and "node_outputs" (the names of the node, "" for one left out),
"inputs" and "outputs" (by name: "shape", "dtype" and "data").

Needs nothing but Python.  What a case asks for and this program or librnn does not do is a failure, never passed over.
"""

import ctypes
import json
import math
import re
import sys
import warnings
from pathlib import Path

# |actual - expected| <= TOLERANCE * (1 + |expected|).  ONNX itself allows 1e-3 * |expected| + 1e-7; librnn and NumPy,
# which made the numbers, both compute in float32: rounding of 6e-8 in sums of at most a dozen terms of size near 1, exp
# and tanh that are off by some units in the last place, three steps.  They differ by up to 1e-7.
TOLERANCE = 2e-6

HEADER = Path(__file__).parents[3] / "include" / "rnn.h"
RNN = {name: int(value) for name, value in re.findall(r"#define RNN_(\w+) +\(?(-?\d+)\)?", HEADER.read_text())}

INPUTS = {
    "RNN": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "GRU": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "LSTM": ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"),
}
OUTPUTS = {"RNN": ("Y", "Y_h"), "GRU": ("Y", "Y_h"), "LSTM": ("Y", "Y_h", "Y_c")}
ATTRIBUTES = {"activations", "activation_alpha", "activation_beta", "clip", "direction", "hidden_size", "layout"}
ATTRIBUTES_OF = {"RNN": set(), "GRU": {"linear_before_reset"}, "LSTM": {"input_forget"}}
CELLS = {"RNN": "CELL_TANH", "GRU": "CELL_GRU", "LSTM": "CELL_LSTM"}
PLACES = {"RNN": "F", "GRU": "FG", "LSTM": "FGH"}
DIRECTIONS = {"forward": "DIRECTION_FORWARD", "reverse": "DIRECTION_REVERSE", "bidirectional": "DIRECTION_BOTH"}
# By name: what librnn calls it, and whether it takes alpha and beta.
ACTIVATIONS = {
    "Tanh": ("TANH", False, False),
    "Sigmoid": ("SIGMOID", False, False),
    "Relu": ("RELU", False, False),
    "HardSigmoid": ("HARD_SIGMOID", True, True),
    "LeakyRelu": ("LEAKY_RELU", True, False),
    "ThresholdedRelu": ("THRESHOLDED_RELU", True, False),
    "ScaledTanh": ("SCALED_TANH", True, True),
    "Elu": ("ELU", True, False),
    "Softsign": ("SOFTSIGN", False, False),
    "Softplus": ("SOFTPLUS", False, False),
    "Affine": ("AFFINE", True, True),
}


class Failure(Exception):
    """What makes a case fail: it asks for something unknown, librnn refuses, or a number is another one."""


def require(truth, what):
    if not truth:
        raise Failure(what)


# ---- the cases -------------------------------------------------------------------------------------------------------


class Tensor:
    """Numbers in row-major order, and their shape."""

    def __init__(self, shape, data, dtype="float32"):
        self.shape, self.data, self.dtype = list(shape), list(data), dtype
        require(len(self.data) == math.prod(self.shape), f"{len(self.data)} numbers for the shape {self.shape}")

    def transposed(self, *axes):
        """Axis number i of what comes out is axis number axes[i] of this."""
        strides = [math.prod(self.shape[axis + 1:]) for axis in axes]
        shape = [self.shape[axis] for axis in axes]
        offsets = [0]
        for size, stride in zip(shape, strides):
            offsets = [offset + i * stride for offset in offsets for i in range(size)]
        return Tensor(shape, [self.data[offset] for offset in offsets], self.dtype)


class Case:
    """One node with what goes in and what must come out, as Tensors by the names of the operator's documentation."""

    def __init__(self, name, op, attributes, inputs, outputs):
        """`inputs` and `outputs`: in the order of the operator, None where one is left out."""
        self.name, self.op, self.attributes = name, op, dict(attributes)
        require(op in INPUTS, f"the operator {op}")
        require(len(inputs) <= len(INPUTS[op]) and len(outputs) <= len(OUTPUTS[op]), "more than the operator has")
        self.inputs = {key: tensor for key, tensor in zip(INPUTS[op], inputs) if tensor}
        self.outputs = {key: tensor for key, tensor in zip(OUTPUTS[op], outputs) if tensor}
        require(self.outputs, "no output to compare")


def case_from_json(path):
    case = json.loads(path.read_text())

    def tensors(names, given):
        require(set(names) - {""} == set(given), f"{sorted(given)} given, {names} in the node")
        return [Tensor(given[name]["shape"], given[name]["data"], given[name]["dtype"]) if name else None
                for name in names]

    return Case(case["name"], case["op"], case["attributes"], tensors(case["node_inputs"], case["inputs"]),
                tensors(case["node_outputs"], case["outputs"]))


def plain(value):
    """An attribute of a node without bytes."""
    if isinstance(value, bytes):
        return value.decode()
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def cases_from_package():
    """Those of the Python package onnx; None where it is not installed."""
    try:
        from onnx import helper
        from onnx.backend.test.case.node import collect_testcases
    except ImportError:
        return None

    def tensors(names, arrays):
        arrays = iter(arrays)
        return [Tensor(array.shape, array.flatten().tolist(), str(array.dtype)) if array is not None else None
                for array in (next(arrays) if name else None for name in names)]

    cases = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the cases of other operators, which overflow on purpose
        collected = collect_testcases()
    for case in collected:
        nodes = case.model.graph.node if case.model else ()
        if not any(node.op_type in INPUTS for node in nodes):
            continue
        require(len(nodes) == 1, f"{case.name} has {len(nodes)} nodes")
        attributes = {one.name: plain(helper.get_attribute_value(one)) for one in nodes[0].attribute}
        for inputs, outputs in case.data_sets:
            cases.append(Case(case.name, nodes[0].op_type, attributes, tensors(nodes[0].input, inputs),
                              tensors(nodes[0].output, outputs)))
    return cases


# ---- options ---------------------------------------------------------------------------------------------------------


def activation_options(op, directions, names, alphas, betas):
    """Options of librnn for the activation functions, and their parameters, of one direction or of two.

    Alphas and betas are consumed in turn by those functions that take one; those for which none is left keep theirs."""
    alphas, betas, found = list(alphas), list(betas), []
    require(len(names) == directions * len(PLACES[op]), f"{len(names)} activation functions")
    for place, name in zip(directions * PLACES[op], names):
        require(name in ACTIVATIONS, f"the activation function {name}")
        value, takes_alpha, takes_beta = ACTIVATIONS[name]
        options = {f"ACTIVATION_{place}": RNN[f"ACTIVATION_{value}"]}
        if takes_alpha and alphas:
            options[f"ALPHA_{place}"] = float(alphas.pop(0))
        if takes_beta and betas:
            options[f"BETA_{place}"] = float(betas.pop(0))
        found.append(options)
    require(not alphas and not betas, "more alphas or betas than the activation functions take")
    first, second = found[:len(PLACES[op])], found[len(PLACES[op]):]
    require(not second or first == second, "activation functions that differ between the directions")
    return {key: value for options in first for key, value in options.items()}


def directions_of(case):
    direction = case.attributes.get("direction", "forward")
    require(direction in DIRECTIONS, f"the direction {direction}")
    return 2 if direction == "bidirectional" else 1


def sizes_of(case):
    """T, B, I, H, D; the shapes of all inputs are held to them.  Everything in layout 0."""
    steps, batch, width = case.inputs["X"].shape
    directions, rows, hidden = case.inputs["R"].shape
    require(directions == directions_of(case), f"{directions} directions")
    require(case.attributes.get("hidden_size", hidden) == hidden, "another hidden_size than in R")
    shapes = {"W": [directions, rows, width], "B": [directions, 2 * rows], "sequence_lens": [batch],
              "initial_h": [directions, batch, hidden], "initial_c": [directions, batch, hidden],
              "P": [directions, 3 * hidden]}
    for name, tensor in case.inputs.items():
        require(tensor.dtype == ("int32" if name == "sequence_lens" else "float32"), f"{name} of {tensor.dtype}")
        expected = shapes.get(name, tensor.shape)
        require(tensor.shape == expected, f"{name} is {tensor.shape}, expected {expected}")
    return steps, batch, width, hidden, directions


def options_of(case):
    """All options of librnn that the node asks for; an attribute that is not known is a failure."""
    attributes = case.attributes
    unknown = set(attributes) - ATTRIBUTES - ATTRIBUTES_OF[case.op]
    require(not unknown, f"the attributes {sorted(unknown)}")
    _, _, width, hidden, directions = sizes_of(case)
    options = {"CELL": RNN[CELLS[case.op]], "INPUT_SIZE": width, "HIDDEN_SIZE": hidden,
               "DIRECTION": RNN[DIRECTIONS[attributes.get("direction", "forward")]], "BIAS": int("B" in case.inputs)}
    if "clip" in attributes:
        require(attributes["clip"] > 0, f"clip {attributes['clip']}")  # 0 would mean another thing to librnn: none
        options["CLIP"] = float(attributes["clip"])
    if case.op == "GRU":
        options["RESET"] = RNN["RESET_AFTER" if attributes.get("linear_before_reset") else "RESET_BEFORE"]
    if case.op == "LSTM":
        options["PEEPHOLES"] = int("P" in case.inputs)
        options["COUPLE"] = RNN["COUPLE_FORGET"] if attributes.get("input_forget") else 0
    parameters = [attributes.get(key, ()) for key in ("activation_alpha", "activation_beta")]
    require("activations" in attributes or not any(parameters), "alphas or betas without activations")
    if "activations" in attributes:
        options |= activation_options(case.op, directions, attributes["activations"], *parameters)
    return options


# ---- librnn ----------------------------------------------------------------------------------------------------------


def floats(tensor):
    """The two arguments of an array: its address and its number of elements."""
    if tensor is None:
        return None, ctypes.c_size_t(0)
    return (ctypes.c_float * len(tensor.data))(*tensor.data), ctypes.c_size_t(len(tensor.data))


class Library:
    def __init__(self, path):
        self.functions = ctypes.CDLL(path)
        self.functions.rnn_last_error.restype = ctypes.c_char_p
        self.functions.rnn_build_info.restype = ctypes.c_char_p
        self.products = "PRODUCTS_OWN"

    def providers(self):
        """The values of RNN_PRODUCTS that this build has."""
        return ["PRODUCTS_OWN"] + ["PRODUCTS_CBLAS"] * (b"cblas" in self.functions.rnn_build_info())

    def call(self, function, *arguments):
        if getattr(self.functions, function)(*arguments):
            raise Failure(self.functions.rnn_last_error().decode())

    def model(self, options):
        config, model = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("rnn_config_create", ctypes.byref(config))
        try:
            for key, value in options.items():
                kind, number = ("real", ctypes.c_double) if isinstance(value, float) else ("int", ctypes.c_int64)
                self.call(f"rnn_config_set_{kind}", config, RNN[key], number(value))
            self.call("rnn_config_set_int", config, RNN["PRODUCTS"], ctypes.c_int64(RNN[self.products]))
            self.call("rnn_create", ctypes.byref(model), config)
        finally:
            self.functions.rnn_config_destroy(config)
        return model

    def session(self, model):
        session = ctypes.c_void_p()
        self.call("rnn_session_create", ctypes.byref(session), model, RNN["INFERENCE"])
        return session

    def state(self, session, kind, shape):
        count = math.prod(shape)
        values = (ctypes.c_float * count)()
        self.call("rnn_session_get_state", session, RNN[f"STATE_{kind}"], values, ctypes.c_size_t(count))
        return Tensor(shape, values)

    def forward(self, case, session):
        """The outputs in layout 0, by name."""
        steps, batch, _, hidden, directions = sizes_of(case)
        self.call("rnn_reset_state", session, ctypes.c_size_t(batch))
        for name, kind in (("initial_h", "H"), ("initial_c", "C")):
            if name in case.inputs:
                self.call("rnn_session_set_state", session, RNN[f"STATE_{kind}"], *floats(case.inputs[name]))
        lengths, length_count = None, 0
        if "sequence_lens" in case.inputs:
            lengths, length_count = (ctypes.c_int32 * batch)(*case.inputs["sequence_lens"].data), batch
        count = steps * batch * directions * hidden
        y = (ctypes.c_float * count)()
        self.call("rnn_forward", session, y, ctypes.c_size_t(count), *floats(case.inputs["X"]), lengths,
                  ctypes.c_size_t(length_count), ctypes.c_size_t(steps))
        results = {"Y": Tensor([steps, batch, directions, hidden], y).transposed(0, 2, 1, 3)}
        for name, kind in (("Y_h", "H"), ("Y_c", "C"))[:len(OUTPUTS[case.op]) - 1]:
            results[name] = self.state(session, kind, [directions, batch, hidden])
        return results

    def run(self, case):
        """All outputs of the operator, in the layout of the case."""
        case, batchwise = seqwise(case)
        model, session = self.model(options_of(case)), ctypes.c_void_p()
        try:
            for name in ("W", "R", "B", "P"):
                self.call("rnn_model_import_onnx", model, ctypes.c_size_t(0), RNN[f"ONNX_{name}"],
                          *floats(case.inputs.get(name)))
            session = self.session(model)
            results = self.forward(case, session)
        finally:
            self.functions.rnn_session_destroy(session)
            self.functions.rnn_destroy(model)
        if not batchwise:
            return results
        return {name: tensor.transposed(2, 0, 1, 3) if name == "Y" else tensor.transposed(1, 0, 2)
                for name, tensor in results.items()}


def seqwise(case):
    """The case with its inputs in layout 0, and whether they were in layout 1."""
    layout = case.attributes.get("layout", 0)
    require(layout in (0, 1), f"the layout {layout}")
    inputs = [case.inputs.get(name) for name in INPUTS[case.op]]
    if layout:
        inputs = [tensor.transposed(1, 0, 2) if tensor and name in ("X", "initial_h", "initial_c") else tensor
                  for name, tensor in zip(INPUTS[case.op], inputs)]
    outputs = [case.outputs.get(name) for name in OUTPUTS[case.op]]
    return Case(case.name, case.op, case.attributes, inputs, outputs), bool(layout)


# ---- the checker -----------------------------------------------------------------------------------------------------


def close(actual, expected):
    return abs(actual - expected) <= TOLERANCE * (1 + abs(expected))  # never true of a NaN


def compare(actual, expected, name):
    require(actual.shape == expected.shape, f"{name} is {actual.shape}, expected {expected.shape}")
    for i, (one, other) in enumerate(zip(actual.data, expected.data)):
        require(close(one, other), f"{name}, element {i} is {one:.9g}, expected {other:.9g}")


def compare_all(results, case):
    """The largest difference."""
    for name, expected in case.outputs.items():
        compare(results[name], expected, name)
    return max(abs(one - other) for name, expected in case.outputs.items()
               for one, other in zip(results[name].data, expected.data))


def refused(action, *arguments):
    try:
        action(*arguments)
    except Failure:
        return True
    return False


def check_moved_numbers_are_rejected(results, case):
    """Every expected number in turn is moved by little more than is allowed, and made a NaN."""
    for name, expected in case.outputs.items():
        require(any(expected.data), f"{name} is all 0 and would prove nothing")
        for i, kept in enumerate(expected.data):
            for moved in (kept + 3 * TOLERANCE * (1 + abs(kept)), math.nan):
                expected.data[i] = moved
                require(refused(compare, results[name], expected, name), f"{name}, element {i}: {moved} was accepted")
            expected.data[i] = kept
        longer = Tensor([1, *expected.shape], expected.data)
        require(refused(compare, results[name], longer, name), f"{name} of another shape was accepted")


def check_strange_nodes_are_refused(library, case):
    """What librnn does not do must not be passed over."""
    names = ["Relu", "Tanh", "Sigmoid"][:len(PLACES[case.op])]
    twice = directions_of(case) * names
    strange = [{"output_sequence": 1}, {"layout": 2}, {"direction": "sideways"}, {"clip": 0.0}, {"clip": -1.0},
               {"hidden_size": 1}, {"activations": ["Gelu", *twice[1:]]}, {"activations": twice + names[:1]},
               {"activations": twice, "activation_alpha": [0.5]}, {"activation_alpha": [0.5]},
               {"activations": twice, "activation_beta": [0.5]}]
    if directions_of(case) == 2:
        strange.append({"activations": names + ["Softsign", *names[1:]]})
    else:
        strange.append({"direction": "bidirectional"})
    inputs = [case.inputs.get(name) for name in INPUTS[case.op]]
    outputs = [case.outputs.get(name) for name in OUTPUTS[case.op]]
    for attributes in strange:
        changed = Case(case.name, case.op, case.attributes | attributes, inputs, outputs)
        require(refused(library.run, changed), f"{attributes} was accepted")
    x, others = inputs[0], inputs[1:]
    for changed in (Tensor(x.shape, x.data, "float64"), Tensor([*x.shape[:2], 1], x.data[:x.shape[0] * x.shape[1]])):
        require(refused(library.run, Case(case.name, case.op, case.attributes, [changed, *others], outputs)),
                f"X of {changed.dtype}, {changed.shape} was accepted")


# ---- all of them -----------------------------------------------------------------------------------------------------


def run_all(library, cases, source):
    """Prints each failure; how many, and the largest difference of those that came out."""
    failures, largest = 0, 0
    for case in cases:
        try:
            results = library.run(case)
            largest = max(largest, compare_all(results, case))
            check_moved_numbers_are_rejected(results, case)
            check_strange_nodes_are_refused(library, case)
        except Failure as failure:
            failures += 1
            print(f"FAILED: {case.name} of {source}: {failure}")
    print(f"{source}, RNN_{library.products}: {len(cases)} cases, {failures} failed, largest difference {largest:.1e}")
    return failures


def collect(folder):
    """The cases by where they come from."""
    sources, files = {}, sorted(folder.glob("*.json")) if folder else []
    if files:
        sources[str(folder)] = [case_from_json(path) for path in files]
    elif folder:
        print(f"no cases in {folder}")
    package = cases_from_package()
    if package is not None:
        require({case.op for case in package} == set(INPUTS), "the package onnx has no cases for one of the operators")
        sources["the package onnx"] = package
    return sources


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sources = collect(Path(sys.argv[2]) if len(sys.argv) == 3 else None)
    if not sources:
        print("skipped: no folder of cases, and the Python package onnx is not installed")
        sys.exit(77)
    library = Library(sys.argv[1])
    failures = 0
    for library.products in library.providers():
        failures += sum(run_all(library, cases, source) for source, cases in sources.items())
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
