#!/usr/bin/env python3
"""Writes small safetensors for fuzzers to begin from: seeds.py FOLDER

State_dicts of LSTM, GRU and tanh RNN as another writer has them, in every dtype that is read; checkpoints of networks
and of lists of layers as rnn_save writes them, with checksums; and what rnn_optimizer_save and rnn_trainer_save write.
Needs nothing but Python.
"""

import json
import pathlib
import struct
import sys
import zlib

SIZES = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8}


def recurrent(gates, inputs, hidden, layers, suffixes):
    """Names and shapes of a module of that kind."""
    for k in range(layers):
        for suffix in suffixes:
            width = hidden * len(suffixes) if k else inputs
            yield f"weight_ih_l{k}{suffix}", [gates * hidden, width]
            yield f"weight_hh_l{k}{suffix}", [gates * hidden, hidden]
            yield f"bias_ih_l{k}{suffix}", [gates * hidden]
            yield f"bias_hh_l{k}{suffix}", [gates * hidden]


def safetensors(tensors, dtype, metadata=None):
    """Metadata of ours get a checksum of each tensor."""
    header, end = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in tensors:
        begin, count = end, 1
        for size in shape:
            count *= size
        end += count * SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    data = bytes(i % 251 for i in range(end))
    for name, its in list(header.items()):
        if metadata and name != "__metadata__":
            header["__metadata__"]["rnn.crc32." + name] = f"{zlib.crc32(data[slice(*its['data_offsets'])]):08x}"
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def networks():
    """Names, metadata and tensors of checkpoints of common networks."""
    common = {"format": "pt", "rnn.layers": "1", "rnn.hidden_size": "2", "rnn.bias": "1", "rnn.direction": "1"}
    head = [("head.weight", [2, 2]), ("head.bias", [2])]
    crf = [("crf.start_transitions", [2]), ("crf.end_transitions", [2]), ("crf.transitions", [2, 2])]
    yield ("lstm_tokens", common | {"rnn.cell": "3", "rnn.vocabulary": "3", "rnn.classes": "2", "rnn.crf": "1"},
           [*recurrent(4, 3, 2, 1, [""]), *head, *crf])
    yield ("gru_both", common | {"rnn.cell": "4", "rnn.input_size": "3", "rnn.direction": "3", "rnn.dropout": "0x0p0"},
           list(recurrent(3, 3, 2, 1, ["", "_reverse"])))
    yield ("slstm_prefix", common | {"rnn.cell": "6", "rnn.input_size": "3", "rnn.prefix": "a.", "rnn.zoneout": "0x1p-3",
                                     "note": "\u00e9"},
           [("a." + name, shape) for name, shape in recurrent(4, 3, 2, 1, [""])])


def lists():
    """Names, metadata and tensors of lists of layers: every kind, by its number in rnn.h."""
    stream = [
        ({"kind": "3", "output_size": "4", "kernel_size": "2", "stride": "2", "dilation": "2", "groups": "2",
          "padding": "3", "activation": "2", "init_input": "2"}, [("weight", [4, 1, 2]), ("bias", [4])]),
        ({"kind": "1", "cell": "3", "hidden_size": "2", "layers": "2", "peepholes": "1", "initial_state": "1",
          "prefix": "lstm."}, None),
        ({"kind": "6", "epsilon": (1e-3).hex()}, [("weight", [2]), ("bias", [2])]),
        ({"kind": "11", "source": "1"}, []),
        ({"kind": "8", "dropout": (0.25).hex()}, []),
        ({"kind": "12"}, []),
        ({"kind": "9", "activation": "7", "alpha": "0x1p1", "beta": (0.5).hex()}, []),
        ({"kind": "5"}, [("weight", [2]), ("bias", [2])]),
        ({"kind": "7"}, [("weight", [2])]),
    ]
    lstm = [(f"{name}_l{k}", shape) for k in range(2) for name, shape in (
        ("weight_ih", [8, 2 if k else 4]), ("weight_hh", [8, 2]), ("bias_ih", [8]), ("bias_hh", [8]),
        ("peephole", [6]), ("initial_h", [2]), ("initial_c", [2]))]
    tokens = [
        ({"kind": "4", "output_size": "3"}, [("weight", [5, 3])]),
        ({"kind": "1", "cell": "4", "hidden_size": "3"}, list(recurrent(3, 3, 3, 1, [""]))),
        ({"kind": "10", "output": "3"}, []),
        ({"kind": "2", "output_size": "5", "tied": "1"}, [("bias", [5])]),
    ]
    for name, key, size, layers in (("stream", "input_size", "2", stream), ("tokens", "vocabulary", "5", tokens)):
        metadata = {"format": "pt", f"rnn.{key}": size}
        tensors = []
        for i, (options, its) in enumerate(layers):
            metadata |= {f"rnn.layer.{i}.{option}": value for option, value in options.items()}
            prefix = options.get("prefix", f"{i}.")
            tensors += [(prefix + tensor, shape) for tensor, shape in (lstm if its is None else its)]
        yield f"list_{name}", metadata, tensors


