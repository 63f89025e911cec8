"""Lists of layers: against PyTorch, in streams, in files, and what is refused."""

import copy
import pickle

import librnn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from librnn.layers import (Activation, Affine, Conv1d, Dense, Dropout, Embedding, Layer, LayerNorm, Magnitude, Pooling,
                           Recurrent, RMSNorm, Skip)

STREAM = [Conv1d(8, 3, activation="relu"), LayerNorm(), Recurrent("gru", 8), Skip(1, "sum"), Dense(3, "tanh")]


def filled(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_equals_pytorch():
    torch = pytest.importorskip("torch")
    model = librnn.Model(input_size=5, layers=STREAM)
    weights = {name: torch.tensor(value) for name, value in model.state_dict().items()}
    gru = torch.nn.GRU(8, 8)
    gru.load_state_dict({name[2:]: value for name, value in weights.items() if name.startswith("2.")})
    x = filled((9, 2, 5))
    padded = torch.nn.functional.pad(torch.tensor(x).permute(1, 2, 0), (2, 0))
    v = torch.relu(torch.nn.functional.conv1d(padded, weights["0.weight"], weights["0.bias"])).permute(2, 0, 1)
    v = torch.nn.functional.layer_norm(v, (8,), weights["1.weight"], weights["1.bias"])
    expected = torch.tanh(torch.nn.functional.linear(gru(v)[0] + v, weights["4.weight"], weights["4.bias"]))
    y = model.session(batch=2).forward(x)
    np.testing.assert_allclose(y, expected.detach().numpy(), atol=2e-6)


def test_pieces_and_steps():
    model, x = librnn.Model(input_size=5, layers=STREAM), filled((9, 2, 5))
    session = model.session(batch=2)
    y = session.forward(x)
    session.reset_state()
    pieces = np.concatenate([session.forward(x[:4]), session.forward(x[4:])])
    session.reset_state()
    steps = np.stack([session.step(row) for row in x])
    assert (pieces == y).all() and (steps == y).all()


def test_strides():
    model, x = librnn.Model(input_size=5, layers=[Conv1d(4, 3, stride=2), Recurrent("lstm", 6)]), filled((7, 3, 5))
    session = model.session(training=True, batch=3)
    y = session.forward(x, [7, 0, 4])
    assert y.shape == (4, 3, 6) and session.output_lengths().tolist() == [4, 0, 2]
    assert not y[2:, 2].any() and not y[:, 1].any()
    dx = session.backward(np.ones_like(y), want_dx=True)
    assert dx.shape == x.shape and dx[:7, 0].any() and not dx[:, 1].any()
    with pytest.raises(librnn.RnnValueError, match="dy"):
        session.forward(x)
        session.backward(np.ones((7, 3, 6)))
    stream = model.session()
    assert [stream.step(row[:1]) is None for row in x] == [False, True] * 3 + [False]
    bound = model.session().bind_step()
    assert [bound(row[:1]) is None for row in x] == [False, True] * 3 + [False]
    outputs = model.predict([x[:7, 0], x[:2, 1]])
    assert [len(one) for one in outputs] == [4, 1]


def test_pooling():
    layers = [Embedding(4), Recurrent("lstm", 5, direction="both"), Pooling("mean"), Dense(2)]
    model = librnn.Model(vocabulary=7, layers=layers)
    assert not model.every_step and model.output_size == 2
    assert model.predict([[1, 2, 3], [4], [0, 6]]).shape == (3, 2)
    trainer = librnn.Trainer(model, "adam", "cross_entropy", epochs=60)
    trainer.optimizer["rate"] = 0.05
    sequences = [[1, 2, 3], [4, 5], [1, 1], [5, 4, 4]]
    trainer.fit(sequences, [0, 1, 0, 1])
    assert model.predict(sequences).argmax(1).tolist() == [0, 1, 0, 1]


def test_fit_of_strides():
    """Padded sequences with targets as long as the output, a list of sequences, and a loop over sessions."""
    layers = [Conv1d(6, 3, stride=2, padding="none"), Recurrent("gru", 7), Dense(3)]
    x, lengths = filled((5, 9, 4)), [9, 3, 6, 4, 8]
    models = [librnn.Model(input_size=4, layers=layers) for _ in range(3)]
    assert [models[0].output_steps(steps) for steps in lengths] == [4, 1, 2, 1, 3]
    y, mask = np.arange(5 * 4).reshape(5, 4) % 3, np.ones((5, 4), np.float32)
    mask[2, 1] = 0
    options = {"batch_size": 5, "epochs": 3, "shuffle": 0}
    padded = librnn.Trainer(models[0], "sgd", "cross_entropy", **options)
    history = padded.fit(x, y, lengths=lengths, mask=mask)
    rows = [models[0].output_steps(steps) for steps in lengths]
    dataset = librnn.Dataset()
    for index, (steps, left) in enumerate(zip(lengths, rows)):
        dataset.add(x[index, :steps], y[index, :left], mask=mask[index, :left])
    librnn.Trainer(models[1], "sgd", "cross_entropy", **options).fit(dataset)
    session, loss = models[2].session(training=True, batch=5), librnn.Loss("cross_entropy")
    optimizer, losses = librnn.Optimizer("sgd", models[2]), []
    for _ in range(3):
        session.reset_state()
        out = session.forward(x.transpose(1, 0, 2), lengths)
        value, dy = loss(out, y.T, lengths=session.output_lengths(), mask=mask.T)
        session.zero_gradients()
        session.backward(dy)
        optimizer.step(session)
        losses.append(value)
    assert history["loss"] == losses
    for other in models[1:]:
        assert (other.parameters() == models[0].parameters()).all()
    with pytest.raises(librnn.RnnValueError, match="sequence 0 has 9 classes, expected 4; its 9 steps have an output"):
        padded.fit(x, np.zeros((5, 9), int), epochs=1)
    with pytest.raises(librnn.RnnValueError, match=r"mask has shape \[5\], expected at most 4"):
        dataset.add(x[0, :4], [1], mask=np.ones(5))
    with pytest.raises(librnn.RnnValueError, match=r"y has shape \[5, 2\], expected at most 4"):
        dataset.add(x[0, :4], np.ones((5, 2)))


def test_layers_are_told():
    layers = [Affine(), Conv1d(6, 2, dilation=3, padding="none"), RMSNorm(epsilon=0.5),
              Activation("elu", alpha=0.5), Dropout(0.25), Magnitude(), Recurrent("gru", 4, layers=2, prefix="rnn."),
              Dense(2, bias=0)]
    model = librnn.Model(input_size=5, layers=layers)
    told = model.layers
    assert [layer.kind for layer in told] == [layer.kind for layer in layers]
    assert told[1] == Layer("conv1d", output_size=6, kernel_size=2, dilation=3, padding="none")
    assert told[2] == RMSNorm(epsilon=0.5) and told[3] == Activation("elu", alpha=0.5)
    assert told[6] == Recurrent("gru", 4, layers=2, prefix="rnn.") and told[7] == Dense(2, bias=0)
    assert "rnn.weight_ih_l1" in model.tensors() and model.tensors()["1.weight"] == (6, 5, 2)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), librnn.Model.load(model.to_bytes())):
        assert other.layers == told and (other.parameters() == model.parameters()).all()
    model.set_parameter("1.weight", np.ones((6, 5, 2)))
    assert (model.get_parameter("1.weight") == 1).all()


