"""Grading a cohort with stock nbgrader and with `hindcast grade`, in turns, in one run: ratios, and growth.

python benchmarks/grade.py [HAND_INS [ROUNDS]]
"""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.cohort.folder import remove_cohort
from hindcast.kit.notebooks.answer_banks import BankAnswer, bank_path, fill, load_bank
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook, write_if_changed
from hindcast.kit.notebooks.release import own_tools_on_path
from hindcast.kit.roster.roster import TRACKS, Learner, write_roster
from hindcast.kit.sandbox.isolation import isolation_obstacle

ROOT = Path(__file__).resolve().parents[1]
UNIT = "06_reading_classifications"
NOTEBOOKS = ("workbook", "bench")
SEED = 6
COHORT = f"benchmark-{os.getpid()}"
# The course's setting ends a kernel at once and saves half a second a notebook. Both settings are measured.
DEFAULTS = ["--Execute.shutdown_kernel=graceful"]


@dataclass(frozen=True)
class Cost:
    """Cost of one run over a cohort: wall and processor seconds; the grader's memory in MB, if watched."""

    wall: float
    processor: float
    memory: float
    said: dict


def main() -> int:
    """Measure, print the table, return the exit code."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    if why := isolation_obstacle():
        print(f"Nothing was measured: {why}")
        return 2
    handed_in = make_cohort(number)
    try:
        pairs = [(stock(handed_in, DEFAULTS), ours(handed_in)) for _ in range(rounds)]
        tuned = stock(handed_in, [])
        print_ratios(number, pairs, tuned)
        print_growth(number, handed_in)
    finally:
        remove_cohort(ROOT, COHORT)
    return 0


def make_cohort(number: int) -> Path:
    """Make a cohort of that many learners, no two hand-ins alike. ungraded.db: before grading."""
    learners = [Learner(f"l{n:04d}", f"Learner {n}", "", "other", TRACKS[1]) for n in range(number)]
    with tempfile.TemporaryDirectory() as scratch:
        write_roster(learners, Path(scratch, "roster.csv"))
        cohort = new_cohort(ROOT, COHORT, Path(scratch, "roster.csv"))
    bank, pick = load_bank(bank_path(ROOT, UNIT)), random.Random(SEED)
    for learner in learners:
        for name in NOTEBOOKS:
            released = read_notebook(ROOT / "course" / UNIT / f"{name}.ipynb")
            answers = chosen([answer for answer in bank if answer.notebook == name], learner, pick)
            path = cohort / "submitted" / learner.id / UNIT / f"{name}.ipynb"
            write_if_changed(path, notebook_text(fill(released, answers)))
    shutil.copyfile(cohort / "gradebook.db", cohort / "ungraded.db")
    return cohort


def chosen(answers: list[BankAnswer], learner: Learner, pick: random.Random) -> dict[str, str]:
    """One answer of the bank for each exercise, signed, so that no two learners have the same."""
    exercises = dict.fromkeys(answer.exercise for answer in answers)
    of = {
        name: [answer for answer in answers if answer.exercise == name and answer.code] for name in exercises
    }
    return {name: f"{pick.choice(of[name]).code}\n# {learner.id}\n" for name in exercises}


def stock(cohort: Path, settings: list[str]) -> Cost:
    """nbgrader autograde, one process, one hand-in after the other."""
    command = [sys.executable, "-m", "nbgrader", "autograde", UNIT, "--log-level=ERROR", *settings]
    with own_tools_on_path():
        return run(cohort, command)


def ours(cohort: Path, watched: bool = False) -> Cost:
    """hindcast grade, with as many workers as there are cores."""
    command = [sys.executable, "-m", "hindcast", "grade", UNIT, "--cohort", COHORT, "--json"]
    return run(cohort, command, watched)


def run(cohort: Path, command: list[str], watched: bool = False) -> Cost:
    """Grade the whole cohort anew with the command and see what it cost, start-up included."""
    shutil.rmtree(cohort / "autograded", ignore_errors=True)
    shutil.copyfile(cohort / "ungraded.db", cohort / "gradebook.db")
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(
        command, cwd=cohort, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        most = Memory(running.pid if watched else None)
        said, errors = running.communicate()
    wall, after = time.perf_counter() - since, resource.getrusage(resource.RUSAGE_CHILDREN)
    most.stop()
    graded = len(list(cohort.glob(f"autograded/*/{UNIT}/*.ipynb")))
    expected = len(list(cohort.glob(f"submitted/*/{UNIT}/*.ipynb")))
    if running.returncode or graded != expected:
        raise SystemExit(f"{' '.join(command)} graded {graded} of {expected} notebooks.\n{errors}")
    processor = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return Cost(wall, processor, most.megabytes, json.loads(said) if said.startswith("{") else {})


class Memory(threading.Thread):
    """The most that a process and its Python children held, without what runs inside a sandbox."""

    def __init__(self, pid: int | None):
        super().__init__(daemon=True)
        self.pid, self.megabytes, self._over = pid, 0.0, threading.Event()
        if pid is None:
            self._over.set()
        self.start()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.megabytes = max(self.megabytes, sum(proportional(pid) for pid in family(self.pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def family(pid: int) -> list[int]:
    """The process and its forks. A sandbox is another program: it is left out, with all that it runs."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            if "bwrap" not in Path(f"/proc/{child}/comm").read_text():
                found += family(int(child))
    return found


def proportional(pid: int) -> float:
    """Proportional set size of a process in MB: shared memory is divided among those that share it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0.0)


def print_ratios(number: int, pairs: list[tuple[Cost, Cost]], tuned: Cost) -> None:
    """What stock took beside what ours took, run by run."""
    print(f"{number} hand-ins of {UNIT}, {len(NOTEBOOKS)} notebooks each, {os.cpu_count()} cores")
    print(f"{'':<34}{'stock':>9}{'ours':>9}{'ratio':>8}")
    for turn, (theirs, mine) in enumerate(pairs, start=1):
        print_row(f"wall seconds, round {turn}", theirs.wall, mine.wall)
        print_row(f"processor seconds, round {turn}", theirs.processor, mine.processor)
    print_row("wall, stock with our setting", tuned.wall, pairs[-1][1].wall)
    mine = pairs[-1][1]
    cells = mine.said["cell_seconds"]
    share = cells / mine.wall / min(os.cpu_count() or 1, number)
    print(f"learners' own cells: {cells:.1f} s, {share:.0%} of what ours took on all cores")


def print_row(what: str, theirs: float, mine: float) -> None:
    print(f"{what:<34}{theirs:>9.1f}{mine:>9.1f}{theirs / mine:>8.1f}")


def print_growth(number: int, cohort: Path) -> None:
    """Grade ten times as many hand-ins with ours alone, in runs of their own: watching memory costs time."""
    small = ours(cohort, watched=True)
    for folder in sorted((cohort / "submitted").iterdir()):
        for copy in range(1, 10):
            shutil.copytree(folder, folder.with_name(f"{folder.name}-{copy}"))
    large = ours(cohort, watched=True)
    print(f"\n{'ours, growing':<34}{10 * number:>9}{number:>9}{'ratio':>8}")
    print_row("wall milliseconds a hand-in", 100 * large.wall / number, 1000 * small.wall / number)
    print_row(
        "processor milliseconds a hand-in", 100 * large.processor / number, 1000 * small.processor / number
    )
    print_row("the grader's own memory, MB", large.memory, small.memory)


if __name__ == "__main__":
    sys.exit(main())
