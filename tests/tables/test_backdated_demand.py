"""backdated_demand, demand_replays and their key: honest where they say so, else dishonest in one way."""

import runpy
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers
from demand_bound import best_guesses, mean_by_day

from hindcast import tables
from hindcast.datasets import load_backdated_demand, load_demand, load_demand_replays

RECIPE = runpy.run_path(str(DATASETS / "recipes" / "backdated_demand.py"))
RIVAL_OPENS = pd.Timestamp(2025, 5, 19)
DAY, FOUR_WEEKS = pd.Timedelta(days=1), pd.Timedelta(weeks=4)
SAID = ["prediction_orders", "low_orders", "high_orders", "baseline_orders"]
PERIODS = {
    "year": (pd.Timestamp(2025, 1, 1), pd.Timestamp(2026, 1, 1)),
    "before_the_shift": (pd.Timestamp(2025, 1, 1), RIVAL_OPENS),
    "two_weeks_after": (RIVAL_OPENS, RIVAL_OPENS + FOUR_WEEKS / 2),
    "from_the_fifth_week": (RIVAL_OPENS + FOUR_WEEKS, pd.Timestamp(2026, 1, 1)),
}
USUAL_PERIODS = ["before_the_shift", "from_the_fifth_week"]


@pytest.fixture(scope="module")
def demand() -> pd.DataFrame:
    return load_demand()


@pytest.fixture(scope="module")
def judged(demand) -> pd.DataFrame:
    """backdated_demand with the best guess and the size of each error."""
    best = [best_guesses(demand, horizon).assign(horizon_days=horizon) for horizon in (1, 7)]
    rows = load_backdated_demand().merge(pd.concat(best), on=["day", "store", "horizon_days"])
    for name in ("prediction_orders", "baseline_orders", "best"):
        rows[f"off_{name}"] = (rows[name] - rows["actual_orders"]).abs()
    rows["inside"] = rows["actual_orders"].between(rows["low_orders"], rows["high_orders"])
    return rows


@pytest.fixture(scope="module")
def key() -> pd.DataFrame:
    return pd.read_csv(DATASETS / "truth" / "replays_key.csv")


@pytest.fixture(scope="module")
def ways(key) -> dict[str, str]:
    """Of each demand replay the way in which it is dishonest, or "" where honest."""
    rows = key[key["table"] == "demand_replays"]
    return dict(zip(rows["replay"], rows["way"].fillna(""), strict=True))


@pytest.fixture(scope="module")
def replays() -> dict[str, pd.DataFrame]:
    return {letter: rows.reset_index(drop=True) for letter, rows in load_demand_replays().groupby("replay")}


def part(rows: pd.DataFrame, horizon: int, period: str) -> pd.DataFrame:
    begin, end = PERIODS[period]
    return rows[(rows["horizon_days"] == horizon) & (rows["day"] >= begin) & (rows["day"] < end)]


@cache
def evening(origin: pd.Timestamp) -> pd.DataFrame:
    return load_demand(as_of=origin)


@cache
def counted(origin: pd.Timestamp) -> pd.DataFrame:
    """Orders as that evening knew them, days by stores, counted days only."""
    return evening(origin).pivot(index="day", columns="store", values="orders").dropna().astype(float)


# backdated_demand: its form


def test_there_is_a_prediction_for_every_daily_origin_horizon_and_store():
    rows = load_backdated_demand()
    origins = pd.date_range("2025-01-01", "2025-12-30")
    assert len(rows) == 6 * (len(origins) + len(origins) - 6)
    assert sorted(rows["origin"].unique()) == list(origins)
    assert (rows["day"] - rows["origin"] == pd.to_timedelta(rows["horizon_days"], unit="D")).all()
    assert not rows.duplicated(["origin", "horizon_days", "store"]).any()
    inside = rows["prediction_orders"].between(rows["low_orders"], rows["high_orders"])
    assert inside.all()


