"""The bank of answers, tests/answers/NN_unit.toml, and putting its answers into released notebooks.

An answer that tests score is an `[[answer]]` there; a free text, which a person scores, is a `[[text]]`.
"""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.errors import HindcastError

KINDS = ("reference", "right", "blank", "badly formed", "mistake", "colleague")
RUBRIC = "_rubric"  # ending of the grade_id of a rubric
TEXT_KINDS = ("reference", "blank", "colleague")


@dataclass(frozen=True)
class BankAnswer:
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


@dataclass(frozen=True)
class FreeText:
    """One text for an exercise that a person scores, and the lines of the rubric that earn it their points.

    `text` replaces the whole answer cell; the empty `text` of a blank answer leaves the released stub.
    `reading`: why a fair reader gives these lines and no others.
    """

    notebook: str
    exercise: str
    name: str
    kind: str
    text: str
    earns: tuple[str, ...]
    reading: str = ""


def bank_path(root: Path, unit: str) -> Path:
    """Return the path of the bank of `unit`."""
    return root / "tests" / "answers" / f"{unit}.toml"


def load_bank(path: Path) -> list[BankAnswer]:
    """Return the answers of one unit, in the order of the file."""
    entries = _read_table(path, "answer")
    return [
        _bank_answer(entry, f"{path.name}, answer {number}") for number, entry in enumerate(entries, start=1)
    ]


def load_texts(path: Path) -> list[FreeText]:
    """Return the free texts of one unit, in the order of the file; most units have none."""
    entries = _read_table(path, "text")
    return [_bank_text(entry, f"{path.name}, text {number}") for number, entry in enumerate(entries, start=1)]


def _read_table(path: Path, table: str) -> list[dict]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get(table, [])
    except FileNotFoundError:
        raise HindcastError(f"There is no bank of answers {path}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HindcastError(f"{path} is not TOML: {error}.") from None


def _bank_answer(entry: dict, where: str) -> BankAnswer:
    _check_entry(entry, where, BankAnswer, {"notebook", "exercise", "name", "kind", "code", "points"}, KINDS)
    return BankAnswer(
        **entry | {"points": float(entry["points"]), "mistakes": tuple(entry.get("mistakes", ()))}
    )


def _bank_text(entry: dict, where: str) -> FreeText:
    _check_entry(
        entry, where, FreeText, {"notebook", "exercise", "name", "kind", "text", "earns"}, TEXT_KINDS
    )
    return FreeText(**entry | {"earns": tuple(entry["earns"])})


def _check_entry(entry: dict, where: str, kind: type, required: set[str], kinds: tuple[str, ...]) -> None:
    known = {field.name for field in fields(kind)}
    label = f"{where} ({entry.get('exercise')}/{entry.get('name')})"
    if unknown := sorted(set(entry) - known):
        raise HindcastError(f"{label}: unknown key {unknown[0]!r}.", f"Expected: {', '.join(sorted(known))}.")
    if missing := sorted(required - set(entry)):
        raise HindcastError(f"{label}: {missing[0]!r} is missing.")
    if entry["kind"] not in kinds:
        raise HindcastError(f"{label}: expected a kind from {', '.join(kinds)}, came {entry['kind']!r}.")


def fill(notebook: NotebookNode, sources: dict[str, str]) -> NotebookNode:
    """Return a copy of a released notebook with `sources` (exercise -> Python or text) in its answer cells.

    An empty source leaves the stub. Raises an error for an exercise that the notebook does not have.
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
    """Return the notebook's answer cells by exercise, in order, free texts included."""
    return {record["grade_id"]: cell for cell, record in _recorded(notebook) if record.get("solution")}


def graded_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return the notebook's test cells by exercise, in order."""
    return {
        record["grade_id"].removesuffix("_test"): cell
        for cell, record in _recorded(notebook)
        if record.get("grade") and not record.get("solution")
    }


def text_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return the notebook's free texts by exercise, in order: answers that a person scores."""
    return {
        record["grade_id"]: cell
        for cell, record in _recorded(notebook)
        if record.get("grade") and record.get("solution")
    }


def rubrics(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return the rubric cells by exercise, in order. A rubric says what earns a free text its points."""
    return {
        record["grade_id"].removesuffix(RUBRIC): cell
        for cell, record in _recorded(notebook)
        if is_rubric(cell)
    }


def is_rubric(cell: NotebookNode) -> bool:
    """Return whether the cell is a rubric."""
    record = cell.metadata.get("nbgrader", {})
    plain = not (record.get("grade") or record.get("solution"))
    return plain and str(record.get("grade_id", "")).endswith(RUBRIC)


def rubric_lines(cell: NotebookNode) -> list[str]:
    """Return the names of a rubric's lines: the bold beginning of each item of its numbered list."""
    return re.findall(r"^\d+\. \*\*(.+?)\.?\*\*", cell.source, re.MULTILINE)


def _recorded(notebook: NotebookNode) -> list[tuple[NotebookNode, NotebookNode]]:
    """Return each cell that has a record of nbgrader, with that record."""
    return [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
