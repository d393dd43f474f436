"""Recipe of backdated_arrivals.csv: what a model of the minutes until arrival would have said, day by day.

At the end of each day, the origin, a scikit-learn pipeline is fitted afresh on every order whose arrival was
known by then. It then predicts each order placed on the day after. Its inputs are what the app showed when
the order was placed: the forecast of the rain, never the rain that fell. Nothing is random here, so there is
no seed.

`make()` returns the table, `hindcast data build` writes it. Same versions: same bytes.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

DAY = pd.Timedelta(days=1)
ORIGINS = pd.date_range("2024-12-31", "2025-12-30")
HORIZON_DAYS = 1
# The 80 % range leaves out a tenth of the errors of these last days at either end.
RANGE_DAYS = 182
TAILS = (0.1, 0.9)
# Fixed by the team at the start, so that no list, mean or spread comes from later days.
ZONES = ["Old Town", "Harbour", "Riverside", "University", "Hilltop"]
STORES = ["Mill Lane", "Station", "Market Hall", "Quayside", "Hillside", "Old Brewery"]
HOURS = range(8, 22)
RUSH = (17, 19)
LEARNING_WEEKS = 10  # the team's guess of how long a courier takes to learn the town
COUNTED = ["distance_km", "items", "forecast_rain_mm", "open_orders"]


def inputs(orders: pd.DataFrame) -> np.ndarray:
    """What the model looks at, one row an order: each column depends on its own row only."""
    zones = [orders["zone"] == zone for zone in ZONES]
    stores = [orders["store"] == store for store in STORES]
    clock = [orders["hour"] == hour for hour in HOURS]
    rush = orders["hour"].between(*RUSH) & ~orders["weekday"].isin(["Sat", "Sun"])
    new = (LEARNING_WEEKS - orders["courier_weeks"]).clip(lower=0)
    ride = [orders["distance_km"] * orders["forecast_rain_mm"], orders["distance_km"] * rush]
    queues = [orders["open_orders"] * store for store in stores]
    counted = [orders[name] for name in COUNTED]
    return np.column_stack([*zones, *stores, *clock, rush, new, *ride, *queues, *counted]).astype(float)


def model() -> Pipeline:
    """The pipeline that is fitted at every origin."""
    return make_pipeline(StandardScaler(), Ridge(alpha=1.0))


def replay(deliveries: pd.DataFrame, origins: pd.DatetimeIndex) -> pd.DataFrame:
    """One row for each order placed on the day after one of `origins`, with what the model said of it."""
    orders = deliveries.sort_values(["placed_at", "order"], kind="stable", ignore_index=True)
    looked_at, minutes = inputs(orders), orders["minutes_to_arrival"].to_numpy(dtype=float)
    placed_on = orders["placed_at"].dt.normalize()
    arrived_on = (orders["placed_at"] + pd.to_timedelta(minutes, unit="min")).dt.normalize()
    parts = []
    for origin in origins:
        known, cases = (arrived_on <= origin).to_numpy(), (placed_on == origin + DAY).to_numpy()
        if cases.any():
            said = model().fit(looked_at[known], minutes[known]).predict(looked_at[cases])
            parts.append(orders[cases].assign(origin=origin, said=said, known_on=arrived_on[cases]))
    return pd.concat(parts, ignore_index=True)


def ranges(said: pd.DataFrame, origins: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of `origins`, with the 80 % range that the replay's own earlier errors give.

    Errors are shares of the prediction, because long trips err by more minutes. At each origin only errors
    known by then count.
    """
    share = (said["minutes_to_arrival"] / said["said"]).astype(float)
    parts = []
    for origin, rows in said[said["origin"].isin(origins)].groupby("origin"):
        known = (said["known_on"] <= origin) & (said["known_on"] > origin - RANGE_DAYS * DAY)
        low, high = np.quantile(share[known], TAILS)
        # Minutes are whole, so the range is cut to the whole minutes inside it.
        parts.append(rows.assign(low=np.ceil(rows["said"] * low), high=np.floor(rows["said"] * high)))
    return pd.concat(parts, ignore_index=True)


def make(deliveries: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The table by its path in datasets/."""
    warm_up = pd.date_range(ORIGINS[0] - RANGE_DAYS * DAY, ORIGINS[0] - DAY)
    rows = ranges(replay(deliveries, warm_up.append(ORIGINS)), ORIGINS)
    table = pd.DataFrame(
        {
            "origin": rows["origin"],
            "horizon_days": HORIZON_DAYS,
            "order": rows["order"],
            "zone": rows["zone"],
            "prediction_minutes": rows["said"].round(1),
            "low_minutes": rows["low"].astype(int),
            "high_minutes": rows["high"].astype(int),
            "baseline_minutes": rows["promised_minutes"],
            "actual_minutes": rows["minutes_to_arrival"],
            "known_on": rows["known_on"],
        }
    )
    return {"backdated_arrivals.csv": table}
