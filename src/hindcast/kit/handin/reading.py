"""Reads handed-in files as notebooks, and finds out which file is which notebook of the assignment."""

import json
from collections.abc import Mapping, Set
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.kit.handin.record import GraderNote, printable
from hindcast.kit.handin.repair import ReleasedNotebook

LEAST_SHARE = 0.5  # of a notebook's cells: a file of another name that holds so many of them is that notebook


class UnreadableNotebook(Exception):
    """A file that is no notebook; its text is a sentence without the file's name."""


def read_submitted_notebook(path: Path) -> NotebookNode:
    """The notebook in `path`, as nbformat 4. Raises Unreadable."""
    return parse_submitted_notebook(path.read_bytes())


def parse_submitted_notebook(raw: bytes) -> NotebookNode:
    """The notebook that these bytes are, as nbformat 4. Raises Unreadable."""
    if not raw.strip():
        raise UnreadableNotebook("is empty.")
    try:
        notebook = nbformat.convert(nbformat.from_dict(_parsed_json(raw)), 4)
    except UnreadableNotebook:
        raise
    except RecursionError:
        raise UnreadableNotebook("is nested too deeply to be read.") from None
    except Exception:
        raise UnreadableNotebook("is JSON, but no notebook that Jupyter could open.") from None
    fault = _first_fault(notebook)
    if fault:
        raise UnreadableNotebook(f"is no notebook that Jupyter could open: {fault}.")
    return notebook


def _parsed_json(raw: bytes) -> dict:
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableNotebook("is no text in UTF-8.") from None
    except ValueError as error:
        raise UnreadableNotebook(f"is not JSON: {printable(str(error), 80)}.") from None
    if not isinstance(content, dict) or type(content.get("nbformat")) is not int:
        raise UnreadableNotebook("is JSON, but no notebook.")
    return content


def _first_fault(notebook: NotebookNode) -> str:
    """The first fault that nbgrader or nbconvert would stop at. What is only unusual is mended in place."""
    if not isinstance(notebook.get("metadata"), dict) or not isinstance(notebook.get("cells"), list):
        return "it has no cells"
    for number, cell in enumerate(notebook.cells, start=1):
        if not isinstance(cell, NotebookNode) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            return f"cell {number} is no cell"
        source = cell.get("source")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            cell.source = "".join(source)
        elif not isinstance(source, str):
            return f"cell {number} has no text"
        if not isinstance(cell.get("metadata"), dict):
            return f"cell {number} has no metadata"
        if cell.cell_type == "code" and not isinstance(cell.get("outputs"), list):
            cell.outputs = []
        if cell.cell_type == "code":
            cell.setdefault("execution_count", None)
    return ""


def recognise_notebooks(
    folder: Path, asked: Mapping[str, Set[str]]
) -> tuple[dict[str, Path], list[GraderNote]]:
    """The file of each notebook of the assignment (`asked`: notebook -> names of its cells), and notes.

    A file with the notebook's own name is that notebook. Where there is none, a file that holds most of its
    cells is.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    chosen = {name: files[name] for name in asked if name in files}
    notes = []
    for stem, path in files.items():
        if stem in asked:
            continue
        name = _most_alike(path, asked)
        file_name = printable(path.name, 80)
        if name and name in chosen:
            notes.append(
                GraderNote(
                    name,
                    "",
                    f"{file_name} holds the same exercises as {chosen[name].name}; it was not graded.",
                    True,
                )
            )
        elif name:
            chosen[name] = path
            notes.append(
                GraderNote(
                    name, "", f"The file was called {file_name}; its cells show that it is {name}.ipynb."
                )
            )
    return chosen, notes


def _most_alike(path: Path, asked: Mapping[str, Set[str]]) -> str:
    """The notebook whose cells the file holds, "" where there is none."""
    try:
        cells = read_submitted_notebook(path).cells
    except UnreadableNotebook:
        return ""
    records = [cell.metadata.get("nbgrader") for cell in cells]
    held = {record.get("grade_id") for record in records if isinstance(record, dict)}
    shares = {name: len(held & names) / len(names) for name, names in asked.items() if names}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= LEAST_SHARE else ""


def read_released_notebook(path: Path) -> ReleasedNotebook:
    """A notebook as it was released; an empty ReleasedNotebook where it cannot be read."""
    try:
        cells = read_submitted_notebook(path).cells
    except (UnreadableNotebook, OSError):
        return ReleasedNotebook()
    names = [str(cell.metadata.get("nbgrader", {}).get("grade_id", "")) for cell in cells]
    named = list(zip(names, cells, strict=True))
    return ReleasedNotebook(
        order=tuple(name for name in names if name),
        ids={cell.id: name for name, cell in named if "id" in cell},
        texts={name: cell.source for name, cell in named if name},
        others=frozenset(cell.source.strip() for name, cell in named if not name),
    )
