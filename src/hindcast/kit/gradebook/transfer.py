"""Rows of a gradebook as plain data: out of the real one, into a private one, and back in one transaction.

Only the columns that autograding owns are written back to rows that are there: a trainer's own points and
comments, given in the formgrader meanwhile, stay.
"""

import hashlib
from collections.abc import Sequence

from nbgrader.api import Base
from sqlalchemy import Connection, Table, create_engine, delete, event, func, insert, select, update
from sqlalchemy.engine import Engine

from hindcast.kit.gradebook.tables import TABLES

Rows = dict[str, list[dict]]  # table -> rows

CELL_KINDS = ("grade_cells", "solution_cells", "task_cells")
OWNED = {
    "submitted_assignment": ("timestamp",),
    "submitted_notebook": ("late_submission_penalty",),
    "grade": ("auto_score", "needs_manual_grade"),
    "comment": ("auto_comment",),
}


def make_private(url: str) -> None:
    """The tables of an empty gradebook in a new file; nbgrader itself would start a program to date it."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


def in_memory_speed(engine: Engine) -> None:
    """Let a private SQLite file be written without waiting for the disk: after a crash it is made anew."""

    @event.listens_for(engine, "connect")
    def _set(connection, _record) -> None:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")


def assignment_rows(db: Connection, assignment: str) -> Rows:
    """All that the gradebook knows of an assignment, without its hand-ins; empty when it knows none."""
    rows: Rows = {"assignment": _found(db, "assignment", "name", [assignment])}
    if not rows["assignment"]:
        return {}
    rows["course"] = _found(db, "course", "id", _column(rows["assignment"], "course_id"))
    rows["notebook"] = _found(db, "notebook", "assignment_id", _column(rows["assignment"], "id"))
    notebooks = _column(rows["notebook"], "id")
    rows["source_cell"] = _found(db, "source_cell", "notebook_id", notebooks)
    rows["base_cell"] = _found(db, "base_cell", "notebook_id", notebooks)
    for kind in CELL_KINDS:
        rows[kind] = _found(db, kind, "id", _column(rows["base_cell"], "id"))
    return rows


def submission_rows(db: Connection, assignment: Rows, learner: str) -> Rows:
    """What the gradebook has of one learner's hand-in, the learner's own row included."""
    rows: Rows = {"student": _found(db, "student", "id", [learner])}
    of_learner = _found(db, "submitted_assignment", "student_id", [learner])
    known = set(_column(assignment["assignment"], "id"))
    rows["submitted_assignment"] = [row for row in of_learner if row["assignment_id"] in known]
    rows["submitted_notebook"] = _found(
        db, "submitted_notebook", "assignment_id", _column(rows["submitted_assignment"], "id")
    )
    for kind in ("grade", "comment"):
        rows[kind] = _found(db, kind, "notebook_id", _column(rows["submitted_notebook"], "id"))
    return rows


def put(db: Connection, rows: Rows) -> None:
    """Insert rows into an empty place, parents first."""
    for table in Base.metadata.sorted_tables:
        if rows.get(table.name):
            db.execute(insert(table), rows[table.name])


def clear_submissions(db: Connection) -> None:
    """Take every learner and hand-in out of a private gradebook."""
    for name in ("comment", "grade", "submitted_notebook", "submitted_assignment", "student"):
        db.execute(delete(TABLES[name]))


def merge(db: Connection, rows: Rows) -> None:
    """Write a graded hand-in into the gradebook: new rows whole, of old ones what autograding owns."""
    for table in Base.metadata.sorted_tables:
        new = rows.get(table.name, [])
        there = {row["id"] for row in _found(db, table.name, "id", _column(new, "id"))}
        added = [row for row in new if row["id"] not in there]
        if added:
            db.execute(insert(table), added)
        for row in new:
            if row["id"] in there and table.name in OWNED:
                owned = {name: row[name] for name in OWNED[table.name]}
                db.execute(update(table).where(table.c.id == row["id"]).values(owned))


def fingerprint(assignment: Rows) -> str:
    """A hash of what the assignment asks and what it gives: with another one, a hand-in is graded again."""
    names = {row["id"]: row["name"] for row in assignment["base_cell"]}
    sources = sorted((row["name"], row["checksum"] or "", row["locked"]) for row in assignment["source_cell"])
    points = sorted((names[row["id"]], row["max_score"]) for row in assignment["grade_cells"])
    due = sorted(str(row["duedate"]) for row in assignment["assignment"])
    return hashlib.sha256(repr((sources, points, due)).encode()).hexdigest()


def _found(db: Connection, table: str, column: str, values: Sequence[object]) -> list[dict]:
    if not values:
        return []
    what: Table = TABLES[table]
    return [dict(row) for row in db.execute(select(what).where(what.c[column].in_(values))).mappings()]


def _column(rows: list[dict], name: str) -> list:
    return [row[name] for row in rows if row[name] is not None]


def learners_graded(db: Connection, assignment: Rows) -> dict[str, set[tuple[str, str]]]:
    """Learner -> (notebook, cell) of each grade that waits for a person, for each hand-in there is."""
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
    known = _column(assignment["assignment"], "id")
    found: dict[str, set[tuple[str, str]]] = {}
    for learner, where, name, waits in db.execute(
        query.select_from(joined).where(submitted.c.assignment_id.in_(known))
    ):
        cells = found.setdefault(learner, set())
        if waits:
            cells.add((notebooks[where], name))
    return found


def free_texts_waiting(db: Connection, unit: str) -> int:
    """How many answers of `unit` a person has to score because no test does.

    nbgrader marks a test that the grader wants looked at, and a hand-in that could not be read, alike; but
    these have points already.
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
