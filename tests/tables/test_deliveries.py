"""deliveries: its form, what could be said beforehand, what comes later, the day of the change, the card."""

import runpy
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers
from scipy.special import ndtr
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from hindcast.datasets import load_deliveries, load_demand, load_members

TOWN = runpy.run_path(str(DATASETS / "recipes" / "town.py"))
RECIPE = vars(TOWN["ORDERS"])
SLOWER, PROMISE = RECIPE["TWO_ORDERS_FROM"], RECIPE["PROMISE_FROM"]
LEARNED_UNTIL = pd.Timestamp(2025, 1, 1)
MEDIANS = ["median_when_opened", "median_when_placed", "median_in_hindsight"]
WHOLE = 0.5  # half a minute: arrivals are whole minutes


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    truth = pd.read_csv(DATASETS / "truth/deliveries_truth.csv")
    return load_deliveries().merge(truth, on="order", validate="one_to_one")


@pytest.fixture(scope="module")
def periods(orders) -> dict[str, pd.DataFrame]:
    """The orders before the arrivals changed, until the promise followed, and after."""
    placed = orders["placed_at"]
    return {
        "before": orders[placed < SLOWER],
        "between": orders[(placed >= SLOWER) & (placed < PROMISE)],
        "after": orders[placed >= PROMISE],
    }


def days_of(orders: pd.DataFrame) -> pd.Series:
    return orders["placed_at"].dt.normalize()


def standard_errors(values: pd.Series) -> float:
    """How many standard errors the mean lies above 0."""
    return values.mean() / (values.std() / len(values) ** 0.5)


def errors(orders: pd.DataFrame, column: str) -> pd.Series:
    return (orders["minutes_to_arrival"] - orders[column]).abs()


# Form


def test_an_order_is_one_row_and_numbers_rise_with_time(orders):
    assert 10_000 <= len(orders) <= 10_800
    assert orders["order"].is_unique and orders["order"].is_monotonic_increasing
    assert orders["placed_at"].is_monotonic_increasing
    assert (orders["weekday"] == orders["placed_at"].dt.day_name().str[:3]).all()
    assert (orders["hour"] == orders["placed_at"].dt.hour).all()


def test_late_means_longer_than_promised_and_every_order_arrives_on_its_day(orders):
    assert (orders["late"] == (orders["minutes_to_arrival"] > orders["promised_minutes"])).all()
    arrived = orders["placed_at"] + pd.to_timedelta(orders["minutes_to_arrival"], unit="min")
    assert (arrived.dt.normalize() == days_of(orders)).all()


def test_the_orders_are_those_of_the_members_of_the_sample_whose_number_ends_in_0_1_or_2(orders):
    known = load_members().drop_duplicates("member").set_index("member")["zone"]
    whose = orders["member"].drop_duplicates()
    assert whose.isin(known.index).all() and sorted(whose.str[-1].unique()) == ["0", "1", "2"]
    should = known[known.index.str[-1].isin(["0", "1", "2"])]
    assert len(whose) > 0.97 * len(should)
    assert (orders["zone"].to_numpy() == known[orders["member"]].to_numpy()).all()


def test_the_promise_is_the_crude_formula(orders):
    assert (orders["promised_minutes"] == RECIPE["promise"](orders)).all()
    assert (orders["promised_minutes"] % 5 == 0).all()


def test_an_evening_knows_that_days_arrivals_and_neither_its_rain_nor_later_ratings_and_refunds():
    day = pd.Timestamp(2025, 3, 8)
    known, whole = load_deliveries(as_of=day), load_deliveries().set_index("order")
    today = days_of(known) == day
    assert today.sum() > 3 and known["placed_at"].max() < day + pd.Timedelta(days=1)
    assert known["minutes_to_arrival"].notna().all() and known["late"].notna().all()
    assert (known["rain_mm"].isna() == today).all()
    later = whole.loc[known["order"]].reset_index()
    waiting = {on: (later[on] > day).to_numpy() for on in ("rated_on", "refunded_on")}
    assert waiting["rated_on"].any() and waiting["refunded_on"].any()
    assert known.loc[waiting["rated_on"], "rating"].isna().all()
    assert (known.loc[waiting["refunded_on"], "refund_euros"] == 0).all()


