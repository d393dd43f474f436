"""Imports before anything is graded: libraries that save time, and none that a learner could choose."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_notebook

import hindcast
from hindcast.kit.grade import preload
from hindcast.kit.grade.assignment import Assignment
from hindcast.kit.grade.convert import ExecuteInSandbox
from hindcast.kit.grade.precompiled import PrecompiledCells
from hindcast.kit.handin.folder import HandInFolder
from hindcast.kit.handin.repair import AskedCell
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.sandbox import Sandbox


def cell(source, grade):
    return AskedCell("x", "code", source, "sum", grade, not grade, False, grade, 1.0 if grade else None)


def assignment(*cells):
    return Assignment("unit", {}, {"workbook": list(cells)}, {})


def test_imports_are_found_wherever_they_stand():
    source = "import a.b\nfrom c import d\ndef f():\n    from e.g import h\n"
    assert preload._imported_modules(source) == ["a.b", "c", "c.d", "e.g", "e.g.h"]
    assert preload._imported_modules("import (") == []
    assert preload._imported_modules("from . import x") == []


def test_the_look_of_a_line_says_what_our_own_modules_import():
    source = (
        "import a.b as c\nfrom c import (d, e as g)\nfrom . import x\n"
        "def f():\n    from h import (\n        i,\n    )\n"
    )
    assert list(preload._imported_by_line(source)) == ["a.b", "c", "c.d", "c.e", "h"]
    top = Path(hindcast.__file__).parent
    ours = [path for path in top.rglob("*.py") if "kit" not in path.relative_to(top).parts]
    assert len(ours) > 30
    for path in ours:
        source = path.read_text(encoding="utf-8")
        missed = set(preload._imported_modules(source)) - set(
            named := list(preload._imported_by_line(source))
        )
        assert not {name for name in missed if name.rpartition(".")[0] not in named}, path


def test_looking_for_imports_imports_nothing():
    code = (
        "import sys; from hindcast.kit.grade.preload import _source_of_own_module; "
        "assert 'import' in _source_of_own_module('hindcast.replay.review.columns'); "
        "assert 'load_own' in _source_of_own_module('hindcast'); "
        "assert _source_of_own_module('hindcast.none') == ''; "
        "print({'hindcast.replay', 'sklearn', 'pandas'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_the_package_itself_needs_no_model_library(tmp_path):
    course = SimpleNamespace(release_directory="course", format_path=lambda *_: str(tmp_path))
    found = preload.modules_to_import(course, assignment(cell("import hindcast", True)), [], 2)
    assert "hindcast.tables" in found and not {name for name in found if name.startswith("sklearn")}
    assert "hindcast.downloads" in found and not {"requests", "pooch"} & {*found}


def test_a_test_cell_needs_what_it_imports_for_certain():
    test = cell(
        "import json\ntry:\n    import maybe\nexcept ImportError:\n    pass\nfrom os.path import join", True
    )
    answer = cell("import learner", False)
    assert preload.modules_of_tests(assignment(test, answer)) == ["json", "os"]


def test_modules_of_ours_are_followed_into_their_functions():
    assert "matplotlib.figure" in preload._imported_modules(preload._source_of_own_module("hindcast.figures"))
    assert preload._source_of_own_module("json") == ""
    assert preload._source_of_own_module("hindcast.missing") == ""


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("from sklearn.metrics import recall_score", ["sklearn.metrics"]),
        ("import numpy as np", ["numpy"]),
        ("from fairlearn.metrics import MetricFrame", ["fairlearn.metrics"]),
        ("import pandas", ["pandas"]),
        ("import os; import antigravity; from mine import x", []),
        ("import numpy.f2py.__main__", ["numpy.f2py"]),
        ("import scipy.__main__", ["scipy"]),
        ("import numpymine", []),
    ],
)
def test_of_learners_imports_only_a_list_of_libraries_is_taken(tmp_path, written, found):
    (tmp_path / "workbook.ipynb").write_text(f'["{written}"]', encoding="utf-8")
    assert preload._libraries_of_learners([HandInFolder("ana", tmp_path)], workers=0) == found


def test_a_library_is_imported_for_all_where_enough_notebooks_want_it(tmp_path):
    def handed_in(name, written):
        (tmp_path / name).mkdir()
        (tmp_path / name / "workbook.ipynb").write_text(f'["{written}"]', encoding="utf-8")
        return HandInFolder(name, tmp_path / name)

    ana = handed_in(
        "ana", "from sklearn.metrics import f1_score; import scipy; from sklearn.base import clone"
    )
    ben = handed_in("ben", "import sklearn.metrics; import scipy")
    chi = handed_in("chi", "from sklearn.dummy import DummyClassifier")
    others = [handed_in(f"other-{number}", "") for number in range(100)]
    wanted = preload._libraries_of_learners
    assert wanted([ana, ben, chi], workers=2) == ["sklearn.base", "sklearn.dummy", "sklearn.metrics"]
    assert wanted([ana, ben, chi], workers=3) == []
    assert wanted([ana, ben], workers=1) == ["scipy", "sklearn.base", "sklearn.metrics"]
    assert wanted([ana, ben, *others], workers=1) == []


@pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle()))
def test_what_a_notebook_imports_is_there_before_its_first_cell(tmp_path):
    seen = "import sys\nprint('sklearn' in sys.modules, 'sklearn.metrics' in sys.modules)"
    later = "def f():\n    from sklearn.metrics import f1_score\n    from numpy.none import x"
    with Sandbox(Limits()) as sandbox:
        for sources, expected in (([seen, later], "True True\n"), ([seen], "False False\n")):
            notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
            run = ExecuteInSandbox(sandbox, {}, lambda *_: None, PrecompiledCells(set()))
            run.preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
            assert notebook.cells[0].outputs[0].text == expected


def test_the_tables_that_the_assignment_reads_are_read_once(tmp_path):
    course = SimpleNamespace(release_directory="course", format_path=lambda *_: str(tmp_path))
    asked = assignment(
        cell("scores = hindcast.load_scores()\nload_nothing()", True), cell("x.load(1)", False)
    )
    assert preload.cells_that_load_tables(course, asked) == ["import hindcast; hindcast.load_scores();"]


def test_so_are_the_tables_that_a_units_module_reads(tmp_path):
    course = SimpleNamespace(release_directory="course", format_path=lambda *_: str(tmp_path))
    asked = assignment(cell("from hindcast.units.backdating_a_model import replays", True))
    wanted = ["import hindcast; hindcast.load_demand();", "import hindcast; hindcast.load_demand_replays();"]
    assert preload.cells_that_load_tables(course, asked) == wanted
