"""Members of the town: who they are, what a first of the month records of them, and who cancels.

Loaded by ../town.py with runpy. The chance to cancel follows from the row that is recorded and from nothing
else, so no score can do better than that chance, except by luck.
"""

import numpy as np
import pandas as pd

ZONES = ["Old Town", "Harbour", "Riverside", "University", "Hilltop"]
ZONE_SHARES = [0.24, 0.18, 0.22, 0.20, 0.16]
USUAL_KM = {"Old Town": 1.5, "Harbour": 2.1, "Riverside": 1.9, "University": 2.0, "Hilltop": 2.6}
PLANS, PLAN_SHARES = ["pay as you go", "monthly", "yearly"], [0.30, 0.45, 0.25]
USUAL_ORDERS = {"pay as you go": 3.4, "monthly": 4.9, "yearly": 5.2}
RELEASES = pd.to_datetime(
    pd.Series(
        {
            "3.8": "2022-09-05",
            "3.9": "2022-12-12",
            "4.0": "2023-03-13",
            "4.1": "2023-06-19",
            "4.2": "2023-10-02",
            "4.3": "2024-01-15",
            "4.4": "2024-04-22",
            "5.0": "2024-08-26",
            "5.1": "2024-11-18",
            "5.2": "2025-02-24",
            "5.3": "2025-06-02",
            "5.4": "2025-09-01",
            "5.5": "2025-11-24",
        }
    )
)
WINDOW = pd.Timedelta(days=30)

# The true chance to cancel, as log odds of what the row records.
BASE = -2.8
PLAN_PUSH = {"pay as you go": 0.35, "monthly": 0.0, "yearly": -1.0}
NO_ORDERS, EACH_ORDER, ORDERS_COUNTED = 0.8, -0.20, 8
LATE_PUSH, TICKET_PUSH, TICKETS_COUNTED, DISCOUNT_PUSH = 2.2, 0.75, 3, 0.9
TENURE_PUSH, TENURE_COUNTED = -0.03, 30
BAD_VERSION, BAD_VERSION_PUSH = "5.0", 0.6
RIVAL_FROM = pd.Timestamp(2025, 6, 1)
RIVAL_PUSH = {"Old Town": 0.2, "Harbour": 0.2, "Riverside": 0.8, "University": 0.2, "Hilltop": 0.2}
CALLS_FROM, CALL_PUSH = pd.Timestamp(2025, 1, 1), -0.9
LAST_CLOSING_DAY = 27
REASONS = ["another shop", "late deliveries", "moving away", "not said", "prices", "too few orders"]


