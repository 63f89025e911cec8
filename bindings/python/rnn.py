"""librnn for Python, by ctypes and NumPy: recurrent neural networks, trained and run on the CPU.

    model = rnn.Model(rnn.Config(vocabulary=65, hidden_size=128, classes=65))
    with rnn.Session(model, rnn.TRAINING) as session:
        session.reset_state(batch)
        y = session.forward_tokens(tokens)
        loss, dy = rnn.softmax_cross_entropy(y, targets)    # or a rnn.Loss
        session.zero_gradients()
        session.backward(dy)
        optimizer.step(session)    # optimizer = rnn.Optimizer(rnn.OPTIMIZER_ADAM, model, rate=0.01)

or, with the loop in the library:

    trainer = rnn.Trainer(model, optimizer, rnn.Loss(rnn.LOSS_CROSS_ENTROPY), epochs=20, batch_size=32)
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
Exceptions  What a callback, a custom loss or a signal handler raises during a call is raised by the call: Ctrl-C ends
            fit after the batch with KeyboardInterrupt, with a callback and without one.
"""

import collections
import ctypes
import functools
import operator
import os
import signal
import threading
import weakref
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t

import numpy as np

from rnn_abi import *  # the constants of rnn.h without their prefix, and its types
from rnn_abi import CHECKED, KEYS, PROTOTYPES, SONAME

# ---- the library ------------------------------------------------------------------------------------------------


class RnnError(Exception):
    """A call that failed: the library's message, and its status (one of E_...)."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def _check(status, function, arguments):
    """Called by ctypes after every function that returns a status, in the thread that made the call."""
    if status < 0:
        raise RnnError(status, _library.rnn_last_error().decode())
    return status


_library = ctypes.CDLL(SONAME)
for _name, (_result, *_arguments) in PROTOTYPES.items():
    _function = getattr(_library, _name)
    _function.restype, _function.argtypes = _result, _arguments
    if _name in CHECKED:
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


_C_TYPES = {np.dtype(np.float32): POINTER(c_float), np.dtype(np.int32): POINTER(c_int32),
            np.dtype(np.float64): POINTER(c_double)}


def _counted(array):
    """(pointer, count) for an array parameter and the count that follows it; None stands for (NULL, 0)."""
    if array is None:
        return None, 0
    return array.ctypes.data_as(_C_TYPES[array.dtype]), array.size  # the pointer keeps the array alive


def _empty(axes):
    return np.empty(tuple(axes.values()), np.float32)


def _view(owner, function, writeable=True):
    """The library's own memory as an array, which keeps the handle even if `owner` is closed."""
    pointer, count = POINTER(c_float)(), c_size_t()
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

    _of_thread = threading.local()  # innermost: the call in progress in this thread

    def __init__(self):
        self._error = None
        self.runs_handlers = threading.current_thread() is threading.main_thread()

    @classmethod
    def back(cls, kind, function):
        """`function` as a callback of a type, during calls of this class; what it returns is the status."""
        def guarded(*arguments):
            call = None
            try:
                call = cls._of_thread.innermost
                if call._error is not None:
                    return 1
                if call.runs_handlers:
                    _SignalHandler.inside = True
                    _SignalHandler.run_late()
                return function(*arguments)
            except BaseException as error:  # KeyboardInterrupt too
                if call is not None:
                    call._error = error
                return 1
            finally:
                if call is not None and call.runs_handlers:
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
        outer = getattr(self._of_thread, "innermost", None)
        self._of_thread.innermost = self
        try:
            function(*arguments)
        except RnnError:
            if self._error is None:
                raise
        finally:
            self._of_thread.innermost = outer
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


class _Readable(_Handle):
    """A handle with options to read; _get has the function of each type."""

    def __getitem__(self, name):
        key, kind = KEYS[name]
        value = kind()
        self._get[kind](self, key, byref(value))
        return value.value.decode() if kind is c_char_p else value.value


