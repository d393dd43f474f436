"""Moments and lengths of time: as instants to compare, moved by the clock, read from arguments, in words."""

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
    """Times so much later. Whole days keep the hour of the clock where the clock is changed in between."""
    index = pd.DatetimeIndex(times)
    if index.tz is None or by % DAY or not by:
        return index + by
    # of an hour that comes twice the first is meant
    first = np.ones(len(index), dtype=bool)
    return (index.tz_localize(None) + by).tz_localize(index.tz, ambiguous=first, nonexistent="shift_forward")


def instant(moment: pd.Timestamp) -> np.datetime64:
    """One moment as an instant."""
    return instants(pd.DatetimeIndex([moment]))[0]


def moments(instants: np.ndarray, zone: object) -> pd.DatetimeIndex:
    """Instants as moments of a time zone again, or of none."""
    index = pd.DatetimeIndex(instants)
    return index if zone is None else index.tz_localize("UTC").tz_convert(zone)


def length(given: object, argument: str) -> pd.Timedelta:
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


def said(value: object) -> str:
    """A value in a message: days without the hour of midnight."""
    if isinstance(value, pd.Timestamp | np.datetime64):
        moment = pd.Timestamp(value)
        return f"{moment:%Y-%m-%d}" if moment == moment.normalize() else f"{moment}"
    return str(value)
