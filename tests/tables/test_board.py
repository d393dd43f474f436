"""The tables of unit 01: roles and stages, the order of artefacts, incident logs."""

from functools import cache
from itertools import product

import pandas as pd
import pytest
from cards import DATASETS, numbers

from hindcast.datasets import load_artefacts, load_deliveries, load_incidents, load_roles_and_stages
from hindcast.tables import describe_table

STAGES = ["ideation", "data prep", "prototype & testing", "productization"]
ROLES = ["product manager", "UX designer", "engineering lead", "product analyst", "data scientist"]
# The syllabus' source facts, one team's answer: who drives, who contributes.
SOURCE = {
    "ideation": (
        {"product manager", "engineering lead", "UX designer"},
        {"product analyst", "data scientist"},
    ),
    "data prep": ({"engineering lead"}, {"product analyst", "data scientist"}),
    "prototype & testing": ({"data scientist"}, {"product analyst", "engineering lead"}),
    "productization": (
        {"product manager", "UX designer", "engineering lead"},
        {"product analyst", "data scientist"},
    ),
}
SOURCE_WORDS = {
    ("data prep", "product analyst"): "metrics can be computed",
    ("data prep", "data scientist"): "features) can be computed",
    ("prototype & testing", "product analyst"): "accurate",
    ("prototype & testing", "engineering lead"): "data",
    ("productization", "product analyst"): "metrics against their targets",
    ("productization", "data scientist"): "Monitors the model in production",
}


