"""Collecting for a cohort: each notebook found is kept or listed, then submitted/ gets those that count.

After a kill, the same command run again gives the same result: a kept hand-in is recognised by its bytes, and
submitted/ is made from received/.
"""

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from hindcast.errors import HindcastError
from hindcast.kit.collect.arrivals import Arrival, Refusal
from hindcast.kit.collect.learner_of_notebook import Roster
from hindcast.kit.collect.received_folder import KeptHandIn, Received
from hindcast.kit.collect.sources import files_under, read_source
from hindcast.kit.collect.submitted_folder import NotOurs, PlacedHandIns, place_hand_ins
from hindcast.kit.collect.summary import CollectionNote, CollectionSummary
from hindcast.kit.collect.times import handed_in, platform_of, time_to_keep
from hindcast.kit.collect.unit_of_notebook import (
    CourseNotebooks,
    Key,
    Recogniser,
    Which,
    read_course_notebooks,
)
from hindcast.kit.gradebook.location import gradebook_url, with_timeout
from hindcast.kit.plumbing.lock import GRADING_FOLDER, grading_lock
from hindcast.kit.roster.roster import read_roster

_OWN = ("received", "submitted", "autograded", "feedback", GRADING_FOLDER)

Watch = Callable[[int, int, int], None]  # files read so far, all files, notebooks found


@dataclass(frozen=True)
class _NewHandIn:
    where: str
    sha256: str
    damaged: str


