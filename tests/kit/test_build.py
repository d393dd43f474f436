import json
import shutil

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from tiny_unit import LESSON, UNIT, WORKBOOK, checkout

from hindcast.errors import HindcastError
from hindcast.kit.build import build_from_texts, build_units
from hindcast.kit.notebooks.normalise import BEFORE_RUNNING, read_notebook, run_steps
from hindcast.kit.notebooks.text import notebook_as_text, notebook_from_text, write_texts


def silent(message):
    """Takes the place of the progress on screen."""


def source(root, name="workbook"):
    return root / "solutions" / UNIT / f"{name}.ipynb"


def cells_by_id(path):
    return {cell.id: cell for cell in read_notebook(path).cells}


def everything(root):
    return {path: path.stat().st_mtime_ns for path in root.rglob("*.ipynb")}


def test_a_new_unit_is_born_from_text_and_released(built):
    assert sorted(path.name for path in (built / "course" / UNIT).iterdir()) == [
        "lesson.ipynb",
        "workbook.ipynb",
    ]


def test_building_twice_changes_nothing(tiny):
    before = everything(tiny)
    assert build_units(tiny, [], say=silent) == []
    assert everything(tiny) == before


def test_a_build_says_nothing_about_who_ran_it_or_when(built):
    notebook = read_notebook(source(built, "lesson"))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    assert notebook.metadata == {"kernelspec": kernel, "language_info": {"name": "python"}}
    assert [cell.metadata for cell in notebook.cells] == [
        {},
        {"jupyter": {"source_hidden": True}, "tags": ["figure"]},
        {},
    ]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]


def test_a_build_keeps_outputs_but_no_live_widget(built):
    _, widget, ordinary = read_notebook(source(built, "lesson")).cells
    shown = [output.data for output in widget.outputs]
    assert shown[-1] == {"text/plain": "a sentence"}
    assert all("application/vnd.jupyter.widget-view+json" not in data for data in shown)
    assert ordinary.outputs[0].text == "one\ntwo\n"
    assert ordinary.outputs[1].execution_count == 2


def test_shorthand_becomes_the_whole_nbgrader_record(built):
    cells = cells_by_id(source(built))
    assert cells["letters"].metadata == {
        "nbgrader": {
            "grade": False,
            "grade_id": "letters",
            "locked": False,
            "schema_version": 3,
            "solution": True,
            "task": False,
        }
    }
    assert cells["letters_test"].metadata == {
        "jupyter": {"source_hidden": True},
        "nbgrader": {
            "grade": True,
            "grade_id": "letters_test",
            "locked": True,
            "points": 2,
            "schema_version": 3,
            "solution": False,
            "task": False,
        },
        "tags": ["raises-exception"],
    }
    assert "chosen-by-hand" in cells


@pytest.mark.parametrize("text", [LESSON, WORKBOOK])
def test_a_notebook_survives_the_way_to_text_and_back(text):
    notebook = notebook_from_text(text, "text")
    notebook.cells[0].metadata["tags"] = ["kept"]
    again = notebook_from_text(notebook_as_text(notebook), "text")
    assert again == notebook
    assert notebook_as_text(again) == notebook_as_text(notebook)


def test_text_is_written_in_the_shorthand_an_author_uses(built, tmp_path):
    write_texts(built, UNIT, tmp_path / "texts")
    assert (tmp_path / "texts" / "workbook.py").read_text() == WORKBOOK


def test_an_unusual_grading_cell_is_written_in_full_and_comes_back():
    text = '# %% [markdown] nbgrader={"grade_id": "essay", "task": true, "locked": true, "points": 4}\n# Why?'
    notebook = notebook_from_text(text, "text")
    assert notebook_from_text(notebook_as_text(notebook), "text") == notebook
    assert (notebook.cells[0].metadata.nbgrader["task"], notebook.cells[0].metadata.nbgrader["points"]) == (
        True,
        4,
    )


def test_no_pairing_is_left_behind(built):
    assert "jupytext" not in source(built).read_text()
    assert "jupytext" not in (built / "course" / UNIT / "workbook.ipynb").read_text()


