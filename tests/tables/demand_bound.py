"""The best guess of a store's orders that anyone could make: by the recipe itself, given what was known.

The guess uses every number of the recipe, but the rival only from the day on which its first day is counted:
at an origin the counts of the day before are the latest. The guess is the median of many draws of the recipe,
which minimises the mean absolute error. The error to expect is the mean distance of the draws from it.
"""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import nbinom

RECIPE = runpy.run_path(str(Path(__file__).resolve().parents[2] / "datasets/recipes/demand.py"))
DRAWS = 801
SEED = 1


def best_guesses(demand: pd.DataFrame, horizon: int, with_booked: bool = False) -> pd.DataFrame:
    """One row per day of 2025 and store: `best` (orders) and `error_to_expect` (orders) at this horizon."""
    rng, days, stores = np.random.default_rng(SEED), RECIPE["DAYS"], RECIPE["STORES"]
    wide, judged = demand.pivot(index="day", columns="store"), days.year == 2025
    holiday, promotion = wide["holiday"][stores[0]].to_numpy(), wide["promotion"][stores].to_numpy()
    counted = days - pd.Timedelta(days=horizon + 1)
    mean = RECIPE["rate"](holiday, promotion, counted >= RECIPE["RIVAL_OPENS"])[judged]
    booked = wide["booked_ahead"][stores].to_numpy()[judged]
    drawn = _given_booked(mean, booked, rng) if with_booked else _drawn(mean, rng)
    best = np.median(drawn, axis=0)
    index = pd.MultiIndex.from_product([days[judged], stores], names=["day", "store"])
    values = {"best": best.ravel(), "error_to_expect": np.abs(drawn - best).mean(axis=0).ravel()}
    return pd.DataFrame(values, index=index).reset_index()


def mean_by_day(values: pd.Series, days: pd.Series) -> tuple[float, float]:
    """The mean and its standard error. Stores of one day share its weather: days are counted, not rows."""
    each = values.astype(float).groupby(days).mean()
    return float(values.mean()), float(each.std() / len(each) ** 0.5)


def _drawn(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Orders as the recipe draws them, many times over."""
    again = np.broadcast_to(mean, (DRAWS, *mean.shape)).reshape(-1, mean.shape[1])
    return RECIPE["orders_of"](RECIPE["busy"](again, rng), rng)[1].reshape(DRAWS, *mean.shape)


def _given_booked(mean: np.ndarray, booked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Orders drawn given the slots booked in all stores, which depend on the weather and each store's day."""
    spread, share, kept = RECIPE["WEATHER_SPREAD"], RECIPE["BOOKED_SHARE"], 1 - RECIPE["BOOKED_CANCELLED"]
    shape, nodes = 1 / RECIPE["STORE_SPREAD"] ** 2, np.linspace(-4, 4, 41)
    weather = np.exp(spread * nodes - spread**2 / 2)
    expected = share * mean[..., None] * weather
    told = nbinom.logpmf(booked[..., None], shape, shape / (shape + expected)).sum(axis=1) - nodes**2 / 2
    weights = np.exp(told - told.max(axis=1, keepdims=True))
    below = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    drawn = (rng.random((DRAWS, len(mean), 1)) > below).sum(axis=2)
    busy = mean * weather[drawn][..., None]
    busy = busy * rng.gamma(shape + booked, 1 / (shape + share * busy))
    return rng.binomial(booked, kept, size=busy.shape) + rng.poisson((1 - share * kept) * busy)
