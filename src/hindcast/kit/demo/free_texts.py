"""Scoring the demo's free texts, as a trainer does in the formgrader."""

from pathlib import Path

from hindcast.kit.checkout import source_notebooks
from hindcast.kit.demo.people import PEOPLE, dealt_answers
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.notebooks.answer_banks import bank_path, load_texts

LEFT = 3  # notes that are left for the person who runs the demo


def score_free_texts(root: Path, cohort: Path, units: list[str]) -> str:
    """Give all free texts but LEFT the points that the bank of answers has. Return sentences about it."""
    waiting = [
        (unit, notebook.stem, exercise, person.learner.id, points)
        for unit in units
        for notebook in source_notebooks(root, unit)
        for person in PEOPLE
        for exercise, points in _points_of_texts(root, unit, notebook.stem, person).items()
        if (cohort / "autograded" / person.learner.id / unit / notebook.name).is_file()
    ]
    read = waiting[:-LEFT]
    _enter_points(cohort, read)
    return (
        f"Now a trainer reads {len(waiting)} notes in the formgrader. The demo has read {len(read)}, with "
        f"the points that the bank of answers gives them; {len(waiting) - len(read)} are left to you."
    )


def _points_of_texts(root: Path, unit: str, notebook: str, person) -> dict[str, int]:
    """Return exercise -> points of this person's free texts, without the blank ones."""
    texts = load_texts(bank_path(root, unit))
    written = dealt_answers(person, [], texts, notebook)
    lines = {(text.exercise, text.text): len(text.earns) for text in texts}
    return {exercise: lines[exercise, text] for exercise, text in written.items() if text}


def _enter_points(cohort: Path, read: list[tuple[str, str, str, str, int]]) -> None:
    """Write the points into the gradebook as the formgrader does."""
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for unit, notebook, exercise, learner, points in read:
            grade = gradebook.find_grade(exercise, notebook, unit, learner)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
