"""Who has handed in what, and the distribution of points by unit, role and track."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.handin.record import RECORD_FILE
from hindcast.kit.report.course_index import CourseIndex, relative_link
from hindcast.kit.report.measures import Spread, spread
from hindcast.words import date

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
class GroupPoints:
    """The points of a group in one unit. `of`: the unit's points if they are the same for the whole group."""

    unit: str
    by: str
    name: str
    spread: Spread


@dataclass(frozen=True)
class LearnerUnitCell:
    """One person's hand-in of one unit. Points are None if nothing is graded."""

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
    cells: tuple[LearnerUnitCell, ...]


def handed_in_by_unit(tables: Tables, rows: pd.DataFrame, course: CourseIndex) -> list[UnitRow]:
    """Return a row for each unit, from the hand-ins of `measures.hand_in_rows`."""
    waiting = tables.answers.loc[tables.answers["waits"].astype(bool), "unit"].value_counts()
    return [
        UnitRow(
            unit=unit.unit,
            label=course.label(unit.unit),
            due=local_time_in_words(unit.due),
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


def local_time_in_words(moment: datetime | None) -> str:
    """Return a moment in local time, such as "1 December 2026, 18:00"; "" for None."""
    if moment is None or pd.isna(moment):
        return ""
    local = pd.Timestamp(moment).to_pydatetime().astimezone()
    return f"{date(local)}, {local:%H:%M}"


def points_by_group(tables: Tables, rows: pd.DataFrame, least: int = 1) -> list[GroupPoints]:
    """Return the groups of those who have points, for each unit: everyone, then each role and each track.

    No group has fewer than `least` people: smaller ones are merged, if need be with the next smallest, so
    that no small group can be worked out from the others.
    """
    people = tables.learners.rename(columns={"id": "learner"})[["learner", "role", "track"]]
    with_points = rows.dropna(subset="share").merge(people, on="learner")
    found = []
    for unit, of_unit in with_points.groupby("unit"):
        if len(of_unit) < least:
            continue
        found.append(GroupPoints(unit, EVERYONE, EVERYONE, spread(of_unit["share"])))
        for by in ("role", "track"):
            names = of_unit[by].where(of_unit[by] != "", UNKNOWN)
            apart = names.map(names_of_large_groups(names.value_counts().to_dict(), least))
            if apart.nunique() > 1:
                found += [
                    GroupPoints(unit, by, name, spread(shares))
                    for name, shares in of_unit["share"].groupby(apart)
                ]
    return found


def names_of_large_groups(sizes: dict[str, int], least: int) -> dict[str, str]:
    """Return group -> name to show. Groups share a name so that no name has fewer than `least` people."""
    small = {name: many for name, many in sizes.items() if many < least}
    large = sorted((many, name) for name, many in sizes.items() if many >= least)
    while small and sum(small.values()) < least and large:
        many, name = large.pop(0)
        small[name] = many
    return {name: OTHERS if name in small else name for name in sizes}


def learner_rows(tables: Tables, rows: pd.DataFrame, cohort: Path, folder: Path) -> list[LearnerRow]:
    """Return a row for each person, sorted by name, with a link to each feedback page that exists."""
    cells: dict[str, list[LearnerUnitCell]] = {}
    for row in rows.itertuples():
        page = cohort / "feedback" / row.learner / row.unit / "index.html"
        cells.setdefault(row.learner, []).append(
            LearnerUnitCell(
                unit=row.unit,
                handed_in=bool(row.handed_in),
                points=None if pd.isna(row.points) else float(row.points),
                of=None if pd.isna(row.of) else float(row.of),
                late=bool(row.late),
                waits=bool(row.waits),
                missing=tuple(row.missing) if row.handed_in else (),
                feedback=relative_link(page, folder) if row.handed_in and page.is_file() else "",
            )
        )
    people = [
        LearnerRow(one.id, one.name, one.role, one.track, tuple(cells.get(one.id, ())))
        for one in tables.learners.itertuples()
    ]
    return sorted(people, key=lambda person: (person.name.casefold(), person.learner))


def unreadable_hand_ins(tables: Tables, rows: pd.DataFrame, cohort: Path) -> list[tuple[str, str]]:
    """Return (learner, unit) of hand-ins that the grader could not read at all; grading again cannot help."""
    waiting = rows[rows["waits"]]
    return [
        (row.learner, row.unit)
        for row in waiting.itertuples()
        if (cohort / "autograded" / row.learner / row.unit / RECORD_FILE).is_file() and pd.isna(row.points)
    ]