class Collection:
    """One run of collecting. `learner` and `unit`: the options --learner and --unit, or None."""

    def __init__(self, root: Path, cohort: Path, learner: str | None, unit: str | None):
        self.cohort, self.learner, self.course = cohort, learner, _course_of_cohort(root, cohort)
        self.recogniser = Recogniser(self.course, unit)
        names = [*self.course.units, *{notebook for _, notebook in self.course.graded}]
        self.roster = Roster(read_roster(cohort / "roster.csv"), names)
        if learner is not None and learner not in self.roster.ids:
            raise HindcastError(
                f"There is no learner {learner!r} in {cohort / 'roster.csv'}.",
                "Expected an id that is there.",
            )
        self.now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
        self.summary = CollectionSummary(cohort.name)
        self.aside: Counter[str] = Counter()
        self.received: dict[str, Received] = {}
        self.units: dict[str, set[str]] = {}
        self.new: dict[tuple[str, Key], list[_NewHandIn]] = {}
        self.doubtful_times: Counter[str] = (
            Counter()
        )  # platform -> notebooks that may have the time of the download

    def run(self, paths: Iterable[Path], watch: Watch = lambda *_: None) -> CollectionSummary:
        """Collect from the paths. `watch` is called with the progress.

        Raises HindcastError for a path that does not exist, and while a grader works.
        """
        paths = list(paths)
        _check_apart(paths, self.cohort)
        with grading_lock(self.cohort / GRADING_FOLDER):
            self._look_through(paths, watch)
            for learner in sorted(self.units):
                for unit in sorted(self.units[learner]):
                    self._place(learner, unit)
                del self.received[learner]
        self._say_of_platforms()
        self.summary.aside = dict(sorted(self.aside.items()))
        return self.summary

    def _look_through(self, paths: list[Path], watch: Watch) -> None:
        there, notebooks = files_under(paths), 0
        for number, (path, signs) in enumerate(there):
            watch(number, len(there), notebooks)
            for found in read_source(path, signs):
                if isinstance(found, Arrival):
                    notebooks += 1
                    watch(number, len(there), notebooks)
                    self._take(found)
                elif isinstance(found, Refusal):
                    self.summary.not_placed.append(found)
                else:
                    self.aside[found.what] += 1
        watch(len(there), len(there), notebooks)

    def _take(self, arrival: Arrival) -> None:
        which = self.recogniser.which(arrival.raw, arrival.signs)
        if not which.unit and arrival.perhaps:
            self.aside[".json file"] += 1
        elif not which.unit:
            self.summary.not_placed.append(Refusal(arrival.where, which.reason, which.advice))
        elif not which.graded:
            self.aside[which.notebook] += 1
        elif learner := self._learner(arrival):
            self._keep(arrival, learner, which)

    def _learner(self, arrival: Arrival) -> str:
        """Return the learner's id. If it is unknown, add a refusal to the summary and return ""."""
        whose = self.roster.whose(arrival.signs)
        if self.learner and whose.learner not in ("", self.learner):
            reason = f"You say it is {self.learner}'s; its path says it is {whose.learner}'s."
            advice = f"If it is {self.learner}'s, rename the file or its folder and collect it again."
            self.summary.not_placed.append(Refusal(arrival.where, reason, advice))
            return ""
        if not self.learner and not whose.learner:
            self.summary.not_placed.append(Refusal(arrival.where, whose.reason, whose.advice))
        return self.learner or whose.learner

    def _keep(self, arrival: Arrival, learner: str, which: Which) -> None:
        key, sha256 = (which.unit, which.notebook), hashlib.sha256(arrival.raw).hexdigest()
        if learner not in self.received:
            self.received[learner] = Received(self.cohort / "received" / learner)
        received = self.received[learner]
        self.units.setdefault(learner, set()).add(which.unit)
        came, unsure, platform = self._when(arrival, which.unit)
        kept, same = received.kept(key), received.same(key, sha256)
        when = time_to_keep(came, not unsure, arrival.dated, kept, same)
        about = {
            "name": arrival.name,
            "from": arrival.where,
            "collected": f"{self.now.isoformat()}Z",
        }
        if not received.keep(key, arrival.raw, sha256, when, bool(which.damaged), about):
            self.summary.already_here += 1
            return
        self.new.setdefault((learner, key), []).append(_NewHandIn(arrival.where, sha256, which.damaged))
        self.summary.new += 1
        self.doubtful_times[platform] += 1
        if unsure:
            said = f"{unsure} It counts as handed in now, when it was collected."
            self._note(arrival.where, learner, key, said)
        elif same and when > kept[-1].when:
            said = "The same file was here, then came another; now it came once more and is the newest."
            self._note(arrival.where, learner, key, said)

    def _when(self, arrival: Arrival, unit: str) -> tuple[datetime.datetime, str, str]:
        """Return the time of handing in, a sentence if it is unsure, and the platform that may have set it.

        Moodle and Canvas give zip entries the time of the download, which is mostly after the date due.
        Canvas marks what was late with LATE, so a file without that mark came in time.
        """
        when, unsure = handed_in(arrival, self.now)
        platform, due = platform_of(arrival), self.course.due.get(unit)
        if not platform or not due or when <= due or platform.late:
            return when, unsure, ""
        if platform.platform == "Canvas":
            return due.replace(microsecond=0), "", "Canvas"
        return when, unsure, "Moodle"

    def _place(self, learner: str, unit: str) -> None:
        received = self.received[learner]
        try:
            placed = place_hand_ins(self.cohort, learner, unit, received, self.course)
        except NotOurs as why:
            reason = f"{why} Nothing was put there; what came is kept in received/."
            advice = "Put an ordinary folder in its place and collect again."
            self.summary.not_placed.append(Refusal(f"{learner} {unit}", reason, advice))
            placed = PlacedHandIns({}, [], [])
        for key in placed.found:
            said = "It stood in submitted/ and had not come by this command; it is kept in received/ too."
            self._note("submitted/", learner, key, said)
        self.summary.late += len(placed.late)
        for _, key in [one for one in self.new if one[0] == learner and one[1][0] == unit]:
            self._say_of_new(learner, key, placed.counting.get(key), received)

    def _say_of_new(self, learner: str, key: Key, counts: KeptHandIn | None, received: Received) -> None:
        """Count the new hand-ins of a notebook, and note what the trainer should know about them."""
        came = self.new.pop((learner, key))
        chosen = counts.digest if counts else "none"
        now = any(one.sha256.startswith(chosen) for one in came)
        self.summary.counts_now += now
        self.summary.older += len(came) - now
        for one in came:
            if one.damaged:
                same = one.sha256.startswith(chosen)
                then = "the grader gives it its verdict" if same else "another that can be read counts"
                self._note(one.where, learner, key, f"It {one.damaged.rstrip('.')}. It is kept; {then}.")
        others = [one for one in received.kept(key) if one != counts]
        twins = [one for one in others if counts and one.when == counts.when and one.digest != counts.digest]
        if counts and any(not one.damaged for one in twins):
            said = f"Files with the same time differ; {counts.path.name} counts, the last that was found."
            self._note(came[-1].where, learner, key, said)

    def _say_of_platforms(self) -> None:
        if number := self.doubtful_times["Canvas"]:
            said = f"Its zips have the times of the download. Not marked LATE, so in time: {number}."
            self._note("Canvas", "", ("", ""), said)
        if number := self.doubtful_times["Moodle"]:
            said = f"Its zips may have the times of the download. Late by them: {number}."
            self._note("Moodle", "", ("", ""), f"{said} Its list of submissions has the true times.")

    def _note(self, where: str, learner: str, key: Key, said: str) -> None:
        self.summary.notes.append(CollectionNote(where, learner, *key, said))


def _course_of_cohort(root: Path, cohort: Path) -> CourseNotebooks:
    engine = create_engine(with_timeout(gradebook_url(cohort)))
    try:
        return read_course_notebooks(root, engine)
    finally:
        engine.dispose()


def _check_apart(paths: list[Path], cohort: Path) -> None:
    """Refuse paths in the cohort's own folders: graded copies would be collected as hand-ins."""
    for path in paths:
        place = path.resolve()
        for own in (cohort.resolve() / name for name in _OWN):
            if own == place or own in place.parents or place in own.parents:
                raise HindcastError(
                    f"{path} lies in {own.name}/ of the cohort {cohort.name}, or holds it. Expected what "
                    "came back from learners; nothing was changed.",
                    "Name the folder where that was saved.",
                )