@pytest.mark.parametrize("load", [load_backdated_demand, load_demand_replays])
def test_the_known_values_are_the_settled_orders_and_their_days(load, demand):
    rows = load().merge(demand, on=["day", "store"], how="left", validate="many_to_one")
    assert (rows["actual_orders"] == rows["orders"]).all()
    first = rows["day"] + DAY
    assert (rows["known_on"] == rows["revised_on"].fillna(first)).all()


@pytest.mark.parametrize("load", [load_backdated_demand, load_demand_replays])
def test_the_baseline_is_the_latest_same_weekday_as_last_reported_at_the_origin(load):
    rows = load()
    for origin in sorted(rows["origin"].unique())[::11]:
        orders = counted(pd.Timestamp(origin))
        for row in rows[rows["origin"] == origin].itertuples():
            same = orders[orders.index.day_of_week == row.day.day_of_week]
            assert row.baseline_orders == same[row.store].iloc[-1]


# backdated_demand: honest, proven from outside


@pytest.mark.parametrize("origin", ["2025-01-01", "2025-05-25", "2025-12-24"])
def test_what_an_evening_knew_is_enough_to_make_its_predictions_again(origin):
    origin = pd.Timestamp(origin)
    again = RECIPE["backdated"](evening(origin), pd.DatetimeIndex([origin]))
    rows = load_backdated_demand()
    shown = rows[rows["origin"] == origin]
    for name in ["horizon_days", "store", "day", *SAID]:
        assert again[name].tolist() == shown[name].tolist(), name


