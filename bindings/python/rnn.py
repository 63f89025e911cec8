"""librnn for Python, by ctypes and NumPy: recurrent neural networks, trained and run on the CPU.

    model = rnn.Model(rnn.Config(vocabulary=65, hidden_size=128, classes=65))
    with rnn.Session(model, rnn.TRAINING) as session:
        session.reset_state(batch)
        y = session.forward_tokens(tokens)
        loss, dy = rnn.softmax_cross_entropy(y, targets)
        session.zero_gradients()
        session.backward(dy)
        session.sgd_step(0.1)

Every class and method does what the function of that name in rnn.h does; the texts there hold, shapes included.  Arrays
of other types or layouts are converted on the way in; counts come from the arrays, and the library checks them.
"""

import ctypes
import os
import weakref
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_void_p

import numpy as np

# ---- constants of rnn.h, without their prefix -------------------------------------------------------------------

OK = 0
E_NULL = -1
E_SIZE = -2
E_VALUE = -3
E_STATE = -4
E_MEMORY = -5
E_IO = -6
E_FORMAT = -7
E_NAME = -8
E_NONFINITE = -9
E_UNSUPPORTED = -10

CELL = 1
INPUT_SIZE = 2
VOCABULARY = 3
EMBEDDING_SIZE = 4
HIDDEN_SIZE = 5
LAYERS = 6
CLASSES = 7
SEED = 8
DIRECTION = 9
MERGE = 10
BIAS = 11
PROJECTION_SIZE = 12
RESIDUAL = 13
OUTPUT = 14
RESET = 15
PEEPHOLES = 16
COUPLE = 17
LAYER_NORM = 18
ACTIVATION_F = 19
ACTIVATION_G = 20
ACTIVATION_H = 21
INIT_INPUT = 22
INIT_RECURRENT = 23
INIT_BIAS = 24
INIT_RANGE = 101
FORGET_BIAS = 102
DROPOUT = 103
RECURRENT_DROPOUT = 104
ZONEOUT = 105
ZONEOUT_CELL = 106
CLIP = 107
CELL_CLIP = 108
ALPHA_F = 109
BETA_F = 110
ALPHA_G = 111
BETA_G = 112
ALPHA_H = 113
BETA_H = 114
PREFIX = 201
EMBEDDING_NAME = 202
HEAD_NAME = 203

CELL_TANH = 1
CELL_RELU = 2
CELL_LSTM = 3
CELL_GRU = 4
CELL_MINGRU = 5
CELL_SLSTM = 6

DIRECTION_FORWARD = 1
DIRECTION_REVERSE = 2
DIRECTION_BOTH = 3

MERGE_CONCATENATE = 1
MERGE_SUM = 2

OUTPUT_EVERY_STEP = 1
OUTPUT_LAST_STEP = 2
OUTPUT_MEAN = 3

RESET_AFTER = 1
RESET_BEFORE = 2

COUPLE_FORGET = 1
COUPLE_INPUT = 2

ACTIVATION_TANH = 1
ACTIVATION_SIGMOID = 2
ACTIVATION_RELU = 3
ACTIVATION_HARD_SIGMOID = 4
ACTIVATION_LEAKY_RELU = 5
ACTIVATION_THRESHOLDED_RELU = 6
ACTIVATION_SCALED_TANH = 7
ACTIVATION_ELU = 8
ACTIVATION_SOFTSIGN = 9
ACTIVATION_SOFTPLUS = 10
ACTIVATION_AFFINE = 11

INIT_UNIFORM = 1
INIT_XAVIER = 2
INIT_ORTHOGONAL = 3
INIT_ZERO = 4

INFERENCE = 1
TRAINING = 2

STATE_H = 1
STATE_C = 2
STATE_N = 3
STATE_M = 4

SUM = 1
MEAN = 2

# ---- functions of rnn.h -----------------------------------------------------------------------------------------


class rnn_config(ctypes.Structure):
    """Opaque, as in C: pointers to it can only be handed on."""


class rnn_model(ctypes.Structure):
    """Opaque."""


class rnn_session(ctypes.Structure):
    """Opaque."""


