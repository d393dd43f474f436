"""The result of a check, and commands that a reader can paste."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass

from hindcast.errors import HindcastError

OK, MEND, NOT_NEEDED = "ok", "to mend", "not needed here"


@dataclass(frozen=True)
class Finding:
    """One finding: its state, what was seen, and, if it needs mending, a command or a sentence."""

    state: str
    says: str
    fix: str = ""


def ok(says: str) -> Finding:
    """Return the finding that something works."""
    return Finding(OK, says)


def mend(says: str, fix: str) -> Finding:
    """Return the finding that something does not work; `fix` is what to do."""
    return Finding(MEND, says, fix)


def mend_as_said(error: HindcastError, fix: str = "") -> Finding:
    """Return the finding that something does not work, from an error.

    `fix` is what to do; without it, the error's `do_next`.
    """
    says = as_clause(error.what)
    return mend(says if error.do_next else error.what, fix or error.do_next or error.what)


def as_clause(sentence: str) -> str:
    """Return a sentence on one line and without its full stop, as the page shows findings."""
    return " ".join(sentence.split()).removesuffix(".")


def not_needed(says: str) -> Finding:
    """Return the finding that something is not needed on this machine, or not now."""
    return Finding(NOT_NEEDED, says)


def shell_command(*words: object) -> str:
    """Return a command line to paste. A first word "python" or "hindcast" means the one that runs now."""
    first, *others = map(str, words)
    if first == "hindcast" and not shutil.which("hindcast"):
        first, others = "python", ["-m", "hindcast", *others]
    parts = [sys.executable if first == "python" else first, *others]
    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)
