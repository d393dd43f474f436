"""Rules on exercises that misfire, on people who need help, and on the plan, around each threshold."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hindcast.kit.report.advice import (
    SILENT,
    STUCK,
    NeedsHelp,
    next_steps,
    plan_class,
    unit_to_follow,
    who_needs_help,
)
from hindcast.kit.report.course_index import CourseIndex
from hindcast.kit.report.exercises import ExerciseRow, findings
from hindcast.kit.report.handed_in import OTHERS, UnitRow, names_of_large_groups
from hindcast.kit.report.room_misconceptions import MistakeInExercise, RoomMisconception

COURSE = CourseIndex(Path())
EXERCISE = ExerciseRow("u", "workbook", "a", "The task", "a.ipynb", 4.0, 20, 20, 10, 20, 0.6, 0.4, 0, 0, 0, 0)
UNIT = UnitRow("u", "Unit u", "", 30, 22, 0, 0, 20, 0)
WHERE = MistakeInExercise("u", "workbook", "a", "The task", 6, 20, "a.ipynb")
BELIEF = RoomMisconception(
    "count_is_rate", 7, 21, "a count is a rate.", "", "the group's size.", "lesson 2", "", (WHERE,), ()
)


def found(**changes):
    return [what for what, _ in findings(replace(EXERCISE, **changes))]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, []),
        ({"every": 19}, ["too easy"]),
        ({"every": 18}, []),
        ({"every": 2, "share": 0.33}, ["too hard"]),
        ({"every": 3, "share": 0.33}, []),
        ({"every": 0, "share": 0.34}, []),
        ({"blank": 4, "incomplete": 3}, ["often left"]),
        ({"blank": 4, "incomplete": 2}, []),
        ({"badly_formed": 4}, ["the form misleads"]),
        ({"badly_formed": 3}, []),
        ({"discrimination": -0.1}, ["turned round"]),
        ({"discrimination": -0.09}, []),
        ({"discrimination": None}, []),
        ({"people": 9, "blank": 9, "badly_formed": 9, "every_of": 9, "every": 9}, []),
        ({"people": 10, "blank": 10, "every_of": 0, "every": 0, "share": None}, ["often left"]),
    ],
)
def test_an_exercise_misfires_from_its_threshold_on(changes, what):
    assert found(**changes) == what


def test_a_discrimination_that_chance_may_bring_says_so():
    (few,) = findings(replace(EXERCISE, discrimination=-0.3, every_of=20))
    (more,) = findings(replace(EXERCISE, discrimination=-0.3, every_of=60))
    assert few[1] == more[1] + " With so few people it may be chance."


# --- people ---------------------------------------------------------------------------------------


def rows(*records):
    columns = ["learner", "unit", "handed_in", "points", "of", "share"]
    return pd.DataFrame(records, columns=columns)


def handed(learner, unit="u", points=6.0, of=10.0):
    return (learner, unit, True, points, of, points / of)


def nothing(learner, unit="u"):
    return (learner, unit, False, None, None, None)


def help_for(handed_in, answers=()):
    columns = ["learner", "unit", "waits", "by_hand", "status"]
    named = {"a": "Ana"}
    answers = pd.DataFrame(answers, columns=columns)
    return [(one.name, one.how) for one in who_needs_help(rows(*handed_in), answers, named, COURSE)]


def test_silent_is_who_has_not_handed_in_what_more_than_half_of_the_others_have():
    assert help_for([nothing("a"), handed("b"), handed("c"), nothing("d")]) == [
        ("Ana", SILENT),
        ("d", SILENT),
    ]
    assert help_for([nothing("a"), handed("b"), nothing("c")]) == []
    assert help_for([nothing("a")]) == [] and help_for([]) == []


def test_stuck_is_under_a_third_in_two_units_or_in_the_only_one():
    low = [handed("a", "u", 3.0), handed("b", "u", 4.0)]
    assert help_for(low) == [("Ana", STUCK)]
    assert help_for([*low, handed("a", "v", 9.0), handed("b", "v", 9.0)]) == []
    assert help_for([*low, handed("a", "v", 0.0), handed("b", "v", 9.0)]) == [("Ana", STUCK)]


def test_stuck_is_half_of_a_hand_in_left_and_comes_before_silent():
    told = [
        ("b", "u", False, False, status) for status in ("scored", "not attempted", "incomplete", "scored")
    ]
    others = [("c", "u", False, False, status) for status in ("scored", "not attempted", "badly formed")]
    assert help_for([nothing("a"), handed("b"), handed("c")], told + others) == [
        ("b", STUCK),
        ("Ana", SILENT),
    ]
    assert help_for([handed("b")], told[1:2]) == []  # one left of one
    points_by_hand = [(*one[:3], True, one[4]) for one in told]
    assert help_for([handed("b")], points_by_hand) == []


# --- the plan -------------------------------------------------------------------------------------

HELP = [NeedsHelp(f"p{n}", f"Person {n}", STUCK, ("why",), "do") for n in range(7)]


def test_a_plan_has_a_belief_an_exercise_and_people_with_minutes_and_counts():
    made = plan_class([UNIT], [BELIEF], [replace(EXERCISE, blank=5)], HELP[:2], {("u", "workbook", "a"): 8})
    belief, exercise, people = made.things
    assert [thing.minutes for thing in made.things] == [15, 8, 6] and made.minutes == 29
    assert belief.reason == "6 of 20 who answered “The task” gave an answer that says so."
    assert exercise.reason == "5 of 20 who handed it in left it blank, unfinished or badly formed."
    assert people.what == "Sit with Person 0, Person 1 while the others work"


def test_without_blanks_the_hardest_exercise_is_done_and_without_a_heading_in_ten_minutes():
    easier = replace(EXERCISE, exercise="b", title="Easier", share=0.7, blank=3)
    (thing,) = plan_class([UNIT], [], [easier, EXERCISE], [], {}).things
    assert (thing.minutes, thing.what) == (10, "Do “The task” together")
    assert thing.reason.startswith("10 of 20 who answered have every point; together they earned 60%")
    assert plan_class([UNIT], [], [replace(EXERCISE, share=0.81)], [], {}).things == ()


def test_what_few_people_met_is_no_exercise_for_everyone():
    bench = replace(EXERCISE, exercise="b", title="Bench", share=0.1, people=9, answered=9, blank=2)
    (thing,) = plan_class([UNIT], [], [EXERCISE, bench], [], {}).things
    assert thing.what == "Do “The task” together"


def test_further_beliefs_fill_the_plan_and_one_persons_mistake_does_not():
    others = [replace(BELIEF, mistake=f"m{n}", believed=f"m{n}.") for n in range(5)]
    assert len(plan_class([UNIT], others, [], [], {}).things) == 3
    alone = replace(BELIEF, people=1, where=(replace(WHERE, people=1),))
    elsewhere = replace(BELIEF, where=(replace(WHERE, unit="v"),))
    one_each = replace(BELIEF, where=(replace(WHERE, people=1), replace(WHERE, exercise="b", people=1)))
    made = plan_class([UNIT], [alone, elsewhere, one_each], [], [], {})
    assert made.things == () and "The data give nothing" in made.note


def test_with_little_data_the_plan_says_so_and_has_one_thing():
    made = plan_class([replace(UNIT, graded=4)], [BELIEF], [EXERCISE], HELP, {})
    assert len(made.things) == 1 and "4 people with points: too few" in made.note
    nobody = plan_class([replace(UNIT, graded=0)], [], [], [], {})
    assert nobody.things == () and "Nothing is graded yet" in nobody.note
    assert plan_class([], [], [], [], {}).things == ()


def test_many_people_have_fifteen_minutes_together():
    (thing,) = plan_class([UNIT], [], [], HELP, {}).things
    assert thing.minutes == 15 and "Person 4 while" in thing.what and "Person 5" not in thing.what
    (asked,) = plan_class([UNIT], [], [], [replace(HELP[0], how=SILENT)], {}).things
    assert asked.minutes == 3 and asked.reason.startswith("One person handed in nothing")


def test_the_plan_follows_the_latest_unit_that_enough_people_have():
    later = replace(UNIT, unit="v", label="Unit v", graded=10)
    assert unit_to_follow([UNIT, later]).unit == "v"
    assert unit_to_follow([UNIT, replace(later, graded=9)]).unit == "u"
    assert unit_to_follow([]) is None


def test_what_waits_is_said_with_its_command():
    waiting = replace(UNIT, waits=3, free_texts=1)
    graded, texts, unreadable = next_steps("spring", [waiting], [("ana", "u")], COURSE)
    assert graded == "Unit u: 2 hand-ins wait to be graded: `hindcast grade u --cohort spring`."
    assert "1 free text waits for you" in texts and "nothing of what ana handed in" in unreadable
    (first,) = next_steps("spring", [replace(UNIT, handed_in=0)], [], COURSE)
    assert "hindcast collect PATH --cohort spring" in first


# --- groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"a": 5, "b": 3}, {"a": "a", "b": "b"}),
        ({"a": 5, "b": 2, "c": 1}, {"a": "a", "b": OTHERS, "c": OTHERS}),
        ({"a": 5, "b": 4, "c": 1}, {"a": "a", "b": OTHERS, "c": OTHERS}),
        ({"a": 5, "b": 1}, {"a": OTHERS, "b": OTHERS}),
        ({}, {}),
    ],
)
def test_no_small_group_can_be_worked_out_from_the_others(sizes, shown):
    assert names_of_large_groups(sizes, 3) == shown
    assert names_of_large_groups(sizes, 1) == {name: name for name in sizes}
