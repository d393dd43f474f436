"""A cohort: a group taught together, as a folder with its hand-ins, gradebook and nbgrader configuration."""

import re
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.gradebook.location import CONFIG_FILE

UNDER_DELETION = ".forgetting.json"  # exists as long as a learner's deletion is not complete

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
    """Return the folder of the cohort `name`, whether it exists or not.

    Raises HindcastError for a name that is no plain folder name.
    """
    if not _NAME.fullmatch(name):
        raise HindcastError(
            f"{name!r} cannot name a cohort: expected letters, digits, - and _, such as spring-2026. "
            "It becomes a folder of grading/cohorts/."
        )
    return root / "grading" / "cohorts" / name


def the_cohort(root: Path, name: str | None) -> Path:
    """Return the folder of the cohort `name`, or of the only one. Raises HindcastError if there is none."""
    there = sorted(p.parent.name for p in (root / "grading" / "cohorts").glob(f"*/{CONFIG_FILE}"))
    listed = ", ".join(there) or "none yet; `hindcast cohort new NAME --roster roster.csv` makes one"
    if name is None and len(there) != 1:
        raise HindcastError("Say which cohort: --cohort NAME.", f"There are: {listed}.")
    if name is not None and name not in there:
        raise HindcastError(f"There is no cohort {name!r}.", f"There are: {listed}.")
    return cohort_folder(root, name or there[0])


def write_config(folder: Path) -> None:
    """Write nbgrader's configuration into the folder, which makes it a cohort. It has no absolute path."""
    (folder / CONFIG_FILE).write_text(_CONFIG, encoding="utf-8")


def remove_cohort(root: Path, name: str) -> None:
    """Remove a cohort with everything in it. Only for a cohort without a person's work."""
    from nbgrader.utils import rmtree  # copes with the write protection that nbgrader gives to graded files

    rmtree(str(cohort_folder(root, name)))
