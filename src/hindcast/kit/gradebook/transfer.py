"""Rows of a gradebook as plain data: out of the cohort's, into a private one, and back in one transaction.

Of rows that are there already, only the columns that autograding owns are written. So a trainer's own points
and comments stay, if they were given in the formgrader meanwhile.
"""

import hashlib
from collections.abc import Sequence

from nbgrader.api import Base
from sqlalchemy import Connection, Table, create_engine, delete, event, insert, select, update
from sqlalchemy.engine import Engine

from hindcast.kit.gradebook.tables import TABLES

Rows = dict[str, list[dict]]  # table -> rows

CELL_KINDS = ("grade_cells", "solution_cells", "task_cells")
AUTOGRADED_COLUMNS = {
    "submitted_assignment": ("timestamp",),
    "submitted_notebook": ("late_submission_penalty",),
    "grade": ("auto_score", "needs_manual_grade"),
    "comment": ("auto_comment",),
}


def make_private_gradebook(url: str) -> None:
    """Make an empty gradebook in a new file.

    nbgrader itself would start a program, alembic, to stamp a version.
    """
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


def write_without_sync(engine: Engine) -> None:
    """Write a private SQLite file without waiting for the disk.

    After a crash it is made anew, so nothing is lost.
    """

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection, _record) -> None:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")


def assignment_rows(db: Connection, assignment: str) -> Rows:
    """All that the gradebook knows of an assignment, without its hand-ins; empty when it knows none."""
    rows: Rows = {"assignment": _rows_where(db, "assignment", "name", [assignment])}
    if not rows["assignment"]:
        return {}
    rows["course"] = _rows_where(db, "course", "id", _values_of(rows["assignment"], "course_id"))
    rows["notebook"] = _rows_where(db, "notebook", "assignment_id", _values_of(rows["assignment"], "id"))
    notebooks = _values_of(rows["notebook"], "id")
    rows["source_cell"] = _rows_where(db, "source_cell", "notebook_id", notebooks)
    rows["base_cell"] = _rows_where(db, "base_cell", "notebook_id", notebooks)
    for kind in CELL_KINDS:
        rows[kind] = _rows_where(db, kind, "id", _values_of(rows["base_cell"], "id"))
    return rows


def submission_rows(db: Connection, assignment: Rows, learner: str) -> Rows:
    """What the gradebook has of one learner's hand-in, the learner's own row included."""
    rows: Rows = {"student": _rows_where(db, "student", "id", [learner])}
    of_learner = _rows_where(db, "submitted_assignment", "student_id", [learner])
    known = set(_values_of(assignment["assignment"], "id"))
    rows["submitted_assignment"] = [row for row in of_learner if row["assignment_id"] in known]
    rows["submitted_notebook"] = _rows_where(
        db, "submitted_notebook", "assignment_id", _values_of(rows["submitted_assignment"], "id")
    )
    for kind in ("grade", "comment"):
        rows[kind] = _rows_where(db, kind, "notebook_id", _values_of(rows["submitted_notebook"], "id"))
    return rows


def insert_rows(db: Connection, rows: Rows) -> None:
    """Insert rows into an empty place, parents first."""
    for table in Base.metadata.sorted_tables:
        if rows.get(table.name):
            db.execute(insert(table), rows[table.name])


def clear_submissions(db: Connection) -> None:
    """Take every learner and hand-in out of a private gradebook."""
    for name in ("comment", "grade", "submitted_notebook", "submitted_assignment", "student"):
        db.execute(delete(TABLES[name]))


def merge_rows(db: Connection, rows: Rows) -> None:
    """Write rows into the gradebook.

    Of rows that are there, only the columns that autograding owns change.
    """
    for table in Base.metadata.sorted_tables:
        new = rows.get(table.name, [])
        there = {row["id"] for row in _rows_where(db, table.name, "id", _values_of(new, "id"))}
        added = [row for row in new if row["id"] not in there]
        if added:
            db.execute(insert(table), added)
        for row in new:
            if row["id"] in there and table.name in AUTOGRADED_COLUMNS:
                owned = {name: row[name] for name in AUTOGRADED_COLUMNS[table.name]}
                db.execute(update(table).where(table.c.id == row["id"]).values(owned))


def assignment_fingerprint(assignment: Rows) -> str:
    """A hash of what the assignment asks and gives. When it changes, every hand-in is graded again."""
    names = {row["id"]: row["name"] for row in assignment["base_cell"]}
    sources = sorted((row["name"], row["checksum"] or "", row["locked"]) for row in assignment["source_cell"])
    points = sorted((names[row["id"]], row["max_score"]) for row in assignment["grade_cells"])
    due = sorted(str(row["duedate"]) for row in assignment["assignment"])
    return hashlib.sha256(repr((sources, points, due)).encode()).hexdigest()


def _rows_where(db: Connection, table: str, column: str, values: Sequence[object]) -> list[dict]:
    if not values:
        return []
    what: Table = TABLES[table]
    return [dict(row) for row in db.execute(select(what).where(what.c[column].in_(values))).mappings()]


def _values_of(rows: list[dict], name: str) -> list:
    return [row[name] for row in rows if row[name] is not None]
