"""nbgrader's converter at the speed of its own work.

Left alone it opens a gradebook five times a notebook, asks it for one cell at a time and commits after each,
checks a schema against the schema of schemas at every cell, copies the notebook eight times, and writes and
reads it once more half-way. No result needs that.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import TextIO

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
def quick_nbgrader(url: str, asked: Mapping[str, Sequence[AskedCell]]) -> Iterator[Gradebook]:
    """While it lasts, nbgrader's steps share one private gradebook, at `url`; `asked` are its cells."""
    shared = _Shared(url, asked)
    with ExitStack() as changes:
        for module in OPEN_GRADEBOOKS:
            changes.enter_context(_replaced(module, "Gradebook", functools.partial(_one_of, shared, url)))
        changes.enter_context(_replaced(common, "jsonschema", _CompiledSchemas()))
        try:
            yield shared
        finally:
            Gradebook.close(shared)


def _one_of(shared: Gradebook, url: str, wanted: str, *rest: str) -> Gradebook:
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
    """In the place of the module jsonschema: its `validate`, without a check of the schema at every call."""

    def __init__(self):
        self._validators: dict[str, object] = {}

    def validate(self, instance: object, schema: dict) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema.validators.validator_for(schema)(schema)
        error = jsonschema.exceptions.best_match(self._validators[key].iter_errors(instance))
        if error is not None:
            raise error


class _Held(Session):
    """Of what nbgrader commits after every cell, only new rows are written at once: others refer to them."""

    def commit(self) -> None:
        if self.new or self.deleted:
            self.flush()


class _Shared(Gradebook):
    """A private gradebook: what is asked never changes, and a notebook's grades are read at once.

    From opening to closing is one transaction: a step of a trainer's own may open the file in between.
    """

    def __init__(self, url: str, asked: Mapping[str, Sequence[AskedCell]]):
        super().__init__(url, "")
        self.db = scoped_session(sessionmaker(bind=self.engine, future=True, class_=_Held))
        self._asked = {(notebook, cell.name): cell for notebook, cells in asked.items() for cell in cells}
        self._read: dict[tuple, dict[str, object]] = {}
        self._ids: dict[tuple, str] = {}

    def close(self) -> None:
        """Write what was changed and forget what was read, as a new gradebook would; the connection stays."""
        try:
            Session.commit(self.db())
        finally:
            self.db.remove()
            self._read.clear()
            self._ids.clear()

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> AskedCell:
        """The cell as it is asked; the same attributes as nbgrader's own row."""
        return _known(self._asked, (notebook, name))

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        """What the cell gives at most."""
        cell = _known(self._asked, (notebook, name))
        if cell.points is None:
            raise MissingEntry(f"{notebook}/{name} gives no points")
        return SimpleNamespace(max_score=cell.points)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """The grade of a cell in a hand-in."""
        return _known(self._of_notebook(Grade, notebook, assignment, student), grade_cell)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Comment:
        """The comment on a cell in a hand-in."""
        return _known(self._of_notebook(Comment, notebook, assignment, student), solution_cell)

    def _of_notebook(self, kind: type, notebook: str, assignment: str, student: str) -> dict[str, object]:
        """Grades or comments of one notebook of a hand-in, by the name of their cell."""
        key = kind, notebook, assignment, student
        if key not in self._read:
            rows = self.db.query(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id)
            self._read[key] = dict(rows.filter(kind.notebook_id == self._id(*key[1:])).all())
        return self._read[key]

    def _id(self, *notebook: str) -> str:
        """Of a notebook of a hand-in. Raises MissingEntry."""
        if notebook not in self._ids:
            self._ids[notebook] = self.find_submission_notebook(*notebook).id
        return self._ids[notebook]


def _known(entries: Mapping, key: object) -> object:
    if key not in entries:
        raise MissingEntry(f"No such entry: {key}")
    return entries[key]


class QuickExporter(NotebookExporter):
    """nbconvert's exporter of notebooks; the notebook, which nobody else holds, is changed and not copied.

    nbgrader sanitises a notebook, and reads it again to grade it: the second time it is still here.
    """

    draft = True  # whether the notebook is being sanitised

    def from_file(self, file_stream: TextIO, resources: dict | None = None, **_: object) -> tuple[str, dict]:
        """The notebook after its preprocessors, as nbformat writes it. Raises ValidationError."""
        if self.draft:
            _, self._notebook = validator.normalize(nbformat.read(file_stream, as_version=4))
        resources = self._init_resources(resources)
        for preprocessor in self._preprocessors:
            self._notebook, resources = preprocessor(self._notebook, resources)
        if self.draft:
            return json.dumps(self._notebook), resources  # stays only where grading stops half-way
        if self._preprocessors:
            self._validate_preprocessor(self._notebook, self._preprocessors[-1])
        return f"{_written(self._notebook)}\n", resources


def _written(notebook: NotebookNode) -> str:
    """As nbformat writes it."""
    return json.dumps(
        rwbase.strip_transient(rwbase.split_lines(notebook)),
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
        separators=(",", ": "),
    )
