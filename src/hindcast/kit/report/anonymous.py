"""Counts of people in words, and what may be shown in the room: no person, no count of one or two people.

A count that is too small is None in the data and "fewer than three" on the page. Names, words and
misconceptions are left out where the report is put together, by the same number.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hindcast.kit.report.exercises import ExerciseRow
from hindcast.kit.report.handed_in import EVERYONE, GroupPoints, UnitRow
from hindcast.kit.report.measures import Spread
from hindcast.kit.report.rules import SMALL_GROUP

FEW = "fewer than three"


def people_in_words(many: int) -> str:
    """Such as "one person"."""
    return "nobody" if many == 0 else "one person" if many == 1 else f"{many:,} people"


def count_or_few(many: int | None) -> str:
    """A count; in the anonymous form it may be too small to be shown, and is None."""
    return FEW if many is None else f"{many:,}"


def withheld_if_few(many: int) -> int | None:
    """The count, or None where it is of one or two people."""
    return None if 0 < many < SMALL_GROUP else many


def unit_in_the_room(unit: UnitRow) -> UnitRow:
    """A unit's counts without the small ones."""
    names = ("handed_in", "late", "waits", "graded", "free_texts")
    return replace(unit, **_withheld(unit, names))


def exercise_in_the_room(row: ExerciseRow) -> ExerciseRow:
    """An exercise's counts without the small ones."""
    names = ("answered", "every", "every_of", "blank", "incomplete", "badly_formed", "waits")
    return replace(row, **_withheld(row, names))


def group_in_the_room(group: GroupPoints) -> GroupPoints:
    """Everyone's bands without the small ones; of a role or track only the median and the middle half."""
    names = ("low", "middle", "high")
    bands = _withheld(group.spread, names) if group.name == EVERYONE else dict.fromkeys(names)
    return replace(group, spread=replace(group.spread, **bands))


def _withheld(row: UnitRow | ExerciseRow | Spread, names: Sequence[str]) -> dict[str, Any]:
    return {name: withheld_if_few(getattr(row, name)) for name in names}
