"""What the tests share: small networks, and a count of the handles that are destroyed."""

import collections
import contextlib
import gc
import re

import numpy as np
import pytest

import librnn
from librnn import _abi
from librnn._library import library

T, B, I, H, C = 5, 3, 2, 4, 6  # no two are equal
S = 7  # steps of a memory, or labels
RANDOM = np.random.default_rng(1)


def real(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def a_model(**options):
    return librnn.Model(**{"cell": "lstm", "input_size": I, "hidden_size": H, "classes": C, **options})


def a_token_model(**options):
    return a_model(input_size=0, vocabulary=C, **options)


def a_session(model=None, training=True):
    return librnn.Session(model or a_model(), training=training, batch=B)


def an_attention():
    return librnn.Attention("general", 2, 3)


def squared_error(y, batch):
    """A custom loss, without mask and weights: the library's squared error."""
    return ((y - batch.values) ** 2).sum(), 2 * (y - batch.values)


def a_dataset(count=8, values=False):
    dataset = librnn.Dataset()
    for _ in range(count):
        dataset.add(real(T, I), real(T, C) if values else np.arange(T) % C)
    return dataset


def a_trainer(loss="cross_entropy", **options):
    return librnn.Trainer(a_model(), "sgd", loss, **{"batch_size": 2, **options})


def a_beam(**options):
    return librnn.Decoder("beam", **{"end_token": 1, "maximum_length": 3, "beam_width": 2, **options})


def refuses(call, message, kind=librnn.RnnValueError):
    """The call raises this exception, with a message that begins so."""
    with pytest.raises(kind, match="^" + re.escape(message)):
        call()


def refuses_shapes(call, argument, wrong, expected, dtype=np.float32):
    """call(array) for arrays of the wrong shapes."""
    for shape in wrong:
        refuses(lambda shape=shape: call(np.zeros(shape, dtype)),
                f"{argument} has shape [{', '.join(map(str, shape))}], expected {expected}")


def refuses_status(call, status):
    """The call raises the exception of a status of the library."""
    with pytest.raises(librnn.RnnError) as raised:
        call()
    assert raised.value.status == status


@contextlib.contextmanager
def destroyed():
    """How many handles are destroyed, by the name of the function; for handles that are created within."""
    library.load()
    counts = collections.Counter()
    functions = {name: getattr(library, name) for name in _abi.PROTOTYPES if name.endswith("_destroy")}

    def counting(name, function):
        def destroy(handle):
            counts[name] += 1
            function(handle)
        destroy.argtypes = function.argtypes
        return destroy

    gc.collect()
    gc.disable()  # what only a collection frees is a leak here
    try:
        for name, function in functions.items():
            setattr(library, name, counting(name, function))
        yield counts
    finally:
        gc.enable()
        for name, function in functions.items():
            setattr(library, name, function)
