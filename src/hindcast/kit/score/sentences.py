"""The lines that `hindcast score` prints: points, where to look next, and free texts to judge oneself."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from hindcast.check import SCORED, misconceptions
from hindcast.errors import HindcastError
from hindcast.kit.checkout import BENCH
from hindcast.kit.export.standing import points_in_digits
from hindcast.kit.grade.summary import Attention
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.notebooks.answer_banks import RUBRIC
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.notebooks.unit_titles import UnitTitles, read_unit_titles

NEXT = 5  # exercises that are listed; the page has all of them


def score_lines(root: Path, tables: Tables, name: str, attention: list[Attention]) -> Iterator[str]:
    """Yield the lines about the unit `name`. `tables` is the gradebook of a cohort of this learner alone."""
    unit = read_unit_titles(root, name)
    texts = tables.answers[tables.answers["waits"]]
    for row in tables.notebooks[tables.notebooks["graded"]].itertuples():
        left = texts.loc[texts["notebook"] == row.notebook, "of"].sum()
        more = f", and {points_in_digits(left)} for what nobody scores here" if left else ""
        earned = _earned(row.points, row.of - left)
        yield f"{row.notebook.capitalize()}: {earned} points{more}."
    for item in attention:
        where = " ".join(part for part in (item.notebook, item.cell) if part)
        yield f"{where}: {item.reason}" if where else item.reason
    yield from _where_next(unit, tables.answers)
    for row in texts.itertuples():
        yield from _free_text(root, unit, row)


def _where_next(unit: UnitTitles, answers: pd.DataFrame) -> Iterator[str]:
    short = answers[(answers["points"] < answers["of"]) & ~answers["waits"]]
    if short.empty:
        return
    order = {
        (notebook, name): n for notebook in unit.exercises for n, name in enumerate(unit.exercises[notebook])
    }
    rows = sorted(
        short.itertuples(),
        key=lambda row: (row.notebook == BENCH, order.get((row.notebook, row.exercise), 0)),
    )
    yield "\nWhere to look next:"
    for row in rows[:NEXT]:
        yield f"  {_title(unit, row)} ({_earned(row.points, row.of)}): {_advice(row)}"
    if len(rows) > NEXT:
        yield f"  And {len(rows) - NEXT} more: the page has them."


def _earned(points: float, of: float) -> str:
    return f"{points_in_digits(points)} of {points_in_digits(of)}"


def _title(unit: UnitTitles, row) -> str:
    title = unit.exercises.get(row.notebook, {}).get(row.exercise) or row.exercise
    return f"{row.notebook.capitalize()} {title}"


def _advice(row) -> str:
    known = [misconceptions()[mistake]["look"] for mistake in row.mistakes if mistake in misconceptions()]
    if known:
        return known[0]
    return "the page has what the check says." if row.status in ("", SCORED) else f"{row.status}."


def _free_text(root: Path, unit: UnitTitles, row) -> Iterator[str]:
    """Yield lines about a free text. Nobody scores it; its rubric and a full answer help to judge it."""
    yield (
        f"\n{_title(unit, row)} ({points_in_digits(row.of)} points): nobody scores this text here. "
        "Read it yourself, as a trainer would."
    )
    rubric, example = _to_compare(root, unit.name, row.notebook, row.exercise)
    if rubric:
        yield f"\nWhat earns the points:\n\n{rubric}"
    if example:
        yield f"\nAn answer that earns them all:\n\n{example}"


def _to_compare(root: Path, unit: str, notebook: str, exercise: str) -> tuple[str, str]:
    """Return a free text's rubric and the course's own answer; "" for what solutions/ does not have."""
    try:
        cells = read_notebook(root / "solutions" / unit / f"{notebook}.ipynb").cells
    except HindcastError:
        return "", ""
    by_name = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in cells}
    rubric, answer = by_name.get(f"{exercise}{RUBRIC}"), by_name.get(exercise)
    if answer is not None and not answer.metadata["nbgrader"].get("solution"):
        answer = None
    return (rubric.source.strip() if rubric else ""), (answer.source.strip() if answer else "")
