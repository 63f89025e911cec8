"""Arrays are refused that have other axes than the library needs, and numbers that C would change."""

import array
import copy

import numpy as np
import pytest

import librnn
from common import (B, C, H, I, S, T, a_beam, a_dataset, a_model, a_session, a_token_model, a_trainer, an_attention,
                    real, refuses, refuses_shapes, refuses_status)
from librnn import Loss, RnnTypeError, RnnValueError, _abi

# ---- shapes: wrong ones have the right number of elements wherever the library alone would be deceived ----


def test_forward_and_backward():
    session, x = a_session(), real(T, B, I)
    y = session.forward(x)
    refuses_shapes(session.forward, "x", [(B, T, I), (T, I, B), (T * B, I), (T * B * I,)], "[T, 3, 2] (T, B, I)")
    refuses_shapes(lambda lengths: session.forward(x, lengths), "lengths", [(B, 1), (1, B), (T,)], "[3] (B)", int)
    refuses_shapes(session.step, "x", [(I, B), (B * I,), (1, B, I)], "[3, 2] (B, I)")
    refuses_shapes(session.backward, "dy", [(B, T, C), (T, C, B), (T * B, C), (T * B * C,)], "[5, 3, 6] (T, B, Y)")
    refuses_shapes(lambda out: session.forward(x, out=out), "out", [(B, T, C), (T, B, C + 1)], "[5, 3, 6] (T, B, Y)")
    assert session.backward(y, want_dx=True).shape == x.shape
    refuses_status(lambda: session.backward(y), _abi.E_STATE)
    refuses_status(lambda: a_session().backward(y), _abi.E_STATE)


def test_lengths_are_checked():
    session, x = a_session(), real(T, B, I)
    for lengths in ([T + 1, 1, 1], [-1, 1, 1]):
        refuses(lambda: session.forward(x, lengths), f"lengths has the element {lengths[0]}, expected 0 to 5")


def test_out():
    session, x, out = a_session(), real(T, B, I), np.empty((T, B, C), np.float32)
    assert session.forward(x, out=out) is out
    session.reset_state()
    np.testing.assert_array_equal(session.forward(x), out)
    both = np.zeros(x.size + out.size, np.float32)
    refuses(lambda: session.forward(both[:x.size].reshape(x.shape), out=both[1:out.size + 1].reshape(out.shape)),
            "out shares memory with x")
    for bad in (np.empty((T, B, C)), np.empty((C, B, T), np.float32).T, out.tolist()):
        refuses(lambda: session.forward(x, out=bad), "out must be a writeable array of float32", RnnTypeError)


def test_states_and_gradients():
    session = a_session(a_model(layers=2, projection_size=2))
    session.backward(session.forward(real(T, B, I)))
    wrong = [(B, 2, 2), (2, 2, B), (2 * B, 2), (2 * B * 2,)]
    refuses_shapes(session.set_state, "values", wrong, "[2, 3, 2] (L*D, B, R)")
    refuses_shapes(lambda c: session.set_state(c, "c"), "values", [(B, 2, H)], "[2, 3, 4] (L*D, B, H)")
    refuses_shapes(session.set_state_gradient, "values", wrong, "[2, 3, 2] (L*D, B, R)")
    refuses_shapes(session.select_state, "rows", [(1, B), (B, 1)], "[B] (B)", int)
    refuses(lambda: session.select_state([0, B]), "rows has the element 3, expected 0 to 2")
    refuses(lambda: session.get_state("d"), "kind 'd' is unknown; expected one of 'h', 'c', 'n', 'm'")
    refuses_status(lambda: session.get_state("n"), _abi.E_VALUE)
    for kind in ("h", "c"):
        session.set_state(session.get_state(kind), kind)
    count = session.gradients().size
    refuses_shapes(session.add_gradients, "values", [(1, count), (count, 1)], f"[{count}] (N)")
    before = session.gradients().copy()
    session.add_gradients(session.gradients())
    np.testing.assert_array_equal(session.gradients(), 2 * before)
    for name, gradient in session.named_gradients().items():
        np.testing.assert_array_equal(gradient, session.get_gradient(name))
    refuses(lambda: session.get_gradient("head.wieght"),
            "parameter 'head.wieght' is unknown; did you mean 'head.weight'")


def test_tokens():
    session, tokens = a_session(a_token_model(output="last_step")), np.zeros((T, B), int)
    y = session.forward(tokens)
    refuses_shapes(session.forward, "x", [(B, T), (T * B,), (T, B, 1)], "[T, 3] (T, B)", int)
    refuses_shapes(session.step, "x", [(1, B), (B, 1)], "[3] (B)", int)
    refuses_shapes(session.backward, "dy", [(C, B), (B * C,), (1, B, C)], "[3, 6] (B, Y)")
    session.backward(y)
    for wrong in (-1, C, 2 ** 31, 2 ** 32 + 1, 2 ** 63):
        dtype = np.uint64 if wrong > 2 ** 62 else np.int64
        for call in (session.forward, session.step):
            shape = (T, B) if call == session.forward else (B,)
            refuses(lambda: call(np.full(shape, wrong, dtype)), f"x has the element {wrong}, expected 0 to 5")


