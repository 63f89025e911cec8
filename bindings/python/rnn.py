"""librnn for Python, by ctypes and NumPy: recurrent neural networks, trained and run on the CPU.

    model = rnn.Model(rnn.Config(vocabulary=65, hidden_size=128, classes=65))
    with rnn.Session(model, rnn.TRAINING) as session:
        session.reset_state(batch)
        y = session.forward_tokens(tokens)
        loss, dy = rnn.softmax_cross_entropy(y, targets)
        session.zero_gradients()
        session.backward(dy)
        optimizer.step(session)    # optimizer = rnn.Optimizer(rnn.OPTIMIZER_ADAM, model, rate=0.01)

or, with the loop in the library:

    trainer = rnn.Trainer(model, optimizer, epochs=20, batch_size=32)
    trainer.fit(dataset, validation, lambda trainer, event: trainer["training_loss"] < 0.1)

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

OPTIMIZER_SGD = 1
OPTIMIZER_RMSPROP = 2
OPTIMIZER_ADAGRAD = 3
OPTIMIZER_ADAM = 4
OPTIMIZER_ADAMW = 5

NESTEROV = 301
SCHEDULE = 302
WARMUP = 303
PERIOD = 304
PATIENCE = 305
UPDATES = 306
RATE = 401
MOMENTUM = 402
BETA_1 = 403
BETA_2 = 404
EPSILON = 405
WEIGHT_DECAY = 406
MAX_NORM = 407
MAX_ABS = 408
GAMMA = 409
RATE_LEAST = 410
PLATEAU_FACTOR = 411
PLATEAU_THRESHOLD = 412
RATE_NOW = 413

SCHEDULE_CONSTANT = 1
SCHEDULE_STEP = 2
SCHEDULE_EXPONENTIAL = 3
SCHEDULE_COSINE = 4

ATTENTION_DOT = 1
ATTENTION_GENERAL = 2
ATTENTION_ADDITIVE = 3

EPOCHS = 601
BATCH_SIZE = 602
LOSS = 603
SHUFFLE = 604
EARLY_STOP = 605
KEEP_BEST = 606
THREADS = 607
BLANK = 608
IGNORED = 609
EPOCH = 610
BATCH = 611
SMOOTHING = 701
DELTA = 702
BATCH_LOSS = 711
TRAINING_LOSS = 712
VALIDATION_LOSS = 713
BEST_LOSS = 714

LOSS_CROSS_ENTROPY = 1
LOSS_BINARY_CROSS_ENTROPY = 2
LOSS_SQUARED_ERROR = 3
LOSS_ABSOLUTE_ERROR = 4
LOSS_HUBER = 5
LOSS_CTC = 6

EVENT_BATCH = 1
EVENT_VALIDATION = 2
EVENT_EPOCH = 3
EVENT_EARLY_STOP = 4
EVENT_CHECKPOINT = 5

# ---- functions of rnn.h -----------------------------------------------------------------------------------------


class rnn_config(ctypes.Structure):
    """Opaque, as in C: pointers to it can only be handed on."""


class rnn_model(ctypes.Structure):
    """Opaque."""


class rnn_session(ctypes.Structure):
    """Opaque."""


class rnn_optimizer(ctypes.Structure):
    """Opaque."""


class rnn_attention(ctypes.Structure):
    """Opaque."""


class rnn_dataset(ctypes.Structure):
    """Opaque."""


class rnn_trainer(ctypes.Structure):
    """Opaque."""


_config, _model, _session = POINTER(rnn_config), POINTER(rnn_model), POINTER(rnn_session)
_optimizer, _attention = POINTER(rnn_optimizer), POINTER(rnn_attention)
_dataset, _trainer = POINTER(rnn_dataset), POINTER(rnn_trainer)
_float_p, _int32_p, _int64_p = POINTER(c_float), POINTER(c_int32), POINTER(c_int64)
_double_p, _size_p, _string_p = POINTER(c_double), POINTER(c_size_t), POINTER(c_char_p)
_floats = (_float_p, c_size_t)  # an array and its number of elements
_ints = (_int32_p, c_size_t)
_doubles = (_double_p, c_size_t)
_bytes = (c_void_p, c_size_t)
_loss_of_reals = (c_int32, _double_p, *_floats, *_floats, *_floats, *_ints, *_floats, c_size_t, c_size_t, c_size_t,
                  c_int32)
rnn_task = ctypes.CFUNCTYPE(None, c_void_p, c_size_t)
rnn_parallel_for = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, rnn_task, c_void_p)
rnn_next = ctypes.CFUNCTYPE(c_int32, c_void_p, _float_p, c_size_t, _int32_p, _int32_p, c_size_t)
rnn_progress = ctypes.CFUNCTYPE(c_int32, c_void_p, _trainer, c_int32)

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
    "rnn_add_gradients": (c_int32, _session, *_floats),
    "rnn_clip_gradient_norm": (c_int32, _session, _double_p, c_double),
    "rnn_clip_gradient_value": (c_int32, _session, c_double),
    "rnn_sgd_step": (c_int32, _session, c_double),
    "rnn_softmax_cross_entropy": (c_int32, _double_p, *_floats, *_floats, *_ints, *_ints, c_size_t, c_size_t, c_size_t,
                                  c_int32),
    "rnn_weighted_cross_entropy": (c_int32, _double_p, *_floats, *_floats, *_ints, *_ints, *_floats, c_size_t, c_size_t,
                                   c_size_t, c_int32, c_double, c_int32),
    "rnn_binary_cross_entropy": _loss_of_reals,
    "rnn_squared_error": _loss_of_reals,
    "rnn_absolute_error": _loss_of_reals,
    "rnn_huber_loss": (*_loss_of_reals, c_double),
    "rnn_ctc_loss": (c_int32, _double_p, *_doubles, *_floats, *_floats, *_ints, *_ints, *_ints, c_size_t, c_size_t,
                     c_size_t, c_size_t, c_int32, c_int32, c_int32),
    "rnn_softmax": (c_int32, *_floats, *_floats, c_size_t),
    "rnn_optimizer_create": (c_int32, POINTER(_optimizer), c_int32, c_size_t),
    "rnn_optimizer_destroy": (None, _optimizer),
    "rnn_optimizer_set_int": (c_int32, _optimizer, c_int32, c_int64),
    "rnn_optimizer_set_real": (c_int32, _optimizer, c_int32, c_double),
    "rnn_optimizer_get_int": (c_int32, _optimizer, _int64_p, c_int32),
    "rnn_optimizer_get_real": (c_int32, _optimizer, _double_p, c_int32),
    "rnn_optimizer_step": (c_int32, _optimizer, _session),
    "rnn_optimizer_step_arrays": (c_int32, _optimizer, *_floats, *_floats),
    "rnn_optimizer_report": (c_int32, _optimizer, c_double),
    "rnn_optimizer_save": (c_int32, _optimizer, c_char_p),
    "rnn_optimizer_save_memory": (c_int32, _optimizer, *_bytes, _size_p),
    "rnn_optimizer_load": (c_int32, POINTER(_optimizer), c_char_p),
    "rnn_optimizer_load_memory": (c_int32, POINTER(_optimizer), *_bytes),
    "rnn_optimizer_last_error": (c_char_p, _optimizer),
    "rnn_ctc_greedy": (c_int32, *_ints, *_ints, *_doubles, *_floats, *_ints, c_size_t, c_size_t, c_size_t, c_int32),
    "rnn_ctc_beam_search": (c_int32, *_ints, *_ints, *_doubles, *_floats, *_ints, c_size_t, c_size_t, c_size_t, c_int32,
                            c_size_t, c_size_t),
    "rnn_sample": (c_int32, *_ints, *_floats, c_size_t, c_size_t, c_double, c_size_t, c_double, _int64_p),
    "rnn_beam_search": (c_int32, *_ints, *_ints, *_doubles, c_int32, c_int32, c_size_t, c_size_t, c_size_t, c_size_t,
                        c_double, rnn_next, c_void_p),
    "rnn_session_next": (c_int32, c_void_p, *_floats, _int32_p, _int32_p, c_size_t),
    "rnn_select_state": (c_int32, _session, *_ints),
    "rnn_attention_create": (c_int32, POINTER(_attention), c_int32, c_size_t, c_size_t, c_size_t, c_int64),
    "rnn_attention_destroy": (None, _attention),
    "rnn_attention_parameters": (c_int32, _attention, POINTER(_float_p), _size_p),
    "rnn_attention_gradients": (c_int32, _attention, POINTER(_float_p), _size_p),
    "rnn_attention_set_parameters": (c_int32, _attention, *_floats),
    "rnn_attention_step": (c_int32, _attention, _optimizer),
    "rnn_attention_zero_gradients": (c_int32, _attention),
    "rnn_attention_set_memory": (c_int32, _attention, *_floats, *_ints, c_size_t, c_size_t),
    "rnn_attention_forward": (c_int32, _attention, *_floats, *_floats, *_floats, c_size_t),
    "rnn_attention_backward": (c_int32, _attention, *_floats, *_floats, *_floats, *_floats, c_size_t),
    "rnn_attention_memory_gradient": (c_int32, _attention, *_floats),
    "rnn_attention_last_error": (c_char_p, _attention),
    "rnn_dataset_create": (c_int32, POINTER(_dataset)),
    "rnn_dataset_destroy": (None, _dataset),
    "rnn_dataset_count": (c_int32, _dataset, _size_p),
    "rnn_dataset_add": (c_int32, _dataset, *_floats, *_ints, *_ints, *_floats, c_size_t),
    "rnn_trainer_create": (c_int32, POINTER(_trainer), _model, _optimizer),
    "rnn_trainer_destroy": (None, _trainer),
    "rnn_trainer_set_int": (c_int32, _trainer, c_int32, c_int64),
    "rnn_trainer_set_real": (c_int32, _trainer, c_int32, c_double),
    "rnn_trainer_get_int": (c_int32, _trainer, _int64_p, c_int32),
    "rnn_trainer_get_real": (c_int32, _trainer, _double_p, c_int32),
    "rnn_trainer_set_checkpoint": (c_int32, _trainer, c_char_p),
    "rnn_trainer_set_callback": (c_int32, _trainer, rnn_progress, c_void_p),
    "rnn_fit": (c_int32, _trainer, _dataset, _dataset),
    "rnn_evaluate": (c_int32, _trainer, _double_p, _double_p, _dataset),
    "rnn_trainer_save": (c_int32, _trainer, c_char_p),
    "rnn_trainer_load": (c_int32, _trainer, c_char_p),
    "rnn_trainer_last_error": (c_char_p, _trainer),
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
    array = np.asarray(values)
    casting = "same_kind" if array.size else "unsafe"  # [] has the type of real numbers
    array = np.ascontiguousarray(array.astype(dtype, casting=casting, copy=False))
    return array.ctypes.data_as(POINTER(c_type)), array.size  # the pointer keeps the array alive


def _f32(values):
    return _array(values, np.float32, c_float)


def _i32(values):
    return _array(values, np.int32, c_int32)


def _f64(values):
    return _array(values, np.float64, c_double)


def _view(owner, function):
    """The library's own memory as an array; it keeps `owner` alive, but not beyond owner.close()."""
    pointer, count = _float_p(), c_size_t()
    function(owner, byref(pointer), byref(count))
    if not pointer:
        return np.empty(0, np.float32)
    memory = ctypes.cast(pointer, POINTER(c_float * count.value)).contents
    memory.owner = owner
    return np.frombuffer(memory, np.float32)


