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

Every class and method does what the function of that name in rnn.h does; the texts there hold, shapes included.

Arrays      An array must have the shape that rnn.h gives, with as many axes: ValueError names the axes otherwise.  Real
            numbers may come in any real type and are rounded to float32.  Tokens, classes, labels, lengths and rows
            must be integers (TypeError) that fit int32 (ValueError).  An array without gaps of the right type is used
            in place, others are copied.
Views       parameters() and gradients() return views of the library's memory.  A view keeps that memory: after close()
            the handle is destroyed when its last view is gone.
Copies      copy.copy of a Model is the same network under another name; copy.deepcopy and pickle make another network.
            An Optimizer is always copied in full.  The other classes cannot be copied: TypeError.
Exceptions  What a callback or a signal handler raises during a call is raised by the call: Ctrl-C ends fit after the
            batch with KeyboardInterrupt, with a callback and without one.
"""

import ctypes
import operator
import os
import signal
import threading
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
PLATEAU = 307
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
SKIP_NONFINITE = 612
SKIPPED = 613
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
rnn_generator = ctypes.CFUNCTYPE(c_int32, c_void_p, _float_p, c_size_t, _int32_p, _int32_p, c_size_t)
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
    "rnn_model_get_int": (c_int32, _model, _int64_p, c_int32),
    "rnn_model_get_real": (c_int32, _model, _double_p, c_int32),
    "rnn_model_get_text": (c_int32, _model, _string_p, c_int32),
    "rnn_describe": (c_int32, _model, c_char_p, c_size_t, _size_p, c_size_t, c_size_t),
    "rnn_model_tensor_count": (c_int32, _model, _size_p),
    "rnn_model_tensor_info": (c_int32, _model, _string_p, _size_p, _size_p, c_size_t, _size_p, c_size_t),
    "rnn_model_parameters": (c_int32, _model, POINTER(_float_p), _size_p),
    "rnn_model_set_parameters": (c_int32, _model, *_floats),
    "rnn_model_get_parameter": (c_int32, _model, *_floats, c_char_p),
    "rnn_model_set_parameter": (c_int32, _model, *_floats, c_char_p),
    "rnn_model_set_metadata": (c_int32, _model, c_char_p, c_char_p),
    "rnn_model_get_metadata": (c_int32, _model, _string_p, c_char_p),
    "rnn_save": (c_int32, _model, c_char_p),
    "rnn_save_memory": (c_int32, _model, c_void_p, c_size_t, _size_p),
    "rnn_load": (c_int32, POINTER(_model), c_char_p),
    "rnn_load_memory": (c_int32, POINTER(_model), c_void_p, c_size_t),
    "rnn_model_load_parameters": (c_int32, _model, c_char_p),
    "rnn_model_load_parameters_memory": (c_int32, _model, c_void_p, c_size_t),
    "rnn_model_import_onnx": (c_int32, _model, c_size_t, *_floats, *_floats, *_floats, *_floats),
    "rnn_model_export_onnx": (c_int32, _model, c_size_t, *_floats, *_floats, *_floats, *_floats),
    "rnn_model_import_keras": (c_int32, _model, c_size_t, c_size_t, *_floats, *_floats, *_floats),
    "rnn_model_export_keras": (c_int32, _model, c_size_t, c_size_t, *_floats, *_floats, *_floats),
    "rnn_session_create": (c_int32, POINTER(_session), _model, c_int32),
    "rnn_session_destroy": (None, _session),
    "rnn_session_reserve": (c_int32, _session, c_size_t, c_size_t),
    "rnn_reset_state": (c_int32, _session, c_size_t),
    "rnn_session_get_state": (c_int32, _session, *_floats, c_int32),
    "rnn_session_set_state": (c_int32, _session, *_floats, c_int32),
    "rnn_session_set_state_gradient": (c_int32, _session, *_floats, c_int32),
    "rnn_session_get_state_gradient": (c_int32, _session, *_floats, c_int32),
    "rnn_session_seed_dropout": (c_int32, _session, c_int64),
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
    "rnn_session_gradients": (c_int32, _session, POINTER(_float_p), _size_p),
    "rnn_session_get_gradient": (c_int32, _session, *_floats, c_char_p),
    "rnn_session_add_gradients": (c_int32, _session, *_floats),
    "rnn_session_clip_gradient_norm": (c_int32, _session, _double_p, c_double),
    "rnn_session_clip_gradient_value": (c_int32, _session, c_double),
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
                        c_double, rnn_generator, c_void_p),
    "rnn_session_next": (c_int32, c_void_p, *_floats, _int32_p, _int32_p, c_size_t),
    "rnn_session_select_state": (c_int32, _session, *_ints),
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
    "rnn_attention_backward_memory": (c_int32, _attention, *_floats),
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

# ---- arguments --------------------------------------------------------------------------------------------------


def _integers(function, kind, /, **values):
    """The values as integers of a C type.  ctypes would take them modulo 2^32 or 2^64."""
    bits = 8 * ctypes.sizeof(kind)
    low, high = (0, 2 ** bits - 1) if kind is c_size_t else (-2 ** (bits - 1), 2 ** (bits - 1) - 1)
    numbers = []
    for argument, value in values.items():
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"{function}: {argument} is {value!r}, expected an integer") from None
        if not low <= number <= high:
            raise ValueError(f"{function}: {argument} is {number}, expected {low} to {high}")
        numbers.append(number)
    return numbers


def _text(text):
    """A string for C, which would end at its first 0."""
    data = text.encode()
    if b"\0" in data:
        raise ValueError(f"{text!r} has a character 0")
    return data


def _path(path):
    data = os.fsencode(path)
    if b"\0" in data:
        raise ValueError(f"{path!r} has a character 0")
    return data


def _array(function, argument, values, axes, dtype, kinds, expected):
    """The values as an array of a type, without gaps.  axes {name: size}, size None: any.  kinds: types to convert."""
    array = np.asarray(values)
    if array.ndim != len(axes) or any(size not in (None, have) for size, have in zip(axes.values(), array.shape)):
        shape = ", ".join(name if size is None else f"{name}={size}" for name, size in axes.items())
        raise ValueError(f"{function}: {argument} has shape {array.shape}, expected ({shape})")
    if array.dtype != dtype:
        if array.dtype.kind not in kinds and array.size > 0:  # [] has the type of real numbers
            raise TypeError(f"{function}: {argument} has elements of type {array.dtype}, expected {expected}")
        if dtype == np.int32 and array.size > 0:
            limits = np.iinfo(dtype)
            for element in (int(array.min()), int(array.max())):
                if not limits.min <= element <= limits.max:
                    raise ValueError(f"{function}: {argument} has the element {element}, "
                                     f"expected {limits.min} to {limits.max}")
        array = array.astype(dtype)
    return array if array.flags.c_contiguous and array.flags.aligned else array.copy()


def _reals(function, argument, values, axes):
    return _array(function, argument, values, axes, np.float32, "biuf", "real numbers")


def _whole(function, argument, values, axes):
    return _array(function, argument, values, axes, np.int32, "iu", "integers")


def _optional(convert, function, argument, values, axes):
    """None stays None."""
    return None if values is None else convert(function, argument, values, axes)


def _lengths(function, values, batch):
    return _optional(_whole, function, "lengths", values, {"B": batch})


_C_TYPES = {np.dtype(np.float32): _float_p, np.dtype(np.int32): _int32_p, np.dtype(np.float64): _double_p}


def _counted(array):
    """(pointer, count) for an array parameter and the count that follows it; None stands for (NULL, 0)."""
    if array is None:
        return None, 0
    return array.ctypes.data_as(_C_TYPES[array.dtype]), array.size  # the pointer keeps the array alive


def _empty(axes):
    return np.empty(tuple(axes.values()), np.float32)


def _view(owner, function, writeable=True):
    """The library's own memory as an array, which keeps the handle even if `owner` is closed."""
    pointer, count = _float_p(), c_size_t()
    function(owner, byref(pointer), byref(count))
    if not pointer:
        return np.empty(0, np.float32)
    memory = (c_float * count.value).from_address(ctypes.addressof(pointer.contents))
    memory.handle = owner._as_parameter_
    view = memoryview(memory)
    return np.frombuffer(view if writeable else view.toreadonly(), np.float32)


def _bytes_of(owner, function):
    """What a ..._save_memory function writes."""
    size = c_size_t()
    function(owner, None, 0, byref(size))
    data = ctypes.create_string_buffer(size.value)
    function(owner, data, size.value, byref(size))
    return data.raw


# ---- calls that call back ---------------------------------------------------------------------------------------


class _SignalHandler:
    """Replaces a handler of the program during a call that calls back.  Python may run a handler on entry to a
    callback, before its `try`, and ctypes drops what is raised there: this one postpones it."""

    calls = 0  # in progress in the main thread, which runs all handlers
    inside = False  # whether the main thread is in the `try` of a callback
    late = []  # postponed: (handler, number, frame)

    def __init__(self, handler):
        self.handler = handler

    def __call__(self, number, frame):
        if self.calls > 0 and not self.inside:
            self.late.append((self.handler, number, frame))
        else:
            self.handler(number, frame)

    @classmethod
    def run_late(cls):
        while cls.late:
            handler, number, frame = cls.late.pop(0)
            handler(number, frame)

    @classmethod
    def replace(cls):
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if callable(handler) and not isinstance(handler, cls):
                try:
                    signal.signal(number, cls(handler))
                except ValueError:  # not the main interpreter, which alone runs handlers
                    return

    @classmethod
    def restore(cls):
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if isinstance(handler, cls):
                signal.signal(number, handler.handler)


class _Call:
    """A call during which the library calls Python.  An exception cannot pass through C: it ends the call by a status
    above 0, and is raised when the call has returned."""

    def __init__(self):
        self._error = None
        self.runs_handlers = threading.current_thread() is threading.main_thread()

    def back(self, kind, function):
        """`function` as a callback of a type; what it returns is the status."""
        def guarded(*arguments):
            try:
                if self._error is not None:
                    return 1
                if self.runs_handlers:
                    _SignalHandler.inside = True
                    _SignalHandler.run_late()
                return function(*arguments)
            except BaseException as error:  # KeyboardInterrupt too
                self._error = error
                return 1
            finally:
                if self.runs_handlers:
                    _SignalHandler.inside = False
        return kind(guarded)

    def __call__(self, function, *arguments):
        if not self.runs_handlers:
            self._run(function, *arguments)
            return
        before = _SignalHandler.calls, _SignalHandler.inside
        try:
            _SignalHandler.calls, _SignalHandler.inside = before[0] + 1, False
            if before[0] == 0:
                _SignalHandler.replace()
            self._run(function, *arguments)
        finally:
            _SignalHandler.calls, _SignalHandler.inside = before
            if before[0] == 0:
                _SignalHandler.restore()
            _SignalHandler.run_late()

    def _run(self, function, *arguments):
        try:
            function(*arguments)
        except RnnError:
            if self._error is None:
                raise
        error, self._error = self._error, None  # an error that is kept would keep this frame, and so itself
        try:
            if error is not None:
                raise error
        finally:
            del error


# ---- handles ----------------------------------------------------------------------------------------------------


