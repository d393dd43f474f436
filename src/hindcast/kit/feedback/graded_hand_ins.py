"""The graded hand-ins for the feedback pages: notebooks, the grader's notes, and who handed in late."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook

from hindcast.errors import HindcastError
from hindcast.kit.checkout import BENCH, WORKBOOK
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.folder import TIMESTAMP_FILE
from hindcast.kit.handin.record import RECORD_FILE, GraderNote
from hindcast.kit.notebooks.unit_titles import UnitTitles
from hindcast.kit.roster.roster import read_own_roster
from hindcast.words import listed

DAMAGED = "The grader's notes on this hand-in could not be read. Your points are not affected."
NOTHING = "Nothing of this hand-in could be graded."
MISSING = "Not handed in: {names}."
LATE = "Handed in late, which costs no points. It was due {due} UTC."


@dataclass
class GradedHandIn:
    """One learner's graded notebooks of one unit, and sentences about the whole hand-in."""

    learner: str
    name: str
    notebooks: list[Path]
    notes: list[GraderNote] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    handed_in: str = ""


def read_graded_hand_in(folder: Path, name: str, unit: UnitTitles, takes_bench: bool) -> GradedHandIn:
    """Return what `autograded/LEARNER/UNIT` holds. Raises an error if nothing in it can be shown."""
    notebooks = [path for path in sorted(folder.glob("*.ipynb")) if path.stem in unit.exercises]
    notebooks.sort(key=lambda path: path.stem != WORKBOOK)
    notes = _notes_of_grader(folder / RECORD_FILE)
    if not (notebooks or notes):
        raise HindcastError(f"none of the notebooks in {folder} belongs to {unit.name}.")
    lines = [] if notebooks else [NOTHING]
    expected = {WORKBOOK, BENCH} if takes_bench else {WORKBOOK}
    told_of = {path.stem for path in notebooks} | {note.notebook for note in notes}
    missing = sorted((expected & set(unit.exercises)) - told_of)
    if notebooks and missing:
        lines.append(MISSING.format(names=listed(missing)))
    handed_in = _first_line(folder / TIMESTAMP_FILE)
    return GradedHandIn(folder.parent.name, name, notebooks, notes, lines, handed_in)


def _notes_of_grader(path: Path) -> list[GraderNote]:
    """Return the grader's notes; of a damaged file the readable ones and a note that it is damaged."""
    if not path.is_file():
        return []
    try:
        notes = [_note_of_grader(entry) for entry in json.loads(path.read_text(encoding="utf-8"))["notes"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        notes = [None]
    return [note for note in notes if note] + [GraderNote("", "", DAMAGED)] * (None in notes)


def _note_of_grader(entry: object) -> GraderNote | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("reason"), str):
        return None
    notebook, cell = (entry[key] if isinstance(entry.get(key), str) else "" for key in ("notebook", "cell"))
    return GraderNote(notebook, cell, entry["reason"], entry.get("attention") is True)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip().partition("\n")[0][:60]
    except (OSError, UnicodeDecodeError):
        return ""


def learner_names(cohort: Path) -> dict[str, str]:
    """Return id -> name of everyone in the gradebook."""
    # nbgrader's Gradebook makes missing tables; here it does so once, before several processes read
    with Gradebook(gradebook_url(cohort)) as gradebook:
        return {
            student.id: f"{student.first_name or ''} {student.last_name or ''}".strip() or student.id
            for student in gradebook.students
        }


def late_without_penalty(cohort: Path, unit: str) -> dict[str, str]:
    """Return learner -> sentence for a late hand-in without penalty; a penalty has its own sentence."""
    with Gradebook(gradebook_url(cohort)) as gradebook:
        return {
            submission.student_id: LATE.format(due=f"{submission.duedate:%Y-%m-%d %H:%M}")
            for submission in gradebook.assignment_submissions(unit)
            if submission.total_seconds_late and not submission.late_submission_penalty
        }


def takers_of_bench(cohort: Path) -> set[str]:
    """Return the learners whose track has the bench; none if there is no roster.

    Raises HindcastError for a roster that cannot be read.
    """
    return {learner.id for learner in read_own_roster(cohort) if learner.takes_bench}


def hand_in_folders(step: Path, unit: str) -> dict[str, Path]:
    """Return learner -> folder of the unit in a step such as autograded, if it has a notebook or notes."""
    if not step.is_dir():
        return {}
    found = {folder.name: folder / unit for folder in step.iterdir() if not folder.name.startswith(".")}
    return {
        name: folder
        for name, folder in found.items()
        if any(folder.glob("*.ipynb")) or (folder / RECORD_FILE).is_file()
    }