_config, _model, _session = POINTER(rnn_config), POINTER(rnn_model), POINTER(rnn_session)
_float_p, _int32_p, _int64_p = POINTER(c_float), POINTER(c_int32), POINTER(c_int64)
_double_p, _size_p, _string_p = POINTER(c_double), POINTER(c_size_t), POINTER(c_char_p)
_floats = (_float_p, c_size_t)  # an array and its number of elements
_ints = (_int32_p, c_size_t)
rnn_task = ctypes.CFUNCTYPE(None, c_void_p, c_size_t)
rnn_parallel_for = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, rnn_task, c_void_p)

PROTOTYPES = {  # name: (result, *arguments)
    "rnn_version": (c_int32,),
    "rnn_version_string": (c_char_p,),
    "rnn_build_info": (c_char_p,),
    "rnn_status_string": (c_char_p, c_int32),
    "rnn_last_error": (c_char_p,),
    "rnn_config_create": (c_int32, POINTER(_config)),
    "rnn_config_destroy": (None, _config),
    "rnn_config_set_int": (c_int32, _config, c_int32, c_int64),
    "rnn_config_set_real": (c_int32, _config, c_int32, c_double),
    "rnn_config_set_text": (c_int32, _config, c_int32, c_char_p),
    "rnn_config_get_int": (c_int32, _config, _int64_p, c_int32),
    "rnn_config_get_real": (c_int32, _config, _double_p, c_int32),
    "rnn_config_get_text": (c_int32, _config, _string_p, c_int32),
    "rnn_config_infer": (c_int32, _config, c_char_p),
    "rnn_config_infer_memory": (c_int32, _config, c_void_p, c_size_t),
    "rnn_config_last_error": (c_char_p, _config),
    "rnn_create": (c_int32, POINTER(_model), _config),
    "rnn_retain": (c_int32, _model),
    "rnn_destroy": (None, _model),
    "rnn_get_int": (c_int32, _model, _int64_p, c_int32),
    "rnn_get_real": (c_int32, _model, _double_p, c_int32),
    "rnn_get_text": (c_int32, _model, _string_p, c_int32),
    "rnn_describe": (c_int32, _model, c_char_p, c_size_t, _size_p, c_size_t, c_size_t),
    "rnn_tensor_count": (c_int32, _model, _size_p),
    "rnn_tensor_info": (c_int32, _model, _string_p, _size_p, _size_p, c_size_t, _size_p, c_size_t),
    "rnn_parameters": (c_int32, _model, POINTER(_float_p), _size_p),
    "rnn_set_parameters": (c_int32, _model, *_floats),
    "rnn_get_parameter": (c_int32, _model, *_floats, c_char_p),
    "rnn_set_parameter": (c_int32, _model, *_floats, c_char_p),
    "rnn_set_metadata": (c_int32, _model, c_char_p, c_char_p),
    "rnn_get_metadata": (c_int32, _model, _string_p, c_char_p),
    "rnn_save": (c_int32, _model, c_char_p),
    "rnn_save_memory": (c_int32, _model, c_void_p, c_size_t, _size_p),
    "rnn_load": (c_int32, POINTER(_model), c_char_p),
    "rnn_load_memory": (c_int32, POINTER(_model), c_void_p, c_size_t),
    "rnn_load_parameters": (c_int32, _model, c_char_p),
    "rnn_load_parameters_memory": (c_int32, _model, c_void_p, c_size_t),
    "rnn_import_onnx": (c_int32, _model, c_size_t, *_floats, *_floats, *_floats, *_floats),
    "rnn_export_onnx": (c_int32, _model, c_size_t, *_floats, *_floats, *_floats, *_floats),
    "rnn_import_keras": (c_int32, _model, c_size_t, c_size_t, *_floats, *_floats, *_floats),
    "rnn_export_keras": (c_int32, _model, c_size_t, c_size_t, *_floats, *_floats, *_floats),
    "rnn_session_create": (c_int32, POINTER(_session), _model, c_int32),
    "rnn_session_destroy": (None, _session),
    "rnn_session_reserve": (c_int32, _session, c_size_t, c_size_t),
    "rnn_reset_state": (c_int32, _session, c_size_t),
    "rnn_get_state": (c_int32, _session, *_floats, c_int32),
    "rnn_set_state": (c_int32, _session, *_floats, c_int32),
    "rnn_set_state_gradient": (c_int32, _session, *_floats, c_int32),
    "rnn_get_state_gradient": (c_int32, _session, *_floats, c_int32),
    "rnn_seed_dropout": (c_int32, _session, c_int64),
    "rnn_session_set_threads": (c_int32, _session, c_size_t),
    "rnn_session_set_parallel_for": (c_int32, _session, c_size_t, rnn_parallel_for, c_void_p),
    "rnn_session_set_recompute": (c_int32, _session, c_size_t),
    "rnn_session_last_error": (c_char_p, _session),
    "rnn_forward": (c_int32, _session, *_floats, *_floats, *_ints, c_size_t),
    "rnn_forward_tokens": (c_int32, _session, *_floats, *_ints, *_ints, c_size_t),
    "rnn_step": (c_int32, _session, *_floats, *_floats),
    "rnn_step_tokens": (c_int32, _session, *_floats, *_ints),
    "rnn_backward": (c_int32, _session, *_floats, *_floats),
    "rnn_zero_gradients": (c_int32, _session),
    "rnn_gradients": (c_int32, _session, POINTER(_float_p), _size_p),
    "rnn_get_gradient": (c_int32, _session, *_floats, c_char_p),
    "rnn_clip_gradient_norm": (c_int32, _session, _double_p, c_double),
    "rnn_clip_gradient_value": (c_int32, _session, c_double),
    "rnn_sgd_step": (c_int32, _session, c_double),
    "rnn_softmax_cross_entropy": (c_int32, _double_p, *_floats, *_floats, *_ints, *_ints, c_size_t, c_size_t, c_size_t,
                                  c_int32),
    "rnn_softmax": (c_int32, *_floats, *_floats, c_size_t),
}


