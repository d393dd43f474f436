"""INSIDE the sandbox, in the worker: its end of the connection to the host."""

import contextlib
import os
import socket

from .processes import Processes
from .protocol import FRAME_HEAD, frame

MOST_AT_ONCE = 1 << 20  # bytes read at a time


class HostConnection:
    """Frames from the host and to it.

    When the host is gone, the worker ends, and all processes in here with it.
    """

    def __init__(self, connection: socket.socket, processes: Processes):
        self.connection, self.processes = connection, processes
        self.held_back = b""

    def fileno(self) -> int:
        """The descriptor, for `poll`."""
        return self.connection.fileno()

    def receive(self) -> tuple[bytes, bytes]:
        """Type and payload of the next frame."""
        kind, size = FRAME_HEAD.unpack(self._read_exactly(FRAME_HEAD.size))
        return kind, self._read_exactly(size)

    def _read_exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self.connection.recv(min(size - len(data), MOST_AT_ONCE))
            if not piece:
                self._leave()
            data += piece
        return bytes(data)

    def send(self, kind: bytes, payload: bytes = b"", at_once: bool = True) -> None:
        """Send a frame. One that need not go at once goes with the next, which wakes the host once less."""
        self.held_back += frame(kind, payload)
        if at_once:
            frames, self.held_back = self.held_back, b""
            try:
                self.connection.sendall(frames)
            except OSError:
                self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(Exception):
            self.processes.end_all()
        os._exit(0)
