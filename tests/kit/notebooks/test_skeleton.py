"""`hindcast build --new`: the skeleton of a unit is complete, can be built, and says what to write."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from tiny_unit import REPOSITORY, checkout
from typer.testing import CliRunner

from hindcast.errors import HindcastError
from hindcast.kit.cli import app
from hindcast.kit.notebooks.answer_banks import answer_cells, load_bank
from hindcast.kit.notebooks.skeleton import unwritten, write_skeleton

UNIT = "07_counting_hams"


def files_in(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.fixture
def empty(tmp_path):
    return checkout(tmp_path / "checkout")


def test_the_skeleton_is_built_says_what_to_write_and_a_second_time_is_refused(empty, monkeypatch):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "src" / "hindcast", empty / "src" / "hindcast", ignore=ignored)
    monkeypatch.setenv("PYTHONPATH", str(empty / "src"))  # the kernels import the unit's module from there
    monkeypatch.chdir(empty)
    done = CliRunner().invoke(app, ["build", "--new", UNIT])
    assert done.exit_code == 0, done.output
    assert f"make test UNIT={UNIT}" in done.output
    for kind in ("lesson", "workbook", "bench"):
        for folder in ("solutions", "course"):
            notebook = nbformat.read(empty / folder / UNIT / f"{kind}.ipynb", as_version=4)
            assert unwritten("\n".join(cell.source for cell in notebook.cells))
    bank = load_bank(empty / "tests" / "answers" / f"{UNIT}.toml")
    workbook = nbformat.read(empty / "solutions" / UNIT / "workbook.ipynb", as_version=4)
    assert {answer.exercise for answer in bank if answer.notebook == "workbook"} == set(
        answer_cells(workbook)
    )
    written = [
        empty / "src/hindcast/units/counting_hams.py",
        empty / "tests/units",
        empty / "solutions" / UNIT,
    ]
    settings = f"--config={REPOSITORY / 'pyproject.toml'}"
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", settings, *map(str, written)]
    assert subprocess.run(ruff, capture_output=True, text=True, check=False).stdout == "All checks passed!\n"
    before = files_in(empty)
    again = CliRunner().invoke(app, ["build", "--new", UNIT])
    assert isinstance(again.exception, HindcastError) and files_in(empty) == before
    assert CliRunner().invoke(app, ["build", UNIT]).output.splitlines()[-1] == "Nothing to change."


def test_every_file_that_a_unit_owns_is_written_and_asks_for_something(empty):
    texts, files = write_skeleton(empty, UNIT)
    assert {path.relative_to(empty).as_posix() for path in files} == {
        *(f"scratch/{UNIT}/{kind}.py" for kind in ("lesson", "workbook", "bench")),
        *(f"tests/units/{UNIT}/test_{kind}.py" for kind in ("lesson", "workbook", "bench", "browser")),
        "src/hindcast/units/counting_hams.py",
        f"src/hindcast/misconceptions/{UNIT}.toml",
        f"tests/answers/{UNIT}.toml",
        f"grading/handbook/units/{UNIT}.md",
    }
    assert texts == empty / "scratch" / UNIT
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert unwritten(text) and all(sentence.split() for sentence in unwritten(text)), path
        assert "$" not in text, path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("7_hams", "cannot name a unit"),
        ("07_Hams", "cannot name a unit"),
        ("../07_hams", "cannot name a unit"),
        ("01_hams", "01_tiny has that number"),
        ("02_tiny", "01_tiny has that name"),
    ],
)
def test_a_name_that_is_none_or_is_taken_is_refused_and_nothing_is_written(tiny, name, says):
    before = files_in(tiny)
    with pytest.raises(HindcastError, match=says):
        write_skeleton(tiny, name)
    assert files_in(tiny) == before


def test_a_file_that_is_in_the_way_is_never_overwritten(empty):
    bank = Path(empty, "tests", "answers", f"{UNIT}.toml")
    bank.parent.mkdir(parents=True)
    bank.write_text("mine")
    before = files_in(empty)
    with pytest.raises(HindcastError, match="is there already"):
        write_skeleton(empty, UNIT)
    assert files_in(empty) == before


def test_new_stands_alone(empty, monkeypatch):
    monkeypatch.chdir(empty)
    done = CliRunner().invoke(app, ["build", "00_x", "--new", UNIT])
    assert "--new stands alone" in str(done.exception)