class RnnError(Exception):
    """A call that failed: the library's sentence, and its status (one of E_...)."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def _check(status, function, arguments):
    """Called by ctypes after every function that returns a status, in the thread that made the call."""
    if status < 0:
        raise RnnError(status, _library.rnn_last_error().decode())
    return status


_library = ctypes.CDLL("librnn.so.0")  # the number is that of the ABI declared above
for _name, (_result, *_arguments) in PROTOTYPES.items():
    _function = getattr(_library, _name)
    _function.restype, _function.argtypes = _result, _arguments
    if _result is c_int32:
        _function.errcheck = _check

# ---- arrays -----------------------------------------------------------------------------------------------------


def _array(values, dtype, c_type):
    """(pointer, count) for an array parameter and the count that follows it; None stands for (NULL, 0)."""
    if values is None:
        return None, 0
    array = np.ascontiguousarray(np.asarray(values).astype(dtype, casting="same_kind", copy=False))
    return array.ctypes.data_as(POINTER(c_type)), array.size  # the pointer keeps the array alive


def _f32(values):
    return _array(values, np.float32, c_float)


def _i32(values):
    return _array(values, np.int32, c_int32)


def _view(owner, function):
    """The library's own memory as an array; it keeps `owner` alive, but not beyond owner.close()."""
    pointer, count = _float_p(), c_size_t()
    function(owner, byref(pointer), byref(count))
    memory = ctypes.cast(pointer, POINTER(c_float * count.value)).contents
    memory.owner = owner
    return np.frombuffer(memory, np.float32)


# ---- handles ----------------------------------------------------------------------------------------------------


class _Handle:
    """Owns a handle of the library until close(), the end of a `with` block, or garbage collection."""

    def _own(self, create, destroy, *arguments):
        handle = destroy.argtypes[0]()
        create(byref(handle), *arguments)
        self._as_parameter_ = handle  # what ctypes passes where this object is an argument
        self._release = weakref.finalize(self, destroy, handle)
        return self

    def close(self):
        self._release()
        self._as_parameter_ = type(self._as_parameter_)()  # NULL: later calls raise E_NULL

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


