"""What there is to grade: the assignment, the hand-ins, and which of them are graded and unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from nbgrader.coursedir import CourseDirectory

from hindcast.errors import HindcastError
from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.gradebook import transfer
from hindcast.kit.handin.folder import HandIn, hand_ins
from hindcast.kit.handin.record import Note, read_record


def wanted(course: CourseDirectory, learners: Sequence[str]) -> list[HandIn]:
    """The hand-ins of these learners, or all. Raises HindcastError for a learner without one."""
    found = hand_ins(course)
    missing = sorted(set(learners) - {hand_in.learner for hand_in in found})
    if missing:
        raise HindcastError(
            f"There is no hand-in of {', '.join(missing)} for {course.assignment_id}: expected the folder "
            f"{course.format_path(course.submitted_directory, missing[0], course.assignment_id)}."
        )
    return [hand_in for hand_in in found if not learners or hand_in.learner in learners]


@dataclass(frozen=True)
class Plan:
    """Whom to grade, everybody's fingerprint, and for those left alone what still waits for a person."""

    todo: list[HandIn]
    prints: dict[str, str]
    unchanged: dict[str, list[Note]]


def make_plan(
    course: CourseDirectory,
    assignment: Assignment,
    handed_in: list[HandIn],
    regrade: bool,
    db: sqlalchemy.Connection,
) -> Plan:
    """Sort the hand-ins into those to grade and those that are graded and unchanged.

    A hand-in is graded when its folder says so, with the fingerprint it has now, and the gradebook has it.
    """
    asked = assignment.fingerprint
    prints = {hand_in.learner: hand_in.fingerprint(asked) for hand_in in handed_in}
    waiting = transfer.learners_graded(db, assignment.rows)
    todo, unchanged = [], {}
    for hand_in in handed_in:
        learner = hand_in.learner
        done, notes = read_record(place(course, learner))
        if not regrade and done == prints[learner] and learner in waiting:
            unchanged[learner] = [] if _dealt_with(notes, assignment, waiting[learner]) else notes
        else:
            todo.append(hand_in)
    return Plan(todo, prints, unchanged)


def _dealt_with(notes: list[Note], assignment: Assignment, waits: set[tuple[str, str]]) -> bool:
    """Whether the test cells that asked for a person have had one; other notes stay with the hand-in.

    A free text may wait meanwhile: that it does is no fault of the hand-in's.
    """
    tests = {
        (name, cell.name)
        for name, cells in assignment.asked.items()
        for cell in cells
        if cell.grade and not cell.solution
    }
    flagged = {(note.notebook, note.cell) for note in notes if note.attention} & tests
    return bool(flagged) and not flagged & waits


def place(course: CourseDirectory, learner: str) -> Path:
    """Where the learner's graded hand-in stands."""
    return Path(course.format_path(course.autograded_directory, learner, course.assignment_id))
