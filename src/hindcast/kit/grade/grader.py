"""Grading one hand-in: private copy, repair, nbgrader's converter, and what the gradebook has to learn.

This runs in a trusted process that never executes a learner's code itself and never touches the cohort's
gradebook; both are private to it.
"""

import json
import logging
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.coursedir import CourseDirectory

from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.grade.convert import Grading
from hindcast.kit.grade.nbgrader_patches import quick_nbgrader
from hindcast.kit.grade.precompiled import OwnCells
from hindcast.kit.gradebook import transfer
from hindcast.kit.handin.folder import HandIn, private_copy, readable_time
from hindcast.kit.handin.reading import Unreadable, read_hand_in, recognise
from hindcast.kit.handin.record import Note, write_record
from hindcast.kit.handin.repair import Released, repair
from hindcast.kit.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from traitlets.config import Config

NOT_ENROLLED = "The gradebook has no such learner, and its settings do not let the grader add one."
NO_NOTEBOOK = "No notebook of this assignment is in the folder."


@dataclass(frozen=True)
class Job:
    """One hand-in to grade, with what the gradebook has of it already and a folder to work in."""

    hand_in: HandIn
    fingerprint: str
    rows: transfer.Rows
    folder: Path


@dataclass(frozen=True)
class Graded:
    """A hand-in's verdict: the rows to write, the folder to move into place (None: there is none), notes.

    `broke`: a fault of the grader's own, so there is no verdict.
    """

    learner: str
    rows: transfer.Rows = field(default_factory=dict)
    folder: Path | None = None
    notes: tuple[Note, ...] = ()
    cell_seconds: float = 0.0
    broke: bool = False


class Grader:
    """Grades hand-ins of one assignment, one after the other, with one sandbox and one private gradebook."""

    def __init__(self, assignment: Assignment, config: "Config", sandbox: Sandbox, folder: Path):
        self.assignment, self.config, self.sandbox, self.folder = assignment, config, sandbox, folder
        self.own = OwnCells(assignment.own_sources)
        self.url = f"sqlite:///{(folder / 'gradebook.db').as_posix()}"
        self.log = logging.getLogger("hindcast.grade")  # what nbgrader would say; ours are the notes
        self.log.setLevel(logging.CRITICAL)
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Grader":
        self._open = ExitStack()
        transfer.make_private(self.url)
        self.gradebook = self._open.enter_context(quick_nbgrader(self.url, self.assignment.asked))
        transfer.in_memory_speed(self.gradebook.engine)
        self.gradebook.engine.dispose()  # the next connection is the first with that speed
        with self.gradebook.engine.begin() as db:
            transfer.put(db, self.assignment.rows)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def grade(self, job: Job) -> Graded:
        """The verdict on one hand-in."""
        course = self._course(job)
        unit, learner = self.assignment.name, job.hand_in.learner
        copy = Path(course.format_path(course.submitted_directory, learner, unit))
        notes = private_copy(job.hand_in, copy, course.ignore)
        readable, broken = self._readable(copy, notes)
        if not readable and not broken:
            return Graded(learner, notes=(*notes, Note("", "", NO_NOTEBOOK, attention=True)))
        if not Grading.allows(self.config, known=bool(job.rows["student"])):
            return Graded(learner, notes=(*notes, Note("", "", NOT_ENROLLED, attention=True)))
        notes += readable_time(copy)
        self._fill_gradebook(job)
        everything = list(self.assignment.asked)
        grading = Grading(
            self.sandbox, everything, self.own, coursedir=course, config=self.config, log=self.log
        )
        grading.notes += notes
        grading.grade(readable, broken)
        graded = Path(course.format_path(course.autograded_directory, learner, unit))
        graded.mkdir(parents=True, exist_ok=True)
        write_record(graded, job.fingerprint, grading.notes, grading.results)
        rows = self._rows(learner)
        return Graded(learner, rows, graded, tuple(grading.notes), grading.cell_seconds)

    def _course(self, job: Job) -> CourseDirectory:
        """The course as the settings have it, with the folders that are read and written replaced."""
        settings = self.config.copy()
        course = CourseDirectory(config=settings, log=self.log)
        source = Path(course.root, course.source_directory)
        course.root = str(job.folder)
        course.source_directory = str(source)
        course.submitted_directory, course.autograded_directory = "submitted", "autograded"
        course.directory_structure = "{nbgrader_step}/{student_id}/{assignment_id}"
        course.db_url = self.url
        course.assignment_id, course.student_id = self.assignment.name, job.hand_in.learner
        return course

    def _readable(self, copy: Path, notes: list[Note]) -> tuple[list[Path], list[str]]:
        """The notebooks to grade, repaired, under their own names; the names of those that cannot be read."""
        names = {name: {cell.name for cell in cells} for name, cells in self.assignment.asked.items()}
        refused = {note.notebook for note in notes} & names.keys()
        chosen, said = recognise(copy, names)
        notes += said
        readable, broken = [], sorted(refused - chosen.keys())
        for name, path in sorted(chosen.items()):
            own = path.rename(copy / f"{name}.ipynb")
            try:
                self._repaired(own, name, notes)
                readable.append(own)
            except Unreadable as fault:
                own.unlink()
                notes.append(Note(name, "", f"{name}.ipynb {fault}", attention=True))
                broken.append(name)
        return readable, broken

    def _repaired(self, path: Path, name: str, notes: list[Note]) -> None:
        notebook = read_hand_in(path)
        done = repair(notebook, self.assignment.asked[name], self.assignment.released.get(name, Released()))
        notes += [Note(name, what.cell, what.reason, what.attention) for what in done]
        path.write_text(
            json.dumps(notebook), encoding="utf-8"
        )  # as read: without a byte order mark, in format 4

    def _fill_gradebook(self, job: Job) -> None:
        with self.gradebook.engine.begin() as db:
            transfer.clear_submissions(db)
            transfer.put(db, job.rows)

    def _rows(self, learner: str) -> transfer.Rows:
        with self.gradebook.engine.begin() as db:
            return transfer.submission_rows(db, self.assignment.rows, learner)
