"""The worker as the host sees it: a process, and frames that come and go (see `inside/protocol.py`)."""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Container
from pathlib import Path

from hindcast.kit.sandbox.inside.protocol import FRAME_HEAD, READY, frame

START_SECONDS = 120  # a worker has to become ready
END_SECONDS = 1  # a worker has to end by itself, when its connection is closed
KILL_SECONDS = 60  # a killed worker has to be gone
LARGEST_FRAME = 1 << 21  # bytes
MOST_SENT, MOST_READ = 1 << 20, 1 << 18  # bytes at a time
MOST_ERRORS = 100_000  # bytes


class WorkerBroken(Exception):
    """The worker is gone or does not answer."""


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, command: list[str], variables: dict[str, str], folder: str | None):
        """Start it and return at once. folder: to remove at the end. Raises OSError, WorkerBroken."""
        self.folder = folder
        self.unread, self.unsent, self.is_ready = bytearray(), bytearray(), False
        self.connection, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by end)
        with theirs:
            self.process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                env=variables,
                start_new_session=True,
                cwd="/",
            )
        self.connection.setblocking(False)
        self.watch = os.pidfd_open(self.process.pid) if hasattr(os, "pidfd_open") else None

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Queue a frame. Raises WorkerBroken.

        What the socket does not take at once goes while we wait for frames, so that neither side blocks the
        other.
        """
        self.unsent += frame(kind, payload)
        self._write()

    def _write(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.connection.send(self.unsent[:MOST_SENT])]
        except BlockingIOError:
            pass
        except OSError as fault:
            raise WorkerBroken(str(fault)) from None

    def receive(self, until: float) -> tuple[bytes, bytes] | None:
        """The next frame, or None when the clock (time.monotonic) says `until`. Raises WorkerBroken."""
        while True:
            if len(self.unread) >= FRAME_HEAD.size:
                kind, size = FRAME_HEAD.unpack_from(self.unread)
                end = FRAME_HEAD.size + size
                if size > LARGEST_FRAME:
                    raise WorkerBroken("a frame too long")
                if len(self.unread) >= end:
                    payload = bytes(self.unread[FRAME_HEAD.size : end])
                    del self.unread[:end]
                    return kind, payload
            left = until - time.monotonic()
            if left <= 0:
                return None
            poll = select.poll()
            poll.register(self.connection, select.POLLIN | (select.POLLOUT if self.unsent else 0))
            poll.poll(left * 1000 + 1)
            self._write()
            with contextlib.suppress(BlockingIOError):
                self._read()

    def _read(self) -> None:
        try:
            data = self.connection.recv(MOST_READ)
        except ConnectionError as fault:
            raise WorkerBroken(str(fault)) from None
        if not data:
            raise WorkerBroken("the worker has ended")
        self.unread += data

    def expect(self, kinds: Container[bytes], seconds: float) -> tuple[bytes, bytes]:
        """Skip frames up to one of these kinds. Raises WorkerBroken."""
        until = time.monotonic() + seconds
        while True:
            received = self.receive(until)
            if received is None:
                raise WorkerBroken(f"no answer within {seconds:g} seconds")
            if received[0] in kinds:
                return received

    def wait_until_ready(self) -> None:
        """Wait until the worker can open notebooks. Raises WorkerBroken if it never can."""
        if not self.is_ready:
            self.expect((READY,), START_SECONDS)
            self.is_ready = True

    def inside(self) -> list[int]:
        """The processes that bubblewrap has started, by this machine's numbers: at most the worker."""
        try:
            path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            return [int(pid) for pid in path.read_text().split()]
        except OSError:
            return []

    def _ends_within(self, seconds: float) -> bool:
        """Whether it ends in that time.

        `Popen.wait` works only in the process that started it, so ask a pidfd.
        """
        if self.watch is not None:
            return bool(select.select([self.watch], [], [], seconds)[0])
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> str:
        """Kill it, and with it everything inside; the last line it wrote before it was ready, once."""
        if self.errors.closed:
            return ""
        self.connection.close()  # the worker sees that, and ends with all its processes
        if not self._ends_within(END_SECONDS):
            # bubblewrap gave up root's right to kill another user's process, so the worker is killed too
            for pid in (*self.inside(), self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._ends_within(KILL_SECONDS)
        self.process.wait()
        if self.watch is not None:
            os.close(self.watch)
        with self.errors:
            self.errors.seek(0)
            lines = self.errors.read(MOST_ERRORS).decode(errors="replace").strip().splitlines()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        return lines[-1] if lines else ""
