"""Model: the architecture and the weights of a network."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import os
from collections.abc import Mapping
from ctypes import byref, c_char_p, c_int32, c_size_t
from typing import TYPE_CHECKING, Any, Literal, Union

import numpy as np
import numpy.typing as npt

from . import _abi, _layouts
from ._arguments import Floats, as_array, choice, counted, integer, path_of, reals, text, whole
from ._errors import RnnStateError, RnnTypeError, RnnValueError, unknown
from ._handle import Optioned, bytes_of, view
from ._library import library
from .layers import Layer

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .session import Session

PathOrBytes = Union[str, "os.PathLike[str]", bytes]



def _restored(cls: Any, data: bytes, precision: str) -> Any:
    """A network that was pickled."""
    return cls.load(data, precision=precision)


def _padded(sequences: list[npt.NDArray[Any]]) -> tuple[npt.NDArray[Any], list[int]]:
    """One array [T,B,...] of sequences, with 0 past their ends, and their lengths."""
    lengths = [len(sequence) for sequence in sequences]
    shapes = {sequence.shape[1:] for sequence in sequences}
    if len(shapes) > 1:
        found = " and ".join("[" + ", ".join(map(str, ("T", *shape))) + "]" for shape in sorted(shapes))
        raise RnnValueError(f"x has sequences of shapes {found}, expected equal ones", _abi.E_SIZE)
    padded = np.zeros((max(lengths), len(lengths), *shapes.pop()), np.result_type(*sequences))
    for index, sequence in enumerate(sequences):
        padded[:len(sequence), index] = sequence
    return padded, lengths


class _Config(Optioned):
    """Options of a network that is not created yet."""

    _options = _abi.OPTIONS["Model"]
    _prefix = "rnn_config"
    _label = "Model"

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._own("rnn_config_create", "rnn_config_destroy")
        layers = options.get("layers")
        if isinstance(layers, (list, tuple)):
            self._set_all({name: value for name, value in options.items() if name != "layers"})
            for index, layer in enumerate(layers):
                self._add(index, layer)
        else:
            self._set_all(options)

    def _add(self, index: int, layer: Any) -> None:
        if not isinstance(layer, Layer):
            raise RnnTypeError(f"layers[{index}] is {layer!r}, expected a layer such as librnn.layers.Dense(8)")
        library.rnn_config_add_layer(self, None, _abi.CHOICES["kind"][layer.kind])
        for name, value in layer.options.items():
            self._set("rnn_config_set_layer", name, value, *_abi.OPTIONS["Layer"][name], index)

    def infer(self, source: PathOrBytes) -> None:
        """Sets what a safetensors file determines."""
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            library.rnn_config_infer_memory(self, data, len(data))
        else:
            library.rnn_config_infer(self, path_of(source))


@functools.lru_cache(maxsize=None)
def _standard(kind: str, index: int) -> dict[str, Any]:
    """The defaults of the options of a layer."""
    config = _Config({"layers": [Layer("affine")] * index + [Layer(kind)]})
    standard: dict[str, Any] = {}
    for name, (key, type_) in _abi.OPTIONS["Layer"].items():
        with contextlib.suppress(RnnValueError):
            standard[name] = config._get("rnn_config_get_layer", name, key, type_, index)
    return standard


class Model(Optioned):
    """A network: its architecture and its weights.

    Parameters
    ----------
    cell : str
        ``"tanh"`` (default), ``"relu"``, ``"lstm"``, ``"gru"``, ``"mingru"``, ``"slstm"``, ``"indrnn"`` or
        ``"mingru_highway"``.
    input_size : int
        I, the features of a real-valued input.  Give this or `vocabulary`.
    vocabulary : int
        V, the number of different tokens, if the input is tokens.
    hidden_size : int
        H, the hidden units of each layer.
    classes : int
        C, the outputs of the dense head; without it the network outputs the hidden state.
    layers : int or list of Layer
        L, the layers of the common network above; or a list of layers of any kind, see `librnn.layers`, each with
        options of its own.
    embedding_size, direction, merge, output, dropout, seed, ...
        All options of ``rnn.h``, by their names there in small letters; those with a list of values take a word, such
        as ``direction="both"`` or ``output="last_step"``.

    Raises
    ------
    RnnTypeError
        An unknown option, or a value of the wrong type.
    RnnValueError
        A value out of range, or options that contradict each other.

    Examples
    --------
    >>> model = Model(cell="lstm", input_size=40, hidden_size=128, classes=10)
    >>> model
    <Model lstm: 40 inputs, 128 hidden units, 10 classes, 88330 parameters>
    >>> model["layers"], model["cell"]
    (1, 'lstm')
    >>> from librnn.layers import Conv1d, Dense, Recurrent
    >>> Model(input_size=13, layers=[Conv1d(32, 5, activation="relu"), Recurrent("gru", 64), Dense(3)])
    <Model of 3 layers: 13 inputs, 3 outputs, 21123 parameters>
    """

    _options = _abi.OPTIONS["Model"]
    _prefix = "rnn_model"

    def __init__(self, **options: Unpack[_abi.ModelOptions]) -> None:
        self._own("rnn_create", "rnn_destroy", _Config(options))

    # ---- files ----

    @classmethod
    def load(cls, source: PathOrBytes, **options: Unpack[_abi.ModelOptions]) -> Self:
        """Read a network from a safetensors file.

        Parameters
        ----------
        source
            Path or bytes of a checkpoint of librnn, or of the ``state_dict`` of a PyTorch module.
        **options
            What a file of another program does not determine, such as ``prefix="lstm."``, ``head_name="out."``,
            ``cell="relu"``, ``output="last_step"``; and ``products`` and ``precision`` for every file.

        Raises
        ------
        RnnIOError
            The file cannot be read.
        RnnValueError
            The file is malformed, or has missing or extra tensors.

        Examples
        --------
        >>> model = Model(cell="gru", vocabulary=5, hidden_size=8, classes=5)
        >>> Model.load(model.to_bytes())
        <Model gru: tokens of 5, 8 hidden units, 5 classes, 405 parameters>
        """
        precision = options.pop("precision", "float32")
        model = cls._inferred(source, options) if options else cls._loaded(source)
        if precision != "float32":
            model.set_precision(precision)
        return model

    @classmethod
    def _loaded(cls, source: PathOrBytes) -> Self:
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            return cls.__new__(cls)._own("rnn_load_memory", "rnn_destroy", data, len(data))
        return cls.__new__(cls)._own("rnn_load", "rnn_destroy", path_of(source))

    @classmethod
    def _inferred(cls, source: PathOrBytes, options: Mapping[str, Any]) -> Self:
        """A network with these options and those that the file determines."""
        config = _Config(options)
        config.infer(source)
        model = cls.__new__(cls)._own("rnn_create", "rnn_destroy", config)
        model.load_parameters(source)
        return model

    def save(
        self, path: str | os.PathLike[str], precision: Literal["float32", "bf16"] = "float32"
    ) -> None:
        """Write a checkpoint: a safetensors file with weights, options and metadata.

        The file is replaced whole or not at all.  With ``"bf16"`` matrices are rounded to 8 significant bits, and the
        file has half the size.

        Raises
        ------
        RnnIOError
            The file cannot be written.
        RnnValueError
            Another precision.
        RnnStateError
            `release_parameters` has been called.
        """
        library.rnn_save_as(self, path_of(path), choice("precision", precision))

    def to_bytes(self) -> bytes:
        """What `save` writes, as bytes."""
        return bytes_of(self, "rnn_save_memory")

    def unused_tensors(self, source: PathOrBytes) -> tuple[str, ...]:
        """The names of the tensors of a safetensors file that `load_parameters` does not read into this network."""
        size = c_size_t()
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            names: Any = functools.partial(library.rnn_model_unused_tensors_memory, self, data, len(data))
        else:
            names = functools.partial(library.rnn_model_unused_tensors, self, path_of(source))
        names(None, 0, byref(size))
        text = ctypes.create_string_buffer(size.value)
        names(text, size.value, byref(size))
        return tuple(text.value.decode().splitlines())

    def load_parameters(self, source: PathOrBytes) -> None:
        """Replace all weights by those of a safetensors file of any writer.

        The file must have every tensor of this network under its name and in its shape, as F32, F16 or BF16.

        Raises
        ------
        RnnIOError, RnnValueError
            As `load`; the weights are unchanged then.
        """
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            library.rnn_model_load_parameters_memory(self, data, len(data))
        else:
            library.rnn_model_load_parameters(self, path_of(source))

    def __copy__(self) -> Self:
        """The same network under another name."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        return other

    def __reduce_ex__(self, protocol: Any) -> Any:
        """deepcopy and pickle make another network."""
        state = {name: value for name, value in vars(self).items() if name != "_as_parameter_"}
        return _restored, (type(self), self.to_bytes(), self["precision"]), state or None

    # ---- parameters ----

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters, in the order of the flat block.

        Examples
        --------
        >>> Model(input_size=2, hidden_size=3, classes=4).tensors()["head.weight"]
        (4, 3)
        """
        count, shapes = c_size_t(), {}
        library.rnn_model_tensor_count(self, byref(count))
        for index in range(count.value):
            name, rank, shape = c_char_p(), c_size_t(), (c_size_t * 8)()
            library.rnn_model_tensor_info(self, index, byref(name), byref(rank), shape, len(shape), None)
            assert name.value is not None
            shapes[name.value.decode()] = tuple(shape[:rank.value])
        return shapes

    def _count_parameters(self) -> int:
        """Also behind `release_parameters`."""
        return sum(math.prod(shape) for shape in self.tensors().values())

    def parameters(self) -> Floats:
        """The flat block of all parameters, [N]: a view, read-only, that changes with the model."""
        return view(self, "rnn_model_parameters", writeable=False)

    def set_parameters(self, values: npt.ArrayLike) -> None:
        """Replace all parameters, [N], in the order of the flat block."""
        array = reals("values", values, {"N": self.parameters().size})
        library.rnn_model_set_parameters(self, *counted(array))

    def named_parameters(self) -> dict[str, Floats]:
        """Views of the parameters by name, read-only, in their shapes."""
        return _layouts.by_name(self.parameters(), self.tensors())

    def get_parameter(self, name: str) -> Floats:
        """A copy of one parameter in its shape."""
        values = np.empty(self._shape_of(name), np.float32)
        library.rnn_model_get_parameter(self, text("name", name), *counted(values))
        return values

    def set_parameter(self, name: str, values: npt.ArrayLike) -> None:
        """Replace one parameter; `values` have its shape."""
        shape = self._shape_of(name)
        axes = [f"axis {axis}" for axis in range(len(shape))]
        if len(shape) == 2 and not self._is_list:
            axes = list(_layouts.matrix_axes(name, self["embedding_name"], self["head_name"]))
        elif len(shape) == 1:
            axes = ["N"]
        array = reals(name, values, dict(zip(axes, shape)))
        library.rnn_model_set_parameter(self, text("name", name), *counted(array))

    def _shape_of(self, name: str) -> tuple[int, ...]:
        shapes = self.tensors()
        if name not in shapes:
            raise RnnValueError(unknown("parameter", name, shapes), _abi.E_NAME)
        return shapes[name]

    def state_dict(self) -> dict[str, Floats]:
        """Copies of all parameters by name; names and shapes are those of PyTorch.

        Examples
        --------
        >>> model = Model(cell="gru", input_size=2, hidden_size=3)
        >>> other = Model(cell="gru", input_size=2, hidden_size=3, seed=1)
        >>> other.load_state_dict(model.state_dict())
        >>> bool((other.parameters() == model.parameters()).all())
        True
        """
        return {name: values.copy() for name, values in self.named_parameters().items()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Replace all parameters by arrays with their names and shapes.

        Raises
        ------
        RnnValueError
            A name is missing or unknown, or a shape is wrong; the parameters are unchanged then.
        """
        shapes = self.tensors()
        for name in state:
            if name not in shapes:
                raise RnnValueError(unknown("parameter", name, shapes), _abi.E_NAME)
        missing = [name for name in shapes if name not in state]
        if missing:
            raise RnnValueError(f"the parameter {missing[0]!r} is missing", _abi.E_NAME)
        arrays = [reals(name, state[name], {f"axis {axis}": size for axis, size in enumerate(shape)}).ravel()
                  for name, shape in shapes.items()]
        self.set_parameters(np.concatenate(arrays))

    # ---- layouts of ONNX and Keras ----

    def import_onnx(self, layer: int, w: npt.ArrayLike, r: npt.ArrayLike, b: npt.ArrayLike | None = None,
                    p: npt.ArrayLike | None = None) -> None:
        """Set a layer from the inputs W [D,G*H,K], R [D,G*H,H], B [D,2*G*H] and P [D,3*H] of an ONNX operator.

        None for B or P makes these parameters 0.
        """
        _layouts.import_arrays(self, "onnx", (integer("layer", layer),), {"w": w, "r": r, "b": b, "p": p})

    def export_onnx(self, layer: int) -> list[Floats | None]:
        """[W, R, B, P] of a layer for an ONNX operator; None for B or P if the network has none."""
        return _layouts.export_arrays(self, "onnx", (integer("layer", layer),))

    def import_keras(self, layer: int, direction: int, kernel: npt.ArrayLike, recurrent: npt.ArrayLike,
                     bias: npt.ArrayLike | None = None) -> None:
        """Set one direction (0, or 1 for the reverse one of two) of a layer from the weights of a Keras layer."""
        place = integer("layer", layer), integer("direction", direction)
        _layouts.import_arrays(self, "keras", place, {"kernel": kernel, "recurrent": recurrent, "bias": bias})

    def export_keras(self, layer: int, direction: int = 0) -> list[Floats | None]:
        """[kernel, recurrent, bias] of a layer for Keras; None for bias if the network has none."""
        return _layouts.export_arrays(self, "keras", (integer("layer", layer), integer("direction", direction)))

    # ---- precision ----

    def set_precision(self, precision: Literal["float32", "bf16", "int8"]) -> None:
        """Use weights of fewer bits for inference, or those of float32 again.

        The parameters, and files, remain float32.  ``rnn.h`` has the arithmetic (``RNN_PRECISION``).

        Raises
        ------
        RnnStateError
            A session or an optimizer uses the network, or its parameters are released.
        RnnValueError
            Another word.

        Examples
        --------
        >>> model = Model(cell="lstm", input_size=3, hidden_size=8)
        >>> model.set_precision("int8")
        >>> model["precision"]
        'int8'
        """
        library.rnn_model_set_precision(self, choice("precision", precision))

    def release_parameters(self) -> None:
        """Keep the weights of bf16 or int8 alone, for inference with a quarter or an eighth of the memory.

        There is no way back: from then on the parameters can be neither read, changed nor saved.

        Raises
        ------
        RnnUnsupportedError
            The precision is float32.
        RnnStateError
            A session or an optimizer uses the network, or there is still an array of `parameters` or
            `named_parameters`, whose memory would go.

        Examples
        --------
        >>> model = Model(cell="lstm", input_size=3, hidden_size=8, precision="int8")
        >>> model.release_parameters()
        """
        if getattr(self._as_parameter_, "views", None):
            raise RnnStateError("release_parameters: there are arrays of the parameters, expected none: copies may stay",
                                _abi.E_STATE)
        library.rnn_model_release_parameters(self)

    # ---- metadata ----

    def get_metadata(self, key: str) -> str:
        """The value that `set_metadata` stored under a key; RnnValueError if there is none."""
        value = c_char_p()
        library.rnn_model_get_metadata(self, text("key", key), byref(value))
        assert value.value is not None
        return value.value.decode()

    def set_metadata(self, key: str, value: str | None) -> None:
        """Store text under a key, saved with the network; None removes it."""
        library.rnn_model_set_metadata(self, text("key", key), None if value is None else text("value", value))

    def describe(self, steps: int = 1, batch: int = 1) -> str:
        """A summary for people: layers, parameters, and the memory of a session over `steps` of `batch` sequences."""
        size, sizes = c_size_t(), (integer("steps", steps), integer("batch", batch))
        library.rnn_describe(self, None, 0, byref(size), *sizes)
        summary = ctypes.create_string_buffer(size.value)
        library.rnn_describe(self, summary, size.value, byref(size), *sizes)
        return summary.value.decode()

    # ---- running ----

    def predict(self, x: Any, lengths: npt.ArrayLike | None = None, batch_size: int = 32, threads: int = 1) -> Any:
        """The outputs for many sequences of any lengths.

        Parameters
        ----------
        x
            A list of sequences, x[n] being [T,I], or tokens [T]; or an array [N,T,I] (tokens [N,T]) of padded
            sequences.
        lengths
            Valid steps of padded sequences, [N].
        batch_size, threads
            Sequences that run side by side, and threads; the outputs do not depend on them.

        Returns
        -------
        y
            A list of arrays [T,Y]; or one array [N,Y] for a network with one output for each sequence.

        Examples
        --------
        >>> import numpy as np
        >>> x = [np.zeros((length, 3)) for length in (4, 2, 5)]
        >>> [y.shape for y in Model(input_size=3, hidden_size=6, classes=2).predict(x)]
        [(4, 2), (2, 2), (5, 2)]
        >>> Model(input_size=3, hidden_size=6, classes=2, output="last_step").predict(x).shape
        (3, 2)
        """
        from .session import Session
        sequences = [as_array(sequence) for sequence in x]
        if lengths is not None:
            longest = max(map(len, sequences), default=0)
            valid = whole("lengths", lengths, {"N": len(sequences)}, 0, longest)
            sequences = [sequence[:steps] for sequence, steps in zip(sequences, valid)]
        order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))  # little padding
        every_step, outputs = self.every_step, self.output_size
        found: Any = [None] * len(sequences) if every_step else np.zeros((len(sequences), outputs), np.float32)
        with Session(self, threads=threads) as session:
            for begin in range(0, len(order), batch_size):
                chosen = order[begin:begin + batch_size]
                padded, steps = _padded([sequences[index] for index in chosen])
                session.reset_state(len(chosen))
                y = session.forward(padded, steps) if len(padded) else np.zeros((0, len(chosen), outputs), np.float32)
                left = session.output_lengths() if len(padded) else steps
                for place, index in enumerate(chosen):
                    if every_step:
                        found[index] = y[:left[place], place].copy()
                    elif left[place]:
                        found[index] = y[place]
        return found

    # ---- sizes ----

    @property
    def takes_tokens(self) -> bool:
        """Whether the input is tokens; else it is real numbers."""
        return bool(self["vocabulary"])

    @property
    def every_step(self) -> bool:
        """Whether y is [T,B,Y]; else it is [B,Y], one output for each sequence."""
        if not self._is_list:
            return bool(self["output"] == "every_step")
        return not any(layer.kind == "pooling" for layer in self.layers)

    @property
    def output_size(self) -> int:
        """Y: the outputs of the network."""
        size = c_size_t()
        library.rnn_model_output_size(self, byref(size))
        return size.value

    def output_steps(self, steps: int) -> int:
        """The steps of the output for a sequence of so many; 1 with one output for each sequence.

        Examples
        --------
        >>> from librnn.layers import Conv1d, Recurrent
        >>> Model(input_size=2, layers=[Conv1d(8, 3, stride=2), Recurrent("gru", 4)]).output_steps(7)
        4
        """
        left = c_size_t()
        with self.session() as session:
            library.rnn_session_output_steps(session, integer("steps", steps), byref(left))
        return left.value

    @property
    def _is_list(self) -> bool:
        """Whether the network was made of a list of layers."""
        return not self["hidden_size"]

    @property
    def layers(self) -> list[Layer]:
        """The list of layers, with the options that differ from their defaults.

        Of a common network it is the list that computes the same: a model made of it has the same tensors in the same
        order, and with the same parameters the same outputs.

        Raises
        ------
        RnnValueError
            No list computes the network: ``output="last_step"`` with a reverse direction.

        Examples
        --------
        >>> common = Model(cell="gru", input_size=2, hidden_size=3, classes=4, output="mean", seed=5)
        >>> [layer.kind for layer in common.layers]
        ['recurrent', 'pooling', 'dense']
        >>> same = Model(input_size=2, seed=5, layers=common.layers)
        >>> bool((same.parameters() == common.parameters()).all())
        True
        """
        count = c_size_t()
        library.rnn_model_layer_count(self, byref(count))
        return [self._layer(index) for index in range(count.value)]

    def _layer(self, index: int) -> Layer:
        kind, options = c_int32(), {}
        library.rnn_model_layer_kind(self, index, byref(kind))
        word = next(word for word, value in _abi.CHOICES["kind"].items() if value == kind.value)
        standard = _standard(word, index)
        for name, (key, type_) in _abi.OPTIONS["Layer"].items():
            try:
                value = self._get("rnn_model_get_layer", name, key, type_, index)
            except RnnValueError:
                continue  # layers of this kind do not have it
            if value != standard[name]:
                options[name] = value
        return Layer(word, **options)  # type: ignore[arg-type]

    @property
    def directions(self) -> int:
        """D."""
        return 2 if self["direction"] == "both" else 1

    def _features(self) -> int:
        """F, of a network without a list."""
        outputs: int = self["projection_size"] or self["hidden_size"]
        return outputs * (self.directions if self["merge"] == "concatenate" else 1)

    def session(self, training: bool = False, batch: int = 1, threads: int = 1) -> Session:
        """A new `Session` of this network."""
        from .session import Session
        return Session(self, training=training, batch=batch, threads=threads)

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        inputs = f"tokens of {self['vocabulary']}" if self.takes_tokens else f"{self['input_size']} inputs"
        if self._is_list:
            return (f"<{type(self).__name__} of {len(self.layers)} layers: {inputs}, {self.output_size} outputs, "
                    f"{self._count_parameters()} parameters>")
        layers = "" if self["layers"] == 1 else f"{self['layers']} layers of "
        head = f", {self['classes']} classes" if self["classes"] else ""
        return (f"<{type(self).__name__} {self['cell']}: {inputs}, {layers}{self['hidden_size']} hidden units{head}, "
                f"{self._count_parameters()} parameters>")


