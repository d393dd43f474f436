"""Recipe of demand.csv: orders per store and day, what was booked, first counted and finally settled.

A store's rate of orders on a day follows from its size, growth, weekday, season, holidays, promotions and,
from May 2025 on, a rival. Weather moves all stores of a day together, noise moves each of them. Most orders
are booked by the evening before. Of some store-days the first count misses orders that the couriers' phones
sent late; the count is put right some days after.

`make()` returns the table, `hindcast data build` writes it. Same seed, same versions: same bytes.
"""

import numpy as np
import pandas as pd

SEED = 2025_0519
FIRST, LAST = pd.Timestamp(2023, 1, 1), pd.Timestamp(2025, 12, 31)
DAYS = pd.date_range(FIRST, LAST, unit="us")
# Orders on an ordinary day in the middle of 2024.
SIZES = {
    "Mill Lane": 52,
    "Station": 84,
    "Market Hall": 96,
    "Quayside": 61,
    "Hillside": 41,
    "Old Brewery": 68,
}
STORES = list(SIZES)

GROWTH_A_YEAR = 1.12
MIDDLE = pd.Timestamp(2024, 7, 1)
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
WEEKDAY_TIMES = np.array([0.95, 0.90, 0.92, 0.97, 1.10, 1.14, 1.02])
SEASON_SWING, SEASON_PEAK = 0.06, 20  # as a share; day of the year
HOLIDAY_TIMES, PROMOTION_TIMES = 0.80, 1.18
# A rival opens: all stores, from this day on.
RIVAL_OPENS, RIVAL_TIMES = pd.Timestamp(2025, 5, 19), 0.84

# Spread of the day's weather (log scale) and of each store's day (as a share), on top of Poisson noise.
WEATHER_SPREAD, STORE_SPREAD = 0.035, 0.05
# Slots booked by the evening before, as a share of the day's rate, and how many of them are cancelled.
BOOKED_SHARE, BOOKED_CANCELLED = 0.72, 0.06

LATE_SYNCED_SHARE = 0.30
FIRST_COUNT_FROM, FIRST_COUNT_TO = 0.80, 0.97
REVISED_AFTER_FROM, REVISED_AFTER_TO = 3, 14  # days

TOWN_PROMOTIONS, STORE_PROMOTIONS = 5, 5  # a year


def holidays(year: int) -> dict[str, pd.Timestamp]:
    """The ten invented holidays of a year, by name."""

    def nth(weekday: int, number: int, month: int) -> pd.Timestamp:
        first = pd.Timestamp(year, month, 1)
        return first + pd.Timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))

    return {
        "New Year's Day": pd.Timestamp(year, 1, 1),
        "winter bank holiday": nth(0, 2, 2),
        "spring bank holiday": nth(0, 2, 4),
        "May Day": pd.Timestamp(year, 5, 1),
        "Town Day": pd.Timestamp(year, 6, 14),
        "midsummer holiday": nth(4, 4, 6),
        "August bank holiday": nth(0, 4, 8),
        "harvest holiday": nth(4, 1, 10),
        "November bank holiday": nth(0, 2, 11),
        "Year's End": pd.Timestamp(year, 12, 31),
    }


def promotions(rng: np.random.Generator) -> np.ndarray:
    """Whether a promotion ran, days by stores: some in the whole town, some in one store."""
    planned = np.zeros((len(DAYS), len(STORES)), dtype=bool)
    for year in range(FIRST.year, LAST.year + 1):
        begin = (pd.Timestamp(year, 1, 1) - FIRST).days
        for store in [slice(None)] * TOWN_PROMOTIONS + list(range(len(STORES))) * STORE_PROMOTIONS:
            start = begin + rng.integers(0, 359)
            planned[start : start + rng.integers(3, 7), store] = True
    return planned


def rate(holiday: np.ndarray, promotion: np.ndarray, rival: np.ndarray) -> np.ndarray:
    """Mean orders, days by stores, before weather and chance. `holiday` and `rival` are by day."""
    years = (DAYS - MIDDLE).days.to_numpy() / 365.25
    season = 1 + SEASON_SWING * np.cos(2 * np.pi * (DAYS.day_of_year.to_numpy() - SEASON_PEAK) / 365.25)
    by_day = GROWTH_A_YEAR**years * WEEKDAY_TIMES[DAYS.day_of_week] * season
    by_day = by_day * np.where(holiday, HOLIDAY_TIMES, 1.0) * np.where(rival, RIVAL_TIMES, 1.0)
    return by_day[:, None] * np.array(list(SIZES.values())) * np.where(promotion, PROMOTION_TIMES, 1.0)


def busy(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mean rate times weather (one for all stores of a day) and noise of each store's own day."""
    weather = rng.normal(-(WEATHER_SPREAD**2) / 2, WEATHER_SPREAD, size=(len(mean), 1))
    shape = 1 / STORE_SPREAD**2
    return mean * np.exp(weather) * rng.gamma(shape, 1 / shape, size=mean.shape)


def orders_of(busy_rate: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Slots booked by the evening before, and the day's orders: booked ones that were kept, and new ones."""
    booked = rng.poisson(BOOKED_SHARE * busy_rate)
    kept = rng.binomial(booked, 1 - BOOKED_CANCELLED)
    on_the_day = rng.poisson((1 - BOOKED_SHARE * (1 - BOOKED_CANCELLED)) * busy_rate)
    return booked, kept + on_the_day


def first_count(orders: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The first count, and the days until it is corrected (0: the first count is right)."""
    late = rng.random(orders.shape) < LATE_SYNCED_SHARE
    counted = np.round(orders * rng.uniform(FIRST_COUNT_FROM, FIRST_COUNT_TO, size=orders.shape)).astype(int)
    after = rng.integers(REVISED_AFTER_FROM, REVISED_AFTER_TO + 1, size=orders.shape)
    return np.where(late, counted, orders), np.where(late & (counted < orders), after, 0)


def make() -> dict[str, pd.DataFrame]:
    """The table by its path in datasets/."""
    rng = np.random.default_rng(SEED)
    free = [day for year in range(FIRST.year, LAST.year + 1) for day in holidays(year).values()]
    holiday, promotion = DAYS.isin(free), promotions(rng)
    booked, orders = orders_of(busy(rate(holiday, promotion, DAYS >= RIVAL_OPENS), rng), rng)
    reported, after = first_count(orders, rng)
    day = DAYS.repeat(len(STORES))
    revised_on = day + pd.to_timedelta(after.ravel(), unit="D")
    table = pd.DataFrame(
        {
            "day": day,
            "store": STORES * len(DAYS),
            "weekday": np.array(WEEKDAYS)[day.day_of_week],
            "holiday": holiday.repeat(len(STORES)),
            "promotion": promotion.ravel(),
            "booked_ahead": booked.ravel(),
            "orders_reported": reported.ravel(),
            "orders": orders.ravel(),
            "revised_on": revised_on.where(after.ravel() > 0),
        }
    )
    return {"demand.csv": table}
