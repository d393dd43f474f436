"""A handed-in notebook made whole: nbgrader's records of its cells as the gradebook knows them.

nbgrader stops, often for everybody, where a record is damaged. Here each cell that the exercise asks for gets
its own record back, and a test cell that is missing is put back in its place. What was done is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

NBGRADER_SCHEMA = 3


@dataclass(frozen=True)
class AskedCell:
    """A cell of the exercise, as the gradebook knows it."""

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
        """Whether it is put back when it is missing: everything but an answer that a test reads."""
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
    """How a notebook went out; empty where it cannot be read.

    `order`: the names of the cells that nbgrader follows; `ids`: cell id -> that name, or ""; `texts`:
    name -> source; `others`: the sources of all other cells.
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
    """Change `notebook` in place; what was done, in the order of the exercise.

    `asked` are the exercise's cells in its own order; `released` is the notebook as learners got it.
    """
    names = {cell.name: cell for cell in asked}
    done = _known_cells_mended(notebook, names)
    done += _copies_without_record(notebook)
    for look in (_known_by_itself, _known_by_its_place, _put_back):  # the surest first, for all cells
        for cell in asked:
            if cell.name not in _places_by_grade_id(notebook):
                done += look(notebook, cell, asked, released)
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


def _known_cells_mended(notebook: NotebookNode, names: Mapping[str, AskedCell]) -> list[Repair]:
    """Give every cell that the exercise knows its own record; take foreign and broken records away."""
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
    """What differs from the exercise, in words; the checksum is nbgrader's own business."""
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


def _copies_without_record(notebook: NotebookNode) -> list[Repair]:
    """Of several cells with one name the last one counts, as it does for nbgrader."""
    done, last = [], _places_by_grade_id(notebook)
    for number, cell in enumerate(notebook.cells):
        name = _grade_id(cell)
        if name is not None and last[name] != number:
            del cell.metadata["nbgrader"]
            done.append(Repair(name, "There were several copies of this cell; the last one counts."))
    return done


def _known_by_itself(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell], released: ReleasedNotebook
) -> list[Repair]:
    """The cell that lost its record but kept its id, or its text."""
    texts = {asked.source.strip(), released.texts.get(asked.name, asked.source).strip()}
    tests: list[Callable[[NotebookNode], bool]] = [
        lambda cell: released.ids.get(cell.get("id")) == asked.name,
        lambda cell: cell.source.strip() in texts,
    ]
    for test in tests:
        found = [cell for cell in _unnamed(notebook.cells, asked.cell_type) if test(cell)]
        if len(found) == 1:
            return _adopted(found[0], asked)
    return []


def _known_by_its_place(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell], released: ReleasedNotebook
) -> list[Repair]:
    """The answer cell that is the only new one between its neighbours."""
    if not asked.solution:
        return []
    between = _unnamed(_between(notebook, asked, everything), asked.cell_type)
    found = [
        cell
        for cell in between
        if cell.get("id") not in released.ids and cell.source.strip() not in released.others
    ]
    return _adopted(found[0], asked) if len(found) == 1 else []


def _unnamed(cells: Sequence[NotebookNode], cell_type: str) -> list[NotebookNode]:
    return [cell for cell in cells if "nbgrader" not in cell.metadata and cell.cell_type == cell_type]


def _adopted(cell: NotebookNode, asked: AskedCell) -> list[Repair]:
    _restore_record(cell, asked)
    return [Repair(asked.name, "The cell had lost its name for the grader; it was recognised and restored.")]


def _between(notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell]) -> list[NotebookNode]:
    """The cells between the neighbours that the exercise puts before and after this one."""
    places = _places_by_grade_id(notebook)
    number = everything.index(asked)
    before = [places[cell.name] for cell in everything[:number] if cell.name in places]
    after = [places[cell.name] for cell in everything[number + 1 :] if cell.name in places]
    return notebook.cells[max(before, default=-1) + 1 : min(after, default=len(notebook.cells))]


def _put_back(
    notebook: NotebookNode, asked: AskedCell, everything: Sequence[AskedCell], released: ReleasedNotebook
) -> list[Repair]:
    """The cell as the exercise has it, after the one that comes before it there."""
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
