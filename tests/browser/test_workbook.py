"""Workbook 06 in a real browser: answered with the keyboard, and read by nbgrader's Validate."""

import pytest
from lab import REPOSITORY, UNIT

from hindcast.kit.notebooks.answer_banks import graded_cells
from hindcast.kit.notebooks.normalise import read_notebook

pytestmark = pytest.mark.acceptance

ANSWER, SCREEN, TEST = "misleading_month", "the-slide", "misleading_month_test"


@pytest.fixture(scope="module")
def exercises():
    """Exercise -> its test cell, in the order of the released workbook."""
    return graded_cells(read_notebook(REPOSITORY / "course" / UNIT / "workbook.ipynb"))


def listed(dialog, exercises):
    """Exercise -> what the dialog says about it, for those that it lists as failed."""
    boxes = dialog.locator(".jp-RenderedText").all_inner_texts()
    by_title = {cell.source.splitlines()[0]: exercise for exercise, cell in exercises.items()}
    titles = [source.splitlines()[0] for source in boxes[::2]]
    return {by_title[title]: said for title, said in zip(titles, boxes[1::2], strict=True)}


def test_an_untouched_workbook_does_not_validate_and_each_exercise_is_called_not_attempted(opened, exercises):
    dialog = opened("workbook").validate()
    assert dialog.locator(".validation-failed").count() == 1
    assert dialog.get_by_text("The following cell failed").count() == len(exercises)
    said = listed(dialog, exercises)
    assert said.keys() == exercises.keys()
    for sentence in said.values():
        assert sentence.startswith("Not attempted yet.") and "\n" not in sentence


def test_an_answer_redraws_its_screen_is_complete_and_leaves_the_validation_of_the_others(opened, exercises):
    notebook = opened("workbook")
    notebook.select("set-up-run-this-cell")
    notebook.run("set-up-run-this-cell")
    notebook.type_over(
        ANSWER,
        {
            1: '"caught": 12,',
            2: '"missed": 48,',
            3: '"false_alarm": 2,',
            4: '"left_alone": 938,',
            6: 'beside = {"line": "B", "number": 12, "of": 60}',
        },
    )
    notebook.run(ANSWER, SCREEN, TEST)
    screen = notebook.shown(SCREEN)
    assert "12 of 60 members who cancelled got an alert" in screen
    for tile in ("12\ncaught", "48\nmissed", "2\nfalse alarm", "938\nleft alone"):
        assert tile in screen
    assert notebook.shown(TEST).startswith("Complete.")
    assert listed(notebook.validate(), exercises).keys() == exercises.keys() - {ANSWER}


def test_a_workbook_with_every_answer_validates(opened, exercises, references):
    assert references.keys() == exercises.keys()
    dialog = opened("workbook", references).validate()
    assert dialog.locator(".validation-failed").count() == 0
    assert "Success! Your notebook passes all the tests." in dialog.inner_text()


def test_an_answer_cell_cannot_be_deleted_and_one_that_is_emptied_is_missed_in_one_sentence(opened):
    notebook = opened("workbook")
    notebook.select("set-up-run-this-cell")
    notebook.run("set-up-run-this-cell")
    notebook.select(ANSWER)
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")
    assert ANSWER in notebook.cell_names()
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("ControlOrMeta+A")
    notebook.page.keyboard.press("Delete")
    assert notebook.source(ANSWER) == ""
    notebook.select(TEST)
    notebook.run(TEST)
    error = notebook.error_of(TEST)
    assert error.startswith("`month` does not exist. Expected:")
    assert "Traceback" not in notebook.shown(TEST)