class _Settable(_Readable):
    """And to set, by _set; which of the options it has, the library knows."""

    def _option(self, name, value):
        """Key, type and value of an option."""
        key, kind = KEYS[name]
        if kind is c_char_p:
            value = _text(value)
        elif kind is c_int64:
            [value] = _integers(type(self).__name__, kind, **{name: value})
        return key, kind, value

    def __setitem__(self, name, value):
        key, kind, value = self._option(name, value)
        if kind not in self._set:
            raise TypeError(f"{type(self).__name__}: {name} cannot be set")
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


_GATES = {CELL_TANH: 1, CELL_RELU: 1, CELL_LSTM: 4, CELL_GRU: 3, CELL_MINGRU: 2, CELL_SLSTM: 4, CELL_INDRNN: 1,
          CELL_MINGRU_HIGHWAY: 3}


class Model(_Saved, _Readable):
    """Architecture and weights."""

    _get = {c_int64: _library.rnn_model_get_int, c_double: _library.rnn_model_get_real,
            c_char_p: _library.rnn_model_get_text}

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
            _library.rnn_model_tensor_info(self, index, byref(name), byref(rank), shape, len(shape), None)
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
        _library.rnn_model_get_parameter(self, _text(name), *_counted(values))
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
        _library.rnn_model_set_parameter(self, _text(name), *_counted(values))

    def _import(self, name, place, arrays, every):
        """Arrays {argument: values} of another layout; every: {argument: number, axes, whether the model has it}."""
        converted = {}
        for argument, values in arrays.items():
            convert = _reals if argument in ("w", "r", "kernel", "recurrent") else functools.partial(_optional, _reals)
            converted[argument] = convert(name, argument, values, every[argument][1])
        # First what the library refuses, before anything is changed: what the model has not, then what is missing.
        for argument, values in sorted(converted.items(), key=lambda one: (every[one[0]][2], one[1] is not None)):
            number, _, has = every[argument]
            if has or values is not None:
                getattr(_library, f"rnn_model_{name}")(self, *place, number, *_counted(values))

    def _export(self, name, place, every):
        function, arrays = getattr(_library, f"rnn_model_{name}"), []
        for number, axes, has in every.values():
            arrays.append(_empty(axes) if has else None)
            if has:
                function(self, *place, number, *_counted(arrays[-1]))
        return arrays

    def _onnx(self, layer):
        """For _import; G*H is that of ONNX."""
        directions, hidden = self._sizes()[0], self["hidden_size"]
        rows = _GATES[self["cell"]] * hidden
        return {"w": (ONNX_W, {"D": directions, "G*H": rows, "K": self._inputs(layer)}, True),
                "r": (ONNX_R, {"D": directions, "G*H": rows, "H": hidden}, True),
                "b": (ONNX_B, {"D": directions, "2*G*H": 2 * rows}, bool(self["bias"])),
                "p": (ONNX_P, {"D": directions, "3*H": 3 * hidden}, bool(self["peepholes"]))}

    def import_onnx(self, layer, w, r, b=None, p=None):
        """The inputs W, R, B and P of an operator; None for B or P makes these parameters 0."""
        [layer] = _integers("import_onnx", c_size_t, layer=layer)
        self._import("import_onnx", (layer,), {"w": w, "r": r, "b": b, "p": p}, self._onnx(layer))

    def export_onnx(self, layer):
        """[w, r, b, p]; None for b or p where the model has none."""
        [layer] = _integers("export_onnx", c_size_t, layer=layer)
        return self._export("export_onnx", (layer,), self._onnx(layer))

    def _keras(self, layer):
        hidden = self["hidden_size"]
        rows = _GATES[self["cell"]] * hidden
        two = self["cell"] == CELL_GRU and self["reset"] == RESET_AFTER
        return {"kernel": (KERAS_KERNEL, {"K": self._inputs(layer), "G*H": rows}, True),
                "recurrent": (KERAS_RECURRENT, {"H": hidden, "G*H": rows}, True),
                "bias": (KERAS_BIAS, {"2": 2, "G*H": rows} if two else {"G*H": rows}, bool(self["bias"]))}

    def import_keras(self, layer, direction, kernel, recurrent, bias=None):
        """The weights of a layer; without RNN_BIAS bias is None."""
        layer, direction = _integers("import_keras", c_size_t, layer=layer, direction=direction)
        arrays = {"kernel": kernel, "recurrent": recurrent, "bias": bias}
        self._import("import_keras", (layer, direction), arrays, self._keras(layer))

    def export_keras(self, layer, direction=0):
        """[kernel, recurrent, bias]; None for bias where the model has none."""
        layer, direction = _integers("export_keras", c_size_t, layer=layer, direction=direction)
        return self._export("export_keras", (layer, direction), self._keras(layer))

    def get_metadata(self, key):
        value = c_char_p()
        _library.rnn_model_get_metadata(self, _text(key), byref(value))
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
        function(self, kind, *_counted(values))
        return values

    def _write_state(self, name, function, values, kind):
        [kind] = _integers(name, c_int32, kind=kind)
        function(self, kind, *_counted(_reals(name, "values", values, self._state(kind))))

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
        _library.rnn_session_get_gradient(self, _text(name), *_counted(values))
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
    """Optimizer(OPTIMIZER_ADAM, model, rate=0.01, max_norm=1.0); `parameters` is a Model, an Attention, or how many.
    Only an optimiser of a Model has options of tensors."""

    _get = {c_int64: _library.rnn_optimizer_get_int, c_double: _library.rnn_optimizer_get_real}
    _set = {c_int64: _library.rnn_optimizer_set_int, c_double: _library.rnn_optimizer_set_real}
    _get_tensor = {c_int64: _library.rnn_optimizer_get_tensor_int, c_double: _library.rnn_optimizer_get_tensor_real}
    _set_tensors = {c_int64: _library.rnn_optimizer_set_tensors_int, c_double: _library.rnn_optimizer_set_tensors_real}

    def __init__(self, kind, parameters, **options):
        [kind] = _integers("Optimizer", c_int32, kind=kind)
        create, size = _library.rnn_optimizer_create_for_model, parameters
        if not isinstance(parameters, Model):
            create = _library.rnn_optimizer_create
            count = parameters.parameters().size if isinstance(parameters, Attention) else parameters
            [size] = _integers("Optimizer", c_size_t, parameters=count)
        self._own(create, _library.rnn_optimizer_destroy, kind, size)
        self._set_all(options)

    def set_tensors(self, prefix, **options):
        """Of every tensor whose name begins with the prefix: set_tensors("bias_", decay_factor=0.0)."""
        for name, value in options.items():
            key, kind, value = self._option(name, value)
            self._set_tensors[kind](self, _text(prefix), key, value)

    def get_tensor(self, name, option):
        """An option of one tensor."""
        key, kind = KEYS[option]
        value = kind()
        self._get_tensor[kind](self, _text(name), key, byref(value))
        return value.value

    def exempt_biases(self):
        """Sets decay_factor of every tensor of rank 1 to 0."""
        _library.rnn_optimizer_exempt_biases(self)

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

    def set_threads(self, threads):
        """For step_arrays; step uses the threads of the session."""
        _library.rnn_optimizer_set_threads(self, *_integers("set_threads", c_size_t, threads=threads))

    def step_arrays(self, parameters, gradients):
        """Changes `parameters`, an array of float32 without gaps, of any shape, which is that of `gradients`."""
        if not (isinstance(parameters, np.ndarray) and parameters.dtype == np.float32 and parameters.flags.carray):
            raise TypeError("step_arrays: parameters must be a writeable array of float32 without gaps")
        axes = {f"axis {axis}": size for axis, size in enumerate(parameters.shape)}
        gradients = _reals("step_arrays", "gradients", gradients, axes)
        _library.rnn_optimizer_step_arrays(self, *_counted(parameters), *_counted(gradients))

    def report(self, loss):
        _library.rnn_optimizer_report(self, loss)


