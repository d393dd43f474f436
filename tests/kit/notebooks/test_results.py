import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hindcast.check import REPLY_MIME, RESULT_MIME, Award
from hindcast.kit.notebooks.results import Fault, noticed_in, result_in, results_of, shown_as


def result(exercise, status="scored", points=0.0, **more):
    data = {"exercise": exercise, "status": status, "points": points, "of": 2.0, "mistakes": [], **more}
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


def test_the_result_of_a_check_is_read_field_by_field():
    data = {
        "mistakes": ["count_is_rate", "accuracy_is_enough"],
        "awards": [{"for_what": "the number", "earned": 0.5, "of": 2}],
        "replies": ["accuracy_is_enough"],
        "why": ["It is three: two and one."],
    }
    shown = result_in("thing", [result("thing", points=0.5, **data)])
    assert shown.awards == (Award("the number", 0.5, 2.0),)
    assert (shown.replies, shown.why) == (("accuracy_is_enough",), ("It is three: two and one.",))
    assert shown.fault is None


def test_the_fault_of_an_answer_that_is_not_ready_is_two_fields():
    data = {"what": "Not attempted yet.", "do_next": "Fill in the answer cell."}
    shown = result_in("thing", [result("thing", "not attempted", fault=data)])
    assert shown.fault == Fault("Not attempted yet.", "Fill in the answer cell.")
    assert str(shown.fault) == "Not attempted yet. Fill in the answer cell."
    assert str(Fault("Still to be filled in.", "")) == "Still to be filled in."


def test_a_record_of_an_older_version_has_points_and_mistakes_which_were_all_replied_to():
    shown = shown_as("thing", {"status": "scored", "points": 1, "of": 2, "mistakes": ["count_is_rate"]})
    assert (shown.points, shown.mistakes, shown.replies) == (1.0, ("count_is_rate",), ("count_is_rate",))
    assert (shown.awards, shown.why, shown.fault) == ((), (), None)


def test_mistakes_that_were_noticed_are_read_from_records_of_their_own():
    def noticed(data):
        return new_output("display_data", {"text/plain": "Look again.", REPLY_MIME: data})

    outputs = [
        noticed({"mistakes": ["a"]}),
        noticed({"mistakes": 3}),
        noticed("b"),
        noticed({"mistakes": ["c"]}),
    ]
    assert noticed_in(outputs) == ["a", "c"]
    assert noticed_in([noticed({"mistakes": ["a"] * 20})] * 9) == ["a"] * 20


AWARD = {"for_what": "the number", "earned": 1.0, "of": 2.0}
GOOD = {
    "status": "scored",
    "points": 1.0,
    "of": 2.0,
    "mistakes": ["count_is_rate"],
    "awards": [AWARD],
    "replies": [],
    "why": ["It is three."],
    "fault": {"what": "x.", "do_next": ""},
}


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
        {"replies": "count_is_rate"},
        {"replies": ["x"] * 1000},
        {"awards": AWARD},
        {"awards": [AWARD] * 1000},
        {"awards": ["the number"]},
        {"awards": [{"for_what": "the number"}]},
        {"awards": [AWARD | {"for_what": "x" * 10_000}]},
        {"awards": [AWARD | {"earned": float("nan")}]},
        {"awards": [AWARD | {"of": None}]},
        {"why": "It is three."},
        {"why": [3]},
        {"why": ["x" * 10_000]},
        {"why": ["x"] * 1000},
        {"fault": "x."},
        {"fault": {"what": "x."}},
        {"fault": {"what": 3, "do_next": ""}},
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
