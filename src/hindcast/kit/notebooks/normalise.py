"""Bringing a notebook into a normal form, so that git shows only differences that matter.

`BEFORE_RUNNING` and `AFTER_RUNNING` are lists of steps: functions that change a notebook in place.
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
    """Return the notebook at `path` in nbformat 4.5. Raises HindcastError for a file that is none.

    nbformat's own repairs are not used, because they give cells random ids.
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
    """Return the notebook file's text: sorted keys, one space of indent, a newline at the end."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write_if_changed(path: Path, text: str) -> list[Path]:
    """Write `text` to `path` with LF on every system. Return [path], or [] if the file was the same."""
    if path.exists() and path.read_bytes() == text.encode("utf-8"):
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return [path]


def run_steps(notebook: NotebookNode, steps: list[Step]) -> NotebookNode:
    """Apply every step in order, and return the same object."""
    for step in steps:
        step(notebook)
    return notebook


def plain_notebook_metadata(notebook: NotebookNode) -> None:
    """Keep only kernel and language in the notebook's metadata, nothing about the machine that ran it."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})


def plain_cell_metadata(notebook: NotebookNode) -> None:
    """Keep only tags, nbgrader's record and the folding of the source in the cells' metadata."""
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("tags", "nbgrader") if cell.metadata.get(key)}
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            kept["jupyter"] = {"source_hidden": True}
        cell.metadata = nbformat.from_dict(kept)


def complete_graded_cells(notebook: NotebookNode) -> None:
    """Complete nbgrader's records. Test cells are locked, folded away and may raise; free texts are not."""
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
    """Remove empty lines at both ends of each cell, and remove empty cells."""
    for cell in notebook.cells:
        cell.source = cell.source.strip("\n")
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip() or "nbgrader" in cell.metadata]


def stable_ids(notebook: NotebookNode) -> None:
    """Keep well-formed ids, and make the others from the grade_id or the cell's first words."""
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
    """Return the id for a cell without one, before a counter makes it unique."""
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
    """Remove all outputs: they belong to an older source."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def plain_outputs(notebook: NotebookNode) -> None:
    """Remove live widgets (a saved notebook has no kernel for them), transient data and empty outputs."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                output.pop("transient", None)
                output.get("data", {}).pop(WIDGET_VIEW, None)
            cell.outputs = [output for output in cell.outputs if _worth_keeping(output)]


def _worth_keeping(output: NotebookNode) -> bool:
    return bool(output.get("data") or output.get("text") or output.output_type == "error")


def numbered(notebook: NotebookNode) -> None:
    """Set execution counts 1 to n, as in a fresh kernel from top to bottom."""
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
    stable_ids,  # after the steps above, because an id may be made from a cell's source or grade_id
    no_outputs,
]
AFTER_RUNNING: list[Step] = [plain_notebook_metadata, plain_cell_metadata, plain_outputs, numbered]
