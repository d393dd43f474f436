"""Grading an assignment: plan, grade in parallel, write one hand-in after the other.

Only this process writes the gradebook and the graded folders. A hand-in is done when its graded folder, with
the fingerprint of what was handed in, stands in its place; that comes last. When a run is killed, the next
one grades exactly the hand-ins without such a folder.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import rmtree
from sqlalchemy.engine import Engine
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from hindcast.errors import HindcastError
from hindcast.kit.grade.assignment import Assignment, read_assignment
from hindcast.kit.grade.grader import Graded, Grader, Job
from hindcast.kit.grade.options import GradeOptions
from hindcast.kit.grade.plan import GradingPlan, chosen_hand_ins, graded_folder, make_plan
from hindcast.kit.grade.pool import Pool
from hindcast.kit.grade.preload import cells_that_load_tables, modules_of_tests, modules_to_import
from hindcast.kit.grade.summary import GradeSummary
from hindcast.kit.gradebook import transfer
from hindcast.kit.gradebook.location import CONFIG_FILE, with_timeout
from hindcast.kit.gradebook.manual_grading import free_texts_waiting
from hindcast.kit.handin.folder import HandInFolder
from hindcast.kit.plumbing.cores import core_count, stay_on_one_core
from hindcast.kit.plumbing.lock import GRADING_FOLDER, grading_lock
from hindcast.kit.plumbing.progress import Watch
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.prestart import PrestartedWorkers, visible_folders
from hindcast.kit.sandbox.sandbox import Sandbox

NOTEBOOK_CELLS = 20  # a notebook may take as long as this many cells at their limit


class NotIsolated(HindcastError):
    """Learners' code cannot be isolated on this machine."""


@dataclass(frozen=True)
class _Run:
    """What one run grades, and with what. scratch: a folder for what is under way."""

    course: CourseDirectory
    config: Config
    options: GradeOptions
    engine: Engine
    assignment: Assignment
    plan: GradingPlan
    scratch: Path

    @property
    def processes(self) -> int:
        """How many hand-ins to grade at a time."""
        return max(1, min(self.options.workers or core_count(), len(self.plan.todo)))

    @property
    def limits(self) -> Limits:
        """What a notebook may use: the seconds by the options or nbgrader's setting, the rest as usual."""
        seconds = self.options.seconds or Execute(config=self.config).timeout or 0
        usual = Limits()
        seconds = float(seconds) if seconds > 0 else usual.notebook_seconds
        whole = max(usual.notebook_seconds, NOTEBOOK_CELLS * seconds)
        return Limits(seconds=seconds, notebook_seconds=whole)


def load_course(cohort: Path, assignment: str) -> tuple[CourseDirectory, Config]:
    """nbgrader's view of a cohort's folder, and the settings behind it: those of its nbgrader_config.py."""
    config = PyFileConfigLoader(CONFIG_FILE, path=str(cohort)).load_config()
    course = CourseDirectory(config=config)
    course.assignment_id = assignment
    return course, config


def grade_assignment(
    course: CourseDirectory,
    config: Config,
    options: GradeOptions,
    watch: Watch = lambda done, of: None,
    prestarted: PrestartedWorkers | None = None,
) -> GradeSummary:
    """Grade the hand-ins of the course's assignment that need it; `watch` is told of each.

    prestarted: workers that were started already.

    Raises NotIsolated, and HindcastError for an assignment that is not there and a gradebook in use.
    """
    if not options.unsandboxed and (obstacle := isolation_obstacle()):
        raise NotIsolated(
            f"{obstacle}\nLearners' code was not run.",
            "`--allow-unsandboxed` runs it with your own rights: it could then read and change whatever you "
            "can.",
        )
    summary = GradeSummary(course.assignment_id)
    home = Path(course.root, course.autograded_directory).parent / GRADING_FOLDER
    with grading_lock(home):
        engine = sqlalchemy.create_engine(with_timeout(course.db_url))
        try:
            with _fresh_scratch(home) as scratch:
                run = _Run(course, config, options, engine, *_read_and_plan(course, options, engine), scratch)
                _grade_all(run, summary, watch, prestarted)
            with engine.connect() as db:
                summary.free_texts = free_texts_waiting(db, course.assignment_id)
        finally:
            engine.dispose()
    summary.attention.sort(key=lambda item: (item.learner, item.notebook))
    return summary


