"""What every test run shares: the field data's folder, notebooks as tests, a fair share for each core."""

import os
from pathlib import Path

import pytest

# One thread for each test: tests run on all cores, so linear algebra on several threads only waits.
# Set before numpy is loaded; the kernels of the notebooks inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent
FIELD_DATA = ROOT.parent / "shared" / "field-data"
NO_FIELD_DATA = (
    "the field data are not here: set HINDCAST_FIELD_DATA to a folder that holds them "
    "(datasets/field_data.toml says where they come from)"
)
# These modules and the notebooks take longest, so they start before all others.
LONG = (
    "tests/tables/test_rebuild.py",
    "tests/test_answers.py",
    "tests/kit/grade/test_hostile.py",
    "tests/kit/sandbox/test_sandbox.py",
    "tests/test_nbgrader_round.py",
)

# With --unit: the modules that have tests for each unit.
OF_EACH_UNIT = (
    "tests/test_answers.py",
    "tests/test_conventions.py",
    "tests/test_course_is_fresh.py",
    "tests/test_handbook.py",
    "tests/test_instant_checks.py",
    "tests/test_released_notebooks.py",
    "tests/test_test_cells.py",
    "tests/test_units.py",
    "tests/test_unwritten.py",
)

collect_ignore_glob = ["scratch/*", "grading/*"]


def pytest_addoption(parser):
    """`make test UNIT=NN_name` is `pytest --unit NN_name`."""
    parser.addoption(
        "--unit", metavar="NN_name", help="Test one unit; `hindcast grade` grades its bank of answers."
    )


def pytest_configure(config):
    """Select the tests of one unit, where one is named; point the field notebooks at the shared copy."""
    if unit := config.getoption("unit"):
        if not (ROOT / "solutions" / unit).is_dir():
            units = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())
            raise pytest.UsageError(f"There is no unit {unit!r}. The units are: {', '.join(units)}.")
        folders = [f"solutions/{unit}", f"course/{unit}", f"tests/units/{unit}"]
        config.args[:] = [str(ROOT / name) for name in (*folders, *OF_EACH_UNIT) if (ROOT / name).exists()]
    if "HINDCAST_FIELD_DATA" not in os.environ and FIELD_DATA.is_dir():
        os.environ["HINDCAST_FIELD_DATA"] = str(FIELD_DATA)


def pytest_collection_modifyitems(config, items):
    """Leave out what is of other units than --unit; skip field notebooks without data; long tests first."""
    if unit := config.getoption("unit"):
        others = [item for item in items if unit not in item.nodeid]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if unit in item.nodeid]
    for item in items:
        if is_field_notebook(item.path) and not has_field_data():
            item.add_marker(pytest.mark.skip(reason=NO_FIELD_DATA))
    items.sort(key=starts_late)


def is_field_notebook(path):
    """Whether these cells need data that are not in the repository."""
    return path.name == "field.ipynb"


def has_field_data():
    """Whether the folder that HINDCAST_FIELD_DATA names is there."""
    folder = os.environ.get("HINDCAST_FIELD_DATA")
    return bool(folder) and Path(folder).is_dir()


def starts_late(item):
    """The sort key: long modules, then notebooks, then the rest, each in the order they were found."""
    path = item.path.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else item.path.name
    return 0 if path in LONG else 1 if path.endswith(".ipynb") else 2


def pytest_terminal_summary(terminalreporter):
    """Print which notebooks did not run, so that a skipped lesson does not break unnoticed."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if "field.ipynb" in report.nodeid
    ]
    if skipped:
        names = sorted({report.nodeid.split("::")[0] for report in skipped})
        terminalreporter.section("field notebooks did not run", yellow=True)
        terminalreporter.write_line(f"{', '.join(names)}: {NO_FIELD_DATA}")