def _bytes_of(owner, function):
    """What a ..._save_memory function writes."""
    size = c_size_t()
    function(owner, None, 0, byref(size))
    data = ctypes.create_string_buffer(size.value)
    function(owner, data, size.value, byref(size))
    return data.raw


class _Call:
    """A call during which the library calls Python.  An exception cannot pass through C: it ends the call by a status
    above 0, and is raised when the call has returned."""

    def __init__(self):
        self._error = None

    def back(self, kind, function):
        """`function` as a callback of a type; what it returns is the status."""
        def guarded(*arguments):
            if self._error is not None:
                return 1
            try:
                return function(*arguments)
            except BaseException as error:  # KeyboardInterrupt too
                self._error = error
                return 1
        return kind(guarded)

    def __call__(self, function, *arguments):
        try:
            function(*arguments)
        except RnnError:
            if self._error is None:
                raise
        if self._error is not None:
            raise self._error


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
                 "ACTIVATION_H INIT_INPUT INIT_RECURRENT INIT_BIAS NESTEROV SCHEDULE WARMUP PERIOD PATIENCE UPDATES "
                 "EPOCHS BATCH_SIZE LOSS SHUFFLE EARLY_STOP KEEP_BEST THREADS BLANK IGNORED EPOCH BATCH",
        c_double: "INIT_RANGE FORGET_BIAS DROPOUT RECURRENT_DROPOUT ZONEOUT ZONEOUT_CELL CLIP CELL_CLIP ALPHA_F BETA_F "
                  "ALPHA_G BETA_G ALPHA_H BETA_H RATE MOMENTUM BETA_1 BETA_2 EPSILON WEIGHT_DECAY MAX_NORM MAX_ABS "
                  "GAMMA RATE_LEAST PLATEAU_FACTOR PLATEAU_THRESHOLD RATE_NOW SMOOTHING DELTA BATCH_LOSS TRAINING_LOSS "
                  "VALIDATION_LOSS BEST_LOSS",
        c_char_p: "PREFIX EMBEDDING_NAME HEAD_NAME",
    }.items()
    for name in names.split()
}


