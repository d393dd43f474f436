"""Reviews of small tables worked by hand, of luck without change, of shipped tables, of track records."""

import os
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hindcast
from hindcast import words
from hindcast.errors import HindcastError
from hindcast.replay import review
from hindcast.replay.review import change_point, columns, metrics, phrases

ROOT = Path(__file__).resolve().parents[2]
FIELD_DATA = Path(os.environ.get("HINDCAST_FIELD_DATA", ROOT.parent / "shared" / "field-data"))
REGISTRY = tomllib.loads((ROOT / "datasets" / "field_data.toml").read_text(encoding="utf-8"))
USED = ("governor_forecasts", "game_forecasts_nba", "game_forecasts_mlb")
LACKING = [REGISTRY[name]["file"] for name in USED if not (FIELD_DATA / REGISTRY[name]["file"]).is_file()]
needs_files = pytest.mark.skipif(
    bool(LACKING), reason=f"{FIELD_DATA} lacks {LACKING}: set HINDCAST_FIELD_DATA to a folder that has them"
)


def small(**columns):
    """Four predictions of two months: errors +2, -4, +6, 0; the baseline's are +4, 0, -10, +2."""
    given = {
        "origin": ["2025-01-01", "2025-01-02", "2025-02-01", "2025-02-02"],
        "prediction": [12, 16, 26, 30],
        "known_value": [10, 20, 20, 30],
        "baseline": [14, 20, 10, 32],
        "low": [9, 10, 21, 30],
        "high": [15, 18, 30, 30],
        "known_on": ["2025-01-03", "2025-01-03", "2025-02-03", "2025-02-04"],
        "zone": ["Harbour", "Hilltop", "Harbour", "Hilltop"],
        "order": ["A", "B", "C", "D"],
    }
    return pd.DataFrame(given | columns)


def yes_or_no(**columns):
    """Scores 0.9, 0.4, 0.6, 0.1 of yes, no, no, no against a base rate of 0.5."""
    given = {
        "origin": ["2025-01-01", "2025-01-02", "2025-02-01", "2025-02-02"],
        "score": [0.9, 0.4, 0.6, 0.1],
        "known_value": ["yes", "no", "no", "no"],
        "baseline_score": [0.5] * 4,
    }
    return pd.DataFrame(given | columns)


def long_table(error, first="2025-01-01", each=8):
    """`each` predictions a day, off by error[day] on average."""
    rng = np.random.default_rng(1)
    days = pd.date_range(first, periods=len(error)).repeat(each)
    came = rng.normal(50, 5, len(days)).round(2)
    off = np.repeat(error, each) + rng.normal(0, 1, len(days))
    return pd.DataFrame({"origin": days, "prediction": came + off, "known_value": came})


def text(found):
    return " ".join(found.sentences)


# --- figures, by hand -----------------------------------------------------------------------------


def test_the_errors_of_four_rows_are_those_of_paper_and_pencil():
    found = review(small(), case="order").overall
    assert found["n"] == 4 and found["days"] == 4
    assert found["mean_absolute_error"] == (2 + 4 + 6 + 0) / 4
    assert found["mean_error"] == (2 - 4 + 6 + 0) / 4
    assert found["median_absolute_error"] == 3
    assert found["largest_error"] == 6
    assert found["nine_in_ten_within"] == pytest.approx(4 + 0.7 * 2)


def test_the_baseline_is_held_against_the_same_rows_only():
    found = review(small(baseline=[14, 20, None, 32])).overall
    assert found["n_baseline"] == 3
    assert found["baseline"] == (4 + 0 + 2) / 3
    assert found["same_rows"] == (2 + 4 + 0) / 3
    assert found["better_by"] == 0


def test_the_ranges_hold_what_lies_on_their_ends():
    found = review(small()).overall
    assert found["in_range"] == 2 / 4
    assert found["below_range"] == found["above_range"] == 1 / 4
    assert found["range_width"] == (6 + 8 + 9 + 0) / 4


def test_a_month_and_a_segment_have_their_own_figures_and_few_cases_are_said_to_be_few():
    found = review(small(), by="zone")
    january = found.by_period.loc[pd.Period("2025-01")]
    assert (january["n"], january["mean_absolute_error"], january["mean_error"]) == (2, 3, -1)
    assert (january["baseline"], january["better_by"], january["in_range"]) == (2, -1, 1 / 2)
    harbour = found.by_segment["zone"].loc["Harbour"]
    assert (harbour["n"], harbour["mean_absolute_error"], harbour["mean_error"]) == (2, 4, 4)
    assert found.by_period["few"].all()
    assert (
        "Fewer than 30 cases, so that nothing sure can be said of any: January 2025 and February 2025"
        in text(found)
    )


