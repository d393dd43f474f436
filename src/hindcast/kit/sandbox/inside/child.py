"""INSIDE the sandbox: the fork for one notebook, from the fork to the first cell.

It gives up all that is the worker's: descriptors, the ways to its memory, room without bounds.
"""

import contextlib
import ctypes
import importlib
import os
import random
import resource
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .notebook import run_notebook
from .restore import Pristine

# Linux's numbers for prctl
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36
MOST_DESCRIPTORS = 1 << 20
DESCRIPTORS_OF_A_NOTEBOOK = 1024


@dataclass(frozen=True)
class ChildEnds:
    """The descriptors that a notebook's process keeps.

    connection: cells come in, messages go out. receipts: tells how many bytes of messages the worker took.
    stdout, stderr: pipes to the worker.
    """

    connection: socket.socket
    receipts: int
    stdout: int
    stderr: int


def become_notebook(
    setup: dict, pristine: Pristine, ends: ChildEnds, environment: Mapping[str, str], modules: Sequence[str]
) -> None:
    """After the fork: give up all that is the worker's, then run the notebook. Never returns."""
    try:
        os.setsid()
        prctl(PR_SET_DUMPABLE, 1)
        for number, source in ((0, os.open("/dev/null", os.O_RDWR)), (1, ends.stdout), (2, ends.stderr)):
            os.dup2(source, number)
        _close_all_but(ends.connection.fileno(), ends.receipts, ends.stdout, ends.stderr)
        _limit_resources(setup)
        os.environ.update(environment)
        os.chdir(Path(setup["scratch"], "work"))
        random.seed()  # else every fork would draw the same numbers
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        import_where_present(modules)
        run_notebook(pristine, ends.connection, ends.receipts, (ends.stdout, ends.stderr), setup["output"])
    finally:
        os._exit(0)


def import_where_present(names: Sequence[str]) -> None:
    """Import modules.

    One that is missing or fails is left out: a notebook that needs it will say so itself.
    """
    for name in names:
        with contextlib.suppress(BaseException):
            importlib.import_module(name)


def prctl(option: int, value: int) -> None:
    """Call Linux's prctl; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _close_all_but(*descriptors: int) -> None:
    """Close every descriptor but 0, 1, 2 and these."""
    kept = sorted(descriptors)
    for low, high in zip((2, *kept), (*kept, MOST_DESCRIPTORS), strict=True):
        os.closerange(low + 1, high)


def _limit_resources(setup: dict) -> None:
    """Bound memory, processes and files of this process and its own.

    Without isolation, what can be bounded.
    """
    bounds = {
        "RLIMIT_AS": setup["memory"],
        "RLIMIT_FSIZE": setup["scratch_bytes"],
        "RLIMIT_NOFILE": DESCRIPTORS_OF_A_NOTEBOOK,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,  # message queues would outlive the notebook
    }
    if setup["isolated"]:
        bounds["RLIMIT_NPROC"] = setup["processes"]
    for name, value in bounds.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError, AttributeError):
            if setup["isolated"]:
                raise
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory is short, end this process first
