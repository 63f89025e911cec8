"""Sequences that functions of Python make while a trainer runs."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref, c_float, c_int32, c_size_t
from typing import Any

import numpy as np

from . import _abi
from ._arguments import as_array, counted, flags, optional, real, reals, whole
from ._calls import Call
from ._errors import RnnTypeError
from ._library import library

Source = Callable[[int, int], "tuple[Any, ...]"]
Transform = Callable[[Any, Any, int, int], "tuple[Any, ...]"]


def _parts_of(made: Any, what: str) -> tuple[Any, ...]:
    if not isinstance(made, tuple) or not 2 <= len(made) <= 5:
        raise RnnTypeError(f"the {what} returned {type(made).__name__}, expected (x, y), (x, y, mask), "
                           "(x, y, mask, weight) or (x, y, mask, weight, step_mask)")
    return made


def _set_targets(sample: Any, y: Any, kind: str | None) -> bool:
    """Sets them; whether they are values with an axis T."""
    targets = np.atleast_1d(as_array(() if y is None else y))
    if (kind or ("classes" if targets.dtype.kind in "iu" or targets.size == 0 else "values")) == "classes":
        library.rnn_sample_set_classes(sample, *counted(whole("y", targets, {"elements": None})))
        return False
    axes: Any = {"Y": None} if targets.ndim == 1 else {"T": None, "Y": None}
    library.rnn_sample_set_values(sample, *counted(reals("y", targets, axes)))
    return targets.ndim == 2


def _set(sample: Any, made: Any, what: str, kind: str | None) -> bool:
    x, y, *others = _parts_of(made, what)
    array = as_array(x)
    if array.ndim == 1:
        library.rnn_sample_set_tokens(sample, *counted(whole("x", array, {"T": None})))
    else:
        array = reals("x", array, {"T": None, "I": None})
        library.rnn_sample_set_x(sample, *counted(array), len(array))
    has_steps = _set_targets(sample, y, kind)
    mask = optional(reals, "mask", others[0] if others else None, {"T": None})
    library.rnn_sample_set_mask(sample, *((None, 0) if mask is None else counted(mask)))
    if len(others) > 1:
        library.rnn_sample_set_weight(sample, real("weight", others[1]))
    if len(others) > 2:
        step_mask = optional(flags, "step_mask", others[2], {"T": len(array)})
        library.rnn_sample_set_step_mask(sample, *counted(step_mask))
    return has_steps


def _array(function: Any, sample: Any, kind: Any, *more: Any) -> Any:
    """A copy of an array of the sample; None if there is none."""
    pointer, count = POINTER(kind)(), c_size_t()
    function(sample, byref(pointer), byref(count), *more)
    return np.ctypeslib.as_array(pointer, (count.value,)).copy() if count.value else None


def _get(sample: Any, has_steps: bool) -> tuple[Any, Any]:
    steps = c_size_t()
    x = _array(library.rnn_sample_get_x, sample, c_float, byref(steps))
    x = _array(library.rnn_sample_get_tokens, sample, c_int32) if x is None else x.reshape(steps.value, -1)
    y = _array(library.rnn_sample_get_values, sample, c_float)
    if y is None:
        y = _array(library.rnn_sample_get_classes, sample, c_int32)
        return x, np.empty(0, np.int32) if y is None else y
    return x, y.reshape(len(x), -1) if has_steps else y


class Samples:
    """The callbacks of a dataset."""

    def __init__(self, kind: str | None) -> None:
        self.kind = kind
        self.has_steps: dict[int, bool] = {}  # of the values that the source has made

    def source(self, function: Source) -> Any:
        """The function as the callback of rnn_dataset_create_from_source."""
        def make(_user: Any, sample: Any, index: int, seed: int) -> int:
            self.has_steps[index] = _set(sample, function(index, seed), "source", self.kind)
            return 0
        return Call.back(_abi.rnn_sample_function, make)

    def transform(self, function: Transform, shapes: Callable[[int], bool] | None) -> Any:
        """The function as the callback of rnn_dataset_set_transform; shapes: whether values have an axis T."""
        def change(_user: Any, sample: Any, index: int, seed: int) -> int:
            has_steps = self.has_steps.get(index, False) if shapes is None else shapes(index)
            _set(sample, function(*_get(sample, has_steps), index, seed), "transform", self.kind)
            return 0
        return Call.back(_abi.rnn_sample_function, change)

