"""Loss: losses and their gradients."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref, c_double, c_float, c_int32, c_size_t
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import (Floats, Integers, as_array, choice, counted, flags, integer, lengths_of, optional, reals,
                         whole)
from ._calls import Call, call_directly
from ._errors import RnnError, RnnTypeError
from ._handle import Optioned
from ._library import library
from ._transitions import Transitions, set_transitions

if TYPE_CHECKING:
    from typing_extensions import Unpack

Kind = Literal["cross_entropy", "binary_cross_entropy", "squared_error", "absolute_error", "huber", "ctc", "crf", "quantile",
               "gaussian", "error_to_signal"]
LossFunction = Callable[[Floats, "Batch"], tuple[Any, ...]]


class Batch:
    """What a custom loss reads; all arrays are copies.

    Attributes
    ----------
    steps, batch, outputs : int
        T, B and C of y.
    lengths : array [B] or None
        Valid steps of each sequence; None: all.
    mask : array [T,B] or None
    step_mask : array [T,B] of booleans or None
        False where the network has left a step out; None: nowhere.  A trainer leaves such steps out before.
    weights : array [B] or None
        Weights of the sequences.
    classes : array [T,B] or None
        The targets, if they are integers.
    values : array [T,B,K] or None
        The targets, if they are real numbers.
    weight : float
        What the mean divides by: the sum of mask times weight over the elements of y within the lengths.
    wants_gradient : bool
        Whether dy is needed; else it may be None.
    """

    def __init__(self, loss: Any, weight: float, wants_gradient: bool) -> None:
        lengths, sizes = POINTER(c_int32)(), [c_size_t() for _ in range(3)]
        library.rnn_loss_get_batch(loss, byref(lengths), *map(byref, sizes))
        self.steps, self.batch, self.outputs = (size.value for size in sizes)
        self.lengths: Integers | None = (
            np.ctypeslib.as_array(lengths, (self.batch,)).copy() if lengths else None)
        rows = self.steps, self.batch
        self.mask = self._read("rnn_loss_get_mask", loss, c_float, rows)
        present = self._read("rnn_loss_get_step_mask", loss, c_int32, rows)
        self.step_mask: npt.NDArray[np.bool_] | None = None if present is None else present.astype(bool)
        self.weights = self._read("rnn_loss_get_sequence_weights", loss, c_float, rows[1:])
        self.classes = self._read_target("rnn_loss_get_classes", loss, c_int32, rows)
        self.values = self._read_target("rnn_loss_get_values", loss, c_float, (*rows, -1))
        self.weight, self.wants_gradient = weight, wants_gradient

    @staticmethod
    def _read(function: str, loss: Any, kind: Any, shape: tuple[int, ...]) -> Any:
        pointer, count = POINTER(kind)(), c_size_t()
        getattr(library, function)(loss, byref(pointer), byref(count))
        if not pointer:
            return None
        return np.ctypeslib.as_array(pointer, (count.value,)).reshape(shape).copy()

    @classmethod
    def _read_target(cls, *arguments: Any) -> Any:
        try:
            return cls._read(*arguments)
        except RnnError as error:
            if error.status != _abi.E_STATE:  # of the other type
                raise
            return None


def _compute(function: LossFunction, _user: Any, loss: Any, value: Any, weight: Any, dy: Any, y: Any,
             _count: int) -> int:
    """The callback of the library for a function of Python."""
    batch = Batch(loss, weight[0], bool(dy))
    shape = batch.steps, batch.batch, batch.outputs
    answer = function(np.ctypeslib.as_array(y, shape).copy(), batch)
    found = tuple(answer) if isinstance(answer, (tuple, list)) else ()
    if len(found) not in (2, 3):
        raise RnnTypeError(f"the loss function returned {type(answer).__name__}, expected (value, dy) or "
                           "(value, dy, weight)")
    if dy:
        np.ctypeslib.as_array(dy, shape)[:] = reals("dy", found[1], dict(zip("TBC", shape)))
    value[0] = found[0]
    if len(found) == 3:
        weight[0] = found[2]
    return _abi.OK


class Loss(Optioned):
    """A loss, with its options.

    Parameters
    ----------
    kind : str or function
        ``"cross_entropy"``, ``"binary_cross_entropy"``, ``"squared_error"``, ``"absolute_error"``, ``"huber"``,
        ``"ctc"``, ``"crf"`` (see `set_transitions`), ``"quantile"``, ``"gaussian"``, ``"error_to_signal"``; or a
        function(y, batch) of NumPy arrays, y [T,B,C] and a `Batch`.  It returns the sum of the loss over everything
        that counts and its gradient dy [T,B,C]; and as a third value, if it is another than ``batch.weight``, what the
        mean divides both by.
    class_weights : array [C], optional
        Cross-entropy: a weight for each class.
    threads : int
        Threads of this loss.
    quantiles : array [Q], optional
        The levels of ``"quantile"``, each above 0 and below 1; default 0.5 alone.  Output k*Q + q of the network is the
        quantile of level q of value k.
    reduction : str
        ``"mean"`` (default) or ``"sum"``.
    ignored, blank, zero_infinity, skip_missing, smoothing, delta
        Options of single kinds, see ``rnn.h``.
    pre_emphasis, energy_floor, offset_weight, min_variance
        Options of single kinds, see ``rnn.h``.

    Examples
    --------
    >>> import numpy as np
    >>> loss = Loss("cross_entropy", smoothing=0.1)
    >>> value, dy = loss(np.zeros((5, 2, 4)), np.zeros((5, 2), int))
    >>> round(value, 4), dy.shape
    (1.3863, (5, 2, 4))

    >>> loss = Loss("quantile", quantiles=[0.1, 0.9])
    >>> value, dy = loss(np.zeros((5, 2, 6)), np.ones((5, 2, 3)))
    >>> round(value, 4), dy.shape
    (0.5, (5, 2, 6))

    >>> def absolute_error(y, batch):
    ...     return np.abs(y - batch.values).sum(), np.sign(y - batch.values)
    >>> Loss(absolute_error)(np.ones((5, 2, 3)), np.zeros((5, 2, 3)))[0]
    1.0
    """

    _options = _abi.OPTIONS["Loss"]
    _prefix = "rnn_loss"

    def __init__(self, kind: Kind | LossFunction, class_weights: npt.ArrayLike | None = None, threads: int = 1,
                 quantiles: npt.ArrayLike | None = None, **options: Unpack[_abi.LossOptions]) -> None:
        self._function = kind if callable(kind) else None
        self.kind: str = "custom" if callable(kind) else kind
        if self.kind == "custom" and self._function is None:
            raise RnnTypeError("a custom loss is given as its function: Loss(function)")
        self._own("rnn_loss_create", "rnn_loss_destroy", choice("kind", self.kind, "loss"))
        callback = None
        if self._function is not None:
            callback = Call.back(_abi.rnn_loss_function, partial(_compute, self._function))
            library.rnn_loss_set_callback(self, callback, None)
        self._as_parameter_.callback = callback  # the library calls it as long as the handle lives
        self._class_weights: Floats | None = None
        self._quantiles: Floats | None = None
        self._sequences = self._classes = 0  # B and C of the last call
        self._set_all(options)
        if class_weights is not None:
            self.set_class_weights(class_weights)
        if quantiles is not None:
            self.set_quantiles(quantiles)
        if threads != 1:
            self.set_threads(threads)

    def set_threads(self, threads: int) -> None:
        """Use so many threads, 1 to 1024.  A child of fork must call this before it uses a loss with threads."""
        library.rnn_loss_set_threads(self, integer("threads", threads))

    def set_class_weights(self, weights: npt.ArrayLike | None) -> None:
        """Cross-entropy: the weights of the classes, [C]; None: 1 for all."""
        array = optional(reals, "class_weights", weights, {"C": None})
        library.rnn_loss_set_class_weights(self, *counted(array))
        self._class_weights = None if array is None else array.copy()

    def set_quantiles(self, quantiles: npt.ArrayLike | None) -> None:
        """Quantiles: their levels, [Q]; None: 0.5 alone."""
        array = optional(reals, "quantiles", quantiles, {"Q": None})
        library.rnn_loss_set_quantiles(self, *counted(array))
        self._quantiles = None if array is None else array.copy()

    @property
    def outputs_of_target(self) -> int:
        """How many outputs of the network belong to one target value: Q of quantiles, 2 of Gaussian, else 1."""
        if self.kind == "quantile":
            return 1 if self._quantiles is None else len(self._quantiles)
        return 2 if self.kind == "gaussian" else 1

    @property
    def takes_classes(self) -> bool:
        """Whether the targets are classes or labels; those of a custom loss may be both."""
        return self.kind in ("cross_entropy", "ctc", "crf")

    def set_transitions(self, source: Transitions) -> None:
        """CRF: the scores of pairs of classes, of a `Model` with ``crf=1`` or as (start [C], end [C], transitions [C,C]).

        Element [i,j] of the transitions is the score of class j after class i; -inf forbids it.  Those of a model are
        taken as they are now: call this after every change of the model.  A `Trainer` does so by itself.

        Examples
        --------
        >>> import numpy as np
        >>> loss = Loss("crf")
        >>> loss.set_transitions((np.zeros(2), np.zeros(2), [[0, 0], [-np.inf, 0]]))     # 0 never follows 1
        >>> value, dy = loss(np.zeros((3, 1, 2)), [[0], [0], [1]])                      # one of 4 paths
        >>> round(value, 4), [gradient.shape for gradient in loss.transition_gradients()]
        (1.3863, [(2,), (2,), (2, 2)])
        """
        set_transitions("rnn_loss", self, source)

    def transition_gradients(self) -> tuple[Floats, Floats, Floats]:
        """CRF: the gradients of the last call with respect to start [C], end [C] and transitions [C,C]."""
        classes = self._classes
        gradients = (np.empty(classes, np.float32), np.empty(classes, np.float32),
                     np.empty((classes, classes), np.float32))
        library.rnn_loss_get_transition_gradients(self, *(part for one in gradients for part in counted(one)))
        return gradients

    def __call__(self, y: npt.ArrayLike, targets: npt.ArrayLike | None = None, *,
                 lengths: npt.ArrayLike | None = None, mask: npt.ArrayLike | None = None,
                 weights: npt.ArrayLike | None = None, label_lengths: npt.ArrayLike | None = None,
                 step_mask: npt.ArrayLike | None = None, want_dy: bool = True) -> tuple[float, Any]:
        """The loss of a batch, and its gradient.

        Parameters
        ----------
        y
            What the network returned: [T,B,C], or [B,C] of a network with one output for each sequence.
        targets
            Cross-entropy: classes, [T,B] or [B].  CRF: classes [T,B].  CTC: labels [B,S]; None: no sequence has labels.
            Other kinds: values in the shape of y; quantiles [T,B,C/Q] and Gaussian [T,B,C/2], or [B,...].  Custom
            losses: integers [T,B], or real numbers [T,B,K].
        lengths
            Valid steps of each sequence, [B]; default T.  With y [B,C]: 0 leaves a sequence out.
        mask
            [T,B], or [B] with y [B,C]; 0 leaves a step out.
        weights
            [B], the weights of the sequences.
        label_lengths
            CTC: how many labels each sequence has, [B]; default S.
        step_mask
            Booleans [T,B]: the ``mask`` of `Session.forward`; for the loss the steps that are False do not exist.  For
            all kinds: CTC and CRF see the other steps as neighbours.
        want_dy
            Whether to compute the gradient.

        Returns
        -------
        value : float
        dy
            In the shape of y; None without `want_dy`.

        Raises
        ------
        RnnValueError
            A wrong shape, or a target or length out of range.
        RnnTypeError
            Targets of the wrong type.
        """
        array = as_array(y)
        names = "BC" if array.ndim == 2 else "TBC"
        array = reals("y", array, dict.fromkeys(names))
        axes = dict(zip(names, array.shape))
        steps, batch, classes = axes.get("T", 1), axes["B"], axes["C"]
        converted, is_classes = self._targets(targets, axes)
        rows: dict[str, int | None] = {name: size for name, size in axes.items() if name != "C"}
        arrays = {"step_mask": optional(flags, "step_mask", step_mask, rows),
                  "mask": optional(reals, "mask", mask, rows),
                  "sequence_weights": optional(reals, "weights", weights, {"B": batch}),
                  "label_lengths": optional(whole, "label_lengths", label_lengths, {"B": batch})}
        valid = lengths_of(lengths, batch, steps)
        handle = self._as_parameter_  # the callback may close this loss
        library.rnn_loss_set_batch(handle, *counted(valid), steps, batch, classes)
        self._sequences, self._classes = batch, classes
        for name, values in arrays.items():
            if values is not None:
                getattr(library, f"rnn_loss_set_{name}")(handle, *counted(values))
        value, dy = c_double(), np.empty_like(array) if want_dy else None
        function = library.rnn_loss_of_classes if is_classes else library.rnn_loss_of_values
        call: Any = Call() if self._function is not None else call_directly
        call(function, handle, byref(value), *counted(dy), *counted(array), *counted(converted))
        return value.value, dy

    def _targets(self, targets: Any, axes: dict[str, int]) -> tuple[Any, bool]:
        """The targets for C, and whether they are classes."""
        rows: dict[str, int | None] = {name: size for name, size in axes.items() if name != "C"}
        if self.kind == "ctc":
            return optional(whole, "targets", targets, {"B": axes["B"], "S": None}), True
        if self.kind in ("cross_entropy", "crf"):
            return whole("targets", targets, rows), True
        if self.kind != "custom":
            return reals("targets", targets, {**rows, "C": axes["C"] // self.outputs_of_target}), False
        if targets is None:
            return None, False
        array = as_array(targets)
        if array.dtype.kind in "iu":
            return whole("targets", array, rows), True
        return reals("targets", array, {**rows, "K": None}), False

    def sequence_losses(self) -> npt.NDArray[np.float64]:
        """The loss of each sequence in the last call, [B], without reduction and weights of sequences."""
        losses = np.empty(self._sequences)
        library.rnn_loss_get_sequence_losses(self, *counted(losses))
        return losses

    def __reduce_ex__(self, protocol: Any) -> Any:
        kind: Any = self._function or self.kind
        options = {name: value for name, value in self.options().items() if value != _DEFAULTS[name]}
        return _rebuild, (type(self), kind, self._class_weights, self._quantiles, options)

    def __repr__(self) -> str:
        name = self.kind if self._function is None else getattr(self._function, "__name__", "custom")
        return f"<{self._name()} {name}>"


_DEFAULTS: dict[str, Any] = {"reduction": "mean", "ignored": -100, "blank": 0, "zero_infinity": 0, "skip_missing": 0,
                             "smoothing": 0.0, "delta": 1.0, "pre_emphasis": 0.95, "energy_floor": 1e-5,
                             "offset_weight": 0.0, "min_variance": 1e-6}


def _rebuild(cls: Any, kind: Any, class_weights: Any, quantiles: Any, options: dict[str, Any]) -> Any:
    return cls(kind, class_weights, quantiles=quantiles, **options)


def softmax_cross_entropy(logits: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[float, Floats]:
    """The mean cross-entropy of logits, and its gradient; for all options see `Loss`.

    Parameters
    ----------
    logits
        [T,B,C] or [B,C].
    targets
        Classes, [T,B] or [B]; those of -100 do not count.

    Examples
    --------
    >>> import numpy as np
    >>> value, dlogits = softmax_cross_entropy(np.zeros((3, 1, 2)), np.zeros((3, 1), int))
    >>> round(value, 4), dlogits.shape
    (0.6931, (3, 1, 2))
    """
    array = as_array(logits)
    axes: Any = dict.fromkeys("BC" if array.ndim == 2 else "TBC")
    array = reals("logits", array, axes)
    classes = whole("targets", targets, dict(zip(list(axes)[:-1], array.shape)))
    value, dlogits = c_double(), np.empty_like(array)
    library.rnn_softmax_cross_entropy(byref(value), *counted(dlogits), *counted(array), *counted(classes),
                                      array.shape[-1])
    return value.value, dlogits


def softmax(logits: npt.ArrayLike) -> Floats:
    """Probabilities over the last axis, with any number of axes before it.

    Examples
    --------
    >>> softmax([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    array = as_array(logits)
    others: dict[str, int | None] = {f"axis {axis}": None for axis in range(array.ndim - 1)}
    array = reals("logits", array, {**others, "C": None})
    p = np.empty_like(array)
    library.rnn_softmax(*counted(p), *counted(array), array.shape[-1])
    return p
