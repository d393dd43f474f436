"""Cells that are missing, copied, moved, or whose nbgrader record is damaged."""

import copy

import nbformat

from .register import notebook
from .unit import all_wrong, answer, cell, first


@notebook
def repaired_test_cell_copied(nb):
    twin = copy.deepcopy(cell(nb, "letters_test"))
    twin.id = "a-copy"
    nb.cells.append(twin)


@notebook
def repaired_answer_cell_copied_the_last_one_counts(nb):
    twin = copy.deepcopy(cell(nb, "letters"))
    twin.id, twin.source = "a-copy", "letters = 100"
    nb.cells.insert(nb.cells.index(cell(nb, "letters")) + 1, twin)


@notebook
def repaired_schema_version_99(nb):
    cell(nb, "letters_test").metadata.nbgrader.schema_version = 99


@notebook
def repaired_schema_version_missing(nb):
    del cell(nb, "letters_test").metadata.nbgrader["schema_version"]


@notebook
def repaired_schema_version_old(nb):
    cell(nb, "square_test").metadata.nbgrader.schema_version = 1


@notebook
def restored_test_cell_deleted(nb):
    nb.cells.remove(cell(nb, "split_test"))


@notebook
def restored_test_cells_deleted_with_wrong_answers(nb):
    all_wrong(nb)
    for name in ("letters_test", "split_test", "square_test", "rate_test"):
        nb.cells.remove(cell(nb, name))


@notebook
def restored_metadata_of_test_cell_stripped(nb):
    cell(nb, "square_test").metadata = nbformat.from_dict({})


@notebook
def restored_all_metadata_and_ids_stripped(nb):
    for number, any_cell in enumerate(nb.cells):
        any_cell.metadata, any_cell.id = nbformat.from_dict({}), f"new-{number}"


@notebook
def restored_test_cell_as_markdown(nb):
    test = cell(nb, "letters_test")
    test.cell_type = "markdown"
    del test["outputs"], test["execution_count"]


@notebook
def restored_grade_id_changed(nb):
    cell(nb, "square_test").metadata.nbgrader.grade_id = "my-own-name"


@notebook
def restored_grade_id_missing(nb):
    del cell(nb, "letters").metadata.nbgrader["grade_id"]


@notebook
def restored_flags_flipped_with_a_test_of_ones_own(nb):
    all_wrong(nb)
    for name in ("letters_test", "square_test"):
        record = cell(nb, name).metadata.nbgrader
        record.solution, record.locked, record.points = True, False, 2000
    answer(nb, letters_test="2.0", square_test="assert True")


@notebook
def restored_test_of_ones_own_in_the_place_of_a_test(nb):
    all_wrong(nb)
    answer(nb, letters_test="2.0", split_test="3.0", square_test="assert True", rate_test="2.0")


@notebook
def scored_as_stock_tests_before_the_answers(nb):
    tests = [cell(nb, f"{name}_test") for name in ("letters", "split", "square", "rate")]
    for test in tests:
        nb.cells.remove(test)
    nb.cells = [*tests, *nb.cells]


@notebook
def points_kept_cells_of_another_exercise_pasted(nb):
    for grade, name in ((False, "elsewhere"), (True, "elsewhere_test")):
        pasted = nbformat.v4.new_code_cell("1 + 1")
        pasted.id = name
        pasted.metadata.nbgrader = nbformat.from_dict(
            {"grade": grade, "solution": not grade, "locked": grade, "task": False, "schema_version": 3}
            | {"grade_id": name, "checksum": "0", "cell_type": "code"}
            | ({"points": 50} if grade else {})
        )
        nb.cells.append(pasted)


@notebook
def points_kept_record_of_a_cell_is_nonsense(nb):
    """nbgrader's metadata is a string or has wrong types, on cells that are no part of an exercise."""
    nb.cells[0].metadata.nbgrader = "nonsense"
    first(nb, "1 + 1")
    nb.cells[0].metadata.nbgrader = nbformat.from_dict({"grade_id": 7, "grade": "yes", "points": None})


@notebook
def zero_answer_cell_deleted(nb):
    nb.cells.remove(cell(nb, "letters"))
