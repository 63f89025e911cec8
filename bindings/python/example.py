"""Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell; then trains another by
an optimiser and the library's own loop."""

import math
import os
import tempfile

import numpy as np

import rnn

WORD = "hello "
LETTERS = sorted(set(WORD))
STEPS = 20
STARTS = [0, 1, 4, 5]  # four sequences: they begin at h, e, o and the space ...
LENGTHS = [20, 13, 17, 5]  # ... and have different lengths


def letter(position):
    return LETTERS.index(WORD[position % len(WORD)])


tokens = np.array([[letter(start + t) for start in STARTS] for t in range(STEPS)])
targets = np.array([[letter(start + t + 1) for start in STARTS] for t in range(STEPS)])

config = rnn.Config(cell=rnn.CELL_LSTM, vocabulary=len(LETTERS), hidden_size=16, classes=len(LETTERS), seed=1)
model = rnn.Model(config)

# Training: the loss must fall to less than a tenth.  Targets of -100 past the end of a sequence do not count.
valid_targets = np.where(np.arange(STEPS)[:, None] < LENGTHS, targets, -100)
losses = []
with rnn.Session(model, rnn.TRAINING) as session:
    for _ in range(300):
        session.reset_state(len(STARTS))
        logits = session.forward_tokens(tokens, LENGTHS)
        loss, dlogits = rnn.softmax_cross_entropy(logits, valid_targets)
        session.zero_gradients()
        session.backward(dlogits)
        session.clip_gradient_norm(1.0)
        session.sgd_step(0.5)
        losses.append(loss)
print(f"librnn {rnn.version()}: loss {losses[0]:.4f} at the start, {losses[-1]:.4f} at the end")
assert losses[-1] < 0.1 * losses[0], "the loss did not fall"

# A checkpoint gives the same network, and two threads give what one gives: the same output, bit for bit.
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "hello.safetensors")
    model.save(path)
    loaded = rnn.Model.load(path)
outputs = []
for network, threads in ((model, 1), (loaded, 1), (model, 2)):
    with rnn.Session(network) as session:
        session.set_threads(threads)
        session.reset_state(len(STARTS))
        outputs.append(session.forward_tokens(tokens, LENGTHS).tobytes())
assert outputs[0] == outputs[1], "the loaded network computes something else"
assert outputs[0] == outputs[2], "two threads compute something else"

# One letter at a time.
with rnn.Session(loaded) as session:
    text = "h"
    while len(text) < 18:
        text += LETTERS[session.step_tokens([LETTERS.index(text[-1])]).argmax()]
print(f"it spells: {text}")
assert text == WORD * 3

# An array of the wrong shape, or a token of the wrong kind, is an error with a message, never a crash.
with rnn.Session(model) as session:
    session.reset_state(len(STARTS))
    try:
        session.forward_tokens(tokens[:, :3])
        raise AssertionError("three sequences were taken for four")
    except ValueError as error:
        print(f"as expected: {error}")
        assert "tokens" in str(error) and "B=4" in str(error)
    try:
        session.forward_tokens(tokens + 100)
        raise AssertionError("a token outside the vocabulary was accepted")
    except rnn.RnnError as error:
        print(f"as expected: {error}")
        assert error.status == rnn.E_VALUE and "tokens" in str(error)

# Another network by Adam, without weight decay of biases, first step by step ...
network = rnn.Model(config)
adam = rnn.Optimizer(rnn.OPTIMIZER_ADAM, network, rate=0.02, max_norm=1.0, weight_decay=1e-5)
adam.exempt_biases()
assert adam.get_tensor("bias_ih_l0", "decay_factor") == 0 and adam.get_tensor("weight_ih_l0", "decay_factor") == 1
cross_entropy = rnn.Loss(rnn.LOSS_CROSS_ENTROPY)
with rnn.Session(network, rnn.TRAINING) as session:
    for _ in range(10):
        session.reset_state(len(STARTS))
        logits = session.forward_tokens(tokens, LENGTHS)
        cross_entropy.set_batch_of_session(session)  # shape and lengths
        loss, dlogits = cross_entropy.of_classes(logits, targets)
        session.zero_gradients()
        session.backward(dlogits)
        adam.step(session)
assert adam["updates"] == 10 and loss < losses[0], "Adam did not learn"

# ... then by fit, which a callback stops as soon as an epoch's loss is small.
dataset = rnn.Dataset()
for sequence, length in enumerate(LENGTHS):
    dataset.add(tokens=tokens[:length, sequence], classes=targets[:length, sequence])
trainer = rnn.Trainer(network, adam, cross_entropy, epochs=1000, batch_size=2)


def enough(trainer, event):
    return event == rnn.EVENT_EPOCH and trainer["training_loss"] < 0.1 * losses[0]


assert trainer.fit(dataset, callback=enough), "the callback did not stop fit"
loss, accuracy = trainer.evaluate(dataset)
print(f"fit stopped after {trainer['epoch']} epochs: loss {loss:.4f}, accuracy {accuracy:.0%}")
assert trainer["epoch"] < 1000 and loss < 0.2 * losses[0]

# What a callback raises comes out of fit.
try:
    trainer.fit(dataset, callback=lambda trainer, event: 1 / 0)
    raise AssertionError("an exception was lost")
except ZeroDivisionError:
    pass

# A loss of one's own: its sum over the batch, and its gradient.
def absolute_error(y, batch):
    return np.abs(y - batch.values).sum(), np.sign(y - batch.values)


custom = rnn.Loss(rnn.LOSS_CUSTOM, absolute_error)
custom.set_batch(steps=2, batch=1, classes=2)
assert custom.of_values(np.ones((2, 1, 2)), np.zeros((2, 1, 2)))[0] == 1, "the mean of four errors of 1"

# Greedy, and the likeliest word of a beam search.
greedy = rnn.Decoder(rnn.DECODER_SAMPLING, temperature=0.0)
beam = rnn.Decoder(rnn.DECODER_BEAM, beam_width=3, maximum_length=10, start_token=LETTERS.index("h"),
                   end_token=LETTERS.index(" "))
with rnn.Session(network) as session:
    text = "h"
    while len(text) < 6:
        text += LETTERS[greedy.sample(session.step_tokens([LETTERS.index(text[-1])]))[0]]
    session.reset_state()
    [word] = beam.search(session)
assert text == WORD and "h" + "".join(LETTERS[letter] for letter in word.tokens) == WORD

# Labels without their steps: of the 27 paths of three steps over three equal classes six say "1".
ctc = rnn.Loss(rnn.LOSS_CTC, blank=0)
ctc.set_batch(steps=3, batch=1, classes=3)
loss, dlogits = ctc.of_classes(np.zeros((3, 1, 3)), [[1]])
assert math.isclose(loss, math.log(27 / 6), rel_tol=1e-6)
[[best]] = rnn.Decoder(rnn.DECODER_CTC_GREEDY).decode(10 * np.eye(3)[[1, 1, 0, 2]][:, None])
assert best.tokens.tolist() == [1, 2], "the best path is 1 1 blank 2"
assert best.steps.tolist() == [0, 3], "the labels begin at the first and the last step"
