"""The results that the test cells of a run notebook showed, as records and as text."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from nbformat import NotebookNode

from hindcast.check import REPLY_MIME, RESULT_MIME, Award
from hindcast.kit.notebooks.answer_banks import graded_cells

# A hand-in's outputs cannot be trusted. A record beyond these limits is no result of hindcast.check.
MOST_MISTAKES, LONGEST_NAME = 20, 80  # ids and statuses
MOST_SENTENCES, LONGEST_SENTENCE = 50, 2_000  # awards and explanations
NOT_OF_THIS_SHAPE = (TypeError, KeyError, ValueError, OverflowError)


@dataclass(frozen=True)
class Fault:
    """Why an answer could not be scored: what was expected and what came, and what to do next."""

    what: str
    do_next: str

    def __str__(self) -> str:
        return f"{self.what} {self.do_next}".strip()


@dataclass(frozen=True)
class Shown:
    """What one test cell showed: the result of one exercise, and as `text` everything shown to the learner.

    `mistakes` are the recognised ids. `replies` are those whose reply is shown with the points; the check
    replied to the others before scoring. `why` explains lost points, a sentence each. `fault` is set if the
    answer was not ready to be scored.
    """

    exercise: str
    status: str
    points: float
    of: float
    mistakes: tuple[str, ...]
    awards: tuple[Award, ...] = ()
    replies: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    fault: Fault | None = None
    text: str = ""

    @property
    def as_data(self) -> dict[str, object]:
        """Return the record for JSON, as `shown_as` reads it, without the text."""
        data: dict[str, object] = {"status": self.status, "points": self.points, "of": self.of}
        data["mistakes"], data["replies"], data["why"] = map(list, (self.mistakes, self.replies, self.why))
        data["awards"] = [asdict(award) for award in self.awards]
        return data | ({"fault": asdict(self.fault)} if self.fault else {})


def results_of(notebook: NotebookNode) -> dict[str, Shown]:
    """Return what each exercise's test cell showed in a run notebook. Cells without a result are left out."""
    shown = {}
    for exercise, cell in graded_cells(notebook).items():
        result = result_in(exercise, cell.get("outputs", []))
        if result:
            shown[exercise] = result
    return shown


def result_in(exercise: str, outputs: Sequence[NotebookNode]) -> Shown | None:
    """Return the last result in a test cell's outputs; None if there is none or it has another shape."""
    records = _records_of(outputs, RESULT_MIME)
    return shown_as(exercise, records[-1], _text_of(outputs)) if records else None


def noticed_in(outputs: Sequence[NotebookNode]) -> list[str]:
    """Return the ids of the mistakes that a test cell replied to before it scored the answer."""
    noticed: list[str] = []
    for record in _records_of(outputs, REPLY_MIME):
        try:
            noticed += _checked_names(record["mistakes"])
        except NOT_OF_THIS_SHAPE:
            continue
    return noticed[:MOST_MISTAKES]


def shown_as(exercise: str, data: object, text: str = "") -> Shown | None:
    """Return the result in `data`; None if it has not the shape that `hindcast.check` shows.

    Results of older versions have no awards and no explanations, and their replies are all mistakes.
    """
    if not isinstance(data, dict):
        return None
    try:
        (status,) = _checked_names([data["status"]])
        mistakes = _checked_names(data["mistakes"])
        return Shown(
            exercise=exercise,
            status=status,
            points=_finite_number(data["points"]),
            of=_finite_number(data["of"]),
            mistakes=mistakes,
            awards=tuple(map(_read_award, _short_list(data.get("awards", []), MOST_SENTENCES))),
            replies=_checked_names(data.get("replies", list(mistakes))),
            why=tuple(map(_checked_sentence, _short_list(data.get("why", []), MOST_SENTENCES))),
            fault=_read_fault(data["fault"]) if "fault" in data else None,
            text=text,
        )
    except NOT_OF_THIS_SHAPE:
        return None


def _records_of(outputs: Sequence[NotebookNode], mime: str) -> list:
    return [output.data[mime] for output in outputs if mime in output.get("data", {})]


def _text_of(outputs: Sequence[NotebookNode]) -> str:
    """Return everything that a learner reads under the cell."""
    parts = [
        output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue") or ""
        for output in outputs
    ]
    return "\n".join(str(part) for part in parts if part)


# --- parts of a record: each of them raises one of NOT_OF_THIS_SHAPE for anything else ------------


def _short_list(value: object, most: int) -> list:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"no list of at most {most}")
    return value


def _checked_names(value: object) -> tuple[str, ...]:
    names = _short_list(value, MOST_MISTAKES)
    if not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in names):
        raise ValueError("no names")
    return tuple(names)


def _checked_sentence(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_SENTENCE:
        raise ValueError("no sentence")
    return value


def _finite_number(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError("no finite number")
    return number


def _read_award(value: object) -> Award:
    if not isinstance(value, dict):
        raise TypeError("no record")
    earned, of = _finite_number(value["earned"]), _finite_number(value["of"])
    return Award(_checked_sentence(value["for_what"]), earned, of)


def _read_fault(value: object) -> Fault:
    if not isinstance(value, dict):
        raise TypeError("no record")
    return Fault(_checked_sentence(value["what"]), _checked_sentence(value["do_next"]))
