"""The misconceptions of a cohort, the commonest first: who has them, where, and with which answers."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hindcast.check import misconceptions
from hindcast.kit.gradebook.snapshot import Tables
from hindcast.kit.report.course_index import CourseIndex, relative_link
from hindcast.kit.report.deleted_counts import DeletedCounts
from hindcast.kit.report.measures import EXERCISE, ExerciseKey, answered_by, mistake_counts, recognised
from hindcast.kit.report.own_answers import GradedNotebooks, OwnAnswer, own_answers


@dataclass(frozen=True)
class MistakeInExercise:
    """One exercise in which a mistake was recognised: how many made it, of how many who answered."""

    unit: str
    notebook: str
    exercise: str
    title: str
    people: int
    answered: int
    link: str


@dataclass(frozen=True)
class RoomMisconception:
    """A mistake in the cohort: `people` of `answered` made it in at least one of the exercises `where`."""

    mistake: str
    people: int
    answered: int
    believed: str
    tempting: str
    look: str
    go_back_to: str
    link: str
    where: tuple[MistakeInExercise, ...]
    words: tuple[OwnAnswer, ...]
    who: tuple[str, ...] = ()


def ranked_misconceptions(
    tables: Tables,
    deleted: DeletedCounts,
    course: CourseIndex,
    cohort: Path,
    folder: Path,
    least: int = 1,
    names: Collection[str] = (),
    tell_who: bool = True,
) -> list[RoomMisconception]:
    """Return every mistake that at least `least` people made, the commonest first.

    Answers are shown only if at least `least` people gave them and they contain none of `names`.
    """
    made, answered = recognised(tables.answers), answered_by(tables.answers)
    places = _exercises_by_mistake(mistake_counts(tables.answers), answered, deleted, course, folder)
    notebooks = GradedNotebooks(cohort / "autograded")
    found = []
    for mistake, where in places.items():
        rows = made[made["mistake"] == mistake].sort_values("learner")
        here = list(dict.fromkeys(rows["learner"]))
        keys = [(place.unit, place.notebook, place.exercise) for place in where]
        gone = max(deleted.mistakes.get((*key, mistake), 0) for key in keys)
        asked = set(here).union(*(answered.get(key, ()) for key in keys))
        if len(here) + gone < least:
            continue
        place = course.reference_for(mistake, keys[0])
        entry = misconceptions().get(mistake, {})
        made_in = rows[["learner", *EXERCISE]].itertuples(index=False, name=None)
        found.append(
            RoomMisconception(
                mistake=mistake,
                people=len(here) + gone,
                answered=len(asked) + max(max(deleted.answered.get(key, 0) for key in keys), gone),
                believed=entry.get("believed", ""),
                tempting=entry.get("tempting", ""),
                look=entry.get("look", ""),
                go_back_to=place.words,
                link=relative_link(place.notebook, folder),
                where=tuple(place for place in where if place.people >= least),
                words=tuple(own_answers(made_in, notebooks, least, names, course.in_words)),
                who=tuple(here) if tell_who else (),
            )
        )
    return sorted(found, key=lambda one: (-one.people, one.mistake))


def _exercises_by_mistake(
    counts: pd.DataFrame,
    answered: dict[ExerciseKey, set[str]],
    deleted: DeletedCounts,
    course: CourseIndex,
    folder: Path,
) -> dict[str, list[MistakeInExercise]]:
    """Return mistake -> the exercises in which it was recognised, the most people first."""
    people = {
        (*(record[name] for name in EXERCISE), record["mistake"]): record["people"]
        for record in counts.to_dict("records")
    }
    found: dict[str, list[MistakeInExercise]] = {}
    for unit, notebook, exercise, mistake in sorted({*people, *deleted.mistakes}):
        key = (unit, notebook, exercise)
        where = MistakeInExercise(
            *key,
            title=course.title(key),
            people=int(people.get((*key, mistake), 0)) + deleted.mistakes.get((*key, mistake), 0),
            answered=len(answered.get(key, ())) + deleted.answered.get(key, 0),
            link=relative_link(course.reference_to(key).notebook, folder),
        )
        found.setdefault(mistake, []).append(where)
    return {mistake: sorted(where, key=lambda one: -one.people) for mistake, where in found.items()}
