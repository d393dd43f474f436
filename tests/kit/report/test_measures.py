"""The numbers of the report, compared with a library or with results worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.report.measures import (
    Spread,
    answered_by,
    correlation,
    discriminations,
    exercise_counts,
    expected_notebooks,
    hand_in_rows,
    mistake_counts,
    recognised,
    spread,
)

NOON = pd.Timestamp("2026-05-04 12:00", tz="UTC")
NOTEBOOKS = ["learner", "unit", "notebook", "points", "of", "penalty", "handed_in", "late", "graded"]
ANSWERS = [
    "learner",
    "unit",
    "notebook",
    "exercise",
    "points",
    "of",
    "waits",
    "by_hand",
    "status",
    "mistakes",
]


def tables(notebooks=(), answers=(), learners=("ana", "bo"), tracks=("workbook", "workbook and bench")):
    people = [(one, one, "", "other", track) for one, track in zip(learners, tracks, strict=True)]
    exercises = [("u", "workbook", "a", 2.0), ("u", "workbook", "b", 4.0), ("u", "bench", "c", 3.0)]
    return Tables(
        learners=pd.DataFrame(people, columns=["id", "name", "email", "role", "track"]),
        units=pd.DataFrame({"unit": ["u"], "due": [NOON]}),
        exercises=pd.DataFrame(exercises, columns=["unit", "notebook", "exercise", "of"]),
        notebooks=pd.DataFrame(notebooks, columns=NOTEBOOKS),
        answers=pd.DataFrame(answers, columns=ANSWERS),
    )


def row(learner, notebook="workbook", points=3.0, of=6.0, penalty=0.0, late=False, graded=True):
    return (learner, "u", notebook, points, of, penalty, NOON, late, graded)


def answer(
    learner, exercise="a", points=2.0, of=2.0, status="scored", mistakes=(), waits=False, by_hand=False
):
    return (learner, "u", "workbook", exercise, points, of, waits, by_hand, status, mistakes)


def of_learner(rows, learner):
    return rows.set_index("learner").loc[learner]


def test_the_bench_is_expected_only_of_those_who_have_it_in_their_track():
    wanted = expected_notebooks(tables())
    assert set(wanted.itertuples(index=False, name=None)) == {
        ("ana", "u", "workbook"),
        ("bo", "u", "workbook"),
        ("bo", "u", "bench"),
    }


def test_a_hand_in_adds_its_notebooks_and_names_those_that_are_missing():
    rows = hand_in_rows(tables([row("ana"), row("bo"), row("ana", "bench", 1.0, 3.0)]))
    ana, bo = of_learner(rows, "ana"), of_learner(rows, "bo")
    assert (ana.points, ana.of, ana.missing) == (4.0, 9.0, ())
    assert (bo.points, bo.of, bo.share, bo.missing) == (3.0, 6.0, 0.5, ("bench",))


def test_a_penalty_is_taken_off_and_never_below_zero():
    rows = hand_in_rows(tables([row("ana", penalty=1.0, late=True), row("bo", points=1.0, penalty=5.0)]))
    assert list(rows["points"]) == [2.0, 0.0]
    assert list(rows["late"]) == [True, False]


def test_who_handed_in_nothing_has_a_row_without_points():
    ana = of_learner(hand_in_rows(tables([row("bo")])), "ana")
    assert (ana.handed_in, ana.late, ana.waits, ana.missing) == (False, False, False, ("workbook",))
    assert np.isnan(ana.points) and np.isnan(ana.share)


def test_what_is_not_graded_waits_but_not_a_file_of_another_name_beside_a_graded_one():
    nan = float("nan")
    waiting = [
        row("ana", points=nan, of=nan, graded=False),
        row("bo"),
        row("bo", "workbook (1)", nan, nan, graded=False),
    ]
    rows = hand_in_rows(tables(waiting))
    assert (of_learner(rows, "ana").waits, of_learner(rows, "bo").waits) == (True, False)
    assert np.isnan(of_learner(rows, "ana").points)
    only_odd = [row("bo", "mine", nan, nan, graded=False)]
    assert of_learner(hand_in_rows(tables(only_odd)), "bo").waits


def test_nothing_handed_in_and_nobody_enrolled_are_tables_too():
    rows = hand_in_rows(tables())
    assert list(rows["handed_in"]) == [False, False]
    assert hand_in_rows(tables(learners=(), tracks=())).empty
    assert exercise_counts(tables())["people"].sum() == 0
    assert discriminations(tables().answers) == {} and answered_by(tables().answers) == {}
    assert mistake_counts(tables().answers).empty


def test_a_spread_has_the_quartiles_of_numpy_and_bands_that_count_everybody():
    shares = pd.Series([0.0, 1 / 3, 0.5, 2 / 3, 0.9, 1.0, np.nan])
    found = spread(shares)
    assert (found.people, found.low, found.middle, found.high) == (6, 1, 2, 3)
    known = shares.dropna()
    assert (found.lower, found.median, found.upper) == pytest.approx(
        tuple(np.quantile(known, [0.25, 0.5, 0.75]))
    )


def test_a_third_of_rounded_points_is_a_third():
    assert spread(pd.Series([1.3333 / 4, (0.1 + 0.2) / 0.9])).low == 0
    assert spread(pd.Series([2.6666 / 4])).high == 1
    assert spread(pd.Series([0.33])).low == 1 and spread(pd.Series([0.66])).high == 0


@pytest.mark.parametrize(
    ("shares", "median"), [([], None), ([np.nan], None), ([0.4], 0.4), ([1.0, 1.0], 1.0)]
)
def test_a_spread_of_nobody_of_one_and_of_equals(shares, median):
    found = spread(pd.Series(shares, dtype=float))
    assert found.median == found.lower == found.upper == median
    assert found.people == len([share for share in shares if share == share])
    assert isinstance(found, Spread)


def test_an_exercise_counts_each_person_once_in_one_outcome():
    answers = [
        answer("1"),
        answer("2", points=1.0),
        answer("3", points=0.0, status="not attempted"),
        answer("4", points=0.0, status="incomplete"),
        answer("5", points=0.0, status="badly formed"),
        answer("6", points=0.0, status="", waits=True),
        answer("7", points=2.0, status="not attempted", by_hand=True),
        answer("8", points=2.0, status=""),
    ]
    counts = exercise_counts(tables(answers=answers)).iloc[0]
    assert (counts.people, counts.answered, counts.every, counts.points) == (8, 4, 3, 7.0)
    assert (counts.blank, counts.incomplete, counts.badly_formed, counts.waits) == (1, 1, 1, 1)


def test_an_exercise_that_nobody_has_is_counted_as_zero():
    counts = exercise_counts(tables(answers=[answer("1")])).set_index("exercise")
    assert counts.loc["c", ["people", "answered", "every", "points"]].tolist() == [0, 0, 0, 0.0]


def many(points_a, points_b, **more):
    return [
        one
        for n, (a, b) in enumerate(zip(points_a, points_b, strict=True))
        for one in (answer(str(n), "a", a, **more), answer(str(n), "b", b, of=4.0))
    ]


def test_discrimination_is_scipys_correlation_with_the_rest():
    pick = np.random.default_rng(6)
    a, b, c = (pick.integers(0, 5, 30).astype(float) for _ in range(3))
    answers = many(a, b) + [answer(str(n), "c", points) for n, points in enumerate(c)]
    found = discriminations(pd.DataFrame(answers, columns=ANSWERS))
    for name, own, rest in (("a", a, b + c), ("b", b, a + c), ("c", c, a + b)):
        assert found["u", "workbook", name] == pytest.approx(stats.pearsonr(own, rest).statistic)


def test_discrimination_leaves_out_who_did_not_answer():
    answers = [
        *many([*range(10)], [*range(10)]),
        answer("x", "a", 0.0, status="not attempted"),
        answer("x", "b", 100.0),
    ]
    found = discriminations(pd.DataFrame(answers, columns=ANSWERS))
    assert found["u", "workbook", "a"] == pytest.approx(1.0)
    assert found["u", "workbook", "b"] < 0.5


def test_discrimination_says_nothing_of_nine_people_of_equals_or_of_one_exercise():
    nine = pd.DataFrame(many([*range(9)], [*range(9)]), columns=ANSWERS)
    assert discriminations(nine) == {}
    equals = pd.DataFrame(many([2.0] * 12, [*range(12)]), columns=ANSWERS)
    assert discriminations(equals) == {}
    alone = pd.DataFrame([answer(str(n), "a", float(n)) for n in range(12)], columns=ANSWERS)
    assert discriminations(alone) == {}


def test_a_correlation_of_what_does_not_vary_is_none_also_within_rounding():
    assert correlation(pd.Series([0.1 + 0.2, 0.3, 0.3]), pd.Series([1.0, 2.0, 3.0])) is None
    assert correlation(pd.Series([1.0, 2.0, 3.0]), pd.Series([3.0, 2.0, 1.0])) == pytest.approx(-1.0)
    assert correlation(pd.Series(dtype=float), pd.Series(dtype=float)) is None


def test_a_mistake_is_counted_once_a_person_and_exercise():
    answers = [
        answer("1", mistakes=("x", "x", "y")),
        answer("2", mistakes=("x",)),
        answer("1", "b", mistakes=("x",)),
    ]
    counts = mistake_counts(pd.DataFrame(answers, columns=ANSWERS))
    assert list(counts[["mistake", "exercise", "people"]].itertuples(index=False, name=None)) == [
        ("x", "a", 2),
        ("x", "b", 1),
        ("y", "a", 1),
    ]
    assert len(recognised(pd.DataFrame(answers, columns=ANSWERS))) == 4


def test_who_answered_is_known_by_exercise():
    rows = pd.DataFrame([answer("1"), answer("2", status="incomplete"), answer("1", "b")], columns=ANSWERS)
    assert answered_by(rows) == {("u", "workbook", "a"): {"1"}, ("u", "workbook", "b"): {"1"}}
