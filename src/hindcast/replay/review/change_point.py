"""Whether the level of the errors changed, and when.

The errors of a day are averaged, weighted by their number. Of all stretches of days, that one is looked for
whose own level explains most of the squares (least squares): a stretch that lasts to the end is a step, one
that ends before is a change that was made up for, as by a model that learns. The search for a stretch is the
binary segmentation of Olshen et al. (Biostatistics 5, 2004).

Whether that is more than chance: the same search in 999 series without any change, made of what the stretch
leaves over: its surprises in random order, each lasting into the next days as theirs do (a sieve bootstrap of
order one; Buehlmann, Bernoulli 3, 1997). The strength is the share of them in which a stretch explains as
much. A change of less than a tenth of the usual error is not told.

The margin of the day is that of Bai (1997, Review of Economics and Statistics 79), about 95 in 100.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

ALARM = 0.01  # the largest share of series of pure luck that may do as well
WORTH_TELLING = 0.1  # of the mean absolute error
ORDERS = 999
FEWEST_DAYS = 20
MOST_DAYS, MOST_LUCK = 400, 125  # points of the search, and of the luck series; more are averaged together
BAI = 11
SECOND_CHANGE = 3  # times log n, in squares of luck: as in the criterion of Yao (1988), made stricter
WARM_UP = 50


@dataclass(frozen=True)
class LevelChange:
    """What the search found.

    `found` is None where it was not made; `why` then says why not. `day` is the first day of the other level,
    `margin_days` how many days it may be off, `until` the first day after it (None: it lasts to the end).
    `before`, `after` and `later` (from `until` on; None without) are mean errors, `size` is after - before.
    `strength` is the share of 999 series of pure luck in which chance does as well. `by_day` has the columns
    day, error and n.
    """

    found: bool | None
    why: str = ""
    day: pd.Timestamp | None = None
    margin_days: int | None = None
    until: pd.Timestamp | None = None
    before: float = float("nan")
    after: float = float("nan")
    later: float | None = None
    size: float = float("nan")
    strength: float = float("nan")
    by_day: pd.DataFrame | None = None


def find_level_change(rows: pd.DataFrame) -> LevelChange:
    """Look for one change of level in said - came over the days of `rows`."""
    errors = pd.DataFrame({"day": rows["day"], "error": rows["said"] - rows["came"]}).dropna()
    by_day = errors.groupby("day")["error"].agg(["mean", "size"]).reset_index()
    by_day.columns = ["day", "error", "n"]
    why = not_searched(rows, by_day)
    if why:
        return LevelChange(None, why, by_day=by_day)
    least = WORTH_TELLING * errors["error"].abs().mean()
    return _describe(by_day, _gather(by_day, MOST_DAYS), _strength(_gather(by_day, MOST_LUCK)), least)


def not_searched(rows: pd.DataFrame, by_day: pd.DataFrame) -> str:
    """Why no change can be looked for; "" where one can."""
    if by_day.empty:
        return "the table does not say on which day a prediction was made"
    if len(by_day) < FEWEST_DAYS:
        return f"a search needs {FEWEST_DAYS} days with a known value, and there are only {len(by_day)}"
    if rows["case"].notna().any():
        outcomes = rows.dropna(subset=["case"]).groupby("case")
        days = outcomes["day"].nunique()
        settled = rows[["due", "known_on"]].bfill(axis=1).iloc[:, 0]
        outcome = settled.groupby(rows["case"]).nunique()
        if (days > 1).mean() > 0.5 and (outcome <= 1).mean() > 0.5:
            return "most cases are predicted again on other days, so that those days share outcomes"
    if np.ptp(by_day["error"]) < 1e-12:
        return "the errors of all days are the same"
    return ""


def _gather(by_day: pd.DataFrame, most: int) -> pd.DataFrame:
    """Neighbouring days averaged, so that at most `most` points are left."""
    at_a_time = -(-len(by_day) // most)
    if at_a_time == 1:
        return by_day
    group = np.arange(len(by_day)) // at_a_time
    total = (by_day["error"] * by_day["n"]).groupby(group).sum()
    n, first = by_day["n"].groupby(group).sum(), by_day["day"].groupby(group).first()
    return pd.DataFrame({"day": first, "error": total / n, "n": n})


def _best_stretch(error: np.ndarray, weight: np.ndarray, steps_only: bool = False) -> tuple[float, int, int]:
    """The stretch [i, j) whose own level explains most squares: (squares, i, j). All else has one level.

    With `steps_only` a stretch begins at the first point or ends at the last.
    """
    n = len(error)
    sums = np.concatenate([[0.0], np.cumsum(weight * (error - np.average(error, weights=weight)))])
    weights = np.concatenate([[0.0], np.cumsum(weight)])
    inside, usable = weights[None, :] - weights[:, None], _usable(n, steps_only)
    outside = np.where(usable, weights[-1] - inside, 1.0)
    total = sums[None, :] - sums[:, None]
    gain = np.where(usable, total**2 / (np.where(usable, inside, 1.0) * outside), -1.0) * weights[-1]
    i, j = divmod(int(gain.argmax()), n + 1)
    return float(gain[i, j]), i, j


@cache
def _usable(n: int, steps_only: bool) -> np.ndarray:
    """Which [i, j) are looked at: the stretch, and what lies on either side, is nothing or long enough."""
    short, at = shortest(n), np.arange(n + 1)
    first, last = at[:, None], at[None, :]
    ends = (first == 0) | (last == n)
    usable = (last - first >= short) & ((first == 0) | (first >= short)) & ((last == n) | (n - last >= short))
    usable = usable & ~((first == 0) & (last == n))
    return usable & ends if steps_only else usable


def shortest(n: int) -> int:
    """The fewest points that a stretch of `n` points may have: one point alone is no level."""
    return max(3, n // 50)


def _strength(points: pd.DataFrame) -> float:
    """The share of series of pure luck in which chance does as well as the days do.

    Judged is the share of all squares that the best stretch explains, which does not depend on how large what
    is left over is.
    """
    error, weight = points["error"].to_numpy(), points["n"].to_numpy(float)
    gain, i, j = _best_stretch(error, weight)
    real = gain / _squares(error, weight)
    made_up = _luck(_rest(error, weight, i, j))
    as_well = sum(_best_stretch(other, weight)[0] >= real * _squares(other, weight) for other in made_up)
    return (1 + as_well) / (1 + ORDERS)


def _luck(rest: np.ndarray) -> np.ndarray:
    """Series without any change, drawn from the residuals `rest`: ORDERS rows, one column a point.

    Each point keeps a share of the one before and adds a surprise, drawn from those of `rest`.
    """
    keeps, n = lasting(rest), len(rest)
    surprises = rest[1:] - keeps * rest[:-1]
    drawn = np.random.default_rng(0).choice(surprises, size=(ORDERS, n + WARM_UP))
    for place in range(1, n + WARM_UP):
        drawn[:, place] += keeps * drawn[:, place - 1]
    return drawn[:, WARM_UP:]


def lasting(rest: np.ndarray) -> float:
    """The share of a point's luck that lasts to the next: the autocorrelation at lag 1.

    Where levels were taken out, it comes out too small, by about (3 + 4 r) / n; that is put back.
    """
    n, squares = len(rest), float((rest**2).sum())
    found = float((rest[1:] * rest[:-1]).sum() / squares) if squares else 0.0
    return float(np.clip((n * found + 3) / (n - 4), 0.0, 0.95))


def _squares(error: np.ndarray, weight: np.ndarray) -> float:
    return float((weight * (error - np.average(error, weights=weight)) ** 2).sum())


def _rest(error: np.ndarray, weight: np.ndarray, i: int, j: int) -> np.ndarray:
    """The residuals: errors less the mean level inside or outside the stretch [i, j)."""
    inside = (np.arange(len(error)) >= i) & (np.arange(len(error)) < j)
    levels = [np.average(error[part], weights=weight[part]) for part in (inside, ~inside)]
    return error - np.where(inside, *levels)


def _describe(by_day: pd.DataFrame, points: pd.DataFrame, strength: float, least: float) -> LevelChange:
    """The strongest stretch as a LevelChange: levels before, after, and later where it ended."""
    error, weight = points["error"].to_numpy(), points["n"].to_numpy(float)
    i, j = _step_or_stretch(error, weight)
    if i == 0:  # a stretch at the beginning: the change is where it ends
        i, j = j, len(points)
    before = float(np.average(error[:i], weights=weight[:i]))
    after = float(np.average(error[i:j], weights=weight[i:j]))
    ends = j < len(points)
    return LevelChange(
        found=bool(strength < ALARM and abs(after - before) >= least),
        day=points["day"].iloc[i],
        margin_days=_margin_days(points, _rest(error, weight, i, j), after - before),
        until=points["day"].iloc[j] if ends else None,
        before=before,
        after=after,
        later=float(np.average(error[j:], weights=weight[j:])) if ends else None,
        size=after - before,
        strength=strength,
        by_day=by_day,
    )


def _step_or_stretch(error: np.ndarray, weight: np.ndarray) -> tuple[int, int]:
    """The best step; a stretch that ends only where it explains more than luck would by a second change."""
    step, first, last = _best_stretch(error, weight, steps_only=True)
    stretch, i, j = _best_stretch(error, weight)
    rest = _rest(error, weight, i, j)
    keeps = lasting(rest)
    luck = np.average(rest**2, weights=weight) * weight.mean() * (1 + keeps) / (1 - keeps)
    return (i, j) if stretch - step > SECOND_CHANGE * np.log(len(error)) * luck else (first, last)


def _margin_days(points: pd.DataFrame, rest: np.ndarray, size: float) -> int:
    """How many days the day of a change may be off, by its size and the residuals `rest` (Bai, 1997)."""
    keeps = lasting(rest)
    off = np.ceil(BAI * rest.var() * (1 + keeps) / (1 - keeps) / size**2) if size else len(points)
    days = points["day"].diff().median() / pd.Timedelta(days=1)
    return int(min(off, len(points)) * max(days, 1))
