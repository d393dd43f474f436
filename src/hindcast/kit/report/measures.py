"""The numbers of the report: pure functions from a cohort's tables to tables."""

from dataclasses import dataclass

import pandas as pd

from hindcast.check import SCORED
from hindcast.forms.base import BADLY_FORMED, INCOMPLETE, NOT_ATTEMPTED
from hindcast.kit.checkout import BENCH
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.report.rules import LEAST_JUDGED, TWO_THIRDS, UNDER_A_THIRD
from hindcast.kit.roster.roster import TRACKS

NOTEBOOK = ["unit", "notebook"]
EXERCISE = [*NOTEBOOK, "exercise"]
ExerciseKey = tuple[str, str, str]  # unit, notebook, exercise
HAIR = 1e-4  # points; tolerance, as thirds of points are rounded and do not add up exactly


def expected_notebooks(tables: Tables) -> pd.DataFrame:
    """Return learner, unit, notebook: what each person must hand in; the bench only if it is in the track."""
    given = tables.exercises[NOTEBOOK].drop_duplicates()
    rows = tables.learners[["id", "track"]].rename(columns={"id": "learner"}).merge(given, how="cross")
    taken = (rows["notebook"] != BENCH) | (rows["track"] == TRACKS[1])
    return rows.loc[taken, ["learner", *NOTEBOOK]].reset_index(drop=True)


def hand_in_rows(tables: Tables) -> pd.DataFrame:
    """Return a row for each person and unit.

    Columns: learner, unit; handed_in; late; waits (a part is not graded); points and of (after the penalty;
    NaN if nothing is graded); share of the points; missing (expected notebooks that were not handed in).
    """
    keys = ["learner", "unit"]
    rows = tables.learners[["id"]].rename(columns={"id": "learner"})
    rows = rows.merge(tables.units[["unit", "due"]], how="cross")
    there = tables.notebooks.merge(tables.exercises[NOTEBOOK].drop_duplicates(), how="left", indicator=True)
    there["known"] = there["_merge"] == "both"
    there["points"] = (there["points"] - there["penalty"]).clip(lower=0)
    grouped = there.groupby(keys)
    sums = grouped[["points", "of"]].sum(min_count=1).join(grouped[["late", "graded"]].any()).reset_index()
    waiting = there[there["known"] & ~there["graded"].astype(bool)][keys].drop_duplicates()
    rows = rows.merge(sums, how="left", on=keys)
    rows["handed_in"] = rows["graded"].notna()
    rows["late"] = rows["late"].eq(True)
    rows["waits"] = _are_in(rows, waiting, keys) | rows["graded"].eq(False)
    rows["share"] = rows["points"].astype(float) / rows["of"].astype(float).where(rows["of"] > 0)
    rows["missing"] = _missing_notebooks(rows, expected_notebooks(tables), tables.notebooks)
    return rows.drop(columns="graded").sort_values(["unit", "learner"], ignore_index=True)


def _are_in(rows: pd.DataFrame, others: pd.DataFrame, keys: list[str]) -> pd.Series:
    found = rows[keys].merge(others, how="left", on=keys, indicator=True)["_merge"] == "both"
    return found.set_axis(rows.index)


def _missing_notebooks(
    rows: pd.DataFrame, wanted: pd.DataFrame, notebooks: pd.DataFrame
) -> list[tuple[str, ...]]:
    keys = ["learner", *NOTEBOOK]
    absent = wanted[~_are_in(wanted, notebooks[keys], keys)]
    by_hand_in: dict[tuple[str, str], list[str]] = {}
    for row in absent.itertuples():
        by_hand_in.setdefault((row.learner, row.unit), []).append(row.notebook)
    return [
        tuple(sorted(by_hand_in.get(pair, ()), reverse=True))
        for pair in zip(rows["learner"], rows["unit"], strict=True)
    ]


@dataclass(frozen=True)
class Spread:
    """The distribution of a group's points: counts of people in three bands, median and quartiles.

    `low`: under a third of the points; `middle`; `high`: two thirds or more. The other three are shares of
    the points from 0 to 1, None for an empty group.
    """

    people: int
    low: int
    middle: int
    high: int
    median: float | None = None
    lower: float | None = None
    upper: float | None = None


def spread(shares: pd.Series) -> Spread:
    """Return the spread of shares of points, without NaN. Quartiles are interpolated as in numpy."""
    shares = pd.Series(shares, dtype=float).dropna()
    low, high = shares < UNDER_A_THIRD - HAIR, shares >= TWO_THIRDS - HAIR
    counts = (len(shares), int(low.sum()), int((~low & ~high).sum()), int(high.sum()))
    if shares.empty:
        return Spread(*counts)
    return Spread(*counts, *(float(shares.quantile(at)) for at in (0.5, 0.25, 0.75)))


