"""The counts that stay of deleted learners (`counts.json`), added to the counts of those who are there.

They are sums without persons. So "every point" is said of those who are there alone, and of a mistake in
several exercises the least number of people is added that it can have been.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from hindcast.check import SCORED
from hindcast.errors import HindcastError
from hindcast.forms import BADLY_FORMED, INCOMPLETE, NOT_ATTEMPTED
from hindcast.kit.report.measures import EXERCISE

FILE = "counts.json"
_COLUMNS = ("people", "answered", "points", "blank", "incomplete", "badly_formed", "waits")


@dataclass(frozen=True)
class Deleted:
    """`exercises`: the counts of each, a row each; `mistakes`: (exercise..., mistake) -> people."""

    learners: int
    exercises: pd.DataFrame
    mistakes: dict[tuple[str, str, str, str], int]

    @cached_property
    def answered(self) -> dict[tuple[str, str, str], int]:
        """(unit, notebook, exercise) -> how many deleted learners had answered it."""
        keys = zip(*(self.exercises[name] for name in EXERCISE), strict=True)
        return dict(zip(keys, self.exercises["answered"].astype(int), strict=True))


def deleted_counts(cohort: Path, units: list[str]) -> Deleted:
    """The counts of the cohort's deleted learners in `units`; all zero where nobody was deleted.

    Raises HindcastError for a file that cannot be read.
    """
    path = cohort / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        kept = {unit: of_unit["notebooks"] for unit, of_unit in data["units"].items() if unit in units}
        sums = {
            (unit, notebook, exercise): counts
            for unit, notebooks in kept.items()
            for notebook, exercises in notebooks.items()
            for exercise, counts in exercises.items()
        }
        rows = [(*key, *_row(counts)) for key, counts in sums.items()]
        mistakes = {
            (*key, mistake): int(many)
            for key, counts in sums.items()
            for mistake, many in counts["mistakes"].items()
        }
        return Deleted(int(data["learners"]), pd.DataFrame(rows, columns=[*EXERCISE, *_COLUMNS]), mistakes)
    except FileNotFoundError:
        return Deleted(0, pd.DataFrame(columns=[*EXERCISE, *_COLUMNS]), {})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise HindcastError(
            f"{path} cannot be read: expected the counts that stay of deleted learners. Put the file back "
            "from a copy, or remove it: the report is then of those who are there."
        ) from None


def _row(counts: dict) -> tuple:
    statuses, waits = counts["statuses"], int(counts["waiting"])
    unchecked = int(counts["learners"]) - sum(statuses.values()) - waits
    return (
        int(counts["learners"]),
        int(statuses.get(SCORED, 0)) + max(unchecked, 0),
        float(counts["points"]),
        *(int(statuses.get(status, 0)) for status in (NOT_ATTEMPTED, INCOMPLETE, BADLY_FORMED)),
        waits,
    )


def with_deleted(counts: pd.DataFrame, deleted: Deleted) -> pd.DataFrame:
    """The counts of `measures.exercise_counts`, those of deleted learners added; `every` stays as it is."""
    if deleted.exercises.empty:
        return counts
    both = counts.merge(deleted.exercises, how="left", on=EXERCISE, suffixes=("", "_deleted"))
    for name in _COLUMNS:
        added = both.pop(f"{name}_deleted").astype(float).fillna(0)
        both[name] = (both[name] + added).astype(counts[name].dtype)
    return both
