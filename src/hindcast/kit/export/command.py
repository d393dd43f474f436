"""`hindcast export`: prints where the files are, and what a trainer has to know about them."""

import json
from pathlib import Path

from rich.console import Console

from hindcast.kit.export.writing import ExportOptions, write_export


def export_cohort(root: Path, cohort: Path, options: ExportOptions, as_json: bool) -> None:
    """Write the export and print the result, as sentences or JSON."""
    with Console(stderr=True).status("Reading the gradebook"):
        done = write_export(root, cohort, options)
    if as_json:
        print(json.dumps(done.as_data(), ensure_ascii=False))
        return
    for path in done.files:
        print(f"wrote {path}")
    if done.certificates:
        print(f"wrote {done.certificates[0].parent}/ID.html")
    for line in done.said:
        print(line)
