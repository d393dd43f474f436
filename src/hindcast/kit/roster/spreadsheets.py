"""Reading a table that a person saved: CSV of any spreadsheet, Excel's "Unicode text", an Excel workbook."""

import codecs
import csv
import io
import re
import unicodedata
import warnings
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from hindcast.errors import HindcastError

MOST_BYTES = 20_000_000  # a table of 100,000 people is smaller
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # first bytes of an .xlsx; of an .xls or encrypted file
_SEPARATORS = ",;\t"
_EXCELS_HINT = re.compile(r"sep=(.)\r?\n")
_LINES_READ_FOR_THE_SEPARATOR = 20
# Zero-width spaces, direction marks and soft hyphens, which are copied along with a name. The joiners are not
# among them: Persian and Hindi need them.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
_AS_CSV = 'In the spreadsheet, save it as "CSV UTF-8" or as an Excel workbook (.xlsx).'


@dataclass(frozen=True)
class SpreadsheetTable:
    """A table. `place` names the file, and the sheet of a workbook; `rows` are the rows that are not empty.

    A row is its number, as the spreadsheet shows it, and its cells up to the last that is not empty.
    """

    place: str
    rows: list[tuple[int, list[str]]]


def read_table(path: Path) -> SpreadsheetTable:
    """Read a CSV, or the first visible sheet of an .xlsx, with cells as clean text.

    Raises HindcastError for a file that does not exist, cannot be read or is no such table.
    """
    raw = _content(path)
    if raw.startswith(_OLE):
        raise HindcastError(f"{path} is an old Excel file (.xls) or has a password.", _AS_CSV)
    place, rows = _workbook(path, raw) if raw.startswith(_ZIP) else (str(path), _text_rows(path, raw))
    numbered = [(number, _without_tail(row)) for number, row in enumerate(rows, start=1)]
    return SpreadsheetTable(place, [(number, row) for number, row in numbered if row])


def clean_text(text: str) -> str:
    """Return text without invisible characters, with single plain spaces and composed accents (NFC)."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).split())


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise HindcastError(f"{path} has more than {MOST_BYTES // 1_000_000} MB: that is no roster.")
        return path.read_bytes()
    except OSError as error:
        raise HindcastError(f"{path} could not be read ({error.strerror}).") from None


def _without_tail(row: list[str]) -> list[str]:
    """Return the row's cells as clean text, without empty cells at the end."""
    cells = [clean_text(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


# --- text -----------------------------------------------------------------------------------------


def _text_rows(path: Path, raw: bytes) -> list[list[str]]:
    text = _decoded(path, raw)
    hint = _EXCELS_HINT.match(text)
    if hint:
        text = text[hint.end() :]
    separator = hint[1] if hint else _separator(text)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise HindcastError(f"{path} is not a CSV: {error}.", "Save it again from the spreadsheet.") from None


def _decoded(path: Path, raw: bytes) -> str:
    """Decode the text without guessing: a wrong encoding would put wrong letters into people's names."""
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise HindcastError(f"{path} is not UTF-8 text.", _AS_CSV) from None
    if "\0" in text:
        raise HindcastError(f"{path} is not a text file.", _AS_CSV)
    return text


def _separator(text: str) -> str:
    beginning = "".join(text.splitlines(keepends=True)[:_LINES_READ_FOR_THE_SEPARATOR])
    return max(_SEPARATORS, key=beginning.count)


# --- Excel ----------------------------------------------------------------------------------------


def _workbook(path: Path, raw: bytes) -> tuple[str, list[list[str]]]:
    """Return place and rows of the first visible sheet. A formula gives its last saved value."""
    import openpyxl

    try:
        with warnings.catch_warnings(action="ignore"):  # of styles and other parts that are not read
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            if not sheets:
                raise HindcastError(f"{path} has no visible sheet.", _AS_CSV)
            sheets[0].reset_dimensions()  # the sheet size that a file declares is often wrong
            rows = [[_excel_cell_text(cell) for cell in row] for row in sheets[0].iter_rows()]
    except HindcastError:
        raise
    except Exception as error:  # openpyxl has no error of its own for a damaged file
        why = type(error).__name__
        raise HindcastError(f"{path} is no Excel workbook that can be read ({why}).", _AS_CSV) from None
    return f"{path} (sheet {sheets[0].title!r})", rows


def _excel_cell_text(cell) -> str:
    """Return a cell's value as plain text. A date is marked as a date, so that it is not taken for an id."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number_text(value, cell.number_format)
    if isinstance(value, datetime | date | time | timedelta):
        return f"{value.date() if isinstance(value, datetime) else value} (a date or time)"
    return str(value)


def _number_text(value: float, shown_as: str) -> str:
    if value != int(value):
        return repr(value)
    zeros = len(shown_as) if re.fullmatch("0+", shown_as) else 1  # 00042 may be 42, shown with zeros
    return f"{int(value):0{zeros}d}"
