#!/usr/bin/env python3
"""The example vad against the same weights in PyTorch, and against ONNX Runtime:

    vad_peers.py VAD WEIGHTS DATA [--wheel WHEEL] [--minutes N]

VAD is the program, WEIGHTS what examples/vad/fetch-weights made, DATA the folder of recordings (speech/recordings below
it), WHEEL a wheel silero-vad, whose ONNX file is timed; its weights are others, so only its time counts.  60 seconds of
joined recordings with silences between them are one stream.  One thread each; best of several runs, in turn.  Only the
probabilities of --minutes N streams of other recordings are compared, with PyTorch in single and double precision.  It
fails if the probabilities differ.
"""

import argparse
import copy
import io
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time
import wave
import zipfile

import numpy as np
import torch
from torch import nn

SECONDS, RATE, CHUNK, CONTEXT, RUNS = 60, 16000, 512, 64, 7
MOST = 5e-5  # difference of probabilities: in float32 those of PyTorch are up to 2.8e-5 from double precision


def joined(folder, first=0):
    """16-bit samples at 8 kHz: every 37th recording from `first` on, each with 0.3 seconds of silence behind it."""
    parts = []
    for path in sorted(pathlib.Path(folder, "speech/recordings").glob("*.wav"))[first::37]:
        with wave.open(str(path)) as file:
            parts += [np.frombuffer(file.readframes(file.getnframes()), np.int16), np.zeros(2400, np.int16)]
    return np.concatenate(parts)[:SECONDS * RATE // 2]


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE // 2)
        file.writeframes(samples.tobytes())


def resampled(samples):
    x = samples.astype(np.float64)
    return (np.interp(np.arange(2 * len(x)) / 2, np.arange(len(x)), x) / 32768).astype(np.float32)


def weights(path):
    data = pathlib.Path(path).read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    return {name.replace("_l0", ""): torch.from_numpy(
        np.frombuffer(data[8 + size:], np.float32, (o["data_offsets"][1] - o["data_offsets"][0]) // 4,
                      o["data_offsets"][0]).reshape(o["shape"]).copy())
        for name, o in header.items() if name != "__metadata__"}


class Network(nn.Module):
    """The layers of the weights, in PyTorch."""

    def __init__(self):
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 258, 256, 128, bias=False)
        self.conv1, self.conv2 = nn.Conv1d(129, 128, 3, 1, 1), nn.Conv1d(128, 64, 3, 2, 1)
        self.conv3, self.conv4 = nn.Conv1d(64, 64, 3, 2, 1), nn.Conv1d(64, 128, 3, 1, 1)
        self.lstm_cell, self.final_conv = nn.LSTMCell(128, 128), nn.Conv1d(128, 1, 1)

    def forward(self, x, state):
        x = self.stft_conv(nn.functional.pad(x, (0, CONTEXT), "reflect")[:, None])
        x = torch.sqrt(x[:, :129] ** 2 + x[:, 129:] ** 2)
        for block in (self.conv1, self.conv2, self.conv3, self.conv4):
            x = torch.relu(block(x))
        state = self.lstm_cell(x[..., -1], state)
        return torch.sigmoid(self.final_conv(torch.relu(state[0])[..., None])), state


def chunks(sound):
    padded = np.concatenate((np.zeros(CONTEXT, np.float32), sound, np.zeros(-len(sound) % CHUNK, np.float32)))
    return [padded[i:i + CONTEXT + CHUNK][None] for i in range(0, len(padded) - CONTEXT, CHUNK)]


def by_torch(network, pieces):
    found, state, began = [], None, time.perf_counter()
    with torch.no_grad():
        for piece in pieces:
            speech, state = network(torch.from_numpy(piece), state)
            found.append(float(speech))
    return np.array(found), time.perf_counter() - began


def by_onnx(session, pieces):
    state, rate, began = np.zeros((2, 1, 128), np.float32), np.array(RATE, np.int64), time.perf_counter()
    for piece in pieces:
        _, state = session.run(None, {"input": piece, "state": state, "sr": rate})
    return time.perf_counter() - began


def by_vad(program, path, sound):
    output = sound.with_suffix(".probabilities")
    printed = subprocess.run([program, path, sound, "--time", "--probabilities", output], check=True,
                             capture_output=True, text=True).stdout
    return np.loadtxt(output), float(re.search(r"([\d.]+) ms for a second", printed)[1]) * SECONDS / 1000


def onnx_session(wheel):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with zipfile.ZipFile(wheel) as archive:
        data = io.BytesIO(archive.read("silero_vad/data/silero_vad_16k_op15.onnx")).getvalue()
    return onnxruntime.InferenceSession(data, options)


def largest(a, b):
    return np.abs(a - b).max()


def check(ours, expected):
    if largest(ours, expected) > MOST or np.mean(expected >= 0.5) < 0.3:
        sys.exit("vad_peers: the probabilities are not those of PyTorch, or there is too little speech")


def compare_minutes(options, network, sound):
    """Other recordings each; how far float32 is from double precision tells what a difference is worth."""
    double = copy.deepcopy(network).double()
    print("recordings   librnn - PyTorch   librnn - double   PyTorch - double")
    for first in range(options.minutes):
        samples = joined(options.data, first)
        write(sound, samples)
        pieces = chunks(resampled(samples))
        ours, _ = by_vad(options.program, options.weights, sound)
        single, _ = by_torch(network, pieces)
        exact, _ = by_torch(double, [piece.astype(np.float64) for piece in pieces])
        print(f"{first:3} + 37 k {largest(ours, single):19.1e}{largest(ours, exact):18.1e}{largest(single, exact):19.1e}")
        check(ours, exact)


def compare_times(options, network, sound):
    session = onnx_session(options.wheel) if options.wheel else None
    samples = joined(options.data)
    write(sound, samples)
    pieces = chunks(resampled(samples))
    times = {}
    for _ in range(RUNS):
        ours, seconds = by_vad(options.program, options.weights, sound)
        times["librnn"] = min(seconds, times.get("librnn", seconds))
        theirs, seconds = by_torch(network, pieces)
        times["PyTorch"] = min(seconds, times.get("PyTorch", seconds))
        if session:
            times["ONNX Runtime"] = min(by_onnx(session, pieces), times.get("ONNX Runtime", np.inf))
    print(f"{len(pieces)} chunks, {np.mean(theirs >= 0.5) * 100:.0f} % of them speech; largest difference from PyTorch "
          f"{largest(ours, theirs):.2e}")
    for name, seconds in times.items():
        print(f"{name:14}{seconds / SECONDS * 1000:8.2f} ms for a second of sound{seconds / times['librnn']:8.2f}")
    check(ours, theirs)


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "weights", "data"):
        parser.add_argument(name)
    parser.add_argument("--wheel")
    parser.add_argument("--minutes", type=int, default=0, choices=range(38), metavar="N")
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = Network()
    network.load_state_dict(weights(options.weights))
    with tempfile.TemporaryDirectory() as folder:
        (compare_minutes if options.minutes else compare_times)(options, network, pathlib.Path(folder, "joined.wav"))


if __name__ == "__main__":
    main()
