"""Checks of what only a trainer needs: isolation of learners' code, and cohorts that can be read."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hindcast.errors import HindcastError
from hindcast.kit.checkout import graded_units
from hindcast.kit.cohort.folder import cohort_folder
from hindcast.kit.doctor.findings import Finding, mend, not_needed, ok, shell_command
from hindcast.kit.doctor.workplace import Workplace
from hindcast.kit.gradebook.location import CONFIG_FILE, gradebook_url
from hindcast.kit.plumbing.lock import GRADING_FOLDER
from hindcast.kit.roster.roster import FaultyRoster, read_roster
from hindcast.words import plural

if TYPE_CHECKING:
    from hindcast.kit.sandbox.isolation import IsolationObstacle

PATIENCE = 1.0  # seconds to wait for a gradebook that another program writes to
SECONDS = 10  # for the trial cell in the sandbox
UBUNTUS_LIMIT = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


def look_at_isolation(place: Workplace) -> Finding:
    """Check that learners' code can run, and sees neither solutions nor network."""
    if place.root is None or not place.is_checkout:
        return not_needed("only who grades needs it")
    from hindcast.kit.sandbox.isolation import isolation_obstacle

    if obstacle := isolation_obstacle():
        return mend(obstacle.what, _how_to_isolate(obstacle) or obstacle.do_next)
    ran = _in_sandbox(place.root / "solutions")
    if ran == "False OSError":
        return ok("a cell runs, sees no solution and no network")
    if ran.startswith("True"):
        return mend(f"learners' code sees {place.root}", "Move the course out of /usr and grade there.")
    return mend(
        f"a try in the sandbox went wrong ({ran})",
        "Grade nothing here yet. Run the command again; if it says the same, tell the maintainers.",
    )


def _how_to_isolate(obstacle: "IsolationObstacle") -> str:
    """Return the command that makes isolation possible, "" if there is none."""
    if obstacle.package:
        return f"sudo apt install {obstacle.package}"
    return "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" if UBUNTUS_LIMIT.exists() else ""


def _in_sandbox(secret: Path) -> str:
    """Run a cell in the sandbox that looks for the folder `secret` and opens a connection.

    Return what the cell printed; if it did not run, its status and reason.
    """
    from hindcast.kit.sandbox.limits import Limits
    from hindcast.kit.sandbox.sandbox import Sandbox

    cell = (
        "import os, socket\n"
        "try:\n    socket.create_connection(('192.0.2.1', 9), 1); there = 'network'\n"
        "except OSError as error:\n    there = 'OSError' if error.errno else 'slow'\n"
        f"print(os.path.exists({str(secret)!r}), there)"
    )
    with Sandbox(Limits(seconds=SECONDS, notebook_seconds=SECONDS)) as sandbox:
        session = sandbox.open({})
        ran = session.run(cell, 1)
        session.close()
    said = "".join(output.get("text", "") or output.get("evalue", "") for output in ran.outputs).strip()
    return said if ran.status == "ok" else f"{ran.status} {ran.reason} {said}".strip()


def look_at_cohort(name: str) -> Callable[[Workplace], list[Finding]]:
    """Return a check of one cohort: one finding for all that works, and one for each fault."""

    def look(place: Workplace) -> list[Finding]:
        assert place.root is not None  # only a checkout has cohorts
        folder = cohort_folder(place.root, name)
        found = [_roster(folder), *_gradebook(place.root, folder)]
        well = [one.says for one in found if one.state == "ok"]
        return [ok("; ".join(well))] * bool(well) + [one for one in found if one.state != "ok"]

    return look


def _update_command(folder: Path) -> str:
    return shell_command("hindcast", "cohort", "new", folder.name, "--roster", folder / "roster.csv")


def _roster(folder: Path) -> Finding:
    path = folder / "roster.csv"
    try:
        return ok(_many(len(read_roster(path)), "learner"))
    except HindcastError as error:
        says = f"{error.summary} {error.lines[0]}" if isinstance(error, FaultyRoster) else str(error)
        return mend(says, f"Mend {path} in a spreadsheet, then: {_update_command(folder)}")


