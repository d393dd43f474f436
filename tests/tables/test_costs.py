"""Costs and capacities: break-evens, and what they make of the real scores."""

import runpy
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers

from hindcast import datasets

RECIPE = runpy.run_path(str(DATASETS / "recipes" / "costs.py"))
CANCEL = "a member may cancel"
INTERVENTIONS = ["quiet nudge", "banner", "call", "blocking dialog"]
THRESHOLDS = np.arange(1001) / 1000
CHOICES = {
    "nobody may be at the door": "model",
    "a bag may need a cold box": "rule",
    "a customer may not want the swap": "asking the user",
    "a deposit crate may not come back": "doing nothing",
    "a picker may take the wrong item": "rule",
}


@pytest.fixture(scope="module")
def costs() -> pd.DataFrame:
    return datasets.load_costs()


@pytest.fixture(scope="module")
def capacities() -> pd.DataFrame:
    return datasets.load_capacities()


@pytest.fixture(scope="module")
def september() -> pd.DataFrame:
    scores = datasets.load_scores()
    return scores[scores["month"] == "2025-09-01"]


# Acting on scores


def euros(costs: pd.DataFrame, decision: str, option: str) -> pd.Series:
    rows = costs[(costs["decision"] == decision) & (costs["option"] == option)]
    return rows.set_index("item")["euros"]


def break_even(costs: pd.DataFrame, decision: str, option: str) -> float:
    """The chance at which acting and leaving alone cost the same."""
    mistakes = euros(costs, decision, option)
    return float(mistakes["false alarm"] / (mistakes["false alarm"] + mistakes["miss"]))


