"""Lists, numbers, shares and days as the course writes them; days, yes and no as other people write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

# How people write days, and yes and no, in tables of their own.
YES, NO = {"yes", "y", "true", "t", "1", "1.0"}, {"no", "n", "false", "f", "0", "0.0"}
DAY_FORMS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%B %d, %Y")


def listed(words: Iterable[object], most: int | None = None, last: str = " and ", quote: bool = False) -> str:
    """Words in a sentence: a, b and c. No words give an empty text.

    most: how many to name; of further ones the number is given, as in "a, b and 3 more".
    last: what stands before the last word, such as " or ". ", " joins all words alike, but for "and 3 more".
    quote: text is shown in quotation marks, as Python writes it.
    """
    named = [repr(word) if quote and isinstance(word, str) else str(word) for word in words]
    if most is not None and len(named) > most:
        named, last = [*named[:most], f"{len(named) - most} more"], " and "
    return last.join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def number(value: float, decimals: int = 2) -> str:
    """`value` with at most `decimals` decimals and no zeros at their end: 2, 2.5, 0.67."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float | None, decimals: int = 0, *, hedged: bool = False, space: str = " ") -> str:
    """A share from 0 to 1 in per cent: 0.949 is 95 %, with one decimal 94.9 %; None is a dash.

    hedged: a share above 0 and below 1 is never rounded to 0 % or 100 %, but "under 1 %" or "over 99 %".
    space: what stands between number and sign.
    """
    if share is None:
        return "–"
    if hedged and 0 < share < 0.005:
        return f"under 1{space}%"
    if hedged and 0.995 <= share < 1:
        return f"over 99{space}%"
    return f"{100 * share:.{decimals}f}{space}%"


def date(day: datetime.date, year: bool = True) -> str:
    """A day in words: 15 September 2025, without `year` 15 September. The same in every locale."""
    return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def plural(amount: float, one: str, many: str = "") -> str:
    """The word that fits `amount`: `one` for 1, else `many`, or `one` with an s."""
    return one if amount == 1 else many or f"{one}s"


def count(amount: int, one: str, many: str = "") -> str:
    """`amount` with the word that fits it: 1 case, 1,200 cases."""
    return f"{amount:,} {plural(amount, one, many)}"
