"""Feedback pages: what a learner reads, what must stay hidden, and one bad hand-in among others."""

import base64
import contextlib
import datetime
import html
import itertools
import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tiny_unit import UNIT, checkout
from typer.testing import CliRunner

from hindcast.check import REPLY_MIME, RESULT_MIME, misconceptions
from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.feedback import write_feedback
from hindcast.kit.feedback.graded_hand_ins import DAMAGED
from hindcast.kit.feedback.safe import clean_markup
from hindcast.kit.feedback.steps import LONGEST_TEXT, NO_WORDS, QUOTES_THE_TEST
from hindcast.kit.feedback.writing import UNKNOWN
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.record import RECORD_FILE
from hindcast.kit.roster.roster import Learner, write_roster

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

PNG = base64.b64encode(b"\x89PNG not really").decode()
HIDDEN = "result.award(2, 'three letters counted', answer['letters'] == 3 * secret_factor)"
TEST = f"""\
# Check 1
answer = check.read('letters', points=2)
### BEGIN HIDDEN TESTS
{HIDDEN}
### END HIDDEN TESTS"""
LEARNERS = [
    Learner("ana", "Ana Lima <b>Prado</b>", "", "designer", "workbook"),
    Learner("bo-2", "Bo & Söhne", "", "engineer", "workbook and bench"),
    Learner("c.d@e+f", "Cy", "", "other", "workbook"),
]
COMPLETE = new_output("display_data", {"text/plain": "Complete.\nYour answer is complete and well formed."})
NUMBER = new_output("execute_result", {"text/plain": "1.0"}, execution_count=1)


def record(name, **more):
    """nbgrader's record of a cell."""
    plain = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": plain | {"grade_id": name} | more}


def prose(text):
    return new_markdown_cell(text)


def answer(source, name="letters"):
    return new_code_cell(source, metadata=record(name, solution=True))


def check(*outputs, name="letters", source=TEST):
    metadata = record(f"{name}_test", grade=True, locked=True, points=2)
    return new_code_cell(source, metadata=metadata, outputs=list(outputs))


def shows(*outputs, source="", **metadata):
    return new_code_cell(source, metadata=metadata, outputs=list(outputs))


def displayed(metadata=None, **data):
    kinds = {name.replace("_", "/"): value for name, value in data.items()}
    return new_output("display_data", kinds, metadata=metadata or {})


def result(status="scored", points=1.0, awards=(), replies=(), why=(), **more):
    """What a test cell shows at its end; `awards` are (for what, earned, of)."""
    data = {"exercise": "letters", "status": status, "points": points, "of": 2.0, "mistakes": list(replies)}
    names = ("for_what", "earned", "of")
    data |= {"awards": [dict(zip(names, award, strict=True)) for award in awards]}
    data |= {"replies": list(replies), "why": list(why), **more}
    return new_output("display_data", {"text/plain": "as text", "text/html": "", RESULT_MIME: data})


def raised(name, sentence, *traceback):
    return new_output("error", ename=name, evalue=sentence, traceback=list(traceback))


MISTAKE = "count_is_rate"
WRONG = result(
    awards=[("a number", 1.0, 1.0), ("the right number", 0.0, 1.0)], replies=[MISTAKE], why=["Three it is."]
)
TASK = prose("## 1. The letters (2 points, 5 minutes)\n\nCount the letters of *ham*.")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A checkout with a unit and a cohort in which everyone has 1 of 2 points. Shared by tests: read only."""
    root = checkout(tmp_path_factory.mktemp("feedback") / "checkout")
    folder = root / "solutions" / UNIT
    folder.mkdir()
    for name in ("workbook", "bench"):
        cells = [prose(f"# A tiny unit: {name}\n\nHow it works."), TASK]
        cells += [answer("letters = 3"), check()]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb")
    roster = root / "roster.csv"
    write_roster(LEARNERS, roster)
    cohort = new_cohort(root, "spring", roster)
    with gradebook_of(cohort) as gradebook:
        for learner in LEARNERS:
            gradebook.add_submission(UNIT, learner.id)
            for notebook in ("workbook", "bench"):
                score(gradebook, learner.id, notebook, auto_score=1.0, needs_manual_grade=False)
    return root


@pytest.fixture
def cohort(course, tmp_path):
    """The cohort in a checkout that a test may change."""
    return Path(shutil.copytree(course, tmp_path / "checkout")) / "grading" / "cohorts" / "spring"


@contextlib.contextmanager
def gradebook_of(cohort):
    """The cohort's gradebook; what was changed is kept."""
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(cohort), "") as gradebook:
        yield gradebook
        gradebook.db.commit()


def score(gradebook, learner, notebook, **grade):
    entry = gradebook.find_grade("letters_test", notebook, UNIT, learner)
    for name, value in grade.items():
        setattr(entry, name, value)


