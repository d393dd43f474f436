"""A test cell needs nothing but its answers: judged from canonical copies alone, it gives what the bank says.

Each test cell runs in a namespace that holds only decoded copies of its named answers. So answers can be
judged in a process that the learner's code cannot reach. A function stays where it is. A stand-in calls it,
and hands on copies of its arguments and of what it returns.
"""

import json
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

from hindcast import check
from hindcast.canonical_copies import decode, decode_answer, encode, encode_answer
from hindcast.kit.checkout import graded_units
from hindcast.kit.notebooks.answer_banks import Answer, bank_path, graded_cells, load_bank
from hindcast.kit.notebooks.normalise import read_notebook

ROOT = Path(__file__).resolve().parents[1]
JUDGED = ("reference", "right", "mistake", "colleague")
# exercises whose answers run for a while: of right answers and colleagues only every so many is judged
SLOW = {"what_it_would_have_said": 4, "another_future": 4, "leaks": 6}


def exercises():
    """(unit, notebook, exercise) of all test cells."""
    for unit in graded_units(ROOT):
        for path in sorted((ROOT / "solutions" / unit).glob("[wb]*.ipynb")):
            yield from ((unit, path.stem, name) for name in graded_cells(read_notebook(path)))


EXERCISES = list(exercises())


class FormsAsked(Exception):
    """Raised in place of reading an answer, with the forms that a test cell asks for."""


@cache
def judging(unit: str, notebook: str, exercise: str):
    """The source of a test cell, hidden part included, ready to run."""
    cells = graded_cells(read_notebook(ROOT / "solutions" / unit / f"{notebook}.ipynb"))
    return compile(cells[exercise].source, exercise, "exec")


@cache
def names_of(unit: str, notebook: str) -> dict[str, object]:
    """What the other cells of the solved notebook leave behind: an answer may be worked out from it."""
    names: dict[str, object] = {"display": lambda *_: None}
    for cell in read_notebook(ROOT / "solutions" / unit / f"{notebook}.ipynb").cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade"):
            exec(cell.source, names)
    return names


def forms_of(place: tuple[str, str, str], monkeypatch) -> dict[str, object]:
    """The forms of the named answers, as the test cell gives them to ``check.read``."""

    def ask(exercise, points, **forms):
        raise FormsAsked(forms)

    with monkeypatch.context() as patch:
        patch.setattr(check, "read", ask)
        with pytest.raises(FormsAsked) as asked:
            exec(judging(*place), {})
    return asked.value.args[0]


def given(place: tuple[str, str, str], answer: Answer, forms: dict) -> dict[str, object]:
    """The named answers as the learner's own cell assigns them."""
    names = dict(names_of(*place[:2]))
    exec(answer.code, names)
    return {name: names[name] for name in forms}


def copied(argument: object) -> object:
    """A copy of an argument. A function among them is handed on: it comes from the test cell itself."""
    return argument if isinstance(argument, FunctionType) else pickle.loads(pickle.dumps(argument))


def stand_in(function: Callable, gives) -> Callable:
    """A function that calls another one where it is, and exchanges copies with it."""

    def called(*arguments):
        returned = function(*(copied(argument) for argument in arguments))
        if gives.blank(returned):
            return returned
        try:
            copy = json.loads(json.dumps(encode_answer(gives, returned)))
        except check.NotReady:
            return returned  # not of its form: the test cell has to see so, too
        return decode_answer(gives, copy)

    return called


def copies(forms: dict, values: dict) -> dict[str, object]:
    """The answers after their way through JSON; in place of a function its stand-in."""
    functions = {
        name: stand_in(values[name], form.gives)
        for name, form in forms.items()
        if isinstance(form, check.Function)
    }
    return decode(forms, json.loads(json.dumps(encode(forms, values))), functions)


def chosen(place: tuple[str, str, str]) -> list[Answer]:
    """The well-formed answers of the bank that are judged."""
    unit, notebook, exercise = place
    answers = [
        answer
        for answer in load_bank(bank_path(ROOT, unit))
        if (answer.notebook, answer.exercise, answer.status) == (notebook, exercise, "scored")
        and answer.kind in JUDGED
        and answer.code
    ]
    telling = [answer for answer in answers if answer.kind in ("reference", "mistake")]
    others = [answer for answer in answers if answer not in telling]
    return telling + others[:: SLOW.get(exercise, 1)]


@pytest.mark.parametrize("place", EXERCISES, ids="/".join)
def test_a_test_cell_judges_copies_of_the_answers_alone_as_the_bank_says(place, monkeypatch):
    shown: list[dict] = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    forms, answers = forms_of(place, monkeypatch), chosen(place)
    assert {answer.kind for answer in answers} >= {"reference", "colleague"}
    for answer in answers:
        names = copies(forms, given(place, answer, forms))
        shown.clear()
        exec(judging(*place), names)
        result = next(page[check.RESULT_MIME] for page in shown if check.RESULT_MIME in page)
        got = round(result["points"], 2), set(result["mistakes"])
        assert got == (round(answer.points, 2), set(answer.mistakes)), answer.name


def test_a_name_of_another_cell_would_be_missed(monkeypatch):
    with pytest.raises(NameError):
        exec(compile("from hindcast import check\nevening", "a test cell", "exec"), {})
