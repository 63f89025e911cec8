#!/usr/bin/env python3
"""Parameters between librnn and PyTorch, in both directions: the same tensors under the same names, the same outputs.

    checkpoint_roundtrip.py path/to/librnn.so

Exit status 77 (skipped) where torch, safetensors or numpy is not installed.

Every network goes the whole way: PyTorch writes a state_dict, librnn finds the options in it, loads it, gives the same
outputs, trains some steps as PyTorch does, and saves; PyTorch reads that with strict=True and gives the same outputs.
"""

import ctypes
import itertools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy  # noqa: F401: safetensors.torch saves with it
    import torch
    import safetensors.torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

HEADER = Path(__file__).parents[2] / "include" / "rnn.h"
RNN = {name: int(value) for name, value in re.findall(r"#define RNN_(\w+) +\(?(-?\d+)\)?", HEADER.read_text())}

INPUTS, VOCABULARY, EMBEDDING, HIDDEN, PROJECTION, CLASSES = 3, 7, 4, 6, 2, 5
T, B = 5, 3
STEPS, RATE = 4, 0.5  # of gradient descent
# float32 on both sides: rounding of 6e-8 in sums of at most 12 terms of size near 1, and exp and tanh that are off by
# some units in the last place, through three layers and four updates.
TOLERANCE = 5e-6

CELLS = {
    "tanh": (torch.nn.RNN, {"nonlinearity": "tanh"}, "CELL_TANH"),
    "relu": (torch.nn.RNN, {"nonlinearity": "relu"}, "CELL_RELU"),
    "lstm": (torch.nn.LSTM, {}, "CELL_LSTM"),
    "lstm with projection": (torch.nn.LSTM, {"proj_size": PROJECTION}, "CELL_LSTM"),
    "gru": (torch.nn.GRU, {}, "CELL_GRU"),
}

failures = []


def expect(truth, what):
    if not truth:
        failures.append(what)
        print(f"FAILED: {what}")


# ---- librnn ----------------------------------------------------------------------------------------------------------

librnn = ctypes.CDLL(sys.argv[1])
librnn.rnn_last_error.restype = librnn.rnn_config_last_error.restype = ctypes.c_char_p
size = ctypes.c_size_t


class Refused(Exception):
    """A call that failed: its status and its sentence."""

    def __init__(self, function, status):
        self.status, self.sentence = status, librnn.rnn_last_error().decode()
        super().__init__(f"{function}: {status}: {self.sentence}")


def call(function, *arguments):
    status = getattr(librnn, function)(*arguments)
    if status:
        raise Refused(function, status)


def array(tensor):
    """The two arguments of an array: its address and its number of elements."""
    if tensor is None:
        return None, size(0)
    assert tensor.is_contiguous()
    return ctypes.c_void_p(tensor.data_ptr()), size(tensor.numel())


class Config:
    """A configuration with these options, and with what a file (a path, or bytes) tells."""

    def __init__(self, options=(), texts=()):
        self.handle = ctypes.c_void_p()
        call("rnn_config_create", ctypes.byref(self.handle))
        for key, value in dict(options).items():
            call("rnn_config_set_int", self.handle, RNN[key], ctypes.c_int64(value))
        for key, value in dict(texts).items():
            call("rnn_config_set_text", self.handle, RNN[key], value.encode())

    def __del__(self):
        librnn.rnn_config_destroy(self.handle)

    def infer(self, file):
        if isinstance(file, bytes):
            call("rnn_config_infer_memory", self.handle, file, size(len(file)))
        else:
            call("rnn_config_infer", self.handle, str(file).encode())
        return self

    def get(self, key):
        value = ctypes.c_int64()
        call("rnn_config_get_int", self.handle, RNN[key], ctypes.byref(value))
        return value.value


class Model:
    def __init__(self, config=None, path=None):
        self.handle = ctypes.c_void_p()
        if config:
            call("rnn_create", ctypes.byref(self.handle), config.handle)
        else:
            call("rnn_load", ctypes.byref(self.handle), str(path).encode())

    def __del__(self):
        librnn.rnn_destroy(self.handle)

    def load(self, file):
        if isinstance(file, bytes):
            call("rnn_model_load_parameters_memory", self.handle, file, size(len(file)))
        else:
            call("rnn_model_load_parameters", self.handle, str(file).encode())
        return self

    def save(self, path):
        call("rnn_save", self.handle, str(path).encode())

    def get(self, key):
        value = ctypes.c_int64()
        call("rnn_model_get_int", self.handle, RNN[key], ctypes.byref(value))
        return value.value

    def flat(self):
        """A copy of all parameters."""
        values, count = ctypes.POINTER(ctypes.c_float)(), size()
        call("rnn_model_parameters", self.handle, ctypes.byref(values), ctypes.byref(count))
        return torch.tensor(values[:count.value])

    def tensors(self):
        """Name to tensor, in the order of the flat block."""
        count, flat, tensors = size(), self.flat(), {}
        call("rnn_model_tensor_count", self.handle, ctypes.byref(count))
        for index in range(count.value):
            name, rank, shape, offset = ctypes.c_char_p(), size(), (ctypes.c_size_t * 2)(), size()
            call("rnn_model_tensor_info", self.handle, size(index), ctypes.byref(name), ctypes.byref(rank), shape,
                 size(2), ctypes.byref(offset))
            shape = list(shape)[:rank.value]
            tensors[name.value.decode()] = flat[offset.value:][:torch.Size(shape).numel()].reshape(shape)
        return tensors

    def outputs(self):
        """Y, the number of outputs."""
        directions = 2 if self.get("DIRECTION") == RNN["DIRECTION_BOTH"] else 1
        return self.get("CLASSES") or directions * (self.get("PROJECTION_SIZE") or self.get("HIDDEN_SIZE"))


class Session:
    def __init__(self, model, mode):
        self.model, self.handle = model, ctypes.c_void_p()
        call("rnn_session_create", ctypes.byref(self.handle), model.handle, RNN[mode])

    def __del__(self):
        librnn.rnn_session_destroy(self.handle)

    def forward(self, x):
        y = torch.empty(T, B, self.model.outputs())
        call("rnn_reset_state", self.handle, size(B))
        function = "rnn_forward" if x.is_floating_point() else "rnn_forward_tokens"
        call(function, self.handle, *array(y), *array(x), *array(None), size(T))
        return y

    def descend(self, x, targets):
        for _ in range(STEPS):
            y, loss = self.forward(x), ctypes.c_double()
            call("rnn_softmax_cross_entropy", ctypes.byref(loss), *array(y), *array(y), *array(targets),
                 size(y.shape[-1]))
            call("rnn_zero_gradients", self.handle)
            call("rnn_backward", self.handle, *array(None), *array(y))
            call("rnn_sgd_step", self.handle, ctypes.c_double(RATE))


def forward(model, x):
    return Session(model, "INFERENCE").forward(x)


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


class Nested(torch.nn.Module):
    """A network as programs have it, the layers deep in it."""

    def __init__(self, network):
        super().__init__()
        if network.input == "embedding":
            self.emb = torch.nn.Embedding(VOCABULARY, EMBEDDING)
        self.encoder = torch.nn.Module()
        self.encoder.lstm = network.layers()
        if network.head:
            self.fc = torch.nn.Linear(network.features(), CLASSES)


PREFIXES = {"PREFIX": "encoder.lstm.", "HEAD_NAME": "fc.", "EMBEDDING_NAME": "emb."}


