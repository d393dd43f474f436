"""Hand-in files: which notebook each is, and one clear reason for each that cannot be read."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from hindcast.kit.handin.reading import (
    UnreadableNotebook,
    read_released_notebook,
    read_submitted_notebook,
    recognise_notebooks,
)

ASKED = {"workbook": {"a", "a_test", "b", "b_test"}, "bench": {"c", "c_test"}}


def notebook(*names):
    cells = [
        new_code_cell(source=f"# {name}", metadata={"nbgrader": {"grade_id": name}}, id=f"id-{name}")
        for name in names
    ]
    return new_notebook(cells=cells)


def write(folder, name, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_notebook_is_read(tmp_path):
    path = write(tmp_path, "n.ipynb", notebook("a"))
    assert [cell.source for cell in read_submitted_notebook(path).cells] == ["# a"]


def test_an_older_format_is_converted(tmp_path):
    cell = {"cell_type": "code", "input": ["x = 1"], "outputs": [], "language": "python", "metadata": {}}
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    assert [c.source for c in read_submitted_notebook(write(tmp_path, "n.ipynb", old)).cells] == ["x = 1"]


def test_a_text_in_lines_and_a_byte_order_mark_are_read(tmp_path):
    content = notebook("a")
    content.cells[0].source = ["x = 1\n", "y = 2"]
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert read_submitted_notebook(path).cells[0].source == "x = 1\ny = 2"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "is not JSON"),
        (b"hello", "is not JSON"),
        (b"\xff\xfe{\x00}\x00", "no text in UTF-8"),
        (b"[]", "no notebook"),
        (b"3", "no notebook"),
        (b"{}", "no notebook"),
        (b'{"nbformat": 4}', "no notebook that Jupyter could open"),
        (b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}', "could open"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "could open"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}', "could open"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": null, "cells": []}', "could open"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, '
            b'"cells": [{"cell_type": "code", "metadata": {}, "source": 3}]}',
            "cell 1 has no text",
        ),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_notebook_has_one_reason(tmp_path, raw, reason):
    path = tmp_path / "n.ipynb"
    path.write_bytes(raw)
    with pytest.raises(UnreadableNotebook, match=reason):
        read_submitted_notebook(path)


def test_files_with_the_right_names_are_taken_whatever_is_in_them(tmp_path):
    write(tmp_path, "workbook.ipynb", "broken")
    write(tmp_path, "bench.ipynb", notebook("c"))
    chosen, notes = recognise_notebooks(tmp_path, ASKED)
    assert {name: path.name for name, path in chosen.items()} == {
        "workbook": "workbook.ipynb",
        "bench": "bench.ipynb",
    }
    assert notes == []


@pytest.mark.parametrize("name", ["workbook (2).ipynb", "Workbook.ipynb", "Ana - final.ipynb", "ç.ipynb"])
def test_a_renamed_notebook_is_known_by_its_cells(tmp_path, name):
    write(tmp_path, name, notebook("a", "a_test", "b"))
    chosen, (note,) = recognise_notebooks(tmp_path, ASKED)
    assert chosen["workbook"].name == name
    assert name in note.reason
    assert not note.attention


def test_of_two_that_fit_the_one_with_the_right_name_is_graded_and_the_other_told(tmp_path):
    write(tmp_path, "Workbook.ipynb", notebook("a", "a_test", "b", "b_test"))
    write(tmp_path, "workbook.ipynb", notebook("a", "a_test"))
    chosen, (note,) = recognise_notebooks(tmp_path, ASKED)
    assert chosen["workbook"].name == "workbook.ipynb"
    assert note.attention
    assert "Workbook.ipynb" in note.reason


def test_a_notebook_of_something_else_is_left_alone(tmp_path):
    write(tmp_path, "lesson.ipynb", notebook())
    write(tmp_path, "other.ipynb", notebook("x", "y", "a"))
    write(tmp_path, "broken.ipynb", "{")
    assert recognise_notebooks(tmp_path, ASKED) == ({}, [])


def test_a_name_full_of_tricks_is_shown_plainly(tmp_path):
    name = "\u202eeman\x1b[31m\n" + "x" * 150 + ".ipynb"
    write(tmp_path, name, notebook("a", "a_test", "b"))
    _, (note,) = recognise_notebooks(tmp_path, ASKED)
    assert note.reason.isprintable()
    assert len(note.reason) < 200


def test_a_released_notebook_tells_what_went_out(tmp_path):
    content = notebook("b", "a")
    content.cells.append(new_code_cell(source="# prose", id="plain"))
    out = read_released_notebook(write(tmp_path, "workbook.ipynb", content))
    assert out.order == ("b", "a")
    assert out.ids == {"id-b": "b", "id-a": "a", "plain": ""}
    assert out.texts == {"b": "# b", "a": "# a"}
    assert out.others == {"# prose"}
    assert read_released_notebook(tmp_path / "missing.ipynb").order == ()