def test_layers_of_a_common_network():
    common = librnn.Model(cell="lstm", vocabulary=7, embedding_size=5, hidden_size=4, layers=2, classes=3,
                          direction="both", output="mean", dropout=0.25, seed=3)
    told = common.layers
    assert told == [Embedding(5, prefix="embedding."),
                    Recurrent("lstm", 4, layers=2, direction="both", dropout=0.25, prefix=""), Pooling("mean"),
                    Dense(3, prefix="head.", init_range=0.5)]
    same = librnn.Model(vocabulary=7, layers=told, seed=3)
    assert same.layers == told and same.tensors() == common.tensors()
    assert (same.parameters() == common.parameters()).all() and same.every_step is common.every_step is False
    sequences = [[1, 2, 3], [4], [0, 6, 6, 5]]
    assert (same.predict(sequences) == common.predict(sequences)).all()
    assert "as a list of layers:" in common.describe() and repr(common).startswith("<Model lstm: tokens of 7")
    state = common.session(batch=2).get_state("h")
    assert state.shape == (4, 2, 4) and same.session(batch=2).get_state("h").shape == (32,)
    assert pickle.loads(pickle.dumps(common)).layers == told
    last = librnn.Model(cell="gru", input_size=2, hidden_size=3, direction="both", output="last_step")
    with pytest.raises(librnn.RnnValueError, match="no list of layers computes this network: RNN_OUTPUT_LAST_STEP"):
        _ = last.layers
    assert last.predict([filled((4, 2))]).shape == (1, 6)


