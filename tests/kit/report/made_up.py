"""A made-up course of two units, and people who take it."""

import datetime

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hindcast.kit.notebooks.results import shown_as
from hindcast.kit.roster.roster import Learner

FIRST, SECOND = "01_counting", "02_judging"
NOON = datetime.datetime(2026, 5, 4, 12)
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
POINTS = {  # unit, notebook -> exercise -> points
    (FIRST, "workbook"): {"letters": 2},
    (SECOND, "workbook"): {"shares": 3, "alerts": 3, "costs": 4},
    (SECOND, "bench"): {"counts": 4},
}
PEOPLE = [
    Learner("ana-1", "Ana Lima <b>Prado</b>", "ana@example.org", "designer", "workbook"),
    Learner("bo-2", "Bo & Söhne", "bo@example.org", "engineer", "workbook and bench"),
    Learner("cy-3", "Cy Okoye", "", "other", "workbook"),
    Learner("dee-4", "Dee Novák", "dee@example.org", "designer", "workbook"),
    Learner("eli-5", "Eli Haddad", "eli@example.org", "designer", "workbook"),
    Learner("fay-6", "Fay Moyo", "fay@example.org", "engineer", "workbook and bench"),
]


def answer(name, source):
    record = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "task": False}
    return new_code_cell(source, metadata={"nbgrader": record | {"grade_id": name}})


def check(name, points):
    record = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "task": False}
    return new_code_cell(
        "1.0", metadata={"nbgrader": record | {"grade_id": f"{name}_test", "points": points}}
    )


def notebook(unit, name, sources=None):
    """A notebook of the course; `sources` are answers by exercise."""
    cells = [new_markdown_cell(f"# Unit {unit[:2]}: a {name}")]
    for number, (exercise, points) in enumerate(POINTS[unit, name].items(), start=1):
        heading = f"## {number}. The {exercise} ({points} points, {number + 3} minutes)\n\nA task."
        cells += [
            new_markdown_cell(heading),
            answer(exercise, (sources or {}).get(exercise, f"{exercise} = None")),
            check(exercise, points),
        ]
    return new_notebook(cells=cells, metadata=KERNEL)


def outcome(unit, name, exercise, told):
    """The result that a check showed, as data."""
    points, *mistakes = told if isinstance(told, tuple) else (told,)
    status = points if isinstance(points, str) else "scored"
    points = 0.0 if isinstance(points, str) else float(points)
    of = POINTS[unit, name][exercise]
    return shown_as(exercise, {"status": status, "points": points, "of": of, "mistakes": mistakes})