class Attention(_Settable):
    """Between an encoder and a decoder: one of ATTENTION_..., with its parameters, gradients and memory.  To set its one
    option, attention["products"] = PRODUCTS_CBLAS, drops the memory."""

    _get = {c_int64: _library.rnn_attention_get_int}
    _set = {c_int64: _library.rnn_attention_set_int}

    def __init__(self, score, query_size, memory_size, units=0, seed=0):
        sizes = _integers("Attention", c_size_t, query_size=query_size, memory_size=memory_size, units=units)
        self._own(_library.rnn_attention_create, _library.rnn_attention_destroy,
                  *_integers("Attention", c_int32, score=score), *sizes, *_integers("Attention", c_int64, seed=seed))
        self._query_size, self._memory_size = sizes[:2]
        self._memory = None  # S and B; None: the library says that there is no memory

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        self._memory = None

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
        _library.rnn_attention_forward(self, *_counted(context), *_counted(weights), *_counted(queries))
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
                                        *_counted(weights))
        return dqueries

    def memory_gradient(self):
        """dmemory [S,B,M]; to be called in the end, for the parameters' sake too."""
        dmemory = np.empty((*(self._memory or (0, 0)), self._memory_size), np.float32)
        _library.rnn_attention_backward_memory(self, *_counted(dmemory))
        return dmemory


