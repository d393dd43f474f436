"""Messages of a notebook's process, which may say anything: bytes cut into messages of plain, bounded JSON.

Nothing in here trusts its input: size, depth and number of everything are bounded, and text is text that
UTF-8 can hold.
"""

import json
import math

from hindcast.kit.sandbox.inside.protocol import LENGTH

MOST_BRACKETS = 300_000  # in a message: a bound on what its JSON becomes in memory
MOST_COMMAS = 1_000_000
DEEPEST = 40


class UntrustedMessages:
    """Cuts the bytes of a notebook's process into messages. `broken` once they make no sense.

    longest: bytes of a message.
    """

    def __init__(self, longest: int):
        self.longest, self.unread, self.broken = longest, bytearray(), False

    def add(self, data: bytes) -> list[dict]:
        """The messages that are complete now, with their size as `bytes`; what is no message is left out."""
        if self.broken:
            return []
        self.unread += data
        messages = []
        while len(self.unread) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self.unread)[0]
            if end > LENGTH.size + self.longest:
                self.broken, self.unread = True, bytearray()
                break
            if len(self.unread) < end:
                break
            messages.append(parse_message(bytes(self.unread[LENGTH.size : end])))
            del self.unread[:end]
        return [message for message in messages if message]


def parse_message(data: bytes) -> dict:
    """A message as plain JSON, or {} where it is none."""
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS or data.count(b",") > MOST_COMMAS:
        return {}
    try:
        message = storable(json.loads(data))
    except (ValueError, RecursionError):
        return {}
    return message | {"bytes": len(data)} if isinstance(message, dict) else {}


def storable(value, depth: int = 0):
    """The same with text that UTF-8 can hold and numbers that JSON can. Raises ValueError if too deep."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {without_surrogates(key): storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    return value


def without_surrogates(value: str) -> str:
    """Text that UTF-8 can hold: a question mark in the place of half a character."""
    return value.encode("utf-8", "replace").decode("utf-8")
