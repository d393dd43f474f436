"""What waits for a person in a gradebook: grades, and answers that no test can score."""

from sqlalchemy import Connection, func, select

from hindcast.kit.gradebook.tables import TABLES
from hindcast.kit.gradebook.transfer import Rows


def grades_waiting(db: Connection, assignment: Rows) -> dict[str, set[tuple[str, str]]]:
    """Learner -> (notebook, cell) of each grade that waits for a person, for every hand-in in the gradebook.

    assignment: the rows of the assignment.
    """
    submitted, notebook, grade, cell = (
        TABLES[name] for name in ("submitted_assignment", "submitted_notebook", "grade", "base_cell")
    )
    notebooks = {row["id"]: row["name"] for row in assignment["notebook"]}
    joined = (
        submitted.join(notebook, notebook.c.assignment_id == submitted.c.id)
        .join(grade, grade.c.notebook_id == notebook.c.id, isouter=True)
        .join(cell, cell.c.id == grade.c.cell_id, isouter=True)
    )
    query = select(submitted.c.student_id, cell.c.notebook_id, cell.c.name, grade.c.needs_manual_grade)
    known = [row["id"] for row in assignment["assignment"]]
    found: dict[str, set[tuple[str, str]]] = {}
    for learner, notebook_id, name, waits in db.execute(
        query.select_from(joined).where(submitted.c.assignment_id.in_(known))
    ):
        cells = found.setdefault(learner, set())
        if waits:
            cells.add((notebooks[notebook_id], name))
    return found


def free_texts_waiting(db: Connection, unit: str) -> int:
    """How many answers of `unit` a person has to score because no test does.

    nbgrader marks these in the same way as a test cell that a person should look at, and as a hand-in that
    could not be read. But those have points already.
    """
    grade, assignment = TABLES["grade"].c, TABLES["assignment"].c
    handed_in, submission = TABLES["submitted_notebook"].c, TABLES["submitted_assignment"].c
    query = (
        select(func.count())
        .join_from(TABLES["grade"], TABLES["submitted_notebook"], handed_in.id == grade.notebook_id)
        .join(TABLES["submitted_assignment"], submission.id == handed_in.assignment_id)
        .join(TABLES["assignment"], assignment.id == submission.assignment_id)
        .where(assignment.name == unit, grade.needs_manual_grade, grade.auto_score.is_(None))
    )
    return db.execute(query).scalar_one()
