"""backdated_arrivals: the replay is honest, good until the change in the town, and wrong for long after."""

import runpy

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers

from hindcast import tables
from hindcast.datasets import load_backdated_arrivals, load_deliveries

CHANGED = pd.Timestamp("2025-09-15")
PROMISE_FOLLOWED = pd.Timestamp("2025-10-27")
RANGE_SHARE = 0.8
SOME_ORIGINS = ["2025-01-06", "2025-04-19", "2025-09-13", "2025-09-30", "2025-12-14"]
DAY = pd.Timedelta(days=1)
WHEN_PLACED = ("always", "placed_at")


@pytest.fixture(scope="module")
def recipe() -> dict:
    return runpy.run_path(str(DATASETS / "recipes" / "backdated_arrivals.py"))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The table with its errors and the best that could have been said when the order was placed."""
    truth = pd.read_csv(tables.data_folder() / "truth/deliveries_truth.csv")
    rows = load_backdated_arrivals().merge(truth, on="order", validate="one_to_one")
    rows["placed_on"] = rows["origin"] + DAY
    rows["error"] = rows["prediction_minutes"] - rows["actual_minutes"]
    for name in ("prediction_minutes", "baseline_minutes", "median_when_placed"):
        rows[f"off_{name}"] = (rows[name] - rows["actual_minutes"]).abs()
    rows["within"] = rows["actual_minutes"].between(rows["low_minutes"], rows["high_minutes"])
    return rows


@pytest.fixture(scope="module")
def before(rows) -> pd.DataFrame:
    return rows[rows["placed_on"] < CHANGED]


@pytest.fixture(scope="module")
def after(rows) -> pd.DataFrame:
    return rows[rows["placed_on"] >= CHANGED]


def difference(rows: pd.DataFrame, one: str, other: str) -> tuple[float, float]:
    """How much larger column `one` is than `other` on the same rows, and the standard error of that."""
    apart = rows[one] - rows[other]
    return apart.mean(), apart.std() / np.sqrt(len(apart))


def rules() -> list[tuple[str, str]]:
    """Each column of deliveries with the rule that says when it is known."""
    return [
        (field["name"], field["knownAt"]) for field in tables.describe_table("deliveries")["schema"]["fields"]
    ]


def change_after(orders: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """All values first known after `origin` changed, and later rows too.

    The cases, orders of the next day, keep what was known when they were placed.
    """
    later = orders["placed_at"].dt.normalize() > origin + DAY
    changed = orders.copy()
    for name, rule in rules():
        unknown = later if rule in WHEN_PLACED else ~(tables.known_on(orders, rule) <= origin)
        if pd.api.types.is_bool_dtype(orders[name]):
            changed[name] = orders[name] ^ unknown
        elif pd.api.types.is_numeric_dtype(orders[name]):
            changed[name] = orders[name] + 40 * unknown
    return changed


def said_at(recipe: dict, orders: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """The recipe's predictions and ranges at one origin."""
    origins = pd.date_range(origin - recipe["RANGE_DAYS"] * DAY, origin)
    said = recipe["ranges"](recipe["replay"](orders, origins), origins[-1:])
    return said.set_index("order")[["said", "low", "high"]]


# What a row is


def test_there_is_a_row_for_every_order_of_2025_said_the_evening_before(rows):
    orders = load_deliveries().set_index("order")
    placed_on = orders["placed_at"].dt.normalize()
    assert set(rows["order"]) == set(orders.index[placed_on >= pd.Timestamp("2025-01-01")])
    orders = orders.loc[rows["order"]].reset_index()
    assert (rows["placed_on"] == orders["placed_at"].dt.normalize()).all()
    assert (rows["horizon_days"] == 1).all()
    assert (rows["known_on"] == tables.known_on(orders, "placed_at + minutes_to_arrival minutes")).all()
    assert (rows["known_on"] > rows["origin"]).all()


def test_actual_minutes_promise_and_zone_are_those_of_the_deliveries(rows):
    orders = load_deliveries().set_index("order").loc[rows["order"]].reset_index()
    assert (rows["actual_minutes"] == orders["minutes_to_arrival"]).all()
    assert (rows["baseline_minutes"] == orders["promised_minutes"]).all()
    assert (rows["zone"] == orders["zone"]).all()


def test_the_prediction_lies_within_its_range(rows):
    assert (rows["low_minutes"] <= rows["prediction_minutes"]).all()
    assert (rows["prediction_minutes"] <= rows["high_minutes"]).all()


