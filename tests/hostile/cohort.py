"""A cohort for the tests of the grader: make it, run the command, read gradebook and notes."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import make
from nbgrader.api import Comment, Grade, Gradebook

from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.record import GraderNote, read_record
from hindcast.kit.roster.roster import Learner, write_roster

COMMAND = [sys.executable, "-c", "from hindcast.kit.cli import main; main()", "grade"]
VERDICTS = tomllib.loads(Path(__file__).with_name("verdicts.toml").read_text(encoding="utf-8"))


def cohort_in(root: Path, learners: Iterable[str] = ("somebody",)) -> Path:
    """Make a checkout with the hostile unit in `root` and a cohort in it; return the cohort's folder."""
    make.checkout(root)
    write_roster([Learner(name, name, "", "other", "workbook") for name in learners], root / "roster.csv")
    return new_cohort(root, "spring", root / "roster.csv")


def folder_of(cohort: Path, learner: str) -> Path:
    return cohort / "submitted" / learner / make.UNIT


def command(*options: str) -> list[str]:
    return [*COMMAND, make.UNIT, "--cohort", "spring", *options]


def environment(root: Path) -> dict[str, str]:
    """Environment variables with a temporary folder for the grader alone, so that a test finds leftovers."""
    (root / "temporary").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(root / "temporary")}


def grade(cohort: Path, *options: str, timeout: float = 300) -> subprocess.CompletedProcess:
    """Run `hindcast grade`, from the cohort's checkout."""
    root = cohort.parents[2]
    return subprocess.run(
        command(*options),
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def feedback(cohort: Path, *options: str) -> subprocess.CompletedProcess:
    """Run `hindcast feedback`."""
    command = [*COMMAND[:-1], "feedback", make.UNIT, "--cohort", "spring", *options]
    return subprocess.run(command, cwd=cohort.parents[2], capture_output=True, text=True, check=False)


def graded(cohort: Path, *options: str) -> dict:
    """Run `hindcast grade --json`, which must succeed whatever was handed in, and return what it prints."""
    done = grade(cohort, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def stock(cohort: Path, *options: str) -> None:
    """Run stock `nbgrader autograde`, which must succeed."""
    command = [sys.executable, "-m", "nbgrader", "autograde", make.UNIT, *options]
    done = subprocess.run(command, cwd=cohort, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def gradebook(cohort: Path) -> dict:
    """Grades and comments without database ids, to compare runs: (learner, notebook, cell) -> values."""
    rows: dict = {}
    with Gradebook(gradebook_url(cohort), "") as book:
        for grade in book.db.query(Grade):
            rows[(grade.student.id, grade.notebook.name, grade.name)] = {
                name: getattr(grade, name)
                for name in ("auto_score", "manual_score", "extra_credit", "needs_manual_grade")
            }
        for comment in book.db.query(Comment):
            key = (comment.student.id, comment.notebook.name, f"comment on {comment.name}")
            rows[key] = {name: getattr(comment, name) for name in ("auto_comment", "manual_comment")}
        for submission in book.assignment_submissions(make.UNIT):
            rows[(submission.student.id, "", "handed in")] = {"timestamp": str(submission.timestamp)}
    return rows


def points(cohort: Path) -> dict[str, dict[str, float | None]]:
    """Learner -> exercise -> automatic points, None where a person gives them."""
    found: dict = {}
    for (learner, _, cell), values in gradebook(cohort).items():
        if "auto_score" in values:
            found.setdefault(learner, {})[cell.removesuffix("_test")] = values["auto_score"]
    return found


def expected_points(name: str) -> dict[str, float | None]:
    """Exercise -> points that verdicts.toml says a hand-in gets, None where a person gives them."""
    verdict = VERDICTS[name]
    if verdict.get("refused"):
        return dict.fromkeys(make.POINTS, 0.0)
    less = verdict.get("points", {})
    full = {**make.POINTS, "why": None if verdict.get("manual", True) else 0.0}
    return {
        exercise: worth if exercise == "why" else less.get(exercise, less.get("all", worth))
        for exercise, worth in full.items()
    }


def notes(cohort: Path, learner: str) -> list[GraderNote]:
    return read_record(cohort / "autograded" / learner / make.UNIT)[1]


def remove(folder: Path) -> None:
    """Remove a folder that holds read-only folders. For a test's own folders only."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)
