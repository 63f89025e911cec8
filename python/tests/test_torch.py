"""librnn.torch against torch.nn: outputs, gradients, weights and training."""

import copy
import gc
import io
import pickle
import threading

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import librnn  # noqa: E402
import librnn.torch as ours  # noqa: E402
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence  # noqa: E402

T, B, I, H, L = 6, 5, 3, 4, 2  # noqa: E741
LENGTHS = [4, 6, 1, 6, 2]
LAYERS = [("LSTM", {}), ("LSTM", {"proj_size": 3}), ("GRU", {}), ("RNN", {}), ("RNN", {"nonlinearity": "relu"})]
KINDS = ["LSTM", "GRU", "RNN"]

pytestmark = [pytest.mark.usefixtures("one_torch_thread"),
              pytest.mark.filterwarnings("ignore:LSTM with projections")]


def pair(kind, *arguments, **options):
    """The layer of torch.nn and ours, with the same weights."""
    sizes = arguments or (I, H)
    theirs, mine = getattr(torch.nn, kind)(*sizes, **options), getattr(ours, kind)(*sizes, **options)
    mine.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, mine


def states_of(hx):
    return list(hx) if isinstance(hx, tuple) else [hx]


def rows_of(y):
    return y.data if isinstance(y, PackedSequence) else y


def initial(layer, batch=B):
    """Random initial states that need gradients."""
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    shape = () if batch is None else (batch,)
    h = torch.randn(rows, *shape, layer.proj_size or H, requires_grad=True)
    return (h, torch.randn(rows, *shape, H, requires_grad=True)) if layer.mode == "LSTM" else h


def results(layer, x, hx=None, **options):
    """Outputs, final states, and the gradients of a loss of all of them with respect to everything."""
    leaf = rows_of(x).detach().clone().requires_grad_()
    y, ends = layer(x._replace(data=leaf) if isinstance(x, PackedSequence) else leaf, hx, **options)
    sources = [leaf, *(states_of(hx) if hx is not None else []), *layer.parameters()]
    value = rows_of(y).sin().sum() + sum((index + 2) * end.square().sum() for index, end in enumerate(states_of(ends)))
    return [rows_of(y), *states_of(ends), *torch.autograd.grad(value, sources)]


def assert_same(mine, theirs):
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs):
        assert one.shape == other.shape and one.dtype == other.dtype
        torch.testing.assert_close(one, other, atol=3e-6, rtol=1e-4)


# ---- outputs and gradients ----


