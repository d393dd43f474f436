"""Patches of nbgrader's converter that leave out work which no result needs.

Unpatched, it opens a gradebook five times a notebook, asks it for one cell at a time and commits after each,
checks its schema against the metaschema at every cell, copies the notebook eight times, and writes and reads
it once more half-way.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, TextIO

import jsonschema
import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, validator
from nbformat.v4 import rwbase
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry
from nbgrader.converters import autograde
from nbgrader.nbgraderformat import common
from nbgrader.preprocessors import latesubmissions, overwritecells, overwritekernelspec, saveautogrades
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from hindcast.kit.handin.repair import AskedCell

OPEN_GRADEBOOKS = (autograde, latesubmissions, overwritecells, overwritekernelspec, saveautogrades)


@contextmanager
def patched_nbgrader(url: str, asked: Mapping[str, Sequence[AskedCell]]) -> Iterator[Gradebook]:
    """Patch nbgrader: its preprocessors share one open gradebook, the private one at `url`.

    asked: notebook -> the cells of the assignment in that gradebook.
    """
    shared = _SharedGradebook(url, asked)
    with ExitStack() as changes:
        for module in OPEN_GRADEBOOKS:
            changes.enter_context(
                _replaced(module, "Gradebook", functools.partial(_open_gradebook, shared, url))
            )
        changes.enter_context(_replaced(common, "jsonschema", _CompiledSchemas()))
        try:
            yield shared
        finally:
            Gradebook.close(shared)


def _open_gradebook(shared: Gradebook, url: str, wanted: str, *rest: str) -> Gradebook:
    return shared if wanted == url else Gradebook(wanted, *rest)


@contextmanager
def _replaced(module: object, name: str, value: object) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


class _CompiledSchemas:
    """In the place of the module jsonschema: its `validate`, with one compiled validator for each schema."""

    def __init__(self):
        self._validators: dict[str, jsonschema.protocols.Validator] = {}

    def validate(self, instance: object, schema: dict) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema.validators.validator_for(schema)(schema)
        error = jsonschema.exceptions.best_match(self._validators[key].iter_errors(instance))
        if error is not None:
            raise error


class _FlushingSession(Session):
    """A session whose `commit` writes new rows only, because other rows refer to them.

    Changes wait for `close`.
    """

    def commit(self) -> None:
        if self.new or self.deleted:
            self.flush()


class _SharedGradebook(Gradebook):
    """A private gradebook whose assignment never changes, and which reads a notebook's grades at one go.

    From opening to closing is one transaction. A preprocessor of a trainer's own may open the file after
    that.
    """

    def __init__(self, url: str, asked: Mapping[str, Sequence[AskedCell]]):
        super().__init__(url, "")
        self.db = scoped_session(sessionmaker(bind=self.engine, future=True, class_=_FlushingSession))
        self._asked = {(notebook, cell.name): cell for notebook, cells in asked.items() for cell in cells}
        self._read: dict[tuple, dict[str, Any]] = {}
        self._ids: dict[tuple, str] = {}

    def close(self) -> None:
        """Write what was changed and forget what was read.

        The connection stays open for the next preprocessor.
        """
        try:
            Session.commit(self.db())
        finally:
            self.db.remove()
            self._read.clear()
            self._ids.clear()

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> AskedCell:
        """The cell as it is asked; the same attributes as nbgrader's own row."""
        return _find_entry(self._asked, (notebook, name))

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        """The points that the cell gives at most, as `max_score`. Raises MissingEntry where it gives none."""
        cell = _find_entry(self._asked, (notebook, name))
        if cell.points is None:
            raise MissingEntry(f"{notebook}/{name} gives no points")
        return SimpleNamespace(max_score=cell.points)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """The grade of a cell in a hand-in."""
        return _find_entry(self._of_notebook(Grade, notebook, assignment, student), grade_cell)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Comment:
        """The comment on a cell in a hand-in."""
        return _find_entry(self._of_notebook(Comment, notebook, assignment, student), solution_cell)

    def _of_notebook(
        self, kind: type[Grade | Comment], notebook: str, assignment: str, student: str
    ) -> dict[str, Any]:
        """Grades or comments of one notebook of a hand-in, by the name of their cell."""
        key = kind, notebook, assignment, student
        if key not in self._read:
            rows = self.db.query(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id)
            self._read[key] = dict(rows.filter(kind.notebook_id == self._notebook_id(*key[1:])).all())
        return self._read[key]

    def _notebook_id(self, *notebook: str) -> str:
        """The id of a notebook of a hand-in. Raises MissingEntry."""
        if notebook not in self._ids:
            self._ids[notebook] = self.find_submission_notebook(*notebook).id
        return self._ids[notebook]


def _find_entry(entries: Mapping, key: object) -> Any:
    if key not in entries:
        raise MissingEntry(f"No such entry: {key}")
    return entries[key]


class InPlaceExporter(NotebookExporter):
    """nbconvert's exporter of notebooks, which changes the notebook in place where nbconvert copies it.

    nbgrader runs it twice, to sanitise a notebook (`draft`) and to grade it. The second time, the notebook is
    still here and is not read again.
    """

    draft = True  # whether the notebook is being sanitised

    def from_file(
        self, file_stream: TextIO, resources: dict | None = None, **more: object
    ) -> tuple[Any, dict]:
        """The notebook after its preprocessors, as nbformat writes it. Raises ValidationError."""
        if self.draft:
            _, self._notebook = validator.normalize(nbformat.read(file_stream, as_version=4))
        resources = self._init_resources(resources)
        for preprocessor in self._preprocessors:
            self._notebook, resources = preprocessor(self._notebook, resources)
        if self.draft:
            # this text is kept only where grading stops half-way
            return json.dumps(self._notebook), resources
        if self._preprocessors:
            self._validate_preprocessor(self._notebook, self._preprocessors[-1])
        return f"{_notebook_text(self._notebook)}\n", resources


def _notebook_text(notebook: NotebookNode) -> str:
    """As nbformat writes it."""
    return json.dumps(
        rwbase.strip_transient(rwbase.split_lines(notebook)),
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
        separators=(",", ": "),
    )
