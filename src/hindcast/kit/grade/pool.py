"""Trusted processes, each with a sandbox of its own, that take jobs and hand back verdicts.

A process that breaks, or does not come back in time, costs its own hand-in a sentence and nothing else.
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
from hindcast.kit.handin.record import Note

AGAIN = "Nothing was written for it; the next run tries again."
BROKE = f"The grader itself broke off over this hand-in. {AGAIN}"
TOO_LONG = f"Grading this hand-in took longer than {{seconds:.0f}} s. {AGAIN}"


@dataclass
class _Hand:
    """A trusted process and what it is doing."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    job: Job | None = None
    since: float = 0.0


class Pool:
    """`size` processes; `start(slot)` makes, inside one, a context of the function that grades a job."""

    def __init__(self, start: Callable[[int], contextlib.AbstractContextManager], size: int, seconds: float):
        self._start, self._seconds = start, seconds
        self._context = multiprocessing.get_context("fork")
        self._hands: list[_Hand] = []
        for slot in range(size):
            self._hands.append(self._hand(slot))  # it gives up what it inherits of those before it

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *error: object) -> None:
        for hand in self._hands:
            hand.pipe.close()  # a process that finds its pipe closed ends itself, and its sandbox with it
        for hand in self._hands:
            hand.process.join(5)
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()

    def grade(self, jobs: Sequence[Callable[[], Job]]) -> Iterator[Graded]:
        """Every job's verdict, as they come. A job is made only when a process is free for it."""
        waiting = list(reversed(jobs))
        while waiting or any(hand.job for hand in self._hands):
            for slot, hand in enumerate(self._hands):
                if waiting and hand.job is None:
                    self._give(slot, waiting.pop()())
            yield from self._finished()

    def _hand(self, slot: int) -> _Hand:
        ours, theirs = self._context.Pipe()
        others = [hand.pipe for hand in self._hands]
        process = self._context.Process(target=_serve, args=(self._start, slot, theirs, [ours, *others]))
        process.start()
        theirs.close()
        return _Hand(process, ours)

    def _give(self, slot: int, job: Job) -> None:
        hand = self._hands[slot]
        hand.job, hand.since = job, time.monotonic()
        with contextlib.suppress(OSError):  # broken already: `_finished` finds out
            hand.pipe.send(job)

    def _finished(self) -> Iterator[Graded]:
        busy = [hand for hand in self._hands if hand.job]
        ready = wait([hand.pipe for hand in busy], timeout=1.0)
        for slot, hand in enumerate(self._hands):
            if hand.job is None:
                continue
            learner = hand.job.hand_in.learner
            if hand.pipe in ready:
                try:
                    yield hand.pipe.recv()
                    hand.job = None
                except (EOFError, OSError):
                    yield self._replaced(slot, learner, BROKE)
            elif time.monotonic() - hand.since > self._seconds:
                yield self._replaced(slot, learner, TOO_LONG.format(seconds=self._seconds))

    def _replaced(self, slot: int, learner: str, why: str) -> Graded:
        hand = self._hands[slot]
        hand.process.kill()
        hand.process.join()
        hand.pipe.close()
        self._hands[slot] = self._hand(slot)
        return Graded(learner, notes=(Note("", "", why, attention=True),), broke=True)


def _serve(
    start: Callable[[int], contextlib.AbstractContextManager],
    slot: int,
    pipe: Connection,
    others: list[Connection],
) -> None:
    """What a trusted process does until its pipe is closed."""
    warnings.simplefilter("ignore")  # nbgrader's own, about its own sessions
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
                pipe.send(_graded(grade, job))


def _graded(grade: Callable[[Job], Graded], job: Job) -> Graded:
    try:
        return grade(job)
    except Exception as error:
        why = f"{BROKE} ({type(error).__name__}: {error})"
        return Graded(job.hand_in.learner, notes=(Note("", "", why, attention=True),), broke=True)


def die_with_parent() -> None:
    """On Linux: be killed when the process that started this one is."""
    if sys.platform == "linux":
        parent_death = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None, use_errno=True).prctl(parent_death, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:  # it died before the line above
            os._exit(1)
