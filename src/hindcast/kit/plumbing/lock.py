"""A lock that lets one grader at a time work in a cohort. The system releases it when its holder dies."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hindcast.errors import HindcastError

GRADING_FOLDER = ".grading"  # in a cohort: the lock, and what the grader has under way


@contextlib.contextmanager
def grading_lock(folder: Path) -> Iterator[None]:
    """Make `folder` and hold its lock. Raises HindcastError while another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with folder.joinpath("lock").open("a+", encoding="utf-8") as file:
        if not _could_lock(file):
            file.seek(0)
            raise HindcastError(
                f"Another grader is at work in {folder.parent} (process {file.read().strip() or 'unknown'}).",
                "Wait until it is done, or stop it, and run the command again. Nothing was changed.",
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _could_lock(file) -> bool:
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows, where learners' code cannot be isolated anyway
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
