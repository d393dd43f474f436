"""Orders of the town: the weather, how long a bag takes, what the app promises and what comes of it.

Loaded by ../town.py with runpy. Every random quantity is a function of a uniform number, so that the same
lines make the table and its truths: the table puts in a random number, the truths a grid.

At a decision moment some columns are not known yet (items, courier, open orders, real rain). The grid puts in
what they could have been. The median of the results is the best prediction possible.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import qmc

HOURS = np.arange(8, 22)
HOUR_SHARES = np.array([4, 5, 6, 7, 9, 7, 5, 6, 8, 12, 13, 10, 5, 3]) / 100
PEAK = (17, 19)
TWO_ORDERS_FROM, TWO_ORDERS_MINUTES = pd.Timestamp(2025, 9, 15), 6.0
PROMISE_FROM, PROMISE_MINUTES = pd.Timestamp(2025, 10, 27), 5
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

DOOR_MINUTES = {"Old Town": 4.0, "Harbour": 1.5, "Riverside": 0.0, "University": 2.0, "Hilltop": 5.0}
QUEUE_MINUTES = {
    "Mill Lane": 1.0,
    "Station": 0.8,
    "Market Hall": 1.2,
    "Quayside": 1.0,
    "Hillside": 1.5,
    "Old Brewery": 1.2,
}
OPEN_FOR_HOURS, OPEN_SPREAD = 0.75, 0.40
RATING_SPREAD = 0.8
NOISE, MISHAPS, MISHAP_MINUTES, AT_MOST = 0.19, 0.03, 22.0, 115
DRAWS = 2048


def weather(days: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rain (mm an hour) for each day and hour of HOURS: the forecast of that morning, and the real rain."""
    season = np.cos(2 * np.pi * (np.arange(days) - 335) / 365.25)
    wet = rng.random(days) < 0.48 + 0.14 * season
    start, length = rng.integers(4, 20, days), rng.integers(3, 14, days)
    within = (start[:, None] <= HOURS) & ((start + length)[:, None] > HOURS)
    strength = rng.gamma(1.3, 1.1, days)[:, None] * rng.lognormal(0.0, 0.5, (days, len(HOURS)))
    forecast = np.where(wet[:, None] & within, strength, 0.0).clip(0, 9).round(1)
    return forecast, rain_of(rng.random(forecast.shape), forecast).round(1)


def under(sky: tuple[np.ndarray, np.ndarray], orders: pd.DataFrame) -> pd.DataFrame:
    """The orders with the forecast and the rain of their hour."""
    spot = (orders["day"], orders["hour"] - HOURS[0])
    return orders.assign(forecast_rain_mm=sky[0][spot], rain_mm=sky[1][spot])


