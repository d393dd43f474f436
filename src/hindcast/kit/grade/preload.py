"""What a worker imports once, before it forks for each notebook: what the notebooks will import anyway."""

import ast
import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

import hindcast
from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.handin.folder import HandInFolder
from hindcast.kit.handin.reading import UnreadableNotebook, read_submitted_notebook

# Of learners' imports only these are taken. The worker is trusted, so no other name that a learner wrote may
# choose what it imports.
LIBRARY_IMPORT = re.compile(
    r"(?:from|import) ((?:numpy|pandas|matplotlib|scipy|sklearn|fairlearn)(?:\.[a-z]\w*)?)\b"
)
IMPORT_LINE = re.compile(r"^[ \t]*(?:import (\w[\w.]*)|from (\w[\w.]*) import \(?([\w, ]*))", re.MULTILINE)
LOADER_CALL = re.compile(r"\bload_\w+(?=\()")
# Each fork takes longer with a library that is imported: its pages are copied too. With scikit-learn, so many
# forks take as much longer as one import of it takes.
FORKS_WORTH_AN_IMPORT = 100
FOR_DOWNLOADS = ("requests", "pooch")  # of no use where there is no network
OWN_PACKAGE = "hindcast"
UNITS = "hindcast.units."  # what a notebook shows is there, and loads tables too


def modules_to_import(
    course: CourseDirectory, assignment: Assignment, hand_ins: Iterable[HandInFolder], workers: int
) -> list[str]:
    """Modules, and perhaps names in them, that the assignment and enough learners import.

    Those that our own package then imports, perhaps inside its functions, are among them.
    """
    found = dict.fromkeys(_libraries_of_learners(hand_ins, workers))
    sources = _sources_of_assignment(course, assignment)
    waiting = [name for source in sources for name in _imported_modules(source)]
    while waiting:
        name = waiting.pop()
        if name not in found and _top_package(name) not in FOR_DOWNLOADS:
            found[name] = None
            waiting += _imported_by_line(_source_of_own_module(name))
    return list(found)


def cells_that_load_tables(course: CourseDirectory, assignment: Assignment) -> list[str]:
    """Cells that load the tables which the assignment loads: `hindcast` keeps a file that it has read."""
    sources = list(_sources_of_assignment(course, assignment))
    imported = [name for source in sources for name in _imported_modules(source)]
    sources += [_source_of_own_module(name) for name in imported if name.startswith(UNITS)]
    names = sorted(set(LOADER_CALL.findall("\n".join(sources))) & set(vars(hindcast)))
    return [f"import hindcast; hindcast.{name}();" for name in names]


def modules_of_tests(assignment: Assignment) -> list[str]:
    """Libraries that the test cells import.

    A worker without them would mark every answer wrong, so it fails.
    """
    tests = [
        cell.source for cells in assignment.asked.values() for cell in cells if cell.grade and cell.locked
    ]
    names = [_top_package(name) for source in tests for name in _imported_modules(source)]
    return sorted(set(names))


def imported_libraries(text: str) -> set[str]:
    """Modules of well-known libraries that a learner's code imports, perhaps within a function.

    A notebook's process imports them before its first cell: within a function, the import would take most of
    the time that a test gives the function.
    """
    return set(LIBRARY_IMPORT.findall(text))


def _libraries_of_learners(hand_ins: Iterable[HandInFolder], workers: int) -> list[str]:
    """Libraries that so many notebooks import that it saves time to import them in every worker.

    The costs: one import in each worker, and a little in each fork.
    """
    paths = [path for hand_in in hand_ins for path in hand_in.notebooks()]
    wanted = [imported_libraries(path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    many = Counter(library for names in wanted for library in {_top_package(name) for name in names})
    enough = workers + len(paths) / FORKS_WORTH_AN_IMPORT
    return sorted(name for name in set().union(*wanted) if many[_top_package(name)] > enough)


def _top_package(module: str) -> str:
    return module.partition(".")[0]


def _sources_of_assignment(course: CourseDirectory, assignment: Assignment) -> Iterable[str]:
    """The code of the assignment: as released, and the test cells with what the release hides."""
    folder = Path(course.format_path(course.release_directory, ".", assignment.name))
    for name, cells in assignment.asked.items():
        yield from (cell.source for cell in cells if cell.cell_type == "code")
        with contextlib.suppress(UnreadableNotebook, OSError):
            notebook = read_submitted_notebook(folder / f"{name}.ipynb")
            yield from (cell.source for cell in notebook.cells if cell.cell_type == "code")


def _imported_modules(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    modules = []
    for node in _statements_outside_try(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules


def _imported_by_line(source: str) -> Iterator[str]:
    """As `_imported_modules`, by a regular expression: much quicker, and enough for our own modules."""
    for alone, module, names in IMPORT_LINE.findall(source):
        yield alone or module
        yield from (f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip())


def _statements_outside_try(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a tree, without those that a `try` allows to fail."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Try):
            yield child
            yield from _statements_outside_try(child)


def _source_of_own_module(module: str) -> str:
    """The source of a module of `hindcast`, "" for any other. It is found by its path, without an import."""
    package, *parts = module.split(".")
    if package != OWN_PACKAGE:
        return ""
    place = Path(hindcast.__file__).parent.joinpath(*parts)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return ""