class Network:
    """One network of those to be carried over."""

    def __init__(self, cell, layers=2, bidirectional=False, bias=True, nested=False, input="real", head=False):
        self.cell, self.layer_count, self.bidirectional, self.bias = cell, layers, bidirectional, bias
        self.nested, self.input, self.head = nested, input, head

    def __str__(self):
        words = [self.cell, f"{self.layer_count} layers", self.input]
        words += [word for word in ("bidirectional", "nested", "head") if getattr(self, word)]
        return ", ".join(words if self.bias else words + ["no bias"])

    def layers(self):
        module, options, _ = CELLS[self.cell]
        width = {"real": INPUTS, "one-hot": VOCABULARY, "embedding": EMBEDDING}[self.input]
        return module(width, HIDDEN, self.layer_count, bias=self.bias, bidirectional=self.bidirectional, **options)

    def features(self):
        return (2 if self.bidirectional else 1) * (PROJECTION if "projection" in self.cell else HIDDEN)

    def module(self):
        """With weights twice as large as PyTorch draws them, but for relu: gradients that reach the lowest layer."""
        module = Nested(self) if self.nested else self.layers()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.mul_(1 if self.cell == "relu" else 2)
        return module

    def forward(self, module, x):
        if self.input == "one-hot":
            x = torch.nn.functional.one_hot(x.long(), VOCABULARY).float()
        if not self.nested:
            return module(x)[0]
        y = module.encoder.lstm(module.emb(x) if self.input == "embedding" else x)[0]
        return module.fc(y) if self.head else y

    def texts(self):
        return PREFIXES if self.nested else {}

    def told(self):
        """The options that no file tells."""
        options = {"VOCABULARY": VOCABULARY} if self.input == "one-hot" else {}
        return options | {"CELL": RNN["CELL_RELU"]} if self.cell == "relu" else options

    def options(self):
        """The options that librnn is to find."""
        return {
            "CELL": RNN[CELLS[self.cell][2]],
            "INPUT_SIZE": INPUTS if self.input == "real" else 0,
            "VOCABULARY": 0 if self.input == "real" else VOCABULARY,
            "EMBEDDING_SIZE": EMBEDDING if self.input == "embedding" else 0,
            "HIDDEN_SIZE": HIDDEN,
            "LAYERS": self.layer_count,
            "CLASSES": CLASSES if self.head else 0,
            "DIRECTION": RNN["DIRECTION_BOTH" if self.bidirectional else "DIRECTION_FORWARD"],
            "BIAS": int(self.bias),
            "PROJECTION_SIZE": PROJECTION if "projection" in self.cell else 0,
        }

    def x(self):
        return torch.randn(T, B, INPUTS) if self.input == "real" else integers(VOCABULARY)

    def to_librnn(self, file):
        """The network as librnn finds it in a file of PyTorch."""
        return Model(Config(self.told(), self.texts()).infer(file)).load(file)


def integers(end):
    return torch.randint(end, (T, B), dtype=torch.int32)


def strangers():
    """Tensors of other parts of a program, in the same state_dict; some of types that librnn does not read."""
    return {
        "decoder.lstm.weight_ih_l0": torch.randn(4, 2),
        "encoder.lstm2.weight_ih_l0": torch.randn(4, 2),
        "encoder.scale": torch.randn(1),
        "fc2.weight": torch.randn(2, 2),
        "convolution.weight": torch.randn(2, 1, 1, 2, 1),
        "mask": torch.tensor([True, False, True]),
        "nothing": torch.randn(0, 3),
        "norm.num_batches_tracked": torch.tensor(3),
        "phases": torch.randn(2, dtype=torch.complex64),
        "statistics": torch.randn(2, dtype=torch.float64),
        "weight_ih_l0": torch.randn(4, 2),
    }


# ---- there and back --------------------------------------------------------------------------------------------------


def expect_close(actual, expected, what):
    expect(actual.shape == expected.shape, f"{what}: {list(actual.shape)}, expected {list(expected.shape)}")
    if actual.shape == expected.shape:
        difference = ((actual - expected).abs() / (1 + expected.abs())).max().item()
        expect(difference < TOLERANCE, f"{what}: differs by {difference:.2g}")  # never true of a NaN


def expect_same_tensors(actual, expected, what, exactly=False):
    expect(list(actual) == list(expected), f"{what}: {list(actual)}, expected {list(expected)}")
    for name in expected.keys() & actual.keys():
        if exactly:
            expect(torch.equal(actual[name], expected[name]), f"{what}: {name} is not the same")
        else:
            expect_close(actual[name], expected[name], f"{what}: {name}")


def descend(network, module, x, targets):
    optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        y = network.forward(module, x)
        torch.nn.functional.cross_entropy(y.flatten(0, 1), targets.flatten().long()).backward()
        optimizer.step()


