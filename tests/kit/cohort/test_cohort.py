import datetime
import json
import shutil

import pytest
from tiny_unit import UNIT
from typer.testing import CliRunner

from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.cohort import enrolment
from hindcast.kit.cohort.due import moment_in_words
from hindcast.kit.cohort.enrolment import enrol, enrolment_sentences, new_cohort
from hindcast.kit.cohort.folder import UNDER_DELETION
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.plumbing.lock import GRADING_FOLDER, grading_lock
from hindcast.kit.roster.roster import Learner, read_own_roster, read_roster, write_roster

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
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
    """A cohort, made with nothing of the environment on PATH. Shared by tests: read only."""
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


# --- again, with a newer roster -------------------------------------------------------------------


@pytest.fixture
def cohort(spring, tmp_path):
    """The cohort in a checkout that a test may change; ana has handed in, and a trainer was at work."""
    from nbgrader.api import Gradebook

    root = shutil.copytree(spring.parents[2], tmp_path / "checkout")
    folder = root / "grading" / "cohorts" / "spring"
    (folder / "submitted" / "ana" / UNIT).mkdir(parents=True)
    (folder / "submitted" / "ana" / UNIT / "workbook.ipynb").write_text("ana's work")
    with Gradebook(gradebook_url(folder), "") as gradebook:
        gradebook.add_submission(UNIT, "ana")
        gradebook.find_grade("letters_test", "workbook", UNIT, "ana").manual_score = 1.5
        gradebook.find_student("bo-2").first_name = "Bo, by a trainer"
        gradebook.db.commit()
    return folder


def again(cohort, rows, *due):
    path = roster(cohort.parents[3], HEADER + rows)
    return enrol(cohort.parents[2], "spring", path, due)


def people(cohort):
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(cohort), "") as gradebook:
        return {one.id: (one.first_name, one.last_name, one.email) for one in gradebook.students}


def everything(folder):
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


CHANGED = "ana,Ana Prado,ana.prado@example.org,analyst,workbook and bench\n"
CY = "cy,Cy Ng,,other,workbook\n"
BO_AS_BEFORE = "bo-2,Bo,,engineer,workbook and bench\n"


def test_what_the_newer_roster_says_is_taken_over(cohort):
    done = again(cohort, CHANGED + BO_AS_BEFORE + CY)
    assert (done.made, done.new, done.changed, done.kept, done.units) == (False, ["cy"], ["ana"], [], [])
    ana, bo, cy = read_own_roster(cohort)
    assert (ana.name, ana.email, ana.role, ana.takes_bench) == (
        "Ana Prado",
        "ana.prado@example.org",
        "analyst",
        True,
    )
    assert (bo, cy.name) == (BO, "Cy Ng")
    assert people(cohort)["ana"] == ("Ana", "Prado", "ana.prado@example.org")
    assert people(cohort)["cy"] == ("Cy", "Ng", "")


def test_whoever_is_not_in_the_newer_roster_stays_with_all_work_and_is_named(cohort):
    done = again(cohort, CY)
    assert done.kept == ["ana", "bo-2"]
    assert [one.id for one in read_own_roster(cohort)] == ["cy", "ana", "bo-2"]
    assert people(cohort).keys() == {"ana", "bo-2", "cy"}
    assert (cohort / "submitted" / "ana" / UNIT / "workbook.ipynb").read_text() == "ana's work"
    said = " ".join(enrolment_sentences(done))
    assert "kept with their work: ana, bo-2. `hindcast cohort forget ID --cohort spring` deletes" in said


def test_what_a_trainer_did_in_the_gradebook_stays(cohort):
    from nbgrader.api import Gradebook

    again(cohort, CHANGED + BO_AS_BEFORE)
    assert people(cohort)["bo-2"] == ("Bo, by a trainer", "Bo", "")
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        assert gradebook.find_grade("letters_test", "workbook", UNIT, "ana").manual_score == 1.5


