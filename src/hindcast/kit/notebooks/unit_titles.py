"""The titles of a unit and of its exercises, read from solutions/, as a hand-in may have changed them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from hindcast.kit.checkout import graded_units, no_such_unit, source_notebooks
from hindcast.kit.notebooks.normalise import read_notebook

_WORTH = re.compile(r"\s*\([^()]*\b(points?|minutes?)\b[^()]*\)\s*$")


@dataclass
class UnitTitles:
    """A unit's title, and the titles of its exercises by notebook and grade id, in their order."""

    name: str
    title: str
    exercises: dict[str, dict[str, str]] = field(default_factory=dict)


def read_unit_titles(root: Path, name: str) -> UnitTitles:
    """Return the titles of a unit that gives points. Raises HindcastError if `name` is no such unit."""
    known = graded_units(root)
    if name not in known:
        raise no_such_unit(name, known)
    unit = UnitTitles(name, name[3:].replace("_", " ").capitalize())
    for path in source_notebooks(root, name):
        title, exercises = _titles_in(read_notebook(path))
        if exercises:
            unit.exercises[path.stem] = exercises
            unit.title = title.partition(":")[0] or unit.title
    return unit


def _titles_in(notebook: NotebookNode) -> tuple[str, dict[str, str]]:
    """Return the notebook's title, and the heading above each answer without its points."""
    title = heading = ""
    exercises = {}
    for cell in notebook.cells:
        record = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and not record.get("solution"):
            for line in cell.source.splitlines():
                title = title or (line.removeprefix("# ") if line.startswith("# ") else "")
                heading = line.removeprefix("## ") if line.startswith("## ") else heading
        if record.get("grade"):
            exercises[record["grade_id"].removesuffix("_test")] = _WORTH.sub("", heading)
    return title, exercises
