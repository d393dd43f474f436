"""A notebook in its one agreed form, so that a difference in git is a difference in meaning.

`BEFORE_RUNNING` and `AFTER_RUNNING` are lists of steps: small functions that change the notebook they get.
"""

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.errors import HindcastError

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
RAISES = "raises-exception"
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Step = Callable[[NotebookNode], None]


def read_notebook(path: Path) -> NotebookNode:
    """The notebook at `path` in nbformat 4.5, or an error that says what is wrong with the file.

    Read without nbformat's own repairs, which would give cells random ids.
    """
    try:
        notebook = nbformat.reader.reads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HindcastError(f"There is no notebook {path}.") from None
    except UnicodeDecodeError:
        raise _not_a_notebook(path, "other bytes than UTF-8 text") from None
    except (ValueError, nbformat.ValidationError, AttributeError, KeyError, TypeError):
        raise _not_a_notebook(path, "something else") from None
    if notebook.get("nbformat") != 4 or "cells" not in notebook:
        raise _not_a_notebook(path, f"nbformat {notebook.get('nbformat')}")
    notebook.nbformat_minor = 5
    return notebook


def _not_a_notebook(path: Path, came: str) -> HindcastError:
    return HindcastError(
        f"{path} is not a notebook: expected JSON of nbformat 4 as Jupyter writes it, came {came}.",
        f"Take the file out of the folder, or restore it, for example with `git checkout -- {path}`.",
    )


def notebook_text(notebook: NotebookNode) -> str:
    """The bytes to keep, as text: sorted keys, one space of indent, a newline at the end."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write_if_changed(path: Path, text: str) -> list[Path]:
    """Write `text` to `path`, with the same line ends on every system; [path], or [] when it was so."""
    if path.exists() and path.read_bytes() == text.encode("utf-8"):
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return [path]


def run_steps(notebook: NotebookNode, steps: list[Step]) -> NotebookNode:
    """`notebook` after every step, in order; the same object."""
    for step in steps:
        step(notebook)
    return notebook


def plain_notebook_metadata(notebook: NotebookNode) -> None:
    """The kernel and the language, nothing about who ran it or with what."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})


def plain_cell_metadata(notebook: NotebookNode) -> None:
    """Tags, nbgrader's record and a hidden source are meant; timings and the like are not."""
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("tags", "nbgrader") if cell.metadata.get(key)}
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            kept["jupyter"] = {"source_hidden": True}
        cell.metadata = nbformat.from_dict(kept)


def complete_graded_cells(notebook: NotebookNode) -> None:
    """nbgrader's record in full; a test cell is locked, folded away and may raise. A free text is neither."""
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader = nbformat.from_dict(_full_record(cell.metadata.nbgrader))
            if cell.metadata.nbgrader.grade and cell.cell_type == "code":
                others = [tag for tag in cell.metadata.get("tags", []) if tag != RAISES]
                cell.metadata.tags = [RAISES, *others]
                cell.metadata.jupyter = nbformat.from_dict({"source_hidden": True})


def _full_record(record: dict) -> dict:
    grade, solution = bool(record.get("grade")), bool(record.get("solution"))
    full = {
        "grade": grade,
        "grade_id": record.get("grade_id", ""),
        "locked": (grade and not solution) or bool(record.get("locked")),
        "schema_version": 3,
        "solution": solution,
        "task": bool(record.get("task")),
    }
    return full | {"points": record["points"]} if "points" in record else full


def trimmed_sources(notebook: NotebookNode) -> None:
    """No empty lines at the ends of a cell, and no cell without a word in it."""
    for cell in notebook.cells:
        cell.source = cell.source.strip("\n")
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip() or "nbgrader" in cell.metadata]


def stable_ids(notebook: NotebookNode) -> None:
    """Well-formed ids stay; others are made from the grade_id or from the cell's first words."""
    taken: set[str] = set()
    for cell in notebook.cells:
        if not _CELL_ID.fullmatch(cell.get("id", "")) or cell.id in taken:
            cell.id = ""
        taken.add(cell.id)
    for cell in notebook.cells:
        if not cell.id:
            cell.id = _unused(first_id(cell), taken)
            taken.add(cell.id)


def first_id(cell: NotebookNode) -> str:
    """The id that a cell gets when it has none, before a counter makes it unique."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    if grade_id:
        return re.sub(r"[^A-Za-z0-9_-]", "-", grade_id)[:64]
    words = re.findall(r"[a-z0-9]+", cell.source.lower())
    return "-".join(words[:5])[:48].strip("-") or "cell"


def _unused(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem[:60]}-{number}"
    return name


def no_outputs(notebook: NotebookNode) -> None:
    """As before the first run: a stale output has no place beside a new source."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def plain_outputs(notebook: NotebookNode) -> None:
    """No live widget (no kernel answers it in a saved notebook), nothing transient, nothing empty."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                output.pop("transient", None)
                output.get("data", {}).pop(WIDGET_VIEW, None)
            cell.outputs = [output for output in cell.outputs if _worth_keeping(output)]


def _worth_keeping(output: NotebookNode) -> bool:
    return bool(output.get("data") or output.get("text") or output.output_type == "error")


def numbered(notebook: NotebookNode) -> None:
    """Execution counts 1 to n, as in a fresh kernel from top to bottom."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


BEFORE_RUNNING: list[Step] = [
    plain_notebook_metadata,
    plain_cell_metadata,
    complete_graded_cells,
    trimmed_sources,
    stable_ids,  # after the steps above: an id may be made from a cell's source or grade_id
    no_outputs,
]
AFTER_RUNNING: list[Step] = [plain_notebook_metadata, plain_cell_metadata, plain_outputs, numbered]