def check_round_trip(network, directory):
    path, what, module, x = directory / "network.safetensors", str(network), network.module(), network.x()
    save_file(module.state_dict() | (strangers() if network.nested else {}), path)
    model = network.to_librnn(path)
    found = {key: model.get(key) for key in network.options()}
    expect(found == network.options(), f"{what}: inferred {found}, expected {network.options()}")
    expect_same_tensors(model.tensors(), module.state_dict(), f"{what}: loaded", exactly=True)
    with torch.no_grad():
        expect_close(forward(model, x), network.forward(module, x), f"{what}: outputs")

    before, targets = model.tensors(), integers(model.outputs())
    Session(model, "TRAINING").descend(x, targets)
    descend(network, module, x, targets)
    for name, tensor in model.tensors().items():
        expect((tensor - before[name]).abs().max() > 3 * TOLERANCE, f"{what}: training moved no {name}")
    with torch.no_grad():
        expect_same_tensors(model.tensors(), module.state_dict(), f"{what}: trained")
        model.save(path)
        other = network.module()
        other.load_state_dict(load_file(path), strict=True)
        expect_same_tensors(model.tensors(), other.state_dict(), f"{what}: saved", exactly=True)
        expect_close(forward(model, x), network.forward(other, x), f"{what}: outputs after training")


def test_round_trips(directory):
    """Every cell, in one direction and two, bare and nested, with each kind of input, with and without a head."""
    count = 0
    for cell, bidirectional, layers in itertools.product(CELLS, (False, True), (1, 2, 3)):
        bias = layers != 3
        for input in ("real", "one-hot"):
            check_round_trip(Network(cell, layers, bidirectional, bias, input=input), directory)
            count += 1
        for input, head in itertools.product(("real", "one-hot", "embedding"), (False, True)):
            check_round_trip(Network(cell, layers, bidirectional, bias, True, input, head), directory)
            count += 1
    print(f"{count} networks went there and back")


def test_two_networks_in_one_file(directory):
    """An encoder and a decoder with a head of its own, each found under its prefix."""
    whole = torch.nn.Module()
    whole.encoder = torch.nn.GRU(INPUTS, HIDDEN, bidirectional=True)
    whole.decoder = torch.nn.LSTM(INPUTS, HIDDEN)
    whole.generator = torch.nn.Linear(HIDDEN, CLASSES)
    path, x = directory / "pair.safetensors", torch.randn(T, B, INPUTS)
    save_file(whole.state_dict(), path)
    encoder = Model(Config(texts={"PREFIX": "encoder."}).infer(path)).load(path)
    decoder = Model(Config(texts={"PREFIX": "decoder.", "HEAD_NAME": "generator."}).infer(path)).load(path)
    with torch.no_grad():
        expect_close(forward(encoder, x), whole.encoder(x)[0], "encoder of a pair")
        expect_close(forward(decoder, x), whole.generator(whole.decoder(x)[0]), "decoder of a pair")


def test_inferred_options(directory):
    """All integer options, where every one that a file can tell is away from its default."""
    path = directory / "gru.safetensors"
    save_file(torch.nn.GRU(2, 3, 2, bias=False, bidirectional=True).state_dict(), path)
    expected = {"CELL": RNN["CELL_GRU"], "INPUT_SIZE": 2, "HIDDEN_SIZE": 3, "LAYERS": 2, "BIAS": 0,
                "DIRECTION": RNN["DIRECTION_BOTH"]}
    unchanged = ("VOCABULARY", "EMBEDDING_SIZE", "CLASSES", "SEED", "MERGE", "PROJECTION_SIZE", "RESIDUAL", "OUTPUT",
                 "RESET", "PEEPHOLES", "COUPLE", "LAYER_NORM", "ACTIVATION_F", "ACTIVATION_G", "ACTIVATION_H",
                 "INIT_INPUT", "INIT_RECURRENT", "INIT_BIAS")
    defaults, config = Config(), Config().infer(path)
    expected |= {key: defaults.get(key) for key in unchanged}
    expect(len(expected) == 24, "a key is missing here")
    for what, holder in (("configuration", config), ("model", Model(config))):
        found = {key: holder.get(key) for key in expected}
        expect(found == expected, f"{what} of a GRU: {found}, expected {expected}")