class Dataset(_Handle):
    """Sequences and their targets; copies of what it is given."""

    def __init__(self):
        self._own(_library.rnn_dataset_create, _library.rnn_dataset_destroy)
        self._inputs = None  # I of the first sequence with x
        self._steps = []  # T of each sequence
        self._values = {}  # by sequence: whether its values have an axis T, and Y

    def __len__(self):
        count = c_size_t()
        _library.rnn_dataset_count(self, byref(count))
        return count.value

    def add(self, x=None, tokens=None, classes=None, values=None, mask=None, weight=None):
        """One sequence: x [T,I] or tokens [T], and, as the methods below, its targets (classes or values), mask and
        weight.  Returns its number."""
        if x is not None and tokens is not None:
            raise ValueError("add: x and tokens are given, expected one of them")
        if classes is not None and values is not None:
            raise ValueError("add: classes and values are given, expected one of them")
        x = _optional(_reals, "add", "x", x, {"T": None, "I": self._inputs})
        tokens = _optional(_whole, "add", "tokens", tokens, {"T": None})
        steps, index = next((len(array) for array in (x, tokens) if array is not None), 0), c_size_t()
        setters = [self._setter("add", steps, name, value)
                   for name, value in (("classes", classes), ("values", values), ("mask", mask), ("weight", weight))
                   if value is not None]
        if tokens is None:
            _library.rnn_dataset_add(self, byref(index), *_counted(x), steps)
        else:
            _library.rnn_dataset_add_tokens(self, byref(index), *_counted(tokens))
        if x is not None:
            self._inputs = x.shape[1]
        self._steps.append(steps)
        for setter in setters:
            setter(index.value)
        return index.value

    def _setter(self, method, steps, name, value):
        """A function that sets a part of a sequence of so many steps; None: any.  The value is checked here."""
        if name == "weight":
            if not 0 <= value < np.inf:
                raise ValueError(f"{method}: weight is {value}, expected a finite number of at least 0")
            return lambda index: _library.rnn_dataset_set_weight(self, index, value)
        if name == "classes":
            classes = _optional(_whole, method, name, value, {"elements": None})

            def set_classes(index):
                _library.rnn_dataset_set_classes(self, index, *_counted(classes))
                self._values.pop(index, None)
            return set_classes
        if name == "mask":
            mask = _optional(_reals, method, name, value, {"T": steps})
            if mask is not None and not (np.isfinite(mask).all() and (mask >= 0).all()):
                raise ValueError(f"{method}: mask has an element that is not finite and at least 0")
            return lambda index: _library.rnn_dataset_set_mask(self, index, *_counted(mask))
        values = _reals(method, name, value, {"Y": None} if np.ndim(value) == 1 else {"T": steps, "Y": None})

        def set_values(index):
            _library.rnn_dataset_set_values(self, index, *_counted(values))
            self._values[index] = (values.ndim == 2, values.shape[-1])
        return set_values

    def _set(self, index, name, value):
        method = f"set_{name}"
        [index] = _integers(method, c_size_t, index=index)
        steps = self._steps[index] if index < len(self._steps) else None  # None: the library says that there is none
        self._setter(method, steps, name, value)(index)

    def set_classes(self, index, classes):
        """classes [T], or [1] for a network with one output a sequence; of CTC the labels.  They replace values."""
        self._set(index, "classes", classes)

    def set_values(self, index, values):
        """values [T,Y], or [Y] for a network with one output a sequence; for custom losses [T,K] or [K].  They replace
        classes."""
        self._set(index, "values", values)

    def set_mask(self, index, mask):
        """mask [T]; None: 1 for all."""
        self._set(index, "mask", mask)

    def set_weight(self, index, weight):
        self._set(index, "weight", weight)