def test_parameters():
    model = a_model(projection_size=3)
    count = model.parameters().size
    refuses_shapes(model.set_parameters, "values", [(1, count), (count, 1)], f"[{count}] (N)")
    tables = [("weight_ih_l0", "[16, 2] (G*H, K)"), ("weight_hh_l0", "[16, 3] (G*H, R)"), ("bias_ih_l0", "[16] (N)"),
              ("weight_hr_l0", "[3, 4] (P, H)"), ("head.weight", "[6, 3] (C, F)"),
              ("embedding.weight", "[6, 5] (V, E)")]
    for name, expected in tables:
        owner = a_token_model(embedding_size=5) if name.startswith("embedding") else model
        values = owner.get_parameter(name)
        wrong = [(1, *values.shape), values.shape[::-1] if values.ndim == 2 else (4, H)]
        refuses_shapes(lambda values: owner.set_parameter(name, values), name, wrong, expected)
        owner.set_parameter(name, values)
        np.testing.assert_array_equal(owner.named_parameters()[name], values)
    refuses(lambda: model.set_parameter("weight_ih_10", np.zeros(3)),
            "parameter 'weight_ih_10' is unknown; did you mean 'weight_ih_l0'?")


def test_state_dict():
    model, other = a_model(), a_model(seed=7)
    state = model.state_dict()
    other.load_state_dict(state)
    np.testing.assert_array_equal(model.parameters(), other.parameters())
    wrong = dict(state)
    wrong["head.weight"] = wrong["head.weight"].T
    refuses(lambda: other.load_state_dict(wrong), "head.weight has shape [4, 6], expected [6, 4]")
    refuses(lambda: other.load_state_dict({**state, "head.wait": state["head.bias"]}),
            "parameter 'head.wait' is unknown")
    del state["head.bias"]
    refuses(lambda: other.load_state_dict(state), "the parameter 'head.bias' is missing")


@pytest.mark.parametrize("cell, gates", [("tanh", 1), ("gru", 3), ("lstm", 4)])
def test_layouts_of_others(cell, gates):
    rows = gates * H
    model = a_model(cell=cell, peepholes=cell == "lstm")
    arrays = model.export_onnx(0)
    expected = [f"[1, {rows}, 2] (D, G*H, K)", f"[1, {rows}, 4] (D, G*H, H)", f"[1, {2 * rows}] (D, 2*G*H)",
                "[1, 12] (D, 3*H)"]
    for index, values in enumerate(arrays):
        if values is not None:
            given = arrays[:index] + [np.swapaxes(values, -1, -2)] + arrays[index + 1:]
            if given[index].shape != values.shape:
                refuses(lambda: model.import_onnx(0, *given), f"{'wrbp'[index]} has shape "
                        f"{list(given[index].shape)}, expected {expected[index]}")
    before = model.parameters().copy()
    model.import_onnx(0, *arrays)
    np.testing.assert_array_equal(model.parameters(), before)
    model = a_model(cell=cell)
    arrays = model.export_keras(0)
    two = cell == "gru"
    expected = [f"[2, {rows}] (K, G*H)", f"[4, {rows}] (H, G*H)", f"[2, {rows}] (2, G*H)" if two else f"[{rows}] (G*H)"]
    for index, name in enumerate(("kernel", "recurrent", "bias")):
        given = list(arrays)
        given[index] = arrays[index].T if arrays[index].ndim == 2 else arrays[index][None]
        if given[index].shape != arrays[index].shape:
            refuses(lambda: model.import_keras(0, 0, *given), f"{name} has shape {list(given[index].shape)}, "
                    f"expected {expected[index]}")
    model.import_keras(0, 0, *arrays)
    np.testing.assert_allclose(np.concatenate([v.ravel() for v in model.export_keras(0)]),
                               np.concatenate([v.ravel() for v in arrays]))


def test_softmax_cross_entropy():
    logits, targets = real(4, 2, 3), np.zeros((4, 2), int)
    function = librnn.softmax_cross_entropy
    refuses_shapes(lambda targets: function(logits, targets), "targets", [(2, 4), (8,), (4, 2, 1)],
                   "[4, 2] (T, B)", int)
    refuses_shapes(lambda targets: function(logits[0], targets), "targets", [(1, 2), (2, 1)], "[2] (B)", int)
    refuses_shapes(lambda logits: function(logits, targets), "logits", [(24,), (1, 4, 2, 3)], "[T, B, C] (T, B, C)")
    value, dlogits = function(logits, targets)
    assert dlogits.shape == logits.shape
    assert function(logits[0], targets[0])[1].shape == logits[0].shape
    other, dy = Loss("cross_entropy")(logits, targets)
    assert value == other
    np.testing.assert_array_equal(dlogits, dy)


