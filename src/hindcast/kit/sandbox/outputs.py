"""A cell's outputs, put together from what was printed and from messages that may say anything.

Nothing in here trusts its input: size and number of everything are bounded.
"""

import codecs
import json
import re

from hindcast.kit.sandbox.inside.protocol import (
    ASIDE,
    CLEAR,
    DISPLAY,
    ERROR,
    MOST_TEXT,
    MOST_TRACEBACK,
    OUTPUT_DROPPED,
    RESULT,
    STDERR,
    STDOUT,
    UPDATE,
)

MOST_OUTPUTS = 2_000  # of a cell
CUT_NOTE_ROOM = 100  # characters that the shell's note may add to a text that it cut short
CUT = "outputs were left out: there were too many"
MIME = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9.+-]{1,100}")
JSON_MIME = re.compile(r"application/(.+\+)?json")
STREAMS = {STDOUT: "stdout", STDERR: "stderr"}


class Outputs:
    """The outputs of one cell, of at most `room` bytes. count: the cell's execution count.

    After the cell: `cut` says whether outputs were left out, `size` how many bytes were kept.
    """

    def __init__(self, room: int, count: int):
        self.room, self.count = max(room, 0), count
        self.size, self.cut = 0, False
        self._held: list[dict] = []
        self._by_display_id: dict[str, list[dict]] = {}
        self._clear_before_next = self._aside = False
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in STREAMS.values()}

    def add_printed(self, kind: bytes, payload: bytes) -> None:
        """Take a frame STDOUT, STDERR or OUTPUT_DROPPED."""
        if kind == OUTPUT_DROPPED:
            self.cut = True
        elif kind in STREAMS and not self._aside:
            self._add_stream(STREAMS[kind], payload)

    def _add_stream(self, name: str, data: bytes) -> None:
        printed = self.room - self.room // 10  # a tenth is kept for the value of a cell that prints on and on
        fits = data[: max(printed - self.size, 0)]
        self.cut = self.cut or len(fits) < len(data)
        text = self._decoders[name].decode(fits)
        if not text:
            return
        self._clear_if_asked()
        self.size += len(fits)
        last = self._held[-1] if self._held else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["pieces"].append(text)
        else:
            self.append({"output_type": "stream", "name": name, "pieces": [text]})

    def add_message(self, message: dict) -> None:
        """Take a message of the shell."""
        say = message.get("say")
        if say == ASIDE:
            self._aside = message.get("on") is True
        elif self._aside:
            return
        elif say == CLEAR:
            self._clear_before_next = message.get("wait") is True
            if not self._clear_before_next:
                self._clear()
        elif say == UPDATE:
            self._update(message)
        elif say in (DISPLAY, RESULT, ERROR):
            self._show(say, message)

    def _has_no_room_for(self, message: dict) -> bool:
        full = self.size + message.get("bytes", 0) > self.room
        self.cut = self.cut or full
        return full

    def _update(self, message: dict) -> None:
        if self._has_no_room_for(message):
            return
        for output in self._by_display_id.get(str(message.get("id")), []):
            output.update(data_fields(message))

    def _show(self, say: str, message: dict) -> None:
        if self._has_no_room_for(message):
            return
        self._clear_if_asked()
        self.size += message.get("bytes", 0)
        if say == ERROR:
            output = error_output(message)
        elif say == RESULT:
            output = {"output_type": "execute_result", "execution_count": self.count, **data_fields(message)}
        else:
            output = {"output_type": "display_data", **data_fields(message)}
        self.append(output)
        if message.get("id"):
            self._by_display_id.setdefault(str(message["id"]), []).append(output)

    def end_with(self, error) -> None:
        """Show the error that a cell ended with if the cell kept it from being shown, as nbgrader does."""
        if not isinstance(error, dict):
            return
        last = error_output(error)
        if not any(o["output_type"] == "error" and o["ename"] == last["ename"] for o in self._held):
            last["traceback"] = last["traceback"] or [
                "ERROR: An error occurred while showtraceback was disabled"
            ]
            self.append(last)

    def append(self, output: dict) -> None:
        """Take an output of nbformat. Of too many only errors are kept, and two of these."""
        if len(self._held) < MOST_OUTPUTS or output["output_type"] == "error":
            self._held.append(output)
        else:
            self.cut = True
        del self._held[MOST_OUTPUTS + 2 :]

    def reason(self) -> str:
        """Why outputs are missing, "" where none are."""
        return CUT if self.cut else ""

    def finished(self) -> list[dict]:
        """The outputs as nbformat has them."""
        return [
            {"output_type": "stream", "name": output["name"], "text": "".join(output["pieces"])}
            if output["output_type"] == "stream"
            else output
            for output in self._held
        ]

    def _clear_if_asked(self) -> None:
        if self._clear_before_next:
            self._clear()

    def _clear(self) -> None:
        self._held, self._by_display_id, self.size, self._clear_before_next = [], {}, 0, False


def data_fields(message: dict) -> dict:
    """The fields `data` and `metadata` of an output, as nbformat has them."""
    metadata = message.get("metadata")
    return {
        "data": mime_bundle(message.get("data")),
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def mime_bundle(data) -> dict:
    """The representations by MIME type: JSON where the type is JSON, else text."""
    if not isinstance(data, dict):
        return {}
    return {
        mime: value if JSON_MIME.fullmatch(mime) else joined_text(value)
        for mime, value in data.items()
        if MIME.fullmatch(mime)
    }


def joined_text(value) -> str:
    """Text, which nbformat also takes as a list of lines."""
    if isinstance(value, list):
        return "".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else json.dumps(value)


def error_output(message: dict) -> dict:
    """An error output, of bounded size whatever was sent."""
    traceback = message.get("traceback")
    lines = traceback[-MOST_TRACEBACK:] if isinstance(traceback, list) else []
    return {
        "output_type": "error",
        "ename": str(message.get("ename", ""))[:MOST_TEXT],
        "evalue": str(message.get("evalue", ""))[: MOST_TEXT + CUT_NOTE_ROOM],
        "traceback": [str(line)[:MOST_TEXT] for line in lines],
    }
