"""`hindcast feedback`: shows a progress bar, then who has a page and who has none."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from hindcast.kit.cohort.folder import the_cohort
from hindcast.kit.feedback.writing import write_feedback
from hindcast.kit.plumbing.progress import progress_bar

FAULTS = 2


def feedback_cohort(
    root: Path,
    unit: str,
    cohort: str | None,
    learners: list[str] | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Write the pages of a unit and print the result. Return the exit code, 2 if a page could not be made."""
    folder = the_cohort(root, cohort)
    said: list[str] = []
    with progress_bar("Writing pages") as watch:
        pages = write_feedback(folder, unit, learners, workers, said.append, watch)
    if as_json:
        print(json.dumps({"unit": unit, **asdict(pages)}, default=str, ensure_ascii=False))
    else:
        print("\n".join(said))
    if pages.written and not as_json:
        print(f"They are {folder / 'feedback'}/LEARNER/{unit}/index.html")
    for fault in pages.faults:
        print(fault, file=sys.stderr)
    return FAULTS if pages.faults else 0
