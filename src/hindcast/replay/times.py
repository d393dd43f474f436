"""Moments and lengths of time: compared as instants, moved by the clock, read from arguments, written."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError

DAY = pd.Timedelta(days=1)
# Times are compared as instants. Microseconds reach further than any table; nanoseconds end in 2262.
INSTANT = "datetime64[us]"
NEVER = np.datetime64("NaT", "us")


def instants(times: pd.Series | pd.DatetimeIndex) -> np.ndarray:
    """Times, with or without zone, as instants (with a zone: of UTC)."""
    index = pd.DatetimeIndex(times)
    return (index.tz_convert("UTC").tz_localize(None) if index.tz else index).to_numpy().astype(INSTANT)


def shifted(times: pd.Series | pd.DatetimeIndex, by: pd.Timedelta) -> pd.DatetimeIndex:
    """Times moved by a length of time. Whole days keep the hour also over a change of the clock."""
    index = pd.DatetimeIndex(times)
    if index.tz is None or by % DAY or not by:
        return index + by
    # of an hour that the clock has twice, the first one
    first = np.ones(len(index), dtype=bool)
    return (index.tz_localize(None) + by).tz_localize(index.tz, ambiguous=first, nonexistent="shift_forward")


def instant(moment: pd.Timestamp) -> np.datetime64:
    """One moment as an instant."""
    return instants(pd.DatetimeIndex([moment]))[0]


def from_instants(instants: np.ndarray, zone: object) -> pd.DatetimeIndex:
    """Instants as times of a zone; None for times without one."""
    index = pd.DatetimeIndex(instants)
    return index if zone is None else index.tz_localize("UTC").tz_convert(zone)


def value_text(value: object) -> str:
    """A value as text for a message: midnight as its day alone."""
    if isinstance(value, pd.Timestamp | np.datetime64):
        moment = pd.Timestamp(value)
        return f"{moment:%Y-%m-%d}" if moment == moment.normalize() else f"{moment}"
    return str(value)


def case_text(values: pd.Series) -> str:
    """A case as text for a message: its columns and their values."""
    return ", ".join(f"{name} {value_text(value)}" for name, value in values.items())


# --- from the arguments ---------------------------------------------------------------------------------


def read_length(given: object, argument: str) -> pd.Timedelta:
    """A length of time above zero. Raises HindcastError."""
    try:
        span = pd.Timedelta(given)
        if isinstance(given, int | float | np.number) or span is pd.NaT or span <= pd.Timedelta(0):
            raise ValueError("not a length of time above zero")
    except (ValueError, TypeError) as error:
        raise HindcastError(
            f'{argument} should be a length of time such as "7D" or "1h", but is {given!r}.'
        ) from error
    return span


def common_zone(rows: pd.DataFrame, columns: list[str]) -> object:
    """The time zone that columns of times have in common; None for none. Raises HindcastError."""
    zones = {}
    for name in dict.fromkeys(columns):
        if not pd.api.types.is_datetime64_any_dtype(rows[name].dtype):
            raise HindcastError(
                f"The column {name!r} should hold days or moments, but holds {rows[name].dtype}.",
                f'Convert it first: table["{name}"] = pd.to_datetime(table["{name}"]).',
            )
        zones[name] = rows[name].dt.tz
    first = columns[0]
    for name, zone in zones.items():
        if str(zone) != str(zones[first]):
            raise HindcastError(
                f"Time zones are mixed: {first!r} has {zone_text(zones[first])}, {name!r} has "
                f"{zone_text(zone)}.",
                "Give all columns of times the same zone with dt.tz_convert, or none with dt.tz_localize.",
            )
    return zones[first]


def zone_text(zone: object) -> str:
    return "no time zone" if zone is None else f"the time zone {zone}"


def read_origins(origins: Iterable, zone: object, due: str, argument: str = "origins") -> pd.DatetimeIndex:
    """Moments to stand at, in the order of time, with the zone of the column `due`. Raises HindcastError."""
    if isinstance(origins, str) or not isinstance(origins, Iterable):
        origins = [origins]
    given = list(origins)
    if not given:
        raise HindcastError(f"{argument} is empty.", "Name at least one day or moment to stand at.")
    if any(isinstance(one, int | float | np.number) for one in given):
        raise HindcastError(
            f'{argument} should be days or moments such as "2025-09-01", but has {given[0]!r}.'
        )
    try:
        index = pd.DatetimeIndex([pd.Timestamp(one) for one in given])
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise HindcastError(
            f'{argument} should be days or moments such as "2025-09-01", all of one time zone: {reason}.'
        ) from error
    if index.hasnans:
        raise HindcastError(f"{argument} has a missing value.", "Leave it out.")
    if str(index.tz) != str(zone):
        raise HindcastError(
            f"Time zones are mixed: {argument} has {zone_text(index.tz)}, the column {due!r} has "
            f"{zone_text(zone)}.",
            "Give both the same, or none.",
        )
    if index.has_duplicates:
        raise HindcastError(
            f"{argument} has {value_text(index[index.duplicated()][0])} twice: its cases would count double.",
            "Leave one out.",
        )
    return index.sort_values().as_unit("us")
