"""Where the page of a report goes, and how it takes the place of an older one."""

import tempfile
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.cohort.gradebook import read_gradebook
from hindcast.kit.report.page import page_of
from hindcast.kit.report.whole import Report, report_of

ANONYMOUS = "-anonymous"


def write_report(cohort: Path, unit: str | None = None, anonymous: bool = False) -> tuple[Path, Report]:
    """Write `report/UNIT.html`, or `report/index.html` for all units; the file and what it says.

    `anonymous` writes a page of its own beside it, with `-anonymous` in its name. A page that is there
    is replaced only by one that is whole.
    """
    report = report_of(cohort, read_gradebook(cohort), unit, anonymous)
    path = cohort / "report" / f"{unit or 'index'}{ANONYMOUS if anonymous else ''}.html"
    put(path, page_of(report))
    return path, report


def put(path: Path, text: str) -> None:
    """Write `text` beside its place and move it there. Raises HindcastError where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as beside:
            whole = Path(beside, path.name)
            whole.write_text(text, encoding="utf-8", errors="replace", newline="\n")
            whole.replace(path)
    except OSError as error:
        raise HindcastError(
            f"The report could not be written to {path}: {error.strerror or error}. Make room or close the "
            "program that holds the file, then run the command again."
        ) from None
