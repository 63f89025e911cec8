"""Layers of a network that is a list of them: ``Model(input_size=..., layers=[...])``.

Each takes the rows that leave the layer below, [T,B,K] features.  Equations, tensors and defaults: ``rnn.h``, "a list of
layers".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from . import _abi
from ._errors import RnnTypeError, unknown

if TYPE_CHECKING:
    from typing_extensions import Unpack

ActivationName = Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
                         "elu", "softsign", "softplus", "affine"]


class Layer:
    """One layer: its kind and its options, by their names in ``rnn.h`` in small letters.

    Examples
    --------
    >>> Layer("conv1d", output_size=8, kernel_size=3)
    Layer('conv1d', output_size=8, kernel_size=3)
    >>> Layer("conv1d", sride=2)
    Traceback (most recent call last):
    ...
    librnn.RnnTypeError: option of a layer 'sride' is unknown; did you mean 'stride'?
    """

    def __init__(self, kind: str, /, **options: Unpack[_abi.LayerOptions]) -> None:
        if kind not in _abi.CHOICES["kind"]:
            raise RnnTypeError(unknown("kind of layer", kind, _abi.CHOICES["kind"]))
        for name in options:
            if name not in _abi.OPTIONS["Layer"]:
                raise RnnTypeError(unknown("option of a layer", name, _abi.OPTIONS["Layer"]))
        self.kind = kind
        self.options: dict[str, Any] = {name: value for name, value in options.items() if value is not None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layer) and (self.kind, self.options) == (other.kind, other.options)

    def __hash__(self) -> int:
        return hash((self.kind, tuple(sorted(self.options.items()))))

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"{type(self).__name__}({self.kind!r}{options})"


def Recurrent(cell: str, hidden_size: int, **options: Any) -> Layer:
    """A recurrent layer, or several of one width (``layers=``), of any cell and direction."""
    return Layer("recurrent", **{"cell": cell, "hidden_size": hidden_size, **options})


def Dense(output_size: int, activation: ActivationName | None = None, **options: Any) -> Layer:
    """y(t) = f(W x(t) + b)."""
    return Layer("dense", **{"output_size": output_size, "activation": activation, **options})


def Conv1d(output_size: int, kernel_size: int, stride: int | None = None, dilation: int | None = None,
           groups: int | None = None, padding: Literal["causal", "centred", "none"] | None = None,
           activation: ActivationName | None = None, **options: Any) -> Layer:
    """A convolution over time.

    ``padding="causal"``, the default, sees no later step.  ``"centred"`` needs whole sequences.  ``"none"`` has no output
    until it has seen as many steps as the kernel reaches.
    """
    return Layer("conv1d", **{"output_size": output_size, "kernel_size": kernel_size, "stride": stride,
                              "dilation": dilation, "groups": groups, "padding": padding, "activation": activation,
                              **options})


def Embedding(output_size: int, **options: Any) -> Layer:
    """Rows of a trained table, chosen by tokens; the first layer."""
    return Layer("embedding", **{"output_size": output_size, **options})


def Affine(**options: Any) -> Layer:
    """y(t) = w * x(t) + b, both fixed: scaling of inputs, or batch normalisation of a trained network."""
    return Layer("affine", **options)


def LayerNorm(**options: Any) -> Layer:
    """Layer normalisation over the features of a row."""
    return Layer("layer_norm", **options)


def RMSNorm(**options: Any) -> Layer:
    """Normalisation by the root mean square of the features of a row."""
    return Layer("rms_norm", **options)


def Dropout(dropout: float) -> Layer:
    """In training, elements become 0 with that probability; the others are scaled."""
    return Layer("dropout", dropout=dropout)


def Activation(activation: ActivationName, **options: Any) -> Layer:
    """y(t) = f(x(t))."""
    return Layer("activation", **{"activation": activation, **options})


def Pooling(output: Literal["last_step", "mean", "maximum"] = "last_step") -> Layer:
    """One row for each sequence: its last step, or the mean or the maximum of all."""
    return Layer("pooling", output=output)


def Skip(source: int = -1, merge: Literal["concatenate", "sum"] = "concatenate") -> Layer:
    """The output of the layer with index `source`, -1 for the input, joins that of the layer below."""
    return Layer("skip", source=source, merge=merge)


def Magnitude() -> Layer:
    """sqrt(a^2 + b^2) of the first and the second half of the features."""
    return Layer("magnitude")
