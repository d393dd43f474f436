"""INSIDE the sandbox, in the worker: all other processes in here, what they hold, and their end."""

import contextlib
import os
import resource
import signal
import time
from pathlib import Path

LOOK_SECONDS = 0.25  # between two looks at what all processes hold together


class Processes:
    """The processes that run beside the worker.

    `alone`: the worker is the first process of a process namespace of its own, so that it may kill all
    others. Without isolation it is not, and knows its own children only.
    """

    def __init__(self):
        self.alone = os.getpid() == 1
        self.looked = 0.0

    def others(self) -> list[str]:
        """The numbers of all other processes in here."""
        return [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and path.name != "1"]

    def beside(self, notebook: int) -> int:
        """How many threads and processes run beside the main thread of the process `notebook`."""
        try:
            threads = len(list(Path(f"/proc/{notebook}/task").iterdir())) - 1
        except OSError:
            return 0
        return threads + len(self.others()) - 1 if self.alone else threads

    def hold_more_than(self, most: int) -> bool:
        """Whether all processes in here together hold more than `most` bytes: a look every LOOK_SECONDS."""
        if not self.alone or time.monotonic() < self.looked + LOOK_SECONDS:
            return False
        self.looked = time.monotonic()
        others = [Path("/proc", name) for name in self.others()]
        pages = sum(_number_in(path / "statm", 1) for path in others)
        if pages * resource.getpagesize() < most:
            return False
        # forks share pages, which `statm` counts for each of them; Pss counts each fork's part of them
        return sum(_number_in(path / "smaps_rollup", "Pss:") for path in others) * 1024 > most

    def kill_others(self) -> None:
        """Send SIGKILL to all other processes in here."""
        if self.alone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            return
        # never kill(-1) without a namespace: it would end everything that this user runs
        for pid in _own_children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def end_all(self) -> None:
        """Kill and reap until no other process is left."""
        while True:
            self.kill_others()
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.001)

    def state(self) -> list:
        """What a notebook could have changed of the worker, whose user it shares, or left behind."""
        names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
        limits = [resource.getrlimit(getattr(resource, name)) for name in names]
        if not self.alone:
            return limits
        left = [Path("/proc/sysvipc", name).read_text().count("\n") for name in ("shm", "sem", "msg")]
        scheduling = (os.sched_getaffinity(0), os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))
        return [limits, left, self.others(), *scheduling]


def _own_children() -> list[int]:
    """The processes that this one started or inherited (on Linux; elsewhere none are known)."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _number_in(file: Path, which: int | str) -> int:
    """A number of a file of /proc: by its place, or after a word. 0 where the process is gone or hides it."""
    try:
        words = file.read_text().split()
        return int(words[which if isinstance(which, int) else words.index(which) + 1])
    except (OSError, ValueError, IndexError):
        return 0
