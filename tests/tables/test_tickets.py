"""tickets and ticket_costs: messages, whose they are, the two sorters' mistakes, and the cards' numbers."""

import pandas as pd
import pytest
from cards import numbers

from hindcast.datasets import load_deliveries, load_members, load_ticket_costs, load_tickets

SORTERS = ["topic_by_classifier", "topic_by_language_model"]
LEARNED_ON = pd.Timestamp(2025, 6, 15)


@pytest.fixture(scope="module")
def unseen() -> pd.DataFrame:
    tickets = load_tickets()
    return tickets[~tickets["learned_from"]]


def wrong_pairs(tickets: pd.DataFrame, sorter: str) -> pd.DataFrame:
    """Each ordered pair of topics that occurs, with its tickets and minutes; the costliest first."""
    wrong = tickets[tickets["topic"] != tickets[sorter]].rename(columns={sorter: "sorted_as"})
    pairs = wrong.groupby(["topic", "sorted_as"]).size().rename("tickets").reset_index()
    pairs = pairs.merge(load_ticket_costs(), validate="one_to_one")
    pairs["total"] = pairs["tickets"] * pairs["minutes_lost"]
    return pairs.sort_values("total", ascending=False, ignore_index=True)


def right_share(tickets: pd.DataFrame, sorter: str) -> float:
    return round(float((tickets["topic"] == tickets[sorter]).mean()), 4)


# The messages and the sorters


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


# Whose they are


@pytest.fixture(scope="module")
def of_orders() -> pd.DataFrame:
    """The messages about an order that is in deliveries, beside that order."""
    return load_tickets().merge(
        load_deliveries(), on="order", suffixes=("", "_of_order"), validate="many_to_one"
    )


def test_a_message_has_the_member_of_its_order_who_placed_it_within_the_three_days_before(of_orders):
    assert len(of_orders) > 100
    assert (of_orders["member"] == of_orders["member_of_order"]).all()
    later = (of_orders["received"] - of_orders["placed_at"].dt.normalize()).dt.days
    assert later.between(0, 3).all() and (later == 0).mean() > 0.4


def test_every_order_of_a_member_whose_orders_are_shipped_is_found_among_them():
    tickets, deliveries = load_tickets(), load_deliveries()
    about = tickets[tickets["member"].isin(set(deliveries["member"])) & tickets["order"].notna()]
    assert len(about) > 100 and about["order"].isin(set(deliveries["order"])).all()


def test_messages_about_late_delivery_are_about_late_orders(of_orders):
    late_topic = of_orders["topic"] == "late delivery"
    assert of_orders.loc[late_topic, "late"].mean() > 0.75
    others = of_orders.loc[~late_topic, "late"]
    usual = load_deliveries()["late"].mean()
    assert abs(others.mean() - usual) < 3 * (usual * (1 - usual) / len(others)) ** 0.5


def test_only_messages_about_account_or_payment_may_be_about_no_order():
    tickets = load_tickets()
    without = tickets["order"].isna().groupby(tickets["topic"]).mean()
    assert without["account"] == 1 and 0.25 < without["payment"] < 0.55
    assert (without.drop(["account", "payment"]) == 0).all()


def test_members_of_the_sample_write_while_they_are_members():
    tickets, members = load_tickets(), load_members()
    of_sample = tickets[tickets["member"].isin(set(members["member"]))]
    share = members[members["month"] >= "2025-01-01"]["member"].nunique()
    assert 0.15 < len(of_sample) / len(tickets) < 0.3 and share > 200
    closed = of_sample["member"].map(members.groupby("member")["closed_on"].max())
    assert not (of_sample["received"] > closed).any()


def test_a_ticket_is_settled_within_six_days_and_in_time_for_the_fitting():
    tickets = load_tickets()
    took = (tickets["settled_on"] - tickets["received"]).dt.days
    assert took.between(0, 6).all() and took.nunique() == 7
    assert (tickets.loc[tickets["learned_from"], "settled_on"] <= LEARNED_ON).all()


def test_the_topic_is_missing_until_it_is_settled_and_the_classifier_s_until_it_was_fitted():
    june = load_tickets(as_of="2025-06-14")
    assert len(june) == 1203 and june["topic_by_classifier"].isna().all()
    whole = load_tickets().set_index("ticket").loc[june["ticket"]]
    waiting = (whole["settled_on"] > "2025-06-14").to_numpy()
    assert waiting.sum() > 0
    assert (june["topic"].isna() == waiting).all() and (june["minutes_to_solve"].isna() == waiting).all()


# The cards


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
    assert numbers("tickets") == facts


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
    assert numbers("ticket_costs") == facts
