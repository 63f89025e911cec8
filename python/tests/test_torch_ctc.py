"""librnn.torch.CTCLoss against torch.nn.CTCLoss."""

import copy
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import librnn.torch as ours  # noqa: E402

T, N, C, S = 12, 4, 6, 5
STEPS, COUNTS = [12, 7, 9, 1], [5, 3, 0, 1]

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def labels(count=N):
    return torch.randint(1, C, (count, S))


def both(logits, *arguments, weight=None, **options):
    """(loss, gradient with respect to the logits) of torch.nn and of ours, each through log_softmax."""
    found = []
    for module in torch.nn, ours:
        leaf = logits.detach().clone().requires_grad_()
        loss = module.CTCLoss(**options)(leaf.log_softmax(-1), *arguments)
        (loss if weight is None else loss * weight).sum().backward()
        found.append((loss.detach(), leaf.grad))
    return found


def assert_same(theirs, mine):
    for one, other in zip(mine, theirs):
        assert one.shape == other.shape and one.dtype == other.dtype
        torch.testing.assert_close(one, other, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("form", ["padded", "concatenated", "tensors", "int64 and int32"])
def test_forms_of_targets_and_lengths(reduction, form):
    targets, steps, counts = labels(), STEPS, COUNTS
    if form == "concatenated":
        targets = torch.cat([row[:count] for row, count in zip(targets, counts)])
    if form == "tensors":
        steps, counts = torch.tensor(steps), torch.tensor(counts)
    if form == "int64 and int32":
        targets, steps, counts = targets.int(), torch.tensor(steps), torch.tensor(counts, dtype=torch.int32)
    weight = torch.tensor([1.0, -2.0, 0.5, 3.0]) if reduction == "none" else None
    assert_same(*both(torch.randn(T, N, C), targets, steps, counts, weight=weight, reduction=reduction))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_one_sequence(reduction):
    assert_same(*both(torch.randn(T, C), labels()[0, :3], torch.tensor(T), torch.tensor(3), reduction=reduction))
    assert_same(*both(torch.randn(T, C), labels()[0, :3], (T,), (3,), reduction=reduction))


def test_gradient_with_respect_to_log_probs_is_that_of_torch():
    found, targets, start = [], labels(), torch.randn(T, N, C).log_softmax(2)
    for module in torch.nn, ours:
        leaf = start.clone().requires_grad_()
        module.CTCLoss()(leaf, targets, STEPS, COUNTS).backward()
        found.append([leaf.grad])
    assert_same(*found)


def test_logits_in_place_of_log_probs():
    logits, targets = 3 * torch.randn(T, N, C) + 2, labels()
    (loss, gradient), _ = both(logits, targets, STEPS, COUNTS)
    leaf = logits.clone().requires_grad_()
    mine = ours.CTCLoss()(leaf, targets, STEPS, COUNTS)
    mine.backward()
    assert_same((loss, gradient), (mine.detach(), leaf.grad))


def test_another_blank_and_batch_first_logits():
    assert_same(*both(torch.randn(N, T, C).transpose(0, 1), labels() - 1, STEPS, COUNTS, blank=C - 1))


def test_without_labels():
    assert_same(*both(torch.randn(T, N, C), torch.zeros(N, 0, dtype=torch.long), [T] * N, [0] * N))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_labels_that_do_not_fit(reduction):
    logits, targets, steps = torch.randn(T, N, C), labels(), [T, 3, T, T]
    theirs, mine = both(logits, targets, steps, [S] * N, reduction=reduction, zero_infinity=True)
    assert_same(theirs, mine)
    assert not mine[1][:, 1].any() and mine[1][:, 0].any()
    theirs, mine = both(logits, targets, steps, [S] * N, reduction=reduction)
    assert_same(theirs[:1], mine[:1])
    assert torch.isinf(mine[0]).any() and torch.isfinite(mine[1]).all()


def test_without_gradients_and_twice():
    loss, x, targets = ours.CTCLoss(), torch.randn(T, N, C).log_softmax(2), labels()
    expected = torch.nn.CTCLoss()(x, targets, STEPS, COUNTS)
    torch.testing.assert_close(loss(x, targets, STEPS, COUNTS), expected)
    x.requires_grad_()
    one, two = loss(x, targets, STEPS, COUNTS), loss(2 * x, targets.flip(0), STEPS, COUNTS)
    first, = torch.autograd.grad(one, x, retain_graph=True)
    torch.autograd.grad(two, x)
    again, = torch.autograd.grad(one, x)
    assert torch.equal(first, again) and first.any()


def test_threads_give_the_same_loss():
    x, targets = torch.randn(200, 64, 30), torch.randint(1, 30, (64, 40))
    values = [ours.CTCLoss(threads=threads, reduction="none")(x, targets, [200] * 64, [40] * 64) for threads in (1, 3)]
    assert torch.equal(*values)


@pytest.mark.parametrize("make", [copy.deepcopy, lambda loss: pickle.loads(pickle.dumps(loss))])
def test_copies(make):
    loss = ours.CTCLoss(blank=2, reduction="sum", zero_infinity=True, threads=2)
    other, x, targets = make(loss), torch.randn(T, N, C), labels().clamp(min=3)
    assert (other.blank, other.reduction, other.zero_infinity, other.threads) == (2, "sum", True, 2)
    assert torch.equal(other(x, targets, STEPS, COUNTS), loss(x, targets, STEPS, COUNTS))


def test_second_derivatives_are_refused():
    x = torch.randn(T, N, C, requires_grad=True)
    gradient, = torch.autograd.grad(ours.CTCLoss()(x, labels(), STEPS, COUNTS), x, create_graph=True)
    with pytest.raises(RuntimeError, match="librnn.torch.CTCLoss cannot be differentiated twice"):
        gradient.square().sum().backward()


X, Y = torch.zeros(T, N, C), torch.ones(N, S, dtype=torch.long)
WRONG = [
    (lambda: ours.CTCLoss()(X.double(), Y, STEPS, COUNTS), TypeError, "log_probs is torch.float64 on cpu"),
    (lambda: ours.CTCLoss()(X[0, 0], Y, STEPS, COUNTS), ValueError, "log_probs has shape"),
    (lambda: ours.CTCLoss()(X, Y[:3], STEPS, COUNTS), ValueError, r"targets has shape \[3, 5\], expected \[4, S\]"),
    (lambda: ours.CTCLoss()(X, Y[0], STEPS, COUNTS), ValueError, r"targets has shape \[5\], expected \[9\]"),
    (lambda: ours.CTCLoss()(X, Y.float(), STEPS, COUNTS), TypeError, "targets has elements of type float32"),
    (lambda: ours.CTCLoss()(X, Y, STEPS[:2], COUNTS), ValueError, "input_lengths has shape"),
    (lambda: ours.CTCLoss()(X, Y, [T + 1] * N, COUNTS), ValueError, "input_lengths has the element 13"),
    (lambda: ours.CTCLoss()(X, Y, STEPS, [S + 1] * N), ValueError, "target_lengths has the element 6"),
    (lambda: ours.CTCLoss()(X, Y, STEPS, [-1] * N), ValueError, "target_lengths has the element -1"),
    (lambda: ours.CTCLoss()(X, 0 * Y, STEPS, COUNTS), ValueError, "blank"),
    (lambda: ours.CTCLoss()(X, C * Y, STEPS, COUNTS), ValueError, "0 to 5|label"),
    (lambda: ours.CTCLoss(blank=C)(X, Y, STEPS, COUNTS), ValueError, "RNN_BLANK is 6, expected 0 to 5"),
    (lambda: ours.CTCLoss(reduction="max"), ValueError, "reduction is 'max'"),
]


@pytest.mark.parametrize("call, kind, message", WRONG, ids=[message for _, _, message in WRONG])
def test_wrong_uses(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_a_network_trained_by_both():
    """Labels in a row of frames: the loss curves of 100 steps are the same."""
    curves = []
    for module in torch.nn, ours:
        torch.manual_seed(4)
        layer, head = getattr(module, "GRU")(C, 16, bidirectional=True), torch.nn.Linear(32, C)
        parameters, losses = [*layer.parameters(), *head.parameters()], []
        optimizer = torch.optim.Adam(parameters, lr=1e-2)
        for _ in range(100):
            targets = torch.randint(1, C, (8, 4))
            x = torch.nn.functional.one_hot(targets.repeat_interleave(3, 1), C).float().transpose(0, 1)
            x = x + 0.3 * torch.randn(x.shape)
            loss = module.CTCLoss()(head(layer(x)[0]).log_softmax(2), targets, [12] * 8, [4] * 8)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curves.append(losses)
    np.testing.assert_allclose(curves[1], curves[0], rtol=2e-2, atol=1e-4)
    assert curves[1][-1] < 0.5 * curves[1][0]
