"""scores: who is who, the planted truths, the true chance, and the numbers on its card."""

import math

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers, text
from sklearn.metrics import brier_score_loss, roc_auc_score

from hindcast.datasets import load_members, load_scores

THRESHOLD = 0.20


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    truth = pd.read_csv(DATASETS / "truth/scores_truth.csv", parse_dates=["month"])
    return load_scores().merge(truth, on=["member", "month"], validate="one_to_one")


@pytest.fixture(scope="module")
def september(scores) -> pd.DataFrame:
    return scores[scores["month"] == "2025-09-01"]


def reading(rows: pd.DataFrame) -> dict:
    """The confusion matrix of the alert and what is read off it."""
    alert, cancelled = rows["score"] >= THRESHOLD, rows["cancelled"]
    caught, false_alarms = int((alert & cancelled).sum()), int((alert & ~cancelled).sum())
    missed, left_alone = int((~alert & cancelled).sum()), int((~alert & ~cancelled).sum())
    return {
        "members": len(rows),
        "cancelled": caught + missed,
        "caught": caught,
        "missed": missed,
        "false_alarms": false_alarms,
        "left_alone": left_alone,
        "accuracy": round((caught + left_alone) / len(rows), 4),
        "recall": round(caught / (caught + missed), 4),
        "precision": round(caught / (caught + false_alarms), 4),
        "false_alarms_per_100_who_stayed": round(100 * false_alarms / (false_alarms + left_alone), 2),
    }


def quality(rows: pd.DataFrame, column: str) -> dict:
    return {
        "auc": round(roc_auc_score(rows["cancelled"], rows[column]), 4),
        "brier": round(brier_score_loss(rows["cancelled"], rows[column]), 4),
    }


def share_error(share: float, count: int) -> float:
    return math.sqrt(share * (1 - share) / count)


def apart(low: tuple[float, int], high: tuple[float, int]) -> float:
    """How many standard errors the second share (share, count) lies above the first."""
    return (high[0] - low[0]) / math.hypot(share_error(*low), share_error(*high))


def recall_of(rows: pd.DataFrame) -> tuple[float, int]:
    caught = rows.loc[rows["cancelled"], "score"] >= THRESHOLD
    return caught.mean(), len(caught)


def false_alarm_rate_of(rows: pd.DataFrame) -> tuple[float, int]:
    alarmed = rows.loc[~rows["cancelled"], "score"] >= THRESHOLD
    return alarmed.mean(), len(alarmed)


# Who is who


def test_learned_rows_are_of_the_summer_and_no_others(scores):
    months = scores.groupby("learned_from")["month"].agg(lambda column: sorted(set(column.dt.month)))
    assert months[True] == [6, 7, 8] and months[False] == [9, 11]


def test_outcomes_of_learned_rows_were_known_when_the_model_was_fitted(scores):
    assert (scores["outcome_known_on"] - scores["month"] == pd.Timedelta(days=30)).all()
    assert scores.loc[scores["learned_from"], "outcome_known_on"].max() < pd.Timestamp(2025, 9, 1)


def test_nobody_is_scored_again_after_cancelling(scores):
    left = scores[scores["cancelled"]].groupby("member")["month"].min()
    assert not (scores["month"] > scores["member"].map(left)).any()


def test_a_member_stays_the_same_person(scores):
    assert not scores.duplicated(["member", "month"]).any()
    assert (scores.groupby("member")[["household", "plan"]].nunique() == 1).all(axis=None)
    joined = scores["month"].dt.month - scores["tenure_months"]
    assert (joined.groupby(scores["member"]).nunique() == 1).all()


def test_scores_are_of_another_town_than_members_and_the_card_says_so(scores):
    assert set(scores["member"]).isdisjoint(load_members()["member"])
    assert "another town" in text("scores")


# The planted truths of September


def test_nobody_will_cancel_is_more_accurate_than_the_alert(september):
    read = reading(september)
    always_no = 1 - read["cancelled"] / read["members"]
    assert 0.945 < always_no < 0.955
    assert 0.92 < read["accuracy"] < 0.945
    error = share_error(1 - always_no, len(september))
    assert always_no - read["accuracy"] > 3 * error