def test_states():
    model = librnn.Model(input_size=2, layers=[Recurrent("lstm", 3, layers=2), Dense(4), Recurrent("gru", 5)])
    session = model.session(batch=2)
    session.forward(filled((4, 2, 2)))
    h, c = session.get_state("h"), session.get_state("c")
    assert h.shape == (2 * 2 * 3 + 2 * 5,) and c.shape == (2 * 2 * 3,) and h.any()
    other = model.session()
    other.set_row_state(0, session.get_row_state(1))
    x = filled((1, 2))
    assert (other.step(x)[0] == session.step(np.repeat(x, 2, 0))[1]).all()
    other.reset_row(0)
    assert not other.get_row_state(0).any()


def test_refusals():
    with pytest.raises(librnn.RnnTypeError, match="did you mean 'stride'"):
        Layer("conv1d", sride=2)
    with pytest.raises(librnn.RnnTypeError, match="did you mean 'dense'"):
        Layer("dens")
    with pytest.raises(librnn.RnnTypeError, match=r"layers\[1\] is 3"):
        librnn.Model(input_size=1, layers=[Dense(2), 3])
    with pytest.raises(librnn.RnnValueError, match="RNN_STRIDE is not an option of RNN_KIND_DENSE"):
        librnn.Model(input_size=1, layers=[Dense(2, stride=2)])
    with pytest.raises(librnn.RnnValueError, match=r"layer 1 \(RNN_KIND_SKIP\)"):
        librnn.Model(input_size=1, layers=[Dense(2), Skip(-1, "sum")])
    with pytest.raises(librnn.RnnValueError, match="RNN_HIDDEN_SIZE is set for the network"):
        librnn.Model(input_size=1, hidden_size=3, layers=[Dense(2)])
    model = librnn.Model(input_size=1, layers=[Pooling()])
    with pytest.raises(librnn.RnnStateError, match="whole sequences"):
        model.session().step([[1]])


def torch_conv(torch, weights, n, x, left, right=0, **options):
    """A convolution over time of x [T,1,K]."""
    padded = torch.nn.functional.pad(x.permute(1, 2, 0), (left, right))
    y = torch.nn.functional.conv1d(padded, weights[f"{n}.weight"], weights.get(f"{n}.bias"), **options)
    return y.permute(2, 0, 1)


def torch_recurrent(weights, n, module, x):
    module.load_state_dict({name[len(f"{n}."):]: value for name, value in weights.items() if name.startswith(f"{n}.")})
    return module(x)[0]


def torch_dense(torch, weights, n, x):
    return torch.nn.functional.linear(x, weights[f"{n}.weight"], weights.get(f"{n}.bias"))


def strided(torch, w, x):
    v = torch.relu(torch_conv(torch, w, 0, x, 2, stride=2))
    return torch_dense(torch, w, 2, torch_recurrent(w, 1, torch.nn.LSTM(6, 7), v))


def unpadded(torch, w, x):
    v = torch_conv(torch, w, 0, x, 0, dilation=2, groups=2)
    v = v * torch.rsqrt((v * v).mean(-1, keepdim=True) + 2.0 ** -23) * w["1.weight"]
    return torch.nn.functional.elu(torch_recurrent(w, 2, torch.nn.GRU(6, 5), v))


