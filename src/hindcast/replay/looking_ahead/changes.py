"""Change the future of a table: what was first known after a moment, in ways that keep each column's kind.

A change leaves every value among those, or between those, that the column holds already, so that a function
which never looks at it cannot notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from hindcast import tables
from hindcast.errors import HindcastError
from hindcast.replay.request import ReplayRequest
from hindcast.replay.times import NEVER, instants
from hindcast.replay.versions import row_numbers

# Values become the column's largest; are reversed in order; come from other rows; rows are left out.
WAYS = ("highest", "mirrored", "shuffled", "thinned")
ROWS = "(rows)"
SEED = 20_250_903


@dataclass
class Future:
    """When each cell of a table, and each report of `versions`, became known; and the values to put there.

    `known` holds instants by column: of the rows of the table, missing where a value is never changed.
    """

    table: pd.DataFrame
    versions: pd.DataFrame | None
    known: dict[str, np.ndarray]
    rows_known: np.ndarray
    decided: np.ndarray
    never_own: set[str | None]  # the outcome and its day, which a row's own decision can never know
    reported: np.ndarray = field(init=False)  # when each report came
    row_of: np.ndarray = field(init=False)  # the row of each report
    _other: dict = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.versions is not None:
            self.reported = instants(self.versions["known_at"])

    @property
    def columns(self) -> list[str]:
        """Every column that may be changed, of the table or of the reports."""
        reported = [] if self.versions is None else [*self.versions["column"].unique()]
        return list(dict.fromkeys([*self.known, *reported]))

    def days(self, column: str, after: np.datetime64) -> np.ndarray:
        """The moments after `after` at which values of a column (or rows) became known, in order."""
        if column == ROWS:
            moments = [self.rows_known]
        else:
            moments = [self.known[column]] if column in self.known else []
            if self.versions is not None:
                moments.append(self.reported[(self.versions["column"] == column).to_numpy()])
        in_order = np.unique(np.concatenate(moments))
        return in_order[in_order > after]  # NaT is not greater than anything

    def changed(
        self,
        way: str,
        after: np.datetime64,
        own: np.ndarray,
        columns: list[str] | None = None,
        since: np.datetime64 | None = None,
    ) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Table and versions with what was first known after `after` changed in one of WAYS.

        Rows in `own` (true or false for each) keep what was known by their own decision. `columns` changes
        these alone, `since` only what was known at that moment or later.
        """
        since = after + np.timedelta64(1, "us") if since is None else since
        if way == "thinned":
            return self._thinned(own, since)
        columns = self.columns if columns is None else columns
        table = self.table.copy()
        for name in columns:
            if name in self.known:
                kept = own & (self.known[name] <= self.decided) & (name not in self.never_own)
                mask = (self.known[name] >= since) & ~kept
                if mask.any():
                    table[name] = table[name].where(~mask, self._instead(name, way))
        return table, self._reports_changed(way, own, columns, since)

    def _reports_changed(
        self, way: str, own: np.ndarray, columns: list[str], since: np.datetime64
    ) -> pd.DataFrame | None:
        if self.versions is None:
            return None
        values = self.versions["value"].copy()
        for name in columns:
            of_column = (self.versions["column"] == name).to_numpy()
            kept = own[self.row_of] & (self.reported <= self.decided[self.row_of])
            mask = of_column & (self.reported >= since) & ~(kept & (name not in self.never_own))
            if mask.any():
                instead = self._instead((name,), way, self.versions["value"][of_column].infer_objects())
                values[mask] = instead.astype(values.dtype)[mask[of_column]].array
        return self.versions.assign(value=values)

    def _thinned(self, own: np.ndarray, since: np.datetime64) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Every second later row left out, with its reports, and every second later report."""
        later = np.flatnonzero((self.rows_known >= since) & ~own)
        gone = np.zeros(len(self.table), dtype=bool)
        gone[later[::2]] = True
        if self.versions is None:
            return self.table[~gone], None
        reports = np.flatnonzero((self.reported >= since) & ~own[self.row_of])
        dropped = gone[self.row_of]
        dropped[reports[::2]] = True
        return self.table[~gone], self.versions[~dropped]

    def _instead(self, key: object, way: str, column: pd.Series | None = None) -> pd.Series:
        """The column with other values, made once, so that every call changes a cell to the same value."""
        if (key, way) not in self._other:
            column = self.table[key] if column is None else column
            self._other[key, way] = _other_values(column, way)
        return self._other[key, way]


def read_future(
    table: pd.DataFrame,
    versions: pd.DataFrame | None,
    request: ReplayRequest,
    rules: Mapping[str, str | list[str]],
) -> Future:
    """When each cell of the table became known. `rules` are the argument `known` of `looks_ahead`."""
    unknown = [name for name in rules if name not in table.columns]
    if unknown:
        raise HindcastError(f"known names the column {unknown[0]!r}, which the table does not have.")
    own = table.reset_index(drop=True)
    rows_known = request.decided_at(request.horizons[-1])
    fixed = {*request.case, request.due, request.decided}
    known = {name: rows_known for name in own.columns if name not in fixed}
    last = _last_reports(versions, request)
    known |= {name: moments for name, moments in last.items() if name in known}
    if request.known_at in known:
        known[request.known_at] = request.outcome_known()
        if request.outcome in known and request.outcome not in last:
            known[request.outcome] = known[request.known_at]
    known |= {name: _by_rule(own, rule) for name, rule in rules.items() if name in known}
    decided = request.instants(request.decided) if request.decided else np.full(len(own), NEVER)
    made = Future(table, versions, known, rows_known, decided, {request.outcome, request.known_at})
    if versions is not None:
        made.row_of = row_numbers(versions.reset_index(drop=True), request.rows, request.case)
    return made


def _last_reports(versions: pd.DataFrame | None, request: ReplayRequest) -> dict[str, np.ndarray]:
    """For each column with reports, when the last report of each row came: the table holds its value."""
    if versions is None:
        return {}
    versions = versions.reset_index(drop=True)
    reports = pd.DataFrame(
        {"row": row_numbers(versions, request.rows, request.case), "known": instants(versions["known_at"])}
    )
    last = reports.groupby([versions["column"], "row"], observed=True)["known"].max()
    every = range(len(request.rows))
    return {name: last[name].reindex(every).to_numpy() for name in versions["column"].unique()}


def _by_rule(table: pd.DataFrame, rule: str | list[str]) -> np.ndarray:
    if isinstance(rule, str) and rule in table.columns:
        if not pd.api.types.is_datetime64_any_dtype(table[rule].dtype):
            raise HindcastError(
                f"known names {rule!r} as a column of days, but it holds {table[rule].dtype}."
            )
        return instants(table[rule])
    try:
        return instants(tables.known_on(table, rule))
    except HindcastError as error:
        raise HindcastError(
            f'known should give a column of days or a rule such as "day - 1 days", but gives {rule!r}.'
        ) from error


# --- other values ---------------------------------------------------------------------------------------


def _other_values(column: pd.Series, way: str) -> pd.Series:
    """Another value for each one of a column; missing values stay missing."""
    rng = np.random.default_rng(SEED)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _other_times(column, way, rng)
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return _other_numbers(column, way, rng)
    kinds = sorted(column.dropna().unique(), key=str)
    if pd.api.types.is_bool_dtype(column.dtype):
        kinds = [False, True]
    if not kinds:
        return column
    last = len(kinds) - 1
    codes = (
        column.map({kind: code for code, kind in enumerate(kinds)}).astype("Float64").fillna(0).to_numpy(int)
    )
    other = {
        "highest": np.full(len(codes), last),
        # the kind in the middle would map to itself
        "mirrored": np.where(last - codes == codes, (codes + 1) % (last + 1), last - codes),
        "shuffled": rng.integers(0, last + 1, len(codes)),
    }[way]
    values = pd.Series([kinds[code] for code in other], index=column.index, dtype=column.dtype)
    return values.where(column.notna(), column)


def _other_numbers(column: pd.Series, way: str, rng: np.random.Generator) -> pd.Series:
    known = column.dropna()
    if known.empty:
        return column
    low, high = known.min(), known.max()
    if low == high:
        return column + 1
    if way == "highest":
        other = column * 0 + high
    elif way == "mirrored":
        other = low + high - column
        other = other.where(other != column, high)
    else:
        other = pd.Series(rng.choice(known.to_numpy(), len(column)), index=column.index, dtype=known.dtype)
    return other.astype(column.dtype).where(column.notna(), column)


def _other_times(column: pd.Series, way: str, rng: np.random.Generator) -> pd.Series:
    """Later days; mirrored, a column that may be missing becomes all missing."""
    if way == "mirrored" and column.isna().any():
        return pd.Series(pd.NaT, index=column.index, dtype=column.dtype)
    days = {"highest": 30, "mirrored": 7}.get(way)
    later = rng.integers(1, 60, len(column)) if days is None else np.full(len(column), days)
    return (column + pd.to_timedelta(later, unit="D")).astype(column.dtype)
