"""Rules that every notebook of the course keeps, checked in solutions/ and course/."""

import ast
import builtins
import re
from pathlib import Path

import nbformat
import pytest

from hindcast import check
from hindcast.kit.checkout import graded_units
from hindcast.kit.notebooks.answer_banks import rubric_lines, rubrics

ROOT = Path(__file__).parents[1]
SOLVED = sorted((ROOT / "solutions").glob("*/*.ipynb"))
LESSONS = [path for path in SOLVED if path.stem == "lesson"]
EXERCISED = [path for path in SOLVED if path.stem in ("workbook", "bench")]
NAME = {"argvalues": SOLVED, "ids": [f"{path.parent.name}/{path.stem}" for path in SOLVED]}


# what build, release and the gradebook's filter ("[wb]*" gives points) know; the glossary is prose alone
KINDS = {"lesson", "workbook", "bench", "field", "glossary"}


def cells(path):
    return nbformat.read(path, as_version=4).cells


def released(path):
    return ROOT / "course" / path.parent.name / path.name


def folded(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def record(cell):
    return cell.metadata.get("nbgrader", {})


def scored(path):
    """(prose above, answer cell, the cell that gives points) of each exercise; a free text is its own."""
    found, prose, answer = [], [], None
    for cell in cells(path):
        if record(cell).get("solution"):
            answer = cell
        elif cell.cell_type == "markdown":
            prose.append(cell.source)
        if record(cell).get("grade"):
            found.append(("\n".join(prose), answer, cell))
            prose = []
    return found


def exercises(path):
    """(prose above, answer cell, test cell) of each exercise that a test scores, in order."""
    return [exercise for exercise in scored(path) if exercise[1] is not exercise[2]]


def free_texts(path):
    """(prose above, answer cell) of each exercise that a person scores, in order."""
    return [(prose, answer) for prose, answer, cell in scored(path) if answer is cell]


def test_there_are_units_to_look_at():
    assert {path.parent.name for path in SOLVED} >= {"00_starting_here", "06_reading_classifications"}


@pytest.mark.parametrize("path", **NAME)
def test_a_notebook_is_of_a_kind_that_the_course_knows(path):
    assert path.stem in KINDS
    assert path.stem != "glossary" or path.parent.name == "00_starting_here"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.parent.name)
def test_a_designer_reads_at_most_ten_lines_of_code_in_a_lesson(path):
    open_code = [
        cell.source for cell in cells(released(path)) if cell.cell_type == "code" and not folded(cell)
    ]
    lines = [line for source in open_code for line in source.splitlines() if line.strip()]
    assert len(lines) <= 10, lines


@pytest.mark.parametrize("path", **NAME)
def test_a_folded_cell_says_in_its_first_line_what_it_does(path):
    for cell in cells(path):
        if folded(cell):
            assert re.match(r"# [A-Z].{5,44}\n", cell.source), cell.source[:80]


@pytest.mark.parametrize("path", **NAME)
def test_every_cell_ran_and_left_neither_an_error_nor_a_warning(path):
    for cell in cells(path):
        if cell.cell_type == "code":
            assert cell.execution_count, cell.source[:80]
            kinds = {output.get("name", output.output_type) for output in cell.outputs}
            assert not kinds & {"error", "stderr"}, cell.source[:80]


