"""looks_ahead(): finds values that a replay used before they were known, and nothing in honest replays."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from hindcast.datasets import load_deliveries, load_members
from hindcast.errors import HindcastError
from hindcast.replay import SameWeekday, looks_ahead, replay

DAY = pd.Timedelta(days=1)
STORES = ["Mill Lane", "Quayside", "Station"]
ORIGINS = pd.date_range("2025-03-10", periods=3, freq="6D")
INPUTS = ["booked_ahead", "promotion", "last_week"]
WHAT = {
    "case": ["store", "day"],
    "due": "day",
    "outcome": "orders",
    "known_at": "counted_on",
    "origins": ORIGINS,
    "horizon": "1D",
}
KNOWN = {"orders_reported": "day + 1 days", "revised_on": "revised_on", "orders": "settled_on"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Orders by day and store: counted the day after, a third of them revised ten days later."""
    rng = np.random.default_rng(20_250_310)
    days = pd.date_range("2025-01-01", "2025-04-30")
    rows = pd.MultiIndex.from_product([STORES, days], names=["store", "day"]).to_frame(index=False)
    rows["promotion"] = rng.random(len(rows)) < 0.2
    rows["booked_ahead"] = rng.poisson(30, len(rows))
    means = rows["booked_ahead"] * 1.5 + 12 * rows["promotion"] + 4 * rows["day"].dt.day_of_week
    rows["orders_reported"] = rng.poisson(means)
    revised = rng.random(len(rows)) < 0.33
    rows["orders"] = rows["orders_reported"] + np.where(revised, rng.integers(5, 15, len(rows)), 0)
    rows["counted_on"] = rows["day"] + DAY
    rows["revised_on"] = (rows["day"] + 10 * DAY).where(revised)
    rows["settled_on"] = rows["revised_on"].fillna(rows["counted_on"])
    rows["last_week"] = rows.groupby("store")["orders_reported"].shift(7).fillna(60.0)
    return rows


# --- a replay by hand, honest as it stands, and six ways to go wrong ----------------------------------


def by_hand(
    table: pd.DataFrame,
    origins: pd.DatetimeIndex,
    model=None,
    learned=lambda rows, origin: rows["day"] < origin,
    inputs=lambda rows, origin: rows[INPUTS].astype(float),
    outcome=lambda rows, origin: rows["orders"].where(rows["settled_on"] <= origin, rows["orders_reported"]),
    cases=lambda rows, origin: rows["day"] == origin + DAY,
) -> pd.DataFrame:
    """Fit on the days before each origin, as last reported then; predict the day after it."""
    parts = []
    for origin in origins:
        known, due = learned(table, origin), cases(table, origin)
        looked_at, orders = inputs(table, origin), outcome(table, origin)
        fitted = (Ridge() if model is None else model).fit(looked_at[known], orders[known])
        said = table.loc[due, ["store", "day"]].assign(origin=origin)
        parts.append(said.assign(prediction=fitted.predict(looked_at[due])))
    return pd.concat(parts, ignore_index=True)


def random_split(table, origins):
    picked = np.random.default_rng(1).random(len(table)) < 0.7
    return by_hand(table, origins, learned=lambda rows, origin: picked)


def revised_values(table, origins):
    def settled_last_week(rows, origin):
        settled = rows.groupby("store")["orders"].shift(7).fillna(60.0)
        return rows[INPUTS].astype(float).assign(last_week=settled)

    return by_hand(table, origins, inputs=settled_last_week)


def full_data_mean(table, origins):
    def scaled(rows, origin):
        values = rows[INPUTS].astype(float)
        return pd.DataFrame(StandardScaler().fit_transform(values), index=rows.index)

    return by_hand(table, origins, inputs=scaled)


def window_reaching_forward(table, origins):
    def centred(rows, origin):
        recent = rows.groupby("store")["orders_reported"].transform(
            lambda orders: orders.rolling(7, center=True, min_periods=1).mean()
        )
        return rows[INPUTS].astype(float).assign(recent=recent)

    return by_hand(table, origins, inputs=centred)


def survivors_only(table, origins):
    """Keep only stores that sold well afterwards."""
    alive = table.groupby("store")["orders"].transform("last") >= table["orders"].tail(1).item()
    return by_hand(table[alive], origins)


def tuned_on_the_judged_days(table, origins):
    def said(held_back):
        return by_hand(table, origins, model=Ridge(alpha=held_back))

    def error(rows):
        came = rows.merge(table[["store", "day", "orders"]], on=["store", "day"])
        return (came["prediction"] - came["orders"]).abs().mean()

    return min((said(held_back) for held_back in (0.1, 1e3, 1e5)), key=error)


