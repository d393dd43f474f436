import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hindcast.check import RESULT_MIME
from hindcast.kit.notebooks.results import results_of, shown_as


def result(exercise, status="scored", points=0.0, mistakes=()):
    data = {"exercise": exercise, "status": status, "points": points, "of": 2.0, "mistakes": list(mistakes)}
    return new_output("display_data", {"text/plain": f"shown for {exercise}", RESULT_MIME: data})


def graded(exercise, *outputs):
    record = {"grade": True, "grade_id": f"{exercise}_test", "points": 2, "solution": False, "locked": True}
    return new_code_cell("check", metadata={"nbgrader": record}, outputs=list(outputs))


def test_a_result_is_read_with_everything_the_learner_saw():
    raised = new_output("error", ename="NotReady", evalue="Still to be filled in.", traceback=[])
    (shown,) = results_of(
        new_notebook(cells=[graded("thing", result("thing", "incomplete"), raised)])
    ).values()
    assert (shown.exercise, shown.status, shown.of) == ("thing", "incomplete", 2.0)
    assert shown.text == "shown for thing\nStill to be filled in."


def test_a_result_that_a_learner_displays_elsewhere_counts_for_nothing():
    forged = new_code_cell("display", outputs=[result("thing", points=2.0)])
    assert results_of(new_notebook(cells=[forged, graded("thing")])) == {}


def test_of_several_results_in_a_test_cell_the_last_counts():
    cell = graded("thing", result("thing", points=2.0), result("thing", points=1.0))
    assert results_of(new_notebook(cells=[cell]))["thing"].points == 1.0


GOOD = {"status": "scored", "points": 1.0, "of": 2.0, "mistakes": ["count_is_rate"]}


@pytest.mark.parametrize(
    "change",
    [
        {"points": "many"},
        {"points": float("nan")},
        {"of": None},
        {"of": float("inf")},
        {"status": ["scored"]},
        {"status": "x" * 1000},
        {"mistakes": "count_is_rate"},
        {"mistakes": [1]},
        {"mistakes": ["x" * 1000]},
        {"mistakes": ["x"] * 1000},
    ],
)
def test_data_of_another_shape_are_no_result(change):
    assert shown_as("thing", GOOD) is not None
    assert shown_as("thing", GOOD | change) is None


@pytest.mark.parametrize("data", [None, [], "scored", {}, 3])
def test_what_is_no_record_is_no_result(data):
    assert shown_as("thing", data) is None


def test_a_result_and_its_data_are_the_same():
    shown = shown_as("thing", GOOD)
    assert shown_as("thing", shown.as_data) == shown