@pytest.mark.parametrize("path", **NAME)
def test_every_picture_has_a_sentence_that_says_the_same(path):
    for cell in cells(path):
        outputs = [output.data for output in cell.get("outputs", []) if "data" in output]
        for place, data in enumerate(outputs):
            if "image/png" in data and "nbval-ignore-output" not in cell.metadata.get("tags", []):
                sentence = outputs[place + 1]["text/markdown"]
                assert sentence == data["text/plain"]
                assert len(sentence.split()) >= 8


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.parent.name)
def test_a_lesson_has_minutes_objectives_key_points_monday_questions_and_a_worksheet(path):
    prose = "\n".join(cell.source for cell in cells(path) if cell.cell_type == "markdown")
    for part in (
        r"\d+ minutes",
        r"you can\b",
        "## What to keep",
        "## What to ask a data scientist on Monday",
        "Worksheet",
    ):
        assert re.search(part, prose), part


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_exercise_states_the_role_the_points_and_what_the_answer_is_for(path):
    assert exercises(path)
    for prose, answer, scores in scored(path):
        name, points = record(answer)["grade_id"], record(scores)["points"]
        assert "**You are**" in prose, name
        assert re.search(r"\*\*With your\s+\S+\*\*", prose.replace("\n", " ")), name
        assert f"({points:g} points" in prose, name
    for _, answer, test in exercises(path):
        name, points = record(answer)["grade_id"], record(test)["points"]
        assert record(test)["grade_id"] == f"{name}_test"
        assert re.search(rf'check\.read\(\s*"{name}",\s*points={points:g},', test.source), name


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_cell_above_a_free_text_names_for_each_point_what_earns_it_and_what_does_not(path):
    released_cells = cells(released(path))
    places = {record(cell).get("grade_id"): number for number, cell in enumerate(released_cells)}
    for _, answer in free_texts(path):
        name = record(answer)["grade_id"]
        assert answer.cell_type == "markdown", name
        rubric = released_cells[places[name] - 1]
        assert rubric is released_cells[places[f"{name}_rubric"]], name
        assert rubric.metadata.editable is rubric.metadata.deletable is False, name
        assert len(rubric_lines(rubric)) == record(answer)["points"], name
        for line in re.split(r"^\d+\. ", rubric.source, flags=re.MULTILINE)[1:]:
            assert re.findall(r"\* \*(Earns .+?):\*", line) == ["Earns the point", "Earns nothing"], name
        assert released_cells[places[name]].source == "Write here.", name


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_rubric_belongs_to_a_free_text(path):
    names = {record(answer)["grade_id"] for _, answer in free_texts(path)}
    assert set(rubrics(nbformat.read(path, as_version=4))) == names


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_points_in_a_notebooks_head_are_those_of_its_exercises(path):
    said = int(re.search(r"\*\*Points:\*\* (\d+)", cells(path)[0].source)[1])
    assert said == sum(record(scores)["points"] for *_, scores in scored(path))


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_minutes_in_a_notebooks_head_are_those_of_its_exercises(path):
    said = re.search(r"\*\*Time:\*\* (?:(\d+) to )?(\d+) minutes", cells(path)[0].source)
    least, most = int(said[1] or said[2]), int(said[2])
    headings = [re.search(r"^## \d.* (\d+) minutes\)$", prose, re.MULTILINE) for prose, *_ in scored(path)]
    assert least <= sum(int(heading[1]) for heading in headings) <= most


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_test_cell_is_locked_folded_and_may_stop_with_its_sentence(path):
    for *_, test in exercises(path):
        assert record(test)["locked"]
        assert not record(test)["solution"]
        assert folded(test)
        assert "raises-exception" in test.metadata.tags


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_validate_shows_of_a_test_cell_fits_a_screen_at_200_per_cent(path):
    for *_, test in exercises(path):
        visible = test.source.partition("### BEGIN HIDDEN TESTS")[0]
        assert max(map(len, visible.splitlines())) <= 72, record(test)["grade_id"]


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_hidden_part_is_one_function_so_that_its_helpers_do_not_stay_in_the_notebook(path):
    for *_, test in exercises(path):
        hidden = re.search(r"### BEGIN HIDDEN TESTS\n(.*)### END HIDDEN TESTS", test.source, re.DOTALL)[1]
        judged, called = ast.parse(hidden).body
        assert (type(judged), judged.name) == (ast.FunctionDef, "_judged"), record(test)["grade_id"]
        assert ast.unparse(called) == "_judged(answer)", record(test)["grade_id"]


def names_from_elsewhere(source):
    """The names a cell uses but does not make: those of the notebook, and those of Python."""
    made, used = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, ast.FunctionDef):
            made.add(node.name)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).split(".")[0])
    return used - made - set(dir(builtins)), used & set(dir(builtins))


@pytest.mark.parametrize("path", EXERCISED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_test_cell_reads_the_notebook_only_through_check(path):
    for *_, test in exercises(path):
        elsewhere, pythons_own = names_from_elsewhere(test.source)
        assert not elsewhere, record(test)["grade_id"]
        assert pythons_own <= set(check.PYTHONS_OWN), record(test)["grade_id"]


@pytest.mark.parametrize("unit", graded_units(ROOT)[1:])  # the first, starting here, has one to begin with
@pytest.mark.parametrize(("name", "least"), [("workbook", 4), ("bench", 3)])
def test_a_workbook_has_at_least_four_exercises_and_a_bench_three(name, least, unit):
    path = ROOT / "solutions" / unit / f"{name}.ipynb"
    there = len(exercises(path)) if path.is_file() else least
    assert there >= least, f"{path} has {there} of at least {least} exercises: write the others"


@pytest.mark.parametrize("path", **NAME)
def test_prose_has_no_exclamation_marks_and_no_machine_paths(path):
    for cell in cells(path):
        if cell.cell_type == "markdown":
            assert "!" not in cell.source, cell.source
        assert str(ROOT) not in str(cell)


@pytest.mark.parametrize("path", **NAME)
def test_every_link_to_another_notebook_leads_somewhere(path):
    for cell in cells(path):
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+\.ipynb)(?:#[^)]*)?\)", cell.source):
                assert (path.parent / target).exists(), target
                assert (released(path).parent / target).exists(), target
