"""Due dates: how a trainer writes them, how nbgrader stores them, and how late work is marked."""

import datetime
import shutil
import subprocess
import sys
import time
from datetime import UTC

import pytest
from tiny_unit import UNIT

from hindcast.errors import HindcastError
from hindcast.kit.cohort import due
from hindcast.kit.cohort.enrolment import enrol, new_cohort
from hindcast.kit.grade import command
from hindcast.kit.grade.options import GradeOptions
from hindcast.kit.gradebook import due_dates
from hindcast.kit.gradebook.location import gradebook_url, open_gradebook
from hindcast.kit.notebooks.release import own_tools_on_path
from hindcast.kit.roster.roster import Learner, write_roster

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
UNITS = ["00_one", "06_other"]
PATIENCE = 300  # seconds that a cell may take on a busy machine


@pytest.fixture
def berlin(monkeypatch):
    """A machine with Berlin's time zone: UTC+1 in winter, UTC+2 in summer."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system sets its clock elsewhere")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(*parts):
    return datetime.datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01", utc(2026, 12, 1, 22, 59, 59)),
        ("2026-07-01", utc(2026, 7, 1, 21, 59, 59)),
        (" 2026-12-01T18:00 ", utc(2026, 12, 1, 17)),
        ("2026-12-01 18:00", utc(2026, 12, 1, 17)),
        ("2026-12-01T18:00Z", utc(2026, 12, 1, 18)),
        ("2026-12-01T18:00-05:00", utc(2026, 12, 1, 23)),
        ("2026-10-25T02:30", utc(2026, 10, 25, 1, 30)),  # this hour comes twice: the later one counts
        ("none", None),
        ("None", None),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_a_date_is_the_trainers_local_time_and_a_day_ends_with_its_night(text, moment):
    assert due.parse_due([f"06_other={text}"], UNITS) == {"06_other": moment}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["06_other"], "expected UNIT=DATE, such as 00_one=2026-12-01"),
        (["06_othr=2026-12-01"], "There is no unit '06_othr' in solutions/. Did you mean 06_other?"),
        (["06_other=1.12.2026"], "came '1.12.2026'"),
        (["06_other=2026-02-30"], "came '2026-02-30'"),
        (["06_other=2026-12-01T25:00"], "came '2026-12-01T25:00'"),
        (["06_other="], "came ''"),
        (["06_other=9999-12-31T23:59-12:00"], "came '9999-12-31T23:59-12:00'"),
        (["06_other=2026-12-01", "06_other=none"], "--due names 06_other twice"),
    ],
)
def test_a_date_or_unit_that_is_none_is_one_sentence(given, said):
    with pytest.raises(HindcastError) as error:
        due.parse_due(given, UNITS)
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.usefixtures("berlin")
def test_a_moment_is_said_on_this_machines_clock():
    assert due.moment_in_words(utc(2026, 12, 1, 22, 59, 59)) == "Tue 1 Dec 2026, 23:59 (UTC+01:00)"


# --- in a cohort ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spring(built, tmp_path_factory):
    """A cohort of three without a due date. Shared by tests: read only."""
    root = shutil.copytree(built, tmp_path_factory.mktemp("due") / "checkout")
    learners = [Learner(name, name.title(), "", "other", "workbook") for name in ("ana", "bo", "cy")]
    write_roster(learners, root / "roster.csv")
    new_cohort(root, "spring", root / "roster.csv")
    return root


@pytest.fixture
def root(spring, tmp_path):
    return shutil.copytree(spring, tmp_path / "checkout")


def set_due(root, *dates):
    return enrol(root, "spring", root / "roster.csv", [f"{UNIT}={date}" for date in dates]).folder


def in_gradebook(cohort, learner=None):
    """nbgrader's date due; of a learner's hand-in, how many seconds it was late and its points."""
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(cohort), "") as gradebook:
        if learner is None:
            return gradebook.find_assignment(UNIT).duedate
        submission = gradebook.find_submission(UNIT, learner)
        return submission.total_seconds_late, submission.score, submission.late_submission_penalty


@pytest.mark.usefixtures("berlin")
def test_a_date_is_kept_as_nbgrader_keeps_it_and_read_as_utc(root):
    cohort = set_due(root, "2026-12-01T18:00")
    assert in_gradebook(cohort) == datetime.datetime(2026, 12, 1, 17)
    assert due_dates.due_dates(cohort) == {UNIT: utc(2026, 12, 1, 17)}


def test_a_date_stays_until_another_is_named_or_it_is_taken_away(root):
    cohort = set_due(root, "2026-12-01T18:00Z")
    assert due_dates.due_dates(set_due(root)) == {UNIT: utc(2026, 12, 1, 18)}
    assert due_dates.due_dates(set_due(root, "2026-12-02T18:00Z")) == {UNIT: utc(2026, 12, 2, 18)}
    assert due_dates.due_dates(set_due(root, "none")) == {UNIT: None}
    assert in_gradebook(cohort) is None


def test_an_extension_goes_with_the_date_that_it_extends(root):
    from nbgrader.api import Gradebook

    cohort = set_due(root, "2026-12-01T18:00Z")
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.add_submission(UNIT, "ana", timestamp="2026-12-05 18:00:00 UTC")
        gradebook.grant_extension(UNIT, "ana", days=1)
    set_due(root, "2026-12-02T18:00Z")
    assert in_gradebook(cohort, "ana")[0] == 2 * 24 * 3600
    set_due(root, "none")
    assert in_gradebook(cohort, "ana")[0] == 0


def test_a_moment_of_another_zone_is_kept_as_utc(root):
    cohort, zone = set_due(root), datetime.timezone(datetime.timedelta(hours=2))
    with open_gradebook(cohort) as engine, engine.begin() as db:
        due_dates.write_due(db, {UNIT: datetime.datetime(2026, 12, 1, 20, tzinfo=zone)})
    assert in_gradebook(cohort) == datetime.datetime(2026, 12, 1, 18)


def test_dates_of_units_that_the_gradebook_does_not_know_are_nobodys(root):
    cohort = set_due(root)
    with open_gradebook(cohort) as engine, engine.begin() as db:
        due_dates.write_due(db, {"99_none": utc(2026, 12, 1)})
        assert due_dates.read_due(db) == {UNIT: None}


def hand_in(cohort, learner, when):
    folder = cohort / "submitted" / learner / UNIT
    folder.mkdir(parents=True)
    released = (cohort.parents[2] / "course" / UNIT / "workbook.ipynb").read_text(encoding="utf-8")
    (folder / "workbook.ipynb").write_text(
        released.replace("letters = None", "letters = 3"), encoding="utf-8"
    )
    (folder / "timestamp.txt").write_text(when, encoding="utf-8")


def stock(cohort):
    command = [sys.executable, "-m", "nbgrader", "autograde", UNIT]
    with own_tools_on_path():
        done = subprocess.run(command, cwd=cohort, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def ours(cohort):
    chosen = GradeOptions(workers=1, seconds=PATIENCE, unsandboxed=True)  # this test made the hand-ins itself
    assert command.grade_cohort(cohort.parents[2], UNIT, "spring", chosen, as_json=False) == 0


@pytest.mark.parametrize("grader", [stock, ours])
def test_late_work_counts_as_late_and_costs_no_points(root, grader):
    cohort = set_due(root, "2026-12-01T18:00Z")
    hand_in(cohort, "ana", "2026-12-01 18:00:00.000000 UTC")
    hand_in(cohort, "bo", "2026-12-01 18:01:30.000000 UTC")
    grader(cohort)
    assert in_gradebook(cohort, "ana") == (0, 2, 0)
    assert in_gradebook(cohort, "bo") == (90, 2, 0)
