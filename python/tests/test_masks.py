"""Masked steps against the steps that count alone, in sessions, losses, decoders and datasets; and resets against
single episodes.
"""

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


# ---- losses and decoders ---------------------------------------------------------------------------------------------


def transitions():
    return real(C), real(C), real(C, C)


def test_a_crf_without_the_steps_that_are_left_out():
    scores = transitions()
    loss, single = librnn.Loss("crf"), librnn.Loss("crf")
    loss.set_transitions(scores)
    single.set_transitions(scores)
    y, targets = real(T, B, C), RANDOM.integers(0, C, (T, B))
    y[~MASK], targets[~MASK] = np.nan, -1
    value, dy = loss(y, targets, step_mask=MASK)
    gradients, values = loss.transition_gradients(), []
    sums = [np.zeros_like(one) for one in gradients]
    for b in range(B):
        counts = MASK[:, b]
        one, d = single(y[counts, b : b + 1], targets[counts, b : b + 1])
        assert np.allclose(dy[counts, b] * B, d[:, 0], atol=1e-6)
        values.append(one)
        for total, gradient in zip(sums, single.transition_gradients()):
            total += gradient / B
    assert np.array_equal(loss.sequence_losses(), values) and value == pytest.approx(np.mean(values), rel=1e-12)
    assert np.all(dy[~MASK] == 0)
    for total, gradient in zip(sums, gradients):
        assert np.allclose(total, gradient, atol=1e-6)


def test_a_custom_loss_reads_the_step_mask():
    seen = []

    def function(y, batch):
        seen.append(batch.step_mask)
        return 0.0, np.zeros_like(y)

    loss = librnn.Loss(function)
    loss(real(T, B, C), step_mask=MASK)
    loss(real(T, B, C))
    assert seen[0].dtype == bool and np.array_equal(seen[0], MASK) and seen[1] is None


@pytest.mark.parametrize("kind, options", [("ctc_greedy", {}), ("ctc_beam", {"results": 2}), ("crf", {"results": 3})])
def test_decoders_leave_steps_out(kind, options):
    decoder = librnn.Decoder(kind, **options)
    if kind == "crf":
        decoder.set_transitions(transitions())
    logits = 3 * real(T, B, C)
    logits[~MASK] = np.nan
    found = decoder.decode(logits, mask=MASK)
    marginals = decoder.marginals() if kind == "crf" else None
    for b in range(B):
        steps = np.flatnonzero(MASK[:, b])
        [alone] = decoder.decode(logits[steps, b : b + 1])
        for is_, expected in zip(found[b], alone):
            assert np.array_equal(is_.tokens, expected.tokens) and is_.score == expected.score
            assert np.array_equal(is_.scores, expected.scores)
            assert np.array_equal(is_.steps, steps[expected.steps])
        if kind == "crf":
            assert np.array_equal(marginals[steps, b], decoder.marginals()[:, 0])
    assert marginals is None or np.all(marginals[~MASK] == 0)


def test_a_mask_of_a_decoder_is_for_one_call():
    decoder = librnn.Decoder("ctc_beam")
    logits = real(T, B, C)
    expected = decoder.decode(logits)

    def fails(*_):
        raise KeyError("scorer")

    decoder.set_scorer(fails)
    with pytest.raises(KeyError):
        decoder.decode(logits, mask=MASK)
    decoder.set_scorer(None)
    with pytest.raises(librnn.RnnValueError, match="lengths"):
        decoder.decode(logits, [T + 1] * B, mask=MASK)
    with pytest.raises(librnn.RnnValueError, match=r"mask has shape \[3, 5\]"):
        decoder.decode(logits, mask=MASK.T)
    with pytest.raises(librnn.RnnValueError, match="not a number"):
        decoder.decode(np.full_like(logits, np.nan), mask=MASK)
    assert [one[0].score for one in decoder.decode(logits)] == [one[0].score for one in expected]
    with pytest.raises(librnn.RnnError, match="RNN_DECODER_SAMPLING"):
        librnn.Decoder("sampling").decode(logits, mask=MASK)


# ---- datasets --------------------------------------------------------------------------------------------------------

COUNT, LONGEST = 11, 7


def a_sequence(index, crf=False):
    """x [T,I], classes [T], mask [T], weight and step mask [T]; anything where the step mask is False."""
    random = np.random.default_rng(index)
    steps = 3 + index % (LONGEST - 2)
    present = random.random(steps) > 0.4
    present[random.integers(steps)] = True
    x = np.where(present[:, None], random.standard_normal((steps, I)), np.nan)
    y = np.where(present, random.integers(0, C, steps), -3)
    mask = None if crf else random.random(steps).astype(np.float32)
    return x, y, mask, 1 + index % 3, present


def moved_together(index, crf=False):
    x, y, mask, weight, present = a_sequence(index, crf)
    return x[present], y[present], None if mask is None else mask[present], weight


