"""A company's CSV as text, each row under the number that a spreadsheet shows. Nothing is guessed."""

from __future__ import annotations

import csv
import difflib
import io
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError
from hindcast.words import listed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from hindcast.own_tables.mapping import Mapping

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes", ",": "commas"}
SHOWN = 3
SAVE = 'In the spreadsheet, save it as "CSV UTF-8".'


def read_cells(mapping: Mapping) -> pd.DataFrame:
    """The mapped columns by role, as stripped text; the index holds row numbers, the header being row 1.

    Rows without anything in them are left out. Raises HindcastError for a file in which the columns or rows
    cannot be told.
    """
    import pandas as pd

    path, separator = mapping.table, mapping.csv_format.separator
    header, *rows = _split_rows(_read_text(path), path, separator)
    header = [cell.strip() for cell in header]
    _check_separator(mapping, header)
    _check_mapped_columns(mapping, header)
    filled = {number: row for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)}
    if not filled:
        raise HindcastError(f"{path} has no rows under its column names. Expected a row for each case.")
    _check_lengths(mapping, len(header), filled)
    where = {role: header.index(column) for role, column in mapping.columns.items()}
    cells = {role: [row[at].strip() for row in filled.values()] for role, at in where.items()}
    return pd.DataFrame(cells, index=pd.Index(list(filled)), dtype="str")


def at_rows(numbers: Sequence[int] | pd.Index) -> str:
    """Row numbers in a sentence, the first few: "row 7", "rows 7, 9 and 12, among others"."""
    named = [f"{number:,}" for number in numbers[:SHOWN]]
    others = ", among others" if len(numbers) > SHOWN else ""
    return f"{plural(len(named), 'row')} {listed(named)}{others}"


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise HindcastError(
            f"There is no table {path}.", "The mapping file names it by its way from the folder it lies in."
        ) from None
    except OSError as error:
        raise HindcastError(f"{path} cannot be read ({error.strerror}). Expected a CSV.") from None
    if content.startswith(b"PK\x03\x04"):
        raise HindcastError(f"{path} is a workbook of a spreadsheet, not a CSV.", SAVE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HindcastError(f"{path} is not UTF-8 text.", SAVE) from None
    if not text.strip() or "\0" in text:
        raise HindcastError(f"{path} is {'not text' if text.strip() else 'empty'}. Expected a CSV.", SAVE)
    return text


def _split_rows(text: str, path: Path, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise HindcastError(
            f"{path} is not a CSV that can be read ({error}): a quotation mark is open.", SAVE
        ) from None


def _check_separator(mapping: Mapping, header: list[str]) -> None:
    """Raise HindcastError where the header is one cell, and another separator would split it."""
    if len(header) > 1:
        return
    for other, words in SEPARATORS.items():
        if other != mapping.csv_format.separator and other in header[0]:
            sign = "\\t" if other == "\t" else other
            raise HindcastError(
                f"The columns of {mapping.table} are separated by {words}.",
                f'Write into {mapping.file.name}, under [written]: separator = "{sign}"',
            )


def _check_mapped_columns(mapping: Mapping, header: list[str]) -> None:
    faults = []
    for role, column in mapping.columns.items():
        if header.count(column) > 1:
            faults.append(f"two columns are called {column!r} ({role}): rename one in the table.")
        elif column not in header:
            near = difflib.get_close_matches(column, header, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            faults.append(f"no column is called {column!r}, as {mapping.file.name} says for {role}.{guess}")
    if faults:
        told = "".join(f"\n  {fault}" for fault in faults)
        there = ", ".join(header)
        raise HindcastError(f"{mapping.table} has other columns than those named:{told}\nIt has: {there}.")


def _check_lengths(mapping: Mapping, expected: int, rows: dict[int, list[str]]) -> None:
    """Raise HindcastError for rows longer or shorter than the header: values may be under wrong names."""
    odd = [number for number, row in rows.items() if len(row) != expected]
    if odd:
        commas = mapping.csv_format.separator == ","
        comma = " A decimal comma in a table separated by commas does this." if commas else ""
        raise HindcastError(
            f"{mapping.table}: {len(odd):,} of {len(rows):,} rows do not have {expected} cells as the first "
            f"row has, such as {at_rows(odd)} ({len(rows[odd[0]])} cells).{comma}",
            "Save the table again, with every text in quotation marks or with semicolons as separator.",
        )
