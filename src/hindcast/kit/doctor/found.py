"""What a check can find, and commands that one can paste."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass

OK, MEND, NOT_NEEDED = "ok", "to mend", "not needed here"


@dataclass(frozen=True)
class Found:
    """One finding: its state, what was seen, and, where it is to be mended, a command or a sentence."""

    state: str
    says: str
    fix: str = ""


def ok(says: str) -> Found:
    """It works."""
    return Found(OK, says)


def mend(says: str, fix: str) -> Found:
    """It does not work; `fix` is what to do."""
    return Found(MEND, says, fix)


def not_needed(says: str) -> Found:
    """Nobody needs it on this machine, or nobody needs it now."""
    return Found(NOT_NEEDED, says)


def command(*words: object) -> str:
    """A command line to paste; a first word "python" or "hindcast" is the one that runs now."""
    first, *others = map(str, words)
    if first == "hindcast" and not shutil.which("hindcast"):
        first, others = "python", ["-m", "hindcast", *others]
    parts = [sys.executable if first == "python" else first, *others]
    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)
