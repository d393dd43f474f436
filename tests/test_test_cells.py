"""A test cell needs nothing but its answers: judged from canonical copies alone, it gives what the bank says.

Each test cell runs in a namespace that holds only decoded copies of its named answers. So answers can be
judged in a process that the learner's code cannot reach. A function stays where it is. A stand-in calls it,
and hands on copies of its arguments and of what it returns.
"""

import json
import pickle
from collections.abc import Callable
from types import FunctionType

import pytest
from apart import EXERCISES, ROOT, Place, forms_of, given, judging

from hindcast import check
from hindcast.forms.canonical import decode, decode_answer, encode, encode_answer
from hindcast.kit.notebooks.answer_banks import BankAnswer, bank_path, load_bank

JUDGED = ("reference", "right", "mistake", "colleague")
# exercises whose answers run for a while: of right answers and colleagues only every so many is judged
SLOW = {"what_it_would_have_said": 8, "another_future": 8, "leaks": 12}


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


def chosen(place: Place) -> list[BankAnswer]:
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
    missing = {"reference", "colleague"} - {answer.kind for answer in answers}
    assert not missing, f"the bank has no scored answer of {'/'.join(place)} of the kind {sorted(missing)}"
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
