"""One hand-in through nbgrader's own autograde converter, with two of its preprocessors replaced.

The others sanitise, restore locked cells, limit outputs and write the gradebook, here a private one.
`Execute` is replaced so that cells run in the sandbox, `SaveAutoGrades` so that `verdict` scores the test
cells.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbformat import NotebookNode, from_dict
from nbgrader import utils
from nbgrader.converters import Autograde, NbGraderException, autograde
from nbgrader.preprocessors import Execute, SaveAutoGrades
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from hindcast.kit.grade.nbgrader_patches import InPlaceExporter
from hindcast.kit.grade.precompiled import PrecompiledCells
from hindcast.kit.grade.preload import imported_libraries
from hindcast.kit.grade.verdict import Verdict, judge
from hindcast.kit.handin.record import GraderNote, Results, as_sentence, printable
from hindcast.kit.notebooks.results import results_of
from hindcast.kit.plumbing.files import MEGABYTE
from hindcast.kit.sandbox.sandbox import Sandbox
from hindcast.kit.sandbox.session import CellRun

VARIABLES = {"NBGRADER_EXECUTION": "autograde"}
COMPANY = "Something that this notebook had started was still running beside the test."
MOST_VISIBLE = 20 * MEGABYTE  # of files beside the notebook: a cell can read no more


class SandboxFailed(Exception):
    """The sandbox itself failed, which says nothing about the hand-in."""


class ExecuteInSandbox(Execute):
    """nbgrader's Execute, its settings included, with the cells run in a sandbox."""

    def __init__(
        self,
        sandbox: Sandbox,
        cell_runs: dict[str, CellRun],
        watch: Callable[[NotebookNode, CellRun, float], None],
        precompiled: PrecompiledCells,
        **more,
    ):
        super().__init__(**more)
        self.sandbox, self.cell_runs, self.watch = sandbox, cell_runs, watch
        self.precompiled = precompiled

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Run every code cell in order; keep how each cell with a grade_id ended in `cell_runs`."""
        cells = self._cells_to_run(nb)
        modules = sorted(imported_libraries("\n".join(cell.source for cell in cells)))
        try:
            files = files_beside(Path(resources["metadata"]["path"]))
            with self.sandbox.open(files, VARIABLES, modules) as session:
                for count, cell in enumerate(cells, start=1):
                    self._run(session.run, cell, count)
        except Exception as error:
            raise SandboxFailed(f"{type(error).__name__}: {error}") from error
        return nb, resources

    def _cells_to_run(self, nb: NotebookNode) -> list[NotebookNode]:
        code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
        return [cell for cell in code if self.skip_cells_with_tag not in cell.metadata.get("tags", [])]

    def _run(self, run: Callable[..., CellRun], cell: NotebookNode, count: int) -> None:
        since = time.perf_counter()
        precompiled = self.precompiled.read(cell.source)
        ran = run(cell.source, count, afresh=utils.is_locked(cell), precompiled=precompiled)
        self.watch(cell, ran, time.perf_counter() - since)
        cell.outputs = from_dict(ran.outputs)
        cell.execution_count = ran.execution_count
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name:
            self.cell_runs[name] = ran


class SaveVerdicts(SaveAutoGrades):
    """nbgrader's SaveAutoGrades, with `verdict` in the place of its rule for test cells of code."""

    def __init__(
        self, cell_runs: dict[str, CellRun] | None, notes: list[GraderNote], results: Results, **more
    ):
        super().__init__(**more)
        self.cell_runs, self.notes, self.results = cell_runs, notes, results

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Score every cell with points, and keep what the checks showed."""
        nb, resources = super().preprocess(nb, resources)
        self.results[self.notebook_id] = results_of(nb)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        verdict = self._verdict(cell, name)
        notes = self._notes_on(verdict, name)
        self.notes += notes
        by_a_person = grade.manual_score is not None or verdict.points is None
        grade.auto_score = verdict.points
        grade.needs_manual_grade = by_a_person or any(note.attention for note in notes)
        self.gradebook.db.commit()

    def _notes_on(self, verdict: Verdict, name: str) -> list[GraderNote]:
        notes = []
        if verdict.reason:
            notes.append(GraderNote(self.notebook_id, name, verdict.reason, verdict.attention))
        if verdict.points and self.cell_runs and name in self.cell_runs and self.cell_runs[name].company:
            notes.append(GraderNote(self.notebook_id, name, COMPANY, attention=True))
        return notes

    def _verdict(self, cell: NotebookNode, name: str) -> Verdict:
        by_a_person = cell.cell_type != "code" or utils.is_solution(cell)
        if by_a_person or self.cell_runs is None:
            return Verdict(utils.determine_grade(cell, self.log)[0])
        ran = self.cell_runs.get(name)
        if ran is None:
            return judge(cell, "not run", _reason_not_run(cell))
        return judge(cell, ran.status, as_sentence(ran.reason))


class Grading(Autograde):
    """nbgrader's converter for one learner's hand-in, in folders of its own.

    all_notebooks: the names of the assignment's notebooks, handed in or not.
    """

    def __init__(self, sandbox: Sandbox, all_notebooks: Sequence[str], precompiled: PrecompiledCells, **more):
        super().__init__(**more)
        self.sandbox, self.all_notebooks, self.precompiled = sandbox, all_notebooks, precompiled
        self.notes: list[GraderNote] = []
        self.results: Results = {}
        self.cell_runs: dict[str, CellRun] = {}
        self.cell_seconds = 0.0

    def _watch(self, cell: NotebookNode, ran: CellRun, seconds: float) -> None:
        """Note what happened to a learner's own cell; a test cell's verdict says so itself."""
        self.cell_seconds += seconds
        if ran.reason and ran.status != "not run" and not utils.is_grade(cell):
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            stopped = ran.status in ("timeout", "died")
            self.notes.append(GraderNote(self.notebook, name, as_sentence(ran.reason), attention=stopped))

    @classmethod
    def allows(cls, config: Config, known: bool) -> bool:
        """Whether nbgrader's settings let this learner's hand-in into the gradebook."""
        return known or Autograde(config=config).create_student

    def grade(self, notebooks: list[Path], broken: list[str]) -> None:
        """Grade the notebooks of a private copy, and note what goes wrong. The `broken` get zero points."""
        self.notebooks = [str(path) for path in notebooks]
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = InPlaceExporter(parent=self, config=self.config)
        course = self.coursedir
        before = Path.cwd()
        os.chdir(course.root)
        try:
            self.run_pre_convert_hook()
            self._enter_hand_in(broken)
            for notebook in self.notebooks:
                self._grade_notebook(notebook)
            self.set_permissions(course.assignment_id, course.student_id)
            self.run_post_convert_hook()
        finally:
            os.chdir(before)

    def _enter_hand_in(self, broken: list[str]) -> None:
        """Enter the hand-in into the gradebook.

        One without a notebook is entered by nbgrader, then refused.
        """
        course = self.coursedir
        try:
            self.init_assignment(course.assignment_id, course.student_id)
        except NbGraderException:
            if self.notebooks:
                raise
            self._give_zero(self.all_notebooks, by_a_person=False)
        self._give_zero(broken, by_a_person=True)

    def _grade_notebook(self, notebook: str) -> None:
        self.cell_runs.clear()
        self.notebook = Path(notebook).stem
        try:
            self.convert_single_notebook(notebook)
        except SandboxFailed:
            raise
        except Exception as error:
            why = printable(f"{type(error).__name__}: {error}", 120)
            reason = f"nbgrader could not grade this notebook ({why}): zero."
            self.notes.append(GraderNote(self.notebook, "", reason, attention=True))
            self._give_zero([self.notebook], by_a_person=True)

    def _give_zero(self, notebooks: Sequence[str], by_a_person: bool) -> None:
        """Give these notebooks zero points. by_a_person: a person has to look at them."""
        course = self.coursedir
        with autograde.Gradebook(course.db_url) as gradebook:
            for name in notebooks:
                found = gradebook.find_submission_notebook(name, course.assignment_id, course.student_id)
                for grade in found.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, by_a_person
            gradebook.db.commit()

    def _init_preprocessors(self) -> None:
        """Take nbgrader's list of preprocessors for this pass, with two of them replaced."""
        self.exporter._preprocessors, self.exporter.draft = [], self._sanitizing
        for step in self.sanitize_preprocessors if self._sanitizing else self.autograde_preprocessors:
            self.exporter.register_preprocessor(self._replacement(step))

    def _replacement(self, step: object) -> object:
        kind = import_item(step) if isinstance(step, str) else step
        if isinstance(kind, type) and issubclass(kind, Execute):
            return ExecuteInSandbox(
                self.sandbox, self.cell_runs, self._watch, self.precompiled, parent=self.exporter
            )
        if isinstance(kind, type) and issubclass(kind, SaveAutoGrades):
            return SaveVerdicts(
                self.cell_runs if self.runs_cells else None, self.notes, self.results, parent=self.exporter
            )
        return kind

    @property
    def runs_cells(self) -> bool:
        """Whether cells are run at all: with nbgrader's --no-execute the outputs stay as they are."""
        return Execute(parent=self).enabled


def files_beside(folder: Path) -> dict[str, bytes]:
    """What cells find in their folder: path -> content of every file but notebooks, up to a limit."""
    found, room = {}, MOST_VISIBLE
    for path in sorted(folder.rglob("*")):
        if (
            path.is_file()
            and not path.is_symlink()
            and path.suffix != ".ipynb"
            and path.stat().st_size <= room
        ):
            found[str(path.relative_to(folder))] = path.read_bytes()
            room -= path.stat().st_size
    return found


def _reason_not_run(cell: NotebookNode) -> str:
    tagged = "skip-execution" in cell.metadata.get("tags", [])
    return (
        "The test cell was marked to be skipped and was not run." if tagged else "The test cell was not run."
    )
