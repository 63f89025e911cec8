"""Datasets from functions, transforms, and fits in pieces, by buckets and with a limit of memory."""

import numpy as np
import pytest

import librnn

COUNT, LONGEST, INPUTS, CLASSES = 13, 9, 3, 4


def a_sequence(index):
    """x, y, mask and weight of a sequence."""
    random = np.random.default_rng(index)
    steps = 1 + index * 5 % LONGEST
    x = random.standard_normal((steps, INPUTS)).astype(np.float32)
    return x, random.integers(0, CLASSES, steps), random.random(steps).astype(np.float32), 1 + index % 3


def copied(transform=None):
    dataset = librnn.Dataset()
    for index in range(COUNT):
        x, y, mask, weight = a_sequence(index)
        dataset.add(x, y, mask=mask, weight=weight)
    dataset.set_transform(transform)
    return dataset


def sourced(source=lambda index, seed: a_sequence(index)):
    return librnn.Dataset.from_source(source, COUNT, LONGEST, LONGEST)


def fitted(dataset, validation=None, epochs=3, loss="cross_entropy", outputs=CLASSES, **options):
    """The parameters after a fit, and its history."""
    model = librnn.Model(cell="gru", input_size=INPUTS, hidden_size=5, classes=outputs, seed=3)
    trainer = librnn.Trainer(model, "adam", loss, epochs=epochs, batch_size=4, seed=8, **options)
    history = trainer.fit(dataset, validation=validation)
    return model.parameters().copy(), history, trainer


@pytest.mark.parametrize("options", [{}, {"stream_steps": 2}, {"stream_steps": 20}])
def test_a_source_is_as_copies(options):
    expected, history, trainer = fitted(copied(), copied(), **options)
    found, other, _ = fitted(sourced(), sourced(), **options)
    np.testing.assert_array_equal(found, expected)
    assert history["loss"] == other["loss"] and history["val_loss"] == other["val_loss"]
    assert trainer.evaluate(sourced()) == trainer.evaluate(copied())


def test_long_pieces_are_whole_sequences():
    whole, pieces, short = (fitted(copied(), stream_steps=steps)[0] for steps in (0, LONGEST, 2))
    np.testing.assert_array_equal(whole, pieces)
    assert (whole != short).any()


def test_buckets():
    plain, buckets = fitted(copied())[0], fitted(copied(), buckets=2)[0]
    assert (plain != buckets).any()
    with pytest.raises(librnn.RnnStateError, match="RNN_BUCKETS is 2"):
        fitted(sourced(), buckets=2)


def test_memory_limit():
    with pytest.raises(librnn.RnnMemoryError, match=r"expected at most 1000 \(RNN_MEMORY_LIMIT\); sequence"):
        fitted(copied(), memory_limit=1000)
    fitted(copied(), memory_limit=10**8)


def test_transforms():
    seen = []

    def repeat(x, y, index, seed):
        seen.append((index, seed))
        expected = a_sequence(index)
        np.testing.assert_array_equal(x, expected[0])
        np.testing.assert_array_equal(y, expected[1])
        return x, y, *expected[2:]

    expected = fitted(copied())[0]
    np.testing.assert_array_equal(fitted(copied(repeat), copied(repeat))[0], expected)
    assert len(seen) == len(set(seen)) == 3 * COUNT  # none of the validation
    source = sourced()
    source.set_transform(repeat)
    np.testing.assert_array_equal(fitted(source)[0], expected)
    assert len(seen) == 6 * COUNT and len(set(seen)) == 3 * COUNT
    source.set_transform(None)
    np.testing.assert_array_equal(fitted(source)[0], expected)
    assert len(seen) == 6 * COUNT


def test_transforms_of_values():
    rows = [np.full((n, 2), n, np.float32) for n in (3, 4, 5)]
    x = [np.ones((n, INPUTS)) for n in (3, 4, 5)]

    def check(x, y, index, seed):
        np.testing.assert_array_equal(y, rows[index])
        return x, y

    for make in (lambda: librnn.Dataset.of(x, rows),
                 lambda: librnn.Dataset.from_source(lambda index, seed: (x[index], rows[index]), 3, 5, 10)):
        dataset = make()
        dataset.set_transform(check)
        fitted(dataset, loss="squared_error", outputs=2)


def test_noise_is_that_of_the_seed():
    def noisy(index, seed):
        x, *others = a_sequence(index)
        return (x + 0.1 * np.random.default_rng(seed).standard_normal(x.shape).astype(np.float32), *others)
    np.testing.assert_array_equal(fitted(sourced(noisy))[0], fitted(sourced(noisy))[0])
    assert (fitted(sourced(noisy))[0] != fitted(sourced())[0]).any()


def test_what_a_source_raises():
    def raises(index, seed):
        if index == 5:
            raise KeyError("no such file")
        return a_sequence(index)
    with pytest.raises(KeyError, match="no such file"):
        fitted(sourced(raises))
    trainer = fitted(copied())[2]
    with pytest.raises(KeyError, match="no such file"):
        trainer.evaluate(sourced(raises))


@pytest.mark.parametrize("made, error, message", [
    (None, librnn.RnnTypeError, "the source returned NoneType"),
    ((np.ones((2, 3)),), librnn.RnnTypeError, "the source returned tuple"),
    ((np.ones((LONGEST + 1, 3)), [0]), librnn.RnnValueError, "the sequence has 10 steps, expected 1 to 9"),
    ((np.ones((2, 2)), [0, 0]), librnn.RnnValueError, "x_count is 4, expected 6"),
    (([1, 2], [0, 0]), librnn.RnnStateError, "the input is tokens, expected real numbers"),
    ((np.ones((2, 3)), [0, 9]), librnn.RnnValueError, "class 1 of sequence 0 is 9, expected 0 to 3"),
    ((np.ones((2, 3)), [0]), librnn.RnnValueError, "sequence 0 has 1 classes, expected 2"),
    ((np.ones((2, 3)), [0, 0], [1, -1]), librnn.RnnValueError, r"mask\[1\] is -1"),
    ((np.ones((2, 3)), [0, 0], [1]), librnn.RnnValueError, "mask"),
    ((np.ones((2, 3)), [0, 0], None, -1), librnn.RnnValueError, "weight is -1"),
])
def test_wrong_sequences(made, error, message):
    with pytest.raises(error, match=message):
        fitted(librnn.Dataset.from_source(lambda index, seed: made, 1, LONGEST, LONGEST))


def test_wrong_datasets():
    with pytest.raises(librnn.RnnValueError, match="count is 0"):
        librnn.Dataset.from_source(a_sequence, 0, 1, 1)
    with pytest.raises(librnn.RnnTypeError, match="most_steps is 'x', expected an integer"):
        librnn.Dataset.from_source(a_sequence, 1, "x", 1)
    dataset = sourced()
    assert len(dataset) == COUNT and repr(dataset) == "<Dataset: 13 sequences from a source>"
    with pytest.raises(librnn.RnnStateError, match="come from a source"):
        dataset.add(np.ones((2, 3)), [0, 0])
    dataset.close()
    assert "closed" in repr(dataset)
