"""Finds a signal in a stream of audio, frame by frame: two tones, one after the other, in noise.

The network sees one frame of 20 ms at a time and answers before the next one comes, by a step that is bound once.

    python stream.py
"""

import time

import numpy as np

import librnn

RATE, FRAME, BANDS = 8000, 160, 16


def audio(frames, random):
    """A stream [frames*FRAME], and for each frame whether the second tone of a signal sounds."""
    t = np.arange(frames * FRAME) / RATE
    sound, target = 0.3 * random.standard_normal(len(t)), np.zeros(frames, int)
    position = int(random.integers(5, 20))
    while position + 12 < frames:
        order = (900, 1800) if random.random() < 0.5 else (1800, 900)  # the second order is no signal
        for part, pitch in enumerate(order):
            begin = (position + 5 * part) * FRAME
            part_of_t = slice(begin, begin + 5 * FRAME)
            sound[part_of_t] += 0.5 * np.sin(2 * np.pi * pitch * t[part_of_t])
        if order[0] == 900:
            target[position + 5:position + 10] = 1
        position += 12 + int(random.integers(5, 20))
    return sound, target


def features(sound):
    """The logarithms of the energies in bands of frequency: [frames,BANDS]."""
    spectrum = np.abs(np.fft.rfft(sound.reshape(-1, FRAME) * np.hanning(FRAME))) ** 2
    bands = spectrum[:, 1:].reshape(len(spectrum), BANDS, -1).sum(axis=2)
    return (0.3 * np.log(bands + 1e-3)).astype(np.float32)


def main(epochs=25):
    """Prints how good and how fast it is; returns the proportion of frames that are right."""
    random = np.random.default_rng(0)
    streams = [audio(200, random) for _ in range(60)]
    model = librnn.Model(cell="gru", input_size=BANDS, hidden_size=24, classes=2)
    trainer = librnn.Trainer(model, librnn.Optimizer("adam", model, rate=0.01), "cross_entropy", epochs=epochs,
                             batch_size=8)
    trainer.fit([features(sound) for sound, _ in streams], [target for _, target in streams])

    sound, target = audio(3000, random)
    step, found, seconds = librnn.Session(model).bind_step(), np.zeros(len(target), int), []
    for frame in range(len(target)):
        begin = time.perf_counter()
        logits = step(features(sound[frame * FRAME:(frame + 1) * FRAME]))
        found[frame] = logits[0].argmax()
        seconds.append(time.perf_counter() - begin)
    right = float(np.mean(found == target))
    of_signals = float(np.mean(found[target == 1]))
    print(f"{right:.1%} of the frames are right, {of_signals:.1%} of those in signals")
    middle, slow = 1000 * np.quantile(seconds, (0.5, 0.99))
    print(f"a frame of {1000 * FRAME / RATE:.0f} ms took {middle:.2f} ms in the median, {slow:.2f} in 99 of 100 cases")
    return min(right, of_signals)


if __name__ == "__main__":
    main()
