"""Grading an assignment: plan, grade in parallel, write one hand-in after the other.

Only this process writes the gradebook and the graded folders. A hand-in is done when its graded folder, with
the fingerprint of what was handed in, stands in its place; that comes last. Killed at any moment, the next
run grades exactly the hand-ins without it.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import rmtree
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from hindcast.errors import HindcastError
from hindcast.kit.grade.assignment import Assignment, read_assignment
from hindcast.kit.grade.command import Chosen
from hindcast.kit.grade.grader import Graded, Grader, Job
from hindcast.kit.grade.plan import make_plan, place, wanted
from hindcast.kit.grade.pool import Pool
from hindcast.kit.grade.preload import imported, loading, required
from hindcast.kit.gradebook import transfer
from hindcast.kit.gradebook.location import with_patience
from hindcast.kit.gradebook.transfer import free_texts_waiting
from hindcast.kit.handin.folder import HandIn
from hindcast.kit.handin.record import Note
from hindcast.kit.plumbing.cores import cores, stay_on_one
from hindcast.kit.plumbing.lock import HOME, only_one
from hindcast.kit.plumbing.progress import Watch
from hindcast.kit.sandbox.prestart import PrestartedWorkers, visible_folders
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.sandbox import Sandbox

NOTEBOOK_CELLS = 20  # a notebook may take as long as this many cells at their limit


class NotIsolated(HindcastError):
    """Learners' code cannot be isolated on this machine."""


@dataclass(frozen=True)
class Attention:
    """A hand-in, or a cell of it, that a person should look at."""

    learner: str
    notebook: str
    cell: str
    reason: str


@dataclass
class Summary:
    """What a run did. `broken`: hand-ins without a verdict, by a fault of the grader's own.

    `free_texts`: how many answers of the unit nobody has scored yet, because no test can.
    `seconds` of the whole command; `cell_seconds` in learners' own cells, added up.
    """

    unit: str
    graded: int = 0
    unchanged: int = 0
    broken: int = 0
    attention: list[Attention] = field(default_factory=list)
    free_texts: int = 0
    seconds: float = 0.0
    cell_seconds: float = 0.0

    def add(self, learner: str, notes: Sequence[Note]) -> None:
        """Take over what needs a person."""
        self.attention += [Attention(learner, n.notebook, n.cell, n.reason) for n in notes if n.attention]


def course_of(cohort: Path, assignment: str) -> tuple[CourseDirectory, Config]:
    """nbgrader's view of a cohort's folder, and the settings behind it: those of its nbgrader_config.py."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(cohort)).load_config()
    course = CourseDirectory(config=config)
    course.assignment_id = assignment
    return course, config


def grade_assignment(
    course: CourseDirectory,
    config: Config,
    options: Chosen,
    watch: Watch = lambda done, of: None,
    early: PrestartedWorkers | None = None,
) -> Summary:
    """Grade the hand-ins of the course's assignment that need it; `watch` is told of each.

    `early`: workers that were started already.

    Raises NotIsolated, and HindcastError for an assignment that is not there and a gradebook in use.
    """
    if not options.unsandboxed and (why := isolation_obstacle()):
        raise NotIsolated(
            f"{why}\nLearners' code was not run. `--allow-unsandboxed` runs it with your own rights: "
            "it could then read and change whatever you can."
        )
    summary = Summary(course.assignment_id)
    graded_root = Path(course.root, course.autograded_directory)
    with only_one(graded_root.parent / HOME):
        engine = sqlalchemy.create_engine(with_patience(course.db_url))
        try:
            _grade(course, config, options, engine, graded_root.parent / HOME, summary, watch, early)
            with engine.connect() as db:
                summary.free_texts = free_texts_waiting(db, course.assignment_id)
        finally:
            engine.dispose()
    summary.attention.sort(key=lambda item: (item.learner, item.notebook))
    return summary


def _grade(
    course, config, options: Chosen, engine, home: Path, summary: Summary, watch: Watch, early: PrestartedWorkers | None
) -> None:
    with _scratch(home) as scratch:
        with engine.connect() as db:
            assignment = read_assignment(course, db)
            handed_in = wanted(course, options.learners)
            plan = make_plan(course, assignment, handed_in, options.regrade, db)
        summary.unchanged = len(plan.unchanged)
        for learner, notes in plan.unchanged.items():
            summary.add(learner, notes)
        engine.dispose()  # no connection is handed on to the processes below
        jobs = [
            functools.partial(
                _job, engine, assignment, hand_in, plan.prints[hand_in.learner], scratch / f"{number:05d}"
            )
            for number, hand_in in enumerate(plan.todo)
        ]
        watch(0, len(jobs))
        if not jobs:
            return
        size = max(1, min(options.workers or cores(), len(jobs)))
        limits = _limits(config, options)
        first = {
            "modules": imported(course, assignment, plan.todo, size),
            "required": required(assignment),
            "sources": loading(course, assignment),
        }
        sandbox = functools.partial(_sandbox, limits, first, not options.unsandboxed, early)
        start = functools.partial(_start, assignment, config, sandbox, scratch)
        patience = limits.notebook_seconds * (len(assignment.asked) + 1)
        with Pool(start, size, patience) as pool:
            if early:
                early.let_go()
            for number, graded in enumerate(pool.grade(jobs), start=1):
                _keep(course, engine, graded, scratch)
                summary.graded += graded.folder is not None
                summary.broken += graded.broke
                summary.cell_seconds += graded.cell_seconds
                summary.add(graded.learner, graded.notes)
                watch(number, len(jobs))


@contextlib.contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A fresh folder for what is under way; what a killed run left behind is removed first."""
    scratch = home / "scratch"
    if scratch.exists():
        rmtree(str(scratch))
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        rmtree(str(scratch))


def _job(engine, assignment: Assignment, hand_in: HandIn, print_: str, folder: Path) -> Job:
    with engine.connect() as db:
        rows = transfer.submission_rows(db, assignment.rows, hand_in.learner)
    return Job(hand_in, print_, rows, folder)


@contextlib.contextmanager
def _start(
    assignment: Assignment, config: Config, sandbox: Callable[[int], Sandbox], scratch: Path, slot: int
):
    """Inside a trusted process: the function that grades a job."""
    stay_on_one(slot)
    with sandbox(slot) as own:
        own.start()
        with Grader(assignment, config, own, scratch / f"process-{slot}") as grader:
            yield grader.grade


def _sandbox(
    limits: Limits, first: dict[str, list[str]], isolated: bool, early: PrestartedWorkers | None, slot: int
) -> Sandbox:
    own = early.take(slot) if early else None
    return Sandbox(limits, *visible_folders(), isolated=isolated, slot=slot, prestarted=own, **first)


def _limits(config, options: Chosen) -> Limits:
    seconds = options.seconds or Execute(config=config).timeout or 0
    seconds = float(seconds) if seconds > 0 else Limits().notebook_seconds
    return Limits(seconds=seconds, notebook_seconds=max(Limits().notebook_seconds, NOTEBOOK_CELLS * seconds))


def _keep(course: CourseDirectory, engine, graded: Graded, scratch: Path) -> None:
    """Write the rows in one transaction, then move the folder into place, then clear away."""
    if graded.folder is None:
        return
    with engine.begin() as db:
        transfer.merge(db, graded.rows)
    target = place(course, graded.learner)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(scratch / f"replaced-{time.monotonic_ns()}")
    graded.folder.rename(target)
    rmtree(str(graded.folder.parents[2]))  # the job's own folder, with the copy of the hand-in
