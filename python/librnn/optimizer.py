"""Optimizer: updates of parameters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import Floats, choice, counted, integer, path_of, real, reals, text
from ._errors import RnnTypeError, RnnValueError, unknown
from ._handle import Optioned, bytes_of
from ._library import library
from .attention import Attention
from .model import Model, PathOrBytes

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .session import Session

Kind = Literal["sgd", "rmsprop", "adagrad", "adam", "adamw"]


class Optimizer(Optioned):
    """An optimiser, with its options and moments.

    Parameters
    ----------
    kind : str
        ``"sgd"``, ``"rmsprop"``, ``"adagrad"``, ``"adam"`` or ``"adamw"``.
    parameters : Model, Attention or int
        What it updates, or how many parameters.  Only an optimiser of a Model has options of tensors.
    rate : float
        The learning rate; default 0.001, of sgd, rmsprop and adagrad 0.01.
    momentum, nesterov, beta_1, beta_2, epsilon, weight_decay, amsgrad
        Options of the kinds, see ``rnn.h``.
    max_norm, max_abs : float
        Clip the gradients by their norm, or each of them.
    schedule : str
        ``"constant"``, ``"step"``, ``"exponential"`` or ``"cosine"``, with `warmup`, `period`, `gamma` and
        `minimum_rate`.

    Examples
    --------
    >>> from librnn import Model
    >>> model = Model(input_size=3, hidden_size=4, classes=2)
    >>> optimizer = Optimizer("adamw", model, rate=0.01, max_norm=1.0)
    >>> optimizer.set_tensors("bias_", decay_factor=0.0)
    >>> optimizer
    <Optimizer adamw: rate 0.01, 0 updates>
    """

    _options = _abi.OPTIONS["Optimizer"]
    _prefix = "rnn_optimizer"

    def __init__(self, kind: Kind, parameters: Model | Attention | int,
                 **options: Unpack[_abi.OptimizerOptions]) -> None:
        self.kind: str = kind
        number, size = choice("kind", kind, "optimizer"), parameters
        create = "rnn_optimizer_create_for_model"
        if not isinstance(parameters, Model):
            create = "rnn_optimizer_create"
            count = parameters.parameters().size if isinstance(parameters, Attention) else parameters
            size = integer("parameters", count)
        self._own(create, "rnn_optimizer_destroy", number, size)
        self._set_all(options)

    def set_tensors(self, prefix: str, **options: Unpack[_abi.TensorOptions]) -> None:
        """Set `frozen`, `rate_factor` or `decay_factor` of all tensors whose names begin with the prefix."""
        known = _abi.OPTIONS["Tensor"]
        for name, value in options.items():
            if name not in known:
                raise RnnTypeError(unknown("set_tensors: option", name, known))
            self._set("rnn_optimizer_set_tensors", name, value, *known[name], text("prefix", prefix))

    def get_tensor(self, name: str, option: str) -> int | float:
        """An option of one tensor."""
        known = _abi.OPTIONS["Tensor"]
        if option not in known:
            raise RnnValueError(unknown("get_tensor: option", option, known))
        value = self._get("rnn_optimizer_get_tensor", option, *known[option], text("name", name))
        assert isinstance(value, (int, float))
        return value

    def exempt_biases(self) -> None:
        """Set `decay_factor` of all tensors of rank 1 to 0."""
        library.rnn_optimizer_exempt_biases(self)

    def step(self, session: Session) -> None:
        """One update of the session's model by the session's gradients."""
        library.rnn_optimizer_step(self, session)

    def step_arrays(self, parameters: Floats, gradients: npt.ArrayLike) -> None:
        """One update of an array of float32 without gaps, in place, by gradients of its shape."""
        if not (isinstance(parameters, np.ndarray) and parameters.dtype == np.float32 and parameters.flags.carray):
            raise RnnTypeError("parameters must be a writeable array of float32 without gaps")
        axes: dict[str, int | None] = {f"axis {axis}": size for axis, size in enumerate(parameters.shape)}
        array = reals("gradients", gradients, axes)
        library.rnn_optimizer_step_arrays(self, *counted(parameters), *counted(array))

    def set_threads(self, threads: int) -> None:
        """Use so many threads in `step_arrays`; `step` uses those of the session."""
        library.rnn_optimizer_set_threads(self, integer("threads", threads))

    def report(self, loss: float) -> None:
        """Report a validation loss, for `plateau`; fit does this by itself."""
        library.rnn_optimizer_report(self, real("loss", loss))

    # ---- files ----

    @classmethod
    def load(cls, source: PathOrBytes) -> Self:
        """Read what `save` or `to_bytes` wrote, or the optimiser in a file of a Trainer."""
        optimizer = cls.__new__(cls)
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            optimizer._own("rnn_optimizer_load_memory", "rnn_optimizer_destroy", data, len(data))
        else:
            optimizer._own("rnn_optimizer_load", "rnn_optimizer_destroy", path_of(source))
        optimizer.kind = "loaded"
        return optimizer

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write options and moments to a file, which is replaced whole or not at all."""
        library.rnn_optimizer_save(self, path_of(path))

    def to_bytes(self) -> bytes:
        """What `save` writes, as bytes."""
        return bytes_of(self, "rnn_optimizer_save_memory")

    def __reduce_ex__(self, protocol: Any) -> Any:
        state = {name: value for name, value in vars(self).items() if name != "_as_parameter_"}
        return type(self).load, (self.to_bytes(),), state

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"<{self._name()} {self.kind}: rate {self['rate']:.6g}, {self['updates']} updates>"