def test_losses_of_classes():
    loss, y, targets = Loss("cross_entropy", class_weights=[1, 2, 3]), real(4, 2, 3), np.zeros((4, 2), int)
    refuses_shapes(lambda y: loss(y, targets), "y", [(24,), (1, 4, 2, 3)], "[T, B, C] (T, B, C)")
    refuses_shapes(lambda targets: loss(y, targets), "targets", [(2, 4), (8,), (4, 2, 1)], "[4, 2] (T, B)", int)
    refuses(lambda: loss(y, None), "targets has shape [], expected [4, 2] (T, B)")
    refuses_shapes(lambda lengths: loss(y, targets, lengths=lengths), "lengths", [(4,), (1, 2)], "[2] (B)", int)
    refuses_shapes(lambda mask: loss(y, targets, mask=mask), "mask", [(2, 4), (8,)], "[4, 2] (T, B)")
    refuses_shapes(lambda weights: loss(y, targets, weights=weights), "weights", [(4,), (1, 2)], "[2] (B)")
    refuses_shapes(loss.set_class_weights, "class_weights", [(1, 3), (3, 1)], "[C] (C)")
    refuses_status(lambda: loss(y, targets + 3), _abi.E_VALUE)
    value, dy = loss(y, targets, mask=np.ones((4, 2), bool), weights=[1, 2])
    assert dy.shape == y.shape
    assert loss(y, targets, mask=np.ones((4, 2)), weights=[1, 2], want_dy=False) == (value, None)
    assert loss.sequence_losses().shape == (2,)
    # Of a network with one output for each sequence.
    refuses_shapes(lambda targets: loss(y[0], targets), "targets", [(1, 2), (2, 1)], "[2] (B)", int)
    assert loss(y[0], targets[0], mask=np.ones(2))[1].shape == y[0].shape
    assert loss(y[:1], targets[:1])[1].shape == y[:1].shape


@pytest.mark.parametrize("kind", ["binary_cross_entropy", "squared_error", "absolute_error", "huber"])
def test_losses_of_values(kind):
    y, loss = np.zeros((4, 2, 3)), Loss(kind)
    refuses_shapes(lambda values: loss(y, values), "targets", [(2, 4, 3), (4, 6), (24,)], "[4, 2, 3] (T, B, C)")
    assert loss(y, y, mask=np.ones((4, 2), bool))[1].shape == y.shape
    refuses_shapes(lambda values: loss(y[0], values), "targets", [(1, 2, 3), (3, 2)], "[2, 3] (B, C)")
    assert loss(y[0], y[0])[1].shape == y[0].shape


def test_quantiles():
    y, values = real(T, B, 6), real(T, B, 2)
    levels = np.float32([0.1, 0.5, 0.9])
    loss = Loss("quantile", quantiles=levels)
    value, dy = loss(y, values)
    d = np.float64(values)[..., None] - y.reshape(T, B, 2, 3)
    assert value == pytest.approx(np.maximum(levels * d, (levels - np.float64(1)) * d).mean(), rel=1e-6)
    np.testing.assert_allclose(dy.reshape(d.shape), np.where(d > 0, -levels, 1 - levels) / d.size, rtol=1e-5)
    assert loss.outputs_of_target == 3
    refuses_shapes(lambda values: loss(y, values), "targets", [(T, B, 6), (T, B, 3)], f"[{T}, {B}, 2] (T, B, C)")
    refuses(lambda: loss.set_quantiles([0.5, 1.0]), "rnn_loss_set_quantiles: levels[1] is 1, expected above 0")
    refuses(lambda: loss(y[..., :5], values[..., :1]), "rnn_loss_of_values: C is 5, expected a multiple of 3")
    refuses(lambda: Loss("huber", quantiles=[0.5]), "rnn_loss_set_quantiles: the kind is", librnn.RnnError)
    copied = copy.deepcopy(loss)
    assert copied(y, values)[0] == value
    loss.set_quantiles(None)
    assert loss(y, y + 1)[0] == pytest.approx(0.5, rel=1e-6)


def test_gaussian_and_error_to_signal():
    y, values = real(T, B, 4), real(T, B, 2)
    mean, raw = np.float64(y[..., ::2]), np.float64(y[..., 1::2])
    variance = np.log1p(np.exp(raw)) + 0.01
    expected = (np.log(2 * np.pi * variance) + (values - mean)**2 / variance).mean() / 2
    assert Loss("gaussian", min_variance=0.01)(y, values)[0] == pytest.approx(expected, rel=1e-6)
    target = real(T, B, 4)
    filtered = [np.concatenate([x[:1], x[1:] - 0.5 * x[:-1]]) for x in (np.float64(y), np.float64(target))]
    energies = (filtered[1]**2).mean((0, 2)) + 1e-5
    expected = (((filtered[0] - filtered[1])**2).mean((0, 2)) / energies).mean()
    assert Loss("error_to_signal", pre_emphasis=0.5)(y, target)[0] == pytest.approx(expected, rel=1e-6)
    refuses(lambda: Loss("error_to_signal", skip_missing=1), "rnn_loss_set_int: key RNN_SKIP_MISSING is not")


def test_lengths_of_a_loss():
    for model, shape in ((a_model(), (T, B, C)), (a_model(output="last_step"), (B, C))):
        session, loss = a_session(model), Loss("squared_error")
        lengths = [T, 2, 3]
        y = session.forward(real(T, B, I), lengths)
        value, dy = loss(y, y + 1, lengths=lengths if len(shape) == 3 else None)
        assert value == pytest.approx(1, abs=1e-6)
        assert dy.shape == shape
        if len(shape) == 3:
            assert np.count_nonzero(dy) == C * (T + 2 + 3)