def test_recall_and_precision_are_modest_and_differ(september):
    read = reading(september)
    assert 0.35 < read["recall"] < 0.5 and 0.3 < read["precision"] < 0.45
    assert abs(read["recall"] - read["precision"]) > 0.05


def test_same_accuracy_by_plan_hides_that_yearly_members_are_missed(september):
    yearly, monthly = (september[september["plan"] == plan] for plan in ("yearly", "monthly"))
    assert abs(reading(yearly)["accuracy"] - reading(monthly)["accuracy"]) < 0.015
    assert recall_of(monthly)[0] - recall_of(yearly)[0] > 0.3
    assert apart(recall_of(yearly), recall_of(monthly)) > 3


def test_shared_flats_have_the_highest_rate_of_false_alarms_but_not_the_most(september):
    groups = dict(list(september.groupby("household")))
    rates = {name: false_alarm_rate_of(rows) for name, rows in groups.items()}
    shared = rates.pop("shared flat")
    assert all(apart(rate, shared) > 3 for rate in rates.values())
    counts = september[(september["score"] >= THRESHOLD) & ~september["cancelled"]][
        "household"
    ].value_counts()
    assert counts.index[0] == "one adult" and counts.iloc[0] > 1.2 * counts["shared flat"]


def test_families_are_missed_most_of_all_households(september):
    groups = dict(list(september.groupby("household")))
    recalls = {name: recall_of(rows) for name, rows in groups.items()}
    assert min(count for _, count in recalls.values()) >= 40
    families = recalls.pop("family")
    assert all(apart(families, other) > 3 for other in recalls.values())


def test_learned_rows_flatter_the_model(scores, september):
    learned = scores[scores["learned_from"]]
    assert reading(learned)["recall"] > reading(september)["recall"] + 0.08
    assert reading(learned)["precision"] > reading(september)["precision"] + 0.05
    assert quality(learned, "score")["auc"] > quality(september, "score")["auc"] + 0.03


def test_model_is_good_and_not_magic(september):
    assert 0.75 < quality(september, "score")["auc"] < 0.85


def test_no_score_sits_where_rounding_could_turn_an_alert(september):
    assert np.isclose(september["score"], THRESHOLD, atol=1e-9).sum() <= 1


# The true chance


@pytest.mark.parametrize("month", ["2025-09-01", "2025-11-01"])
def test_model_comes_near_the_reachable_and_does_not_beat_it(scores, month):
    rows = scores[scores["month"] == month]
    model, best = quality(rows, "score"), quality(rows, "reachable_chance")
    share = rows["cancelled"].mean()
    assert model["auc"] < best["auc"] and model["brier"] > best["brier"]
    assert model["auc"] > 0.5 + 0.75 * (best["auc"] - 0.5)
    assert share * (1 - share) - model["brier"] > 0.55 * (share * (1 - share) - best["brier"])


def test_as_many_cancel_as_the_true_chances_say(scores):
    for chance in ("true_chance", "reachable_chance"):
        expected, spread = scores[chance].sum(), math.sqrt((scores[chance] * (1 - scores[chance])).sum())
        assert abs(scores["cancelled"].sum() - expected) < 3 * spread


def test_reachable_chances_come_true_as_often_as_they_say(scores):
    for _, rows in scores.groupby(pd.qcut(scores["reachable_chance"], 8)):
        spread = math.sqrt((rows["reachable_chance"] * (1 - rows["reachable_chance"])).sum())
        assert abs(rows["cancelled"].sum() - rows["reachable_chance"].sum()) < 3.5 * spread


# The card


def test_card_of_the_scores_tells_the_tables_numbers(scores, september):
    months = {
        "learned": scores[scores["learned_from"]],
        "september": september,
        "november": scores[scores["month"] == "2025-11-01"],
    }
    facts = {
        "threshold": THRESHOLD,
        "rows": len(scores),
        "members": scores["member"].nunique(),
        "always_no_accuracy_september": round(1 - september["cancelled"].mean(), 4),
    }
    for name, rows in months.items():
        facts[name] = reading(rows) | quality(rows, "score")
        facts[name]["reachable"] = quality(rows, "reachable_chance")
        facts[name]["all_told"] = quality(rows, "true_chance")
    for segment in ("plan", "household"):
        facts[segment] = {name: reading(rows) for name, rows in september.groupby(segment)}
    assert numbers("scores") == facts
