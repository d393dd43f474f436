"""The list of checks. Each runs apart from the others: an exception in one becomes that check's own line."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from hindcast.errors import HindcastError
from hindcast.kit.doctor import data, environment, jupyter, trainer
from hindcast.kit.doctor.findings import MEND, Finding, mend, mend_as_said
from hindcast.kit.doctor.workplace import Workplace, find_workplace

LEARNER, TRAINER = "learner", "trainer"


@dataclass(frozen=True)
class Check:
    """A check: its name, who needs it, and the function that does it."""

    name: str
    who: str
    look: Callable[[Workplace], Finding | list[Finding]]


@dataclass(frozen=True)
class CheckedLine:
    """One finding of a check."""

    name: str
    who: str
    found: Finding


@dataclass(frozen=True)
class Checkup:
    """The place that was examined and the findings."""

    place: Workplace
    lines: list[CheckedLine]

    @property
    def works(self) -> bool:
        """Whether all that a learner needs works and, if there is a cohort, all that a trainer needs."""
        needed = {LEARNER, TRAINER} if self.place.cohorts else {LEARNER}
        return not any(line.found.state == MEND and line.who in needed for line in self.lines)

    def as_data(self) -> dict:
        """Return the findings as plain data, for JSON."""
        lines = [{"name": line.name, "who": line.who, **asdict(line.found)} for line in self.lines]
        return {"works": self.works, "place": self.place.words, "checks": lines}


def checks(place: Workplace) -> list[Check]:
    """Return all checks for this place, in the order of the page."""
    return [
        Check("Python", LEARNER, environment.look_at_python),
        Check("packages", LEARNER, environment.look_at_packages),
        Check("JupyterLab", LEARNER, jupyter.look_at_lab),
        Check("Validate", LEARNER, jupyter.look_at_validate),
        Check("kernel", LEARNER, jupyter.look_at_kernel),
        Check("room", LEARNER, environment.look_at_room),
        Check("clock", LEARNER, environment.look_at_clock),
        Check("tables", LEARNER, data.look_at_shipped_tables),
        Check("field data", LEARNER, data.look_at_field_data),
        Check("formgrader", TRAINER, jupyter.look_at_formgrader),
        Check("isolation", TRAINER, trainer.look_at_isolation),
        *(Check(name, TRAINER, trainer.look_at_cohort(name)) for name in place.cohorts),
    ]


def examine_machine(cohort: str | None = None) -> Checkup:
    """Run all checks; nothing is changed. Raises HindcastError for a cohort that does not exist."""
    place = find_workplace(cohort)
    return Checkup(place, run_checks(checks(place), place))


def run_checks(wanted: Sequence[Check], place: Workplace) -> list[CheckedLine]:
    """Run the checks in threads, since most wait for other processes. Return the findings in order."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return [line for lines in pool.map(lambda check: _lines_of(check, place), wanted) for line in lines]


def _lines_of(check: Check, place: Workplace) -> list[CheckedLine]:
    try:
        found = check.look(place)
    except HindcastError as error:
        found = mend_as_said(error)
    except Exception as error:
        words = " ".join(str(error).split()) or "no reason given"
        found = mend(
            f"this could not be looked at ({type(error).__name__}: {words})",
            "Run the command again; if it says the same, tell the maintainers.",
        )
    return [
        CheckedLine(check.name, check.who, one) for one in (found if isinstance(found, list) else [found])
    ]