def hand_in(cohort, *cells, learner="ana", notebook="workbook", **changes):
    """Leave a graded notebook, as autograding does, and change what the gradebook says of it."""
    folder = cohort / "autograded" / learner / UNIT
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), folder / f"{notebook}.ipynb")
    if changes:
        change_grade(cohort, learner, notebook, **changes)
    return folder


def change_grade(cohort, learner, notebook="workbook", comment=None, penalty=None, **grade):
    with gradebook_of(cohort) as gradebook:
        score(gradebook, learner, notebook, **grade)
        if comment:
            gradebook.find_comment("letters", notebook, UNIT, learner).manual_comment = comment
        if penalty:
            gradebook.find_submission_notebook(notebook, UNIT, learner).late_submission_penalty = penalty


def write(cohort, **more):
    pages = write_feedback(cohort, UNIT, workers=1, **more)
    assert pages.faults == []
    return pages


def page_of(cohort, learner="ana", name="index"):
    return (cohort / "feedback" / learner / UNIT / f"{name}.html").read_text(encoding="utf-8")


def words(page):
    """The text of the page."""
    body = re.sub(r"<(head|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def feedback_on(cohort, *cells, **more):
    """The page of a hand-in with these cells."""
    hand_in(cohort, *cells, **more)
    write(cohort)
    return page_of(cohort)


# --- what a learner reads -------------------------------------------------------------------------


def test_a_page_says_who_what_and_how_many_points(cohort):
    page = feedback_on(cohort, TASK, answer("letters = 100"), check(COMPLETE, WRONG, NUMBER))
    told = words(page)
    assert "<h1>A tiny unit</h1>" in page
    assert "Feedback for Ana Lima <b>Prado</b>" in told
    assert "Workbook: 1 of 2 points. 1 exercise: 1 with part of the points." in told
    assert 'aria-hidden="true">◐</span> part of the points' in page
    assert re.search(r'<a href="#workbook-1">1. The letters</a></th><td[^>]*>1</td><td[^>]*>2</td>', page)
    assert 'id="workbook-1"' in page


def test_an_exercise_shows_the_answer_what_was_recognised_and_where_to_look(cohort):
    page = feedback_on(cohort, TASK, answer("letters = 100"), check(COMPLETE, WRONG, NUMBER))
    told = words(page)
    assert "letters = 100" in told
    entry = misconceptions()[MISTAKE]
    for part in ("0 of 1 : the right number", f"This looks like: {entry['believed']} {entry['tempting']}"):
        assert part in told
    assert f"Where to look next: {entry['look']}" in told and told.endswith("Three it is.")
    assert "well formed" not in told and "1.0" not in told


def test_an_answer_in_letters_is_said_in_words_below_it(cohort):
    path = cohort.parents[2] / "solutions" / UNIT / "workbook.ipynb"
    course = nbformat.read(path, as_version=4)
    course.cells[-1].source = (
        "from hindcast import check\n"
        'by = {"by": {"A": "by phone <b>", "B": "by letter"}}\n'
        'answer = check.read("letters", points=2, letters=check.Letters(by))'
    )
    nbformat.write(course, path)
    page = feedback_on(cohort, TASK, answer('letters = "b"'), check(WRONG))
    assert '<p class="in-words">letters: by: by letter</p>' in page
    page = feedback_on(cohort, TASK, answer('letters = "A"'), check(WRONG))
    assert "letters: by: by phone &lt;b&gt;</p>" in page
    assert "in-words" not in feedback_on(cohort, TASK, answer("letters = 3"), check(WRONG))


def test_what_an_answer_shows_while_it_is_tested_is_not_shown(cohort):
    case = displayed(text_plain="tested with\n{'letters': 1234567}")
    printed = new_output("stream", name="stdout", text="1234567")
    page = feedback_on(cohort, TASK, answer("def letters(x): ..."), check(case, printed, WRONG))
    assert "1234567" not in page


def test_the_task_is_folded_and_the_screen_stands_under_the_answer(cohort):
    screen = shows(
        displayed(text_html="<div><b>3 letters</b></div>"), source="draw()", jupyter={"source_hidden": True}
    )
    intro = prose("# A tiny unit: workbook\n\nHow it works.")
    page = feedback_on(cohort, intro, TASK, answer("letters = 3"), screen, check(WRONG))
    folded = re.search(r"<details.*?</details>", page, re.DOTALL)[0]
    assert "Count the letters" in folded and "How it works" not in page
    assert page.index("3 letters</b>") > page.index('class="code"') and "draw()" not in words(page)


@pytest.mark.parametrize("status", ["not attempted", "incomplete", "badly formed"])
def test_an_answer_that_could_not_be_scored_says_why_in_the_words_of_the_check(cohort, status):
    fault = {"what": "`letters`: expected a count, but 'x' came.", "do_next": "Write a count."}
    stopped = raised("NotReady", " ".join(fault.values()), "Traceback", "secret.py")
    test = check(result(status, points=0.0, fault=fault), stopped)
    told = words(feedback_on(cohort, TASK, answer("letters = 'x'"), test, auto_score=0.0))
    assert f"0 of 2 points: {status}" in told and f"1 {status}." in told
    assert told.count("letters : expected a count, but 'x' came. Write a count.") == 1
    assert "Traceback" not in told and "secret.py" not in told


def test_a_mistake_that_was_noticed_at_once_is_told_although_the_check_stopped_later(cohort):
    noticed = displayed(text_plain="Look again.")
    noticed.data[REPLY_MIME] = {"mistakes": [MISTAKE]}
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), check(noticed, raised("KeyError", "'x'"))))
    assert misconceptions()[MISTAKE]["believed"] in told
    assert "could not finish, so it gave no points: KeyError: 'x'." in told