def test_weeks_and_quarters_are_periods_too():
    days = ["2025-03-30", "2025-03-31", "2025-04-06", "2025-04-07"]
    found = review(small(origin=days, known_on=None), period="week")
    assert [period.start_time.day for period in found.by_period.index] == [24, 31, 7]
    assert "the week from 31 March 2025" in text(found)
    found = review(small(origin=days, known_on=None), period="quarter")
    assert list(found.by_period["n"]) == [2, 2]
    assert "quarter 1 of 2025" in text(found)


def test_the_margin_of_independent_rows_is_two_standard_errors():
    values = pd.Series([1.0, 2.0, 3.0, 4.0])
    rows = pd.DataFrame({"day": pd.NaT, "case": np.nan}, index=values.index)
    assert metrics.margin(values, rows) == pytest.approx(2 * values.std() / 2)
    rows["case"] = range(4)
    assert metrics.margin(values, rows) == pytest.approx(2 * values.std() / 2)


def test_rows_copied_within_a_case_do_not_make_the_margin_smaller():
    values = pd.Series([1.0, 2.0, 3.0, 4.0])
    rows = pd.DataFrame({"day": pd.NaT, "case": range(4)}, index=values.index)
    once = metrics.margin(values, rows)
    ten_times = pd.concat([rows] * 10, ignore_index=True)
    assert metrics.margin(pd.concat([values] * 10, ignore_index=True), ten_times) == pytest.approx(once)


def test_the_larger_margin_counts_where_days_or_cases_hang_together():
    values = pd.Series([1.0, 1.0, 5.0, 5.0])
    rows = pd.DataFrame({"day": [1, 1, 2, 2], "case": [1, 2, 3, 4]})
    by_day, by_case = 2 * np.sqrt((4**2 + 4**2) * 2) / 4, 2 * np.sqrt(4 * 2**2 * 4 / 3) / 4
    assert by_day > by_case
    assert metrics.margin(values, rows) == pytest.approx(by_day)
    assert metrics.margin(values, rows.set_axis(["case", "day"], axis=1)) == pytest.approx(by_day)


def test_many_rows_of_few_cases_are_few():
    table = long_table(np.zeros(60)).assign(member=np.tile(np.arange(8), 60))
    table.insert(0, "store", "Station")
    found = review(table, case="member", by="store")
    assert found.by_segment["store"]["few"].all() and found.overall["cases"] == 8
    assert not review(table, by="store").by_segment["store"]["few"].any()


def test_scores_have_the_brier_score_and_auc_of_paper_and_pencil():
    found = review(yes_or_no(), threshold=0.4).overall
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.36 + 0.01) / 4)
    assert found["baseline"] == 0.25
    assert found["better_by"] == pytest.approx(0.25 - 0.135)
    assert found["auc"] == 1
    assert (found["share_came"], found["mean_score"]) == (0.25, pytest.approx(0.5))
    assert [found[name] for name in ("caught", "missed", "false_alarm", "left_alone")] == [1, 0, 2, 1]


def test_a_tie_of_scores_counts_half_and_one_class_alone_has_no_auc():
    said, came = pd.Series([0.5, 0.5, 0.1, 0.9]), pd.Series([1.0, 0.0, 0.0, 0.0])
    assert metrics.auc(said, came) == pytest.approx((0.5 + 1 + 0) / 3)
    assert np.isnan(metrics.auc(said, came * 0))
    assert "AUC" not in text(review(yes_or_no(known_value=["no"] * 4)))


def test_without_a_baseline_scores_are_held_against_the_tables_own_share_and_it_is_said_that_nobody_knew_it():
    found = review(yes_or_no().drop(columns="baseline_score"))
    assert found.overall["baseline"] == pytest.approx(0.25 * 0.75)
    assert "the share of the whole table, which nobody knew then" in text(found)
    assert "There is no baseline" in text(review(small().drop(columns="baseline")))


def test_the_predictions_own_yes_and_no_are_counted_where_no_threshold_is_given():
    found = review(yes_or_no(prediction=["yes", "no", "yes", "no"])).overall
    assert [found[name] for name in ("caught", "missed", "false_alarm", "left_alone")] == [1, 0, 1, 2]


