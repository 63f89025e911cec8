"""Tests of rnn.py: who owns a handle, and what ends a call that calls back."""

import contextlib
import copy
import pathlib
import pickle
import subprocess
import sys
import textwrap
import threading
import traceback
import unittest

import numpy as np

import rnn
from fixtures import (B, C, I, T, a_beam, a_dataset, a_loss, a_model, a_session, a_token_model, a_trainer,
                      an_attention, destroyed, real, squared_error)

PRELUDE = "import copy, gc, sys; import numpy as np; import rnn; from fixtures import *\n"


class Program(unittest.TestCase):
    def run_program(self, text):
        """Runs a program of its own; the words that it prints.  A crash, or a minute, is a failure."""
        run = subprocess.run([sys.executable, "-c", PRELUDE + textwrap.dedent(text)], timeout=60, text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=pathlib.Path(__file__).parent)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr, "")
        return run.stdout.split()


class Copies(Program):
    def test_copy_of_a_model_is_the_same_network(self):
        with destroyed() as counts:
            model = a_model()
            other = copy.copy(model)
            other.set_parameters(model.parameters() + 1)
            np.testing.assert_array_equal(model.parameters(), other.parameters())
            model.close()
            self.assertEqual(counts["rnn_destroy"], 0)
            a_session(other).forward(real(T, B, I))
            del model, other
            self.assertEqual(counts["rnn_destroy"], 1)

    def test_copy_of_a_model_outlives_the_original(self):
        printed = self.run_program("""
            model = a_model()
            other = copy.copy(model)
            before = model.parameters().sum()
            del model
            gc.collect()
            heap = [real(1000) for _ in range(1000)]
            print(other.parameters().sum() == before, a_session(other).forward(real(T, B, I)).shape == (T, B, C))
        """)
        self.assertEqual(printed, ["True", "True"])

    def test_deep_copies_of_a_model_are_other_networks(self):
        model = a_model()
        model.set_metadata("note", "mine")
        model.name = "an attribute of the program"
        before = model.parameters().copy()
        for make in (copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))):
            other = make(model)
            np.testing.assert_array_equal(other.parameters(), before)
            self.assertEqual((other.get_metadata("note"), other.name), ("mine", model.name))
            other.set_parameters(before + 1)
            np.testing.assert_array_equal(model.parameters(), before)
            other.close()
            np.testing.assert_array_equal(model.parameters(), before)

    def test_copies_of_an_optimizer_are_other_optimizers(self):
        for make in (copy.copy, copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))):
            first, gradients = rnn.Optimizer(rnn.OPTIMIZER_ADAM, 3, rate=0.1), real(3)
            arrays = np.zeros(3, np.float32), np.zeros(3, np.float32)
            first.step_arrays(arrays[0], gradients)
            arrays[1][:] = arrays[0]
            second = make(first)
            for optimizer, array in zip((first, second), arrays):
                optimizer.step_arrays(array, gradients)
                optimizer.close()  # of one alone
            np.testing.assert_array_equal(*arrays)

    def test_other_handles_cannot_be_copied(self):
        for handle in (rnn.Config(), a_session(), an_attention(), rnn.Dataset(), a_trainer(), a_loss(), a_beam()):
            for make in (copy.copy, copy.deepcopy, pickle.dumps):
                with self.subTest(handle=type(handle), make=make):
                    with self.assertRaisesRegex(TypeError, f"a {type(handle).__name__} cannot be copied or pickled"):
                        make(handle)


VIEWS = [
    (a_model, lambda model: model.parameters(), "rnn_destroy"),
    (a_session, lambda session: session.gradients(), "rnn_session_destroy"),
    (an_attention, lambda attention: attention.parameters(), "rnn_attention_destroy"),
    (an_attention, lambda attention: attention.gradients(), "rnn_attention_destroy"),
]


