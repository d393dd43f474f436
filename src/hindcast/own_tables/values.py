"""Read cells as values, by the kind of their role, and say what would mend those that cannot be read.

Each function takes a column of filled cells as text and how the file is written; it gives the values,
missing where a cell cannot be read, and a sentence on what to do about these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hindcast.words import DAY_FORMS, NO, YES

if TYPE_CHECKING:
    import pandas as pd

    from hindcast.own_tables.mapping import CsvFormat

    ValuesAndAdvice = tuple[pd.Series, str]

IN_WORDS = {
    "day": "days such as 2026-09-30",
    "month": "days such as 2026-09-30",
    "number": "numbers such as 12.5",
    "chance": "chances from 0 to 1, such as 0.25",
    "yes or no": "yes and no (or true and false, or 1 and 0)",
    "text": "words",
}
EMPTY = {"", "na", "n/a", "#n/a", "nan", "none", "null", "nat", "-", "–", "?"}
KINDS_SHOWN = 4


def is_empty(cells: pd.Series, kind: str) -> pd.Series:
    """Which cells hold nothing. Of a text only an empty cell does: a group may be called "none"."""
    return cells.eq("") if kind == "text" else cells.str.casefold().isin(EMPTY)


def text_values(cells: pd.Series, csv_format: CsvFormat) -> ValuesAndAdvice:
    """Words, unchanged."""
    return cells, ""


def day_values(cells: pd.Series, csv_format: CsvFormat) -> ValuesAndAdvice:
    """Days, without their hours."""
    import pandas as pd

    if csv_format.days:
        values = _parse_days(cells, csv_format.days)
        return values, f"They are not written as days = {csv_format.days!r} under [written] says."
    iso = cells.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?$")[0]
    values = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    return values, _how_days_are_written(cells[values.isna()], bool(iso[values.isna()].notna().all()))


def _parse_days(cells: pd.Series, form: str) -> pd.Series:
    import pandas as pd

    values = pd.to_datetime(cells, format=form, errors="coerce")
    return values.dt.tz_localize(None).dt.normalize().astype("datetime64[us]")


def _how_days_are_written(odd: pd.Series, iso: bool) -> str:
    """What to write into the mapping file, where one form reads them all."""
    if iso:
        return "The calendar has no such day: mend it in the table."
    if odd.str.fullmatch(r"[34]\d{4}(?:\.\d+)?").all():
        return "These are a spreadsheet's day numbers: format the column as a date, then save the CSV again."
    forms = [form + time for form in DAY_FORMS for time in ("", " %H:%M", " %H:%M:%S")]
    fitting = [form for form in forms if _parse_days(odd, form).notna().all()]
    if len(fitting) > 1 and not _parse_days(odd, fitting[0]).equals(_parse_days(odd, fitting[1])):
        return (
            f'Day or month may come first: write days = "{fitting[0]}" (day first) or days = "{fitting[1]}" '
            "(month first) under [written]."
        )
    if fitting:
        return f'Write days = "{fitting[0]}" under [written].'
    return 'Write them all in one way, and say which: such as days = "%d.%m.%Y" under [written].'


def number_values(cells: pd.Series, csv_format: CsvFormat) -> ValuesAndAdvice:
    """Numbers, with the decimal sign that the file uses and no marks of thousands."""
    import pandas as pd

    plain = cells
    if csv_format.decimal == ",":
        plain = cells.str.replace(".", "x", regex=False).str.replace(",", ".", regex=False)
    values = pd.to_numeric(plain.str.replace("−", "-", regex=False), errors="coerce").astype("float64")
    values = values.mask(values.abs() == float("inf"))
    return values, _how_numbers_are_written(cells[values.isna()], csv_format)


def _how_numbers_are_written(odd: pd.Series, csv_format: CsvFormat) -> str:
    if csv_format.decimal == "." and odd.str.fullmatch(r"-?\d+,\d+\s*%?").all():
        thousands = odd.str.fullmatch(r"-?\d{1,3},\d{3}").all()
        doubt = " If the comma marks thousands, save the numbers without marks." * bool(thousands)
        return f'If these are decimal commas, write decimal = "," under [written].{doubt}'
    if odd.str.contains("%").all():
        return "Write the numbers without a sign of per cent."
    if odd.str.fullmatch(r"-?\d[\d.,'’ \u00a0\u202f]*").all():
        return "Save the numbers without marks of thousands and with one decimal sign."
    return "Write the number alone, without a unit or a word; leave the cell empty where there is none."


def chance_values(cells: pd.Series, csv_format: CsvFormat) -> ValuesAndAdvice:
    """Chances from 0 to 1; with percent, from what is written as 0 to 100, with a sign or without."""
    import pandas as pd

    signs = cells.str.endswith("%")
    if signs.any() and not csv_format.percent:
        numbers, _ = number_values(cells[~signs], csv_format)
        values = pd.Series(float("nan"), cells.index).fillna(numbers)
        return values, "If all of them are in per cent, write percent = true under [written]."
    values, how = number_values(cells.str.rstrip("% \u00a0\u202f"), csv_format)
    if values.isna().any():
        return values / (100 if csv_format.percent else 1), how
    if csv_format.percent:
        values = values / 100
    within = values.between(0, 1)
    return values.where(within), _how_chances_are_written(values, csv_format)


def _how_chances_are_written(values: pd.Series, csv_format: CsvFormat) -> str:
    if csv_format.percent or values.min() < 0 or values.max() > 100:
        return "A chance is from 0 to 1: is this another column, such as a rank or an amount?"
    return "If the table has chances in per cent, write percent = true under [written]."


def yes_or_no_values(cells: pd.Series, csv_format: CsvFormat) -> ValuesAndAdvice:
    """True and false, by the words that the file uses for them and by the usual ones."""
    words = cells.str.casefold()
    yes, no = ({word.strip().casefold() for word in given} for given in (csv_format.yes, csv_format.no))
    yes, no = yes | (YES - no), no | (NO - yes)
    values = words.isin(yes).astype("boolean").mask(~words.isin(yes | no))
    return values, _how_yes_is_written(cells[values.isna()], cells)


def _how_yes_is_written(odd: pd.Series, cells: pd.Series) -> str:
    kinds = list(cells.value_counts().index)
    if len(kinds) == 2 and odd.nunique() == 2:
        one, other = kinds
        return (
            f'Say which word means that it happened: if {other!r} does, write yes = ["{other}"] and '
            f'no = ["{one}"] under [written].'
        )
    if odd.nunique() > KINDS_SHOWN:
        return "Is this another column? Expected two kinds of words."
    words = ", ".join(repr(word) for word in odd.value_counts().index)
    return f"Say what {words} means, such as yes = [...] and no = [...] under [written], or empty the cells."


READERS: dict[str, Callable[[pd.Series, CsvFormat], ValuesAndAdvice]] = {
    "text": text_values,
    "day": day_values,
    "month": day_values,
    "number": number_values,
    "chance": chance_values,
    "yes or no": yes_or_no_values,
}
