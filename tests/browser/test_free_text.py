"""A free text in a real browser: written in JupyterLab, scored in the formgrader, on the feedback page."""

import json
import re
import subprocess
import sys

import pytest
from lab import LAPTOP, REPOSITORY, ZOOMED, serving
from nbgrader.api import Gradebook
from playwright.sync_api import expect
from test_feedback_pages import CUT_OFF

from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.notebooks.answer_banks import (
    bank_path,
    fill,
    load_bank,
    load_texts,
    rubric_lines,
    rubrics,
)
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.roster.roster import Learner, write_roster
from hindcast.kit.sandbox.isolation import isolation_obstacle

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
]

UNIT, NOTE = "09_backdating_a_model", "note_for_thursday"
RELEASED = REPOSITORY / "course" / UNIT / "workbook.ipynb"
BANK = bank_path(REPOSITORY, UNIT)
TEXTS = {text.name: text.text.strip() for text in load_texts(BANK)}
HOSTILE = (
    "<script>document.title = 'it ran'</script><img src=x onerror=\"document.title = 'it ran'\">\n\n"
    "<div class='panel nbgrader_cell' onclick=\"document.title = 'it ran'\">It was off by 7.</div>"
)
SHOWS_HTML = "from IPython.display import HTML, Javascript, display\n" + "\n".join(
    f"display({kind})" for kind in (f"HTML({HOSTILE!r})", "Javascript(\"document.title = 'it ran'\")")
)
LEARNERS = {
    "aylin": Learner("aylin", "Aylin Kaya", "", "engineer", "workbook"),
    "pedro": Learner("pedro", "Pedro Sá", "", "designer", "workbook"),
    "ruth": Learner("ruth", "Ruth Adeyemi", "", "analyst", "workbook"),
}
WROTE = {"aylin": TEXTS["an engineer's list"], "pedro": HOSTILE, "ruth": ""}
COMMENT = "What would she want to know that **no screen** tells?"
SIZES = {"laptop": LAPTOP, "zoomed": ZOOMED}


