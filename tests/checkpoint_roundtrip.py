#!/usr/bin/env python3
"""Checkpoints between librnn and PyTorch, in both directions: the same tensors under the same names, the same logits.

    checkpoint_roundtrip.py path/to/librnn.so

Exit status 77 (skipped) where torch or safetensors is not installed.
"""

import ctypes
import sys
import tempfile
from pathlib import Path

try:
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

INPUT_SIZE, HIDDEN_SIZE, LAYERS, CLASSES, SEED = 2, 5, 6, 7, 8  # keys of rnn.h
SIZES = {INPUT_SIZE: 3, HIDDEN_SIZE: 8, LAYERS: 2, CLASSES: 5, SEED: 1}
T, B = 6, 4

librnn = ctypes.CDLL(sys.argv[1])
librnn.rnn_last_error.restype = ctypes.c_char_p


def check(status):
    if status:
        sys.exit(f"failed: {librnn.rnn_last_error().decode()}")


def floats(tensor):
    """The two arguments of an array: its address and its number of elements."""
    return ctypes.c_void_p(tensor.data_ptr()), ctypes.c_size_t(tensor.numel())


def create():
    config, model = ctypes.c_void_p(), ctypes.c_void_p()
    check(librnn.rnn_config_create(ctypes.byref(config)))
    for key, value in SIZES.items():
        check(librnn.rnn_config_set_int(config, key, ctypes.c_int64(value)))
    check(librnn.rnn_create(ctypes.byref(model), config))
    librnn.rnn_config_destroy(config)
    return model


def forward(model, x):
    session, y = ctypes.c_void_p(), torch.empty(T, B, SIZES[CLASSES])
    check(librnn.rnn_session_create(ctypes.byref(session), model, 1))
    check(librnn.rnn_reset_state(session, ctypes.c_size_t(B)))
    check(librnn.rnn_forward(session, *floats(y), *floats(x), None, ctypes.c_size_t(0), ctypes.c_size_t(T)))
    librnn.rnn_session_destroy(session)
    return y


def peer():
    """The same network in PyTorch; its names are ours but for the prefix "rnn."."""
    network = torch.nn.Module()
    network.rnn = torch.nn.RNN(SIZES[INPUT_SIZE], SIZES[HIDDEN_SIZE], SIZES[LAYERS])
    network.head = torch.nn.Linear(SIZES[HIDDEN_SIZE], SIZES[CLASSES])
    return network


def to_peer(name):
    return name if name.startswith("head.") else f"rnn.{name}"


def compare(ours, theirs, direction):
    difference = (ours - theirs).abs().max().item()
    print(f"{direction}: logits differ by at most {difference:.2g}")
    if not difference < 1e-5:
        sys.exit(f"failed: {direction}")


def main():
    torch.manual_seed(0)
    x = torch.randn(T, B, SIZES[INPUT_SIZE])
    with tempfile.TemporaryDirectory() as directory, torch.no_grad():
        path = Path(directory, "model.safetensors")

        model, network = create(), peer()
        check(librnn.rnn_save(model, str(path).encode()))
        tensors = load_file(path)
        network.load_state_dict({to_peer(name): value for name, value in tensors.items()}, strict=True)
        compare(forward(model, x), network.head(network.rnn(x)[0]), "librnn to PyTorch")
        librnn.rnn_destroy(model)

        with safe_open(path, "pt") as file:
            metadata = file.metadata()
        trained = {name: peer().state_dict()[to_peer(name)] for name in tensors}  # other weights
        network.load_state_dict({to_peer(name): value for name, value in trained.items()}, strict=True)
        save_file(trained, path, metadata)
        loaded = ctypes.c_void_p()
        check(librnn.rnn_load(ctypes.byref(loaded), str(path).encode()))
        compare(forward(loaded, x), network.head(network.rnn(x)[0]), "PyTorch to librnn")
        librnn.rnn_destroy(loaded)


main()
