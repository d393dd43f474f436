"""Messages of the town's members to support: whose they are and which order they are about.

Loaded by ../town.py with runpy. In 2025 the messages are those of tickets.csv, whose day and topic are fixed;
each finds its member here. For 2023 and 2024 as many a day are drawn as 2025 has; only their count is kept.
"""

import numpy as np
import pandas as pd

# How likely a message about an order comes on the day it was placed, one, two or three days later.
DAYS_LATER = {
    "late delivery": [1.0, 0.3, 0.1, 0.05],
    "missing item": [1.0, 0.6, 0.2, 0.1],
    "damaged item": [1.0, 0.6, 0.2, 0.1],
    "substitution": [1.0, 0.6, 0.2, 0.1],
    "allergy": [1.0, 0.8, 0.4, 0.2],
    "payment": [0.6, 1.0, 0.6, 0.4],
}
ABOUT_AN_ORDER = {"payment": 0.6, "account": 0.0}  # the other topics always are
LAST_LEARNED = pd.Timestamp(2025, 6, 15)


def drawn_messages(messages: pd.DataFrame, days: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """Messages of days without a table: a topic comes as often as in the year that has one."""
    a_day = messages["topic"].value_counts().sort_index() / 365
    parts = []
    for topic, rate in a_day.items():
        counts = rng.poisson(rate, len(days))
        parts.append(pd.DataFrame({"received": days.repeat(counts), "topic": topic}))
    drawn = pd.concat(parts, ignore_index=True)
    return drawn.sort_values("received", kind="stable", ignore_index=True)


def reason_to_write(orders: pd.DataFrame, topic: str) -> np.ndarray:
    """How much more one order gives reason to write about `topic` than another."""
    behind = (orders["minutes_to_arrival"] - orders["promised_minutes"]).to_numpy()
    items = orders["items"].to_numpy(dtype=float)
    if topic == "late delivery":
        return 0.02 + np.clip(behind, 0, 45) / 10
    if topic == "damaged item":
        return items * (1 + 0.3 * np.minimum(orders["rain_mm"].to_numpy(), 4))
    return orders["basket_euros"].to_numpy() if topic == "payment" else items


def assign(
    messages: pd.DataFrame, orders: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Give each message its member (a row number of `people`) and, where it is about one, its order.

    `orders` are those of this month and the days before it; both tables are indexed by number. Whoever has
    closed the account by then does not write any more.
    """
    placed_on = orders["placed_at"].to_numpy().astype("datetime64[D]")
    person = orders["person"].to_numpy()
    weights = {topic: reason_to_write(orders, topic) for topic in DAYS_LATER}
    habit, joined = people["writes"].to_numpy(), people["joined"].to_numpy().astype("datetime64[D]")
    closed = people["closed"].to_numpy().astype("datetime64[D]")
    found = []
    for day, topic in zip(messages["received"], messages["topic"], strict=True):
        day = np.datetime64(day, "D")
        here = (joined <= day) & ~(closed < day)
        if rng.random() < ABOUT_AN_ORDER.get(topic, 1.0):
            first, after = np.searchsorted(placed_on, [day - 3, day + 1])
            later = (day - placed_on[first:after]).astype(int)
            who = person[first:after]
            chance = weights[topic][first:after] * np.array(DAYS_LATER[topic])[later] * habit[who] * here[who]
            at = first + pick(chance, rng)
            found.append((person[at], orders.index[at]))
        else:
            new = np.where((day - joined).astype(int) < 60, 2.5, 1.0)
            found.append((pick(habit * new * here, rng), -1))
    return messages.assign(
        person=np.array([who for who, _ in found], dtype=int),
        order_at=np.array([at for _, at in found], dtype=int),
    )


def pick(weights: np.ndarray, rng: np.random.Generator) -> int:
    """A place, drawn by weight."""
    steps = np.cumsum(weights)
    return int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))


def settled_on(messages: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """The day the support lead settled the topic: within six days, and within those left before the fitting.

    The classifier was fitted on 15 June to the messages before; by then all of these had been settled.
    """
    days = rng.choice(7, len(messages), p=[0.42, 0.26, 0.12, 0.08, 0.06, 0.04, 0.02])
    settled = messages["received"] + pd.to_timedelta(days, unit="D")
    return settled.mask(messages["received"] < LAST_LEARNED, settled.clip(upper=LAST_LEARNED))
