"""What to do next: who needs help, and a plan for the next class, each by a rule of `rules`."""

from dataclasses import dataclass

import pandas as pd

from hindcast.kit.report.anonymous import count_or_few, people_in_words
from hindcast.kit.report.course_index import CourseIndex
from hindcast.kit.report.exercises import ExerciseRow
from hindcast.kit.report.handed_in import UnitRow
from hindcast.kit.report.measures import HAIR, ExerciseKey, with_outcome
from hindcast.kit.report.room_misconceptions import RoomMisconception
from hindcast.kit.report.rules import (
    A_PERSON,
    HALF_BLANK,
    LEAST_BLANK,
    LEAST_PLANNED,
    MOST,
    MOST_WITH_PEOPLE,
    OFTEN,
    THINGS,
    TOGETHER,
    UNDER_A_THIRD,
    UNITS_UNDER_A_THIRD,
    VOTE_AGAIN,
    WORTH_A_CLASS,
)
from hindcast.words import number, percent

SILENT, STUCK = "silent", "stuck"
ASK = "Write two lines: did the notebook arrive, did it open, what is in the way? Offer ten minutes."
BEGIN = "Sit beside them for the first exercise that is blank, until its first line stands."
NAMES = "the table of who is silent or stuck"
PAIR = "Read the feedback page together, then pair them with someone who has the points of this unit."


@dataclass(frozen=True)
class NeedsHelp:
    """A person who is silent or stuck: the reasons, and what the trainer could do."""

    learner: str
    name: str
    how: str
    reasons: tuple[str, ...]
    do: str


@dataclass(frozen=True)
class ClassActivity:
    """One thing for the next class, with its minutes and its reason in counts of people."""

    minutes: int
    what: str
    reason: str
    do: str
    go_back_to: str = ""
    link: str = ""


@dataclass(frozen=True)
class ClassPlan:
    """Up to three activities for the next class. `note`: their basis, or why there are fewer."""

    unit: str
    things: tuple[ClassActivity, ...]
    note: str

    @property
    def minutes(self) -> int:
        """The minutes of all activities together."""
        return sum(thing.minutes for thing in self.things)


# --- people ---------------------------------------------------------------------------------------


def who_needs_help(
    rows: pd.DataFrame, answers: pd.DataFrame, names: dict[str, str], course: CourseIndex
) -> list[NeedsHelp]:
    """Return who is stuck, then who is silent, those with most reasons first.

    `rows`: the result of `measures.hand_in_rows`.
    """
    blank, low = _half_blank(answers, course), _under_a_third(rows, course)
    silent = _without_hand_in(rows, course)
    found = []
    for learner in sorted({*blank, *low, *silent}):
        stuck = (*blank.get(learner, ()), *low.get(learner, ()))
        how, reasons = (STUCK, stuck) if stuck else (SILENT, tuple(silent[learner]))
        do = BEGIN if learner in blank else PAIR if learner in low else ASK
        found.append(NeedsHelp(learner, names.get(learner, learner), how, reasons, do))
    return sorted(
        found, key=lambda one: (one.how != STUCK, -len(one.reasons), one.name.casefold(), one.learner)
    )


def _half_blank(answers: pd.DataFrame, course: CourseIndex) -> dict[str, list[str]]:
    rows = with_outcome(answers)
    rows["left"] = rows["blank"] | rows["incomplete"]
    sums = rows.groupby(["learner", "unit"], as_index=False).agg(left=("left", "sum"), of=("left", "size"))
    found: dict[str, list[str]] = {}
    stuck = (sums["left"] >= LEAST_BLANK) & (sums["left"] >= HALF_BLANK * sums["of"])
    for row in sums[stuck].itertuples():
        line = f"{course.label(row.unit)}: {row.left} of {row.of} exercises blank or unfinished."
        found.setdefault(row.learner, []).append(line)
    return found


