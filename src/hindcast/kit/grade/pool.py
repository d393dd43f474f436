"""Trusted processes, each with a sandbox of its own, that take jobs and hand back verdicts.

A process that breaks, or takes too long, is replaced. Its hand-in then has a note and no verdict; no other
hand-in is concerned.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from hindcast.kit.grade.grader import Graded, Job
from hindcast.kit.handin.record import GraderNote

AGAIN = "Nothing was written for it; the next run tries again."
BROKE = f"The grader itself broke off over this hand-in. {AGAIN}"
TOO_LONG = f"Grading this hand-in took longer than {{seconds:.0f}} s. {AGAIN}"


@dataclass
class _TrustedProcess:
    """A trusted process and what it is doing."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    job: Job | None = None
    since: float = 0.0


class Pool:
    """`size` processes. In each, `start(slot)` is a context whose value is the function that grades a job.

    seconds: the most that one job may take.
    """

    def __init__(self, start: Callable[[int], contextlib.AbstractContextManager], size: int, seconds: float):
        self._start, self._seconds = start, seconds
        self._context = multiprocessing.get_context("fork")
        self._processes: list[_TrustedProcess] = []
        for slot in range(size):
            self._processes.append(self._new_process(slot))

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *error: object) -> None:
        for trusted in self._processes:
            trusted.pipe.close()  # a process that finds its pipe closed ends itself, and its sandbox with it
        for trusted in self._processes:
            trusted.process.join(5)
            if trusted.process.is_alive():
                trusted.process.kill()
                trusted.process.join()

    def grade(self, jobs: Sequence[Callable[[], Job]]) -> Iterator[Graded]:
        """Every job's verdict, in the order in which they are ready.

        A job is made when a process is free for it.
        """
        waiting = list(reversed(jobs))
        while waiting or any(trusted.job for trusted in self._processes):
            for slot, trusted in enumerate(self._processes):
                if waiting and trusted.job is None:
                    self._give(slot, waiting.pop()())
            yield from self._collect()

    def _new_process(self, slot: int) -> _TrustedProcess:
        ours, theirs = self._context.Pipe()
        others = [trusted.pipe for trusted in self._processes]  # inherited by the fork, which closes them
        process = self._context.Process(target=_serve, args=(self._start, slot, theirs, [ours, *others]))
        process.start()
        theirs.close()
        return _TrustedProcess(process, ours)

    def _give(self, slot: int, job: Job) -> None:
        trusted = self._processes[slot]
        trusted.job, trusted.since = job, time.monotonic()
        with contextlib.suppress(OSError):  # the process has broken: `_collect` finds out
            trusted.pipe.send(job)

    def _collect(self) -> Iterator[Graded]:
        busy = [trusted for trusted in self._processes if trusted.job]
        ready = wait([trusted.pipe for trusted in busy], timeout=1.0)
        for slot, trusted in enumerate(self._processes):
            if trusted.job is None:
                continue
            learner = trusted.job.hand_in.learner
            if trusted.pipe in ready:
                try:
                    yield trusted.pipe.recv()
                    trusted.job = None
                except (EOFError, OSError):
                    yield self._replace(slot, learner, BROKE)
            elif time.monotonic() - trusted.since > self._seconds:
                yield self._replace(slot, learner, TOO_LONG.format(seconds=self._seconds))

    def _replace(self, slot: int, learner: str, why: str) -> Graded:
        trusted = self._processes[slot]
        trusted.process.kill()
        trusted.process.join()
        trusted.pipe.close()
        self._processes[slot] = self._new_process(slot)
        return Graded(learner, notes=(GraderNote("", "", why, attention=True),), broke=True)


def _serve(
    start: Callable[[int], contextlib.AbstractContextManager],
    slot: int,
    pipe: Connection,
    others: list[Connection],
) -> None:
    """Grade jobs until the pipe is closed; the body of a trusted process."""
    warnings.simplefilter("ignore")  # nbgrader warns of its own database sessions
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which closes the pipes
    die_with_parent()
    for other in others:
        other.close()
    with start(slot) as grade:
        while True:
            try:
                job = pipe.recv()
            except (EOFError, OSError):
                return
            with contextlib.suppress(OSError):  # nobody waits for it any more
                pipe.send(_grade_or_note(grade, job))


def _grade_or_note(grade: Callable[[Job], Graded], job: Job) -> Graded:
    try:
        return grade(job)
    except Exception as error:
        why = f"{BROKE} ({type(error).__name__}: {error})"
        return Graded(job.hand_in.learner, notes=(GraderNote("", "", why, attention=True),), broke=True)


def die_with_parent() -> None:
    """On Linux, let the kernel kill this process when the process that started it dies."""
    if sys.platform == "linux":
        parent_death = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None, use_errno=True).prctl(parent_death, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:  # it died before the line above
            os._exit(1)
