"""CRF: losses, decoders and training against the sum over all paths."""

import itertools

import librnn
import numpy as np
import pytest
from common import B, C, I, T, a_model, real


def scores():
    return real(C), real(C), real(C, C)


def score_of(y, path, start, end, w):
    return (start[path[0]] + end[path[-1]] + sum(y[t, c] for t, c in enumerate(path))
            + sum(w[a, b] for a, b in zip(path, path[1:])))


def test_loss_and_paths():
    steps, (start, end, w) = 4, scores()
    y = real(steps, 1, C)
    w[2, 3] = -np.inf
    paths = list(itertools.product(range(C), repeat=steps))
    each = np.array([score_of(y[:, 0], path, start, end, w) for path in paths], float)
    log_p = each - np.log(np.exp(each).sum())
    loss, decoder = librnn.Loss("crf"), librnn.Decoder("crf", results=3)
    loss.set_transitions((start, end, w))
    decoder.set_transitions((start, end, w))
    target = paths[7]
    value, dy = loss(y, np.array(target)[:, None])
    assert value == pytest.approx(-log_p[7], abs=1e-5)
    [found] = decoder.decode(y)
    order = np.argsort(-log_p)[:3]
    assert [tuple(path.tokens) for path in found] == [paths[i] for i in order]
    marginals = decoder.marginals()
    assert np.allclose(marginals[0, 0], [np.exp(log_p[[path[0] == c for path in paths]]).sum() for c in range(C)],
                       atol=1e-5)
    assert np.allclose(dy[0, 0], marginals[0, 0] - np.eye(C)[target[0]], atol=1e-5)
    dstart, _, dw = loss.transition_gradients()
    assert np.allclose(dstart, dy[0, 0], atol=1e-5) and dw[2, 3] == 0


def test_a_model_has_the_scores():
    model = a_model(crf=1)
    session, loss = model.session(training=True, batch=B), librnn.Loss("crf")
    y = session.forward(real(T, B, I))
    loss.set_transitions(model)
    value, dy = loss(y, np.zeros((T, B), int))
    session.backward(dy)
    session.add_transition_gradients(loss)
    gradients = session.named_gradients()
    for name, expected in zip(("start_transitions", "end_transitions", "transitions"), loss.transition_gradients()):
        assert np.array_equal(gradients[f"crf.{name}"], expected) and expected.any()
    assert librnn.Model.load(model.to_bytes()).state_dict().keys() == model.state_dict().keys()


def test_a_trainer_learns_them():
    rng = np.random.default_rng(2)
    x = [rng.normal(size=(rng.integers(3, 9), 2)) for _ in range(40)]
    y = [np.arange(len(one)) % 3 for one in x]  # x says nothing: the transitions do
    model = librnn.Model(cell="gru", input_size=2, hidden_size=4, classes=3, crf=1)
    trainer = librnn.Trainer(model, librnn.Optimizer("adam", model, rate=0.05), "crf", epochs=20, batch_size=8)
    trainer.fit(x, y)
    assert trainer.evaluate(x, y).accuracy > 0.95
    w = model.state_dict()["crf.transitions"]
    assert all(w[i].argmax() == (i + 1) % 3 for i in range(3))


def test_what_does_not_fit():
    loss = librnn.Loss("crf")
    with pytest.raises(librnn.RnnStateError, match="no transitions"):
        loss(real(T, B, C), np.zeros((T, B), int))
    start, end, w = scores()
    with pytest.raises(librnn.RnnValueError, match="end has shape"):
        loss.set_transitions((start, end[1:], w))
    with pytest.raises(librnn.RnnValueError, match="transitions has shape"):
        loss.set_transitions((start, end, w[:2]))
    with pytest.raises(librnn.RnnError, match="RNN_CRF"):
        loss.set_transitions(a_model())
    with pytest.raises(librnn.RnnError):
        librnn.Loss("ctc").set_transitions((start, end, w))
    with pytest.raises(librnn.RnnStateError):
        librnn.Decoder("crf").marginals()
