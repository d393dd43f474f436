"""Who gets a page, on how many cores, and how a page takes the place of an older one."""

import json
import multiprocessing
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.cohort import gradebook_url
from hindcast.kit.normalise import read_notebook
from hindcast.kit.roster import read_roster
from hindcast.kit.units import find_root, graded_units, no_such_unit, source_notebooks

NOTES = ".hindcast.json"
# What nbgrader's release_feedback reads beside the pages.
CARRIED = ("timestamp.txt", "submission_secret.txt")
DAMAGED = "The grader's notes on this hand-in could not be read. Your points are not affected."
MISSING = "Not handed in: {names}."
_WORTH = re.compile(r"\s*\([^()]*\b(points?|minutes?)\b[^()]*\)\s*$")


@dataclass
class Pages:
    """What `write_feedback` did: each learner's page, and who has none and why."""

    written: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    not_graded: list[str] = field(default_factory=list)
    no_hand_in: list[str] = field(default_factory=list)


def write_feedback(
    cohort: Path,
    unit: str,
    learners: Sequence[str] | None = None,
    workers: int | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Pages:
    """Write `feedback/LEARNER/UNIT/index.html` and a page for each notebook, for all learners or for some.

    What is there already is replaced only by a page that is whole. A hand-in that cannot be read has its
    sentence in `faults` and stops no other.
    """
    from hindcast.kit.feedback.page import exporter

    shared = _unit(find_root(cohort), unit)
    names = _names(cohort)
    graded = _folders(cohort / "autograded", unit)
    chosen = _chosen(learners, set(names) | set(graded), cohort)
    pages = Pages()
    handed_in = _folders(cohort / "submitted", unit)
    for learner in sorted(chosen - set(graded)):
        (pages.not_graded if learner in handed_in else pages.no_hand_in).append(learner)
    exporter()  # before the fork: each process has it then
    with_bench = _with_bench(cohort)
    jobs = [
        (cohort, graded[learner], names.get(learner, learner), shared, learner in with_bench)
        for learner in sorted(chosen & set(graded))
    ]
    for job, outcome in _run(jobs, workers):
        if isinstance(outcome, Path):
            pages.written.append(outcome)
        else:
            pages.faults.append(f"{job[1].parent.name}: {outcome}")
    _say(pages, say)
    return pages


def _say(pages: Pages, say: Callable[[str], None]) -> None:
    many = len(pages.written)
    say(f"{many} feedback page{'s' * (many != 1)}.")
    if pages.not_graded:
        say(f"Handed in, but not graded yet, so without a page: {', '.join(pages.not_graded)}.")
    if pages.no_hand_in:
        say(f"No hand-in, so no page: {', '.join(pages.no_hand_in)}.")


# --- what is there --------------------------------------------------------------------------------


def _unit(root: Path, name: str) -> "Unit":
    """The unit's titles, from its source: a learner may have changed those in the hand-in."""
    from hindcast.kit.feedback.page import Unit

    known = graded_units(root)
    if name not in known:
        raise HindcastError(no_such_unit(name, known))
    unit = Unit(name, name[3:].replace("_", " ").capitalize())
    for path in source_notebooks(root, name):
        title, exercises = _titles(read_notebook(path))
        unit.exercises[path.stem] = exercises
        if exercises and title:
            unit.title = title.partition(":")[0]
    return unit


def _titles(notebook) -> tuple[str, dict[str, str]]:
    """The notebook's title, and the heading above each answer, without what the task is worth."""
    title = heading = ""
    exercises = {}
    for cell in notebook.cells:
        record = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                title = title or line.removeprefix("# ") * line.startswith("# ")
                heading = line.removeprefix("## ") if line.startswith("## ") else heading
        elif record.get("grade"):
            exercises[record["grade_id"].removesuffix("_test")] = _WORTH.sub("", heading)
    return title, exercises


def _names(cohort: Path) -> dict[str, str]:
    """Id -> name of everyone in the gradebook."""
    from nbgrader.api import Gradebook

    # nbgrader's GetGrades opens the gradebook like this: what it makes there once is made before the fork
    with Gradebook(gradebook_url(cohort)) as gradebook:
        return {
            student.id: f"{student.first_name or ''} {student.last_name or ''}".strip() or student.id
            for student in gradebook.students
        }


def _with_bench(cohort: Path) -> set[str]:
    """The learners whose track has the bench; nobody where there is no roster that can be read."""
    try:
        return {learner.id for learner in read_roster(cohort / "roster.csv") if learner.takes_bench}
    except HindcastError:
        return set()


def _folders(step: Path, unit: str) -> dict[str, Path]:
    """Learner -> folder of the unit, for all who have a notebook there."""
    if not step.is_dir():
        return {}
    found = {folder.name: folder / unit for folder in step.iterdir() if not folder.name.startswith(".")}
    return {name: folder for name, folder in found.items() if any(folder.glob("*.ipynb"))}


def _chosen(learners: Sequence[str] | None, known: set[str], cohort: Path) -> set[str]:
    for learner in learners or []:
        if learner not in known:
            raise HindcastError(
                f"There is no learner {learner!r} in {cohort.name}. "
                f"The learners are: {', '.join(sorted(known)) or 'none yet'}."
            )
    return set(learners or known)


# --- one learner ----------------------------------------------------------------------------------


def _make(cohort: Path, folder: Path, name: str, unit: "Unit", takes_bench: bool) -> Path:
    """Write one learner's pages and return the whole one. Raises for a hand-in that cannot be read."""
    from hindcast.kit.feedback.page import HandIn, pages_of

    graded = [path for path in sorted(folder.glob("*.ipynb")) if unit.exercises.get(path.stem)]
    if not graded:
        raise HindcastError(f"none of the notebooks in {folder} belongs to {unit.name}.")
    graded.sort(key=lambda path: path.stem != "workbook")
    hand_in = HandIn(folder.parent.name, name, graded, _notes(folder / NOTES))
    hand_in.handed_in = _first_line(folder / CARRIED[0])
    expected = ["workbook", *["bench"] * takes_bench]
    found = {path.stem for path in graded}
    missing = [notebook for notebook in expected if unit.exercises.get(notebook) and notebook not in found]
    hand_in.lines = [MISSING.format(names=" and ".join(missing))] if missing else []
    pages = pages_of(hand_in, unit, gradebook_url(cohort))
    target = cohort / "feedback" / folder.parent.name / unit.name
    for file in CARRIED:
        if (folder / file).is_file():
            pages[file] = (folder / file).read_text(encoding="utf-8", errors="replace")
    stale = [target / f"{notebook}.html" for notebook in unit.exercises if f"{notebook}.html" not in pages]
    _put(target, pages, stale)
    return target / "index.html"


def _put(target: Path, pages: dict[str, str], stale: list[Path]) -> None:
    """Write all files beside their places, then move them there; an equal file stays as it is."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".new-") as beside:
        changed = []
        for name, text in pages.items():
            new, place = Path(beside, name), target / name
            data = text.encode("utf-8", errors="replace")
            if not (place.is_file() and place.read_bytes() == data):
                new.write_bytes(data)
                changed.append((new, place))
        for new, place in changed:
            new.replace(place)
    for place in stale:
        place.unlink(missing_ok=True)


def _notes(path: Path) -> list["Note"]:
    """The grader's notes; of a damaged file what can be read, and that it is damaged."""
    from hindcast.kit.feedback.counting import Note

    if not path.is_file():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["notes"]
        read = [_note(entry) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return [Note("", "", DAMAGED)]
    return [note for note in read if note] + [Note("", "", DAMAGED)] * (None in read)


def _note(entry: object) -> "Note | None":
    from hindcast.kit.feedback.counting import Note

    if not isinstance(entry, dict) or not isinstance(entry.get("reason"), str):
        return None
    where = [entry.get(key) if isinstance(entry.get(key), str) else "" for key in ("notebook", "cell")]
    return Note(*where, entry["reason"], entry.get("attention") is True)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip().partition("\n")[0][:60]
    except (OSError, UnicodeDecodeError):
        return ""


# --- all of them ----------------------------------------------------------------------------------


def _run(jobs: list[tuple], workers: int | None) -> Iterator[tuple[tuple, Path | str]]:
    """Each job with its page or the sentence that says why there is none; on all cores where fork exists."""
    many = min(workers or os.cpu_count() or 1, len(jobs))
    if many < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from ((job, _outcome(job)) for job in jobs)
        return
    with ProcessPoolExecutor(many, mp_context=multiprocessing.get_context("fork")) as pool:
        futures = [pool.submit(_outcome, job) for job in jobs]
        for job, future in zip(jobs, futures, strict=True):
            try:
                yield job, future.result()
            except BrokenProcessPool:
                yield job, "a process was ended before the page was done. Run the command again."


def _outcome(job: tuple) -> Path | str:
    try:
        return _make(*job)
    except HindcastError as error:
        return str(error)
    except Exception as error:  # whatever one hand-in does, the others get their pages
        return f"the page could not be made ({type(error).__name__}: {error})."
