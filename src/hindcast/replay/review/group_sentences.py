"""What a review found of its groups (periods, segments, horizons), in sentences."""

from __future__ import annotations

import math

import pandas as pd

from hindcast.replay.review.metrics import FEW
from hindcast.replay.review.phrases import amount, period_name, share_text
from hindcast.words import listed


def about_groups(table: pd.DataFrame, what: str, measure: str, unit: str) -> list[str]:
    """The worst group beside the best, each with its n; groups with one-sided errors or few cases."""
    if len(table) < 2:
        return []
    enough = table[~table["few"]]
    judged = enough if len(enough) > 1 else table
    told = _worst_brier(judged, what) if measure == "brier" else _worst_error(judged, what, measure, unit)
    return [told, *_one_sided(judged, unit), *_few(table)]


def _worst_error(judged: pd.DataFrame, what: str, measure: str, unit: str) -> str:
    high, low = judged.loc[judged[measure].idxmax()], judged.loc[judged[measure].idxmin()]
    told = (
        f"Worst {what}: {group_name(high.name)}, off by {amount(high[measure], high['margin'], unit)} "
        f"({_n_of_group(high)}). "
        f"Best: {group_name(low.name)}, {amount(low[measure], low['margin'], unit)} ({_n_of_group(low)})."
    )
    if high[measure] - low[measure] <= math.hypot(high["margin"], low["margin"]):
        told += " They differ by no more than chance alone may make."
    return told


def _worst_brier(judged: pd.DataFrame, what: str) -> str:
    """The worst and best group by Brier score over the baseline's: where few come, any Brier score is low."""
    against = (judged["brier"] / judged["baseline"]).where(judged["baseline"] > 0)
    if against.isna().all():
        return f"The {what}s cannot be compared: the baseline has no Brier score above 0."
    high, low = judged.loc[against.idxmax()], judged.loc[against.idxmin()]

    def told(row: pd.Series) -> str:
        bear = min(row["margin"], row["better_by_margin"])
        name, own, other = group_name(row.name), amount(row["brier"], bear), amount(row["baseline"], bear)
        return f"{name}, Brier score {own} against the baseline's {other} ({_n_of_group(row)})"

    return f"Worst {what}, held against the baseline: {told(high)}. Best: {told(low)}."


def _one_sided(judged: pd.DataFrame, unit: str) -> list[str]:
    """At most three groups with a mean error of more than three standard errors, largest first."""
    sided = judged[judged["mean_error"].abs() > 1.5 * judged["mean_error_margin"]]
    if sided.empty:
        return []
    order = sided["mean_error"].abs().sort_values(ascending=False, kind="stable").index
    told = [f"{group_name(name)} ({_which_side(sided.loc[name], unit)})" for name in order[:3]]
    more = f", and {len(sided) - 3} more" if len(sided) > 3 else ""
    return [f"Too high or too low on average, by more than chance: {', '.join(told)}{more}."]


def _which_side(row: pd.Series, unit: str) -> str:
    way = "too high" if row["mean_error"] > 0 else "too low"
    if "share_came" in row:
        return f"{way}: the scores say {share_text(row['mean_score'])}, {share_text(row['share_came'])} came"
    return f"{amount(abs(row['mean_error']), row['mean_error_margin'], unit)} {way}"


def _few(table: pd.DataFrame) -> list[str]:
    few = [group_name(name) for name in table.index[table["few"]]]
    if not few:
        return []
    told = listed(few if len(few) <= 4 else [*few[:3], f"{len(few) - 3} more"])
    judged = "so that nothing sure can be said of any" if len(few) == len(table) else "too few to judge"
    return [f"Fewer than {FEW} cases, {judged}: {told}."]


def _n_of_group(row: pd.Series) -> str:
    if "cases" in row and row["cases"] < row["n"]:
        return f"n = {row['n']:,.0f}, {row['cases']:,.0f} cases"
    return f"n = {row['n']:,.0f}"


def group_name(value: object) -> str:
    """A group as one says it: a period by its month, week or quarter."""
    return period_name(value) if isinstance(value, pd.Period) else str(value)
