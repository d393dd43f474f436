"""What a check can find, and commands that one can paste."""

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
    """One finding: its state, what was seen, and, where it is to be mended, a command or a sentence."""

    state: str
    says: str
    fix: str = ""


def ok(says: str) -> Finding:
    """It works."""
    return Finding(OK, says)


def mend(says: str, fix: str) -> Finding:
    """It does not work; `fix` is what to do."""
    return Finding(MEND, says, fix)


def mend_as_said(error: HindcastError, fix: str = "") -> Finding:
    """It does not work, as the error says; `fix` is what to do, else what the error says of that."""
    says = as_clause(error.what)
    return mend(says if error.do_next else error.what, fix or error.do_next or error.what)


def as_clause(sentence: str) -> str:
    """A sentence without its full stop, on one line: the page writes findings so."""
    return " ".join(sentence.split()).removesuffix(".")


def not_needed(says: str) -> Finding:
    """Nobody needs it on this machine, or nobody needs it now."""
    return Finding(NOT_NEEDED, says)


def shell_command(*words: object) -> str:
    """A command line to paste; a first word "python" or "hindcast" is the one that runs now."""
    first, *others = map(str, words)
    if first == "hindcast" and not shutil.which("hindcast"):
        first, others = "python", ["-m", "hindcast", *others]
    parts = [sys.executable if first == "python" else first, *others]
    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)
