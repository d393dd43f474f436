"""The mistakes that a notebook's cell can recognise, itself or through a function of its unit's modules."""

import ast
import re
from functools import cache
from pathlib import Path

import hindcast
from hindcast.check import misconceptions

_CALLED = re.compile(r"\b\w+\.(\w+)\(")


def mistakes_in(source: str, unit: str) -> list[str]:
    """Return the ids of mistakes named in the source of a cell of `unit`, or in a function that it calls."""
    functions = unit_functions(unit)
    sources = [source, *(functions[name] for name in _CALLED.findall(source) if name in functions)]
    return [mistake for mistake in misconceptions() if any(f'"{mistake}"' in text for text in sources)]


@cache
def unit_functions(unit: str) -> dict[str, str]:
    """Return name -> source of each function in the modules of a unit; empty for a unit without modules."""
    functions = {}
    for path in unit_modules(unit):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                functions[node.name] = ast.get_source_segment(source, node) or ""
    return functions


def unit_modules(unit: str) -> list[Path]:
    """Return the module of a unit, or all modules of its package; none if it has neither."""
    folder, name = Path(hindcast.__file__).parent / "units", unit.partition("_")[2]
    single = folder / f"{name}.py"
    return [single] if single.is_file() else sorted((folder / name).glob("*.py"))
