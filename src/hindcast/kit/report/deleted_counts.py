"""The counts of deleted learners (`counts.json`), added to the counts of the other learners.

They are sums without names. So the number of people with every point leaves deleted learners out. Deleted
people who made a mistake in several exercises cannot be counted once: the least possible number is added.
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
    """Counts of deleted learners. `exercises`: a row each; `mistakes`: (exercise..., mistake) -> people."""

    learners: int
    exercises: pd.DataFrame
    mistakes: dict[tuple[str, str, str, str], int]

    @cached_property
    def answered(self) -> dict[ExerciseKey, int]:
        """Return (unit, notebook, exercise) -> how many deleted learners had answered it."""
        keys = zip(*(self.exercises[name] for name in EXERCISE), strict=True)
        return dict(zip(keys, self.exercises["answered"].astype(int), strict=True))


def deleted_counts(cohort: Path, units: list[str]) -> DeletedCounts:
    """Return the counts of the cohort's deleted learners in `units`; all zero if nobody was deleted.

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
    """Return `measures.exercise_counts` with deleted learners added; `every` is unchanged."""
    if deleted.exercises.empty:
        return counts
    both = counts.merge(deleted.exercises, how="left", on=EXERCISE, suffixes=("", "_deleted"))
    for name in _COLUMNS:
        added = both.pop(f"{name}_deleted").astype(float).fillna(0)
        both[name] = (both[name] + added).astype(counts[name].dtype)
    return both