def optimizers():
    """Names, metadata and tensors of files of the kinds of optimisers, and of a trainer, of 18 parameters: those of the
    network that fuzz_trainer.c trains."""
    moments = {"SGD": "m", "RMSPROP": "mv", "ADAGRAD": "v", "ADAM": "mv", "ADAMW": "mv"}
    options = {
        "nesterov": "0", "schedule": "4", "warmup": "3", "period": "15", "patience": "10",
        "rate": (0.02).hex(), "momentum": "0x0p0", "beta_1": (0.9).hex(), "beta_2": (0.999).hex(),
        "epsilon": (1e-8).hex(), "weight_decay": "0x0p0", "max_norm": "0x1p0", "max_abs": "0x0p0",
        "gamma": (0.1).hex(), "rate_least": "0x0p0", "plateau_factor": (0.1).hex(), "plateau_threshold": (1e-4).hex(),
        "updates": "6", "stale": "1", "best": "0x1p0", "plateaus": "0x1p0",
    }
    owners = {"nesterov": "SGD", "momentum": "SGD RMSPROP", "beta_1": "ADAM ADAMW", "beta_2": "ADAM ADAMW RMSPROP",
              "epsilon": "ADAM ADAMW RMSPROP ADAGRAD"}
    for kind, names in moments.items():
        its = {key: value for key, value in options.items() if kind in owners.get(key, kind).split()}
        metadata = {
            "format": "pt",
            "rnn.optimizer": f"RNN_OPTIMIZER_{kind}",
            "rnn.optimizer.parameters": "18",
            **{f"rnn.optimizer.{key}": value for key, value in its.items()},
        }
        tensors = [(f"optimizer.{name}", [18]) for name in names]
        yield f"optimizer_{kind.lower()}", metadata, tensors
        if names == "mv" and "beta_1" in its:  # of a model, with AMSGrad
            table = [("2 2", "weight_ih_l0"), ("2 2", "weight_hh_l0"), ("2 0", "bias_ih_l0"), ("2 0", "bias_hh_l0"),
                     ("2 2", "head.weight"), ("2 0", "head.bias")]
            text = "".join(f"{shape} {i % 2} {(0.5).hex()} 0x1p0 {name}\n" for i, (shape, name) in enumerate(table))
            more = metadata | {"rnn.optimizer.amsgrad": "1", "rnn.optimizer.tensors": text}
            yield f"optimizer_{kind.lower()}_groups", more, tensors + [("optimizer.v_max", [18])]
        if kind == "ADAM":
            epochs = {"epoch": "2", "stale": "1", "has_best": "1", "best_loss": "0x1p0", "validation_loss": "0x3p-1"}
            metadata |= {f"rnn.trainer.{key}": value for key, value in epochs.items()}
            yield "trainer", metadata, tensors + [("trainer.parameters", [18]), ("trainer.best", [18])]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    modules = {
        "lstm": list(recurrent(4, 2, 3, 1, [""])),
        "gru": list(recurrent(3, 2, 2, 2, ["", "_reverse"])),
        "rnn": list(recurrent(1, 2, 3, 1, [""])) + [("head.weight", [2, 3]), ("head.bias", [2])],
    }
    for name, tensors in modules.items():
        for dtype in SIZES:
            (folder / f"{name}_{dtype}.safetensors").write_bytes(safetensors(tensors, dtype))
    head = [("head.weight", [2, 2]), ("head.bias", [2])]
    lists_of = [("0.weight", [2, 2]), ("1.weight", [2]), ("1.bias", [2]), ("3.bias", [2])]
    for dtype in SIZES:  # for the networks of fuzz_parameters.c
        tiny = list(recurrent(1, 2, 2, 1, [""]))
        (folder / f"tiny_{dtype}.safetensors").write_bytes(safetensors(tiny + head, dtype))
        listed = lists_of + [("2." + name, shape) for name, shape in tiny]
        (folder / f"tiny_list_{dtype}.safetensors").write_bytes(safetensors(listed, dtype))
    for name, metadata, tensors in [*networks(), *lists(), *optimizers()]:
        (folder / f"{name}.safetensors").write_bytes(safetensors(tensors, "F32", metadata))


main()
