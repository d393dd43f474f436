"""What a trainer's commands cost as a cohort grows: wall and processor seconds, peak memory, growth.

python benchmarks/cohort.py [LEARNERS ...]

Cohorts of 500, 1,000 and 2,000 learners by all units, in a scratch checkout. Rows go straight into the
gradebook; the graded notebooks have the real ones' cells, answers of the bank, and nothing else.
"""

import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from nbgrader.api import Base

from hindcast.kit.checkout import graded_units
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.handin.record import write_record
from hindcast.kit.notebooks.answer_banks import (
    BankAnswer,
    answer_cells,
    bank_path,
    fill,
    graded_cells,
    load_bank,
)
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.results import shown_as
from hindcast.kit.roster.roster import ROLES, TRACKS, Learner, write_roster

ROOT = Path(__file__).resolve().parents[1]
SIZES = (500, 1000, 2000)
SEED, COHORT = 6, "large"
MOST_SECONDS, MOST_MEGABYTES = 60, 1000
HANDED_IN = datetime.datetime(2026, 5, 4, 12)
TABLES = Base.metadata.tables

# What is measured: name -> arguments of the command for a cohort. Each runs in a process of its own.
COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "report": lambda cohort: ["report", "--cohort", cohort.name],
    "export": lambda cohort: ["export", "--cohort", cohort.name, "--certificates-from", "60"],
    "report --anonymous": lambda cohort: ["report", "--cohort", cohort.name, "--anonymous"],
}


@dataclass(frozen=True)
class Cost:
    """Cost of one command over one cohort, start-up included; memory is the peak of the process, in MB.

    A busy machine adds to the wall seconds, hardly to the processor seconds.
    """

    command: str
    learners: int
    seconds: float
    processor: float
    megabytes: float


def main() -> int:
    """Make each cohort, measure each command on it, print a line each; 1 where a limit is passed."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    costs = []
    print(f"by {len(graded_units(ROOT))} units, {os.cpu_count()} cores")
    print(f"{'':<24}{'learners':>10}{'seconds':>10}{'processor':>11}{'ms each':>10}{'MB':>8}", flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            cohort = make_cohort(checkout(Path(scratch, "hindcast")), size)
            for name, words in COMMANDS.items():
                costs.append(cost(name, words(cohort), cohort, size))
                print_cost(costs[-1])
    return int(any(one.seconds > MOST_SECONDS or one.megabytes > MOST_MEGABYTES for one in costs))


def print_cost(one: Cost) -> None:
    """Print one line. Where time is proportional, processor milliseconds a learner stay the same."""
    each = 1000 * one.processor / one.learners
    numbers = f"{one.learners:>10,}{one.seconds:>10.1f}{one.processor:>11.1f}{each:>10.1f}"
    print(f"{one.command:<24}{numbers}{one.megabytes:>8.0f}", flush=True)


def cost(name: str, words: list[str], cohort: Path, learners: int) -> Cost:
    """Run the command in the scratch checkout and see what it took, start-up included."""
    since = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "hindcast", *words], cwd=cohort, stdout=subprocess.DEVNULL
    ) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{name} failed with exit code {running.returncode}.")
    wall, processor = time.perf_counter() - since, used.ru_utime + used.ru_stime
    return Cost(name, learners, wall, processor, used.ru_maxrss / 1000)


# --- a cohort -------------------------------------------------------------------------------------


def checkout(folder: Path) -> Path:
    """A copy of what the commands read of this checkout."""
    for name in ("solutions", "course", "tests/answers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*"))
    (folder / "grading").mkdir()
    shutil.copy(ROOT / "grading" / "nbgrader_config.py", folder / "grading")
    return folder


def make_cohort(root: Path, size: int) -> Path:
    """A cohort of `size` learners who handed in every unit, graded."""
    learners = [
        Learner(f"l{n:05d}", f"Learner {n}", f"l{n}@example.org", ROLES[n % 5], TRACKS[n % 2])
        for n in range(size)
    ]
    write_roster(learners[:1], root / "roster.csv")
    cohort, pick = new_cohort(root, COHORT, root / "roster.csv"), random.Random(SEED)
    write_roster(learners, cohort / "roster.csv")
    dealt = {}
    for unit in graded_units(root):
        notebooks = {path.stem: path for path in (root / "course" / unit).glob("[wb]*.ipynb")}
        bank = load_bank(bank_path(root, unit))
        shells = {name: shell(path) for name, path in notebooks.items()}
        for learner in learners:
            names = [name for name in shells if name != "bench" or learner.takes_bench]
            hand = {name: deal(bank, name, pick) for name in names}
            leave(cohort / "autograded" / learner.id / unit, shells, hand, learner.id)
            dealt[learner.id, unit] = hand
    fill_gradebook(cohort, learners, dealt)
    return cohort


def shell(path: Path) -> tuple:
    """A released notebook without its prose, and the points of each exercise."""
    notebook = read_notebook(path)
    worth = {name: cell.metadata.nbgrader.points for name, cell in graded_cells(notebook).items()}
    kept = [*answer_cells(notebook).values(), *graded_cells(notebook).values()]
    notebook.cells = [cell for cell in notebook.cells if any(cell is one for one in kept)]
    return notebook, worth


def deal(bank: list[BankAnswer], notebook: str, pick: random.Random) -> dict[str, BankAnswer]:
    """Exercise -> one of the bank's answers."""
    answers: dict[str, list[BankAnswer]] = {}
    for answer in bank:
        if answer.notebook == notebook:
            answers.setdefault(answer.exercise, []).append(answer)
    return {exercise: pick.choice(some) for exercise, some in answers.items()}


