"""Versions: the reports of inputs and outcomes, one a row, read and checked."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.times import instants, named, one_zone, said, zoned

if TYPE_CHECKING:
    from hindcast.replay.request import Asked


def named_in(versions: pd.DataFrame | None) -> set:
    """The columns that have reports."""
    if isinstance(versions, pd.DataFrame) and "column" in versions.columns:
        return set(versions["column"].dropna().unique())
    return set()


def read_versions(versions: pd.DataFrame | None, asked: "Asked", used: set[str]) -> dict[str, pd.DataFrame]:
    """By column: `row` (number in the table), `value` and `known` (instants), in order of `known`.

    Raises HindcastError for reports that cannot be used.
    """
    if versions is None:
        return {}
    expected = [*asked.case, "column", "value", "known_at"]
    if not isinstance(versions, pd.DataFrame) or not set(expected) <= set(versions.columns):
        raise HindcastError(f"versions should be a table with the columns {', '.join(expected)}.")
    taken = [name for name in asked.case if name in expected[-3:]]
    if taken:
        raise HindcastError(
            f"case names the column {taken[0]!r}, but in versions that name means something else. "
            "Rename the case's column."
        )
    versions = versions.reset_index(drop=True)
    for name in ("column", "known_at"):
        if versions[name].isna().any():
            raise HindcastError(f"versions: {name} is missing in a row. A report needs it.")
    zone = one_zone(versions, ["known_at"])
    if str(zone) != str(asked.zone):
        raise HindcastError(
            f"Time zones are mixed: known_at of versions has {zoned(zone)}, the column {asked.due!r} has "
            f"{zoned(asked.zone)}. Give both the same, or none."
        )
    row = row_numbers(versions, asked)
    code, names = pd.factorize(versions["column"])
    known = pd.DataFrame({"row": row, "value": versions["value"], "known": instants(versions["known_at"])})
    _one_report_at_a_time(known.assign(code=code), names, asked)
    return {
        name: known[code == number].sort_values("known", kind="stable", ignore_index=True)
        for number, name in enumerate(names)
        if name in used
    }


def row_numbers(versions: pd.DataFrame, asked: "Asked") -> np.ndarray:
    """Of each report the number of its case's row. Raises HindcastError for an unknown case."""
    numbers = asked.rows[asked.case].assign(_row=np.arange(len(asked.rows)))
    try:
        row = versions[asked.case].merge(numbers, on=asked.case, how="left")["_row"]
    except ValueError as error:  # pandas' word for columns of two kinds
        raise HindcastError(
            f"versions: {', '.join(asked.case)} should be of the same kinds as in the table."
        ) from error
    if row.isna().any():
        first = named(versions.loc[int(row.isna().to_numpy().argmax()), asked.case])
        raise HindcastError(
            f"versions has reports of {int(row.isna().sum()):,} cases that the table does not have, such as "
            f"{first}. Leave them out, or add the cases."
        )
    return row.to_numpy(dtype=np.int64)


def _one_report_at_a_time(known: pd.DataFrame, names: pd.Index, asked: "Asked") -> None:
    twice = known.duplicated(["row", "code", "known"])
    if twice.any():
        at = known.loc[twice.idxmax()]
        first = named(asked.rows.loc[at["row"], asked.case])
        raise HindcastError(
            f"versions has two reports of {names[at['code']]!r} for {first} "
            f"at {said(at['known'])}: which of them was the last? Leave one out."
        )
