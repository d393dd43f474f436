"""received/: every hand-in of a learner, unchanged. No file there is ever changed or removed.

A file's name holds the time of handing in and the hash of its bytes. It is renamed to that name only when it
is complete, so the files alone show what is kept. log.jsonl has a line with more about each. If a kill left a
line missing or cut off, collecting the same hand-in again writes it.
"""

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hindcast.kit.collect.unit_of_notebook import Key

STAMP = "%Y%m%dT%H%M%SZ"
LOG = "log.jsonl"
_FILE = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{12})\.ipynb")
_HASH = 12  # hex digits of the sha256 in a file's name


@dataclass(frozen=True)
class KeptHandIn:
    """A hand-in that is kept. `order`: its line in the log, which decides between two of the same time."""

    path: Path
    when: datetime.datetime  # naive UTC, whole seconds
    digest: str
    order: float
    damaged: bool


class Received:
    """The kept hand-ins of one learner, in `folder`. The folder is made with the first hand-in."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._log = _read_log(folder / LOG)
        self._kept: dict[Key, list[KeptHandIn]] = {}

    def kept(self, key: Key) -> list[KeptHandIn]:
        """Return the hand-ins of a notebook, the oldest first."""
        if key not in self._kept:
            self._kept[key] = sorted(self._files(key), key=_age)
        return self._kept[key]

    def same(self, key: Key, sha256: str) -> list[KeptHandIn]:
        """Return the hand-ins of the notebook with this hash, the oldest first."""
        return [kept for kept in self.kept(key) if kept.digest == sha256[:_HASH]]

    def is_told(self, key: Key, kept: KeptHandIn) -> bool:
        """Return whether the log has a line for a hand-in."""
        return (*key, kept.when.strftime(STAMP), kept.digest) in self._log

    def keep(
        self, key: Key, raw: bytes, sha256: str, when: datetime.datetime, damaged: bool, about: dict[str, str]
    ) -> bool:
        """Keep the bytes and add a line to the log. Return whether the hand-in is new.

        `about`: further fields of that line.
        """
        digest = sha256[:_HASH]
        entry = (*key, when.strftime(STAMP), digest)
        there = any(kept.digest == digest and kept.when == when for kept in self.kept(key))
        if not there:
            path = self.folder.joinpath(*key, f"{entry[2]}-{digest}.ipynb")
            write_bytes_whole(path, raw)
        if entry not in self._log:
            self._log[entry] = (len(self._log), damaged)
            self._say(
                {"when": f"{when.isoformat()}Z", "unit": key[0], "notebook": key[1], "sha256": sha256}
                | about,
                damaged,
            )
        del self._kept[key]
        return not there

    def _files(self, key: Key) -> Iterator[KeptHandIn]:
        folder = self.folder.joinpath(*key)
        for path in folder.iterdir() if folder.is_dir() else ():
            if match := _FILE.fullmatch(path.name):
                order, damaged = self._log.get((*key, match[1], match[2]), (float("inf"), False))
                when = datetime.datetime.strptime(match[1], STAMP)
                yield KeptHandIn(path, when, match[2], order, damaged)

    def _say(self, record: dict, damaged: bool) -> None:
        path = self.folder / LOG
        line = json.dumps(record | ({"damaged": True} if damaged else {}), ensure_ascii=False) + "\n"
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        with path.open("ab") as file:
            file.write((b"\n" if torn else b"") + line.encode("utf-8", "replace"))


def write_bytes_whole(path: Path, raw: bytes) -> None:
    """Write a file by renaming a complete copy, so that a kill never leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(raw)
    part.replace(path)


def hand_in_that_counts(kept: list[KeptHandIn], due: datetime.datetime | None) -> KeptHandIn | None:
    """Return the hand-in that counts: the newest that came in time, else the newest. None if there is none.

    A damaged file counts only if there is no other: it would give no points, and no learner wants that.
    """
    sound = [one for one in kept if not one.damaged] or kept
    in_time = [one for one in sound if due is None or one.when <= due]
    return max(in_time or sound, key=_age, default=None)


def _age(kept: KeptHandIn) -> tuple:
    return kept.when, kept.order, kept.digest


def _read_log(path: Path) -> dict[tuple[str, str, str, str], tuple[float, bool]]:
    """Map unit, notebook, time and hash of each line to its line number and whether it is damaged.

    A line that cannot be read is skipped.
    """
    found: dict[tuple[str, str, str, str], tuple[float, bool]] = {}
    for line in path.read_bytes().split(b"\n") if path.is_file() else ():
        try:
            record = json.loads(line)
            when = datetime.datetime.fromisoformat(record["when"].removesuffix("Z")).strftime(STAMP)
            entry = (record["unit"], record["notebook"], when, record["sha256"][:_HASH])
            found.setdefault(entry, (len(found), bool(record.get("damaged"))))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found