class Ownership(Program):
    def test_attention_has_an_option(self):
        attention, memory = rnn.Attention(rnn.ATTENTION_DOT, 2, 2), np.ones((3, 1, 2), np.float32)
        attention["products"] = rnn.PRODUCTS_OWN
        self.assertEqual(attention["products"], rnn.PRODUCTS_OWN)
        attention.set_memory(memory)
        self.assertEqual(attention.forward(memory)[1].shape, (3, 1, 3))
        attention["products"] = rnn.PRODUCTS_OWN
        with self.assertRaises(rnn.RnnError) as raised:
            attention.forward(memory)  # the memory was dropped
        self.assertEqual(raised.exception.status, rnn.E_STATE)
        with self.assertRaises(rnn.RnnError) as raised:
            attention["seed"] = 1
        self.assertEqual(raised.exception.status, rnn.E_VALUE)

    def test_a_view_keeps_the_handle(self):
        for create, view_of, name in VIEWS:
            for end in ("del", "close", "with"):
                with self.subTest(view=name, end=end), destroyed() as counts:
                    owner = create()
                    view = view_of(owner)[1:]
                    expected = view.copy()
                    if end == "close":
                        owner.close()
                    elif end == "with":
                        with owner:
                            pass
                    if end != "del":  # the owner is closed for every other use
                        with self.assertRaises(rnn.RnnError) as raised:
                            view_of(owner)
                        self.assertEqual(raised.exception.status, rnn.E_NULL)
                        raised = None
                    del owner
                    self.assertEqual(counts[name], 0)
                    np.testing.assert_array_equal(view, expected)
                    del view
                    self.assertEqual(counts[name], 1)

    def test_parameters_cannot_be_made_writeable(self):
        for owner in (a_model(), an_attention()):
            with self.assertRaises(ValueError):
                owner.parameters().flags.writeable = True

    def test_gradients_can_be_written(self):
        for owner in (a_session(), an_attention()):
            owner.gradients()[:] = 2
            self.assertTrue((owner.gradients() == 2).all())

    def test_close_destroys_at_once_and_once(self):
        for create in (rnn.Config, a_model, a_session, an_attention, rnn.Dataset, a_trainer, a_loss, a_beam):
            with self.subTest(create=create), destroyed() as counts:
                owner = create()
                before = sum(counts.values())
                owner.close()
                owner.close()
                del owner
                self.assertEqual(sum(counts.values()), before + 1)

    def test_the_last_reference_destroys(self):
        def use():
            trainer, dataset = a_trainer(epochs=1), a_dataset()
            trainer.fit(dataset, dataset, lambda trainer, event: False)
            trainer.evaluate(dataset)
            session = a_session(a_token_model())
            session.reset_state()
            beam = a_beam()
            beam.search(session)
            beam.search(lambda tokens, parents: real(len(tokens), C), classes=C)
            custom = a_loss(rnn.LOSS_CUSTOM, squared_error)
            custom.of_values(real(T, B, C), real(T, B, C))
            a_trainer(custom, epochs=1).fit(a_dataset(values=True))
            with contextlib.suppress(ZeroDivisionError):
                a_loss(rnn.LOSS_CUSTOM, lambda y, batch: 1 / 0).of_values(real(T, B, C), real(T, B, C))
            with contextlib.suppress(ZeroDivisionError):
                a_trainer().fit(dataset, callback=lambda trainer, event: 1 / 0)
            with contextlib.suppress(ValueError, rnn.RnnError):
                session.forward_tokens(np.zeros((2, 2, 2), np.int32))

        with destroyed() as counts:
            use()
            self.assertEqual(dict(counts), {"rnn_config_destroy": 4, "rnn_destroy": 4, "rnn_optimizer_destroy": 3,
                                            "rnn_trainer_destroy": 3, "rnn_loss_destroy": 4, "rnn_dataset_destroy": 2,
                                            "rnn_session_destroy": 1, "rnn_decoder_destroy": 1})

    def test_a_custom_loss_lives_as_long_as_its_trainer(self):
        printed = self.run_program("""
            values = []
            def loss(y, batch):
                values.append(squared_error(y, batch))
                return values[-1]
            trainer, dataset = a_trainer(rnn.Loss(rnn.LOSS_CUSTOM, loss), epochs=1), a_dataset(values=True)
            del loss
            gc.collect()
            heap = [real(1000) for _ in range(1000)]
            trainer.fit(dataset)
            print(len(values), np.isfinite(trainer.evaluate(dataset)[0]))
        """)
        self.assertEqual(printed, ["4", "True"])

    def test_a_callback_may_close_its_loss_and_decoder(self):
        with destroyed() as counts:
            def close_loss(y, batch):
                loss.close()
                self.assertEqual(counts["rnn_loss_destroy"], 0)
                return squared_error(y, batch)

            def close_beam(tokens, parents):
                beam.close()
                self.assertEqual(counts["rnn_decoder_destroy"], 0)
                return real(len(tokens), C)

            loss, beam = a_loss(rnn.LOSS_CUSTOM, close_loss), a_beam()
            value, dy = loss.of_values(np.ones((T, B, C)), np.zeros((T, B, C)))
            self.assertEqual((value, dy.shape), (1, (T, B, C)))
            self.assertEqual(len(beam.search(close_beam, classes=C)), 1)
            self.assertEqual((counts["rnn_loss_destroy"], counts["rnn_decoder_destroy"]), (1, 1))

    def test_a_callback_may_close_what_the_call_uses(self):
        with destroyed() as counts:
            trainer, dataset = a_trainer(epochs=3), a_dataset()
            seen = []

            def close(trainer, event):
                trainer.close()
                dataset.close()
                seen.append(sum(counts[name] for name in ("rnn_trainer_destroy", "rnn_dataset_destroy")))
            trainer.fit(dataset, callback=close)
            self.assertEqual(set(seen), {0})
            self.assertEqual((counts["rnn_trainer_destroy"], counts["rnn_dataset_destroy"]), (1, 1))

    def test_nothing_is_destroyed_at_exit(self):
        printed = self.run_program("""
            import atexit
            def last():
                print(counts["rnn_session_destroy"], session.forward(real(T, B, I)).shape == (T, B, C))
            atexit.register(last)  # before anything that a handle registers, so it runs after that
            counts = destroyed().__enter__()
            session = a_session()
        """)
        self.assertEqual(printed, ["0", "True"])


