"""What the sandbox imports once, before it forks for each notebook: what the assignment's own import."""

import ast
import contextlib
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from hindcast.kit.grade.grader import Assignment
from hindcast.kit.grade.reading import Unreadable, read_hand_in

ALWAYS = ("numpy", "pandas", "matplotlib.pyplot", "sklearn")


def imported(course: CourseDirectory, assignment: Assignment) -> list[str]:
    """What the assignment's own notebooks import, so that it is imported once and not for every hand-in."""
    found = dict.fromkeys(ALWAYS)
    folder = Path(course.format_path(course.release_directory, ".", assignment.name))
    for name, cells in assignment.asked.items():
        sources = [cell.source for cell in cells if cell.cell_type == "code"]
        with contextlib.suppress(Unreadable, OSError):
            notebook = read_hand_in(folder / f"{name}.ipynb")
            sources += [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        for source in sources:
            found |= dict.fromkeys(_modules(source))
    return list(found)


def _modules(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    modules = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules
