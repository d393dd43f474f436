"""Grading one hand-in: private copy, repair, nbgrader's converter, and the rows for the cohort's gradebook.

This runs in a trusted process. It never executes a learner's code itself, and it writes to a gradebook and
folders of its own, never to the cohort's.
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
from hindcast.kit.grade.nbgrader_patches import patched_nbgrader
from hindcast.kit.grade.precompiled import PrecompiledCells
from hindcast.kit.gradebook import transfer
from hindcast.kit.handin.folder import HandInFolder, drop_unreadable_time, private_copy
from hindcast.kit.handin.reading import UnreadableNotebook, read_submitted_notebook, recognise_notebooks
from hindcast.kit.handin.record import GraderNote, write_record
from hindcast.kit.handin.repair import ReleasedNotebook, repair
from hindcast.kit.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from traitlets.config import Config

NOT_ENROLLED = "The gradebook has no such learner, and its settings do not let the grader add one."
NO_NOTEBOOK = "No notebook of this assignment is in the folder."


@dataclass(frozen=True)
class Job:
    """One hand-in to grade, with what the gradebook has of it already and a folder to work in."""

    hand_in: HandInFolder
    fingerprint: str
    rows: transfer.Rows
    folder: Path


@dataclass(frozen=True)
class Graded:
    """A hand-in's verdict.

    rows: to write into the gradebook. folder: to move into its place, None where nothing is to be written.
    cell_seconds: in the learner's own cells. broke: there is no verdict, by a fault of the grader's own.
    """

    learner: str
    rows: transfer.Rows = field(default_factory=dict)
    folder: Path | None = None
    notes: tuple[GraderNote, ...] = ()
    cell_seconds: float = 0.0
    broke: bool = False


class Grader:
    """Grades hand-ins of one assignment, one after the other, with one sandbox and one private gradebook."""

    def __init__(self, assignment: Assignment, config: "Config", sandbox: Sandbox, folder: Path):
        self.assignment, self.config, self.sandbox, self.folder = assignment, config, sandbox, folder
        self.precompiled = PrecompiledCells(assignment.own_sources)
        self.url = f"sqlite:///{(folder / 'gradebook.db').as_posix()}"
        # nbgrader's messages; a trainer reads our notes instead
        self.log = logging.getLogger("hindcast.grade")
        self.log.setLevel(logging.CRITICAL)
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Grader":
        self._open = ExitStack()
        transfer.make_private_gradebook(self.url)
        self.gradebook = self._open.enter_context(patched_nbgrader(self.url, self.assignment.asked))
        transfer.write_without_sync(self.gradebook.engine)
        self.gradebook.engine.dispose()  # the setting counts for connections that are opened after it
        with self.gradebook.engine.begin() as db:
            transfer.insert_rows(db, self.assignment.rows)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def grade(self, job: Job) -> Graded:
        """Grade one hand-in. Raises SandboxFailed where the sandbox itself fails."""
        course = self._course(job)
        unit, learner = self.assignment.name, job.hand_in.learner
        copy = Path(course.format_path(course.submitted_directory, learner, unit))
        notes = private_copy(job.hand_in, copy, course.ignore)
        readable, broken = self._repair_notebooks(copy, notes)
        if not readable and not broken:
            return Graded(learner, notes=(*notes, GraderNote("", "", NO_NOTEBOOK, attention=True)))
        if not Grading.allows(self.config, known=bool(job.rows["student"])):
            return Graded(learner, notes=(*notes, GraderNote("", "", NOT_ENROLLED, attention=True)))
        notes += drop_unreadable_time(copy)
        self._fill_gradebook(job)
        all_notebooks = list(self.assignment.asked)
        grading = Grading(
            self.sandbox, all_notebooks, self.precompiled, coursedir=course, config=self.config, log=self.log
        )
        grading.notes += notes
        grading.grade(readable, broken)
        graded = Path(course.format_path(course.autograded_directory, learner, unit))
        graded.mkdir(parents=True, exist_ok=True)
        write_record(graded, job.fingerprint, grading.notes, grading.results)
        rows = self._rows_of(learner)
        return Graded(learner, rows, graded, tuple(grading.notes), grading.cell_seconds)

    def _course(self, job: Job) -> CourseDirectory:
        """The course as the settings have it, but with this job's own folders and gradebook."""
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

    def _repair_notebooks(self, copy: Path, notes: list[GraderNote]) -> tuple[list[Path], list[str]]:
        """Repair the notebooks. Those to grade, under their own names, and the names of the unreadable."""
        names = {name: {cell.name for cell in cells} for name, cells in self.assignment.asked.items()}
        refused = {note.notebook for note in notes} & names.keys()
        chosen, said = recognise_notebooks(copy, names)
        notes += said
        readable, broken = [], sorted(refused - chosen.keys())
        for name, path in sorted(chosen.items()):
            own = path.rename(copy / f"{name}.ipynb")
            try:
                self._repair_notebook(own, name, notes)
                readable.append(own)
            except UnreadableNotebook as fault:
                own.unlink()
                notes.append(GraderNote(name, "", f"{name}.ipynb {fault}", attention=True))
                broken.append(name)
        return readable, broken

    def _repair_notebook(self, path: Path, name: str, notes: list[GraderNote]) -> None:
        notebook = read_submitted_notebook(path)
        released = self.assignment.released.get(name, ReleasedNotebook())
        repairs = repair(notebook, self.assignment.asked[name], released)
        notes += [GraderNote(name, it.cell, it.reason, it.attention) for it in repairs]
        # as it was read: without a byte order mark, in nbformat 4
        path.write_text(json.dumps(notebook), encoding="utf-8")

    def _fill_gradebook(self, job: Job) -> None:
        with self.gradebook.engine.begin() as db:
            transfer.clear_submissions(db)
            transfer.insert_rows(db, job.rows)

    def _rows_of(self, learner: str) -> transfer.Rows:
        with self.gradebook.engine.begin() as db:
            return transfer.submission_rows(db, self.assignment.rows, learner)
