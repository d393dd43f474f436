"""`hindcast grade`: a progress bar, and a line for each hand-in that needs a person."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.grade.options import GradeOptions
from hindcast.kit.grade.summary import Attention, GradeSummary
from hindcast.kit.plumbing.cores import core_count
from hindcast.kit.plumbing.progress import progress_bar
from hindcast.kit.plumbing.startup import imports_without_gc
from hindcast.kit.sandbox.prestart import PrestartedWorkers

NO_VERDICT, CANNOT_ISOLATE = 1, 3  # exit codes


def grade_cohort(root: Path, unit: str, cohort: str | None, options: GradeOptions, as_json: bool) -> int:
    """Grade a unit of a cohort and print what came of it; the exit code.

    0: every hand-in has a verdict; 1: not every, by a fault of the grader's own; 3: nothing was run, because
    learners' code cannot be isolated. Raises HindcastError for a cohort or an assignment that is not there,
    and for a gradebook in use.
    """
    since = time.monotonic()
    folder = the_cohort(root, cohort)
    # the workers import their libraries while this process imports nbgrader
    with PrestartedWorkers(0 if options.unsandboxed else options.workers or core_count()) as prestarted:
        with imports_without_gc():
            from hindcast.kit.grade import run

        course, config = run.load_course(folder, unit)
        try:
            with progress_bar("Grading") as watch:
                summary = run.grade_assignment(course, config, options, watch, prestarted)
        except run.NotIsolated as why:
            print(why, file=sys.stderr)
            return CANNOT_ISOLATE
    summary.seconds = time.monotonic() - since
    if as_json:
        print(json.dumps(asdict(summary), ensure_ascii=False))
    else:
        print_grade_summary(summary)
    return NO_VERDICT if summary.broken else 0


def print_grade_summary(summary: GradeSummary) -> None:
    """Print a line for each hand-in that needs a person, then how many there were.

    A hand-in's line has its first reason, and how many more there are.
    """
    waiting: dict[str, list[Attention]] = {}
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
