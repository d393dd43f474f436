"""A trainer's whole round with thirty made-up learners, played with the commands that a trainer types."""

import os
import shlex
import shutil
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

from rich.console import Console

from hindcast.errors import HindcastError
from hindcast.kit.checkout import chosen_units
from hindcast.kit.cohort.folder import cohort_folder, remove_cohort
from hindcast.kit.demo.arrivals import NAMELESS, send
from hindcast.kit.demo.notes import read_notes
from hindcast.kit.demo.people import PEOPLE
from hindcast.kit.roster.roster import write_roster

COHORT = "demo"
UNITS = (
    "00_starting_here",
    "02_telling_prediction_from_classification",
    "06_reading_classifications",
    "09_backdating_a_model",
)
MARKER = "made-by-hindcast-demo"
PERCENT = 60  # of the points, for a certificate


def demo(root: Path, console: Console | None = None) -> Path:
    """Play the round in the checkout `root` and print what a trainer sees; the cohort's folder."""
    console = console or Console(highlight=False, soft_wrap=True)
    units = chosen_units(root, list(UNITS))
    cohort, desk = _cleared(root), root / "scratch" / COHORT
    due = datetime.combine(datetime.now() - timedelta(days=1), time(23, 59, 59))
    desk.mkdir(parents=True)
    write_roster([person.learner for person in PEOPLE], desk / "roster.csv")
    send(root, units, due, desk / "inbox")
    console.print(f"{len(PEOPLE)} made-up learners; what they sent lies in {_short(desk / 'inbox')}.")
    _play(
        console,
        "cohort",
        "new",
        COHORT,
        "--roster",
        desk / "roster.csv",
        "--due",
        f"{units[1]}={due:%Y-%m-%d}",
    )
    (cohort / MARKER).touch()
    _play(console, "collect", desk / "inbox", "--cohort", COHORT)
    nameless = desk / "inbox" / "e-mail" / "workbook.ipynb"
    _play(console, "collect", nameless, "--learner", NAMELESS, "--cohort", COHORT)
    for unit in units:
        _play(console, "grade", unit, "--cohort", COHORT, *_as_it_must_be())
    console.print(f"\n{read_notes(root, cohort, units)}")
    for unit in units:
        _play(console, "feedback", unit, "--cohort", COHORT)
    _play(console, "report", "--cohort", COHORT)
    _play(console, "report", "--cohort", COHORT, "--anonymous")
    _play(console, "export", "--format", "csv", "--cohort", COHORT, "--certificates-from", PERCENT)
    for what, where in _places(cohort).items():
        console.print(f"{what}: {where}", markup=False)
    return cohort


def _cleared(root: Path) -> Path:
    """Room for the cohort: an earlier demo's is removed; one that the demo did not make is never touched."""
    folder = cohort_folder(root, COHORT)
    if folder.exists():
        if not (folder / MARKER).exists():
            raise HindcastError(
                f"There is a cohort {COHORT} that the demo did not make ({folder}). "
                "Nothing in it was touched. Rename that folder and run the demo again."
            )
        remove_cohort(root, COHORT)
    shutil.rmtree(root / "scratch" / COHORT, ignore_errors=True)
    return folder


def _play(console: Console, *words: object) -> None:
    """Print a command and run it, in this process."""
    from hindcast.kit.cli import app

    typed = [_short(word) if isinstance(word, Path) else str(word) for word in words]
    console.print(f"\n$ hindcast {shlex.join(typed)}", markup=False, style="bold")
    code = app(typed, standalone_mode=False)
    if code:
        raise HindcastError(f"The demo stops here: this command ended with {code}. What it said is above.")


def _as_it_must_be() -> list[str]:
    """These hand-ins are ours, so they are graded where nothing isolates them too."""
    from hindcast.kit.sandbox.isolation import isolation_obstacle

    return ["--allow-unsandboxed"] if isolation_obstacle() else []


def _short(path: Path) -> str:
    """The path as one types it here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _places(cohort: Path) -> dict[str, str]:
    """Where a trainer looks next."""
    here = _short(cohort)
    jupyter = "jupyter" if shutil.which("jupyter") else Path(sys.executable).parent / "jupyter"
    return {
        "\nReport": f"{here}/report/index.html",
        "To show in the room": f"{here}/report/index-anonymous.html",
        "Feedback pages": f"{here}/feedback/LEARNER/UNIT/index.html",
        "Points and certificates": f"{here}/export/",
        "Free texts wait in the formgrader": f"cd {here} && {jupyter} lab --ServerApp.root_dir=../../.. "
        "(menu Nbgrader, Formgrader)",
    }
