"""Scoring of exercises: read answers, award points, reply to mistakes. Lessons import instant checks here.

An exercise has an answer cell, which assigns named answers, and a test cell, which uses this module:

    answer = check.read("caught_and_missed", points=3, caught=check.Count(), missed=check.Count())
    result = check.Result(answer)
    result.award(3, "all who cancelled are counted", answer["caught"] + answer["missed"] == 50)
    result.show()

The first line is what a learner sees. It stops with one sentence until the answer is complete and well
formed. The rest is cut from what a learner gets. The forms of :mod:`hindcast.forms` say
what an answer may look like.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hindcast.forms.alternatives import Case, Either, Maybe
from hindcast.forms.base import (
    BADLY_FORMED,
    INCOMPLETE,
    NOT_ATTEMPTED,
    Count,
    Form,
    NotReady,
    Number,
    Share,
    Text,
    YesNo,
)
from hindcast.forms.bench import Function, Table
from hindcast.forms.choices import Choice, Day, Entry, Letters, SomeLetters
from hindcast.forms.compound import DictOf, ListOf, Record
from hindcast.instant_checks import Question
from hindcast.replies import misconceptions, reply, show_box, show_bundle

__all__ = [
    "Answer",
    "Case",
    "Choice",
    "Count",
    "Day",
    "DictOf",
    "Either",
    "Entry",
    "Function",
    "Letters",
    "ListOf",
    "Maybe",
    "NotReady",
    "Number",
    "Question",
    "Record",
    "Result",
    "Share",
    "SomeLetters",
    "Table",
    "Text",
    "YesNo",
    "close",
    "jointly",
    "misconceptions",
    "read",
    "reply",
]

SCORED = "scored"
RESULT_MIME = "application/vnd.hindcast.result+json"
REPLY_MIME = "application/vnd.hindcast.reply+json"
GRADED_NOTEBOOKS = ("workbook.ipynb", "bench.ipynb")
# Built-in names that test cells call. A notebook that assigns one, such as `sum = 40`, would break them.
PYTHONS_OWN = (
    *("abs", "all", "any", "bool", "dict", "enumerate", "float", "int", "isinstance", "len", "list", "map"),
    *("max", "min", "next", "range", "round", "set", "sorted", "str", "sum", "tuple", "zip"),
)


# --- reading an answer ----------------------------------------------------------------------------


class Answer(Mapping[str, Any]):
    """A complete, well-formed answer: plain values by name, its forms, and what the exercise is worth."""

    def __init__(self, exercise: str, points: float, forms: Mapping[str, Form], values: Mapping[str, object]):
        self.exercise, self.points, self.forms = exercise, float(points), dict(forms)
        self._values = dict(values)
        self.noticed: list[str] = []

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def call(self, name: str, *arguments: object) -> object:
        """Call the learner's function ``name`` on copies of ``arguments``.

        Returns plain data, or None where it stops or returns something that is not well formed. Raises
        TypeError for an answer that is no function.
        """
        form, function = self.forms[name], self._values[name]
        if not isinstance(form, Function) or not callable(function):
            raise TypeError(f"{name} is no function")
        try:
            return form.call(function, arguments)
        except NotReady:
            return None

    def notice(self, mistake: str, when: bool) -> None:
        """Name a recognised mistake at once, before scoring. For replies that do not give the key away."""
        if when:
            self.noticed.append(mistake)
            show_box("Look again", reply(mistake), {REPLY_MIME: {"mistakes": [mistake]}})


def read(exercise: str, points: float, **forms: Form) -> Answer:
    """Read the named answers from the notebook that calls this.

    Returns the :class:`Answer`. Raises :class:`NotReady`, with one sentence and no traceback, while an answer
    is missing, not attempted, incomplete or badly formed; the same is shown as data for the trainer's report.
    """
    names = sys._getframe(1).f_globals
    _notice_another_name()
    try:
        values = _read_all(forms, names)
    except NotReady as fault:
        record = _record(exercise, fault.status, 0.0, float(points))
        record["fault"] = {"what": fault.what, "do_next": fault.do_next}
        # The notebook shows the error. The record is for the report, so the HTML beside it is empty.
        show_bundle({"text/plain": f"({fault.status})", "text/html": "", RESULT_MIME: record})
        raise
    show_box("Complete", ["Your answer is complete and well formed. It is scored after you hand it in."])
    return Answer(exercise, points, forms, values)


def _notice_another_name() -> None:
    """Warn a learner who has renamed or copied the notebook: Jupyter's server names it in the environment."""
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    if name.endswith(".ipynb") and name not in GRADED_NOTEBOOKS:
        expected = " or ".join(GRADED_NOTEBOOKS)
        line = f"This notebook is called {name}. The grader looks for {expected}: rename it back."
        show_box("Another name", [line])


