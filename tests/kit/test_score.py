"""Scoring one's own notebooks: they are graded, not changed, and make no cohort that others see."""

import hashlib
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from tiny_unit import UNIT

from hindcast.errors import HindcastError
from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.notebooks.release import release
from hindcast.kit.sandbox import isolation
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.score import command as scoring
from hindcast.kit.score.command import (
    NEEDS_CHECKOUT,
    ScoreOptions,
    full_checkout,
    is_answered,
    score_own_notebooks,
)

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

QUIET = ScoreOptions(browser=False)
needs_isolation = pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle()))


@pytest.fixture
def mine(tiny, monkeypatch):
    """A full checkout, and the learner in it."""
    monkeypatch.chdir(tiny)
    return tiny


def notebook(root):
    return root / "course" / UNIT / "workbook.ipynb"


def answer(root, source, exercise="letters"):
    """Save the workbook with another source in an answer cell, as JupyterLab would."""
    path = notebook(root)
    content = nbformat.read(path, as_version=4)
    records = [(cell, cell.metadata.get("nbgrader", {})) for cell in content.cells]
    (cell,) = [c for c, record in records if record.get("solution") and record["grade_id"] == exercise]
    cell.source = source
    nbformat.write(content, path)


def hashes(root):
    """Every file below course/ and solutions/, and when it was changed."""
    return {
        path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for folder in ("course", "solutions", "grading")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }


def page_of(root):
    return root / "scratch" / "score" / UNIT / "index.html"


@needs_isolation
def test_ones_own_answer_is_graded_and_answered_and_nothing_of_it_is_changed(mine, capsys):
    answer(mine, "letters = 3")
    before = hashes(mine)
    assert score_own_notebooks(UNIT, QUIET) == 0
    shown = capsys.readouterr().out
    assert "Workbook: 2 of 2 points." in shown and f"Feedback: {page_of(mine)}" in shown
    assert "Where to look next" not in shown
    assert "letters = 3" in re.sub("<[^>]+>", "", page_of(mine).read_text(encoding="utf-8"))
    assert hashes(mine) == before
    assert [path.name for path in (mine / "scratch" / "score").iterdir()] == [UNIT]


@needs_isolation
def test_a_recognised_mistake_says_where_to_look_next(mine, capsys):
    answer(mine, "letters = 100")
    assert score_own_notebooks(UNIT, QUIET) == 0
    shown = capsys.readouterr().out
    assert "Workbook: 0 of 2 points." in shown
    assert re.search(r"Where to look next:\n  Workbook letters \(0 of 2\): \w+", shown)
    answer(mine, "letters = 3")
    score_own_notebooks(UNIT, QUIET)
    assert "Workbook: 2 of 2 points." in capsys.readouterr().out  # an older page does no harm


@needs_isolation
def test_code_runs_in_the_isolation_of_the_grader(mine, capsys):
    secret = mine / "secret.txt"
    secret.write_text("3")
    answer(mine, f"letters = int(open({str(secret)!r}).read())")
    assert score_own_notebooks(UNIT, QUIET) == 0
    assert "Workbook: 0 of 2 points." in capsys.readouterr().out


@pytest.fixture
def with_text(mine):
    """The unit with a text that a person scores, and its rubric."""
    path = mine / "solutions" / UNIT / "workbook.ipynb"
    content = nbformat.read(path, as_version=4)
    plain = {"schema_version": 3, "task": False}
    text = plain | {"grade_id": "why", "grade": True, "solution": True, "locked": False, "points": 3}
    rubric = plain | {"grade_id": "why_rubric", "grade": False, "solution": False, "locked": True}
    content.cells += [
        new_markdown_cell("## Say why (3 points)"),
        new_markdown_cell("1. **One reason.**", metadata={"nbgrader": rubric}),
        new_markdown_cell("Because ham has three.", metadata={"nbgrader": text}),
    ]
    nbformat.write(content, path)
    release(mine, UNIT)
    return mine


@needs_isolation
def test_a_text_that_a_person_scores_stands_beside_rubric_and_example(with_text, capsys):
    answer(with_text, "letters = 3", "letters")
    score_own_notebooks(UNIT, QUIET)
    assert "ham has three" not in capsys.readouterr().out  # not written yet, so the example is kept back
    answer(with_text, "I counted.", "why")
    score_own_notebooks(UNIT, QUIET)
    shown = capsys.readouterr().out
    assert "Workbook: 2 of 2 points, and 3 for what nobody scores here." in shown
    assert "(3 points): nobody scores this text here." in shown
    assert "What earns the points:\n\n1. **One reason.**" in shown
    assert "An answer that earns them all:\n\nBecause ham has three." in shown


