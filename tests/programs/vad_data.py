#!/usr/bin/env python3
"""What test_vad.sh needs, by the standard library alone.

    vad_data.py random FILE [LACKING]      random weights of the shapes that vad reads, without the tensor LACKING
    vad_data.py detector FILE              weights whose probability follows the level of a tone of 500 Hz
    vad_data.py noise FILE.wav             half a second of noise and a tone
    vad_data.py levels FILE.wav RATE LEVEL:CHUNKS...   a tone of 500 Hz with planted levels, a level for so many chunks
    vad_data.py expected WEIGHTS FILE.wav  the probabilities, in double precision and by plain loops; 16 kHz
"""

import array
import json
import math
import operator
import random
import struct
import sys
import wave

CHUNK, CONTEXT, RATE = 512, 64, 16000
SHAPES = {"stft_conv.weight": (258, 1, 256), "conv1.weight": (128, 129, 3), "conv1.bias": (128,),
          "conv2.weight": (64, 128, 3), "conv2.bias": (64,), "conv3.weight": (64, 64, 3), "conv3.bias": (64,),
          "conv4.weight": (128, 64, 3), "conv4.bias": (128,), "lstm_cell.weight_ih_l0": (512, 128),
          "lstm_cell.weight_hh_l0": (512, 128), "lstm_cell.bias_ih_l0": (512,), "lstm_cell.bias_hh_l0": (512,),
          "final_conv.weight": (1, 128, 1), "final_conv.bias": (1,)}


# ---- weights ---------------------------------------------------------------------------------------------------------

def write_weights(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": SHAPES[name], "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += struct.pack(f"<{len(values)}f", *values)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_weights(path):
    with open(path, "rb") as file:
        data = file.read()
    size, = struct.unpack("<Q", data[:8])
    return {name: struct.unpack_from(f"<{math.prod(SHAPES[name])}f", data, 8 + size + tensor["data_offsets"][0])
            for name, tensor in json.loads(data[8:8 + size]).items()}


def write_random(path, lacking=""):
    generator = random.Random(1)
    write_weights(path, {name: [generator.uniform(-0.2, 0.2) for _ in range(math.prod(shape))]
                         for name, shape in SHAPES.items() if name != lacking})


def write_detector(path):
    """The probability is sigmoid(20 tanh(tanh(level)) - 4).

    One channel is used in each layer.  It passes the magnitude of 500 Hz in the samples 64 to 320 of a chunk; the LSTM's
    input and output gates are open and its forget gate is closed.
    """
    tensors = {name: [0.0] * math.prod(shape) for name, shape in SHAPES.items()}
    for n in range(256):
        angle = 2 * math.pi * 500 * n / RATE
        tensors["stft_conv.weight"][8 * 256 + n] = math.cos(angle)
        tensors["stft_conv.weight"][(129 + 8) * 256 + n] = math.sin(angle)
    tensors["conv1.weight"][8 * 3 + 1] = 1 / 128
    tensors["conv2.weight"][2] = 1.0  # the step after that in the centre
    tensors["conv3.weight"][1] = 1.0
    tensors["conv4.weight"][1] = 1.0
    tensors["lstm_cell.weight_ih_l0"][256 * 128] = 1.0
    tensors["lstm_cell.bias_ih_l0"] = [20.0] * 128 + [-20.0] * 128 + [0.0] * 128 + [20.0] * 128
    tensors["final_conv.weight"][0] = 20.0
    tensors["final_conv.bias"][0] = -4.0
    write_weights(path, tensors)


# ---- recordings ------------------------------------------------------------------------------------------------------

def write_wav(path, rate, samples):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *(round(32767 * sample) for sample in samples)))


def write_noise(path):
    generator = random.Random(2)
    write_wav(path, RATE, [0.2 * math.sin(0.3 * t) * math.sin(0.0005 * t) + generator.uniform(-0.1, 0.1)
                           for t in range(RATE // 2)])


def write_levels(path, rate, *parts):
    samples = []
    for level, chunks in (part.split(":") for part in parts):
        for _ in range(int(float(chunks) * CHUNK * rate / RATE)):
            samples.append(float(level) * math.sin(2 * math.pi * 500 * len(samples) / rate))
    write_wav(path, rate, samples)


# ---- what is expected ------------------------------------------------------------------------------------------------

def dot(a, b):
    return sum(map(operator.mul, a, b))


def convolution(x, weight, bias, stride, padding):
    """x [steps][channels] of a kernel of three steps."""
    zeros = [[0.0] * len(x[0])] * padding
    x = zeros + x + zeros
    width = 3 * len(x[0])
    rows = []
    for first in range(0, len(x) - 2, stride):
        seen = [x[first + k][c] for c in range(len(x[0])) for k in range(3)]
        rows.append([max(0.0, dot(weight[o * width:(o + 1) * width], seen) + bias[o]) for o in range(len(bias))])
    return rows


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def encode(tensors, chunk):
    chunk = chunk + chunk[-2:-2 - CONTEXT:-1]
    stft = tensors["stft_conv.weight"]
    spectra = [[dot(stft[o * 256:(o + 1) * 256], chunk[first:first + 256]) for o in range(258)]
               for first in range(0, len(chunk) - 255, 128)]
    x = [[math.hypot(row[f], row[129 + f]) for f in range(129)] for row in spectra]
    for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
        x = convolution(x, tensors[name + ".weight"], tensors[name + ".bias"], stride, 1)
    (features,) = x
    return features


def lstm(tensors, x, h, c):
    gates = [dot(tensors["lstm_cell.weight_ih_l0"][r * 128:(r + 1) * 128], x) + tensors["lstm_cell.bias_ih_l0"][r] +
             dot(tensors["lstm_cell.weight_hh_l0"][r * 128:(r + 1) * 128], h) + tensors["lstm_cell.bias_hh_l0"][r]
             for r in range(512)]
    c = [sigmoid(gates[128 + u]) * c[u] + sigmoid(gates[u]) * math.tanh(gates[256 + u]) for u in range(128)]
    return [sigmoid(gates[384 + u]) * math.tanh(c[u]) for u in range(128)], c


def print_expected(weights, path):
    tensors = read_weights(weights)
    with wave.open(path) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    x = [0.0] * CONTEXT + [sample / 32768 for sample in samples] + [0.0] * (-len(samples) % CHUNK)
    h, c = [0.0] * 128, [0.0] * 128
    for first in range(0, len(x) - CONTEXT, CHUNK):
        h, c = lstm(tensors, encode(tensors, x[first:first + CONTEXT + CHUNK]), h, c)
        seen = [max(0.0, unit) for unit in h]
        print(sigmoid(dot(tensors["final_conv.weight"], seen) + tensors["final_conv.bias"][0]))


def main():
    command, *words = sys.argv[1:]
    if command == "levels":
        words[1] = int(words[1])
    {"random": write_random, "detector": write_detector, "noise": write_noise, "levels": write_levels,
     "expected": print_expected}[command](*words)


if __name__ == "__main__":
    main()
