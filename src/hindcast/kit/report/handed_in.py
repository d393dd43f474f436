"""Who has handed in what, and how the points lie by unit, role and track."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.handin.record import RECORD_FILE
from hindcast.kit.report.course import Course, link
from hindcast.kit.report.measures import Spread, spread

EVERYONE, OTHERS, UNKNOWN = "everyone", "all others", "not in the roster"


@dataclass(frozen=True)
class UnitRow:
    """A unit in counts of people; `free_texts` counts answers that wait for a person."""

    unit: str
    label: str
    due: str
    people: int
    handed_in: int
    late: int
    waits: int
    graded: int
    free_texts: int


@dataclass(frozen=True)
class Group:
    """The points of some people in one unit. `of`: points of the unit where all of them have the same."""

    unit: str
    by: str
    name: str
    spread: Spread


@dataclass(frozen=True)
class Cell:
    """One person's hand-in of one unit; points are None where nothing is graded."""

    unit: str
    handed_in: bool
    points: float | None
    of: float | None
    late: bool
    waits: bool
    missing: tuple[str, ...]
    feedback: str


@dataclass(frozen=True)
class LearnerRow:
    """One person's hand-ins, a cell for each unit."""

    learner: str
    name: str
    role: str
    track: str
    cells: tuple[Cell, ...]


def unit_rows(tables: Tables, rows: pd.DataFrame, course: Course) -> list[UnitRow]:
    """A row for each unit, from the hand-ins of `measures.hand_ins`."""
    waiting = tables.answers.loc[tables.answers["waits"].astype(bool), "unit"].value_counts()
    return [
        UnitRow(
            unit=unit.unit,
            label=course.label(unit.unit),
            due=local_time(unit.due),
            people=len(of_unit),
            handed_in=int(of_unit["handed_in"].sum()),
            late=int(of_unit["late"].sum()),
            waits=int(of_unit["waits"].sum()),
            graded=int(of_unit["points"].notna().sum()),
            free_texts=int(waiting.get(unit.unit, 0)),
        )
        for unit in tables.units.itertuples()
        for of_unit in [rows[rows["unit"] == unit.unit]]
    ]


def local_time(moment: datetime | None) -> str:
    """A moment in the trainer's own time, such as "1 December 2026, 18:00"; "" for none."""
    if moment is None or pd.isna(moment):
        return ""
    local = pd.Timestamp(moment).to_pydatetime().astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"


def groups(tables: Tables, rows: pd.DataFrame, least: int = 1) -> list[Group]:
    """Everyone, then each role and each track, unit by unit, of those who have points.

    With `least` above 1 no group is smaller: the smaller ones are put together, and where that is still too
    few, the next smallest joins them, so that none can be worked out from the others.
    """
    people = tables.learners.rename(columns={"id": "learner"})[["learner", "role", "track"]]
    with_points = rows.dropna(subset="share").merge(people, on="learner")
    found = []
    for unit, of_unit in with_points.groupby("unit"):
        if len(of_unit) < least:
            continue
        found.append(Group(unit, EVERYONE, EVERYONE, spread(of_unit["share"])))
        for by in ("role", "track"):
            names = of_unit[by].where(of_unit[by] != "", UNKNOWN)
            apart = names.map(large_enough(names.value_counts().to_dict(), least))
            if apart.nunique() > 1:
                found += [
                    Group(unit, by, name, spread(shares)) for name, shares in of_unit["share"].groupby(apart)
                ]
    return found


def large_enough(sizes: dict[str, int], least: int) -> dict[str, str]:
    """Group -> the name it is shown under, such that no name has fewer than `least` people."""
    small = {name: many for name, many in sizes.items() if many < least}
    large = sorted((many, name) for name, many in sizes.items() if many >= least)
    while small and sum(small.values()) < least and large:
        many, name = large.pop(0)
        small[name] = many
    return {name: OTHERS if name in small else name for name in sizes}


def learner_rows(tables: Tables, rows: pd.DataFrame, cohort: Path, folder: Path) -> list[LearnerRow]:
    """A row for each person, by name; with the address of each feedback page that is there."""
    cells: dict[str, list[Cell]] = {}
    for row in rows.itertuples():
        page = cohort / "feedback" / row.learner / row.unit / "index.html"
        cells.setdefault(row.learner, []).append(
            Cell(
                unit=row.unit,
                handed_in=bool(row.handed_in),
                points=None if pd.isna(row.points) else float(row.points),
                of=None if pd.isna(row.of) else float(row.of),
                late=bool(row.late),
                waits=bool(row.waits),
                missing=tuple(row.missing) if row.handed_in else (),
                feedback=link(page, folder) if row.handed_in and page.is_file() else "",
            )
        )
    people = [
        LearnerRow(one.id, one.name, one.role, one.track, tuple(cells.get(one.id, ())))
        for one in tables.learners.itertuples()
    ]
    return sorted(people, key=lambda person: (person.name.casefold(), person.learner))


def refused(tables: Tables, rows: pd.DataFrame, cohort: Path) -> list[tuple[str, str]]:
    """(learner, unit) of hand-ins of which the grader could read nothing: grading again changes nothing."""
    waiting = rows[rows["waits"]]
    return [
        (row.learner, row.unit)
        for row in waiting.itertuples()
        if (cohort / "autograded" / row.learner / row.unit / RECORD_FILE).is_file() and pd.isna(row.points)
    ]
