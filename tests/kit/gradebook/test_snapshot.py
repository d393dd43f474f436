import datetime
import json
import shutil
import sqlite3
import threading
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from tiny_unit import UNIT

from hindcast.check import RESULT_MIME
from hindcast.errors import HindcastError
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.gradebook.snapshot import ranked_mistakes, read_gradebook, snapshot
from hindcast.kit.handin.record import write_record
from hindcast.kit.notebooks.results import shown_as
from hindcast.kit.roster.roster import Learner, write_roster

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

NOON = datetime.datetime(2026, 5, 4, 12)


@pytest.fixture
def cohort(tiny, tmp_path):
    people = [Learner(name, f"{name.title()} Lima", "", "other", "workbook") for name in ("ana", "bo", "cy")]
    write_roster(people, tmp_path / "roster.csv")
    return new_cohort(tiny, "spring", tmp_path / "roster.csv")


def outputs(status, *mistakes):
    data = {"exercise": "letters", "status": status, "points": 0.0, "of": 2.0, "mistakes": list(mistakes)}
    return [new_output("display_data", {"text/plain": "shown", RESULT_MIME: data})]


def graded(cohort, learner, status="scored", *mistakes):
    """A graded notebook as stock nbgrader leaves it: the result is in the cell's outputs."""
    record = {"grade": True, "grade_id": "letters_test", "points": 2, "solution": False, "locked": True}
    cell = new_code_cell("check", metadata={"nbgrader": record}, outputs=outputs(status, *mistakes))
    folder = cohort / "autograded" / learner / UNIT
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[cell]), folder / "workbook.ipynb")
    return folder


def points(cohort, learner, auto=None, manual=None, extra=None, waits=False, at=NOON):
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.update_or_create_submission(UNIT, learner, timestamp=at)
        grade = gradebook.find_grade("letters_test", "workbook", UNIT, learner)
        grade.auto_score, grade.manual_score, grade.extra_credit = auto, manual, extra
        grade.needs_manual_grade = waits
        gradebook.db.commit()


def scores_of(cohort):
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        return {
            submission.student.id: submission.score for submission in gradebook.assignment_submissions(UNIT)
        }


def test_points_are_those_of_nbgrader(cohort):
    for learner, given in {
        "ana": {"auto": 1.5},
        "bo": {"auto": 0.0, "manual": 1.0, "extra": 0.5},
        "cy": {"extra": 1.0, "waits": True},
    }.items():
        graded(cohort, learner)
        points(cohort, learner, **given)
    tables = read_gradebook(cohort)
    assert dict(zip(tables.notebooks["learner"], tables.notebooks["points"], strict=True)) == scores_of(
        cohort
    )
    assert scores_of(cohort) == {"ana": 1.5, "bo": 1.5, "cy": 0.0}
    assert list(tables.answers["by_hand"]) == [False, True, False]
    assert list(tables.answers["waits"]) == [False, False, True]
    assert set(tables.answers["of"]) == set(tables.notebooks["of"]) == {2.0}


def test_a_notebook_that_nobody_handed_in_is_not_there_whatever_nbgrader_has_of_it(cohort):
    points(cohort, "ana", auto=1.0)
    tables = read_gradebook(cohort)
    assert tables.notebooks.empty and tables.answers.empty
    assert list(tables.learners["id"]) == ["ana", "bo", "cy"]


def test_a_hand_in_that_waits_for_the_grader_has_no_points_yet(cohort):
    folder = cohort / "submitted" / "ana" / UNIT
    folder.mkdir(parents=True)
    shutil.copy(cohort.parents[2] / "course" / UNIT / "workbook.ipynb", folder)
    (row,) = read_gradebook(cohort).notebooks.itertuples()
    assert (row.learner, row.notebook, row.graded) == ("ana", "workbook", False)
    assert row.points != row.points


def test_late_is_after_the_date_due_and_without_a_date_nobody_is_late(cohort):
    for learner, minutes in (("ana", -1), ("bo", 1)):
        graded(cohort, learner)
        points(cohort, learner, auto=1.0, at=NOON + datetime.timedelta(minutes=minutes))
    assert list(read_gradebook(cohort).notebooks["late"]) == [False, False]
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate=NOON)
    tables = read_gradebook(cohort)
    assert list(tables.notebooks["late"]) == [False, True]
    assert tables.units["due"][0].isoformat() == "2026-05-04T12:00:00+00:00"


def test_more_time_for_a_learner_makes_nobody_late_before_it_ends(cohort):
    for learner in ("ana", "bo"):
        graded(cohort, learner)
        points(cohort, learner, auto=1.0, at=NOON + datetime.timedelta(minutes=5))
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate=NOON)
        gradebook.grant_extension(UNIT, "ana", minutes=10)
    assert list(read_gradebook(cohort).notebooks["late"]) == [False, True]


