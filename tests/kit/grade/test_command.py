"""The summary that a trainer reads, and which notes the next run shows again."""

import pytest

from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.grade.command import print_grade_summary
from hindcast.kit.grade.plan import _seen_by_a_person
from hindcast.kit.grade.summary import GradeSummary
from hindcast.kit.handin.record import GraderNote
from hindcast.kit.handin.repair import AskedCell

TEST = AskedCell("a_test", "code", "", "", grade=True, solution=False, task=False, locked=True, points=1.0)
ANSWER = AskedCell("a", "code", "", "", grade=False, solution=True, task=False, locked=False, points=None)
TEXT = AskedCell("b", "markdown", "", "", grade=True, solution=True, task=False, locked=False, points=1.0)
ASSIGNMENT = Assignment("unit", {}, {"workbook": [ANSWER, TEST, TEXT]}, {})


def test_a_hand_in_that_needs_a_person_has_one_line(capsys):
    summary = GradeSummary("unit", graded=3)
    summary.add_notes(
        "ana",
        [GraderNote("workbook", "a", "First.", True), GraderNote("workbook", "a_test", "Second.", True)],
    )
    summary.add_notes("ben", [GraderNote("", "", "Nothing there.", True)])
    summary.add_notes("cem", [GraderNote("workbook", "a", "Only told.")])
    print_grade_summary(summary)
    first, second, last = capsys.readouterr().out.splitlines()
    assert first == "ana (workbook a): First. And 1 more: the feedback page has them."
    assert second == "ben: Nothing there."
    assert last.startswith("unit: 3 graded, 0 unchanged, 2 need a person.")


@pytest.mark.parametrize(("many", "said"), [(1, "1 free text waits"), (12, "12 free texts wait")])
def test_free_texts_that_wait_are_no_hand_ins_that_need_a_person(many, said, capsys):
    print_grade_summary(GradeSummary("unit", graded=3, free_texts=many))
    counted, last = capsys.readouterr().out.splitlines()
    assert "3 graded, 0 unchanged, 0 need a person." in counted
    assert last == f"{said} for you in the formgrader."


NOT_RUN = GraderNote("workbook", "a_test", "It was not run.", True)


@pytest.mark.parametrize(
    ("note", "waits", "dealt_with"),
    [
        (NOT_RUN, {"a_test"}, False),
        (NOT_RUN, {"a_test", "b"}, False),
        (NOT_RUN, {"b"}, True),
        (NOT_RUN, set(), True),
        (GraderNote("workbook", "a_test", "A warning."), set(), False),
        (GraderNote("workbook", "a", "The cell was stopped.", True), set(), False),
        (GraderNote("workbook", "b", "The answer cell is missing.", True), set(), False),
        (GraderNote("", "", "A link.", True), set(), False),
    ],
)
def test_a_note_on_a_test_is_news_until_a_person_has_graded_it(note, waits, dealt_with):
    assert _seen_by_a_person([note], ASSIGNMENT, {("workbook", cell) for cell in waits}) is dealt_with
