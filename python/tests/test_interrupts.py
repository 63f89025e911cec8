"""Signals and exceptions during calls that call back."""

import threading
import traceback

import numpy as np
import pytest

from common import B, C, T, a_dataset, a_trainer, real, squared_error
from librnn import Loss
from programs import run_program

# A program that a signal interrupts in the midst of training, several times, at other moments.
INTERRUPTED = """
    import os, signal, threading

    def send(number, delay):
        threading.Timer(delay, os.kill, (os.getpid(), number)).start()

    trainer, dataset = a_trainer({loss}, epochs=10 ** 9), a_dataset(values={loss} != "cross_entropy")
    for turn in range(6):
        send(signal.SIGINT, 0.03 + 0.01 * turn)
        try:
            trainer.fit(dataset, callbacks={callbacks})
            print("finished")
        except KeyboardInterrupt:
            print("interrupted")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert np.isfinite(trainer.evaluate(dataset)[0])
    trainer["epochs"] = trainer["epoch"] + 2
    before = trainer.evaluate(dataset)[0]
    trainer.fit(dataset)
    print(trainer["epochs"] == trainer["epoch"], trainer.evaluate(dataset)[0] != before)
"""


@pytest.mark.parametrize("callbacks, loss", [
    ("[]", "'cross_entropy'"),
    ("[lambda trainer, event: None]", "'cross_entropy'"),
    # One decoder: Python drops what is raised while an object of the callback ends.
    ("[lambda trainer, event, beam=a_beam(): beam.search(lambda tokens, parents: np.zeros((len(tokens), C)), "
     "classes=C) and None]", "'cross_entropy'"),
    ("[]", "librnn.Loss(squared_error)")])
def test_ctrl_c(callbacks, loss):
    printed = run_program(INTERRUPTED.format(callbacks=callbacks, loss=loss))
    assert printed == 6 * ["interrupted"] + ["True", "True"]


def test_ctrl_c_in_a_custom_loss():
    assert run_program("""
        import os, signal, threading
        def loss(y, batch):
            while True:
                pass
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            librnn.Loss(loss)(real(T, B, C), real(T, B, C))
        except KeyboardInterrupt:
            print("interrupted", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    """) == ["interrupted", "True"]


def test_ctrl_c_in_a_beam_search():
    assert run_program("""
        import os, signal, threading
        for turn in range(6):
            threading.Timer(0.03 + 0.01 * turn, os.kill, (os.getpid(), signal.SIGINT)).start()
            asked = []
            def generator(tokens, parents):
                asked.append(0)
                return np.zeros((len(tokens), 50000))  # so that nearly all time is the library's
            try:
                a_beam(end_token=-1, maximum_length=10000).search(generator, classes=50000)
            except KeyboardInterrupt:
                print("interrupted", len(asked) < 10000)
    """) == 6 * ["interrupted", "True"]


def test_other_handlers_run_during_fit():
    assert run_program("""
        import signal
        def expire(number, frame):
            raise TimeoutError("expired")
        trainer, dataset = a_trainer(epochs=10 ** 9), a_dataset()
        signal.signal(signal.SIGALRM, expire)
        for callbacks in ([], [lambda trainer, event: None]):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            try:
                trainer.fit(dataset, callbacks=callbacks)
            except TimeoutError as error:
                print(error)
        ran = []
        signal.signal(signal.SIGALRM, lambda number, frame: ran.append(number))
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        print(trainer.fit(dataset, callbacks=[lambda trainer, event: ran]).stopped, ran == [signal.SIGALRM])
    """) == ["expired", "expired", "True", "True"]


