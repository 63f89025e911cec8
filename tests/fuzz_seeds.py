#!/usr/bin/env python3
"""Writes safetensors as another writer would, for the fuzzer of the loader to begin from: fuzz_seeds.py FOLDER

Small state_dicts of LSTM, GRU and tanh RNN, in every dtype that is read.  Needs nothing but Python.
"""

import json
import pathlib
import struct
import sys

SIZES = {"F32": 4, "F16": 2, "BF16": 2}


def recurrent(gates, inputs, hidden, layers, suffixes):
    """Names and shapes of a module of that kind."""
    for k in range(layers):
        for suffix in suffixes:
            width = hidden * len(suffixes) if k else inputs
            yield f"weight_ih_l{k}{suffix}", [gates * hidden, width]
            yield f"weight_hh_l{k}{suffix}", [gates * hidden, hidden]
            yield f"bias_ih_l{k}{suffix}", [gates * hidden]
            yield f"bias_hh_l{k}{suffix}", [gates * hidden]


def safetensors(tensors, dtype):
    header, end = {}, 0
    for name, shape in tensors:
        begin, count = end, 1
        for size in shape:
            count *= size
        end += count * SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(i % 251 for i in range(end))


def main():
    folder = pathlib.Path(sys.argv[1])
    modules = {
        "lstm": list(recurrent(4, 2, 3, 1, [""])),
        "gru": list(recurrent(3, 2, 2, 2, ["", "_reverse"])),
        "rnn": list(recurrent(1, 2, 3, 1, [""])) + [("head.weight", [2, 3]), ("head.bias", [2])],
    }
    for name, tensors in modules.items():
        for dtype in SIZES:
            (folder / f"{name}_{dtype}.safetensors").write_bytes(safetensors(tensors, dtype))


main()
