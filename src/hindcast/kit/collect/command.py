"""`hindcast collect`: a progress bar, a line for each file that needs the trainer, and the counts."""

import json
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hindcast.errors import HindcastError
from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.collect.collecting import Collection
from hindcast.kit.collect.summary import CollectionNote, CollectionSummary
from hindcast.kit.handin.record import printable


def run_collect(
    root: Path, paths: list[Path], cohort: str | None, learner: str | None, unit: str | None, as_json: bool
) -> int:
    """Collect hand-ins and print the result. Return the exit code, 0 even if a file could not be placed.

    Raises HindcastError (exit code 2) if nothing can be collected: a path, cohort, learner or unit does not
    exist, a grader is at work, or the disk cannot be written.
    """
    since = time.monotonic()
    collection = Collection(root, the_cohort(root, cohort), learner, unit)
    screen = Console(stderr=True)
    bar = Progress(
        TextColumn("Collecting"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[read]} notebooks"),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )
    task = bar.add_task("", total=None, read=0)
    try:
        with bar:
            summary = collection.run(
                paths, lambda done, of, read: bar.update(task, completed=done, total=of, read=read)
            )
    except OSError as error:
        raise HindcastError(
            f"{error.filename or 'The cohort'} cannot be written: {error.strerror}. What was kept so far is "
            "safe: see to it and run the command again."
        ) from None
    summary.seconds = round(time.monotonic() - since, 1)
    if as_json:
        print(json.dumps(asdict(summary), ensure_ascii=False).encode("utf-8", "replace").decode("utf-8"))
    else:
        print_summary(summary)
    return 0


def print_summary(summary: CollectionSummary) -> None:
    """Print a line for each file that needs the trainer, what was left aside, and the counts."""
    for refusal in summary.not_placed:
        print(f"Not placed: {printable(refusal.where)}. {printable(refusal.reason, 400)} {refusal.advice}")
    for note in summary.notes:
        print(_note_line(note))
    if summary.aside:
        listed = ", ".join(f"{number} {_plural(what, number)}" for what, number in summary.aside.items())
        print(f"Left aside, as they give no points: {listed}.")
    print(
        f"{summary.cohort}: {summary.new} new ({summary.counts_now} count now, {summary.older} kept as "
        f"older), {summary.already_here} already here, {summary.late} late, "
        f"{len(summary.not_placed)} not placed. {summary.seconds:.1f} s."
    )


def _note_line(note: CollectionNote) -> str:
    about = " ".join(
        part for part in (note.learner, "/".join(filter(None, (note.unit, note.notebook)))) if part
    )
    where = f" ({printable(note.where)})" if about else ""
    return f"{about or note.where}{where}: {printable(note.said, 400)}"


def _plural(what: str, number: int) -> str:
    if number == 1:
        return what
    return {"glossary": "glossaries", "file of the system": "files of the system"}.get(what, f"{what}s")
