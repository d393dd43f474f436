"""`hindcast report`: prints where the page is, or its numbers as JSON."""

import json
from pathlib import Path

from rich.console import Console

from hindcast.kit.cohort.folder import the_cohort


def report_cohort(root: Path, unit: str | None, cohort: str | None, anonymous: bool, as_json: bool) -> None:
    """Write the page of a cohort and print where it is; with `as_json`, print the numbers, too."""
    folder = the_cohort(root, cohort)
    with Console(stderr=True).status("Reading what the cohort handed in"):
        from hindcast.kit.report import write_report

        path, made = write_report(folder, unit, anonymous)
    if as_json:
        print(json.dumps({"page": str(path), **made.as_data}, ensure_ascii=False))
        return
    for step in made.next_steps:
        print(step)
    print(f"The report is {path}")