def test_a_mistake_that_the_catalogue_does_not_know_costs_nobody_the_page(cohort):
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), check(result(replies=["gone", MISTAKE]))))
    assert told.count("This looks like:") == 1 and "gone" not in told


def test_what_an_older_version_graded_still_shows_points_and_mistakes(cohort):
    older = result(replies=[MISTAKE])
    for name in ("awards", "replies", "why"):
        del older.data[RESULT_MIME][name]
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), check(older)))
    assert "1 of 2 points" in told and misconceptions()[MISTAKE]["look"] in told
    not_ready = result("incomplete", points=0.0)
    for name in ("awards", "replies", "why"):
        del not_ready.data[RESULT_MIME][name]
    stopped = raised("NotReady", "Still to be filled in: `letters`.")
    told = words(feedback_on(cohort, TASK, answer(""), check(not_ready, stopped), auto_score=0.0))
    assert "0 of 2 points: incomplete" in told and "Still to be filled in: letters ." in told


def test_titles_come_from_the_source_and_not_from_what_the_learner_made_of_them(cohort):
    page = feedback_on(cohort, prose("## Full marks (20 points)"), answer("letters = 1"), check(WRONG))
    assert re.search(r"<h3[^>]*>1. The letters</h3>", page)


def test_a_learner_with_two_notebooks_has_one_page_and_one_for_each_as_nbgrader_names_them(cohort):
    for notebook, points in (("workbook", 2.0), ("bench", 0.5)):
        hand_in(
            cohort,
            TASK,
            answer(f"letters = {notebook!r}"),
            check(WRONG),
            notebook=notebook,
            auto_score=points,
            learner="bo-2",
        )
    (whole,) = write(cohort).written
    assert sorted(path.name for path in whole.parent.iterdir()) == [
        "bench.html",
        "index.html",
        "workbook.html",
    ]
    told = words(page_of(cohort, "bo-2"))
    assert told.index("letters = 'workbook'") < told.index("letters = 'bench'")
    assert "letters = 'bench'" not in page_of(cohort, "bo-2", "workbook")
    ids = re.findall(r'\bid="([^"]*)"', page_of(cohort, "bo-2"))
    assert len(ids) == len(set(ids)) == 4


def test_a_notebook_of_the_track_that_was_not_handed_in_is_named(cohort):
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner="bo-2")
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner="ana")
    write(cohort)
    assert "Not handed in: bench." in words(page_of(cohort, "bo-2"))
    assert "Not handed in" not in words(page_of(cohort, "ana"))


# --- what a person gave ---------------------------------------------------------------------------


def test_what_the_trainer_wrote_and_gave_is_shown_as_the_trainers(cohort):
    page = feedback_on(
        cohort,
        TASK,
        answer("letters = 1"),
        check(WRONG),
        manual_score=1.5,
        extra_credit=0.25,
        comment="Nearly: *see* <script>alert(1)</script> the table.",
    )
    told = words(page)
    assert "1.75 of 2 points" in told
    assert "Your trainer set these points; the check had given 1." in told
    assert "0.25 of them are extra, from your trainer." in told
    assert "<em>see</em>" in page and "alert" not in page
    assert "What your trainer writes Nearly:" in told


def test_a_manual_grade_stays_after_a_regrade_and_the_page_says_that_it_is_older(cohort):
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), auto_score=0.0, manual_score=2.0)
    change_grade(cohort, "ana", needs_manual_grade=True)  # what autograding again does
    write(cohort)
    told = words(page_of(cohort))
    assert "2 of 2 points" in told and "checked again after your trainer" in told


def test_an_answer_that_waits_for_a_person_is_not_called_wrong(cohort):
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), check(), auto_score=None))
    assert "0 of 2 points: not scored yet" in told and "1 not scored yet." in told


