"""What a test cell is worth: nbgrader's rule, mended where it gives points silently or takes them harshly.

nbgrader gives full marks to a test cell that showed nothing, that was never run, or that ended in a value it
cannot read as a number. A warning costs all points there, and a value above the points stops the batch.
"""

import math
from dataclasses import dataclass

from nbformat import NotebookNode

from hindcast.check import RESULT_MIME


@dataclass(frozen=True)
class Verdict:
    """Points of one test cell (None where a person gives them), and the reason where there is one to tell.

    attention: a person should look at the cell.
    """

    points: float | None
    reason: str = ""
    attention: bool = False


def reads_answers(source: str) -> bool:
    """Whether a test cell reads its answers through `hindcast.check`, and so has to show a result."""
    return "hindcast" in source and "check.read(" in source


def judge(cell: NotebookNode, status: str, reason: str = "") -> Verdict:
    """The verdict on a run test cell of code.

    status: how it ended ("ok", "error", "timeout", "died", "not run"). reason: why, where it did not end by
    itself.
    """
    if status not in ("ok", "error"):
        return Verdict(0.0, reason or "The test cell was not run.", attention=True)
    if status == "error" or any(output.output_type == "error" for output in cell.outputs):
        return Verdict(0.0)
    most = float(cell.metadata.nbgrader["points"])
    verdict = _verdict_of_value(cell, most)
    if verdict.points and not verdict.reason and _warned(cell):
        return Verdict(verdict.points, "The test cell wrote a warning; the points are kept.")
    return verdict


def _verdict_of_value(cell: NotebookNode, most: float) -> Verdict:
    ours = reads_answers(cell.source)
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    if not results:
        if ours:
            return Verdict(0.0, "The test cell ended without showing a result.", attention=True)
        return Verdict(most)
    said = _value_as_text(results[0])
    try:
        value = float(said)
    except ValueError:
        if ours:
            return Verdict(
                0.0, f"The test cell ended with {_quoted_short(said)} in place of points.", attention=True
            )
        reason = f"The test cell ended with {_quoted_short(said)}, no number: full marks, as nbgrader has it."
        return Verdict(most, reason)
    if ours and not _shows_same_points(cell, value, most):
        said = "What the test cell shows and the points it ends with do not agree."
        return Verdict(0.0, said, attention=True)
    return _in_range(value, most)


def _in_range(value: float, most: float) -> Verdict:
    if math.isnan(value) or value < 0:
        return Verdict(0.0, f"The test cell ended with {value:g} points: zero.", attention=True)
    if value > most:
        return Verdict(
            most, f"The test cell ended with {value:g} of {most:g} points: {most:g}.", attention=True
        )
    return Verdict(value)


def _shows_same_points(cell: NotebookNode, value: float, most: float) -> bool:
    """Whether the last result shown is of this exercise and says the same points."""
    shown = [output.data[RESULT_MIME] for output in cell.outputs if RESULT_MIME in output.get("data", {})]
    if not shown or not isinstance(shown[-1], dict):
        return False
    exercise = str(cell.metadata.nbgrader["grade_id"]).removesuffix("_test")
    expected = {"exercise": exercise, "points": value, "of": most}
    return all(shown[-1].get(key) == what for key, what in expected.items())


def _warned(cell: NotebookNode) -> bool:
    return any(output.output_type == "stream" and output.name == "stderr" for output in cell.outputs)


def _value_as_text(output: NotebookNode) -> str:
    said = output.data.get("text/plain", "")
    return "".join(said) if isinstance(said, list) else str(said)


def _quoted_short(said: str, most: int = 60) -> str:
    line = " ".join(said.split())
    return repr(line if len(line) <= most else f"{line[:most]}…")