# A program that a signal interrupts in the midst of training, several times, at other moments.
INTERRUPTED = """
    import os, signal, threading

    def send(number, delay):
        threading.Timer(delay, os.kill, (os.getpid(), number)).start()

    trainer, dataset = a_trainer({loss}, epochs=10 ** 9), a_dataset(values={loss} is not None)
    for turn in range(6):
        send(signal.SIGINT, 0.03 + 0.01 * turn)
        try:
            trainer.fit(dataset, callback={callback})
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


class Interrupts(Program):
    def check_interrupted(self, callback, loss="None"):
        printed = self.run_program(INTERRUPTED.format(callback=callback, loss=loss))
        self.assertEqual(printed, 6 * ["interrupted"] + ["True", "True"])

    def test_ctrl_c_without_a_callback(self):
        self.check_interrupted("None")

    def test_ctrl_c_with_a_callback(self):
        self.check_interrupted("lambda trainer, event: None")

    def test_ctrl_c_with_a_callback_that_calls_back(self):
        # One decoder: Python drops what is raised while an object of the callback ends.
        self.check_interrupted("lambda trainer, event, beam=a_beam(): beam.search(lambda tokens, parents: "
                               "np.zeros((len(tokens), C)), classes=C) and None")

    def test_ctrl_c_with_a_custom_loss(self):
        self.check_interrupted("None", "rnn.Loss(rnn.LOSS_CUSTOM, squared_error)")

    def test_ctrl_c_in_a_custom_loss(self):
        printed = self.run_program("""
            import os, signal, threading
            def loss(y, batch):
                while True:
                    pass
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                a_loss(rnn.LOSS_CUSTOM, loss).of_values(real(T, B, C), real(T, B, C))
            except KeyboardInterrupt:
                print("interrupted", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        """)
        self.assertEqual(printed, ["interrupted", "True"])

    def test_ctrl_c_in_a_beam_search(self):
        printed = self.run_program("""
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
        """)
        self.assertEqual(printed, 6 * ["interrupted", "True"])

    def test_other_handlers_run_during_fit(self):
        printed = self.run_program("""
            import signal
            def expire(number, frame):
                raise TimeoutError("expired")
            trainer, dataset = a_trainer(epochs=10 ** 9), a_dataset()
            signal.signal(signal.SIGALRM, expire)
            for callback in (None, lambda trainer, event: None):
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                try:
                    trainer.fit(dataset, callback=callback)
                except TimeoutError as error:
                    print(error)
            ran = []
            signal.signal(signal.SIGALRM, lambda number, frame: ran.append(number))
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            print(trainer.fit(dataset, callback=lambda trainer, event: len(ran)), ran == [signal.SIGALRM])
        """)
        self.assertEqual(printed, ["expired", "expired", "1", "True"])

    def test_a_signal_on_entry_to_a_callback(self):
        """Python runs handlers before the first line of a callback; `fit` stands for the library."""
        printed = self.run_program("""
            import signal
            told, called = [], []

            def set_callback(handle, callback, user):
                told.append(callback)

            def fit(trainer, training, validation):
                print(told[0](None, None, rnn.EVENT_BATCH))

            def on_entry(frame, event, argument):
                if event == "call" and frame.f_code.co_name == "guarded":
                    sys.setprofile(None)
                    signal.raise_signal(signal.SIGINT)

            rnn._library.rnn_fit, rnn._library.rnn_trainer_set_callback = fit, set_callback
            trainer, dataset = a_trainer(), a_dataset()
            sys.setprofile(on_entry)
            try:
                trainer.fit(dataset, callback=lambda trainer, event: called.append(event))
            except KeyboardInterrupt:
                print("interrupted", called)
        """)
        self.assertEqual(printed, ["1", "interrupted", "[]"])

    def test_a_signal_after_the_last_callback(self):
        """It arrives while the library still works, which then fails or does not."""
        printed = self.run_program("""
            import signal
            trainer, dataset = a_trainer(), a_dataset()
            for error in (None, rnn.RnnError(rnn.E_IO, "the disk is full")):
                def fit(trainer, training, validation):
                    signal.raise_signal(signal.SIGINT)
                    print("running")
                    if error is not None:
                        raise error
                rnn._library.rnn_fit = fit
                try:
                    trainer.fit(dataset, callback=lambda trainer, event: None)
                except KeyboardInterrupt as interrupt:
                    print("interrupted", interrupt.__context__ is error)
        """)
        self.assertEqual(printed, 2 * ["running", "interrupted", "True"])

    def test_what_a_callback_raises_has_its_traceback(self):
        def fails(trainer, event):
            raise ValueError("mine")

        trainer, dataset = a_trainer(epochs=2), a_dataset()
        try:
            trainer.fit(dataset, callback=fails)
        except ValueError as error:
            frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        self.assertIn("fit", frames)
        self.assertEqual(frames[-1], "fails")
        events = []
        self.assertIsNone(trainer.fit(dataset, callback=lambda trainer, event: events.append(event)))
        self.assertIn(rnn.EVENT_EPOCH, events)

    def test_what_a_custom_loss_raises(self):
        dataset, values = a_dataset(values=True), real(T, B, C)
        loss = a_loss(rnn.LOSS_CUSTOM, lambda y, batch: 1 / 0)
        trainer = a_trainer(loss)
        for call in (lambda: loss.of_values(values, values), lambda: trainer.fit(dataset),
                     lambda: trainer.evaluate(dataset),
                     lambda: trainer.fit(dataset, callback=lambda trainer, event: None)):
            with self.assertRaises(ZeroDivisionError):
                call()
        for answer in (None, 1.0, (1.0,), (1.0, values, 1.0, 1.0)):
            with self.assertRaisesRegex(TypeError, "the loss function returned"):
                a_loss(rnn.LOSS_CUSTOM, lambda y, batch: answer).of_values(values, values)
        with self.assertRaisesRegex(ValueError, "dy has shape"):
            a_loss(rnn.LOSS_CUSTOM, lambda y, batch: (1.0, values[0])).of_values(values, values)

    def test_a_loss_within_a_callback(self):
        """Each exception is raised by the call in which it arose."""
        seen = []

        def callback(trainer, event):
            try:
                a_loss(rnn.LOSS_CUSTOM, lambda y, batch: 1 / 0).of_values(real(T, B, C), real(T, B, C))
            except ZeroDivisionError:
                seen.append(event)

        trainer = a_trainer(rnn.Loss(rnn.LOSS_CUSTOM, squared_error), epochs=1)
        self.assertIsNone(trainer.fit(a_dataset(values=True), callback=callback))
        self.assertEqual(seen.count(rnn.EVENT_BATCH), 4)

    def test_fit_in_another_thread(self):
        raised = []

        def train(callback, loss):
            try:
                a_trainer(rnn.Loss(rnn.LOSS_CUSTOM, loss), epochs=2).fit(a_dataset(values=True), callback=callback)
            except ZeroDivisionError as error:
                raised.append(error)

        for callback, loss in ((None, squared_error), (lambda trainer, event: 1 / 0, squared_error),
                               (None, lambda y, batch: 1 / 0)):
            thread = threading.Thread(target=train, args=(callback, loss))
            thread.start()
            thread.join()
        self.assertEqual(len(raised), 2)


if __name__ == "__main__":
    unittest.main()