def test_ratings_and_refunds_come_on_the_day_or_within_four_and_before_the_export(orders):
    for on, days in (("rated_on", 3), ("refunded_on", 4)):
        after = (orders[on] - days_of(orders)).dt.days.dropna()
        assert sorted(after.unique()) == list(range(days + 1))
        assert orders[on].max() < pd.Timestamp(2026, 1, 15)
    assert (orders["rating"].notna() == orders["rated_on"].notna()).all()
    assert ((orders["refund_euros"] > 0) == orders["refunded_on"].notna()).all()


# What could be said beforehand


@pytest.mark.parametrize("median", MEDIANS)
def test_half_of_the_orders_take_longer_than_their_true_median(periods, median):
    for rows in periods.values():
        groups = [
            rows,
            *(part for _, part in rows.groupby("zone")),
            *(part for _, part in rows.groupby("store")),
        ]
        for part in groups:
            below = np.clip((part[median] + WHOLE - part["minutes_to_arrival"]), 0, 1)
            assert abs(below.mean() - 0.5) < 3.5 * 0.5 / len(part) ** 0.5


def test_as_many_come_late_as_the_true_chances_say(periods):
    for rows in periods.values():
        for _, part in rows.groupby(pd.qcut(rows["chance_late_when_placed"], 5)):
            chance = part["chance_late_when_placed"]
            spread = (chance * (1 - chance)).sum() ** 0.5 + 0.001 * len(part)  # chances have three decimals
            assert abs(part["late"].sum() - chance.sum()) < 3.5 * spread


def test_truths_follow_from_the_recipe_whatever_the_grid(orders):
    demand = TOWN["Demand"](load_demand())
    some = orders.iloc[::40].copy()
    day = TOWN["DAYS"].get_indexer(days_of(some))
    some["nearby_orders"] = list(demand.nearby(day, some["store"].to_numpy()))
    again = RECIPE["truths"](some, RECIPE["grid"](1))
    for column, apart in zip([*MEDIANS, "chance_late_when_placed"], [0.6, 0.2, 0.2, 0.012], strict=True):
        assert (again[column] - some[column]).abs().max() < apart, column


def test_each_thing_that_becomes_known_helps_and_the_promise_is_far_behind(orders):
    for worse, better in pairwise(["promised_minutes", *MEDIANS]):
        assert standard_errors(errors(orders, worse) - errors(orders, better)) > 3
    assert errors(orders, "promised_minutes").mean() > 1.4 * errors(orders, "median_when_opened").mean()


# A good model comes near, and none does better


def inputs(orders: pd.DataFrame, placed: bool) -> np.ndarray:
    """What a data scientist would look at, one row an order."""
    named = [orders[name] == value for name in ("zone", "store", "weekday", "hour") for value in values(name)]
    rush = orders["hour"].between(17, 19) & ~orders["weekday"].isin(["Sat", "Sun"])
    columns = [*named, orders["distance_km"], orders["forecast_rain_mm"], orders["distance_km"] * rush]
    columns.append(orders["distance_km"] * orders["forecast_rain_mm"])
    if placed:
        columns += [orders["items"], orders["open_orders"], np.exp(-orders["courier_weeks"] / 5)]
        columns += [orders["open_orders"] * (orders["store"] == store) for store in values("store")]
    return np.column_stack(columns).astype(float)


def values(name: str) -> list:
    return sorted(load_deliveries()[name].unique())


MODELS = {
    "ridge": make_pipeline(StandardScaler(), Ridge(alpha=1.0)),
    "trees": HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=120, learning_rate=0.06, max_leaf_nodes=12, min_samples_leaf=30
    ),
}


HIGH = HistGradientBoostingRegressor(
    loss="quantile", quantile=0.9, max_iter=120, learning_rate=0.06, max_leaf_nodes=12, min_samples_leaf=30
)


@pytest.fixture(scope="module")
def learned(orders) -> pd.DataFrame:
    return orders[orders["placed_at"] < LEARNED_UNTIL]


@pytest.fixture(scope="module")
def judged(orders) -> pd.DataFrame:
    return orders[(orders["placed_at"] >= LEARNED_UNTIL) & (orders["placed_at"] < SLOWER)]