def test_texts_with_edits_are_not_written_over(tiny, tmp_path):
    write_texts(tiny, UNIT, tmp_path / "texts")
    edited = tmp_path / "texts" / "workbook.py"
    edited.write_text("# mine\n")
    with pytest.raises(HindcastError, match=r"already there.*--force"):
        write_texts(tiny, UNIT, tmp_path / "texts")
    assert edited.read_text() == "# mine\n"
    write_texts(tiny, UNIT, tmp_path / "texts", force=True)
    assert edited.read_text() == WORKBOOK


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('# %% anwser="thing"\nthing = 1\n', "'anwser' means nothing here"),
        ('# %% test="thing"\n1\n', "a test cell needs its points"),
    ],
)
def test_a_slip_in_the_shorthand_is_named_with_its_cell(text, said):
    with pytest.raises(HindcastError, match=f"lesson.py, cell 1: {said}"):
        notebook_from_text(text, "lesson.py")


def test_ids_are_kept_when_good_and_made_the_same_way_when_not():
    cells = [
        {"id": "good", "source": "a"},
        {"id": "good", "source": "Twice the same, id."},
        {"id": "not well formed", "source": "Twice the same, id!"},
        {"source": "x", "metadata": {"nbgrader": {"grade_id": "my thing", "solution": True}}},
        {"id": "late", "source": "b"},
        {"source": "late"},
    ]

    def ids():
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [
            nbformat.from_dict({"cell_type": "code", "outputs": [], "metadata": {}} | cell) for cell in cells
        ]
        return [cell.id for cell in run_steps(notebook, BEFORE_RUNNING).cells]

    assert ids() == ["good", "twice-the-same-id", "twice-the-same-id-2", "my-thing", "late", "late-2"]


def test_metadata_that_changes_by_itself_is_dropped(tiny):
    notebook = read_notebook(source(tiny))
    notebook.metadata |= {"widgets": {"state": {}}, "signature": "x", "language_info": {"version": "3.12"}}
    notebook.cells[1].metadata |= {
        "collapsed": True,
        "ExecuteTime": {"end": "now"},
        "execution": {"start": "now"},
    }
    expected = [cell.metadata for cell in read_notebook(source(tiny)).cells]
    run_steps(notebook, BEFORE_RUNNING)
    assert [cell.metadata for cell in notebook.cells] == expected
    assert notebook.metadata.language_info == {"name": "python"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\n1 / 0", r"cell 1 \(broken\): line 2, `1 / 0`: ZeroDivisionError: division by zero"),
        (
            "import sys\nprint('careful', file=sys.stderr)",
            r"cell 1 \(broken\): expected nothing on stderr, got: careful",
        ),
        ("object()", r"cell 1 \(broken\): the output holds a memory address"),
        ("import os\nos._exit(1)", "the kernel died"),
    ],
)
def test_a_notebook_that_goes_wrong_is_named_and_nothing_is_written(code, said, tmp_path):
    root, texts = checkout(tmp_path / "checkout"), tmp_path / "texts"
    texts.mkdir()
    (texts / "lesson.py").write_text(f'# %% id="broken"\n{code}\n')
    with pytest.raises(HindcastError, match=f"^{UNIT}/lesson.ipynb.{{1,2}}{said}"):
        build_from_texts(root, UNIT, texts)
    assert list((root / "solutions").iterdir()) == []
    assert not (root / "course").exists()


def field_notebook_that_needs_data(root):
    broken = notebook_from_text(
        "# %%\nimport os\nopen(os.environ['HINDCAST_FIELD_DATA'] + '/shop.csv').close()\n", "text"
    )
    nbformat.write(broken, source(root, "field"))
    return source(root, "field")


