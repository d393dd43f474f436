"""Rows are copied out of a gradebook and back, and what a person entered stays."""

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine

from hindcast.kit.grade.assignment import asked_cells
from hindcast.kit.gradebook import location, manual_grading, transfer

# nbgrader adds a submission in parts, and SQLAlchemy warns of it
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture
def url(tmp_path):
    made = f"sqlite:///{tmp_path / 'gradebook.db'}"
    transfer.make_private_gradebook(made)
    with Gradebook(made, "") as gradebook:
        gradebook.add_assignment("unit")
        gradebook.add_notebook("workbook", "unit")
        gradebook.add_source_cell("a", "workbook", "unit", cell_type="code", source="a = 1", checksum="x")
        gradebook.add_solution_cell("a", "workbook", "unit")
        gradebook.add_source_cell(
            "a_test", "workbook", "unit", cell_type="code", source="assert a", checksum="y", locked=True
        )
        gradebook.add_grade_cell("a_test", "workbook", "unit", max_score=3, cell_type="code")
        gradebook.add_assignment("another")
        gradebook.add_student("ana")
        gradebook.add_submission("unit", "ana")
        gradebook.add_submission("another", "ana")
    return made


def rows_of(url, learner="ana"):
    engine = create_engine(url)
    with engine.connect() as db:
        assignment = transfer.assignment_rows(db, "unit")
        rows = transfer.submission_rows(db, assignment, learner)
    engine.dispose()
    return assignment, rows


def test_an_unknown_assignment_has_no_rows(url):
    with create_engine(url).connect() as db:
        assert transfer.assignment_rows(db, "none") == {}


def test_the_cells_asked_for_are_read_with_their_kinds(url):
    assignment, _ = rows_of(url)
    (answer, test) = asked_cells(assignment)["workbook"]
    assert (answer.name, answer.solution, answer.grade, answer.points) == ("a", True, False, None)
    assert (test.name, test.grade, test.locked, test.points) == ("a_test", True, True, 3.0)


def test_rows_put_into_a_private_gradebook_are_the_same_hand_in(url, tmp_path):
    assignment, rows = rows_of(url)
    private = f"sqlite:///{tmp_path / 'private.db'}"
    transfer.make_private_gradebook(private)
    with create_engine(private).begin() as db:
        transfer.insert_rows(db, assignment)
        transfer.insert_rows(db, rows)
    with Gradebook(private, "") as gradebook:
        submission = gradebook.find_submission("unit", "ana")
        assert [notebook.name for notebook in submission.notebooks] == ["workbook"]
    assert rows_of(private) == (assignment, rows)
    with create_engine(private).begin() as db:
        transfer.clear_submissions(db)
    assert rows_of(private)[1]["submitted_assignment"] == []
    assert rows_of(private)[0] == assignment


def test_merging_writes_what_autograding_owns_and_nothing_a_person_gave(url):
    _, rows = rows_of(url)
    rows["grade"][0] |= {"auto_score": 2.0, "needs_manual_grade": False}
    rows["comment"][0] |= {"auto_comment": "No response."}
    with Gradebook(url, "") as gradebook:
        grade = gradebook.find_grade("a_test", "workbook", "unit", "ana")
        grade.manual_score, grade.extra_credit = 3.0, 1.0
        gradebook.find_comment("a", "workbook", "unit", "ana").manual_comment = "Well seen."
        gradebook.db.commit()
    with create_engine(url).begin() as db:
        transfer.merge_rows(db, rows)
    with Gradebook(url, "") as gradebook:
        grade = gradebook.find_grade("a_test", "workbook", "unit", "ana")
        assert (grade.auto_score, grade.manual_score, grade.extra_credit) == (2.0, 3.0, 1.0)
        comment = gradebook.find_comment("a", "workbook", "unit", "ana")
        assert (comment.auto_comment, comment.manual_comment) == ("No response.", "Well seen.")


def test_merging_a_new_hand_in_adds_learner_and_rows_and_twice_is_once(url, tmp_path):
    _, rows = rows_of(url)
    new = {
        "student": [rows["student"][0] | {"id": "ben"}],
        "submitted_assignment": [rows["submitted_assignment"][0] | {"id": "s", "student_id": "ben"}],
        "submitted_notebook": [rows["submitted_notebook"][0] | {"id": "n", "assignment_id": "s"}],
        "grade": [rows["grade"][0] | {"id": "g", "notebook_id": "n", "auto_score": 1.0}],
        "comment": [],
    }
    for _ in range(2):
        with create_engine(url).begin() as db:
            transfer.merge_rows(db, new)
    assert rows_of(url, "ben")[1]["grade"] == new["grade"]
    assert rows_of(url)[1] == rows


def test_who_is_graded_and_who_waits_for_a_person(url):
    assignment, rows = rows_of(url)
    engine = create_engine(url)
    with engine.begin() as db:
        assert manual_grading.grades_waiting(db, assignment) == {"ana": {("workbook", "a_test")}}
        rows["grade"][0]["needs_manual_grade"] = False
        transfer.merge_rows(db, rows)
        assert manual_grading.grades_waiting(db, assignment) == {"ana": set()}


def test_the_fingerprint_changes_with_the_test_and_its_points(url):
    assignment, _ = rows_of(url)
    before = transfer.assignment_fingerprint(assignment)
    assert transfer.assignment_fingerprint(rows_of(url)[0]) == before
    assignment["grade_cells"][0]["max_score"] = 4.0
    points = transfer.assignment_fingerprint(assignment)
    assignment["source_cell"][0]["checksum"] = "z"
    assert len({before, points, transfer.assignment_fingerprint(assignment)}) == 3


@pytest.mark.parametrize(
    ("url", "patient"),
    [
        ("sqlite:///a.db", "sqlite:///a.db?timeout=60"),
        ("sqlite:///a.db?mode=rw", "sqlite:///a.db?mode=rw&timeout=60"),
        ("sqlite:///a.db?timeout=3", "sqlite:///a.db?timeout=3"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_sqlite_waits_for_another_writer(url, patient):
    assert location.with_timeout(url) == patient
