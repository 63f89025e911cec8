"""The ONNX operators RNN, GRU and LSTM as their documentation has them, in double precision, with NumPy.

    https://onnx.ai/onnx/operators/onnx__RNN.html, onnx__GRU.html, onnx__LSTM.html (opset 22)

What the documentation leaves open is filled in as ONNX Runtime does it, and marked "open" below.
"""

import numpy as np

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
PLACES = {"RNN": 1, "GRU": 2, "LSTM": 3}  # of activation functions: f, then g, then h
DEFAULT_ACTIVATIONS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}

# The table of activation functions, each with the defaults of alpha and beta that it takes.  "Default values are the
# same as of corresponding ONNX operators": there is none for Affine and ScaledTanh (open: 1 and 0, 1 and 1).
# ThresholdedRelu is "x if x >= alpha" in the documentation of the three, and x > alpha in its own as an operator and in
# ONNX Runtime; no number here comes so near to alpha that it matters.
ACTIVATIONS = {
    "Relu": (lambda x: np.maximum(x, 0), ()),
    "Tanh": (np.tanh, ()),
    "Sigmoid": (lambda x: 1 / (1 + np.exp(-x)), ()),
    "Affine": (lambda x, a, b: a * x + b, (1.0, 0.0)),
    "LeakyRelu": (lambda x, a: np.where(x >= 0, x, a * x), (0.01,)),
    "ThresholdedRelu": (lambda x, a: np.where(x >= a, x, 0), (1.0,)),
    "ScaledTanh": (lambda x, a, b: a * np.tanh(b * x), (1.0, 1.0)),
    "HardSigmoid": (lambda x, a, b: np.minimum(np.maximum(a * x + b, 0), 1), (0.2, 0.5)),
    "Elu": (lambda x, a: np.where(x >= 0, x, a * (np.exp(x) - 1)), (1.0,)),
    "Softsign": (lambda x: x / (1 + np.abs(x)), ()),
    "Softplus": (lambda x: np.log(1 + np.exp(x)), ()),
}


class Activation:
    """One of the table with its parameters (None: the default), and how near its arguments came to a jump."""

    def __init__(self, name, alpha=None, beta=None):
        self.function, defaults = ACTIVATIONS[name]
        given = (alpha, beta)[:len(defaults)]
        self.parameters = [default if value is None else value for value, default in zip(given, defaults)]
        self.jumps = name == "ThresholdedRelu"
        self.nearest = np.inf

    def __call__(self, x):
        if self.jumps:
            self.nearest = min(self.nearest, np.abs(x - self.parameters[0]).min())
        return self.function(x, *self.parameters)


def clipped(x, clip):
    """"Applied to the input of activations" (open: of f and g, that is of the gates, not of h)."""
    return np.clip(x, -clip, clip) if clip else x


def rnn_step(x, h, c, w, r, wb, rb, p, functions, options):
    f, = functions
    return f(clipped(x @ w.T + h @ r.T + wb + rb, options["clip"])), c


def gru_step(x, h, c, w, r, wb, rb, p, functions, options):
    f, g = functions
    clip = options["clip"]
    wz, wr, wh = np.split(w, 3)
    rz, rr, rh = np.split(r, 3)
    (wbz, wbr, wbh), (rbz, rbr, rbh) = np.split(wb, 3), np.split(rb, 3)
    z = f(clipped(x @ wz.T + h @ rz.T + wbz + rbz, clip))
    reset = f(clipped(x @ wr.T + h @ rr.T + wbr + rbr, clip))
    if options["linear_before_reset"]:
        n = g(clipped(x @ wh.T + reset * (h @ rh.T + rbh) + wbh, clip))
    else:
        n = g(clipped(x @ wh.T + (reset * h) @ rh.T + rbh + wbh, clip))
    return (1 - z) * n + z * h, c


def lstm_step(x, h, c, w, r, wb, rb, p, functions, options):
    f, g, k = functions
    clip = options["clip"]
    pi, po, pf = np.split(p, 3)
    i, o, forget, new = np.split(x @ w.T + h @ r.T + wb + rb, 4, axis=-1)
    i = f(clipped(i + pi * c, clip))
    # open: "couple the input and forget gates if 1" is f = 1 - i
    forget = 1 - i if options["input_forget"] else f(clipped(forget + pf * c, clip))
    c = forget * c + i * g(clipped(new, clip))
    o = f(clipped(o + po * c, clip))
    return o * k(c), c


STEPS = {"RNN": rnn_step, "GRU": gru_step, "LSTM": lstm_step}


def run_direction(op, given, direction, reverse, functions, options):
    """Y [T,B,H], Y_h and Y_c [B,H] of one direction, sequence by sequence; Y is 0 past the end of one.

    A reverse direction begins at the last valid step (open: "reverse" with sequence_lens)."""
    x, h, c = given["X"], given["initial_h"][direction], given["initial_c"][direction]
    weights = [given[name][direction] for name in ("W", "R")] + list(np.split(given["B"][direction], 2))
    y, h, c = np.zeros(x.shape[:2] + h.shape[1:]), h.copy(), c.copy()
    for b, length in enumerate(given["sequence_lens"]):
        row = slice(b, b + 1)
        for t in reversed(range(length)) if reverse else range(length):
            h[row], c[row] = STEPS[op](x[t, row], h[row], c[row], *weights, given["P"][direction], functions, options)
            y[t, row] = h[row]
    return y, h, c


def completed(op, given):
    """The inputs in double, with zeros for those left out."""
    directions, rows, _ = given["W"].shape
    steps, batch, _ = given["X"].shape
    hidden = rows // GATES[op]
    zeros = {"B": (directions, 2 * rows), "P": (directions, 3 * hidden), "initial_h": (directions, batch, hidden),
             "initial_c": (directions, batch, hidden)}
    complete = {name: np.zeros(shape) for name, shape in zeros.items()} | {"sequence_lens": np.full(batch, steps)}
    return complete | {name: array if name == "sequence_lens" else array.astype(np.float64)
                       for name, array in given.items()}


def run(op, given, direction="forward", activations=None, clip=0.0, linear_before_reset=0, input_forget=0):
    """Y [T,D,B,H], Y_h and Y_c [D,B,H], and how near a jump came.

    `given`: the inputs of the operator by their names, layout 0.  `activations`: (name, alpha, beta) of each place."""
    functions = [Activation(*one) for one in activations or [(name,) for name in DEFAULT_ACTIVATIONS[op]]]
    options = {"clip": clip, "linear_before_reset": linear_before_reset, "input_forget": input_forget}
    reversals = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[direction]
    complete = completed(op, given)
    results = [run_direction(op, complete, d, reverse, functions, options) for d, reverse in enumerate(reversals)]
    y, h, c = (np.stack(parts) for parts in zip(*results))
    return y.transpose(1, 0, 2, 3), h, c, min(function.nearest for function in functions)
