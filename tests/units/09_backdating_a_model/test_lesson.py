"""Statements of lesson 09 about its figures and tables, compared with the tables."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from hindcast.replay import review
from hindcast.units.backdating_a_model import lesson

LESSON = Path(__file__).parents[3] / "solutions" / "09_backdating_a_model" / "lesson.ipynb"
MAY_12 = pd.Timestamp(2025, 5, 12)


@cache
def cells():
    return nbformat.read(LESSON, as_version=4).cells


@pytest.fixture(scope="module")
def names():
    """The names of the lesson after its cells have run."""
    made = {"display": lambda *_: None}
    for cell in cells():
        if cell.cell_type == "code":
            exec(cell.source, made)
    return made


def shown(name):
    """What a cell shows, as text."""
    cell = next(cell for cell in cells() if cell.id == name)
    return "\n".join(output.data["text/plain"] for output in cell.outputs if "data" in output)


def test_the_orders_fall_by_about_a_sixth_on_the_day_the_lesson_asks_for(names):
    orders = names["town"].set_index("day")["orders"]
    before, after = orders["2025-04-21":"2025-05-18"].mean(), orders["2025-05-19":"2025-06-15"].mean()
    assert 1 / 7 < 1 - after / before < 1 / 5
    assert names["first"] == MAY_12  # the first of the row predicts the 19th


def test_the_honest_replay_is_better_than_todays_way_and_the_offered_one_flatters_in_the_fortnight(names):
    off, fortnight = names["off"], names["fortnight"]
    assert len(fortnight) == 14
    assert off("flattering") * 1.2 < off("honest") < off("baseline") / 1.2
    assert off("flattering", fortnight) * 2 < off("honest", fortnight)
    # "too many a day": all errors of the fortnight have one sign
    assert (fortnight["honest"] > fortnight["came"]).all()


def test_the_review_of_either_replay_accuses_nobody_and_says_that_inputs_are_not_checked(names):
    for replayed in (names["honest"], names["flattering"]):
        found = review(replayed, unit="orders")
        assert len(found.checks) == 3
        assert found.checks["against"].eq(0).all()
        assert any("Whether each input was known at its origin" in line for line in found.not_checked)
    assert "19 May 2025" in shown("make-a-replay")
    words = str(review(names["flattering"], unit="orders"))
    assert "No change of level is found" in words
    assert "Whether each input was known at its origin" in shown("make-a-replay")


def test_each_of_the_six_ways_ends_with_a_day_after_its_origin():
    ways = shown("six-ways").split("[")[1:]
    assert [way[0] for way in ways] == list("123456")
    for way in ways:
        day = re.search(r"Known on: (\d+ \w+ \d{4})", way)[1]
        assert pd.Timestamp(day) > MAY_12, way


def test_what_was_revised_was_counted_otherwise_on_that_evening(names):
    revised = lesson.revised_most(names["demand"])
    assert revised["day"] < MAY_12 < revised["revised_on"]
    assert revised["orders"] > revised["orders_reported"]


def test_who_was_left_out_was_a_member_on_the_origin(names):
    gone, closed_on = lesson.left_out(names["members"])
    members = names["members"]
    assert gone in set(members.loc[members["month"] == "2025-04-01", "member"])
    assert closed_on > pd.Timestamp(2025, 4, 1)


def test_the_honest_claims_of_the_fourth_check_were_known_on_the_evening(names):
    demand, usual = names["demand"], lesson.counted_once(names["demand"])
    store = demand[demand["store"] == names["store"]].set_index("day")
    assert pd.isna(store.loc[usual.name, "revised_on"])
    assert usual.name + pd.Timedelta(days=1) <= MAY_12
    assert f"used the {store.loc['2025-05-13', 'booked_ahead']} slots" in shown("the-fourth-check-set-up")


def test_setting_five_would_have_been_the_same_in_autumn_as_the_prose_says(names):
    assert names["same_choice"]
    assert "or leave it as it was, as in way 5" in " ".join(
        cell.source.replace("\n", " ") for cell in cells() if cell.cell_type == "markdown"
    )
