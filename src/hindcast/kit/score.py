"""`hindcast score`: who learns alone grades their own notebooks, as a trainer would, and reads the feedback.

What they saved is copied into a private cohort that lives as long as the command; the page stays. Nothing in
course/ is ever written.
"""

import contextlib
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from hindcast.errors import HindcastError
from hindcast.kit.checkout import find_root, graded_units, no_such_unit
from hindcast.kit.gradebook.location import CONFIG_FILE
from hindcast.kit.notebooks.answer_banks import answer_cells
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.notebooks.release import register
from hindcast.kit.plumbing.files import put_files
from hindcast.kit.roster.roster import TRACKS, Learner, write_roster

if TYPE_CHECKING:
    from hindcast.kit.grade.summary import GradeSummary

NO_VERDICT, CANNOT_ISOLATE = 1, 3
NOTEBOOKS = ("workbook", "bench")
YOU = "you"
PLACE = Path("scratch", "score")  # git ignores it, and no cohort is looked for there
PAGE = "index.html"

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

_CONFIG = '''"""nbgrader for one person's notebooks: a cohort that lives as long as `hindcast score` runs."""

from pathlib import Path

c = get_config()

COHORT = Path(__file__).resolve().parent
load_subconfig("grading/nbgrader_config.py", path=str(COHORT.parents[2]))
c.CourseDirectory.root = str(COHORT)
c.CourseDirectory.release_directory = str(COHORT / "release")  # fresh: the learner has changed course/
c.CourseDirectory.db_url = f"sqlite:///{(COHORT / 'gradebook.db').as_posix()}"
'''


@dataclass(frozen=True)
class Chosen:
    """What a learner may choose. `seconds`: the most a cell may run, None for nbgrader's setting."""

    browser: bool = True
    seconds: float | None = None
    unsandboxed: bool = False


def score(unit: str, chosen: Chosen) -> int:
    """Score the notebooks of `unit` as they are saved, say how it went and open the page; the exit code.

    0: scored, or nothing was answered yet; 1: not scored, by a fault of the grader's own; 3: nothing was
    run, because code cannot be isolated here. Raises HindcastError for a unit that is not there.
    """
    root = full_checkout(unit)
    from hindcast.kit.sandbox.isolation import isolation_obstacle

    if not chosen.unsandboxed and (why := isolation_obstacle()):
        print(f"{why}\n{OWN_CODE.format(unit=unit)}", file=sys.stderr)
        return CANNOT_ISOLATE
    with (
        _private_cohort(root, unit) as cohort,
        Console(stderr=True).status("Reading your notebooks") as status,
    ):
        saved = _saved(root, unit)
        answered = [name for name in saved if is_answered(saved[name], cohort / "release" / unit)]
        if not answered:
            status.stop()
            print(_untouched(unit, saved))
            return 0
        _hand_in(cohort, unit, [saved[name] for name in answered])
        status.update("Running your notebooks from top to bottom")
        summary = _grade(cohort, unit, chosen)
        status.update("Writing the page")
        page = _page(cohort, unit, root / PLACE / unit)
        status.stop()
        _say(root, cohort, unit, [name for name in saved if name not in answered], summary)
    if page:
        print(f"\nFeedback: {page}")
        if chosen.browser:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(page.as_uri())
    return NO_VERDICT if summary.broken else 0


def full_checkout(unit: str) -> Path:
    """The checkout to score in, where `unit` gives points. Raises HindcastError in a bundle."""
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


def _saved(root: Path, unit: str) -> dict[str, Path]:
    """The notebooks of the unit that give points and are there. Raises HindcastError where none is."""
    folder = root / "course" / unit
    there = {name: folder / f"{name}.ipynb" for name in NOTEBOOKS if (folder / f"{name}.ipynb").is_file()}
    if not there:
        raise HindcastError(
            f"There is no notebook to score in {folder}: expected workbook.ipynb as you saved it. "
            f"`git checkout -- course/{unit}` brings the empty one back."
        )
    return there


def is_answered(path: Path, release: Path) -> bool:
    """Whether an answer in a notebook differs from the one that was released in the folder `release`.

    A file that is no notebook counts as answered: the grader says what is wrong with it.
    """
    try:
        own = {name: cell.source.strip() for name, cell in answer_cells(read_notebook(path)).items()}
    except (HindcastError, AttributeError, KeyError, TypeError):
        return True
    released = answer_cells(read_notebook(release / path.name))
    return any(own.get(name) != cell.source.strip() for name, cell in released.items())


def _untouched(unit: str, saved: dict[str, Path]) -> str:
    names = " and ".join(f"the {name}" for name in saved)
    verb, them = ("are", "them") if len(saved) > 1 else ("is", "it")
    folder = next(iter(saved.values())).parent
    return UNTOUCHED.format(unit=unit, names=f"{names} {verb}", them=them, folder=folder)


# --- a cohort of one ---------------------------------------------------------------------------------


@contextlib.contextmanager
def _private_cohort(root: Path, unit: str) -> Iterator[Path]:
    """A cohort that knows one unit, freshly released, and one learner; gone in the end."""
    from nbgrader.utils import rmtree  # copes with the write protection that nbgrader gives to graded files

    (root / PLACE).mkdir(parents=True, exist_ok=True)
    cohort = Path(tempfile.mkdtemp(dir=root / PLACE, prefix=".running-"))
    try:
        (cohort / CONFIG_FILE).write_text(_CONFIG, encoding="utf-8")
        register(root, unit, _url(cohort), cohort / "release")
        yield cohort
    finally:
        rmtree(str(cohort))


def _url(cohort: Path) -> str:
    from hindcast.kit.gradebook.location import gradebook_url

    return gradebook_url(cohort)


def _hand_in(cohort: Path, unit: str, notebooks: list[Path]) -> None:
    """Copies, byte for byte; the bench is asked for only where it was begun."""
    from nbgrader.api import Gradebook

    folder = cohort / "submitted" / YOU / unit
    folder.mkdir(parents=True)
    for path in notebooks:
        (folder / path.name).write_bytes(path.read_bytes())
    bench = any(path.stem == "bench" for path in notebooks)
    write_roster([Learner(YOU, YOU, "", "other", TRACKS[bench])], cohort / "roster.csv")
    with Gradebook(_url(cohort), "") as gradebook:
        gradebook.add_student(YOU, first_name="", last_name=YOU)


def _grade(cohort: Path, unit: str, chosen: Chosen) -> "GradeSummary":
    from hindcast.kit.grade import run
    from hindcast.kit.grade.options import GradeOptions

    course, config = run.load_course(cohort, unit)
    options = GradeOptions(workers=1, seconds=chosen.seconds, unsandboxed=chosen.unsandboxed)
    return run.grade_assignment(course, config, options)


def _page(cohort: Path, unit: str, folder: Path) -> Path | None:
    """The page, where it stays; None where there is none, which is said."""
    from hindcast.kit.feedback import write_feedback

    pages = write_feedback(cohort, unit, workers=1)
    for fault in pages.faults:
        print(fault, file=sys.stderr)
    return put_files(folder, {PAGE: pages.written[0].read_bytes()})[0] if pages.written else None


def _say(root: Path, cohort: Path, unit: str, left_out: list[str], summary: "GradeSummary") -> None:
    from hindcast.kit.gradebook.snapshot import read_gradebook
    from hindcast.kit.scored import LEFT_OUT, in_words

    print(f"{unit}, as you saved it:")
    for line in in_words(root, read_gradebook(cohort), unit, summary.attention):
        print(line)
    for name in left_out:
        print(LEFT_OUT.format(name=name))