# Honest


@pytest.mark.parametrize("origin", SOME_ORIGINS)
def test_fitting_again_on_the_table_as_that_evening_knew_it_says_the_same(rows, recipe, origin):
    origin = pd.Timestamp(origin)
    known = load_deliveries(as_of=origin)
    assert known["minutes_to_arrival"].notna().all() and known["rain_mm"].isna().any()
    fitted = recipe["model"]().fit(recipe["inputs"](known), known["minutes_to_arrival"].astype(float))
    next_day = load_deliveries(as_of=origin + DAY)
    cases = next_day[next_day["placed_at"] >= origin + DAY].set_index("order")
    seen = cases.drop(columns=[name for name, rule in rules() if rule not in WHEN_PLACED])
    said = pd.Series(fitted.predict(recipe["inputs"](seen)), index=seen.index).round(1)
    shipped = rows[rows["origin"] == origin].set_index("order")["prediction_minutes"]
    pd.testing.assert_series_equal(said[shipped.index], shipped, check_names=False, atol=1e-6)
    assert len(shipped) == len(cases) > 0


def test_the_range_follows_from_the_errors_known_at_the_origin(rows, recipe):
    for origin in pd.to_datetime([origin for origin in SOME_ORIGINS if origin > "2025-07-05"]):
        known = load_backdated_arrivals(as_of=origin)
        assert known["actual_minutes"].notna().all()
        recent = known[known["known_on"] > origin - recipe["RANGE_DAYS"] * DAY]
        share = recent["actual_minutes"].astype(float) / recent["prediction_minutes"]
        low, high = share.quantile(0.1), share.quantile(0.9)
        cases = rows[rows["origin"] == origin]
        # Rounding can change a prediction by one minute at most.
        assert (cases["low_minutes"] - np.ceil(cases["prediction_minutes"] * low)).abs().max() <= 1
        assert (cases["high_minutes"] - np.floor(cases["prediction_minutes"] * high)).abs().max() <= 1


@pytest.mark.parametrize("origin", SOME_ORIGINS)
def test_no_prediction_moves_when_all_that_became_known_later_is_changed(rows, recipe, origin):
    origin = pd.Timestamp(origin)
    said = said_at(recipe, change_after(load_deliveries(), origin), origin)
    shipped = rows[rows["origin"] == origin].set_index("order")
    said = said.loc[shipped.index]
    assert (said["said"].round(1) == shipped["prediction_minutes"]).all()
    assert (said["low"] == shipped["low_minutes"]).all() and (said["high"] == shipped["high_minutes"]).all()


@pytest.mark.parametrize("peek", ["the real rain", "the next day's arrivals"])
def test_the_change_is_noticed_by_a_replay_that_looks_ahead(recipe, peek):
    origin = pd.Timestamp(SOME_ORIGINS[1])

    def peeking(orders: pd.DataFrame) -> np.ndarray:
        day = orders["placed_at"].dt.normalize()
        known, cases = day <= origin, day == origin + DAY
        if peek == "the real rain":
            orders = orders.assign(forecast_rain_mm=orders["rain_mm"])
        looked_at = recipe["inputs"](orders)
        if peek == "the next day's arrivals":
            known = known | cases
        fitted = recipe["model"]().fit(looked_at[known], orders.loc[known, "minutes_to_arrival"])
        return fitted.predict(looked_at[cases])

    orders = load_deliveries()
    moved = np.abs(peeking(orders) - peeking(change_after(orders, origin)))
    assert moved.max() > 0.1


# Good until the change in the town


def test_it_comes_close_to_the_best_that_can_be_said_and_does_not_beat_it(before):
    more, error = difference(before, "off_prediction_minutes", "off_median_when_placed")
    assert more > -3 * error
    assert more - 3 * error < 0.05 * before["off_median_when_placed"].mean()


def test_it_beats_the_promise_in_every_whole_month_before_the_change(before):
    whole = before[before["placed_on"] < "2025-09-01"]
    for _, month in whole.groupby(whole["placed_on"].dt.month):
        gain, error = difference(month, "off_baseline_minutes", "off_prediction_minutes")
        assert gain > 3 * error


def test_before_the_change_its_errors_have_no_side(before):
    error = before["error"].std() / np.sqrt(len(before))
    assert abs(before["error"].mean()) < 3 * error


def test_the_change_is_found_in_its_week_from_the_signed_errors_alone(rows):
    assert strongest_change(rows)[0] == CHANGED


