"""submitted/: of each notebook the hand-in that counts, where the grader and nbgrader look for it.

What stands there and is not in received/ came another way (a trainer's hand, nbgrader's own collect): it is
kept in received/ before anything is put in its place.
"""

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

from nbgrader.utils import parse_utc

from hindcast.kit.collect.keeping import Kept, Received, counting, write_whole
from hindcast.kit.collect.which import Course, Key
from hindcast.kit.grade.reading import Unreadable, parse_hand_in

TIME = "timestamp.txt"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's own


class NotOurs(Exception):
    """A place in submitted/ that is a link, or no folder; nothing is written through it."""


@dataclass(frozen=True)
class Placed:
    """What counts for a learner's unit, by notebook; the keys that are late; those found by other ways."""

    counting: dict[Key, Kept]
    late: list[Key]
    found: list[Key]


def place(cohort: Path, learner: str, unit: str, received: Received, course: Course) -> Placed:
    """Put what counts of a learner's unit into submitted/, with its time. Raises NotOurs."""
    folder = cohort / "submitted" / learner / unit
    for part in (folder.parent, folder):
        if part.is_symlink() or (part.exists() and not part.is_dir()):
            raise NotOurs(f"{part} is a link or no folder.")
    due, keys = course.due.get(unit), [(unit, notebook) for notebook in course.notebooks(unit)]
    stamped = _stamped(folder)
    found = [key for key in keys if _keep_what_stands(folder, key, received, stamped, keys, due)]
    chosen = {key: kept for key in keys if (kept := counting(received.kept(key), due))}
    for key, kept in chosen.items():
        path = folder / f"{key[1]}.ipynb"
        if not path.is_file() or _sha256(path.read_bytes())[:12] != kept.digest:
            write_whole(path, kept.path.read_bytes())
    if chosen:
        newest = max(kept.when for kept in chosen.values()).strftime(TIME_FORMAT).encode()
        path = folder / TIME
        if not path.is_file() or path.read_bytes().strip() != newest:
            write_whole(path, newest)
    late = [key for key, kept in chosen.items() if due is not None and kept.when > due]
    return Placed(chosen, late, found)


def _keep_what_stands(
    folder: Path,
    key: Key,
    received: Received,
    stamped: datetime.datetime | None,
    keys: list[Key],
    due: datetime.datetime | None,
) -> bool:
    path = folder / f"{key[1]}.ipynb"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise NotOurs(f"{path} is a link or no file.")
    if not path.exists():
        return False
    raw = path.read_bytes()
    sha256 = _sha256(raw)
    if received.has(key, sha256):
        return False
    try:
        parse_hand_in(raw)
        damaged = False
    except Unreadable:
        damaged = True
    ours = {kept.when for one in keys for kept in received.kept(one)}
    before = counting(received.kept(key), due)
    if before and stamped in ours:
        when = before.when  # the time is one that collecting wrote: someone mended the notebook that counted
    elif stamped:
        when = stamped
    else:
        when = datetime.datetime.fromtimestamp(int(path.stat().st_mtime), datetime.UTC).replace(tzinfo=None)
    about = {"name": path.name, "from": "submitted/"}
    return received.keep(key, raw, sha256, when, damaged, about)


def _stamped(folder: Path) -> datetime.datetime | None:
    """The time in timestamp.txt, naive UTC; None where there is none that can be read."""
    try:
        text = (folder / TIME).read_text(encoding="utf-8").strip()
        return parse_utc(text).replace(microsecond=0) if text else None
    except (OSError, ValueError, OverflowError, TypeError, AttributeError):
        return None


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
