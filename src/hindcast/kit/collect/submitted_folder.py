"""submitted/: for each notebook the hand-in that counts, where the grader and nbgrader look for it.

A notebook there that is not in received/ came another way: a trainer put it there, or nbgrader's own collect.
It is kept in received/ before it is replaced.
"""

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

from nbgrader.utils import parse_utc

from hindcast.kit.collect.received_folder import (
    KeptHandIn,
    Received,
    hand_in_that_counts,
    write_bytes_whole,
)
from hindcast.kit.collect.unit_of_notebook import CourseNotebooks, Key
from hindcast.kit.handin.folder import TIMESTAMP_FILE
from hindcast.kit.handin.reading import UnreadableNotebook, parse_submitted_notebook

TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's own


class NotOurs(Exception):
    """A path in submitted/ is a link or no folder, so nothing is written there."""


@dataclass(frozen=True)
class PlacedHandIns:
    """A learner's unit: the hand-ins that count by notebook, the late ones, those that came another way."""

    counting: dict[Key, KeptHandIn]
    late: list[Key]
    found: list[Key]


def place_hand_ins(
    cohort: Path, learner: str, unit: str, received: Received, course: CourseNotebooks
) -> PlacedHandIns:
    """Put the hand-ins that count for a learner's unit into submitted/, with their time. Raises NotOurs."""
    keys, due = [(unit, notebook) for notebook in course.notebooks(unit)], course.due.get(unit)
    submitted = _Submitted(cohort / "submitted" / learner / unit, keys)
    found = [key for key in keys if submitted.keep_what_stands(key, received, due)]
    chosen = {key: kept for key in keys if (kept := hand_in_that_counts(received.kept(key), due))}
    for key, kept in chosen.items():
        submitted.put(key, kept)
    if chosen:
        submitted.put_time(max(kept.when for kept in chosen.values()))
    late = [key for key, kept in chosen.items() if due is not None and kept.when > due]
    return PlacedHandIns(chosen, late, found)


class _Submitted:
    """A learner's folder for a unit in submitted/. Raises NotOurs if it is a link or no folder."""

    def __init__(self, folder: Path, keys: list[Key]):
        for part in (folder.parent, folder):
            if part.is_symlink() or (part.exists() and not part.is_dir()):
                raise NotOurs(f"{part} is a link or no folder.")
        self.folder, self.keys, self.time = folder, keys, _read_time(folder / TIMESTAMP_FILE)
        read = {key: _read_regular_file(self._path(key)) for key in keys}
        self.raw = {key: raw for key, raw in read.items() if raw is not None}
        self.sha256 = {key: hashlib.sha256(raw).hexdigest() for key, raw in self.raw.items()}

    def keep_what_stands(self, key: Key, received: Received, due: datetime.datetime | None) -> bool:
        """Keep a notebook that came another way. Return whether it is newly kept."""
        if key not in self.raw:
            return False
        same = received.same(key, self.sha256[key])
        if same and all(received.is_told(key, one) for one in same):
            return False
        when = same[0].when if same else self._came(key, received, due)
        about = {"name": f"{key[1]}.ipynb", "from": "submitted/"}
        raw = self.raw[key]
        return received.keep(key, raw, self.sha256[key], when, _is_damaged(raw), about)

    def put(self, key: Key, kept: KeptHandIn) -> None:
        """Write the hand-in as the notebook."""
        if not self.sha256.get(key, "").startswith(kept.digest):
            write_bytes_whole(self._path(key), kept.path.read_bytes())

    def put_time(self, when: datetime.datetime) -> None:
        """Write the time of handing in to timestamp.txt, unless it is there already."""
        text, path = when.strftime(TIME_FORMAT).encode(), self.folder / TIMESTAMP_FILE
        if not path.is_file() or path.read_bytes().strip() != text:
            write_bytes_whole(path, text)

    def _came(self, key: Key, received: Received, due: datetime.datetime | None) -> datetime.datetime:
        """Return the time of a notebook that is not kept yet.

        If collecting wrote the time in timestamp.txt, someone repaired the notebook that counted, which
        keeps that time.
        """
        counted = hand_in_that_counts(received.kept(key), due)
        if counted and self.time in {one.when for other in self.keys for one in received.kept(other)}:
            return counted.when
        if self.time:
            return self.time
        seconds = int(self._path(key).stat().st_mtime)
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)

    def _path(self, key: Key) -> Path:
        return self.folder / f"{key[1]}.ipynb"


def _read_regular_file(path: Path) -> bytes | None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise NotOurs(f"{path} is a link or no file.")
    return path.read_bytes() if path.exists() else None


def _read_time(path: Path) -> datetime.datetime | None:
    """Return the time in timestamp.txt, naive UTC; None if there is none that can be read."""
    try:
        text = path.read_text(encoding="utf-8").strip()
        return parse_utc(text).replace(microsecond=0) if text else None
    except (OSError, ValueError, OverflowError, TypeError, AttributeError):
        return None


def _is_damaged(raw: bytes) -> bool:
    try:
        parse_submitted_notebook(raw)
    except UnreadableNotebook:
        return True
    return False
