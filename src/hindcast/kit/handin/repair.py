"""Repairs a handed-in notebook: gives its cells back the nbgrader records that the gradebook knows.

A damaged record stops nbgrader, often for every hand-in. Here each cell of the assignment gets its own record
back, and a test cell that is missing is put back in its place. Each repair is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

NBGRADER_SCHEMA = 3  # the version of nbgrader's metadata


@dataclass(frozen=True)
class AskedCell:
    """A cell of the assignment, as the gradebook knows it; the fields are nbgrader's.

    points: None for a cell that gives none.
    """

    name: str
    cell_type: str
    source: str
    checksum: str
    grade: bool
    solution: bool
    task: bool
    locked: bool
    points: float | None

    @property
    def returns(self) -> bool:
        """Whether it is put back when it is missing. Only an answer that a test reads is not."""
        return self.grade or self.task or self.locked

    def record(self) -> dict:
        """nbgrader's metadata of the cell, in full."""
        record = {
            "grade": self.grade,
            "grade_id": self.name,
            "locked": self.locked,
            "schema_version": NBGRADER_SCHEMA,
            "solution": self.solution,
            "task": self.task,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
        }
        return record if self.points is None else record | {"points": self.points}


@dataclass(frozen=True)
class ReleasedNotebook:
    """A notebook as learners got it; empty where it cannot be read.

    order: the names (grade_id) of the cells that nbgrader follows. ids: cell id -> name, "" for other cells.
    texts: name -> source. others: the sources of all other cells.
    """

    order: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Repair:
    """What was done to one cell; `attention` where a person should look at it."""

    cell: str
    reason: str
    attention: bool = False


def repair(notebook: NotebookNode, asked: Sequence[AskedCell], released: ReleasedNotebook) -> list[Repair]:
    """Change `notebook` in place; what was done, in the order of the assignment.

    asked: the assignment's cells in its order. released: the notebook as learners got it.
    """
    names = {cell.name: cell for cell in asked}
    done = _mend_records(notebook, names)
    done += _drop_copies(notebook)
    for find in (_find_by_content, _find_by_place, _put_back):  # the surest first, for all cells
        for cell in asked:
            if cell.name not in _places_by_grade_id(notebook):
                done += find(notebook, cell, asked, released)
    order = {cell.name: number for number, cell in enumerate(asked)}
    return sorted(done, key=lambda what: order.get(what.cell, len(order)))


def _grade_id(cell: NotebookNode) -> str | None:
    record = cell.metadata.get("nbgrader")
    name = record.get("grade_id") if isinstance(record, dict) else None
    return name if isinstance(name, str) else None


def _places_by_grade_id(notebook: NotebookNode) -> dict[str, int]:
    """Where the cells with a record are: grade_id -> index."""
    names = [(_grade_id(cell), number) for number, cell in enumerate(notebook.cells)]
    return {name: number for name, number in names if name is not None}


def _mend_records(notebook: NotebookNode, names: Mapping[str, AskedCell]) -> list[Repair]:
    """Give every cell that the assignment knows its own record; take foreign and broken records away."""
    done = []
    for cell in notebook.cells:
        if "nbgrader" not in cell.metadata:
            continue
        asked = names.get(_grade_id(cell) or "")
        if asked is None:
            del cell.metadata["nbgrader"]
        elif changed := _changed_fields(cell, asked):
            done.append(
                Repair(
                    asked.name,
                    f"Its record for the grader was changed ({', '.join(changed)}); it was restored.",
                )
            )
            _restore_record(cell, asked)
    return done


def _changed_fields(cell: NotebookNode, asked: AskedCell) -> list[str]:
    """The fields that differ from the assignment. The checksum is left out: nbgrader restores it."""
    record, wanted = cell.metadata["nbgrader"], asked.record()
    flags = ("grade", "solution", "task") if asked.solution else ("grade", "solution", "locked", "task")
    changed = [key for key in flags if bool(record.get(key)) != wanted[key]]  # a solution is never locked
    if asked.points is not None and record.get("points") != asked.points:
        changed.append("points")
    if type(record.get("schema_version")) is not int or record["schema_version"] != NBGRADER_SCHEMA:
        changed.append("schema_version")
    if cell.cell_type != asked.cell_type:
        changed.append("kind of cell")
    return changed


