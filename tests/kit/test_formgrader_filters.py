"""What the formgrader makes of a hand-in, with nbgrader's own template and this repository's settings."""

from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config.loader import PyFileConfigLoader

from hindcast import screens
from hindcast.kit.formgrader import formgrader_markup

GRADING = Path(__file__).resolve().parents[2] / "grading"
NOTE = {
    "nbgrader": {"grade": True, "solution": True, "locked": False, "grade_id": "note", "points": 3}
    | {"task": False, "schema_version": 3}
}
SCRIPTS = [
    "<script>steal()</script>",
    "<img src='x' onerror='steal()'>",
    "<svg onload='steal()'><circle/></svg>",
    "<a href='javascript:steal()'>here</a>",
    "<iframe srcdoc='<script>steal()</script>'></iframe>",
    "<form action='https://example.org/steal()'><input autofocus onfocus='steal()'></form>",
    "<style>@import 'https://example.org/steal()';</style>",
    "<div class='nbgrader_cell' data-x='steal()'>shown</div>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=steal()>",
]


def page(*cells):
    """The formgrader's page of a hand-in with these cells."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(GRADING)).load_config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    resources = {"base_url": "", "notebook_id": "workbook", "assignment_id": "unit", "index": 0, "total": 1}
    resources |= {
        "submission_id": "s",
        "student": "ana",
        "last_name": "",
        "first_name": "",
        "mathjax_url": "",
    }
    notebook = nbformat.from_dict(new_notebook(cells=list(cells)))
    return HTMLExporter(config=config).from_notebook_node(notebook, resources=resources)[0]


def body(*cells):
    """What a hand-in adds to the page: without the formgrader's own head."""
    return page(*cells).partition("<body")[2]


@pytest.mark.parametrize("bad", SCRIPTS)
def test_nothing_acts_in_a_text_an_output_or_a_markdown_output(bad):
    shown = [
        new_output("display_data", {"text/html": bad}),
        new_output("display_data", {"text/markdown": bad}),
        new_output("display_data", {"image/svg+xml": bad}),
        new_output("execute_result", {"text/html": bad}, execution_count=1),
    ]
    told = body(new_markdown_cell(f"Mine.\n\n{bad}", metadata=NOTE), new_code_cell("1", outputs=shown))
    assert "Mine." in told
    for sign in ("steal()", "<iframe", "onerror", "onload", "javascript:steal", "example.org"):
        assert sign not in told, sign
    assert told.count('class="panel panel-primary nbgrader_cell"') == 1
    assert "class='nbgrader_cell'" not in told and 'class="nbgrader_cell"' not in told


def test_a_script_as_an_output_is_not_shown():
    outputs = [new_output("display_data", {"application/javascript": "steal()", "text/plain": "words"})]
    assert "steal()" not in body(new_code_cell("1", outputs=outputs))


def test_text_keeps_its_form_code_its_colours_and_a_screen_its_boxes():
    screen = screens.dashboard("Larder · orders", [(7, "off by")])._repr_mimebundle_()
    box = {"text/html": '<div role="status" style="max-width: 44em">2 of 3 points.</div>'}
    outputs = [new_output("display_data", data) for data in (screen, box)]
    cells = [
        new_markdown_cell("## Mine\n\n* *one*\n\n| a | b |\n|---|---|\n| 1 | 2 |", metadata=NOTE),
        new_code_cell("answer = 1", outputs=outputs),
    ]
    told = body(*cells)
    for kept in (
        "<h2>Mine</h2>",
        "<em>one</em>",
        "<td>1</td>",
        'class="n"',
        'role="status"',
        "border-radius",
    ):
        assert kept in told, kept


def test_a_picture_that_a_cell_brings_along_is_shown_and_one_from_elsewhere_is_not():
    cell = new_markdown_cell("![mine](attachment:a.png) ![theirs](https://example.org/b.png)", metadata=NOTE)
    cell.attachments = {"a.png": {"image/png": "iVBORw0KGgo="}}
    told = body(cell)
    assert "data:image/png;base64,iVBORw0KGgo=" in told
    assert "example.org" not in told


def test_a_class_that_the_formgrader_looks_for_is_taken_away():
    assert formgrader_markup('<span class="save-icon">a</span>') == "<span>a</span>"
    assert formgrader_markup('<span class="kn">a</span>') == '<span class="kn">a</span>'
