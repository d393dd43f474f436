"""Unit 00: the words of its choices are those of its prose, and its screen shows what the table holds."""

from pathlib import Path

import nbformat
import pytest

import hindcast
from hindcast.units import starting_here

UNIT = Path(__file__).parents[3] / "solutions" / "00_starting_here"


def prose(notebook):
    """All that is written in a notebook's cells of words."""
    cells = nbformat.read(UNIT / f"{notebook}.ipynb", as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.mark.parametrize(
    ("notebook", "choices"), [("workbook", starting_here.REASONS), ("lesson", starting_here.KINDS_OF_ANSWER)]
)
def test_each_letter_stands_in_the_prose_with_its_words(notebook, choices):
    written = " ".join(prose(notebook).replace("|", " ").split())
    for letter, words in choices.items():
        assert f'`"{letter}"` {words}' in written


def test_the_screen_says_how_many_verdicts_were_right_and_marks_the_decision():
    scores = hindcast.load_scores()
    september = scores[~scores["learned_from"] & (scores["month"] == "2025-09-01")]
    page = starting_here.approval(~september["cancelled"], "not yet")._repr_mimebundle_()["text/plain"]
    assert f"{100 * (~september['cancelled']).mean():.0f} %  accurate, {len(september):,} members" in page
    assert "(x) not yet" in page
    assert "( ) ship it" in page
