"""The hand-ins of an assignment: which there are, what they hold, and a private copy to work on.

Nothing here writes to a learner's folder. A copy holds regular files only, because a link could point
anywhere.
"""

import glob
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.kit.handin.record import GraderNote, printable
from hindcast.kit.plumbing.files import MEGABYTE

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

TIMESTAMP_FILE = "timestamp.txt"  # nbgrader's name for the time of handing-in
MOST_NOTEBOOK = 20 * MEGABYTE  # a notebook with more is refused, and asked for without its outputs
MOST_BESIDE = 100 * MEGABYTE  # all other files together
MOST_FILES = 1000


@dataclass(frozen=True)
class HandInFolder:
    """One learner's folder for one assignment."""

    learner: str
    folder: Path

    def fingerprint(self, assignment: str) -> str:
        """A hash of every name and byte in the folder.

        assignment: a hash of what is asked, which goes into it.
        """
        digest = hashlib.sha256(assignment.encode())
        for path, mode in _files_in(self.folder):
            digest.update(os.fsencode(path.relative_to(self.folder)) + b"\0")
            if stat.S_ISREG(mode) and path.stat().st_size <= MOST_BESIDE:
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            else:
                digest.update(f"{stat.S_IFMT(mode)} {path.lstat().st_size}".encode())
        return digest.hexdigest()

    def notebooks(self) -> list[Path]:
        """The paths of the notebooks in it that will be read, sorted by name."""
        paths = sorted(self.folder.glob("*.ipynb"))
        return [path for path in paths if not _why_not_read(path.lstat().st_mode, path.lstat().st_size, True)]


def find_hand_ins(course: "CourseDirectory") -> list[HandInFolder]:
    """Every hand-in of the course's assignment, of learners that its settings allow, sorted by learner."""
    pattern = course.format_path(course.submitted_directory, "\0", glob.escape(course.assignment_id))
    expected = course.format_path(
        course.submitted_directory, "(?P<learner>.*)", re.escape(course.assignment_id), escape=True
    )
    learner = course.student_id if course.student_id == "*" else glob.escape(course.student_id)
    excluded = set(course.student_id_exclude.split(",")) - {""}
    found = []
    for folder in sorted(glob.glob(pattern.replace("\0", learner))):  # noqa: PTH207  (the pattern is nbgrader's)
        match = re.fullmatch(expected, folder)
        if match and match["learner"] not in excluded:
            found.append(HandInFolder(match["learner"], Path(folder)))
    return found


def private_copy(hand_in: HandInFolder, folder: Path, ignore: Sequence[str]) -> list[GraderNote]:
    """Make `folder` and copy the hand-in's regular files to it; notes about what was left out, and why.

    ignore: patterns of names, as nbgrader has them.
    """
    from nbgrader.utils import is_ignored

    folder.mkdir(parents=True)
    if hand_in.folder.is_symlink():
        return [GraderNote("", "", "The folder is a link to another place; it was not read.", attention=True)]
    notes, beside, count = [], 0, 0
    for path, mode in _files_in(hand_in.folder):
        if is_ignored(str(path), list(ignore)):
            continue
        size, count = path.lstat().st_size, count + 1
        is_notebook = path.suffix == ".ipynb"
        beside += 0 if is_notebook else size
        fault = _why_not_read(mode, size, is_notebook) or _too_many_files(beside, count)
        if fault:
            notebook = path.stem if is_notebook and path.parent == hand_in.folder else ""
            name = printable(str(path.relative_to(hand_in.folder)), 80)
            notes.append(GraderNote(notebook, "", f"{name} {fault}", attention=True))
            if count > MOST_FILES:
                break
            continue
        target = folder / path.relative_to(hand_in.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target, follow_symlinks=False)
    return notes


def drop_unreadable_time(folder: Path) -> list[GraderNote]:
    """Remove timestamp.txt from a private copy if it holds no time, because nbgrader would stop at it."""
    from nbgrader.utils import parse_utc

    file = folder / TIMESTAMP_FILE
    if not file.is_file():
        return []
    try:
        text = file.read_text(encoding="utf-8").strip()
        if text:
            parse_utc(text)
    except (ValueError, OverflowError, TypeError):
        file.unlink()
        reason = f"{TIMESTAMP_FILE} holds no time; nobody knows when this was handed in."
        return [GraderNote("", "", reason, attention=True)]
    return []


def _files_in(folder: Path) -> Iterator[tuple[Path, int]]:
    """Path and mode of everything in the folder but folders, in a fixed order. Links are not followed."""
    for here, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        links = [name for name in folders if Path(here, name).is_symlink()]
        for name in sorted(files + links):
            path = Path(here, name)
            yield path, path.lstat().st_mode


def _why_not_read(mode: int, size: int, is_notebook: bool) -> str:
    if stat.S_ISLNK(mode):
        return "is a link to another place; it was not read."
    if not stat.S_ISREG(mode):
        return "is no ordinary file; it was not read."
    if is_notebook and size > MOST_NOTEBOOK:
        return (
            f"has {size / MEGABYTE:.0f} MB; up to {MOST_NOTEBOOK / MEGABYTE:.0f} MB are read. "
            "Ask for it again with its outputs cleared."
        )
    return ""


def _too_many_files(beside: int, count: int) -> str:
    if count > MOST_FILES:
        return f"and what follows were not read: more than {MOST_FILES} files."
    if beside > MOST_BESIDE:
        return (
            f"was not copied: the files beside the notebooks take more than {MOST_BESIDE / MEGABYTE:.0f} MB."
        )
    return ""