def test_a_signal_on_entry_to_a_callback():
    """Python runs handlers before the first line of a callback; `fit` stands for the library."""
    assert run_program("""
        import signal
        from librnn._library import library
        told, called = [], []

        def set_callback(handle, callback, user):
            told.append(callback)

        def fit(trainer, training, validation):
            print(told[0](None, None, 1))

        def on_entry(frame, event, argument):
            if event == "call" and frame.f_code.co_name == "guarded":
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

        trainer, dataset = a_trainer(), a_dataset()
        library.rnn_fit, library.rnn_trainer_set_callback = fit, set_callback
        sys.setprofile(on_entry)
        try:
            trainer.fit(dataset, callbacks=[lambda trainer, event: called.append(event)])
        except KeyboardInterrupt:
            print("interrupted", called)
    """) == ["1", "interrupted", "[]"]


def test_a_signal_after_the_last_callback():
    """It arrives while the library still works, which then fails or does not."""
    assert run_program("""
        import signal
        from librnn._library import library
        trainer, dataset = a_trainer(), a_dataset()
        for error in (None, librnn.RnnIOError("the disk is full")):
            def fit(trainer, training, validation):
                signal.raise_signal(signal.SIGINT)
                print("running")
                if error is not None:
                    raise error
            library.rnn_fit = fit
            try:
                trainer.fit(dataset, callbacks=[lambda trainer, event: None])
            except KeyboardInterrupt as interrupt:
                print("interrupted", interrupt.__context__ is error)
    """) == 2 * ["running", "interrupted", "True"]


def test_what_a_callback_raises_has_its_traceback():
    def fails(trainer, event):
        raise ValueError("mine")

    trainer, dataset = a_trainer(epochs=2), a_dataset()
    with pytest.raises(ValueError, match="mine") as raised:
        trainer.fit(dataset, callbacks=[fails])
    frames = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert "fit" in frames
    assert frames[-1] == "fails"
    events = []
    history = trainer.fit(dataset, callbacks=[lambda trainer, event: events.append(event)])
    assert not history.stopped
    assert "epoch" in events


def test_what_a_custom_loss_raises():
    dataset, values = a_dataset(values=True), real(T, B, C)
    loss = Loss(lambda y, batch: 1 / 0)
    trainer = a_trainer(loss)
    for call in (lambda: loss(values, values), lambda: trainer.fit(dataset), lambda: trainer.evaluate(dataset),
                 lambda: trainer.fit(dataset, callbacks=[lambda trainer, event: None])):
        with pytest.raises(ZeroDivisionError):
            call()
    for answer in (None, 1.0, (1.0,), (1.0, values, 1.0, 1.0)):
        with pytest.raises(TypeError, match="the loss function returned"):
            Loss(lambda y, batch: answer)(values, values)
    with pytest.raises(ValueError, match="dy has shape"):
        Loss(lambda y, batch: (1.0, values[0]))(values, values)


def test_a_loss_within_a_callback():
    """Each exception is raised by the call in which it arose."""
    seen = []

    def callback(trainer, event):
        try:
            Loss(lambda y, batch: 1 / 0)(real(T, B, C), real(T, B, C))
        except ZeroDivisionError:
            seen.append(event)

    trainer = a_trainer(Loss(squared_error), epochs=1)
    assert not trainer.fit(a_dataset(values=True), callbacks=[callback]).stopped
    assert seen.count("batch") == 4


def test_fit_in_another_thread():
    raised = []

    def train(callbacks, loss):
        try:
            a_trainer(Loss(loss), epochs=2).fit(a_dataset(values=True), callbacks=callbacks)
        except ZeroDivisionError as error:
            raised.append(error)

    for callbacks, loss in (([], squared_error), ([lambda trainer, event: 1 / 0], squared_error),
                            ([], lambda y, batch: 1 / 0)):
        thread = threading.Thread(target=train, args=(callbacks, loss))
        thread.start()
        thread.join()
    assert len(raised) == 2


def test_a_callback_that_is_no_function():
    with pytest.raises(TypeError, match="callbacks has the element 3, expected a Callback or a function"):
        a_trainer().fit(a_dataset(), callbacks=[3])
    assert np.isfinite(a_trainer(epochs=1).fit(a_dataset())["loss"][0])
