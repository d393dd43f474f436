"""A roster: the learners of a cohort, read from a table that a spreadsheet wrote."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.plumbing.files import write_whole
from hindcast.kit.roster.spreadsheets import SpreadsheetTable, read_table

ROSTER = "roster.csv"  # in the folder of a cohort
ROLES = ("designer", "engineer", "product manager", "analyst", "other")
TRACKS = ("workbook", "workbook and bench")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_SHORTENED = re.compile(r"\d([.,]\d*)?E\+\d+", re.IGNORECASE)  # a long number, shortened by a spreadsheet
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_JOINERS = str.maketrans("", "", "\u200c\u200d")  # invisible, but part of some names
_ROWS_ABOVE = 10  # rows that may stand above the header, such as a title
_FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Learner:
    """One row of a roster. `track` says whether the learner's course includes the bench."""

    id: str
    name: str
    email: str
    role: str
    track: str

    @property
    def takes_bench(self) -> bool:
        """Whether this learner hands in the bench, beside the workbook."""
        return self.track == TRACKS[1]


class FaultyRoster(HindcastError):
    """A roster with bad cells. `summary` is the first line of the error; `lines` has one for each cell."""

    def __init__(self, summary: str, lines: Sequence[str]):
        super().__init__("\n".join([summary, *lines]))
        self.summary, self.lines = summary, lines


COLUMNS = tuple(field.name for field in fields(Learner))


def read_roster(path: Path, cohort: Sequence[Learner] = (), may_be_empty: bool = False) -> list[Learner]:
    """Return the learners of the CSV or .xlsx at `path`.

    `cohort`: the learners whom this roster will join. Those who are not in the file keep their id and e-mail
    address, so nobody in the file may have these. Raises FaultyRoster, which names the row, column, expected
    and actual content of every bad cell. Row numbers are those that a spreadsheet shows.
    """
    table = _read_rows(path)
    columns, rows = _columns_and_rows(table)
    learners, faults = _read_learners(columns, rows)
    faults += _twins(learners, cohort)
    if faults:
        raise _faulty_roster(table.place, faults)
    if not (learners or may_be_empty):
        raise HindcastError(f"{table.place} names no learner: expected at least one row under the header.")
    return [learner for _, learner in learners]


def read_own_roster(cohort: Path) -> list[Learner]:
    """Return the learners of the cohort; none if its roster is empty or missing."""
    path = cohort / ROSTER
    return read_roster(path, may_be_empty=True) if path.exists() else []


def write_roster(learners: Iterable[Learner], path: Path) -> None:
    """Write the learners as a CSV for `read_roster`. An older file stays until the new one is complete."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(learner) for learner in learners)
    write_whole(path, text.getvalue())


def _read_rows(path: Path) -> SpreadsheetTable:
    if not path.is_file():
        raise HindcastError(
            f"There is no roster {path}.", f"Expected a CSV or .xlsx with the columns {', '.join(COLUMNS)}."
        )
    table = read_table(path)
    if not table.rows:
        raise HindcastError(f"{table.place} is empty.", f"Expected the columns {', '.join(COLUMNS)}.")
    return table


def _columns_and_rows(table: SpreadsheetTable) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the columns under our own names, and the numbered rows below them."""
    beginning = [[_column_name(cell) for cell in row] for _, row in table.rows[:_ROWS_ABOVE]]
    at = next((n for n, names in enumerate(beginning) if set(COLUMNS) <= set(names)), 0)
    columns, (number, as_written) = beginning[at], table.rows[at]
    missing = [column for column in COLUMNS if column not in columns]
    twice = [column for column in COLUMNS if columns.count(column) > 1]
    if missing or twice:
        fault = f"no column {', '.join(missing)}" if missing else f"more than one column {', '.join(twice)}"
        raise HindcastError(
            f"{table.place} has {fault}; nothing was changed. Expected in row {number}, each once: "
            f"{', '.join(COLUMNS)}; came: {', '.join(as_written)}."
        )
    return columns, table.rows[at + 1 :]


def _column_name(heading: str) -> str:
    """Return our name of a column: E-Mail, e mail and Email address are all email."""
    name = "".join(filter(str.isalnum, heading.casefold()))
    return "email" if name in ("mail", "emailaddress") else name


def _read_learners(
    columns: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[tuple[int, Learner]], list[tuple[int, str]]]:
    """Return learners and faults, each with its row number."""
    learners, faults = [], []
    for number, row in rows:
        if len(row) > len(columns):
            faults.append((number, f": expected {len(columns)} cells, came {len(row)}, the last {row[-1]!r}"))
            continue
        row = row + [""] * (len(columns) - len(row))
        cells = {column: cell for column, cell in zip(columns, row, strict=True) if column in COLUMNS}
        cells |= {column: cells[column].casefold() for column in ("role", "track")}
        faults += [(number, f", column {column}: {fault}") for column, fault in _bad_cells(cells)]
        learners.append((number, Learner(**cells)))
    return learners, faults


def _bad_cells(cells: dict[str, str]) -> list[tuple[str, str]]:
    """Return column and fault for each cell of a row that is not as expected."""
    expected = {
        "id": _expected_id(cells["id"]),
        "name": ("a name", bool(cells["name"]) and cells["name"].translate(_JOINERS).isprintable()),
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


def _expected_id(id: str) -> tuple[str, bool]:
    if _SHORTENED.fullmatch(id):
        return "the whole number (a spreadsheet shortened it: make the column text)", False
    return "letters, digits and . _ - @ + (it names a folder)", bool(_ID.fullmatch(id))


def _twins(learners: list[tuple[int, Learner]], cohort: Sequence[Learner]) -> list[tuple[int, str]]:
    """Return a fault for each id or address that two people would share; they must identify a learner."""
    faults = []
    in_file = {learner.id for _, learner in learners}
    kept = [learner for learner in cohort if learner.id not in in_file]
    for column, what in {"id": "each id once", "email": "each address once, or nothing"}.items():
        taken = {getattr(one, column).casefold(): f"{one.id!r} of the cohort has it" for one in kept}
        first: dict[str, int] = {}
        for number, learner in learners:
            came = getattr(learner, column)
            if not came:
                continue
            twin = first.setdefault(came.casefold(), number)
            where = f"it is in row {twin} too" if twin != number else taken.get(came.casefold())
            if where:
                faults.append((number, f", column {column}: expected {what}, came {came!r}: {where}"))
    return faults


def _faulty_roster(place: str, faults: list[tuple[int, str]]) -> FaultyRoster:
    lines = [f"row {number}{fault}" for number, fault in sorted(faults, key=lambda fault: fault[0])]
    more = len(lines) - _FAULTS_SHOWN
    lines = lines[:_FAULTS_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    return FaultyRoster(f"{place} cannot be used; nothing was changed.", [f"  {line}" for line in lines])
