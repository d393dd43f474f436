"""Writing the feedback pages: for which learners, on how many cores, and how a page replaces an older one."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import MissingEntry

from hindcast.errors import HindcastError
from hindcast.kit.checkout import find_root
from hindcast.kit.feedback.graded_hand_ins import (
    hand_in_folders,
    late_without_penalty,
    learner_names,
    read_graded_hand_in,
    takers_of_bench,
)
from hindcast.kit.feedback.page import WHOLE, course_forms, exporter, pages_of
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.folder import TIMESTAMP_FILE
from hindcast.kit.notebooks.unit_titles import UnitTitles, read_unit_titles
from hindcast.kit.plumbing.cores import core_count
from hindcast.kit.plumbing.files import put_files
from hindcast.kit.plumbing.progress import Watch

# Files that nbgrader's release_feedback reads beside the pages.
CARRIED = (TIMESTAMP_FILE, "submission_secret.txt")

UNKNOWN = "the gradebook does not know this hand-in. Grade the unit again, then run this command again."


@dataclass
class Pages:
    """The result of `write_feedback`: each learner's page, and who has none and why."""

    written: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    not_graded: list[str] = field(default_factory=list)
    no_hand_in: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Job:
    """One learner's pages to be written."""

    cohort: Path
    folder: Path
    name: str
    unit: UnitTitles
    source: Path
    takes_bench: bool
    late: str


def write_feedback(
    cohort: Path,
    unit: str,
    learners: Sequence[str] | None = None,
    workers: int | None = None,
    say: Callable[[str], None] = lambda line: None,
    watch: Watch = lambda done, of: None,
) -> Pages:
    """Write `feedback/LEARNER/UNIT/index.html` and a page for each notebook, for all learners or for some.

    An older page is replaced only by a complete one. A hand-in that cannot be read gets a sentence in
    `faults` and does not stop the others.
    """
    root = find_root(cohort)
    titles, names = read_unit_titles(root, unit), learner_names(cohort)
    graded = hand_in_folders(cohort / "autograded", unit)
    handed_in = hand_in_folders(cohort / "submitted", unit)
    chosen = _asked_for(learners, {*names, *graded, *handed_in}, cohort)
    benches, late, pages = takers_of_bench(cohort), late_without_penalty(cohort, unit), Pages()
    jobs = [
        _Job(
            cohort=cohort,
            folder=graded[learner],
            name=names.get(learner, learner),
            unit=titles,
            source=root / "solutions" / unit,
            takes_bench=learner in benches,
            late=late.get(learner, ""),
        )
        for learner in chosen
        if learner in graded
    ]
    for done, (job, outcome) in enumerate(_outcomes(jobs, workers), start=1):
        watch(done, len(jobs))
        if isinstance(outcome, Path):
            pages.written.append(outcome)
        else:
            pages.faults.append(f"{job.folder.parent.name}: {outcome}")
    pages.not_graded = [learner for learner in chosen if learner in handed_in and learner not in graded]
    pages.no_hand_in = [learner for learner in chosen if learner not in handed_in and learner not in graded]
    _say_who(pages, say)
    return pages


def _asked_for(learners: Sequence[str] | None, known: set[str], cohort: Path) -> list[str]:
    for learner in learners or []:
        if learner not in known:
            raise HindcastError(
                f"There is no learner {learner!r} in {cohort.name}.",
                f"The learners are: {', '.join(sorted(known)) or 'none yet'}.",
            )
    return sorted(set(learners or known))


def _say_who(pages: Pages, say: Callable[[str], None]) -> None:
    many = len(pages.written)
    say(f"{many} learner{'s have a page' if many != 1 else ' has a page'}.")
    if pages.not_graded:
        say(f"Handed in, but not graded yet, so without a page: {', '.join(pages.not_graded)}.")
    if pages.no_hand_in:
        say(f"No hand-in, so no page: {', '.join(pages.no_hand_in)}.")


# --- one learner ----------------------------------------------------------------------------------


def _write_pages(job: _Job) -> Path:
    """Write one learner's pages and return index.html. Raises for a hand-in that cannot be read."""
    hand_in = read_graded_hand_in(job.folder, job.name, job.unit, job.takes_bench)
    hand_in.lines += [job.late] if job.late else []
    files = pages_of(hand_in, job.unit, gradebook_url(job.cohort), job.source)
    for name in CARRIED:
        if (job.folder / name).is_file():
            files[name] = (job.folder / name).read_text(encoding="utf-8", errors="replace")
    target = job.cohort / "feedback" / hand_in.learner / job.unit.name
    put_files(target, {name: text.encode("utf-8", errors="replace") for name, text in files.items()})
    for notebook in job.unit.exercises:
        if f"{notebook}.html" not in files:  # the page of a notebook in an older hand-in
            (target / f"{notebook}.html").unlink(missing_ok=True)
    return target / f"{WHOLE}.html"


# --- all of them ----------------------------------------------------------------------------------


def _outcomes(jobs: list[_Job], workers: int | None) -> Iterator[tuple[_Job, Path | str]]:
    """Yield each job with its page, or a sentence why there is none. Uses all cores if fork exists."""
    many = min(workers or core_count(), len(jobs))
    if many < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from ((job, _outcome_of(job)) for job in jobs)
        return
    # made once before the fork, so that no child process makes them again
    exporter()
    for notebook in jobs[0].unit.exercises:
        course_forms(jobs[0].source / f"{notebook}.ipynb")
    with ProcessPoolExecutor(many, mp_context=multiprocessing.get_context("fork")) as pool:
        futures = [pool.submit(_outcome_of, job) for job in jobs]
        for job, future in zip(jobs, futures, strict=True):
            try:
                yield job, future.result()
            except BrokenProcessPool:
                yield job, "a process was ended before the page was done. Run the command again."


def _outcome_of(job: _Job) -> Path | str:
    try:
        return _write_pages(job)
    except HindcastError as error:
        return str(error)
    except MissingEntry:
        return UNKNOWN
    except Exception as error:  # no fault of one hand-in may stop the others
        return f"the page could not be made ({type(error).__name__}: {error})."