def _gradebook(root: Path, folder: Path) -> Iterator[Finding]:
    """Check that the gradebook opens, is current, and knows learners and units. Stop at the first fault."""
    import sqlalchemy

    try:
        url = sqlalchemy.make_url(gradebook_url(folder))
    except Exception as error:  # the configuration is a trainer's own Python and may raise anything
        words = " ".join(str(error).split())
        yield mend(f"{CONFIG_FILE} does not run ({words})", f"Mend {folder / CONFIG_FILE}.")
        return
    try:
        with _read_only(url) as read:
            revision = next(iter(read("SELECT version_num FROM alembic_version")), ("none",))[0]
            students = {row[0] for row in read("SELECT id FROM student")}
            due = dict(read("SELECT name, duedate FROM assignment"))
    except FileNotFoundError:
        yield mend(f"there is no gradebook {url.database}", _update_command(folder))
        return
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:  # ImportError: a missing database driver
        yield _cannot_read(url, folder, str(getattr(error, "orig", error)))
        return
    if revision != _current():
        fix = f"cd {shell_command(folder)} && nbgrader db upgrade"
        yield mend("the gradebook was made by another version of nbgrader", fix)
        return
    yield ok("the gradebook opens")
    yield from _who_and_what(root, folder, students, due)
    if grader := _grader_at_work(folder):
        yield ok(f"a grader is at work ({grader})")


def _cannot_read(url, folder: Path, reason: str) -> Finding:
    if "locked" in reason:
        return mend(
            f"the gradebook is locked: another program writes to it ({url.database})",
            f"Wait until that program is done, or stop it: {shell_command('fuser', url.database)}",
        )
    if "readonly" in reason:  # a journal beside it must be rolled back, which needs writing
        return mend(
            f"a program was ended while it wrote to the gradebook ({url.database})",
            "Run that command again, such as hindcast grade: what was half done is taken back by itself.",
        )
    if "not a database" in reason or "malformed" in reason or "no such table" in reason:
        aside = shell_command("mv", url.database, f"{url.database}.broken")
        return mend(
            f"the gradebook cannot be read ({reason})",
            f"Put a copy of it back; or begin a new one and grade again: "
            f"{aside} && {_update_command(folder)}",
        )
    return mend(
        f"the gradebook does not open ({' '.join(reason.split())[:80]})",
        f"Mend db_url in {folder / CONFIG_FILE}.",
    )


@contextlib.contextmanager
def _read_only(url) -> Iterator[Callable[[str], list]]:
    """Give a function that runs a query. SQLite is opened read-only, so that no file is made or changed."""
    import sqlalchemy

    options: dict[str, Any] = {"poolclass": sqlalchemy.pool.NullPool}
    if url.get_backend_name() == "sqlite":
        path = Path(url.database).absolute()
        if not path.is_file():
            raise FileNotFoundError(path)
        options["creator"] = lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", timeout=PATIENCE, uri=True)
    engine = sqlalchemy.create_engine(url, **options)
    with engine.connect() as db:
        yield lambda query: [tuple(row) for row in db.execute(sqlalchemy.text(query))]


def _current() -> str | None:
    """Return the schema revision that this nbgrader works with."""
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


def _who_and_what(root: Path, folder: Path, students: set[str], due: dict[str, object]) -> Iterator[Finding]:
    """Check that the gradebook has the roster's learners and the course's units; report the next due date."""
    with contextlib.suppress(HindcastError):  # `_roster` reports a roster that cannot be read
        strangers = [one.id for one in read_roster(folder / "roster.csv") if one.id not in students]
        if strangers:
            yield mend(f"the gradebook does not know {len(strangers)} of the roster", _update_command(folder))
    unknown = [unit for unit in graded_units(root) if unit not in due]
    if unknown:
        yield mend(f"the gradebook does not know the unit {', '.join(unknown)}", _update_command(folder))
    else:
        yield ok(_many(len(graded_units(root)), "unit"))
    moments = {unit: _due_moment(day) for unit, day in due.items() if day}
    days = {unit: day for unit, day in moments.items() if day and 2020 <= day.year <= 2100}
    odd = [unit for unit in moments if unit not in days]
    if odd:
        yield mend(f"the due date of {odd[0]} is none", f"{_update_command(folder)} --due {odd[0]}=none")
        return
    yield ok(_next_due(days))


def _due_moment(day: object) -> datetime | None:
    """Return a due date as aware UTC; nbgrader keeps it in naive UTC."""
    try:
        return (day if isinstance(day, datetime) else datetime.fromisoformat(str(day))).replace(tzinfo=UTC)
    except ValueError:
        return None


def _next_due(days: dict[str, datetime]) -> str:
    if not days:
        return "no due dates"
    coming = sorted((day, unit) for unit, day in days.items() if day > datetime.now(UTC))
    if not coming:
        return f"{_many(len(days), 'due date')}, all past"
    day, unit = coming[0]
    return f"next due {day.astimezone():%Y-%m-%d %H:%M} {unit}"


def _grader_at_work(folder: Path) -> str:
    """Return the process that holds the cohort's lock, or ""."""
    try:
        import fcntl

        with (folder / GRADING_FOLDER / "lock").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return f"process {file.read().strip()}"
    except (OSError, ModuleNotFoundError):  # no grader ever ran here; Windows has no such lock
        pass
    return ""


def _many(number: int, word: str) -> str:
    return f"{number} {plural(number, word)}"
