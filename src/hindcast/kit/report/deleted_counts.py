"""The counts that stay of deleted learners (`counts.json`), added to the counts of those who are there.

They are sums that name nobody. So the number with every point is of those who are there alone. The people who
made a mistake in several exercises cannot be told apart: the least number that is possible is added.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from hindcast.check import SCORED
from hindcast.forms.base import BADLY_FORMED, INCOMPLETE, NOT_ATTEMPTED
from hindcast.kit.cohort.forgotten import ExerciseCounts, forgotten_counts
from hindcast.kit.report.measures import EXERCISE, ExerciseKey

_COLUMNS = ("people", "answered", "points", "blank", "incomplete", "badly_formed", "waits")


@dataclass(frozen=True)
class DeletedCounts:
    """`exercises`: the counts of each, a row each; `mistakes`: (exercise..., mistake) -> people."""

    learners: int
    exercises: pd.DataFrame
    mistakes: dict[tuple[str, str, str, str], int]

    @cached_property
    def answered(self) -> dict[ExerciseKey, int]:
        """(unit, notebook, exercise) -> how many deleted learners had answered it."""
        keys = zip(*(self.exercises[name] for name in EXERCISE), strict=True)
        return dict(zip(keys, self.exercises["answered"].astype(int), strict=True))


def deleted_counts(cohort: Path, units: list[str]) -> DeletedCounts:
    """The counts of the cohort's deleted learners in `units`; all zero where nobody was deleted.

    Raises HindcastError for a file that cannot be read.
    """
    kept = forgotten_counts(cohort)
    sums = {key: counts for key, counts in kept.exercises.items() if key[0] in units}
    rows = [(*key, *_cells_of(counts)) for key, counts in sums.items()]
    mistakes = {
        (*key, mistake): many for key, counts in sums.items() for mistake, many in counts.mistakes.items()
    }
    return DeletedCounts(kept.learners, pd.DataFrame(rows, columns=[*EXERCISE, *_COLUMNS]), mistakes)


def _cells_of(counts: ExerciseCounts) -> tuple:
    unchecked = counts.learners - counts.statuses.total() - counts.waiting
    return (
        counts.learners,
        counts.statuses[SCORED] + max(unchecked, 0),
        counts.points,
        *(counts.statuses[status] for status in (NOT_ATTEMPTED, INCOMPLETE, BADLY_FORMED)),
        counts.waiting,
    )


def with_deleted(counts: pd.DataFrame, deleted: DeletedCounts) -> pd.DataFrame:
    """The counts of `measures.exercise_counts`, those of deleted learners added; `every` stays as it is."""
    if deleted.exercises.empty:
        return counts
    both = counts.merge(deleted.exercises, how="left", on=EXERCISE, suffixes=("", "_deleted"))
    for name in _COLUMNS:
        added = both.pop(f"{name}_deleted").astype(float).fillna(0)
        both[name] = (both[name] + added).astype(counts[name].dtype)
    return both
