"""Small tables to practise on: what a few stores sold, and when each number became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

STORES = ("Dock", "Hill", "Mill", "North", "Park", "Quay")
LONGEST_DELAY = 12  # days from the first count to the final number


def store_days(seed: int, weeks: int = 12, stores: int = 4, start: str = "2025-03-03") -> pd.DataFrame:
    """Made-up orders by store and day; the same seed gives the same table. One of the stores closes.

    A row is a day on which a store traded, from the Monday `start` on. Columns: day, store, weekend,
    promotion, planned (orders the planners expected; all of these known weeks ahead); booked, known on
    booked_on, the evening before; first_count, known on counted_on, the day after; orders, the final number,
    known on final_on, which is counted_on or up to 12 days later; closed_on, known on that day and missing
    where a store has not closed.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    days = pd.date_range(start, periods=7 * weeks)
    names = sorted(rng.choice(STORES, stores, replace=False))
    table = pd.DataFrame(
        {"day": days.repeat(stores), "store": names * len(days)},
    )
    place, size = np.tile(np.arange(stores), len(days)), len(table)
    table["weekend"] = table["day"].dt.day_of_week >= 5
    table["promotion"] = rng.random(size) < 0.15
    table["planned"] = np.round(rng.uniform(40, 110, stores))[place] + 5 * rng.integers(-2, 3, size)
    trend = 1 + rng.choice([-0.3, 0.3]) * np.repeat(np.linspace(0, 1, len(days)), stores)
    rate = table["planned"] * trend * (1 + 0.2 * table["weekend"] + 0.15 * table["promotion"])
    orders = rng.poisson(rate)
    table["booked"] = rng.binomial(orders, 0.7)
    table["booked_on"] = table["day"] - pd.Timedelta("1D")
    late = rng.random(size) < 0.4
    table["first_count"] = np.where(late, (orders * rng.uniform(0.6, 0.9, size)).astype(int), orders)
    table["counted_on"] = table["day"] + pd.Timedelta("1D")
    table["orders"] = orders
    delay = np.where(late, rng.integers(3, LONGEST_DELAY + 1, size), 0)
    table["final_on"] = table["counted_on"] + pd.to_timedelta(delay, unit="D")
    closed = days[len(days) * 3 // 4 + int(rng.integers(0, 5))]
    leaves = place == int(rng.integers(stores))
    table["closed_on"] = pd.Series(closed, index=table.index).where(leaves)
    return table[~leaves | (table["day"] < closed)].reset_index(drop=True)