class _Readable(_Handle):
    """A handle with options to read; _get has the function of each type."""

    def __getitem__(self, name):
        key, kind = _OPTIONS[name]
        value = kind()
        self._get[kind](self, byref(value), key)
        return value.value.decode() if kind is c_char_p else value.value


class _Settable(_Readable):
    """And to set, by _set; which of the options it has, the library knows."""

    def __setitem__(self, name, value):
        key, kind = _OPTIONS[name]
        self._set[kind](self, key, value.encode() if kind is c_char_p else value)

    def _set_all(self, options):
        for name, value in options.items():
            self[name] = value


class Config(_Settable):
    """Options of a network to be created: Config(input_size=40, hidden_size=128, classes=10)."""

    _get = {c_int64: _library.rnn_config_get_int, c_double: _library.rnn_config_get_real,
            c_char_p: _library.rnn_config_get_text}
    _set = {c_int64: _library.rnn_config_set_int, c_double: _library.rnn_config_set_real,
            c_char_p: _library.rnn_config_set_text}

    def __init__(self, **options):
        self._own(_library.rnn_config_create, _library.rnn_config_destroy)
        self._set_all(options)

    def infer(self, path):
        """Sets what a safetensors file tells."""
        _library.rnn_config_infer(self, os.fsencode(path))

    def infer_memory(self, data):
        _library.rnn_config_infer_memory(self, data, len(data))


