"""What the test cells of a run notebook showed: the outcome of each exercise, as data and as text."""

from dataclasses import dataclass
from math import isfinite

from nbformat import NotebookNode

from hindcast.check import RESULT_MIME
from hindcast.kit.notebooks.answer_banks import graded_cells

MOST_MISTAKES, LONGEST = 20, 80  # a hand-in's outputs are not to be trusted


@dataclass(frozen=True)
class Shown:
    """What one test cell showed: the outcome of one exercise, and every sentence a learner read with it."""

    exercise: str
    status: str
    points: float
    of: float
    mistakes: tuple[str, ...]
    text: str = ""

    @property
    def as_data(self) -> dict[str, object]:
        """What the report needs of it, for JSON."""
        return {
            "status": self.status,
            "points": self.points,
            "of": self.of,
            "mistakes": list(self.mistakes),
        }


def results_of(notebook: NotebookNode) -> dict[str, Shown]:
    """What each exercise's test cell showed in a run notebook; one that showed no result is left out."""
    shown = {}
    for exercise, cell in graded_cells(notebook).items():
        outputs = cell.get("outputs", [])
        data = [output.data[RESULT_MIME] for output in outputs if RESULT_MIME in output.get("data", {})]
        result = shown_as(exercise, data[-1], _text(outputs)) if data else None
        if result:
            shown[exercise] = result
    return shown


def shown_as(exercise: str, data: object, text: str = "") -> Shown | None:
    """The result that `data` stands for; None where it is not of the shape that `hindcast.check` shows."""
    try:
        status, mistakes = data["status"], data["mistakes"]
        points, of = float(data["points"]), float(data["of"])
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    if not isinstance(status, str) or not isinstance(mistakes, list) or len(mistakes) > MOST_MISTAKES:
        return None
    if not (isfinite(points) and isfinite(of)):
        return None
    if not all(isinstance(word, str) and len(word) <= LONGEST for word in (status, *mistakes)):
        return None
    return Shown(exercise, status, points, of, tuple(mistakes), text)


def _text(outputs: list[NotebookNode]) -> str:
    """Everything a learner reads under the cell."""
    parts = []
    for output in outputs:
        parts.append(
            output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue") or ""
        )
    return "\n".join(part for part in parts if part)
