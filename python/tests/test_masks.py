"""Masked steps against the steps that count alone, and resets against single episodes."""

import librnn
import numpy as np
import pytest
from common import B, C, I, RANDOM, T, a_model, a_session, a_token_model, real

MASK = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 1, 1]], bool)  # [T,B]
RESETS = np.array([[0, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]], bool)


def alone(model, x, counts):
    """y of each sequence, run by itself over the steps that count; 0 at the others."""
    y = np.zeros((T, B, C), np.float32)
    for b in range(B):
        steps = np.flatnonzero(counts[:, b])
        y[steps, b] = librnn.Session(model).forward(x[steps, b : b + 1])[:, 0]
    return y


@pytest.mark.parametrize("direction", ["forward", "both"])
def test_a_mask_leaves_steps_out(direction):
    model = a_model(direction=direction)
    x = real(T, B, I)
    x[~MASK] = np.nan
    session = a_session(model)
    y = session.forward(x, mask=MASK)
    assert np.array_equal(y, alone(model, x, MASK))
    dx = session.backward(np.ones_like(y), want_dx=True)
    assert np.all(dx[~MASK] == 0) and np.all(dx[MASK] != 0)
    session.reset_state()
    assert np.isnan(session.forward(x)).any()  # the mask was for one run


def test_tokens_that_are_left_out_may_be_anything():
    model = a_token_model()
    x = RANDOM.integers(0, C, (T, B))
    y = a_session(model).forward(x, mask=MASK)
    assert np.array_equal(a_session(model).forward(np.where(MASK, x, -1), mask=MASK), y)
    with pytest.raises(librnn.RnnValueError, match="element -1"):
        a_session(model).forward(np.where(MASK, x, -1))


def test_resets_begin_episodes():
    model = a_model()
    x = real(T, B, I)
    session = a_session(model)
    y = session.forward(x, resets=RESETS)
    for b in range(B):
        borders = [0, *np.flatnonzero(RESETS[:, b]), T]
        for first, end in zip(borders, borders[1:]):
            if end > first:
                assert np.array_equal(y[first:end, b], librnn.Session(model).forward(x[first:end, b : b + 1])[:, 0])


def test_a_loss_without_the_steps_that_are_left_out():
    loss = librnn.Loss("ctc")
    y, labels = real(T, B, C), np.ones((B, 1), int)
    value, dy = loss(y, labels, step_mask=MASK)
    losses = loss.sequence_losses()
    for b in range(B):
        single, d = loss(y[MASK[:, b], b : b + 1], labels[b : b + 1])
        assert np.allclose(loss.sequence_losses(), losses[b], rtol=1e-12)
        assert np.allclose(dy[MASK[:, b], b] * B, d[:, 0], atol=1e-6)
    assert np.all(dy[~MASK] == 0)


def test_what_does_not_fit():
    session = a_session()
    x = real(T, B, I)
    with pytest.raises(librnn.RnnValueError, match=r"mask has shape \[3, 5\]"):
        session.forward(x, mask=MASK.T)
    with pytest.raises(librnn.RnnValueError, match="element 2"):
        session.forward(x, resets=RESETS * 2)
    with pytest.raises(librnn.RnnError, match="whole sequences"):
        a_session(a_model(direction="both")).forward(x, mask=MASK, resets=RESETS)
    model = a_model(direction="both")
    failed = a_session(model)
    with pytest.raises(librnn.RnnError):
        failed.forward(x, mask=MASK, resets=RESETS)
    assert np.array_equal(failed.forward(x), a_session(model).forward(x))  # nothing is left of it
