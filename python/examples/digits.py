"""Recognises strings of spoken digits by CTC: the digits are known, the times at which they are spoken are not.

    python digits.py [FOLDER] [EPOCHS]   # DIGIT_SPEAKER_INDEX.wav, such as the Free Spoken Digit Dataset; without a
                                         # folder each digit is a tone
"""

import pathlib
import sys
import wave

import numpy as np

import librnn

FRAME, HOP, BANDS, BLANK = 200, 80, 24, 10  # samples at 8 kHz; the digits are the classes 0 .. 9


def read(folder):
    """(recording, digit, held out) of each file; INDEX 0 to 4 is held out."""
    for path in sorted(pathlib.Path(folder).glob("*.wav")):
        digit, _, index = path.stem.split("_")
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        yield sound, int(digit), int(index) < 5


def make_up(count=30):
    """Tones, a third apart, of different lengths, in noise."""
    random = np.random.default_rng(0)
    for digit in range(10):
        for index in range(count):
            t = np.arange(random.integers(1000, 2000)) / 8000
            pitch = 300 * 1.26 ** digit * random.uniform(0.97, 1.03)
            tone = np.sin(np.pi * t / t[-1]) * np.sin(2 * np.pi * pitch * t)  # it begins and ends softly
            yield tone + 0.02 * random.standard_normal(len(t)), digit, index < 5


def filters():
    """Triangles on the mel scale, [FRAME//2+1,BANDS]."""
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), BANDS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(FRAME, 1 / 8000)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    return np.maximum(0, np.minimum((frequencies - low) / (middle - low), (high - frequencies) / (high - middle)))


def features(sound):
    """Log-mel energies, normalised for each recording: [T,BANDS]."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP] * np.hanning(FRAME)
    energies = np.log(np.abs(np.fft.rfft(frames)) ** 2 @ filters() + 1e-6)
    return ((energies - energies.mean()) / energies.std()).astype(np.float32)


def strings(recordings, count, random):
    """Features and digits of strings of 2 to 4 recordings."""
    x, y = [], []
    for _ in range(count):
        chosen = random.integers(len(recordings), size=random.integers(2, 5))
        x.append(np.concatenate([recordings[index][0] for index in chosen]))
        y.append(np.array([recordings[index][1] for index in chosen]))
    return x, y


def distance(found, right):
    """The edits that make one string of digits of another."""
    row = np.arange(len(right) + 1)
    for token in found:
        before, row = row, row.copy()
        row[0] = before[0] + 1
        for place, label in enumerate(right):
            row[place + 1] = min(before[place + 1] + 1, row[place] + 1, before[place] + (token != label))
    return int(row[-1])


def report(trainer, event):
    """A callback of fit."""
    if event == "epoch":
        print(f"epoch {trainer['epoch']}: loss {trainer['training_loss']:.3f}, "
              f"held out {trainer['validation_loss']:.3f}")


def main(folder=None, epochs=12):
    """Prints strings; returns the edits for each digit of strings that were held out."""
    parts = [], []
    for sound, digit, held_out in read(folder) if folder else make_up():
        if len(sound) >= FRAME:
            parts[held_out].append((features(sound), digit))
    random = np.random.default_rng(1)
    x, y = strings(parts[0], 600, random)
    test_x, test_y = strings(parts[1], 100, random)
    model = librnn.Model(cell="lstm", input_size=BANDS, hidden_size=48, direction="both", classes=11)
    optimizer = librnn.Optimizer("adam", model, rate=0.005, max_norm=1.0)
    loss = librnn.Loss("ctc", blank=BLANK, zero_infinity=True)
    trainer = librnn.Trainer(model, optimizer, loss, epochs=int(epochs), batch_size=16)
    trainer.fit(x, y, validation=(test_x, test_y), callbacks=[report])

    decoder, edits = librnn.Decoder("ctc_beam", blank=BLANK), 0
    for logits, right in zip(model.predict(test_x), test_y):
        [[best]] = decoder.decode(logits[:, None])
        edits += distance(best.tokens, right)
    rate = edits / sum(map(len, test_y))
    print(f"{rate:.1%} edits for each digit of {len(test_y)} strings that were held out")
    print(f"the last one: {right}; found {best.tokens} at {[f'{step * HOP / 8000:.2f} s' for step in best.steps]}")
    return rate


if __name__ == "__main__":
    main(*sys.argv[1:])
