"""The problem cards: variety, a key without consistent nonsense, choices that give nothing away."""

import re
import runpy
from itertools import combinations

import pandas as pd
import pytest
from cards import DATASETS, numbers

from hindcast.datasets import load_problem_cards

# Units listed independently of the recipe: labels, and those of no single value. All others are amounts.
UNITS = {
    "label": r"yes or no|chance of yes|grade \w+ to \w+|one of \d+ (names|levels in order|words in order)",
    "order": "order of a list",
    "groups": "groups",
    "text": "text",
    "none": "none yet",
}
# What the outcome and the unit of an answer of each kind may be.
FITS = {
    "number prediction": {("amount", "amount")},
    "classification": {("label", "label")},
    "ranking": {("amount", "order"), ("label", "order")},
    "grouping": {("groups", "groups")},
    "generation": {("text", "text")},
    "plain rule": {("amount", "amount"), ("label", "label")},
    "already recorded": {("amount", "amount"), ("label", "label")},
    "cannot be settled": {("none", "none")},
}
TIMED = {"number prediction", "classification", "ranking"}
MADE = runpy.run_path(str(DATASETS / "recipes/problem_cards.py"))["make"]()
CHOICES = MADE["truth/problem_card_choices.csv"]


@pytest.fixture(scope="module")
def cards() -> pd.DataFrame:
    return load_problem_cards()


@pytest.fixture(scope="module")
def key(cards) -> pd.DataFrame:
    return pd.read_csv(DATASETS / "truth/problem_cards_key.csv").merge(cards, on="card", validate="m:1")


@pytest.fixture(scope="module")
def choices() -> pd.DataFrame:
    return CHOICES


def form(unit: str) -> str:
    return next((name for name, pattern in UNITS.items() if re.fullmatch(pattern, unit)), "amount")


def kinds(key: pd.DataFrame) -> dict[str, list[str]]:
    """The right kinds of each card."""
    return {card: sorted(rows["kind"].unique()) for card, rows in key.groupby("card")}


def needs(key: pd.DataFrame) -> dict[str, list[str]]:
    """The cards that share a need."""
    return {need: sorted(rows["card"].unique()) for need, rows in key.dropna(subset="need").groupby("need")}


def of_kind(key: pd.DataFrame, *wanted: str) -> pd.DataFrame:
    return key[key["kind"].isin(wanted)]


# The texts


def test_requests_are_short_and_no_two_begin_alike(cards):
    sentences = cards["request"].str.count(r"[.?](?:\s|$)")
    assert sentences.between(1, 3).all()
    begins = cards["request"].str.lower().str.split().str[:3].str.join(" ")
    assert begins.is_unique and cards["request"].str.len().max() < 260


def test_texts_keep_their_voice_down():
    for name in ("problem_cards.csv", "truth/problem_cards_key.csv"):
        assert "!" not in (DATASETS / name).read_text(encoding="utf-8")


def test_products_and_people_who_ask_are_varied(cards):
    assert 10 <= (cards["product"] == "Larder").sum() <= 14
    assert cards["product"].nunique() >= 15 and cards["asked_by"].nunique() > 0.8 * len(cards)


def test_an_action_is_missing_only_where_the_request_speaks_of_a_person_who_acts(cards, key):
    silent = cards[cards["action"].isna()]
    assert silent["request"].str.contains(r"\bI\b|\bme\b").all()
    assert not set(silent["card"]) & set(of_kind(key, "cannot be settled")["card"])


# The key


def test_every_card_has_an_answer_and_every_answer_a_reason(cards, key):
    assert set(key["card"]) == set(cards["card"]) and len(cards) >= 48
    assert key["why"].str.fullmatch(r"[A-Z0-9].*\.").all()
    assert not key.duplicated(["card", "kind", "outcome", "unit", "actor"]).any()


def test_all_kinds_are_there_and_the_two_main_ones_are_balanced(key):
    counts = (
        key.drop_duplicates(["card", "kind", "of"]).groupby(["kind", "of"], dropna=False)["card"].nunique()
    )
    for kind in ("number prediction", "classification"):
        assert counts[kind, "now"] >= 6 and counts[kind, "later"] >= 6
    assert set(key["kind"]) == set(FITS)
    assert counts["already recorded"].sum() >= 4 and counts["cannot be settled"].sum() >= 2
    both = counts["number prediction"].sum(), counts["classification"].sum()
    assert max(both) < 1.5 * min(both)


def test_now_or_later_is_said_exactly_where_there_is_an_outcome_to_wait_for(key):
    assert (key["of"].notna() == key["kind"].isin(TIMED)).all()


def test_no_answer_is_consistent_nonsense(key, choices):
    offered = choices[choices["part"] == "outcome"].set_index(["card", "choice"])["form"]
    for row in key.itertuples():
        assert (offered[row.card, row.outcome], form(row.unit)) in FITS[row.kind], row.card


def test_an_amount_comes_in_the_unit_its_outcome_is_told_in(key):
    amounts = key[(key["unit"].map(form) == "amount")]
    assert len(amounts) >= 15
    for row in amounts.itertuples():
        assert row.unit.split()[0] in row.outcome, row.card


def test_nobody_acts_where_the_kind_cannot_be_settled_and_only_there(key):
    assert ((key["actor"] == "nobody so far") == (key["kind"] == "cannot be settled")).all()
    assert (key["decided_when"].eq("no moment has been named") == key["actor"].eq("nobody so far")).all()