class Trainer(_Settable):
    """The training loop: Trainer(model, optimizer, loss, epochs=20, batch_size=32)."""

    _get = {c_int64: _library.rnn_trainer_get_int, c_double: _library.rnn_trainer_get_real}
    _set = {c_int64: _library.rnn_trainer_set_int}

    def __init__(self, model, optimizer, loss, **options):
        self._own(_library.rnn_trainer_create, _library.rnn_trainer_destroy, model, optimizer, loss)
        self._kind_of_y, self._kind_of_loss = model._kind_of_y(), loss._kind
        self._as_parameter_.callback = loss._as_parameter_.callback  # the library calls it as long as the trainer lives
        self._set_all(options)

    def _check_values(self, function, argument, dataset):
        """The values of a dataset must have the axes of the model's y: the library knows their number alone."""
        if self._kind_of_loss in _LOSSES_OF_CLASSES:
            return
        has_axis, outputs = self._kind_of_y
        if self._kind_of_loss == LOSS_CUSTOM:
            outputs = None
        for has_steps, size in dataset._values.values():
            if has_steps != has_axis or outputs not in (None, size):
                expected = f"({'T, ' * has_axis}{'K' if outputs is None else f'Y={outputs}'})"
                raise ValueError(f"{function}: {argument} has values of shape ({'T, ' * has_steps}Y={size}), "
                                 f"expected {expected}")

    def set_checkpoint(self, path):
        """Where fit saves after every epoch; None: nowhere."""
        _library.rnn_trainer_set_checkpoint(self, None if path is None else _path(path))

    def fit(self, training, validation=None, callback=None):
        """callback(trainer, event) is called for every EVENT_...; a true value that it returns ends the training and is
        what this method returns, else None.  An exception in it, in a custom loss or in a signal handler, such as
        KeyboardInterrupt, ends the training after the batch and is raised here."""
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
        loss, accuracy, handle = c_double(), c_double(), self._as_parameter_
        call = _Call() if self._kind_of_loss == LOSS_CUSTOM else _call_directly
        call(_library.rnn_evaluate, handle, byref(loss), byref(accuracy), dataset)
        return loss.value, accuracy.value

    def save(self, path):
        _library.rnn_trainer_save(self, _path(path))

    def load(self, path):
        """Puts what save wrote into this trainer, its model and its optimiser."""
        _library.rnn_trainer_load(self, _path(path))


# ---- losses -----------------------------------------------------------------------------------------------------
# y and logits are [T,B,C], or [B,C] of a network with one output a sequence, whose targets and mask then have no axis T
# either; the gradient has the same shape.


def softmax_cross_entropy(logits, targets):
    """(loss, dlogits) for targets [T,B]; those of -100 do not count.  For all else see Loss."""
    name = "softmax_cross_entropy"
    axes = dict.fromkeys("BC" if np.ndim(logits) == 2 else "TBC")
    logits = _reals(name, "logits", logits, axes)
    targets = _whole(name, "targets", targets, dict(zip(list(axes)[:-1], logits.shape)))
    loss, dlogits = c_double(), np.empty_like(logits)
    _library.rnn_softmax_cross_entropy(byref(loss), *_counted(dlogits), *_counted(logits), *_counted(targets),
                                       logits.shape[-1])
    return loss.value, dlogits


def _call_directly(function, *arguments):
    """In place of a _Call, where the library does not call back."""
    function(*arguments)


_LOSSES_OF_CLASSES = (LOSS_CROSS_ENTROPY, LOSS_CTC)


