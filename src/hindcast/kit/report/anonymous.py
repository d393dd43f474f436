"""What may be shown in the room: no person, and no count of one or two people.

A count that is too small is None in the data and "fewer than three" on the page. Names, words and
misconceptions are left out where the report is put together, by the same number.
"""

from dataclasses import replace

from hindcast.kit.report.exercises import ExerciseRow
from hindcast.kit.report.handed_in import EVERYONE, Group, UnitRow
from hindcast.kit.report.rules import SMALL_GROUP


def small(many: int) -> int | None:
    """The count, or None where it is of one or two people."""
    return None if 0 < many < SMALL_GROUP else many


def unit_in_the_room(unit: UnitRow) -> UnitRow:
    """A unit's counts without the small ones."""
    names = ("handed_in", "late", "waits", "graded", "free_texts")
    return replace(unit, **{name: small(getattr(unit, name)) for name in names})


def exercise_in_the_room(row: ExerciseRow) -> ExerciseRow:
    """An exercise's counts without the small ones."""
    names = ("answered", "every", "every_of", "blank", "incomplete", "badly_formed", "waits")
    return replace(row, **{name: small(getattr(row, name)) for name in names})


def group_in_the_room(group: Group) -> Group:
    """Everyone's bands without the small ones; of a role or track only the median and the middle half."""
    spread = group.spread
    bands = {name: getattr(spread, name) for name in ("low", "middle", "high")}
    kept = {name: small(many) if group.name == EVERYONE else None for name, many in bands.items()}
    return replace(group, spread=replace(spread, **kept))