def test_a_learner_whom_only_the_grader_knows_gets_the_rosters_name(cohort):
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.add_student("cy")
    again(cohort, CY)
    assert people(cohort)["cy"] == ("Cy", "Ng", "")


def test_a_unit_that_is_new_in_the_course_is_known_from_then_on(cohort):
    from nbgrader.api import Gradebook

    solutions = cohort.parents[2] / "solutions"
    shutil.copytree(solutions / UNIT, solutions / "02_more")
    done = again(cohort, ROWS, "02_more=2026-12-01T18:00Z")
    assert (done.units, done.changed) == (["02_more"], [])
    assert "New in the gradebook: 02_more." in enrolment_sentences(done)
    assert again(cohort, ROWS).units == []
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        assert {one.name: one.max_score for one in gradebook.assignments} == {UNIT: 2, "02_more": 2}
        assert gradebook.find_assignment("02_more").duedate.isoformat() == "2026-12-01T18:00:00"
        assert gradebook.find_grade("letters_test", "workbook", UNIT, "ana").manual_score == 1.5


def test_of_two_who_add_a_unit_at_a_time_the_second_leaves_it_alone(cohort, monkeypatch):
    solutions, whole = cohort.parents[2] / "solutions", enrolment.rows_of_units
    shutil.copytree(solutions / UNIT, solutions / "02_more")

    def overtaken(root, units):
        rows = whole(root, units)
        monkeypatch.undo()
        assert again(cohort, ROWS).units == ["02_more"]
        return rows

    monkeypatch.setattr(enrolment, "rows_of_units", overtaken)
    assert again(cohort, ROWS).units == []


@pytest.mark.parametrize(
    ("rows", "due", "said"),
    [
        (CHANGED + "a/b,X,,other,workbook\n", [], "row 3, column id"),
        (CHANGED + "Bo-2,Bo,,other,workbook\n", [], "'bo-2' of the cohort has it"),
        (CHANGED, ["99_none=2026-12-01"], "There is no unit '99_none'"),
        (CHANGED, [f"{UNIT}=tomorrow"], "came 'tomorrow'"),
        (CHANGED, [], "could not release 02_broken"),
    ],
)
def test_an_error_leaves_the_cohort_as_it_was(cohort, rows, due, said):
    if "02_broken" in said:
        solutions = cohort.parents[2] / "solutions"
        broken = shutil.copytree(solutions / UNIT, solutions / "02_broken") / "workbook.ipynb"
        broken.write_text(broken.read_text().replace("END SOLUTION", "END"))
    before = everything(cohort)
    with pytest.raises(HindcastError) as error:
        again(cohort, rows, *due)
    assert said in str(error.value)
    assert everything(cohort) == before