def test_a_late_penalty_is_named_and_the_sum_is_nbgraders(cohort, capfd):
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), check(WRONG), auto_score=2.0, penalty=0.5))
    assert "Workbook: 1.5 of 2 points." in told
    assert "Handed in late: 0.5 points taken off. Before that it was 2 of 2." in told
    assert capfd.readouterr().err == ""


def test_a_late_hand_in_without_a_penalty_is_said_to_cost_nothing(cohort):
    due = datetime.datetime(2026, 12, 1, 22, 59, 59)
    said = "Handed in late, which costs no points. It was due 2026-12-01 22:59 UTC."
    for learner, seconds in {"ana": 1, "bo-2": 0, "c.d@e+f": 7200}.items():
        hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner=learner, auto_score=2.0)
        hand_in(cohort, TASK, learner=learner, notebook="bench")
        with gradebook_of(cohort) as gradebook:
            gradebook.find_assignment(UNIT).duedate = due
            submission = gradebook.find_submission(UNIT, learner)
            submission.timestamp = due + datetime.timedelta(seconds=seconds)
    with gradebook_of(cohort) as gradebook:
        gradebook.find_submission(UNIT, "c.d@e+f").extension = datetime.timedelta(hours=2)
    write(cohort)
    assert words(page_of(cohort)).count(said) == 1
    assert "2 of 2 points" in words(page_of(cohort))
    assert "late" not in words(page_of(cohort, "bo-2")) + words(page_of(cohort, "c.d@e+f"))
    change_grade(cohort, "ana", penalty=0.5)
    write(cohort)
    told = words(page_of(cohort))
    assert "0.5 points taken off" in told and "costs no points" not in told


def test_nbgraders_own_no_response_is_not_put_into_the_trainers_mouth(cohort):
    hand_in(cohort, TASK, answer("letters = None"), check(WRONG))
    with gradebook_of(cohort) as gradebook:
        gradebook.find_comment("letters", "workbook", UNIT, "ana").auto_comment = "No response."
    write(cohort)
    assert "trainer writes" not in words(page_of(cohort))


def test_points_and_comments_that_a_file_claims_are_not_the_trainers(cohort):
    forged = {"comment": "Wonderful.", "graded": {"score": 99, "max_score": 1}}
    cells = [
        prose("Mine."),
        answer("letters = 1"),
        check(WRONG),
        answer("more = 1", "more"),
        check(name="more"),
    ]
    for cell in cells:
        cell.metadata["nbgrader"] = cell.metadata.get("nbgrader", {}) | forged
    told = words(feedback_on(cohort, TASK, *cells))
    assert "Wonderful" not in told and "99" not in told


# --- what the grader noted ------------------------------------------------------------------------


def test_notes_of_the_grader_stand_where_they_belong(cohort):
    folder = hand_in(cohort, TASK, answer("letters = 1"), check())
    notes = [
        {
            "notebook": "workbook",
            "cell": "letters_test",
            "reason": "The test cell <was> not run.",
            "attention": True,
        },
        {"notebook": "workbook", "cell": "", "reason": "The file was called workbook (2).ipynb."},
        {"notebook": "", "cell": "", "reason": "Two hand-ins came on one day.", "attention": False},
        {"notebook": "workbook", "cell": "gone", "reason": "A cell was restored."},
    ]
    (folder / RECORD_FILE).write_text(json.dumps({"submission": "x", "notes": notes}))
    write(cohort)
    told, page = words(page_of(cohort)), page_of(cohort)
    top, _, rest = page.partition("<nav")
    middle, _, exercise = rest.partition("<h3")
    assert "Two hand-ins" in top and "was called" in middle and "restored" in middle
    assert "Needs attention: The test cell <was> not run." in words(exercise)
    assert all(told.count(note["reason"]) == 1 for note in notes)
    assert "showed no result" not in told


@pytest.mark.parametrize(
    "damaged",
    [
        "{",
        "[]",
        '{"notes": 3}',
        '{"notes": [{"reason": 3}, 4]}',
        '{"points": 1}',
        "\x00\ud800",
        "[" * 100_000,
    ],
)
def test_damaged_notes_are_said_to_be_and_cost_nobody_the_page(cohort, damaged):
    folder = hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    (folder / RECORD_FILE).write_bytes(damaged.encode("utf-8", "surrogatepass"))
    write(cohort)
    assert DAMAGED in words(page_of(cohort)) and "letters = 1" in words(page_of(cohort))


def test_a_damaged_roster_is_one_sentence_and_no_page_forgets_the_bench(cohort):
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner="bo-2")
    (cohort / "roster.csv").write_text("id,name\nbo-2,Bo\n", encoding="utf-8")
    with pytest.raises(HindcastError, match=r"roster\.csv"):
        write(cohort)
    assert not list(cohort.glob("feedback/*/*/*.html"))
    (cohort / "roster.csv").unlink()
    write(cohort)
    assert "Not handed in" not in words(page_of(cohort, "bo-2"))