def leave(folder: Path, shells: dict, hand: dict[str, dict[str, BankAnswer]], learner: str) -> None:
    """Write the graded folder of one hand-in: notebooks unlike all others, and the grader's record."""
    folder.mkdir(parents=True)
    results = {}
    for name, answers in hand.items():
        notebook, worth = shells[name]
        sources = {exercise: f"{one.code}\n{exercise}_by = {learner!r}" for exercise, one in answers.items()}
        folder.joinpath(f"{name}.ipynb").write_text(notebook_text(fill(notebook, sources)), encoding="utf-8")
        results[name] = {exercise: shown(one, worth[exercise]) for exercise, one in answers.items()}
    write_record(folder, "made by a benchmark", [], results)


def shown(answer: BankAnswer, worth: float):
    """What the check of an exercise showed."""
    data = {"status": answer.status, "points": answer.points, "of": worth, "mistakes": list(answer.mistakes)}
    return shown_as(answer.exercise, json.loads(json.dumps(data)))


def fill_gradebook(cohort: Path, learners: list[Learner], dealt: dict) -> None:
    """Write the rows that nbgrader keeps for these people and hand-ins, also for benches not handed in."""
    engine = sqlalchemy.create_engine(gradebook_url(cohort))
    with engine.begin() as db:
        rows = rows_of(db, dealt)
        rows["student"] = [{"id": one.id, "last_name": one.name, "email": one.email} for one in learners[1:]]
        for name in ("student", "submitted_assignment", "submitted_notebook", "grade"):
            if rows[name]:
                db.execute(sqlalchemy.insert(TABLES[name]), rows[name])
    engine.dispose()


def rows_of(db: sqlalchemy.Connection, dealt: dict) -> dict[str, list[dict]]:
    """Table -> rows for the hand-ins `dealt`: (learner, unit) -> notebook -> exercise -> answer."""
    assignments = {row.name: row.id for row in db.execute(sqlalchemy.select(TABLES["assignment"]))}
    notebooks = list(db.execute(sqlalchemy.select(TABLES["notebook"])))
    cells = list(db.execute(sqlalchemy.select(TABLES["base_cell"])))
    rows: dict[str, list[dict]] = {"submitted_assignment": [], "submitted_notebook": [], "grade": []}

    def add(table: str, **values) -> str:
        rows[table].append({"id": uuid.uuid4().hex, **values})
        return rows[table][-1]["id"]

    for (learner, unit), hand in dealt.items():
        assignment = assignments[unit]
        submission = add(
            "submitted_assignment", assignment_id=assignment, student_id=learner, timestamp=HANDED_IN
        )
        for notebook in (one for one in notebooks if one.assignment_id == assignment):
            handed_in = add("submitted_notebook", assignment_id=submission, notebook_id=notebook.id)
            answers = hand.get(notebook.name, {})
            for cell in cells:
                if cell.notebook_id == notebook.id and cell.type == "GradeCell":
                    answer = answers.get(cell.name.removesuffix("_test"))
                    add(
                        "grade",
                        cell_id=cell.id,
                        notebook_id=handed_in,
                        auto_score=answer.points if answer else 0.0,
                        needs_manual_grade=False,
                    )
    return rows


if __name__ == "__main__":
    sys.exit(main())