_GATES = {CELL_TANH: 1, CELL_RELU: 1, CELL_LSTM: 4, CELL_GRU: 3, CELL_MINGRU: 2, CELL_SLSTM: 4}


class Model(_Readable):
    """Architecture and weights."""

    _get = {c_int64: _library.rnn_get_int, c_double: _library.rnn_get_real, c_char_p: _library.rnn_get_text}

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
        return _bytes_of(self, _library.rnn_save_memory)

    def load_parameters(self, path):
        """All parameters from a safetensors file of any writer, such as a state_dict of PyTorch."""
        _library.rnn_load_parameters(self, os.fsencode(path))

    def load_parameters_memory(self, data):
        _library.rnn_load_parameters_memory(self, data, len(data))

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

    def select_state(self, rows):
        """Sequence i of the state becomes what sequence rows[i] was."""
        _library.rnn_select_state(self, *_i32(rows))
        self.batch = len(rows)

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

    def add_gradients(self, values):
        """To train in parallel: first.add_gradients(other.gradients())."""
        _library.rnn_add_gradients(self, *_f32(values))

    def clip_gradient_norm(self, max_norm):
        norm = c_double()
        _library.rnn_clip_gradient_norm(self, byref(norm), max_norm)
        return norm.value

    def clip_gradient_value(self, max_abs):
        _library.rnn_clip_gradient_value(self, max_abs)

    def sgd_step(self, rate):
        _library.rnn_sgd_step(self, rate)


