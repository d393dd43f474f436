"""Numbers, days and lengths of time in the sentences and tables of a review."""

import math

import pandas as pd

from hindcast.words import MONTHS, date, percent, plural


def digits(margin: float, value: float = float("nan")) -> int:
    """How many decimals an amount with this margin bears: the last one is about as large as the margin.

    Where no margin is known, three figures of the value.
    """
    if math.isnan(margin) or margin <= 0:
        return 2 if math.isnan(value) or value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return min(max(0, -math.floor(math.log10(margin))), 4)


def amount(value: float, margin: float = float("nan"), unit: str = "") -> str:
    """A number with its unit, and without digits that its margin does not bear."""
    text = f"{value:,.{digits(margin, value)}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return f"{text} {unit}".strip()


def share_text(share: float) -> str:
    """A share in whole per cent; one that is neither none nor all is never written as 0 % or 100 %."""
    return percent(share, hedged=True)


def percents(first: float, last: float) -> str:
    """A range of shares: 70 % to 79 %."""
    low, high = share_text(first), share_text(last)
    return low if low == high else f"{low} to {high}"


def between(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """The days from the first to the last."""
    return date(first) if first.normalize() == last.normalize() else f"{date(first)} to {date(last)}"


def period_name(period: pd.Period) -> str:
    """A period as one says it: September 2025, the week from 15 September 2025, quarter 3 of 2025."""
    kind = period.freqstr[0]
    if kind == "M":
        return f"{MONTHS[period.month - 1]} {period.year}"
    if kind == "Q":
        return f"quarter {period.quarter} of {period.year}"
    return f"the week from {date(period.start_time)}"


def span_text(span: pd.Timedelta) -> str:
    """A span as one says it: 1 day, 30 days, 6 hours."""
    if span is pd.NaT:
        return ""
    if span >= pd.Timedelta(days=1) and not span % pd.Timedelta(days=1):
        return f"{span.days} {plural(span.days, 'day')}"
    hours = span / pd.Timedelta(hours=1)
    return f"{hours:g} {plural(hours, 'hour')}"