def test_a_damaged_roster_is_one_sentence_and_nobody_loses_their_track(cohort):
    (cohort / "roster.csv").write_text("id,name\nana,Ana\n", encoding="utf-8")
    with pytest.raises(HindcastError, match="no column email, role, track"):
        read_gradebook(cohort)


def test_results_come_from_the_graders_record_and_without_one_from_the_notebook(cohort):
    for learner in ("ana", "bo"):
        folder = graded(cohort, learner, "scored", "count_is_rate")
        points(cohort, learner, auto=1.0)
    shown = shown_as("letters", {"status": "incomplete", "points": 0, "of": 2, "mistakes": []})
    write_record(folder, "print", [], {"workbook": {"letters": shown}})
    answers = read_gradebook(cohort).answers.set_index("learner")
    assert (answers["status"]["ana"], answers["mistakes"]["ana"]) == ("scored", ("count_is_rate",))
    assert (answers["status"]["bo"], answers["mistakes"]["bo"]) == ("incomplete", ())


@pytest.mark.parametrize(
    "record",
    ["", "[]", "{}", '{"submission": "x", "notes": []}', '{"results": 3}', '{"results": {"workbook": [1]}}'],
)
def test_a_record_that_is_damaged_or_older_gives_way_to_the_notebook(cohort, record):
    graded(cohort, "ana", "badly formed").joinpath(".hindcast.json").write_text(record)
    points(cohort, "ana", auto=0.0)
    assert list(read_gradebook(cohort).answers["status"]) == ["badly formed"]


@pytest.mark.parametrize("text", ["", "{", json.dumps({"cells": 3}), json.dumps({"cells": [{}]})])
def test_a_graded_notebook_that_cannot_be_read_keeps_its_points_and_has_no_result(cohort, text):
    graded(cohort, "ana").joinpath("workbook.ipynb").write_text(text)
    points(cohort, "ana", auto=1.0)
    (row,) = read_gradebook(cohort).answers.itertuples()
    assert (row.points, row.status, row.mistakes) == (1.0, "", ())


def test_a_mistake_is_ranked_by_how_many_people_made_it(cohort):
    for learner, made in (
        ("ana", ("base_rate_ignored", "count_is_rate")),
        ("bo", ("count_is_rate",)),
        ("cy", ()),
    ):
        graded(cohort, learner, "scored", *made)
        points(cohort, learner, auto=1.0)
    ranked = ranked_mistakes(read_gradebook(cohort).answers)
    assert list(ranked.itertuples(index=False, name=None)) == [
        ("count_is_rate", 2),
        ("base_rate_ignored", 1),
    ]


def test_who_is_in_the_gradebook_alone_is_a_learner_without_role(cohort):
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.add_student("dee", first_name="Dee", last_name="Okoye", email=None)
    (cohort / "roster.csv").unlink()
    learners = read_gradebook(cohort).learners.set_index("id")
    assert tuple(learners.loc["dee"]) == ("Dee Okoye", "", "", "")
    assert learners["name"]["bo"] == "Bo Lima"


# --- beside a grader -------------------------------------------------------------------------------


def database(cohort):
    return cohort / "gradebook.db"


def test_a_reader_waits_for_a_writers_transaction_and_sees_all_of_it(cohort):
    graded(cohort, "ana")
    points(cohort, "ana", auto=0.5)
    writer = sqlite3.connect(database(cohort), isolation_level=None, check_same_thread=False)
    writer.execute("begin exclusive")
    writer.execute("update grade set auto_score = 2")

    def commit():
        time.sleep(0.5)
        writer.execute("commit")

    other = threading.Thread(target=commit)
    other.start()
    assert list(read_gradebook(cohort).answers["points"]) == [2.0]
    other.join()
    writer.close()


def test_a_writer_is_not_kept_waiting_by_a_reader(cohort):
    with snapshot(gradebook_url(cohort)) as db:
        before = db.exec_driver_sql("select count(*) from student").scalar()
        with sqlite3.connect(database(cohort), timeout=0) as writer:
            writer.execute("insert into student (id) values ('new')")
        writer.close()
        assert db.exec_driver_sql("select count(*) from student").scalar() == before
    assert "new" in set(read_gradebook(cohort).learners["id"])


def test_nothing_that_is_read_changes_the_gradebook(cohort):
    before = database(cohort).read_bytes()
    with snapshot(gradebook_url(cohort)) as db:
        db.exec_driver_sql("delete from student")
        db.commit()
    assert database(cohort).read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 100, b""])
def test_a_gradebook_that_is_none_is_one_sentence(cohort, content):
    database(cohort).write_bytes(content)
    with pytest.raises(HindcastError, match=r"gradebook .* could not be read"):
        read_gradebook(cohort)


def test_a_missing_gradebook_is_one_sentence_and_stays_missing(cohort):
    database(cohort).unlink()
    with pytest.raises(HindcastError, match="There is no gradebook"):
        read_gradebook(cohort)
    assert not database(cohort).exists()
