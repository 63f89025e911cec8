"""Who owns a handle, what a copy is, threads and processes."""

import contextlib
import copy
import gc
import os
import pickle
import threading

import numpy as np
import pytest

import librnn
from common import (B, C, I, T, a_beam, a_dataset, a_model, a_session, a_token_model, a_trainer, an_attention,
                    destroyed, real, refuses, squared_error)
from librnn import Loss, RnnStateError, RnnTypeError
from programs import run_program

COPIES = [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
EVERY_HANDLE = [a_model, a_session, an_attention, librnn.Dataset, a_trainer, lambda: Loss("ctc"), a_beam]

# ---- copies ----


def test_copy_of_a_model_is_the_same_network():
    with destroyed() as counts:
        model = a_model()
        other = copy.copy(model)
        other.set_parameters(model.parameters() + 1)
        np.testing.assert_array_equal(model.parameters(), other.parameters())
        model.close()
        assert counts["rnn_destroy"] == 0
        a_session(other).forward(real(T, B, I))
        del model, other
        assert counts["rnn_destroy"] == 1


@pytest.mark.parametrize("make", COPIES)
def test_deep_copies_of_a_model_are_other_networks(make):
    model = a_model()
    model.set_metadata("note", "mine")
    model.name = "an attribute of the program"
    before = model.parameters().copy()
    other = make(model)
    np.testing.assert_array_equal(other.parameters(), before)
    assert (other.get_metadata("note"), other.name) == ("mine", model.name)
    other.set_parameters(before + 1)
    np.testing.assert_array_equal(model.parameters(), before)
    other.close()
    np.testing.assert_array_equal(model.parameters(), before)


@pytest.mark.parametrize("make", [copy.copy, *COPIES])
def test_copies_of_an_optimizer_are_other_optimizers(make):
    first, gradients = librnn.Optimizer("adam", 3, rate=0.1), real(3)
    arrays = np.zeros(3, np.float32), np.zeros(3, np.float32)
    first.step_arrays(arrays[0], gradients)
    arrays[1][:] = arrays[0]
    second = make(first)
    assert second.kind == "adam"
    for optimizer, values in zip((first, second), arrays):
        optimizer.step_arrays(values, gradients)
        optimizer.close()  # of one alone
    np.testing.assert_array_equal(*arrays)


@pytest.mark.parametrize("make", [copy.copy, *COPIES])
def test_copies_of_losses_decoders_and_attention(make):
    y, targets = real(T, B, C), np.zeros((T, B), int)
    loss = Loss("cross_entropy", class_weights=np.arange(C) + 1, smoothing=0.1)
    value, dy = loss(y, targets)
    copied, gradient = make(loss)(y, targets)
    assert copied == value
    np.testing.assert_array_equal(gradient, dy)
    assert make(Loss(squared_error))(y, y + 1)[0] == pytest.approx(1, rel=1e-5)
    decoder = librnn.Decoder("sampling", random_state=3, temperature=2.0)
    np.testing.assert_array_equal(make(decoder).sample(y[0]), decoder.sample(y[0]))
    attention = an_attention()
    attention.set_parameters(attention.parameters() + 1)
    np.testing.assert_array_equal(make(attention).parameters(), attention.parameters())


@pytest.mark.parametrize("make", [copy.copy, *COPIES])
def test_other_handles_cannot_be_copied(make):
    for handle in (a_session(), librnn.Dataset(), a_trainer()):
        refuses(lambda: make(handle), f"a {type(handle).__name__} cannot be copied or pickled", RnnTypeError)


def test_errors_can_be_pickled():
    for kind in (librnn.RnnValueError, librnn.RnnIOError, librnn.RnnMemoryError):
        error = pickle.loads(pickle.dumps(kind("a message", -3)))
        assert (type(error), str(error), error.status) == (kind, "a message", -3)


# ---- ownership ----

VIEWS = [
    (a_model, lambda model: model.parameters(), "rnn_destroy"),
    (a_model, lambda model: model.named_parameters()["head.bias"], "rnn_destroy"),
    (a_session, lambda session: session.gradients(), "rnn_session_destroy"),
    (a_session, lambda session: session.named_gradients()["head.bias"], "rnn_session_destroy"),
    (an_attention, lambda attention: attention.parameters(), "rnn_attention_destroy"),
    (an_attention, lambda attention: attention.gradients(), "rnn_attention_destroy"),
]


@pytest.mark.parametrize("end", ["del", "close", "with"])
@pytest.mark.parametrize("create, view_of, name", VIEWS)
def test_a_view_keeps_the_handle(create, view_of, name, end):
    with destroyed() as counts:
        owner = create()
        view = view_of(owner)[1:]
        expected = view.copy()
        if end == "close":
            owner.close()
        elif end == "with":
            with owner:
                pass
        if end != "del":  # the owner is closed for every other use
            with pytest.raises(RnnStateError, match="NULL .is it closed"):
                view_of(owner)
        del owner
        assert counts[name] == 0
        np.testing.assert_array_equal(view, expected)
        del view
        assert counts[name] == 1


def test_a_bound_step_keeps_the_handle():
    with destroyed() as counts:
        session = a_session()
        step = session.bind_step()
        session.close()
        del session
        assert step(real(B, I)).shape == (B, C)
        assert counts["rnn_session_destroy"] == 0
        del step
        assert counts["rnn_session_destroy"] == 1


@pytest.mark.parametrize("create", [a_model, an_attention])
def test_parameters_cannot_be_made_writeable(create):
    with pytest.raises(ValueError):
        create().parameters().flags.writeable = True


@pytest.mark.parametrize("create", [a_session, an_attention])
def test_gradients_can_be_written(create):
    owner = create()
    owner.gradients()[:] = 2
    assert (owner.gradients() == 2).all()


@pytest.mark.parametrize("create", EVERY_HANDLE)
def test_close_destroys_at_once_and_once(create):
    name = {a_model: "rnn_destroy"}.get(create)
    with destroyed() as counts:
        owner = create()
        name = f"rnn_{type(owner).__name__.lower()}_destroy" if name is None else name
        assert not owner.closed
        owner.close()
        owner.close()
        assert owner.closed and "closed" in repr(owner)
        assert counts[name] == 1
        del owner
        assert counts[name] == 1


def test_the_last_reference_destroys():
    def use():
        trainer, dataset = a_trainer(epochs=1), a_dataset()
        trainer.fit(dataset, validation=dataset, callbacks=[lambda trainer, event: False])
        trainer.evaluate(dataset)
        session = a_session(a_token_model())
        session.reset_state(1)
        beam = a_beam()
        beam.search(session)
        beam.search(lambda tokens, parents: real(len(tokens), C), classes=C)
        custom = Loss(squared_error)
        custom(real(T, B, C), real(T, B, C))
        a_trainer(custom, epochs=1).fit(a_dataset(values=True))
        with contextlib.suppress(ZeroDivisionError):
            Loss(lambda y, batch: 1 / 0)(real(T, B, C), real(T, B, C))
        with contextlib.suppress(ZeroDivisionError):
            a_trainer().fit(dataset, callbacks=[lambda trainer, event: 1 / 0])
        with contextlib.suppress(librnn.RnnError):
            session.forward(np.zeros((2, 2, 2), np.int32))

    with destroyed() as counts:
        use()
        assert dict(counts) == {"rnn_config_destroy": 4, "rnn_destroy": 4, "rnn_optimizer_destroy": 3,
                                "rnn_trainer_destroy": 3, "rnn_loss_destroy": 4, "rnn_dataset_destroy": 2,
                                "rnn_session_destroy": 1, "rnn_decoder_destroy": 1}


def test_a_custom_loss_lives_as_long_as_its_trainer():
    assert run_program("""
        values = []
        def loss(y, batch):
            values.append(squared_error(y, batch))
            return values[-1]
        trainer, dataset = a_trainer(librnn.Loss(loss), epochs=1), a_dataset(values=True)
        trainer.loss = None
        del loss
        gc.collect()
        heap = [real(1000) for _ in range(1000)]
        trainer.fit(dataset)
        print(len(values), np.isfinite(trainer.evaluate(dataset)[0]))
    """) == ["4", "True"]


def test_a_callback_may_close_its_loss_and_decoder():
    with destroyed() as counts:
        def close_loss(y, batch):
            loss.close()
            assert counts["rnn_loss_destroy"] == 0
            return squared_error(y, batch)

        def close_beam(tokens, parents):
            beam.close()
            assert counts["rnn_decoder_destroy"] == 0
            return real(len(tokens), C)

        loss, beam = Loss(close_loss), a_beam()
        value, dy = loss(np.ones((T, B, C)), np.zeros((T, B, C)))
        assert (value, dy.shape) == (1, (T, B, C))
        assert len(beam.search(close_beam, classes=C)) == 1
        assert (counts["rnn_loss_destroy"], counts["rnn_decoder_destroy"]) == (1, 1)


def test_a_callback_may_close_what_the_call_uses():
    with destroyed() as counts:
        trainer, dataset = a_trainer(epochs=3), a_dataset()
        seen = []

        def close(trainer, event):
            if event == "epoch":
                trainer.close()
                dataset.close()
                seen.append(sum(counts[name] for name in ("rnn_trainer_destroy", "rnn_dataset_destroy")))
                return True
        trainer.fit(dataset, callbacks=[close])
        assert seen == [0]
        assert (counts["rnn_trainer_destroy"], counts["rnn_dataset_destroy"]) == (1, 1)


def test_nothing_is_destroyed_at_exit():
    assert run_program("""
        import atexit
        def last():
            print(counts["rnn_session_destroy"], session.forward(real(T, B, I)).shape == (T, B, C))
        atexit.register(last)  # before anything that a handle registers, so it runs after that
        counts = destroyed().__enter__()
        session = a_session()
    """) == ["0", "True"]


@pytest.mark.slow
def test_many_fits_take_no_memory():
    """10,000 fits, after some that fill the pools of the allocator."""
    grown = run_program("""
        import resource
        def fits(count):
            for _ in range(count):
                model = librnn.Model(input_size=2, hidden_size=2, classes=2)
                librnn.Trainer(model, "sgd", epochs=1).fit(x, y)
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        x, y = [real(3, 2), real(2, 2)], [[0, 1, 0], [1, 0]]
        before = fits(1000)
        print(fits(9000) - before)
    """)
    assert int(grown[0]) < 2000  # KiB


# ---- threads and processes ----


def test_two_threads_with_two_sessions():
    """They run at the same time: the lock of Python is released."""
    model, x = a_model(hidden_size=64), real(200, B, I)
    expected = a_session(model, training=False).forward(x)
    wrong = []

    def run():
        session = a_session(model, training=False)
        for _ in range(20):
            session.reset_state()
            if not np.array_equal(session.forward(x), expected):
                wrong.append(1)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_lock_of_python_is_released():
    assert run_program("""
        import threading, time
        session, x = librnn.Session(a_model(hidden_size=512)), np.zeros((4000, 1, I), np.float32)
        times, seen = [], []
        def run():
            times.append(time.perf_counter())
            session.forward(x)
            times.append(time.perf_counter())
        thread = threading.Thread(target=run)
        sys.setswitchinterval(100.0)  # only a call that releases the lock lets another thread run
        thread.start()
        while len(times) < 2:
            seen.append(time.perf_counter())
            time.sleep(0.001)
        print(sum(times[0] < moment < times[1] for moment in seen) > 5)
    """) == ["True"]


def test_a_child_of_fork():
    """Objects with one thread work; others say what to do."""
    assert run_program("""
        import os, warnings
        warnings.simplefilter("ignore")  # Python 3.12 warns of fork with threads
        session, threaded = a_session(), a_session(a_model(hidden_size=64))
        threaded.set_threads(2)
        x = real(T, B, I)
        expected = session.forward(x)
        child = os.fork()
        if child == 0:
            session.reset_state()
            assert (session.forward(x) == expected).all()
            try:
                threaded.forward(x)
            except librnn.RnnStateError as error:
                assert "rnn_session_set_threads" in str(error), error
                threaded.set_threads(2)
                threaded.forward(x)
                a_trainer(threads=2, epochs=1).fit(a_dataset())
                os._exit(7)
            os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """) == ["7"]


def outputs_of(model, x):
    """For a process of its own."""
    return os.getpid(), a_session(model, training=False).forward(x)


def test_a_model_in_a_process_that_is_spawned():
    import multiprocessing
    model, x = a_model(), real(T, B, I)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        process, found = pool.apply(outputs_of, (model, x))
    assert process != os.getpid()
    np.testing.assert_array_equal(found, a_session(model, training=False).forward(x))


def test_a_model_with_joblib(tmp_path):
    """Its files, its cache, and its processes, which copy what they are called with by cloudpickle."""
    joblib = pytest.importorskip("joblib")
    model, x = a_model(), real(T, B, I)
    expected = a_session(model, training=False).forward(x)

    joblib.dump(model, tmp_path / "model.joblib", compress=3)
    back = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(a_session(back, training=False).forward(x), expected)
    assert joblib.hash(model) == joblib.hash(back) != joblib.hash(a_model(seed=2))

    calls = []
    cached = joblib.Memory(tmp_path, verbose=0).cache(lambda m: (calls.append(m), a_session(m).forward(x))[1])
    for one in (model, back, model):
        np.testing.assert_array_equal(cached(one), expected)
    assert len(calls) == 1

    found = joblib.Parallel(n_jobs=2)(joblib.delayed(outputs_of)(one, x) for one in (model, back))
    for process, y in found:
        assert process != os.getpid()
        np.testing.assert_array_equal(y, expected)


def test_garbage_is_collected():
    """A trainer with callbacks that refer to it leaves nothing behind."""
    with destroyed() as counts:
        trainer = a_trainer(epochs=1)
        trainer.fit(a_dataset(), callbacks=[lambda _trainer, event: trainer.closed])
        del trainer
        gc.collect()
        assert counts["rnn_trainer_destroy"] == 1
