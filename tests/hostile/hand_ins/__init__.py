"""The hostile hand-ins, one function each, in a module for each kind of attack.

Each is the released notebook of the tests' own unit (unit.py), rightly answered, with one change. A
function's name is the hand-in's name and says what must happen. verdicts.toml has its points.
Importing this package fills the register (register.py).
"""

from . import (
    benign,
    check_replaced,
    endings,
    excess,
    folders,
    left_behind,
    notebook_files,
    out_of_reach,
    points,
    records,
    shell,
    tests_not_run,
)

__all__ = [
    "benign",
    "check_replaced",
    "endings",
    "excess",
    "folders",
    "left_behind",
    "notebook_files",
    "out_of_reach",
    "points",
    "records",
    "shell",
    "tests_not_run",
]
