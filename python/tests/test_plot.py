"""The plots show the right numbers."""

import numpy as np
import pytest

from common import C, I, T, a_model, a_session, a_token_model, a_trainer, an_attention, real, refuses

pytest.importorskip("matplotlib")
from librnn import plot  # noqa: E402


@pytest.fixture(autouse=True)
def closed():
    yield
    from matplotlib import pyplot
    pyplot.close("all")


def test_history():
    x, y = real(6, T, I), np.zeros((6, T), int)
    history = a_trainer(epochs=3).fit(x, y, validation=(x, y))
    ax = plot.history(history)
    for line, name in zip(ax.lines, ("loss", "val_loss")):
        np.testing.assert_array_equal(line.get_ydata(), history[name])
    assert len(plot.history(a_trainer(epochs=2).fit(x, y)).lines) == 1


def test_ctc_alignment():
    logits = 5 * np.eye(4)[[0, 2, 2, 0, 3]]
    ax = plot.ctc_alignment(logits, names=["-", "a", "b", "c"])
    assert [(text.get_text(), text.get_position()) for text in ax.texts] == [("b", (1, 2)), ("c", (4, 3))]
    shown = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose(shown.sum(axis=0), 1, rtol=1e-5)
    refuses(lambda: plot.ctc_alignment(logits, names=["-"]), "1 names are given, expected 4")
    refuses(lambda: plot.ctc_alignment(real(T)), "logits has shape [5], expected [T, C]")


def test_attention():
    attention = an_attention()
    attention.set_memory(real(7, 1, 3))
    _, weights = attention.forward(real(T, 1, 2))
    ax = plot.attention(weights[:, 0], source=list("abcdefg"), target=list("vwxyz"))
    np.testing.assert_array_equal(ax.images[0].get_array(), weights[:, 0])
    assert [label.get_text() for label in ax.get_xticklabels()] == list("abcdefg")


def test_confusion():
    targets, predictions = [0, 1, 2, 2, 2], [0, 2, 2, 2, 1]
    np.testing.assert_array_equal(plot.confusion_matrix(targets, predictions), [[1, 0, 0], [0, 0, 1], [0, 1, 2]])
    ax = plot.confusion(targets, predictions, names=["x", "y", "z"])
    assert sorted(text.get_text() for text in ax.texts) == ["1", "1", "1", "2"]
    refuses(lambda: plot.confusion_matrix([0, 3], [0, 1], 3), "a class is 3, expected 0 to 2")


@pytest.mark.parametrize("output", ["every_step", "last_step"])
def test_saliency(output):
    """The gradient is that of finite differences."""
    model, x = a_model(output=output), real(T, I)

    def value(x):
        return float(a_session(model, training=False).forward(np.repeat(x[:, None], 3, axis=1))[..., 0, 2].sum())

    dx = plot.input_gradient(model, x, target=2)
    for t, i in ((0, 0), (T - 1, 1)):
        moved = [x.astype(float), x.astype(float)]
        for sign, one in zip((1, -1), moved):
            one[t, i] += sign * 1e-2
        assert dx[t, i] == pytest.approx((value(moved[0]) - value(moved[1])) / 2e-2, rel=2e-2, abs=1e-4)
    ax = plot.saliency(model, x, target=2, names=["first", "second"])
    np.testing.assert_array_equal(ax.images[0].get_array(), np.abs(dx).T)
    assert plot.input_gradient(model, x).shape == (T, I)
    refuses(lambda: plot.input_gradient(model, x, target=C), f"target is {C}, expected 0 to {C - 1}")
    refuses(lambda: plot.input_gradient(a_token_model(), x), "a network of tokens has no gradient", TypeError)
