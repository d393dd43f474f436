"""What a look into the paths can find: a notebook, something that is refused, something left aside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

FOLDER, ZIP, MAIL, SENDER, FILE = "folder", "zip", "mail", "sender", "file"


@dataclass(frozen=True)
class Sign:
    """A name around a notebook, which may say whose it is. `kind` is FOLDER, ZIP, SENDER or FILE."""

    kind: str
    text: str


@dataclass(frozen=True)
class UnreadFile:
    """A file that was come across, not yet read.

    `where` is shown to the trainer. `signs` are the names around it, the outermost first, its own not among
    them. `inside` lists the kinds of container it lies in. `time`: seconds since 1970, None where unknown.
    `dated`: the time was written down by whoever packed it, so a copy of the file keeps it. `taken` is told
    how many bytes are read, and may stop the reading.
    """

    name: str
    where: str
    signs: tuple[Sign, ...]
    size: int
    time: float | None
    open: Callable[[], BinaryIO]
    dated: bool = False
    inside: tuple[str, ...] = ()
    taken: Callable[[int], None] = lambda _: None

    def within(self, kind: str, sign: Sign, **changes) -> "UnreadFile":
        """An entry inside this one, which is a container of that kind."""
        return replace(self, signs=(*self.signs, sign), inside=(*self.inside, kind), dated=True, **changes)


@dataclass(frozen=True)
class Arrival:
    """A file that is a notebook by its name; `perhaps` where the name leaves it open (.json)."""

    where: str
    signs: tuple[Sign, ...]
    raw: bytes
    time: float | None
    dated: bool
    perhaps: bool = False

    @property
    def name(self) -> str:
        """The file's own name, as it came."""
        return self.where.replace("\\", "/").rpartition("/")[2]


@dataclass(frozen=True)
class Refusal:
    """Something that is not read, or not placed: why, and what to do."""

    where: str
    reason: str
    advice: str


@dataclass(frozen=True)
class Aside:
    """Something that is no hand-in and no fault; `what` it is, in words that can be counted."""

    what: str


Find = Arrival | Refusal | Aside
Reader = Callable[[UnreadFile], Iterator[Find]]
