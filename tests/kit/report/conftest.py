"""A cohort of the made-up course, and hand-ins as the grader leaves them."""

import shutil
from pathlib import Path

import nbformat
import pytest
from made_up import KERNEL, NOON, PEOPLE, POINTS, SECOND, notebook, outcome
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from tiny_unit import checkout

from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.record import read_results, write_record
from hindcast.kit.roster.roster import write_roster


@pytest.fixture(scope="session")
def taught(tmp_path_factory) -> Path:
    """A checkout with the units and a cohort in which nobody has handed in. Shared by tests: read only."""
    root = checkout(tmp_path_factory.mktemp("taught") / "checkout")
    lesson = [
        new_markdown_cell("# A lesson\n\n## 1. Groups (3 minutes)"),
        new_code_cell("1"),
        new_markdown_cell("## 2. Per hundred (4 minutes)\n\nLook."),
        new_code_cell('check.instant({"count_is_rate": lambda n: n == 3})'),
    ]
    for unit, name in POINTS:
        for folder in (root / "solutions" / unit, root / "course" / unit):
            folder.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook(unit, name), folder / f"{name}.ipynb")
            nbformat.write(new_notebook(cells=lesson, metadata=KERNEL), folder / "lesson.ipynb")
    write_roster(PEOPLE, root / "roster.csv")
    new_cohort(root, "spring", root / "roster.csv")
    return root


@pytest.fixture
def cohort(taught, tmp_path) -> Path:
    """The cohort in a checkout that a test may change."""
    return Path(shutil.copytree(taught, tmp_path / "checkout")) / "grading" / "cohorts" / "spring"


@pytest.fixture
def hand_in(cohort):
    """A function that leaves a graded notebook and its rows in the gradebook.

    `results`: exercise -> points, or (points, mistake, ...) or a status such as "not attempted".
    """

    def leave(learner, results, unit=SECOND, name="workbook", sources=None, at=NOON):
        folder = cohort / "autograded" / learner / unit
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(unit, name, sources), folder / f"{name}.ipynb")
        shown = {exercise: outcome(unit, name, exercise, told) for exercise, told in results.items()}
        write_record(folder, "print", [], (read_results(folder) or {}) | {name: shown})
        with Gradebook(gradebook_url(cohort), "") as gradebook:
            gradebook.update_or_create_submission(unit, learner, timestamp=at)
            for exercise, result in shown.items():
                grade = gradebook.find_grade(f"{exercise}_test", name, unit, learner)
                grade.auto_score, grade.needs_manual_grade = result.points, False
            gradebook.db.commit()
        return folder

    return leave