def test_custom_losses():
    """The function gets what was set, and what it returns is the loss."""
    seen = []

    def function(y, batch):
        seen.append((y, batch))
        return (3.0, y, 2.0) if batch.wants_gradient else (3.0, None, 2.0)

    loss = Loss(function)
    y, values, classes = real(T, B, C), real(T, B, 2), np.arange(T * B).reshape(T, B) % C
    lengths, mask, weights = [T, 1, 0], np.abs(real(T, B)), np.float32([1, 2, 3])
    value, dy = loss(y, values, lengths=lengths, mask=mask, weights=weights)
    valid = np.arange(T)[:, None] < lengths
    assert value == 1.5
    np.testing.assert_array_equal(dy, np.where(valid[..., None], y / np.float32(2), 0))
    assert loss(y, classes, lengths=lengths, mask=mask, weights=weights, want_dy=False) == (1.5, None)
    for found, batch in seen:
        np.testing.assert_array_equal(found, y)
        np.testing.assert_array_equal(batch.lengths, lengths)
        np.testing.assert_array_equal(batch.mask, mask)
        np.testing.assert_array_equal(batch.weights, weights)
        np.testing.assert_allclose(batch.weight, C * (mask * weights * valid).sum(), rtol=1e-5)
        assert (batch.steps, batch.batch, batch.outputs) == (T, B, C)
    np.testing.assert_array_equal(seen[0][1].values, values)
    np.testing.assert_array_equal(seen[1][1].classes, classes)
    assert seen[0][1].classes is None and seen[1][1].values is None
    refuses_shapes(lambda values: loss(y, values), "targets", [(B, T, C), (T, B)], "[5, 3, K] (T, B, K)")
    assert loss(y[0], values[0])[1].shape == (B, C)
    assert seen[-1][1].lengths is None and seen[-1][1].mask is None
    assert seen[-1][1].weight == B * C


def test_ctc_and_decoding():
    logits, labels = np.zeros((T, B, C)), np.ones((B, 2), int)
    loss = Loss("ctc")
    refuses_shapes(lambda labels: loss(logits, labels), "targets", [(2, B), (2 * B,)], "[3, S] (B, S)", int)
    refuses_shapes(lambda lengths: loss(logits, labels, label_lengths=lengths), "label_lengths", [(B, 1), (2,)],
                   "[3] (B)", int)
    assert loss(logits, labels, label_lengths=[0, 1, 2])[1].shape == logits.shape
    assert loss.sequence_losses().shape == (B,)
    assert loss(logits, [[], [], []])[0] == loss(logits)[0]
    for kind in ("ctc_greedy", "ctc_beam"):
        decoder = librnn.Decoder(kind)
        refuses_shapes(decoder.decode, "logits", [(B, C), (T * B * C,)], "[T, B, C] (T, B, C)")
        refuses_shapes(lambda lengths: decoder.decode(logits, lengths), "lengths", [(T,), (1, B)], "[3] (B)", int)
        found = decoder.decode(logits, [T, 0, 1])
        assert [len(results) for results in found] == [1] * B
        assert [len(part) for part in found[1][0][:3]] == [0] * 3
    refuses_shapes(librnn.Decoder("sampling").sample, "logits", [(C,), (T, B, C)], "[B, C] (B, C)")
    refuses(lambda: librnn.softmax(1.0), "logits has shape [], expected [C] (C)")
    assert librnn.softmax(np.zeros((2, 3, 4, 5))).shape == (2, 3, 4, 5)
    refuses(lambda: a_beam().search(lambda tokens, parents: np.zeros(C), classes=C),
            "what the generator returned has shape [6], expected [1, 6] (rows, C)")


def test_results():
    """Labels with their steps and scores, best first; and that they outlive the next call."""
    logits = np.log([[[.2, .7, .1]], [[.8, .1, .1]], [[.1, .6, .3]]])
    decoder = librnn.Decoder("ctc_beam", beam_width=8, results=3)
    [results] = decoder.decode(logits)
    decoder.decode(np.zeros((9, 2, 3)))
    decoder.close()
    assert len(results) == 3
    assert results[0].tokens.tolist() == [1, 1]
    assert results[0].steps.tolist() == [0, 2]
    np.testing.assert_allclose(results[0].scores, np.log([.7, .6]), rtol=1e-6)
    assert results[0].score == pytest.approx(np.log(.7 * .8 * .6), abs=1e-6)
    assert results[0].score >= results[1].score
    tokens = [0, 2, 1]  # what follows each
    beam = librnn.Decoder("beam", beam_width=2, end_token=1, maximum_length=5)
    [result] = beam.search(lambda read, parents: 9 * np.eye(3)[[tokens[token] if token else 2 for token in read]],
                           classes=3)
    assert result.steps.tolist() == list(range(len(result.tokens)))
    assert result.score == pytest.approx(float(result.scores.sum()), abs=1e-5)


def test_samples_go_on():
    """The random state is an option, to read and to set."""
    logits = np.zeros((50, C))
    decoder, other = (librnn.Decoder("sampling", random_state=5) for _ in range(2))
    first = decoder.sample(logits)
    np.testing.assert_array_equal(first, other.sample(logits))
    state = decoder["random_state"]
    second = decoder.sample(logits)
    assert (first != second).any()
    other["random_state"] = state
    np.testing.assert_array_equal(second, other.sample(logits))