def test_what_is_untouched_is_said_kindly_and_not_run(mine, capsys):
    before = hashes(mine)
    assert score_own_notebooks(UNIT, QUIET) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Nothing is answered yet in {UNIT}: the workbook is as the course brought it.")
    assert not page_of(mine).exists() and hashes(mine) == before


def test_an_answer_is_one_that_differs_from_the_release_not_a_cell_of_ones_own(mine, built):
    release = built / "course" / UNIT
    path = notebook(mine)
    content = nbformat.read(path, as_version=4)
    content.cells.append(new_markdown_cell("my note"))
    nbformat.write(content, path)
    assert not is_answered(path, release)
    answer(mine, "letters = 3")
    assert is_answered(path, release)
    path.write_text("{")
    assert is_answered(path, release)  # the grader says what is wrong with it


@needs_isolation
def test_a_damaged_notebook_is_one_sentence(mine, capsys):
    notebook(mine).write_text("{ no notebook")
    assert score_own_notebooks(UNIT, QUIET) == 0
    shown = capsys.readouterr()
    assert "workbook: workbook.ipynb" in shown.out and "Traceback" not in shown.out + shown.err
    assert notebook(mine).read_text() == "{ no notebook"


def test_a_missing_notebook_is_one_sentence(mine):
    notebook(mine).unlink()
    with pytest.raises(HindcastError, match=r"no notebook to score in .*git checkout"):
        score_own_notebooks(UNIT, QUIET)


def test_a_unit_that_is_none_is_named_with_those_that_are(mine):
    with pytest.raises(HindcastError, match=f"no unit '01_tny'.*Did you mean {UNIT}"):
        score_own_notebooks("01_tny", QUIET)


def test_a_bundle_says_that_it_needs_the_full_checkout(mine, monkeypatch):
    shutil.rmtree(mine / "solutions")
    monkeypatch.chdir(mine / "course" / UNIT)
    with pytest.raises(HindcastError) as fault:
        full_checkout(UNIT)
    assert str(fault.value) == NEEDS_CHECKOUT


def test_it_is_no_cohort_while_it_runs_nor_after(mine, monkeypatch):
    seen = []
    grade = scoring.grade_copies

    def look(cohort, *rest):
        with pytest.raises(HindcastError, match="none yet"):
            the_cohort(mine, None)
        seen.append(cohort)
        return grade(cohort, *rest)

    monkeypatch.setattr(scoring, "grade_copies", look)
    answer(mine, "letters = 3")
    score_own_notebooks(UNIT, ScoreOptions(browser=False, unsandboxed=True))
    assert seen and not seen[0].exists()
    with pytest.raises(HindcastError, match="none yet"):
        the_cohort(mine, None)


def test_where_code_cannot_be_isolated_nothing_is_run_and_the_way_out_is_advised(mine, monkeypatch, capsys):
    monkeypatch.setattr(isolation.shutil, "which", lambda tool: None)
    answer(mine, f"open({str(mine / 'ran')!r}, 'w')\nletters = 3")
    assert score_own_notebooks(UNIT, QUIET) == 3
    shown = capsys.readouterr()
    assert "isolated with bwrap, which is not here" in shown.err and shown.out == ""
    assert f"hindcast score {UNIT} --allow-unsandboxed" in shown.err
    assert not (mine / "ran").exists() and not page_of(mine).exists()
    assert score_own_notebooks(UNIT, ScoreOptions(browser=False, unsandboxed=True)) == 0
    assert "Workbook: 2 of 2 points." in capsys.readouterr().out and (mine / "ran").exists()


# --- the command ------------------------------------------------------------------------------------


def command(root, *words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "hindcast", "score", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the browser of this test is a shell script")
@pytest.mark.parametrize("opens", [True, False])
def test_the_page_opens_in_the_browser_unless_there_shall_be_none(mine, tmp_path, opens):
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    answer(mine, "letters = 3")
    off = {} if opens else {"NO_BROWSER": "1"}
    done = command(mine, UNIT, "--allow-unsandboxed", BROWSER=str(browser), **off)
    assert (done.returncode, done.stderr) == (0, "")
    if opens:
        assert opened.read_text().strip() == page_of(mine).as_uri()
    assert opened.exists() is opens


@needs_isolation
def test_a_cell_may_run_as_long_as_one_says(mine):
    answer(mine, "while True:\n    letters = 3")
    done = command(mine, UNIT, "--no-browser", "--timeout", "1")
    assert done.returncode == 0
    assert "stopped after 1 second" in done.stdout
