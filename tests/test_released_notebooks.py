"""Nothing that a learner opens holds a solution, a hidden test, or an answer in an output."""

import json
import re
from pathlib import Path

import pytest

from hindcast.kit.notebooks.answer_banks import answer_cells, text_cells
from hindcast.kit.notebooks.normalise import read_notebook

ROOT = Path(__file__).resolve().parents[1]
RELEASED = sorted((ROOT / "course").glob("*/*.ipynb"))
SECRET = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", re.DOTALL)
TELLING = 12  # shorter lines, such as a bracket or a return, tell no solution

released = pytest.mark.parametrize("path", RELEASED, ids=lambda path: f"{path.parent.name}/{path.stem}")


def lines(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) > TELLING}


def secret_lines(source: Path) -> set[str]:
    """What only the solutions, hidden tests and written free texts of a source notebook say."""
    notebook = read_notebook(source)
    texts = list(text_cells(notebook).values())
    cells = [cell for cell in notebook.cells if cell not in texts]
    visible = "\n".join(SECRET.sub("", cell.source) for cell in cells)
    secret = {line for cell in cells for region in SECRET.finditer(cell.source) for line in lines(region[0])}
    secret |= {line for cell in texts for line in lines(cell.source)}
    return {line for line in secret if line not in visible}


@released
def test_a_released_notebook_holds_no_line_of_a_solution_or_hidden_test(path):
    told = path.read_text(encoding="utf-8")
    secrets = secret_lines(ROOT / "solutions" / path.parent.name / path.name)
    leaked = sorted(line for line in secrets if json.dumps(line, ensure_ascii=False)[1:-1] in told)
    assert not leaked, f"{path} tells: {leaked}"


@released
def test_a_released_notebook_has_no_mark_of_a_region(path):
    marks = re.findall("(?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)", path.read_text(encoding="utf-8"))
    assert not marks, f"{path} still has {marks}"


@released
def test_a_released_notebook_has_never_run(path):
    for cell in read_notebook(path).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None, (
            f"{path}: {cell.id} has an output"
        )


@released
def test_an_answer_cell_keeps_a_stub_to_start_from(path):
    empty = [
        exercise for exercise, cell in answer_cells(read_notebook(path)).items() if not cell.source.strip()
    ]
    assert not empty, f"{path}: nothing is left to start from in {empty}"


def test_a_free_text_is_among_the_secrets():
    source = ROOT / "solutions" / "09_backdating_a_model" / "workbook.ipynb"
    assert any("Nobody planned with it" in line for line in secret_lines(source))


def test_the_sources_do_have_secrets_to_keep():
    sources = [path for path in (ROOT / "solutions").glob("*/*.ipynb") if path.stem in ("workbook", "bench")]
    assert sources and all(len(secret_lines(path)) > 5 for path in sources)
