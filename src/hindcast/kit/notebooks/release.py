"""The learners' copy of a unit: nbgrader's generate_assignment, run here, then copied where it differs."""

import contextlib
import io
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError
from hindcast.kit.notebooks.normalise import write_if_changed

if TYPE_CHECKING:
    from traitlets.config import Config


def release(root: Path, unit: str) -> list[Path]:
    """Update course/UNIT from solutions/UNIT. Equal files are not written. Return the changed files."""
    with tempfile.TemporaryDirectory() as scratch:
        return _mirror(generate(root, unit, Path(scratch)), root / "course" / unit)


def generate(root: Path, unit: str, folder: Path) -> Path:
    """Release every notebook of solutions/UNIT into FOLDER/UNIT, without a gradebook. Return that folder."""
    config = _configuration(root, unit, folder)
    config.CourseDirectory.notebook_id = "*"  # lessons and field notebooks too
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    _generate_assignment(root, unit, config)
    return folder / unit


def register(root: Path, unit: str, gradebook: str, folder: Path | None = None) -> None:
    """Enter the exercises of `unit` and their points into the gradebook (a SQLAlchemy URL, made if new).

    nbgrader skips a release that exists already, so this one goes to FOLDER/UNIT, or to a temporary folder.
    """
    with tempfile.TemporaryDirectory() as scratch, own_tools_on_path():
        config = _configuration(root, unit, folder or Path(scratch))
        config.CourseDirectory.db_url = gradebook
        _generate_assignment(root, unit, config)


@contextlib.contextmanager
def own_tools_on_path() -> Iterator[None]:
    """Put this environment's commands on PATH: nbgrader calls `alembic` by name."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _configuration(root: Path, unit: str, folder: Path) -> "Config":
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(root / "grading")).load_config()
    config.CourseDirectory.assignment_id = unit
    config.CourseDirectory.release_directory = str(folder.resolve())
    return config


def _generate_assignment(root: Path, unit: str, config: "Config") -> None:
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    said = io.StringIO()
    with _logger_into(said) as log:
        course = CourseDirectory(config=config, root=str(root.resolve()), log=log)
        try:
            GenerateAssignment(coursedir=course, config=config, log=log).start()
        except NbGraderException:
            raise HindcastError(_why(unit, said.getvalue())) from None


@contextlib.contextmanager
def _logger_into(stream: io.StringIO) -> Iterator[logging.Logger]:
    """Give a logger that writes to `stream` alone, not to the terminal."""
    log, handler = logging.getLogger("hindcast.release"), logging.StreamHandler(stream)
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)


def _why(unit: str, said: str) -> str:
    """Return one sentence from nbgrader's log `said`: the notebook and the first exception."""
    lines = [line for line in said.splitlines() if line.strip()]
    notebooks = [line.rpartition("/")[2] for line in lines if line.startswith("Converting notebook")]
    raised = [line.partition("Error: ")[2] for line in lines if re.match(r"[\w.]+Error: ", line)]
    where = f"{unit}/{notebooks[-1]}" if notebooks else unit
    return f"nbgrader could not release {where}: {raised[0] if raised else lines[-1]}"


def _mirror(fresh: Path, course: Path) -> list[Path]:
    """Copy what differs from `fresh` to `course`, and remove other notebooks there. Return changed paths."""
    changed = []
    for path in sorted(fresh.glob("*.ipynb")):
        changed += write_if_changed(course / path.name, path.read_text(encoding="utf-8"))
    for path in sorted(course.glob("*.ipynb")):
        if not (fresh / path.name).exists():
            path.unlink()
            changed.append(path)
    return changed
