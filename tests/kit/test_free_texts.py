"""A text that a person scores, from source to feedback: released, handed in, graded, scored by hand.

Where a hand-in is benign, the gradebook has to say what stock `nbgrader autograde` says.
"""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from tiny_unit import UNIT, WORKBOOK, checkout

from hindcast.errors import HindcastError
from hindcast.kit.build import build_from_texts
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.feedback import write_feedback
from hindcast.kit.feedback.steps import LONGEST_TEXT
from hindcast.kit.gradebook.location import gradebook_url, open_gradebook
from hindcast.kit.gradebook.manual_grading import free_texts_waiting
from hindcast.kit.notebooks.answer_banks import rubric_lines, rubrics, text_cells
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.text import notebook_as_text, notebook_from_text
from hindcast.kit.roster.roster import Learner, write_roster
from hindcast.kit.sandbox.isolation import isolation_obstacle

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

NOTE = """
# %% [markdown] id="a-note"
# ## 2. A note (3 points, 6 minutes)
#
# Write to the shop.

# %% [markdown] rubric="note"
# **Three points.**
#
# 1. **What was counted.**
#    * *Earns the point:* a number.
# 2. **Who is asked**
#    * *Earns the point:* a name.

# %% [markdown] answer="note" points=3
# ## To the shop
#
# It has three letters. Ask the *baker*.

# %% [markdown] id="hand-it-in"
# Hand it in.
"""
TEXT = WORKBOOK + NOTE
WRITTEN = "There are 3 letters, and I would ask Noor."
SCRIPT = (
    "## My note\n\n<script>document.title = 'it ran'</script><img src='x' onerror='document.title = 1'>\n\n"
    "[press](javascript:alert(1)) <b onclick='alert(2)'>Noor</b> <iframe src='https://example.org'></iframe>"
)
LONG = "Noor counts. " * 100_000
DEEP = ">" * 4000 + " Noor"
BENIGN = ["answered", "untouched", "run", "emptied", "marked_up", "long", "deep", "as_code"]
HURT = ["deleted", "stripped", "stripped_of_all", "rubric_changed", "a_cell_of_ones_own"]


def cell_of(notebook, name="note"):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def as_code(notebook):
    cell, place = cell_of(notebook), notebook.cells.index(cell_of(notebook))
    notebook.cells[place] = new_code_cell(WRITTEN, metadata=cell.metadata, id=cell.id)


def stripped_of_all(notebook):
    cell_of(notebook).source = WRITTEN
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"new-{number}"


def a_cell_of_ones_own(notebook):
    """An answer in another cell, too: the grader cannot know which one was meant."""
    place = notebook.cells.index(cell_of(notebook))
    notebook.cells[place].metadata = nbformat.from_dict({})
    notebook.cells[place].id, notebook.cells[place].source = "mine", WRITTEN
    notebook.cells.insert(place, nbformat.v4.new_markdown_cell("Another one.", id="mine-too"))


