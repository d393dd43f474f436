"""What a cohort's graded hand-ins say: points from the gradebook, mistakes from what test cells showed."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from hindcast.check import RESULT_MIME, SCORED
from hindcast.kit.answers import graded_cells
from hindcast.kit.cohort import gradebook_url
from hindcast.kit.normalise import read_notebook


@dataclass(frozen=True)
class Shown:
    """What one test cell showed: the outcome of one exercise, and every sentence a learner read with it."""

    exercise: str
    status: str
    points: float
    of: float
    mistakes: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Points:
    """What one learner earned in one notebook, according to the gradebook."""

    learner: str
    unit: str
    notebook: str
    points: float
    of: float
    handed_in: bool


def results_of(notebook: NotebookNode) -> dict[str, Shown]:
    """What each exercise's test cell showed in a run notebook; one that showed no result is left out."""
    shown = {}
    for exercise, cell in graded_cells(notebook).items():
        outputs = cell.get("outputs", [])
        data = [output.data[RESULT_MIME] for output in outputs if RESULT_MIME in output.get("data", {})]
        if data:
            shown[exercise] = _shown(data[-1], _text(outputs))
    return shown


def _shown(data: dict, text: str) -> Shown:
    return Shown(
        exercise=str(data["exercise"]),
        status=str(data["status"]),
        points=float(data["points"]),
        of=float(data["of"]),
        mistakes=tuple(str(mistake) for mistake in data["mistakes"]),
        text=text,
    )


def _text(outputs: list[NotebookNode]) -> str:
    """Everything a learner reads under the cell."""
    parts = []
    for output in outputs:
        parts.append(
            output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue") or ""
        )
    return "\n".join(part for part in parts if part)


def points_of(cohort: Path) -> list[Points]:
    """Every graded notebook of every learner, by unit, learner and notebook."""
    from nbgrader.api import Gradebook

    rows = []
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for assignment in gradebook.assignments:
            for submission in gradebook.assignment_submissions(assignment.name):
                rows += [_points(cohort, notebook) for notebook in submission.notebooks]
    return sorted(rows, key=lambda row: (row.unit, row.learner, row.notebook))


def _points(cohort: Path, notebook) -> Points:
    learner, unit = notebook.student.id, notebook.assignment.assignment.name
    file = cohort / "autograded" / learner / unit / f"{notebook.name}.ipynb"
    return Points(learner, unit, notebook.name, notebook.score, notebook.max_score, file.exists())


def mistakes_of(cohort: Path) -> list[tuple[str, int]]:
    """Ids of recognised mistakes and how many learners made each, the commonest first."""
    made = {(learner, mistake) for learner, shown in shown_in(cohort) for mistake in shown.mistakes}
    counts = Counter(mistake for _, mistake in made)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def not_scored(cohort: Path) -> Counter[str]:
    """How many answers of the cohort were not attempted, incomplete or badly formed."""
    return Counter(shown.status for _, shown in shown_in(cohort) if shown.status != SCORED)


def shown_in(cohort: Path) -> list[tuple[str, Shown]]:
    """Learner and result, for every result in the cohort's graded notebooks."""
    paths = sorted((cohort / "autograded").glob("*/*/*.ipynb"))
    return [(path.parts[-3], shown) for path in paths for shown in results_of(read_notebook(path)).values()]