def test_a_hand_in_of_which_nothing_could_be_graded_has_a_page_that_says_why(cohort):
    folder = hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    write(cohort)
    (folder / "workbook.ipynb").unlink()
    notes = [{"notebook": "workbook", "cell": "", "reason": "The file is no notebook.", "attention": False}]
    (folder / RECORD_FILE).write_text(json.dumps({"submission": "x", "notes": notes}))
    write(cohort)
    told = words(page_of(cohort))
    assert "Note: The file is no notebook. Nothing of this hand-in could be graded." in told
    assert "Not handed in" not in told and [p.name for p in (cohort / "feedback/ana" / UNIT).iterdir()] == [
        "index.html"
    ]


# --- what nobody may read -------------------------------------------------------------------------


def test_no_hidden_test_is_on_the_page_whatever_quotes_it(cohort):
    cells = [
        TASK,
        answer("letters = 1"),
        check(
            raised("KeyError", "'x'", f"----> 1 {HIDDEN}"), new_output("stream", name="stdout", text=HIDDEN)
        ),
        shows(new_output("stream", name="stdout", text=f"said: {HIDDEN!r}"), source="print(In[-2])"),
        shows(
            displayed(text_html=f"<b>result</b>{html.escape(HIDDEN.removeprefix('result'))}", text_plain="x")
        ),
        shows(raised("ValueError", "boom", "\x1b[0;31mresult\x1b[0m" + HIDDEN.removeprefix("result"))),
        answer("more = 1", name="more"),
        check(WRONG, name="more", source="# another"),
    ]
    page = feedback_on(cohort, *cells)
    assert "secret_factor" not in page
    assert words(page).count(QUOTES_THE_TEST) == 3
    assert "could not finish, so it gave no points: KeyError: 'x'." in words(page)


def test_a_sentence_of_a_hidden_test_that_the_check_says_is_no_leak(cohort):
    source = TEST.replace(HIDDEN, f'{HIDDEN}\nresult.show(\n    "Three it is."\n    " No more.",\n)')
    cell = shows(new_output("stream", name="stdout", text="Three it is."))
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), cell, check(WRONG, source=source)))
    assert told.count("Three it is.") == 2 and QUOTES_THE_TEST not in told


@pytest.mark.parametrize("marks", ["### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS", TEST])
def test_a_learner_may_write_the_marks_of_a_hidden_test(cohort, marks):
    page = feedback_on(cohort, TASK, answer(f"letters = 1\n{marks}"), check(WRONG))
    assert "letters = 1" in words(page)


def test_a_test_cell_whose_marks_do_not_pair_shows_nothing_of_it(cohort):
    broken = TEST.replace("### END HIDDEN TESTS", "")
    assert "secret_factor" not in feedback_on(
        cohort, TASK, answer("letters = 1"), check(WRONG, source=broken)
    )


def test_nothing_of_another_learner_is_on_the_page(cohort):
    for learner in ("ana", "bo-2"):
        hand_in(
            cohort,
            TASK,
            answer(f"letters = 'of {learner}'"),
            check(WRONG),
            learner=learner,
            comment=f"to {learner}",
        )
    write(cohort)
    assert "bo-2" not in page_of(cohort, "ana") and "Bo &amp; Söhne" not in page_of(cohort, "ana")


# --- what a learner wrote is harmless -------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>press</a>"
    "<iframe src='https://example.org'></iframe><svg onload=alert(1)></svg><style>h1{display:none}</style>"
    "<form action='https://example.org'><input></form><base href='https://example.org'>"
    "<a href='data:text/html,<script>alert(1)</script>'>data</a><img src='https://example.org/x.png'>"
    "<div id='workbook-1' class='note' onclick='alert(1)' style='color:red;position:fixed;top:0'>over</div>"
    "<div style='color:red;margin-top:-99em'>over</div><object data='x'></object><link rel=x href=y>"
    "<meta http-equiv='refresh' content='0;url=https://example.org'>"
)
HARMLESS = """
a b bdi body br caption code details div em h1 h2 h3 h4 header html img li main nav p pre section span strong
summary table tbody td th thead tr ul
"""


class Acting(HTMLParser):
    """Collects what could run, load, link elsewhere or cover other parts of a page."""

    def __init__(self, page):
        super().__init__()
        self.found, self.ids = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        self.found += [tag] * (tag not in HARMLESS.split())
        for name, value in attributes:
            bad = {
                "href": not re.match(r"#workbook-\d+$|https://", value or ""),
                "src": not (value or "").startswith("data:image/"),
                "style": re.search(r"position|margin-top|url", value or ""),
            }
            if name.startswith("on") or bad.get(name):
                self.found.append(f"{tag} {name}={value}")


