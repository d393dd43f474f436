"""What was understood: the numbers that a lesson would start from, so that a swapped role is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from hindcast.own_tables.checks import Checked

FEW = 30  # rows of a group: a share among fewer says little
GROUPS_SHOWN = 6


def understood(checked: Checked) -> list[str]:
    """A line for the table and one for each role of the contract."""
    contract, table = checked.mapping.contract, checked.values
    lines = [("rows", f"{len(table):,}: {contract.a_row}")]
    for role in contract.roles.values():
        if role.name in table:
            column = checked.mapping.columns[role.name]
            lines.append((role.name, f"{column!r}: {TOLD[role.kind](table[role.name])}"))
        elif role.otherwise is not None:
            word = "yes" if role.otherwise else "no"
            lines.append((role.name, f"no column; taken as {word} in every row ({role.meaning})"))
        else:
            lines.append((role.name, f"no column ({role.meaning})"))
    width = max(len(name) for name, _ in lines)
    return [f"  {name:<{width}}  {words}" for name, words in lines]


def _text(values: pd.Series) -> str:
    counts = values.value_counts()
    if len(counts) > len(values) / 2 or len(counts) > 50:
        return f"{len(counts):,} different ones"
    shown = ", ".join(f"{word} {count:,}" for word, count in counts.iloc[:GROUPS_SHOWN].items())
    more = len(counts) - GROUPS_SHOWN
    return f"{len(counts)} groups: {shown}{f' and {more} more' if more > 0 else ''}"


def _day(values: pd.Series) -> str:
    days = values.dropna()
    return f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}, {_many(days.nunique(), 'day')}{_gaps(values)}"


def _month(values: pd.Series) -> str:
    months = values.dt.strftime("%Y-%m").value_counts()
    return f"{_day(values)}; most rows in {months.index[0]}: {months.iloc[0]:,}"


def _number(values: pd.Series) -> str:
    return f"{values.min():,.4g} to {values.max():,.4g}, on average {values.mean():,.4g}{_gaps(values)}"


def _chance(values: pd.Series) -> str:
    return (
        f"{100 * values.min():.3g} to {100 * values.max():.3g} of 100, on average {100 * values.mean():.3g}"
    )


def _yes_or_no(values: pd.Series) -> str:
    known = values.dropna()
    return f"{int(known.sum()):,} of {len(known):,} are yes ({100 * known.mean():.3g} of 100){_gaps(values)}"


def _gaps(values: pd.Series) -> str:
    empty = int(values.isna().sum())
    return f"; empty in {_many(empty, 'row')}" if empty else ""


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


TOLD: dict[str, Callable[[pd.Series], str]] = {
    "text": _text,
    "day": _day,
    "month": _month,
    "number": _number,
    "chance": _chance,
    "yes or no": _yes_or_no,
}


def worth_a_look(checked: Checked) -> Iterator[str]:
    """What breaks no rule, but may be a misunderstanding."""
    contract, table = checked.mapping.contract, checked.values
    outcome = contract.known[0] if contract.known else None
    if "score" in table and outcome in table:
        yield from _upside_down(table["score"], table[outcome])
    if "score" in table and checked.mapping.written.percent and table["score"].max() <= 0.01:
        yield "percent = true, and no chance is above 1 of 100: are these chances from 0 to 1 already?"
    if "group" in table:
        counts = table["group"].value_counts()
        for word, count in counts[counts < FEW].items():
            yield f"The group {word!r} has {_many(int(count), 'row')}: too few for a share of its own."
    if contract.known and contract.known[1] not in table:
        yield (
            f"No column has the role {contract.known[1]}: whether the values were known only afterwards "
            "could not be checked."
        )


def _upside_down(score: pd.Series, outcome: pd.Series) -> Iterator[str]:
    known = outcome.notna()
    score, came = score[known], outcome[known].astype(float)
    high = score > score.median()
    if not high.any() or high.all():
        return
    above, below = came[high].mean(), came[~high].mean()
    chance = 2 * (came.mean() * (1 - came.mean()) * (1 / high.sum() + 1 / (~high).sum())) ** 0.5
    if above < below - chance:
        yield (
            f"Of 100 rows with a high score {100 * above:.3g} are yes, of 100 with a low one "
            f"{100 * below:.3g}. Is the score the chance of no, or are yes and no the wrong way round?"
        )
