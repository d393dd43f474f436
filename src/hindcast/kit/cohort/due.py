"""Dates due: a trainer writes and reads them in local time; all other code uses aware UTC."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time

from hindcast.errors import HindcastError
from hindcast.kit.checkout import no_such_unit

NO_DATE = "none"
_END_OF_DAY = time(23, 59, 59)
_FORMS = "a day (2026-12-01: until it ends), a time (2026-12-01T18:00, on this machine's clock) or none"


def parse_due(given: Iterable[str], units: Sequence[str]) -> dict[str, datetime | None]:
    """Parse several UNIT=DATE. Return unit -> moment due (aware UTC), or None where a date is removed.

    Raises HindcastError for a name that is not in `units`, for a text that is no date, and for a unit given
    twice.
    """
    dates: dict[str, datetime | None] = {}
    for text in given:
        unit, equals, when = (part.strip() for part in text.partition("="))
        if not equals:
            raise HindcastError(f"--due {text}: expected UNIT=DATE, such as {_example(units)}.")
        if unit not in units:
            error = no_such_unit(unit, list(units))
            raise HindcastError(f"--due {text}: {error.what}", f"{error.do_next} Nothing was changed.")
        if unit in dates:
            raise HindcastError(f"--due names {unit} twice: expected one date. Nothing was changed.")
        dates[unit] = None if when.casefold() == NO_DATE else _parse_moment(text, when)
    return dates


def _example(units: Sequence[str]) -> str:
    return f"{units[0] if units else 'UNIT'}=2026-12-01"


def _parse_moment(text: str, when: str) -> datetime:
    try:
        return _in_utc(datetime.combine(date.fromisoformat(when), _END_OF_DAY))
    except (ValueError, OverflowError):
        pass
    try:
        return _in_utc(datetime.fromisoformat(when))
    except (ValueError, OverflowError):
        raise HindcastError(f"--due {text}: expected {_FORMS}; came {when!r}. Nothing was changed.") from None


def _in_utc(moment: datetime) -> datetime:
    """Return a local time in UTC. Of two equal times, as clocks are set back, the later favours learners."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return max(moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def moment_in_words(moment: datetime) -> str:
    """Return the moment in this machine's local time, such as Tue 1 Dec 2026, 23:59 (UTC+01:00)."""
    local = moment.astimezone()
    offset = local.strftime("%z")
    day = f"{local:%a} {local.day} {local:%b %Y}"
    return f"{day}, {local:%H:%M} (UTC{offset[:3]}:{offset[3:5]})"
