"""Making a cohort from a roster, and updating a cohort from a newer roster."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError
from hindcast.kit.checkout import graded_units
from hindcast.kit.cohort.due import moment_in_words, parse_due
from hindcast.kit.cohort.folder import UNDER_DELETION, cohort_folder, write_config
from hindcast.kit.gradebook.due_dates import read_due, write_due
from hindcast.kit.gradebook.entries import enter_learners, enter_units, make_gradebook, rows_of_units
from hindcast.kit.gradebook.location import CONFIG_FILE, gradebook_url, open_gradebook
from hindcast.kit.plumbing.lock import GRADING_FOLDER, grading_lock
from hindcast.kit.roster.roster import ROSTER, Learner, read_own_roster, read_roster, write_roster
from hindcast.words import listed

if TYPE_CHECKING:
    from hindcast.kit.gradebook.transfer import Rows


@dataclass(frozen=True)
class Enrolment:
    """What a roster changed in a cohort. `new`, `changed` and `kept` are ids; `kept` are not in the roster.

    `units` are new to the gradebook. `due` has the date due of every unit (aware UTC, or None).
    """

    folder: Path
    made: bool
    learners: int
    new: list[str]
    changed: list[str]
    kept: list[str]
    units: list[str]
    due: dict[str, datetime | None]


@dataclass(frozen=True)
class _Plan:
    """What is to be done. Everything that can be wrong with it has been checked."""

    before: list[Learner]
    learners: list[Learner]
    kept: list[Learner]
    units: list[str]
    dates: dict[str, datetime | None]


def enrol(root: Path, name: str, roster: Path, due: Sequence[str] = ()) -> Enrolment:
    """Make the cohort `name` from the CSV or .xlsx `roster`, or update it.

    `due`: UNIT=DATE for each date to set. An update takes over the roster's data and adds new units to the
    gradebook. Learners who are not in the roster stay, with all their work; so do dates that are not named.
    Raises HindcastError for any fault in name, roster or dates, and then changes nothing.
    """
    folder = cohort_folder(root, name)
    if (folder / CONFIG_FILE).is_file():
        return _update_cohort(root, folder, roster, due)
    if folder.exists():
        raise HindcastError(
            f"{folder} exists already and is no cohort: it has no {CONFIG_FILE}.",
            "Choose another name; nothing in it was touched.",
        )
    return _make_cohort(root, folder, roster, due)


def new_cohort(root: Path, name: str, roster: Path) -> Path:
    """Make the cohort `name` from the roster, or update it. Return its folder."""
    return enrol(root, name, roster).folder


def _make_cohort(root: Path, folder: Path, roster: Path, due: Sequence[str]) -> Enrolment:
    units = graded_units(root)
    plan = _Plan([], read_roster(roster), [], units, parse_due(due, units))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        unfinished = Path(beside, "cohort")
        for step in ("submitted", "autograded", "feedback"):
            (unfinished / step).mkdir(parents=True)
        write_config(unfinished)
        dates = _enter_into_gradebook(unfinished, plan, rows_of_units(root, units))
        unfinished.rename(folder)
    return _enrolment(folder, plan, dates, made=True)


def _update_cohort(root: Path, folder: Path, roster: Path, due: Sequence[str]) -> Enrolment:
    plan = _plan(root, folder, roster, due)  # an error is raised before the lock file is made
    units = rows_of_units(root, plan.units)
    with grading_lock(folder / GRADING_FOLDER):
        if (folder / UNDER_DELETION).exists():
            raise HindcastError(
                f"The deletion of a learner of {folder.name} was interrupted.",
                "Run `hindcast cohort forget` "
                "for that learner again, then this command. Nothing was changed.",
            )
        plan = _plan(root, folder, roster, due)  # a learner may have been deleted before the lock was taken
        dates = _enter_into_gradebook(folder, plan, units)
    return _enrolment(folder, plan, dates, made=False)


def _plan(root: Path, folder: Path, roster: Path, due: Sequence[str]) -> _Plan:
    before = read_own_roster(folder)
    learners = read_roster(roster, before)
    in_file = {learner.id for learner in learners}
    kept = [learner for learner in before if learner.id not in in_file]
    known = _known_units(folder)
    units = graded_units(root)
    dates = parse_due(due, sorted({*known, *units}))
    return _Plan(before, learners, kept, [unit for unit in units if unit not in known], dates)


def _known_units(folder: Path) -> set[str]:
    """Return the units that the gradebook knows; none if there is no gradebook yet."""
    from sqlalchemy import inspect, make_url

    url = make_url(gradebook_url(folder))
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return set()
    with open_gradebook(folder) as engine, engine.connect() as db:
        return set(read_due(db)) if inspect(db).has_table("assignment") else set()


def _enter_into_gradebook(folder: Path, plan: _Plan, units: "list[Rows]") -> dict[str, datetime | None]:
    """Update the gradebook in one transaction, then write the roster. Return every unit's date due.

    After a kill in between, the same command does the rest: it compares with the roster that is still old.
    """
    make_gradebook(gradebook_url(folder))
    with open_gradebook(folder) as engine, engine.begin() as db:
        enter_units(db, units)
        enter_learners(db, plan.learners, plan.before)
        write_due(db, plan.dates)
        dates = read_due(db)
    write_roster([*plan.learners, *plan.kept], folder / ROSTER)
    return dates


def _enrolment(folder: Path, plan: _Plan, dates: dict[str, datetime | None], made: bool) -> Enrolment:
    before = {learner.id: learner for learner in plan.before}
    there = [learner for learner in plan.learners if learner.id in before]
    return Enrolment(
        folder,
        made,
        learners=len(plan.learners),
        new=[learner.id for learner in plan.learners if learner.id not in before],
        changed=[learner.id for learner in there if learner != before[learner.id]],
        kept=[learner.id for learner in plan.kept],
        units=plan.units,
        due=dates,
    )


def enrolment_sentences(done: Enrolment) -> list[str]:
    """Return sentences for the trainer: what was made or changed, who is not in the roster, the dates due."""
    name, dates = done.folder.name, {unit: moment for unit, moment in done.due.items() if moment}
    same = done.learners - len(done.new) - len(done.changed)
    lines = [
        f"Made {done.folder}. Next: `hindcast bundle` packs the course for them, `hindcast collect` takes "
        "what comes back."
        if done.made
        else f"{done.folder}: {len(done.new)} new{_in_brackets(done.new)}, {len(done.changed)} changed"
        f"{_in_brackets(done.changed)}, {same} as before."
    ]
    if done.kept:
        lines.append(
            f"Not in the roster, and kept with their work: {', '.join(done.kept)}. "
            f"`hindcast cohort forget ID --cohort {name}` deletes a learner."
        )
    if done.units and not done.made:
        lines.append(f"New in the gradebook: {', '.join(done.units)}.")
    if dates:
        lines += ["Due:", *(f"  {unit}: {moment_in_words(moment)}" for unit, moment in dates.items())]
    return lines


def _in_brackets(ids: list[str]) -> str:
    return f" ({listed(ids, last=', ')})" if ids else ""


def json_default(value: Path | datetime) -> str:
    """Return a path or a moment as text, for `json.dumps(default=...)`."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
