"""Training by Trainer, its callbacks, and predictions; with shapes and lengths of all kinds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import librnn
from common import B, C, I, T, a_dataset, a_model, a_session, a_token_model, a_trainer, real, refuses

# ---- shapes and lengths ----

SIZES = st.integers(1, 5)
CELLS = st.sampled_from(["tanh", "relu", "lstm", "gru", "mingru", "slstm", "indrnn"])


@settings(max_examples=60, deadline=None)
@given(cell=CELLS, steps=SIZES, batch=SIZES, inputs=SIZES, hidden=SIZES, layers=st.integers(1, 2),
       direction=st.sampled_from(["forward", "reverse", "both"]), output=st.sampled_from(["every_step", "last_step",
                                                                                          "mean"]), data=st.data())
def test_forward_of_a_batch_is_that_of_its_sequences(cell, steps, batch, inputs, hidden, layers, direction, output,
                                                     data):
    """A sequence gives the same alone and in a padded batch, and NaN past its end is ignored."""
    model = librnn.Model(cell=cell, input_size=inputs, hidden_size=hidden, layers=layers, direction=direction,
                         output=output, classes=3)
    lengths = data.draw(st.lists(st.integers(0, steps), min_size=batch, max_size=batch))
    x = np.random.default_rng(steps).standard_normal((steps, batch, inputs)).astype(np.float32)
    for sequence, length in enumerate(lengths):
        x[length:, sequence] = np.nan
    y = librnn.Session(model, batch=batch).forward(x, lengths)
    assert y.shape == ((steps, batch, 3) if output == "every_step" else (batch, 3))
    for sequence, length in enumerate(lengths):
        found = y[:, sequence] if output == "every_step" else y[sequence]
        if length == 0:
            assert (found == 0).all()
            continue
        alone = librnn.Session(model).forward(x[:length, sequence:sequence + 1])
        if output == "every_step":
            np.testing.assert_array_equal(found[:length], alone[:, 0])
            assert (found[length:] == 0).all()
        else:
            np.testing.assert_array_equal(found, alone[0])


@settings(max_examples=60, deadline=None)
@given(shape=st.lists(st.integers(0, 4), min_size=0, max_size=4))
def test_every_wrong_shape_is_refused(shape):
    session = a_session()
    x = np.zeros(shape, np.float32)
    if len(shape) == 3 and shape[0] > 0 and shape[1:] == [B, I]:
        assert session.forward(x).shape == (shape[0], B, C)
    else:
        with pytest.raises(ValueError):
            session.forward(x)


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=9), batch_size=st.integers(1, 4),
       every_step=st.booleans())
def test_predictions_do_not_depend_on_the_batches(lengths, batch_size, every_step):
    model = a_token_model(output="every_step" if every_step else "mean")
    sequences = [np.arange(length) % C for length in lengths]
    found = model.predict(sequences, batch_size=batch_size)
    assert len(found) == len(sequences)
    for sequence, y in zip(sequences, found):
        alone = librnn.Session(model).forward(sequence[:, None])
        np.testing.assert_array_equal(y, alone[:, 0] if every_step else alone[0])


def test_predictions_of_padded_sequences():
    model, x = a_model(output="last_step"), real(4, T, I)
    found = model.predict(x, lengths=[T, 0, 2, 1], threads=2)
    np.testing.assert_array_equal(found, model.predict([x[0], x[1, :0], x[2, :2], x[3, :1]]))
    assert (found[1] == 0).all()
    assert model.predict([]).shape == (0, C)
    assert a_model().predict([x[0, :0]])[0].shape == (0, C)
    refuses(lambda: model.predict([real(3, 2), real(3, 4)]), "x has sequences of shapes [T, 2] and [T, 4]")
    refuses(lambda: model.predict(x, lengths=[T + 1, 1, 1, 1]), "lengths has the element 6, expected 0 to 5")


# ---- steps ----


@pytest.mark.parametrize("make", [a_model, a_token_model])
def test_steps_are_those_of_forward(make):
    model = make()
    tokens = model.takes_tokens
    x = np.arange(T * B).reshape(T, B) % C if tokens else real(T, B, I)
    expected = a_session(model).forward(x)
    session = a_session(model)
    np.testing.assert_allclose([session.step(row) for row in x], expected, rtol=1e-5, atol=1e-6)
    session.reset_state()
    step = session.bind_step()
    np.testing.assert_allclose([step(row).copy() for row in x], expected, rtol=1e-5, atol=1e-6)
    session.reset_state()
    for row, y in zip(x, expected):
        step.x[:] = row
        np.testing.assert_allclose(step(), y, rtol=1e-5, atol=1e-6)
    assert step() is step.y
    refuses(lambda: step(x[0, :2]), "x has shape [2")
    session.reset_state(B + 1)
    refuses(step, "rnn_step")
    if tokens:
        session.reset_state(B)
        refuses(lambda: step(np.full(B, C)), f"x has the element {C}, expected 0 to {C - 1}")
        step.x[:] = C
        refuses(step, "rnn_step_tokens")


def test_generate():
    """A network that has learnt a cycle goes on with it."""
    cycle = np.arange(40) % C
    model = a_token_model(hidden_size=16)
    librnn.Trainer(model, librnn.Optimizer("adam", model, rate=0.05), epochs=60).fit([cycle[:-1]], [cycle[1:]])
    decoder = librnn.Decoder("sampling", temperature=0)
    drawn = decoder.generate(librnn.Session(model), cycle[:4], 10)
    np.testing.assert_array_equal(drawn, cycle[4:14])
    start = np.stack([cycle[:4], cycle[1:5]], axis=1)
    drawn = decoder.generate(librnn.Session(model, batch=2), start, 10)
    np.testing.assert_array_equal(drawn, np.stack([cycle[4:14], cycle[5:15]], axis=1))
    refuses(lambda: librnn.Decoder("beam").generate(librnn.Session(model), [1], 2),
            "generate needs a decoder of the kind", TypeError)


# ---- fit and its callbacks ----


def sums(count=60, seed=0):
    """Sequences of different lengths, and the means of their elements."""
    random = np.random.default_rng(seed)
    x = [random.uniform(-1, 1, (length, 1)) for length in random.integers(2, 9, count)]
    return x, [one.mean(axis=0) for one in x]


def a_regression(**options):
    model = librnn.Model(cell="gru", input_size=1, hidden_size=8, classes=1, output="last_step")
    return librnn.Trainer(model, librnn.Optimizer("adam", model, rate=0.02), "squared_error", **options)


def test_fit_learns():
    trainer = a_regression(epochs=40)
    history = trainer.fit(*sums(), validation=sums(seed=1))
    assert len(history) == 40 and not history.stopped
    assert history["epoch"] == list(range(1, 41))
    assert history["val_loss"][-1] < 0.1 * history["val_loss"][0]
    assert history["val_loss"][-1] == pytest.approx(trainer.evaluate(*sums(seed=1)).loss)
    assert all(seconds > 0 for seconds in history["seconds"])
    with pytest.raises(librnn.RnnStateError):
        trainer.fit(*sums())
    assert len(trainer.fit(*sums(), epochs=3)) == 3
    assert trainer["epoch"] == 43


def test_early_stopping():
    trainer = a_regression(epochs=1000)
    trainer.optimizer["rate"] = 0.3  # too large to become better for long
    history = trainer.fit(*sums(), validation=sums(seed=1), callbacks=[librnn.EarlyStopping(patience=3)])
    losses = history["val_loss"]
    assert len(losses) < 1000 and history.stopped
    assert np.argmin(losses) == len(losses) - 1 - 3
    assert trainer.evaluate(*sums(seed=1)).loss == pytest.approx(min(losses))
    refuses(lambda: a_regression().fit(*sums(), callbacks=[librnn.EarlyStopping()]), "rnn_fit", librnn.RnnStateError)


def test_min_delta():
    """A loss that is smaller by less is not better."""
    trainer = a_regression(epochs=50)
    history = trainer.fit(*sums(), validation=sums(seed=1), callbacks=[librnn.EarlyStopping(patience=2, min_delta=1e9)])
    assert len(history) == 3 and trainer["min_delta"] == 1e9
    assert trainer["best_loss"] == history["val_loss"][0]
    refuses(lambda: trainer.__setitem__("min_delta", -1.0), "rnn_trainer_set_real: value of RNN_MIN_DELTA is -1")
    refuses(lambda: trainer.__setitem__("best_loss", 1.0), "rnn_trainer_set_real: key RNN_BEST_LOSS is read only")


@pytest.mark.parametrize("loss, width", [(librnn.Loss("quantile", quantiles=[0.1, 0.5, 0.9]), 2),
                                         (librnn.Loss("gaussian"), 3), (librnn.Loss("error_to_signal"), 6)])
def test_losses_of_series(loss, width):
    """Targets narrower than the outputs; training lowers the loss."""
    source = np.random.default_rng(0)
    x = source.normal(size=(12, 9, 2))
    y = np.repeat(x[..., :1] + 0.3, width, axis=2)
    trainer = librnn.Trainer(librnn.Model(cell="gru", input_size=2, hidden_size=8, classes=6, seed=1), "adam", loss,
                             epochs=20)
    before = trainer.evaluate(x, y).loss
    trainer.fit(x, y)
    assert trainer.evaluate(x, y).loss < before
    if width != 6:
        refuses(lambda: trainer.fit(x, np.zeros((12, 9, 6))),
                f"the dataset has targets of shape [T, 6], expected [T, {width}]")


def test_checkpoints(tmp_path):
    trainer = a_regression(epochs=4)
    saved = librnn.Checkpoint(tmp_path / "{epoch}.safetensors", every=2)
    whole = librnn.Checkpoint(tmp_path / "run", resumable=True)
    best = librnn.Checkpoint(tmp_path / "best", best_only=True)
    history = trainer.fit(*sums(), validation=sums(seed=1), callbacks=[saved, whole, best])
    assert sorted(path.name for path in tmp_path.glob("*.safetensors")) == ["2.safetensors", "4.safetensors"]
    model = librnn.Model.load(tmp_path / "4.safetensors")
    np.testing.assert_array_equal(model.parameters(), trainer.model.parameters())
    other = a_regression(epochs=6)
    other.load(tmp_path / "run")
    for one in (trainer, other):
        one["epochs"] = 6
        one.fit(*sums(), validation=sums(seed=1))
    np.testing.assert_array_equal(other.model.parameters(), trainer.model.parameters())
    evaluation = librnn.Trainer(librnn.Model.load(tmp_path / "best"), "sgd", "squared_error").evaluate(*sums(seed=1))
    assert evaluation.loss == pytest.approx(min(history["val_loss"]))
    with pytest.raises(OSError):
        a_regression().fit(*sums(), callbacks=[librnn.Checkpoint("/nowhere/a")])


def test_plateaus():
    trainer = a_regression(epochs=30)
    trainer.optimizer["rate"] = 1e-20  # nothing becomes better
    history = trainer.fit(*sums(), validation=sums(seed=1),
                          callbacks=[librnn.ReduceOnPlateau(factor=0.5, patience=2, minimum_rate=1e-21)])
    assert history["rate"][0] == 1e-20
    assert history["rate"][-1] == 1e-21
    assert sorted(history["rate"], reverse=True) == history["rate"]


def test_progress(capsys):
    pytest.importorskip("tqdm")
    a_regression(epochs=3).fit(*sums(), validation=sums(seed=1), callbacks=[librnn.Progress()])
    shown = capsys.readouterr().err
    assert "3/3" in shown and "val_loss=" in shown


def test_what_callbacks_see():
    seen = []

    class Listener(librnn.Callback):
        def on_fit_begin(self, trainer):
            seen.append("begin")

        def on_batch_end(self, trainer):
            seen.append(f"batch {trainer['batch']}")

        def on_epoch_end(self, trainer, record):
            seen.append(f"epoch {record['epoch']}")
            return record["epoch"] == 2

        def on_fit_end(self, trainer):
            seen.append("end")

    history = a_trainer(epochs=9).fit(a_dataset(4), callbacks=[Listener()])
    assert seen == ["begin", "batch 1", "batch 2", "epoch 1", "batch 1", "batch 2", "epoch 2", "end"]
    assert history.stopped and len(history) == 2
    events = []
    a_trainer(epochs=1).fit(a_dataset(2), validation=a_dataset(2), callbacks=[lambda _, event: events.append(event)])
    assert events == ["batch", "validation", "epoch"]


def test_trainers_of_words():
    trainer = a_trainer("cross_entropy")
    assert repr(trainer) == "<Trainer: 0 of 10 epochs, cross_entropy, sgd>"
    refuses(lambda: librnn.Trainer(a_model(), "adan"), "kind 'adan' is unknown; did you mean 'adam'?")
    refuses(lambda: trainer.fit(real(2, T, I)), "x has no targets", TypeError)
    refuses(lambda: trainer.fit(a_dataset(), validation=(1, 2, 3)), "validation has 3 elements", TypeError)


@pytest.mark.parametrize("skip", [False, True])
def test_numbers_that_are_not_finite(skip):
    x, y = sums(8)
    y[5] = np.float32([np.nan])
    trainer = a_regression(epochs=1, batch_size=4, shuffle=0, skip_nonfinite=skip)
    if skip:
        trainer.fit(x, y)
        assert trainer["skipped"] == 1
    else:
        with pytest.raises(librnn.RnnValueError, match="sequence 5"):
            trainer.fit(x, y)
