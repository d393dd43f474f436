"""Collecting the hand-ins of a large cohort, from zips and folders: seconds and memory, and how they grow.

python benchmarks/collect.py [LEARNERS]
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hindcast.kit.checkout import graded_units
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.cohort.folder import remove_cohort
from hindcast.kit.roster.roster import TRACKS, Learner, write_roster

ROOT = Path(__file__).resolve().parents[1]
COHORT = f"benchmark-collect-{os.getpid()}"
SMALLEST, LARGEST = 60_000, 200_000  # bytes of a notebook, figures included
SEED = 6
WHEN = (2026, 3, 1, 12, 0, 0)
_GIVEN = (
    *("Amara", "Jun", "Zoë", "Mateo", "Priya", "Ines", "Tomás", "Aiko"),
    *("Noor", "Liam", "Wanjiru", "Søren", "Mei", "Olu", "Petra", "Yusuf"),
)
_FAMILY = (
    *("Okafor", "Watanabe", "D’Souza", "Núñez", "Raghunathan", "Keller"),
    *("Silva", "Mori", "Haddad", "Byrne", "Kamau", "Holm"),
)

Made = tuple[int, Learner, str, bytes]  # the learner's number, the learner, notebook and its content


@dataclass(frozen=True)
class Cost:
    """Cost of one run: wall and processor seconds, peak memory in MB, and what the command said."""

    wall: float
    processor: float
    memory: float
    said: dict


def main() -> int:
    """Measure a tenth of the learners and all of them, print the table, return the exit code."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    columns = ("learners", "notebooks", "MB", "first s", "cpu s", "again s", "cpu s", "memory MB")
    print("".join(f"{column:>11}" for column in columns))
    for number in (most // 10, most):
        notebooks, size, first, again = measure(number)
        memory = max(first.memory, again.memory)
        print(f"{number:>11}{notebooks:>11}{size:>11.0f}{first.wall:>11.1f}", end="")
        print(f"{first.processor:>11.1f}{again.wall:>11.1f}{again.processor:>11.1f}{memory:>11.0f}")
    return 0


def measure(number: int) -> tuple[int, float, Cost, Cost]:
    """Collect the work of that many learners twice: notebooks, megabytes, what each of the two runs cost."""
    with tempfile.TemporaryDirectory() as scratch:
        learners, roster = make_learners(number), Path(scratch, "roster.csv")
        write_roster(learners, roster)
        new_cohort(ROOT, COHORT, roster)
        try:
            inbox = Path(scratch, "inbox")
            notebooks = make_inbox(inbox, learners)
            size = sum(path.stat().st_size for path in inbox.rglob("*") if path.is_file()) / 1e6
            first, again = run(inbox), run(inbox)
            if (first.said["new"], again.said["already_here"]) != (notebooks, notebooks):
                raise SystemExit(f"Expected {notebooks} notebooks, came {first.said} and {again.said}.")
            return notebooks, size, first, again
        finally:
            remove_cohort(ROOT, COHORT)


def make_learners(number: int) -> list[Learner]:
    """Made-up learners, no two with the same name."""
    names = [f"{_GIVEN[n % 16]} {_FAMILY[n // 16 % 12]} {_letters(n // 192)}".strip() for n in range(number)]
    return [
        Learner(f"l{n:05d}", name, f"l{n}@example.org", "other", TRACKS[1]) for n, name in enumerate(names)
    ]


def _letters(number: int) -> str:
    """A further name for each number, none for 0."""
    return "" if not number else "".join("aeioubdklmnr"[int(digit)] for digit in str(number)).title() + "son"


def make_inbox(inbox: Path, learners: list[Learner]) -> int:
    """Put the units into the inbox, in turn as a Moodle zip, a Canvas zip and folders; count notebooks."""
    inbox.mkdir()
    pick, count = random.Random(SEED), 0
    for turn, unit in enumerate(graded_units(ROOT)):
        way = (moodle, canvas, folders)[turn % 3]
        count += way(inbox, unit, notebooks_of(unit, learners, pick))
    return count


def notebooks_of(unit: str, learners: list[Learner], pick: random.Random) -> Iterator[Made]:
    """Each learner's notebooks of a unit: the released ones with output that no other has."""
    paths = [ROOT / "course" / unit / f"{name}.ipynb" for name in ("workbook", "bench")]
    released = {path.stem: json.loads(path.read_text("utf-8")) for path in paths if path.is_file()}
    for number, learner in enumerate(learners):
        for name, notebook in released.items():
            code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
            figure = pick.randbytes(pick.randint(SMALLEST, LARGEST) // 2).hex()
            code["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": figure}}]
            yield number, learner, name, json.dumps(notebook).encode()


def moodle(inbox: Path, unit: str, notebooks: Iterator[Made]) -> int:
    """One zip, a folder for each learner."""
    return _zipped(
        inbox / f"HC1-{unit}-481.zip",
        (
            (f"{learner.name.replace('_', ' ')}_{70_000 + number}_assignsubmission_file/{name}.ipynb", raw)
            for number, learner, name, raw in notebooks
        ),
    )


def canvas(inbox: Path, unit: str, notebooks: Iterator[Made]) -> int:
    """One zip, all files in it side by side."""
    return _zipped(
        inbox / "submissions.zip",
        (
            (f"{_sortable(learner.name)}_{9_000 + number}_{880_000 + number}_{name}-1.ipynb", raw)
            for number, learner, name, raw in notebooks
        ),
    )


def folders(inbox: Path, unit: str, notebooks: Iterator[Made]) -> int:
    """A folder for each learner, called by the id."""
    count = 0
    for _number, learner, name, raw in notebooks:
        folder = inbox / unit / learner.id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ipynb").write_bytes(raw)
        count += 1
    return count


def _zipped(path: Path, entries: Iterator[tuple[str, bytes]]) -> int:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, raw in entries:
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, raw)
        return len(archive.infolist())


def _sortable(name: str) -> str:
    """The name as Canvas puts it before a file name: family name first, letters and digits alone."""
    given, _, family = name.rpartition(" ")
    return "".join(char for char in f"{family}{given}".lower() if char.isalnum())


def run(inbox: Path) -> Cost:
    """The command as a trainer types it, its start included."""
    command = [sys.executable, "-m", "hindcast", "collect", str(inbox), "--cohort", COHORT, "--json"]
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        said, errors = running.communicate()
    wall, after = time.perf_counter() - since, resource.getrusage(resource.RUSAGE_CHILDREN)
    if running.returncode:
        raise SystemExit(errors.decode())
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, processor, after.ru_maxrss / 1000, json.loads(said))


if __name__ == "__main__":
    sys.exit(main())
