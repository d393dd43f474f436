"""INSIDE the sandbox, in the process of a notebook: sends messages to the host.

Names that are used beside a test are imported one by one: a cell can replace `os.getpid`, but not the
function that this module holds.
"""

import base64
import json
import socket
import sys
import threading
from contextlib import suppress
from os import getpid, read
from select import POLLOUT, poll

from .protocol import ASIDE, CLEAR, LENGTH, MOST_TEXT, with_length

CUT_NOTE = "\n(the rest of this output was left out: it is too long)"


class Link:
    """The notebook's end of the connection to the worker. Until `connect` is called, messages go nowhere."""

    def __init__(self):
        self.socket, self.receipts, self.pid = None, -1, None
        self.lock = threading.RLock()
        self.sending = self.interrupted = self.cut = False
        self.limit = self.used = self.unreceived = 0

    def connect(self, connection: socket.socket, receipts: int) -> None:
        """Send through `connection` from now on.

        receipts: a pipe that tells how many bytes the worker took.
        """
        self.socket, self.receipts, self.pid = connection, receipts, getpid()

    def begin_cell(self, limit: int) -> None:
        """Allow the next cell `limit` bytes of outputs."""
        self.limit, self.used, self.cut = limit, 0, False

    def say(self, message: dict, wait: bool = True) -> None:
        """Send one message whole. A process that a cell forked sends nothing.

        wait: until the worker has it. What the cell prints after that then arrives after the message.
        """
        self._send(encoded(message), wait)

    def _send(self, data: bytes, wait: bool) -> None:
        if self.socket is None or getpid() != self.pid:
            return
        with self.lock:
            self.sending = True
            try:
                _send_all(self.socket, with_length(data))
                self.unreceived += LENGTH.size + len(data)
                while wait and self.unreceived > 0 and (taken := read(self.receipts, LENGTH.size)):
                    self.unreceived -= LENGTH.unpack(taken)[0]
            finally:
                self.sending = False
        if self.interrupted:
            self.interrupted = False
            raise KeyboardInterrupt

    def say_output(self, message: dict) -> None:
        """Send an output if the cell's limit has room for it; else its text cut short, once; else nothing."""
        flush_streams()
        room = self.limit - self.used
        data = message.get("data", {})
        # one text alone that is too long is found without encoding it
        longest = max((len(value) for value in data.values() if isinstance(value, str)), default=0)
        if longest > room or len(sent := encoded(message)) > room:
            text = data.get("text/plain")
            if self.cut or not isinstance(text, str):
                self.cut = True
                return
            short = {"text/plain": text[:MOST_TEXT] + CUT_NOTE}
            sent, self.cut = encoded({**message, "data": short}), True
        self.used += len(sent)
        self._send(sent, wait=True)

    def say_cleared(self, wait: bool) -> None:
        """Ask the host to clear the cell's outputs. wait: only when the next output comes."""
        flush_streams()
        self.used = 0
        self.say({"say": CLEAR, "wait": bool(wait)})

    def say_aside(self, on: bool) -> None:
        """Tell the host whether what is shown from now on belongs to a widget and not to the cell."""
        self.say({"say": ASIDE, "on": on})

    def on_interrupt(self, *_) -> None:
        """Handle SIGINT while a cell runs. An interrupt in the middle of a message waits for its end."""
        if self.sending:
            self.interrupted = True
        else:
            raise KeyboardInterrupt


LINK = Link()


def encoded(message: dict) -> bytes:
    """A message as JSON."""
    return json.dumps(message, default=_json_value).encode()


def _json_value(value):
    """JSON for what libraries put into outputs: bytes as base64, numbers as numbers, the rest as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.item() if hasattr(value, "item") else str(value)


def _send_all(connection: socket.socket, data: bytes) -> None:
    """`sendall` for a socket that does not block."""
    view = memoryview(data)
    while view:
        try:
            view = view[connection.send(view) :]
        except BlockingIOError:
            waiter = poll()
            waiter.register(connection, POLLOUT)
            waiter.poll()


def flush_streams() -> None:
    """Write out what standard output and error hold. Streams that a cell put in place may fail at it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
