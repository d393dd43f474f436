"""A roster: who learns together, read from a CSV that a spreadsheet wrote."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from hindcast.errors import HindcastError

ROLES = ("designer", "engineer", "product manager", "analyst", "other")
TRACKS = ("workbook", "workbook and bench")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+")
_FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Learner:
    """One row of a roster; `track` says whether the bench belongs to the learner's course."""

    id: str
    name: str
    email: str
    role: str
    track: str

    @property
    def takes_bench(self) -> bool:
        """Whether a bench is expected from this learner, beside the workbook."""
        return self.track == TRACKS[1]


COLUMNS = tuple(field.name for field in fields(Learner))


def read_roster(path: Path) -> list[Learner]:
    """The learners of the CSV at `path`; one error names every bad row, with column, expectation and finding.

    Row numbers are those a spreadsheet shows: the header is row 1.
    """
    header, *rows = _table(path)
    columns = [cell.casefold() for cell in header]
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise HindcastError(
            f"{path} has no column {', '.join(missing)}. Expected in row 1: {', '.join(COLUMNS)}; "
            f"found: {', '.join(header)}."
        )
    learners, faults = _learners(columns, rows)
    if faults:
        raise HindcastError(_summary(path, faults))
    if not learners:
        raise HindcastError(f"{path} names no learner: expected at least one row under the header.")
    return learners


def write_roster(learners: Iterable[Learner], path: Path) -> None:
    """Write the learners as a CSV that `read_roster` reads back."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(astuple(learner) for learner in learners)


def _table(path: Path) -> list[list[str]]:
    """Rows of stripped cells, the header first; UTF-8 with or without a mark, commas, semicolons or tabs."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise HindcastError(f"There is no roster {path}. Expected a CSV with {', '.join(COLUMNS)}.") from None
    except UnicodeDecodeError:
        raise HindcastError(
            f'{path} is not UTF-8 text. In the spreadsheet, save it as "CSV UTF-8".'
        ) from None
    first = text.partition("\n")[0]
    try:
        rows = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
        )
    except csv.Error as error:
        raise HindcastError(f"{path} is not a CSV: {error}. Save it again from the spreadsheet.") from None
    if not rows:
        raise HindcastError(f"{path} is empty. Expected a CSV with {', '.join(COLUMNS)}.")
    return [[cell.strip() for cell in row] for row in rows]


def _learners(columns: list[str], rows: list[list[str]]) -> tuple[list[Learner], list[str]]:
    learners, faults = [], []
    first_row: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        if len(row) != len(columns):
            faults.append(f"row {number}: expected {len(columns)} cells, found {len(row)}")
            continue
        cells = {column: cell for column, cell in zip(columns, row, strict=True) if column in COLUMNS}
        cells |= {column: " ".join(cells[column].casefold().split()) for column in ("role", "track")}
        found = [f"row {number}, column {column}: {fault}" for column, fault in _bad_cells(cells)]
        twin = first_row.setdefault(cells["id"].casefold(), number)
        if twin != number:
            found.append(
                f"row {number}, column id: expected each id once, {cells['id']!r} is in row {twin} too"
            )
        faults += found
        learners.append(Learner(**cells))
    return learners, faults


def _bad_cells(cells: dict[str, str]) -> list[tuple[str, str]]:
    """Column and fault, for each cell of a row that is not as expected."""
    expected = {
        "id": ("letters, digits and . _ - @ + (it names a folder)", bool(_ID.fullmatch(cells["id"]))),
        "name": ("a name", bool(cells["name"]) and cells["name"].isprintable()),
        "email": (
            "an address such as ana@example.org, or nothing",
            bool(_EMAIL.fullmatch(cells["email"] or "a@b")),
        ),
        "role": (f"one of {', '.join(ROLES)}", cells["role"] in ROLES),
        "track": (f"one of {', '.join(TRACKS)}", cells["track"] in TRACKS),
    }
    return [
        (column, f"expected {what}, came {cells[column]!r}")
        for column, (what, fine) in expected.items()
        if not fine
    ]


def _summary(path: Path, faults: list[str]) -> str:
    more = len(faults) - _FAULTS_SHOWN
    lines = faults[:_FAULTS_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    return f"{path} cannot be used; nothing was made.\n" + "\n".join(f"  {line}" for line in lines)
