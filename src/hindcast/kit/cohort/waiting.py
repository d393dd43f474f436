"""How many free texts wait for a person in a gradebook."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def free_texts_waiting(db: "Connection", unit: str) -> int:
    """How many answers of `unit` a person has to score because no test does.

    nbgrader marks a test that the grader wants looked at, and a hand-in that could not be read, alike; but
    these have points already.
    """
    from nbgrader.api import Base
    from sqlalchemy import func, select

    tables = Base.metadata.tables
    grade, assignment = tables["grade"].c, tables["assignment"].c
    handed_in, submission = tables["submitted_notebook"].c, tables["submitted_assignment"].c
    query = (
        select(func.count())
        .join_from(tables["grade"], tables["submitted_notebook"], handed_in.id == grade.notebook_id)
        .join(tables["submitted_assignment"], submission.id == handed_in.assignment_id)
        .join(tables["assignment"], assignment.id == submission.assignment_id)
        .where(assignment.name == unit, grade.needs_manual_grade, grade.auto_score.is_(None))
    )
    return db.execute(query).scalar_one()
