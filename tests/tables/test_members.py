"""members: who is who, what the row counts, the true chance, what gives it away, the calls, the card."""

import math
import runpy

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hindcast.datasets import load_deliveries, load_members, load_tickets

RECIPE = runpy.run_path(str(DATASETS / "recipes" / "parts" / "town_members.py"))
WINDOW = pd.Timedelta(days=30)
CALLS_FROM = pd.Timestamp(2025, 1, 1)
MONTHS = pd.date_range("2023-01-01", "2025-12-01", freq="MS")


@pytest.fixture(scope="module")
def members() -> pd.DataFrame:
    """The table with its true chances; `chance` is the one of what was really done, called or not."""
    truth = pd.read_csv(DATASETS / "truth/members_truth.csv", parse_dates=["month"])
    rows = load_members().merge(truth, on=["member", "month"], validate="one_to_one")
    return rows.assign(chance=rows["chance_if_called"].where(called(rows), rows["chance_if_not_called"]))


@pytest.fixture(scope="module")
def listed(members) -> pd.DataFrame:
    return members[members["on_call_list"]]


def called(rows: pd.DataFrame) -> pd.Series:
    return rows["called_on"].notna()


def standard_errors(values: pd.Series) -> float:
    """How many standard errors the mean lies above 0."""
    return values.mean() / (values.std() / len(values) ** 0.5)


def difference(one: pd.Series, other: pd.Series) -> tuple[float, float]:
    """How much larger a share is among `one` than among `other`, and the standard error of that."""
    error = math.hypot(*(part.astype(float).std() / len(part) ** 0.5 for part in (one, other)))
    return one.mean() - other.mean(), error


# Who is who


def test_members_are_seen_on_the_first_of_every_month_from_joining_to_cancelling(members):
    assert sorted(members["month"].unique()) == list(MONTHS)
    assert 6000 <= len(members) <= 7200
    in_order = members.sort_values(["member", "month"], kind="stable")
    apart = in_order.groupby("member")["month"].diff().dropna().dt.days
    assert apart.between(28, 31).all()
    last = in_order.groupby("member").tail(1)
    assert (last["cancelled"] | (last["month"] == MONTHS[-1])).all()
    assert in_order["cancelled"].sum() == last["cancelled"].sum()


def test_a_member_stays_the_same_person(members):
    assert (members.groupby("member")[["zone", "plan"]].nunique() == 1).all(axis=None)
    months = members["month"].dt.year * 12 + members["month"].dt.month - members["tenure_months"]
    assert (months.groupby(members["member"]).nunique() == 1).all()
    version = members["app_version"].astype(float)
    assert (version.groupby(members["member"]).diff().dropna() >= 0).all()


def test_an_account_is_closed_in_the_month_of_the_cancellation_and_orders_stop(members):
    closed = members["closed_on"].notna()
    assert (closed == members["cancelled"]).all()
    assert (closed == (members["account_state"] == "closed")).all()
    assert (closed == members["cancel_reason"].notna()).all()
    days = (members["closed_on"] - members["month"]).dt.days.dropna()
    assert days.min() >= 1 and days.max() <= RECIPE["LAST_CLOSING_DAY"] and days.nunique() > 20
    orders = load_deliveries()
    left_on = members.groupby("member")["closed_on"].max()
    assert not (orders["placed_at"] >= orders["member"].map(left_on)).any()
    assert orders["member"].map(left_on).notna().mean() > 0.2


# What the row counts


def counted(rows: pd.DataFrame, events: pd.DataFrame, at: str) -> pd.DataFrame:
    """Each row beside each event of its member in the 30 days before the month."""
    pairs = rows[["member", "month"]].merge(events, on="member")
    return pairs[(pairs[at] >= pairs["month"] - WINDOW) & (pairs[at] < pairs["month"])]


def test_orders_are_counted_from_deliveries(members):
    orders = load_deliveries()
    whose = members["member"].str[-1].isin(["0", "1", "2"])
    rows = members[whose & (members["month"] >= "2023-02-01")]
    events = counted(rows, orders[["member", "placed_at", "late", "discounted"]], "placed_at")
    again = events.groupby(["member", "month"]).agg(
        orders=("late", "size"), late=("late", "mean"), discount=("discounted", "mean")
    )
    again = again.reindex(pd.MultiIndex.from_frame(rows[["member", "month"]]))
    assert (again["orders"].fillna(0).to_numpy() == rows["orders_30d"].to_numpy()).all()
    for column, share in (("late", "late_share_30d"), ("discount", "discount_share_30d")):
        np.testing.assert_allclose(again[column].to_numpy(), rows[share].to_numpy(), atol=0.00501)
    assert rows["orders_30d"].sum() > 8000