def test_a_field_notebook_stays_as_it_was_where_its_data_are_not_at_hand(tiny, monkeypatch):
    monkeypatch.delenv("HINDCAST_FIELD_DATA", raising=False)
    field, said = field_notebook_that_needs_data(tiny), []
    before = field.read_text()
    changed = build_units(tiny, [], say=said.append)
    assert f"{UNIT}/field.ipynb stays as it was, its data are not at hand: cell 1" in said[1]
    assert field.read_text() == before
    assert [path.name for path in changed] == ["field.ipynb"]
    assert changed[0].parts[-3] == "course"


def test_a_field_notebook_that_goes_wrong_with_its_data_stops_the_build(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(tmp_path))
    field_notebook_that_needs_data(tiny)
    with pytest.raises(HindcastError, match=r"01_tiny/field\.ipynb, cell 1 .*FileNotFoundError"):
        build_units(tiny, [], say=silent)
    (tmp_path / "shop.csv").touch()
    assert [path.name for path in build_units(tiny, [], say=silent)] == ["field.ipynb", "field.ipynb"]


def test_a_wrong_unit_name_lists_the_units(built):
    with pytest.raises(
        HindcastError, match=r"no unit '01_tinny'.*Did you mean 01_tiny\? The units are: 01_tiny\."
    ):
        build_units(built, ["01_tinny"], say=silent)


def test_a_name_that_cannot_be_a_unit_is_refused(tiny, tmp_path):
    (tmp_path / "lesson.py").write_text("# %%\n1\n")
    with pytest.raises(HindcastError, match="cannot name a unit"):
        build_from_texts(tiny, "../tiny", tmp_path)


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", "{}", '{"nbformat": 3, "worksheets": []}', '{"nbformat": 4}']
)
def test_a_file_that_is_no_notebook_is_said_to_be_none(tiny, text):
    source(tiny).write_text(text)
    with pytest.raises(HindcastError, match=r"workbook\.ipynb is not a notebook: expected JSON"):
        build_units(tiny, [UNIT], say=silent)


def test_a_missing_kernel_is_named_with_its_mend(tiny, monkeypatch):
    def none(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", none)
    with pytest.raises(
        HindcastError, match=r"no Jupyter kernel named python3.*ipykernel install --sys-prefix"
    ):
        build_units(tiny, [UNIT], say=silent)


def test_a_file_that_learners_would_get_a_copy_of_stops_the_build(tiny):
    (tiny / "solutions" / UNIT / "key.csv").write_text("secret")
    with pytest.raises(HindcastError, match=r"holds key\.csv, which learners would get"):
        build_units(tiny, [UNIT], say=silent)


def test_what_nbgrader_refuses_is_said_in_one_sentence(tiny):
    text = source(tiny).read_text().replace('"grade_id": "letters_test"', '"grade_id": "letters"')
    source(tiny).write_text(text)
    with pytest.raises(
        HindcastError, match=r"could not release 01_tiny/workbook\.ipynb: Duplicate grade id: letters$"
    ):
        build_units(tiny, [UNIT], release_only=True, say=silent)


def test_a_release_writes_only_what_changed(tiny):
    notebook = json.loads(source(tiny).read_text())
    notebook["cells"][0]["source"] = "New words."
    source(tiny).write_text(json.dumps(notebook))
    assert build_units(tiny, [UNIT], release_only=True, say=silent) == [
        tiny / "course" / UNIT / "workbook.ipynb"
    ]


def test_a_notebook_that_is_gone_from_the_source_is_gone_from_the_release(tiny):
    shutil.move(source(tiny), source(tiny, "bench"))
    changed = build_units(tiny, [UNIT], release_only=True, say=silent)
    assert sorted(path.name for path in changed) == ["bench.ipynb", "workbook.ipynb"]
    assert sorted(path.name for path in (tiny / "course" / UNIT).iterdir()) == ["bench.ipynb", "lesson.ipynb"]


def test_the_release_holds_no_solution_and_no_output(built):
    released = cells_by_id(built / "course" / UNIT / "workbook.ipynb")
    assert released["letters"].source == "letters = None\n"
    assert "award" not in released["letters_test"].source
    assert all(not cell.outputs for cell in released.values() if cell.cell_type == "code")
