"""A small round in a checkout of its own, then stock nbgrader commands in the same cohort."""

import csv
import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_round import HANDS, UNIT, play

from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.notebooks.answer_banks import answer_cells
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.results import results_of

ROOT = Path(__file__).resolve().parents[1]
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
LATE = ("late-untouched", "late-deleted")


def nbgrader(cohort, *arguments):
    """Run the stock command in the cohort's folder; what it wrote to the screen."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=cohort, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The cohort of a small round, in a copy of the checkout."""
    root = tmp_path_factory.mktemp("round") / "checkout"
    for part in (f"solutions/{UNIT}", f"course/{UNIT}"):
        shutil.copytree(ROOT / part, root / part)
    for part in ("grading/nbgrader_config.py", f"tests/answers/{UNIT}.toml"):
        (root / part).parent.mkdir(parents=True)
        shutil.copy(ROOT / part, root / part)
    return play(root)


@pytest.fixture(scope="module")
def late(played):
    """The cohort after two late hand-ins: one untouched, one without any of its answer cells."""
    cohort = played
    for learner in LATE:
        for name in ("workbook", "bench"):
            notebook = read_notebook(course(cohort) / f"{name}.ipynb")
            if learner == "late-deleted":
                gone = [cell.id for cell in answer_cells(notebook).values()]
                notebook.cells = [cell for cell in notebook.cells if cell.id not in gone]
            path = cohort / "submitted" / learner / UNIT / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(notebook_text(notebook), encoding="utf-8")
    nbgrader(cohort, "autograde", UNIT, "--student=late-*", "--log-level=ERROR")
    return cohort


def course(cohort):
    """The released unit in the checkout that the cohort is in."""
    return cohort.parents[2] / "course" / UNIT


def shown_to(cohort, learner):
    paths = (cohort / "autograded" / learner / UNIT).glob("*.ipynb")
    return [result for path in paths for result in results_of(read_notebook(path)).values()]


def earned(cohort, learner):
    rows = read_gradebook(cohort).notebooks.query("learner == @learner")
    return rows["points"].sum(), rows["of"].sum()


def test_a_fully_solved_hand_in_earns_every_point(played):
    points, of = earned(played, "amara")
    assert points == of > 0


def test_an_untouched_hand_in_earns_nothing_and_is_called_not_attempted(late):
    assert earned(late, "late-untouched")[0] == 0
    assert {result.status for result in shown_to(late, "late-untouched")} == {"not attempted"}


def test_a_deleted_answer_cell_is_named_in_a_sentence_and_nothing_else_breaks(late):
    assert earned(late, "late-deleted")[0] == 0
    results = shown_to(late, "late-deleted")
    assert len(results) == len(shown_to(late, "late-untouched"))
    for result in results:
        assert re.search(r"`\w+` does not exist\.", result.text), f"{result.exercise} says: {result.text}"


def test_no_test_cell_ever_shows_a_traceback(late):
    for path in (late / "autograded").glob("*/*/*.ipynb"):
        for cell in read_notebook(path).cells:
            for output in cell.get("outputs", []):
                if cell.metadata.get("nbgrader", {}).get("grade") and output.output_type == "error":
                    assert " ".join(output.traceback) == output.evalue, f"{path}: {output.traceback}"


def test_stock_feedback_shows_the_visible_part_of_a_test_and_nothing_of_the_hidden_one(played, tmp_path):
    cohort = played
    nbgrader(cohort, "generate_feedback", UNIT, f"--CourseDirectory.feedback_directory={tmp_path}")
    pages = sorted(page for learner in HANDS for page in tmp_path.glob(f"{learner.id}/*/*.html"))
    assert len(pages) == sum(2 if learner.takes_bench else 1 for learner in HANDS)
    for page in pages:
        told = html.unescape(re.sub("<[^>]*>", "", page.read_text(encoding="utf-8")))
        assert "answer = check.read(" in told
        assert [line for line in hidden_lines(cohort, page.relative_to(tmp_path)) if line in told] == [], page


def test_our_feedback_has_a_page_for_every_learner_and_nothing_of_a_hidden_test(played):
    cohort = played
    pages = sorted((cohort / "feedback").glob("*/*/index.html"))
    assert len(pages) == len(HANDS)
    for page in pages:
        told = html.unescape(re.sub("<[^>]*>", "", page.read_text(encoding="utf-8")))
        for graded in page.parent.glob("[wb]*.html"):
            hidden = hidden_lines(cohort, graded.relative_to(cohort / "feedback"))
            assert [line for line in hidden if line in told] == [], page


def hidden_lines(cohort, page):
    """Lines of a notebook's hidden tests that the learner neither saw nor wrote."""
    source = read_notebook(cohort.parents[2] / "solutions" / UNIT / f"{page.stem}.ipynb")
    handed_in = cohort / "submitted" / page.with_suffix(".ipynb")
    known = "\n".join(cell.source for cell in read_notebook(handed_in).cells)
    hidden = "\n".join(part for cell in source.cells for part in HIDDEN.findall(cell.source))
    lines = [
        line.strip() for line in hidden.splitlines() if len(line.strip()) > 12 and line.strip() not in known
    ]
    assert lines
    return lines


def test_the_gradebook_exports_as_a_table(late):
    nbgrader(late, "export", "--log-level=ERROR")
    with (late / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["amara"]["score"] == rows["amara"]["max_score"]
    assert float(rows["sam"]["score"]) == 0


def test_stock_generate_assignment_gives_what_the_course_holds(played, tmp_path):
    nbgrader(played, "generate_assignment", UNIT, f"--CourseDirectory.release_directory={tmp_path}")
    for name in ("workbook", "bench"):
        released = (course(played) / f"{name}.ipynb").read_bytes()
        assert (tmp_path / UNIT / f"{name}.ipynb").read_bytes() == released


def test_lessons_and_field_notebooks_are_never_graded(late):
    assert {path.stem for path in (late / "autograded").glob("*/*/*.ipynb")} == {"workbook", "bench"}
