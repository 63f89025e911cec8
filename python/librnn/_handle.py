"""Handles of the C library: who owns them, their options, and views of their memory."""

from __future__ import annotations

import ctypes
import math
import weakref
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int64, c_size_t
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Union

import numpy as np

from . import _abi
from ._arguments import Floats, choice, integer, real, text
from ._errors import RnnTypeError, RnnValueError, unknown
from ._library import library

if TYPE_CHECKING:
    from typing_extensions import Self

Option = Union[int, float, str, None]


class Handle:
    """Owns a handle of the library until close(), the end of a ``with`` block, or garbage collection.

    Calls in progress and views of arrays own it too, and the last owner destroys it: all share one pointer object,
    whose end is that of the handle.
    """

    _as_parameter_: Any  # what ctypes passes where this object is an argument

    def _own(self, create: str, destroy: str, *arguments: Any) -> Self:
        release = getattr(library, destroy)
        handle = release.argtypes[0]()
        getattr(library, create)(byref(handle), *arguments)
        # Not at exit: threads and views may still use it.
        weakref.finalize(handle, release, type(handle).from_buffer_copy(handle)).atexit = False
        self._as_parameter_ = handle
        return self

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return not self._as_parameter_

    def close(self) -> None:
        """Release the handle.  It is destroyed when the last view of its arrays is gone; later calls raise
        RnnStateError."""
        self._as_parameter_ = type(self._as_parameter_)()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise RnnTypeError(f"a {type(self).__name__} cannot be copied or pickled: create another one")

    def _name(self) -> str:
        return f"{type(self).__name__}{' (closed)' if self.closed else ''}"

    def __repr__(self) -> str:
        return f"<{self._name()}>"


class Optioned(Handle):
    """A handle with options: ``handle[name]`` reads one, ``handle[name] = value`` sets it."""

    _options: ClassVar[dict[str, tuple[int, Any]]]
    _prefix: ClassVar[str]  # of the functions that read and set options
    _label: ClassVar[str] = ""  # in messages; default: the name of the class

    def _find(self, name: str) -> tuple[int, Any]:
        if name not in self._options:
            raise RnnValueError(unknown(f"{self._title()}: option", name, self._options))
        return self._options[name]

    def _get(self, function: str, name: str, key: int, kind: Any, *place: Any) -> Option:
        value = kind()
        getattr(library, f"{function}_{_TYPES[kind]}")(self, *place, key, byref(value))
        return value_of(name, value.value)

    def _set(self, function: str, name: str, value: Any, key: int, kind: Any, *place: Any) -> None:
        getattr(library, f"{function}_{_TYPES[kind]}")(self, *place, key, number_of(name, value, kind))

    def __getitem__(self, name: str) -> Any:
        return self._get(f"{self._prefix}_get", name, *self._find(name))

    def __setitem__(self, name: str, value: Any) -> None:
        key, kind = self._find(name)
        if f"{self._prefix}_set_{_TYPES[kind]}" not in _abi.PROTOTYPES:
            raise RnnTypeError(f"{self._title()}: {name} cannot be set")
        self._set(f"{self._prefix}_set", name, value, key, kind)

    def _title(self) -> str:
        return self._label or type(self).__name__

    def options(self) -> dict[str, Option]:
        """All options with their values.  None stands for an option that is not set."""
        return {name: self[name] for name in self._options}

    def _set_all(self, options: Any) -> None:
        for name in options:
            if name not in self._options:
                raise RnnTypeError(unknown(f"{self._title()}: option", name, self._options))
        for name, value in options.items():
            self[name] = value


_TYPES = {c_int64: "int", c_double: "real", c_char_p: "text"}


def number_of(name: str, value: Any, kind: Any) -> int | float | bytes:
    """The value of an option for C."""
    if name in _abi.CHOICES:
        return 0 if value is None else choice(name, value)
    if kind is c_char_p:
        return text(name, value)
    return integer(name, value, kind) if kind is c_int64 else real(name, value)


def value_of(name: str, value: Any) -> Option:
    """The value of an option for Python: words for choices, None for what is unset."""
    if name in _abi.CHOICES:
        return next((word for word, number in _abi.CHOICES[name].items() if number == value), None)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and math.isnan(value) and (name in _abi.OPTIONS["Model"] or name in _abi.OPTIONS["Layer"]):
        return None
    return value  # type: ignore[no-any-return]


def view(owner: Handle, function: str, writeable: bool = True) -> Floats:
    """The library's own memory as an array, which keeps the handle even if the owner is closed."""
    pointer, count = POINTER(c_float)(), c_size_t()
    getattr(library, function)(owner, byref(pointer), byref(count))
    if not pointer:
        return np.empty(0, np.float32)
    memory: Any = (c_float * count.value).from_address(ctypes.addressof(pointer.contents))
    memory.handle = owner._as_parameter_
    vars(memory.handle).setdefault("views", weakref.WeakValueDictionary())[id(memory)] = memory
    seen = memoryview(memory)
    return np.frombuffer(seen if writeable else seen.toreadonly(), np.float32)


def bytes_of(owner: Handle, function: str) -> bytes:
    """What a ..._save_memory function writes."""
    size, save = c_size_t(), getattr(library, function)
    save(owner, None, 0, byref(size))
    data = ctypes.create_string_buffer(size.value)
    save(owner, data, size.value, byref(size))
    return data.raw