def test_options_of_tensors():
    model = a_model()
    optimizer, of_any = librnn.Optimizer("adamw", model), librnn.Optimizer("adamw", 9)
    optimizer.set_tensors("bias_", decay_factor=0, frozen=True)
    optimizer.set_tensors("head.", rate_factor=np.float32(0.5))
    assert optimizer.get_tensor("bias_hh_l0", "frozen") == 1
    assert optimizer.get_tensor("bias_hh_l0", "decay_factor") == 0.0
    assert optimizer.get_tensor("head.bias", "rate_factor") == 0.5
    assert optimizer.get_tensor("head.bias", "decay_factor") == 1.0
    optimizer.exempt_biases()
    assert optimizer.get_tensor("head.bias", "decay_factor") == 0.0
    assert copy.copy(optimizer).get_tensor("bias_hh_l0", "frozen") == 1
    refuses(lambda: optimizer.set_tensors("bias_", rate=1), "set_tensors: option 'rate' is unknown", RnnTypeError)
    refuses_status(lambda: optimizer.set_tensors("nothing", frozen=1), _abi.E_NAME)
    refuses_status(lambda: of_any.set_tensors("", frozen=1), _abi.E_STATE)
    refuses_status(of_any.exempt_biases, _abi.E_STATE)
    refuses(lambda: optimizer.set_tensors("", frozen=1.5), "frozen is 1.5, expected an integer", RnnTypeError)
    before = model.get_parameter("bias_ih_l0")
    session = a_session(model)
    session.backward(session.forward(real(T, B, I)))
    optimizer.step(session)
    np.testing.assert_array_equal(model.get_parameter("bias_ih_l0"), before)


def test_attention():
    attention = an_attention()  # Q 2, M 3
    refuses_status(lambda: attention.forward(real(T, B, 2)), _abi.E_STATE)
    refuses_shapes(attention.set_memory, "memory", [(S, 3, 2), (S * B, 3)], "[S, B, 3] (S, B, M)")
    memory, queries = real(S, B, 3), real(T, B, 2)
    refuses_shapes(lambda lengths: attention.set_memory(memory, lengths), "lengths", [(S,), (1, B)], "[3] (B)", int)
    attention.set_memory(memory)
    refuses_shapes(attention.forward, "queries", [(B, T, 2), (T, 2, B), (T * B, 2)], "[T, 3, 2] (T, B, Q)")
    context, weights = attention.forward(queries)
    refuses_shapes(lambda queries: attention.backward(context, queries, weights), "queries", [(B, T, 2)],
                   "[T, 3, 2] (T, B, Q)")
    refuses_shapes(lambda dcontext: attention.backward(dcontext, queries, weights), "dcontext", [(3, B, T), (T * B, 3)],
                   "[5, 3, 3] (T, B, M)")
    refuses_shapes(lambda weights: attention.backward(context, queries, weights), "weights", [(T, S, B), (S, B, T)],
                   "[5, 3, 7] (T, B, S)")
    assert attention.backward(context, queries, weights).shape == queries.shape
    assert attention.memory_gradient().shape == memory.shape
    count = attention.parameters().size
    refuses_shapes(attention.set_parameters, "values", [(2, 3), (3, 2)], f"[{count}] (N)")
    attention.set_parameters(attention.parameters() + 1)
    refuses_status(lambda: attention.forward(queries), _abi.E_STATE)
    refuses_status(attention.memory_gradient, _abi.E_STATE)


def test_attention_has_an_option():
    attention, memory = librnn.Attention("dot", 2, 2, products="own"), np.ones((3, 1, 2), np.float32)
    assert attention["products"] == "own"
    attention.set_memory(memory)
    assert attention.forward(memory)[1].shape == (3, 1, 3)
    attention["products"] = "own"
    refuses_status(lambda: attention.forward(memory), _abi.E_STATE)  # the memory was dropped
    refuses(lambda: attention.__setitem__("seed", 1), "Attention: option 'seed' is unknown")


# ---- datasets ----


def test_datasets():
    classes = np.zeros(T, int)
    dataset = librnn.Dataset()
    refuses_shapes(lambda x: dataset.add(x, classes), "x", [(T, 1, I)], "[T, I] (T, I)")
    refuses_shapes(lambda y: dataset.add(real(T, I), y), "y", [(T, 1)], "[elements] (elements)", int)
    refuses_shapes(lambda y: dataset.add(real(T, I), y), "y", [(1, T, C)], "[T, Y] (T, Y)")
    refuses_shapes(lambda y: dataset.add(real(T, I), y), "y", [(C, T)], "at most 5 steps (T)")
    dataset.add(real(T, I), classes)
    refuses_shapes(lambda x: dataset.add(x, classes), "x", [(I, T)], "[T, 2] (T, I)")
    assert len(dataset) == 1
    for bad, message in [
            ({"mask": np.ones((T, 1))}, "mask has shape [5, 1], expected [T] (T)"),
            ({"mask": np.ones(T + 1)}, "mask has shape [6], expected at most 5 steps (T)"),
            ({"mask": -np.ones(T)}, "mask has an element that is not finite and at least 0"),
            ({"mask": np.full(T, np.nan)}, "mask has an element that is not finite and at least 0"),
            ({"weight": -1}, "weight is -1, expected a finite number of at least 0"),
            ({"weight": np.inf}, "weight is inf, expected a finite number of at least 0"),
            ({"y": np.zeros((T + 1, C))}, "y has shape [6, 6], expected at most 5 steps (T)")]:
        refuses(lambda: dataset.add(**{"x": real(T, I), "y": classes, **bad}), message)
    assert len(dataset) == 1
    assert dataset.add(real(3, I), real(C), mask=np.ones(3, bool), weight=2) == 1
    refuses_shapes(lambda mask: dataset.set_mask(1, mask), "mask", [(1, 3)], "[T] (T)")
    refuses_shapes(lambda mask: dataset.set_mask(1, mask), "mask", [(T,)], "at most 3 steps (T)")
    refuses_shapes(lambda y: dataset.set_targets(1, y), "y", [(1, 3, C)], "[T, Y] (T, Y)")
    refuses_shapes(lambda y: dataset.set_targets(1, y), "y", [(T, C)], "at most 3 steps (T)")
    refuses(lambda: dataset.set_weight(1, np.nan), "weight is nan")
    refuses_status(lambda: dataset.add(np.zeros(T, int)), _abi.E_STATE)
    dataset.set_mask(1, None)
    dataset.set_targets(1, None)
    for call in (lambda: dataset.set_mask(2, np.ones(3)), lambda: dataset.set_weight(2, 1),
                 lambda: dataset.set_targets(2, classes), lambda: dataset.set_targets(2, real(T, C))):
        refuses_status(call, _abi.E_VALUE)