def changed_after(demand: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """Change every value first known after the evening of the origin."""
    rng, changed = np.random.default_rng(3), demand.copy()
    later, waiting = demand["day"] >= origin, demand["revised_on"] > origin
    for name, unknown in (
        ("orders_reported", later),
        ("orders", later | waiting),
        ("booked_ahead", demand["day"] > origin + DAY),
    ):
        changed[name] = demand[name].where(~unknown, demand[name] + rng.integers(10, 90, size=len(demand)))
    changed["revised_on"] = demand["revised_on"].mask(waiting, demand["revised_on"] + DAY)
    changed["promotion"] = demand["promotion"] ^ (demand["day"] > origin + 14 * DAY)
    resource = tables.describe_table("demand")
    then = [tables.as_known(table, resource, origin) for table in (demand, changed)]
    pd.testing.assert_frame_equal(*then)
    return changed


def test_predictions_do_not_move_when_all_that_came_later_is_changed(demand):
    origin = pd.DatetimeIndex(["2025-06-21"])
    said, again = (RECIPE["backdated"](table, origin) for table in (demand, changed_after(demand, origin[0])))
    pd.testing.assert_frame_equal(said, again)


# backdated_demand: how good it is


@pytest.mark.parametrize("horizon", [1, 7])
def test_the_model_comes_close_to_the_best_guess_and_does_not_beat_it(judged, horizon):
    for period, close in (("year", 0.08), ("before_the_shift", 0.08), ("from_the_fifth_week", 0.05)):
        rows = part(judged, horizon, period)
        worse, error = mean_by_day(rows["off_prediction_orders"] - rows["off_best"], rows["day"])
        assert -3 * error < worse and worse + 3 * error < close * rows["off_best"].mean(), period


@pytest.mark.parametrize("horizon", [1, 7])
def test_the_model_is_clearly_better_than_the_baseline(judged, horizon):
    for period in USUAL_PERIODS:
        rows = part(judged, horizon, period)
        gain, error = mean_by_day(rows["off_baseline_orders"] - rows["off_prediction_orders"], rows["day"])
        assert gain > 3 * error, period


@pytest.mark.parametrize("horizon", [1, 7])
def test_the_range_holds_eight_of_ten_but_not_in_the_weeks_after_the_shift(judged, horizon):
    for period in USUAL_PERIODS:
        rows = part(judged, horizon, period)
        share, error = mean_by_day(rows["inside"], rows["day"])
        assert abs(share - 0.8) < 3 * error, period
    rows = part(judged, horizon, "two_weeks_after")
    share, error = mean_by_day(rows["inside"], rows["day"])
    assert share + 3 * error < 0.8


@pytest.mark.parametrize("horizon", [1, 7])
def test_the_model_expects_too_many_orders_after_the_shift_and_has_learned_it_by_the_fifth_week(
    judged, horizon
):
    too_many = {}
    for period in ("two_weeks_after", "from_the_fifth_week"):
        rows = part(judged, horizon, period)
        mean, error = mean_by_day(rows["prediction_orders"] - rows["actual_orders"], rows["day"])
        too_many[period] = mean / error
    assert too_many["two_weeks_after"] > 3 and abs(too_many["from_the_fifth_week"]) < 3


@pytest.mark.parametrize("horizon", [1, 7])
def test_errors_jump_with_the_origin_whose_day_is_the_first_after_the_shift(judged, horizon):
    rows = part(judged, horizon, "year")
    off = np.log(rows["prediction_orders"] / rows["actual_orders"]).groupby(rows["origin"]).mean()
    assert best_split(off) == RIVAL_OPENS - horizon * DAY
    after = off[off.index >= RIVAL_OPENS - horizon * DAY][:14]
    before = off[off.index < RIVAL_OPENS - horizon * DAY][-28:]
    error = (after.var() / len(after) + before.var() / len(before)) ** 0.5
    assert after.mean() - before.mean() > 3 * error


def best_split(values: pd.Series) -> pd.Timestamp:
    """The origin from which on the mean within four weeks differs most from the four weeks before."""
    window = FOUR_WEEKS.days
    places = np.arange(window, len(values) - window + 1)
    steps = [values[at : at + window].mean() - values[at - window : at].mean() for at in places]
    return values.index[places[int(np.argmax(np.abs(steps)))]]


# demand_replays: the rules, one for each way. A rule gives for each row whether it breaks it.


def off_last_week(rows: pd.DataFrame) -> pd.Series:
    known = [counted(row.origin).at[row.day - 7 * DAY, row.store] for row in rows.itertuples()]
    return rows["last_week_used"].astype(float) != known


def off_usual(rows: pd.DataFrame) -> pd.Series:
    known = [counted(row.origin)[row.store].mean() for row in rows.itertuples()]
    return (rows["usual_used"] - known).abs() > 0.051


def off_recent(rows: pd.DataFrame) -> pd.Series:
    known = [counted(row.origin)[row.store].iloc[-7:].mean() for row in rows.itertuples()]
    return (rows["recent_used"] - known).abs() > 0.051


def settings_too_late(rows: pd.DataFrame) -> pd.Series:
    return rows["settings_from"] + DAY > rows["origin"]


def fitted_too_late(rows: pd.DataFrame) -> pd.Series:
    return rows["fitted_to"] + DAY > rows["origin"]


RULES: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "revised values": off_last_week,
    "whole-table mean": off_usual,
    "window past the origin": off_recent,
    "tuned on the judged days": settings_too_late,
    "random split": fitted_too_late,
}


def test_the_key_names_each_way_once_and_two_honest_replays(key, ways):
    assert sorted(way for way in ways.values() if way) == sorted(RULES)
    assert list(ways.values()).count("") == 2
    assert (key["honest"] == key["way"].isna()).all() and (key["honest"] == key["giveaway"].isna()).all()
    others = key[key["table"] == "cancellation_replays"].fillna("").to_numpy().tolist()
    assert [row[1:] for row in others] == [
        ["P", True, "", ""],
        ["Q", False, "survivors only", "cases"],
        ["R", False, "back-filled column", "score"],
    ]


def test_each_replay_breaks_the_rule_it_is_named_for_and_no_other(ways, replays):
    broken = {
        letter: [way for way, breaks in RULES.items() if breaks(rows).any()]
        for letter, rows in replays.items()
    }
    assert broken == {letter: [way] if way else [] for letter, way in ways.items()}


