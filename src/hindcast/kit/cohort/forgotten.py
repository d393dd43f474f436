"""The counts of deleted learners that are kept: `counts.json` in a cohort's folder.

Nothing in it identifies a person: no id, name, address, time or answer. It holds sums over deleted learners:

    {"learners": 2,                             how many were deleted
     "units": {"06_reading_classifications": {
       "handed_in": 2,                          of them, how many handed the unit in
       "notebooks": {"workbook": {"precision": {  of each exercise (its grade id without _test):
         "learners": 2,                           in how many graded notebooks it was
         "points": 3.5, "of": 8.0,                points earned, and to be earned, added up
         "waiting": 1,                            how many still waited for a person to give points
         "statuses": {"scored": 1, "not attempted": 1},   results of its check; none where a person
                                                  scores
         "mistakes": {"count_is_rate": 1}}}}}}}   how many made each recognised mistake

A hand-in can write anything into its outputs. Statuses and mistakes are kept only if they are Hindcast's own
words, so that no person's name is kept as one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hindcast.check import SCORED, misconceptions
from hindcast.errors import HindcastError
from hindcast.forms.base import BADLY_FORMED, INCOMPLETE, NOT_ATTEMPTED

COUNTS = "counts.json"
STATUSES = {SCORED, BADLY_FORMED, INCOMPLETE, NOT_ATTEMPTED}


@dataclass(frozen=True)
class Answered:
    """One exercise of one learner's graded notebook, without the answer.

    `status` is the result of its check, "" if it has no check.
    """

    unit: str
    notebook: str
    exercise: str
    points: float
    of: float
    waits: bool
    status: str
    mistakes: tuple[str, ...]


@dataclass
class ExerciseCounts:
    """Sums over deleted learners for one exercise."""

    learners: int = 0
    points: float = 0.0
    of: float = 0.0
    waiting: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)

    def add(self, answer: Answered) -> None:
        """Add one learner's exercise."""
        self.learners += 1
        self.points = round(self.points + answer.points, 6)
        self.of = round(self.of + answer.of, 6)
        self.waiting += answer.waits
        self.statuses.update({answer.status} & STATUSES)
        self.mistakes.update({*answer.mistakes} & {*misconceptions()})


@dataclass
class Forgotten:
    """Sums over the deleted learners of a cohort.

    `handed_in`: unit -> learners; `exercises`: (unit, notebook, exercise) -> its sums.
    """

    learners: int = 0
    handed_in: Counter[str] = field(default_factory=Counter)
    exercises: dict[tuple[str, str, str], ExerciseCounts] = field(default_factory=dict)

    def add(self, units: Iterable[str], answers: Iterable[Answered]) -> None:
        """Add one learner: the units handed in, and the exercises of the graded notebooks."""
        self.learners += 1
        self.handed_in.update(set(units))
        for answer in answers:
            key = (answer.unit, answer.notebook, answer.exercise)
            self.exercises.setdefault(key, ExerciseCounts()).add(answer)


def forgotten_counts(cohort: Path) -> Forgotten:
    """Return the counts of the cohort's deleted learners; all zero if nobody was deleted.

    Raises HindcastError for a file that cannot be read.
    """
    path = cohort / COUNTS
    try:
        return counts_from_text(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Forgotten()
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise HindcastError(
            f"{path} cannot be read: expected the counts that `hindcast cohort forget` wrote.",
            "Put the file back from a copy, or remove it: the counts of deleted learners are then gone.",
        ) from None


def counts_from_text(text: str) -> Forgotten:
    """Return the counts from the JSON that `counts_as_text` made."""
    data = json.loads(text)
    counts = Forgotten(int(data["learners"]))
    for unit, of_unit in data["units"].items():
        counts.handed_in[unit] = int(of_unit["handed_in"])
        for notebook, exercises in of_unit["notebooks"].items():
            for exercise, sums in exercises.items():
                kept = sums | {name: Counter(sums[name]) for name in ("statuses", "mistakes")}
                counts.exercises[unit, notebook, exercise] = ExerciseCounts(**kept)
    return counts


def counts_as_text(counts: Forgotten) -> str:
    """Return the counts as JSON with sorted keys, so that the order does not show who was deleted when."""
    units: dict[str, dict] = {
        unit: {"handed_in": counts.handed_in[unit], "notebooks": {}}
        for unit in sorted({*counts.handed_in, *(unit for unit, _, _ in counts.exercises)})
    }
    for (unit, notebook, exercise), sums in sorted(counts.exercises.items()):
        units[unit]["notebooks"].setdefault(notebook, {})[exercise] = vars(sums)
    return json.dumps({"learners": counts.learners, "units": units}, indent=1, sort_keys=True) + "\n"


# --- a learner's exercises ------------------------------------------------------------------------


def answered_exercises(cohort: Path, learner: str) -> Iterator[Answered]:
    """Yield each exercise of the learner's graded notebooks, with its points and its check's result."""
    from hindcast.kit.gradebook.snapshot import read_gradebook

    answers = read_gradebook(cohort).answers
    for row in answers[answers["learner"] == learner].itertuples():
        place = (row.unit, row.notebook, row.exercise)
        yield Answered(*place, float(row.points), float(row.of), bool(row.waits), row.status, row.mistakes)