def _read_all(forms: Mapping[str, Form], names: Mapping[str, object]) -> dict[str, object]:
    for name in PYTHONS_OWN:
        if name in names:
            raise _overwritten(name)
    for name in forms:
        if name not in names:
            raise _missing(name)
    blank = [name for name, form in forms.items() if form.blank(names[name])]
    if len(blank) == len(forms):
        do_next = "Fill in the answer cell above, run it, then run this cell."
        raise NotReady(NOT_ATTEMPTED, "Not attempted yet.", do_next)
    if blank:
        raise NotReady(INCOMPLETE, f"Still to be filled in: {', '.join(f'`{name}`' for name in blank)}.")
    return {name: form.read(names[name], f"`{name}`") for name, form in forms.items()}


def _missing(name: str) -> NotReady:
    what = f"`{name}` does not exist. Expected: the answer cell above gives it a value."
    do_next = (
        "Next: run that cell; if it is gone or empty, press Ctrl+Z in it or use Edit, Undo Cell Operation, "
        "or copy your answers into a fresh copy of this notebook."
    )
    return NotReady(BADLY_FORMED, what, do_next)


def _overwritten(name: str) -> NotReady:
    what = (
        f"`{name}` is a name of Python's own, and this notebook gives it another value, so that the check "
        "cannot use it."
    )
    do_next = "Next: choose another name for yours, then Kernel, Restart Kernel and Run All Cells."
    return NotReady(BADLY_FORMED, what, do_next)


# --- scoring --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Award:
    """Points for one thing: ``earned`` out of ``of``."""

    for_what: str
    earned: float
    of: float


class Result:
    """The points that an answer earns and the mistakes it shows, displayed for people and as data."""

    def __init__(self, answer: Answer):
        self._answer = answer
        self.awards: list[Award] = []
        self.mistakes: list[str] = []

    @property
    def replies(self) -> list[str]:
        """The mistakes whose reply is shown with the points: all but those that were noticed at once."""
        return [mistake for mistake in self.mistakes if mistake not in self._answer.noticed]

    def award(self, points: float, for_what: str, earned: bool | float) -> None:
        """Offer ``points``; ``earned`` is True, False or a share from 0 to 1."""
        self.awards.append(Award(for_what, float(points * _share(earned)), float(points)))

    def award_reasoned(self, points: float, for_what: str, *, choice: bool, reason: bool | float) -> None:
        """Offer ``points`` for a choice with its reason: a third for the choice alone, all for both.

        ``reason`` is True, False or a share from 0 to 1. Without the choice nothing is earned.
        """
        self.award(points, for_what, (1 / 3 + 2 / 3 * _share(reason)) if choice else 0.0)

    def recognise(self, mistake: str, when: bool) -> None:
        """Record the mistake with this id of the catalogue. Raises KeyError for an id that is not there."""
        reply(mistake)
        if when and mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def show(self, *why: str) -> float:
        """Show points, recognised mistakes and, where points were lost, each ``why``; return the points.

        Raises ValueError when the points offered do not add up to what the exercise is worth.
        """
        worth, offered = self._answer.points, sum((award.of for award in self.awards), 0.0)
        if abs(offered - worth) > 1e-9:
            raise ValueError(f"{self._answer.exercise} is worth {worth} points, but {offered} were offered")
        points = round(min(sum((award.earned for award in self.awards), 0.0), worth), 4)
        said = list(why) if points < worth else []
        lines = [f"{_digits(it.earned)} of {_digits(it.of)}: {it.for_what}" for it in self.awards]
        lines += [line for mistake in self.replies for line in reply(mistake)] + said
        record = _record(self._answer.exercise, SCORED, points, worth)
        record |= {
            "mistakes": list(self.mistakes),
            "awards": [asdict(award) for award in self.awards],
            "replies": self.replies,
            "why": said,
        }
        show_box(f"{_digits(points)} of {_digits(worth)} points", lines, {RESULT_MIME: record})
        return points


def close(value: object, expected: float, within: float = 0.005) -> bool:
    """Whether a number is ``expected``, give or take ``within`` (in the number's own unit)."""
    return isinstance(value, int | float) and abs(value - expected) <= within + 1e-12


def jointly(said: Mapping[str, object], rows: Sequence[Sequence[object]]) -> float:
    """The share that ``said`` earns where its parts are right only together; each row is one right answer.

    All parts of one row: 1. Its first three parts (such as kind, outcome and unit): two thirds. Its first
    part alone, or with parts of another row: one third, as for any choice without its reason.
    """
    parts = tuple(said.values())
    return max(
        1.0 if parts == tuple(row) else 2 / 3 if parts[:3] == tuple(row[:3]) else (parts[0] == row[0]) / 3
        for row in rows
    )


def _share(earned: bool | float) -> float:
    return min(max(float(earned), 0.0), 1.0)


def _digits(points: float) -> str:
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _record(exercise: str, status: str, points: float, of: float) -> dict[str, object]:
    """A new result as data, with nothing awarded, recognised or shown yet."""
    record: dict[str, object] = {"exercise": exercise, "status": status, "points": points, "of": of}
    return {**record, "mistakes": [], "awards": [], "replies": [], "why": []}
