"""Each learner's points by exercise, notebook and unit, and the answers that still wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hindcast.errors import HindcastError
from hindcast.kit.checkout import BENCH, find_root, graded_units
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.notebooks.unit_titles import UnitTitles, read_unit_titles
from hindcast.kit.roster.roster import ROSTER, TRACKS, read_roster
from hindcast.words import number

KEYS = ["learner", "unit", "notebook"]


@dataclass(frozen=True)
class Standing:
    """A cohort's points, as tidy tables. Points are after the penalty for a late hand-in, if there is one.

    cohort     the cohort's name
    learners   id, name, email, role, track: the roster in its order, then those who are only in the gradebook
    units      unit name -> its title, and its exercises by notebook, in order
    exercises  unit, notebook, exercise, of: in the order of the notebooks
    notebooks  learner, unit, notebook, points (NaN until graded), of, raw and penalty (points before it),
               handed_in, late, there (handed in), graded, waits (answers that wait for a person), open
               (points that are still to be given): every notebook of each learner's track
    totals     learner, unit, points, of, handed_in, late, there, open, to_do (in words, "" when all is done)
    answers    as in `gradebook.Tables`, of the same notebooks; points NaN until somebody scores them
    outside    learner, unit, notebook: handed in, but not in the learner's track, so never counted
    """

    cohort: str
    learners: pd.DataFrame
    units: dict[str, UnitTitles]
    exercises: pd.DataFrame
    notebooks: pd.DataFrame
    totals: pd.DataFrame
    answers: pd.DataFrame
    outside: pd.DataFrame


def standing_of(cohort: Path, tables: Tables, units: Sequence[str] = ()) -> Standing:
    """Return the points of everyone of `cohort` in `units`, or in all units of its gradebook (`tables`).

    Raises HindcastError for a unit that the gradebook does not know, and for a roster that cannot be read.
    """
    known = list(tables.units["unit"])
    for unit in units:
        if unit not in known:
            raise HindcastError(
                f"The gradebook of {cohort.name} knows no unit {unit!r}.", f"It knows: {', '.join(known)}."
            )
    chosen = {unit: _titles_of(cohort, unit) for unit in known if unit in units or not units}
    learners, exercises = _in_roster_order(cohort, tables), _in_course_order(tables, chosen)
    answers = tables.answers.merge(exercises[["unit", "notebook", "exercise"]])
    answers["points"] = answers["points"].mask(_unscored(answers))
    rows = _notebooks_of_learners(learners, exercises, tables, answers)
    expected = rows["expected"]
    outside = rows.loc[~expected & rows["there"], KEYS]
    notebooks = rows[expected].drop(columns="expected").reset_index(drop=True)
    answers = answers.merge(notebooks[KEYS])
    totals = _totals_by_unit(notebooks)
    return Standing(cohort.name, learners, chosen, exercises, notebooks, totals, answers, outside)


def _titles_of(cohort: Path, name: str) -> UnitTitles:
    """Return the titles of a unit of the course. The title of a trainer's own assignment is its name."""
    root = find_root(cohort)
    return read_unit_titles(root, name) if name in graded_units(root) else UnitTitles(name, name)


def _in_roster_order(cohort: Path, tables: Tables) -> pd.DataFrame:
    """Return the learners in the roster's order.

    Raises HindcastError for a roster that cannot be read, because only the roster has the tracks.
    """
    order = []
    if (cohort / ROSTER).exists():
        order = [learner.id for learner in read_roster(cohort / ROSTER)]
    place = {learner: number for number, learner in enumerate(order)}
    by_place = tables.learners["id"].map(place).fillna(len(order)).argsort(kind="stable")
    return tables.learners.iloc[by_place].reset_index(drop=True)