class Batch:
    """What a custom loss reads; copies.  steps, batch (how many sequences) and outputs are T, B and C of y.  lengths
    [B], mask [T,B], weights [B] of the sequences, and the targets classes [T,B] or values [T,B,K] are None if they are
    not set.  weight is what the mean divides by, unless the loss returns another number: the sum of mask times weight
    over the elements of y within the lengths.  wants_gradient: else dy may be None."""

    def __init__(self, loss, weight, wants_gradient):
        lengths, sizes = POINTER(c_int32)(), [c_size_t() for _ in range(3)]
        _library.rnn_loss_get_batch(loss, byref(lengths), *map(byref, sizes))
        self.steps, self.batch, self.outputs = (size.value for size in sizes)
        self.lengths = np.ctypeslib.as_array(lengths, (self.batch,)).copy() if lengths else None
        rows = self.steps, self.batch
        self.mask = self._read(_library.rnn_loss_get_mask, loss, c_float, rows)
        self.weights = self._read(_library.rnn_loss_get_sequence_weights, loss, c_float, rows[1:])
        self.classes = self._read_target(_library.rnn_loss_get_classes, loss, c_int32, rows)
        self.values = self._read_target(_library.rnn_loss_get_values, loss, c_float, (*rows, -1))
        self.weight, self.wants_gradient = weight, wants_gradient

    @staticmethod
    def _read(function, loss, kind, shape):
        pointer, count = POINTER(kind)(), c_size_t()
        function(loss, byref(pointer), byref(count))
        return np.ctypeslib.as_array(pointer, (count.value,)).reshape(shape).copy() if pointer else None

    @classmethod
    def _read_target(cls, *arguments):
        try:
            return cls._read(*arguments)
        except RnnError as error:
            if error.status != E_STATE:  # of the other type
                raise
            return None