def test_messages_are_counted_from_tickets(members):
    rows = members[members["month"] >= "2025-02-01"]
    events = counted(rows, load_tickets()[["member", "received"]], "received")
    again = events.groupby(["member", "month"]).size()
    again = again.reindex(pd.MultiIndex.from_frame(rows[["member", "month"]]), fill_value=0)
    assert (again.to_numpy() == rows["tickets_30d"].to_numpy()).all() and again.sum() > 400


# The true chance


def test_the_true_chance_follows_from_the_row_and_from_nothing_else(members):
    for column, call in (("chance_if_not_called", False), ("chance_if_called", True)):
        again = RECIPE["chance"](load_members(), call)
        np.testing.assert_allclose(again, members[column], atol=0.0000501)


def test_as_many_cancel_as_the_chances_say(members):
    for _, rows in [("all", members), *members.groupby(pd.qcut(members["chance"], 8))]:
        spread = (rows["chance"] * (1 - rows["chance"])).sum() ** 0.5
        assert abs(rows["cancelled"].sum() - rows["chance"].sum()) < 3 * spread


def test_four_to_five_in_a_hundred_cancel_in_a_month(members):
    assert 0.04 < members["cancelled"].mean() < 0.05
    by_year = members.groupby(members["month"].dt.year)["cancelled"].mean()
    assert by_year.between(0.03, 0.06).all()


def inputs(rows: pd.DataFrame) -> np.ndarray:
    """What a data scientist would look at on the first of the month."""
    named = [rows[name] == value for name in ("plan", "zone") for value in sorted(rows[name].unique())]
    shares = [rows[name].fillna(0) for name in ("late_share_30d", "discount_share_30d")]
    counts = [rows["orders_30d"].clip(upper=8), rows["orders_30d"] == 0, rows["tickets_30d"].clip(upper=3)]
    return np.column_stack([*named, *shares, *counts, rows["tenure_months"].clip(upper=30)]).astype(float)


def test_a_logistic_regression_comes_near_the_true_chance_and_does_not_beat_it(members):
    """Fitted on what was known on 1 January 2025, judged on the year's rows that nobody called."""
    learned = members[members["month"] + WINDOW <= CALLS_FROM]
    judged = members[(members["month"] >= CALLS_FROM) & ~called(members)]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    said = model.fit(inputs(learned), learned["cancelled"]).predict_proba(inputs(judged))[:, 1]
    left, chance = judged["cancelled"], judged["chance"]
    assert standard_errors((said - left) ** 2 - (chance - left) ** 2) > -3
    nothing, best = left.mean() * (1 - left.mean()), brier_score_loss(left, chance)
    assert nothing - brier_score_loss(left, said) > 0.5 * (nothing - best)
    assert roc_auc_score(left, said) - 0.5 > 0.85 * (roc_auc_score(left, chance) - 0.5)
    assert roc_auc_score(left, said) < 0.85


# What gives it away


def test_back_filled_columns_hold_the_outcome(members):
    assert roc_auc_score(members["cancelled"], members["account_state"] == "closed") > 0.99
    assert roc_auc_score(members["cancelled"], members["cancel_reason"].notna()) > 0.99


@pytest.mark.parametrize("month", ["2024-03-01", "2025-06-01", "2025-12-01"])
def test_seen_on_the_first_of_their_month_all_are_active_and_nothing_leaks(month, members):
    seen = load_members(as_of=month)
    today = seen[seen["month"] == month]
    assert len(today) > 100 and seen["month"].max() == pd.Timestamp(month)
    assert (today["account_state"] == "active").all()
    unknown = ["cancelled", "closed_on", "cancel_reason", "called_on"]
    assert today[unknown].isna().all(axis=None)
    assert members.loc[members["month"] == month, "cancelled"].any()


def test_an_account_closed_on_a_day_is_closed_that_evening_and_the_outcome_complete_after_30_days(members):
    row = members[members["closed_on"] == members["month"] + pd.Timedelta(days=14)].iloc[-1]
    found = {}
    for days in (13, 14, 29, 30):
        seen = load_members(as_of=row["month"] + pd.Timedelta(days=days))
        found[days] = seen[(seen["member"] == row["member"]) & (seen["month"] == row["month"])].iloc[0]
    assert [found[days]["account_state"] for days in (13, 14)] == ["active", "closed"]
    assert pd.isna(found[29]["cancelled"]) and found[30]["cancelled"]


