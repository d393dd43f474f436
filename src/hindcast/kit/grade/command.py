"""`hindcast grade`: a progress bar, and a line for each hand-in that needs a person."""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.plumbing.cores import cores
from hindcast.kit.plumbing.progress import bar
from hindcast.kit.plumbing.startup import importing
from hindcast.kit.sandbox.prestart import PrestartedWorkers

NO_VERDICT, CANNOT_ISOLATE = 1, 3


@dataclass(frozen=True)
class Chosen:
    """What a trainer may choose. `seconds`: the most a cell may run, None for nbgrader's setting."""

    learners: tuple[str, ...] = ()
    workers: int | None = None
    seconds: float | None = None
    regrade: bool = False
    unsandboxed: bool = False


def grade(root: Path, unit: str, cohort: str | None, chosen: Chosen, as_json: bool) -> int:
    """Grade a unit of a cohort and say so; the exit code.

    0: every hand-in has a verdict; 1: not every, by a fault of the grader's own; 3: nothing was run, because
    learners' code cannot be isolated.
    """
    since = time.monotonic()
    folder = the_cohort(root, cohort)
    with PrestartedWorkers(0 if chosen.unsandboxed else chosen.workers or cores()) as early:
        with importing():
            from hindcast.kit.grade import run

        course, config = run.course_of(folder, unit)
        try:
            with bar("Grading") as watch:
                summary = run.grade_assignment(course, config, chosen, watch, early)
        except run.NotIsolated as why:
            print(why, file=sys.stderr)
            return CANNOT_ISOLATE
    summary.seconds = time.monotonic() - since
    if as_json:
        print(json.dumps(asdict(summary), ensure_ascii=False))
    else:
        _say(summary)
    return NO_VERDICT if summary.broken else 0


def _say(summary) -> None:
    """A line for each hand-in that needs a person: the first reason, and how many more there are."""
    waiting: dict[str, list] = {}
    for item in summary.attention:
        waiting.setdefault(item.learner, []).append(item)
    for learner, (first, *more) in waiting.items():
        where = " ".join(part for part in (first.notebook, first.cell) if part)
        others = f" And {len(more)} more: the feedback page has them." if more else ""
        print(f"{learner}{f' ({where})' if where else ''}: {first.reason}{others}")
    print(
        f"{summary.unit}: {summary.graded} graded, {summary.unchanged} unchanged, "
        f"{len(waiting)} {'needs' if len(waiting) == 1 else 'need'} a person. {summary.seconds:.1f} s."
    )
    if summary.free_texts:
        one = summary.free_texts == 1
        print(f"{summary.free_texts} free text{' waits' if one else 's wait'} for you in the formgrader.")
