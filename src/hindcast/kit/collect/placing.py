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
    standing = {key: raw for key in keys if (raw := _standing(folder / f"{key[1]}.ipynb")) is not None}
    digests = {key: hashlib.sha256(raw).hexdigest() for key, raw in standing.items()}
    found = [
        key
        for key, raw in standing.items()
        if _keep_what_stands(folder, key, raw, digests[key], received, stamped, keys, due)
    ]
    chosen = {key: kept for key in keys if (kept := counting(received.kept(key), due))}
    for key, kept in chosen.items():
        if not digests.get(key, "").startswith(kept.digest):
            write_whole(folder / f"{key[1]}.ipynb", kept.path.read_bytes())
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
    raw: bytes,
    sha256: str,
    received: Received,
    stamped: datetime.datetime | None,
    keys: list[Key],
    due: datetime.datetime | None,
) -> bool:
    """Keep what came another way; whether it was not kept before."""
    path = folder / f"{key[1]}.ipynb"
    same = received.same(key, sha256)
    if same and all(received.is_told(key, one) for one in same):
        return False
    try:
        parse_hand_in(raw)
        damaged = False
    except Unreadable:
        damaged = True
    ours = {kept.when for one in keys for kept in received.kept(one)}
    before = counting(received.kept(key), due)
    if same:
        when = same[0].when  # kept, but the log was not written
    elif before and stamped in ours:
        when = before.when  # the time is one that collecting wrote: someone mended the notebook that counted
    elif stamped:
        when = stamped
    else:
        when = datetime.datetime.fromtimestamp(int(path.stat().st_mtime), datetime.UTC).replace(tzinfo=None)
    about = {"name": path.name, "from": "submitted/"}
    return received.keep(key, raw, sha256, when, damaged, about)


def _standing(path: Path) -> bytes | None:
    """What stands in a notebook's place, None for nothing. Raises NotOurs."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise NotOurs(f"{path} is a link or no file.")
    return path.read_bytes() if path.exists() else None


def _stamped(folder: Path) -> datetime.datetime | None:
    """The time in timestamp.txt, naive UTC; None where there is none that can be read."""
    try:
        text = (folder / TIME).read_text(encoding="utf-8").strip()
        return parse_utc(text).replace(microsecond=0) if text else None
    except (OSError, ValueError, OverflowError, TypeError, AttributeError):
        return None
