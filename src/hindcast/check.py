"""Instant checks in lessons, and the scoring of exercises.

An exercise has an answer cell, which assigns named answers, and a test cell, which uses this module:

    answer = check.read("caught_and_missed", points=3, caught=check.Count(), missed=check.Count())
    result = check.Result(answer)
    result.award(3, "all who cancelled are counted", answer["caught"] + answer["missed"] == 50)
    result.show()

The first line is what a learner sees. It stops with one sentence until the answer is complete and well
formed. The rest is cut from what a learner gets. The forms of :mod:`hindcast.forms` say what an answer may
look like.
"""

from __future__ import annotations

import html
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from hindcast.forms import (
    BADLY_FORMED,
    INCOMPLETE,
    NOT_ATTEMPTED,
    Case,
    Choice,
    Count,
    DictOf,
    Either,
    Entry,
    Form,
    Function,
    Letters,
    ListOf,
    Maybe,
    NotReady,
    Number,
    Record,
    Share,
    SomeLetters,
    Table,
    Text,
    YesNo,
)

__all__ = [
    "Answer",
    "Case",
    "Choice",
    "Count",
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
GRADED_NOTEBOOKS = ("workbook.ipynb", "bench.ipynb")
# Names of Python's own that test cells call. Whoever writes `sum = 40` in a notebook would break them.
PYTHONS_OWN = (
    *(
        "abs",
        "all",
        "any",
        "bool",
        "dict",
        "enumerate",
        "float",
        "int",
        "isinstance",
        "len",
        "list",
        "map",
        "max",
    ),
    *("min", "next", "range", "round", "set", "sorted", "str", "sum", "tuple", "zip"),
)


UNTOUCHED = "Not attempted yet. Fill in the answer cell above, run it, then run this cell."
MISSING = (
    "`{name}` does not exist. Expected: the answer cell above gives it a value. Next: run that cell; "
    "if it is gone or empty, press Ctrl+Z in it or use Edit, Undo Cell Operation, or copy your answers "
    "into a fresh copy of this notebook."
)
OVERWRITTEN = (
    "`{name}` is a name of Python's own, and this notebook gives it another value, so that the check "
    "cannot use it. Next: choose another name for yours, then Kernel, Restart Kernel and Run All Cells."
)


# --- reading an answer ----------------------------------------------------------------------------


class Answer(Mapping):
    """A complete, well formed answer: plain values by name, and what the exercise is worth."""

    def __init__(self, exercise: str, points: float, forms: Mapping[str, Form], values: Mapping[str, object]):
        self.exercise, self.points = exercise, float(points)
        self._forms, self._values = forms, dict(values)
        self.noticed: list[str] = []

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def call(self, name: str, *arguments: object) -> object:
        """Call the learner's function ``name`` on copies of ``arguments``.

        Returns plain data, or None where it stops or returns something that is not well formed.
        """
        try:
            return self._forms[name].call(self._values[name], arguments)
        except NotReady:
            return None

    def notice(self, mistake: str, when: bool) -> None:
        """Name a recognised mistake at once, before scoring. For replies that do not give the key away."""
        if when:
            self.noticed.append(mistake)
            _show("Look again", reply(mistake))


def read(exercise: str, points: float, **forms: Form) -> Answer:
    """Read the named answers from the notebook that calls this.

    Returns the :class:`Answer`. Raises :class:`NotReady`, with one sentence, no traceback, while an answer is
    missing, not attempted, incomplete or badly formed; the same is shown as data for the trainer's report.
    """
    names = sys._getframe(1).f_globals
    _notice_another_name()
    try:
        values = _read_all(forms, names)
    except NotReady as fault:
        # for the report alone (the sentence itself is what the reader sees): an empty page beside the data
        record = _record(exercise, fault.status, 0.0, float(points), [])
        _display({"text/plain": f"({fault.status})", "text/html": "", RESULT_MIME: record})
        raise
    _show("Complete", ["Your answer is complete and well formed. It is scored after you hand it in."])
    return Answer(exercise, points, forms, values)


def _notice_another_name() -> None:
    """Warn a learner who has renamed or copied the notebook: Jupyter's server names it in the environment."""
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    if name.endswith(".ipynb") and name not in GRADED_NOTEBOOKS:
        expected = " or ".join(GRADED_NOTEBOOKS)
        _show(
            "Another name",
            [f"This notebook is called {name}. The grader looks for {expected}: rename it back."],
        )


def _read_all(forms: Mapping[str, Form], names: Mapping[str, object]) -> dict[str, object]:
    for name in PYTHONS_OWN:
        if name in names:
            raise NotReady(BADLY_FORMED, OVERWRITTEN.format(name=name))
    for name in forms:
        if name not in names:
            raise NotReady(BADLY_FORMED, MISSING.format(name=name))
    blank = [name for name, form in forms.items() if form.blank(names[name])]
    if len(blank) == len(forms):
        raise NotReady(NOT_ATTEMPTED, UNTOUCHED)
    if blank:
        raise NotReady(INCOMPLETE, f"Still to be filled in: {', '.join(f'`{name}`' for name in blank)}.")
    return {name: form.read(names[name], f"`{name}`") for name, form in forms.items()}


# --- scoring --------------------------------------------------------------------------------------


class Result:
    """Collects what an answer earns and which mistakes it shows, then shows both."""

    def __init__(self, answer: Answer):
        self._answer = answer
        self._lines: list[str] = []
        self._mistakes: list[str] = []
        self._offered = self._earned = 0.0

    def award(self, points: float, for_what: str, earned: bool | float) -> None:
        """Offer ``points``; ``earned`` is True, False or a share from 0 to 1."""
        got = points * min(max(float(earned), 0.0), 1.0)
        self._offered += points
        self._earned += got
        self._lines.append(f"{_points(got)} of {_points(points)}: {for_what}")

    def recognise(self, mistake: str, when: bool) -> None:
        """Record the mistake with this id of the catalogue. Raises KeyError for an id that is not there."""
        reply(mistake)
        if when and mistake not in self._mistakes:
            self._mistakes.append(mistake)

    def show(self, *why: str) -> float:
        """Show points, recognised mistakes and, where points were lost, each ``why``; return the points.

        Raises ValueError when what was offered is not what the exercise is worth.
        """
        worth = self._answer.points
        if abs(self._offered - worth) > 1e-9:
            raise ValueError(
                f"{self._answer.exercise} is worth {worth} points, but {self._offered} were offered"
            )
        points = round(min(max(self._earned, 0.0), worth), 4)
        lines = list(self._lines)
        for mistake in self._mistakes:
            if mistake not in self._answer.noticed:  # its reply stands above already
                lines += reply(mistake)
        if points < worth:
            lines += why
        head = f"{_points(points)} of {_points(worth)} points"
        _show(head, lines, _record(self._answer.exercise, SCORED, points, worth, self._mistakes))
        return points


def close(value: object, expected: float, within: float = 0.005) -> bool:
    """Whether a number is ``expected``, give or take ``within`` (in the number's own unit)."""
    return isinstance(value, (int, float)) and abs(value - expected) <= within + 1e-12


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


def _points(points: float) -> str:
    return f"{points:.2f}".rstrip("0").rstrip(".")


# --- instant checks -------------------------------------------------------------------------------


class Question:
    """An instant check of a lesson: says right or not yet, why, and gives hints in steps.

    ``right`` takes the plain answer and says whether it is right; ``mistakes`` maps ids of the catalogue to
    functions; ``hints`` go from a nudge to nearly the answer; ``because`` is said when the answer is right.
    """

    def __init__(
        self,
        form: Form,
        right: Callable[[object], bool],
        because: str,
        hints: Sequence[str],
        mistakes: Mapping[str, Callable[[object], bool]] | None = None,
    ):
        self._form, self._right, self._because = form, right, because
        self._hints, self._mistakes = list(hints), dict(mistakes or {})
        self._given = 0

    def check(self, answer: object) -> None:
        """Judge ``answer`` and show the reply. Never raises for what a learner may write."""
        if self._form.blank(answer):
            _show(
                NOT_ATTEMPTED.capitalize(),
                [f"Put {self._form.expected} in place of None and run this cell again."],
            )
            return
        try:
            value = self._form.read(answer, "Your answer")
        except NotReady as fault:
            _show(fault.status.capitalize(), [str(fault)])
            return
        if self._right(value):
            _show("Right", [self._because])
            return
        shown = [mistake for mistake, recognised in self._mistakes.items() if recognised(value)]
        _show("Not yet", reply(shown[0]) if shown else [self._next_hint()])

    def hint(self, answer: object = None) -> None:
        """Show the next hint; after the last one, the last one again.

        ``answer`` is ignored, so that a learner only has to change the word ``check`` to ``hint``.
        """
        _show("Hint", [self._next_hint()])

    def _next_hint(self) -> str:
        self._given = min(self._given + 1, len(self._hints))
        return f"Hint {self._given} of {len(self._hints)}: {self._hints[self._given - 1]}"


# --- the catalogue of misconceptions, and how replies look ----------------------------------------


@cache
def misconceptions() -> dict[str, dict[str, str]]:
    """The catalogue: id -> ``believed``, ``tempting`` and ``look`` (look at next), a sentence each."""
    return tomllib.loads(files("hindcast").joinpath("misconceptions.toml").read_text(encoding="utf-8"))


def reply(mistake: str) -> list[str]:
    """What is said to someone who shows this mistake. Raises KeyError for an unknown id."""
    entry = misconceptions()[mistake]
    return [f"This looks like: {entry['believed']}", entry["tempting"], f"Look next: {entry['look']}"]


def _record(exercise: str, status: str, points: float, of: float, mistakes: list[str]) -> dict[str, object]:
    return {"exercise": exercise, "status": status, "points": points, "of": of, "mistakes": mistakes}


def _show(head: str, lines: Sequence[str], record: Mapping[str, object] | None = None) -> None:
    paragraphs = "".join(f"<div style='margin-top:0.2em'>{html.escape(line)}</div>" for line in lines)
    box = "border-left:4px solid #0072B2;padding:0.2em 0.8em;margin:0.3em 0;max-width:46em;line-height:1.5"
    data = {
        "text/plain": "\n".join([f"{head}.", *lines]),
        "text/html": f'<div role="status" style="{box}"><b>{html.escape(head)}.</b>{paragraphs}</div>',
    }
    _display(data if record is None else {**data, RESULT_MIME: record})


def _display(data: Mapping[str, object]) -> None:
    from IPython.display import display

    display(data, raw=True)