def said_by(model, learned: pd.DataFrame, judged: pd.DataFrame, placed: bool = True) -> pd.Series:
    """What the model, fitted on `learned`, says of `judged`. One thread: more get in each other's way."""
    with threadpool_limits(1):
        fitted = model.fit(inputs(learned, placed), learned["minutes_to_arrival"])
        return pd.Series(fitted.predict(inputs(judged, placed)), index=judged.index)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("moment", ["opened", "placed"])
def test_a_model_of_the_past_comes_within_a_twentieth_of_the_best_and_does_not_beat_it(
    learned, judged, moment, model
):
    said = said_by(MODELS[model], learned, judged, moment == "placed")
    error, best = (judged["minutes_to_arrival"] - said).abs(), errors(judged, f"median_when_{moment}")
    assert standard_errors(error - best) > -3
    assert error.mean() < 1.05 * best.mean()
    assert error.mean() < 0.7 * errors(judged, "promised_minutes").mean()


def test_a_model_is_good_and_not_magic(learned, judged):
    said, actual = said_by(MODELS["ridge"], learned, judged), judged["minutes_to_arrival"]
    assert 0.4 < 1 - ((actual - said) ** 2).sum() / ((actual - actual.mean()) ** 2).sum() < 0.55


def test_a_model_of_late_comes_near_the_true_chance_and_does_not_beat_it(learned, judged):
    seen, unseen = (
        np.column_stack([inputs(rows, True), rows["promised_minutes"]]) for rows in (learned, judged)
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=2000))
    said = model.fit(seen, learned["late"]).predict_proba(unseen)[:, 1]
    late, chance = judged["late"], judged["chance_late_when_placed"]
    assert standard_errors((said - late) ** 2 - (chance - late) ** 2) > -3
    nothing, best = late.mean() * (1 - late.mean()), brier_score_loss(late, chance)
    assert brier_score_loss(late, said) - best < 0.1 * (nothing - best)
    assert 0.8 < roc_auc_score(late, said) < 0.9


def test_the_better_of_two_models_depends_on_the_screen(learned, judged):
    middle, high = (
        judged["minutes_to_arrival"] - said_by(model, learned, judged) for model in (MODELS["ridge"], HIGH)
    )
    assert standard_errors(high.abs() - middle.abs()) > 3
    dearer = [behind.clip(lower=0) * 8 + (-behind).clip(lower=0) for behind in (middle, high)]
    assert standard_errors(dearer[0] - dearer[1]) > 3


# What comes later gives the answer away


def test_refunds_tell_that_an_order_was_late(orders):
    refunded, late = orders["refund_euros"] > 0, orders["late"]
    assert late[refunded].mean() > 0.75 > 3 * late.mean()
    behind = orders["minutes_to_arrival"] - orders["promised_minutes"]
    assert refunded[behind > 20].mean() > 0.7 and refunded[behind <= 10].mean() < 0.02
    chance = orders["chance_late_when_placed"]
    assert roc_auc_score(late, chance.where(~refunded, 1.0)) > roc_auc_score(late, chance) + 0.01


def ratings_to_expect(orders: pd.DataFrame) -> np.ndarray:
    """The mean rating that each order would get from somebody who rates."""
    behind = (orders["minutes_to_arrival"] - orders["promised_minutes"]).to_numpy()
    middle = RECIPE["usual_rating"](behind)
    return 1 + sum(1 - ndtr((star - 0.5 - middle) / RECIPE["RATING_SPREAD"]) for star in (2, 3, 4, 5))


def test_who_rates_is_not_chance_and_the_mean_rating_is_too_low(orders):
    rated, expected = orders["rating"].notna(), ratings_to_expect(orders)
    given = orders.loc[rated, "rating"].astype(float)
    assert abs(standard_errors(given - expected[rated])) < 3
    assert standard_errors(given - expected.mean()) < -3
    behind = orders["minutes_to_arrival"] - orders["promised_minutes"]
    shares = [rated[behind > 10].mean(), rated[behind < -15].mean(), rated[behind.between(-15, 0)].mean()]
    assert 0.25 > shares[0] - 0.05 > shares[1] > shares[2] > 0.04


# The day of the change