def _read_and_plan(
    course: CourseDirectory, options: GradeOptions, engine: Engine
) -> tuple[Assignment, GradingPlan]:
    """The assignment, and what there is to grade of it.

    Leaves no connection open for the forks to inherit.
    """
    with engine.connect() as db:
        assignment = read_assignment(course, db)
        hand_ins = chosen_hand_ins(course, options.learners)
        plan = make_plan(course, assignment, hand_ins, options.regrade, db)
    engine.dispose()
    return assignment, plan


def _grade_all(run: _Run, summary: GradeSummary, watch: Watch, prestarted: PrestartedWorkers | None) -> None:
    summary.unchanged = len(run.plan.unchanged)
    for learner, notes in run.plan.unchanged.items():
        summary.add_notes(learner, notes)
    jobs = [
        functools.partial(_make_job, run, hand_in, run.scratch / f"{number:05d}")
        for number, hand_in in enumerate(run.plan.todo)
    ]
    watch(0, len(jobs))
    if not jobs:
        return
    limits = run.limits
    patience = limits.notebook_seconds * (len(run.assignment.asked) + 1)
    start = functools.partial(_start_grader, run, _sandbox_maker(run, limits, prestarted))
    with Pool(start, run.processes, patience) as pool:
        if prestarted:
            prestarted.let_go()
        for number, graded in enumerate(pool.grade(jobs), start=1):
            _write(run, graded)
            summary.graded += graded.folder is not None
            summary.broken += graded.broke
            summary.cell_seconds += graded.cell_seconds
            summary.add_notes(graded.learner, graded.notes)
            watch(number, len(jobs))


@contextlib.contextmanager
def _fresh_scratch(home: Path) -> Iterator[Path]:
    """A fresh folder for what is under way; what a killed run left behind is removed first."""
    scratch = home / "scratch"
    if scratch.exists():
        rmtree(str(scratch))
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        rmtree(str(scratch))


def _make_job(run: _Run, hand_in: HandInFolder, folder: Path) -> Job:
    with run.engine.connect() as db:
        rows = transfer.submission_rows(db, run.assignment.rows, hand_in.learner)
    return Job(hand_in, run.plan.fingerprints[hand_in.learner], rows, folder)


def _sandbox_maker(
    run: _Run, limits: Limits, prestarted: PrestartedWorkers | None
) -> Callable[[int], Sandbox]:
    """A function that makes the sandbox of a slot. It imports what the assignment needs before it forks."""
    course, assignment, plan = run.course, run.assignment, run.plan
    modules = modules_to_import(course, assignment, plan.todo, run.processes)
    required, sources = modules_of_tests(assignment), cells_that_load_tables(course, assignment)

    def make(slot: int) -> Sandbox:
        return Sandbox(
            limits,
            *visible_folders(),
            modules=modules,
            isolated=not run.options.unsandboxed,
            slot=slot,
            required=required,
            sources=sources,
            prestarted=prestarted.take(slot) if prestarted else None,
        )

    return make


@contextlib.contextmanager
def _start_grader(
    run: _Run, make_sandbox: Callable[[int], Sandbox], slot: int
) -> Iterator[Callable[[Job], Graded]]:
    """Inside a trusted process: the function that grades a job."""
    stay_on_one_core(slot)  # the worker of this slot stays there too: the two take turns
    with make_sandbox(slot) as sandbox:
        sandbox.start()
        with Grader(run.assignment, run.config, sandbox, run.scratch / f"process-{slot}") as grader:
            yield grader.grade


def _write(run: _Run, graded: Graded) -> None:
    """Write the rows in one transaction, then move the folder into place, then clear away."""
    if graded.folder is None:
        return
    with run.engine.begin() as db:
        transfer.merge_rows(db, graded.rows)
    target = graded_folder(run.course, graded.learner)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(run.scratch / f"replaced-{time.monotonic_ns()}")
    graded.folder.rename(target)
    rmtree(str(graded.folder.parents[2]))  # the job's own folder, with the copy of the hand-in
