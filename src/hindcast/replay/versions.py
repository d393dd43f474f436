"""The argument `versions`, the reports of inputs and outcomes, read and checked."""

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.times import case_text, common_zone, instants, value_text, zone_text


def columns_with_reports(versions: pd.DataFrame | None) -> set:
    """The columns that have reports."""
    if isinstance(versions, pd.DataFrame) and "column" in versions.columns:
        return set(versions["column"].dropna().unique())
    return set()


def read_versions(
    versions: pd.DataFrame | None, rows: pd.DataFrame, case: list[str], due: str, zone: object, used: set[str]
) -> dict[str, pd.DataFrame]:
    """The reports of each column in `used`: `row` (the number in the table), `value`, `known` (an instant).

    They are in order of `known`. `rows` is the table, numbered from 0; `zone` that of its column `due`.
    Raises HindcastError for reports that cannot be used.
    """
    if versions is None:
        return {}
    expected = [*case, "column", "value", "known_at"]
    if not isinstance(versions, pd.DataFrame) or not set(expected) <= set(versions.columns):
        raise HindcastError(f"versions should be a table with the columns {', '.join(expected)}.")
    taken = [name for name in case if name in expected[-3:]]
    if taken:
        raise HindcastError(
            f"case names the column {taken[0]!r}, but in versions that name means something else.",
            "Rename the case's column.",
        )
    versions = versions.reset_index(drop=True)
    for name in ("column", "known_at"):
        if versions[name].isna().any():
            raise HindcastError(f"versions: {name} is missing in a row. A report needs it.")
    reported = common_zone(versions, ["known_at"])
    if str(reported) != str(zone):
        raise HindcastError(
            f"Time zones are mixed: known_at of versions has {zone_text(reported)}, the column {due!r} "
            f"has {zone_text(zone)}.",
            "Give both the same, or none.",
        )
    row = row_numbers(versions, rows, case)
    code, names = pd.factorize(versions["column"])
    known = pd.DataFrame({"row": row, "value": versions["value"], "known": instants(versions["known_at"])})
    _check_one_report_at_a_time(known.assign(code=code), names, rows, case)
    return {
        name: known[code == number].sort_values("known", kind="stable", ignore_index=True)
        for number, name in enumerate(names)
        if name in used
    }


def row_numbers(versions: pd.DataFrame, rows: pd.DataFrame, case: list[str]) -> np.ndarray:
    """For each report the number of its case's row. Raises HindcastError for an unknown case."""
    numbers = rows[case].assign(_row=np.arange(len(rows)))
    try:
        row = versions[case].merge(numbers, on=case, how="left")["_row"]
    except ValueError as error:  # pandas raises it where the columns have different kinds
        raise HindcastError(
            f"versions: {', '.join(case)} should be of the same kinds as in the table."
        ) from error
    if row.isna().any():
        first = case_text(versions.loc[int(row.isna().to_numpy().argmax()), case])
        raise HindcastError(
            f"versions has reports of {int(row.isna().sum()):,} cases that the table does not have, such "
            f"as {first}.",
            "Leave them out, or add the cases.",
        )
    return row.to_numpy(dtype=np.int64)


def _check_one_report_at_a_time(
    known: pd.DataFrame, names: pd.Index, rows: pd.DataFrame, case: list[str]
) -> None:
    twice = known.duplicated(["row", "code", "known"])
    if twice.any():
        at = known.loc[twice.idxmax()]
        first = case_text(rows.loc[at["row"], case])
        raise HindcastError(
            f"versions has two reports of {names[at['code']]!r} for {first} at {value_text(at['known'])}: "
            "which of them was the last?",
            "Leave one out.",
        )
