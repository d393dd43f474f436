"""Building a unit from its source: normalise, execute, tidy the outputs, write, release to course/."""

import os
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from hindcast.errors import HindcastError
from hindcast.kit.checkout import checked_unit_name, chosen_units, source_notebooks
from hindcast.kit.notebooks.execute import execute_all
from hindcast.kit.notebooks.normalise import (
    AFTER_RUNNING,
    BEFORE_RUNNING,
    notebook_text,
    read_notebook,
    run_steps,
    write_if_changed,
)
from hindcast.kit.notebooks.release import release
from hindcast.kit.notebooks.text import read_texts

FIELD = "field"


def build_units(
    root: Path, names: list[str], release_only: bool = False, say: Callable[[str], None] = print
) -> list[Path]:
    """Build the units `names` (all if empty). Return the changed files of solutions/ and course/."""
    changed = []
    for unit in chosen_units(root, names):
        _only_notebooks(root / "solutions" / unit)
        say(f"{unit} ...")
        changed += [] if release_only else _run_notebooks(root, unit, {}, say)
        changed += release(root, unit)
    return changed


def build_from_texts(root: Path, unit: str, folder: Path, say: Callable[[str], None] = print) -> list[Path]:
    """Replace the notebooks of `unit`, new or not, by those of the texts FOLDER/NAME.py, and build it."""
    edited = read_texts(folder)
    source = root / "solutions" / checked_unit_name(unit)
    born_here = not source.exists()
    source.mkdir(exist_ok=True)
    try:
        changed = _run_notebooks(root, unit, edited, say)
    finally:
        if born_here and not any(source.iterdir()):
            source.rmdir()
    return changed + release(root, unit)


def _run_notebooks(
    root: Path, unit: str, edited: dict[str, NotebookNode], say: Callable[[str], None]
) -> list[Path]:
    """Run the steps up to solutions/UNIT. Nothing is written unless every notebook ran."""
    folder = root / "solutions" / unit
    notebooks = {path.stem: read_notebook(path) for path in source_notebooks(root, unit)} | edited
    for notebook in notebooks.values():
        run_steps(notebook, BEFORE_RUNNING)
    faults = execute_all(notebooks, folder, _field_data(root))
    if FIELD in faults and FIELD not in edited and not _field_data(root):
        say(f"{unit}/{FIELD}.ipynb stays as it was, its data are not at hand: {faults.pop(FIELD)}")
        del notebooks[FIELD]
    if faults:
        raise HindcastError("\n".join(f"{unit}/{name}.ipynb, {fault}" for name, fault in faults.items()))
    for notebook in notebooks.values():
        run_steps(notebook, AFTER_RUNNING)
    paths = {folder / f"{name}.ipynb": notebook for name, notebook in notebooks.items()}
    return [changed for path, nb in paths.items() for changed in write_if_changed(path, notebook_text(nb))]


def _field_data(root: Path) -> dict[str, str]:
    """Return the variable with the folder of the field data, for the kernels; empty if there is none."""
    name = "HINDCAST_FIELD_DATA"
    folder = Path(os.environ.get(name) or root.parent / "shared" / "field-data")
    return {name: str(folder.resolve())} if folder.is_dir() else {}


def _only_notebooks(folder: Path) -> None:
    """Raise HindcastError for other files than notebooks: nbgrader would release them to learners, too."""
    if not any(folder.glob("*.ipynb")):
        raise HindcastError(
            f"solutions/{folder.name} holds no notebook: remove the folder, or build it from text."
        )
    others = [
        path.name
        for path in folder.iterdir()
        if path.suffix != ".ipynb" and path.name != ".ipynb_checkpoints"
    ]
    if others:
        raise HindcastError(
            f"solutions/{folder.name} holds {others[0]}, which learners would get a copy of.",
            "Only notebooks belong there: move the file elsewhere.",
        )