class Optimizer(_Settable):
    """Optimizer(OPTIMIZER_ADAM, model, rate=0.01, max_norm=1.0); `parameters` is how many, or a Model or Attention."""

    _get = {c_int64: _library.rnn_optimizer_get_int, c_double: _library.rnn_optimizer_get_real}
    _set = {c_int64: _library.rnn_optimizer_set_int, c_double: _library.rnn_optimizer_set_real}

    def __init__(self, kind, parameters, **options):
        count = parameters.parameters().size if hasattr(parameters, "parameters") else parameters
        self._own(_library.rnn_optimizer_create, _library.rnn_optimizer_destroy, kind, count)
        self._set_all(options)

    @classmethod
    def load(cls, path):
        return cls.__new__(cls)._own(_library.rnn_optimizer_load, _library.rnn_optimizer_destroy, os.fsencode(path))

    @classmethod
    def from_bytes(cls, data):
        return cls.__new__(cls)._own(_library.rnn_optimizer_load_memory, _library.rnn_optimizer_destroy, data,
                                     len(data))

    def save(self, path):
        _library.rnn_optimizer_save(self, os.fsencode(path))

    def to_bytes(self):
        return _bytes_of(self, _library.rnn_optimizer_save_memory)

    def step(self, session):
        _library.rnn_optimizer_step(self, session)

    def step_arrays(self, parameters, gradients):
        """Changes `parameters`, an array of float32 without gaps."""
        flags = parameters.flags
        if parameters.dtype != np.float32 or not flags.c_contiguous or not flags.writeable:
            raise TypeError("parameters must be a writeable array of float32 without gaps")
        _library.rnn_optimizer_step_arrays(self, *_f32(parameters), *_f32(gradients))

    def report(self, loss):
        _library.rnn_optimizer_report(self, loss)


class Attention(_Handle):
    """Between an encoder and a decoder: one of ATTENTION_..., with its parameters, gradients and memory."""

    def __init__(self, score, query_size, memory_size, units=0, seed=0):
        self._own(_library.rnn_attention_create, _library.rnn_attention_destroy, score, query_size, memory_size, units,
                  seed)
        self._query_size, self._memory = query_size, (0, 0, memory_size)

    def parameters(self):
        """The flat block, to read: a view."""
        view = _view(self, _library.rnn_attention_parameters)
        view.flags.writeable = False
        return view

    def gradients(self):
        """The flat block, to read and to write: a view."""
        return _view(self, _library.rnn_attention_gradients)

    def set_parameters(self, values):
        _library.rnn_attention_set_parameters(self, *_f32(values))

    def step(self, optimizer):
        _library.rnn_attention_step(self, optimizer)

    def zero_gradients(self):
        _library.rnn_attention_zero_gradients(self)

    def set_memory(self, memory, lengths=None):
        """memory [S,B,M]."""
        steps, batch, size = np.shape(memory)
        _library.rnn_attention_set_memory(self, *_f32(memory), *_i32(lengths), steps, batch)
        self._memory = steps, batch, size

    def forward(self, queries):
        """(context [T,B,M], weights [T,B,S]) for queries [T,B,Q]."""
        steps, (memory_steps, batch, size) = len(queries), self._memory
        context = np.empty((steps, batch, size), np.float32)
        weights = np.empty((steps, batch, memory_steps), np.float32)
        _library.rnn_attention_forward(self, *_f32(context), *_f32(weights), *_f32(queries), steps)
        return context, weights

    def backward(self, dcontext, queries, weights):
        """dqueries [T,B,Q]; queries and weights went into and came out of forward."""
        dqueries = np.empty((len(queries), self._memory[1], self._query_size), np.float32)
        _library.rnn_attention_backward(self, *_f32(dqueries), *_f32(dcontext), *_f32(queries), *_f32(weights),
                                        len(queries))
        return dqueries

    def memory_gradient(self):
        """dmemory [S,B,M]; to be called in the end, for the parameters' sake too."""
        dmemory = np.empty(self._memory, np.float32)
        _library.rnn_attention_memory_gradient(self, *_f32(dmemory))
        return dmemory


class Dataset(_Handle):
    """Sequences with what is to be learned of them; copies of what it is given."""

    def __init__(self):
        self._own(_library.rnn_dataset_create, _library.rnn_dataset_destroy)

    def __len__(self):
        count = c_size_t()
        _library.rnn_dataset_count(self, byref(count))
        return count.value

    def add(self, x=None, tokens=None, classes=None, values=None):
        """One sequence: x [T,I] or tokens [T], and one of the two kinds of target."""
        steps = len(tokens if x is None else x)
        _library.rnn_dataset_add(self, *_f32(x), *_i32(tokens), *_i32(classes), *_f32(values), steps)


