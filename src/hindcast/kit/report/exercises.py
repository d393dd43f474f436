"""Each exercise's difficulty and discrimination, how often it was left without an answer, and what to do."""

from dataclasses import dataclass, replace
from pathlib import Path

from hindcast.kit.checkout import WORKBOOK
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.report.course_index import CourseIndex, relative_link
from hindcast.kit.report.deleted_counts import DeletedCounts, with_deleted
from hindcast.kit.report.measures import EXERCISE, discriminations, exercise_counts
from hindcast.kit.report.rules import (
    LEAST_JUDGED,
    NEARLY_ALL,
    NEARLY_NOBODY,
    OFTEN_BADLY_FORMED,
    OFTEN_BLANK,
    TURNED_ROUND,
    UNDER_A_THIRD,
)

EASY = ("too easy", "Cut it, or make it the warm-up of the next class.")
HARD = (
    "too hard",
    "Do its first step together, then let pairs finish it. Read its task aloud: is it the task?",
)
LEFT = ("often left", "Give it time in class, or cut another exercise before it.")
FORM = ("the form misleads", "Show one answer of the right form before people begin.")
TURNED = (
    "turned round",
    "Read the answers of those who earned most elsewhere: can the task be read in another way?",
)
BY_CHANCE = "With so few people it may be chance."


@dataclass(frozen=True)
class ExerciseRow:
    """An exercise in counts of people. `share`: of the points, earned by those who answered; 0 to 1.

    `every`: how many have every point, of `every_of` who answered; deleted learners are in neither.

    `discrimination` is None if it cannot be computed. `findings` are pairs: the problem, what to do.
    """

    unit: str
    notebook: str
    exercise: str
    title: str
    link: str
    of: float
    people: int
    answered: int
    every: int
    every_of: int
    share: float | None
    discrimination: float | None
    blank: int
    incomplete: int
    badly_formed: int
    waits: int
    findings: tuple[tuple[str, str], ...] = ()

    @property
    def left(self) -> int:
        """How many left it: blank, unfinished or badly formed."""
        return self.blank + self.incomplete + self.badly_formed

    @property
    def parts(self) -> tuple[int, int, int]:
        """People for a bar: with every point, with fewer, without an answer; zeros for withheld counts."""
        counts = (self.every, self.every_of, self.blank, self.incomplete, self.badly_formed, self.waits)
        if None in counts:
            return 0, 0, 0
        return self.every, self.every_of - self.every, self.left + self.waits


def exercise_rows(
    tables: Tables, deleted: DeletedCounts, course: CourseIndex, folder: Path, least: int = 1
) -> list[ExerciseRow]:
    """Return a row for each exercise whose notebook at least `least` people handed in, in course order."""
    here, discrimination_of = exercise_counts(tables), discriminations(tables.answers)
    counts = with_deleted(here.assign(every_of=here["answered"]), deleted)
    counts = counts[counts["people"] >= max(least, 1)]
    rows = [_row_of(record, discrimination_of, course, folder) for record in counts.to_dict("records")]
    return sorted(rows, key=lambda row: _place_in_course(row, course))


def _row_of(record: dict, discrimination_of: dict, course: CourseIndex, folder: Path) -> ExerciseRow:
    key = tuple(record[name] for name in EXERCISE)
    earned, worth = record.pop("points"), record["answered"] * record["of"]
    share = float(earned / worth) if worth > 0 else None
    place = course.reference_to(key)
    row = ExerciseRow(
        **record,
        title=course.title(key),
        link=relative_link(place.notebook, folder),
        share=share,
        discrimination=discrimination_of.get(key),
    )
    return replace(row, findings=tuple(findings(row)))


def _place_in_course(row: ExerciseRow, course: CourseIndex) -> tuple:
    """Return a sort key: workbook before bench, then exercises in the notebook's order."""
    known = course.units[row.unit].exercises.get(row.notebook, {}) if row.unit in course.units else {}
    order = list(known).index(row.exercise) if row.exercise in known else len(known)
    return row.unit, row.notebook != WORKBOOK, row.notebook, order, row.exercise


def findings(row: ExerciseRow) -> list[tuple[str, str]]:
    """Return pairs: a problem with an exercise, and what a trainer does about it. See `rules`."""
    found = []
    if row.people >= LEAST_JUDGED:
        if row.left >= OFTEN_BLANK * row.people:
            found.append(LEFT)
        if row.badly_formed >= OFTEN_BADLY_FORMED * row.people:
            found.append(FORM)
    if row.every_of >= LEAST_JUDGED and row.share is not None:
        if row.every >= NEARLY_ALL * row.every_of:
            found.append(EASY)
        if row.every <= NEARLY_NOBODY * row.every_of and row.share < UNDER_A_THIRD:
            found.append(HARD)
    if row.discrimination is not None and row.discrimination <= TURNED_ROUND:
        what, do = TURNED
        found.append((what, do if _beyond_chance(row.discrimination, row.every_of) else f"{do} {BY_CHANCE}"))
    return found


def _beyond_chance(correlation: float, people: int) -> bool:
    """Return whether a correlation of that many people differs from zero at the one-sided 5 % level."""
    return abs(correlation) > 1.645 / (people - 1) ** 0.5