def _in_course_order(tables: Tables, units: dict[str, UnitTitles]) -> pd.DataFrame:
    """Return the exercises in the course's order: workbook before bench, then as in the notebook."""
    rows = tables.exercises[tables.exercises["unit"].isin(units)]
    order = {
        (unit.name, notebook, exercise): number
        for unit in units.values()
        for notebook, titles in unit.exercises.items()
        for number, exercise in enumerate(titles)
    }
    place = [order.get(key, len(order)) for key in zip(rows.unit, rows.notebook, rows.exercise, strict=True)]
    rows = rows.assign(place=place, last=rows["notebook"] == BENCH)
    return rows.sort_values(["unit", "last", "notebook", "place"], kind="stable", ignore_index=True)[
        ["unit", "notebook", "exercise", "of"]
    ]


def _unscored(answers: pd.DataFrame) -> pd.Series:
    """Return which answers nobody has scored yet. nbgrader counts each of them as zero points."""
    return answers["waits"] & ~answers["by_hand"] & (answers["points"] == 0)


def _notebooks_of_learners(
    learners: pd.DataFrame, exercises: pd.DataFrame, tables: Tables, answers: pd.DataFrame
) -> pd.DataFrame:
    """Return a row for each learner and notebook, even if it is not in the learner's track."""
    worth = exercises.groupby(["unit", "notebook"], as_index=False, sort=False)["of"].sum()
    people = learners[["id", "track"]].rename(columns={"id": "learner"})
    handed_in = tables.notebooks.drop(columns="of").rename(columns={"points": "raw"}).assign(there=True)
    rows = people.merge(worth, how="cross").merge(handed_in, how="left", on=KEYS)
    for column in ("there", "graded", "late"):
        rows[column] = rows[column].eq(True)
    rows["penalty"] = rows["penalty"].fillna(0.0)
    rows["raw"] = rows["raw"].where(rows["graded"])
    rows["points"] = (rows["raw"] - rows["penalty"]).clip(lower=0.0)
    in_track = (rows["notebook"] != BENCH) | (rows["track"] == TRACKS[1])
    rows["expected"] = in_track | ((rows["track"] == "") & rows["there"])
    waiting = answers[answers["waits"]]
    left = waiting["of"].where(~waiting["by_hand"], 0.0)
    counts = waiting.assign(waits=1, left=left).groupby(KEYS, as_index=False)[["waits", "left"]].sum()
    rows = rows.merge(counts, how="left", on=KEYS)
    rows["waits"] = rows["waits"].fillna(0).astype(int)
    ungraded = rows["of"].where(rows["there"] & rows["points"].isna(), 0.0)
    rows["open"] = rows.pop("left").fillna(0.0) + ungraded
    return rows.drop(columns="track")


def _totals_by_unit(notebooks: pd.DataFrame) -> pd.DataFrame:
    """Return totals by unit as nbgrader adds them up: all points less all penalties, never below zero."""
    groups = notebooks.groupby(["learner", "unit"], sort=False)
    totals = groups.agg(
        of=("of", "sum"),
        penalty=("penalty", "sum"),
        handed_in=("handed_in", "max"),
        late=("late", "any"),
        there=("there", "any"),
        open=("open", "sum"),
    )
    totals["points"] = (groups["raw"].sum(min_count=1) - totals.pop("penalty")).clip(lower=0.0)
    totals["to_do"] = _left_to_do(notebooks).reindex(totals.index).fillna("")
    return totals.reset_index()


def _left_to_do(notebooks: pd.DataFrame) -> pd.Series:
    """Return what a trainer still has to do for a learner and unit, in words; no row if nothing."""
    found: dict[tuple[str, str], list[str]] = {}
    waiting = notebooks[notebooks["waits"].gt(0) | (notebooks["there"] & notebooks["points"].isna())]
    for row in waiting.itertuples():
        said = found.setdefault((row.learner, row.unit), [])
        if pd.isna(row.points):
            said.append(f"{row.notebook}: not graded yet")
        elif row.waits:
            one = row.waits == 1
            said.append(f"{row.notebook}: {row.waits} answer{'' if one else 's'} to be read by a person")
    index = pd.MultiIndex.from_tuples(found, names=["learner", "unit"]) if found else None
    return pd.Series(["; ".join(said) for said in found.values()], index=index, dtype=object)


def points_in_digits(points: float) -> str:
    """Return points for a sentence, with at most six digits: further ones are rounding errors."""
    return number(points, decimals=6)