@pytest.mark.parametrize("kind, options", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given", [True, False])
def test_outputs_and_gradients(kind, options, bidirectional, num_layers, bias, given):
    theirs, mine = pair(kind, num_layers=num_layers, bidirectional=bidirectional, bias=bias, **options)
    x, hx = torch.randn(T, B, I), initial(theirs) if given else None
    assert_same(results(mine, x, hx), results(theirs, x, hx))


@pytest.mark.parametrize("kind, options", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("given", [True, False])
def test_batch_first_and_one_sequence(kind, options, bidirectional, given):
    theirs, mine = pair(kind, batch_first=True, bidirectional=bidirectional, **options)
    for x, batch in (torch.randn(B, T, I), B), (torch.randn(T, I), None):
        hx = initial(theirs, batch) if given else None
        assert_same(results(mine, x, hx), results(theirs, x, hx))


@pytest.mark.parametrize("kind, options", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("enforce_sorted", [False, True])
@pytest.mark.parametrize("given", [True, False])
def test_packed_sequences(kind, options, bidirectional, enforce_sorted, given):
    theirs, mine = pair(kind, num_layers=L, bidirectional=bidirectional, **options)
    lengths = sorted(LENGTHS, reverse=True) if enforce_sorted else LENGTHS
    x = pack_padded_sequence(torch.randn(T, B, I), lengths, enforce_sorted=enforce_sorted)
    hx = initial(theirs) if given else None
    assert_same(results(mine, x, hx), results(theirs, x, hx))
    y, _ = mine(x, hx)
    again, found = pad_packed_sequence(y)
    assert found.tolist() == lengths and again.shape[1] == B


def test_packed_sequences_of_equal_lengths():
    theirs, mine = pair("GRU")
    x = pack_sequence([torch.randn(T, I) for _ in range(B)])
    assert_same(results(mine, x), results(theirs, x))


@pytest.mark.parametrize("kind, options", LAYERS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_lengths_are_a_packed_sequence_without_packing(kind, options, batch_first):
    theirs, mine = pair(kind, num_layers=L, bidirectional=True, batch_first=batch_first, **options)
    x, hx = torch.randn(*((B, T) if batch_first else (T, B)), I, requires_grad=True), initial(theirs)
    packed, ends = theirs(pack_padded_sequence(x, LENGTHS, batch_first, enforce_sorted=False), hx)
    expected, _ = pad_packed_sequence(packed, batch_first)
    for lengths in LENGTHS, torch.tensor(LENGTHS), np.array(LENGTHS):
        y, found = mine(x, hx, lengths=lengths)
        assert_same([y, *states_of(found)], [expected, *states_of(ends)])
    sources = [x, *states_of(hx)]
    assert_same(torch.autograd.grad(y.sin().sum(), [*sources, *mine.parameters()]),
                torch.autograd.grad(expected.sin().sum(), [*sources, *theirs.parameters()]))


def test_what_is_past_the_lengths_is_ignored():
    _, mine = pair("LSTM", bidirectional=True)
    x = torch.randn(T, B, I)
    y, _ = mine(x, lengths=LENGTHS)
    for b, length in enumerate(LENGTHS):
        x[length:, b] = float("nan")
        assert not y[length:, b].any()
    torch.testing.assert_close(mine(x, lengths=LENGTHS)[0], y, atol=0, rtol=0)
    zero, (h, _) = mine(x, lengths=[0] * B)
    assert not zero.any() and not h.any()


def test_inputs_with_gaps():
    theirs, mine = pair("GRU")
    wide = torch.randn(B, 2 * T, I + 1)
    x = wide[:, ::2, 1:].transpose(0, 1)
    hx = torch.randn(B, 1, H).transpose(0, 1)
    assert_same([*mine(x, hx)], [*theirs(x, hx)])


def test_a_loss_on_the_state_alone_and_on_the_output_alone():
    theirs, mine = pair("LSTM", bidirectional=True)
    x = torch.randn(T, B, I)
    for value in (lambda y, h, c: h.sum(), lambda y, h, c: c.exp().sum(), lambda y, h, c: y[1, 2, 0]):
        found = []
        for layer in mine, theirs:
            y, (h, c) = layer(x)
            found.append(torch.autograd.grad(value(y, h, c), list(layer.parameters())))
        assert_same(*found)


def test_only_what_needs_a_gradient_gets_one():
    _, mine = pair("LSTM")
    mine.weight_hh_l0.requires_grad_(False)
    x = torch.randn(T, B, I)
    mine(x)[0].sum().backward()
    assert mine.weight_hh_l0.grad is None and mine.weight_ih_l0.grad is not None and x.grad is None
    mine.requires_grad_(False)
    assert not mine(x)[0].requires_grad
    x.requires_grad_()
    before = mine.weight_ih_l0.grad.clone()
    mine(x)[0].sum().backward()
    assert x.grad is not None and torch.equal(mine.weight_ih_l0.grad, before)


def test_a_long_network_of_both_libraries():
    theirs, mine = pair("GRU", I, H, batch_first=True)
    head, x = torch.nn.Linear(H, I), torch.randn(B, T, I)
    found = []
    for layer in mine, theirs:
        y = head(layer(head(layer(x)[0]))[0]).tanh().sum()
        found.append([y, *torch.autograd.grad(y, [*layer.parameters(), *head.parameters()])])
    assert_same(*found)


def test_gradients_agree_with_differences():
    _, mine = pair("LSTM", num_layers=L)
    x, way = torch.randn(T, B, I, requires_grad=True), torch.randn(T, B, I)
    gradient, = torch.autograd.grad(mine(x)[0].sum(), x)
    with torch.no_grad():
        difference = (mine(x + 1e-2 * way)[0].double().sum() - mine(x - 1e-2 * way)[0].double().sum()) / 2e-2
    assert float((gradient * way).sum()) == pytest.approx(float(difference), rel=1e-2)


# ---- several runs, one after the other and in one graph ----


@pytest.mark.parametrize("kind", KINDS)
def test_twice_in_one_graph(kind):
    theirs, mine = pair(kind, H, H)
    x = torch.randn(T, B, H)
    found = []
    for layer in mine, theirs:
        y, hx = layer(x)
        again, ends = layer(y, hx)
        third, _ = layer(x.flip(0)[:3], ends)
        value = again.sin().sum() + third.cos().sum()
        found.append([value, *torch.autograd.grad(value, list(layer.parameters()))])
    assert_same(*found)


def test_step_by_step_as_a_decoder():
    theirs, mine = pair("GRU", H, H)
    found = []
    for layer in mine, theirs:
        y, hx = torch.ones(1, B, H), None
        for _ in range(20):
            y, hx = layer(y, hx)
        found.append([y, *torch.autograd.grad(y.sum(), list(layer.parameters()))])
    assert_same(*found)


def test_graphs_in_any_order_and_graphs_that_are_dropped():
    theirs, mine = pair("LSTM")
    inputs = [torch.randn(steps, B, I) for steps in (2, 5, 3)]
    found = []
    for layer in mine, theirs:
        values = [layer(x)[0].square().sum() for x in inputs]
        del values[1]  # without backward
        last = [torch.autograd.grad(value, list(layer.parameters())) for value in reversed(values)]
        found.append([one for gradients in last for one in gradients])
    assert_same(*found)


def test_a_graph_that_is_kept():
    theirs, mine = pair("LSTM", num_layers=L)
    x = torch.randn(T, B, I, requires_grad=True)
    found = []
    for layer in mine, theirs:
        y, _ = layer(x)
        sources = [x, *layer.parameters()]
        one = torch.autograd.grad(y.sum(), sources, retain_graph=True)
        layer(2 * x)[0].sum().backward()  # takes the session of the first run
        two = torch.autograd.grad(y.square().sum(), sources)
        found.append([*one, *two])
    assert_same(*found)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(y.sum(), x)


def test_a_kept_graph_has_the_same_masks_of_dropout():
    mine = ours.GRU(I, H, num_layers=3, dropout=0.5)
    y, _ = mine(torch.randn(T, B, I))
    one, two = (torch.autograd.grad(y.sum(), list(mine.parameters()), retain_graph=True) for _ in range(2))
    for first, second in zip(one, two):
        assert torch.equal(first, second)


def test_other_weights_between_forward_and_backward():
    """functional_call runs a layer with other tensors; each graph keeps its own."""
    theirs, mine = pair("GRU")
    x, other = torch.randn(T, B, I), {name: torch.randn_like(p) for name, p in theirs.named_parameters()}
    found = []
    for layer in mine, theirs:
        y, _ = layer(x)
        changed = {name: tensor.clone().requires_grad_() for name, tensor in other.items()}
        z, _ = torch.func.functional_call(layer, changed, (x,))
        found.append([y, z, *torch.autograd.grad(y.sin().sum(), list(layer.parameters())),
                      *torch.autograd.grad(z.sin().sum(), list(changed.values()))])
    assert_same(*found)


@pytest.mark.parametrize("change", [lambda layer, x: layer.weight_hh_l0.mul_(2), lambda layer, x: x.mul_(2)])
def test_what_is_modified_before_backward_is_found(change):
    x = torch.randn(T, B, I)
    for layer in pair("GRU"):
        y, _ = layer(x)
        with torch.no_grad():
            change(layer, x)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_threads_share_a_layer():
    theirs, mine = pair("LSTM", 16, 32)
    inputs = [torch.randn(20, 3, 16) for _ in range(8)]
    expected = [results(theirs, x) for x in inputs]
    found = [None] * len(inputs)

    def work(index):
        for _ in range(10):
            found[index] = results(mine, inputs[index])

    workers = [threading.Thread(target=work, args=(index,)) for index in range(len(inputs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for one, other in zip(found, expected):
        for mine_, theirs_ in zip(one, other):
            torch.testing.assert_close(mine_, theirs_, atol=1e-5, rtol=1e-3)


# ---- without gradients ----


def test_inference_has_sessions_without_gradients(monkeypatch):
    made = []
    monkeypatch.setattr("librnn.torch._network.Session",
                        lambda model, training: made.append(training) or librnn.Session(model, training=training))
    theirs, mine = pair("LSTM", num_layers=L)
    x = torch.randn(T, B, I)
    with torch.no_grad():
        assert_same(states_of(mine(x)[1]), states_of(theirs(x)[1]))
        assert not mine(x)[0].requires_grad
    with torch.inference_mode():
        assert_same([mine(x)[0]], [theirs(x)[0]])
    assert made == [False]
    y, _ = mine(x)
    mine(x)
    assert made == [False, True, True]
    y.sum().backward()
    mine(x)
    assert made == [False, True, True]


def test_weights_of_inference_mode():
    with torch.inference_mode():
        theirs, mine = pair("GRU")
        x = torch.randn(T, B, I)
        assert_same([mine(x)[0]], [theirs(x)[0]])
        for layer in mine, theirs:
            layer.weight_ih_l0.mul_(2)
        assert_same([mine(x)[0]], [theirs(x)[0]])


# ---- dropout ----


def test_dropout():
    """Between two layers; the mean over masks is near the output without dropout where the top layer is linear."""
    torch.manual_seed(3)
    mine = ours.RNN(I, 64, num_layers=2, dropout=0.25, nonlinearity="relu")
    with torch.no_grad():
        for bias in mine.bias_ih_l0, mine.bias_hh_l0, mine.bias_ih_l1, mine.bias_hh_l1:
            bias.abs_()
        mine.weight_ih_l1.copy_(torch.eye(64))
        mine.weight_hh_l1.zero_()
        x = torch.randn(1, 4000, I)
        y, hx = mine(x)
        shown, whole = y[0] - mine.bias_ih_l1 - mine.bias_hh_l1, hx[0]
        kept = whole > 1e-3
        dropped = (shown[kept].abs() < 1e-5).float().mean()
        assert float(dropped) == pytest.approx(0.25, abs=0.01)
        ratio = shown[kept & (shown > 1e-5)] / whole[kept & (shown > 1e-5)]
        torch.testing.assert_close(ratio, torch.full_like(ratio, 1 / 0.75), atol=1e-2, rtol=1e-2)


def test_dropout_follows_the_mode_and_the_seed():
    theirs, mine = pair("LSTM", num_layers=L, dropout=0.5)
    x = torch.randn(T, B, I)
    outputs = []
    for seed in 1, 1, 2:
        torch.manual_seed(seed)
        outputs.append(mine(x)[0])
    assert torch.equal(outputs[0], outputs[1]) and not torch.equal(outputs[0], outputs[2])
    with torch.no_grad():
        assert not torch.equal(mine(x)[0], mine(x)[0])
    mine.eval()
    theirs.eval()
    assert_same(results(mine, x), results(theirs, x))
    with torch.no_grad():
        assert_same([mine(x)[0]], [theirs(x)[0]])
    mine.train()
    mine.dropout = theirs.dropout = 0.0
    theirs.train()
    assert_same(results(mine, x), results(theirs, x))


def test_gradients_with_dropout_agree_with_differences():
    mine = ours.GRU(I, H, num_layers=3, dropout=0.4)
    x, way = torch.randn(T, B, I, requires_grad=True), torch.randn(T, B, I)

    def total(x):
        torch.manual_seed(5)
        return mine(x)[0].double().sum()

    gradient, = torch.autograd.grad(total(x), x)
    with torch.no_grad():
        difference = (total(x + 1e-2 * way) - total(x - 1e-2 * way)) / 2e-2
    assert float((gradient * way).sum()) == pytest.approx(float(difference), rel=1e-2)


def test_dropout_of_one_layer_warns_as_torch_does_and_has_no_effect():
    with pytest.warns(UserWarning, match="num_layers greater than 1"):
        theirs, mine = pair("GRU", dropout=0.5)
    x = torch.randn(T, B, I)
    assert_same(results(mine, x), results(theirs, x))


# ---- weights ----


@pytest.mark.parametrize("kind, options", LAYERS)
def test_state_dicts_go_both_ways(kind, options):
    theirs, mine = pair(kind, num_layers=L, bidirectional=True, **options)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    other = getattr(torch.nn, kind)(I, H, num_layers=L, bidirectional=True, **options)
    other.load_state_dict(mine.state_dict(), strict=True)
    x = torch.randn(T, B, I)
    assert torch.equal(other(x)[0], theirs(x)[0])
    torch.manual_seed(7)
    one = getattr(torch.nn, kind)(I, H, **options)
    torch.manual_seed(7)
    two = getattr(ours, kind)(I, H, **options)
    for first, second in zip(one.parameters(), two.parameters()):
        assert torch.equal(first, second)


def step(layer, optimizer):
    optimizer(layer.parameters()).step()


CHANGES = {
    "sgd": lambda layer: step(layer, lambda p: torch.optim.SGD(p, lr=0.1)),
    "adam": lambda layer: step(layer, lambda p: torch.optim.Adam(p, lr=0.1)),
    "fused": lambda layer: step(layer, lambda p: torch.optim.Adam(p, lr=0.1, fused=True)),
    "foreach": lambda layer: step(layer, lambda p: torch.optim.AdamW(p, lr=0.1, foreach=True)),
    "load_state_dict": lambda layer: layer.load_state_dict({name: 2 * p for name, p in layer.state_dict().items()}),
    "one element": lambda layer: layer.weight_hh_l0[1, 2].add_(1),
    "init": lambda layer: torch.nn.init.constant_(layer.bias_ih_l0, 0.5),
    "vector_to_parameters": lambda layer: torch.nn.utils.vector_to_parameters(
        torch.linspace(-1, 1, sum(p.numel() for p in layer.parameters())), layer.parameters()),
    "another parameter": lambda layer: setattr(layer, "weight_ih_l0", torch.nn.Parameter(
        torch.linspace(-1, 1, layer.weight_ih_l0.numel()).view_as(layer.weight_ih_l0))),
    "data": lambda layer: [p.data.add_(p.grad, alpha=-0.1) for p in layer.parameters()],
    "data of a bias": lambda layer: layer.bias_hh_l0.data[H:2 * H].fill_(1),
    "numpy": lambda layer: np.multiply(layer.weight_hh_l0.detach().numpy(), 3,
                                       out=layer.weight_hh_l0.detach().numpy()),
    "reset": lambda layer: (torch.manual_seed(9), layer.reset_parameters()),
    "another type and back": lambda layer: [p.mul_(2) for p in layer.double().parameters()] and layer.float(),
    "transposed": lambda layer: setattr(layer.weight_hh_l0, "data", layer.weight_hh_l0.data.t().contiguous().t() * 2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("grad", [True, False])
def test_new_weights_are_seen(change, grad):
    layers = pair("LSTM")
    x, found = torch.randn(T, B, I), []
    for layer in layers:
        layer(x)[0].sum().backward()
        with torch.no_grad():
            layer(x)
            change(layer)
        with torch.set_grad_enabled(grad):
            found.append([layer(x)[0]])
    assert_same(*found)


def test_a_write_that_pytorch_does_not_count_is_seen_after_flatten_parameters():
    theirs, mine = pair("GRU", 40, 50)
    x = torch.randn(T, B, 40)
    mine(x)
    for layer in theirs, mine:
        layer.weight_ih_l0.data[3, 5] = 7.0
        layer.flatten_parameters()
    assert_same([mine(x)[0]], [theirs(x)[0]])


def test_weights_are_taken_only_when_they_changed(monkeypatch):
    taken = []
    load = librnn.Model.set_parameters
    monkeypatch.setattr(librnn.Model, "set_parameters", lambda model, p: taken.append(1) or load(model, p))
    _, mine = pair("LSTM", num_layers=L)
    x = torch.randn(T, B, I)
    for _ in range(3):
        mine(x)[0].sum().backward()
        mine.flatten_parameters()
        with torch.no_grad():
            mine(x)
    assert len(taken) == 1
    torch.optim.SGD(mine.parameters(), lr=0.1).step()
    mine(x)
    mine(x)
    assert len(taken) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_clipped_training_gives_the_loss_curve_of_torch(kind):
    """Sums of the inputs so far, over 300 steps of Adam with clipped gradients."""
    curves = []
    for layer in pair(kind, I, 16, batch_first=True):
        torch.manual_seed(2)
        head = torch.nn.Linear(16, 1)
        parameters = [*layer.parameters(), *head.parameters()]
        optimizer, losses = torch.optim.Adam(parameters, lr=3e-3), []
        for _ in range(300):
            x = torch.randn(8, 10, I)
            loss = (head(layer(x)[0])[..., 0] - x.sum(2).cumsum(1).tanh()).square().mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            losses.append(loss.item())
        curves.append(losses)
    np.testing.assert_allclose(curves[0], curves[1], rtol=2e-2, atol=1e-4)
    assert np.mean(curves[1][-20:]) < 0.5 * np.mean(curves[1][:20])


@pytest.mark.parametrize("make", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
@pytest.mark.parametrize("kind", KINDS)
def test_copies_are_other_layers(kind, make):
    theirs, mine = pair(kind, num_layers=L, bidirectional=True)
    mine.threads = 2
    x = torch.randn(T, B, I)
    mine(x)[0].sum().backward()
    other = make(mine)
    with torch.no_grad():
        for p in mine.parameters():
            p.zero_()
    assert type(other) is type(mine) and other.threads == 2
    assert_same(results(other, x), results(theirs, x))


def test_torch_save():
    theirs, mine = pair("LSTM")
    x, file = torch.randn(T, B, I), io.BytesIO()
    mine(x)
    torch.save(torch.nn.Sequential(mine), file)
    file.seek(0)
    assert_same([torch.load(file, weights_only=False)[0](x)[0]], [theirs(x)[0]])


def test_parametrised_weights():
    theirs, mine = pair("GRU")
    x = torch.randn(T, B, I)
    for layer in theirs, mine:
        torch.nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    for _ in range(3):  # the weight is computed anew in each call, possibly at the same address
        assert_same(results(mine, x), results(theirs, x))
        for layer in theirs, mine:
            with torch.no_grad():
                layer.parametrizations.weight_hh_l0.original0.mul_(1.5)


# ---- replace ----


class Model(torch.nn.Module):
    """A model with all kinds of layers, one of them at two places."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.LSTM(I, H, bidirectional=True)
        self.others = torch.nn.ModuleList([torch.nn.GRU(2 * H, H), torch.nn.RNN(H, H), torch.nn.Linear(H, H)])
        self.same = self.others[1]

    def forward(self, x):
        y = self.others[0](self.first(x)[0])[0]
        return self.others[2](self.same(self.others[1](y)[0])[0])


def test_replace_in_place():
    model, x = Model(), torch.randn(T, B, I)
    expected, parameters, state = model(x), list(model.parameters()), model.state_dict()
    calls = []
    model.first.register_forward_hook(lambda *arguments: calls.append(1))
    same, names = ours.replace(model)
    assert same is model and names == ["first", "others.0", "others.1"]
    assert [type(layer) for layer in (model.first, *model.others)] == [ours.LSTM, ours.GRU, ours.RNN, torch.nn.Linear]
    assert model.same is model.others[1]
    assert all(one is other for one, other in zip(model.parameters(), parameters))
    assert list(model.state_dict()) == list(state)
    torch.testing.assert_close(model(x), expected, atol=1e-6, rtol=1e-5)
    assert calls == [1]
    Model().load_state_dict(model.state_dict(), strict=True)
    assert ours.replace(model)[1] == []


def test_replace_in_a_copy():
    model, x = Model(), torch.randn(T, B, I)
    other, names = ours.replace(model, copy=True)
    assert len(names) == 3 and type(model.first) is torch.nn.LSTM and type(other.first) is ours.LSTM
    torch.testing.assert_close(other(x), model(x), atol=1e-6, rtol=1e-5)
    with torch.no_grad():
        other.first.weight_ih_l0.zero_()
    assert model.first.weight_ih_l0.any()


def test_replace_a_layer_alone_and_nothing_that_does_not_fit():
    layer, names = ours.replace(torch.nn.GRU(I, H))
    assert names == [""] and type(layer) is ours.GRU
    for other in torch.nn.GRU(I, H).double(), torch.nn.GRU(I, H, device="meta"), torch.nn.GRUCell(I, H):
        assert ours.replace(other) == (other, [])


# ---- errors ----


WRONG = [
    (lambda: ours.LSTM(I, H)(torch.zeros(T, B, I + 1)), ValueError, r"input has shape \[6, 5, 4\], expected \[T, B, 3\]"),
    (lambda: ours.LSTM(I, H, batch_first=True)(torch.zeros(T, B, 1)), ValueError, r"expected \[B, T, 3\]"),
    (lambda: ours.LSTM(I, H)(torch.zeros(T)), ValueError, "input has shape"),
    (lambda: ours.LSTM(I, H)(torch.zeros(0, B, I)), ValueError, "steps"),
    (lambda: ours.LSTM(I, H)(torch.zeros(T, 0, I)), ValueError, "batch"),
    (lambda: ours.LSTM(I, H)(np.zeros((T, B, I))), TypeError, "input is a ndarray, expected a tensor"),
    (lambda: ours.LSTM(I, H)(torch.zeros(T, B, I).double()), TypeError, "input is torch.float64 on cpu, expected"),
    (lambda: ours.LSTM(I, H).double()(torch.zeros(T, B, I)), TypeError, "weight_ih_l0 is torch.float64 on cpu"),
    (lambda: ours.LSTM(I, H, device="meta")(torch.zeros(T, B, I)), TypeError, "torch.float32 on meta"),
    (lambda: ours.LSTM(I, H)(torch.zeros(T, B, I, device="meta")), TypeError, "input is torch.float32 on meta"),
    (lambda: ours.LSTM(I, H)(torch.zeros(T, B, I), torch.zeros(1, B, H)), TypeError, r"tuple \(h, c\)"),
    (lambda: ours.LSTM(I, H)(torch.zeros(T, B, I), (torch.zeros(1, B, H), torch.zeros(1, B, I))), ValueError,
     r"hx\[1\] has shape \[1, 5, 3\], expected \[1, 5, 4\] \(L\*D, B, H\)"),
    (lambda: ours.GRU(I, H)(torch.zeros(T, B, I), torch.zeros(1, H)), ValueError, "hx has shape"),
    (lambda: ours.GRU(I, H)(torch.zeros(T, I), torch.zeros(1, 1, H)), ValueError, "hx has shape"),
    (lambda: ours.GRU(I, H)(torch.zeros(T, B, I), torch.zeros(1, B, H).half()), TypeError, "hx is torch.float16"),
    (lambda: ours.GRU(I, H)(torch.zeros(T, B, I), lengths=[1] * (B - 1)), ValueError, "lengths has shape"),
    (lambda: ours.GRU(I, H)(torch.zeros(T, B, I), lengths=[T + 1] * B), ValueError, "lengths has the element 7"),
    (lambda: ours.GRU(I, H)(torch.zeros(T, I), lengths=[1]), TypeError, "lengths are for a batch"),
    (lambda: ours.GRU(I, H)(pack_sequence([torch.zeros(T, I)]), lengths=[1]), TypeError, "its own lengths"),
    (lambda: ours.GRU(I, H)(pack_sequence([torch.zeros(T, I + 1)])), ValueError, r"input.data has shape \[6, 4\]"),
    (lambda: ours.GRU(I, H)(pack_sequence([torch.zeros(T, I).double()])), TypeError, "input.data is torch.float64"),
    (lambda: ours.GRU(I, H, 2, dropout=1.0)(torch.zeros(T, B, I)), ValueError, "dropout|DROPOUT"),
    (lambda: ours.GRU(I, H, threads=0)(torch.zeros(T, B, I)), ValueError, "threads"),
    (lambda: ours.RNN(I, H, nonlinearity="sin"), ValueError, "sin"),
    (lambda: ours.GRU(I, 0), ValueError, "hidden_size"),
]


@pytest.mark.parametrize("call, kind, message", WRONG, ids=[message for _, _, message in WRONG])
def test_wrong_uses(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_a_layer_works_after_an_error():
    theirs, mine = pair("GRU")
    x = torch.randn(T, B, I)
    for wrong in x.double(), torch.zeros(0, B, I):
        with pytest.raises(librnn.RnnError):
            mine(wrong)
    assert_same(results(mine, x), results(theirs, x))


def test_second_derivatives_are_refused():
    x = torch.randn(T, B, I, requires_grad=True)
    layer = ours.GRU(I, H)
    gradient, = torch.autograd.grad(layer(x)[0].square().sum(), x, create_graph=True)
    assert torch.equal(gradient, *torch.autograd.grad(layer(x)[0].square().sum(), x))
    with pytest.raises(RuntimeError, match=r"librnn.torch.GRU cannot be differentiated twice; use torch.nn.GRU"):
        gradient.sum().backward()


# ---- threads and memory ----


def test_threads(monkeypatch):
    asked = []
    set_threads = librnn.Session.set_threads
    monkeypatch.setattr(librnn.Session, "set_threads",
                        lambda session, threads: asked.append(threads) or set_threads(session, threads))
    theirs, mine = pair("LSTM", 32, 64)
    x = torch.randn(20, 8, 32)
    for threads in 2, 2, 1:
        torch.set_num_threads(threads)
        for one, other in zip(results(mine, x), results(theirs, x)):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)
    assert asked == [2, 1]
    mine.threads = 3
    results(mine, x)
    assert asked == [2, 1, 3]
    assert "threads=3" in repr(mine)


def resident():
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_memory_is_constant():
    pytest.importorskip("resource")
    layer, loss = ours.LSTM(32, 64, num_layers=2, dropout=0.1), ours.CTCLoss()
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-3)

    def train(count):
        for index in range(count):
            y, _ = layer(torch.randn(50, 8, 32), lengths=[50 - index % 7] * 8)
            value = loss(y, torch.ones(8, 5, dtype=torch.int), [40] * 8, [5] * 8)
            layer(torch.randn(10, 4, 32))  # never gets a backward
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            with torch.no_grad():
                layer(torch.randn(60, 8, 32))

    train(20)
    gc.collect()
    try:
        before = resident()
    except OSError:
        pytest.skip("needs /proc")
    train(200)
    gc.collect()
    assert resident() - before < 8e6  # one run has 3 MB of activations
    idle = [worker for network in layer._networks.values() for workers in network._idle.values() for worker in workers]
    assert len(idle) <= 3
