"""Counts of people in words, and what may be shown in the room: no person, and no count of one or two people.

A count that is too small is None in the data and "fewer than three" on the page. Names, words and
misconceptions are left out where the report is put together, by the same number.
"""

from dataclasses import replace

from hindcast.kit.report.exercises import ExerciseRow
from hindcast.kit.report.handed_in import EVERYONE, GroupPoints, UnitRow
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
    return replace(unit, **{name: withheld_if_few(getattr(unit, name)) for name in names})


def exercise_in_the_room(row: ExerciseRow) -> ExerciseRow:
    """An exercise's counts without the small ones."""
    names = ("answered", "every", "every_of", "blank", "incomplete", "badly_formed", "waits")
    return replace(row, **{name: withheld_if_few(getattr(row, name)) for name in names})


def group_in_the_room(group: GroupPoints) -> GroupPoints:
    """Everyone's bands without the small ones; of a role or track only the median and the middle half."""
    spread = group.spread
    bands = {name: getattr(spread, name) for name in ("low", "middle", "high")}
    kept = {name: withheld_if_few(many) if group.name == EVERYONE else None for name, many in bands.items()}
    return replace(group, spread=replace(spread, **kept))
