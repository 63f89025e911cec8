"""Tests of rnn.py: arrays are refused that have other axes than rnn.h gives, and numbers that C would change."""

import copy
import re
import unittest

import numpy as np

import rnn
from fixtures import (B, C, H, I, T, a_beam, a_loss, a_model, a_session, a_token_model, a_trainer, an_attention,
                      real)

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

    def test_softmax_cross_entropy(self):
        logits, targets = real(4, 2, 3), np.zeros((4, 2), int)
        name, function = "softmax_cross_entropy", rnn.softmax_cross_entropy
        self.refuses_shapes(name, lambda targets: function(logits, targets), "targets", [(2, 4), (8,), (4, 2, 1)],
                            "(T=4, B=2)", int)
        self.refuses_shapes(name, lambda targets: function(logits[0], targets), "targets", [(1, 2), (2, 1)],
                            "(B=2)", int)
        self.refuses_shapes(name, lambda logits: function(logits, targets), "logits", [(24,), (1, 4, 2, 3)],
                            "(T, B, C)")
        self.assertEqual(function(logits, targets)[1].shape, logits.shape)
        self.assertEqual(function(logits[0], targets[0])[1].shape, logits[0].shape)

    def test_losses_of_classes(self):
        loss, y, targets = a_loss(rnn.LOSS_CROSS_ENTROPY, shape=(4, 2, 3)), real(4, 2, 3), np.zeros((4, 2), int)
        self.refuses_shapes("of_classes", lambda y: loss.of_classes(y, targets), "y", [(2, 4, 3), (24,), (4, 6)],
                            "(T=4, B=2, C=3)")
        self.refuses_shapes("of_classes", lambda targets: loss.of_classes(y, targets), "classes",
                            [(2, 4), (8,), (4, 2, 1)], "(T=4, B=2)", int)
        self.refuses(lambda: loss.of_classes(y, None), "of_classes: classes has shape (), expected (T=4, B=2)")
        self.refuses_shapes("set_batch", lambda lengths: loss.set_batch(4, 2, 3, lengths), "lengths", [(4,), (1, 2)],
                            "(B=2)", int)
        self.refuses_shapes("set_mask", loss.set_mask, "mask", [(2, 4), (8,)], "(T=4, B=2)")
        self.refuses_shapes("set_sequence_weights", loss.set_sequence_weights, "weights", [(4,), (1, 2)], "(B=2)")
        self.refuses_shapes("set_class_weights", loss.set_class_weights, "weights", [(1, 3), (3, 1)], "(C)")
        loss.set_mask(np.ones((4, 2), bool))
        loss.set_sequence_weights([1, 2])
        loss.set_class_weights([1, 2, 3])
        value, dy = loss.of_classes(y, targets)
        self.assertEqual(dy.shape, y.shape)
        self.assertEqual(loss.of_classes(y, targets, want_dy=False), (value, None))
        self.assertEqual(loss.get_sequence_losses().shape, (2,))
        loss.set_batch(1, 2, 3)  # of a network with one output a sequence
        loss.set_mask(np.ones(2))
        self.refuses_shapes("of_classes", lambda targets: loss.of_classes(y[0], targets), "classes", [(1, 2), (2, 1)],
                            "(B=2)", int)
        self.assertEqual(loss.of_classes(y[0], targets[0])[1].shape, y[0].shape)
        self.assertEqual(loss.of_classes(y[:1], targets[:1])[1].shape, y[:1].shape)

    def test_losses_of_values(self):
        y = np.zeros((4, 2, 3))
        for kind in (rnn.LOSS_BINARY_CROSS_ENTROPY, rnn.LOSS_SQUARED_ERROR, rnn.LOSS_ABSOLUTE_ERROR, rnn.LOSS_HUBER):
            loss = a_loss(kind, shape=y.shape)
            self.refuses_shapes("of_values", lambda values: loss.of_values(y, values), "values",
                                [(2, 4, 3), (4, 6), (24,)], "(T=4, B=2, C=3)")
            self.refuses_shapes("of_values", lambda y: loss.of_values(y, np.zeros(24)), "y", [(2, 4, 3), (24,)],
                                "(T=4, B=2, C=3)")
            loss.set_mask(np.ones((4, 2), bool))
            self.assertEqual(loss.of_values(y, y)[1].shape, y.shape)
            self.refuses_status(lambda: loss.of_classes(y, np.zeros((4, 2), int)), rnn.E_UNSUPPORTED)
            loss.set_batch(1, 2, 3)
            self.refuses_shapes("of_values", lambda values: loss.of_values(y[0], values), "values", [(1, 2, 3), (3, 2)],
                                "(B=2, C=3)")
            self.assertEqual(loss.of_values(y[0], y[0])[1].shape, y[0].shape)

    def test_batches_of_losses(self):
        """Of a session; none; and one that was refused, which leaves the one before."""
        for model, shape in ((a_model(), (T, B, C)), (a_model(output=rnn.OUTPUT_LAST_STEP), (B, C))):
            session, loss = a_session(model), rnn.Loss(rnn.LOSS_SQUARED_ERROR)
            self.refuses_status(lambda: loss.set_batch_of_session(session), rnn.E_STATE)
            self.refuses_status(lambda: loss.of_values(real(*shape), real(*shape)), rnn.E_STATE)
            self.refuses_status(lambda: loss.set_mask(real(T, B)), rnn.E_STATE)
            self.refuses_status(loss.get_sequence_losses, rnn.E_STATE)
            y = session.forward(real(T, B, I), [T, 2, 3])
            loss.set_batch_of_session(session)
            value, dy = loss.of_values(y, y + 1)
            self.assertAlmostEqual(value, 1, 6)
            self.assertEqual(dy.shape, shape)
            if len(shape) == 3:
                self.assertEqual(np.count_nonzero(dy), C * (T + 2 + 3))
        loss = a_loss(rnn.LOSS_SQUARED_ERROR)
        self.refuses_status(lambda: loss.set_batch(T, B, C + 1, [T + 1, 0, 0]), rnn.E_VALUE)
        loss.of_values(np.zeros((T, B, C)), np.zeros((T, B, C)))

    def test_custom_losses(self):
        """The function gets what was set, and what it returns is the loss."""
        seen = []

        def function(y, batch):
            seen.append((y, batch))
            return (3.0, y, 2.0) if batch.wants_gradient else (3.0, None, 2.0)

        loss = rnn.Loss(rnn.LOSS_CUSTOM, function)
        loss.set_batch(T, B, C, [T, 1, 0])
        y, values, classes = real(T, B, C), real(T, B, 2), np.arange(T * B).reshape(T, B) % C
        mask, weights = np.abs(real(T, B)), np.float32([1, 2, 3])
        loss.set_mask(mask)
        loss.set_sequence_weights(weights)
        value, dy = loss.of_values(y, values)
        valid = np.arange(T)[:, None] < [T, 1, 0]
        self.assertEqual(value, 1.5)
        np.testing.assert_array_equal(dy, np.where(valid[..., None], y / np.float32(2), 0))
        self.assertEqual(loss.of_classes(y, classes, want_dy=False), (1.5, None))
        for (found, batch), targets in zip(seen, (values, classes)):
            np.testing.assert_array_equal(found, y)
            np.testing.assert_array_equal(batch.lengths, [T, 1, 0])
            np.testing.assert_array_equal(batch.mask, mask)
            np.testing.assert_array_equal(batch.weights, weights)
            np.testing.assert_allclose(batch.weight, C * (mask * weights * valid).sum(), rtol=1e-5)
            self.assertEqual((batch.steps, batch.batch, batch.outputs), (T, B, C))
        np.testing.assert_array_equal(seen[0][1].values, values)
        np.testing.assert_array_equal(seen[1][1].classes, classes)
        self.assertIsNone(seen[0][1].classes)
        self.assertIsNone(seen[1][1].values)
        self.refuses_shapes("of_values", lambda values: loss.of_values(y, values), "values", [(B, T, C), (T, B)],
                            "(T=5, B=3, K)")
        loss.set_batch(1, B, C)
        self.assertEqual(loss.of_values(y[0], values[0])[1].shape, (B, C))
        self.assertIsNone(seen[-1][1].lengths)
        self.assertIsNone(seen[-1][1].mask)
        self.assertEqual(seen[-1][1].weight, B * C)

    def test_ctc_and_decoding(self):
        logits, labels = np.zeros((T, B, C)), np.ones((B, 2), int)
        loss = a_loss(rnn.LOSS_CTC)
        self.refuses_shapes("of_classes", lambda labels: loss.of_classes(logits, labels), "classes", [(2, B), (2 * B,)],
                            "(B=3, S)", int)
        self.refuses_shapes("set_label_lengths", loss.set_label_lengths, "label_lengths", [(B, 1), (2,)], "(B=3)", int)
        loss.set_label_lengths([0, 1, 2])
        self.assertEqual(loss.of_classes(logits, labels)[1].shape, logits.shape)
        self.assertEqual(loss.get_sequence_losses().shape, (B,))
        for kind in (rnn.DECODER_CTC_GREEDY, rnn.DECODER_CTC_BEAM):
            decoder = rnn.Decoder(kind)
            self.refuses_shapes("decode", decoder.decode, "logits", [(B, C), (T * B * C,)], "(T, B, C)")
            self.refuses_shapes("decode", lambda lengths: decoder.decode(logits, lengths), "lengths", [(T,), (1, B)],
                                "(B=3)", int)
            found = decoder.decode(logits, [T, 0, 1])
            self.assertEqual([len(results) for results in found], [1] * B)
            self.assertEqual([len(part) for part in found[1][0][:3]], [0] * 3)
        sampling = rnn.Decoder(rnn.DECODER_SAMPLING)
        self.refuses_shapes("sample", sampling.sample, "logits", [(C,), (T, B, C)], "(B, C)")
        self.refuses(lambda: rnn.softmax(1.0), "softmax: logits has shape (), expected (C)")
        self.assertEqual(rnn.softmax(np.zeros((2, 3, 4, 5))).shape, (2, 3, 4, 5))
        self.refuses(lambda: a_beam().search(lambda tokens, parents: np.zeros(C), classes=C),
                     "search: what the generator returned has shape (6,), expected (rows=1, C=6)")

    def test_results(self):
        """Labels with their steps and scores, best first; and that they outlive the next call."""
        logits = np.log([[[.2, .7, .1]], [[.8, .1, .1]], [[.1, .6, .3]]])
        decoder = rnn.Decoder(rnn.DECODER_CTC_BEAM, beam_width=8, results=3)
        [results] = decoder.decode(logits)
        decoder.decode(np.zeros((9, 2, 3)))
        decoder.close()
        self.assertEqual(len(results), 3)
        self.assertEqual(results[0].tokens.tolist(), [1, 1])
        self.assertEqual(results[0].steps.tolist(), [0, 2])
        np.testing.assert_allclose(results[0].scores, np.log([.7, .6]), rtol=1e-6)
        self.assertAlmostEqual(results[0].score, np.log(.7 * .8 * .6), 6)
        self.assertGreaterEqual(results[0].score, results[1].score)
        tokens = [0, 2, 1]  # what comes after each
        beam = rnn.Decoder(rnn.DECODER_BEAM, beam_width=2, end_token=1, maximum_length=5)
        [result] = beam.search(lambda read, parents: 9 * np.eye(3)[[tokens[token] if token else 2 for token in read]],
                               classes=3)
        self.assertEqual(result.steps.tolist(), list(range(len(result.tokens))))
        self.assertAlmostEqual(result.score, float(result.scores.sum()), 5)

    def test_samples_go_on(self):
        """The random state is an option, to read and to set."""
        logits = np.zeros((50, C))
        decoder, other = (rnn.Decoder(rnn.DECODER_SAMPLING, random_state=5) for _ in range(2))
        first = decoder.sample(logits)
        np.testing.assert_array_equal(first, other.sample(logits))
        state = decoder["random_state"]
        second = decoder.sample(logits)
        self.assertTrue((first != second).any())
        other["random_state"] = state
        np.testing.assert_array_equal(second, other.sample(logits))

    def test_options_of_tensors(self):
        model = a_model()
        optimizer, of_any = rnn.Optimizer(rnn.OPTIMIZER_ADAMW, model), rnn.Optimizer(rnn.OPTIMIZER_ADAMW, 9)
        optimizer.set_tensors("bias_", decay_factor=0, frozen=True)
        optimizer.set_tensors("head.", rate_factor=np.float32(0.5))
        self.assertEqual(optimizer.get_tensor("bias_hh_l0", "frozen"), 1)
        self.assertEqual(optimizer.get_tensor("bias_hh_l0", "decay_factor"), 0.0)
        self.assertEqual(optimizer.get_tensor("head.bias", "rate_factor"), 0.5)
        self.assertEqual(optimizer.get_tensor("head.bias", "decay_factor"), 1.0)
        optimizer.exempt_biases()
        self.assertEqual(optimizer.get_tensor("head.bias", "decay_factor"), 0.0)
        self.assertEqual(copy.copy(optimizer).get_tensor("bias_hh_l0", "frozen"), 1)
        self.refuses_status(lambda: optimizer.set_tensors("bias_", rate=1), rnn.E_VALUE)
        self.refuses_status(lambda: optimizer.set_tensors("nothing", frozen=1), rnn.E_NAME)
        self.refuses_status(lambda: of_any.set_tensors("", frozen=1), rnn.E_STATE)
        self.refuses_status(of_any.exempt_biases, rnn.E_STATE)
        self.refuses(lambda: optimizer.set_tensors("", frozen=1.5), "Optimizer: frozen is 1.5", TypeError)
        before = model.get_parameter("bias_ih_l0")
        session = a_session(model)
        session.backward(session.forward(real(T, B, I)))
        optimizer.step(session)
        np.testing.assert_array_equal(model.get_parameter("bias_ih_l0"), before)

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
        for bad, message in [
                ({"tokens": classes}, "add: x and tokens are given, expected one of them"),
                ({"values": real(T, C)}, "add: classes and values are given, expected one of them"),
                ({"mask": np.ones((T, 1))}, "add: mask has shape (5, 1), expected (T=5)"),
                ({"mask": np.ones(T - 1)}, "add: mask has shape (4,), expected (T=5)"),
                ({"mask": -np.ones(T)}, "add: mask has an element that is not finite and at least 0"),
                ({"mask": np.full(T, np.nan)}, "add: mask has an element that is not finite and at least 0"),
                ({"weight": -1}, "add: weight is -1, expected a finite number of at least 0"),
                ({"weight": np.inf}, "add: weight is inf, expected a finite number of at least 0"),
                ({"classes": None, "values": np.zeros((T + 1, C))}, "add: values has shape (6, 6), expected (T=5, Y)")]:
            self.refuses(lambda: dataset.add(**{"x": real(T, I), "classes": classes, **bad}), message)
        self.assertEqual(len(dataset), 1)
        self.assertEqual(dataset.add(x=real(3, I), values=real(C), mask=np.ones(3, bool), weight=2), 1)
        self.refuses_shapes("set_mask", lambda mask: dataset.set_mask(1, mask), "mask", [(T,), (1, 3)], "(T=3)")
        self.refuses_shapes("set_values", lambda values: dataset.set_values(1, values), "values", [(T, C), (1, 3, C)],
                            "(T=3, Y)")
        self.refuses_shapes("set_classes", lambda classes: dataset.set_classes(1, classes), "classes", [(1, 3)],
                            "(elements)", int)
        self.refuses(lambda: dataset.set_weight(1, np.nan), "set_weight: weight is nan")
        dataset.set_mask(1, None)
        dataset.set_classes(1, None)
        for call in (lambda: dataset.set_mask(2, np.ones(3)), lambda: dataset.set_weight(2, 1),
                     lambda: dataset.set_classes(2, classes), lambda: dataset.set_values(2, real(T, C))):
            self.refuses_status(call, rnn.E_VALUE)

    def test_masks_and_weights_of_a_dataset(self):
        """A step, or a sequence, that weighs nothing is as if it were not there."""
        x, values, changed = real(T, I), real(T, C), real(T, C)
        changed[:2] = values[:2]
        losses = []
        for others in (values, changed):
            dataset = rnn.Dataset()
            dataset.add(x=x, values=others, mask=np.arange(T) < 2)
            dataset.add(x=x, values=values, weight=0.5)
            dataset.add(x=x, values=others, weight=0)
            losses.append(a_trainer(rnn.Loss(rnn.LOSS_SQUARED_ERROR)).evaluate(dataset)[0])
        self.assertEqual(*losses)

    def test_values_of_a_dataset(self):
        """Of [T,Y] values and of [Y] the library sees the number of elements alone."""
        for output, good, bad, message in [
                (rnn.OUTPUT_EVERY_STEP, (T, C), (T * C,), "values of shape (Y=30), expected (T, Y=6)"),
                (rnn.OUTPUT_LAST_STEP, (C,), (3, 2), "values of shape (T, Y=2), expected (Y=6)")]:
            model = a_model(output=output)
            optimizer = rnn.Optimizer(rnn.OPTIMIZER_SGD, model)
            trainer = rnn.Trainer(model, optimizer, rnn.Loss(rnn.LOSS_SQUARED_ERROR), epochs=1)
            datasets = rnn.Dataset(), rnn.Dataset()
            for dataset, shape in zip(datasets, (good, bad)):
                dataset.add(x=real(T if len(shape) == 1 else shape[0], I), values=np.zeros(shape))
            trainer.fit(datasets[0], datasets[0])
            self.refuses(lambda: trainer.fit(datasets[1]), "fit: training has " + message)
            self.refuses(lambda: trainer.fit(datasets[0], datasets[1]), "fit: validation has " + message)
            self.refuses(lambda: trainer.evaluate(datasets[1]), "evaluate: dataset has " + message)
            custom = rnn.Trainer(model, optimizer, rnn.Loss(rnn.LOSS_CUSTOM, lambda y, batch: (0, y)))
            custom.evaluate(datasets[0])
            self.refuses(lambda: custom.evaluate(datasets[1]),
                         f"evaluate: dataset has {message.split(', expected')[0]}, expected "
                         + ("(T, K)" if len(good) == 2 else "(K)"))
            datasets[1].set_classes(0, np.zeros(T, int))  # in place of the values
            self.refuses_status(lambda: trainer.evaluate(datasets[1]), rnn.E_STATE)

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
                ("of_classes: classes", lambda: a_loss(rnn.LOSS_CROSS_ENTROPY).of_classes(logits, full(T, B))),
                ("of_classes: classes", lambda: a_loss(rnn.LOSS_CTC).of_classes(logits, full(B, 2))),
                ("set_batch: lengths", lambda: a_loss().set_batch(T, B, C, full(B))),
                ("set_label_lengths: label_lengths", lambda: a_loss(rnn.LOSS_CTC).set_label_lengths(full(B))),
                ("decode: lengths", lambda: rnn.Decoder(rnn.DECODER_CTC_GREEDY).decode(logits, full(B))),
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
        loss, logits = a_loss(rnn.LOSS_CTC), np.zeros((T, B, C))
        self.assertEqual(loss.of_classes(logits, [[], [], []])[0], loss.of_classes(logits)[0])

    def test_integers(self):
        """2^32 and 2^64 and more, which C would cut off; -1 as a size; and what is no integer."""
        model, optimizer = a_model(), rnn.Optimizer(rnn.OPTIMIZER_SGD, 3)
        session, trainer, tokens = a_session(model), a_trainer(), a_session(a_token_model())
        loss, beam, x = a_loss(), a_beam(), real(T, B, I)
        arrays = model.export_onnx(0), model.export_keras(0)

        def attention(**options):
            return rnn.Attention(**{"score": rnn.ATTENTION_DOT, "query_size": 2, "memory_size": 2, **options})

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
            "set_batch: steps": lambda n: loss.set_batch(n, 1, 1),
            "set_batch: batch": lambda n: loss.set_batch(1, n, 1),
            "set_batch: classes": lambda n: loss.set_batch(1, 1, n),
            "search: classes": lambda n: beam.search(tokens, n),
            "set_weight: index": lambda n: rnn.Dataset().set_weight(n, 1),
        }
        int32s = {
            "Session: mode": lambda n: rnn.Session(model, n), "get_state: kind": session.get_state,
            "set_state: kind": lambda n: session.set_state(session.get_state(), n),
            "get_state_gradient: kind": session.get_state_gradient,
            "set_state_gradient: kind": lambda n: session.set_state_gradient(session.get_state(), n),
            "Optimizer: kind": lambda n: rnn.Optimizer(n, 3), "Attention: score": lambda n: attention(score=n),
            "Loss: kind": rnn.Loss, "Decoder: kind": rnn.Decoder,
        }
        int64s = {
            "seed_dropout: seed": session.seed_dropout, "Attention: seed": lambda n: attention(seed=n),
            "Decoder: random_state": lambda n: rnn.Decoder(rnn.DECODER_SAMPLING, random_state=n),
            "Loss: blank": lambda n: rnn.Loss(rnn.LOSS_CTC, blank=n),
            "Optimizer: frozen": lambda n: rnn.Optimizer(rnn.OPTIMIZER_SGD, model).set_tensors("", frozen=n),
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
        for owner in loss, optimizer:
            self.refuses(lambda: owner.set_threads(-1), f"set_threads: threads is -1, expected 0 to {2 ** 64 - 1}")
            owner.set_threads(2)
        self.assertEqual(rnn.Config(hidden_size=np.int16(9), bias=False)["hidden_size"], 9)
        self.refuses(lambda: trainer.__setitem__("best_loss", 1.0), "Trainer: best_loss cannot be set", TypeError)

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