def test_like_scores_are_in_tenths_with_their_counts():
    said = np.repeat([0.05, 0.1, 0.35, 0.75, 0.999], 100) + np.tile(np.linspace(0, 9e-4, 100), 5)
    came = np.tile(np.arange(100), 5) < np.repeat([5, 10, 35, 40, 100], 100)
    table = review(pd.DataFrame({"score": said, "known_value": came})).calibration
    assert list(table["n"]) == [100] * 5
    assert list(table["came_of_100"].round(6)) == [5, 10, 35, 40, 100]
    assert list(table["said_of_100"].round(3)) == [5.045, 10.045, 35.045, 75.045, 99.945]
    assert list(table["off"]) == [False, False, False, True, False]


def test_rare_outcomes_are_put_in_groups_of_like_size():
    rng = np.random.default_rng(0)
    said = rng.uniform(0, 0.1, 1000)
    table = review(pd.DataFrame({"score": said, "known_value": rng.random(1000) < said})).calibration
    assert list(table["n"]) == [200] * 5
    assert (table["from"].diff().dropna() > 0).all()


# --- what there is --------------------------------------------------------------------------------


def test_cases_predicted_from_several_origins_are_counted_once():
    table = small(order=["A", "A", "B", "C"])
    found = review(table, case="order")
    assert (found.counts["rows"], found.counts["cases"], found.counts["origins"]) == (4, 3, 4)
    assert "count 3 cases on 4 days, not 4 rows" in text(found)
    assert "was not said (case=)" in text(review(table))


def test_what_is_not_known_yet_is_counted_and_in_no_figure():
    found = review(small(known_value=[10, 20, None, "not yet"]), case="order")
    assert (found.counts["unknown"], found.counts["unknown_cases"], found.overall["n"]) == (2, 2, 2)
    assert "The outcome of 2 rows (2 cases) is not known yet: 50 % of all" in text(found)


def test_a_handful_of_rows_that_cannot_be_read_is_counted_and_said():
    table = long_table(np.zeros(10)).astype({"prediction": object})
    table.loc[3, "prediction"] = "ask Ann"
    found = review(table)
    assert found.counts["unreadable"] == 1 and found.overall["n"] == len(table) - 1
    assert "Could not be read, and left out: 1 of the predictions" in text(found)


def test_a_csv_from_elsewhere_with_its_own_names_and_ways_of_writing_is_read(tmp_path):
    (tmp_path / "theirs.csv").write_text(
        "Stand;Tag;Prognose;Wert;Alt;Filiale\n"
        "31.01.2025;01.02.2025;1.012,5;1.010,5;1.000,0;Nord\n"
        "01.02.2025;02.02.2025;990,0;994,0;1.000,0;Nord\n"
        "02.02.2025;03.02.2025;1.000,0;n/a;1.000,0;Süd\n",
        encoding="utf-8",
    )
    theirs = pd.read_csv(tmp_path / "theirs.csv", sep=";")
    found = review(
        theirs,
        origin="Stand",
        due="Tag",
        prediction="Prognose",
        known_value="Wert",
        baseline="Alt",
        by="Filiale",
        unit="bottles",
    )
    assert (found.overall["mean_absolute_error"], found.overall["mean_error"]) == (3, -1)
    assert found.overall["baseline"] == (10.5 + 6) / 2
    assert found.counts["unknown"] == 1
    assert found.rows["day"].iloc[0] == pd.Timestamp("2025-02-01")
    assert "bottles" in text(found)


def test_rows_that_are_the_same_are_counted_where_nothing_tells_cases_apart():
    table = long_table(np.zeros(20))
    found = review(pd.concat([table, table.head(7)]))
    assert found.counts["copies"] == 7 and "7 rows are the same as an earlier one" in text(found)


@pytest.mark.parametrize(
    "written", [["1", "0"], ["yes", "no"], ["TRUE", "FALSE"], [True, False], [1.0, 0.0], ["Y", "n"]]
)
def test_yes_and_no_may_be_written_in_many_ways(written):
    yes, no = written
    found = review(yes_or_no(known_value=[yes, no, no, no]))
    assert found.kind == "classification" and found.overall["brier"] == pytest.approx(0.135)