def test_memory_equals_file(directory):
    module = torch.nn.GRU(INPUTS, HIDDEN)
    bytes = safetensors.torch.save(module.state_dict(), {"format": "pt", "rnn.note": "of somebody else"})
    model = Model(Config().infer(bytes)).load(bytes)
    expect_same_tensors(model.tensors(), module.state_dict(), "from memory", exactly=True)


# ---- other types, and what is refused --------------------------------------------------------------------------------


def test_other_precisions_become_floats(directory):
    path = directory / "precision.safetensors"
    for dtype, cell in itertools.product((torch.float16, torch.bfloat16, torch.float64), CELLS):
        network = Network(cell, nested=True, input="embedding", head=True)
        state = {name: tensor.to(dtype) * 1.1 for name, tensor in network.module().state_dict().items()}
        save_file(state, path)
        floats = {name: tensor.float() for name, tensor in state.items()}
        expect_same_tensors(network.to_librnn(path).tensors(), floats, f"{cell}, {dtype}", exactly=True)


def test_a_head_without_bias(directory):
    path, network = directory / "unbiased.safetensors", Network("lstm", nested=True, input="embedding", head=True)
    state = network.module().state_dict()
    save_file({name: tensor for name, tensor in state.items() if name != "fc.bias"}, path)
    expected = state | {"fc.bias": torch.zeros_like(state["fc.bias"])}
    expect_same_tensors(network.to_librnn(path).tensors(), expected, "no fc.bias", exactly=True)


def expect_refused(model, file, status, name, what):
    """Loading a file fails, with a sentence that names the tensor, and changes nothing."""
    before = model.flat()
    try:
        model.load(file)
        expect(False, f"{what}: was loaded")
    except Refused as refused:
        expect(refused.status == RNN[status], f"{what}: {refused}, expected {status}")
        expect(name in refused.sentence, f"{what}: the sentence does not name {name}: {refused.sentence}")
    expect(torch.equal(model.flat(), before), f"{what}: the parameters were changed")


def wrong_states(state, last, extras):
    """(what is wrong, a state_dict, the status, the tensor that is at fault); `last` is the tensor that is broken: what
    comes before it must not have been written when it is found."""
    tensor = state[last]
    others = {name: value + 1 for name, value in state.items() if name != last}
    for name in state:
        if name == "fc.bias":  # the one that may be missing
            continue
        yield f"{name} missing", {other: state[other] + 1 for other in state if other != name}, "E_FORMAT", name
    yield "transposed", others | {last: tensor.T.contiguous()}, "E_FORMAT", last
    yield "longer", others | {last: torch.cat([tensor, tensor])}, "E_FORMAT", last
    yield "of other rank", others | {last: tensor.flatten()}, "E_FORMAT", last
    for dtype in (torch.int64, torch.int32, torch.bool):
        yield f"of {dtype}", others | {last: tensor.to(dtype)}, "E_UNSUPPORTED", last
    for extra in extras:
        yield f"extra {extra}", others | {last: tensor, extra: torch.randn(2)}, "E_FORMAT", extra


def test_wrong_files_are_refused(directory):
    path = directory / "wrong.safetensors"
    bare, nested = Network("lstm"), Network("lstm", nested=True, input="embedding", head=True)
    bare_extras = ("weight_ih_l2", "weight_ih_l0_reverse", "weight_hr_l0", "head.weight", "statistics")
    extras = ("encoder.lstm.weight_ih_l2", "encoder.lstm.weight_hr_l0", "fc.scale", "emb.scale")
    for network, last, more in ((bare, "weight_hh_l1", bare_extras), (nested, "encoder.lstm.weight_ih_l1", extras),
                                (nested, "fc.weight", ()), (nested, "emb.weight", ())):
        state = network.module().state_dict()
        save_file(state, path)
        model = network.to_librnn(path)
        for what, wrong, status, name in wrong_states(state, last, more):
            save_file(wrong, path)
            expect_refused(model, path, status, name, f"{network}: {last}, {what}")
            expect_refused(model, safetensors.torch.save(wrong), status, name, f"{network}: {last}, {what}, in memory")


