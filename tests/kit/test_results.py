import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tiny_unit import UNIT

from hindcast.check import RESULT_MIME
from hindcast.kit.cohort import gradebook_url, new_cohort
from hindcast.kit.results import Points, mistakes_of, not_scored, points_of, results_of
from hindcast.kit.roster import Learner, write_roster


def result(exercise, status="scored", points=0.0, mistakes=()):
    data = {"exercise": exercise, "status": status, "points": points, "of": 2.0, "mistakes": list(mistakes)}
    return new_output("display_data", {"text/plain": f"shown for {exercise}", RESULT_MIME: data})


def graded(exercise, *outputs):
    record = {"grade": True, "grade_id": f"{exercise}_test", "points": 2, "solution": False, "locked": True}
    return new_code_cell("check", metadata={"nbgrader": record}, outputs=list(outputs))


def test_a_result_is_read_with_everything_the_learner_saw():
    raised = new_output("error", ename="NotReady", evalue="Still to be filled in.", traceback=[])
    (shown,) = results_of(
        new_notebook(cells=[graded("thing", result("thing", "incomplete"), raised)])
    ).values()
    assert (shown.exercise, shown.status, shown.of) == ("thing", "incomplete", 2.0)
    assert shown.text == "shown for thing\nStill to be filled in."


def test_a_result_that_a_learner_displays_elsewhere_counts_for_nothing():
    forged = new_code_cell("display", outputs=[result("thing", points=2.0)])
    assert results_of(new_notebook(cells=[forged, graded("thing")])) == {}


def test_of_several_results_in_a_test_cell_the_last_counts():
    cell = graded("thing", result("thing", points=2.0), result("thing", points=1.0))
    assert results_of(new_notebook(cells=[cell]))["thing"].points == 1.0


def hand_back(cohort, learner, *outputs):
    folder = cohort / "autograded" / learner / UNIT
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[graded("letters", *outputs)]), folder / "workbook.ipynb")


def test_a_mistake_is_ranked_by_how_many_learners_made_it(tmp_path):
    hand_back(tmp_path, "a", result("letters", mistakes=["rare", "common"]))
    hand_back(tmp_path, "b", result("letters", mistakes=["common"]))
    hand_back(tmp_path, "c", result("letters", "not attempted"))
    assert mistakes_of(tmp_path) == [("common", 2), ("rare", 1)]
    assert not_scored(tmp_path) == {"not attempted": 1}


@pytest.fixture
def cohort(tiny, tmp_path):
    write_roster(
        [Learner(name, name, "", "other", "workbook") for name in ("ana", "bo", "cy")],
        tmp_path / "roster.csv",
    )
    return new_cohort(tiny, "spring", tmp_path / "roster.csv")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own, with SQLAlchemy 2.1
def test_points_come_from_the_gradebook_and_say_who_handed_in(cohort):
    from nbgrader.api import Gradebook

    hand_back(cohort, "ana", result("letters", points=0.0))
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for learner, points in (("ana", 1.5), ("bo", 0.0)):
            gradebook.add_submission(UNIT, learner)
            gradebook.find_grade("letters_test", "workbook", UNIT, learner).auto_score = points
        gradebook.db.commit()
    assert points_of(cohort) == [
        Points("ana", UNIT, "workbook", 1.5, 2.0, handed_in=True),
        Points("bo", UNIT, "workbook", 0.0, 2.0, handed_in=False),
    ]
