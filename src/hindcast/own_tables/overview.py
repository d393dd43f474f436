"""An overview of a table that was checked: its numbers by role, so that a swapped role is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hindcast.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from hindcast.own_tables.checks import CheckedTable

FEW = 30  # rows of a group: a share among fewer says little
GROUPS_SHOWN = 6


def overview_lines(checked: CheckedTable) -> list[str]:
    """A line for the table and one for each role of the contract."""
    contract, table = checked.mapping.contract, checked.values
    lines = [("rows", f"{len(table):,}: {contract.a_row}")]
    for role in contract.roles.values():
        if role.name in table:
            column = checked.mapping.columns[role.name]
            lines.append((role.name, f"{column!r}: {DESCRIBERS[role.kind](table[role.name])}"))
        elif role.otherwise is not None:
            word = "yes" if role.otherwise else "no"
            lines.append((role.name, f"no column; taken as {word} in every row ({role.meaning})"))
        else:
            lines.append((role.name, f"no column ({role.meaning})"))
    width = max(len(name) for name, _ in lines)
    return [f"  {name:<{width}}  {words}" for name, words in lines]


def _describe_words(values: pd.Series) -> str:
    counts = values.value_counts()
    if len(counts) > len(values) / 2 or len(counts) > 50:
        return f"{len(counts):,} different ones"
    sizes = (f"{word} {rows:,}" for word, rows in counts.items())
    return f"{len(counts)} groups: {listed(sizes, GROUPS_SHOWN, last=', ')}"


def _describe_days(values: pd.Series) -> str:
    days = values.dropna()
    return f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}, {count(days.nunique(), 'day')}{_gaps(values)}"


def _describe_months(values: pd.Series) -> str:
    months = values.dt.strftime("%Y-%m").value_counts()
    return f"{_describe_days(values)}; most rows in {months.index[0]}: {months.iloc[0]:,}"


def _describe_numbers(values: pd.Series) -> str:
    return f"{values.min():,.4g} to {values.max():,.4g}, on average {values.mean():,.4g}{_gaps(values)}"


def _describe_chances(values: pd.Series) -> str:
    return (
        f"{100 * values.min():.3g} to {100 * values.max():.3g} of 100, on average {100 * values.mean():.3g}"
    )


def _describe_yes_or_no(values: pd.Series) -> str:
    known = values.dropna()
    return f"{int(known.sum()):,} of {len(known):,} are yes ({100 * known.mean():.3g} of 100){_gaps(values)}"


def _gaps(values: pd.Series) -> str:
    empty = int(values.isna().sum())
    return f"; empty in {count(empty, 'row')}" if empty else ""


DESCRIBERS: dict[str, Callable[[pd.Series], str]] = {
    "text": _describe_words,
    "day": _describe_days,
    "month": _describe_months,
    "number": _describe_numbers,
    "chance": _describe_chances,
    "yes or no": _describe_yes_or_no,
}


def worth_a_look(checked: CheckedTable) -> Iterator[str]:
    """What breaks no rule, but may be a misunderstanding."""
    contract, table = checked.mapping.contract, checked.values
    outcome = contract.known[0] if contract.known else None
    if "score" in table and outcome in table:
        yield from _upside_down(table["score"], table[outcome])
    if "score" in table and checked.mapping.csv_format.percent and table["score"].max() <= 0.01:
        yield "percent = true, and no chance is above 1 of 100: are these chances from 0 to 1 already?"
    if "group" in table:
        counts = table["group"].value_counts()
        for word, rows in counts[counts < FEW].items():
            yield f"The group {word!r} has {count(int(rows), 'row')}: too few for a share of its own."
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
