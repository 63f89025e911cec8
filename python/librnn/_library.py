"""Finds and loads the C library, at the first call that needs it."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import pathlib
import threading
from typing import Any

from . import _abi
from ._errors import RnnStateError, error_of_status

_NAMES = ("librnn.so", "librnn.dylib", "rnn.dll", "librnn.dll")


def _check(status: int, _function: Any, _arguments: Any) -> int:
    """Called by ctypes after every function that returns a status, in the thread that made the call."""
    if status < 0:
        raise error_of_status(status, library.rnn_last_error().decode())
    return status


class _Library:
    """The functions of the library as attributes.  The first access loads it."""

    def __init__(self) -> None:
        self.path: str | None = None  # of the library that is loaded
        self.chosen: str | None = None  # by use_library
        self.dll: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """Only functions that are not attributes yet come here."""
        if name not in _abi.PROTOTYPES:
            raise AttributeError(name)
        self.load()
        return self.__dict__[name]

    def load(self) -> None:
        """Loads the library if it is not loaded."""
        with self._lock:
            if self.path is None:
                self._load()

    def _load(self) -> None:
        failures = []
        for path in self._candidates():
            try:
                dll = ctypes.CDLL(path)
            except OSError as error:
                failures.append(f"  {path}: {error}")
                continue
            self._declare(dll, path)
            self.dll, self.path = dll, path
            return
        raise ImportError("librnn: no C library was found:\n" + "\n".join(failures) + "\nSet the environment variable "
                          "RNN_LIBRARY to the path of librnn.so, or call librnn.use_library(path)", name="librnn")

    def _candidates(self) -> list[str]:
        """Paths and names, in the order in which they are tried; one that was chosen is the only one."""
        chosen = self.chosen or os.environ.get("RNN_LIBRARY")
        if chosen:
            return [chosen]
        folder = pathlib.Path(__file__).parent
        inside = [str(folder / name) for name in _NAMES]
        present = [path for path in inside if os.path.exists(path)]
        return [*(present or inside[:1]), ctypes.util.find_library("rnn") or _abi.SONAME]

    def _declare(self, dll: Any, path: str) -> None:
        missing = [name for name in _abi.PROTOTYPES if not hasattr(dll, name)]
        if missing:
            version = dll.rnn_version if hasattr(dll, "rnn_version") else None
            raise ImportError(f"librnn: {path} is {f'version {version()}' if version else 'another library'}: it lacks "
                              f"{missing[0]}; this package needs version {_abi.VERSION}", name="librnn", path=path)
        for name, (result, *arguments) in _abi.PROTOTYPES.items():
            function = getattr(dll, name)
            function.restype, function.argtypes = result, arguments
            if name in _abi.CHECKED:
                function.errcheck = _check
            setattr(self, name, function)

    def unchecked(self, name: str) -> Any:
        """Another object for a function, without conversions and checks, for calls that are prepared once."""
        self.load()
        function = self.dll[name]
        function.restype = ctypes.c_int32
        return function


library = _Library()


def use_library(path: str | os.PathLike[str]) -> None:
    """Choose the C library, in place of the one inside the package.

    Parameters
    ----------
    path
        Path of a ``librnn.so``, or a name that the dynamic loader finds.  The environment variable ``RNN_LIBRARY``
        does the same.

    Raises
    ------
    RnnStateError
        Another library is loaded already: call this function before all others.
    """
    wanted = os.fspath(path)
    if library.path not in (None, wanted):
        raise RnnStateError(f"{library.path} is loaded already; choose {wanted} before the first call", _abi.E_STATE)
    library.chosen = wanted


def library_path() -> str:
    """The path or name of the C library that is used; loads it.

    Examples
    --------
    >>> "rnn" in library_path()
    True
    """
    library.load()
    assert library.path is not None
    return library.path


def library_version() -> str:
    """The version of the C library, such as ``"0.9.0"``.

    Examples
    --------
    >>> library_version().count(".")
    2
    """
    return str(library.rnn_version_string().decode())


def build_info() -> str:
    """One line for bug reports: version, matrix products, instruction set, compiler.

    Examples
    --------
    >>> build_info().startswith("librnn")
    True
    """
    return str(library.rnn_build_info().decode())