class Loss(_Settable):
    """Loss(LOSS_CTC, blank=0, zero_infinity=True).

    Loss(LOSS_CUSTOM, function) is one that Python computes: function(y, batch), with y [T,B,C] and a Batch, returns the
    sum of the loss over everything that counts and its gradient dy [T,B,C], and as a third value, if it wants another
    one than batch.weight, what the mean divides both by.  An exception in it is raised by the call that needs the
    loss."""

    _get = {c_int64: _library.rnn_loss_get_int, c_double: _library.rnn_loss_get_real}
    _set = {c_int64: _library.rnn_loss_set_int, c_double: _library.rnn_loss_set_real}

    def __init__(self, kind, function=None, **options):
        [self._kind] = _integers("Loss", c_int32, kind=kind)
        self._own(_library.rnn_loss_create, _library.rnn_loss_destroy, self._kind)
        self._shape = None  # T, B, C; None: the library says that no batch is set
        callback = None
        if function is not None:
            callback = _Call.back(rnn_loss_function, functools.partial(self._compute, function))
            _library.rnn_loss_set_callback(self, callback, None)
        self._as_parameter_.callback = callback  # the library calls it as long as the handle lives
        self._set_all(options)

    @staticmethod
    def _compute(function, _user, loss, value, weight, dy, y, _count):
        """The callback of the library."""
        batch = Batch(loss, weight[0], bool(dy))
        shape = batch.steps, batch.batch, batch.outputs
        answer = function(np.ctypeslib.as_array(y, shape).copy(), batch)
        found = tuple(answer) if isinstance(answer, (tuple, list)) else ()
        if len(found) not in (2, 3):
            raise TypeError(f"the loss function returned {type(answer).__name__}, expected (value, dy) or "
                            "(value, dy, weight)")
        if dy:
            np.ctypeslib.as_array(dy, shape)[:] = _reals("the loss function", "dy", found[1], dict(zip("TBC", shape)))
        value[0] = found[0]
        if len(found) == 3:
            weight[0] = found[2]
        return OK

    def set_batch(self, steps, batch, classes, lengths=None):
        """The shape of y, [T,B,C], and the valid steps of the sequences [B]; drops mask, weights and label lengths."""
        shape = _integers("set_batch", c_size_t, steps=steps, batch=batch, classes=classes)
        lengths = _optional(_whole, "set_batch", "lengths", lengths, {"B": shape[1]})
        _library.rnn_loss_set_batch(self, *_counted(lengths), *shape)
        self._shape = tuple(shape)

    def set_batch_of_session(self, session):
        """The same with the shape and lengths of y in the session's last forward."""
        _library.rnn_loss_set_batch_of_session(self, session)
        lengths, sizes = POINTER(c_int32)(), [c_size_t() for _ in range(3)]
        _library.rnn_loss_get_batch(self, byref(lengths), *map(byref, sizes))
        self._shape = tuple(size.value for size in sizes)

    def _axes(self, values, names):
        """The axes of an array of the batch; without T where there is one step and the array has one axis less."""
        axes = dict(zip("TBC", self._shape or (None, None, None)))
        axes = {name: axes.get(name) for name in names}
        if names[0] == "T" and axes["T"] in (1, None) and np.ndim(values) == len(names) - 1:
            del axes["T"]
        return axes

    def set_threads(self, threads):
        _library.rnn_loss_set_threads(self, *_integers("set_threads", c_size_t, threads=threads))

    def set_class_weights(self, weights):
        """weights [C]; they stay set for all batches.  None: 1 for all."""
        weights = _optional(_reals, "set_class_weights", "weights", weights, {"C": None})
        _library.rnn_loss_set_class_weights(self, *_counted(weights))

    def set_mask(self, mask):
        """mask [T,B]; 0 leaves a step out.  None: 1 for all."""
        mask = _optional(_reals, "set_mask", "mask", mask, self._axes(mask, "TB"))
        _library.rnn_loss_set_mask(self, *_counted(mask))

    def set_sequence_weights(self, weights):
        """weights [B]; None: 1 for all."""
        weights = _optional(_reals, "set_sequence_weights", "weights", weights, self._axes(weights, "B"))
        _library.rnn_loss_set_sequence_weights(self, *_counted(weights))

    def set_label_lengths(self, label_lengths):
        """label_lengths [B] of CTC; None: all labels of each row count."""
        name = "label_lengths"
        label_lengths = _optional(_whole, "set_label_lengths", name, label_lengths, self._axes(label_lengths, "B"))
        _library.rnn_loss_set_label_lengths(self, *_counted(label_lengths))

    def _of(self, name, y, targets, want_dy):
        """targets(axes of y): the converted ones."""
        axes = self._axes(y, "TBC")
        y = _reals(name, "y", y, axes)
        targets = targets(dict(zip(axes, y.shape)))
        value, dy = c_double(), np.empty_like(y) if want_dy else None
        call = _Call() if self._kind == LOSS_CUSTOM else _call_directly
        handle = self._as_parameter_  # the callback may close this loss
        call(getattr(_library, f"rnn_loss_{name}"), handle, byref(value), *_counted(dy), *_counted(y),
             *_counted(targets))
        return value.value, dy

    def of_classes(self, y, classes=None, want_dy=True):
        """(value, dy) for classes [T,B]; of CTC for labels [B,S], or None: no sequence has labels."""
        def convert(axes):
            if self._kind == LOSS_CTC:
                return _optional(_whole, "of_classes", "classes", classes, {"B": axes["B"], "S": None})
            return _whole("of_classes", "classes", classes, {name: axes[name] for name in axes if name != "C"})
        return self._of("of_classes", y, convert, want_dy)

    def of_values(self, y, values, want_dy=True):
        """(value, dy) for values of the shape of y; of a custom loss [T,B,K]."""
        def convert(axes):
            if self._kind == LOSS_CUSTOM:
                axes = {**{name: axes[name] for name in axes if name != "C"}, "K": None}
            return _reals("of_values", "values", values, axes)
        return self._of("of_values", y, convert, want_dy)

    def get_sequence_losses(self):
        """The loss of each sequence in the last call, [B], without reduction and weights of sequences."""
        losses = np.empty(self._shape[1] if self._shape else 0)
        _library.rnn_loss_get_sequence_losses(self, *_counted(losses))
        return losses


