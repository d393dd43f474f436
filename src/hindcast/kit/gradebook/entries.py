"""Enters units and learners into a gradebook, leaving the rows that are there, and deletes a learner."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError
from hindcast.kit.notebooks.release import own_tools_on_path, register
from hindcast.kit.roster.roster import Learner

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hindcast.kit.gradebook.transfer import Rows


def make_gradebook(url: str) -> None:
    """Make nbgrader's tables at the SQLAlchemy URL, where they are not there yet."""
    from nbgrader.api import Gradebook

    with own_tools_on_path(), Gradebook(url, ""):
        pass


def rows_of_units(root: Path, units: Sequence[str]) -> "list[Rows]":
    """For each unit, the rows by which a gradebook knows it.

    They are made in a gradebook of their own. So a unit that cannot be released, which raises HindcastError,
    leaves the cohort's gradebook as it was.
    """
    from sqlalchemy import create_engine

    from hindcast.kit.gradebook.transfer import assignment_rows, make_private_gradebook

    if not units:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{Path(scratch, 'gradebook.db').as_posix()}"
        make_private_gradebook(url)
        for unit in units:
            register(root, unit, url)
        engine = create_engine(url)
        try:
            with engine.connect() as db:
                return [assignment_rows(db, unit) for unit in units]
        finally:
            engine.dispose()


def enter_units(db: "Connection", units: "Iterable[Rows]") -> None:
    """Enter units into the gradebook, in the caller's transaction. One that it knows is left alone."""
    from hindcast.kit.gradebook.due_dates import read_due
    from hindcast.kit.gradebook.transfer import merge_rows

    known = read_due(db)
    for rows in units:
        if rows["assignment"][0]["name"] not in known:
            merge_rows(db, rows)


def enter_learners(db: "Connection", learners: Sequence[Learner], before: Sequence[Learner]) -> None:
    """Enrol the learners, and update those who are enrolled, in the caller's transaction.

    before: the learners as the last roster had them. A learner whose row of the roster has not changed is not
    updated, because a trainer may have changed the gradebook's row.
    """
    from nbgrader.api import Student
    from sqlalchemy import bindparam, insert, select, update

    table = Student.__table__
    enrolled = set(db.execute(select(table.c.id)).scalars())
    told = {_identity(learner) for learner in before}
    new = [learner for learner in learners if learner.id not in enrolled]
    changed = [one for one in learners if one.id in enrolled and _identity(one) not in told]
    if new:
        db.execute(insert(table), [{"id": one.id, **_name_columns(one)} for one in new])
    if changed:
        values: dict = {name: bindparam(name) for name in ("first_name", "last_name", "email")}
        db.execute(
            update(table).where(table.c.id == bindparam("who")).values(values),
            [{"who": one.id, **_name_columns(one)} for one in changed],
        )


def _identity(learner: Learner) -> tuple[str, str, str]:
    return learner.id, learner.name, learner.email


def _name_columns(learner: Learner) -> dict[str, str]:
    """nbgrader's columns. It wants two names, so the last word becomes the family name."""
    first, _, last = learner.name.rpartition(" ")
    return {"first_name": first, "last_name": last, "email": learner.email}


def remove_learner(url: str, id: str) -> None:
    """Delete the learner's rows, if the gradebook has any. Raises HindcastError for a gradebook in use."""
    from nbgrader.api import Gradebook, MissingEntry

    from hindcast.kit.gradebook.location import with_timeout

    with (
        _explaining_a_lock(),
        contextlib.suppress(MissingEntry),
        Gradebook(with_timeout(url), "") as gradebook,
    ):
        gradebook.remove_student(id)


def vacuum(url: str) -> str:
    """Write SQLite's file anew, because deleted rows stay in its free pages until then. "" when that is done.

    For another database, whose files are out of reach, its kind. Raises HindcastError for a gradebook in use.
    """
    from sqlalchemy import create_engine, make_url

    from hindcast.kit.gradebook.location import with_timeout

    kind = make_url(url).get_backend_name()
    if kind != "sqlite":
        return kind
    engine = create_engine(with_timeout(url), isolation_level="AUTOCOMMIT")
    try:
        with _explaining_a_lock(), engine.connect() as db:
            db.exec_driver_sql("PRAGMA secure_delete = ON")
            db.exec_driver_sql("VACUUM")
            if db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
                raise _in_use()
    finally:
        engine.dispose()
    return ""


def sqlite_file(url: str) -> str:
    """The path of SQLite's file. For another database a path made of its name, where no file is."""
    from sqlalchemy import make_url

    return str(Path(make_url(url).database or "").absolute())


@contextlib.contextmanager
def _explaining_a_lock() -> Iterator[None]:
    """Raise HindcastError where another program holds the gradebook."""
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except OperationalError:
        raise _in_use() from None


def _in_use() -> HindcastError:
    return HindcastError(
        "The gradebook is in use, so the deletion is not complete.",
        "Close the formgrader and what else has it open, then run the same command again: it does what is "
        "left.",
    )