_OPTIONS = {  # keyword: key, type
    name.lower(): (globals()[name], kind)
    for kind, names in {
        c_int64: "CELL INPUT_SIZE VOCABULARY EMBEDDING_SIZE HIDDEN_SIZE LAYERS CLASSES SEED DIRECTION MERGE BIAS "
                 "PROJECTION_SIZE RESIDUAL OUTPUT RESET PEEPHOLES COUPLE LAYER_NORM ACTIVATION_F ACTIVATION_G "
                 "ACTIVATION_H INIT_INPUT INIT_RECURRENT INIT_BIAS",
        c_double: "INIT_RANGE FORGET_BIAS DROPOUT RECURRENT_DROPOUT ZONEOUT ZONEOUT_CELL CLIP CELL_CLIP ALPHA_F BETA_F "
                  "ALPHA_G BETA_G ALPHA_H BETA_H",
        c_char_p: "PREFIX EMBEDDING_NAME HEAD_NAME",
    }.items()
    for name in names.split()
}


def _get_option(handle, name, get):
    """`get` has the function of each type."""
    key, kind = _OPTIONS[name]
    value = kind()
    get[kind](handle, byref(value), key)
    return value.value.decode() if kind is c_char_p else value.value


class Config(_Handle):
    """Options of a network to be created: Config(input_size=40, hidden_size=128, classes=10)."""

    def __init__(self, **options):
        self._own(_library.rnn_config_create, _library.rnn_config_destroy)
        for name, value in options.items():
            self[name] = value

    def __setitem__(self, name, value):
        key, kind = _OPTIONS[name]
        set_value = {c_int64: _library.rnn_config_set_int, c_double: _library.rnn_config_set_real,
                     c_char_p: _library.rnn_config_set_text}[kind]
        set_value(self, key, value.encode() if kind is c_char_p else value)

    def __getitem__(self, name):
        return _get_option(self, name, {c_int64: _library.rnn_config_get_int, c_double: _library.rnn_config_get_real,
                                        c_char_p: _library.rnn_config_get_text})

    def infer(self, path):
        """Sets what a safetensors file tells."""
        _library.rnn_config_infer(self, os.fsencode(path))

    def infer_memory(self, data):
        _library.rnn_config_infer_memory(self, data, len(data))


_GATES = {CELL_TANH: 1, CELL_RELU: 1, CELL_LSTM: 4, CELL_GRU: 3, CELL_MINGRU: 2, CELL_SLSTM: 4}


