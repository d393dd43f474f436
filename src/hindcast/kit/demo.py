"""A trainer's round in half a minute: made-up learners hand in a unit, which is graded and answered."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from hindcast.check import SCORED, misconceptions
from hindcast.errors import HindcastError
from hindcast.kit.answers import Answer, bank_path, fill, load_bank
from hindcast.kit.cohort import cohort_folder, new_cohort, remove_cohort
from hindcast.kit.normalise import notebook_text, read_notebook, write_if_changed
from hindcast.kit.roster import TRACKS, Learner, write_roster
from hindcast.kit.units import chosen_units

if TYPE_CHECKING:
    import pandas as pd

COHORT = "demo"
UNIT = "06_reading_classifications"
MARKER = "made-by-hindcast-demo"
NOTEBOOKS = ("workbook", "bench")
MISTAKES_SHOWN = 5
_WORKBOOK, _BOTH = TRACKS

# Who hands in, and what: kinds of answers from the bank (and which of the kind), dealt out to one exercise
# after the other.
HANDS: dict[Learner, list[tuple[str, int]]] = {
    Learner("amara", "Amara Okafor", "amara@example.org", "engineer", _BOTH): [("reference", 0)],
    Learner("jun", "Jun Watanabe", "jun@example.org", "designer", _WORKBOOK): [("right", -1)],
    Learner("zoe", "Zoë D’Souza", "zoe@example.org", "product manager", _WORKBOOK): [("mistake", 0)],
    Learner("mateo", "Mateo Núñez Ibarra", "mateo@example.org", "analyst", _BOTH): [
        ("mistake", 0),
        ("right", 0),
    ],
    Learner("priya", "Priya Raghunathan", "priya@example.org", "analyst", _BOTH): [
        ("reference", 0),
        ("mistake", 1),
        ("badly formed", 0),
        ("blank", 0),
    ],
    Learner("sam", "Sam", "", "other", _WORKBOOK): [("blank", 0)],
}


def demo(root: Path, console: Console | None = None) -> Path:
    """Play the round in the checkout `root` and print what a trainer sees; the cohort's folder."""
    console = console or Console()
    chosen_units(root, [UNIT])
    cohort = _fresh_cohort(root)
    console.print(f"Made the cohort {COHORT} of {len(HANDS)} made-up learners.")
    hand_in(root, cohort)
    console.print(f"hindcast grade {UNIT} --cohort {COHORT}", highlight=False)
    _grade(root)
    console.print(f"hindcast feedback {UNIT} --cohort {COHORT}", highlight=False)
    _write_feedback(cohort)
    _print_round(cohort, console)
    return cohort


def _fresh_cohort(root: Path) -> Path:
    """The cohort made anew; one that the demo did not make is never touched."""
    folder = cohort_folder(root, COHORT)
    if folder.exists():
        if not (folder / MARKER).exists():
            raise HindcastError(
                f"There is a cohort {COHORT} that the demo did not make ({folder}). "
                "Nothing in it was touched. Rename that folder and run the demo again."
            )
        remove_cohort(root, COHORT)
    with tempfile.TemporaryDirectory() as scratch:
        roster = Path(scratch, "roster.csv")
        write_roster(HANDS, roster)
        folder = new_cohort(root, COHORT, roster)
    (folder / MARKER).touch()
    return folder


def hand_in(root: Path, cohort: Path) -> None:
    """Put every learner's notebooks, made from release and bank, into `submitted`."""
    bank = load_bank(bank_path(root, UNIT))
    for learner, hand in HANDS.items():
        for name in NOTEBOOKS if learner.takes_bench else NOTEBOOKS[:1]:
            released = read_notebook(root / "course" / UNIT / f"{name}.ipynb")
            filled = fill(released, deal([answer for answer in bank if answer.notebook == name], hand))
            path = cohort / "submitted" / learner.id / UNIT / f"{name}.ipynb"
            write_if_changed(path, notebook_text(filled))


def deal(answers: list[Answer], hand: list[tuple[str, int]]) -> dict[str, str]:
    """Exercise -> source: the kinds of `hand` in turn, the reference where an exercise has too few."""
    dealt = {}
    for number, exercise in enumerate(dict.fromkeys(answer.exercise for answer in answers)):
        kind, which = hand[number % len(hand)]
        codes = [answer.code for answer in answers if answer.exercise == exercise and answer.kind == kind]
        reference = next(a.code for a in answers if a.exercise == exercise and a.kind == "reference")
        dealt[exercise] = codes[which] if -len(codes) <= which < len(codes) else reference
    return dealt


def _grade(root: Path) -> None:
    """As a trainer would. These hand-ins are ours, so they are graded where nothing isolates them too."""
    from hindcast.kit.grade import command
    from hindcast.kit.grade.isolation import why_not

    command.grade(root, UNIT, COHORT, command.Chosen(unsandboxed=bool(why_not())), as_json=False)


def _write_feedback(cohort: Path) -> None:
    from hindcast.kit.feedback import write_feedback

    write_feedback(cohort, UNIT)


def _print_round(cohort: Path, console: Console) -> None:
    from hindcast.kit.gradebook import ranked_mistakes, read_gradebook

    tables = read_gradebook(cohort)
    console.print(_points_table(tables.notebooks))
    console.print(_mistakes_table(ranked_mistakes(tables.answers)[:MISTAKES_SHOWN]))
    counts = tables.answers["status"].value_counts().drop(SCORED, errors="ignore")
    waiting = ", ".join(f"{count} {status}" for status, count in counts.items())
    console.print(f"Answers that could not be scored: {waiting or 'none'}.\n")
    for what, where in _places(cohort).items():
        console.print(f"{what}: {where}", highlight=False, soft_wrap=True, markup=False)


def _points_table(rows: "pd.DataFrame") -> Table:
    """A row for each learner, a column for each notebook."""
    earned = {(row.learner, row.notebook): row for row in rows.itertuples()}
    table = Table("learner", "role", title=f"Points in {UNIT}", title_justify="left")
    for notebook in NOTEBOOKS:
        table.add_column(notebook, justify="right")
    for learner in HANDS:
        cells = [earned.get((learner.id, notebook)) for notebook in NOTEBOOKS]
        shown = [
            f"{round(cell.points, 2):g} of {cell.of:g}" if cell else "not in the track" for cell in cells
        ]
        table.add_row(learner.name, learner.role, *shown)
    return table


def _mistakes_table(ranked: "pd.DataFrame") -> Table:
    """What learners take to be so, in the words of the catalogue, the commonest first."""
    table = Table(
        "learners", "take it that", "and could look next at", title="Commonest mistakes", title_justify="left"
    )
    for row in ranked.itertuples():
        entry = misconceptions()[row.mistake]
        table.add_row(str(row.learners), entry["believed"], entry["look"], end_section=True)
    return table


def _places(cohort: Path) -> dict[str, str]:
    """Where a trainer looks next."""
    here = cohort.relative_to(Path.cwd()) if cohort.is_relative_to(Path.cwd()) else cohort
    jupyter = "jupyter" if shutil.which("jupyter") else Path(sys.executable).parent / "jupyter"
    return {
        "Feedback pages": f"{here}/feedback/LEARNER/{UNIT}/index.html",
        "Gradebook": f"{here}/gradebook.db",
        "Formgrader": f"cd {here} && {jupyter} lab --ServerApp.root_dir=../../.. (menu Nbgrader, Formgrader)",
    }
