"""grading/cohort_report.ipynb, run on a made-up cohort. The committed file has nobody's data."""

import os

import pytest
from made_up import PEOPLE
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tiny_unit import REPOSITORY

from hindcast.kit.notebooks.normalise import notebook_text, read_notebook

NOTEBOOK = REPOSITORY / "grading" / "cohort_report.ipynb"
MOST_LINES = 8

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


def run(cohort):
    """The text of every output, as one."""
    notebook = read_notebook(NOTEBOOK)
    place = {"metadata": {"path": str(cohort.parents[1])}}
    done = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    return "\n".join(output.get("text") or output["data"]["text/plain"] for output in outputs)


@pytest.fixture(autouse=True)
def own_jupyter(tmp_path, monkeypatch):
    """Keep Jupyter from reading files of the person who runs the tests."""
    for variable in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")])
    )


def test_it_shows_the_cohorts_tables_and_answers_a_question_of_its_own(cohort, hand_in):
    for person in PEOPLE:
        hand_in(person.id, {"shares": (1, "count_is_rate"), "alerts": 3, "costs": "not attempted"})
    shown = run(cohort)
    assert "'spring'" in shown and "ana-1" in shown
    assert "count_is_rate" in shown and "designer" in shown
    assert "15 minutes: Take one belief apart" in shown


def test_it_runs_where_nobody_has_handed_in(cohort):
    assert "Nothing is graded yet" in run(cohort)


def test_a_cohort_that_is_not_there_is_its_sentence(cohort):
    (cohort / "nbgrader_config.py").unlink()
    with pytest.raises(CellExecutionError, match="Say which cohort"):
        run(cohort)


def test_what_is_committed_has_no_output_and_short_cells():
    notebook = read_notebook(NOTEBOOK)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(len(cell.source.splitlines()) <= MOST_LINES for cell in code)
    assert notebook_text(notebook) == NOTEBOOK.read_text(encoding="utf-8")
