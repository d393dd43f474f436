"""The demo: a trainer's whole round with thirty made-up learners, run with a trainer's commands."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from rich.console import Console

from hindcast.errors import HindcastError
from hindcast.kit.checkout import graded_units
from hindcast.kit.cohort.folder import cohort_folder, remove_cohort
from hindcast.kit.demo.free_texts import score_free_texts
from hindcast.kit.demo.hand_ins import LATE_UNIT, NAMELESS, send_hand_ins
from hindcast.kit.demo.people import PEOPLE
from hindcast.kit.notebooks.answer_banks import bank_path
from hindcast.kit.roster.roster import write_roster

COHORT = "demo"
MARKER = "made-by-hindcast-demo"
PERCENT = 60  # of the points, for a certificate


@dataclass(frozen=True)
class Player:
    """Runs a trainer's commands. `command`: the typer application of Hindcast."""

    command: Callable
    console: Console

    def play(self, *words: object) -> None:
        """Print a command and run it in this process. Raises HindcastError if it fails."""
        typed = [_as_typed(word) if isinstance(word, Path) else str(word) for word in words]
        self.console.print(f"\n$ hindcast {shlex.join(typed)}", markup=False, style="bold")
        code = self.command(typed, standalone_mode=False)
        if code:
            raise HindcastError(
                f"The demo stops here: this command ended with {code}.", "What it said is above."
            )


def play_demo(root: Path, command: Callable, console: Console | None = None) -> Path:
    """Play every unit of the checkout `root` that has a bank of answers, and print what a trainer sees.

    `command`: the typer application of Hindcast. Returns the cohort's folder. Raises HindcastError if there
    is no such unit, the cohort is not the demo's own, or a command fails.
    """
    console = console or Console(highlight=False, soft_wrap=True)
    units, player = units_to_play(root), Player(command, console)
    cohort, desk = _cleared(root), root / "scratch" / COHORT
    due = datetime.combine(datetime.now() - timedelta(days=1), time(23, 59, 59))
    desk.mkdir(parents=True)
    write_roster([person.learner for person in PEOPLE], desk / "roster.csv")
    send_hand_ins(root, units, due, desk / "inbox")
    console.print(f"{len(PEOPLE)} made-up learners; what they sent lies in {_as_typed(desk / 'inbox')}.")
    dated = units[min(LATE_UNIT, len(units) - 1)]
    player.play("cohort", "new", COHORT, "--roster", desk / "roster.csv", "--due", f"{dated}={due:%Y-%m-%d}")
    (cohort / MARKER).touch()
    _collect(player, desk / "inbox")
    for unit in units:
        player.play("grade", unit, "--cohort", COHORT, *_unsandboxed_if_need_be())
    console.print(f"\n{score_free_texts(root, cohort, units)}")
    for unit in units:
        player.play("feedback", unit, "--cohort", COHORT)
    player.play("report", "--cohort", COHORT)
    player.play("report", "--cohort", COHORT, "--anonymous")
    player.play("export", "--format", "csv", "--cohort", COHORT, "--certificates-from", PERCENT)
    for what, where in _where_to_look(cohort).items():
        console.print(f"{what}: {where}", markup=False)
    return cohort


def units_to_play(root: Path) -> list[str]:
    """Return the units that give points and have a bank of answers to hand in."""
    units = [unit for unit in graded_units(root) if bank_path(root, unit).is_file()]
    if not units:
        raise HindcastError(
            f"No unit of {root} has a workbook and a bank of answers, so there is no round to play.",
            "Run the demo in a checkout of the course.",
        )
    return units


def _cleared(root: Path) -> Path:
    """Return the folder for the cohort, after removing an earlier demo's.

    Raises HindcastError for a cohort that the demo did not make.
    """
    folder = cohort_folder(root, COHORT)
    if folder.exists():
        if not (folder / MARKER).exists():
            raise HindcastError(
                f"There is a cohort {COHORT} that the demo did not make ({folder}). "
                "Nothing in it was touched.",
                "Rename that folder and run the demo again.",
            )
        remove_cohort(root, COHORT)
    shutil.rmtree(root / "scratch" / COHORT, ignore_errors=True)
    return folder


def _collect(player: Player, inbox: Path) -> None:
    """Collect everything, then with --learner the file that names no learner."""
    player.play("collect", inbox, "--cohort", COHORT)
    nameless = inbox / "e-mail" / "workbook.ipynb"
    if nameless.exists():
        player.play("collect", nameless, "--learner", NAMELESS, "--cohort", COHORT)


def _unsandboxed_if_need_be() -> list[str]:
    """Return --allow-unsandboxed if nothing isolates code here: the demo's hand-ins are harmless."""
    from hindcast.kit.sandbox.isolation import isolation_obstacle

    return ["--allow-unsandboxed"] if isolation_obstacle() else []


def _as_typed(path: Path) -> str:
    """Return the path as typed in the current folder."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _where_to_look(cohort: Path) -> dict[str, str]:
    """Return the pages and folders that a trainer looks at next, by what they are."""
    here = _as_typed(cohort)
    jupyter = "jupyter" if shutil.which("jupyter") else Path(sys.executable).parent / "jupyter"
    return {
        "\nReport": f"{here}/report/index.html",
        "To show in the room": f"{here}/report/index-anonymous.html",
        "Feedback pages": f"{here}/feedback/LEARNER/UNIT/index.html",
        "Points and certificates": f"{here}/export/",
        "Free texts wait in the formgrader": f"cd {here} && {jupyter} lab --ServerApp.root_dir=../../.. "
        "(menu Nbgrader, Formgrader)",
    }