def test_many_sequences_at_once():
    x, y = real(4, T, I), np.arange(4 * T).reshape(4, T) % C
    trainer = a_trainer()
    expected = trainer.evaluate([x[0], x[1, :2], x[2], x[3, :1]], [y[0], y[1, :2], y[2], y[3, :1]])
    lengths = [T, 2, T, 1]
    assert trainer.evaluate(x, y, lengths=lengths) == expected
    assert trainer.evaluate(zip([x[0], x[1, :2], x[2], x[3, :1]], [y[0], y[1, :2], y[2], y[3, :1]])) == expected
    mask = np.arange(T) < np.array(lengths)[:, None]
    assert trainer.evaluate(x, y, mask=mask).loss == pytest.approx(expected.loss, rel=1e-6)
    for name in ("y", "lengths", "mask", "weights"):
        refuses(lambda: librnn.Dataset.of(x, **{"y": y, name: y[:3]}), f"{name} has 3 elements, expected 4")
    refuses(lambda: librnn.Dataset.of(x, y, lengths=[T, T + 1, 1, 1]), "lengths has the element 6, expected 1 to 5")
    refuses(lambda: librnn.Dataset.of(x, y, lengths=[T, 0, 1, 1]), "lengths has the element 0, expected 1 to")
    refuses(lambda: librnn.Dataset.of(x), "x has no targets", RnnTypeError)
    dataset = librnn.Dataset.of(x, y)
    assert librnn.Dataset.of(dataset) is dataset
    refuses(lambda: trainer.fit(dataset, y), "y is given, but x is a Dataset", RnnTypeError)
    refuses(lambda: trainer.fit(zip(x, y), lengths=lengths), "lengths is given, but x is pairs (x, y)", RnnTypeError)
    refuses(lambda: librnn.Dataset("klasses"), "targets 'klasses' is unknown; did you mean 'classes'?")
    refuses(lambda: trainer.fit(x, y + 0.5), "y has elements of type float64, expected integers", RnnTypeError)


def test_targets_that_are_as_many_as_steps():
    """Neither the values of a whole sequence nor labels are cut by the lengths of padded sequences."""
    x, lengths = real(4, C, I), [C, 2, 3, 4]
    parts = [one[:length] for one, length in zip(x, lengths)]
    model = a_model(output="last_step")
    trainer = librnn.Trainer(model, "sgd", "squared_error")
    y = real(4, C)
    assert trainer.evaluate(x, y, lengths=lengths) == pytest.approx(trainer.evaluate(parts, y), nan_ok=True)
    trainer = a_trainer(Loss("ctc", zero_infinity=True))
    labels, lengths = [[1, 2, 1], [1] * C, [2], []], [C, C - 1, 3, 4]
    parts = [one[:length] for one, length in zip(x, lengths)]
    assert trainer.evaluate(x, labels, lengths=lengths) == pytest.approx(trainer.evaluate(parts, labels), nan_ok=True)


def test_integers_as_values():
    """A loss of values takes integers as numbers."""
    model = a_model(output="last_step", classes=1)
    trainer = librnn.Trainer(model, "sgd", "squared_error", epochs=1)
    x = [real(3, I) for _ in range(4)]
    assert trainer.evaluate(x, [0, 1, 2, 3]) == pytest.approx(trainer.evaluate(x, [0.0, 1.0, 2.0, 3.0]), nan_ok=True)


def test_masks_and_weights_of_a_dataset():
    """A step, or a sequence, that weighs nothing is as if it were not there."""
    x, values, changed = real(T, I), real(T, C), real(T, C)
    changed[:2] = values[:2]
    losses = []
    for others in (values, changed):
        dataset = librnn.Dataset()
        dataset.add(x, others, mask=np.arange(T) < 2)
        dataset.add(x, values, weight=0.5)
        dataset.add(x, others, weight=0)
        losses.append(a_trainer("squared_error").evaluate(dataset).loss)
    assert losses[0] == losses[1]


@pytest.mark.parametrize("output, good, bad, message", [
    ("every_step", (T, C), (T * C,), "targets of shape [30], expected [T, 6]"),
    ("last_step", (C,), (3, 2), "targets of shape [T, 2], expected [6]")])