@pytest.mark.parametrize(
    "written", [["90", "40", "60", "10"], ["90 %", "40%", "60 %", "10 %"], [90, 40, 60, 10]]
)
def test_scores_in_per_cent_are_shares(written):
    found = review(yes_or_no(score=written, baseline_score=[50, 50, 50, 50]))
    assert found.overall["brier"] == pytest.approx(0.135)
    assert "per cent" in text(found)


def test_one_class_of_several_is_held_against_the_rest():
    table = yes_or_no(known_value=["late", "lost", "on time", "lost"], prediction=["late"] * 4)
    table = table.rename(columns={"score": "score_late", "baseline_score": "baseline_score_late"})
    found = review(table, positive="late")
    assert found.overall["brier"] == pytest.approx(0.135)
    assert found.overall["baseline"] == 0.25
    assert found.overall["false_alarm"] == 3


def test_a_table_of_the_engines_form_needs_no_names():
    table = small().drop(columns=["zone", "order", "origin"])
    table.insert(0, "origin", pd.to_datetime(small()["origin"]))
    table.insert(1, "horizon", "1D")
    table.insert(2, "store", ["Station", "Quayside"] * 2)
    table.insert(3, "due", table["origin"] + pd.Timedelta(days=1))
    table["learned_from"], table["newest_known"], table["skipped"] = 100, table["origin"], None
    found = review(table)
    assert found.counts["copies"] == 0
    assert found.counts["cases"] == 2 and found.counts["horizons"] == 1
    assert "How far ahead: 1 day." in found.sentences
    assert found.rows["day"].iloc[0] == pd.Timestamp("2025-01-02")
    assert found.checks["against"].sum() == 0 and len(found.checks) == 3


def test_a_unit_behind_a_name_is_the_unit():
    table = small().rename(columns={"prediction": "prediction_minutes", "known_value": "actual_minutes"})
    assert review(table).unit == "minutes"
    assert "off by 3 minutes" in text(review(table))
    assert review(table, unit="min").unit == "min"


# --- checks ---------------------------------------------------------------------------------------


def test_a_row_that_learned_from_after_its_origin_is_told():
    newest = ["2025-01-01", "2025-01-05", "2025-02-01", "2025-02-02"]
    found = review(small(newest_known=newest))
    check = found.checks.iloc[0]
    assert (check["rows"], check["against"], check["first_row"]) == (4, 1, 2)
    assert "It does not hold in 1, first in row 2" in text(found)


def test_an_outcome_known_by_the_origin_is_told():
    known_on = ["2025-01-03", "2025-01-03", "2025-02-01", "2025-02-04"]
    found = review(small(known_on=known_on))
    assert list(found.checks["against"]) == [1] and list(found.checks["first_row"]) == [3]


def test_what_a_table_cannot_show_is_always_part_of_the_text():
    for table in (small(), yes_or_no(), small()[["prediction", "known_value"]]):
        found = review(table)
        assert len(found.not_checked) == 6
        for sentence in found.not_checked:
            assert sentence in found.sentences
        for word in ("input", "missing", "learned", "track record", "final", "acted"):
            assert word in " ".join(found.not_checked)


# --- the level ------------------------------------------------------------------------------------


def luck(kind, n, rng):
    """Errors by day without any change."""
    e = rng.standard_t(4, n) if kind == "a few large" else rng.normal(size=n)
    if kind == "lasting":
        for place in range(1, n):
            e[place] += 0.4 * e[place - 1]
    return e + (np.sin(2 * np.pi * np.arange(n) / 7) if kind == "weekly" else 0)


@pytest.mark.parametrize("kind", ["plain", "a few large", "lasting", "weekly"])
@pytest.mark.parametrize("n", [60, 200])
def test_luck_alone_hardly_ever_raises_an_alarm(kind, n, monkeypatch):
    """One table in a hundred may raise an alarm. More than three of forty then do with a chance of 0.1 %."""
    monkeypatch.setattr(change_point, "ORDERS", 199)
    rng = np.random.default_rng([n, *map(ord, kind)])
    days = pd.date_range("2025-01-01", periods=n)
    alarms = 0
    for _ in range(40):
        rows = pd.DataFrame({"day": days, "said": luck(kind, n, rng), "came": 0.0, "case": np.nan})
        alarms += change_point.find_level_change(rows).found
    assert alarms <= 3


