"""Imports go one way: no cycle anywhere in the package, and nothing in the kit imports a higher layer.

Every import counts: those at the top of a module, those inside functions, and those for types alone.
"""

import ast
from pathlib import Path

import pytest

import hindcast

PACKAGE = Path(hindcast.__file__).parent
# The layers of the kit, the lowest first. A room may import rooms of its own layer and of lower ones.
LAYERS = (
    ("plumbing", "checkout", "notebooks", "roster"),
    ("handin",),
    ("gradebook",),
    ("cohort",),
    ("sandbox",),
    ("grade",),
    ("collect", "feedback", "report", "export", "bundle", "data"),
    ("doctor", "score", "demo", "build", "learn", "formgrader"),
    ("cli",),
)
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
INSIDE = "hindcast.kit.sandbox.inside"


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported_names(name: str) -> set[str]:
    """The full names of all modules, or names in modules, that a module imports."""
    path, found = MODULES[name], set()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def modules_imported(name: str) -> set[str]:
    """The modules of the package that a module imports."""
    found = set()
    for whole in imported_names(name):
        module = whole if whole in MODULES else whole.rpartition(".")[0]
        if module in MODULES:
            found.add(module)
    return found - {name}


IMPORTS = {name: modules_imported(name) for name in MODULES}


def reachable(start: str) -> set[str]:
    seen, waiting = set(), [start]
    while waiting:
        for name in IMPORTS[waiting.pop()] - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def room_of(name: str) -> str:
    """The room of the kit that a module is in; "" outside the kit."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["hindcast", "kit"] and len(parts) > 2 else ""


def test_no_module_imports_itself_by_way_of_others():
    cycles = {frozenset(other for other in reachable(name) if name in reachable(other)) for name in MODULES}
    assert sorted(sorted(cycle) for cycle in cycles if cycle) == []


@pytest.mark.parametrize("room", sorted({room_of(name) for name in MODULES} - {""}))
def test_every_room_of_the_kit_has_a_layer_and_imports_no_higher_one(room):
    assert room in LAYER, f"LAYERS does not say where kit/{room} stands"
    upward = [
        f"{name} imports {other}"
        for name in MODULES
        if room_of(name) == room
        for other in sorted(IMPORTS[name])
        if room_of(other) and LAYER.get(room_of(other), 0) > LAYER[room]
    ]
    assert upward == []


def test_the_learners_side_imports_nothing_of_the_kit_and_no_nbgrader():
    wrong = [
        f"{name} imports {other}"
        for name in MODULES
        if name.startswith("hindcast") and name.split(".")[1:2] != ["kit"] and name != "hindcast.__main__"
        for other in sorted(imported_names(name))
        if other.startswith(("hindcast.kit", "nbgrader"))
    ]
    assert wrong == []


def test_what_runs_inside_the_sandbox_imports_nothing_of_the_package_but_itself():
    inside = [name for name in MODULES if name.startswith(INSIDE)]
    assert len(inside) > 3
    wrong = [
        f"{name} imports {other}"
        for name in inside
        for other in sorted(imported_names(name))
        if other.startswith("hindcast") and not other.startswith(INSIDE)
    ]
    assert wrong == []
    # an absolute import would not be found in the sandbox, where the package has another name
    sources = [MODULES[name].read_text(encoding="utf-8") for name in inside]
    assert not [source for source in sources if f"import {INSIDE}" in source or f"from {INSIDE}" in source]
