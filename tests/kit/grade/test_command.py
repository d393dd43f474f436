"""What a trainer reads in the end, and which notes are still news in the next run."""

import pytest

from hindcast.kit.grade.command import _say
from hindcast.kit.grade.grader import Assignment
from hindcast.kit.grade.notes import Note
from hindcast.kit.grade.plan import _dealt_with
from hindcast.kit.grade.repair import Asked
from hindcast.kit.grade.run import Summary

TEST = Asked("a_test", "code", "", "", grade=True, solution=False, task=False, locked=True, points=1.0)
ANSWER = Asked("a", "code", "", "", grade=False, solution=True, task=False, locked=False, points=None)
ASSIGNMENT = Assignment("unit", {}, {"workbook": [ANSWER, TEST]}, {})


def test_a_hand_in_that_needs_a_person_has_one_line(capsys):
    summary = Summary("unit", graded=3)
    summary.add("ana", [Note("workbook", "a", "First.", True), Note("workbook", "a_test", "Second.", True)])
    summary.add("ben", [Note("", "", "Nothing there.", True)])
    summary.add("cem", [Note("workbook", "a", "Only told.")])
    _say(summary)
    first, second, last = capsys.readouterr().out.splitlines()
    assert first == "ana (workbook a): First. And 1 more: the feedback page has them."
    assert second == "ben: Nothing there."
    assert last.startswith("unit: 3 graded, 0 unchanged, 2 need a person.")


@pytest.mark.parametrize(
    ("note", "waits", "dealt_with"),
    [
        (Note("workbook", "a_test", "It was not run.", True), True, False),
        (Note("workbook", "a_test", "It was not run.", True), False, True),
        (Note("workbook", "a_test", "A warning."), False, False),
        (Note("workbook", "a", "The cell was stopped.", True), False, False),
        (Note("", "", "A link.", True), False, False),
    ],
)
def test_a_note_on_a_test_is_news_until_a_person_has_graded_it(note, waits, dealt_with):
    assert _dealt_with([note], ASSIGNMENT, waits) is dealt_with
