"""INSIDE the sandbox, in the worker: passes bytes between host and one notebook's process, and counts them.

Nothing here believes or reads what a notebook's process says: its messages go to the host as they are.
"""

import array
import contextlib
import fcntl
import os
import select
import signal
import socket
import termios
import time

from .child import ChildEnds, become_notebook
from .host_connection import HostConnection
from .processes import LOOK_SECONDS, Processes
from .protocol import (
    AFRESH,
    CELL_BEGINS,
    CHUNK,
    CLOSE_NOTEBOOK,
    INTERRUPT,
    KILL,
    LENGTH,
    NOTEBOOK_ENDED,
    NOTEBOOK_SAID,
    OUTPUT_DROPPED,
    RUN_CELL,
    STDERR,
    STDOUT,
    with_length,
)
from .restore import Pristine

LAST_WORDS = 1  # seconds to read what a process had said before it ended


class Relay:
    """One notebook's process, and the bytes that go to it and come from it."""

    def __init__(self, host: HostConnection, processes: Processes, setup: dict, pristine: Pristine):
        self.host, self.processes, self.setup, self.pristine = host, processes, setup, pristine
        self.child = 0
        self.child_watch: int | None = None  # a pidfd, where there are such
        self.connection, theirs = socket.socketpair()
        self.connection.setblocking(False)
        theirs.setblocking(False)
        heard, self.receipts = os.pipe()
        os.set_blocking(self.receipts, False)
        (stdout, stdout_end), (stderr, stderr_end) = os.pipe(), os.pipe()
        self.pipes = {stdout: STDOUT, stderr: STDERR}
        self.child_ends = ChildEnds(theirs, heard, stdout_end, stderr_end)
        self.unsent, self.room, self.ended = bytearray(), 0, False
        self.poll = select.poll()

    def start(self, environment: dict[str, str], modules: list[str]) -> None:
        """Fork the notebook's process, then keep only our own ends."""
        self.child = os.fork()
        if self.child == 0:
            become_notebook(self.setup, self.pristine, self.child_ends, environment, modules)
        self.child_ends.connection.close()
        for number in (self.child_ends.receipts, self.child_ends.stdout, self.child_ends.stderr):
            os.close(number)
        if hasattr(os, "pidfd_open"):
            self.child_watch = os.pidfd_open(self.child)
        for reader in (self.host.fileno(), self.connection.fileno(), *self.pipes, *self._watches()):
            self.poll.register(reader, select.POLLIN)

    def close(self) -> None:
        """Close our ends."""
        self.connection.close()
        for number in (*self.pipes, self.receipts, *self._watches()):
            os.close(number)

    def _watches(self) -> list[int]:
        return [] if self.child_watch is None else [self.child_watch]

    def serve(self) -> None:
        """Pass on what comes, until the host says that the notebook is over."""
        while True:
            if not self.ended:
                self.poll.modify(self.connection, select.POLLIN | (select.POLLOUT if self.unsent else 0))
            ready = dict(self.poll.poll(LOOK_SECONDS * 1000))
            if not self.ended and self.processes.hold_more_than(self.setup["memory"]):
                self.processes.kill_others()
            if self.host.fileno() in ready and not self.obey(*self.host.receive()):
                return
            if not self.ended:
                self.pass_on(ready)

    def obey(self, kind: bytes, payload: bytes) -> bool:
        """Do what one frame of the host asks; False at the end of the notebook."""
        if kind == CLOSE_NOTEBOOK:
            return False
        if kind == RUN_CELL:
            self.begin_cell(payload)
        elif kind == INTERRUPT:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child, signal.SIGINT)
        elif kind == KILL:
            self.processes.kill_others()
        return True

    def begin_cell(self, order: bytes) -> None:
        """Tell the host that the cell begins, and hand it to the notebook's process."""
        for pipe in self.pipes:
            self.read_waiting(pipe)  # printed after the last cell had ended: it belongs to no cell
        self.room = self.setup["output"]
        company = self.processes.beside(self.child) if order[:1] == AFRESH else 0
        self.host.send(CELL_BEGINS, str(company).encode(), at_once=False)
        if self.ended:
            self.host.send(NOTEBOOK_ENDED, b"0")
        self.unsent += with_length(order)

    def pass_on(self, ready: dict[int, int]) -> None:
        """Pass on what is ready: descriptor -> the events that `poll` found."""
        number = self.connection.fileno()
        if self.unsent and ready.get(number, 0) & select.POLLOUT:
            with contextlib.suppress(OSError):
                del self.unsent[: self.connection.send(self.unsent)]
        if ready.get(number, 0) & ~select.POLLOUT:
            self.pass_messages()
        for pipe in self.pipes:
            if pipe in ready:
                self.pass_printed(pipe)
        self.reap()

    def pass_messages(self) -> bool:
        """Pass a piece of the messages on, after all that was printed before it. Whether there was any."""
        try:
            data = self.connection.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        for pipe in self.pipes:
            self.pass_printed(pipe)
        if data:
            self.host.send(NOTEBOOK_SAID, data)
            with contextlib.suppress(OSError):  # the pipe is full: the process does not read its receipts
                os.write(self.receipts, LENGTH.pack(len(data)))
        else:
            self.processes.kill_others()  # a process that closed its socket can run no further cell
        return bool(data)

    def pass_printed(self, pipe: int) -> None:
        """Pass on what was printed, up to the cell's limit."""
        data = self.read_waiting(pipe)
        kept, self.room = data[: self.room], max(self.room - len(data), 0)
        if kept:
            self.host.send(self.pipes[pipe], kept)
        if len(kept) < len(data):
            self.host.send(OUTPUT_DROPPED)

    def read_waiting(self, pipe: int) -> bytes:
        """What the pipe holds now, and no more, however fast it is filled."""
        waiting = array.array("i", [0])
        fcntl.ioctl(pipe, termios.FIONREAD, waiting)
        return os.read(pipe, waiting[0]) if waiting[0] else b""

    def reap(self) -> None:
        """Reap processes that ended; when the notebook's own is among them, tell the host how it ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self.child:
                    self.tell_end(os.waitstatus_to_exitcode(status))
                if not pid:
                    return

    def tell_end(self, code: int) -> None:
        """Pass on the last that the process said, then its exit code."""
        self.ended = True
        self.processes.kill_others()
        deadline = time.monotonic() + LAST_WORDS
        while time.monotonic() < deadline and self.pass_messages():
            pass
        for pipe in self.pipes:
            self.pass_printed(pipe)
        for reader in (self.connection.fileno(), *self.pipes, *self._watches()):
            self.poll.unregister(reader)
        self.host.send(NOTEBOOK_ENDED, str(code).encode())