def centred(torch, w, x):
    v = torch_recurrent(w, 1, torch.nn.GRU(6, 4, bidirectional=True), torch_conv(torch, w, 0, x, 1, 1))
    return torch_dense(torch, w, 3, v.amax(0, keepdim=True))


def mean_of_rows(torch, w, x):
    v = torch_recurrent(w, 0, torch.nn.RNN(4, 6, num_layers=2), x)
    v = torch.nn.functional.layer_norm(v, (6,), w["1.weight"], w["1.bias"])
    return torch_dense(torch, w, 3, v.mean(0, keepdim=True))


def skipped(torch, w, x):
    v = torch.tanh(torch_dense(torch, w, 0, x))
    return torch.cat([torch_recurrent(w, 1, torch.nn.LSTM(5, 3), v), v], -1)


NETWORKS = {
    strided: [Conv1d(6, 3, stride=2, activation="relu"), Recurrent("lstm", 7), Dense(2)],
    unpadded: [Conv1d(6, 3, dilation=2, groups=2, padding="none"), RMSNorm(), Recurrent("gru", 5), Activation("elu")],
    centred: [Conv1d(6, 3, padding="centred"), Recurrent("gru", 4, direction="both"), Pooling("maximum"), Dense(3)],
    mean_of_rows: [Recurrent("tanh", 6, layers=2), LayerNorm(), Pooling("mean"), Dense(3)],
    skipped: [Dense(5, "tanh"), Recurrent("lstm", 3), Skip(0)],
}


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_ragged_networks_equal_pytorch(network):
    """Each sequence of a ragged batch."""
    torch = pytest.importorskip("torch")
    model, lengths, x = librnn.Model(input_size=4, layers=NETWORKS[network]), [11, 6, 9], filled((11, 3, 4))
    weights = {name: torch.tensor(value) for name, value in model.state_dict().items()}
    session = model.session(training=True, batch=3)
    y = session.forward(x, lengths)
    left = session.output_lengths()
    for b, steps in enumerate(lengths):
        one = network(torch, weights, torch.tensor(x[:steps, b:b + 1]))[:, 0]
        assert left[b] == len(one)
        found = y[:left[b], b] if model.every_step else y[b:b + 1]
        np.testing.assert_allclose(found, one.detach().numpy(), atol=5e-6)
    if model.every_step:
        assert all(not y[left[b]:, b].any() for b in range(3))


@given(lengths=st.lists(st.integers(0, 12), min_size=1, max_size=4), kernel=st.integers(1, 4),
       stride=st.integers(1, 4), dilation=st.integers(1, 3), padding=st.sampled_from(["causal", "centred", "none"]))
@settings(deadline=None, max_examples=60)
def test_lengths_follow_the_formula(lengths, kernel, stride, dilation, padding):
    """rnn.h: ceil(T / stride), or ceil((T - reach) / stride) without padding."""
    reach = (kernel - 1) * dilation if padding == "none" else 0
    expected = [max(0, -((reach - steps) // stride)) for steps in lengths]
    layers = [Conv1d(2, kernel, stride=stride, dilation=dilation, padding=padding), Recurrent("gru", 3)]
    model = librnn.Model(input_size=2, layers=layers)
    session, longest = model.session(batch=len(lengths)), 12
    y = session.forward(filled((longest, len(lengths), 2)), lengths)
    assert session.output_lengths().tolist() == expected
    assert y.shape == (max(0, -((reach - longest) // stride)), len(lengths), 3)
    assert [len(one) for one in model.predict([filled((steps, 2)) for steps in lengths if steps])] == \
        [length for length, steps in zip(expected, lengths) if steps]
    if padding != "centred":
        stream, x = model.session(), filled((longest, 1, 2), 1)
        whole = model.session().forward(x)
        assert not len(whole) or (np.stack([one for one in map(stream.step, x) if one is not None]) == whole).all()
