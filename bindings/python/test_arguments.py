"""Tests of rnn.py: arrays are refused that have other axes than rnn.h gives, and numbers that C would change."""

import re
import unittest

import numpy as np

import rnn
from fixtures import B, C, H, I, T, a_model, a_session, a_token_model, a_trainer, an_attention, real

S = 7  # steps of a memory, or labels


class Refusals(unittest.TestCase):
    def refuses(self, call, message, kind=ValueError):
        with self.subTest(message), self.assertRaisesRegex(kind, "^" + re.escape(message)):
            call()

    def refuses_shapes(self, name, call, argument, wrong, expected, dtype=np.float32):
        """call(array) for arrays of the wrong shapes."""
        for shape in wrong:
            self.refuses(lambda shape=shape: call(np.zeros(shape, dtype)),
                         f"{name}: {argument} has shape {shape}, expected {expected}")

    def refuses_status(self, call, status):
        with self.assertRaises(rnn.RnnError) as raised:
            call()
        self.assertEqual(raised.exception.status, status)


class Shapes(Refusals):
    """Wrong shapes come with the right number of elements wherever the library alone would be deceived."""

    def test_forward_and_backward(self):
        session, x = a_session(), real(T, B, I)
        y = session.forward(x)
        self.refuses_shapes("forward", session.forward, "x", [(B, T, I), (T, I, B), (T * B, I), (T * B * I,)],
                            "(T, B=3, I=2)")
        self.refuses_shapes("forward", lambda lengths: session.forward(x, lengths), "lengths", [(B, 1), (1, B), (T,)],
                            "(B=3)", int)
        self.refuses_shapes("step", session.step, "x", [(I, B), (B * I,), (1, B, I)], "(B=3, I=2)")
        self.refuses_shapes("backward", session.backward, "dy", [(B, T, C), (T, C, B), (T * B, C), (T * B * C,)],
                            "(T=5, B=3, Y=6)")
        self.assertEqual(session.backward(y, want_dx=True).shape, x.shape)
        self.refuses_status(lambda: session.backward(y), rnn.E_STATE)
        self.refuses_status(lambda: a_session().backward(y), rnn.E_STATE)

    def test_states_and_gradients(self):
        session = a_session(a_model(layers=2, projection_size=2))
        session.backward(session.forward(real(T, B, I)))
        wrong = [(B, 2, 2), (2, 2, B), (2 * B, 2), (2 * B * 2,)]
        self.refuses_shapes("set_state", session.set_state, "values", wrong, "(L*D=2, B=3, R=2)")
        self.refuses_shapes("set_state", lambda c: session.set_state(c, rnn.STATE_C), "values", [(B, 2, H)],
                            "(L*D=2, B=3, H=4)")
        self.refuses_shapes("set_state_gradient", session.set_state_gradient, "values", wrong, "(L*D=2, B=3, R=2)")
        self.refuses_shapes("select_state", session.select_state, "rows", [(1, B), (B, 1)], "(B)", int)
        for kind in (rnn.STATE_H, rnn.STATE_C):
            session.set_state(session.get_state(kind), kind)
        count = session.gradients().size
        self.refuses_shapes("add_gradients", session.add_gradients, "values", [(1, count), (count, 1)], f"(N={count})")
        session.add_gradients(session.gradients())

    def test_tokens(self):
        session, tokens = a_session(a_token_model(output=rnn.OUTPUT_LAST_STEP)), np.zeros((T, B), int)
        y = session.forward_tokens(tokens)
        self.refuses_shapes("forward_tokens", session.forward_tokens, "tokens", [(B, T), (T * B,), (T, B, 1)],
                            "(T, B=3)", int)
        self.refuses_shapes("forward_tokens", lambda lengths: session.forward_tokens(tokens, lengths), "lengths",
                            [(B, 1), (T,)], "(B=3)", int)
        self.refuses_shapes("step_tokens", session.step_tokens, "tokens", [(1, B), (B, 1)], "(B=3)", int)
        self.refuses_shapes("backward", session.backward, "dy", [(C, B), (B * C,), (1, B, C)], "(B=3, Y=6)")
        session.backward(y)
        self.refuses_status(lambda: session.forward(real(T, B, I)), rnn.E_STATE)

    def test_parameters(self):
        model = a_model(projection_size=3)
        count = model.parameters().size
        self.refuses_shapes("set_parameters", model.set_parameters, "values", [(1, count), (count, 1)], f"(N={count})")
        tables = [("weight_ih_l0", "(G*H=16, K=2)"), ("weight_hh_l0", "(G*H=16, R=3)"), ("bias_ih_l0", "(axis 0=16)"),
                  ("weight_hr_l0", "(P=3, H=4)"), ("head.weight", "(C=6, F=3)"), ("embedding.weight", "(V=6, E=5)")]
        for name, expected in tables:
            owner = a_token_model(embedding_size=5) if name.startswith("embedding") else model
            values = owner.get_parameter(name)
            wrong = [(1, *values.shape), values.shape[::-1] if values.ndim == 2 else (4, H)]
            self.refuses_shapes("set_parameter", lambda values: owner.set_parameter(name, values), name, wrong,
                                expected)
            owner.set_parameter(name, values)
        self.refuses_status(lambda: model.set_parameter("weight", np.zeros(3)), rnn.E_NAME)

    def test_layouts_of_others(self):
        for cell, rows in ((rnn.CELL_TANH, H), (rnn.CELL_GRU, 3 * H), (rnn.CELL_LSTM, 4 * H)):
            model = a_model(cell=cell, peepholes=cell == rnn.CELL_LSTM)
            arrays = model.export_onnx(0)
            expected = [f"(D=1, G*H={rows}, K=2)", f"(D=1, G*H={rows}, H=4)", f"(D=1, 2*G*H={2 * rows})",
                        "(D=1, 3*H=12)"]
            for index, array in enumerate(arrays):
                if array is not None:
                    given = arrays[:index] + [np.swapaxes(array, -1, -2)] + arrays[index + 1:]
                    if given[index].shape != array.shape:
                        self.refuses(lambda given=given: model.import_onnx(0, *given),
                                     f"import_onnx: {'wrbp'[index]} has shape {given[index].shape}, "
                                     f"expected {expected[index]}")
            model.import_onnx(0, *arrays)
            model = a_model(cell=cell)
            arrays = model.export_keras(0)
            two = cell == rnn.CELL_GRU
            expected = [f"(K=2, G*H={rows})", f"(H=4, G*H={rows})", f"(2=2, G*H={rows})" if two else f"(G*H={rows})"]
            for index, name in enumerate(("kernel", "recurrent", "bias")):
                given = list(arrays)
                given[index] = arrays[index].T if arrays[index].ndim == 2 else arrays[index][None]
                if given[index].shape != arrays[index].shape:
                    self.refuses(lambda given=given: model.import_keras(0, 0, *given),
                                 f"import_keras: {name} has shape {given[index].shape}, expected {expected[index]}")
            model.import_keras(0, 0, *arrays)

    def test_cross_entropies(self):
        logits, targets = real(4, 2, 3), np.zeros((4, 2), int)
        for function in (rnn.softmax_cross_entropy, rnn.weighted_cross_entropy):
            name = function.__name__
            self.refuses_shapes(name, lambda targets: function(logits, targets), "targets", [(2, 4), (8,), (4, 2, 1)],
                                "(T=4, B=2)", int)
            self.refuses_shapes(name, lambda targets: function(logits[0], targets), "targets", [(1, 2), (2, 1)],
                                "(B=2)", int)
            self.refuses_shapes(name, lambda lengths: function(logits, targets, lengths), "lengths", [(4,), (1, 2)],
                                "(B=2)", int)
            self.refuses_shapes(name, lambda logits: function(logits, targets), "logits", [(24,), (1, 4, 2, 3)],
                                "(T, B, C)")
            self.assertEqual(function(logits, targets)[1].shape, logits.shape)
            self.assertEqual(function(logits[0], targets[0])[1].shape, logits[0].shape)
        self.refuses_shapes("weighted_cross_entropy", lambda w: rnn.weighted_cross_entropy(logits, targets, weights=w),
                            "weights", [(1, 3), (3, 1)], "(C=3)")

    def test_losses_of_real_numbers(self):
        y = np.zeros((4, 2, 3))
        for function in (rnn.binary_cross_entropy, rnn.squared_error, rnn.absolute_error, rnn.huber_loss):
            name = function.__name__
            self.refuses_shapes(name, lambda targets: function(y, targets), "targets", [(2, 4, 3), (4, 6), (24,)],
                                "(T=4, B=2, C=3)")
            self.refuses_shapes(name, lambda mask: function(y, y, mask=mask), "mask", [(2, 4), (8,)], "(T=4, B=2)")
            self.refuses_shapes(name, lambda mask: function(y[0], y[0], mask=mask), "mask", [(1, 2)], "(B=2)")
            self.refuses_shapes(name, lambda lengths: function(y, y, lengths), "lengths", [(4,), (2, 1)], "(B=2)", int)
            self.assertEqual(function(y, y, mask=np.ones((4, 2), bool))[1].shape, y.shape)

    def test_ctc_and_decoding(self):
        logits, labels = np.zeros((T, B, C)), np.ones((B, 2), int)
        self.refuses_shapes("ctc_loss", lambda labels: rnn.ctc_loss(logits, labels), "labels", [(2, B), (2 * B,)],
                            "(B=3, S)", int)
        self.refuses_shapes("ctc_loss", lambda lengths: rnn.ctc_loss(logits, labels, label_lengths=lengths),
                            "label_lengths", [(B, 1), (2,)], "(B=3)", int)
        searches = [("ctc_loss", lambda *arguments: rnn.ctc_loss(arguments[0], labels, *arguments[1:])),
                    ("ctc_greedy", rnn.ctc_greedy),
                    ("ctc_beam_search", lambda *arguments: rnn.ctc_beam_search(arguments[0], 2, 1, *arguments[1:]))]
        for name, call in searches:
            self.refuses_shapes(name, call, "logits", [(B, C), (T * B * C,)], "(T, B, C)")
            self.refuses_shapes(name, lambda lengths: call(logits, lengths), "lengths", [(T,), (1, B)], "(B=3)", int)
            call(logits, [T, 0, 1])
        self.refuses_shapes("sample", rnn.sample, "logits", [(C,), (T, B, C)], "(B, C)")
        self.refuses(lambda: rnn.softmax(1.0), "softmax: logits has shape (), expected (C)")
        self.assertEqual(rnn.softmax(np.zeros((2, 3, 4, 5))).shape, (2, 3, 4, 5))
        self.refuses(lambda: rnn.beam_search(lambda tokens, parents: np.zeros(C), 0, 1, 3, 2, classes=C),
                     "beam_search: what the generator returned has shape (6,), expected (rows=1, C=6)")

    def test_attention(self):
        attention = an_attention()  # Q 2, M 3
        self.refuses_status(lambda: attention.forward(real(T, B, 2)), rnn.E_STATE)
        self.refuses_shapes("set_memory", attention.set_memory, "memory", [(S, 3, 2), (S * B, 3)], "(S, B, M=3)")
        memory, queries = real(S, B, 3), real(T, B, 2)
        self.refuses_shapes("set_memory", lambda lengths: attention.set_memory(memory, lengths), "lengths",
                            [(S,), (1, B)], "(B=3)", int)
        attention.set_memory(memory)
        self.refuses_shapes("forward", attention.forward, "queries", [(B, T, 2), (T, 2, B), (T * B, 2)],
                            "(T, B=3, Q=2)")
        context, weights = attention.forward(queries)
        self.refuses_shapes("backward", lambda queries: attention.backward(context, queries, weights), "queries",
                            [(B, T, 2)], "(T, B=3, Q=2)")
        self.refuses_shapes("backward", lambda dcontext: attention.backward(dcontext, queries, weights), "dcontext",
                            [(3, B, T), (T * B, 3)], "(T=5, B=3, M=3)")
        self.refuses_shapes("backward", lambda weights: attention.backward(context, queries, weights), "weights",
                            [(T, S, B), (S, B, T)], "(T=5, B=3, S=7)")
        self.assertEqual(attention.backward(context, queries, weights).shape, queries.shape)
        self.assertEqual(attention.memory_gradient().shape, memory.shape)
        count = attention.parameters().size
        self.refuses_shapes("set_parameters", attention.set_parameters, "values", [(2, 3), (3, 2)], f"(N={count})")
        attention.set_parameters(attention.parameters() + 1)
        self.refuses_status(lambda: attention.forward(queries), rnn.E_STATE)
        self.refuses_status(attention.memory_gradient, rnn.E_STATE)

    def test_datasets(self):
        classes = np.zeros(T, int)
        dataset = rnn.Dataset()
        self.refuses_shapes("add", lambda x: dataset.add(x=x, classes=classes), "x", [(T,), (T, 1, I)], "(T, I)")
        self.refuses_shapes("add", lambda tokens: dataset.add(tokens=tokens, classes=classes), "tokens",
                            [(T, 1), (1, T)], "(T)", int)
        self.refuses_shapes("add", lambda classes: dataset.add(x=real(T, I), classes=classes), "classes", [(T, 1)],
                            "(elements)", int)
        self.refuses_shapes("add", lambda values: dataset.add(x=real(T, I), values=values), "values",
                            [(C, T), (1, T, C)], "(T=5, Y)")
        dataset.add(x=real(T, I), classes=classes)
        self.refuses_shapes("add", lambda x: dataset.add(x=x, classes=classes), "x", [(I, T)], "(T, I=2)")
        self.assertEqual(len(dataset), 1)
        self.refuses_status(dataset.add, rnn.E_NULL)

    def test_values_of_a_dataset(self):
        """Of [T,Y] values and of [Y] the library sees the number of elements alone."""
        for output, good, bad, message in [
                (rnn.OUTPUT_EVERY_STEP, (T, C), (T * C,), "values of shape (Y=30), expected (T, Y=6)"),
                (rnn.OUTPUT_LAST_STEP, (C,), (3, 2), "values of shape (T, Y=2), expected (Y=6)")]:
            model = a_model(output=output)
            trainer = rnn.Trainer(model, rnn.Optimizer(rnn.OPTIMIZER_SGD, model), loss=rnn.LOSS_SQUARED_ERROR, epochs=1)
            datasets = rnn.Dataset(), rnn.Dataset()
            for dataset, shape in zip(datasets, (good, bad)):
                dataset.add(x=real(T if len(shape) == 1 else shape[0], I), values=np.zeros(shape))
            trainer.fit(datasets[0], datasets[0])
            self.refuses(lambda: trainer.fit(datasets[1]), "fit: training has " + message)
            self.refuses(lambda: trainer.fit(datasets[0], datasets[1]), "fit: validation has " + message)
            self.refuses(lambda: trainer.evaluate(datasets[1]), "evaluate: dataset has " + message)

    def test_arrays_of_the_program(self):
        optimizer = rnn.Optimizer(rnn.OPTIMIZER_SGD, 6)
        parameters = np.zeros((2, 3), np.float32)
        self.refuses_shapes("step_arrays", lambda gradients: optimizer.step_arrays(parameters, gradients), "gradients",
                            [(3, 2), (6,)], "(axis 0=2, axis 1=3)")
        optimizer.step_arrays(parameters, np.ones((2, 3)))
        bad = [np.zeros((2, 3)), np.zeros((3, 2), np.float32).T, [0.0] * 6, np.zeros(6, ">f4"),
               np.frombuffer(bytearray(25), np.float32, offset=1), np.frombuffer(bytes(24), np.float32)]
        for parameters in bad:
            with self.assertRaisesRegex(TypeError, "step_arrays: parameters must be a writeable array of float32"):
                optimizer.step_arrays(parameters, np.ones(np.shape(parameters)))