def own_words_of(page):
    """The page without its head, which holds our own meta, style and policy."""
    return page.partition("</head>")[2]


HOSTILE_CELLS = [
    prose(HOSTILE),
    prose(f"[press](javascript:alert(1)) ![x](https://example.org/x.png) `{HOSTILE}`"),
    answer(HOSTILE, name="other"),
    shows(displayed(text_html=HOSTILE)),
    shows(displayed(text_html=HOSTILE, text_plain="<IPython.core.display.HTML object>")),
    shows(displayed(text_markdown=HOSTILE)),
    shows(displayed(text_plain=HOSTILE)),
    shows(displayed(text_latex=HOSTILE)),
    shows(new_output("stream", name="stderr", text=HOSTILE)),
    shows(raised(HOSTILE, HOSTILE, HOSTILE)),
    shows(displayed(image_png=f'x">{HOSTILE}', text_plain=HOSTILE)),
    shows(displayed({"image/png": {"alt": f'">{HOSTILE}'}}, image_png=PNG)),
    shows(new_output("display_data", {"image/svg+xml": f"<svg>{HOSTILE}</svg>"})),
    shows(new_output("display_data", {"application/javascript": "alert(1)"})),
    shows(source=HOSTILE),
    check(result(awards=[(HOSTILE, 1.0, 1.0)], why=[HOSTILE], replies=[HOSTILE[:80]]), name="other"),
    check(raised("NotReady", HOSTILE), name=HOSTILE),
]


def test_nothing_a_learner_wrote_acts_loads_or_covers_the_page(cohort):
    page = own_words_of(feedback_on(cohort, *HOSTILE_CELLS, TASK, answer("letters = 1"), check(WRONG)))
    acting = Acting(page)
    assert acting.found == []
    assert sorted(acting.ids) == ["workbook", "workbook-1", "workbook-2", "workbook-3"]
    assert "letters = 1" in words(page) and page.count("<img") > 3
    assert words(page).count("alert(1)") > 20  # what is text stays, as text


def test_the_page_forbids_scripts_and_loads_nothing(cohort):
    page = feedback_on(cohort, TASK, answer("letters = 1"), check(WRONG))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert "<script" not in page and "@import" not in page
    assert re.findall(r"""(?:src|href)=["'](?!#|data:image)|url\(""", page) == []


def test_a_name_and_an_id_with_odd_characters_are_only_a_name_and_an_id(cohort):
    odd = 'x\'y "z" <i>& ü'
    with gradebook_of(cohort) as gradebook:
        gradebook.update_or_create_student(odd)
        gradebook.add_submission(UNIT, odd)
    for learner in (odd, "c.d@e+f"):
        hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner=learner)
    assert len(write(cohort).written) == 2
    assert f"Feedback for {odd}" in words(page_of(cohort, odd)) and "<i>" not in page_of(cohort, odd)


# --- pictures and tables --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "alt"),
    [
        (
            [displayed({"image/png": {"alt": "Its own."}}, image_png=PNG, text_plain="Of three letters.")],
            "Its own.",
        ),
        ([displayed(image_png=PNG, text_plain='Of "three" letters.')], "Of &#34;three&#34; letters."),
        (
            [
                displayed(image_png=PNG, text_plain="<Figure size 640x480 with 1 Axes>"),
                displayed(text_markdown="It shows\nthree.", text_plain="It shows three."),
            ],
            "It shows three.",
        ),
        ([displayed(image_png=PNG), new_output("stream", name="stdout", text="Printed.\n")], "Printed."),
        ([displayed(image_png=PNG), displayed(text_html="<b>table</b>", text_plain="table")], NO_WORDS),
        ([displayed({"image/png": 3}, image_png=PNG)], NO_WORDS),
    ],
)
def test_a_figure_has_its_sentence_as_its_text(cohort, outputs, alt):
    page = feedback_on(cohort, TASK, answer("letters = 1"), shows(*outputs), check(WRONG))
    assert re.findall(r'<img [^>]*alt="([^"]*)"', page) == [alt]


def test_every_table_says_what_its_head_cells_head(cohort):
    head, row = "<tr><th></th><th>a</th></tr>", "<tr><th>0</th><td>1</td></tr>"
    table = f"<table><thead>{head}</thead><tbody>{row}</tbody></table>"
    cells = (prose("| a | b |\n|---|---|\n| 1 | 2 |"), shows(displayed(text_html=f"<style>x</style>{table}")))
    page = feedback_on(
        cohort, TASK, *cells, answer("letters = 1"), shows(displayed(text_html=table)), check(WRONG)
    )
    heads = re.findall(r"<th\b[^>]*>", page)
    assert len(heads) > 10 and all('scope="' in head for head in heads)
    assert 'tabindex="0" role="group"' in page  # the keyboard can reach parts that scroll


