"""Point-in-time values: inputs as of each row's decision, outcomes as of each origin."""

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.request import ReplayRequest
from hindcast.replay.times import INSTANT, NEVER, case_text

# --- inputs -------------------------------------------------------------------------------------------


def inputs_as_of(request: ReplayRequest, columns: list[str], at: np.ndarray) -> pd.DataFrame:
    """The columns, each row as last reported by its own instant in `at`; missing where no report had come."""
    table = request.rows[[name for name in columns if name in request.rows.columns]]
    reported = {
        name: _last_report(request.versions[name], request.rows.get(name), at, name)
        for name in columns
        if name in request.versions
    }
    for name, values in reported.items():
        table[name] = values
    return table[columns]


def _last_report(versions: pd.DataFrame, like: pd.Series | None, at: np.ndarray, name: str) -> pd.Series:
    """The last value of each row by its instant in `at`, with the dtype of the table's column `like`."""
    times, rank = np.unique(versions["known"].to_numpy(), return_inverse=True)
    width = len(times) + 1
    keys = versions["row"].to_numpy() * width + rank + 1
    order = np.argsort(keys, kind="stable")
    rows = np.arange(len(at))
    last = np.searchsorted(keys[order], rows * width + np.searchsorted(times, at, side="right"), "right") - 1
    found = (last >= 0) & (versions["row"].to_numpy()[order[last]] == rows)
    values = _held_as(versions["value"], like, name)
    if not found.all():
        values = values.astype("boolean") if values.dtype == bool else values
        return values.reindex(np.where(found, order[last], -1)).set_axis(rows)
    return values.iloc[order[last]].set_axis(rows)


def _held_as(values: pd.Series, like: pd.Series | None, name: str) -> pd.Series:
    """Values of `versions`, which holds all columns in one, with the dtype of the table's column `like`."""
    if like is None:
        return values.infer_objects()
    if isinstance(like.dtype, pd.CategoricalDtype) and not values.dropna().isin(like.cat.categories).all():
        raise HindcastError(f"versions: {name!r} has a value that is not among the column's categories.")
    kind = "float64" if values.isna().any() and like.dtype.kind in "iu" else like.dtype
    try:
        return values.astype(kind)
    except (ValueError, TypeError) as error:
        raise HindcastError(
            f"versions: the values of {name!r} should be held as {like.dtype}, like the table's column, but "
            f"some cannot be: {str(error).splitlines()[0].rstrip('.')}."
        ) from error


# --- outcomes -----------------------------------------------------------------------------------------


class KnownOutcomes:
    """The reports of the outcome, replayed in the order in which they came.

    `values` holds each row's outcome as last reported (floats, or the number of its class), `known` the
    instant it was reported, missing while nothing is known of it.
    """

    def __init__(self, rows: np.ndarray, values: np.ndarray, times: np.ndarray, size: int):
        order = np.argsort(times, kind="stable")
        self._rows, self._values, self._times = rows[order], values[order], times[order]
        self._size = size
        self.restart()

    def restart(self) -> None:
        """Go back to before the first report: nothing is known."""
        self._next = 0
        self.values = np.full(
            self._size, np.nan if self._values.dtype.kind == "f" else -1, self._values.dtype
        )
        self.known = np.full(self._size, NEVER)

    def until(self, moment: np.datetime64) -> "KnownOutcomes":
        """Apply the reports up to `moment`, which must not be earlier than that of the last call."""
        last = int(np.searchsorted(self._times, moment, side="right"))
        new = slice(self._next, last)
        self.values[self._rows[new]] = self._values[new]  # of two reports of a row the later one stays
        self.known[self._rows[new]] = self._times[new]
        self._next = max(last, self._next)
        return self

    def to_the_end(self) -> "KnownOutcomes":
        """Apply all reports."""
        return self.until(self._times[-1])

    @property
    def first(self) -> np.datetime64:
        """When the first outcome became known."""
        return self._times[0]


def outcome_reports(request: ReplayRequest) -> tuple[np.ndarray, pd.Series, np.ndarray]:
    """Every report of the outcome: numbers of rows, values and instants. Raises HindcastError."""
    if request.outcome in request.versions:
        versions = request.versions[request.outcome]
        like = request.rows.get(request.outcome)
        values = versions["value"].infer_objects()
        if like is not None and isinstance(like.dtype, pd.CategoricalDtype):
            values = values.astype(str if like.cat.categories.dtype == object else like.cat.categories.dtype)
        row, times = versions["row"].to_numpy(), versions["known"].to_numpy()
    else:
        times = request.outcome_known()
        row = np.flatnonzero(~np.isnat(times))
        values, times = request.rows[request.outcome].iloc[row], times[row]
    if not len(row):
        raise HindcastError(
            f"No outcome of {request.outcome!r} is known: the column {request.known_at!r} is missing in "
            "every row. A replay needs some."
        )
    missing = values.isna().to_numpy()
    if missing.any():
        first = case_text(request.rows.loc[row[missing.argmax()], request.case])
        raise HindcastError(
            f"The outcome {request.outcome!r} is missing in {int(missing.sum()):,} rows that are said to "
            f"be known, such as {first}.",
            "Leave the day it became known empty where the outcome is.",
        )
    return row, values.reset_index(drop=True), times.astype(INSTANT)
