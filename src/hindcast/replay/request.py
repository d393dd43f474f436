"""The request of a replay: its arguments read, checked and put into one form.

Each error names the argument or column and says what to do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.times import (
    DAY,
    case_text,
    common_zone,
    from_instants,
    instant,
    instants,
    read_length,
    read_origins,
    shifted,
)
from hindcast.replay.versions import columns_with_reports, read_versions

RESULT_COLUMNS = (
    *("origin", "horizon", "prediction", "low", "high", "score", "baseline", "baseline_score"),
    *("known_value", "known_on", "learned_from", "newest_known", "skipped"),
)


@dataclass
class ReplayRequest:
    """The table with its rows numbered from 0, the names of its columns and the times, all checked."""

    rows: pd.DataFrame
    case: list[str]
    due: str
    outcome: str
    known_at: str | None
    decided: str | None
    zone: object
    origins: pd.DatetimeIndex
    horizons: list[pd.Timedelta]
    spans: list[pd.Timedelta]
    versions: dict[str, pd.DataFrame] = field(default_factory=dict)
    known_by_day: bool = False  # every report of the outcome has a day, no hour

    def instants(self, column: str) -> np.ndarray:
        """A column of times as instants."""
        return instants(self.rows[column])

    def outcome_known(self) -> np.ndarray:
        """When each row's outcome became known, as instants; for an outcome that has no reports."""
        assert self.known_at is not None  # read_request asks for it unless the outcome has reports
        return self.instants(self.known_at)

    def decided_at(self, horizon: pd.Timedelta) -> np.ndarray:
        """When each row's own decision is taken, as instants."""
        if self.decided:
            return self.instants(self.decided)
        return instants(shifted(self.rows[self.due], -horizon))

    def due_at(self, origin: pd.Timestamp, number: int) -> tuple[np.datetime64, np.datetime64]:
        """The interval (after, until] in which the cases of an origin and its horizon are due."""
        start, ahead, span = pd.DatetimeIndex([origin]), self.horizons[number], self.spans[number]
        until = shifted(start, ahead)
        # Whole days are one step: by way of an hour that the clock skips, the origin would be missed.
        after = shifted(until, -span) if ahead % DAY or span % DAY else shifted(start, ahead - span)
        return instants(after)[0], instants(until)[0]

    def decided_until(self, origin: pd.Timestamp) -> np.datetime64:
        """The last instant whose decisions count as taken at an origin.

        Where outcomes have days and no hours, an origin at midnight counts its whole day as over. The
        decisions of that day then count as taken too, at whatever hour.
        """
        if not self.known_by_day or origin != origin.normalize():
            return instant(origin)
        return instants(shifted(pd.DatetimeIndex([origin]), DAY))[0] - np.timedelta64(1, "us")


def read_request(
    table: pd.DataFrame,
    *,
    case: str | Sequence[str],
    due: str,
    outcome: str,
    known_at: str | None,
    origins: Iterable,
    horizon: object,
    span: object = None,
    decided: str | None = None,
    versions: pd.DataFrame | None = None,
    needed: Sequence[str] = (),
) -> ReplayRequest:
    """All arguments about the table and the times, checked. Raises HindcastError."""
    if not isinstance(table, pd.DataFrame):
        raise HindcastError(f"table should be a pandas DataFrame, but is a {type(table).__name__}.")
    if table.empty:
        raise HindcastError("table has no rows (or no columns): there is nothing to replay.")
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise HindcastError(f"table has two columns called {twice!r}.", "Rename one of them.")
    names = _column_names(case, "case")
    of_versions = columns_with_reports(versions)
    if known_at is None and outcome not in of_versions:
        raise HindcastError("known_at should name the column with the day each outcome became known.")
    in_table = [*names, due, *[name for name in (known_at, decided) if name is not None]]
    _check_columns_exist(table, {"case": names, "due": [due], "known_at": [known_at], "decided": [decided]})
    _check_columns_exist(table, {"outcome": [outcome], "inputs": needed}, also=of_versions)
    _check_not_reserved(names, due)
    wanted = [*in_table, outcome, *needed]
    rows = table[[name for name in dict.fromkeys(wanted) if name in table.columns]].reset_index(drop=True)
    _check_one_row_each(rows, names)
    zone = common_zone(rows, [due, *in_table[len(names) + 1 :]])
    horizons = _read_horizons(horizon)
    request = ReplayRequest(
        *(rows, names, due, outcome, known_at, decided, zone),
        origins=read_origins(origins, zone, due),
        horizons=horizons,
        spans=_read_spans(span, horizons),
    )
    _check_reported_columns(of_versions, {*table.columns, *needed, outcome})
    request.versions = read_versions(versions, rows, names, due, zone, {*needed, outcome})
    request.known_by_day = _outcomes_are_by_day(request)
    _check_no_time_missing(request, due)
    if decided:
        _check_no_time_missing(request, decided)
    return request


