"""Prints the time of one call of Python, for a network that is so small that nearly all of it is overhead.

    python bench/calls.py
"""

import time
import timeit

import numpy as np

import librnn


def microseconds(function, count):
    """The time of the processor for one call: the shortest of several measurements."""
    return 1e6 * min(timeit.repeat(function, timer=time.process_time, number=count, repeat=7)) / count


def main(count=50000):
    """Prints a table; returns it."""
    model = librnn.Model(cell="gru", input_size=8, hidden_size=8, classes=2)
    session, x, many = librnn.Session(model), np.ones((1, 8), np.float32), np.ones((2000, 1, 8), np.float32)
    step, y = session.bind_step(), np.empty((1, 1, 2), np.float32)
    one, loss, targets = many[:1], librnn.Loss("cross_entropy"), np.zeros((1, 1), np.int32)
    logits = session.forward(one)
    times = {
        "the network itself: a step of forward over 2000": microseconds(lambda: session.forward(many), max(count // 1000, 5)) / 2000,
        "step = session.bind_step(); step()": microseconds(step, count),
        "step(x)": microseconds(lambda: step(x), count),
        "session.step(x)": microseconds(lambda: session.step(x), count),
        "session.forward(x), 1 step": microseconds(lambda: session.forward(one), count),
        "session.forward(x, out=y), 1 step": microseconds(lambda: session.forward(one, out=y), count),
        "loss(y, targets), 1 step": microseconds(lambda: loss(logits, targets), count),
    }
    print(librnn.build_info())
    for name, time in times.items():
        print(f"{name:50s} {time:6.2f} us")
    return times


if __name__ == "__main__":
    main()
