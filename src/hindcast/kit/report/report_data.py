"""The whole report as data. The page and `--json` show the same numbers."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from hindcast.errors import HindcastError
from hindcast.kit.checkout import find_root
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.report.advice import ClassPlan, NeedsHelp, next_steps, plan_class, who_needs_help
from hindcast.kit.report.anonymous import (
    exercise_in_the_room,
    group_in_the_room,
    unit_in_the_room,
    withheld_if_few,
)
from hindcast.kit.report.course_index import CourseIndex, read_course_index
from hindcast.kit.report.deleted_counts import DeletedCounts, deleted_counts
from hindcast.kit.report.exercises import ExerciseRow, exercise_rows
from hindcast.kit.report.handed_in import (
    GroupPoints,
    LearnerRow,
    UnitRow,
    handed_in_by_unit,
    learner_rows,
    local_time_in_words,
    points_by_group,
    unreadable_hand_ins,
)
from hindcast.kit.report.measures import hand_in_rows
from hindcast.kit.report.room_misconceptions import RoomMisconception, ranked_misconceptions
from hindcast.kit.report.rules import SMALL_GROUP


@dataclass(frozen=True)
class Report:
    """What a cohort understood, unit by unit, and what to do next. Counts are of people.

    In the anonymous form `learners`, `help` and `next_steps` are empty; no group has fewer than three people.
    """

    cohort: str
    made: str
    anonymous: bool
    unit: str
    title: str
    people: int
    deleted: int | None
    units: tuple[UnitRow, ...]
    silent_units: tuple[UnitRow, ...]
    next_steps: tuple[str, ...]
    plan: ClassPlan
    mistakes: tuple[RoomMisconception, ...]
    mistakes_left_out: int
    groups: tuple[GroupPoints, ...]
    learners: tuple[LearnerRow, ...]
    help: tuple[NeedsHelp, ...]
    exercises: tuple[ExerciseRow, ...]

    @property
    def as_data(self) -> dict:
        """Return the report as plain data, for JSON."""
        data = asdict(self)
        data["plan"]["minutes"] = self.plan.minutes
        return data


def report_of(cohort: Path, tables: Tables, unit: str | None = None, anonymous: bool = False) -> Report:
    """Return the data of the page of `cohort`, for one unit or all. The page is to be in `report/`."""
    tables = tables_of_unit(tables, unit)
    course = read_course_index(find_root(cohort), list(tables.units["unit"]))
    folder, least = cohort / "report", SMALL_GROUP if anonymous else 1
    rows = hand_in_rows(tables)
    units = handed_in_by_unit(tables, rows, course)
    deleted = deleted_counts(cohort, list(tables.units["unit"]))
    mistakes = _mistakes(tables, deleted, course, cohort, anonymous)
    exercises = exercise_rows(tables, deleted, course, folder, least)
    people = [] if anonymous else _help(tables, rows, course)
    steps = next_steps(cohort.name, units, unreadable_hand_ins(tables, rows, cohort), course)
    shown = [one for one in units if one.handed_in]
    todo = plan_class(shown, mistakes, exercises, people, course.minutes, least)
    silent_units = [one for one in units if not one.handed_in]
    in_groups = points_by_group(tables, rows, least)
    if anonymous:
        shown = [unit_in_the_room(one) for one in shown]
        exercises = [exercise_in_the_room(one) for one in exercises]
        in_groups = [group_in_the_room(one) for one in in_groups]
    return Report(
        cohort=cohort.name,
        made=local_time_in_words(datetime.now(UTC)),
        anonymous=anonymous,
        unit=unit or "",
        title=course.label(unit) if unit else "All units",
        people=len(tables.learners),
        deleted=withheld_if_few(deleted.learners) if anonymous else deleted.learners,
        units=tuple(shown),
        silent_units=tuple(silent_units),
        next_steps=() if anonymous else tuple(steps),
        plan=todo,
        mistakes=tuple(mistakes),
        mistakes_left_out=_all_mistakes(tables, deleted) - len(mistakes),
        groups=tuple(in_groups),
        learners=() if anonymous else tuple(learner_rows(tables, rows, cohort, folder)),
        help=tuple(people),
        exercises=tuple(exercises),
    )


def tables_of_unit(tables: Tables, unit: str | None) -> Tables:
    """Return the tables of one unit, with all learners, or of all units. Raises for an unknown unit."""
    if unit is None:
        return tables
    known = list(tables.units["unit"])
    if unit not in known:
        raise HindcastError(
            f"The gradebook knows no unit {unit!r}.", f"It knows: {', '.join(known) or 'none yet'}."
        )
    names = ("units", "exercises", "notebooks", "answers")
    parts = {name: getattr(tables, name) for name in names}
    return replace(
        tables, **{name: part[part["unit"] == unit].reset_index(drop=True) for name, part in parts.items()}
    )


def _mistakes(
    tables: Tables, deleted: DeletedCounts, course: CourseIndex, cohort: Path, anonymous: bool
) -> list[RoomMisconception]:
    folder = cohort / "report"
    if not anonymous:
        return ranked_misconceptions(tables, deleted, course, cohort, folder)
    names = {name for column in ("id", "name", "email") for name in tables.learners[column] if name}
    return ranked_misconceptions(tables, deleted, course, cohort, folder, SMALL_GROUP, names, tell_who=False)


def _all_mistakes(tables: Tables, deleted: DeletedCounts) -> int:
    return len({*tables.answers["mistakes"].explode().dropna(), *(key[-1] for key in deleted.mistakes)})


def _help(tables: Tables, rows: pd.DataFrame, course: CourseIndex) -> list[NeedsHelp]:
    names = dict(zip(tables.learners["id"], tables.learners["name"], strict=True))
    return who_needs_help(rows, tables.answers, names, course)
