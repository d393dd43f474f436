"""`hindcast export`: where the files are, and what a trainer has to know about them."""

import json
from pathlib import Path

from rich.console import Console

from hindcast.kit.export import run
from hindcast.kit.export.run import Chosen


def export(root: Path, cohort: Path, chosen: Chosen, as_json: bool) -> None:
    """Write the export and say so."""
    with Console(stderr=True).status("Reading the gradebook"):
        done = run.export(root, cohort, chosen)
    if as_json:
        print(json.dumps(done.as_data(), ensure_ascii=False))
        return
    for path in done.files:
        print(f"wrote {path}")
    if done.certificates:
        print(f"wrote {done.certificates[0].parent}/ID.html")
    for line in done.said:
        print(line)
