"""What the sandbox imports once, before it forks for each notebook: what the notebooks will import anyway."""

import ast
import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

import hindcast
from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.handin.folder import HandIn
from hindcast.kit.handin.reading import Unreadable, read_hand_in

# of learners' own imports only these: what else they write must not choose what a trusted process imports
LIBRARIES = re.compile(
    r"(?:from|import) ((?:numpy|pandas|matplotlib|scipy|sklearn|fairlearn)(?:\.[a-z]\w*)?)\b"
)
STATEMENT = re.compile(r"^[ \t]*(?:import (\w[\w.]*)|from (\w[\w.]*) import \(?([\w, ]*))", re.MULTILINE)
LOADS = re.compile(r"\bload_\w+(?=\()")
FORKS = 100  # so many forks with scikit-learn take as much longer as its import takes: it is in all of them
FOR_DOWNLOADS = ("requests", "pooch")  # of no use where there is no network
UNITS = "hindcast.units."  # what a notebook shows is there, and loads tables too
OWN = "hindcast"  # its modules import libraries inside functions, when they are needed


def imported(
    course: CourseDirectory, assignment: Assignment, hand_ins: Iterable[HandIn], workers: int
) -> list[str]:
    """Modules, and perhaps names in them, that the assignment and the learners import, or `OWN` for them."""
    found = dict.fromkeys(_wanted_by_learners(hand_ins, workers))
    waiting = [name for source in _sources(course, assignment) for name in _modules(source)]
    while waiting:
        name = waiting.pop()
        if name not in found and _library(name) not in FOR_DOWNLOADS:
            found[name] = None
            waiting += _named(_own_source(name))
    return list(found)


def loading(course: CourseDirectory, assignment: Assignment) -> list[str]:
    """Cells that read the tables which the assignment reads: `hindcast` reads a file once."""
    sources = list(_sources(course, assignment))
    sources += [
        _own_source(name) for source in sources for name in _modules(source) if name.startswith(UNITS)
    ]
    names = sorted(set(LOADS.findall("\n".join(sources))) & set(vars(hindcast)))
    return [f"import hindcast; hindcast.{name}();" for name in names]


def required(assignment: Assignment) -> list[str]:
    """Modules that the test cells import: without them every answer would be wrong."""
    tests = [
        cell.source for cells in assignment.asked.values() for cell in cells if cell.grade and cell.locked
    ]
    names = [_library(name) for source in tests for name in _modules(source)]
    return sorted(set(names))


def libraries(text: str) -> set[str]:
    """Modules of well-known libraries that a learner's code imports, perhaps within a function.

    They are there before the first cell: an import would take most of the time that a test gives a function.
    """
    return set(LIBRARIES.findall(text))


def _wanted_by_learners(hand_ins: Iterable[HandIn], workers: int) -> list[str]:
    """What so many notebooks import that it would take these longer than all workers and forks."""
    paths = [path for hand_in in hand_ins for path in hand_in.notebooks()]
    wanted = [libraries(path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    many = Counter(library for names in wanted for library in {_library(name) for name in names})
    enough = workers + len(paths) / FORKS
    return sorted(name for name in set().union(*wanted) if many[_library(name)] > enough)


def _library(module: str) -> str:
    return module.partition(".")[0]


def _sources(course: CourseDirectory, assignment: Assignment) -> Iterable[str]:
    """The code of the assignment: as released, and the tests with what is hidden in the release."""
    folder = Path(course.format_path(course.release_directory, ".", assignment.name))
    for name, cells in assignment.asked.items():
        yield from (cell.source for cell in cells if cell.cell_type == "code")
        with contextlib.suppress(Unreadable, OSError):
            notebook = read_hand_in(folder / f"{name}.ipynb")
            yield from (cell.source for cell in notebook.cells if cell.cell_type == "code")


def _modules(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    modules = []
    for node in _certain(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules


def _named(source: str) -> Iterator[str]:
    """As `_modules`, by the look of the lines: much quicker, and enough for our own modules."""
    for alone, module, names in STATEMENT.findall(source):
        yield alone or module
        yield from (f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip())


def _certain(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a tree, without those that a `try` allows to fail."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Try):
            yield child
            yield from _certain(child)


def _own_source(module: str) -> str:
    """The source of a module of ours, "" for any other. Found by its place: nothing is imported for it."""
    package, *parts = module.split(".")
    if package != OWN:
        return ""
    place = Path(hindcast.__file__).parent.joinpath(*parts)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return ""