def softmax(logits):
    """Probabilities over the last axis; any number of axes before it."""
    others = {f"axis {axis}": None for axis in range(np.ndim(logits) - 1)}
    logits = _reals("softmax", "logits", logits, {**others, "C": None})
    p = np.empty_like(logits)
    _library.rnn_softmax(*_counted(p), *_counted(logits), logits.shape[-1])
    return p


# ---- decoding ---------------------------------------------------------------------------------------------------


class Result(collections.namedtuple("Result", "tokens steps scores score")):
    """What a decoder found: labels or tokens, with the step and the score (a log probability) of each, and the score of
    the whole."""

    __slots__ = ()


class Decoder(_Settable):
    """Decoder(DECODER_CTC_BEAM, beam_width=8, results=3)."""

    _get = {c_int64: _library.rnn_decoder_get_int, c_double: _library.rnn_decoder_get_real}
    _set = {c_int64: _library.rnn_decoder_set_int, c_double: _library.rnn_decoder_set_real}

    def __init__(self, kind, **options):
        [kind] = _integers("Decoder", c_int32, kind=kind)
        self._own(_library.rnn_decoder_create, _library.rnn_decoder_destroy, kind)
        self._set_all(options)

    def decode(self, logits, lengths=None):
        """Of CTC: for each sequence of logits [T,B,C] its Results, best first; one of the best path."""
        logits = _reals("decode", "logits", logits, dict.fromkeys("TBC"))
        lengths, handle = _lengths("decode", lengths, logits.shape[1]), self._as_parameter_
        _library.rnn_decoder_decode(handle, *_counted(logits), *_counted(lengths), *logits.shape)
        return [self._results(handle, sequence) for sequence in range(logits.shape[1])]

    @staticmethod
    def _results(decoder, sequence):
        """Copies of the results of a sequence."""
        count, results = c_size_t(), []
        _library.rnn_decoder_get_result_count(decoder, sequence, byref(count))
        for rank in range(count.value):
            arrays, size, score = [POINTER(kind)() for kind in (c_int32, c_int32, c_float)], c_size_t(), c_double()
            _library.rnn_decoder_get_result(decoder, sequence, rank, *map(byref, arrays), byref(size), byref(score))
            copies = [np.array(array[:size.value] if array else (), dtype)
                      for array, dtype in zip(arrays, (np.int32, np.int32, np.float32))]
            results.append(Result(*copies, score.value))
        return results

    def search(self, generator, classes=None):
        """Beam search: the Results, best first.

        The generator is a Session of a network of tokens, with the state of one sequence, or a function
        generator(tokens, parents) that returns logits [rows,C] and comes with `classes`, C.  What it raises is raised
        here."""
        session = generator if isinstance(generator, Session) else None
        [classes] = _integers("search", c_size_t,
                              classes=session._outputs if session and classes is None else classes)

        def ask_session(_user, logits, logits_count, tokens, parents, rows):
            status = _library.rnn_session_next(session._as_parameter_, logits, logits_count, tokens, parents, rows)
            session.batch = rows
            return status

        def ask_function(_user, logits, _logits_count, tokens, parents, rows):
            read, after = (np.ctypeslib.as_array(pointer, (rows,)).copy() for pointer in (tokens, parents))
            answer = _reals("search", "what the generator returned", generator(read, after),
                            {"rows": rows, "C": classes})
            np.ctypeslib.as_array(logits, (rows, classes))[:] = answer
            return OK

        call, handle = _Call(), self._as_parameter_  # the handle: the generator may close this decoder
        ask = call.back(rnn_generator, ask_session if session else ask_function)
        call(_library.rnn_decoder_search, handle, classes, ask, None)
        return self._results(handle, 0)

    def sample(self, logits):
        """Sampling: tokens [B] drawn from logits [B,C]."""
        logits = _reals("sample", "logits", logits, dict.fromkeys("BC"))
        tokens = np.empty(len(logits), np.int32)
        _library.rnn_decoder_sample(self, *_counted(tokens), *_counted(logits), logits.shape[1])
        return tokens


# ---- build ------------------------------------------------------------------------------------------------------


def version():
    return _library.rnn_version_string().decode()


def build_info():
    return _library.rnn_build_info().decode()
