"""The places in a cohort's folder that hold a learner's data, beside roster and gradebook."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from hindcast.kit.cohort.folder import UNDER_DELETION
from hindcast.kit.cohort.forgotten import COUNTS
from hindcast.kit.gradebook.location import CONFIG_FILE
from hindcast.kit.plumbing.files import unfinished_path
from hindcast.kit.plumbing.lock import GRADING_FOLDER
from hindcast.kit.roster.roster import ROSTER

STEPS = ("submitted", "received", "autograded", "feedback")  # each with a folder for each learner
_LARGEST_SEARCHED = 100_000_000  # bytes


def ids_of_folders(cohort: Path) -> set[str]:
    """Return the ids of all learners who have a folder of their own in one of the steps."""
    folders = [path for step in STEPS for path in (cohort / step).glob("*") if path.is_dir()]
    return {path.name for path in folders if path.name[0].isalnum()}


def own_folders(cohort: Path, id: str) -> list[Path]:
    """Return the learner's own folders. An id of the gradebook that is no plain file name has none."""
    if id in ("", ".", "..") or Path(id).name != id:
        return []
    places = [cohort / step / id for step in STEPS]
    return [path for path in places if path.exists() or path.is_symlink()]


def leftovers(cohort: Path) -> list[Path]:
    """Return what a killed command may leave: copies of hand-ins, unfinished files, a half-made cohort."""
    half_made = re.compile(rf"\.{re.escape(cohort.name)}-[a-z0-9_]{{8}}")
    files = [unfinished_path(cohort / name) for name in (ROSTER, UNDER_DELETION, COUNTS)]
    beside = [path for path in cohort.parent.iterdir() if half_made.fullmatch(path.name)]
    return [path for path in (cohort / GRADING_FOLDER / "scratch", *files, *beside) if path.exists()]


def remove_path(path: Path) -> None:
    """Remove a file, a folder with everything in it, or a link but not its target."""
    from nbgrader.utils import rmtree  # copes with the write protection that nbgrader gives to graded files

    if path.is_dir() and not path.is_symlink():
        rmtree(str(path))
    else:
        path.unlink(missing_ok=True)


def files_that_say(cohort: Path, words: Iterable[str], gradebook: str) -> Iterator[Path]:
    """Yield files that Hindcast did not make and that contain one of the words, relative to the cohort.

    `gradebook` is the path of the gradebook's own file. Other learners' folders are not searched.
    """
    said = "|".join(rf"(?<!\w){re.escape(word.casefold())}(?!\w)" for word in words if word)
    own = {cohort / name for name in (ROSTER, CONFIG_FILE, COUNTS, f"{GRADING_FOLDER}/lock")}
    own |= {Path(gradebook + tail) for tail in ("", "-journal", "-wal", "-shm")}
    for path in _nobodys_files(cohort):
        if path not in own and _says(path, re.compile(said)):
            yield path.relative_to(cohort)


def _nobodys_files(cohort: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(cohort):
        if Path(here).parent == cohort and Path(here).name in STEPS:
            folders[:] = [name for name in folders if not name[0].isalnum()]
        folders.sort()
        yield from (Path(here, name) for name in sorted(files))


def _says(path: Path, pattern: re.Pattern) -> bool:
    if pattern.search(path.name.casefold()):
        return True
    try:
        if path.stat().st_size > _LARGEST_SEARCHED:
            return False
        return bool(pattern.search(path.read_bytes().decode("utf-8", errors="replace").casefold()))
    except OSError:
        return False