def hindcast(readers, *command):
    """Run the command in the cohort's checkout; return its output."""
    done = subprocess.run(
        [sys.executable, "-m", "hindcast", *command, "--cohort", readers.name],
        cwd=readers.parents[2],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def grade(readers, *options):
    unsandboxed = ["--allow-unsandboxed"] if isolation_obstacle() else []
    return hindcast(readers, "grade", UNIT, *unsandboxed, *options)


def noted(readers, learner):
    """Points of a person, whether they wait, and the comment, as the gradebook has them."""
    with Gradebook(gradebook_url(readers), "") as book:
        grade = book.find_grade(NOTE, "workbook", UNIT, learner)
        comment = book.find_comment(NOTE, "workbook", UNIT, learner)
        return grade.manual_score, grade.needs_manual_grade, comment.manual_comment


@pytest.fixture(scope="module")
def readers(checkout):
    """A cohort with three notes to score: an ordinary one, one with harmful HTML, one not written."""
    roster = checkout / "readers.csv"
    write_roster(list(LEARNERS.values()), roster)
    cohort = new_cohort(checkout, "readers", roster)
    references = {a.exercise: a.code for a in load_bank(BANK) if a.kind == "reference"}
    for learner, wrote in WROTE.items():
        notebook = read_notebook(RELEASED)
        first = {"held_against": references["held_against"] + SHOWS_HTML * (learner == "pedro")}
        path = cohort / "submitted" / learner / UNIT / "workbook.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook_text(fill(notebook, {NOTE: wrote} | first)), encoding="utf-8")
    said = json.loads(grade(cohort, "--json"))
    assert (said["graded"], said["free_texts"], said["attention"]) == (3, 2, [])
    return cohort


@pytest.fixture(scope="module")
def trainers(checkout, readers, home):
    """JupyterLab as the trainer of this cohort has it."""
    with serving(checkout, readers, home / "readers.log", JUPYTER_CONFIG_PATH="") as server:
        yield server


@pytest.fixture
def submission(pages, trainers):
    """A function that opens a learner's workbook under Manual Grading: (the page, the formgrader in it)."""

    def open_it(learner):
        page = pages()
        page.goto(trainers.url("lab?reset"))
        page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        page.get_by_role("menuitem", name="Formgrader", exact=True).click()
        formgrader = page.frame_locator("iframe")
        formgrader.get_by_role("link", name="Manual Grading").first.click()
        formgrader.get_by_role("link", name=UNIT).click()
        formgrader.get_by_role("link", name="workbook", exact=True).click()
        formgrader.get_by_role("link", name=f"Submission #{len(WROTE)}").wait_for()
        formgrader.get_by_role("button", name="Show All Names").click()
        last, first = LEARNERS[learner].name.split()[::-1]
        formgrader.get_by_role("link", name=f"{last}, {first}").click()
        note_of(formgrader).wait_for()
        return page, formgrader

    return open_it


def note_of(formgrader):
    """The box of the note: points above, the text, a comment below."""
    boxes = formgrader.locator(".nbgrader_cell")
    return boxes.filter(has=formgrader.locator(f"[id='{NOTE}-comment'], .comment")).last


@pytest.fixture
def told(pages, readers):
    """A function that writes the feedback and opens a learner's page in a size of the window."""

    def open_it(learner, size=LAPTOP):
        hindcast(readers, "feedback", UNIT, "--learner", learner)
        page = pages()
        page.set_viewport_size(size["viewport"])
        page.goto((readers / "feedback" / learner / UNIT / "index.html").as_uri())
        return page

    return open_it


def exercise_of(page):
    """The part of a feedback page that is about the note."""
    return page.locator("section.exercise").filter(
        has=page.get_by_role("heading", name="A note for Thursday")
    )


def test_a_learner_finds_the_rubric_above_the_cell_and_writes_into_it(opened, shoot):
    notebook = opened("workbook", unit=UNIT)
    names = notebook.cell_names()
    assert names.index(NOTE) == names.index(f"{NOTE}_rubric") + 1
    lines = rubric_lines(rubrics(read_notebook(RELEASED))[NOTE])
    assert len(lines) == 3
    for line in lines:
        notebook.cell(f"{NOTE}_rubric").locator("strong").filter(has_text=line).wait_for()
    note = notebook.cell(NOTE)
    notebook.to_the_top("6-a-note-for-thursday")
    note.get_by_text("Write here.").last.dblclick()
    notebook.type_over(NOTE, {0: "It would have been off by 7."})
    notebook.page.keyboard.press("Shift+Enter")
    assert notebook.source(NOTE) == "It would have been off by 7."
    notebook.cell(f"{NOTE}_rubric").locator(".jp-RenderedMarkdown").dblclick()
    notebook.page.keyboard.press("x")
    assert notebook.source(f"{NOTE}_rubric").startswith("**Three points.")
    shoot(notebook.page, "free-text-learner")


def test_before_it_is_scored_the_page_says_that_nobody_has_read_it(told, shoot):
    for name, size in SIZES.items():
        page = told("aylin", size)
        section = exercise_of(page)
        assert "Nobody has scored this answer yet: your trainer reads it." in section.inner_text()
        assert "0 of 3 points: not scored yet" in section.inner_text()
        section.scroll_into_view_if_needed()
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(page, f"free-text-feedback-before-{name}")


def test_a_trainer_reads_the_rubric_types_points_and_a_comment_and_both_reach_the_learner(
    submission, told, readers, shoot
):
    page, formgrader = submission("aylin")
    note = note_of(formgrader)
    note.scroll_into_view_if_needed()
    assert "Past performance is no guarantee." in note.inner_text()
    shown = formgrader.get_by_role("main").locator("#notebook").inner_text()
    rubric, answer = (shown.index(words) for words in ("Three points. Each is there", "MAE 7.34"))
    assert 0 < answer - rubric < 1500, "the rubric stands right above the answer"
    points, comment = note.locator("input.score"), note.locator("textarea.comment")
    # the formgrader marks it only when it has asked for the grade
    expect(points).to_have_class(re.compile(r"\bneeds_manual_grade\b"))
    with page.expect_response(lambda got: "/api/grade/" in got.url and got.request.method == "PUT"):
        points.fill("2")
        points.press("Tab")
    with page.expect_response(lambda got: "/api/comment/" in got.url and got.request.method == "PUT"):
        comment.fill(COMMENT)
        comment.blur()
    note.locator(".score-saved").wait_for()
    shoot(page, "free-text-formgrader")
    assert noted(readers, "aylin") == (2.0, False, COMMENT)
    for name, size in SIZES.items():
        told_page = told("aylin", size)
        section = exercise_of(told_page)
        text = " ".join(section.inner_text().split())
        assert "2 of 3 points Your trainer gave these points." in text
        assert "What would she want to know that no screen tells?" in text
        assert "Nobody has scored" not in text
        section.scroll_into_view_if_needed()
        assert told_page.evaluate(CUT_OFF) == []
        shoot(told_page, f"free-text-feedback-after-{name}")
    for options in ([], ["--regrade"]):
        grade(readers, *options)
        points, _, comment = noted(readers, "aylin")
        assert (points, comment) == (2.0, COMMENT), options


def test_what_was_not_written_is_zero_and_asks_nobody(readers, told):
    assert noted(readers, "ruth") == (None, False, None)
    assert "not attempted" in exercise_of(told("ruth")).inner_text()


def test_an_answer_that_would_do_harm_does_none_to_learner_or_trainer(submission, told, readers):
    page, formgrader = submission("pedro")
    note_of(formgrader).get_by_text("It was off by 7.").click()
    page.wait_for_timeout(500)
    titles = [frame.title() for frame in page.frames]
    assert "it ran" not in titles
    shown = note_of(formgrader).inner_html()
    assert not re.search(r"<script|onerror|onclick", shown)
    assert told("pedro").title() != "it ran"
