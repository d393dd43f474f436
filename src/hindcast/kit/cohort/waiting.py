"""What waits for a person in a gradebook: free texts to be read, and checked answers to be looked at.

nbgrader marks both alike, as `needs_manual_grade`; the formgrader lists them under Manual Grading.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hindcast.kit.cohort import gradebook_url


@dataclass(frozen=True)
class Waiting:
    """One answer of one learner that a person has to score.

    `free_text`: no test scores it, so that it waits in the ordinary course of things; otherwise the grader
    asked for a look. `again`: a person had scored it, and it was graded once more since; those points stand.
    """

    unit: str
    learner: str
    notebook: str
    exercise: str
    free_text: bool
    again: bool


def waiting_in(cohort: Path, unit: str | None = None) -> list[Waiting]:
    """What waits in a cohort's gradebook, of one unit or of all, by unit, learner, notebook and exercise."""
    import sqlalchemy

    from hindcast.kit.grade.journal import with_patience

    engine = sqlalchemy.create_engine(with_patience(gradebook_url(cohort)))
    try:
        with engine.connect() as db:
            return read_waiting(db, unit)
    finally:
        engine.dispose()


def read_waiting(db, unit: str | None = None) -> list[Waiting]:
    """The same, over a connection (SQLAlchemy) to a gradebook."""
    import sqlalchemy
    from nbgrader.api import Base

    tables = Base.metadata.tables
    grade, submitted, assignment = (tables[name] for name in ("grade", "submitted_assignment", "assignment"))
    notebook, cell = (tables[name] for name in ("submitted_notebook", "base_cell"))
    of_task, solution = tables["notebook"], tables["base_cell"].alias()
    written = (
        sqlalchemy.select(solution.c.id)
        .where(solution.c.notebook_id == cell.c.notebook_id, solution.c.name == cell.c.name)
        .where(solution.c.type == "SolutionCell")
        .exists()
    )
    found = (
        sqlalchemy.select(
            assignment.c.name,
            submitted.c.student_id,
            of_task.c.name,
            cell.c.name,
            sqlalchemy.or_(written, cell.c.type == "TaskCell"),
            grade.c.manual_score.is_not(None),
        )
        .join_from(grade, cell, grade.c.cell_id == cell.c.id)
        .join(of_task, of_task.c.id == cell.c.notebook_id)
        .join(notebook, notebook.c.id == grade.c.notebook_id)
        .join(submitted, submitted.c.id == notebook.c.assignment_id)
        .join(assignment, assignment.c.id == submitted.c.assignment_id)
        .where(grade.c.needs_manual_grade)
    )
    rows = db.execute(found.where(assignment.c.name == unit) if unit is not None else found)
    return sorted(
        (
            Waiting(*place, name.removesuffix("_test"), bool(text), bool(again))
            for *place, name, text, again in rows
        ),
        key=lambda item: (item.unit, item.learner, item.notebook, item.exercise),
    )


def free_texts_waiting(waiting: list[Waiting]) -> Counter[tuple[str, str]]:
    """(unit, learner) -> how many free texts wait for a person."""
    return Counter((item.unit, item.learner) for item in waiting if item.free_text)
