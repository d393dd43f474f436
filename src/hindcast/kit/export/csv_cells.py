"""A table as the bytes of a CSV in which every spreadsheet sees only text and numbers, no formulas."""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

CellValue = str | float | int | None

_SIGNS = frozenset("=+-@")
# A spreadsheet that expects another separator begins a new cell after these, even within quotes.
_BREAKS = re.compile(r"([;\t\r\n])")
_MARK = b"\xef\xbb\xbf"
_DIGITS = 6


def csv_bytes(rows: Iterable[Sequence[CellValue]], mark: bool) -> bytes:
    """Return the rows as a CSV in UTF-8: every text quoted, None and NaN empty.

    `mark` adds a byte order mark. Without it, Excel does not read a double-clicked CSV as UTF-8.
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
    """Return `value` without digits from rounding errors, and 3.0 as 3; NaN as ""."""
    if math.isnan(value):
        return ""
    value = round(float(value), _DIGITS)
    return int(value) if value.is_integer() else value


def no_formula(text: str) -> str:
    """Return `text` with an apostrophe in front of any part that a spreadsheet would run as a formula.

    This follows OWASP's advice on CSV injection. A formula begins with = + - @, a tab or a line end, also
    after spaces and invisible characters. The signs' full-width forms count, too.
    """
    guarded = "".join(f"'{part}" if _is_formula(part) else part for part in _BREAKS.split(text))
    return f"'{guarded}" if text[:1] in ("\t", "\r", "\n") else guarded


def _is_formula(text: str) -> bool:
    """Return whether the text is a formula's sign with something after it. A single dash is no formula."""
    seen = [char for char in text if not _is_unseen(char)]
    return len(seen) > 1 and unicodedata.normalize("NFKC", seen[0])[0] in _SIGNS


def _is_unseen(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cc", "Cf")
