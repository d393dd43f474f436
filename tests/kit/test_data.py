"""The shipped tables: recipes, description, planted truths and the numbers on the cards."""

import json
import math
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from hindcast.datasets import load_scores, load_ticket_costs, load_tickets
from hindcast.errors import HindcastError
from hindcast.kit import data

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ROOT / "datasets"
TABLES = ["scores.csv", "truth/scores_truth.csv", "tickets.csv", "ticket_costs.csv"]
THRESHOLD = 0.20
SORTERS = ["topic_by_classifier", "topic_by_language_model"]


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    truth = pd.read_csv(DATASETS / "truth/scores_truth.csv", parse_dates=["month"])
    return load_scores().merge(truth, on=["member", "month"], validate="one_to_one")


@pytest.fixture(scope="module")
def september(scores) -> pd.DataFrame:
    return scores[scores["month"] == "2025-09-01"]


@pytest.fixture(scope="module")
def unseen() -> pd.DataFrame:
    tickets = load_tickets()
    return tickets[~tickets["learned_from"]]


def card(name: str) -> dict:
    """The numbers of a data card: its one block of TOML."""
    text = (DATASETS / "cards" / f"{name}.md").read_text(encoding="utf-8")
    return tomllib.loads(text.split("```toml\n")[1].split("```")[0])


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


def wrong_pairs(tickets: pd.DataFrame, sorter: str) -> pd.DataFrame:
    """Each ordered pair of topics that occurs, with its tickets and minutes; the costliest first."""
    wrong = tickets[tickets["topic"] != tickets[sorter]].rename(columns={sorter: "sorted_as"})
    pairs = wrong.groupby(["topic", "sorted_as"]).size().rename("tickets").reset_index()
    pairs = pairs.merge(load_ticket_costs(), validate="one_to_one")
    pairs["total"] = pairs["tickets"] * pairs["minutes_lost"]
    return pairs.sort_values("total", ascending=False, ignore_index=True)


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


# The recipes and the description


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the repository's datasets/ in a folder of its own."""
    shutil.copytree(DATASETS, tmp_path / "datasets", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_recipes_make_the_same_bytes_again(copy):
    for name in TABLES:
        (copy / "datasets" / name).unlink()
    package = copy / "datasets" / "datapackage.json"
    package.write_text(package.read_text().replace('"bytes"', '"bytes_before"'))
    written = data.build(copy)
    assert sorted(written) == sorted(copy / "datasets" / name for name in [*TABLES, "datapackage.json"])
    for name in TABLES:
        assert (copy / "datasets" / name).read_bytes() == (DATASETS / name).read_bytes(), (
            f"{name} is not what its recipe makes. Run `hindcast data build` and commit the result."
        )


def test_build_leaves_tables_alone_that_did_not_change(copy):
    (copy / "datasets" / "recipes" / "scores.py").unlink()
    assert data.build(copy) == []


def test_build_says_when_a_recipe_makes_an_undescribed_table(copy):
    for recipe in (copy / "datasets" / "recipes").glob("*.py"):
        recipe.unlink()
    (copy / "datasets" / "recipes" / "new.py").write_text(
        "import pandas as pd\ndef make():\n    return {'new.csv': pd.DataFrame({'a': [1]})}\n"
    )
    with pytest.raises(HindcastError, match=r"new\.py makes new\.csv, which datapackage\.json does not"):
        data.build(copy)
    assert not (copy / "datasets" / "new.csv").exists()


def test_build_says_when_there_are_no_recipes(tmp_path):
    with pytest.raises(HindcastError, match="no recipe in"):
        data.build(tmp_path)


def test_shipped_tables_are_as_described():
    assert data.verify(ROOT) == []


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("scores.csv", ",yearly,", ",weekly,", "weekly"),
        ("tickets.csv", "2025-01-01", "2024-01-01", "2024-01-01"),
        ("ticket_costs.csv", "minutes_lost", "minutes", "minutes"),
    ],
)
def test_verify_tells_a_changed_table(copy, table, old, new, told):
    path = copy / "datasets" / table
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    problems = data.verify(copy)
    assert problems and all(table in problem or "truth" in problem for problem in problems)
    assert any(told in problem for problem in problems)
    assert len(problems) <= 2 * (data.SHOWN + 1)


def test_verify_tells_a_missing_table(copy):
    (copy / "datasets" / "tickets.csv").unlink()
    assert any("tickets.csv" in problem for problem in data.verify(copy))


@pytest.mark.parametrize("broken", ["{", "[]", '{"resources": []}'])
def test_a_broken_package_is_one_sentence(copy, broken):
    (copy / "datasets" / "datapackage.json").write_text(broken)
    for verb in (data.verify, data.build):
        with pytest.raises(HindcastError, match=r"datapackage\.json should be JSON with a list of resources"):
            verb(copy)


def test_every_field_says_when_it_becomes_known_and_is_licensed():
    package = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
    assert [licence["name"] for licence in package["licenses"]] == ["CC-BY-4.0"]
    assert sorted(resource["path"] for resource in package["resources"]) == sorted(TABLES)
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            assert field["knownAt"] and field["description"], f"{resource['name']}.{field['name']}"
            if field["type"] in ("integer", "number"):
                assert field["unit"], f"{resource['name']}.{field['name']}"


def test_tables_stay_well_under_two_megabytes():
    assert sum((DATASETS / name).stat().st_size for name in TABLES) < 1_900_000


def test_tables_have_unix_line_ends():
    assert all(b"\r" not in (DATASETS / name).read_bytes() for name in TABLES)