def test_without_the_change_no_week_stands_out_as_much(rows, before):
    assert strongest_change(before)[1] < 0.5 * strongest_change(rows)[1]


def strongest_change(rows: pd.DataFrame) -> tuple[pd.Timestamp, float]:
    """The Monday from which on mean errors differ most from those before, and by how many standard errors."""
    weeks = rows.groupby(monday(rows))["error"].agg(["sum", "size"])
    left, count = weeks["sum"].cumsum().shift(1), weeks["size"].cumsum().shift(1)
    right, others = weeks["sum"].sum() - left, weeks["size"].sum() - count
    error = rows["error"].std() * np.sqrt(1 / count + 1 / others)
    step = (left / count - right / others).abs() / error
    return step.idxmax(), step.max()


def monday(rows: pd.DataFrame) -> pd.Series:
    return rows["placed_on"] - rows["placed_on"].dt.day_of_week * DAY


def test_after_the_change_it_says_too_few_minutes_to_the_end_of_the_year(after):
    for _, month in after.groupby(after["placed_on"].dt.month):
        error = month["error"].std() / np.sqrt(len(month))
        assert month["error"].mean() < -3 * error
    more, error = difference(after, "off_prediction_minutes", "off_median_when_placed")
    assert more > 3 * error


def test_even_then_it_errs_less_than_the_promise(after):
    gain, error = difference(after, "off_baseline_minutes", "off_prediction_minutes")
    assert gain > 3 * error


# The range


def test_the_range_holds_eight_in_ten_before_the_change(before):
    for _, quarter in before.groupby(before["placed_on"].dt.quarter):
        error = np.sqrt(RANGE_SHARE * (1 - RANGE_SHARE) / len(quarter))
        assert abs(quarter["within"].mean() - RANGE_SHARE) < 3 * error


def test_the_range_fails_after_the_change_and_comes_round_before_the_number_does(after):
    weeks = (after["placed_on"] - CHANGED).dt.days // 7
    first, last = after[weeks < 6], after[after["placed_on"] >= "2025-12-01"]
    error = np.sqrt(RANGE_SHARE * (1 - RANGE_SHARE) / len(first))
    assert first["within"].mean() < RANGE_SHARE - 3 * error
    error = np.sqrt(RANGE_SHARE * (1 - RANGE_SHARE) / len(last))
    assert abs(last["within"].mean() - RANGE_SHARE) < 3 * error


# The card


def reading(rows: pd.DataFrame) -> dict:
    """What the card says of a group of rows: minutes rounded to two decimals, shares to three."""
    return {
        "orders": len(rows),
        "mean_absolute_error": round(rows["off_prediction_minutes"].mean(), 2),
        "mean_error": round(rows["error"].mean(), 2),
        "promise_mean_absolute_error": round(rows["off_baseline_minutes"].mean(), 2),
        "reachable": round(rows["off_median_when_placed"].mean(), 2),
        "within_range": round(rows["within"].mean(), 3),
    }


def test_the_card_tells_the_tables_numbers(rows, before, after):
    whole = rows[rows["placed_on"].between("2025-01-06", "2025-12-28")]
    by_week = whole.groupby(monday(whole))["off_prediction_minutes"].mean()
    facts = {
        "rows": len(rows),
        "origins": rows["origin"].nunique(),
        "change_found_in_the_week_of": str(strongest_change(rows)[0].date()),
        "worst_week_begins": str(by_week.idxmax().date()),
        "worst_week_mean_absolute_error": round(by_week.max(), 2),
        "range_minutes_wide": round((rows["high_minutes"] - rows["low_minutes"]).mean(), 1),
        "before": reading(before),
        "after": reading(after),
        "first_six_weeks_after": reading(after[after["placed_on"] < PROMISE_FOLLOWED]),
        "month": {f"{month:%Y-%m}": reading(group) for month, group in rows.groupby(first_of_month(rows))},
        "quarter_within_range": {
            f"Q{quarter}": round(group["within"].mean(), 3)
            for quarter, group in rows.groupby(rows["placed_on"].dt.quarter)
        },
        "zone_within_range": {
            zone: round(group["within"].mean(), 3) for zone, group in before.groupby("zone")
        },
    }
    assert numbers("backdated_arrivals") == facts


def first_of_month(rows: pd.DataFrame) -> pd.Series:
    return rows["placed_on"].dt.to_period("M").dt.to_timestamp()