def with_outcome(answers: pd.DataFrame) -> pd.DataFrame:
    """Return `answers` with the columns answered, blank, incomplete, badly_formed: at most one is true.

    An answer is "answered" if a check or a person scored it; a person's score overrides the check.
    """
    answers = answers.astype({"waits": bool, "by_hand": bool})
    checked = ~answers["waits"] & ~answers["by_hand"]
    return answers.assign(
        answered=~answers["waits"] & (answers["by_hand"] | answers["status"].isin([SCORED, ""])),
        blank=checked & (answers["status"] == NOT_ATTEMPTED),
        incomplete=checked & (answers["status"] == INCOMPLETE),
        badly_formed=checked & (answers["status"] == BADLY_FORMED),
    )


def exercise_counts(tables: Tables) -> pd.DataFrame:
    """Return a row for each exercise of the gradebook.

    Columns: unit, notebook, exercise, of; people (who handed in the notebook), answered, every (with every
    point), points (sum over those who answered), blank, incomplete, badly_formed, waits.
    """
    answers = with_outcome(tables.answers)
    answers["every"] = answers["answered"] & (answers["points"] >= answers["of"] - HAIR)
    answers["earned"] = answers["points"].where(answers["answered"], 0.0)
    sums = answers.groupby(EXERCISE, as_index=False).agg(
        people=("learner", "nunique"),
        points=("earned", "sum"),
        **{name: (name, "sum") for name in _COUNTED},
    )
    rows = tables.exercises.merge(sums, how="left", on=EXERCISE)
    rows["points"] = rows["points"].astype(float).fillna(0.0)
    counts = ["people", *_COUNTED]
    rows[counts] = rows[counts].astype(float).fillna(0).astype(int)
    return rows


_COUNTED = ("answered", "every", "blank", "incomplete", "badly_formed", "waits")


def discriminations(answers: pd.DataFrame, least: int = LEAST_JUDGED) -> dict[ExerciseKey, float]:
    """Return (unit, notebook, exercise) -> corrected item-total correlation, if it can be computed.

    Pearson's correlation between the points of an exercise and the points of the rest of its notebook, among
    those who answered it (L. Crocker and J. Algina, Introduction to Classical and Modern Test Theory, 1986,
    chapter 14). Left out: fewer than `least` people, everyone alike, a notebook of one exercise.
    """
    answers = with_outcome(answers)
    found = {}
    for key, items in answers.groupby(NOTEBOOK):
        points = items.pivot_table(index="learner", columns="exercise", values="points", aggfunc="sum")
        answered = items.pivot_table(index="learner", columns="exercise", values="answered", aggfunc="any")
        for exercise in points.columns:
            who = answered[exercise].eq(True)
            rest = points.drop(columns=exercise).sum(axis=1)
            value = correlation(points.loc[who, exercise], rest[who]) if who.sum() >= least else None
            if value is not None and points.shape[1] > 1:
                found[(*key, exercise)] = value
    return found


def correlation(one: pd.Series, other: pd.Series) -> float | None:
    """Return Pearson's correlation of two series of equal index; None if either does not vary."""
    if one.round(9).nunique() < 2 or other.round(9).nunique() < 2:
        return None
    return float(one.corr(other))


def mistake_counts(answers: pd.DataFrame) -> pd.DataFrame:
    """Return mistake, unit, notebook, exercise, people (how many made it there), the commonest first."""
    made = recognised(answers)
    counts = made.groupby(["mistake", *EXERCISE], as_index=False)["learner"].nunique()
    counts = counts.rename(columns={"learner": "people"})
    order = ["people", "mistake", *EXERCISE]
    return counts.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True)


def recognised(answers: pd.DataFrame) -> pd.DataFrame:
    """Return learner, unit, notebook, exercise, mistake: a row for each recognised mistake."""
    made = answers.explode("mistakes").dropna(subset="mistakes").rename(columns={"mistakes": "mistake"})
    return made[["learner", *EXERCISE, "mistake"]].drop_duplicates().reset_index(drop=True)


def answered_by(answers: pd.DataFrame) -> dict[ExerciseKey, set[str]]:
    """Return (unit, notebook, exercise) -> learners who answered it."""
    rows = with_outcome(answers)
    grouped = rows[rows["answered"]].groupby(EXERCISE)["learner"]
    return {key: set(learners) for key, learners in grouped}