def mistakes_by_threshold(scores: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """False alarms and misses at each of THRESHOLDS, acting on a score that is at least the threshold."""
    cancelled = scores["cancelled"].to_numpy()
    thousandths = (scores["score"].to_numpy() * 1000).round().astype(int)
    stayed = np.bincount(thousandths[~cancelled], minlength=1001)
    left = np.bincount(thousandths[cancelled], minlength=1001)
    return stayed[::-1].cumsum()[::-1], left.cumsum() - left


def total_costs(costs: pd.DataFrame, option: str, scores: pd.DataFrame) -> np.ndarray:
    mistakes = euros(costs, CANCEL, option)
    alarms, misses = mistakes_by_threshold(scores)
    return alarms * mistakes["false alarm"] + misses * mistakes["miss"]


def without_a_model(costs: pd.DataFrame, option: str, scores: pd.DataFrame) -> float:
    """The cheaper of acting on everybody and on nobody."""
    mistakes, left = euros(costs, CANCEL, option), scores["cancelled"].sum()
    return float(min(left * mistakes["miss"], (len(scores) - left) * mistakes["false alarm"]))


def regrets(costs: pd.DataFrame, option: str, scores: pd.DataFrame) -> pd.Series:
    """(yours - best) / (best without a model - best) by threshold."""
    total, base = total_costs(costs, option, scores), without_a_model(costs, option, scores)
    return pd.Series((total - total.min()) / (base - total.min()), index=THRESHOLDS)


def best_f1(scores: pd.DataFrame) -> float:
    alarms, misses = mistakes_by_threshold(scores)
    caught = scores["cancelled"].sum() - misses
    return float(THRESHOLDS[np.argmax(2 * caught / (2 * caught + alarms + misses))])


def at(by_threshold: pd.Series, threshold: float) -> float:
    return float(by_threshold.iloc[round(threshold * 1000)])


def test_mistakes_are_counted_as_a_look_at_the_rows_counts_them(september):
    alarms, misses = mistakes_by_threshold(september)
    for threshold in (0.2, 0.5):
        acted = september["score"] >= threshold
        assert alarms[round(threshold * 1000)] == (acted & ~september["cancelled"]).sum()
        assert misses[round(threshold * 1000)] == (~acted & september["cancelled"]).sum()


def test_break_even_thresholds_of_the_interventions_are_well_apart(costs):
    found = [break_even(costs, CANCEL, option) for option in INTERVENTIONS]
    assert found[0] > 0.03 and found[-1] < 0.6 and max(found) < 0.4
    assert all(later > 1.6 * earlier for earlier, later in pairwise(found))


@pytest.mark.parametrize("option", INTERVENTIONS)
def test_break_even_threshold_is_nearly_the_cheapest_in_september(costs, september, option):
    by_threshold = regrets(costs, option, september)
    assert at(by_threshold, break_even(costs, CANCEL, option)) < 0.07


@pytest.mark.parametrize("option", INTERVENTIONS)
def test_tempting_thresholds_cost_over_a_tenth_of_what_the_model_is_worth(costs, september, option):
    by_threshold, threshold = regrets(costs, option, september), break_even(costs, CANCEL, option)
    tempting = {
        "a half": 0.5,
        "best F1": best_f1(september),
        "half way to the centre": (threshold + 0.5) / 2,
        "upside down": 1 - threshold,
        "the alert's": 0.2,
    }
    for name, value in tempting.items():
        assert at(by_threshold, value) > 0.1, name


def test_cheapest_threshold_differs_by_intervention_and_no_one_threshold_serves_all(costs, september):
    cheapest, fine = [], []
    for option in INTERVENTIONS:
        by_threshold = regrets(costs, option, september)
        cheapest.append(by_threshold.idxmin())
        fine.append(set(by_threshold.index[by_threshold <= 0.1]))
    assert cheapest == sorted(cheapest) and len(set(cheapest)) == len(INTERVENTIONS)
    assert not fine[0] & fine[2] and not fine[1] & fine[3] and not fine[2] & fine[3]


def test_model_saves_more_than_a_tenth_of_what_can_be_had_without(costs, september):
    for option in INTERVENTIONS:
        base = without_a_model(costs, option, september)
        assert total_costs(costs, option, september).min() < 0.9 * base, option


def test_more_members_are_worth_a_call_than_the_team_can_call_in_a_day(costs, capacities, september):
    rows = capacities[(capacities["decision"] == CANCEL) & (capacities["option"] == "call")]
    assert rows["per_day"].item() == 40
    worth = (september["score"] >= break_even(costs, CANCEL, "call")).sum()
    assert worth > 10 * 40
    top = september["score"].sort_values(ascending=False)
    assert top.iloc[39] > top.iloc[40], "the fortieth is not tied with the next"


def test_voucher_and_buffer_are_lopsided(costs):
    assert break_even(costs, "an order may be late", "apology voucher") == 0.25
    buffer = euros(costs, "minutes to promise", "buffer minutes")
    assert buffer["minute too little"] / buffer.sum() == pytest.approx(0.875)


def test_a_contact_costs_the_same_in_both_arms_and_the_range_has_to_be_built_and_kept(costs):
    minute, shown = (euros(costs, "how the arrival is shown", arm) for arm in ("exact minute", "range"))
    assert minute["contact"] == shown["contact"] > 0
    assert minute["once"] == minute["upkeep per month"] == 0 < min(shown["once"], shown["upkeep per month"])


# Rule, model, asking the user or doing nothing


def a_case(costs: pd.DataFrame, decision: str) -> pd.DataFrame:
    """For each option: euros a case, euros a month whatever the number of cases, mistakes, euros in all."""
    found = {}
    for option, rows in costs[costs["decision"] == decision].groupby("option", sort=False):
        items = rows.set_index("item")
        cases = items.loc["per case", "times_a_month"]
        by_case = ["false alarm", "miss", "per case"]
        spent = (items.loc[by_case, "euros"] * items.loc[by_case, "times_a_month"]).sum() / cases
        fixed = items.loc["upkeep per month", "euros"] + items.loc["once", "euros"] / RECIPE["MONTHS_OF_USE"]
        found[option] = {
            "cases": int(cases),
            "euros_a_case": float(spent),
            "fixed": float(fixed),
            "mistakes": int(items.loc[["false alarm", "miss"], "times_a_month"].sum()),
            "total": float(spent * cases + fixed),
        }
    return pd.DataFrame(found).T


def model_pays_from(case: pd.DataFrame) -> float:
    """Cases a month from which the model beats the cheapest other option of today; infinite where never."""
    model, other = case.loc["model"], case.loc[case["total"].drop("model").idxmin()]
    saved = other["euros_a_case"] - model["euros_a_case"]
    return float((model["fixed"] - other["fixed"]) / saved) if saved > 0 else float("inf")


def model_may_cost(case: pd.DataFrame) -> float:
    """Fixed euros a month at which the model costs the same as the cheapest other option; below 0: never."""
    return float(
        case["total"].drop("model").min() - (case.loc["model", "total"] - case.loc["model", "fixed"])
    )


@pytest.mark.parametrize("decision", CHOICES)
def test_right_choice_is_cheapest_by_a_clear_margin(costs, decision):
    totals = a_case(costs, decision)["total"].sort_values()
    assert totals.index[0] == CHOICES[decision]
    assert totals.iloc[1] > 1.4 * totals.iloc[0]


def test_every_way_out_is_the_right_one_somewhere():
    assert set(CHOICES.values()) == {"model", "rule", "asking the user", "doing nothing"}


def test_fewest_mistakes_is_the_cheapest_in_one_case_only(costs):
    fewest = {decision: a_case(costs, decision)["mistakes"].idxmin() for decision in CHOICES}
    assert sum(fewest[decision] == choice for decision, choice in CHOICES.items()) == 1


@pytest.mark.parametrize("decision", CHOICES)
def test_break_even_of_the_model_agrees_with_the_right_choice_and_is_far_from_today(costs, decision):
    case = a_case(costs, decision)
    cases, pays_from = case["cases"].iloc[0], model_pays_from(case)
    fixed, at_most = case.loc["model", "fixed"], model_may_cost(case)
    if CHOICES[decision] == "model":
        assert pays_from < 0.5 * cases and at_most > 2 * fixed
    else:
        assert pays_from > 2 * cases and at_most < 0.6 * fixed


def test_forgetting_what_is_paid_once_or_the_upkeep_changes_two_choices(costs):
    free = {decision: a_case(costs, decision)["euros_a_case"].idxmin() for decision in CHOICES}
    assert sum(free[decision] != choice for decision, choice in CHOICES.items()) >= 2


def test_options_of_a_case_have_the_same_items_cases_and_prices_of_a_mistake(costs):
    for decision in CHOICES:
        rows = costs[costs["decision"] == decision]
        assert (rows.groupby("option")["item"].count() == 5).all() and rows["option"].nunique() == 4
        assert a_case(costs, decision)["cases"].nunique() == 1
        prices = rows[rows["item"].isin(["false alarm", "miss"])].groupby("item")["euros"].nunique()
        assert (prices == 1).all()


def test_how_often_is_missing_only_where_it_depends_or_is_once(costs):
    missing = costs["times_a_month"].isna()
    compared = costs["decision"].isin(CHOICES)
    assert (missing == (costs["item"] == "once"))[compared].all()
    assert (costs.loc[missing & compared & (costs["euros"] > 0), "note"] == "spread over 24 months").all()


def test_capacities_say_who_acts_and_how_many_a_day(capacities):
    assert len(capacities) == 5 and not capacities.duplicated(["decision", "option"]).any()
    assert capacities["per_day"].between(1, 200).all() and capacities["open_days_a_week"].between(1, 7).all()


# The cards


def cost_facts(costs: pd.DataFrame, september: pd.DataFrame) -> dict:
    facts = {"rows": len(costs), "best_f1_threshold_september": best_f1(september)}
    facts["interventions"] = {}
    for option in INTERVENTIONS:
        by_threshold, threshold = regrets(costs, option, september), break_even(costs, CANCEL, option)
        fine = by_threshold.index[by_threshold <= 0.1]
        facts["interventions"][option] = {
            "break_even": round(threshold, 4),
            "cheapest_september": float(by_threshold.idxmin()),
            "regret_at_most_a_tenth": [float(fine.min()), float(fine.max())],
            "regret_of_break_even": round(at(by_threshold, threshold), 3),
            "regret_of_0.5": round(at(by_threshold, 0.5), 3),
            "regret_of_best_f1": round(at(by_threshold, best_f1(september)), 3),
            "regret_half_way_to_0.5": round(at(by_threshold, (threshold + 0.5) / 2), 3),
        }
    facts["cases"] = {}
    for decision in CHOICES:
        case = a_case(costs, decision)
        facts["cases"][decision] = {
            "cheapest": str(case["total"].idxmin()),
            "euros_a_month": {option: round(total) for option, total in case["total"].items()},
            "cases_a_month": int(case["cases"].iloc[0]),
            "model_pays_from_cases": round(model_pays_from(case), 0),
            "model_fixed": round(case.loc["model", "fixed"]),
            "model_fixed_at_most": round(model_may_cost(case)),
        }
    return facts


def capacity_facts(capacities: pd.DataFrame, september: pd.DataFrame) -> dict:
    fortieth = september["score"].sort_values(ascending=False).iloc[39]
    return {
        "rows": len(capacities),
        "per_day": {row.who_acts: int(row.per_day) for row in capacities.itertuples()},
        "score_of_the_fortieth_september": float(fortieth),
    }


def test_card_of_the_costs_tells_the_tables_numbers(costs, september):
    assert numbers("costs") == cost_facts(costs, september)


def test_card_of_the_capacities_tells_the_tables_numbers(capacities, september):
    assert numbers("capacities") == capacity_facts(capacities, september)