class _Handle:
    """Owns a handle of the library until close(), the end of a `with` block, or garbage collection.  Calls in progress
    and views own it too, and the last owner destroys it: all share one pointer object, and its end is that of the
    handle."""

    def _own(self, create, destroy, *arguments):
        handle = destroy.argtypes[0]()
        create(byref(handle), *arguments)
        # Not at exit: threads and views may still use it.
        weakref.finalize(handle, destroy, type(handle).from_buffer_copy(handle)).atexit = False
        self._as_parameter_ = handle  # what ctypes passes where this object is an argument
        return self

    def close(self):
        self._as_parameter_ = type(self._as_parameter_)()  # NULL: later calls raise E_NULL

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a {type(self).__name__} cannot be copied or pickled: create another one")


class _Saved(_Handle):
    """A handle that copy and pickle copy as its file would."""

    def __reduce_ex__(self, protocol):
        state = {name: value for name, value in vars(self).items() if name != "_as_parameter_"}
        return type(self).from_bytes, (self.to_bytes(),), state or None


_OPTIONS = {  # keyword: key, type
    name.lower(): (globals()[name], kind)
    for kind, names in {
        c_int64: "CELL INPUT_SIZE VOCABULARY EMBEDDING_SIZE HIDDEN_SIZE LAYERS CLASSES SEED DIRECTION MERGE BIAS "
                 "PROJECTION_SIZE RESIDUAL OUTPUT RESET PEEPHOLES COUPLE LAYER_NORM ACTIVATION_F ACTIVATION_G "
                 "ACTIVATION_H INIT_INPUT INIT_RECURRENT INIT_BIAS NESTEROV SCHEDULE WARMUP PERIOD PATIENCE UPDATES "
                 "PLATEAU EPOCHS BATCH_SIZE LOSS SHUFFLE EARLY_STOP KEEP_BEST THREADS BLANK IGNORED EPOCH BATCH "
                 "SKIP_NONFINITE SKIPPED",
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
        if kind is c_char_p:
            value = _text(value)
        elif kind is c_int64:
            [value] = _integers(type(self).__name__, kind, **{name: value})
        self._set[kind](self, key, value)

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
        _library.rnn_config_infer(self, _path(path))

    def infer_memory(self, data):
        _library.rnn_config_infer_memory(self, data, len(data))


_GATES = {CELL_TANH: 1, CELL_RELU: 1, CELL_LSTM: 4, CELL_GRU: 3, CELL_MINGRU: 2, CELL_SLSTM: 4}


class Model(_Saved, _Readable):
    """Architecture and weights."""

    _get = {c_int64: _library.rnn_model_get_int, c_double: _library.rnn_model_get_real, c_char_p: _library.rnn_model_get_text}

    def __init__(self, config):
        self._own(_library.rnn_create, _library.rnn_destroy, config)

    def __copy__(self):
        """The same network under another name."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        return other

    @classmethod
    def load(cls, path):
        return cls.__new__(cls)._own(_library.rnn_load, _library.rnn_destroy, _path(path))

    @classmethod
    def from_bytes(cls, data):
        return cls.__new__(cls)._own(_library.rnn_load_memory, _library.rnn_destroy, data, len(data))

    def save(self, path):
        _library.rnn_save(self, _path(path))

    def to_bytes(self):
        return _bytes_of(self, _library.rnn_save_memory)

    def load_parameters(self, path):
        """All parameters from a safetensors file of any writer, such as a state_dict of PyTorch."""
        _library.rnn_model_load_parameters(self, _path(path))

    def load_parameters_memory(self, data):
        _library.rnn_model_load_parameters_memory(self, data, len(data))

    def describe(self, steps=1, batch=1):
        size, (steps, batch) = c_size_t(), _integers("describe", c_size_t, steps=steps, batch=batch)
        _library.rnn_describe(self, None, 0, byref(size), steps, batch)
        text = ctypes.create_string_buffer(size.value)
        _library.rnn_describe(self, text, size.value, byref(size), steps, batch)
        return text.value.decode()

    def _sizes(self):
        """D, R and F, as rnn.h calls them."""
        directions = 2 if self["direction"] == DIRECTION_BOTH else 1
        outputs = self["projection_size"] or self["hidden_size"]
        return directions, outputs, outputs * (directions if self["merge"] == MERGE_CONCATENATE else 1)

    def _kind_of_y(self):
        """Whether y has an axis T, and Y."""
        return self["output"] == OUTPUT_EVERY_STEP, self["classes"] or self._sizes()[2]

    def _inputs(self, layer):
        """K of a layer."""
        if layer > 0:
            return self._sizes()[2]
        return self["input_size"] or self["embedding_size"] or self["vocabulary"]

    def tensors(self):
        """{name: shape} in the order of the flat block."""
        count, shapes = c_size_t(), {}
        _library.rnn_model_tensor_count(self, byref(count))
        for index in range(count.value):
            name, rank, shape = c_char_p(), c_size_t(), (c_size_t * 8)()
            _library.rnn_model_tensor_info(self, byref(name), byref(rank), shape, len(shape), None, index)
            shapes[name.value.decode()] = tuple(shape[:rank.value])
        return shapes

    def parameters(self):
        """The flat block, to read: a view that changes with the model."""
        return _view(self, _library.rnn_model_parameters, writeable=False)

    def set_parameters(self, values):
        values = _reals("set_parameters", "values", values, {"N": self.parameters().size})
        _library.rnn_model_set_parameters(self, *_counted(values))

    def get_parameter(self, name):
        values = np.empty(self.tensors().get(name, 0), np.float32)
        _library.rnn_model_get_parameter(self, *_counted(values), _text(name))
        return values

    def set_parameter(self, name, values):
        shape = self.tensors().get(name, np.shape(values))  # no such name: the library says so
        if len(shape) == 2:
            matrices = {"weight_ih_l": ("G*H", "K"), "weight_hh_l": ("G*H", "R"), "weight_hr_l": ("P", "H"),
                        self["embedding_name"]: ("V", "E"), self["head_name"]: ("C", "F")}
            names = next((axes for part, axes in matrices.items() if part and part in name), ("rows", "columns"))
        else:
            names = (f"axis {axis}" for axis in range(len(shape)))
        values = _reals("set_parameter", name, values, dict(zip(names, shape)))
        _library.rnn_model_set_parameter(self, *_counted(values), _text(name))

    def _onnx(self, layer):
        """The axes of w, r, b and p; G*H is that of ONNX."""
        directions, hidden = self._sizes()[0], self["hidden_size"]
        rows = _GATES[self["cell"]] * hidden
        return ({"D": directions, "G*H": rows, "K": self._inputs(layer)}, {"D": directions, "G*H": rows, "H": hidden},
                {"D": directions, "2*G*H": 2 * rows}, {"D": directions, "3*H": 3 * hidden})

    def import_onnx(self, layer, w, r, b=None, p=None):
        [layer] = _integers("import_onnx", c_size_t, layer=layer)
        arrays = [_optional(_reals, "import_onnx", name, values, axes)
                  for name, values, axes in zip("wrbp", (w, r, b, p), self._onnx(layer))]
        _library.rnn_model_import_onnx(self, layer, *(part for array in arrays for part in _counted(array)))

    def export_onnx(self, layer):
        """[w, r, b, p]; None for b or p where the model has none."""
        [layer] = _integers("export_onnx", c_size_t, layer=layer)
        has = (True, True, self["bias"], self["peepholes"])
        arrays = [_empty(axes) if it_has else None for axes, it_has in zip(self._onnx(layer), has)]
        _library.rnn_model_export_onnx(self, layer, *(part for array in arrays for part in _counted(array)))
        return arrays

    def _keras(self, layer):
        """The axes of kernel, recurrent and bias."""
        hidden = self["hidden_size"]
        rows = _GATES[self["cell"]] * hidden
        two = self["cell"] == CELL_GRU and self["reset"] == RESET_AFTER
        return ({"K": self._inputs(layer), "G*H": rows}, {"H": hidden, "G*H": rows},
                {"2": 2, "G*H": rows} if two else {"G*H": rows})

    def import_keras(self, layer, direction, kernel, recurrent, bias=None):
        layer, direction = _integers("import_keras", c_size_t, layer=layer, direction=direction)
        arrays = [_optional(_reals, "import_keras", name, values, axes) for name, values, axes in
                  zip(("kernel", "recurrent", "bias"), (kernel, recurrent, bias), self._keras(layer))]
        _library.rnn_model_import_keras(self, layer, direction, *(part for array in arrays for part in _counted(array)))

    def export_keras(self, layer, direction=0):
        """[kernel, recurrent, bias]; None for bias where the model has none."""
        layer, direction = _integers("export_keras", c_size_t, layer=layer, direction=direction)
        arrays = [_empty(axes) if it_has else None for axes, it_has in
                  zip(self._keras(layer), (True, True, self["bias"]))]
        _library.rnn_model_export_keras(self, layer, direction, *(part for array in arrays for part in _counted(array)))
        return arrays

    def get_metadata(self, key):
        value = c_char_p()
        _library.rnn_model_get_metadata(self, byref(value), _text(key))
        return value.value.decode()

    def set_metadata(self, key, value):
        """value None removes the note."""
        _library.rnn_model_set_metadata(self, _text(key), None if value is None else _text(value))


class Session(_Handle):
    """What one thread needs to run (INFERENCE) or train (TRAINING) a model."""

    def __init__(self, model, mode=INFERENCE):
        [mode] = _integers("Session", c_int32, mode=mode)
        self._own(_library.rnn_session_create, _library.rnn_session_destroy, model, mode)
        directions, self._recurrent, _ = model._sizes()
        self._tensors, self._count = model.tensors(), model.parameters().size
        self._inputs, self._hidden = model["input_size"], model["hidden_size"]
        self._every_step, self._outputs = model._kind_of_y()
        self._rows = model["layers"] * directions  # of a state
        self._run, self.batch = None, 1  # steps and batch of the last forward; sequences of the state
        self._recomputes, self._x = False, None  # x: what the library reads in backward

    def reserve(self, steps, batch):
        _library.rnn_session_reserve(self, *_integers("reserve", c_size_t, steps=steps, batch=batch))

    def reset_state(self, batch=1):
        [batch] = _integers("reset_state", c_size_t, batch=batch)
        _library.rnn_reset_state(self, batch)
        self.batch = batch

    def _state(self, kind):
        """The axes of a state."""
        width = {"R": self._recurrent} if kind == STATE_H else {"H": self._hidden}
        return {"L*D": self._rows, "B": self.batch, **width}

    def _copy_state(self, name, function, kind):
        [kind] = _integers(name, c_int32, kind=kind)
        values = _empty(self._state(kind))
        function(self, *_counted(values), kind)
        return values

    def _write_state(self, name, function, values, kind):
        [kind] = _integers(name, c_int32, kind=kind)
        function(self, *_counted(_reals(name, "values", values, self._state(kind))), kind)

    def get_state(self, kind=STATE_H):
        return self._copy_state("get_state", _library.rnn_session_get_state, kind)

    def set_state(self, values, kind=STATE_H):
        self._write_state("set_state", _library.rnn_session_set_state, values, kind)

    def select_state(self, rows):
        """Sequence i of the state becomes what sequence rows[i] was."""
        rows = _whole("select_state", "rows", rows, {"B": None})
        _library.rnn_session_select_state(self, *_counted(rows))
        self.batch = len(rows)

    def get_state_gradient(self, kind=STATE_H):
        return self._copy_state("get_state_gradient", _library.rnn_session_get_state_gradient, kind)

    def set_state_gradient(self, values, kind=STATE_H):
        self._write_state("set_state_gradient", _library.rnn_session_set_state_gradient, values, kind)

    def seed_dropout(self, seed):
        _library.rnn_session_seed_dropout(self, *_integers("seed_dropout", c_int64, seed=seed))

    def set_threads(self, threads):
        _library.rnn_session_set_threads(self, *_integers("set_threads", c_size_t, threads=threads))

    def set_recompute(self, steps):
        """The session then keeps the x of forward until backward has returned; it must not be changed before."""
        [steps] = _integers("set_recompute", c_size_t, steps=steps)
        _library.rnn_session_set_recompute(self, steps)
        self._recomputes, self._x = steps > 0, None

    def _y(self, steps, batch):
        """The axes of y: [T,B,Y], or [B,Y] where a sequence has one output."""
        axes = {"B": batch, "Y": self._outputs}
        return {"T": steps, **axes} if self._every_step else axes

    def forward(self, x, lengths=None):
        # A network of tokens has no I: the library refuses x.
        x = _reals("forward", "x", x, {"T": None, "B": self.batch, "I": self._inputs or None})
        lengths, floats = _lengths("forward", lengths, self.batch), _counted(x)
        y = _empty(self._y(len(x), self.batch))
        _library.rnn_forward(self, *_counted(y), *floats, *_counted(lengths), len(x))
        self._run, self._x = (len(x), self.batch), floats if self._recomputes else None
        return y

    def forward_tokens(self, tokens, lengths=None):
        tokens = _whole("forward_tokens", "tokens", tokens, {"T": None, "B": self.batch})
        lengths = _lengths("forward_tokens", lengths, self.batch)
        y = _empty(self._y(len(tokens), self.batch))
        _library.rnn_forward_tokens(self, *_counted(y), *_counted(tokens), *_counted(lengths), len(tokens))
        self._run = len(tokens), self.batch
        return y

    def step(self, x):
        x = _reals("step", "x", x, {"B": self.batch, "I": self._inputs or None})
        y = np.empty((self.batch, self._outputs), np.float32)
        _library.rnn_step(self, *_counted(y), *_counted(x))
        return y

    def step_tokens(self, tokens):
        tokens = _whole("step_tokens", "tokens", tokens, {"B": self.batch})
        y = np.empty((self.batch, self._outputs), np.float32)
        _library.rnn_step_tokens(self, *_counted(y), *_counted(tokens))
        return y

    def backward(self, dy, want_dx=False):
        """dy None: no loss but what set_state_gradient gave."""
        steps, batch = self._run or (None, None)  # None: the library says that there is nothing to go back through
        dy = _optional(_reals, "backward", "dy", dy, self._y(steps, batch))
        dx = np.empty((steps or 0, batch or 0, self._inputs), np.float32) if want_dx else None
        _library.rnn_backward(self, *_counted(dx), *_counted(dy))
        self._x = None
        return dx

    def zero_gradients(self):
        _library.rnn_zero_gradients(self)

    def gradients(self):
        """The flat block, to read and to write: a view."""
        return _view(self, _library.rnn_session_gradients)

    def get_gradient(self, name):
        values = np.empty(self._tensors.get(name, 0), np.float32)
        _library.rnn_session_get_gradient(self, *_counted(values), _text(name))
        return values

    def add_gradients(self, values):
        """To train in parallel: first.add_gradients(other.gradients())."""
        values = _reals("add_gradients", "values", values, {"N": self._count})
        _library.rnn_session_add_gradients(self, *_counted(values))

    def clip_gradient_norm(self, max_norm):
        norm = c_double()
        _library.rnn_session_clip_gradient_norm(self, byref(norm), max_norm)
        return norm.value

    def clip_gradient_value(self, max_abs):
        _library.rnn_session_clip_gradient_value(self, max_abs)

    def sgd_step(self, rate):
        _library.rnn_sgd_step(self, rate)


class Optimizer(_Saved, _Settable):
    """Optimizer(OPTIMIZER_ADAM, model, rate=0.01, max_norm=1.0); `parameters` is how many, or a Model or Attention."""

    _get = {c_int64: _library.rnn_optimizer_get_int, c_double: _library.rnn_optimizer_get_real}
    _set = {c_int64: _library.rnn_optimizer_set_int, c_double: _library.rnn_optimizer_set_real}

    def __init__(self, kind, parameters, **options):
        count = parameters.parameters().size if hasattr(parameters, "parameters") else parameters
        [kind] = _integers("Optimizer", c_int32, kind=kind)
        [count] = _integers("Optimizer", c_size_t, parameters=count)
        self._own(_library.rnn_optimizer_create, _library.rnn_optimizer_destroy, kind, count)
        self._set_all(options)

    @classmethod
    def load(cls, path):
        return cls.__new__(cls)._own(_library.rnn_optimizer_load, _library.rnn_optimizer_destroy, _path(path))

    @classmethod
    def from_bytes(cls, data):
        return cls.__new__(cls)._own(_library.rnn_optimizer_load_memory, _library.rnn_optimizer_destroy, data,
                                     len(data))

    def save(self, path):
        _library.rnn_optimizer_save(self, _path(path))

    def to_bytes(self):
        return _bytes_of(self, _library.rnn_optimizer_save_memory)

    def step(self, session):
        _library.rnn_optimizer_step(self, session)

    def step_arrays(self, parameters, gradients):
        """Changes `parameters`, an array of float32 without gaps, of any shape, which is that of `gradients`."""
        if not (isinstance(parameters, np.ndarray) and parameters.dtype == np.float32 and parameters.flags.carray):
            raise TypeError("step_arrays: parameters must be a writeable array of float32 without gaps")
        axes = {f"axis {axis}": size for axis, size in enumerate(parameters.shape)}
        gradients = _reals("step_arrays", "gradients", gradients, axes)
        _library.rnn_optimizer_step_arrays(self, *_counted(parameters), *_counted(gradients))

    def report(self, loss):
        _library.rnn_optimizer_report(self, loss)


class Attention(_Handle):
    """Between an encoder and a decoder: one of ATTENTION_..., with its parameters, gradients and memory."""

    def __init__(self, score, query_size, memory_size, units=0, seed=0):
        sizes = _integers("Attention", c_size_t, query_size=query_size, memory_size=memory_size, units=units)
        self._own(_library.rnn_attention_create, _library.rnn_attention_destroy,
                  *_integers("Attention", c_int32, score=score), *sizes, *_integers("Attention", c_int64, seed=seed))
        self._query_size, self._memory_size = sizes[:2]
        self._memory = None  # S and B; None: the library says that there is no memory

    def parameters(self):
        """The flat block, to read: a view."""
        return _view(self, _library.rnn_attention_parameters, writeable=False)

    def gradients(self):
        """The flat block, to read and to write: a view."""
        return _view(self, _library.rnn_attention_gradients)

    def set_parameters(self, values):
        values = _reals("set_parameters", "values", values, {"N": self.parameters().size})
        _library.rnn_attention_set_parameters(self, *_counted(values))
        self._memory = None

    def step(self, optimizer):
        _library.rnn_attention_step(self, optimizer)
        self._memory = None

    def zero_gradients(self):
        _library.rnn_attention_zero_gradients(self)

    def set_memory(self, memory, lengths=None):
        """memory [S,B,M]."""
        memory = _reals("set_memory", "memory", memory, {"S": None, "B": None, "M": self._memory_size})
        steps, batch, _ = memory.shape
        lengths = _lengths("set_memory", lengths, batch)
        _library.rnn_attention_set_memory(self, *_counted(memory), *_counted(lengths), steps, batch)
        self._memory = steps, batch

    def forward(self, queries):
        """(context [T,B,M], weights [T,B,S]) for queries [T,B,Q]."""
        memory_steps, batch = self._memory or (0, None)
        queries = _reals("forward", "queries", queries, {"T": None, "B": batch, "Q": self._query_size})
        steps, batch, _ = queries.shape
        context = np.empty((steps, batch, self._memory_size), np.float32)
        weights = np.empty((steps, batch, memory_steps), np.float32)
        _library.rnn_attention_forward(self, *_counted(context), *_counted(weights), *_counted(queries), steps)
        return context, weights

    def backward(self, dcontext, queries, weights):
        """dqueries [T,B,Q]; queries and weights went into and came out of forward."""
        memory_steps, batch = self._memory or (None, None)
        queries = _reals("backward", "queries", queries, {"T": None, "B": batch, "Q": self._query_size})
        steps, batch, _ = queries.shape
        dcontext = _reals("backward", "dcontext", dcontext, {"T": steps, "B": batch, "M": self._memory_size})
        weights = _reals("backward", "weights", weights, {"T": steps, "B": batch, "S": memory_steps})
        dqueries = np.empty(queries.shape, np.float32)
        _library.rnn_attention_backward(self, *_counted(dqueries), *_counted(dcontext), *_counted(queries),
                                        *_counted(weights), steps)
        return dqueries

    def memory_gradient(self):
        """dmemory [S,B,M]; to be called in the end, for the parameters' sake too."""
        dmemory = np.empty((*(self._memory or (0, 0)), self._memory_size), np.float32)
        _library.rnn_attention_backward_memory(self, *_counted(dmemory))
        return dmemory


class Dataset(_Handle):
    """Sequences with what is to be learned of them; copies of what it is given."""

    def __init__(self):
        self._own(_library.rnn_dataset_create, _library.rnn_dataset_destroy)
        self._inputs = None  # I of the first sequence with x
        self._values = set()  # of all sequences: whether their values have an axis T, and Y

    def __len__(self):
        count = c_size_t()
        _library.rnn_dataset_count(self, byref(count))
        return count.value

    def add(self, x=None, tokens=None, classes=None, values=None):
        """One sequence: x [T,I] or tokens [T], and one of the two kinds of target: classes [T], [1] or labels, or
        values [T,Y], or [Y] for a network with one output a sequence."""
        x = _optional(_reals, "add", "x", x, {"T": None, "I": self._inputs})
        tokens = _optional(_whole, "add", "tokens", tokens, {"T": None})
        steps = next((len(array) for array in (x, tokens) if array is not None), 1)
        classes = _optional(_whole, "add", "classes", classes, {"elements": None})
        values = _optional(_reals, "add", "values", values,
                           {"Y": None} if np.ndim(values) == 1 else {"T": steps, "Y": None})
        _library.rnn_dataset_add(self, *_counted(x), *_counted(tokens), *_counted(classes), *_counted(values), steps)
        if x is not None:
            self._inputs = x.shape[1]
        if values is not None:
            self._values.add((values.ndim == 2, values.shape[-1]))


class Trainer(_Settable):
    """The training loop: Trainer(model, optimizer, epochs=20, batch_size=32)."""

    _get = {c_int64: _library.rnn_trainer_get_int, c_double: _library.rnn_trainer_get_real}
    _set = {c_int64: _library.rnn_trainer_set_int, c_double: _library.rnn_trainer_set_real}

    def __init__(self, model, optimizer, **options):
        self._own(_library.rnn_trainer_create, _library.rnn_trainer_destroy, model, optimizer)
        self._kind_of_y = model._kind_of_y()
        self._set_all(options)

    def _check_values(self, function, argument, dataset):
        """The values of a dataset must have the axes of the model's y: the library knows their number alone."""
        for has_steps, size in dataset._values - {self._kind_of_y}:
            shape, expected = (f"({'T, ' * steps}Y={size})" for steps, size in ((has_steps, size), self._kind_of_y))
            raise ValueError(f"{function}: {argument} has values of shape {shape}, expected {expected}")

    def set_checkpoint(self, path):
        """Where fit saves after every epoch; None: nowhere."""
        _library.rnn_trainer_set_checkpoint(self, None if path is None else _path(path))

    def fit(self, training, validation=None, callback=None):
        """callback(trainer, event) is told of every EVENT_...; if it returns something true that ends the training, and
        is what this method returns, else None.  An exception in it, or in a signal handler, such as KeyboardInterrupt,
        ends the training after the batch and comes out here."""
        self._check_values("fit", "training", training)
        if validation is not None:
            self._check_values("fit", "validation", validation)
        call, answer, handle = _Call(), None, self._as_parameter_  # the handle: the callback may close this trainer

        def progress(_user, _trainer, event):
            nonlocal answer
            if callback is not None:
                answer = callback(self, event) or None
            return 0 if answer is None else 1

        # Without a callback of the caller's too: signal handlers run in it.
        silent = callback is None and not call.runs_handlers
        told = rnn_progress() if silent else call.back(rnn_progress, progress)
        _library.rnn_trainer_set_callback(handle, told, None)
        try:
            call(_library.rnn_fit, handle, training, validation)
        finally:
            _library.rnn_trainer_set_callback(handle, rnn_progress(), None)  # `told` ends with this method
        return answer

    def evaluate(self, dataset):
        """(loss, accuracy); accuracy is NaN for other losses than cross-entropy."""
        self._check_values("evaluate", "dataset", dataset)
        loss, accuracy = c_double(), c_double()
        _library.rnn_evaluate(self, byref(loss), byref(accuracy), dataset)
        return loss.value, accuracy.value

    def save(self, path):
        _library.rnn_trainer_save(self, _path(path))

    def load(self, path):
        """Puts what save wrote into this trainer, its model and its optimiser."""
        _library.rnn_trainer_load(self, _path(path))


# ---- losses -----------------------------------------------------------------------------------------------------
# y and logits are [T,B,C], or [B,C] of a network with one output a sequence, whose targets and mask then have no axis T
# either; the gradient has the same shape.


def _predictions(function, argument, y):
    """y as an array, and its axes."""
    y = _reals(function, argument, y, dict.fromkeys("BC" if np.ndim(y) == 2 else "TBC"))
    return y, dict(zip("TBC"[-y.ndim:], y.shape))


def _without_classes(axes):
    return {name: size for name, size in axes.items() if name != "C"}


def _dimensions(axes):
    """T, B, C."""
    return axes.get("T", 1), axes["B"], axes["C"]


def _classified(function, logits, targets, lengths):
    """The arrays of a cross-entropy, and the axes of the first."""
    logits, axes = _predictions(function, "logits", logits)
    targets = _whole(function, "targets", targets, _without_classes(axes))
    return logits, targets, _lengths(function, lengths, axes["B"]), axes


def softmax_cross_entropy(logits, targets, lengths=None, reduction=MEAN):
    """(loss, dlogits) for targets [T,B]."""
    name = "softmax_cross_entropy"
    logits, targets, lengths, axes = _classified(name, logits, targets, lengths)
    loss, dlogits = c_double(), np.empty_like(logits)
    _library.rnn_softmax_cross_entropy(byref(loss), *_counted(dlogits), *_counted(logits), *_counted(targets),
                                       *_counted(lengths), *_dimensions(axes),
                                       *_integers(name, c_int32, reduction=reduction))
    return loss.value, dlogits


def weighted_cross_entropy(logits, targets, lengths=None, weights=None, reduction=MEAN, smoothing=0.0, ignored=-100):
    """(loss, dlogits) for targets [T,B] and weights [C]."""
    name = "weighted_cross_entropy"
    logits, targets, lengths, axes = _classified(name, logits, targets, lengths)
    weights = _optional(_reals, name, "weights", weights, {"C": axes["C"]})
    reduction, ignored = _integers(name, c_int32, reduction=reduction, ignored=ignored)
    loss, dlogits = c_double(), np.empty_like(logits)
    _library.rnn_weighted_cross_entropy(byref(loss), *_counted(dlogits), *_counted(logits), *_counted(targets),
                                        *_counted(lengths), *_counted(weights), *_dimensions(axes), reduction,
                                        smoothing, ignored)
    return loss.value, dlogits


def _loss_of_real_numbers(name, y, targets, lengths, mask, reduction, *options):
    y, axes = _predictions(name, "y", y)
    targets, lengths = _reals(name, "targets", targets, axes), _lengths(name, lengths, axes["B"])
    mask = _optional(_reals, name, "mask", mask, _without_classes(axes))
    loss, dy = c_double(), np.empty_like(y)
    getattr(_library, "rnn_" + name)(byref(loss), *_counted(dy), *_counted(y), *_counted(targets), *_counted(lengths),
                                     *_counted(mask), *_dimensions(axes),
                                     *_integers(name, c_int32, reduction=reduction), *options)
    return loss.value, dy


def binary_cross_entropy(y, targets, lengths=None, mask=None, reduction=MEAN):
    """(loss, dy) for targets [T,B,C] and mask [T,B], as the next three."""
    return _loss_of_real_numbers("binary_cross_entropy", y, targets, lengths, mask, reduction)


def squared_error(y, targets, lengths=None, mask=None, reduction=MEAN):
    return _loss_of_real_numbers("squared_error", y, targets, lengths, mask, reduction)


def absolute_error(y, targets, lengths=None, mask=None, reduction=MEAN):
    return _loss_of_real_numbers("absolute_error", y, targets, lengths, mask, reduction)


def huber_loss(y, targets, lengths=None, mask=None, reduction=MEAN, delta=1.0):
    return _loss_of_real_numbers("huber_loss", y, targets, lengths, mask, reduction, delta)


def ctc_loss(logits, labels, lengths=None, label_lengths=None, blank=0, reduction=MEAN, zero_infinity=False):
    """(loss, dlogits, losses [B]) for labels [B,S]; None: no sequence has labels."""
    logits, lengths = _frames("ctc_loss", logits, lengths)
    steps, batch, classes = logits.shape
    labels = _optional(_whole, "ctc_loss", "labels", labels, {"B": batch, "S": None})
    most_labels = 0 if labels is None else labels.shape[1]
    label_lengths = _optional(_whole, "ctc_loss", "label_lengths", label_lengths, {"B": batch})
    options = _integers("ctc_loss", c_int32, blank=blank, reduction=reduction, zero_infinity=zero_infinity)
    loss, losses, dlogits = c_double(), np.empty(batch), np.empty_like(logits)
    _library.rnn_ctc_loss(byref(loss), *_counted(losses), *_counted(dlogits), *_counted(logits), *_counted(labels),
                          *_counted(lengths), *_counted(label_lengths), steps, batch, classes, most_labels, *options)
    return loss.value, dlogits, losses


def softmax(logits):
    """Probabilities over the last axis; any number of axes before it."""
    others = {f"axis {axis}": None for axis in range(np.ndim(logits) - 1)}
    logits = _reals("softmax", "logits", logits, {**others, "C": None})
    p = np.empty_like(logits)
    _library.rnn_softmax(*_counted(p), *_counted(logits), logits.shape[-1])
    return p


# ---- decoding ---------------------------------------------------------------------------------------------------


def _frames(function, logits, lengths):
    """The logits [T,B,C] and lengths [B] of CTC."""
    logits = _reals(function, "logits", logits, dict.fromkeys("TBC"))
    return logits, _lengths(function, lengths, logits.shape[1])


def ctc_greedy(logits, lengths=None, blank=0):
    """[(labels, score), ...], one for each sequence of logits [T,B,C]."""
    logits, lengths = _frames("ctc_greedy", logits, lengths)
    steps, batch, _ = logits.shape
    labels, counts, scores = np.empty((batch, steps), np.int32), np.empty(batch, np.int32), np.empty(batch)
    _library.rnn_ctc_greedy(*_counted(labels), *_counted(counts), *_counted(scores), *_counted(logits),
                            *_counted(lengths), *logits.shape, *_integers("ctc_greedy", c_int32, blank=blank))
    return _ranked(labels, counts, scores)


def ctc_beam_search(logits, width, results=1, lengths=None, blank=0):
    """For each sequence of logits [T,B,C] a list [(labels, score), ...], best first, of at most `results`."""
    logits, lengths = _frames("ctc_beam_search", logits, lengths)
    width, results = _integers("ctc_beam_search", c_size_t, width=width, results=results)
    [blank] = _integers("ctc_beam_search", c_int32, blank=blank)
    steps, batch, _ = logits.shape
    labels, counts = np.empty((batch, results, steps), np.int32), np.empty((batch, results), np.int32)
    scores = np.empty((batch, results))
    _library.rnn_ctc_beam_search(*_counted(labels), *_counted(counts), *_counted(scores), *_counted(logits),
                                 *_counted(lengths), *logits.shape, blank, width, results)
    return [_ranked(*one) for one in zip(labels, counts, scores)]


def _ranked(rows, counts, scores):
    return [(row[:count], score) for row, count, score in zip(rows, counts, scores.tolist()) if count >= 0]


def sample(logits, temperature=1.0, top_k=0, top_p=1.0, random=0):
    """(tokens [B], random) for logits [B,C]; give the number to the next call."""
    logits = _reals("sample", "logits", logits, dict.fromkeys("BC"))
    [top_k], [random] = _integers("sample", c_size_t, top_k=top_k), _integers("sample", c_int64, random=random)
    tokens, random = np.empty(len(logits), np.int32), c_int64(random)
    _library.rnn_sample(*_counted(tokens), *_counted(logits), *logits.shape, temperature, top_k, top_p, byref(random))
    return tokens, random.value


def beam_search(generator, first, end, steps, width, results=1, penalty=0.0, classes=None):
    """[(tokens, score), ...], best first, of at most `results`.

    The generator is a Session of a network of tokens, with the state of one sequence, or a function
    generator(tokens, parents) that gives logits [rows,C] and comes with `classes`, C.  What it raises comes out here.
    """
    session = generator if isinstance(generator, Session) else None
    first, end = _integers("beam_search", c_int32, first=first, end=end)
    steps, width, results, classes = _integers("beam_search", c_size_t, steps=steps, width=width, results=results,
                                               classes=session._outputs if session and classes is None else classes)

    def ask_session(_user, logits, logits_count, tokens, parents, rows):
        status = _library.rnn_session_next(session._as_parameter_, logits, logits_count, tokens, parents, rows)
        session.batch = rows
        return status

    def ask_function(_user, logits, _logits_count, tokens, parents, rows):
        read, after = (np.ctypeslib.as_array(pointer, (rows,)).copy() for pointer in (tokens, parents))
        answer = _reals("beam_search", "what the generator returned", generator(read, after),
                        {"rows": rows, "C": classes})
        np.ctypeslib.as_array(logits, (rows, classes))[:] = answer
        return OK

    call, tokens = _Call(), np.empty((results, steps), np.int32)
    lengths, scores = np.empty(results, np.int32), np.empty(results)
    ask = call.back(rnn_generator, ask_session if session else ask_function)
    call(_library.rnn_beam_search, *_counted(tokens), *_counted(lengths), *_counted(scores), first, end, steps, classes,
         width, results, penalty, ask, None)
    return _ranked(tokens, lengths, scores)


# ---- the library ------------------------------------------------------------------------------------------------


def version():
    return _library.rnn_version_string().decode()


def build_info():
    return _library.rnn_build_info().decode()
