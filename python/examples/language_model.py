"""Learns to write text, a character at a time, by truncated back-propagation through time.

    python language_model.py [TEXT] [SECONDS]      # without a file a text is made up
"""

import pathlib
import sys
import time

import numpy as np

import librnn

STEPS, BATCH = 32, 16


def make_up(sentences=1500):
    """Sentences of a small grammar."""
    random = np.random.default_rng(0)

    def one(*words):
        return words[random.integers(len(words))]

    return " ".join(f"the {one('old', 'new', 'red')} {one('boat', 'train', 'car')} {one('stops', 'leaves', 'waits')} "
                    f"{one('here', 'at noon', 'in the town')}." for _ in range(sentences))


def main(path=None, seconds=5.0):
    """Prints a sample; returns the loss on the last tenth of the text, in nats for each character."""
    text = pathlib.Path(path).read_text(encoding="utf-8") if path else make_up()
    alphabet = sorted(set(text))
    tokens = np.searchsorted(alphabet, list(text)).astype(np.int32)
    split = int(0.9 * len(tokens))

    # BATCH streams of text side by side, [T,B].
    streams = tokens[:split // BATCH * BATCH].reshape(BATCH, -1).T
    model = librnn.Model(cell="lstm", vocabulary=len(alphabet), hidden_size=64, classes=len(alphabet))
    optimizer = librnn.Optimizer("adam", model, rate=0.01, max_norm=1.0)
    loss, end, updates = librnn.Loss("cross_entropy"), time.monotonic() + float(seconds), 0
    with librnn.Session(model, training=True, batch=BATCH) as session:
        while time.monotonic() < end:
            begin = updates * STEPS % (len(streams) - STEPS - 1)
            if begin < STEPS:
                session.reset_state()  # else the state is carried on
            y = session.forward(streams[begin:begin + STEPS])
            value, dy = loss(y, streams[begin + 1:begin + STEPS + 1])
            session.zero_gradients()
            session.backward(dy)
            optimizer.step(session)
            updates += 1
            if updates % 200 == 0:
                print(f"{updates} updates, loss {value:.3f}")

    y = librnn.Session(model).forward(tokens[split:-1, None])
    value, _ = loss(y, tokens[split + 1:, None], want_dy=False)
    print(f"held out: {value:.3f} nats for each character, {value / np.log(2):.3f} bits")
    decoder = librnn.Decoder("sampling", temperature=0.7, random_state=1)
    drawn = decoder.generate(librnn.Session(model), tokens[split:split + 10], 150)
    print("".join(alphabet[token] for token in (*tokens[split:split + 10], *drawn)))
    return value


if __name__ == "__main__":
    main(*sys.argv[1:])