class Trainer(_Settable):
    """The training loop: Trainer(model, optimizer, epochs=20, batch_size=32)."""

    _get = {c_int64: _library.rnn_trainer_get_int, c_double: _library.rnn_trainer_get_real}
    _set = {c_int64: _library.rnn_trainer_set_int, c_double: _library.rnn_trainer_set_real}

    def __init__(self, model, optimizer, **options):
        self._own(_library.rnn_trainer_create, _library.rnn_trainer_destroy, model, optimizer)
        self._set_all(options)

    def set_checkpoint(self, path):
        """Where fit saves after every epoch; None: nowhere."""
        _library.rnn_trainer_set_checkpoint(self, None if path is None else os.fsencode(path))

    def fit(self, training, validation=None, callback=None):
        """callback(trainer, event) is told of every EVENT_...; if it returns something true that ends the training, and
        is what this method returns, else None.  An exception in it ends the training and comes out here."""
        call, answer = _Call(), None

        def progress(_user, _trainer, event):
            nonlocal answer
            answer = callback(self, event) or None
            return 0 if answer is None else 1

        told = rnn_progress() if callback is None else call.back(rnn_progress, progress)
        _library.rnn_trainer_set_callback(self, told, None)
        try:
            call(_library.rnn_fit, self, training, validation)
        finally:
            _library.rnn_trainer_set_callback(self, rnn_progress(), None)  # `told` ends with this method
        return answer

    def evaluate(self, dataset):
        """(loss, accuracy); accuracy is NaN for other losses than cross-entropy."""
        loss, accuracy = c_double(), c_double()
        _library.rnn_evaluate(self, byref(loss), byref(accuracy), dataset)
        return loss.value, accuracy.value

    def save(self, path):
        _library.rnn_trainer_save(self, os.fsencode(path))

    def load(self, path):
        """Puts what save wrote into this trainer, its model and its optimiser."""
        _library.rnn_trainer_load(self, os.fsencode(path))


# ---- losses -----------------------------------------------------------------------------------------------------
# y and logits are [T,B,C], or [B,C] of a network with one output a sequence; the gradient has the same shape.


def _dimensions(y):
    """T, B, C."""
    shape = np.shape(y)
    return (1, *shape) if len(shape) == 2 else shape


def softmax_cross_entropy(logits, targets, lengths=None, reduction=MEAN):
    """(loss, dlogits) for targets [T,B]."""
    loss, dlogits = c_double(), np.empty(np.shape(logits), np.float32)
    _library.rnn_softmax_cross_entropy(byref(loss), *_f32(dlogits), *_f32(logits), *_i32(targets), *_i32(lengths),
                                       *_dimensions(logits), reduction)
    return loss.value, dlogits


def weighted_cross_entropy(logits, targets, lengths=None, weights=None, reduction=MEAN, smoothing=0.0, ignored=-100):
    """(loss, dlogits) for targets [T,B] and weights [C]."""
    loss, dlogits = c_double(), np.empty(np.shape(logits), np.float32)
    _library.rnn_weighted_cross_entropy(byref(loss), *_f32(dlogits), *_f32(logits), *_i32(targets), *_i32(lengths),
                                        *_f32(weights), *_dimensions(logits), reduction, smoothing, ignored)
    return loss.value, dlogits


def _loss_of_real_numbers(function, y, targets, lengths, mask, reduction, *options):
    loss, dy = c_double(), np.empty(np.shape(y), np.float32)
    function(byref(loss), *_f32(dy), *_f32(y), *_f32(targets), *_i32(lengths), *_f32(mask), *_dimensions(y), reduction,
             *options)
    return loss.value, dy


def binary_cross_entropy(y, targets, lengths=None, mask=None, reduction=MEAN):
    """(loss, dy) for targets [T,B,C] and mask [T,B], as the next three."""
    return _loss_of_real_numbers(_library.rnn_binary_cross_entropy, y, targets, lengths, mask, reduction)


def squared_error(y, targets, lengths=None, mask=None, reduction=MEAN):
    return _loss_of_real_numbers(_library.rnn_squared_error, y, targets, lengths, mask, reduction)


def absolute_error(y, targets, lengths=None, mask=None, reduction=MEAN):
    return _loss_of_real_numbers(_library.rnn_absolute_error, y, targets, lengths, mask, reduction)


def huber_loss(y, targets, lengths=None, mask=None, reduction=MEAN, delta=1.0):
    return _loss_of_real_numbers(_library.rnn_huber_loss, y, targets, lengths, mask, reduction, delta)


