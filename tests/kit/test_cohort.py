import shutil

import pytest
from tiny_unit import UNIT

from hindcast.errors import HindcastError
from hindcast.kit.cohort import gradebook_url, new_cohort
from hindcast.kit.roster import Learner, read_roster

HEADER = "id,name,email,role,track\n"
ANA = Learner("ana", "Ana Lima Prado", "ana@example.org", "designer", "workbook")
BO = Learner("bo-2", "Bo", "", "engineer", "workbook and bench")
ROWS = "ana,Ana Lima Prado,ana@example.org,designer,workbook\nbo-2,Bo,,engineer,workbook and bench\n"


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture(scope="module")
def spring(built, tmp_path_factory):
    """A cohort, made with nothing of the environment on PATH. Look, but do not write."""
    folder = tmp_path_factory.mktemp("spring")
    root = shutil.copytree(built, folder / "checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        return new_cohort(root, "spring", roster(folder, HEADER + ROWS))


def test_a_cohort_has_its_folders_roster_and_configuration(spring):
    files = ["autograded", "feedback", "gradebook.db", "nbgrader_config.py", "roster.csv", "submitted"]
    assert sorted(path.name for path in spring.iterdir()) == files
    assert read_roster(spring / "roster.csv") == [ANA, BO]


def test_a_gradebook_knows_the_learners_and_what_gives_points(spring):
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(spring), "") as gradebook:
        people = {
            student.id: (student.first_name, student.last_name, student.email)
            for student in gradebook.students
        }
        notebooks = [notebook.name for notebook in gradebook.find_assignment(UNIT).notebooks]
        points = gradebook.find_assignment(UNIT).max_score
    assert people == {"ana": ("Ana Lima", "Prado", "ana@example.org"), "bo-2": ("", "Bo", "")}
    assert (notebooks, points) == (["workbook"], 2)


def test_a_cohort_does_not_hold_a_path_of_the_machine_it_was_made_on(spring):
    assert str(spring.parents[2]) not in (spring / "nbgrader_config.py").read_text()


def test_a_gradebook_is_where_the_cohorts_configuration_says(spring, tmp_path):
    moved = tmp_path / "nbgrader_config.py"
    moved.write_text(
        (spring / "nbgrader_config.py").read_text() + "c.CourseDirectory.db_url = 'postgresql://x/y'\n"
    )
    assert gradebook_url(tmp_path) == "postgresql://x/y"
    assert gradebook_url(spring) == f"sqlite:///{spring}/gradebook.db"


def test_a_cohort_that_exists_is_left_alone(tiny, tmp_path):
    work = tiny / "grading" / "cohorts" / "spring" / "submitted" / "ana"
    work.mkdir(parents=True)
    with pytest.raises(HindcastError, match="spring exists already and is no cohort"):
        new_cohort(tiny, "spring", roster(tmp_path, HEADER + ROWS))
    assert [path.name for path in work.parents[1].iterdir()] == ["submitted"]


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "", ".hidden", "a b", "x" * 61])
def test_a_cohort_name_that_is_no_folder_name_is_refused(tiny, tmp_path, name):
    with pytest.raises(HindcastError, match="cannot name a cohort"):
        new_cohort(tiny, name, roster(tmp_path, HEADER + ROWS))
    assert not (tiny / "grading" / "cohorts").exists()


def test_nothing_is_half_made(tiny, tmp_path):
    source = tiny / "solutions" / UNIT / "workbook.ipynb"
    source.write_text(source.read_text().replace("END SOLUTION", "END"))
    with pytest.raises(HindcastError, match=r"could not release 01_tiny/workbook\.ipynb: no end solution"):
        new_cohort(tiny, "spring", roster(tmp_path, HEADER + ROWS))
    assert list((tiny / "grading" / "cohorts").iterdir()) == []
