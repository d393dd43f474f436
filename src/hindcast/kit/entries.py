"""Units and learners into a gradebook, in the caller's transaction; what is there already stays."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.kit.release import own_tools_on_path, register
from hindcast.kit.roster import Learner

if TYPE_CHECKING:
    from sqlalchemy import Connection

Rows = dict[str, list[dict]]


def make_gradebook(url: str) -> None:
    """nbgrader's tables at the SQLAlchemy URL, where they are not there yet."""
    from nbgrader.api import Gradebook

    with own_tools_on_path(), Gradebook(url, ""):
        pass


def unit_rows(root: Path, units: Sequence[str]) -> list[Rows]:
    """For each unit, the rows by which a gradebook knows it.

    They are made beside the gradebook: a unit that cannot be released raises HindcastError, leaving nothing.
    """
    from sqlalchemy import create_engine

    from hindcast.kit.grade.journal import assignment_rows, make_private

    if not units:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{Path(scratch, 'gradebook.db').as_posix()}"
        make_private(url)
        for unit in units:
            register(root, unit, url)
        engine = create_engine(url)
        try:
            with engine.connect() as db:
                return [assignment_rows(db, unit) for unit in units]
        finally:
            engine.dispose()


def enter_units(db: "Connection", units: Iterable[Rows]) -> None:
    """Let the gradebook know these units; of one that it knows already, nothing is changed."""
    from hindcast.kit.due import read_due
    from hindcast.kit.grade.journal import merge

    known = read_due(db)
    for rows in units:
        if rows["assignment"][0]["name"] not in known:
            merge(db, rows)


def enter_learners(db: "Connection", learners: Sequence[Learner], before: Sequence[Learner]) -> None:
    """Enrol the learners, and take over what is new about those who are enrolled.

    `before`: the learners as the last roster had them. Where a row of it is the same still, the gradebook's
    own stays: a trainer may have changed it there.
    """
    from nbgrader.api import Student
    from sqlalchemy import bindparam, insert, select, update

    table = Student.__table__
    enrolled = set(db.execute(select(table.c.id)).scalars())
    told = {_person(learner) for learner in before}
    new = [learner for learner in learners if learner.id not in enrolled]
    changed = [one for one in learners if one.id in enrolled and _person(one) not in told]
    if new:
        db.execute(insert(table), [{"id": one.id, **_columns(one)} for one in new])
    if changed:
        values = {name: bindparam(name) for name in ("first_name", "last_name", "email")}
        db.execute(
            update(table).where(table.c.id == bindparam("who")).values(values),
            [{"who": one.id, **_columns(one)} for one in changed],
        )


def _person(learner: Learner) -> tuple[str, str, str]:
    return learner.id, learner.name, learner.email


def _columns(learner: Learner) -> dict[str, str]:
    """nbgrader wants two names: the last word counts as the family name. The roster keeps the name whole."""
    first, _, last = learner.name.rpartition(" ")
    return {"first_name": first, "last_name": last, "email": learner.email}