DISHONEST = {
    random_split: {"orders", "last_week", "promotion", "booked_ahead", "orders_reported"},
    revised_values: {"orders"},
    full_data_mean: {"last_week", "promotion", "booked_ahead"},
    window_reaching_forward: {"orders_reported"},
    tuned_on_the_judged_days: {"orders", "promotion", "booked_ahead", "last_week", "orders_reported"},
}


@pytest.mark.parametrize("dishonest", DISHONEST, ids=lambda function: function.__name__)
def test_it_finds_a_replay_that_is_a(dishonest, table):
    found = looks_ahead(dishonest, table, **WHAT, known=KNOWN)
    moved = found[found["found"] == "moved"]
    assert len(moved)
    assert set(moved["column"].dropna()) <= DISHONEST[dishonest] | {"(rows)"}
    assert set(moved["column"].dropna()) & DISHONEST[dishonest]
    assert (moved["known_on"] > moved["origin"]).all()


def test_it_finds_a_replay_of_survivors_only_and_says_which_cases_are_missing(table):
    found = looks_ahead(survivors_only, table, **WHAT, known=KNOWN)
    gone = found[found["found"] == "missing"]
    assert len(gone)
    here = survivors_only(table, ORIGINS)["store"].unique()
    assert set(gone["store"]) == set(STORES) - set(here)
    assert (gone["known_on"] == gone["origin"] + 2 * DAY).all()
    assert (found["found"] == "moved").any()


def test_the_day_is_the_one_on_which_the_value_that_was_used_became_known(table):
    found = looks_ahead(revised_values, table, **WHAT, known=KNOWN, at=[ORIGINS[2]])
    origin = ORIGINS[2]
    lag = table[table["day"] == origin - 6 * DAY].set_index("store")
    late = lag[lag["revised_on"] > origin]
    assert len(late)
    here = found[found["origin"] == origin].set_index("store")
    assert (here.loc[late.index, "known_on"] == late["revised_on"]).all()
    # the others look ahead by what the model learned from: days a week earlier
    others = here.drop(late.index)
    assert len(others)
    assert (others["known_on"] <= origin + 3 * DAY).all()
    assert (here["column"] == "orders").all()
    assert (here["said"] == "prediction").all()


# --- honest ones --------------------------------------------------------------------------------------


def in_another_order(table, origins):
    mixed = table.sample(frac=1, random_state=3)
    forest = RandomForestRegressor(n_estimators=5, random_state=5)
    return by_hand(mixed, origins, model=forest).sample(frac=1, random_state=9)


def with_running_sums(table, origins):
    """Differences of a cumulative sum over the whole table: later values change the last digits of some."""
    total = table.sort_values(["day", "store"], ascending=False)["orders_reported"].mul(1e6 / 7).cumsum()
    by_store = table["orders_reported"].groupby(table["store"]).shift(8)
    drawn = (total - (total - by_store.reindex(total.index).fillna(60.0) / 7)).reindex(table.index)
    return by_hand(table, origins, inputs=lambda rows, origin: rows[INPUTS].astype(float).assign(drawn=drawn))


@pytest.mark.parametrize(
    "honest", [by_hand, in_another_order, with_running_sums], ids=lambda function: function.__name__
)
def test_it_accuses_no_honest_replay(honest, table):
    assert looks_ahead(honest, table, **WHAT, known=KNOWN).empty


def test_the_sums_of_that_honest_replay_do_carry_noise(table):
    changed = table.copy()
    changed.loc[changed["day"] > ORIGINS[0], "orders_reported"] = 200
    early = [with_running_sums(rows, ORIGINS[:1])["prediction"] for rows in (table, changed)]
    assert 0 < (early[0] - early[1]).abs().max() < 1e-5


def reports(table: pd.DataFrame) -> pd.DataFrame:
    """The counts and their revisions, and last week's count by then, as a tidy table."""
    first = table.assign(column="orders", value=table["orders_reported"], known_at=table["counted_on"])
    revised = table.dropna(subset="revised_on")
    second = revised.assign(column="orders", value=revised["orders"], known_at=revised["revised_on"])
    lags = [rows.assign(day=rows["day"] + 7 * DAY, column="last_week") for rows in (first, second)]
    tidy = pd.concat([first, second, *lags])[["store", "day", "column", "value", "known_at"]]
    return tidy[tidy["day"] <= table["day"].max()].reset_index(drop=True)


