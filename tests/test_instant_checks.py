"""The instant checks of the lessons: every mistake has values of its own, and none of them is right."""

from functools import cache
from pathlib import Path

import nbformat
import pytest

from hindcast import check

ROOT = Path(__file__).parents[1]
UNITS = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/lesson.ipynb"))


@cache
def questions(unit):
    """The lesson's Question objects by name, after running its cells."""
    notebook = nbformat.read(ROOT / "solutions" / unit / "lesson.ipynb", as_version=4)
    names = {"display": lambda *_: None}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    return {name: value for name, value in names.items() if isinstance(value, check.Question)}


def candidates(form):
    """Every answer of a form: whole numbers, halves, or choices."""
    if isinstance(form, check.Choice):
        return list(form.choices)
    step = 1 if isinstance(form, check.Count) else 0.5
    return [low * step for low in range(int(form.high / step) + 1)]


@pytest.mark.parametrize("unit", UNITS)
def test_a_lesson_has_checks(unit):
    there = len(questions(unit))
    assert there >= 2, f"the lesson of {unit} has {there} checks: it needs two (check.Question in its module)"


@pytest.mark.parametrize("unit", UNITS)
def test_some_answer_is_right_and_most_are_not(unit):
    for name, question in questions(unit).items():
        answers = candidates(question.form)
        right = [answer for answer in answers if question._right(answer)]
        assert 0 < len(right) <= max(1, len(answers) // 20), name


@pytest.mark.parametrize("unit", UNITS)
def test_each_recognised_mistake_has_values_of_its_own(unit):
    for name, question in questions(unit).items():
        answers = candidates(question.form)
        for mistake, recognised in question._mistakes.items():
            check.reply(mistake)
            own = [answer for answer in answers if recognised(answer)]
            assert own, (name, mistake)
            assert not any(question._right(answer) for answer in own), (name, mistake)
            others = [other for key, other in question._mistakes.items() if key != mistake]
            assert not any(other(answer) for other in others for answer in own), (name, mistake)


@pytest.mark.parametrize("unit", UNITS)
def test_hints_come_in_at_least_two_steps_and_the_first_does_not_hold_the_answer(unit):
    for name, question in questions(unit).items():
        assert len(question._hints) >= 2, name
        right = [answer for answer in candidates(question.form) if question._right(answer)]
        assert not any(str(answer) in question._hints[0].split() for answer in right), name