def test_what_is_no_network_is_not_inferred(directory):
    path, state = directory / "none.safetensors", Network("lstm").module().state_dict()
    five_gates = {"weight_ih_l0": torch.randn(5 * HIDDEN, INPUTS), "weight_hh_l0": torch.randn(5 * HIDDEN, HIDDEN)}
    for what, tensors, status in (
            ("no weight_ih_l0", {"weight_hh_l0": state["weight_hh_l0"]}, "E_FORMAT"),
            ("another prefix", {"a." + name: tensor for name, tensor in state.items()}, "E_FORMAT"),
            ("five gates", five_gates, "E_UNSUPPORTED"),
            ("half a gate", {"weight_ih_l0": torch.randn(9, 3), "weight_hh_l0": torch.randn(9, 6)}, "E_FORMAT"),
            ("a head that is a vector", state | {"head.weight": torch.randn(5)}, "E_FORMAT"),
            ("a table that is a vector", state | {"embedding.weight": torch.randn(5)}, "E_FORMAT")):
        save_file(tensors, path)
        config = Config({"HIDDEN_SIZE": 77, "INPUT_SIZE": 78})
        try:
            config.infer(path)
            expect(False, f"{what}: was inferred")
        except Refused as refused:
            kept = librnn.rnn_config_last_error(config.handle).decode()
            expect(refused.status == RNN[status], f"{what}: {refused}, expected {status}")
            expect(kept == refused.sentence != "", f"{what}: the configuration has the sentence '{kept}'")
        expect((config.get("HIDDEN_SIZE"), config.get("INPUT_SIZE"), config.get("LAYERS")) == (77, 78, 1),
               f"{what}: the configuration was changed")


# ---- checkpoints of librnn -------------------------------------------------------------------------------------------


def run_of_checkpoint(path):
    """What another process prints: the outputs of a checkpoint for numbers that depend on its options alone."""
    model = Model(path=path)
    generator = torch.Generator().manual_seed(5)
    if model.get("INPUT_SIZE"):
        x = torch.randn(T, B, model.get("INPUT_SIZE"), generator=generator)
    else:
        x = torch.randint(model.get("VOCABULARY"), (T, B), dtype=torch.int32, generator=generator)
    return ",".join(value.hex() for value in forward(model, x).flatten().tolist())


def test_checkpoints_in_another_process(directory):
    """A checkpoint needs no configuration, says the same to another process, and safetensors opens it."""
    paths = []
    for index, cell in enumerate(CELLS):
        network = Network(cell, 2, True, nested=True, input=("embedding", "one-hot", "real")[index % 3], head=True)
        path = directory / f"checkpoint{index}.safetensors"
        save_file(network.module().state_dict(), path)
        model = network.to_librnn(path)
        call("rnn_model_set_metadata", model.handle, "αλφάβητο".encode(), "abc\n\"é\"".encode())
        model.save(path)
        paths.append(path)
        with safe_open(path, "pt") as file:
            metadata, names = file.metadata(), set(file.keys())
        expect(all(isinstance(text, str) for item in metadata.items() for text in item), f"{cell}: {metadata}")
        expect(metadata.get("αλφάβητο") == "abc\n\"é\"", f"{cell}: {metadata}")
        expect(names == set(network.module().state_dict()), f"{cell}: {names}")
        loaded = Model(path=path)
        expect({key: loaded.get(key) for key in network.options()} == network.options(), f"{cell}: options of rnn_load")
        expect_same_tensors(loaded.tensors(), model.tensors(), f"{cell}: rnn_load", exactly=True)
        again = Model(Config().infer(path)).load(path)  # the prefixes too come from the file
        expect_same_tensors(again.tensors(), model.tensors(), f"{cell}: inferred from a checkpoint", exactly=True)
    command = [sys.executable, __file__, sys.argv[1], *map(str, paths)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    expect(printed == [run_of_checkpoint(path) for path in paths], "another process has other outputs")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as directory:
        for test in tests:
            before = len(failures)
            try:
                test(Path(directory))
            except Refused as refused:
                expect(False, str(refused))
            print(f"{'ok' if len(failures) == before else 'FAILED'}: {test.__name__}", flush=True)
    sys.exit(1 if failures else 0)


if len(sys.argv) > 2:
    print(*map(run_of_checkpoint, sys.argv[2:]))
else:
    main()
