"""Calls during which the library calls Python: exceptions and signals in callbacks."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from ._errors import RnnError


class SignalHandler:
    """Replaces a handler of the program during a call that calls back.

    Python may run a handler on entry to a callback, before its ``try``, and ctypes drops what is raised there: this
    one postpones it.
    """

    calls: ClassVar[int] = 0  # in progress in the main thread, which runs all handlers
    inside: ClassVar[bool] = False  # whether the main thread is in the `try` of a callback
    late: ClassVar[list[tuple[Any, int, Any]]] = []  # postponed: (handler, number, frame)

    def __init__(self, handler: Callable[[int, Any], Any]) -> None:
        self.handler = handler

    def __call__(self, number: int, frame: Any) -> None:
        if self.calls > 0 and not self.inside:
            self.late.append((self.handler, number, frame))
        else:
            self.handler(number, frame)

    @classmethod
    def run_late(cls) -> None:
        """Runs the handlers that were postponed."""
        while cls.late:
            handler, number, frame = cls.late.pop(0)
            handler(number, frame)

    @classmethod
    def replace(cls) -> None:
        """Replaces all handlers that are functions of Python."""
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if callable(handler) and not isinstance(handler, cls):
                try:
                    signal.signal(number, cls(handler))
                except ValueError:  # not the main interpreter, which alone runs handlers
                    return

    @classmethod
    def restore(cls) -> None:
        """Puts the handlers back."""
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if isinstance(handler, cls):
                signal.signal(number, handler.handler)


class Call:
    """A call during which the library calls Python.

    An exception cannot pass through C: it ends the call by a status above 0, and is raised when the call has returned.
    """

    _of_thread: ClassVar[Any] = threading.local()  # innermost: the call in progress in this thread

    def __init__(self) -> None:
        self._error: BaseException | None = None
        self.runs_handlers = threading.current_thread() is threading.main_thread()

    @classmethod
    def back(cls, kind: Any, function: Callable[..., int]) -> Any:
        """The function as a callback of a type, during calls of this class; what it returns is the status."""
        def guarded(*arguments: Any) -> int:
            call = None
            try:
                call = cls._of_thread.innermost
                if call._error is not None:
                    return 1
                if call.runs_handlers:
                    SignalHandler.inside = True
                    SignalHandler.run_late()
                return function(*arguments)
            except BaseException as error:  # KeyboardInterrupt too
                if call is not None:
                    call._error = error
                return 1
            finally:
                if call is not None and call.runs_handlers:
                    SignalHandler.inside = False
        return kind(guarded)

    def __call__(self, function: Any, *arguments: Any) -> None:
        if not self.runs_handlers:
            self._run(function, *arguments)
            return
        before = SignalHandler.calls, SignalHandler.inside
        try:
            SignalHandler.calls, SignalHandler.inside = before[0] + 1, False
            if before[0] == 0:
                SignalHandler.replace()
            self._run(function, *arguments)
        finally:
            SignalHandler.calls, SignalHandler.inside = before
            if before[0] == 0:
                SignalHandler.restore()
            SignalHandler.run_late()

    def _run(self, function: Any, *arguments: Any) -> None:
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


def call_directly(function: Any, *arguments: Any) -> None:
    """In place of a Call, where the library does not call back."""
    function(*arguments)