@pytest.mark.parametrize("size", [-1.5, 1.5])
def test_a_step_is_found_to_the_week_with_its_size_and_sides(size):
    rng = np.random.default_rng(3)
    error = rng.normal(0, 1, 200) + np.where(np.arange(200) >= 120, size, 0)
    level = review(long_table(error)).level
    assert level.found
    assert abs((level.day - pd.Timestamp("2025-05-01")).days) <= 7
    assert level.until is None and level.later is None
    assert level.size == pytest.approx(size, abs=3 * np.sqrt(1 / 80 + 1 / 120))
    assert level.size == pytest.approx(level.after - level.before)


def test_a_step_is_not_taken_for_a_stretch_that_ended():
    """By chance some stretch always explains a little more than the step does."""
    ended = 0
    for seed in range(12):
        error = np.random.default_rng(seed).normal(0, 1, 150) + np.where(np.arange(150) >= 60, 0.8, 0)
        i, j = change_point._step_or_stretch(error, np.ones(150))
        ended += i > 0 and j < 150
    assert ended <= 1


def test_a_change_that_is_made_up_for_is_told_with_its_end():
    rng = np.random.default_rng(4)
    error = rng.normal(0, 1, 200) + 3 * ((np.arange(200) >= 100) & (np.arange(200) < 125))
    found = review(long_table(error))
    assert abs((found.level.day - pd.Timestamp("2025-04-11")).days) <= 3
    assert abs((found.level.until - pd.Timestamp("2025-05-06")).days) <= 3
    assert "made up for" in text(found)


def test_a_change_too_small_to_matter_is_not_told():
    error = np.where(np.arange(200) >= 120, 0.3, 0.0) + np.random.default_rng(5).normal(0, 0.01, 200)
    days = pd.date_range("2025-01-01", periods=200)
    rows = pd.DataFrame(
        {"day": days, "said": 10 * (-1.0) ** np.arange(200) + error, "came": 0.0, "case": np.nan}
    )
    rows = pd.concat([rows, rows.assign(said=-rows["said"] + 2 * error)])
    level = change_point.find_level_change(rows)
    assert level.strength < change_point.ALARM
    assert not level.found


def test_no_change_is_looked_for_where_the_same_cases_are_predicted_day_after_day():
    days = pd.date_range("2025-01-01", periods=40)
    table = pd.DataFrame([(day, case) for day in days for case in range(5)], columns=["origin", "race"])
    table = table.assign(prediction=table["race"] + 1, known_value=10.0, due="2025-06-01")
    level = review(table, case="race").level
    assert level.found is None and "share outcomes" in level.why


def test_too_few_days_are_not_searched():
    assert "a search needs 20 days" in review(small()).level.why
    assert "does not say on which day" in review(small()[["prediction", "known_value"]]).level.why


# --- shipped tables -------------------------------------------------------------------------------


def test_the_review_of_arrivals_finds_the_week_the_world_changed():
    table = hindcast.load_backdated_arrivals()
    found = review(table, case="order", by="zone", coverage=0.8)
    assert found.unit == "minutes" and found.kind == "number"
    error = table["prediction_minutes"] - table["actual_minutes"]
    assert found.overall["mean_absolute_error"] == pytest.approx(error.abs().mean())
    assert found.level.found and found.level.until is None
    assert abs((found.level.day - pd.Timestamp("2025-09-15")).days) <= 7
    assert found.level.size < 0
    assert found.by_period["better_by"].gt(0).all() and len(found.by_period) == 12
    assert found.by_period["mean_absolute_error"].idxmax() >= pd.Period("2025-09")
    assert f"changed on {words.date(found.level.day)}" in text(found)
    assert "better in 12 of 12 months" in text(found)
    assert re.search(r"from then on \d+(\.\d)? minutes too low\.", text(found))
    assert " cases " not in str(found).partition("By month")[2].partition("By zone")[0]  # as many as rows


@pytest.mark.parametrize("horizon", [None, 1, 7])
def test_the_review_of_demand_finds_the_week_the_world_changed_and_that_the_model_learned_it(horizon):
    table = hindcast.load_backdated_demand()
    table = table if horizon is None else table[table["horizon_days"] == horizon]
    found = review(table, case=["store", "day"], due="day", by="store")
    assert found.level.found
    assert abs((found.level.day - pd.Timestamp("2025-05-19")).days) <= 7
    assert found.level.size > 0
    assert found.level.until is not None and found.level.until < pd.Timestamp("2025-07-01")
    assert found.by_period["in_range"].idxmin() == pd.Period("2025-05")
    assert (found.by_horizon is None) == (horizon is not None)
    assert re.search(r"from then on \d+(\.\d)? orders too high\.", text(found))
    assert (" cases " in str(found).partition("By month")[2].partition("By store")[0]) == (horizon is None)


