"""Points in words: what an exercise and a notebook earned, from the check and from a person."""

from collections import Counter

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from hindcast.check import SCORED
from hindcast.forms.base import NOT_ATTEMPTED
from hindcast.kit.feedback.verdicts import CheckVerdict
from hindcast.words import number, plural

EVERY, PART, NONE = "every point", "part of the points", "no points"
WAITING = "not scored yet"
UNKNOWN = "not in the gradebook"
MARKS = {EVERY: "●", PART: "◐"}  # each has words beside it with the same meaning
OTHER = "○"
_PLAIN = (EVERY, PART, NONE)  # outcomes that the points show already

CHANGED = "Your trainer set these points; the check had given {auto}."
GIVEN = "Your trainer gave these points."
EXTRA = "{points} of them are extra, from your trainer."
AGAIN = "Your answer was checked again after your trainer had set these points."
READ_AGAIN = "It was graded again since: your trainer looks at it once more. Until then these points stand."
NOT_YET = "Nobody has scored this answer yet: your trainer reads it."
NOT_KNOWN = "The gradebook does not know this exercise. Show this page to your trainer."
LATE = "Handed in late: {penalty} taken off. Before that it was {before}."


class Summarise(Preprocessor):
    """Add to each exercise and to the notebook what was earned, and to each exercise its notes."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Complete `resources["exercises"]`. Notes that name no cell stay with the notebook."""
        notes = list(resources["notes"])
        for exercise in resources["exercises"]:
            exercise |= points_of_exercise(exercise["grade"], exercise["verdict"])
            exercise["notes"] = [note for note in notes if note.cell and note.cell in exercise["names"]]
            notes = [note for note in notes if note not in exercise["notes"]]
        return nb, resources | {"left_notes": notes} | points_of_notebook(resources)


def points_of_exercise(grade: dict | None, verdict: CheckVerdict | None) -> dict:
    """Return the exercise's points and outcome, from its record in the gradebook and the check's verdict.

    `verdict` is None if a person scores.
    """
    if grade is None:
        return {"points": "–", "of": "–", "went": UNKNOWN, "mark": OTHER, "points_in_words": "No points"} | {
            "how_counted": [NOT_KNOWN]
        }
    went = _how_it_went(grade, verdict)
    points, of = number(grade["score"]), number(grade["max_score"])
    return {
        "points": points,
        "of": of,
        "went": went,
        "mark": MARKS.get(went, OTHER),
        "points_in_words": f"{points} of {_counted(grade['max_score'])}" + f": {went}" * (went not in _PLAIN),
        "how_counted": _how_counted(grade),
    }


def _how_it_went(grade: dict, verdict: CheckVerdict | None) -> str:
    if grade["manual_score"] is None and grade["auto_score"] is None:
        return WAITING
    if verdict is None and grade["manual_score"] is None and not grade["score"]:
        return NOT_ATTEMPTED  # nbgrader scores only one free text by itself: an unchanged stub
    if grade["score"] > 0 or verdict is None or verdict.status in ("", SCORED):
        return EVERY if grade["score"] >= grade["max_score"] else PART if grade["score"] > 0 else NONE
    return verdict.status


def _how_counted(grade: dict) -> list[str]:
    auto, manual, extra = grade["auto_score"], grade["manual_score"], grade["extra_credit"]
    lines = []
    if manual is None and auto is None:
        lines.append(NOT_YET)
    elif manual is not None and auto is None:
        lines.append(GIVEN)
    elif manual is not None and manual != auto:
        lines.append(CHANGED.format(auto=number(auto)))
    if extra:
        lines.append(EXTRA.format(points=number(extra)))
    if manual is not None and grade["needs_manual_grade"]:
        lines.append(READ_AGAIN if auto is None else AGAIN)
    return lines


def points_of_notebook(resources: dict) -> dict:
    """Return the notebook's points, from nbgrader's GetGrades, and how many exercises had which outcome."""
    record = resources["nbgrader"]
    score, penalty, of = record["score"], record["late_penalty"], record["max_score"]
    late = LATE.format(penalty=_counted(penalty), before=f"{number(score + penalty)} of {number(of)}")
    return {
        "points_in_words": f"{number(score)} of {_counted(of)}",
        "counts": _counts_in_words([exercise["went"] for exercise in resources["exercises"]]),
        "notebook_counted": [late] if penalty else [],
    }


def _counts_in_words(went: list[str]) -> str:
    if not went:
        return "There is no exercise in it."
    order = {words: n for n, words in enumerate(_PLAIN)}
    counted = sorted(Counter(went).items(), key=lambda item: order.get(item[0], len(order)))
    told = [f"{many} {'with ' * (words in _PLAIN)}{words}" for words, many in counted]
    return f"{len(went)} {plural(len(went), 'exercise')}: {', '.join(told)}."


def _counted(points: float) -> str:
    return f"{number(points)} {plural(points, 'point')}"
