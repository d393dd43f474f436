"""`make demo`, played in a checkout of its own: from what thirty people send to their certificates."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hindcast.kit.demo.free_texts import LEFT
from hindcast.kit.demo.people import PEOPLE
from hindcast.kit.demo.round import COHORT, MARKER, units_to_play
from hindcast.kit.gradebook.snapshot import read_gradebook

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
]

ROOT = Path(__file__).resolve().parents[1]
UNITS = units_to_play(ROOT)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(cohort, what was printed), where an older demo had been played."""
    root = tmp_path_factory.mktemp("demo") / "checkout"
    for part in ("solutions", "course", "tests/answers"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns(".*"))
    (root / "grading" / "cohorts" / COHORT).mkdir(parents=True)
    shutil.copy(ROOT / "grading" / "nbgrader_config.py", root / "grading")
    for name in (MARKER, "left over"):
        (root / "grading" / "cohorts" / COHORT / name).touch()
    command = [sys.executable, "-m", "hindcast", "demo"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "grading" / "cohorts" / COHORT, done.stdout


@pytest.fixture(scope="module")
def tables(played):
    return read_gradebook(played[0])


def points_of(cohort):
    with (cohort / "export" / "points.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_an_older_demo_made_room(played):
    cohort, _ = played
    assert (cohort / MARKER).exists() and not (cohort / "left over").exists()


def test_every_command_is_shown_as_a_trainer_types_it(played):
    _, printed = played
    shown = re.findall(r"^\$ hindcast (\w+)", printed, re.MULTILINE)
    units = len(UNITS)
    assert shown[:3] == ["cohort", "collect", "collect"]
    assert shown[3:] == ["grade"] * units + ["feedback"] * units + ["report", "report", "export"]


def test_everybodys_notebooks_are_placed_but_one_that_says_nowhere_whose_it_is(played, tables):
    _, printed = played
    assert printed.count("Not placed:") == 1 and "scratch/demo/inbox/e-mail/workbook.ipynb" in printed
    expected = {
        (person.learner.id, unit) for person in PEOPLE for n, unit in enumerate(UNITS) if person.hands_in(n)
    }
    assert set(zip(tables.notebooks["learner"], tables.notebooks["unit"], strict=True)) == expected


def test_the_damaged_have_no_points_the_late_one_is_late_and_the_newer_counts(tables):
    notebooks = tables.notebooks.set_index(["learner", "unit", "notebook"])
    assert not notebooks["graded"]["diego", UNITS[2], "workbook"]
    assert not notebooks["graded"]["piotr", UNITS[3], "workbook"]
    assert set(tables.notebooks[tables.notebooks["late"]]["learner"]) == {"tariq"}
    twice = notebooks.loc["rosa", UNITS[2], "workbook"]
    assert twice.points == twice.of


def test_a_few_free_texts_are_left_for_whoever_plays(tables):
    texts = tables.answers[tables.answers["status"] == ""]
    assert texts["waits"].sum() == LEFT and texts["by_hand"].sum() > LEFT
    assert texts[texts["by_hand"]]["points"].nunique() > 1


def test_the_rooms_idea_leads_the_report_and_the_anonymous_form_names_nobody(played):
    cohort, _ = played
    report = (cohort / "report" / "index.html").read_text(encoding="utf-8")
    ranks = re.findall(r'href="#belief-\d+">\d+\. ([^<]+)<', report)
    assert {"already recorded", "precision recall swapped"} == set(ranks[:2])
    shown = (cohort / "report" / "index-anonymous.html").read_text(encoding="utf-8")
    assert not [
        person.learner.name
        for person in PEOPLE
        if person.learner.name in shown and len(person.learner.name) > 3
    ]


def test_certificates_go_to_those_who_have_the_points_of_every_unit(played):
    cohort, printed = played
    rows = points_of(cohort)
    earned = {page.stem for page in (cohort / "export" / "certificates").glob("*.html")}
    assert f"{len(earned)} of {len(PEOPLE)} learners have a certificate" in printed
    for learner, row in rows.items():
        open_ = any(row[f"{unit} still to do"] or not row[f"{unit} points"] for unit in UNITS)
        enough = not open_ and float(row["points"]) >= 0.6 * float(row["of"])
        assert (learner in earned) == enough, learner