def ctc_loss(logits, labels, lengths=None, label_lengths=None, blank=0, reduction=MEAN, zero_infinity=False):
    """(loss, dlogits, losses [B]) for labels [B,S]; None: no sequence has labels."""
    steps, batch, classes = np.shape(logits)
    most_labels = 0 if labels is None else np.shape(labels)[1]
    loss, losses, dlogits = c_double(), np.empty(batch), np.empty(np.shape(logits), np.float32)
    _library.rnn_ctc_loss(byref(loss), *_f64(losses), *_f32(dlogits), *_f32(logits), *_i32(labels), *_i32(lengths),
                          *_i32(label_lengths), steps, batch, classes, most_labels, blank, reduction, zero_infinity)
    return loss.value, dlogits, losses


def softmax(logits):
    """Probabilities over the last axis."""
    p = np.empty(np.shape(logits), np.float32)
    _library.rnn_softmax(*_f32(p), *_f32(logits), np.shape(logits)[-1])
    return p


# ---- decoding ---------------------------------------------------------------------------------------------------


def ctc_greedy(logits, lengths=None, blank=0):
    """[(labels, score), ...], one for each sequence of logits [T,B,C]."""
    steps, batch, _ = np.shape(logits)
    labels, counts, scores = np.empty((batch, steps), np.int32), np.empty(batch, np.int32), np.empty(batch)
    _library.rnn_ctc_greedy(*_i32(labels), *_i32(counts), *_f64(scores), *_f32(logits), *_i32(lengths),
                            *np.shape(logits), blank)
    return _ranked(labels, counts, scores)


def ctc_beam_search(logits, width, results=1, lengths=None, blank=0):
    """For each sequence of logits [T,B,C] a list [(labels, score), ...], best first, of at most `results`."""
    steps, batch, _ = np.shape(logits)
    labels, counts = np.empty((batch, results, steps), np.int32), np.empty((batch, results), np.int32)
    scores = np.empty((batch, results))
    _library.rnn_ctc_beam_search(*_i32(labels), *_i32(counts), *_f64(scores), *_f32(logits), *_i32(lengths),
                                 *np.shape(logits), blank, width, results)
    return [_ranked(*one) for one in zip(labels, counts, scores)]


def _ranked(rows, counts, scores):
    return [(row[:count], score) for row, count, score in zip(rows, counts, scores.tolist()) if count >= 0]


def sample(logits, temperature=1.0, top_k=0, top_p=1.0, random=0):
    """(tokens [B], random) for logits [B,C]; give the number to the next call."""
    batch, classes = np.shape(logits)
    tokens, random = np.empty(batch, np.int32), c_int64(random)
    _library.rnn_sample(*_i32(tokens), *_f32(logits), batch, classes, temperature, top_k, top_p, byref(random))
    return tokens, random.value


def beam_search(generator, first, end, steps, width, results=1, penalty=0.0, classes=None):
    """[(tokens, score), ...], best first, of at most `results`.

    The generator is a Session of a network of tokens, with the state of one sequence, or a function
    generator(tokens, parents) that gives logits [rows,C] and comes with `classes`, C.  What it raises comes out here.
    """
    session = generator if isinstance(generator, Session) else None
    classes = session._outputs if session and classes is None else classes

    def ask_session(_user, logits, logits_count, tokens, parents, rows):
        status = _library.rnn_session_next(session._as_parameter_, logits, logits_count, tokens, parents, rows)
        session.batch = rows
        return status

    def ask_function(_user, logits, _logits_count, tokens, parents, rows):
        read, after = (np.ctypeslib.as_array(pointer, (rows,)).copy() for pointer in (tokens, parents))
        answer = np.asarray(generator(read, after))
        if answer.shape != (rows, classes):
            raise ValueError(f"the generator gave logits {answer.shape}, expected {(rows, classes)}")
        np.ctypeslib.as_array(logits, (rows, classes))[:] = answer
        return OK

    call, tokens = _Call(), np.empty((results, steps), np.int32)
    lengths, scores = np.empty(results, np.int32), np.empty(results)
    ask = call.back(rnn_next, ask_session if session else ask_function)
    call(_library.rnn_beam_search, *_i32(tokens), *_i32(lengths), *_f64(scores), first, end, steps, classes, width,
         results, penalty, ask, None)
    return _ranked(tokens, lengths, scores)


# ---- the library ------------------------------------------------------------------------------------------------


def version():
    return _library.rnn_version_string().decode()


def build_info():
    return _library.rnn_build_info().decode()
