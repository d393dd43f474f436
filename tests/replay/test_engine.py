"""replay(): results as of honest replays by hand, the same each time, and messages for bad input."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from hindcast.datasets import load_deliveries, load_demand, load_members
from hindcast.errors import HindcastError
from hindcast.replay import LastValue, PromisedValue, SameWeekday, replay

DAY = pd.Timedelta(days=1)
COUNTED = ["tenure_months", "orders_30d", "tickets_30d"]
NAMED = ["plan", "zone"]
MONTHS = pd.date_range("2024-01-01", "2024-12-01", freq="MS")


@pytest.fixture
def table() -> pd.DataFrame:
    """Sixty days of two shops: minutes known two days after, a kind of day, in no order of time."""
    rng = np.random.default_rng(20_250_903)
    days = pd.date_range("2025-01-01", periods=60)
    rows = pd.MultiIndex.from_product([["north", "south"], days], names=["shop", "day"]).to_frame(index=False)
    rows["bags"] = rng.integers(1, 30, len(rows))
    rows["rain"] = rng.random(len(rows)).round(2)
    rows["minutes"] = (10 + rows["bags"] + 5 * rows["rain"] + rng.normal(0, 2, len(rows))).round(1)
    rows["late"] = rows["minutes"] > 25
    rows["mood"] = np.array(["calm", "busy", "wild"])[rng.integers(0, 3, len(rows))]
    rows["known_on"] = rows["day"] + 2 * DAY
    return rows


WHAT = {
    "case": ["shop", "day"],
    "due": "day",
    "inputs": ["bags", "rain"],
    "outcome": "minutes",
    "known_at": "known_on",
    "origins": pd.date_range("2025-02-01", periods=10, freq="2D"),
    "horizon": "1D",
}


def by_class(**more) -> dict:
    return WHAT | {"outcome": "late"} | more


# --- the same as by hand --------------------------------------------------------------------------------


def cancelling() -> object:
    columns = make_column_transformer(
        (StandardScaler(), COUNTED), (OneHotEncoder(handle_unknown="ignore"), NAMED)
    )
    return make_pipeline(columns, LogisticRegression(C=0.1))


def test_a_monthly_replay_of_members_is_what_each_months_own_table_gives():
    members = load_members()
    members["settled_on"] = members["month"] + 30 * DAY
    said = replay(
        cancelling(),
        members,
        case=["member", "month"],
        due="settled_on",
        decided="month",
        inputs=COUNTED + NAMED,
        outcome="cancelled",
        known_at="settled_on",
        origins=MONTHS,
        horizon="30D",
        baseline=DummyClassifier(strategy="prior"),
    )
    assert sorted(said["origin"].unique()) == list(MONTHS)
    for origin in MONTHS:
        then = load_members(as_of=origin)
        known, here = then[then["cancelled"].notna()], then[then["month"] == origin]
        fitted = cancelling().fit(known[COUNTED + NAMED], known["cancelled"].astype(bool))
        rows = said[said["origin"] == origin]
        assert rows["member"].tolist() == here["member"].tolist()
        assert rows["score"].tolist() == fitted.predict_proba(here[COUNTED + NAMED])[:, 1].tolist()
        assert rows["baseline_score"].to_numpy() == pytest.approx(float(known["cancelled"].mean()))
        assert (rows["learned_from"] == len(known)).all()
        assert (rows["newest_known"] <= origin).all()
    came = members.set_index(["member", "month"])["cancelled"].reindex(
        pd.MultiIndex.from_frame(said[["member", "month"]])
    )
    assert said["known_value"].tolist() == came.tolist()


def test_a_daily_replay_of_demand_with_revisions_is_what_each_evenings_own_table_gives():
    demand = load_demand().query("day < '2023-05-01'")
    first = demand.assign(column="orders", value=demand["orders_reported"], known_at=demand["day"] + DAY)
    later = demand.dropna(subset="revised_on")
    later = later.assign(column="orders", value=later["orders"], known_at=later["revised_on"])
    versions = pd.concat([first, later])[["day", "store", "column", "value", "known_at"]]
    inputs = ["booked_ahead", "promotion", "holiday"]
    origins = pd.date_range("2023-02-10", "2023-04-20", freq="9D")
    said = replay(
        Ridge(),
        demand,
        case=["day", "store"],
        due="day",
        inputs=inputs,
        outcome="orders",
        known_at=None,
        origins=origins,
        horizon="1D",
        versions=versions,
        baseline=SameWeekday("day", by="store"),
    )
    for origin in origins:
        evening = load_demand(as_of=origin)
        counted, tomorrow = evening[evening["orders"].notna()], evening[evening["day"] == origin + DAY]
        fitted = Ridge().fit(counted[inputs].astype(float), counted["orders"].astype(float))
        rows = said[said["origin"] == origin]
        assert rows["store"].tolist() == tomorrow["store"].tolist()
        assert rows["prediction"].to_numpy() == pytest.approx(
            fitted.predict(tomorrow[inputs].astype(float)), rel=1e-12
        )
        same = counted[counted["day"] == origin + DAY - 7 * DAY].set_index("store")["orders"]
        assert rows["baseline"].tolist() == same[rows["store"]].tolist()
    final = demand.set_index(["day", "store"])[["orders", "revised_on"]]
    final = final.reindex(pd.MultiIndex.from_frame(said[["day", "store"]])).reset_index()
    assert said["known_value"].tolist() == final["orders"].tolist()
    assert said["known_on"].tolist() == final["revised_on"].fillna(final["day"] + DAY).tolist()


def test_a_replay_of_arrivals_says_beside_each_number_what_the_app_promised():
    orders = load_deliveries().query("placed_at < '2023-04-01'")
    orders["placed_on"] = orders["placed_at"].dt.normalize()
    arrived = orders["placed_at"] + pd.to_timedelta(orders["minutes_to_arrival"].astype(int), unit="min")
    orders["arrived_on"] = arrived.dt.normalize()
    said = replay(
        Ridge(),
        orders,
        case="order",
        due="placed_on",
        decided="placed_at",
        inputs=["distance_km", "items"],
        outcome="minutes_to_arrival",
        known_at="arrived_on",
        origins=pd.date_range("2023-03-01", "2023-03-10"),
        horizon="1D",
        baseline=PromisedValue("promised_minutes"),
    )
    promised = orders.set_index("order")["promised_minutes"]
    assert said["baseline"].tolist() == promised[said["order"]].tolist()
    assert (said["due"] == said["origin"] + DAY).all()
    assert set(said["order"]) == set(
        orders.loc[orders["placed_on"].between("2023-03-02", "2023-03-11"), "order"]
    )


def inputs_by_hand(table: pd.DataFrame, versions: pd.DataFrame, column: str, horizon: pd.Timedelta) -> list:
    held = []
    for row in table.itertuples():
        of_row = versions[(versions["shop"] == row.shop) & (versions["day"] == row.day)]
        by_then = of_row[(of_row["column"] == column) & (of_row["known_at"] <= row.day - horizon)]
        held.append(by_then.sort_values("known_at")["value"].iloc[-1] if len(by_then) else np.nan)
    return held


class Remembers(RegressorMixin, BaseEstimator):
    """Keeps what it was given and predicts its first input."""

    seen: list = []  # noqa: RUF012 (shared by all clones, on purpose)

    def fit(self, X, y):  # noqa: N803
        self.seen.append(("fit", X.copy(), np.array(y)))
        self.fitted_ = True
        return self

    def predict(self, X):  # noqa: N803
        self.seen.append(("predict", X.copy(), None))
        return X.iloc[:, 0].to_numpy(dtype=float)


@pytest.fixture
def remembers() -> Remembers:
    Remembers.seen.clear()
    return Remembers()


def test_each_row_has_its_inputs_as_last_reported_by_its_own_decision(table, remembers):
    rng = np.random.default_rng(7)
    picked = table.sample(150, replace=True, random_state=7).reset_index(drop=True)
    delay = pd.to_timedelta(rng.integers(-5, 3, len(picked)), unit="D")
    versions = picked[["shop", "day"]].assign(
        column="bags", value=rng.integers(100, 200, len(picked)), known_at=picked["day"] + delay
    )
    versions = versions.drop_duplicates(["shop", "day", "known_at"]).sample(frac=1, random_state=1)
    replay(remembers, table, **WHAT | {"horizon": ["1D", "3D"]}, versions=versions)
    held = {days: inputs_by_hand(table, versions, "bags", pd.Timedelta(days, "D")) for days in (1, 3)}
    assert np.isnan(held[3]).sum() > np.isnan(held[1]).sum() > 0
    for (_, seen, _), days in zip(
        [one for one in remembers.seen if one[0] == "predict"], [1, 3] * 10, strict=True
    ):
        np.testing.assert_array_equal(seen["bags"].to_numpy(), np.array(held[days])[seen.index])
    for (_, seen, _), days in zip(
        [one for one in remembers.seen if one[0] == "fit"], [1, 3] * 10, strict=True
    ):
        np.testing.assert_array_equal(seen["bags"].to_numpy(), np.array(held[days])[seen.index])


def test_it_learns_from_known_outcomes_only_and_says_which_was_the_newest(table, remembers):
    said = replay(remembers, table, **WHAT)
    fits = [one for one in remembers.seen if one[0] == "fit"]
    for (_, seen, y), origin in zip(fits, WHAT["origins"], strict=True):
        known = table[table["known_on"] <= origin]
        assert seen.index.tolist() == known.index.tolist()
        assert y.tolist() == known["minutes"].tolist()
        rows = said[said["origin"] == origin]
        assert (rows["newest_known"] == known["known_on"].max()).all()
        assert (rows["learned_from"] == len(known)).all()


def test_a_value_known_on_the_day_of_the_origin_is_known(table):
    said = replay(LinearRegression(), table, **WHAT)
    assert (said["newest_known"] == said["origin"]).all()


def test_a_span_says_how_much_time_counts_as_one(table):
    said = replay(
        LinearRegression(), table, **WHAT | {"origins": ["2025-02-01"], "horizon": "7D", "span": "7D"}
    )
    assert sorted(said["day"].unique()) == list(pd.date_range("2025-02-02", "2025-02-08"))
    one = replay(LinearRegression(), table, **WHAT | {"origins": ["2025-02-01"], "horizon": "7D"})
    assert one["day"].unique().tolist() == [pd.Timestamp("2025-02-08")]


def test_by_the_hour_a_horizon_of_an_hour_takes_the_cases_of_that_hour():
    hours = pd.date_range("2025-01-01", periods=200, freq="h")
    table = pd.DataFrame(
        {"hour": hours, "x": range(200), "y": np.arange(200.0), "known": hours + pd.Timedelta("1h")}
    )
    said = replay(
        LinearRegression(),
        table,
        case="hour",
        due="hour",
        inputs=["x"],
        outcome="y",
        known_at="known",
        origins=hours[100:110],
        horizon=["1h", "5h"],
    )
    assert (said["due"] - said["origin"] == said["horizon"]).all()
    assert len(said) == 20
    assert said["prediction"].to_numpy() == pytest.approx(said["known_value"].to_numpy())


def test_where_the_clock_changes_a_day_ahead_is_the_same_hour_of_the_next_day():
    days = pd.date_range("2025-01-01", "2025-04-30", tz="Europe/Paris")
    table = pd.DataFrame({"day": days, "x": range(len(days)), "y": np.arange(len(days)) * 1.0})
    table["known"] = table["day"] + pd.DateOffset(days=1)
    origins = pd.date_range("2025-03-28", "2025-04-01", tz="Europe/Paris")
    said = replay(
        LinearRegression(),
        table,
        case="day",
        due="day",
        inputs=["x"],
        outcome="y",
        known_at="known",
        origins=origins,
        horizon="1D",
    )
    assert said["day"].tolist() == list(origins + pd.DateOffset(days=1))
    assert str(said["known_on"].dt.tz) == str(said["origin"].dt.tz) == "Europe/Paris"
    assert (said["known_on"] == said["due"] + pd.DateOffset(days=1)).all()


def by_the_half_hour(first: str, last: str) -> pd.DataFrame:
    """Half hours of Paris, where the clock goes forward on 30 March 2025 and back on 26 October."""
    times = pd.date_range(first, last, freq="30min", tz="Europe/Paris")
    return pd.DataFrame({"time": times, "x": range(len(times)), "y": np.arange(len(times)) * 1.0})


BY_THE_HALF_HOUR = {
    "case": "time",
    "due": "time",
    "inputs": "x",
    "outcome": "y",
    "known_at": "time",
    "horizon": "1D",
}


def test_where_the_clock_leaves_out_an_hour_each_case_is_predicted_from_one_origin():
    table = by_the_half_hour("2025-03-25", "2025-04-03")
    days = [27, 28, 29, 31]
    origins = [pd.Timestamp(f"2025-03-{day} 02:30", tz="Europe/Paris") for day in days]
    origins.insert(3, pd.Timestamp("2025-03-30 03:00", tz="Europe/Paris"))
    said = replay(LinearRegression(), table, **BY_THE_HALF_HOUR, origins=origins)
    last = origins[-1] + pd.DateOffset(days=1)
    between = table["time"][(table["time"] > origins[0]) & (table["time"] <= last)]
    assert set(said["time"]) == set(between)


def test_an_origin_in_the_second_of_two_like_hours_stands_there():
    table = by_the_half_hour("2025-10-24", "2025-10-29")
    origin = pd.Timestamp("2025-10-26 02:30").tz_localize("Europe/Paris", ambiguous=False)
    said = replay(LinearRegression(), table, **BY_THE_HALF_HOUR, origins=[origin])
    assert (said["time"] > origin).all() and said["skipped"].isna().all()


def test_it_learns_from_no_row_before_its_own_decision_however_early_the_outcome(table, remembers):
    early = table.assign(
        known_on=table["known_on"].mask(table["day"].dt.day % 7 == 0, table["day"] - 9 * DAY)
    )
    reported = early[["shop", "day"]].assign(column="bags", value=1, known_at=early["day"] - 3 * DAY)
    replay(remembers, early, **WHAT | {"horizon": ["1D", "5D"]}, versions=reported)
    fits = [one for one in remembers.seen if one[0] == "fit"]
    for (_, seen, _), origin, days in zip(fits, np.repeat(WHAT["origins"], 2), [1, 5] * 10, strict=True):
        decided = early["day"] - days * DAY
        learned = (early["known_on"] <= origin) & (decided <= origin)
        assert seen.index.tolist() == list(early.index[learned])


def test_where_only_the_day_of_an_outcome_is_known_its_decisions_count_by_the_day_too(table, remembers):
    evening = table.assign(known_on=table["day"], asked=table["day"] + pd.Timedelta("19h"))
    replay(remembers, evening, **WHAT, decided="asked")
    for (_, seen, _), origin in zip(
        [one for one in remembers.seen if one[0] == "fit"], WHAT["origins"], strict=True
    ):
        assert seen.index.tolist() == list(evening.index[evening["day"] <= origin])


# --- refitting and windows ------------------------------------------------------------------------------


@pytest.mark.parametrize(("refit", "fits"), [(1, 10), (3, 4), (20, 1), (None, 1)])
def test_it_fits_as_often_as_it_is_told(table, remembers, refit, fits):
    said = replay(remembers, table, **WHAT, refit=refit)
    assert len([one for one in remembers.seen if one[0] == "fit"]) == fits
    assert said.groupby("origin")["newest_known"].first().nunique() == fits
    every = refit or 10
    origins = WHAT["origins"]
    assert said.groupby("origin")["newest_known"].first().tolist() == [
        origins[number // every * every] for number in range(10)
    ]


def test_horizons_with_the_same_inputs_share_one_fit(table, remembers):
    replay(remembers, table, **WHAT | {"horizon": ["1D", "4D"]})
    assert len([one for one in remembers.seen if one[0] == "fit"]) == 10


def test_a_rolling_window_forgets_what_was_due_before_it(table, remembers):
    replay(remembers, table, **WHAT, window="14D")
    fits = [one for one in remembers.seen if one[0] == "fit"]
    for (_, seen, _), origin in zip(fits, WHAT["origins"], strict=True):
        learned = table.loc[seen.index]
        assert learned["day"].min() == origin - 13 * DAY
        assert learned["known_on"].max() == origin


# --- ranges ---------------------------------------------------------------------------------------------


def test_a_range_comes_from_earlier_errors_known_at_the_origin(table):
    what = WHAT | {"origins": pd.date_range("2025-01-20", "2025-02-27")}
    said = replay(LinearRegression(), table, **what, coverage=0.8)
    for origin, rows in said.groupby("origin"):
        earlier = said[(said["origin"] < origin) & (said["known_on"] <= origin)]
        if len(earlier) < 30:
            assert rows["low"].isna().all() and rows["high"].isna().all()
            continue
        errors = earlier["prediction"] - earlier["known_value"]
        assert rows["low"].to_numpy() == pytest.approx(rows["prediction"].to_numpy() - errors.quantile(0.9))
        assert rows["high"].to_numpy() == pytest.approx(rows["prediction"].to_numpy() - errors.quantile(0.1))
    inside = said["known_value"].between(said["low"], said["high"])[said["low"].notna()]
    assert 0.6 < inside.mean() < 0.95
    assert list(said.columns).index("high") == list(said.columns).index("prediction") + 2


def test_a_range_counts_errors_as_they_were_reported_then(table):
    first = table.assign(column="minutes", value=table["minutes"], known_at=table["known_on"])
    second = first.assign(value=first["value"] + 50, known_at=pd.Timestamp("2025-02-25"))
    versions = pd.concat([first[first["known_at"] < "2025-02-25"], second[second["day"] < "2025-02-20"]])
    versions = versions[["shop", "day", "column", "value", "known_at"]]
    what = WHAT | {"origins": pd.date_range("2025-01-20", "2025-02-26"), "known_at": None}
    said = replay(DummyRegressor(), table, **what, refit=None, coverage=0.8, versions=versions)
    mean = said["prediction"].iloc[0]
    by_day = said.groupby("origin")["high"].first()
    assert by_day["2025-02-24"] < mean + 30
    assert by_day["2025-02-25"] > mean + 40


# --- classes --------------------------------------------------------------------------------------------


def test_of_more_than_two_classes_each_has_its_score(table):
    said = replay(LogisticRegression(), table, **WHAT | {"outcome": "mood"})
    names = ["score_busy", "score_calm", "score_wild"]
    assert [name for name in said if name.startswith("score")] == names
    assert said[names].sum(axis=1).to_numpy() == pytest.approx(1.0)
    best = said[names].idxmax(axis=1).str.removeprefix("score_")
    assert said["prediction"].tolist() == best.tolist()


def test_a_positive_class_can_be_named(table):
    words = table.assign(late=np.where(table["late"], "late", "on time"))
    said = replay(LogisticRegression(), words, **by_class(positive="late"))
    plain = replay(LogisticRegression(), table, **by_class())
    assert said["score"].to_numpy() == pytest.approx(plain["score"].to_numpy(), abs=1e-6)
    both = replay(LogisticRegression(), table, **WHAT | {"outcome": "mood"}, positive="wild")
    assert (both["score"] == both["score_wild"]).all()


def test_a_class_that_nobody_had_seen_yet_has_no_chance(table):
    new = table.assign(mood=table["mood"].mask(table["day"] == "2025-02-10", "odd"))
    said = replay(LogisticRegression(), new, **WHAT | {"outcome": "mood"})
    seen = said["origin"] >= "2025-02-12"
    assert (said.loc[~seen, "score_odd"] == 0).all()
    assert (said.loc[seen, "score_odd"] > 0).all()
    assert (said["known_value"] == "odd").any()


def test_origins_where_one_class_only_was_known_have_a_reason_in_place_of_a_prediction(table):
    one = table.assign(late=table["late"] & (table["day"] > "2025-02-06"))
    said = replay(LogisticRegression(), one, **by_class(), baseline=DummyClassifier(strategy="prior"))
    early = said["origin"] < one.loc[one["late"], "known_on"].min()
    assert 0 < early.sum() < len(said)
    assert said.loc[early, "prediction"].isna().all() and said.loc[early, "score"].isna().all()
    assert said.loc[early, "skipped"].unique().tolist() == ["only one class was known: False"]
    assert (said.loc[early, "baseline_score"] == 0).all()
    assert said.loc[~early, "skipped"].isna().all() and said.loc[~early, "score"].notna().all()


def test_a_baseline_of_base_rates_may_be_the_end_of_a_pipeline(table):
    one = table.assign(late=table["late"] & (table["day"] > "2025-02-06"))
    rates = make_pipeline(StandardScaler(), DummyClassifier(strategy="prior"))
    said = replay(LogisticRegression(), one, **by_class(), baseline=rates)
    assert said["baseline_score"].notna().all()


def test_a_class_without_its_chance_is_no_prediction(table):
    class NoChance(DummyClassifier):
        def predict_proba(self, X):  # noqa: N803
            if X.index[0] % 4:
                raise ValueError("no chance")
            return super().predict_proba(X)

    with pytest.warns(UserWarning, match="estimator stopped at"):
        said = replay(NoChance(), table, **by_class())
    assert 0 < said["score"].isna().sum() < len(said)
    assert said["prediction"].isna().tolist() == said["score"].isna().tolist()
    assert said["prediction"].isna().tolist() == said["skipped"].notna().tolist()


@pytest.mark.parametrize(
    "kind",
    ["bool", "boolean", "int64", "Int64", "float64", "category"],
)
def test_an_outcome_may_be_held_in_any_way(table, kind):
    held = table.assign(late=table["late"].astype(kind))
    held.loc[held["day"] > "2025-02-18", "known_on"] = pd.NaT
    if kind not in ("bool", "int64"):
        held.loc[held["day"] > "2025-02-18", "late"] = None
    said = replay(LogisticRegression(), held, **by_class())
    plain = replay(LogisticRegression(), table, **by_class())
    early = (said["origin"] < "2025-02-15").to_numpy()
    assert said["score"][early].tolist() == plain["score"][early].tolist()
    assert said["known_value"].isna().tolist() == (said["due"] > "2025-02-18").tolist()
    assert said["known_on"].isna().tolist() == (said["due"] > "2025-02-18").tolist()


# --- conventions ----------------------------------------------------------------------------------------


def test_the_table_and_the_estimator_are_not_changed(table):
    before, estimator = table.copy(deep=True), Ridge()
    replay(estimator, table, **WHAT, coverage=0.8, baseline=LastValue("day", by="shop"))
    pd.testing.assert_frame_equal(table, before)
    assert not hasattr(estimator, "coef_")


def test_an_estimator_that_writes_into_what_it_is_given_changes_nothing(table):
    class Vandal(Remembers):
        def fit(self, X, y):  # noqa: N803
            X.loc[:, "bags"] = -1
            y[:] = 0
            self.fitted_ = True
            return self

    before = table.copy(deep=True)
    said = replay(Vandal(), table, **WHAT)
    pd.testing.assert_frame_equal(table, before)
    assert (said["prediction"] > 0).all()
    assert said["known_value"].tolist() != [0.0] * len(said)


def test_it_hands_over_feature_names_and_keeps_their_order(table, remembers):
    replay(remembers, table, **WHAT | {"inputs": ["rain", "bags"]})
    assert all(list(X.columns) == ["rain", "bags"] for _, X, _ in remembers.seen)


RANDOMISED = [
    RandomForestRegressor(n_estimators=5, random_state=3),
    RandomForestRegressor(n_estimators=5, random_state=np.random.RandomState(3)),
    HistGradientBoostingRegressor(max_iter=2),
    make_pipeline(SimpleImputer(), StandardScaler(), Ridge()),
]


@pytest.mark.parametrize("estimator", RANDOMISED, ids=lambda one: type(one).__name__)
def test_the_same_call_gives_the_same_table_in_one_process_or_two(table, estimator):
    more = {"baseline": SameWeekday("day", by="shop"), "coverage": 0.8, "refit": 2}
    what = WHAT | {"horizon": ["1D", "2D"], **more, "origins": pd.date_range("2025-01-30", "2025-02-15")}
    one, again = replay(estimator, table, **what), replay(estimator, table, **what)
    two = replay(estimator, table, **what, n_jobs=2)
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_the_order_and_the_index_of_the_rows_do_not_matter(table):
    mixed = table.sample(frac=1, random_state=1).set_axis(["same"] * len(table))
    keys = ["origin", "shop"]
    said = [
        replay(LinearRegression(), rows, **WHAT).sort_values(keys, ignore_index=True)
        for rows in (table, mixed)
    ]
    pd.testing.assert_frame_equal(*said, rtol=1e-9)


def test_origins_are_replayed_in_the_order_of_time_however_they_are_given(table):
    backwards = [f"{day:%Y-%m-%d}" for day in WHAT["origins"][::-1]]
    said = [
        replay(Ridge(), table, **WHAT | {"origins": days}, refit=4) for days in (WHAT["origins"], backwards)
    ]
    pd.testing.assert_frame_equal(*said)


def test_nullable_and_categorical_inputs_are_handed_on_as_they_are(table, remembers):
    held = table.assign(bags=table["bags"].astype("Int64"), shop_kind=table["shop"].astype("category"))
    replay(remembers, held, **WHAT | {"inputs": ["bags", "shop_kind"]})
    assert [str(kind) for kind in remembers.seen[0][1].dtypes] == ["Int64", "category"]
    gaps = held.assign(bags=held["bags"].mask(held["day"].dt.day == 5))
    said = replay(HistGradientBoostingRegressor(max_iter=3), gaps, **WHAT)
    assert said["prediction"].notna().all()


def test_reports_of_each_kind_of_input_are_held_as_the_tables_column(table, remembers):
    held = table.assign(
        open=table["bags"] > 10, kind=table["mood"].astype("category"), since=table["day"], word=table["mood"]
    )
    names = ["bags", "rain", "open", "kind", "since", "word"]
    reports = [
        held[["shop", "day"]].assign(
            column=name, value=held[name].astype(object), known_at=held["day"] - 3 * DAY
        )
        for name in names
    ]
    versions = pd.concat(reports)
    replay(remembers, held, **WHAT | {"inputs": names}, versions=versions)
    assert remembers.seen[0][1].dtypes.astype(str).tolist() == held[names].dtypes.astype(str).tolist()
    pd.testing.assert_frame_equal(remembers.seen[-1][1], held.loc[remembers.seen[-1][1].index, names])


def test_a_case_whose_outcome_was_known_by_the_origin_is_not_predicted(table):
    early = table.assign(known_on=table["known_on"].mask(table["shop"] == "south", table["day"] - 3 * DAY))
    said = replay(LinearRegression(), early, **WHAT)
    south = said["shop"] == "south"
    assert said.loc[south, "prediction"].isna().all()
    assert said.loc[south, "skipped"].unique().tolist() == ["its outcome was known by the origin"]
    assert said.loc[~south, "prediction"].notna().all()


def test_a_window_without_known_outcomes_is_said_in_the_rows(table):
    gap = table.drop(table.index[table["day"].between("2025-01-25", "2025-02-06")])
    said = replay(LinearRegression(), gap, **WHAT, window="7D")
    reasons = said.set_index("origin")["skipped"]
    assert reasons[pd.Timestamp("2025-02-07")].tolist() == ["no known outcome in the window"] * 2
    assert reasons[pd.Timestamp("2025-02-19")].isna().all()


def test_an_estimator_that_stops_at_some_origins_says_so_in_their_rows_and_warns(table):
    what = WHAT | {"origins": pd.date_range("2025-01-03", "2025-01-12")}
    with pytest.warns(UserWarning, match="stopped at 3 of 10 origins"):
        said = replay(KNeighborsRegressor(n_neighbors=8), table, **what)
    failed = said["prediction"].isna()
    assert said.loc[failed, "origin"].nunique() == 3
    assert said.loc[failed, "skipped"].str.startswith("ValueError: Expected n_neighbors").all()


def test_it_shows_no_progress_unless_asked(table, capsys, monkeypatch):
    replay(LinearRegression(), table, **WHAT)
    quiet = capsys.readouterr()
    assert quiet.out == quiet.err == ""
    replay(LinearRegression(), table, **WHAT, progress=True)
    assert capsys.readouterr().err == ""  # not a terminal
    monkeypatch.setenv("FORCE_COLOR", "1")
    replay(LinearRegression(), table, **WHAT, progress=True)
    shown = capsys.readouterr()
    assert shown.out == "" and "origins" in shown.err


# --- bad input --------------------------------------------------------------------------------------------


def stops(table: pd.DataFrame, words: str, estimator=None, **more) -> None:
    with pytest.raises(HindcastError) as stopped:
        replay(LinearRegression() if estimator is None else estimator, table, **WHAT | more)
    assert words in str(stopped.value)
    assert len(str(stopped.value)) < 400


def test_no_origins_is_an_error(table):
    stops(table, "origins is empty", origins=[])


def test_an_origin_named_twice_is_an_error(table):
    stops(table, "origins has 2025-02-01 twice", origins=["2025-02-01", "2025-02-03", "2025-02-01"])


@pytest.mark.parametrize("origins", [["soon"], [20250201], [None, "2025-02-01"], [3.5]])
def test_origins_that_are_no_days_are_an_error(table, origins):
    stops(table, "origins", origins=origins)


def test_origins_before_any_known_outcome_are_an_error(table):
    origins = pd.date_range("2024-12-30", "2025-01-10")
    stops(table, "origins: 4 of 12 lie before any outcome was known", origins=origins)


def test_a_horizon_longer_than_the_table_is_an_error(table):
    stops(table, "horizon is longer than the table", horizon="400D")


def test_origins_at_which_nothing_is_due_are_an_error(table):
    stops(table, "no case is due", origins=["2025-06-01"])


@pytest.mark.parametrize("horizon", ["soon", "-1D", "0D", 7, None, []])
def test_a_horizon_that_is_no_length_of_time_is_an_error(table, horizon):
    stops(table, "horizon", horizon=horizon)


def test_a_span_longer_than_the_horizon_is_an_error(table):
    stops(table, "span", span="2D")


def test_time_zones_mixed_between_columns_are_an_error(table):
    stops(table.assign(known_on=table["known_on"].dt.tz_localize("UTC")), "'known_on' has the time zone UTC")


def test_time_zones_mixed_between_origins_and_columns_are_an_error(table):
    stops(table, "origins has the time zone UTC", origins=WHAT["origins"].tz_localize("UTC"))


def test_time_zones_mixed_among_origins_are_an_error(table):
    stops(table, "origins", origins=[pd.Timestamp("2025-02-01"), pd.Timestamp("2025-02-02", tz="UTC")])


def test_days_held_as_text_are_an_error(table):
    stops(table.assign(day=table["day"].astype(str)), "'day' should hold days or moments")


def test_duplicate_cases_are_an_error(table):
    stops(pd.concat([table, table.iloc[[5]]]), "case should be unique, but 2 rows")


def test_a_case_without_its_name_is_an_error(table):
    stops(table.assign(shop=table["shop"].where(table.index != 3)), "'shop' is missing in row 3")


def test_missing_outcomes_that_are_said_to_be_known_are_an_error(table):
    gone = table.assign(minutes=table["minutes"].where(table.index % 40 != 0))
    stops(gone, "The outcome 'minutes' is missing in 3 rows that are said to be known, such as shop north")


def test_no_known_outcome_at_all_is_an_error(table):
    stops(table.assign(known_on=pd.NaT), "'known_on' is missing in every row")


def test_a_missing_due_day_is_an_error(table):
    what = {"case": "number", "due": "day"}
    stops(
        table.assign(day=table["day"].where(table.index != 3), number=table.index), "'day' is missing", **what
    )


@pytest.mark.parametrize("argument", ["case", "due", "inputs", "outcome", "known_at", "decided"])
def test_a_column_that_is_not_there_is_an_error_that_names_the_argument(table, argument):
    given = "nowhere" if argument not in ("case", "inputs") else ["nowhere"]
    stops(table, f"{argument} names the column 'nowhere'", **{argument: given})


def test_inputs_that_hold_the_outcome_are_an_error(table):
    stops(table, "inputs holds 'minutes', which is the outcome", inputs=["bags", "minutes"])


def test_inputs_that_hold_the_day_of_knowing_are_an_error(table):
    stops(table, "inputs holds 'known_on'", inputs=["bags", "known_on"])


def test_no_inputs_are_an_error(table):
    stops(table, "inputs", inputs=[])


def test_a_classifier_without_predict_proba_is_an_error(table):
    stops(table, "LinearSVC has no predict_proba", LinearSVC(), outcome="late")
    pipeline = make_pipeline(StandardScaler(), SGDClassifier())
    stops(table, "SGDClassifier has no predict_proba", pipeline, outcome="late")
    assert len(replay(CalibratedClassifierCV(LinearSVC(), cv=2), table, **by_class()))


@pytest.mark.parametrize("estimator", [KMeans(), StandardScaler(), LinearRegression, "model"])
def test_what_is_neither_regressor_nor_classifier_is_an_error(table, estimator):
    stops(table, "estimator should be", estimator)


def test_a_regressor_for_words_and_a_classifier_for_amounts_are_errors(table):
    stops(table, "'mood'", outcome="mood")
    stops(table, "'minutes' holds numbers such as", LogisticRegression())


def test_a_positive_class_that_is_not_there_is_an_error(table):
    stops(table, "positive is 'lte'", LogisticRegression(), outcome="late", positive="lte")
    words = table.assign(late=np.where(table["late"], "late", "on time"))
    stops(words, "positive should say which of 'late' and 'on time'", LogisticRegression(), outcome="late")
    stops(table, "positive is for classes", positive=True)


def test_an_outcome_of_one_class_is_an_error(table):
    stops(table.assign(late=False), "one class only", LogisticRegression(), outcome="late")


def test_an_empty_table_is_an_error(table):
    stops(table.iloc[:0], "table has no rows")


def test_what_is_no_table_is_an_error(table):
    stops(table.to_dict(), "table should be a pandas DataFrame")


def test_two_columns_of_one_name_are_an_error(table):
    stops(table.set_axis([*table.columns[:-1], "bags"], axis=1), "two columns called 'bags'")


def test_a_case_column_named_like_one_of_the_result_is_an_error(table):
    stops(table.rename(columns={"shop": "score"}), "case names the column 'score'", case=["score", "day"])


def test_a_case_column_named_like_the_score_of_a_class_is_an_error(table):
    named = table.rename(columns={"shop": "score_wild"})
    stops(
        named,
        "case names the column 'score_wild'",
        LogisticRegression(),
        case=["score_wild", "day"],
        outcome="mood",
    )


def test_a_case_column_named_like_one_of_the_reports_is_an_error(table):
    named = table.rename(columns={"shop": "value"})
    given = reports(table).drop(columns="value").rename(columns={"shop": "value"})
    stops(named, "case names the column 'value'", case=["value", "day"], versions=given)


@pytest.mark.parametrize("n_jobs", [0, "both"])
def test_a_number_of_processes_that_is_none_is_an_error(table, n_jobs):
    stops(table, "n_jobs should be a number of processes", n_jobs=n_jobs)


@pytest.mark.parametrize("refit", [0, -1, 1.5, True, "never"])
def test_a_refit_that_is_no_whole_number_is_an_error(table, refit):
    stops(table, "refit", refit=refit)


@pytest.mark.parametrize("coverage", [0, 1, 80, True, "most"])
def test_a_coverage_that_is_no_share_is_an_error(table, coverage):
    stops(table, "coverage", coverage=coverage)


def test_coverage_of_classes_is_an_error(table):
    stops(table, "coverage is for number predictions", LogisticRegression(), outcome="late", coverage=0.8)


def test_a_baseline_of_the_other_kind_is_an_error(table):
    stops(table, "baseline and estimator", baseline=DummyClassifier())


def test_a_baseline_that_looks_at_the_outcome_is_an_error(table):
    stops(table, "baseline looks at 'minutes'", baseline=PromisedValue("minutes"))


def test_a_baseline_that_stops_is_an_error(table):
    stops(table, "baseline stopped at the origin 2025-02-01", baseline=LastValue("bags"))


def test_an_estimator_that_stops_at_every_origin_is_an_error(table):
    stops(table, "estimator stopped at every origin", inputs=["mood"])


def reports(table: pd.DataFrame, **more) -> pd.DataFrame:
    rows = table[["shop", "day"]].assign(column="bags", value=1.0, known_at=table["day"] - DAY)
    return rows.assign(**more)


def test_reports_of_an_unknown_case_are_an_error(table):
    stops(
        table, "cases that the table does not have, such as shop west", versions=reports(table, shop="west")
    )


def test_reports_of_an_unknown_column_are_an_error(table):
    stops(table, "versions has reports of a column 'bgs'", versions=reports(table, column="bgs"))


def test_two_reports_at_one_time_are_an_error(table):
    twice = pd.concat([reports(table), reports(table).iloc[[0]]])
    stops(table, "two reports of 'bags' for shop north, day 2025-01-01", versions=twice)


def test_reports_without_their_columns_are_an_error(table):
    stops(table, "versions should be a table", versions=reports(table).drop(columns="value"))


def test_reports_without_a_day_are_an_error(table):
    stops(table, "known_at", versions=reports(table, known_at=pd.NaT))


def test_reports_of_another_time_zone_are_an_error(table):
    zoned = reports(table, known_at=table["day"].dt.tz_localize("UTC"))
    stops(table, "known_at of versions", versions=zoned)


def test_reports_that_cannot_be_held_like_the_column_are_an_error(table):
    stops(table, "versions: the values of 'bags'", versions=reports(table, value="many"))
    kinds = table.assign(bags=table["mood"].astype("category"))
    stops(kinds, "not among the column's categories", versions=reports(table, value="dull"))


def test_no_day_of_knowing_without_reports_of_the_outcome_is_an_error(table):
    stops(table, "known_at", known_at=None)


def test_columns_may_be_numbered(table):
    numbered = table.rename(columns={"bags": 7})
    given = reports(table, column=7)
    assert len(replay(LinearRegression(), numbered, **WHAT | {"inputs": [7]}, versions=given)) == 20


# --- interrupted ------------------------------------------------------------------------------------------


def test_interrupted_before_anything_was_said_it_stops_as_any_call(table):
    class Stopped(LinearRegression):
        def fit(self, X, y):  # noqa: N803
            raise KeyboardInterrupt

    later = table[(table["day"] < "2025-02-01") | (table["day"] > "2025-02-06")]
    with pytest.raises(KeyboardInterrupt):
        replay(Stopped(), later, **WHAT)


LONG = """
import time, warnings
import numpy as np, pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from hindcast.replay import replay

