"""Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell."""

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

# Training: the loss must fall to less than a tenth.
losses = []
with rnn.Session(model, rnn.TRAINING) as session:
    for _ in range(300):
        session.reset_state(len(STARTS))
        logits = session.forward_tokens(tokens, LENGTHS)
        loss, dlogits = rnn.softmax_cross_entropy(logits, targets, LENGTHS)
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

# A buffer of the wrong length is an error with a sentence, never a crash.
with rnn.Session(model) as session:
    session.reset_state(len(STARTS))
    try:
        session.forward_tokens(tokens[:, :3])
        raise AssertionError("three sequences were taken for four")
    except rnn.RnnError as error:
        print(f"as expected: {error}")
        assert error.status == rnn.E_SIZE and "tokens" in str(error)