# The calls


def test_the_call_list_is_the_written_rule(members):
    assert (RECIPE["call_list"](members) == members["on_call_list"]).all()
    silent = (members["orders_30d"] <= 1) & (members["plan"] != "yearly")
    rule = silent | (members["late_share_30d"] >= 0.5).fillna(False) | (members["tickets_30d"] >= 2)
    assert ((rule & (members["month"] >= CALLS_FROM)) == members["on_call_list"]).all()


def test_a_coin_decides_who_on_the_list_is_called_before_the_account_could_be_closed(members, listed):
    assert not called(members[~members["on_call_list"]]).any()
    assert abs(called(listed).mean() - 0.5) < 3 * 0.5 / len(listed) ** 0.5
    for column in ("chance_if_not_called", "tenure_months", "orders_30d"):
        gap, error = difference(listed.loc[called(listed), column], listed.loc[~called(listed), column])
        assert abs(gap) < 3 * error, column
    after = (members["called_on"] - members["month"]).dt.days.dropna()
    assert sorted(after.unique()) == [1, 2, 3, 4, 5]
    assert not (members["closed_on"] <= members["called_on"]).any()


def effect(listed: pd.DataFrame) -> tuple[float, float]:
    """The share that cancels, called less not called, and its standard error."""
    return difference(listed.loc[called(listed), "cancelled"], listed.loc[~called(listed), "cancelled"])


def planted_effect(listed: pd.DataFrame) -> float:
    return (listed["chance_if_called"] - listed["chance_if_not_called"]).mean()


def naive(members: pd.DataFrame) -> tuple[float, float]:
    """Called less not called among all members of 2025, ignoring the call list."""
    year = members[members["month"] >= CALLS_FROM]
    return difference(year.loc[called(year), "cancelled"], year.loc[~called(year), "cancelled"])


def test_a_call_lowers_the_log_odds_by_nine_tenths(members):
    odds = {
        column: np.log(members[column] / (1 - members[column]))
        for column in ("chance_if_not_called", "chance_if_called")
    }
    likely = members["chance_if_called"] > 0.02  # chances have four decimals
    change = (odds["chance_if_called"] - odds["chance_if_not_called"])[likely]
    assert RECIPE["CALL_PUSH"] == -0.9 and np.allclose(change, -0.9, atol=0.01)


def test_the_coin_s_comparison_covers_the_effect_of_a_call_and_shows_one(listed):
    found, error = effect(listed)
    assert found - 1.96 * error < planted_effect(listed) < found + 1.96 * error < 0


def test_the_naive_comparison_hides_the_effect(members, listed):
    found, error = naive(members)
    assert found > 0 > planted_effect(listed)
    assert found - planted_effect(listed) > 3 * error


# The card


def test_the_card_tells_the_tables_numbers(members):
    listed = members[members["on_call_list"]]
    facts = {
        "rows": len(members),
        "members": members["member"].nunique(),
        "mean_rows_a_month": round(len(members) / len(MONTHS), 1),
        "cancelled": int(members["cancelled"].sum()),
        "cancelled_share": round(members["cancelled"].mean(), 4),
        "best": {
            name: best(rows)
            for name, rows in {
                "all": members,
                "until_2024": members[members["month"] < CALLS_FROM],
                "of_2025": members[members["month"] >= CALLS_FROM],
            }.items()
        },
        "calls": {
            "on_list": len(listed),
            "called": int(called(listed).sum()),
            "cancelled_called": int(listed.loc[called(listed), "cancelled"].sum()),
            "cancelled_not_called": int(listed.loc[~called(listed), "cancelled"].sum()),
            "effect": round(effect(listed)[0], 3),
            "half_interval": round(1.96 * effect(listed)[1], 3),
            "planted_effect": round(planted_effect(listed), 3),
            "naive": round(naive(members)[0], 3),
        },
    }
    assert numbers("members") == facts


def best(rows: pd.DataFrame) -> dict:
    left = rows["cancelled"]
    return {
        "auc": round(roc_auc_score(left, rows["chance"]), 3),
        "brier": round(brier_score_loss(left, rows["chance"]), 4),
        "brier_of_the_share": round(left.mean() * (1 - left.mean()), 4),
    }