class Slow(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        with open("FITS", "a") as fits:
            fits.write("x")
        time.sleep(0.05)
        self.fitted_ = True
        return self
    def predict(self, X):
        return np.zeros(len(X))

days = pd.date_range("2020-01-01", periods=2000)
table = pd.DataFrame({"day": days, "x": 1.0, "y": 2.0, "known": days + pd.Timedelta(days=1)})
print("ready", flush=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    said = replay(Slow(), table, case="day", due="day", inputs="x", outcome="y", known_at="known",
                  origins=days[100:1900], horizon="1D", n_jobs=JOBS)
whole = (said["origin"] == days[100 : 100 + len(said)]).all()
import psutil
# a tracker of resources is no worker: it looks after files, and ends with the process it helps
ours = psutil.Process().children(recursive=True)
left = [one for one in ours if "resource_tracker" not in str(one.cmdline())]
print(len(said) > 0 and whole, len(left), caught[-1].message, flush=True)
"""


def enough(fits) -> bool:
    """Whether each process has finished a piece of the origins and begun another."""
    return fits.is_file() and fits.stat().st_size >= 45


def all_gone(group: int) -> bool:
    """Whether no process of the group is left, soon after its first one has ended."""
    begin = time.monotonic()
    while time.monotonic() - begin < 15:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to a whole group of processes")
def test_interrupted_it_returns_what_is_finished_and_leaves_no_process(jobs, tmp_path):
    pytest.importorskip("psutil")
    code = textwrap.dedent(LONG).replace("JOBS", str(jobs)).replace("FITS", str(tmp_path / "fits"))
    ran = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert ran.stdout.readline().strip() == "ready"
    begin = time.monotonic()
    while time.monotonic() - begin < 60 and not enough(tmp_path / "fits"):
        time.sleep(0.05)
    os.killpg(ran.pid, signal.SIGINT)
    out, errors = ran.communicate(timeout=60)
    assert out.startswith("True 0 Interrupted: "), (out, errors)
    assert "of 1800 origins are finished and returned" in out
    assert "Traceback" not in errors
    assert all_gone(ran.pid)