def _under_a_third(rows: pd.DataFrame, course: CourseIndex) -> dict[str, list[str]]:
    graded = rows.dropna(subset="share")
    enough = min(UNITS_UNDER_A_THIRD, graded["unit"].nunique())
    found: dict[str, list[str]] = {}
    for row in graded[graded["share"] < UNDER_A_THIRD - HAIR].itertuples():
        line = f"{course.label(row.unit)}: {number(row.points)} of {number(row.of)} points."
        found.setdefault(row.learner, []).append(line)
    return {learner: lines for learner, lines in found.items() if len(lines) >= enough}


def _without_hand_in(rows: pd.DataFrame, course: CourseIndex) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for unit, of_unit in rows.groupby("unit"):
        for row in of_unit[~of_unit["handed_in"]].itertuples():
            others, there = len(of_unit) - 1, int(of_unit["handed_in"].sum())
            if others and there > MOST * others:
                line = f"{course.label(unit)} ({there} of the other {others} have)"
                found.setdefault(row.learner, []).append(line)
    return found


def next_steps(
    cohort: str, units: list[UnitRow], unreadable: list[tuple[str, str]], course: CourseIndex
) -> list[str]:
    """Return what is missing for complete numbers, with the commands to run."""
    if not any(unit.handed_in for unit in units):
        return [
            "Nobody has handed in anything yet. Send a unit out with `hindcast bundle UNIT`, take in what "
            f"comes back with `hindcast collect PATH --cohort {cohort}`, grade it and make this page again."
        ]
    steps = []
    for unit in units:
        waiting = unit.waits - sum(one == unit.unit for _, one in unreadable)
        if waiting:
            steps.append(
                f"{unit.label}: {_waiting_hand_ins(waiting)} to be graded: "
                f"`hindcast grade {unit.unit} --cohort {cohort}`."
            )
        if unit.free_texts:
            steps.append(
                f"{unit.label}: {unit.free_texts} free text{'s wait' if unit.free_texts > 1 else ' waits'} "
                "for you in the formgrader."
            )
    for learner, name in unreadable:
        steps.append(
            f"{course.label(name)}: the grader could read nothing of what {learner} handed in. "
            "Ask for the file again."
        )
    return steps


def _waiting_hand_ins(many: int) -> str:
    return "one hand-in waits" if many == 1 else f"{many} hand-ins wait"


# --- the plan -------------------------------------------------------------------------------------


def unit_to_follow(units: list[UnitRow]) -> UnitRow | None:
    """Return the unit that the next class follows.

    It is the last unit with at least half as many graded hand-ins as the unit that has most.
    """
    most = max((unit.graded for unit in units), default=0)
    return next((unit for unit in reversed(units) if most and unit.graded >= most / 2), None)


def plan_class(
    units: list[UnitRow],
    mistakes: list[RoomMisconception],
    exercises: list[ExerciseRow],
    people: list[NeedsHelp],
    minutes: dict[ExerciseKey, int],
    least: int = 1,
) -> ClassPlan:
    """Return up to three activities: a misconception, an exercise, people; then further misconceptions.

    No reason counts fewer than `least` people.
    """
    unit = unit_to_follow(units)
    if unit is None:
        return ClassPlan("", (), "Nothing is graded yet, so there is nothing to plan from.")
    beliefs = [thing for one in mistakes if (thing := _take_apart(one, unit))]
    together = _do_together([row for row in exercises if row.unit == unit.unit], minutes, least)
    candidates = [*beliefs[:1], together, _help_people(people), *beliefs[1:]]
    things = [thing for thing in candidates if thing]
    graded = count_or_few(None) + " people" if unit.graded < least else people_in_words(unit.graded)
    if unit.graded < LEAST_PLANNED:
        note = (
            f"{unit.label} has {graded} with points: too few to speak of the room, so "
            f"{'one thing is' if things else 'nothing is'} proposed."
        )
        return ClassPlan(unit.unit, tuple(things[:1]), note)
    note = f"From {unit.label}, the latest unit with enough graded hand-ins ({graded})."
    if len(things) < THINGS:
        note += f" The data give {_how_many_things(len(things))}: the rest of the time is free for questions."
    return ClassPlan(unit.unit, tuple(things[:THINGS]), note)