def test_no_alarm_is_raised_on_demand_before_the_world_changed():
    table = hindcast.load_backdated_demand()
    before = table[table["day"] < "2025-05-19"]
    assert not review(before, case=["store", "day"], due="day").level.found


def test_the_review_of_cancellations_shows_that_calls_changed_what_came():
    table = hindcast.load_backdated_cancellations()
    found = review(
        table, case="member", known_value="cancelled", by="called", threshold=0.1, period="quarter"
    )
    assert found.kind == "classification" and not found.level.found
    called = found.by_segment["called"].loc["yes"]
    assert called["mean_error"] > called["mean_error_margin"]
    brier = ((table["score"] - table["cancelled"]) ** 2).mean()
    assert found.overall["brier"] == pytest.approx(brier)
    assert found.overall["caught"] + found.overall["missed"] == table["cancelled"].sum()
    assert found.overall["better_by"] > 0
    assert found.counts["cases"] == table["member"].nunique() < len(table)
    assert list(found.by_period["n"]) == list(table.groupby(table["origin"].dt.to_period("Q")).size())


# --- track records --------------------------------------------------------------------------------


def governors():
    table = hindcast.fetch_governor_forecasts()
    return table[(table["year"] == 2022) & (table["forecast_type"] == "deluxe")]


@needs_files
def test_the_governors_shares_are_reviewed_as_numbers():
    table = governors()
    last = table[table["forecast_date"] == "2022-11-08"]
    names = {"prediction": "projected_voteshare", "known_value": "actual_voteshare"}
    names |= {"origin": "forecast_date", "due": "election_date", "case": ["state", "candidate"]}
    found = review(last, **names, unit="points")
    assert round(found.overall["mean_absolute_error"], 2) == 2.28
    assert found.counts["cases"] == found.counts["rows"] == 89
    whole = review(table, **names)
    assert whole.level.found is None
    assert "share outcomes" in whole.level.why


@needs_files
def test_the_governors_chances_are_reviewed_as_a_classification():
    table = governors()
    last = table[table["forecast_date"] == "2022-11-08"]
    names = {"score": "probwin", "known_value": "probwin_outcome", "origin": "forecast_date"}
    found = review(last, **names, case=["state", "candidate"])
    assert (found.kind, found.overall["n"]) == ("classification", 89)
    assert round(found.overall["brier"], 3) == 0.029
    assert round(found.overall["baseline"], 5) == 0.24088


@needs_files
@pytest.mark.parametrize(("sport", "brier", "base"), [("nba", 0.2147, 0.2449), ("mlb", 0.2399, 0.2488)])
def test_games_are_reviewed_as_a_classification(sport, brier, base):
    table = hindcast.fetch_game_forecasts(sport)
    names = {"score": "prob1", "known_value": "prob1_outcome", "origin": "date"}
    found = review(table, **names, period="quarter", by="season")
    assert round(found.overall["brier"], 4) == brier
    assert round(found.overall["baseline"], 4) == base
    assert found.counts["unreadable"] == (1 if sport == "mlb" else 0)  # a tie is neither better nor worse
    seventies = found.calibration[found.calibration["from"].between(0.7, 0.71)].iloc[0]
    assert round(seventies["came_of_100"] / 100, 3) == {"nba": 0.668, "mlb": 0.740}[sport]
    assert bool(seventies["off"]) == (sport == "nba")


# --- bad input ------------------------------------------------------------------------------------