def test_values_of_a_dataset(output, good, bad, message):
    """Of [T,Y] values and of [Y] the library sees the number of elements alone."""
    model = a_model(output=output)
    trainer = librnn.Trainer(model, "sgd", "squared_error", epochs=1)
    datasets = librnn.Dataset(), librnn.Dataset()
    for dataset, shape in zip(datasets, (good, bad)):
        dataset.add(real(T if len(shape) == 1 else shape[0], I), np.zeros(shape))
    trainer.fit(datasets[0], validation=datasets[0])
    refuses(lambda: trainer.fit(datasets[1]), "the dataset has " + message)
    refuses(lambda: trainer.fit(datasets[0], validation=datasets[1]), "the dataset has " + message)
    refuses(lambda: trainer.evaluate(datasets[1]), "the dataset has " + message)
    custom = librnn.Trainer(model, "sgd", Loss(lambda y, batch: (0, y)))
    custom.evaluate(datasets[0])
    refuses(lambda: custom.evaluate(datasets[1]), f"the dataset has {message.split(', expected')[0]}, expected "
            + ("[T, K]" if len(good) == 2 else "[K]"))
    datasets[1].set_targets(0, np.zeros(T, int))  # in place of the values
    refuses_status(lambda: trainer.evaluate(datasets[1]), _abi.E_STATE)


def test_arrays_of_the_program():
    optimizer = librnn.Optimizer("sgd", 6)
    parameters = np.zeros((2, 3), np.float32)
    refuses_shapes(lambda gradients: optimizer.step_arrays(parameters, gradients), "gradients", [(3, 2), (6,)],
                   "[2, 3] (axis 0, axis 1)")
    optimizer.step_arrays(parameters, np.ones((2, 3)))
    for bad in [np.zeros((2, 3)), np.zeros((3, 2), np.float32).T, [0.0] * 6, np.zeros(6, ">f4"),
                np.frombuffer(bytearray(25), np.float32, offset=1), np.frombuffer(bytes(24), np.float32)]:
        refuses(lambda: optimizer.step_arrays(bad, np.ones(np.shape(bad))),
                "parameters must be a writeable array of float32", RnnTypeError)


# ---- numbers ----


def test_elements_that_int32_cannot_hold():
    session, logits, dataset = a_session(), np.zeros((T, B, C)), librnn.Dataset()
    for wrong in (2 ** 32 + 1, 2 ** 31, -2 ** 31 - 1, 2 ** 63):
        def full(*shape, wrong=wrong):
            return np.full(shape, wrong, np.uint64 if wrong > 2 ** 62 else np.int64)
        calls = [
            ("lengths", lambda: session.forward(real(T, B, I), full(B))),
            ("rows", lambda: session.select_state(full(B))),
            ("targets", lambda: librnn.softmax_cross_entropy(logits, full(T, B))),
            ("targets", lambda: Loss("cross_entropy")(logits, full(T, B))),
            ("targets", lambda: Loss("ctc")(logits, full(B, 2))),
            ("lengths", lambda: Loss("ctc")(logits, None, lengths=full(B))),
            ("label_lengths", lambda: Loss("ctc")(logits, np.ones((B, 1), int), label_lengths=full(B))),
            ("lengths", lambda: librnn.Decoder("ctc_greedy").decode(logits, full(B))),
            ("x", lambda: dataset.add(full(T), np.zeros(T, int))),
            ("y", lambda: dataset.add(np.zeros(T, int), full(T))),
        ]
        for name, call in calls:
            refuses(call, f"{name} has the element {wrong}, expected ")


def test_elements_of_the_wrong_type():
    session = a_session(a_token_model())
    for tokens in (np.zeros((T, B)), np.zeros((T, B), bool), np.full((T, B), 2 ** 70), np.full((T, B), "a")):
        refuses(lambda: session.forward(tokens), f"x has elements of type {tokens.dtype}, expected integers",
                RnnTypeError)
    for x in (np.zeros((T, B, I), complex), np.full((T, B, I), None)):
        refuses(lambda: a_session().forward(x), f"x has elements of type {x.dtype}, expected real numbers",
                RnnTypeError)
    refuses(lambda: a_session().forward([[[1.0, 2.0]], [[1.0]]]), "an argument is no array")