class Model(_Handle):
    """Architecture and weights."""

    def __init__(self, config):
        self._own(_library.rnn_create, _library.rnn_destroy, config)

    @classmethod
    def load(cls, path):
        return cls.__new__(cls)._own(_library.rnn_load, _library.rnn_destroy, os.fsencode(path))

    @classmethod
    def from_bytes(cls, data):
        return cls.__new__(cls)._own(_library.rnn_load_memory, _library.rnn_destroy, data, len(data))

    def save(self, path):
        _library.rnn_save(self, os.fsencode(path))

    def to_bytes(self):
        size = c_size_t()
        _library.rnn_save_memory(self, None, 0, byref(size))
        data = ctypes.create_string_buffer(size.value)
        _library.rnn_save_memory(self, data, size.value, byref(size))
        return data.raw

    def load_parameters(self, path):
        """All parameters from a safetensors file of any writer, such as a state_dict of PyTorch."""
        _library.rnn_load_parameters(self, os.fsencode(path))

    def load_parameters_memory(self, data):
        _library.rnn_load_parameters_memory(self, data, len(data))

    def __getitem__(self, option):
        return _get_option(self, option, {c_int64: _library.rnn_get_int, c_double: _library.rnn_get_real,
                                          c_char_p: _library.rnn_get_text})

    def describe(self, steps=1, batch=1):
        size = c_size_t()
        _library.rnn_describe(self, None, 0, byref(size), steps, batch)
        text = ctypes.create_string_buffer(size.value)
        _library.rnn_describe(self, text, size.value, byref(size), steps, batch)
        return text.value.decode()

    def _sizes(self):
        """D, R and F, as rnn.h calls them."""
        directions = 2 if self["direction"] == DIRECTION_BOTH else 1
        outputs = self["projection_size"] or self["hidden_size"]
        return directions, outputs, outputs * (directions if self["merge"] == MERGE_CONCATENATE else 1)

    def _inputs(self, layer):
        """K of a layer."""
        if layer > 0:
            return self._sizes()[2]
        return self["input_size"] or self["embedding_size"] or self["vocabulary"]

    def tensors(self):
        """{name: shape} in the order of the flat block."""
        count, shapes = c_size_t(), {}
        _library.rnn_tensor_count(self, byref(count))
        for index in range(count.value):
            name, rank, shape = c_char_p(), c_size_t(), (c_size_t * 8)()
            _library.rnn_tensor_info(self, byref(name), byref(rank), shape, len(shape), None, index)
            shapes[name.value.decode()] = tuple(shape[:rank.value])
        return shapes

    def parameters(self):
        """The flat block, to read: a view that changes with the model."""
        view = _view(self, _library.rnn_parameters)
        view.flags.writeable = False
        return view

    def set_parameters(self, values):
        _library.rnn_set_parameters(self, *_f32(values))

    def get_parameter(self, name):
        values = np.empty(self.tensors().get(name, 0), np.float32)
        _library.rnn_get_parameter(self, *_f32(values), name.encode())
        return values

    def set_parameter(self, name, values):
        _library.rnn_set_parameter(self, *_f32(values), name.encode())

    def import_onnx(self, layer, w, r, b=None, p=None):
        _library.rnn_import_onnx(self, layer, *_f32(w), *_f32(r), *_f32(b), *_f32(p))

    def export_onnx(self, layer):
        """[w, r, b, p]; None for b or p where the model has none."""
        directions, hidden = self._sizes()[0], self["hidden_size"]
        rows = _GATES[self["cell"]] * hidden
        arrays = [np.empty((directions, rows, self._inputs(layer)), np.float32),
                  np.empty((directions, rows, hidden), np.float32),
                  np.empty((directions, 2 * rows), np.float32) if self["bias"] else None,
                  np.empty((directions, 3 * hidden), np.float32) if self["peepholes"] else None]
        _library.rnn_export_onnx(self, layer, *(part for array in arrays for part in _f32(array)))
        return arrays

    def import_keras(self, layer, direction, kernel, recurrent, bias=None):
        _library.rnn_import_keras(self, layer, direction, *_f32(kernel), *_f32(recurrent), *_f32(bias))

    def export_keras(self, layer, direction=0):
        """[kernel, recurrent, bias]; None for bias where the model has none."""
        hidden = self["hidden_size"]
        rows = _GATES[self["cell"]] * hidden
        two = self["cell"] == CELL_GRU and self["reset"] == RESET_AFTER
        arrays = [np.empty((self._inputs(layer), rows), np.float32), np.empty((hidden, rows), np.float32),
                  np.empty((2, rows) if two else rows, np.float32) if self["bias"] else None]
        _library.rnn_export_keras(self, layer, direction, *(part for array in arrays for part in _f32(array)))
        return arrays

    def get_metadata(self, key):
        value = c_char_p()
        _library.rnn_get_metadata(self, byref(value), key.encode())
        return value.value.decode()

    def set_metadata(self, key, value):
        """value None removes the note."""
        _library.rnn_set_metadata(self, key.encode(), None if value is None else value.encode())