def _restore_record(cell: NotebookNode, asked: AskedCell) -> None:
    cell.metadata["nbgrader"] = NotebookNode(asked.record())
    if cell.cell_type == asked.cell_type:
        return
    cell.cell_type = asked.cell_type
    if asked.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _drop_copies(notebook: NotebookNode) -> list[Repair]:
    """Take the record from all cells of one name but the last, which counts for nbgrader too."""
    done, last = [], _places_by_grade_id(notebook)
    for number, cell in enumerate(notebook.cells):
        name = _grade_id(cell)
        if name is not None and last[name] != number:
            del cell.metadata["nbgrader"]
            done.append(Repair(name, "There were several copies of this cell; the last one counts."))
    return done


def _find_by_content(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell], released: ReleasedNotebook
) -> list[Repair]:
    """Find a cell that lost its record by its id, or by its text."""
    texts = {asked.source.strip(), released.texts.get(asked.name, asked.source).strip()}
    tests: list[Callable[[NotebookNode], bool]] = [
        lambda cell: released.ids.get(cell.get("id", "")) == asked.name,
        lambda cell: cell.source.strip() in texts,
    ]
    for test in tests:
        found = [cell for cell in _without_record(notebook.cells, asked.cell_type) if test(cell)]
        if len(found) == 1:
            return _adopt(found[0], asked)
    return []


def _find_by_place(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell], released: ReleasedNotebook
) -> list[Repair]:
    """Find an answer cell that lost its record: it is the only new cell between its neighbours."""
    if not asked.solution:
        return []
    between = _without_record(_cells_between_neighbours(notebook, asked, everything), asked.cell_type)
    found = [
        cell
        for cell in between
        if cell.get("id") not in released.ids and cell.source.strip() not in released.others
    ]
    return _adopt(found[0], asked) if len(found) == 1 else []


def _without_record(cells: Sequence[NotebookNode], cell_type: str) -> list[NotebookNode]:
    return [cell for cell in cells if "nbgrader" not in cell.metadata and cell.cell_type == cell_type]


def _adopt(cell: NotebookNode, asked: AskedCell) -> list[Repair]:
    _restore_record(cell, asked)
    return [Repair(asked.name, "The cell had lost its name for the grader; it was recognised and restored.")]


def _cells_between_neighbours(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell]
) -> list[NotebookNode]:
    """The cells between the neighbours that the assignment puts before and after this one."""
    places = _places_by_grade_id(notebook)
    number = everything.index(asked)
    before = [places[cell.name] for cell in everything[:number] if cell.name in places]
    after = [places[cell.name] for cell in everything[number + 1 :] if cell.name in places]
    return notebook.cells[max(before, default=-1) + 1 : min(after, default=len(notebook.cells))]


def _put_back(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell], released: ReleasedNotebook
) -> list[Repair]:
    """Insert the cell as the assignment has it, after the one that comes before it there."""
    if not asked.returns:
        return [Repair(asked.name, "The answer cell is missing.", attention=True)]
    new_cell = new_code_cell if asked.cell_type == "code" else new_markdown_cell
    cell = new_cell(source=asked.source, metadata={"nbgrader": asked.record()})
    if notebook.nbformat_minor < 5:
        del cell["id"]
    places = _places_by_grade_id(notebook)
    number = everything.index(asked)
    before = [places[other.name] for other in everything[:number] if other.name in places]
    after = [places[other.name] for other in everything[number + 1 :] if other.name in places]
    notebook.cells.insert(max(before) + 1 if before else min(after, default=len(notebook.cells)), cell)
    said = (
        "The answer cell is missing." if asked.solution else "The cell was missing; it was put back and run."
    )
    return [Repair(asked.name, said, attention=asked.solution)]
