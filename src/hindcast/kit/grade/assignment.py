"""What an assignment asks: the gradebook's rows, cell by cell, and how its notebooks were released."""

import json
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from nbgrader.coursedir import CourseDirectory

from hindcast.errors import HindcastError
from hindcast.kit.gradebook import transfer
from hindcast.kit.handin.reading import read_released_notebook
from hindcast.kit.handin.repair import AskedCell, ReleasedNotebook


@dataclass(frozen=True)
class Assignment:
    """What an assignment asks.

    rows: the gradebook's. asked: notebook -> its cells in order. released: notebook -> how it went out.
    """

    name: str
    rows: transfer.Rows
    asked: dict[str, list[AskedCell]]
    released: dict[str, ReleasedNotebook]

    @property
    def own_sources(self) -> set[str]:
        """The sources of all its cells: of test cells with what is hidden, of all others as they went out."""
        asked = {cell.source for cells in self.asked.values() for cell in cells if cell.locked}
        return asked.union(
            *({*notebook.texts.values(), *notebook.others} for notebook in self.released.values())
        )

    @property
    def fingerprint(self) -> str:
        """A hash of what is asked."""
        return transfer.assignment_fingerprint(self.rows)


def read_assignment(course: CourseDirectory, db: sqlalchemy.Connection) -> Assignment:
    """What the gradebook knows of the assignment. Raises HindcastError for none, or one not in Python."""
    name = course.assignment_id
    rows = transfer.assignment_rows(db, name) if sqlalchemy.inspect(db).has_table("assignment") else {}
    if not rows or not rows["notebook"]:
        raise HindcastError(
            f"The gradebook knows no assignment {name!r}.",
            f"nbgrader learns of one by `nbgrader generate_assignment {name}`; a new cohort knows every unit "
            "of the course.",
        )
    asked, released = asked_cells(rows), {}
    folder = Path(course.format_path(course.release_directory, ".", name))
    for row in rows["notebook"]:
        _check_kernel(name, row)
        released[row["name"]] = read_released_notebook(folder / f"{row['name']}.ipynb")
        places = {cell: number for number, cell in enumerate(released[row["name"]].order)}
        asked[row["name"]].sort(key=lambda cell: places.get(cell.name, len(places)))
    return Assignment(name, rows, asked, released)


def _check_kernel(assignment: str, notebook: dict) -> None:
    kernel = json.loads(notebook["kernelspec"] or "{}")
    language = str(kernel.get("language", kernel.get("name", "python")) or "python")
    if not language.startswith(("python", "ipython")):
        raise HindcastError(
            f"{assignment}/{notebook['name']}.ipynb runs on the kernel {kernel.get('name')!r}; "
            "this grader runs Python.",
            f"`nbgrader autograde {assignment}` grades it.",
        )


def asked_cells(assignment: transfer.Rows) -> dict[str, list[AskedCell]]:
    """notebook -> the cells that nbgrader follows in it, in the gradebook's order."""
    kinds = {(row["notebook_id"], row["name"], row["type"]): row["id"] for row in assignment["base_cell"]}
    points = {
        row["id"]: row["max_score"] for kind in ("grade_cells", "task_cells") for row in assignment[kind]
    }
    asked: dict[str, list[AskedCell]] = {}
    for notebook in assignment["notebook"]:
        of_notebook = [row for row in assignment["source_cell"] if row["notebook_id"] == notebook["id"]]
        asked[notebook["name"]] = [_asked_cell(row, kinds, points) for row in of_notebook]
    return asked


def _asked_cell(row: dict, kinds: dict[tuple[str, str, str], str], points: dict[str, float]) -> AskedCell:
    id_of = {
        kind: kinds.get((row["notebook_id"], row["name"], kind))
        for kind in ("GradeCell", "SolutionCell", "TaskCell")
    }
    return AskedCell(
        name=row["name"],
        cell_type=row["cell_type"],
        source=row["source"] or "",
        checksum=row["checksum"] or "",
        grade=id_of["GradeCell"] is not None,
        solution=id_of["SolutionCell"] is not None,
        task=id_of["TaskCell"] is not None,
        locked=bool(row["locked"]),
        points=points.get(id_of["GradeCell"] or id_of["TaskCell"] or ""),
    )
