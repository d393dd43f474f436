"""`hindcast score`: copies the saved notebooks into a private cohort, grades them there and keeps the page.

Nothing is written into course/.
"""

import contextlib
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from hindcast.errors import HindcastError
from hindcast.kit.checkout import BENCH, WORKBOOK, find_root, graded_units, no_such_unit
from hindcast.kit.grade.command import CANNOT_ISOLATE, NO_VERDICT
from hindcast.kit.notebooks.answer_banks import answer_cells
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.score.private_cohort import grade_copies, hand_in_copies, keep_feedback, private_cohort
from hindcast.words import listed

if TYPE_CHECKING:
    from hindcast.kit.grade.summary import GradeSummary

PLACE = Path("scratch", "score")  # git ignores it, and no command looks for cohorts there
LEFT_OUT = "Nothing is answered in the {name} yet, so it was left out."

NEEDS_CHECKOUT = (
    "`hindcast score` needs the full checkout of the course, with solutions/ in it: a bundle has nothing to "
    "score with, so send your notebook to your trainer, or take the checkout."
)
OWN_CODE = (
    "Your notebook was not run. It is your own code on your own machine: "
    "`hindcast score {unit} --allow-unsandboxed` runs it with your own rights, as JupyterLab does. That is "
    "fine for a notebook that you wrote yourself, and not for somebody else's."
)
UNTOUCHED = (
    "Nothing is answered yet in {unit}: {names} as the course brought {them}. Open {folder} in JupyterLab, "
    "answer a task, save, and run this command again."
)


@dataclass(frozen=True)
class ScoreOptions:
    """A learner's options. `seconds`: how long a cell may run, None for nbgrader's setting."""

    browser: bool = True
    seconds: float | None = None
    unsandboxed: bool = False


def score_own_notebooks(unit: str, options: ScoreOptions) -> int:
    """Score the saved notebooks of `unit`, print the result and open the page. Return the exit code.

    0: scored, or nothing was answered yet; 1: not scored, because the grader failed; 3: nothing was run,
    because code cannot be isolated here. Raises HindcastError for a unit that does not exist.
    """
    root = full_checkout(unit)

    if not options.unsandboxed and (why := isolation_obstacle()):
        print(f"{why}\n{OWN_CODE.format(unit=unit)}", file=sys.stderr)
        return CANNOT_ISOLATE
    with (
        private_cohort(root, unit, root / PLACE) as cohort,
        Console(stderr=True).status("Reading your notebooks") as status,
    ):
        saved = _saved_notebooks(root, unit)
        answered = [name for name in saved if is_answered(saved[name], cohort / "release" / unit)]
        if not answered:
            status.stop()
            print(_nothing_answered(unit, saved))
            return 0
        hand_in_copies(cohort, unit, [saved[name] for name in answered])
        status.update("Running your notebooks from top to bottom")
        summary = grade_copies(cohort, unit, options.seconds, options.unsandboxed)
        status.update("Writing the page")
        page = keep_feedback(cohort, unit, root / PLACE / unit)
        status.stop()
        _say_result(root, cohort, unit, [name for name in saved if name not in answered], summary)
    if page:
        print(f"\nFeedback: {page}")
        if options.browser:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(page.as_uri())
    return NO_VERDICT if summary.broken else 0


def full_checkout(unit: str) -> Path:
    """Return the checkout to score in. Raises HindcastError in a bundle, and if `unit` gives no points."""
    here = Path.cwd()
    nearest = next((up for up in (here, *here.parents) if (up / "course" / unit).is_dir()), None)
    if nearest and not (nearest / "solutions").is_dir():
        raise HindcastError(NEEDS_CHECKOUT)
    try:
        root = find_root(nearest)
    except HindcastError:
        raise HindcastError(NEEDS_CHECKOUT) from None
    if unit not in graded_units(root):
        raise no_such_unit(unit, graded_units(root))
    return root


def _saved_notebooks(root: Path, unit: str) -> dict[str, Path]:
    """Return the unit's notebooks that give points and exist. Raises HindcastError if there is none."""
    folder = root / "course" / unit
    there = {
        name: folder / f"{name}.ipynb" for name in (WORKBOOK, BENCH) if (folder / f"{name}.ipynb").is_file()
    }
    if not there:
        raise HindcastError(
            f"There is no notebook to score in {folder}: expected workbook.ipynb as you saved it.",
            f"`git checkout -- course/{unit}` brings the empty one back.",
        )
    return there


def is_answered(path: Path, release: Path) -> bool:
    """Return whether an answer in a notebook differs from the one that was released in the folder `release`.

    A file that is no notebook counts as answered, so that the grader reports what is wrong with it.
    """
    try:
        own = {name: cell.source.strip() for name, cell in answer_cells(read_notebook(path)).items()}
    except (HindcastError, AttributeError, KeyError, TypeError):
        return True
    released = answer_cells(read_notebook(release / path.name))
    return any(own.get(name) != cell.source.strip() for name, cell in released.items())


def _nothing_answered(unit: str, saved: dict[str, Path]) -> str:
    names = listed(f"the {name}" for name in saved)
    verb, them = ("are", "them") if len(saved) > 1 else ("is", "it")
    folder = next(iter(saved.values())).parent
    return UNTOUCHED.format(unit=unit, names=f"{names} {verb}", them=them, folder=folder)


def _say_result(root: Path, cohort: Path, unit: str, left_out: list[str], summary: "GradeSummary") -> None:
    from hindcast.kit.gradebook.snapshot import read_gradebook
    from hindcast.kit.score.sentences import score_lines

    print(f"{unit}, as you saved it:")
    for line in score_lines(root, read_gradebook(cohort), unit, summary.attention):
        print(line)
    for name in left_out:
        print(LEFT_OUT.format(name=name))