def test_headings_are_in_order_whatever_a_learner_displays(cohort):
    own = (
        prose("# Mine\n\n###### deep"),
        shows(displayed(text_html="<h1>shout</h1>"), displayed(text_markdown="# hi")),
    )
    page = feedback_on(
        cohort, TASK, *own, answer("letters = 1"), shows(displayed(text_html="<H5>x</H5>")), check(WRONG)
    )
    levels = [int(level) for level in re.findall(r"<h(\d)", own_words_of(page))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
    assert "<p><strong>shout</strong></p>" in page
    assert '<html lang="en">' in page


def test_what_is_too_much_is_cut_and_said_to_be(cohort):
    cells = [
        shows(new_output("stream", name="stdout", text="x" * 2_000_000)),
        shows(displayed(text_html="<b>y</b>" * 100_000, text_plain="y" * 100_000)),
        shows(displayed(image_png="A" * 4_500_000)),
        shows(*[new_output("stream", name="stdout", text="z\n")] * 300),
    ]
    page = feedback_on(cohort, TASK, answer("letters = 1"), *cells, check(WRONG))
    assert len(page) < 5 * LONGEST_TEXT
    for said in ("more characters are left out", "more than 3 MB is left out", "240 more outputs"):
        assert said in words(page)


def test_the_sanitiser_keeps_our_own_screens():
    from hindcast.screens import dashboard, sheet

    for screen in (dashboard("t", [(1, "a"), (None, "b")], "n", ["x"], "x", "a"), sheet("t", ["a"], [["b"]])):
        markup = screen._repr_mimebundle_()["text/html"]
        kept = clean_markup(markup)
        assert re.findall(r"<\w+", kept.replace("<tbody>", "")) == re.findall(r"<\w+", markup)
        before, after = (len(re.findall(r"[\w-]+\s*:", part)) for part in (markup, kept))
        assert before == after, kept


# --- writing --------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing_and_touches_nothing_else(cohort):
    other = cohort / "feedback" / "someone" / "99_other" / "kept.html"
    other.parent.mkdir(parents=True)
    other.write_text("kept")
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    (mine,) = write(cohort).written
    (mine.parent / "own.txt").write_text("kept")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in cohort.rglob("feedback/**/*")}
    write(cohort)
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in cohort.rglob("feedback/**/*")}
    assert {p: v for p, v in after.items() if p.is_file()} == {p: v for p, v in before.items() if p.is_file()}


def test_a_page_of_a_notebook_that_is_no_longer_handed_in_goes(cohort):
    for notebook in ("workbook", "bench"):
        folder = hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), notebook=notebook)
    write(cohort)
    (folder / "bench.ipynb").unlink()
    write(cohort)
    assert not (cohort / "feedback" / "ana" / UNIT / "bench.html").exists()


BAD = {
    "no JSON": b"{",
    "empty": b"",
    "a list": b"[]",
    "latin-1": '{"x": "\xe4"}'.encode("latin-1"),
    "cells are text": json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ["x"]}
    ).encode(),
    "no source": json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}}]}
    ).encode(),
}


@pytest.mark.parametrize(("bad", "workers"), [*((bad, 1) for bad in BAD), ("no source", 2)])
def test_a_hand_in_that_cannot_be_read_keeps_its_old_page_and_stops_no_other(cohort, bad, workers):
    for learner in ("ana", "bo-2"):
        folder = hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner=learner)
    write(cohort)
    old = page_of(cohort, "bo-2")
    (folder / "workbook.ipynb").write_bytes(BAD[bad])
    change_grade(cohort, "ana", auto_score=2.0)
    pages = write_feedback(cohort, UNIT, workers=workers)
    (fault,) = pages.faults
    assert fault.startswith("bo-2: ") and "\n" not in fault
    assert page_of(cohort, "bo-2") == old
    assert "2 of 2 points" in words(page_of(cohort, "ana"))


def test_a_hand_in_that_the_gradebook_does_not_know_is_a_fault(cohort):
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    shutil.copytree(cohort / "autograded" / "ana", cohort / "autograded" / "stranger")
    pages = write_feedback(cohort, UNIT, workers=1)
    assert len(pages.written) == 1 and pages.faults == [f"stranger: {UNKNOWN}"]
    assert not (cohort / "feedback" / "stranger" / UNIT / "index.html").exists()


def test_a_cell_that_the_gradebook_does_not_know_has_no_points_and_the_page_is_made(cohort):
    more = [answer("more = 1", name="more"), check(WRONG, name="more")]
    told = words(feedback_on(cohort, TASK, answer("letters = 1"), check(WRONG), *more))
    assert "The gradebook does not know this exercise." in told and "1 not in the gradebook." in told


