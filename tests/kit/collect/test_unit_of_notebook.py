"""The unit and notebook of a file: found by its cells, whatever the file is called."""

import json

import pytest
import sqlalchemy
from arriving import DUE, REPOSITORY, U00, U02, U06, U09, notebook
from nbgrader.api import Gradebook

from hindcast.errors import HindcastError
from hindcast.kit.collect.arrivals import FILE, FOLDER, Sign
from hindcast.kit.collect.unit_of_notebook import CourseNotebooks, Recogniser, read_course_notebooks
from hindcast.kit.gradebook.transfer import make_private_gradebook


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> CourseNotebooks:
    url = f"sqlite:///{tmp_path_factory.mktemp('book') / 'gradebook.db'}"
    make_private_gradebook(url)
    with Gradebook(url, "") as gradebook:
        gradebook.add_assignment(U06, duedate=DUE)
        gradebook.add_assignment("11_of_our_own")
        gradebook.add_notebook("workbook", "11_of_our_own")
        gradebook.add_grade_cell("ours_test", "workbook", "11_of_our_own", max_score=1, cell_type="code")
    engine = sqlalchemy.create_engine(url)
    yield read_course_notebooks(REPOSITORY, engine)
    engine.dispose()


def signs(*names):
    return [Sign(FILE if at == len(names) - 1 else FOLDER, name) for at, name in enumerate(names)]


def which(course, raw, *names, only=None):
    return Recogniser(course, only).which(raw, signs(*(names or ("whatever",))))


@pytest.mark.parametrize("path", sorted((REPOSITORY / "course").glob("*/*.ipynb")), ids=str)
def test_every_notebook_of_the_course_is_recognised_and_only_some_give_points(course, path):
    found = which(course, path.read_bytes())
    assert (found.unit, found.notebook) == (path.parent.name, path.stem)
    assert found.graded == (path.stem in ("workbook", "bench"))


def test_the_date_due_and_the_units_of_a_companys_own_come_from_the_gradebook(course):
    assert course.due == {U06: DUE}
    assert course.units == [U00, U02, U06, U09, "11_of_our_own"]
    cell = {
        "cell_type": "code",
        "source": "",
        "metadata": {"nbgrader": {"grade_id": "ours_test"}},
        "outputs": [],
    }
    raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    assert which(course, json.dumps(raw).encode()).unit == "11_of_our_own"


def test_a_notebook_that_lost_nbgraders_records_is_known_by_its_cells_ids(course):
    content = json.loads(notebook(U09, "bench"))
    for cell in content["cells"]:
        cell["metadata"] = {}
    found = which(course, json.dumps(content).encode())
    assert (found.unit, found.notebook, found.graded) == (U09, "bench", True)


def test_a_notebook_with_less_than_half_of_the_cells_is_not_guessed(course):
    content = json.loads(notebook(U06))
    content["cells"] = content["cells"][:6]
    found = which(course, json.dumps(content).encode())
    assert (found.unit, found.reason) == ("", "Its cells are those of no notebook of this course.")


def test_two_notebooks_pasted_into_one_are_not_guessed(course):
    content = json.loads(notebook(U06))
    content["cells"] += json.loads(notebook(U09))["cells"]
    assert "equally well" in which(course, json.dumps(content).encode()).reason


def test_what_the_trainer_says_settles_a_tie_but_not_against_the_cells(course):
    content = json.loads(notebook(U06))
    content["cells"] += json.loads(notebook(U09))["cells"]
    assert which(course, json.dumps(content).encode(), only=U09).unit == U09
    refused = which(course, notebook(U02), only=U06)
    assert (refused.unit, refused.reason) == ("", f"Its cells are those of {U02}/workbook, not of {U06}.")
    assert not which(course, notebook(U02, "lesson"), only=U02).graded


def test_with_the_unit_said_a_notebook_of_other_cells_is_its_only_one_or_none(course):
    empty = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
    assert which(course, empty, only=U00).notebook == "workbook"
    assert "do not say whether it is bench or workbook" in which(course, empty, only=U06).reason


def test_a_unit_that_is_none_is_an_error(course):
    with pytest.raises(HindcastError, match="There is no unit '07_x' that gives points"):
        Recogniser(course, "07_x")


def test_half_a_notebook_is_known_by_the_cells_that_are_left(course):
    raw = notebook(U06)
    found = which(course, raw[: len(raw) * 9 // 10])
    assert (found.unit, found.notebook, found.graded) == (U06, "workbook", True)
    assert "is not JSON" in found.damaged


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ((U06, "workbook"), (U06, "workbook")),
        (("reading classifications", "Re_ workbook (2)"), (U06, "workbook")),
        (("Unit 6", "bench"), (U06, "bench")),
        (("unit 06", "bench-1"), (U06, "bench")),
        ((f"{U02}_workbook",), (U02, "workbook")),
        ((U06, "okaforamara_12345_67890_workbook-1"), (U06, "workbook")),
        ((U06, "Amara Okafor_12_assignsubmission_file_workbook"), (U06, "workbook")),
        (("workbook",), ("", "")),
        ((U06, "amara"), ("", "")),
        ((U06, U09, "workbook"), ("", "")),
        (("unit 66", "workbook"), ("", "")),
        ((U00, "bench"), ("", "")),
    ],
)
@pytest.mark.parametrize("raw", [b"", b"not JSON", b"{}"])
def test_a_damaged_file_is_known_only_where_names_say_clearly_what_it_is(course, raw, names, key):
    found = which(course, raw, *names)
    assert (found.unit, found.notebook) == key
    assert bool(found.damaged) == bool(key[0])
    assert ("nothing says which notebook it was" in found.reason) == (not key[0])


def test_a_damaged_file_is_what_the_trainer_says(course):
    assert which(course, b"", "workbook", only=U09).unit == U09
    assert which(course, b"", "mine", only=U09).unit == ""
