"""What reading the paths can find: a notebook, a file that is refused, a file that is left aside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO

FOLDER, ZIP, MAIL, SENDER, FILE = "folder", "zip", "mail", "sender", "file"


@dataclass(frozen=True)
class Sign:
    """A name around a notebook, which may name its learner. `kind` is FOLDER, ZIP, SENDER or FILE."""

    kind: str
    text: str


@dataclass(frozen=True)
class UnreadFile:
    """A file that was found and is not yet read.

    `where` is shown to the trainer. `signs` are the names around the file, the outermost first, without its
    own. `inside` lists the kinds of container that it lies in. `time`: seconds since 1970, None if unknown.
    `dated`: whoever packed the file wrote the time down, so a copy of the file keeps it. `taken` is called
    with the number of bytes read, and may raise to stop the reading.
    """

    name: str
    where: str
    signs: tuple[Sign, ...]
    size: int
    time: float | None
    open: Callable[[], IO[bytes]]
    dated: bool = False
    inside: tuple[str, ...] = ()
    taken: Callable[[int], None] = lambda _: None

    def within(self, kind: str, sign: Sign, **changes) -> "UnreadFile":
        """Return an entry inside this one, which is a container of `kind` with the name `sign`."""
        return replace(self, signs=(*self.signs, sign), inside=(*self.inside, kind), dated=True, **changes)


@dataclass(frozen=True)
class Arrival:
    """A file whose name says that it is a notebook. `perhaps`: its name may mean something else (.json)."""

    where: str
    signs: tuple[Sign, ...]
    raw: bytes
    time: float | None
    dated: bool
    perhaps: bool = False

    @property
    def name(self) -> str:
        """The file's own name, unchanged."""
        return self.where.replace("\\", "/").rpartition("/")[2]


@dataclass(frozen=True)
class Refusal:
    """A file that is not read or not placed: the reason, and what to do."""

    where: str
    reason: str
    advice: str


@dataclass(frozen=True)
class Aside:
    """A file that is neither a hand-in nor a fault. `what` names its sort, such as a lesson, for counting."""

    what: str


Find = Arrival | Refusal | Aside
Reader = Callable[[UnreadFile], Iterator[Find]]
