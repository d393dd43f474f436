"""The days, horizons and cases of a table of predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.review import columns
from hindcast.replay.review.phrases import span_text

SETTLED_LATER = pd.Timedelta(days=7)


def add_horizon_and_day(rows: pd.DataFrame, table: pd.DataFrame, roles: dict[str, str], found: dict) -> None:
    """Add the columns horizon and day to `rows`, and to `found` what the day is.

    A row counts on the day it is about. Where every row of an origin is about one day more than a week later
    (such as: cancelled within 30 days), or all are about one day (an election), it counts on its origin.
    """
    rows["horizon"] = ""
    length = pd.Series(pd.NaT, rows.index, dtype="timedelta64[us]")
    if "horizon" in roles:
        length = columns.read_horizons(table[roles["horizon"]], roles["horizon"])
        texts = table[roles["horizon"]].astype(str)
        rows["horizon"] = texts.where(length.isna(), length.map(span_text))
    due_given = rows["due"].notna().any()
    if not due_given:
        rows["due"] = rows["origin"] + length
    due, origin = rows["due"], rows["origin"]
    if due.isna().all():
        rows["day"], found["day_is"] = origin, "origin" if origin.notna().any() else ""
        return
    one_each = rows.groupby(["origin", "horizon"])["due"].nunique().max() <= 1
    later = bool((due - origin).median() > SETTLED_LATER)
    by_origin = origin.nunique() > 1 and (due.nunique() < 2 or (one_each and later))
    rows["day"] = origin if by_origin else due.fillna(origin)
    found["day_is"] = "origin" if by_origin else "due" if due_given else "origin and horizon"
    rows["day"] = rows["day"].dt.normalize()


def case_numbers(table: pd.DataFrame, case: list[str]) -> pd.Series | float:
    """A number for each case; NaN where cases are not named."""
    if not case:
        return np.nan
    names = table[case].apply(lambda column: column.map(str) if column.dtype == object else column)
    return names.groupby(case, dropna=False, sort=False).ngroup()


def engines_case(table: pd.DataFrame, roles: dict[str, str]) -> list[str]:
    """The case columns of a table that `replay` made: those between horizon and due."""
    names = list(table.columns)
    if names[:2] != ["origin", "horizon"] or not {"learned_from", "newest_known", "due"} <= roles.keys():
        return []
    return names[2 : names.index(roles["due"])]


def count_copies(table: pd.DataFrame, rows: pd.DataFrame, case: list[str], roles: dict[str, str]) -> int:
    """How many rows repeat an earlier one. Raises HindcastError where that cannot be by chance."""
    if case:
        again = rows[["origin", "horizon", "case"]].duplicated()
        if again.any():
            place = int(again.idxmax())
            told = ", ".join(f"{name} {table.at[place, name]}" for name in case)
            at = f" at the origin {table.at[place, roles['origin']]}" if "origin" in roles else ""
            raise HindcastError(
                f"{again.sum():,} rows predict a case a second time from the same origin, first row "
                f"{place + 1:,} ({told}{at}).",
                "Take them out, or add to case= the columns that tell them apart.",
            )
    sizes = table.astype(str).groupby(list(table.columns), sort=False, dropna=False).size()
    times, copies = int(np.gcd.reduce(sizes.to_numpy())), len(table) - len(sizes)
    if (
        times > 1 and len(sizes) > 1 and rows["day"].notna().any()
    ):  # without days, equal rows are to be expected
        raise HindcastError(
            f"Every row is there {times:,} times or more, the same in every column.",
            "Take the copies out with .drop_duplicates(), or keep the column that tells them apart.",
        )
    return copies
