"""The time of a hand-in, in naive UTC as nbgrader keeps it, and whether the same bytes came again."""

import datetime
from collections.abc import Sequence

from hindcast.kit.collect.arrivals import Arrival
from hindcast.kit.collect.names import Platform, platform_name
from hindcast.kit.collect.received_folder import KeptHandIn

_OLDEST = datetime.datetime(1990, 1, 1)
_CLOCKS_DIFFER = datetime.timedelta(minutes=1)


def handed_in(arrival: Arrival, now: datetime.datetime) -> tuple[datetime.datetime, str]:
    """Return the time of handing in, in whole seconds, and "". If it is unknown: `now` and a sentence why."""
    if arrival.time is None:
        return now, "It has no time that can be read."
    try:
        when = datetime.datetime.fromtimestamp(int(arrival.time), datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return now, "It has no time that can be read."
    if when > now + _CLOCKS_DIFFER:
        return now, f"Its time, {when:%Y-%m-%d %H:%M} UTC, is still to come."
    if when < _OLDEST:
        return now, f"Its time, in {when:%Y}, cannot be."
    return when, ""


def platform_of(arrival: Arrival) -> Platform | None:
    """Return the learning platform that named the file or the nearest folder around it, or None."""
    named = [platform_name(sign.text) for sign in arrival.signs]
    return next((one for one in reversed(named) if one), None)


def time_to_keep(
    when: datetime.datetime, sure: bool, dated: bool, kept: Sequence[KeptHandIn], same: Sequence[KeptHandIn]
) -> datetime.datetime:
    """Return `when` for a new hand-in, and for one that is already kept the time it is kept with.

    `kept`: the notebook's hand-ins, the oldest first. `same`: those of them with the same bytes. Bytes that
    are kept already are new in two cases: their time is now earlier than any known one, or they came again
    after a different file. The second case needs a time that whoever packed the file wrote down (`dated`):
    the time of a loose file may be that of a copy.
    """
    if not same or (sure and when < min(one.when for one in same)):
        return when
    if sure and dated and when > kept[-1].when and kept[-1] not in same:
        return when
    return when if any(one.when == when for one in same) else same[0].when
