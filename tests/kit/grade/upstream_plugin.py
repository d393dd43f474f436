"""pytest plugin: nbgrader's own tests of `autograde`, with our grader in its place.

Loaded by test_upstream.py into a run of nbgrader/tests/apps/test_nbgrader_autograde.py. `--force` is regrade.
The two tests that upstream skips are run; the one that asks for a PostgreSQL server gets SQLite.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbgrader.apps import autogradeapp, baseapp

POSTGRES = "postgresql://localhost:5432/gradebook"


def start(app: autogradeapp.AutogradeApp) -> None:
    """`nbgrader autograde`, up to the point where upstream starts its converter."""
    baseapp.NbGrader.start(app)
    if app.extra_args:
        app.coursedir.assignment_id = app.extra_args[0]
    from hindcast.errors import HindcastError
    from hindcast.kit.grade.options import GradeOptions
    from hindcast.kit.grade.run import grade_assignment

    force = autogradeapp.Autograde(coursedir=app.coursedir, parent=app).force
    try:
        summary = grade_assignment(app.coursedir, app.config, GradeOptions(regrade=force))
    except HindcastError as why:
        print(why)
        sys.exit(1)
    print(summary)
    if summary.broken:
        sys.exit(1)


def pytest_configure() -> None:
    autogradeapp.AutogradeApp.start = start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Remove all skip marks, and the need of a database server."""
    for module in {item.module for item in items}:
        module.pytest = SimpleNamespace(skip=lambda *_, **__: None, raises=pytest.raises, mark=pytest.mark)
        module.run_nbgrader = _without_server(module.run_nbgrader)


def _without_server(run_nbgrader):
    def run(arguments: list[str], *rest, **more):
        if POSTGRES in arguments:
            arguments = _in_order(arguments)
        return run_nbgrader(arguments, *rest, **more)

    return run


def _in_order(arguments: list[str]) -> list[str]:
    """Use SQLite instead of the server. Upstream also puts `--db` between `--duedate` and its date."""
    url = f"sqlite:///{(Path.cwd() / 'gradebook.db').as_posix()}"
    others = [argument for argument in arguments if argument not in (POSTGRES, "--db")]
    return [*others, "--db", url]
