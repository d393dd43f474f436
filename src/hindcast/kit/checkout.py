"""Finding the root of a checkout or of a learner's bundle, its units and their notebooks."""

import difflib
import re
import sys
from pathlib import Path

import hindcast
from hindcast.errors import HindcastError
from hindcast.tables import MARKER, bundle_of

UNIT_NAME = re.compile(r"\d\d_[a-z0-9_]+")
WORKBOOK, BENCH = "workbook", "bench"  # the notebooks that give points


def find_root(start: Path | None = None) -> Path:
    """Return the root of the checkout that holds `start` (the current folder by default), else the package's.

    Raises HindcastError if there is none, and in a learner's bundle, which has no solutions.
    """
    root = find_course(start)
    if not is_checkout(root):
        raise HindcastError(
            f"{root} is a learner's bundle, and this command needs the whole repository, with solutions/ and "
            "grading/: run it in the folder that `git clone` made."
        )
    return root


def find_course(start: Path | None = None) -> Path:
    """Return the root of the checkout or unpacked bundle that holds `start`, the nearer one.

    `start` is the current folder by default. If it is in neither, return the checkout or bundle that this
    package was installed from. Raises HindcastError if there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in [start, *start.parents, Path(hindcast.__file__).resolve().parents[2]]:
        if is_checkout(folder) or (folder / MARKER).is_file():
            return folder
    if own := bundle_of(Path(sys.prefix)):
        return own
    raise HindcastError(
        f"No checkout of Hindcast holds {start}: expected a folder with solutions/ and "
        "grading/nbgrader_config.py.",
        "Change into the folder that `git clone` made, or into an unpacked "
        "bundle, and run the command again.",
    )


def is_checkout(folder: Path) -> bool:
    """Return whether `folder` is the root of a checkout of the repository."""
    return (folder / "grading" / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir()


def unit_names(root: Path) -> list[str]:
    """Return the names of the units under solutions/, sorted."""
    return sorted(
        p.name for p in (root / "solutions").iterdir() if UNIT_NAME.fullmatch(p.name) and p.is_dir()
    )


def source_notebooks(root: Path, unit: str) -> list[Path]:
    """Return the notebooks of solutions/UNIT, sorted by name."""
    return sorted((root / "solutions" / unit).glob("*.ipynb"))


def graded_units(root: Path) -> list[str]:
    """Return the units that give points: those with a workbook or a bench."""
    names = {WORKBOOK, BENCH}
    return [unit for unit in unit_names(root) if names & {path.stem for path in source_notebooks(root, unit)}]


def chosen_units(root: Path, names: list[str]) -> list[str]:
    """Return `names`, or every unit if it is empty. Raises HindcastError for a name that is no unit."""
    known = unit_names(root)
    for name in names:
        if name not in known:
            raise no_such_unit(name, known)
    return list(names) or known


def no_such_unit(name: str, known: list[str]) -> HindcastError:
    """Return the error for a name that is no unit, which lists the `known` ones."""
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return HindcastError(
        f"There is no unit {name!r} in solutions/.",
        f"{guess}The units are: {', '.join(known) or 'none yet'}.",
    )


def checked_unit_name(name: str) -> str:
    """Return `name` if it can name a unit (two digits, an underscore, lower-case words).

    Raises HindcastError if not.
    """
    if not UNIT_NAME.fullmatch(name):
        raise HindcastError(f"{name!r} cannot name a unit: expected something like 07_reading_scores.")
    return name
