"""Deleting a learner: all personal data in the cohort is removed, the counts stay (see `forgotten.py`).

A record file holds the learner and the counts as they will be. It is written before anything is removed, and
removed last. Each step can be repeated. After a kill, the next run finishes the deletion and counts nobody
twice.
"""

import difflib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.cohort import forgotten, traces
from hindcast.kit.cohort.folder import UNDER_DELETION
from hindcast.kit.gradebook.due_dates import due_dates
from hindcast.kit.gradebook.entries import make_gradebook, remove_learner, sqlite_file, vacuum
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.plumbing.files import write_whole
from hindcast.kit.plumbing.lock import GRADING_FOLDER, grading_lock
from hindcast.kit.roster.roster import ROSTER, read_own_roster, write_roster
from hindcast.words import plural

NAMING = ("report", "export")  # folders that name people; their commands make them again in seconds
_LISTED = 20


@dataclass(frozen=True)
class LearnerToDelete:
    """The learner to delete. Name and address are "" if the cohort has none."""

    id: str
    name: str = ""
    email: str = ""

    @property
    def called(self) -> str:
        """The name with the id, for sentences."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True)
class _DeletionRecord:
    """The record of a deletion: the learner, the counts as they will be, and folders to remove as well."""

    person: LearnerToDelete
    counts: str
    again: list[str]


@dataclass(frozen=True)
class Deletion:
    """What was done. `again`: folders to make again. `maybe`: files that may name the learner and were kept.

    `database`: the kind of a gradebook on a server, whose files cannot be reached; "" for SQLite.
    """

    person: LearnerToDelete
    again: list[str]
    maybe: list[Path]
    database: str


def find_person(cohort: Path, id: str) -> LearnerToDelete:
    """Return the learner with exactly this id, even if half deleted.

    Raises HindcastError for an unknown id; the error names similar ones.
    """
    pending = _pending_deletion(cohort)
    if pending and pending.person.id == id:
        return pending.person
    known = _everyone_by_id(cohort)
    if id not in known:
        hint = _near(id, known)
        raise HindcastError(f"There is no learner {id!r} in {cohort.name}.", f"{hint} Nothing was changed.")
    return known[id]


def deletion_question(cohort: Path, person: LearnerToDelete) -> str:
    """Return the question that a trainer must answer before anything is removed."""
    own = traces.own_folders(cohort, person.id)
    files = sum(path.is_file() for folder in own for path in folder.rglob("*"))
    return (
        f"Delete {person.called} from {cohort.name}: the row of the roster, all points in the gradebook, "
        f"{files} {plural(files, 'file')}? This cannot be undone. Only counts without a name stay."
    )


def forget_learner(cohort: Path, id: str) -> list[Deletion]:
    """Delete the learner, after finishing an interrupted deletion of another. Return what was done for each.

    Raises HindcastError for an unknown id, and while a grader is at work or the gradebook is in use.
    """
    find_person(cohort, id)  # an error is raised before the lock file is made
    done = []
    with grading_lock(cohort / GRADING_FOLDER):
        if pending := _pending_deletion(cohort):
            done.append(_delete(cohort, pending))
        if not pending or pending.person.id != id:
            record = _deletion_record(cohort, find_person(cohort, id))
            write_whole(cohort / UNDER_DELETION, json.dumps(asdict(record)))
            done.append(_delete(cohort, record))
    return done


def deletion_sentences(cohort: Path, done: Deletion) -> list[str]:
    """Return sentences for the trainer about a deletion."""
    lines = [
        f"Deleted {done.person.id} from {cohort.name}. Counts without a name stay, in {forgotten.COUNTS}."
    ]
    if done.again:
        named = " and ".join(f"{name}/" for name in done.again)
        verbs = " and ".join(f"`hindcast {name}`" for name in done.again)
        lines.append(f"{named} named learners and went too. Make them again: {verbs}.")
    if done.database:
        lines.append(
            f"The gradebook is a {done.database} database: the rows are deleted. What its own files, logs "
            "and backups still hold is for its administrator to clear."
        )
    if done.maybe:
        lines.append("These files are not Hindcast's and may name the learner. Look at them yourself:")
        lines += [f"  {path}" for path in done.maybe]
    lines.append(
        "Take the learner out of your own roster file too, or the next `hindcast cohort new` enrols them "
        "again. Mails, backups and downloads are yours to clear."
    )
    return lines


# --- who ------------------------------------------------------------------------------------------


def _everyone_by_id(cohort: Path) -> dict[str, LearnerToDelete]:
    """Return everyone in roster, gradebook or folders, by id."""
    from nbgrader.api import Gradebook

    known = {id: LearnerToDelete(id) for id in traces.ids_of_folders(cohort)}
    make_gradebook(gradebook_url(cohort))
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for student in gradebook.students:
            name = " ".join(part for part in (student.first_name, student.last_name) if part)
            known[student.id] = LearnerToDelete(student.id, name, student.email or "")
    return known | {one.id: LearnerToDelete(one.id, one.name, one.email) for one in read_own_roster(cohort)}


def _near(id: str, known: dict[str, LearnerToDelete]) -> str:
    """Return whom the trainer may have meant: learners with a similar id, name or address."""
    words = {
        word.casefold(): one.id for one in known.values() for word in (one.name, one.email, one.id) if word
    }
    near = dict.fromkeys(words[word] for word in difflib.get_close_matches(id.casefold(), words))
    if near:
        return f"Did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"The learners are: {', '.join(sorted(known)[:_LISTED]) or 'none'}{more}."


def _pending_deletion(cohort: Path) -> _DeletionRecord | None:
    """Return the record of a deletion that was interrupted, or None."""
    path = cohort / UNDER_DELETION
    if not path.exists():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return _DeletionRecord(**record | {"person": LearnerToDelete(**record["person"])})


def _deletion_record(cohort: Path, person: LearnerToDelete) -> _DeletionRecord:
    again = [name for name in NAMING if (cohort / name).exists()]
    return _DeletionRecord(person, _counts_with(cohort, person), again)


def _counts_with(cohort: Path, person: LearnerToDelete) -> str:
    """Return the cohort's counts, as JSON, with this learner among the deleted."""
    folders = traces.own_folders(cohort, person.id)
    handed_in = {path.name for folder in folders for path in folder.glob("*") if path.is_dir()}
    counts = forgotten.forgotten_counts(cohort)
    counts.add(handed_in & due_dates(cohort).keys(), forgotten.answered_exercises(cohort, person.id))
    return forgotten.counts_as_text(counts)


# --- deleting -------------------------------------------------------------------------------------


def _delete(cohort: Path, record: _DeletionRecord) -> Deletion:
    """Do all steps of a deletion. A killed run may have done some, and other commands may have run since."""
    person, gradebook = record.person, gradebook_url(cohort)
    again = [name for name in NAMING if name in record.again or (cohort / name).exists()]
    write_whole(cohort / forgotten.COUNTS, record.counts)
    remove_learner(gradebook, person.id)
    _delete_from_roster(cohort, person.id)
    for path in [*traces.own_folders(cohort, person.id), *traces.leftovers(cohort)]:
        traces.remove_path(path)
    for name in again:
        traces.remove_path(cohort / name)
    database = vacuum(gradebook)
    (cohort / UNDER_DELETION).unlink()
    words = [person.id, person.name, person.email]
    maybe = list(traces.files_that_say(cohort, words, sqlite_file(gradebook)))
    return Deletion(person, again, maybe, database)


def _delete_from_roster(cohort: Path, id: str) -> None:
    there = read_own_roster(cohort)
    left = [learner for learner in there if learner.id != id]
    if len(left) < len(there):
        write_roster(left, cohort / ROSTER)
