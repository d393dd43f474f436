"""Where the command runs: a checkout, a bundle that a learner unpacked, or an installed package alone."""

from dataclasses import dataclass
from pathlib import Path

import hindcast
from hindcast.errors import HindcastError
from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.learn import LESSON


@dataclass(frozen=True)
class Workplace:
    """Where the command runs. `root`: the folder that holds course/, or None.

    Only a checkout has solutions/ and cohorts.
    """

    root: Path | None
    cohorts: tuple[str, ...] = ()

    @property
    def is_checkout(self) -> bool:
        """Whether a trainer can work here."""
        return self.root is not None and (self.root / "solutions").is_dir()

    @property
    def words(self) -> str:
        """The place, in words for the page."""
        if self.root is None:
            return f"the installed package {Path(hindcast.__file__).parent}"
        return f"{'the checkout' if self.is_checkout else 'the course in'} {self.root}"


def find_workplace(cohort: str | None, start: Path | None = None) -> Workplace:
    """Return the place that holds `start` (the current folder by default), else the package's own.

    `cohort`: the only cohort to check, or None for all. Raises HindcastError if it does not exist.
    """
    start = (start or Path.cwd()).resolve()
    package = Path(hindcast.__file__).resolve()
    for folder in (start, *start.parents, package.parents[2]):
        for_trainers = (folder / "grading" / "nbgrader_config.py").is_file() and (
            folder / "solutions"
        ).is_dir()
        if for_trainers or (folder / LESSON).is_file():
            return Workplace(folder, _cohorts(folder, cohort))
    if cohort:
        raise HindcastError(f"There is no cohort {cohort!r} here: no checkout of Hindcast holds {start}.")
    return Workplace(None)


def _cohorts(root: Path, wanted: str | None) -> tuple[str, ...]:
    if wanted is not None:
        return (the_cohort(root, wanted).name,)
    return tuple(sorted(p.parent.name for p in (root / "grading" / "cohorts").glob("*/nbgrader_config.py")))