def new_members(count: int, joined: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """What stays the same about members: where they live, how they pay, how much and when they order."""
    zone = rng.choice(ZONES, count, p=ZONE_SHARES)
    plan = rng.choice(PLANS, count, p=PLAN_SHARES)
    nearest = np.array([USUAL_KM[name] for name in zone]) * rng.gamma(4.0, 0.25, count)
    return pd.DataFrame(
        {
            "joined": joined,
            "closed": pd.NaT,
            "zone": zone,
            "plan": plan,
            "nearest_km": nearest.clip(0.3, 5.5).round(1),
            "second_km": (nearest + rng.uniform(0.8, 2.2, count)).clip(0.8, 7.0).round(1),
            "usual": np.array([USUAL_ORDERS[name] for name in plan]) * rng.gamma(5.0, 1 / 5.0, count),
            "evening": rng.beta(2.0, 2.0, count),
            "discounts": rng.beta(1.5, 5.0, count),
            "updates_after": rng.gamma(1.2, 30.0, count).round(),
            "writes": rng.lognormal(0.0, 0.7, count),
            "pace": 0.45 * rng.standard_normal(count),
        }
    ).astype({"closed": "datetime64[us]"})


def first_members(count: int, month: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    """The members of the first month."""
    tenure = (1 + rng.geometric(1 / 16, count)).clip(max=48) * 30
    return new_members(count, month - pd.to_timedelta(tenure, unit="D"), rng)


def next_month(
    people: pd.DataFrame, days: pd.DatetimeIndex, joining: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Add those who join in the month, and let everybody's rate of orders drift around its own mean."""
    joined = days[np.sort(rng.integers(0, len(days), rng.poisson(joining)))]
    people = pd.concat([people, new_members(len(joined), joined, rng)], ignore_index=True)
    return people.assign(pace=0.75 * people["pace"] + 0.32 * rng.standard_normal(len(people)))


def recorded(
    people: pd.DataFrame, month: pd.Timestamp, orders: pd.DataFrame, messages: pd.DataFrame
) -> pd.DataFrame:
    """The row of each active member as the first of the month saw it; counts are of the 30 days before."""
    active = people[(people["joined"] < month) & people["closed"].isna()]
    orders = orders[(orders["placed_at"] >= month - WINDOW) & (orders["placed_at"] < month)]
    messages = messages[(messages["received"] >= month - WINDOW) & (messages["received"] < month)]
    size = len(people)
    placed = np.bincount(orders["person"], minlength=size)[active.index]
    late = np.bincount(orders["person"], orders["late"], minlength=size)[active.index]
    discounted = np.bincount(orders["person"], orders["discounted"], minlength=size)[active.index]
    written = np.bincount(messages["person"], minlength=size)[active.index]
    seen = month - pd.to_timedelta(active["updates_after"], unit="D")
    version = np.searchsorted(RELEASES.to_numpy(), seen.to_numpy(), side="right") - 1
    joined = active["joined"]
    return pd.DataFrame(
        {
            "person": active.index,
            "month": month,
            "zone": active["zone"],
            "plan": active["plan"],
            "tenure_months": (month.year - joined.dt.year) * 12 + month.month - joined.dt.month,
            "app_version": RELEASES.index[version.clip(0)],
            "orders_30d": placed,
            "late_share_30d": (late / np.where(placed > 0, placed, np.nan)).round(2),
            "tickets_30d": written,
            "discount_share_30d": (discounted / np.where(placed > 0, placed, np.nan)).round(2),
        }
    ).reset_index(drop=True)


def chance(rows: pd.DataFrame, called: bool) -> np.ndarray:
    """The true chance to cancel within the month, from the row's columns alone."""
    logit = (
        BASE
        + rows["plan"].map(PLAN_PUSH)
        + NO_ORDERS * (rows["orders_30d"] == 0)
        + EACH_ORDER * rows["orders_30d"].clip(upper=ORDERS_COUNTED)
        + LATE_PUSH * rows["late_share_30d"].fillna(0)
        + TICKET_PUSH * rows["tickets_30d"].clip(upper=TICKETS_COUNTED)
        + DISCOUNT_PUSH * rows["discount_share_30d"].fillna(0)
        + TENURE_PUSH * rows["tenure_months"].clip(upper=TENURE_COUNTED)
        + BAD_VERSION_PUSH * (rows["app_version"] == BAD_VERSION)
        + rows["zone"].map(RIVAL_PUSH) * (rows["month"] >= RIVAL_FROM)
        + CALL_PUSH * called
    )
    return (1 / (1 + np.exp(-logit))).to_numpy()


def call_list(rows: pd.DataFrame) -> pd.Series:
    """The written rule, known on the first of the month: hardly any order, much late, or two messages."""
    silent = (rows["orders_30d"] <= 1) & (rows["plan"] != "yearly")
    late = rows["late_share_30d"].fillna(0) >= 0.5
    return (silent | late | (rows["tickets_30d"] >= 2)) & (rows["month"] >= CALLS_FROM)


def decide(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Calls, who cancels, on which day, and what the app's account table says of it afterwards.

    Calls come before the day on which the account could be closed.
    """
    count = len(rows)
    listed = call_list(rows)
    called = listed & (rng.random(count) < 0.5)
    call_day = np.where(called, rng.integers(1, 6, count), 0)
    if_not, if_called = chance(rows, False), chance(rows, True)
    cancelled = rng.random(count) < np.where(called, if_called, if_not)
    closing_day = call_day + 1 + (rng.random(count) * (LAST_CLOSING_DAY - call_day)).astype(int)
    closed_on = (rows["month"] + pd.to_timedelta(closing_day, unit="D")).where(cancelled)
    return rows.assign(
        on_call_list=listed,
        called_on=(rows["month"] + pd.to_timedelta(call_day, unit="D")).where(called),
        cancelled=cancelled,
        closed_on=closed_on,
        account_state=np.where(cancelled, "closed", "active"),
        cancel_reason=pd.Series(reasons(rows, rng), index=rows.index).where(cancelled),
        chance_if_not_called=if_not,
        chance_if_called=if_called,
    )


def reasons(rows: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """The reason that each would give on leaving. The table shows only those of members who leave."""
    ones = np.ones(len(rows))
    rival = np.where(rows["month"] >= RIVAL_FROM, 2.5, 1.0)
    late = 0.5 + 6 * rows["late_share_30d"].fillna(0)
    few = np.where(rows["orders_30d"] <= 1, 3.0, 0.5)
    weights = np.column_stack([rival, late, 0.8 * ones, 1.5 * ones, 1.2 * ones, few])
    steps = np.cumsum(weights, axis=1)
    spot = rng.random(len(rows)) * steps[:, -1]
    return np.array(REASONS)[(spot[:, None] >= steps).sum(axis=1)]
