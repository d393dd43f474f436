"""Writing the page of a report, in place of an older one."""

from pathlib import Path

from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.plumbing.files import put_files
from hindcast.kit.report.page import page_of
from hindcast.kit.report.report_data import Report, report_of

ANONYMOUS = "-anonymous"


def write_report(cohort: Path, unit: str | None = None, anonymous: bool = False) -> tuple[Path, Report]:
    """Write `report/UNIT.html`, or `report/index.html` for all units. Return the file and its data.

    `anonymous` writes a separate page beside it, with `-anonymous` in its name. An older page is replaced
    only by a complete one. Raises HindcastError if it cannot be written.
    """
    report = report_of(cohort, read_gradebook(cohort), unit, anonymous)
    path = cohort / "report" / f"{unit or 'index'}{ANONYMOUS if anonymous else ''}.html"
    put_files(path.parent, {path.name: page_of(report).encode("utf-8", errors="replace")})
    return path, report
