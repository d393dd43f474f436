"""The bank of answers, tests/answers/NN_unit.toml, and putting its answers into released notebooks."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.errors import HindcastError

KINDS = ("reference", "right", "blank", "badly formed", "mistake", "colleague")


@dataclass(frozen=True)
class Answer:
    """One answer to one exercise, and what it must earn.

    `code` replaces the whole answer cell; the empty `code` of a blank answer leaves the released stub.
    """

    notebook: str
    exercise: str
    name: str
    kind: str
    code: str
    points: float
    mistakes: tuple[str, ...] = ()
    status: str = "scored"
    says: str = ""
    reading: str = ""


def bank_path(root: Path, unit: str) -> Path:
    """Where the answers of `unit` are kept."""
    return root / "tests" / "answers" / f"{unit}.toml"


def load_bank(path: Path) -> list[Answer]:
    """The answers of one unit, in the order of the file."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("answer", [])
    except FileNotFoundError:
        raise HindcastError(f"There is no bank of answers {path}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HindcastError(f"{path} is not TOML: {error}.") from None
    return [_answer(entry, f"{path.name}, answer {number}") for number, entry in enumerate(entries, start=1)]


def _answer(entry: dict, where: str) -> Answer:
    known = {field.name for field in fields(Answer)}
    required = {"notebook", "exercise", "name", "kind", "code", "points"}
    label = f"{where} ({entry.get('exercise')}/{entry.get('name')})"
    if unknown := sorted(set(entry) - known):
        raise HindcastError(f"{label}: unknown key {unknown[0]!r}. Expected: {', '.join(sorted(known))}.")
    if missing := sorted(required - set(entry)):
        raise HindcastError(f"{label}: {missing[0]!r} is missing.")
    if entry["kind"] not in KINDS:
        raise HindcastError(f"{label}: expected a kind from {', '.join(KINDS)}, came {entry['kind']!r}.")
    return Answer(**entry | {"points": float(entry["points"]), "mistakes": tuple(entry.get("mistakes", ()))})


def fill(notebook: NotebookNode, sources: dict[str, str]) -> NotebookNode:
    """A copy of a released notebook with `sources` (exercise -> Python source) in its answer cells.

    An empty source leaves the stub. An exercise that the notebook does not have is an error.
    """
    filled = nbformat.from_dict(notebook)
    cells = answer_cells(filled)
    for exercise, source in sources.items():
        if exercise not in cells:
            raise HindcastError(
                f"There is no exercise {exercise!r} in this notebook: it has {', '.join(cells)}."
            )
        if source:
            cells[exercise].source = source
    return filled


def answer_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The notebook's answer cells by exercise, in order."""
    records = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    return {record["grade_id"]: cell for cell, record in records if record.get("solution")}


def graded_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The notebook's test cells by exercise, in order."""
    records = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    return {record["grade_id"].removesuffix("_test"): cell for cell, record in records if record.get("grade")}
