"""What somebody who scored their own notebooks reads: points, where to look next, what no machine scores."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from hindcast.check import SCORED, misconceptions
from hindcast.errors import HindcastError
from hindcast.kit.export.cells import number
from hindcast.kit.feedback.hand_ins import Unit, read_unit
from hindcast.kit.grade.summary import Attention
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.notebooks.answer_banks import RUBRIC
from hindcast.kit.notebooks.normalise import read_notebook

NEXT = 5  # exercises that are named; the page has them all
LEFT_OUT = "Nothing is answered in the {name} yet, so it was left out."


def in_words(root: Path, tables: Tables, name: str, attention: list[Attention]) -> Iterator[str]:
    """The lines about one learner's unit `name`, of which the cohort `tables` is about nobody else."""
    unit = read_unit(root, name)
    texts = tables.answers[tables.answers["waits"]]
    for row in tables.notebooks[tables.notebooks["graded"]].itertuples():
        left = texts.loc[texts["notebook"] == row.notebook, "of"].sum()
        more = f", and {number(left)} for what nobody scores here" if left else ""
        yield f"{row.notebook.capitalize()}: {number(row.points)} of {number(row.of - left)} points{more}."
    for item in attention:
        where = " ".join(part for part in (item.notebook, item.cell) if part)
        yield f"{where}: {item.reason}" if where else item.reason
    yield from _where_next(unit, tables.answers)
    for row in texts.itertuples():
        yield from _free_text(root, unit, row)


def _where_next(unit: Unit, answers: pd.DataFrame) -> Iterator[str]:
    short = answers[(answers["points"] < answers["of"]) & ~answers["waits"]]
    if short.empty:
        return
    order = {
        (notebook, name): n for notebook in unit.exercises for n, name in enumerate(unit.exercises[notebook])
    }
    rows = sorted(
        short.itertuples(),
        key=lambda row: (row.notebook == "bench", order.get((row.notebook, row.exercise), 0)),
    )
    yield "\nWhere to look next:"
    for row in rows[:NEXT]:
        yield f"  {_title(unit, row)} ({number(row.points)} of {number(row.of)}): {_advice(row)}"
    if len(rows) > NEXT:
        yield f"  And {len(rows) - NEXT} more: the page has them."


def _title(unit: Unit, row) -> str:
    title = unit.exercises.get(row.notebook, {}).get(row.exercise) or row.exercise
    return f"{row.notebook.capitalize()} {title}"


def _advice(row) -> str:
    known = [misconceptions()[mistake]["look"] for mistake in row.mistakes if mistake in misconceptions()]
    if known:
        return known[0]
    return "the page has what the check says." if row.status in ("", SCORED) else f"{row.status}."


def _free_text(root: Path, unit: Unit, row) -> Iterator[str]:
    """A free text has no points here; its rubric and an answer that earns them all help to judge it."""
    yield (
        f"\n{_title(unit, row)} ({number(row.of)} points): nobody scores this text here. Read it yourself, "
        "as a trainer would."
    )
    rubric, example = _to_compare(root, unit.name, row.notebook, row.exercise)
    if rubric:
        yield f"\nWhat earns the points:\n\n{rubric}"
    if example:
        yield f"\nAn answer that earns them all:\n\n{example}"


def _to_compare(root: Path, unit: str, notebook: str, exercise: str) -> tuple[str, str]:
    """The rubric of a free text and the course's own answer; "" for what the source does not have."""
    try:
        cells = read_notebook(root / "solutions" / unit / f"{notebook}.ipynb").cells
    except HindcastError:
        return "", ""
    by_name = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in cells}
    rubric, answer = by_name.get(f"{exercise}{RUBRIC}"), by_name.get(exercise)
    written = answer is not None and answer.metadata["nbgrader"].get("solution")
    return (rubric.source.strip() if rubric else ""), (answer.source.strip() if written else "")
