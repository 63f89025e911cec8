"""What the tests of rnn.py share: small networks, and a count of the handles that are destroyed."""

import collections
import contextlib
import gc

import numpy as np

import rnn

T, B, I, H, C = 5, 3, 2, 4, 6  # no two are equal
RANDOM = np.random.default_rng(1)


def real(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def a_model(**options):
    return rnn.Model(rnn.Config(**{"cell": rnn.CELL_LSTM, "input_size": I, "hidden_size": H, "classes": C, **options}))


def a_token_model(**options):
    return a_model(input_size=0, vocabulary=C, **options)


def a_session(model=None, mode=rnn.TRAINING):
    session = rnn.Session(model or a_model(), mode)
    session.reset_state(B)
    return session


def an_attention():
    return rnn.Attention(rnn.ATTENTION_GENERAL, 2, 3)


def a_loss(kind=rnn.LOSS_SQUARED_ERROR, *arguments, shape=(T, B, C), **options):
    loss = rnn.Loss(kind, *arguments, **options)
    loss.set_batch(*shape)
    return loss


def squared_error(y, batch):
    """A custom loss, without mask and weights: the library's squared error."""
    return ((y - batch.values) ** 2).sum(), 2 * (y - batch.values)


def a_dataset(count=8, values=False):
    dataset = rnn.Dataset()
    for _ in range(count):
        targets = {"values": real(T, C)} if values else {"classes": np.arange(T) % C}
        dataset.add(x=real(T, I), **targets)
    return dataset


def a_trainer(loss=None, **options):
    model = a_model()
    loss = loss or rnn.Loss(rnn.LOSS_CROSS_ENTROPY)
    return rnn.Trainer(model, rnn.Optimizer(rnn.OPTIMIZER_SGD, model), loss, **{"batch_size": 2, **options})


def a_beam(**options):
    return rnn.Decoder(rnn.DECODER_BEAM, **{"end_token": 1, "maximum_length": 3, "beam_width": 2, **options})


@contextlib.contextmanager
def destroyed():
    """How many handles are destroyed, by the name of the function; for handles that are created within."""
    counts, functions = collections.Counter(), {}
    for name in rnn.PROTOTYPES:
        if name.endswith("_destroy"):
            functions[name] = getattr(rnn._library, name)

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
            setattr(rnn._library, name, counting(name, function))
        yield counts
    finally:
        gc.enable()
        for name, function in functions.items():
            setattr(rnn._library, name, function)
