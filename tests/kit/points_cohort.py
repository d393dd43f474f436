"""A cohort with points of all kinds for `hindcast export`, made without running a notebook."""

import datetime
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from tiny_unit import checkout

from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.roster.roster import Learner, write_roster

NOON = datetime.datetime(2026, 5, 4, 12)
ONE, TWO = "01_counting", "02_weighing"
# exercise -> points; the last of a workbook is a free text
NOTEBOOKS = {"workbook": {"zebra": 2, "apple": 2, "why": 3}, "bench": {"loop": 4}}
FREE_TEXT = "why"
LESSON = """\
**The question of this unit:** how many?

After it you can

* count what is [there](../00_starting_here/glossary.ipynb#cell-id=x), also
  across **two lines**,
* say `why`, and
* stop.

* not an objective

## 1. A section

* nor this
"""


def course(folder, units=(ONE, TWO)) -> Path:
    """A checkout in `folder` whose units have a lesson, a workbook of 7 points and a bench of 4."""
    root = checkout(folder)
    for unit in units:
        place = root / "solutions" / unit
        place.mkdir()
        cells = [new_markdown_cell("# A lesson"), new_markdown_cell(LESSON)]
        nbformat.write(new_notebook(cells=cells), place / "lesson.ipynb")
        for name, exercises in NOTEBOOKS.items():
            title = unit[3:].capitalize()
            cells = [new_markdown_cell(f"# {title}: {name}")]
            cells += [cell for exercise, points in exercises.items() for cell in _exercise(exercise, points)]
            kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
            notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
            nbformat.write(notebook, place / f"{name}.ipynb")
    return root


def _exercise(name, points):
    plain = {"schema_version": 3, "task": False, "locked": False}
    heading = new_markdown_cell(f"## {name.capitalize()} ({points} points, 3 minutes)")
    if name == FREE_TEXT:
        record = plain | {"grade_id": name, "grade": True, "solution": True, "points": points}
        return [heading, new_markdown_cell("Because.", metadata={"nbgrader": record})]
    answer = plain | {"grade_id": name, "grade": False, "solution": True}
    test = plain | {"grade_id": f"{name}_test", "grade": True, "solution": False, "locked": True}
    return [
        heading,
        new_code_cell(f"{name} = 1", metadata={"nbgrader": answer}),
        new_code_cell("check", metadata={"nbgrader": test | {"points": points}}),
    ]


def a_cohort(root, people) -> Path:
    """The cohort "spring" of (id, name, email, track), in this order."""
    learners = [Learner(id_, name, email, "other", track) for id_, name, email, track in people]
    write_roster(learners, root / "roster.csv")
    return new_cohort(root, "spring", root / "roster.csv")


def add(cohort, *students) -> None:
    """Learners of the gradebook alone: (id, first name, family name, e-mail)."""
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for id_, first, last, email in students:
            gradebook.add_student(id_, first_name=first, last_name=last, email=email)


def hand_in(cohort, learner, unit=ONE, notebook="workbook", graded=True, at=NOON, penalty=None, **scores):
    """Hand in a notebook: `scores` gives auto points by exercise, or (auto, by hand, extra, waits)."""
    step = "autograded" if graded else "submitted"
    folder = cohort / step / learner / unit
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(), folder / f"{notebook}.ipynb")
    if not graded:
        return
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.update_or_create_submission(unit, learner, timestamp=at)
        if penalty is not None:
            gradebook.find_submission_notebook(notebook, unit, learner).late_submission_penalty = penalty
        for grade in gradebook.find_submission_notebook(notebook, unit, learner).grades:
            if grade.auto_score is None and grade.manual_score is None:
                grade.auto_score, grade.needs_manual_grade = 0.0, False
        for exercise, given in scores.items():
            name = exercise if exercise == FREE_TEXT else f"{exercise}_test"
            grade = gradebook.find_grade(name, notebook, unit, learner)
            auto, manual, extra, waits = given if isinstance(given, tuple) else (given, None, None, False)
            grade.auto_score, grade.manual_score, grade.extra_credit = auto, manual, extra
            grade.needs_manual_grade = waits
        gradebook.db.commit()


def everything(cohort, learner, units=(ONE, TWO), bench=False) -> None:
    """Hand in all of the units, with every point."""
    for unit in units:
        hand_in(cohort, learner, unit, zebra=2, apple=2, why=(None, 3, None, False))
        if bench:
            hand_in(cohort, learner, unit, "bench", loop=4)
