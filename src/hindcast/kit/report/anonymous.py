"""Counts of people in words, and the anonymous form of the report: no person, no count of one or two people.

A count that is too small is None in the data and "fewer than three" on the page. `report_data` leaves out
names, answers and misconceptions by the same limit.
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
    """Return a count of people in words, such as "one person"."""
    return "nobody" if many == 0 else "one person" if many == 1 else f"{many:,} people"


def count_or_few(many: int | None) -> str:
    """Return a count in words. None is a count that is too small to be shown in the anonymous form."""
    return FEW if many is None else f"{many:,}"


def withheld_if_few(many: int) -> int | None:
    """Return the count, or None for one or two people."""
    return None if 0 < many < SMALL_GROUP else many


def unit_in_the_room(unit: UnitRow) -> UnitRow:
    """Return a unit's row without small counts."""
    names = ("handed_in", "late", "waits", "graded", "free_texts")
    return replace(unit, **_withheld(unit, names))


def exercise_in_the_room(row: ExerciseRow) -> ExerciseRow:
    """Return an exercise's row without small counts."""
    names = ("answered", "every", "every_of", "blank", "incomplete", "badly_formed", "waits")
    return replace(row, **_withheld(row, names))


def group_in_the_room(group: GroupPoints) -> GroupPoints:
    """Return everyone's bands without small counts; for a role or track only median and quartiles."""
    names = ("low", "middle", "high")
    bands = _withheld(group.spread, names) if group.name == EVERYONE else dict.fromkeys(names)
    return replace(group, spread=replace(group.spread, **bands))


def _withheld(row: UnitRow | ExerciseRow | Spread, names: Sequence[str]) -> dict[str, Any]:
    return {name: withheld_if_few(getattr(row, name)) for name in names}