def test_where_two_kinds_are_right_each_has_its_own_outcome_or_unit(key):
    two = [card for card, right in kinds(key).items() if len(right) == 2]
    assert len(two) >= 8 and max(len(right) for right in kinds(key).values()) == 2
    for card in two:
        rows = key[key["card"] == card]
        assert rows.groupby(["outcome", "unit"])["kind"].nunique().max() == 1


def test_a_card_has_one_actor_and_outcomes_of_one_time(key):
    assert key.groupby("card")["actor"].nunique().max() == 1
    assert key.groupby("card")["of"].nunique().max() == 1


def test_the_same_need_with_another_action_has_another_kind(key):
    found = kinds(key)
    apart = [
        need
        for need, group in needs(key).items()
        if any(not set(found[one]) & set(found[other]) for one, other in combinations(group, 2))
    ]
    assert len(apart) >= 5
    for group in needs(key).values():
        rows = key[key["card"].isin(group)]
        assert rows["of"].nunique() == 1, "the outcome's time does not change with the action"
        assert rows["product"].nunique() == 1 and rows["action"].fillna("").nunique() == len(group)


# Cards made for a purpose


def test_already_recorded_values_lie_before_the_moment_of_acting(key):
    recorded = of_kind(key, "already recorded")
    told = recorded["decided_when"] + " " + recorded["request"]
    assert told.str.contains("note the|stamps|writes down|tick it").all()


def test_predict_is_asked_for_where_no_number_and_nothing_of_later_is_wanted(key):
    asked = key[key["request"].str.contains("predict", case=False)]
    now = asked[(asked["kind"] == "classification") & (asked["of"] == "now")]
    assert now["card"].nunique() >= 4
    assert of_kind(asked, "plain rule", "already recorded")["card"].nunique() >= 4


def test_each_trap_is_there_and_no_trap_is_right(key, choices):
    traps = choices.dropna(subset="trap")
    counts = traps.groupby("trap")["card"].nunique()
    assert counts["digits_mean_number"] >= 3 and counts["ordered_class_as_number"] >= 3
    assert counts["outcome_is_an_input"] >= 10 and counts["chance_is_a_number"] >= 1
    assert counts["nobody_acts"] == of_kind(key, "cannot be settled")["card"].nunique()
    right = key.melt("card", ["outcome", "unit", "actor"], "part", "choice")
    assert right.merge(traps, on=["card", "part", "choice"]).empty


def test_digits_that_are_names_and_ordered_classes_are_classifications(key, choices):
    for trap, unit in (
        ("digits_mean_number", "one of"),
        ("ordered_class_as_number", "grade|levels in order"),
    ):
        trapped = key[key["card"].isin(choices.loc[choices["trap"] == trap, "card"])]
        assert (trapped["kind"] == "classification").all() and trapped["unit"].str.contains(unit).all()


def test_where_a_chance_is_asked_for_it_is_still_a_classification(key):
    asked = key[key["request"].str.contains("per cent|percentage")]
    assert asked["card"].nunique() >= 2 and (asked["kind"] == "classification").all()


# The choices


def test_every_part_of_every_answer_is_offered(key, choices):
    right = key.melt("card", ["outcome", "unit", "actor"], "part", "choice")
    assert len(right.merge(choices, on=["card", "part", "choice"])) == len(right)


def test_every_card_offers_enough_and_always_the_way_out(cards, choices):
    sizes = choices.groupby(["card", "part"]).size()
    assert len(sizes) == 3 * len(cards) and sizes.min() >= 4
    for way_out, part in (("none yet", "outcome"), ("none yet", "unit"), ("nobody so far", "actor")):
        there = choices[(choices["choice"] == way_out) & (choices["part"] == part)]
        assert set(there["card"]) == set(cards["card"])


def test_choices_stand_in_an_order_that_tells_nothing(choices):
    for _, rows in choices.groupby(["card", "part"]):
        assert rows["choice"].is_monotonic_increasing and rows["choice"].is_unique


def test_a_tempting_wrong_answer_can_be_given_whole(choices):
    """Each outcome offered has a unit that goes with it; so a mistake has a value of its own."""
    units = choices[choices["part"] == "unit"]
    assert (units["form"] == units["choice"].map(form)).all()
    for card, rows in choices[choices["part"] == "outcome"].groupby("card"):
        assert set(rows["form"]) <= set(units.loc[units["card"] == card, "form"]), card
        assert rows["form"].nunique() >= 3, card


def test_card_tells_the_tables_numbers(cards, key, choices):
    found = kinds(key)
    apart = {
        need: [
            [one, other] for one, other in combinations(group, 2) if not set(found[one]) & set(found[other])
        ]
        for need, group in needs(key).items()
    }
    by_kind = {kind: key.loc[key["kind"] == kind, "card"].nunique() for kind in FITS}
    assert numbers("problem_cards") == {
        "rows": len(cards),
        "about_larder": int((cards["product"] == "Larder").sum()),
        "products": cards["product"].nunique(),
        "right_answers": len(key),
        "choices": len(choices),
        "two_right_kinds": [card for card, right in found.items() if len(right) == 2],
        "cards_by_kind": by_kind,
        "needs": needs(key),
        "needs_with_other_kinds": {need: pairs for need, pairs in apart.items() if pairs},
        "cards_by_trap": choices.dropna(subset="trap").groupby("trap")["card"].nunique().to_dict(),
    }