class Exported:
    """An array that only DLPack can reach."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


def test_arrays_are_converted():
    """float64, other byte orders, gaps, odd addresses, buffers and DLPack change nothing."""
    x, tokens = real(T, B, I), np.arange(T * B).reshape(T, B) % C
    session, other = a_session(), a_session(a_token_model())
    expected = session.forward(x), other.forward(tokens)
    odd = np.frombuffer(b"\0" + x.tobytes(), np.float32, offset=1).reshape(x.shape)
    buffer = memoryview(array.array("f", x.ravel().tolist())).cast("B").cast("f", x.shape)
    for same in (x.astype(float), x.astype(">f4"), np.repeat(x, 2, axis=1)[:, ::2], np.asfortranarray(x), odd,
                 x.tolist(), buffer, Exported(x)):
        session.reset_state(B)
        np.testing.assert_array_equal(session.forward(same), expected[0])
    for kind in (np.int8, np.uint64, ">i4", np.int16):
        other.reset_state(B)
        np.testing.assert_array_equal(other.forward(np.asfortranarray(tokens.astype(kind))), expected[1])


def test_arrays_are_not_copied():
    from librnn import _arguments
    axes = {"T": None, "B": B, "I": I}
    x = real(T, B, I)
    for same in (x, Exported(x), memoryview(x)):
        assert np.shares_memory(_arguments.reals("x", same, axes), x)
    tokens = np.zeros(T, np.int32)
    assert np.shares_memory(_arguments.whole("x", tokens, {"T": None}), tokens)


def test_integers():
    """2^32 and 2^64 and more, which C would cut off; -1 as a size; and values that are no integers."""
    model, optimizer = a_model(), librnn.Optimizer("sgd", 3)
    session, trainer, tokens = a_session(model), a_trainer(), a_session(a_token_model())
    beam, loss = a_beam(), Loss("squared_error")
    arrays = model.export_onnx(0), model.export_keras(0)

    def attention(**options):
        return librnn.Attention(**{"score": "dot", "query_size": 2, "memory_size": 2, **options})

    sizes = {
        "steps": [lambda n: model.describe(n, 1), lambda n: session.reserve(n, 1), session.set_recompute],
        "batch": [lambda n: model.describe(1, n), lambda n: session.reserve(1, n), session.reset_state],
        "layer": [lambda n: model.import_onnx(n, *arrays[0]), model.export_onnx,
                  lambda n: model.import_keras(n, 0, *arrays[1]), model.export_keras],
        "direction": [lambda n: model.import_keras(0, n, *arrays[1]), lambda n: model.export_keras(0, n)],
        "threads": [session.set_threads, loss.set_threads, optimizer.set_threads],
        "parameters": [lambda n: librnn.Optimizer("sgd", n)],
        "query_size": [lambda n: attention(query_size=n)],
        "memory_size": [lambda n: attention(memory_size=n)],
        "units": [lambda n: attention(units=n)],
        "classes": [lambda n: beam.search(tokens, n)],
        "index": [lambda n: a_dataset().set_weight(n, 1)],
    }
    int64s = {
        "seed": [session.seed_dropout, lambda n: attention(seed=n)],
        "random_state": [lambda n: librnn.Decoder("sampling", random_state=n)],
        "blank": [lambda n: Loss("ctc", blank=n)],
        "frozen": [lambda n: librnn.Optimizer("sgd", model).set_tensors("", frozen=n)],
        "hidden_size": [lambda n: a_model(hidden_size=n)],
        "epochs": [lambda n: trainer.__setitem__("epochs", n)],
        "warmup": [lambda n: optimizer.__setitem__("warmup", n)],
    }
    for calls, low, high in ((sizes, 0, 2 ** 64 - 1), (int64s, -2 ** 63, 2 ** 63 - 1)):
        for name, several in calls.items():
            for call in several:
                for number in (low - 1, high + 1, high + 2, high + high + 3):
                    refuses(lambda: call(number), f"{name} is {number}, expected {low} to {high}")
                for value in (1.0, "1", [1]):
                    refuses(lambda: call(value), f"{name} is {value!r}, expected an integer", RnnTypeError)
    assert a_model(hidden_size=np.int16(9), bias=False)["hidden_size"] == 9
    refuses(lambda: optimizer.__setitem__("rate", "fast"), "rate is 'fast', expected a real number", RnnTypeError)
    refuses(lambda: trainer.__setitem__("best_loss", 1.0), "rnn_trainer_set_real: key RNN_BEST_LOSS is read only")


def test_words():
    """Unknown options and values, with the nearest word."""
    for call, message in [
            (lambda: a_model(hiden_size=3), "Model: option 'hiden_size' is unknown; did you mean 'hidden_size'?"),
            (lambda: a_trainer(epoch_count=3), "Trainer: option 'epoch_count' is unknown"),
            (lambda: a_model(cell=3), "cell is 3, expected one of 'tanh'")]:
        refuses(call, message, RnnTypeError)
    for call, message in [
            (lambda: a_model(cell="lstn"), "cell 'lstn' is unknown; did you mean 'lstm'?"),
            (lambda: a_model(output="last"), "output 'last' is unknown; did you mean 'last_step'?"),
            (lambda: Loss("cross_entropie"), "kind 'cross_entropie' is unknown; did you mean 'cross_entropy'?"),
            (lambda: librnn.Optimizer("adan", 3), "kind 'adan' is unknown; did you mean 'adam'?"),
            (lambda: librnn.Decoder("bean"), "kind 'bean' is unknown; did you mean 'beam'?"),
            (lambda: librnn.Attention("multi", 2, 2), "score 'multi' is unknown"),
            (lambda: a_model()["hiddensize"], "Model: option 'hiddensize' is unknown; did you mean 'hidden_size'?")]:
        refuses(call, message)
    model = a_model(direction="both", merge="sum", couple="input")
    assert (model["direction"], model["merge"], model["couple"], model["reset"]) == ("both", "sum", "input", "after")
    assert a_model()["couple"] is None and a_model()["forget_bias"] is None
    assert a_model(couple=None)["couple"] is None
    assert model.options()["hidden_size"] == H


def test_text_with_a_zero():
    model = a_model()
    for call in (lambda: model.save("/nowhere/a\0b"), lambda: model.set_metadata("a\0b", "c"),
                 lambda: model.set_metadata("a", "b\0c"), lambda: a_model(prefix="a\0b")):
        with pytest.raises(RnnValueError, match="has a character 0"):
            call()
