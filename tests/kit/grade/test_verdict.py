"""What a test cell is worth, for every way in which it may end."""

import pytest
from nbformat.v4 import new_code_cell, new_output

from hindcast.check import RESULT_MIME
from hindcast.kit.grade.verdict import judge, reads_answers

OURS = "from hindcast import check\nanswer = check.read('thing', points=3)"


def cell(*outputs, source="assert True", points=3, name="thing_test"):
    return new_code_cell(
        source=source, outputs=list(outputs), metadata={"nbgrader": {"grade_id": name, "points": points}}
    )


def value(text):
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)


def shown(points, exercise="thing", of=3):
    return new_output("display_data", data={RESULT_MIME: {"exercise": exercise, "points": points, "of": of}})


def stderr(text="Warning"):
    return new_output("stream", name="stderr", text=text)


def error():
    return new_output("error", ename="AssertionError", evalue="", traceback=[])


@pytest.mark.parametrize(
    ("outputs", "points"),
    [
        ((), 3.0),
        ((value("2"),), 2.0),
        ((value("0.0"),), 0.0),
        ((value("3.0"),), 3.0),
        ((error(),), 0.0),
        ((new_output("stream", name="stdout", text="fine"), value("1.5")), 1.5),
    ],
)
def test_what_nbgrader_scores_fairly_is_scored_as_it_does(outputs, points):
    verdict = judge(cell(*outputs), "ok")
    assert (verdict.points, verdict.reason, verdict.attention) == (points, "", False)


def test_an_error_gives_nothing_and_needs_no_words():
    assert judge(cell(error()), "error").points == 0
    assert judge(cell(), "error").points == 0


@pytest.mark.parametrize("status", ["timeout", "died", "not run"])
def test_a_test_that_did_not_end_gives_zero_with_its_reason(status):
    verdict = judge(cell(value("3")), status, "It was stopped.")
    assert (verdict.points, verdict.reason, verdict.attention) == (0, "It was stopped.", True)
    assert judge(cell(), status).reason == "The test cell was not run."


@pytest.mark.parametrize(
    ("text", "points"), [("nan", 0), ("-1", 0), ("-inf", 0), ("4", 3), ("inf", 3), ("3.0001", 3)]
)
def test_points_out_of_range_are_brought_back_and_reported(text, points):
    verdict = judge(cell(value(text)), "ok")
    assert verdict.points == points
    assert verdict.attention
    assert "points" in verdict.reason


@pytest.mark.parametrize("text", ["'well done'", "np.float64(0.5)", "True", "[1]", ""])
def test_in_another_course_a_value_that_is_no_number_is_full_marks_with_a_notice(text):
    verdict = judge(cell(value(text)), "ok")
    assert verdict.points == 3
    assert verdict.reason
    assert not verdict.attention


def test_a_warning_keeps_the_points_and_is_told():
    verdict = judge(cell(stderr(), value("2")), "ok")
    assert (verdict.points, verdict.attention) == (2, False)
    assert "warning" in verdict.reason
    assert judge(cell(stderr(), value("0")), "ok").reason == ""
    assert judge(cell(stderr(), error()), "error").points == 0


def test_ours_has_to_show_the_result_that_it_ends_with():
    assert reads_answers(OURS)
    assert not reads_answers("assert square(2) == 4")
    good = judge(cell(shown(2.5), value("2.5"), source=OURS), "ok")
    assert (good.points, good.reason) == (2.5, "")


@pytest.mark.parametrize(
    "outputs",
    [
        (),
        (value("3.0"),),
        (shown(3.0),),
        (shown(1.0), value("3.0")),
        (shown(3.0, exercise="other"), value("3.0")),
        (shown(3.0, of=30), value("3.0")),
        (shown(3.0), value("'3.0'")),
        (shown(0.0), value("99.0")),
        (shown(3.0), value("nan")),
        (shown(3.0), value("np.float64(3.0)")),
        (shown(3.0), shown(0.0), value("3.0")),
        (new_output("display_data", data={RESULT_MIME: "3"}), value("3.0")),
    ],
)
def test_ours_without_a_fitting_result_gives_zero_and_needs_a_person(outputs):
    verdict = judge(cell(*outputs, source=OURS), "ok")
    assert verdict.points == 0
    assert verdict.attention
    assert verdict.reason


def test_a_value_held_as_lines_is_read():
    assert judge(cell(value(["1", ".5"])), "ok").points == 1.5
    bare = new_output("execute_result", data={"image/png": ""}, execution_count=1)
    assert judge(cell(bare), "ok").points == 3