def _take_apart(one: RoomMisconception, unit: UnitRow) -> ClassActivity | None:
    here = [where for where in one.where if where.unit == unit.unit]
    if not here or one.people < WORTH_A_CLASS:
        return None
    most = max(here, key=lambda where: where.people)
    if most.people < WORTH_A_CLASS:
        return None
    return ClassActivity(
        VOTE_AGAIN,
        f"Take one belief apart: {one.believed or one.mistake}",
        f"{most.people} of {most.answered} who answered “{most.title}” gave an answer that says so.",
        f"Ask “{most.title}” again: everyone votes, neighbours explain, all look, everyone votes again."
        + (f" Look next: {one.look}" if one.look else ""),
        one.go_back_to,
        one.link,
    )


def _do_together(
    rows: list[ExerciseRow], minutes: dict[ExerciseKey, int], least: int
) -> ClassActivity | None:
    """Return the exercise that most people left; else, of those that most people have, the hardest."""
    most = max((row.people for row in rows), default=0)
    rows = [row for row in rows if row.people >= most / 2]
    left = max(rows, key=lambda row: row.left, default=None)
    if left and left.left >= max(WORTH_A_CLASS, least, OFTEN * left.people):
        reason = f"{left.left} of {left.people} who handed it in left it blank, unfinished or badly formed."
        return _as_activity(left, reason, minutes)
    enough = max(WORTH_A_CLASS, least, most / 2)
    scored = [(row.share, row) for row in rows if row.share is not None and row.answered >= enough]
    share, hard = min(scored, key=lambda pair: pair[0], default=(1.0, None))
    if hard and 1 - share >= OFTEN:
        every = count_or_few(None if 0 < hard.every < least else hard.every)
        reason = (
            f"{every.capitalize()} of {hard.every_of} who answered have every point; together they earned "
            f"{percent(share, space='')} of the points, the least of this unit."
        )
        return _as_activity(hard, reason, minutes)
    return None


def _as_activity(row: ExerciseRow, reason: str, minutes: dict[ExerciseKey, int]) -> ClassActivity:
    return ClassActivity(
        minutes.get((row.unit, row.notebook, row.exercise), TOGETHER),
        f"Do “{row.title}” together",
        reason,
        "Do its first step with everyone, let pairs finish it, compare two answers.",
        f"{row.notebook}, {row.title}",
        row.link,
    )


def _help_people(people: list[NeedsHelp]) -> ClassActivity | None:
    """Return an activity with the stuck people, as many as time allows; silent people get a message."""
    stuck = [one for one in people if one.how == STUCK]
    silent = len(people) - len(stuck)
    if not people:
        return None
    if not stuck:
        reason = f"{people_in_words(silent).capitalize()} handed in nothing that most others have."
        return ClassActivity(
            A_PERSON, "Ask who has not handed in what is in the way", reason, ASK, NAMES, "#people"
        )
    also = f" {people_in_words(silent).capitalize()} more handed in nothing: write to them." if silent else ""
    first = ", ".join(one.name for one in stuck[: MOST_WITH_PEOPLE // A_PERSON])
    return ClassActivity(
        min(A_PERSON * len(stuck), MOST_WITH_PEOPLE),
        f"Sit with {first} while the others work",
        f"{people_in_words(len(stuck)).capitalize()} {'is' if len(stuck) == 1 else 'are'} stuck.{also}",
        "Begin where their first blank answer or their lowest points are.",
        NAMES,
        "#people",
    )


def _how_many_things(many: int) -> str:
    return ("nothing", "one thing", "two things")[many]