def test_no_replay_looks_at_other_bookings_than_those_of_the_evening(ways, replays):
    looking = [letter for letter, rows in replays.items() if rows["booked_used"].notna().any()]
    assert len(looking) == 1 and ways[looking[0]] == ""
    for row in replays[looking[0]].itertuples():
        then = evening(row.origin).set_index(["day", "store"])["booked_ahead"]
        assert then[row.day, row.store] == row.booked_used


def test_all_replays_have_the_same_cases(replays):
    cases = [
        rows[["origin", "store", "day", "baseline_orders", "actual_orders"]] for rows in replays.values()
    ]
    assert all(case.equals(cases[0]) for case in cases[1:]) and len(cases[0]) == 46 * 6


def test_for_each_accusation_a_row_and_a_later_day_can_be_named(ways, replays, demand, key):
    revised = demand.set_index(["day", "store"])["revised_on"]
    table_whole_on = max(demand["revised_on"].max(), demand["day"].max() + DAY)
    known_on = {
        "revised values": lambda row: revised[row.day - 7 * DAY, row.store],
        "whole-table mean": lambda row: table_whole_on,
        "window past the origin": lambda row: row.day + DAY,
        "tuned on the judged days": lambda row: row.settings_from + DAY,
        "random split": lambda row: row.fitted_to + DAY,
    }
    columns = key.set_index("way")["giveaway"]
    for letter, way in ways.items():
        if way:
            rows = replays[letter][RULES[way](replays[letter])]
            assert len(rows) >= 30 and columns[way] in rows.columns
            assert all(known_on[way](row) > row.origin for row in rows.itertuples()), way


def test_the_values_used_too_early_are_those_of_the_days_named(ways, replays, demand):
    letters = {way: letter for letter, way in ways.items() if way}
    settled = demand.set_index(["day", "store"])["orders"]
    revised = replays[letters["revised values"]]
    assert all(row.last_week_used == settled[row.day - 7 * DAY, row.store] for row in revised.itertuples())
    whole = replays[letters["whole-table mean"]]
    means = whole["store"].map(demand.groupby("store")["orders"].mean())
    assert ((whole["usual_used"] - means).abs() <= 0.051).all()
    window = replays[letters["window past the origin"]]
    for row in window.iloc[::12].itertuples():
        assert abs(row.recent_used - counted(row.day + DAY)[row.store].iloc[-7:].mean()) <= 0.051


# demand_replays: honest, proven from outside


@pytest.fixture(scope="module")
def settings() -> tuple:
    """The settings of the replays, chosen from what the evening of the first origin knew."""
    first = RECIPE["REPLAY_ORIGINS"][0]
    return RECIPE["choose_settings"](RECIPE["as_arrays"](evening(first)), RECIPE["TRIAL_ORIGINS"], first)


@pytest.mark.parametrize("looks_at_bookings", [False, True])
@pytest.mark.parametrize("place", [0, 17, 45])
def test_what_an_evening_knew_is_enough_to_make_an_honest_replay_again(
    replays, ways, settings, looks_at_bookings, place
):
    origin, way = RECIPE["REPLAY_ORIGINS"][place], RECIPE["HONEST"]._replace(booked=looks_at_bookings)
    again = RECIPE["replay"](RECIPE["as_arrays"](evening(origin)), way, pd.DatetimeIndex([origin]), settings)
    (shown,) = (
        rows[rows["origin"] == origin]
        for letter, rows in replays.items()
        if ways[letter] == "" and rows["booked_used"].notna().any() == looks_at_bookings
    )
    for name in again.columns:
        assert again[name].tolist() == shown[name].tolist(), name


def prediction(demand: pd.DataFrame, way: tuple, settings: tuple) -> list[float]:
    counts = RECIPE["as_arrays"](demand)
    said = RECIPE["replay"](counts, way, pd.DatetimeIndex(["2025-06-21"]), settings)
    return said["prediction_orders"].tolist()