# scores: who is who


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


# scores: the planted truths of September


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


# scores: the true chance


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


# tickets


def test_texts_are_nearly_all_distinct_and_topics_unequal():
    tickets = load_tickets()
    assert tickets["text"].nunique() > 0.95 * len(tickets)
    assert tickets["text"].str.len().max() < 300
    shares = tickets["topic"].value_counts(normalize=True)
    assert 0.29 < shares["late delivery"] < 0.35 and 0.025 < shares["allergy"] < 0.04


def test_classifier_learned_the_first_half_of_the_year_and_there_it_flatters():
    tickets = load_tickets()
    learned = tickets["learned_from"]
    assert tickets["received"].is_monotonic_increasing
    assert tickets.loc[learned, "received"].max() < tickets.loc[~learned, "received"].min()
    assert (tickets["topic"] == tickets["topic_by_classifier"])[learned].mean() > 0.97


def test_language_model_is_right_more_often_and_costs_more(unseen):
    right = {sorter: (unseen["topic"] == unseen[sorter]).mean() for sorter in SORTERS}
    lost = {sorter: wrong_pairs(unseen, sorter)["total"].sum() for sorter in SORTERS}
    assert 0.78 < right["topic_by_classifier"] < 0.82
    assert right["topic_by_classifier"] + 0.03 < right["topic_by_language_model"] < 0.88
    assert lost["topic_by_language_model"] > 1.05 * lost["topic_by_classifier"]


@pytest.mark.parametrize(
    ("sorter", "costliest"),
    list(zip(SORTERS, [("payment", "missing item"), ("allergy", "substitution")], strict=True)),
)
def test_costliest_pair_is_clear_and_is_no_tempting_one(unseen, sorter, costliest):
    pairs = wrong_pairs(unseen, sorter)
    first = pairs.iloc[0]
    assert (first["topic"], first["sorted_as"]) == costliest
    assert first["total"] >= 1.2 * pairs.iloc[1]["total"]
    assert pairs["tickets"].max() > 1.15 * first["tickets"]
    assert pairs["minutes_lost"].max() > first["minutes_lost"]
    mirror = pairs[(pairs["topic"] == costliest[1]) & (pairs["sorted_as"] == costliest[0])]
    assert mirror["total"].sum() < 0.5 * first["total"]


def test_the_two_sorters_fail_in_different_places(unseen):
    wrong = [unseen["topic"] != unseen[sorter] for sorter in SORTERS]
    assert (wrong[0] & wrong[1]).sum() < 0.5 * min(wrong[0].sum(), wrong[1].sum())


def test_allergy_is_dearest_at_every_wrong_desk_and_there_are_enough_of_them(unseen):
    costs = load_ticket_costs()
    assert ((costs["minutes_lost"] == 0) == (costs["topic"] == costs["sorted_as"])).all()
    lost = costs[costs["minutes_lost"] > 0]
    allergy = lost["topic"] == "allergy"
    assert lost.loc[allergy, "minutes_lost"].min() > lost.loc[~allergy, "minutes_lost"].max()
    assert len(costs) == 49 and not costs.duplicated(["topic", "sorted_as"]).any()
    assert (unseen["topic"] == "allergy").sum() >= 35


# The cards


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
    assert card("scores") == facts


def test_card_of_the_tickets_tells_the_tables_numbers(unseen):
    tickets = load_tickets()
    facts = {
        "rows": len(tickets),
        "learned_from": int(tickets["learned_from"].sum()),
        "not_learned_from": len(unseen),
        "distinct_texts": tickets["text"].nunique(),
        "topics_not_learned_from": unseen["topic"].value_counts().to_dict(),
        "median_minutes_to_solve": tickets.groupby("topic")["minutes_to_solve"].median().to_dict(),
    }
    for sorter in SORTERS:
        facts[sorter] = {
            "accuracy_learned_from": right_share(tickets[tickets["learned_from"]], sorter),
            "accuracy": right_share(unseen, sorter),
            "wrong": int((unseen["topic"] != unseen[sorter]).sum()),
            "recall": {topic: right_share(rows, sorter) for topic, rows in unseen.groupby("topic")},
        }
    assert card("tickets") == facts


def right_share(tickets: pd.DataFrame, sorter: str) -> float:
    return round(float((tickets["topic"] == tickets[sorter]).mean()), 4)


def test_card_of_the_costs_tells_the_tables_numbers(unseen):
    facts = {}
    for sorter in SORTERS:
        pairs = wrong_pairs(unseen, sorter)
        shown = ["topic", "sorted_as", "tickets", "minutes_lost", "total"]
        facts[sorter] = {
            "total": int(pairs["total"].sum()),
            "costliest": pairs[shown].iloc[0].to_dict(),
            "second": pairs[shown].iloc[1].to_dict(),
            "most_tickets": pairs.sort_values("tickets", kind="stable")[shown].iloc[-1].to_dict(),
            "dearest_ticket": pairs.sort_values("minutes_lost", kind="stable")[shown].iloc[-1].to_dict(),
        }
    assert card("ticket_costs") == facts


def test_card_of_the_shoppers_tells_the_registry_s_numbers():
    registry = tomllib.loads((DATASETS / "field_data.toml").read_text(encoding="utf-8"))["online_shoppers"]
    told = card("online_shoppers")
    assert {key: told[key] for key in registry if key in told} == {
        key: registry[key] for key in ("sha256", "bytes", "rows", "columns", "licence")
    }
