"""A cohort of one learner and one unit, which exists as long as `hindcast score` runs."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.kit.checkout import BENCH
from hindcast.kit.gradebook.location import CONFIG_FILE, gradebook_url
from hindcast.kit.notebooks.release import register
from hindcast.kit.plumbing.files import put_files
from hindcast.kit.roster.roster import ROSTER, TRACKS, Learner, write_roster

if TYPE_CHECKING:
    from hindcast.kit.grade.summary import GradeSummary

YOU = "you"

_CONFIG = '''"""nbgrader for one person's notebooks: a cohort that lives as long as `hindcast score` runs."""

from pathlib import Path

c = get_config()

COHORT = Path(__file__).resolve().parent
load_subconfig("grading/nbgrader_config.py", path=str(COHORT.parents[2]))
c.CourseDirectory.root = str(COHORT)
c.CourseDirectory.release_directory = str(COHORT / "release")  # fresh: the learner has changed course/
c.CourseDirectory.db_url = f"sqlite:///{(COHORT / 'gradebook.db').as_posix()}"
'''


@contextlib.contextmanager
def private_cohort(root: Path, unit: str, place: Path) -> Iterator[Path]:
    """Make a cohort in the folder `place`, two levels below `root`, with the newly released unit.

    The cohort is removed in the end.
    """
    from nbgrader.utils import rmtree  # copes with the write protection that nbgrader gives to graded files

    place.mkdir(parents=True, exist_ok=True)
    cohort = Path(tempfile.mkdtemp(dir=place, prefix=".running-"))
    try:
        (cohort / CONFIG_FILE).write_text(_CONFIG, encoding="utf-8")
        register(root, unit, gradebook_url(cohort), cohort / "release")
        yield cohort
    finally:
        rmtree(str(cohort))


def hand_in_copies(cohort: Path, unit: str, notebooks: list[Path]) -> None:
    """Hand in copies of the notebooks, byte for byte. The bench is expected only if it was begun."""
    from nbgrader.api import Gradebook

    folder = cohort / "submitted" / YOU / unit
    folder.mkdir(parents=True)
    for path in notebooks:
        (folder / path.name).write_bytes(path.read_bytes())
    bench = any(path.stem == BENCH for path in notebooks)
    write_roster([Learner(YOU, YOU, "", "other", TRACKS[bench])], cohort / ROSTER)
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.add_student(YOU, first_name="", last_name=YOU)


def grade_copies(cohort: Path, unit: str, seconds: float | None, unsandboxed: bool) -> "GradeSummary":
    """Grade what was handed in. `seconds`: how long a cell may run, None for nbgrader's setting."""
    from hindcast.kit.grade import run
    from hindcast.kit.grade.options import GradeOptions

    course, config = run.load_course(cohort, unit)
    options = GradeOptions(workers=1, seconds=seconds, unsandboxed=unsandboxed)
    return run.grade_assignment(course, config, options)


def keep_feedback(cohort: Path, unit: str, folder: Path) -> Path | None:
    """Write the feedback page and copy it into `folder`. If there is none, print why and return None."""
    from hindcast.kit.feedback import write_feedback

    pages = write_feedback(cohort, unit, workers=1)
    for fault in pages.faults:
        print(fault, file=sys.stderr)
    if not pages.written:
        return None
    (page,) = pages.written
    return put_files(folder, {page.name: page.read_bytes()})[0]
