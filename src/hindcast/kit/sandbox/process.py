"""The worker as the host sees it: a process, and frames that come and go (see `inside/warden.py`)."""

import contextlib
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

START = 120  # seconds a worker has to become ready
LARGEST = 1 << 21  # bytes of a frame


class Broken(Exception):
    """The worker is gone or does not answer."""


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, command: list[str], variables: dict[str, str], folder: str | None):
        """Start it and return at once. folder: to remove at the end. Raises OSError, Broken."""
        self.folder = folder
        self.unread, self.unsent, self.is_ready = bytearray(), bytearray(), False
        self.connection, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by end)
        with theirs:
            self.process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                env=variables,
                start_new_session=True,
                cwd="/",
            )
        self.connection.setblocking(False)
        self.watch = os.pidfd_open(self.process.pid) if hasattr(os, "pidfd_open") else None

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Queue a frame. What does not go at once goes while we wait: neither side can block the other."""
        self.unsent += kind + struct.pack(">I", len(payload)) + payload
        self._write()

    def _write(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.connection.send(self.unsent[: 1 << 20])]
        except BlockingIOError:
            pass
        except OSError as fault:
            raise Broken(str(fault)) from None

    def receive(self, until: float) -> tuple[bytes, bytes] | None:
        """The next frame, or None when the clock (time.monotonic) says `until`. Raises Broken."""
        while True:
            if len(self.unread) >= 5:
                size = struct.unpack(">I", self.unread[1:5])[0]
                if size > LARGEST:
                    raise Broken("a frame too long")
                if len(self.unread) >= 5 + size:
                    frame = bytes(self.unread[:1]), bytes(self.unread[5 : 5 + size])
                    del self.unread[: 5 + size]
                    return frame
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
            data = self.connection.recv(1 << 18)
        except ConnectionError as fault:
            raise Broken(str(fault)) from None
        if not data:
            raise Broken("the worker has ended")
        self.unread += data

    def expect(self, kinds: bytes, seconds: float) -> tuple[bytes, bytes]:
        """Skip frames up to one of these kinds. Raises Broken."""
        until = time.monotonic() + seconds
        while True:
            frame = self.receive(until)
            if frame is None:
                raise Broken(f"no answer within {seconds:g} seconds")
            if frame[0] in kinds:
                return frame

    def wait_until_ready(self) -> None:
        """Raises Broken if it never becomes ready."""
        if not self.is_ready:
            self.expect(b"r", START)
            self.is_ready = True

    def inside(self) -> list[int]:
        """The processes that bubblewrap has started: the worker's, as this machine numbers it."""
        try:
            path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            return [int(pid) for pid in path.read_text().split()]
        except OSError:
            return []

    def _ends_within(self, seconds: float) -> bool:
        """Whether it ends in that time. Only the process that started it can wait as one does for a child."""
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
        self.connection.close()  # the worker sees that, and takes all its processes with it
        if not self._ends_within(1):
            # bubblewrap has given up root's right to kill a user's process, so it cannot take it along
            for pid in (*self.inside(), self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._ends_within(60)
        self.process.wait()
        if self.watch is not None:
            os.close(self.watch)
        with self.errors:
            self.errors.seek(0)
            lines = self.errors.read(100_000).decode(errors="replace").strip().splitlines()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        return lines[-1] if lines else ""
