"""A cohort: a group taught together, as a folder with its hand-ins, gradebook and nbgrader configuration."""

import re
import tempfile
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.release import register
from hindcast.kit.roster import Learner, read_roster, write_roster
from hindcast.kit.units import graded_units

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")

_CONFIG = '''"""nbgrader for this cohort: run the nbgrader commands in this folder."""

from pathlib import Path

c = get_config()

COHORT = Path(__file__).resolve().parent
REPOSITORY = COHORT.parents[2]
load_subconfig("../../nbgrader_config.py", path=str(COHORT))

# Everything relative to the repository: the formgrader makes its links from these.
c.CourseDirectory.root = str(REPOSITORY)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = str(COHORT.relative_to(REPOSITORY) / "submitted")
c.CourseDirectory.autograded_directory = str(COHORT.relative_to(REPOSITORY) / "autograded")
c.CourseDirectory.feedback_directory = str(COHORT.relative_to(REPOSITORY) / "feedback")

# Any SQLAlchemy URL does.
c.CourseDirectory.db_url = f"sqlite:///{(COHORT / 'gradebook.db').as_posix()}"
'''


def cohort_folder(root: Path, name: str) -> Path:
    """Where the cohort `name` lives, made or not; an error for a name that is no plain folder name."""
    if not _NAME.fullmatch(name):
        raise HindcastError(
            f"{name!r} cannot name a cohort: expected letters, digits, - and _, such as spring-2026. "
            "It becomes a folder of grading/cohorts/."
        )
    return root / "grading" / "cohorts" / name


def the_cohort(root: Path, name: str | None) -> Path:
    """The folder of the cohort `name`, or of the only one. Raises HindcastError when there is none."""
    there = sorted(p.parent.name for p in (root / "grading" / "cohorts").glob("*/nbgrader_config.py"))
    listed = ", ".join(there) or "none yet; `hindcast cohort new NAME --roster roster.csv` makes one"
    if name is None and len(there) != 1:
        raise HindcastError(f"Say which cohort: --cohort NAME. There are: {listed}.")
    if name is not None and name not in there:
        raise HindcastError(f"There is no cohort {name!r}. There are: {listed}.")
    return cohort_folder(root, name or there[0])


def gradebook_url(cohort: Path) -> str:
    """The SQLAlchemy URL of the cohort's gradebook, as its nbgrader_config.py sets it."""
    from traitlets.config.loader import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(cohort)).load_config().CourseDirectory.db_url


def new_cohort(root: Path, name: str, roster: Path) -> Path:
    """Make the cohort `name` from the CSV `roster`: folder, roster, gradebook, configuration; or nothing."""
    folder = cohort_folder(root, name)
    if folder.exists():
        raise HindcastError(
            f"The cohort {name} exists already ({folder}). Choose another name; nothing in it was touched."
        )
    learners = read_roster(roster)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as beside:
        unfinished = Path(beside, "cohort")
        _fill(root, unfinished, learners)
        unfinished.rename(folder)
    return folder


def _fill(root: Path, folder: Path, learners: list[Learner]) -> None:
    for step in ("submitted", "autograded", "feedback"):
        (folder / step).mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    write_roster(learners, folder / "roster.csv")
    for unit in graded_units(root):
        register(root, unit, gradebook_url(folder))
    _enrol(learners, gradebook_url(folder))


def _enrol(learners: list[Learner], url: str) -> None:
    """nbgrader wants two names: the last word counts as the family name. The roster keeps the name whole."""
    from nbgrader.api import Gradebook

    with Gradebook(url, "") as gradebook:
        for learner in learners:
            first, _, last = learner.name.rpartition(" ")
            gradebook.update_or_create_student(
                learner.id, first_name=first, last_name=last, email=learner.email
            )


def remove_cohort(root: Path, name: str) -> None:
    """Remove a cohort with everything in it. Only for one that holds no person's work."""
    from nbgrader.utils import rmtree  # copes with the write protection that nbgrader gives to graded files

    rmtree(str(cohort_folder(root, name)))
