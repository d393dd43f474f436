"""From the source of a unit to what learners open: normalise, execute, normalise the outputs, write, release."""

from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from hindcast.errors import HindcastError
from hindcast.kit.execute import execute_all
from hindcast.kit.normalise import AFTER_RUNNING, BEFORE_RUNNING, notebook_text, read_notebook, run_steps
from hindcast.kit.release import release
from hindcast.kit.text import read_texts
from hindcast.kit.units import checked_unit_name, chosen_units, source_notebooks


def build(
    root: Path, names: list[str], release_only: bool = False, say: Callable[[str], None] = print
) -> list[Path]:
    """Build the units named (all when none is); the files of solutions/ and course/ that changed."""
    changed = []
    for unit in chosen_units(root, names):
        _only_notebooks(root / "solutions" / unit)
        say(f"{unit} ...")
        changed += [] if release_only else _run(root, unit, _notebooks(root, unit))
        changed += release(root, unit)
    return changed


def build_from_texts(root: Path, unit: str, folder: Path) -> list[Path]:
    """Put the texts FOLDER/NAME.py in the place of their notebooks in `unit`, which may be new, and build it."""
    notebooks = read_texts(folder)
    source = root / "solutions" / checked_unit_name(unit)
    born_here = not source.exists()
    source.mkdir(exist_ok=True)
    try:
        changed = _run(root, unit, _notebooks(root, unit) | notebooks)
    finally:
        if born_here and not any(source.iterdir()):
            source.rmdir()
    return changed + release(root, unit)


def _notebooks(root: Path, unit: str) -> dict[str, NotebookNode]:
    return {path.stem: read_notebook(path) for path in source_notebooks(root, unit)}


def _run(root: Path, unit: str, notebooks: dict[str, NotebookNode]) -> list[Path]:
    """The chain up to solutions/UNIT: nothing is written unless every notebook ran."""
    folder = root / "solutions" / unit
    for notebook in notebooks.values():
        run_steps(notebook, BEFORE_RUNNING)
    execute_all(notebooks, folder, unit)
    for notebook in notebooks.values():
        run_steps(notebook, AFTER_RUNNING)
    written = [_write(folder / f"{name}.ipynb", notebook_text(nb)) for name, nb in notebooks.items()]
    return [path for path in written if path]


def _write(path: Path, text: str) -> Path | None:
    """`path` when its text had to change, nothing when it was so already."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return None
    path.write_text(text, encoding="utf-8")
    return path


def _only_notebooks(folder: Path) -> None:
    """nbgrader gives learners every other file of the folder too, so there must be none."""
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
            f"solutions/{folder.name} holds {others[0]}, which learners would get a copy of. "
            "Only notebooks belong there: move the file elsewhere."
        )
