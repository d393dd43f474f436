import pytest

from hindcast.errors import HindcastError
from hindcast.kit import demo
from hindcast.kit.answers import Answer
from hindcast.kit.roster import ROLES, TRACKS, read_roster, write_roster


def answer(exercise, name, kind):
    return Answer("workbook", exercise, name, kind, code=f"{exercise} = {name!r}", points=0.0)


BANK = [
    answer("a", "key", "reference"),
    answer("a", "slip", "mistake"),
    answer("a", "other slip", "mistake"),
    answer("b", "key", "reference"),
    answer("b", "slip", "mistake"),
    answer("c", "key", "reference"),
]


@pytest.mark.parametrize(
    ("hand", "dealt"),
    [
        ([("reference", 0)], {"a": "key", "b": "key", "c": "key"}),
        ([("mistake", 1)], {"a": "other slip", "b": "key", "c": "key"}),
        ([("mistake", 0), ("reference", 0)], {"a": "slip", "b": "key", "c": "key"}),
        ([("reference", 0), ("mistake", -1)], {"a": "key", "b": "slip", "c": "key"}),
    ],
)
def test_a_hand_deals_its_kinds_in_turn_and_the_reference_where_there_is_none(hand, dealt):
    assert demo.deal(BANK, hand) == {exercise: f"{exercise} = {name!r}" for exercise, name in dealt.items()}


def test_the_made_up_learners_have_every_role_and_track_and_a_roster_that_holds(tmp_path):
    write_roster(demo.HANDS, tmp_path / "roster.csv")
    learners = read_roster(tmp_path / "roster.csv")
    assert len(learners) == 6
    assert {learner.role for learner in learners} == set(ROLES)
    assert {learner.track for learner in learners} == set(TRACKS)


def test_a_cohort_that_the_demo_did_not_make_is_never_touched(tiny, monkeypatch):
    monkeypatch.setattr(demo, "UNIT", "01_tiny")
    work = tiny / "grading" / "cohorts" / "demo" / "submitted" / "ana"
    work.mkdir(parents=True)
    with pytest.raises(HindcastError, match=r"a cohort demo that the demo did not make.*Rename that folder"):
        demo.demo(tiny)
    assert work.exists()


def test_a_checkout_without_the_unit_is_told_so(tiny):
    with pytest.raises(HindcastError, match=f"no unit '{demo.UNIT}'"):
        demo.demo(tiny)