def test_who_has_no_page_is_said(cohort):
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    waiting = cohort / "submitted" / "bo-2" / UNIT
    waiting.mkdir(parents=True)
    nbformat.write(new_notebook(), waiting / "workbook.ipynb")
    said = []
    pages = write(cohort, say=said.append)
    assert (pages.not_graded, pages.no_hand_in) == (["bo-2"], ["c.d@e+f"])
    assert said == [
        "1 learner has a page.",
        "Handed in, but not graded yet, so without a page: bo-2.",
        "No hand-in, so no page: c.d@e+f.",
    ]
    assert [path.name for path in (cohort / "feedback").iterdir()] == ["ana"]


def test_only_the_learners_asked_for_get_a_page_and_an_unknown_one_is_named(cohort):
    for learner in ("ana", "bo-2"):
        hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner=learner)
    write(cohort, learners=["bo-2"])
    assert [path.name for path in (cohort / "feedback").iterdir()] == ["bo-2"]
    with pytest.raises(HindcastError, match=r"no learner 'nobody' in spring. The learners are: ana, bo-2"):
        write(cohort, learners=["nobody"])
    with pytest.raises(HindcastError, match=r"There is no unit '01_tinny'.*Did you mean 01_tiny"):
        write_feedback(cohort, "01_tinny")


def test_what_release_feedback_reads_is_carried_and_nothing_else(cohort):
    folder = hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    for name in ("timestamp.txt", "submission_secret.txt", "secret_data.csv", RECORD_FILE):
        (folder / name).write_text('{"notes": []}' if name == RECORD_FILE else "2026-11-22 18:03:00 UTC\n")
    write(cohort)
    here = sorted(path.name for path in (cohort / "feedback" / "ana" / UNIT).iterdir())
    assert here == ["index.html", "submission_secret.txt", "timestamp.txt", "workbook.html"]
    assert "Handed in: 2026-11-22 18:03:00 UTC" in words(page_of(cohort))


def test_several_processes_write_what_one_writes(cohort, tmp_path):
    for learner in ("ana", "bo-2", "c.d@e+f"):
        hand_in(cohort, TASK, answer(f"letters = {learner!r}"), check(WRONG), learner=learner)
    first = [path.read_bytes() for path in write(cohort).written]
    shutil.rmtree(cohort / "feedback")
    second = [path.read_bytes() for path in write_feedback(cohort, UNIT, workers=2).written]
    assert first == second and len(first) == 3


def test_a_process_that_dies_is_a_sentence_and_loses_no_page_that_was_there(cohort, monkeypatch):
    from hindcast.kit.feedback import writing

    for learner in ("ana", "bo-2"):
        hand_in(cohort, TASK, answer("letters = 1"), check(WRONG), learner=learner)
    write(cohort)
    monkeypatch.setattr(writing, "_write_pages", lambda job: os._exit(9))
    pages = write_feedback(cohort, UNIT, workers=2)
    assert len(pages.faults) == 2 and all("Run the command again" in fault for fault in pages.faults)
    assert page_of(cohort, "ana")


# --- the command ----------------------------------------------------------------------------------


def test_the_command_says_where_the_pages_are_and_faults_are_exit_code_2(cohort, monkeypatch):
    folder = hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    monkeypatch.chdir(cohort)
    done = CliRunner().invoke(cli.app, ["feedback", UNIT, "--workers", "1"])
    assert done.exit_code == 0 and f"LEARNER/{UNIT}/index.html" in done.output
    (folder / "workbook.ipynb").write_text("{")
    done = CliRunner().invoke(cli.app, ["feedback", UNIT, "--cohort", "spring", "--learner", "ana"])
    assert done.exit_code == 2 and done.stderr.startswith("ana: ")
    assert "Example: hindcast feedback" in CliRunner().invoke(cli.app, ["feedback", "--help"]).output


def test_a_script_gets_one_object(cohort, monkeypatch):
    hand_in(cohort, TASK, answer("letters = 1"), check(WRONG))
    monkeypatch.chdir(cohort)
    done = CliRunner().invoke(cli.app, ["feedback", UNIT, "--json"])
    said = json.loads(done.stdout)
    assert said["unit"] == UNIT and said["faults"] == []
    assert [Path(page).parts[-3] for page in said["written"]] == ["ana"]
    assert "bo-2" in said["no_hand_in"]


def test_the_only_cohort_need_not_be_named(course, tmp_path):
    assert the_cohort(course, None) == the_cohort(course, "spring") == course / "grading/cohorts/spring"
    for root, name in ((course, "autumn"), (course, "../spring"), (tmp_path, None)):
        with pytest.raises(HindcastError):
            the_cohort(root, name)
