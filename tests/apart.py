"""Test cells without their notebooks: the forms that each asks for, and the answers of the bank."""

from functools import cache
from pathlib import Path
from types import CodeType

import pytest

from hindcast import check
from hindcast.forms.base import Form
from hindcast.kit.checkout import graded_units
from hindcast.kit.notebooks.answer_banks import BankAnswer, graded_cells
from hindcast.kit.notebooks.normalise import read_notebook

ROOT = Path(__file__).resolve().parents[1]
Place = tuple[str, str, str]  # unit, notebook, exercise


def exercises():
    """(unit, notebook, exercise) of all test cells."""
    for unit in graded_units(ROOT):
        for path in sorted((ROOT / "solutions" / unit).glob("[wb]*.ipynb")):
            yield from ((unit, path.stem, name) for name in graded_cells(read_notebook(path)))


EXERCISES = list(exercises())


class FormsAsked(Exception):
    """Raised in place of reading an answer, with the forms that a test cell asks for."""


@cache
def judging(unit: str, notebook: str, exercise: str) -> CodeType:
    """The source of a test cell, hidden part included, ready to run."""
    cells = graded_cells(read_notebook(ROOT / "solutions" / unit / f"{notebook}.ipynb"))
    return compile(cells[exercise].source, exercise, "exec")


@cache
def names_of(unit: str, notebook: str) -> dict[str, object]:
    """Names that the other cells of the solved notebook define, for answers that are computed from them."""
    names: dict[str, object] = {"display": lambda *_: None}
    for cell in read_notebook(ROOT / "solutions" / unit / f"{notebook}.ipynb").cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade"):
            exec(cell.source, names)
    return names


def forms_of(place: Place, monkeypatch) -> dict[str, Form]:
    """The forms of the named answers, as the test cell gives them to ``check.read``."""

    def ask(exercise, points, **forms):
        raise FormsAsked(forms)

    with monkeypatch.context() as patch:
        patch.setattr(check, "read", ask)
        with pytest.raises(FormsAsked) as asked:
            exec(judging(*place), {})
    return asked.value.args[0]


def given(place: Place, answer: BankAnswer, forms: dict[str, Form]) -> dict[str, object]:
    """The named answers as the learner's own cell assigns them."""
    names = dict(names_of(*place[:2]))
    exec(answer.code, names)
    return {name: names[name] for name in forms}
