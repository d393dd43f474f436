"""The list of checks, run one apart from the other: what breaks one of them becomes its own line."""

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
    """What is looked at, who needs it, and how it is looked at."""

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
    """What was found where."""

    place: Workplace
    lines: list[CheckedLine]

    @property
    def works(self) -> bool:
        """All that a learner needs works and, where there is a cohort, all that a trainer needs."""
        needed = {LEARNER, TRAINER} if self.place.cohorts else {LEARNER}
        return not any(line.found.state == MEND and line.who in needed for line in self.lines)

    def as_data(self) -> dict:
        """The report as plain data, for a script."""
        lines = [{"name": line.name, "who": line.who, **asdict(line.found)} for line in self.lines]
        return {"works": self.works, "place": self.place.words, "checks": lines}


def checks(place: Workplace) -> list[Check]:
    """Everything that is looked at, in the order in which it is told."""
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
    """Look at everything; nothing is changed. Raises HindcastError for a cohort that is not there."""
    place = find_workplace(cohort)
    return Checkup(place, run_checks(checks(place), place))


def run_checks(wanted: Sequence[Check], place: Workplace) -> list[CheckedLine]:
    """The findings of the checks, in their order. Most of the time is spent waiting for other processes."""
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