BAD = {
    "no rows": (small().head(0), {}, "no rows"),
    "not a table": ([1, 2], {}, "takes a table"),
    "no known value": (small(known_value=[None, "", "n/a", "-"]), {}, "holds no known value at all"),
    "nothing to hold together": (
        small(known_value=[1, None, 2, None], prediction=[None, 1, None, 2]),
        {},
        "both a prediction and a known value",
    ),
    "a column that is not there": (
        small(),
        {"baseline": "promise"},
        r"no column 'promise' \(baseline=\).*'zone'",
    ),
    "a segment that is not there": (small(), {"by": "town"}, r"no column 'town' \(by=\)"),
    "no prediction": (small().drop(columns="prediction"), {}, "Say it with prediction="),
    "two predictions": (
        small().rename(columns={"prediction": "prediction_a", "zone": "prediction_b"}),
        {},
        "Say which one it is with prediction=",
    ),
    "predictions that are text": (
        small(prediction=["many", "few", "few", "many"]),
        {},
        "'prediction'.*numbers",
    ),
    "outcomes of three kinds": (small(known_value=["a", "b", "c", "a"]), {}, "neither|positive="),
    "a score of three kinds": (
        yes_or_no(known_value=["a", "b", "c", "a"]),
        {"score": "score"},
        "two classes",
    ),
    "a class that never came": (
        yes_or_no(known_value=["a", "b", "b", "a"]),
        {"positive": "c"},
        "names 'c', but 'known_value' never holds it",
    ),
    "time zones within": (
        small(origin=["2025-01-01 10:00+01:00", "2025-01-02 10:00+02:00", "2025-02-01 10:00Z", ""]),
        {},
        "mixes time zones",
    ),
    "time zones beside": (
        small(origin=pd.to_datetime(small()["origin"]).dt.tz_localize("Europe/Madrid")),
        {},
        "several time zones.*known_on none",
    ),
    "days that are none": (small(origin=["soon"] * 4), {}, "'origin'.*days such as 2025-09-01.*'soon'"),
    "numbers for days": (small(origin=[1, 2, 3, 4]), {}, "Write them as days"),
    "day or month": (
        small(origin=["01/02/2025", "02/03/2025", "03/04/2025", "04/05/2025"]),
        {},
        "day or the month",
    ),
    "duplicated cases": (
        small(order=["A", "A", "C", "D"], origin="2025-01-01"),
        {"case": "order"},
        "second time",
    ),
    "duplicated rows": (pd.concat([small(), small()]), {}, "there 2 times or more"),
    "low above high": (small(low=[9, 19, 21, 30]), {}, "above 'high'.*in 1 rows, first in row 2"),
    "half a range": (small().drop(columns="high"), {}, "both ends"),
    "per cent beside shares": (
        small(known_value=[0.10, 0.20, 0.20, 0.30]).drop(columns=["low", "high"]),
        {},
        "shares, 0 to 1.*per cent",
    ),
    "signs in some": (small(prediction=["12 %", "16", "26 %", "30 %"]), {}, "sign of per cent"),
    "scores of both kinds": (yes_or_no(score=[90, 0.4, 60, 0.1]), {}, "mix shares and per cent"),
    "scores beside a baseline": (yes_or_no(score=[90, 40, 60, 10]), {}, "written in two ways"),
    "a chance above all": (yes_or_no(score=[900, 40, 60, 10]), {}, "holds 900"),
    "a chance below none": (yes_or_no(score=[-0.1, 0.4, 0.6, 0.1]), {}, "holds -0.1"),
    "a period unknown": (small(), {"period": "day"}, "period should be"),
    "a threshold in per cent": (yes_or_no(), {"threshold": 40}, "threshold should be a share"),
    "a threshold for numbers": (small(), {"threshold": 0.4}, "threshold is for scores"),
    "a name twice": (small().rename(columns={"zone": "order"}), {}, "there more than once"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_reviewed_is_said_in_a_sentence_or_two(name):
    table, arguments, pattern = BAD[name]
    with pytest.raises(HindcastError, match=pattern) as told:
        review(table, **arguments)
    assert str(told.value).count(". ") <= 2 and len(str(told.value)) < 420


def test_the_readers_table_is_not_changed():
    table = small()
    before = table.copy(deep=True)
    review(table, by="zone", case="order")
    pd.testing.assert_frame_equal(table, before)


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "margin", "said"),
    [
        (6.0061, 0.217, "6.0"),
        (6.0061, 0.02, "6.01"),
        (6.0061, 2, "6"),
        (1234.5, 30, "1,234"),
        (-0.01, 0.5, "0.0"),
        (0.0285, 0.021, "0.03"),
    ],
)
def test_a_number_has_no_digit_that_its_margin_does_not_bear(value, margin, said):
    assert phrases.amount(value, margin) == said


def test_a_mean_that_misleads_has_its_median_beside_it():
    error = np.r_[np.full(191, 1.0), np.full(10, 90.0)]
    table = pd.DataFrame({"prediction": 100 + error, "known_value": 100.0})
    assert "A few large errors pull the mean up" in text(review(table))
    table = pd.DataFrame(
        {"prediction": 100 + np.r_[np.full(100, 3.0), np.full(101, 5.0)], "known_value": 100.0}
    )
    assert "A few large errors" not in text(review(table))