def ours(table, versions, origins, **more):
    what = {name: WHAT[name] for name in ("case", "due", "outcome", "known_at", "horizon")}
    inputs = ["booked_ahead", "promotion", "last_week"]
    rest = {"baseline": SameWeekday("day", by="store"), "coverage": 0.8} | more
    early = table["day"] >= "2025-01-08"
    known = versions["day"] >= "2025-01-08"
    return replay(
        LinearRegression(),
        table[early],
        versions=versions[known],
        inputs=inputs,
        origins=origins,
        **what,
        **rest,
    )


@pytest.mark.parametrize("more", [{}, {"refit": 2, "window": "30D"}, {"refit": None}], ids=str)
def test_hindcasts_own_replay_does_not_look_ahead(table, more):
    found = looks_ahead(
        lambda *given: ours(*given, **more), table, **WHAT, known=KNOWN, versions=reports(table)
    )
    assert found.empty


def test_hindcasts_own_replay_does_not_look_ahead_where_outcomes_are_known_before_the_decision(table):
    shifted = {"counted_on": table["counted_on"].mask(table["day"].dt.day % 3 == 0, table["day"] - 9 * DAY)}
    early = table.assign(**shifted)
    what = {name: WHAT[name] for name in ("case", "due", "outcome", "known_at", "horizon")}
    given = early[["store", "day"]].assign(
        column="booked_ahead", value=early["booked_ahead"], known_at=early["day"] - DAY
    )

    def said(table, versions, origins):
        return replay(
            *(LinearRegression(), table),
            **what,
            inputs=["booked_ahead", "promotion"],
            origins=origins,
            versions=versions,
        )

    assert looks_ahead(said, early, **WHAT, versions=given).empty


@pytest.mark.parametrize("ahead", [False, True], ids=["honest", "dishonest"])
def test_where_only_days_are_known_the_day_of_the_origin_counts_with_all_its_hours(ahead):
    orders = load_deliveries().query("placed_at < '2023-01-25'")
    minutes = pd.to_timedelta(orders["minutes_to_arrival"].astype(int), unit="min")
    orders = orders.assign(
        day=orders["placed_at"].dt.normalize(), arrived_on=(orders["placed_at"] + minutes).dt.normalize()
    )
    orders = orders[["order", "day", "placed_at", "distance_km", "minutes_to_arrival", "arrived_on"]]
    what = {"case": "order", "due": "day", "decided": "placed_at", "outcome": "minutes_to_arrival"}
    what |= {"known_at": "arrived_on", "horizon": "1D"}

    def said(orders, origins):
        if ahead:  # the mean of a day's orders is known when the day is over
            orders["distance_km"] -= orders.groupby("day")["distance_km"].transform("mean")
        return replay(LinearRegression(), orders, **what, inputs="distance_km", origins=origins)

    found = looks_ahead(said, orders, **what, origins=pd.date_range("2023-01-19", periods=3))
    assert found.empty != ahead


def test_reports_used_before_they_came_are_found(table):
    def late(table, versions, origins):
        return ours(table, versions.assign(known_at=versions["known_at"] - DAY), origins)

    found = looks_ahead(late, table, **WHAT, known=KNOWN, versions=reports(table))
    assert set(found["column"].dropna()) <= {"orders", "last_week", "(rows)"}
    assert set(found["column"].dropna()) & {"orders", "last_week"}


def test_replaying_the_shipped_members_does_not_look_ahead_and_their_state_of_today_does():
    members = load_members()
    members = members[members["month"] < "2024-12-01"]
    members["settled_on"] = members["month"] + 30 * DAY
    members["closed"] = members["account_state"] == "closed"
    what = {
        "case": ["member", "month"],
        "due": "settled_on",
        "decided": "month",
        "outcome": "cancelled",
        "known_at": "settled_on",
        "horizon": "30D",
    }
    known = dict.fromkeys(("closed_on", "account_state", "cancel_reason", "closed"), "closed_on")
    origins = pd.date_range("2024-06-01", "2024-10-01", freq="4MS")

    def with_inputs(*inputs):
        from sklearn.linear_model import LogisticRegression

        def replay_fn(table, origins):
            return replay(LogisticRegression(), table, inputs=list(inputs), origins=origins, **what)

        return looks_ahead(
            replay_fn, members, **what, origins=origins, known={**known, "called_on": "called_on"}
        )

    assert with_inputs("orders_30d", "tenure_months").empty
    found = with_inputs("orders_30d", "closed")
    assert set(found["column"].dropna()) == {"closed"}
    assert (found["known_on"] > found["origin"]).all()


