"""The table that `replay` returns, and its ranges, which come from the replay's own earlier errors."""

import numpy as np
import pandas as pd

from hindcast.replay.fitting import OriginPredictions
from hindcast.replay.schedule import Schedule
from hindcast.replay.times import from_instants, instant

ENOUGH_ERRORS = 30  # with fewer, a quantile is mostly chance


def result_table(schedule: Schedule, parts: list[OriginPredictions], coverage: float | None) -> pd.DataFrame:
    """A row for each origin, horizon and case; `coverage` adds a range that should hold so large a share."""
    request = schedule.request
    rows = np.concatenate([part.rows for part in parts])
    many = [len(part.rows) for part in parts]
    columns = {
        "origin": request.origins[np.repeat([part.origin for part in parts], many)],
        "horizon": pd.TimedeltaIndex(request.horizons)[np.repeat([part.horizon for part in parts], many)],
    }
    table = pd.DataFrame(columns)
    for name in dict.fromkeys(request.case):
        table[name] = request.rows[name].iloc[rows].set_axis(table.index)
    table["due"] = request.rows[request.due].iloc[rows].set_axis(table.index)
    for name in parts[0].columns:
        values = np.concatenate([part.columns[name] for part in parts])
        table[name] = _labelled(values, schedule) if name in ("prediction", "baseline") else values
    if coverage is not None:
        low, high = _ranges(schedule, parts, coverage)
        at = table.columns.get_loc("prediction") + 1
        table.insert(at, "low", low)
        table.insert(at + 1, "high", high)
    last = schedule.outcomes.to_the_end()
    unknown = np.isnat(last.known[rows])
    values = last.values[rows]
    if schedule.classes is not None:
        values = schedule.classes.astype(object)[values]
        values[unknown] = None
    table["known_value"] = _labelled(values, schedule)
    table["known_on"] = from_instants(last.known[rows], request.zone)
    table["learned_from"] = np.repeat([part.learned_from for part in parts], many)
    table["newest_known"] = from_instants(np.repeat([part.newest for part in parts], many), request.zone)
    table["skipped"] = pd.array(np.concatenate([part.skipped for part in parts]), dtype="str")
    return table


def _labelled(values: np.ndarray, schedule: Schedule) -> pd.api.extensions.ExtensionArray | np.ndarray:
    """Numbers as they are; classes with the nullable dtype that fits them."""
    if schedule.classes is None:
        return values
    kind = {"b": "boolean", "i": "Int64", "u": "Int64", "f": "float64"}.get(
        schedule.classes.dtype.kind, "str"
    )
    return pd.array(values, dtype=kind)


def _ranges(
    schedule: Schedule, parts: list[OriginPredictions], coverage: float
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high: the prediction less the outer errors of earlier predictions, as known at the origin.

    An error is prediction - known value, as last reported by the origin, of the same horizon.
    """
    tails = [(1 + coverage) / 2, (1 - coverage) / 2]
    enough = max(ENOUGH_ERRORS, int(np.ceil(2 / (1 - coverage))))
    outcomes = schedule.outcomes
    outcomes.restart()
    earlier: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # horizon -> rows, their predictions
    lows, highs = [], []
    for part in parts:
        outcomes.until(instant(schedule.request.origins[part.origin]))
        rows, said_then = earlier.get(part.horizon, (np.empty(0, dtype=np.int64), np.empty(0)))
        errors = said_then - outcomes.values[rows]
        errors = errors[~np.isnan(errors)]
        prediction = part.columns["prediction"]
        outer = np.quantile(errors, tails) if len(errors) >= enough else [np.nan, np.nan]
        lows.append(prediction - outer[0])
        highs.append(prediction - outer[1])
        earlier[part.horizon] = np.append(rows, part.rows), np.append(said_then, prediction)
    return np.concatenate(lows), np.concatenate(highs)