# --- names --------------------------------------------------------------------------------------------


def name_list(given: str | Sequence[str] | None) -> list[str]:
    """Names as a list, of one name or of several; empty for None."""
    return [] if given is None else [given] if isinstance(given, str) else list(given)


def _column_names(given: str | Sequence[str], argument: str) -> list[str]:
    names = name_list(given)
    if not names:
        raise HindcastError(f"{argument} should name at least one column, but names none.")
    if len(set(names)) < len(names):
        raise HindcastError(f"{argument} names a column twice: {', '.join(map(str, names))}.")
    return names


def read_input_names(inputs: str | Sequence[str], outcome: str, known_at: str | None) -> list[str]:
    """The names of the inputs. Raises HindcastError where one is the outcome or its day."""
    names = _column_names(inputs, "inputs")
    for forbidden, what in ((outcome, "the outcome"), (known_at, "the day the outcome became known")):
        if forbidden in names:
            raise HindcastError(
                f"inputs holds {forbidden!r}, which is {what}: nobody knew it when the prediction was due.",
                "Take it out of inputs.",
            )
    return names


def _check_columns_exist(
    table: pd.DataFrame, arguments: dict[str, Sequence], also: Iterable[str] = ()
) -> None:
    there = {*table.columns, *also}
    for argument, names in arguments.items():
        for name in names:
            if name is not None and name not in there:
                columns = ", ".join(map(str, table.columns))
                raise HindcastError(
                    f"{argument} names the column {name!r}, which the table does not have. It has {columns}."
                )


def _check_reported_columns(columns: set, allowed: set) -> None:
    unknown = columns - allowed
    if unknown:
        name = sorted(map(str, unknown))[0]
        raise HindcastError(
            f"versions has reports of a column {name!r}, which is neither in the table nor an input.",
            "Leave these reports out, or mend the name.",
        )


def _check_not_reserved(case: list[str], due: str) -> None:
    taken = [name for name in case if name in RESULT_COLUMNS or (name == "due" and due != "due")]
    if taken:
        raise HindcastError(
            f"case names the column {taken[0]!r}, but the replay's own table has a column of that name.",
            "Rename it in your table.",
        )


def _check_one_row_each(rows: pd.DataFrame, case: list[str]) -> None:
    if rows[case].isna().any(axis=None):
        name = rows[case].columns[rows[case].isna().any()][0]
        number = int(rows[name].isna().to_numpy().argmax())
        raise HindcastError(
            f"case: the column {name!r} is missing in row {number} (counted from 0). "
            "Each case needs all of its names."
        )
    twice = rows.duplicated(case, keep=False)
    if twice.any():
        first = case_text(rows.loc[twice.idxmax(), case])
        raise HindcastError(
            f"case should be unique, but {int(twice.sum()):,} rows share theirs with another, such as "
            f"{first}.",
            "Drop the copies, or name more columns in case.",
        )


# --- times --------------------------------------------------------------------------------------------


def _read_horizons(given: object) -> list[pd.Timedelta]:
    several = list(given) if isinstance(given, list | tuple | pd.Index | np.ndarray) else [given]
    horizons = [read_length(one, "horizon") for one in several]
    if not horizons:
        raise HindcastError("horizon is empty.", 'Say how far ahead, such as "7D".')
    if len(set(horizons)) < len(horizons):
        raise HindcastError(f"horizon names the same length twice: {given!r}.")
    return sorted(horizons)


def _read_spans(given: object, horizons: list[pd.Timedelta]) -> list[pd.Timedelta]:
    if given is None:
        return [min(DAY, horizons[0])] * len(horizons)
    span = read_length(given, "span")
    if span > horizons[0]:
        raise HindcastError(
            f"span ({span}) is longer than horizon ({horizons[0]}): cases due before the origin would be "
            "predicted.",
            "Shorten span.",
        )
    return [span] * len(horizons)


def _outcomes_are_by_day(request: ReplayRequest) -> bool:
    """Whether the outcomes became known on days, at no hour."""
    reported = request.outcome in request.versions
    known = request.versions[request.outcome]["known"] if reported else request.outcome_known()
    days = from_instants(np.asarray(known), request.zone).dropna()
    return bool((days == days.normalize()).all())


def _check_no_time_missing(request: ReplayRequest, column: str) -> None:
    missing = request.rows[column].isna()
    if missing.any():
        raise HindcastError(
            f"The column {column!r} is missing in {int(missing.sum()):,} rows, such as "
            f"{case_text(request.rows.loc[missing.idxmax(), request.case])}.",
            "Fill it, or drop these rows.",
        )
