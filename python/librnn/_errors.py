"""Exceptions: all derive from RnnError, and from the built-in exception that fits the status."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from . import _abi


class RnnError(Exception):
    """A call that failed.

    Attributes
    ----------
    status : int
        The status of the C library, such as -3 for RNN_E_VALUE.
    """

    def __init__(self, message: str, status: int = _abi.E_VALUE) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[RnnError], tuple[str, int]]:
        return type(self), (str(self), self.status)


class RnnValueError(RnnError, ValueError):
    """A value, shape, name or file that does not fit."""


class RnnTypeError(RnnError, TypeError):
    """An argument of the wrong type."""


class RnnStateError(RnnError, RuntimeError):
    """A call out of order: backward without forward, or a handle that is closed."""


class RnnMemoryError(RnnError, MemoryError):
    """Out of memory."""


class RnnIOError(RnnError, OSError):
    """A file that cannot be read or written."""

    def __str__(self) -> str:
        return str(self.args[0])


for _error in (RnnError, RnnValueError, RnnTypeError, RnnStateError, RnnMemoryError, RnnIOError):
    _error.__module__ = "librnn"  # where programs find them

_BY_STATUS: dict[int, type[RnnError]] = {
    _abi.E_NULL: RnnStateError, _abi.E_STATE: RnnStateError, _abi.E_MEMORY: RnnMemoryError, _abi.E_IO: RnnIOError}


def error_of_status(status: int, message: str) -> RnnError:
    """The exception for a status of the library."""
    if status == _abi.E_NULL:
        message += " (is it closed?)"
    return _BY_STATUS.get(status, RnnValueError)(message, status)


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """The message for a word that is none of the known ones, with the nearest of them."""
    names = list(known)
    near = difflib.get_close_matches(str(word), names, 1)
    hint = f"did you mean {near[0]!r}?" if near else "expected one of " + ", ".join(map(repr, names))
    return f"{what} {word!r} is unknown; {hint}"