class Session(_Handle):
    """What one thread needs to run (INFERENCE) or train (TRAINING) a model."""

    def __init__(self, model, mode=INFERENCE):
        self._own(_library.rnn_session_create, _library.rnn_session_destroy, model, mode)
        directions, self._recurrent, features = model._sizes()
        self._tensors = model.tensors()
        self._inputs, self._hidden = model["input_size"], model["hidden_size"]
        self._outputs = model["classes"] or features
        self._every_step = model["output"] == OUTPUT_EVERY_STEP
        self._rows = model["layers"] * directions  # of a state
        self._steps, self.batch = 0, 1  # of the last run
        self._recomputes, self._x = False, None  # x: what the library reads in backward

    def reserve(self, steps, batch):
        _library.rnn_session_reserve(self, steps, batch)

    def reset_state(self, batch=1):
        _library.rnn_reset_state(self, batch)
        self.batch = batch

    def _copy_state(self, function, kind):
        width = self._recurrent if kind == STATE_H else self._hidden
        values = np.empty((self._rows, self.batch, width), np.float32)
        function(self, *_f32(values), kind)
        return values

    def get_state(self, kind=STATE_H):
        return self._copy_state(_library.rnn_get_state, kind)

    def set_state(self, values, kind=STATE_H):
        _library.rnn_set_state(self, *_f32(values), kind)

    def get_state_gradient(self, kind=STATE_H):
        return self._copy_state(_library.rnn_get_state_gradient, kind)

    def set_state_gradient(self, values, kind=STATE_H):
        _library.rnn_set_state_gradient(self, *_f32(values), kind)

    def seed_dropout(self, seed):
        _library.rnn_seed_dropout(self, seed)

    def set_threads(self, threads):
        _library.rnn_session_set_threads(self, threads)

    def set_recompute(self, steps):
        """The session then keeps the x of forward until backward has returned; it must not be changed before."""
        _library.rnn_session_set_recompute(self, steps)
        self._recomputes, self._x = steps > 0, None

    def _y(self, steps):
        """[T,B,Y], or [B,Y] where a sequence has one output."""
        self._steps, shape = steps, (self.batch, self._outputs)
        return np.empty((steps, *shape) if self._every_step else shape, np.float32)

    def forward(self, x, lengths=None):
        y, floats = self._y(len(x)), _f32(x)
        _library.rnn_forward(self, *_f32(y), *floats, *_i32(lengths), len(x))
        self._x = floats if self._recomputes else None
        return y

    def forward_tokens(self, tokens, lengths=None):
        y = self._y(len(tokens))
        _library.rnn_forward_tokens(self, *_f32(y), *_i32(tokens), *_i32(lengths), len(tokens))
        return y

    def step(self, x):
        y = np.empty((self.batch, self._outputs), np.float32)
        _library.rnn_step(self, *_f32(y), *_f32(x))
        return y

    def step_tokens(self, tokens):
        y = np.empty((self.batch, self._outputs), np.float32)
        _library.rnn_step_tokens(self, *_f32(y), *_i32(tokens))
        return y

    def backward(self, dy, want_dx=False):
        """dy None: no loss but what set_state_gradient gave."""
        dx = np.empty((self._steps, self.batch, self._inputs), np.float32) if want_dx else None
        _library.rnn_backward(self, *_f32(dx), *_f32(dy))
        self._x = None
        return dx

    def zero_gradients(self):
        _library.rnn_zero_gradients(self)

    def gradients(self):
        """The flat block, to read and to write: a view."""
        return _view(self, _library.rnn_gradients)

    def get_gradient(self, name):
        values = np.empty(self._tensors.get(name, 0), np.float32)
        _library.rnn_get_gradient(self, *_f32(values), name.encode())
        return values

    def clip_gradient_norm(self, max_norm):
        norm = c_double()
        _library.rnn_clip_gradient_norm(self, byref(norm), max_norm)
        return norm.value

    def clip_gradient_value(self, max_abs):
        _library.rnn_clip_gradient_value(self, max_abs)

    def sgd_step(self, rate):
        _library.rnn_sgd_step(self, rate)


# ---- plain functions --------------------------------------------------------------------------------------------


def softmax_cross_entropy(logits, targets, lengths=None, reduction=MEAN):
    """(loss, dlogits) for logits [T,B,C] and targets [T,B]."""
    loss, dlogits = c_double(), np.empty(np.shape(logits), np.float32)
    _library.rnn_softmax_cross_entropy(byref(loss), *_f32(dlogits), *_f32(logits), *_i32(targets), *_i32(lengths),
                                       *np.shape(logits), reduction)
    return loss.value, dlogits


def softmax(logits):
    """Probabilities over the last axis."""
    p = np.empty(np.shape(logits), np.float32)
    _library.rnn_softmax(*_f32(p), *_f32(logits), np.shape(logits)[-1])
    return p


def version():
    return _library.rnn_version_string().decode()


def build_info():
    return _library.rnn_build_info().decode()