def a_dataset(make, crf=False):
    dataset = librnn.Dataset()
    for index in range(COUNT):
        x, y, mask, weight, *present = make(index, crf)
        dataset.add(x, y, mask=mask, weight=weight, step_mask=present[0] if present else None)
    return dataset


def fitted(training, validation, loss="cross_entropy", **options):
    model = a_model(direction="forward", crf=int(loss == "crf"), seed=3)
    trainer = librnn.Trainer(model, "adam", loss, **{"epochs": 3, "batch_size": 4, "seed": 8, **options})
    history = trainer.fit(training, validation=validation)
    return model.parameters().copy(), history["loss"], history["val_loss"], trainer.evaluate(training)


def assert_same(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    assert found[1:] == expected[1:]


@pytest.mark.parametrize("options", [{}, {"stream_steps": 2}, {"buckets": 2}, {"threads": 2}, {"loss": "crf"}])
def test_a_fit_without_the_steps_that_are_left_out(options):
    crf = options.get("loss") == "crf"
    expected = fitted(a_dataset(moved_together, crf), a_dataset(moved_together, crf), **options)
    assert_same(fitted(a_dataset(a_sequence, crf), a_dataset(a_sequence, crf), **options), expected)
    if "buckets" not in options:
        source = librnn.Dataset.from_source(lambda index, seed: a_sequence(index, crf), COUNT, LONGEST, LONGEST)
        assert_same(fitted(source, source, **options), expected)


def test_padded_arrays():
    lengths = np.array([7, 3, 5])
    x, y = np.full((3, 7, I), np.nan), np.full((3, 7), -1)
    for n, length in enumerate(lengths):
        x[n, 7 - length:] = n + np.arange(length)[:, None] / 7
        y[n, 7 - length:] = (n + np.arange(length)) % C
    present = np.arange(7) >= 7 - lengths[:, None]
    expected = fitted(librnn.Dataset.of([one[p] for one, p in zip(x, present)], [one[p] for one, p in zip(y, present)]),
                      None)
    model = a_model(direction="forward", crf=0, seed=3)
    trainer = librnn.Trainer(model, "adam", "cross_entropy", epochs=3, batch_size=4, seed=8)
    trainer.fit(x, y, step_mask=present)
    np.testing.assert_array_equal(model.parameters(), expected[0])
    assert trainer.evaluate(x, y, step_mask=present.astype(int)) == expected[3]
    late = np.concatenate([x, np.full((3, 2, I), 9.0)], axis=1)  # and past the lengths
    labels, more = np.pad(y, ((0, 0), (0, 2))), np.pad(present, ((0, 0), (0, 2)), constant_values=True)
    assert trainer.evaluate(late, labels, step_mask=more, lengths=[7, 7, 7]) == expected[3]


def test_transforms_keep_the_step_mask():
    dataset = a_dataset(a_sequence)
    dataset.set_transform(lambda x, y, index, seed: (x, y, *a_sequence(index)[2:4]))
    assert_same(fitted(dataset, None)[:2], fitted(a_dataset(moved_together), None)[:2])
    dataset.set_transform(lambda x, y, index, seed: a_sequence(index + 1)[:2])  # other steps: no step mask
    with pytest.raises(librnn.RnnValueError, match="is -3"):
        fitted(dataset, None)
    dataset.set_transform(lambda x, y, index, seed: (x, y, None, 1, None))
    with pytest.raises(librnn.RnnValueError, match="is -3"):
        fitted(dataset, None)


def test_step_masks_of_a_dataset():
    dataset = a_dataset(a_sequence)
    expected = fitted(dataset, None)
    dataset.set_step_mask(0, None)
    with pytest.raises(librnn.RnnValueError, match="sequence 0 is -3"):
        fitted(dataset, None)
    dataset.set_step_mask(0, a_sequence(0)[4])
    assert_same(fitted(dataset, None)[:2], expected[:2])
    with pytest.raises(librnn.RnnValueError, match=r"step_mask has shape \[2\], expected \[3\]"):
        dataset.set_step_mask(0, [1, 0])
    with pytest.raises(librnn.RnnValueError, match="element 2"):
        dataset.add(np.ones((2, I)), [0, 0], step_mask=[1, 2])
    assert len(dataset) == COUNT  # what is refused is not added
    with pytest.raises(librnn.RnnValueError, match="step_mask has 1 elements, expected 2"):
        librnn.Dataset.of(np.zeros((2, 3, I)), np.zeros((2, 3), int), step_mask=[[1, 1, 0]])
    with pytest.raises(librnn.RnnTypeError, match="step_mask is given, but x is a Dataset"):
        librnn.Trainer(a_model(), "adam", "cross_entropy").fit(dataset, step_mask=[[1]])
    source = librnn.Dataset.from_source(lambda index, seed: (*a_sequence(index)[:4], [1]), COUNT, LONGEST, LONGEST)
    with pytest.raises(librnn.RnnValueError, match=r"step_mask has shape \[1\], expected \[3\]"):
        fitted(source, None, shuffle=0)
