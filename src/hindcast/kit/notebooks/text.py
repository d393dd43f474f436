"""A notebook as a py:percent text to edit, and back. The notebook gets no jupytext metadata.

In the text, `# %% answer="thing"` marks an answer cell, `# %% test="thing" points=3` its test cell (grade_id
`thing_test`) and `# %% hidden=true` a cell whose source is folded away. `# %% [markdown] answer="thing"
points=3` is a free text, which a person scores; `# %% [markdown] rubric="thing"` (grade_id `thing_rubric`)
says what earns its points. Other nbgrader records are in full.
"""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.errors import HindcastError
from hindcast.kit.checkout import chosen_units, source_notebooks
from hindcast.kit.notebooks.answer_banks import RUBRIC
from hindcast.kit.notebooks.normalise import BEFORE_RUNNING, RAISES, first_id, read_notebook, run_steps

_FORMAT = {"extension": ".py", "format_name": "percent", "notebook_metadata_filter": "-all"}
_KEYS = ("answer", "test", "rubric", "points", "hidden", "id", "tags", "nbgrader")


def write_texts(root: Path, unit: str, folder: Path, force: bool = False) -> list[Path]:
    """Write every notebook of solutions/UNIT to FOLDER/NAME.py. Overwrites a file only with `force`."""
    chosen_units(root, [unit])
    texts = {
        folder / f"{path.stem}.py": notebook_as_text(read_notebook(path))
        for path in source_notebooks(root, unit)
    }
    there = [path for path in texts if path.exists()]
    if there and not force:
        raise HindcastError(
            f"{there[0]} is already there, perhaps with your edits.",
            "Build it back with --from-text, choose another folder, or write over it with --force.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(texts)


def read_texts(folder: Path) -> dict[str, NotebookNode]:
    """Return the notebooks of the texts FOLDER/NAME.py, by name."""
    paths = sorted(folder.glob("*.py"))
    if not paths:
        raise HindcastError(
            f"There is no text to build from in {folder}: expected files such as {folder}/lesson.py."
        )
    return {path.stem: notebook_from_text(path.read_text(encoding="utf-8"), str(path)) for path in paths}


def notebook_as_text(notebook: NotebookNode) -> str:
    """Return the notebook's cells as py:percent text, without outputs. Reading it gives the same cells."""
    wanted = run_steps(nbformat.from_dict(notebook), BEFORE_RUNNING)
    short = nbformat.from_dict(wanted)
    for cell in short.cells:
        cell.metadata = nbformat.from_dict(_short_metadata(cell))
    text = _jupytext().writes(short, fmt=_FORMAT)
    if notebook_from_text(text, "the text").cells != wanted.cells:
        raise HindcastError("This notebook holds something that a text cannot (an attachment, for example).")
    return text


def notebook_from_text(text: str, name: str) -> NotebookNode:
    """Return the normalised notebook, not yet run, of py:percent `text`; `name` is for error messages."""
    notebook = _jupytext().reads(text, fmt=_FORMAT)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata.pop("lines_to_next_cell", None)  # added by jupytext, for blank lines
        _check_keys(cell, f"{name}, cell {number}")
        cell.id = cell.metadata.get("id", "")
        cell.metadata = nbformat.from_dict(_full_metadata(cell.metadata))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return run_steps(notebook, BEFORE_RUNNING)


def _jupytext():
    try:
        import jupytext
    except ModuleNotFoundError:
        raise HindcastError(
            "Editing as text needs jupytext, which is not installed.",
            "`pip install -r requirements-dev.lock` brings it.",
        ) from None
    return jupytext


def _check_keys(cell: NotebookNode, where: str) -> None:
    unknown = sorted(set(cell.metadata) - set(_KEYS))
    if unknown:
        raise HindcastError(
            f"{where}: {unknown[0]!r} means nothing here.", f"Expected one of {', '.join(_KEYS)}."
        )
    fault = _fault_of_points(cell.metadata, cell.cell_type == "markdown")
    if fault:
        raise HindcastError(f"{where}: {fault}")


def _fault_of_points(short: dict, prose: bool) -> str:
    """Return what is wrong with the points metadata of a cell, or ""."""
    scored = isinstance(short.get("points"), int | float)
    if "test" in short and not scored:
        return 'a test cell needs its points, as in `# %% test="thing" points=3`.'
    if "answer" in short and prose and not scored:
        return 'a free text needs its points, as in `# %% [markdown] answer="thing" points=3`.'
    if "answer" in short and not prose and "points" in short:
        return "the points of an answer in code stand on its test cell; only a free text has them itself."
    if "rubric" in short and not prose:
        return 'a rubric is prose, as in `# %% [markdown] rubric="thing"`.'
    return ""


def _short_metadata(cell: NotebookNode) -> dict:
    """Return a cell's metadata in the short form of the text."""
    record = cell.metadata.get("nbgrader", {})
    short = _short_record(record, cell.cell_type == "markdown") if record else {}
    tags = [tag for tag in cell.metadata.get("tags", []) if not ("test" in short and tag == RAISES)]
    if tags:
        short["tags"] = tags
    if "jupyter" in cell.metadata and "test" not in short:
        short["hidden"] = True
    if cell.id != first_id(cell) or not record:
        short["id"] = cell.id
    return short


def _short_record(record: dict, prose: bool) -> dict:
    name = record["grade_id"]
    kind = (record["grade"], record["solution"], record["task"])
    if kind == (True, False, False) and name.endswith("_test"):
        return {"test": name.removesuffix("_test"), "points": record["points"]}
    if kind == (False, True, False) and not record["locked"]:
        return {"answer": name}
    if kind == (True, True, False) and prose and not record["locked"] and "points" in record:
        return {"answer": name, "points": record["points"]}
    if kind == (False, False, False) and prose and record["locked"] and name.endswith(RUBRIC):
        return {"rubric": name.removesuffix(RUBRIC)}
    return {"nbgrader": dict(record)}


def _full_metadata(short: dict) -> dict:
    """Return the inverse of `_short_metadata`. Normalising adds the fields that the short form omits."""
    long = {key: short[key] for key in ("tags", "nbgrader") if key in short}
    if short.get("hidden"):
        long["jupyter"] = {"source_hidden": True}
    if "answer" in short:
        long["nbgrader"] = {"grade_id": short["answer"], "solution": True}
        if "points" in short:
            long["nbgrader"] |= {"grade": True, "points": short["points"]}
    if "rubric" in short:
        long["nbgrader"] = {"grade_id": short["rubric"] + RUBRIC, "locked": True}
    if "test" in short:
        long["nbgrader"] = {"grade_id": f"{short['test']}_test", "grade": True, "points": short["points"]}
    return long