# --- neighbours, cases, faults ------------------------------------------------------------------------


def orders_decided_in_the_day(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(decided_at=table["day"] + pd.Timedelta(hours=12))


def test_a_case_may_use_what_its_own_decision_knew_but_not_what_its_neighbours_did(table):
    table = orders_decided_in_the_day(table)
    what = WHAT | {"decided": "decided_at"}
    assert looks_ahead(by_hand, table, **what, known=KNOWN).empty

    def against_the_others(table, origins):
        def centred(rows, origin):
            tomorrow = rows["day"] == origin + DAY
            values = rows[INPUTS].astype(float)
            return values.where(~tomorrow, values - values[tomorrow].mean())

        return by_hand(table, origins, inputs=centred)

    found = looks_ahead(against_the_others, table, **what, known=KNOWN)
    assert {"booked_ahead", "promotion"} & set(found["column"])


def test_a_case_that_was_not_due_is_extra(table):
    def a_day_late(table, origins):
        return by_hand(
            table, origins, cases=lambda rows, origin: rows["day"].isin([origin + DAY, origin + 2 * DAY])
        )

    found = looks_ahead(a_day_late, table, **WHAT, known=KNOWN)
    found = found[found["found"] == "extra"]
    assert (found["day"] == found["origin"] + 2 * DAY).all()
    assert (found["known_on"] == found["day"]).all()
    assert len(found) == len(STORES) * len(ORIGINS)


def test_a_replay_that_stops_when_the_future_changes_is_reported(table):
    def fragile(table, origins):
        if table["orders"].max() == table["orders"].iloc[-1]:
            raise RuntimeError("too good to be true")
        return by_hand(table, origins)

    found = looks_ahead(fragile, table, **WHAT, known=KNOWN)
    stopped = found[found["found"] == "stopped"]
    assert stopped["became"].unique().tolist() == ["RuntimeError: too good to be true"]


def test_labels_that_move_are_found_and_labels_that_stay_are_not(table):
    def in_words(table, origins, honest=True):
        rows = by_hand(table, origins) if honest else random_split(table, origins)
        rows["prediction"] = np.where(rows["prediction"] > 60, "busy", "quiet")
        return rows

    assert looks_ahead(in_words, table, **WHAT, known=KNOWN).empty
    assert len(looks_ahead(lambda *given: in_words(*given, honest=False), table, **WHAT, known=KNOWN))


def test_the_table_that_is_tested_is_not_changed(table):
    before = table.copy(deep=True)

    def changes_it(table, origins):
        said = by_hand(table, origins)
        table["orders"] = 0
        return said

    looks_ahead(changes_it, table, **WHAT, known=KNOWN)
    pd.testing.assert_frame_equal(table, before)


def no_columns(table, origins):
    return by_hand(table, origins).drop(columns="origin")


def twice(table, origins):
    return pd.concat([by_hand(table, origins)] * 2)


def says_nothing(table, origins):
    return by_hand(table, origins).drop(columns="prediction")


def not_a_table(table, origins):
    return 3


def at_random(table, origins):
    return by_hand(table, origins, model=RandomForestRegressor(n_estimators=3))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_columns, "'origin'"),
        (twice, "one row for each origin, store, day"),
        (says_nothing, "prediction or score"),
        (not_a_table, "DataFrame"),
        (at_random, "random_state"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_function_that_cannot_be_tested_is_refused(function, words, table):
    with pytest.raises(HindcastError, match=words):
        looks_ahead(function, table, **WHAT, known=KNOWN)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"known": {"nothing": "day"}}, "nothing"),
        ({"known": {"orders": "whenever"}}, "whenever"),
        ({"known": {"orders": "store"}}, "store"),
        ({"at": ["2025-03-11"]}, "2025-03-11"),
        ({"at": []}, "at is empty"),
    ],
)
def test_a_wrong_argument_is_named(more, words, table):
    with pytest.raises(HindcastError, match=words):
        looks_ahead(by_hand, table, **WHAT, **more)


def test_a_table_of_any_index_can_be_tested(table):
    odd = table.set_axis(["same"] * len(table))

    def renumbered(table, origins):
        return by_hand(table.reset_index(drop=True), origins)

    assert looks_ahead(renumbered, odd, **WHAT, known=KNOWN).empty