@pytest.mark.parametrize("way", [way for way in RECIPE["WAYS"] if way.giveaway != "settings_from"], ids=str)
def test_only_dishonest_predictions_move_when_all_that_came_later_is_changed(demand, settings, way):
    changed = changed_after(demand, pd.Timestamp(2025, 6, 21))
    same = prediction(demand, way, settings) == prediction(changed, way, settings)
    assert same == (way.name == "")


def test_settings_tuned_on_the_judged_days_move_with_them(demand):
    changed = changed_after(demand, RECIPE["REPLAY_ORIGINS"][0])
    few = RECIPE["REPLAY_ORIGINS"][::5]
    chosen = [
        RECIPE["choose_settings"](RECIPE["as_arrays"](table), few, RECIPE["EXPORTED"])
        for table in (demand, changed)
    ]
    assert chosen[0] != chosen[1]


# demand_replays: how they look


def off(rows: pd.DataFrame) -> pd.Series:
    return (rows["prediction_orders"] - rows["actual_orders"]).abs()


@pytest.fixture(scope="module")
def named(ways, replays) -> dict[str, pd.DataFrame]:
    """The replays by their way; the honest ones are "ordinary" and "looks at bookings"."""
    plain = {way or "ordinary": replays[letter] for letter, way in ways.items() if way}
    for letter in (letter for letter, way in ways.items() if not way):
        booked = replays[letter]["booked_used"].notna().any()
        plain["looks at bookings" if booked else "ordinary"] = replays[letter]
    return plain


def better(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """By how many standard errors the first has smaller errors on the same rows, counted by day."""
    gain, error = mean_by_day(off(other) - off(one), one["day"])
    return gain / error


def test_an_honest_replay_looks_better_than_every_dishonest_one(named):
    excellent = named["looks at bookings"]
    assert all(better(excellent, rows) > 3 for way, rows in named.items() if way in RULES)


def test_no_honest_replay_beats_the_best_guess_by_more_than_chance(named, demand):
    for way, with_booked in (("ordinary", False), ("looks at bookings", True)):
        best = best_guesses(demand, 1, with_booked).drop(columns="error_to_expect")
        rows = named[way].merge(best, on=["day", "store"], validate="one_to_one")
        worse, error = mean_by_day(off(rows) - (rows["best"] - rows["actual_orders"]).abs(), rows["day"])
        assert worse > -3 * error and worse < 0.2 * off(rows).mean(), way


@pytest.mark.parametrize("way", ["revised values", "whole-table mean", "random split"])
def test_some_dishonest_replays_look_no_better_than_the_ordinary_honest_one(named, way):
    assert abs(better(named[way], named["ordinary"])) < 2


def test_some_dishonest_replays_look_better(named):
    assert better(named["window past the origin"], named["ordinary"]) > 3
    assert off(named["tuned on the judged days"]).mean() < off(named["ordinary"]).mean()


# The cards


def reading(rows: pd.DataFrame) -> dict[str, float]:
    numbers = {
        "error": rows["off_prediction_orders"].mean(),
        "baseline_error": rows["off_baseline_orders"].mean(),
        "best_error": rows["off_best"].mean(),
        "mean_off": (rows["prediction_orders"] - rows["actual_orders"]).mean(),
        "share_in_range": rows["inside"].mean(),
    }
    return {name: round(float(number), 2) for name, number in numbers.items()}


def test_the_numbers_on_the_card_of_backdated_demand_are_those_of_the_table(judged):
    read = {
        f"horizon_{horizon}": {period: reading(part(judged, horizon, period)) for period in PERIODS}
        for horizon in (1, 7)
    }
    assert numbers("backdated_demand") == {"rows": len(judged), **read}


def test_the_numbers_on_the_card_of_demand_replays_are_those_of_the_table(replays):
    ordinary = replays["A"]["baseline_orders"] - replays["A"]["actual_orders"]
    assert numbers("demand_replays") == {
        "rows": sum(len(rows) for rows in replays.values()),
        "baseline_error": round(ordinary.abs().mean(), 2),
        "error": {letter: round(off(rows).mean(), 2) for letter, rows in replays.items()},
    }
