"""A cell's outputs, put together from what a stranger sends: bytes, and messages that may say anything.

Nothing in here trusts its input: sizes, types, depth and numbers of everything are bounded, and text is text
that UTF-8 can hold.
"""

import codecs
import json
import math
import re
import struct

MOST_OUTPUTS = 2_000  # of a cell
MOST_PARTS = 300_000  # brackets in a message: a bound on what its JSON becomes in memory
MOST_COMMAS = 1_000_000
DEEPEST = 40
LONGEST = 20_000  # characters of an error's words, and of a line of its traceback
CUT = "outputs were left out: there were too many"
MIME = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9.+-]{1,100}")
JSON_MIME = re.compile(r"application/(.+\+)?json")


class Stranger:
    """Cuts the bytes of a child into messages (4 bytes of length, JSON). `broken` once they make no sense."""

    def __init__(self, longest: int):
        self.longest, self.unread, self.broken = longest, bytearray(), False

    def hear(self, data: bytes) -> list[dict]:
        """The messages that are complete now; what is no message is left out."""
        if self.broken:
            return []
        self.unread += data
        heard = []
        while len(self.unread) >= 4:
            size = struct.unpack(">I", self.unread[:4])[0]
            if size > self.longest:
                self.broken, self.unread = True, bytearray()
                break
            if len(self.unread) < 4 + size:
                break
            heard.append(parsed(bytes(self.unread[4 : 4 + size])))
            del self.unread[: 4 + size]
        return [message for message in heard if message]


def parsed(data: bytes) -> dict:
    """A message as plain JSON, or {} where it is none."""
    if data.count(b"[") + data.count(b"{") > MOST_PARTS or data.count(b",") > MOST_COMMAS:
        return {}
    try:
        message = plain(json.loads(data))
    except (ValueError, RecursionError):
        return {}
    return message | {"bytes": len(data)} if isinstance(message, dict) else {}


def plain(value, depth: int = 0):
    """The same with text that UTF-8 can hold and numbers that JSON can. Raises ValueError."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {text(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    return value


def text(value) -> str:
    """A string without halves of characters."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


class Outputs:
    """The outputs of one cell, of at most `room` bytes."""

    def __init__(self, room: int, count: int):
        self.room, self.count = max(room, 0), count
        self.size, self.cut = 0, False
        self.held: list[dict] = []
        self.shown: dict[str, list[dict]] = {}  # by display id
        self.clear_first = self.aside = False
        self._decoders = {
            name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")
        }

    def take(self, kind: bytes, payload: bytes) -> None:
        """Bytes of standard output (o) or standard error (e), or that such were thrown away (t)."""
        if kind == b"t":
            self.cut = True
        elif kind in (b"o", b"e") and not self.aside:
            self.stream("stdout" if kind == b"o" else "stderr", payload)

    def stream(self, name: str, data: bytes) -> None:
        printed = (
            self.room - self.room // 10
        )  # the rest is kept for the value of a cell that prints and prints
        fits = data[: max(printed - self.size, 0)]
        self.cut = self.cut or len(fits) < len(data)
        said = self._decoders[name].decode(fits)
        if not said:
            return
        self._clear_if_asked()
        self.size += len(fits)
        last = self.held[-1] if self.held else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["pieces"].append(said)
        else:
            self.append({"output_type": "stream", "name": name, "pieces": [said]})

    def message(self, message: dict) -> None:
        """Something the shell showed."""
        say = message.get("say")
        if say == "aside":
            self.aside = message.get("on") is True
        elif self.aside:
            return
        elif say == "clear":
            self.clear_first = message.get("wait") is True
            if not self.clear_first:
                self._clear()
        elif say in ("display", "result", "error", "update"):
            self._show(say, message)

    def _show(self, say: str, message: dict) -> None:
        if self.size + message.get("bytes", 0) > self.room:
            self.cut = True
            return
        if say == "update":
            for output in self.shown.get(str(message.get("id")), []):
                output.update(data=bundle(message.get("data")), metadata=about(message.get("metadata")))
            return
        self._clear_if_asked()
        self.size += message.get("bytes", 0)
        output = error(message) if say == "error" else self._display(say, message)
        self.append(output)
        if message.get("id"):
            self.shown.setdefault(str(message["id"]), []).append(output)

    def _display(self, say: str, message: dict) -> dict:
        shown = {"data": bundle(message.get("data")), "metadata": about(message.get("metadata"))}
        if say == "result":
            return {"output_type": "execute_result", "execution_count": self.count, **shown}
        return {"output_type": "display_data", **shown}

    def ended_with(self, fault) -> None:
        """The error of the reply is shown, if the cell kept it from being shown (as nbgrader does it)."""
        if not isinstance(fault, dict):
            return
        said = error(fault)
        if not any(o["output_type"] == "error" and o["ename"] == said["ename"] for o in self.held):
            said["traceback"] = said["traceback"] or [
                "ERROR: An error occurred while showtraceback was disabled"
            ]
            self.append(said)

    def append(self, output: dict) -> None:
        if len(self.held) < MOST_OUTPUTS or output["output_type"] == "error":
            self.held.append(output)
        else:
            self.cut = True
        del self.held[MOST_OUTPUTS + 2 :]

    def reason(self) -> str:
        return CUT if self.cut else ""

    def finished(self) -> list[dict]:
        """The outputs as nbformat has them."""
        return [
            {"output_type": "stream", "name": output["name"], "text": "".join(output["pieces"])}
            if output["output_type"] == "stream"
            else output
            for output in self.held
        ]

    def _clear_if_asked(self) -> None:
        if self.clear_first:
            self._clear()

    def _clear(self) -> None:
        self.held, self.shown, self.size, self.clear_first = [], {}, 0, False


def bundle(data) -> dict:
    """The representations by MIME type: JSON where the type is JSON, else text."""
    if not isinstance(data, dict):
        return {}
    return {
        mime: value if JSON_MIME.fullmatch(mime) else lines(value)
        for mime, value in data.items()
        if MIME.fullmatch(mime)
    }


def lines(value) -> str:
    """Text, which nbformat also takes as a list of lines."""
    if isinstance(value, list):
        return "".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else json.dumps(value)


def about(metadata) -> dict:
    return metadata if isinstance(metadata, dict) else {}


def error(message: dict) -> dict:
    """An error output, of bounded size whatever was sent."""
    traceback = message.get("traceback")
    return {
        "output_type": "error",
        "ename": str(message.get("ename", ""))[:LONGEST],
        "evalue": str(message.get("evalue", ""))[: LONGEST + 100],
        "traceback": [str(line)[:LONGEST] for line in traceback[-50:]] if isinstance(traceback, list) else [],
    }
