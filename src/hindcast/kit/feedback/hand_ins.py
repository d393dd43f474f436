"""What there is to write of: the unit, who handed in, and what the grader noted about it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from hindcast.errors import HindcastError
from hindcast.kit.checkout import graded_units, no_such_unit, source_notebooks
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.folder import TIMESTAMP_FILE
from hindcast.kit.handin.record import RECORD_FILE, GraderNote
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.roster.roster import read_own_roster

WORKBOOK, BENCH = "workbook", "bench"
DAMAGED = "The grader's notes on this hand-in could not be read. Your points are not affected."
NOTHING = "Nothing of this hand-in could be graded."
MISSING = "Not handed in: {names}."
LATE = "Handed in late, which costs no points. It was due {due} UTC."
_WORTH = re.compile(r"\s*\([^()]*\b(points?|minutes?)\b[^()]*\)\s*$")


@dataclass
class Unit:
    """What all pages of a unit share: its title, and the titles of its exercises by notebook and grade id."""

    name: str
    title: str
    exercises: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class HandIn:
    """One learner's graded notebooks of one unit, and what to say about the whole."""

    learner: str
    name: str
    notebooks: list[Path]
    notes: list[GraderNote] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    handed_in: str = ""


def read_unit(root: Path, name: str) -> Unit:
    """The unit with its titles, from its source: a learner may have changed those in the hand-in."""
    known = graded_units(root)
    if name not in known:
        raise no_such_unit(name, known)
    unit = Unit(name, name[3:].replace("_", " ").capitalize())
    for path in source_notebooks(root, name):
        title, exercises = _titles(read_notebook(path))
        if exercises:
            unit.exercises[path.stem] = exercises
            unit.title = title.partition(":")[0] or unit.title
    return unit


def _titles(notebook: NotebookNode) -> tuple[str, dict[str, str]]:
    """The notebook's title, and the heading above each answer, without what the task is worth."""
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


def read_hand_in(folder: Path, name: str, unit: Unit, takes_bench: bool) -> HandIn:
    """What `autograded/LEARNER/UNIT` holds; an error where nothing in it can be shown."""
    notebooks = [path for path in sorted(folder.glob("*.ipynb")) if path.stem in unit.exercises]
    notebooks.sort(key=lambda path: path.stem != WORKBOOK)
    notes = read_notes(folder / RECORD_FILE)
    if not (notebooks or notes):
        raise HindcastError(f"none of the notebooks in {folder} belongs to {unit.name}.")
    lines = [] if notebooks else [NOTHING]
    expected = {WORKBOOK, BENCH} if takes_bench else {WORKBOOK}
    told_of = {path.stem for path in notebooks} | {note.notebook for note in notes}
    missing = sorted((expected & set(unit.exercises)) - told_of)
    if notebooks and missing:
        lines.append(MISSING.format(names=" and ".join(missing)))
    return HandIn(folder.parent.name, name, notebooks, notes, lines, _first_line(folder / TIMESTAMP_FILE))


def read_notes(path: Path) -> list[GraderNote]:
    """The grader's notes; of a damaged file what can be read, and a note that it is damaged."""
    if not path.is_file():
        return []
    try:
        notes = [_note(entry) for entry in json.loads(path.read_text(encoding="utf-8"))["notes"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        notes = [None]
    return [note for note in notes if note] + [GraderNote("", "", DAMAGED)] * (None in notes)


def _note(entry: object) -> GraderNote | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("reason"), str):
        return None
    notebook, cell = (entry[key] if isinstance(entry.get(key), str) else "" for key in ("notebook", "cell"))
    return GraderNote(notebook, cell, entry["reason"], entry.get("attention") is True)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip().partition("\n")[0][:60]
    except (OSError, UnicodeDecodeError):
        return ""


def names_of(cohort: Path) -> dict[str, str]:
    """Id -> name of everyone in the gradebook."""
    # opened as nbgrader's GetGrades does: what it makes there once is there before several read at a time
    with Gradebook(gradebook_url(cohort)) as gradebook:
        return {
            student.id: f"{student.first_name or ''} {student.last_name or ''}".strip() or student.id
            for student in gradebook.students
        }


def late_for_free(cohort: Path, unit: str) -> dict[str, str]:
    """Learner -> the sentence for a hand-in that was late and has no penalty; a penalty has its own."""
    with Gradebook(gradebook_url(cohort)) as gradebook:
        return {
            submission.student_id: LATE.format(due=f"{submission.duedate:%Y-%m-%d %H:%M}")
            for submission in gradebook.assignment_submissions(unit)
            if submission.total_seconds_late and not submission.late_submission_penalty
        }


def with_bench(cohort: Path) -> set[str]:
    """The learners whose track has the bench; nobody where there is no roster. Raises HindcastError."""
    return {learner.id for learner in read_own_roster(cohort) if learner.takes_bench}


def folders_of(step: Path, unit: str) -> dict[str, Path]:
    """Learner -> folder of the unit in a step such as autograded, where a notebook or notes are in it."""
    if not step.is_dir():
        return {}
    found = {folder.name: folder / unit for folder in step.iterdir() if not folder.name.startswith(".")}
    return {
        name: folder
        for name, folder in found.items()
        if any(folder.glob("*.ipynb")) or (folder / RECORD_FILE).is_file()
    }