def rain_of(u: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """The real rain: mostly near the forecast, sometimes none, now and then rain without a forecast."""
    wet = np.clip((u - 0.15) / 0.85, 1e-9, 1 - 1e-9)
    as_forecast = np.where(u < 0.15, 0.0, forecast * np.exp(0.5 * ndtri(wet) - 0.1))
    surprise = np.where(u < 0.94, 0.0, -1.4 * np.log(np.clip((1 - u) / 0.06, 1e-9, 1)))
    return np.where(forecast > 0, as_forecast, surprise).clip(0, 15)


def items_of(u: np.ndarray, weekend: np.ndarray) -> np.ndarray:
    """How many items are in the bag; more at the weekend."""
    return np.exp(np.where(weekend, 2.85, 2.6) + 0.5 * ndtri(u)).round().clip(1, 60)


def weeks_of(u: np.ndarray) -> np.ndarray:
    """Whole weeks the courier has been on the job: three in ten came in the last eight."""
    rest = np.clip((u - 0.3) / 0.7, 0, 1 - 1e-9)
    return np.where(u < 0.3, np.floor(u / 0.3 * 8), np.floor(8 - 40 * np.log(1 - rest))).clip(0, 200)


def open_orders_of(u: np.ndarray, orders_of_day: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """Orders of the store that wait or are under way at that hour, given how many it gets that day."""
    usual = orders_of_day * HOUR_SHARES[hour - HOURS[0]] * OPEN_FOR_HOURS
    return (usual * np.exp(OPEN_SPREAD * ndtri(u))).round()


def usual_minutes(
    orders: pd.DataFrame, items: np.ndarray, weeks: np.ndarray, queue: np.ndarray, rain: np.ndarray
) -> np.ndarray:
    """Minutes of an ordinary trip. Inputs that vary over draws have one row for each order."""

    def column(values: pd.Series) -> np.ndarray:
        return values.to_numpy().reshape((-1,) + (1,) * (np.ndim(items) - 1))

    hour, weekday = column(orders["hour"]), column(orders["weekday"])
    rush = (PEAK[0] <= hour) & (hour <= PEAK[1]) & ~np.isin(weekday, ["Sat", "Sun"])
    ride = column(orders["distance_km"]) * 3.4 * (1 + 0.25 * np.minimum(rain, 6)) * np.where(rush, 1.25, 1.0)
    slower = column(TWO_ORDERS_MINUTES * (orders["placed_at"] >= TWO_ORDERS_FROM))
    waiting = column(orders["store"].map(QUEUE_MINUTES)) * queue
    door = column(orders["zone"].map(DOOR_MINUTES))
    return 5.0 + 0.45 * items + waiting + ride + door + 7.0 * np.exp(-weeks / 5) + slower


def minutes_of(usual: np.ndarray, noise: np.ndarray, mishap: np.ndarray) -> np.ndarray:
    """Minutes that the trip took: usual minutes with noise, and a mishap on three trips in a hundred."""
    lost = np.where(
        mishap < MISHAPS, -MISHAP_MINUTES * np.log(np.clip(mishap / MISHAPS, 1e-9, None).clip(None, 1)), 0.0
    )
    return (usual * np.exp(NOISE * ndtri(noise)) + lost).clip(8, AT_MOST)


def promise(orders: pd.DataFrame) -> np.ndarray:
    """The app's crude formula: distance and peak hours, to five minutes; five more from 27 October 2025."""
    peak = orders["hour"].between(*PEAK)
    crude = 27.4 + 4.0 * orders["distance_km"] + 5.0 * peak
    later = PROMISE_MINUTES * (orders["placed_at"] >= PROMISE_FROM)
    return (5 * (crude / 5).round() + later).astype(int).to_numpy()


def deliver(orders: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add what is in the bag, who brings it, the promise and how long it took to orders that were placed."""
    count = len(orders)
    weekend = orders["weekday"].isin(["Sat", "Sun"]).to_numpy()
    items, weeks = items_of(rng.random(count), weekend), weeks_of(rng.random(count))
    queue = open_orders_of(rng.random(count), orders["store_orders"].to_numpy(), orders["hour"].to_numpy())
    usual = usual_minutes(orders, items, weeks, queue, orders["rain_mm"].to_numpy())
    minutes = minutes_of(usual, rng.random(count), rng.random(count)).round().astype(int)
    paid = items * 3.1 * rng.lognormal(-0.03, 0.25, count) * np.where(orders["discounted"], 0.85, 1.0)
    promised = promise(orders)
    return orders.assign(
        items=items.astype(int),
        basket_euros=(paid * 20).round().clip(60) / 20,
        open_orders=queue.astype(int),
        courier_weeks=weeks.astype(int),
        promised_minutes=promised,
        minutes_to_arrival=minutes,
        late=minutes > promised,
    )


def chance_to_rate(behind: np.ndarray) -> np.ndarray:
    """The chance of a rating: highest long past the promise, lowest shortly before it."""
    return np.select([behind > 10, behind > 0, behind < -15], [0.25, 0.12, 0.13], 0.06)


def usual_rating(behind: np.ndarray) -> np.ndarray:
    """The median rating for that many minutes behind the promise, before rounding to 1 to 5."""
    return 4.5 - 0.09 * np.clip(behind, 0, 30) + 0.3 * (behind < -15)


def aftermath(orders: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add rating and refund, with the days they came."""
    count, day = len(orders), orders["placed_at"].dt.normalize()
    behind = (orders["minutes_to_arrival"] - orders["promised_minutes"]).to_numpy()
    rated = rng.random(count) < chance_to_rate(behind)
    rating = (usual_rating(behind) + RATING_SPREAD * rng.standard_normal(count)).round().clip(1, 5)
    rated_on = day + pd.to_timedelta(rng.choice(4, count, p=[0.5, 0.3, 0.12, 0.08]), unit="D")
    chance = np.select([behind > 20, behind > 10], [0.8, 0.12], 0.008)
    refunded = rng.random(count) < chance
    euros = np.where(behind > 20, (0.4 * orders["basket_euros"]).round().clip(3), 3.0)
    refunded_on = day + pd.to_timedelta(rng.choice(5, count, p=[0.2, 0.4, 0.2, 0.1, 0.1]), unit="D")
    return orders.assign(
        rating=pd.array(np.where(rated, rating, np.nan), dtype="Int64"),
        rated_on=rated_on.where(rated),
        refund_euros=np.where(refunded, euros, 0.0).astype(int),
        refunded_on=refunded_on.where(refunded),
    )


# The best predictions possible


def grid(seed: int) -> np.ndarray:
    """DRAWS evenly spread points between 0 and 1 in seven dimensions, the same for every order."""
    points = qmc.Sobol(7, scramble=True, rng=np.random.default_rng(seed)).random(DRAWS)
    return np.clip(points, 1e-6, 1 - 1e-6).T


def truths(orders: pd.DataFrame, points: np.ndarray) -> pd.DataFrame:
    """For each order and decision moment the median minutes and the chance of late, in portions of orders."""
    parts = [orders.iloc[start : start + 400] for start in range(0, len(orders), 400)]
    return pd.concat([_truths_of(part, points) for part in parts])


def _truths_of(orders: pd.DataFrame, points: np.ndarray) -> pd.DataFrame:
    noise, mishap, u_rain, u_items, u_weeks, u_open, u_day = points
    known = {name: orders[name].to_numpy()[:, None] for name in ("items", "courier_weeks", "open_orders")}
    shape = (len(orders), DRAWS)
    rain = rain_of(u_rain, orders["forecast_rain_mm"].to_numpy()[:, None])
    settled = [np.broadcast_to(known[name], shape) for name in ("items", "courier_weeks", "open_orders")]
    placed = minutes_of(usual_minutes(orders, *settled, rain), noise, mishap)
    came = np.broadcast_to(orders["rain_mm"].to_numpy()[:, None], shape)
    hindsight = minutes_of(usual_minutes(orders, *settled, came), noise, mishap)
    busy = np.stack(orders["nearby_orders"])[:, (u_day * len(orders["nearby_orders"].iloc[0])).astype(int)]
    queue = open_orders_of(u_open, busy, orders["hour"].to_numpy()[:, None])
    items = items_of(u_items, orders["weekday"].isin(["Sat", "Sun"]).to_numpy()[:, None])
    weeks = np.broadcast_to(weeks_of(u_weeks), shape)
    opened = minutes_of(usual_minutes(orders, items, weeks, queue, rain), noise, mishap)
    late = placed.round() > orders["promised_minutes"].to_numpy()[:, None]
    return pd.DataFrame(
        {
            "median_when_opened": np.median(opened, axis=1).round(1),
            "median_when_placed": np.median(placed, axis=1).round(1),
            "median_in_hindsight": np.median(hindsight, axis=1).round(1),
            "chance_late_when_placed": late.mean(axis=1).round(3),
        },
        index=orders.index,
    )