CHANGES = {
    "answered": lambda nb: cell_of(nb).update(source=WRITTEN),
    "untouched": lambda nb: None,
    "run": lambda nb: cell_of(nb).metadata.update(trusted=True),
    "emptied": lambda nb: cell_of(nb).update(source=""),
    "marked_up": lambda nb: cell_of(nb).update(source=SCRIPT),
    "long": lambda nb: cell_of(nb).update(source=LONG),
    "deep": lambda nb: cell_of(nb).update(source=DEEP),
    "as_code": as_code,
    "deleted": lambda nb: nb.cells.remove(cell_of(nb)),
    "stripped": lambda nb: cell_of(nb).update(source=WRITTEN, metadata=nbformat.from_dict({})),
    "stripped_of_all": stripped_of_all,
    "rubric_changed": lambda nb: cell_of(nb, "note_rubric").update(source="Everything earns everything."),
    "a_cell_of_ones_own": a_cell_of_ones_own,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A checkout whose unit asks for a note."""
    root, texts = checkout(tmp_path_factory.mktemp("notes") / "checkout"), tmp_path_factory.mktemp("texts")
    (texts / "workbook.py").write_text(TEXT, encoding="utf-8")
    build_from_texts(root, UNIT, texts)
    return root


def handed_in(root: Path, name: str, learners: list[str]) -> Path:
    """A cohort in which each of the learners handed in what their name says."""
    roster = root / f"{name}.csv"
    write_roster([Learner(learner, learner, "", "other", "workbook") for learner in learners], roster)
    cohort = new_cohort(root, name, roster)
    for learner in learners:
        notebook = read_notebook(root / "course" / UNIT / "workbook.ipynb")
        CHANGES[learner](notebook)
        put(cohort, learner, notebook)
    return cohort


def put(cohort, learner, notebook):
    path = cohort / "submitted" / learner / UNIT / "workbook.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook_text(notebook), encoding="utf-8")


def run(cohort, *command):
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cohort,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def grade(cohort, *options):
    unsandboxed = ["--allow-unsandboxed"] if isolation_obstacle() else []
    return run(cohort, "hindcast", "grade", UNIT, "--cohort", cohort.name, *unsandboxed, *options)


@pytest.fixture(scope="module")
def graded(root):
    """(the cohort, what the grader said as JSON)."""
    cohort = handed_in(root, "ours", BENIGN + HURT)
    return cohort, json.loads(grade(cohort, "--json"))


@pytest.fixture(scope="module")
def stock(root):
    cohort = handed_in(root, "stock", BENIGN)
    run(cohort, "nbgrader", "autograde", UNIT, "--log-level=ERROR")
    return cohort


@pytest.fixture(scope="module")
def pages(graded):
    """Learner -> the feedback page, before anybody has scored anything."""
    written = write_feedback(graded[0], UNIT, workers=1)
    assert written.faults == []
    return {path.parts[-3]: path.read_text(encoding="utf-8") for path in written.written}


def entries(cohort, learner):
    """What the gradebook says of the learner's note."""
    with Gradebook(gradebook_url(cohort), "") as book:
        found = book.find_grade("note", "workbook", UNIT, learner)
        comment = book.find_comment("note", "workbook", UNIT, learner)
        return found.auto_score, found.manual_score, found.needs_manual_grade, comment.auto_comment


def score(cohort, learner, points, comment=None, cell="note"):
    """What the formgrader writes when a trainer has typed points and a comment."""
    with Gradebook(gradebook_url(cohort), "") as book:
        found = book.find_grade(cell, "workbook", UNIT, learner)
        found.manual_score, found.needs_manual_grade = points, False
        if comment:
            book.find_comment("note", "workbook", UNIT, learner).manual_comment = comment
        book.db.commit()


def waiting_in(cohort, unit=UNIT):
    with open_gradebook(cohort) as engine, engine.connect() as db:
        return free_texts_waiting(db, unit)


def words(page):
    body = re.sub(r"<(head|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


# --- as text, and released ----------------------------------------------------------------------------------


def test_a_free_text_and_its_rubric_come_back_from_text_as_they_were():
    notebook = notebook_from_text(TEXT, "text")
    assert notebook_as_text(notebook) == TEXT
    record = text_cells(notebook)["note"].metadata.nbgrader
    assert (record.grade, record.solution, record.locked, record.points) == (True, True, False, 3)
    rubric = rubrics(notebook)["note"]
    assert (rubric.metadata.nbgrader.grade, rubric.metadata.nbgrader.locked) == (False, True)
    assert rubric_lines(rubric) == ["What was counted", "Who is asked"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('# %% [markdown] answer="note"\n# Words.\n', "a free text needs its points"),
        ('# %% [markdown] answer="note" points="3"\n# Words.\n', "a free text needs its points"),
        ('# %% answer="note" points=3\nnote = 1\n', "stand on its test cell"),
        ('# %% rubric="note"\n1\n', "a rubric is prose"),
    ],
)
def test_a_slip_about_a_free_text_is_named_with_its_cell(text, said):
    with pytest.raises(HindcastError, match=f"workbook.py, cell 1: .*{said}"):
        notebook_from_text(text, "workbook.py")


def test_the_release_has_a_stub_in_the_place_of_the_answer_and_a_rubric_nobody_can_change(root):
    released = read_notebook(root / "course" / UNIT / "workbook.ipynb")
    assert cell_of(released).source == "Write here."
    assert "baker" not in str(released)
    rubric = cell_of(released, "note_rubric")
    assert rubric.metadata.editable is rubric.metadata.deletable is False
    assert "editable" not in cell_of(released).metadata


def test_validate_says_that_a_stub_is_no_answer_and_lets_an_answer_pass(root):
    from nbgrader.validator import Validator

    notebook = read_notebook(root / "course" / UNIT / "workbook.ipynb")
    cell_of(notebook, "letters").source = "letters = 3"
    failed = [Validator()._get_failed_cells(notebook)]
    cell_of(notebook).source = WRITTEN
    failed.append(Validator()._get_failed_cells(notebook))
    assert [[cell.metadata.nbgrader.grade_id for cell in cells] for cells in failed] == [["note"], []]


# --- graded -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", BENIGN)
def test_the_gradebook_says_what_it_says_after_stock_autograde(learner, graded, stock):
    assert entries(graded[0], learner) == entries(stock, learner)


@pytest.mark.parametrize("learner", ["untouched", "run"])
def test_a_stub_is_zero_and_waits_for_nobody(learner, graded):
    assert entries(graded[0], learner) == (0, None, False, "No response.")


@pytest.mark.parametrize("learner", ["answered", "marked_up", "long", "deep", "as_code", "stripped"])
def test_an_answer_waits_for_a_person_whatever_is_in_it(learner, graded):
    assert entries(graded[0], learner)[:3] == (None, None, True)


def test_an_answer_without_any_record_is_known_by_its_place(graded):
    cohort, said = graded
    assert entries(cohort, "stripped_of_all")[:3] == (None, None, True)
    kept = read_notebook(cohort / "autograded" / "stripped_of_all" / UNIT / "workbook.ipynb")
    assert cell_of(kept).source == WRITTEN
    assert "stripped_of_all" not in {item["learner"] for item in said["attention"]}


@pytest.mark.parametrize("learner", ["deleted", "a_cell_of_ones_own"])
def test_an_answer_that_is_not_there_is_zero_and_needs_a_person(learner, graded):
    cohort, said = graded
    assert entries(cohort, learner)[:3] == (0, None, False)
    reasons = {(item["learner"], item["cell"]): item["reason"] for item in said["attention"]}
    assert reasons[learner, "note"] == "The answer cell is missing."


def test_an_answer_that_is_not_there_stays_listed_in_the_next_run(graded):
    again = json.loads(grade(graded[0], "--json"))
    assert (again["graded"], again["attention"]) == (0, graded[1]["attention"])


def test_the_rubric_is_the_courses_whatever_a_learner_made_of_it(graded):
    kept = read_notebook(graded[0] / "autograded" / "rubric_changed" / UNIT / "workbook.ipynb")
    assert rubric_lines(cell_of(kept, "note_rubric")) == ["What was counted", "Who is asked"]


# --- what waits ---------------------------------------------------------------------------------------------


def test_every_text_that_somebody_wrote_waits(graded):
    cohort, said = graded
    writers = {"answered", "as_code", "deep", "emptied", "long", "marked_up", "stripped", "stripped_of_all"}
    assert said["free_texts"] == waiting_in(cohort) == len(writers)
    waits = {who for who in BENIGN + HURT if entries(cohort, who)[:3] == (None, None, True)}
    assert waits == writers
    assert waiting_in(cohort, "02_another") == 0


def test_the_last_line_says_how_many_free_texts_wait(root):
    cohort = handed_in(root, "two", ["answered", "long"])
    assert grade(cohort).splitlines()[-1] == "2 free texts wait for you in the formgrader."
    score(cohort, "long", 1.0)
    assert grade(cohort).splitlines()[-1] == "1 free text waits for you in the formgrader."
    score(cohort, "answered", 1.0)
    assert "free text" not in grade(cohort)


def test_a_test_that_waits_is_no_free_text(root):
    cohort = handed_in(root, "tests", ["answered"])
    grade(cohort)
    with Gradebook(gradebook_url(cohort), "") as book:
        book.find_grade("letters_test", "workbook", UNIT, "answered").needs_manual_grade = True
        book.db.commit()
    assert waiting_in(cohort) == 1


def test_a_text_in_a_file_that_cannot_be_read_does_not_wait(root):
    cohort = handed_in(root, "damaged", ["answered"])
    (cohort / "submitted" / "answered" / UNIT / "workbook.ipynb").write_text("{")
    assert "free text" not in grade(cohort)
    assert entries(cohort, "answered")[:3] == (0, None, True)


# --- scored by hand -----------------------------------------------------------------------------------------


def test_points_and_comment_of_a_trainer_outlive_every_further_grading(root):
    cohort = handed_in(root, "scored", ["answered", "untouched"])
    grade(cohort)
    score(cohort, "answered", 2.0, "A name, and *when*?")
    grade(cohort)
    assert entries(cohort, "answered")[:3] == (None, 2.0, False)
    assert waiting_in(cohort) == 0
    grade(cohort, "--regrade")
    assert entries(cohort, "answered")[:3] == (None, 2.0, True)  # as stock nbgrader: look again
    assert waiting_in(cohort) == 1
    write_feedback(cohort, UNIT, workers=1)
    told = words((cohort / "feedback" / "answered" / UNIT / "index.html").read_text(encoding="utf-8"))
    assert "2 of 3 points" in told and "A name, and when ?" in told
    assert "It was graded again since: your trainer looks at it once more." in told


def test_a_page_tells_points_and_comment_once_they_are_given(root):
    cohort = handed_in(root, "told", ["answered"])
    grade(cohort)
    score(cohort, "answered", 2.0, "A name, and *when*?")
    write_feedback(cohort, UNIT, workers=1)
    told = words((cohort / "feedback" / "answered" / UNIT / "index.html").read_text(encoding="utf-8"))
    assert "Nobody has scored" not in told and "graded again" not in told
    assert "2 of 3 points Your trainer gave these points." in told
    assert told.index(WRITTEN) < told.index("What earns the points") < told.index("A name, and when ?")


# --- told ---------------------------------------------------------------------------------------------------


def test_a_page_shows_the_answer_then_its_rubric_and_says_that_nobody_has_scored_it(pages):
    told = words(pages["answered"])
    assert "A note 0 of 3 points: not scored yet" in told
    assert "Nobody has scored this answer yet: your trainer reads it." in told
    assert told.index(WRITTEN) < told.index("What earns the points Three points. What was counted.")
    task = re.findall(r"<details.*?</details>", pages["answered"], re.DOTALL)[-1]
    assert "Write to the shop" in task and "Three points" not in task
    assert "What the check says" not in pages["answered"].partition('id="workbook-2"')[2]


def test_a_page_calls_a_stub_not_attempted(pages):
    told = words(pages["untouched"])
    assert "A note 0 of 3 points: not attempted" in told
    assert "Nobody has scored" not in told


def test_markup_in_an_answer_does_nothing_on_the_page(pages):
    page = pages["marked_up"]
    assert "Noor" in page and "<strong>My note</strong>" in page
    for bad in ("<script", "onerror", "onclick", "javascript:", "<iframe", "it ran", "example.org"):
        assert bad not in page, bad


def test_a_very_long_answer_is_cut_and_it_is_said(pages):
    assert len(pages["long"]) < 3 * LONGEST_TEXT
    assert f"({len(LONG) - LONGEST_TEXT:,} more characters are left out here)" in words(pages["long"])


def test_an_answer_nested_without_end_is_still_on_its_page(pages):
    assert "Noor" in words(pages["deep"])
