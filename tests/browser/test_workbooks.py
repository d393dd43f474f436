"""Workbooks 02 and 09 in a real browser: Shift+Enter from top to bottom, an answer, Validate, 200 %."""

from dataclasses import dataclass

import pytest
from lab import CELLS, ERROR, LAPTOP, REPOSITORY, TOO_WIDE, ZOOMED
from test_workbook import listed

from hindcast.kit.notebooks.answer_banks import bank_path, graded_cells, load_bank, load_texts, text_cells
from hindcast.kit.notebooks.normalise import read_notebook

pytestmark = pytest.mark.acceptance

CODE_CELLS = f"() => {CELLS}.filter(cell => cell.model.type === 'code').map(cell => cell.model.id)"


@dataclass(frozen=True)
class Workbook:
    """A workbook; one exercise of it, what is typed there, and what the screen below then shows."""

    unit: str
    answer: str
    screen: str
    lines: dict[int, str]
    shows: tuple[str, ...]

    @property
    def exercises(self):
        """Exercise -> its test cell, in the order of the released workbook."""
        return graded_cells(self.released)

    @property
    def texts(self):
        """Free text -> its cell, in the order of the released workbook."""
        return text_cells(self.released)

    @property
    def released(self):
        """The workbook as learners get it."""
        return read_notebook(REPOSITORY / "course" / self.unit / "workbook.ipynb")

    @property
    def references(self):
        """Exercise, or free text -> the answer that the bank calls the reference."""
        path, wanted = bank_path(REPOSITORY, self.unit), ("workbook", "reference")
        answers = [one for one in load_bank(path) if (one.notebook, one.kind) == wanted]
        texts = [one for one in load_texts(path) if (one.notebook, one.kind) == wanted]
        return {one.exercise: one.code.strip() for one in answers} | {
            t.exercise: t.text.strip() for t in texts
        }


BOOKS = [
    Workbook(
        "02_telling_prediction_from_classification",
        "four_cards",
        "the-first-four-framed",
        {1: '"C-11": "BKPY",', 2: '"C-15": "AMSY",', 3: '"C-40": "BLTW",', 4: '"C-09": "CKSX",'},
        (
            "bag comes after the promised time · told as: yes or no · who acts: the support desk",
            "member cancels within 30 days · told as: order of a list · who acts: the two callers",
        ),
    ),
    Workbook(
        "09_backdating_a_model",
        "held_against",
        "the-five-evenings-redrawn",
        {
            1: '"2025-10-06": 9,',
            2: '"2025-10-07": 8,',
            3: '"2025-10-08": 16,',
            4: '"2025-10-09": -4,',
            5: '"2025-10-10": -12,',
            7: "model_nearer = 3",
        },
        ("2025-10-08\t16", "2025-10-10\t-12", "Nearer than the same weekday: 3 of 5 evenings."),
    ),
]


@pytest.fixture(scope="module", params=[LAPTOP, ZOOMED], ids=["laptop", "zoomed"])
def view(request):
    """Every test below runs in both sizes."""
    return request.param


@pytest.fixture(params=BOOKS, ids=lambda book: book.unit[:2])
def book(request):
    """Every test below is about both workbooks."""
    return request.param


@pytest.fixture
def shot(shoot, book, view):
    """Keep a picture of a cell and what follows it, under the name of the unit and the size."""

    def keep(notebook, cell, kind):
        notebook.to_the_top(cell)
        size = "zoomed" if view == ZOOMED else "laptop"
        shoot(notebook.page, f"unit-{book.unit[:2]}-workbook-{cell}-{kind}-{size}")

    return keep


@pytest.fixture
def read(opened, book, view):
    """A function that opens the workbook; at 200 % the list of files is put away."""

    def open_it(answers=None):
        notebook = opened("workbook", answers, unit=book.unit)
        if view == ZOOMED:
            notebook.toggle_sidebar()
        return notebook

    return open_it


def too_wide(notebook):
    """Cell -> parts of its output that do not fit."""
    found = {name: notebook.cell(name).evaluate(TOO_WIDE) for name in notebook.cell_names()}
    return {name: parts for name, parts in found.items() if parts}


def press_through(notebook, names):
    """Press Shift+Enter from the first of these cells to the last, as somebody who reads on does."""
    code = notebook.page.evaluate(CODE_CELLS)
    notebook.select(names[0])
    for name in names:
        if name in code:
            notebook.run(name)
        else:
            notebook.page.keyboard.press("Shift+Enter")


def test_shift_enter_leads_through_an_untouched_workbook(read, book, shot):
    notebook = read()
    names = notebook.cell_names()
    press_through(notebook, names)
    assert notebook.error_cells() == [f"{exercise}_test" for exercise in book.exercises]
    for test in notebook.error_cells():
        notebook.to_the_top(test)
        assert notebook.error_of(test).startswith("Not attempted yet."), test
    assert too_wide(notebook) == {}
    shot(notebook, names[0], "untouched")
    shot(notebook, book.screen, "untouched")


def test_an_answer_redraws_its_screen_and_is_complete_and_validate_asks_for_the_others(read, book):
    notebook = read()
    names = notebook.cell_names()
    press_through(notebook, names[: names.index(book.answer)])
    notebook.type_over(book.answer, book.lines)
    notebook.run(book.answer, book.screen, f"{book.answer}_test")
    for words in book.shows:
        assert words in notebook.shown(book.screen)
    assert notebook.shown(f"{book.answer}_test").startswith("Complete.")
    dialog = notebook.validate()
    said = listed(dialog, book.exercises | book.texts)
    assert said.keys() == (book.exercises | book.texts).keys() - {book.answer}
    assert {said[text] for text in book.texts} <= {"You did not provide a response."}


def test_an_answered_workbook_fits_and_validates(read, book, shot):
    assert book.references.keys() == book.exercises.keys() | book.texts.keys()
    notebook = read(book.references)
    notebook.run_all()
    assert notebook.error_cells() == []
    assert notebook.page.locator(ERROR).count() == 0
    for name in notebook.page.evaluate(CODE_CELLS)[1:]:
        shot(notebook, name, "answered")
    assert too_wide(notebook) == {}
    dialog = notebook.validate()
    assert dialog.locator(".validation-failed").count() == 0
    assert "Success! Your notebook passes all the tests." in dialog.inner_text()
