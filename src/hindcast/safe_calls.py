"""A learner's function called safely: in a thread of its own, for a limited time, and without its output."""

from __future__ import annotations

import contextlib
import contextvars
import copy
import ctypes
import io
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How a call ended: what it ``returned``, the error it ``stopped_with``, or not ``in_time``."""

    returned: object
    stopped_with: str
    in_time: bool


def call_safely(function: Callable, arguments: tuple, seconds: float) -> Outcome:
    """Call ``function`` on copies of ``arguments`` for at most ``seconds``; what it prints is thrown away.

    Nothing that the function raises is raised here, SystemExit and KeyboardInterrupt included.
    """
    call = _Call(function, copy.deepcopy(arguments))
    with _quiet():
        in_time = call.ends_within(seconds)
    return Outcome(call.returned, call.stopped_with, in_time)


class _Call(threading.Thread):
    """The thread that runs a learner's function, which may never return or may ask Python to exit."""

    def __init__(self, function: Callable, arguments: tuple):
        super().__init__(daemon=True)
        self._function, self._arguments, self._context = function, arguments, contextvars.copy_context()
        self.returned: object = None
        self.stopped_with = ""

    def run(self) -> None:
        """Call the function and keep what it returned or raised."""
        try:
            self.returned = self._context.run(self._function, *self._arguments)
        except BaseException as error:  # SystemExit, too, would end the test cell without a verdict
            self.stopped_with = type(error).__name__
            with contextlib.suppress(Exception):  # str(error) may be a learner's own code
                self.stopped_with += f": {str(error)[:80]}"

    def ends_within(self, seconds: float) -> bool:
        """Start, and wait for at most ``seconds``; then stop the function where it still runs."""
        self.start()
        try:
            self.join(seconds)
            return not self.is_alive()
        finally:
            if self.is_alive():  # an endless loop would slow down all that follows
                stop = ctypes.py_object(SystemExit)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), stop)
                self.join(1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Throw away what a function prints and warns: nbgrader gives a cell with text on stderr no points."""
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
