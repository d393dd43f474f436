"""Dates due in the gradebook: nbgrader keeps naive UTC, callers give and get aware UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.kit.gradebook.location import open_gradebook

if TYPE_CHECKING:
    from sqlalchemy import Connection


def write_due(db: "Connection", dates: Mapping[str, datetime | None]) -> None:
    """Put the dates into the gradebook, in the caller's transaction. A unit it does not know is passed by.

    A date that is taken away takes learners' extensions of it along: nbgrader stops at an extension of none.
    """
    from nbgrader.api import Assignment, SubmittedAssignment
    from sqlalchemy import select, update

    assignment, submission = Assignment.__table__, SubmittedAssignment.__table__
    for unit, moment in dates.items():
        naive = moment.astimezone(UTC).replace(tzinfo=None) if moment else None
        db.execute(update(assignment).where(assignment.c.name == unit).values(duedate=naive))
        if naive is None:
            ids = select(assignment.c.id).where(assignment.c.name == unit)
            db.execute(update(submission).where(submission.c.assignment_id.in_(ids)).values(extension=None))


def read_due(db: "Connection") -> dict[str, datetime | None]:
    """Every assignment of the gradebook, by name, with its moment due (aware, UTC) or None."""
    from nbgrader.api import Assignment
    from sqlalchemy import select

    table = Assignment.__table__
    rows = db.execute(select(table.c.name, table.c.duedate).order_by(table.c.name))
    return {name: naive and naive.replace(tzinfo=UTC) for name, naive in rows}


def due_dates(cohort: Path) -> dict[str, datetime | None]:
    """Unit -> moment due (aware, UTC), None where there is none, for every unit the gradebook knows."""
    with open_gradebook(cohort) as engine, engine.connect() as db:
        return read_due(db)
