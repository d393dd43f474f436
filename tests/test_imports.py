"""Imports go one way, notebooks -> hindcast <- hindcast.kit, and `import hindcast` is quick."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "hindcast"
KITS = {PACKAGE / "__main__.py", *(PACKAGE / "kit").rglob("*.py")}
LEARNERS_SIDE = sorted(set(PACKAGE.rglob("*.py")) - KITS)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", LEARNERS_SIDE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_learners_side_imports_neither_nbgrader_nor_the_kit(path):
    assert not [
        name for name in imported(path) if name.split(".")[0] == "nbgrader" or name.startswith("hindcast.kit")
    ]


def test_importing_hindcast_loads_nothing_heavier_than_a_lesson_needs():
    heavy = (
        "pandas sklearn matplotlib ipywidgets numpy IPython nbgrader nbformat pooch fairlearn hindcast.kit"
    )
    code = f"import sys, hindcast; print([name for name in {heavy.split()} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_table_of_contents_names_what_is_there_and_each_has_a_docstring():
    import hindcast

    for name in hindcast.__all__:
        assert getattr(hindcast, name).__doc__, name
