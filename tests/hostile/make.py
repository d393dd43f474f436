"""Make the hostile hand-ins. `python tests/hostile/make.py FOLDER` writes them all, for a person to read.

The tests import this module. hand_ins/ holds the hand-ins, verdicts.toml the points of each.
"""

import sys
from pathlib import Path

from hand_ins.register import HAND_INS
from hand_ins.unit import NAME, POINTS, UNIT, WRONG, answered, cell, checkout, put, released
from nbformat import NotebookNode

__all__ = [
    "NAME",
    "POINTS",
    "UNIT",
    "WRONG",
    "answered",
    "cell",
    "checkout",
    "hand_in",
    "names",
    "put",
    "released",
]


def names() -> list[str]:
    """The names of all hand-ins."""
    return list(HAND_INS)


def hand_in(name: str, folder: Path, workbook: NotebookNode) -> None:
    """Make `folder` and put a hand-in into it. workbook: as released.

    `folder` is submitted/LEARNER/UNIT in a cohort. Two hand-ins hold links to files that they
    write beside submitted/.
    """
    folder.mkdir(parents=True)
    HAND_INS[name](answered(workbook), folder)


def main() -> None:
    """Write every hand-in into the folder that the command line names, as in a cohort's `submitted/`."""
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
        sys.exit("Usage: python tests/hostile/make.py FOLDER, where FOLDER is not there yet.")
    root, workbook = Path(sys.argv[1]).absolute(), released()
    for name in names():
        hand_in(name, root / "submitted" / name / UNIT, workbook)
    print(f"{len(names())} hand-ins are in {root / 'submitted'}.")


if __name__ == "__main__":
    main()
