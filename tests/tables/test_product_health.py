"""Four products on four rungs of the ladder, by their targets and by more than noise."""

import runpy

import pandas as pd
import pytest
from cards import DATASETS, numbers

from hindcast import datasets

RECIPE = runpy.run_path(str(DATASETS / "recipes" / "product_health.py"))
LAST_WEEKS = 8
# The question of each rung and the measures that answer it. A product that passes all is on the fourth.
LADDER = {
    "does it work": ["days_up", "crashes_per_1000_sessions"],
    "is it popular": ["active_users"],
    "do updates move a metric": ["releases_tested", "releases_that_helped"],
}
READY = "is it intelligent"


@pytest.fixture(scope="module")
def health() -> pd.DataFrame:
    return datasets.load_product_health()


@pytest.fixture(scope="module")
def targets() -> pd.DataFrame:
    return datasets.load_product_targets()


def held_against(rows: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """For each product and measure: the weekly mean, whether it meets the target, and by how many errors."""
    found = []
    for row in targets.itertuples():
        weeks = rows.loc[rows["product"] == row.product, row.measure]
        side = 1 if row.direction == "at least" else -1
        margin, error = side * (weeks.mean() - row.target), weeks.sem()
        errors = margin / error if error > 0 else float("inf")
        found.append((row.product, row.measure, weeks.mean(), margin >= 0, abs(errors)))
    return pd.DataFrame(found, columns=["product", "measure", "mean", "meets", "errors"])


def last_weeks(health: pd.DataFrame) -> pd.DataFrame:
    weeks = sorted(health["week"].unique())
    return health[health["week"] >= weeks[-LAST_WEEKS]]


def rungs(rows: pd.DataFrame, targets: pd.DataFrame) -> dict[str, str]:
    """Each product's rung: the first question whose measures it does not all meet."""
    held = held_against(rows, targets)
    found = {}
    for product, measures in held.groupby("product"):
        failed = set(measures.loc[~measures["meets"], "measure"])
        found[product] = next((rung for rung, asked in LADDER.items() if failed & set(asked)), READY)
    return found


def test_the_four_products_stand_on_four_rungs(health, targets):
    found = rungs(last_weeks(health), targets)
    assert len(found) == 4 and set(found.values()) == {*LADDER, READY}


def test_every_mean_is_clear_of_its_target_by_three_standard_errors(health, targets):
    held = held_against(last_weeks(health), targets)
    assert (held["errors"] >= 3).all(), held


def test_who_stands_on_a_rung_fails_there_and_nowhere_else(health, targets):
    """The rung follows from its own measures alone: a product that does not work is popular, and so on."""
    held = held_against(last_weeks(health), targets)
    for product, rung in rungs(last_weeks(health), targets).items():
        failed = set(held.loc[(held["product"] == product) & ~held["meets"], "measure"])
        assert failed == set(LADDER.get(rung, [])), product


def test_rung_is_the_same_without_any_one_of_the_last_weeks(health, targets):
    rows = last_weeks(health)
    expected = rungs(rows, targets)
    for week in rows["week"].unique():
        assert rungs(rows[rows["week"] != week], targets) == expected, week


def test_each_odd_week_read_alone_tells_another_rung(health, targets):
    expected = rungs(last_weeks(health), targets)
    weeks = sorted(health["week"].unique())
    for product, number, _ in RECIPE["ODD"]:
        alone = rungs(health[health["week"] == weeks[number]], targets)
        assert alone[product] != expected[product] and number >= len(weeks) - LAST_WEEKS, product


def test_last_week_of_the_courier_app_looks_mended(health, targets):
    last = health[health["week"] == health["week"].max()]
    held = held_against(last[last["product"] == "courier app"], targets[targets["product"] == "courier app"])
    assert held["meets"][held["measure"].isin(LADDER["does it work"])].all()


def test_most_releases_are_the_customer_apps_and_hardly_any_is_tested(health):
    sums = last_weeks(health).groupby("product")[["releases", "releases_tested"]].sum()
    assert sums["releases"].idxmax() == "customer app" == sums["releases_tested"].idxmin()


def test_no_more_releases_were_tested_than_made_or_helped_than_tested(health):
    assert (health["releases_tested"] <= health["releases"]).all()
    assert (health["releases_that_helped"] <= health["releases_tested"]).all()


def test_each_product_has_twenty_six_mondays_and_a_target_for_each_measure(health, targets):
    assert len(health) == 104 and (health.groupby("product")["week"].nunique() == 26).all()
    assert (health["week"].dt.day_of_week == 0).all()
    measures = [measure for asked in LADDER.values() for measure in asked]
    assert sorted(zip(targets["product"], targets["measure"], strict=True)) == sorted(
        (product, measure) for product in health["product"].unique() for measure in measures
    )


def test_a_week_is_known_the_monday_after():
    assert datasets.load_product_health(as_of="2025-12-07")["week"].max() == pd.Timestamp("2025-11-24")
    assert datasets.load_product_health(as_of="2025-12-08")["week"].max() == pd.Timestamp("2025-12-01")


def health_facts(health: pd.DataFrame, targets: pd.DataFrame) -> dict:
    held = held_against(last_weeks(health), targets)
    means = {
        product: {row.measure: round(row.mean, 2) for row in rows.itertuples(index=False)}
        for product, rows in held.groupby("product")
    }
    return {
        "rows": len(health),
        "rung": rungs(last_weeks(health), targets),
        "mean_of_last_eight_weeks": means,
    }


def test_card_of_product_health_tells_the_tables_numbers(health, targets):
    assert numbers("product_health") == health_facts(health, targets)


def test_card_of_the_targets_tells_the_tables_numbers(targets):
    assert numbers("product_targets") == target_facts(targets)


def target_facts(targets: pd.DataFrame) -> dict:
    by_product = targets.pivot(index="product", columns="measure", values="target")
    return {"rows": len(targets), "target": by_product.to_dict("index")}
