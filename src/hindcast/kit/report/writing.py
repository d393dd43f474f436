"""Where the page of a report goes, and how it takes the place of an older one."""

from pathlib import Path

from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.plumbing.files import put_files
from hindcast.kit.report.page import page_of
from hindcast.kit.report.whole import Report, report_of

ANONYMOUS = "-anonymous"


def write_report(cohort: Path, unit: str | None = None, anonymous: bool = False) -> tuple[Path, Report]:
    """Write `report/UNIT.html`, or `report/index.html` for all units; the file and what it says.

    `anonymous` writes a page of its own beside it, with `-anonymous` in its name. A page that is there
    is replaced only by one that is whole. Raises HindcastError where it cannot be written.
    """
    report = report_of(cohort, read_gradebook(cohort), unit, anonymous)
    path = cohort / "report" / f"{unit or 'index'}{ANONYMOUS if anonymous else ''}.html"
    put_files(path.parent, {path.name: page_of(report).encode("utf-8", errors="replace")})
    return path, report
