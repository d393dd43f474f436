"""A table as the bytes of a CSV that no spreadsheet takes for anything but text and numbers."""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

CellValue = str | float | int | None

_SIGNS = frozenset("=+-@")
# A spreadsheet that expects another separator begins a cell after these, whatever the quotes say.
_BREAKS = re.compile(r"([;\t\r\n])")
_MARK = b"\xef\xbb\xbf"
_DIGITS = 6


def csv_bytes(rows: Iterable[Sequence[CellValue]], mark: bool) -> bytes:
    """The rows as a CSV in UTF-8, with a byte order mark or not; every text quoted, None and NaN empty.

    Excel takes a CSV that it opens with a double click for UTF-8 only where the mark says so.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([_written_cell(cell) for cell in row] for row in rows)
    return _MARK * mark + text.getvalue().encode("utf-8", errors="replace")


def _written_cell(cell: CellValue) -> str | float | int:
    if cell is None:
        return ""
    return no_formula(cell) if isinstance(cell, str) else rounded(cell)


def rounded(value: float) -> float | int | str:
    """`value` without digits that are only rounding, 3.0 as 3; NaN is an empty text."""
    if math.isnan(value):
        return ""
    value = round(float(value), _DIGITS)
    return int(value) if value.is_integer() else value


def no_formula(text: str) -> str:
    """`text` with an apostrophe before whatever a spreadsheet would run as a formula; else as it is.

    OWASP's advice on CSV injection: a cell that begins with = + - @, tab or line end, also after spaces
    and invisible characters, and the full-width forms of the signs.
    """
    guarded = "".join(f"'{part}" if _is_formula(part) else part for part in _BREAKS.split(text))
    return f"'{guarded}" if text[:1] in ("\t", "\r", "\n") else guarded


def _is_formula(text: str) -> bool:
    """A sign, and something after it: a lone dash is only a dash."""
    seen = [char for char in text if not _is_unseen(char)]
    return len(seen) > 1 and unicodedata.normalize("NFKC", seen[0])[0] in _SIGNS


def _is_unseen(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cc", "Cf")
