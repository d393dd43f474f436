"""received/: each hand-in of a learner as it came, by time and hash. Nothing there is changed or removed.

A file's name holds its time and hash, and it appears under that name whole: what is kept is known from the
files. log.jsonl tells more about each; a line of it that is missing or torn, after a kill, is written when
the same hand-in is collected again.
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
    """A hand-in that is kept. `order`: its place in the log, which decides where two have the same time."""

    path: Path
    when: datetime.datetime  # naive UTC, whole seconds
    digest: str
    order: float
    damaged: bool


class Received:
    """What is kept of one learner, in `folder`, which is made when there is something to keep."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._log = _read_log(folder / LOG)
        self._kept: dict[Key, list[KeptHandIn]] = {}

    def kept(self, key: Key) -> list[KeptHandIn]:
        """The hand-ins of a notebook, the oldest first."""
        if key not in self._kept:
            self._kept[key] = sorted(self._files(key), key=_age)
        return self._kept[key]

    def same(self, key: Key, sha256: str) -> list[KeptHandIn]:
        """The hand-ins of the notebook with these bytes, the oldest first."""
        return [kept for kept in self.kept(key) if kept.digest == sha256[:_HASH]]

    def is_told(self, key: Key, kept: KeptHandIn) -> bool:
        """Whether the log has a line on a hand-in."""
        return (*key, kept.when.strftime(STAMP), kept.digest) in self._log

    def keep(
        self, key: Key, raw: bytes, sha256: str, when: datetime.datetime, damaged: bool, about: dict[str, str]
    ) -> bool:
        """Keep the bytes and say so in the log; whether this is new. `about`: more for the log."""
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
    """Write a file so that it is there whole or not at all, whenever this is stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(raw)
    part.replace(path)


def hand_in_that_counts(kept: list[KeptHandIn], due: datetime.datetime | None) -> KeptHandIn | None:
    """The hand-in that counts: the newest that came in time, else the newest.

    A damaged one counts only where there is no other: it would give no points and was not meant so.
    """
    sound = [one for one in kept if not one.damaged] or kept
    in_time = [one for one in sound if due is None or one.when <= due]
    return max(in_time or sound, key=_age, default=None)


def _age(kept: KeptHandIn) -> tuple:
    return kept.when, kept.order, kept.digest


def _read_log(path: Path) -> dict[tuple[str, str, str, str], tuple[float, bool]]:
    """Unit, notebook, time and hash of each line -> its place, and whether the hand-in is damaged."""
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