@pytest.mark.parametrize("step", ["enter_units", "enter_learners", "write_due", "read_due", "write_roster"])
def test_an_update_that_is_interrupted_is_completed_by_the_next(cohort, monkeypatch, step):
    whole, calls = getattr(enrolment, step), []

    def interrupted(*arguments):
        if step == "read_due":  # also read for the plans, before anything is changed
            calls.append(arguments)
            if len(calls) < 3:
                return whole(*arguments)
        elif step != "write_roster":
            whole(*arguments)
        raise KeyboardInterrupt

    before = people(cohort)
    monkeypatch.setattr(enrolment, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        again(cohort, CHANGED + CY, f"{UNIT}=2026-12-01T18:00Z")
    monkeypatch.undo()
    assert read_own_roster(cohort) == [ANA, BO]
    assert (people(cohort) == before) is (step != "write_roster")
    done = again(cohort, CHANGED + CY, f"{UNIT}=2026-12-01T18:00Z")
    assert (done.new, done.changed, done.kept) == (["cy"], ["ana"], ["bo-2"])
    assert people(cohort)["ana"][1:] == ("Prado", "ana.prado@example.org")
    assert people(cohort).keys() == {"ana", "bo-2", "cy"}
    assert done.due[UNIT].isoformat() == "2026-12-01T18:00:00+00:00"


def test_the_same_roster_again_changes_nothing(cohort):
    before = people(cohort), read_own_roster(cohort)
    done = again(cohort, ROWS)
    assert (done.new, done.changed, done.kept, done.units) == ([], [], [], [])
    assert (people(cohort), read_own_roster(cohort)) == before
    assert f"{cohort}: 0 new, 0 changed, 2 as before." in enrolment_sentences(done)


def test_while_a_grader_is_at_work_nothing_is_changed(cohort):
    with grading_lock(cohort / GRADING_FOLDER):
        before = everything(cohort)
        with pytest.raises(HindcastError, match="Another grader is at work"):
            again(cohort, CHANGED)
        assert everything(cohort) == before


def test_after_an_interrupted_deletion_that_is_finished_first(cohort):
    (cohort / UNDER_DELETION).write_text("{}")
    with pytest.raises(HindcastError, match="deletion of a learner of spring was interrupted"):
        again(cohort, CHANGED)
    assert read_own_roster(cohort) == [ANA, BO]


def test_a_cohort_that_nobody_is_left_in_or_that_lost_its_roster_gets_a_new_one(cohort):
    write_roster([], cohort / "roster.csv")
    assert again(cohort, CY).new == ["cy"]
    (cohort / "roster.csv").unlink()
    done = again(cohort, CHANGED)
    assert (done.new, done.kept) == (["ana"], [])
    assert people(cohort)["ana"][1:] == ("Prado", "ana.prado@example.org")


def test_a_gradebook_that_is_gone_is_made_anew(cohort):
    (cohort / "gradebook.db").unlink()
    assert again(cohort, ROWS).units == [UNIT]
    assert people(cohort)["bo-2"] == ("", "Bo", "")


def test_a_date_due_can_come_with_the_cohort(tiny, tmp_path):
    done = enrol(tiny, "autumn", roster(tmp_path, HEADER + ROWS), [f"{UNIT}=2026-12-01T18:00Z"])
    assert (done.made, done.new, done.due[UNIT].isoformat()) == (
        True,
        ["ana", "bo-2"],
        "2026-12-01T18:00:00+00:00",
    )
    assert any(line.startswith(f"  {UNIT}: Tue 1 Dec 2026") for line in enrolment_sentences(done))


# --- the command ----------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(cli.app, ["cohort", "new", "spring", *map(str, arguments)])


def test_the_command_says_what_changed_who_was_kept_and_what_is_due(cohort, monkeypatch):
    monkeypatch.chdir(cohort.parents[2])
    path = roster(cohort.parents[3], HEADER + CHANGED + CY)
    shown = run("--roster", path, "--due", f"{UNIT}=2026-12-01")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        f"{cohort}: 1 new (cy), 1 changed (ana), 0 as before.",
        "Not in the roster, and kept with their work: bo-2. `hindcast cohort forget ID --cohort spring` "
        "deletes a learner.",
        "Due:",
        f"  {UNIT}: {moment_in_words(datetime.datetime(2026, 12, 1, 23, 59, 59).astimezone())}",
    ]
    assert "Due:" in run("--roster", path).stdout


def test_a_script_gets_one_object(cohort, monkeypatch):
    monkeypatch.chdir(cohort.parents[2])
    path = roster(cohort.parents[3], HEADER + CHANGED + CY)
    shown = run("--roster", path, "--due", f"{UNIT}=2026-12-01T18:00Z", "--json")
    assert json.loads(shown.stdout) == {
        "folder": str(cohort),
        "made": False,
        "learners": 2,
        "new": ["cy"],
        "changed": ["ana"],
        "kept": ["bo-2"],
        "units": [],
        "due": {UNIT: "2026-12-01T18:00:00+00:00"},
    }
