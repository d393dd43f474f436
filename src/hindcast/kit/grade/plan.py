"""Which hand-ins there are to grade, and which are graded and unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from nbgrader.coursedir import CourseDirectory

from hindcast.errors import HindcastError
from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.gradebook.manual_grading import grades_waiting
from hindcast.kit.handin.folder import HandInFolder, find_hand_ins
from hindcast.kit.handin.record import GraderNote, read_record


def chosen_hand_ins(course: CourseDirectory, learners: Sequence[str]) -> list[HandInFolder]:
    """The hand-ins of these learners, or all. Raises HindcastError for a learner without one."""
    found = find_hand_ins(course)
    missing = sorted(set(learners) - {hand_in.learner for hand_in in found})
    if missing:
        folder = course.format_path(course.submitted_directory, missing[0], course.assignment_id)
        raise HindcastError(
            f"There is no hand-in of {', '.join(missing)} for {course.assignment_id}: "
            f"expected the folder {folder}."
        )
    return [hand_in for hand_in in found if not learners or hand_in.learner in learners]


@dataclass(frozen=True)
class GradingPlan:
    """Which hand-ins to grade.

    todo: those to grade. fingerprints: learner -> fingerprint, of all. unchanged: learner -> notes that still
    count.
    """

    todo: list[HandInFolder]
    fingerprints: dict[str, str]
    unchanged: dict[str, list[GraderNote]]


def make_plan(
    course: CourseDirectory,
    assignment: Assignment,
    handed_in: list[HandInFolder],
    regrade: bool,
    db: sqlalchemy.Connection,
) -> GradingPlan:
    """Sort the hand-ins into those to grade and those that are graded and unchanged.

    A hand-in is graded when its folder says so, with the fingerprint it has now, and the gradebook has it.
    """
    asked = assignment.fingerprint
    fingerprints = {hand_in.learner: hand_in.fingerprint(asked) for hand_in in handed_in}
    waiting = grades_waiting(db, assignment.rows)
    todo, unchanged = [], {}
    for hand_in in handed_in:
        learner = hand_in.learner
        done, notes = read_record(graded_folder(course, learner))
        if not regrade and done == fingerprints[learner] and learner in waiting:
            unchanged[learner] = [] if _seen_by_a_person(notes, assignment, waiting[learner]) else notes
        else:
            todo.append(hand_in)
    return GradingPlan(todo, fingerprints, unchanged)


def _seen_by_a_person(notes: list[GraderNote], assignment: Assignment, waits: set[tuple[str, str]]) -> bool:
    """Whether a person has graded the test cells whose notes ask for one. Other notes stay with the hand-in.

    waits: (notebook, cell) of each grade that waits for a person. A free text may wait: no note asks for it.
    """
    tests = {
        (name, cell.name)
        for name, cells in assignment.asked.items()
        for cell in cells
        if cell.grade and not cell.solution
    }
    flagged = {(note.notebook, note.cell) for note in notes if note.attention} & tests
    return bool(flagged) and not flagged & waits


def graded_folder(course: CourseDirectory, learner: str) -> Path:
    """The folder of the learner's graded hand-in."""
    return Path(course.format_path(course.autograded_directory, learner, course.assignment_id))