class Numbers(Refusals):
    def test_elements_that_int32_cannot_hold(self):
        session, logits = a_session(a_token_model()), np.zeros((T, B, C))
        dataset, model = rnn.Dataset(), a_session()
        for wrong in (2 ** 32 + 1, 2 ** 31, -2 ** 31 - 1, 2 ** 63):
            def full(*shape, wrong=wrong):
                return np.full(shape, wrong, np.uint64 if wrong > 2 ** 62 else np.int64)
            calls = [
                ("forward_tokens: tokens", lambda: session.forward_tokens(full(T, B))),
                ("forward_tokens: lengths", lambda: session.forward_tokens(np.zeros((T, B), int), full(B))),
                ("step_tokens: tokens", lambda: session.step_tokens(full(B))),
                ("select_state: rows", lambda: session.select_state(full(B))),
                ("forward: lengths", lambda: model.forward(real(T, B, I), full(B))),
                ("softmax_cross_entropy: targets", lambda: rnn.softmax_cross_entropy(logits, full(T, B))),
                ("weighted_cross_entropy: targets", lambda: rnn.weighted_cross_entropy(logits, full(T, B))),
                ("squared_error: lengths", lambda: rnn.squared_error(logits, logits, full(B))),
                ("ctc_loss: labels", lambda: rnn.ctc_loss(logits, full(B, 2))),
                ("ctc_loss: label_lengths", lambda: rnn.ctc_loss(logits, np.ones((B, 2), int), label_lengths=full(B))),
                ("ctc_greedy: lengths", lambda: rnn.ctc_greedy(logits, full(B))),
                ("ctc_beam_search: lengths", lambda: rnn.ctc_beam_search(logits, 2, lengths=full(B))),
                ("add: tokens", lambda: dataset.add(tokens=full(T), classes=np.zeros(T, int))),
                ("add: classes", lambda: dataset.add(tokens=np.zeros(T, int), classes=full(T))),
            ]
            for name, call in calls:
                self.refuses(call, f"{name} has the element {wrong}, expected -2147483648 to 2147483647")

    def test_elements_that_are_no_integers(self):
        session = a_session(a_token_model())
        for tokens in (np.zeros((T, B)), np.zeros((T, B), bool), np.full((T, B), 2 ** 70), np.full((T, B), "a")):
            self.refuses(lambda: session.forward_tokens(tokens),
                         f"forward_tokens: tokens has elements of type {tokens.dtype}, expected integers", TypeError)
        for x in (np.zeros((T, B, I), complex), np.full((T, B, I), None)):
            self.refuses(lambda: a_session().forward(x),
                         f"forward: x has elements of type {x.dtype}, expected real numbers", TypeError)

    def test_arrays_are_converted(self):
        """float64, other byte orders, gaps and odd addresses change nothing."""
        x, tokens = real(T, B, I), np.arange(T * B).reshape(T, B) % C
        session, other = a_session(), a_session(a_token_model())
        expected = session.forward(x), other.forward_tokens(tokens)
        odd = np.frombuffer(b"\0" + x.tobytes(), np.float32, offset=1).reshape(x.shape)
        for same in (x.astype(float), x.astype(">f4"), np.repeat(x, 2, axis=1)[:, ::2], np.asfortranarray(x), odd,
                     x.tolist()):
            session.reset_state(B)
            np.testing.assert_array_equal(session.forward(same), expected[0])
        for kind in (np.int8, np.uint64, ">i4", np.int16):
            other.reset_state(B)
            np.testing.assert_array_equal(other.forward_tokens(np.asfortranarray(tokens.astype(kind))), expected[1])
        self.assertEqual(rnn.ctc_loss(np.zeros((T, B, C)), [[], [], []])[1].shape, (T, B, C))

    def test_integers(self):
        """2^32 and 2^64 and more, which C would cut off; -1 as a size; and what is no integer."""
        model, optimizer, logits = a_model(), rnn.Optimizer(rnn.OPTIMIZER_SGD, 3), np.zeros((T, B, C))
        session, trainer, tokens = a_session(model), a_trainer(), a_session(a_token_model())
        targets, x = np.zeros((T, B), int), real(T, B, I)
        arrays = model.export_onnx(0), model.export_keras(0)

        def attention(**options):
            return rnn.Attention(**{"score": rnn.ATTENTION_DOT, "query_size": 2, "memory_size": 2, **options})

        def search(**options):
            tokens.reset_state()
            return rnn.beam_search(tokens, **{"first": 0, "end": 1, "steps": 3, "width": 2, **options})

        sizes = {
            "describe: steps": lambda n: model.describe(n, 1), "describe: batch": lambda n: model.describe(1, n),
            "import_onnx: layer": lambda n: model.import_onnx(n, *arrays[0]),
            "export_onnx: layer": model.export_onnx,
            "import_keras: layer": lambda n: model.import_keras(n, 0, *arrays[1]),
            "import_keras: direction": lambda n: model.import_keras(0, n, *arrays[1]),
            "export_keras: layer": model.export_keras, "export_keras: direction": lambda n: model.export_keras(0, n),
            "reserve: steps": lambda n: session.reserve(n, 1), "reserve: batch": lambda n: session.reserve(1, n),
            "reset_state: batch": session.reset_state, "set_threads: threads": session.set_threads,
            "set_recompute: steps": session.set_recompute,
            "Optimizer: parameters": lambda n: rnn.Optimizer(rnn.OPTIMIZER_SGD, n),
            "Attention: query_size": lambda n: attention(query_size=n),
            "Attention: memory_size": lambda n: attention(memory_size=n),
            "Attention: units": lambda n: attention(units=n),
            "ctc_beam_search: width": lambda n: rnn.ctc_beam_search(logits, n),
            "ctc_beam_search: results": lambda n: rnn.ctc_beam_search(logits, 2, n),
            "sample: top_k": lambda n: rnn.sample(logits[0], top_k=n),
            "beam_search: steps": lambda n: search(steps=n), "beam_search: width": lambda n: search(width=n),
            "beam_search: results": lambda n: search(results=n), "beam_search: classes": lambda n: search(classes=n),
        }
        int32s = {
            "Session: mode": lambda n: rnn.Session(model, n), "get_state: kind": session.get_state,
            "set_state: kind": lambda n: session.set_state(session.get_state(), n),
            "get_state_gradient: kind": session.get_state_gradient,
            "set_state_gradient: kind": lambda n: session.set_state_gradient(session.get_state(), n),
            "Optimizer: kind": lambda n: rnn.Optimizer(n, 3), "Attention: score": lambda n: attention(score=n),
            "softmax_cross_entropy: reduction": lambda n: rnn.softmax_cross_entropy(logits, targets, reduction=n),
            "weighted_cross_entropy: reduction": lambda n: rnn.weighted_cross_entropy(logits, targets, reduction=n),
            "weighted_cross_entropy: ignored": lambda n: rnn.weighted_cross_entropy(logits, targets, ignored=n),
            "ctc_loss: reduction": lambda n: rnn.ctc_loss(logits, None, reduction=n),
            "ctc_loss: blank": lambda n: rnn.ctc_loss(logits, None, blank=n),
            "ctc_loss: zero_infinity": lambda n: rnn.ctc_loss(logits, None, zero_infinity=n),
            "ctc_greedy: blank": lambda n: rnn.ctc_greedy(logits, blank=n),
            "ctc_beam_search: blank": lambda n: rnn.ctc_beam_search(logits, 2, blank=n),
            "beam_search: first": lambda n: search(first=n), "beam_search: end": lambda n: search(end=n),
            **{f"{function.__name__}: reduction": lambda n, function=function: function(x, x, reduction=n)
               for function in (rnn.binary_cross_entropy, rnn.squared_error, rnn.absolute_error, rnn.huber_loss)},
        }
        int64s = {
            "seed_dropout: seed": session.seed_dropout, "Attention: seed": lambda n: attention(seed=n),
            "sample: random": lambda n: rnn.sample(logits[0], random=n),
            "Config: hidden_size": lambda n: rnn.Config(hidden_size=n),
            "Trainer: epochs": lambda n: trainer.__setitem__("epochs", n),
            "Optimizer: warmup": lambda n: optimizer.__setitem__("warmup", n),
        }
        for calls, low, high in ((sizes, 0, 2 ** 64 - 1), (int32s, -2 ** 31, 2 ** 31 - 1),
                                 (int64s, -2 ** 63, 2 ** 63 - 1)):
            for name, call in calls.items():
                for number in (low - 1, high + 1, high + 2, high + high + 3):
                    self.refuses(lambda: call(number), f"{name} is {number}, expected {low} to {high}")
                for value in (1.0, "1", [1]):
                    self.refuses(lambda: call(value), f"{name} is {value!r}, expected an integer", TypeError)
        self.assertEqual(rnn.Config(hidden_size=np.int16(9), bias=False)["hidden_size"], 9)

    def test_text_with_a_zero(self):
        model = a_model()
        for call in (lambda: model.save("/nowhere/a\0b"), lambda: model.set_metadata("a\0b", "c"),
                     lambda: model.set_metadata("a", "b\0c"), lambda: rnn.Config(prefix="a\0b"),
                     lambda: model.get_parameter("head.weight\0")):
            with self.assertRaisesRegex(ValueError, "has a character 0"):
                call()

    def test_messages_name_everything(self):
        session = a_session()
        with self.assertRaises(ValueError) as raised:
            session.forward(np.zeros((3, 5, 2)))
        self.assertEqual(str(raised.exception), "forward: x has shape (3, 5, 2), expected (T, B=3, I=2)")


if __name__ == "__main__":
    unittest.main()
