"""Checks of arguments: every array of a call is converted and compared with its shape here, before C sees it.

Axes are a dict {letter: size} in order, size None for any: {"T": None, "B": 2, "I": 3} is [T, 2, 3].
"""

from __future__ import annotations

import ctypes
import operator
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from . import _abi
from ._errors import RnnTypeError, RnnValueError, unknown

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]
Axes = Mapping[str, "int | None"]
_Result = TypeVar("_Result")
_BYTE: Any = ctypes.c_char

_INT32 = np.iinfo(np.int32)
_LIMITS = {kind: (0, 2 ** (8 * ctypes.sizeof(kind)) - 1) if kind is ctypes.c_size_t else
           (-2 ** (8 * ctypes.sizeof(kind) - 1), 2 ** (8 * ctypes.sizeof(kind) - 1) - 1)
           for kind in (ctypes.c_size_t, ctypes.c_int32, ctypes.c_int64)}


def as_array(values: Any) -> npt.NDArray[Any]:
    """An array of anything array-like: NumPy, the buffer protocol, DLPack, lists.  Memory is shared where possible."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
        return np.from_dlpack(values)
    try:
        return np.asarray(values)
    except ValueError as error:  # sequences of different lengths
        raise RnnValueError(f"an argument is no array: {error}") from None


def _shape(sizes: Any) -> str:
    return "[" + ", ".join(map(str, sizes)) + "]"


def _check_shape(argument: str, array: npt.NDArray[Any], axes: Axes) -> None:
    if array.ndim == len(axes):
        for size, have in zip(axes.values(), array.shape):
            if size is not None and size != have:
                break
        else:
            return
    expected = (name if size is None else size for name, size in axes.items())
    raise RnnValueError(f"{argument} has shape {_shape(array.shape)}, expected {_shape(expected)} "
                        f"({', '.join(axes)})", _abi.E_SIZE)


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Without gaps and at an address that C can read."""
    return array if array.flags.c_contiguous and array.flags.aligned else array.copy()


def reals(argument: str, values: Any, axes: Axes) -> Floats:
    """The values as float32 of these axes, without a copy if they are that already."""
    array = as_array(values)
    _check_shape(argument, array, axes)
    if array.dtype != np.float32:
        if array.dtype.kind not in "biuf" and array.size > 0:
            raise RnnTypeError(f"{argument} has elements of type {array.dtype}, expected real numbers")
        array = array.astype(np.float32)
    return _plain(array)


def whole(argument: str, values: Any, axes: Axes, low: int = int(_INT32.min), high: int = int(_INT32.max)) -> Integers:
    """The values as int32 of these axes; they must be integers from low to high."""
    array = as_array(values)
    _check_shape(argument, array, axes)
    if array.dtype.kind not in "iu" and array.size > 0:  # [] has the type of real numbers
        raise RnnTypeError(f"{argument} has elements of type {array.dtype}, expected integers")
    if array.size > 0 and (array.dtype != np.int32 or low > _INT32.min or high < _INT32.max):
        for element in (int(array.min()), int(array.max())):
            if not low <= element <= high:
                raise RnnValueError(f"{argument} has the element {element}, expected {low} to {high}")
    return _plain(array.astype(np.int32, copy=False))


def optional(convert: Callable[..., _Result], argument: str, values: Any, *others: Any) -> _Result | None:
    """None stays None."""
    return None if values is None else convert(argument, values, *others)


def lengths_of(values: Any, batch: int, steps: int) -> Integers | None:
    """Valid steps of the sequences of a batch, [B], each 0 .. T."""
    return optional(whole, "lengths", values, {"B": batch}, 0, steps)


def flags(argument: str, values: Any, axes: Axes) -> Integers:
    """The values as int32 of these axes: booleans, or integers 0 and 1."""
    array = as_array(values)
    return whole(argument, array.astype(np.int32) if array.dtype == np.bool_ else array, axes, 0, 1)


def integer(argument: str, value: Any, kind: Any = ctypes.c_size_t) -> int:
    """The value as an integer of a C type.  ctypes would take it modulo 2^32 or 2^64."""
    try:
        number = operator.index(value)
    except TypeError:
        raise RnnTypeError(f"{argument} is {value!r}, expected an integer") from None
    low, high = _LIMITS[kind]
    if not low <= number <= high:
        raise RnnValueError(f"{argument} is {number}, expected {low} to {high}")
    return number


def real(argument: str, value: Any) -> float:
    """The value as a real number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise RnnTypeError(f"{argument} is {value!r}, expected a real number") from None


def choice(argument: str, value: Any, group: str | None = None) -> int:
    """The number of a word, such as "lstm"; the words are those of the group, by default of the argument."""
    words = _abi.CHOICES[group or argument]
    if not isinstance(value, str):
        raise RnnTypeError(f"{argument} is {value!r}, expected one of {', '.join(map(repr, words))}")
    if value not in words:
        raise RnnValueError(unknown(argument, value, words))
    return words[value]


def text(argument: str, value: Any) -> bytes:
    """A string for C, which would end at its first 0."""
    if not isinstance(value, str):
        raise RnnTypeError(f"{argument} is {value!r}, expected a string")
    data = value.encode()
    if b"\0" in data:
        raise RnnValueError(f"{argument} is {value!r}, which has a character 0")
    return data


def path_of(path: str | os.PathLike[str]) -> bytes:
    """A path for C."""
    data = os.fsencode(path)
    if b"\0" in data:
        raise RnnValueError(f"the path {path!r} has a character 0")
    return data


def counted(array: npt.NDArray[Any] | None) -> tuple[int | None, int]:
    """(address, number of elements) for C; None stands for (NULL, 0).  The caller keeps the array alive."""
    if array is None:
        return None, 0
    try:
        return ctypes.addressof(_BYTE.from_buffer(array)), array.size  # three times as fast as array.ctypes
    except (TypeError, ValueError):  # read-only, or empty
        return array.ctypes.data, array.size


def empty(axes: Mapping[str, int]) -> Floats:
    """An array of these axes for C to overwrite."""
    return np.empty(tuple(axes.values()), np.float32)