def two_months():
    """Forty days each: off by 1 to either side at first, by 3 or 4 upwards from March on."""
    days = pd.date_range("2025-01-01", periods=40).append(pd.date_range("2025-03-01", periods=40))
    error = np.r_[np.tile([1.0, -1.0], 20), np.tile([3.0, 4.0], 20)]
    came = np.arange(80.0)
    table = pd.DataFrame({"origin": days, "prediction": came + error, "known_value": came})
    return table.assign(baseline=came + 2, half=np.repeat(["first", "second"], 40))


def test_the_worst_the_one_sided_and_the_better_are_named():
    found = review(two_months(), period="quarter", by="half", unit="orders")
    told = text(found)
    assert "Worst half: second, off by 3.5 orders (n = 40). Best: first, 1.00 orders (n = 40)." in told
    assert "Too high or too low on average, by more than chance: second (3.5 orders too high)." in told
    assert "they are 1.8 orders too high on average" in told
    assert "neither too high nor too low" not in told
    found = review(
        two_months().assign(origin=lambda t: t["origin"] + pd.Timedelta(days=31)), period="quarter"
    )
    assert "better in 1 of 2 quarters with enough cases" in text(found)
    found = review(two_months().head(40))
    assert "neither too high nor too low: 0.0 on average" in text(found)


def test_brier_scores_of_groups_are_held_against_the_baselines():
    came = np.tile([1, 0, 0, 0], 40)
    said = np.where(came == 1, 0.6, np.where(np.arange(160) < 80, 0.4, 0.1))
    table = pd.DataFrame(
        {"score": said, "known_value": came, "baseline": 0.25, "plan": np.repeat(["a", "b"], 80)}
    )
    told = text(review(table, by="plan"))
    assert "Worst plan, held against the baseline: a, Brier score 0.160" in told
    assert "Best: b, Brier score 0.05" in told
    assert "a (too high: the scores say 45 %, 25 % came)" in told


def test_a_difference_that_chance_may_make_is_said_to_be_none():
    table = long_table(np.zeros(60))
    table["baseline"] = table["known_value"] + np.random.default_rng(8).normal(0, 1, len(table))
    assert "no larger than chance alone may make it" in text(review(table))
    table["baseline"] = table["known_value"] + 5
    assert "The predictions are better by 4." in text(review(table))
    table["baseline"] = table["known_value"]
    assert "The predictions are worse by 0.8" in text(review(table))


def test_ranges_are_held_against_what_they_promised():
    table = long_table(np.zeros(60))
    table = table.assign(low=table["prediction"] - 1.28, high=table["prediction"] + 1.28)
    assert "as promised, as far as can be told" in text(review(table, coverage=0.8))
    assert "fewer than promised" in text(review(table, coverage=0.95))
    assert "more than promised" in text(review(table, coverage=0.5))


def test_print_and_page_say_the_same_and_the_page_needs_neither_colour_nor_picture():
    found = review(small(), by="zone", case="order")
    shown = found._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"}
    assert shown["text/plain"] == str(found)
    plain = " ".join(str(found).replace("\n  ", " ").split())
    for sentence in found.sentences:
        assert " ".join(sentence.split()) in plain
    page = shown["text/html"]
    assert "<script" not in page and "background" not in page and " color:" not in page
    assert page.count("<table") == 2  # by month, by zone
    assert "overflow-x:auto" in page and "scope='col'" in page and "scope='row'" in page


def test_names_from_a_table_cannot_write_into_the_page():
    page = review(small(zone=["<b>x", "&", "<b>x", "&"]), by="zone")._repr_mimebundle_()["text/html"]
    assert "<b>" not in page and "&lt;b&gt;x" in page
    page = review(small().rename(columns={"zone": "<b>"}), by="<b>")._repr_mimebundle_()["text/html"]
    assert "<b>" not in page and "&lt;b&gt;" in page


def test_the_same_table_gives_the_same_words():
    table = long_table(np.r_[np.zeros(40), np.ones(40)])
    assert str(review(table)) == str(review(table))


@pytest.mark.parametrize(
    ("written", "number"),
    [("1,234.5", 1234.5), ("1.234,5", 1234.5), ("12,5", 12.5), ("0,125", 0.125), ("−3", -3), ("1 234", 1234)],
)
def test_numbers_may_be_written_in_many_ways(written, number):
    values, lost, _ = columns.read_numbers(pd.Series([written], name="x"), "prediction")
    assert values[0] == number and lost == 0
