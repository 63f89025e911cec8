"""Forecasts a time series: the next value at every step, then many steps ahead.

    python forecast.py [SERIES.csv] [EPOCHS]      # one number a line; without a file a series is generated
"""

import sys

import numpy as np

import librnn

WINDOW = 100


def generate(count=3000):
    """Two waves and noise."""
    t = np.arange(count)
    return np.sin(t / 9) + 0.5 * np.sin(t / 5.3 + 1) + 0.02 * np.random.default_rng(0).standard_normal(count)


def main(path=None, epochs=60):
    """Prints the errors; returns the error of the network as a proportion of that of the last value."""
    series = np.loadtxt(path) if path else generate()
    mean, scale = series.mean(), series.std()
    values = ((series - mean) / scale).astype(np.float32)[:, None]
    split = int(0.8 * len(values))

    # Windows of the past as sequences; the target of each step is the next value.
    starts = range(0, split - WINDOW - 1, WINDOW // 2)
    x, y = [values[s:s + WINDOW] for s in starts], [values[s + 1:s + WINDOW + 1] for s in starts]
    model = librnn.Model(cell="gru", input_size=1, hidden_size=48, classes=1)
    optimizer = librnn.Optimizer("adam", model, rate=0.005, max_norm=1.0)
    trainer = librnn.Trainer(model, optimizer, "squared_error", epochs=int(epochs), batch_size=8)
    history = trainer.fit(x, y)
    print(f"loss {history['loss'][0]:.4f} at the start, {history['loss'][-1]:.4f} at the end")

    # One step ahead, over the part that was held out.
    session = librnn.Session(model)
    session.forward(values[:split, None])
    found = session.forward(values[split:-1, None])[:, 0]
    error = np.sqrt(np.mean((found - values[split + 1:]) ** 2))
    last = np.sqrt(np.mean((values[split:-1] - values[split + 1:]) ** 2))
    print(f"one step ahead: error {scale * error:.4f}; of the last value as forecast {scale * last:.4f}")

    # Twenty steps ahead: each forecast is the next input.
    session.reset_state()
    step, value = session.bind_step(), session.forward(values[:split, None])[-1]
    forecast = []
    for _ in range(20):
        forecast.append(float(value[0, 0]))
        value = step(value)
    print("twenty steps ahead:", " ".join(f"{mean + scale * one:.2f}" for one in forecast[::4]))
    print("as they were:      ", " ".join(f"{one:.2f}" for one in series[split:split + 20:4]))
    return error / last


if __name__ == "__main__":
    main(*sys.argv[1:])