@pytest.fixture(scope="module")
def artefacts() -> pd.DataFrame:
    return load_artefacts().set_index("artefact")


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    order = pd.read_csv(DATASETS / "truth/artefact_order.csv")
    return list(order.itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def incidents() -> pd.DataFrame:
    return load_incidents()


@pytest.fixture(scope="module")
def incidents_key() -> pd.DataFrame:
    return pd.read_csv(DATASETS / "truth/incidents_key.csv").set_index("incident")


# Roles and stages


def test_the_board_has_every_role_at_every_stage_once():
    board = load_roles_and_stages()
    assert list(zip(board["stage"], board["role"], strict=True)) == list(product(STAGES, ROLES))


@pytest.mark.parametrize("stage", STAGES)
def test_who_drives_and_who_contributes_is_the_source_s_answer(stage):
    board = load_roles_and_stages()
    rows = board[board["stage"] == stage].set_index("part")["role"]
    assert (set(rows[["drives"]]), set(rows[["contributes"]])) == SOURCE[stage]


def test_what_a_role_does_says_what_the_source_says_and_is_missing_where_it_says_nothing():
    board = load_roles_and_stages().set_index(["stage", "role"])
    for place, words in SOURCE_WORDS.items():
        assert words in board.loc[place, "what"], place
    assert (board["what"].isna() == board["part"].isna()).all()


def test_card_of_the_board_tells_its_numbers():
    board = load_roles_and_stages()
    named = board.dropna(subset="part")
    assert numbers("roles_and_stages") == {
        "rows": len(board),
        "drives": int((board["part"] == "drives").sum()),
        "contributes": int((board["part"] == "contributes").sum()),
        "nothing_named": {
            role: list(rows["stage"]) for role, rows in board[board["part"].isna()].groupby("role")
        },
        "in_every_stage": [role for role in ROLES if (named["role"] == role).sum() == len(STAGES)],
    }


# Artefacts


def right_orders(names: list[str], steps: list[tuple[str, str]]) -> int:
    """How many orders keep all steps: dynamic programming over which artefacts are there already."""
    needed = {name: {before for before, after in steps if after == name} for name in names}

    @cache
    def ways(there: frozenset) -> int:
        if len(there) == len(names):
            return 1
        ready = [name for name in names if name not in there and needed[name] <= there]
        return sum(ways(there | {name}) for name in ready)

    return ways(frozenset())


def all_later(steps: list[tuple[str, str]], name: str) -> set[str]:
    """Everything that must come after `name`."""
    direct = {after for before, after in steps if before == name}
    return direct.union(*(all_later(steps, after) for after in direct))


def test_counting_orders_is_right_on_orders_one_can_count_by_hand():
    assert right_orders(list("abc"), []) == 6 and right_orders(list("abc"), [("a", "b"), ("b", "c")]) == 1
    assert right_orders(list("abcd"), [("a", "b"), ("c", "d")]) == 6
    assert right_orders(list("ab"), [("a", "b"), ("b", "a")]) == 0


def test_the_order_can_be_kept_and_many_boards_keep_it(artefacts, steps):
    assert len(artefacts) == 12 and {name for step in steps for name in step} == set(artefacts.index)
    assert right_orders(list(artefacts.index), steps) >= 20


def test_no_step_follows_from_the_others(steps):
    for step in steps:
        others = [other for other in steps if other != step]
        assert step[1] not in all_later(others, step[0]), step


def test_every_step_can_be_read_in_the_later_artefact(artefacts, steps):
    """Its text names what must be there: by the artefact's name, or its main word."""
    said = {"sketches": "sketch"}
    for before, after in steps:
        name = artefacts.loc[before, "name"]
        text = artefacts.loc[after, "what_it_is"].lower()
        assert said.get(name, name) in text, (name, after)


def test_stages_never_go_backwards_along_the_order(artefacts, steps):
    place = artefacts["stage"].map(STAGES.index)
    assert all(place[before] <= place[after] for before, after in steps)
    assert set(artefacts["stage"]) == set(STAGES)


def test_the_numbers_of_the_artefacts_say_nothing_about_their_order(artefacts, steps):
    place = {name: number for number, name in enumerate(artefacts.index)}
    forward = sum(place[before] < place[after] for before, after in steps)
    assert 0.25 * len(steps) <= forward <= 0.75 * len(steps)


def test_whoever_makes_an_artefact_has_a_part_in_its_stage(artefacts):
    board = load_roles_and_stages().dropna(subset="part")
    parts = set(zip(board["stage"], board["role"], strict=True))
    assert set(zip(artefacts["stage"], artefacts["made_by"], strict=True)) <= parts


def test_an_artefact_is_handed_to_another_role_which_makes_a_later_one(artefacts, steps):
    assert (artefacts["made_by"] != artefacts["handed_to"]).all()
    for name, row in artefacts.iterrows():
        later = all_later(steps, name)
        assert not later or row["handed_to"] in set(artefacts.loc[sorted(later), "made_by"]), name


def test_card_of_the_artefacts_tells_their_numbers(artefacts, steps):
    ends = sorted(set(artefacts.index) - {before for before, _ in steps})
    assert numbers("artefacts") == {
        "rows": len(artefacts),
        "steps": len(steps),
        "right_orders": right_orders(list(artefacts.index), steps),
        "first": sorted(set(artefacts.index) - {after for _, after in steps}),
        "last": ends,
        "stages": artefacts["stage"].value_counts()[STAGES].to_dict(),
    }


# Incidents


def test_each_log_has_seven_to_ten_lines_in_the_order_of_time(incidents):
    for _, lines in incidents.groupby("incident"):
        assert 7 <= len(lines) <= 10 and list(lines["line"]) == list(range(1, len(lines) + 1))
        assert lines["at"].is_monotonic_increasing and lines["at"].is_unique
    assert incidents["incident"].nunique() == 4 and (incidents["at"].dt.year == 2025).all()


def test_a_log_read_on_a_day_ends_on_that_day(incidents):
    known = load_incidents(as_of="2025-10-02")
    assert known["at"].max() == pd.Timestamp(2025, 10, 2, 11) and len(known) < len(incidents)


def test_the_line_that_shows_it_names_both_sides_of_the_hand_off(incidents, incidents_key):
    for name, right in incidents_key.iterrows():
        lines = incidents[incidents["incident"] == name].set_index("line")
        shown = lines.loc[right["line"]]
        other = ({right["handoff_from"], right["handoff_to"]} - {shown["who"]}).pop()
        assert shown["who"] in (right["handoff_from"], right["handoff_to"])
        assert other.split()[-1] in shown["what"], name
        naming = [line for line, row in lines.iterrows() if other.split()[-1] in row["what"]]
        assert naming == [right["line"]], name


def test_the_line_is_neither_the_first_nor_the_last_and_not_always_the_same(incidents, incidents_key):
    last = incidents.groupby("incident")["line"].max()
    assert (incidents_key["line"] > 1).all() and (incidents_key["line"] < last[incidents_key.index] - 2).all()
    assert incidents_key["line"].is_unique


def test_four_of_eight_monitors_were_missing_each_once(incidents_key):
    fields = {field["name"]: field for field in describe_table("incidents_key")["schema"]["fields"]}
    offered = fields["missing_monitor"]["constraints"]["enum"]
    assert len(offered) == 8 and incidents_key["missing_monitor"].is_unique
    assert offered == numbers("incidents")["monitors"] and len(incidents_key) == 4


def test_the_rival_s_day_is_the_one_that_the_other_tables_know(incidents):
    day = incidents.loc[incidents["what"].str.contains(r"\brival"), "at"].dt.strftime("%A %Y-%m-%d")
    assert list(day) == ["Monday 2025-05-19"]


def test_what_the_third_log_says_of_late_bags_can_be_counted_in_the_deliveries():
    """About as many after the promised minute, less than half of them ten minutes after it."""
    orders = load_deliveries()
    months = dict(list(orders.groupby(orders["placed_at"].dt.strftime("%Y-%m"))))
    march, may = months["2025-03"], months["2025-05"]
    error = (march["late"].var() / len(march) + may["late"].var() / len(may)) ** 0.5
    assert abs(may["late"].mean() - march["late"].mean()) < 3 * error
    ten_after = may["minutes_to_arrival"] - may["promised_minutes"] >= 10
    assert ten_after.mean() < 0.5 * march["late"].mean()


def test_card_of_the_incidents_tells_their_numbers(incidents):
    told = numbers("incidents")
    assert told.pop("monitors")
    assert told == {"rows": len(incidents), "lines": incidents.groupby("incident").size().to_dict()}