def step_found(values: pd.Series, fewest: int) -> tuple[pd.Timestamp, float, float]:
    """The day with which the lasting step begins that explains most; its size; how much it explains.

    `values` are indexed by day. At least `fewest` days stand on either side.
    """
    daily = values.groupby(values.index).agg(["sum", "size"]).cumsum()
    (total, count), (sums, counts) = daily.iloc[-1], (daily["sum"], daily["size"])
    size = (total - sums) / (count - counts) - sums / counts
    explained = (size**2 * counts * (count - counts) / count).iloc[fewest - 1 : -fewest]
    last_before = explained.idxmax()
    first = daily.index[daily.index.get_loc(last_before) + 1]
    return first, size[last_before], explained[last_before]


def without_change(orders: pd.DataFrame) -> pd.Series:
    """Minutes beyond what could be said of the order in the town as it was, by day."""
    planted = RECIPE["TWO_ORDERS_MINUTES"] * (orders["placed_at"] >= SLOWER)
    beyond = orders["minutes_to_arrival"] - orders["median_when_placed"] + planted
    return pd.Series(beyond.to_numpy(), index=days_of(orders))


def test_the_day_of_the_change_is_found_and_its_size(orders):
    found, size, explained = step_found(without_change(orders), 20)
    assert found == SLOWER == pd.Timestamp(2025, 9, 15)
    beyond = without_change(orders)
    error = (
        beyond.std() * (1 / (days_of(orders) >= SLOWER).sum() + 1 / (days_of(orders) < SLOWER).sum()) ** 0.5
    )
    assert abs(size - RECIPE["TWO_ORDERS_MINUTES"]) < 3 * error
    _, _, elsewhere = step_found(beyond[beyond.index < SLOWER], 20)
    assert elsewhere < explained / 10


def test_the_week_of_the_change_is_found_from_the_promise_alone(orders):
    rows = orders[orders["placed_at"] < PROMISE]
    behind = (rows["minutes_to_arrival"] - rows["promised_minutes"]).to_numpy()
    monday = days_of(rows) - pd.to_timedelta(rows["placed_at"].dt.day_of_week, unit="D")
    found, _, _ = step_found(pd.Series(behind, index=monday), 2)
    assert found == SLOWER


def test_the_promise_follows_six_weeks_later(periods):
    per_km = {name: rows["promised_minutes"] - 4 * rows["distance_km"] for name, rows in periods.items()}
    assert per_km["after"].mean() - per_km["between"].mean() == pytest.approx(5, abs=0.5)
    late = {name: rows["late"].mean() for name, rows in periods.items()}
    assert 0.15 < late["before"] < 0.2 < late["after"] < late["between"]


# The card


def test_the_card_tells_the_tables_numbers(orders, periods):
    found, size, _ = step_found(without_change(orders), 20)
    refunded, rated = orders["refund_euros"] > 0, orders["rating"].notna()
    facts = {
        "rows": len(orders),
        "members": orders["member"].nunique(),
        "share_rated": round(rated.mean(), 3),
        "mean_rating": round(float(orders["rating"].mean()), 2),
        "mean_rating_to_expect_of_all": round(ratings_to_expect(orders).mean(), 2),
        "share_refunded": round(refunded.mean(), 3),
        "late_share_of_refunded": round(orders.loc[refunded, "late"].mean(), 3),
        "change_found_on": found.date(),
        "change_found_minutes": round(size, 1),
    }
    assert numbers("deliveries") == facts | {name: of_period(rows) for name, rows in periods.items()}


def of_period(rows: pd.DataFrame) -> dict:
    chance, late = rows["chance_late_when_placed"], rows["late"]
    return {
        "rows": len(rows),
        "mean_minutes": round(rows["minutes_to_arrival"].mean(), 2),
        "late_share": round(late.mean(), 3),
        "error_of_promise": round(errors(rows, "promised_minutes").mean(), 2),
        "best_error": {
            median.removeprefix("median_"): round(errors(rows, median).mean(), 2) for median in MEDIANS
        },
        "best_late": {
            "auc": round(roc_auc_score(late, chance), 3),
            "brier": round(brier_score_loss(late, chance), 4),
            "brier_of_the_share": round(late.mean() * (1 - late.mean()), 4),
        },
    }
