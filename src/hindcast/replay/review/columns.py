"""Which column of a table is what, and its texts as numbers, days and outcomes.

A table may come from `replay`, from the shipped tables, or as a CSV from elsewhere: other names, days as
text, numbers with signs of per cent, outcomes as yes and no. What cannot be read is counted, and told; only
when it is more than a handful is it an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.words import DAY_FORMS, NO, YES, listed

# The names a column goes by. A unit may follow: prediction_minutes, actual_orders.
NAMES = {
    "origin": ("origin",),
    "horizon": ("horizon",),
    "due": ("due",),
    "prediction": ("prediction", "predicted"),
    "known_value": ("known_value", "actual", "outcome"),
    "baseline": ("baseline",),
    "low": ("low",),
    "high": ("high",),
    "score": ("score",),
    "baseline_score": ("baseline_score",),
    "known_on": ("known_on",),
    "learned_from": ("learned_from",),
    "newest_known": ("newest_known",),
}
WITH_UNIT = ("prediction", "known_value", "baseline", "low", "high", "horizon")
MOST_NAMED = 20  # columns in a message
HANDFUL = 0.1  # of the filled cells of a column; more that cannot be read is an error
MISSING = {
    "",
    "na",
    "n/a",
    "nan",
    "none",
    "null",
    "nat",
    "-",
    "–",
    "?",
    "unknown",
    "not yet",
    "not yet known",
}


class UnreadableColumn(HindcastError):
    """A column of which more than a handful of cells is not what its role asks for."""


def find_roles(table: pd.DataFrame, given: dict[str, str | None]) -> tuple[dict[str, str], str]:
    """The column of each role, and the unit in their names. `given` are the names passed as arguments."""
    columns = list(table.columns)
    found = {role: name for role, name in given.items() if name is not None}
    for role, name in found.items():
        if name not in columns:
            raise HindcastError(
                f"There is no column {name!r} ({role}=). The columns are "
                f"{listed(columns, MOST_NAMED, quote=True)}."
            )
    taken = set(found.values()) | {"baseline_score"}
    for role in NAMES.keys() - found.keys():
        fitting = _fitting(role, [name for name in columns if name not in taken or name == role])
        if len(fitting) > 1:
            raise HindcastError(
                f"{listed(fitting, MOST_NAMED, quote=True)} could each be the {role}.",
                f"Say which one it is with {role}=.",
            )
        if fitting:
            found[role] = fitting[0]
    return found, _unit_in_names(found)


def _fitting(role: str, columns: Sequence[str]) -> list[str]:
    """The columns that may have the role: those with its name, else those with its name and a unit."""
    exact = [name for name in columns if name in NAMES[role]]
    if exact or role not in WITH_UNIT:
        return exact[:1]
    starts = tuple(f"{name}_" for name in NAMES[role])
    return [name for name in columns if str(name).startswith(starts)]


def _unit_in_names(found: dict[str, str]) -> str:
    for role in ("prediction", "known_value"):
        for start in NAMES[role]:
            if str(found.get(role, "")).startswith(f"{start}_") and found[role] not in NAMES[role]:
                return found[role][len(start) + 1 :].replace("_", " ")
    return ""


# --- numbers --------------------------------------------------------------------------------------


def is_blank(column: pd.Series) -> pd.Series:
    """Which cells hold nothing: missing, or a word for missing."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column.isna()
    return column.isna() | column.astype(str).str.strip().str.casefold().isin(MISSING)


def read_numbers(column: pd.Series, role: str) -> tuple[pd.Series, int, bool]:
    """The column as numbers, how many of its cells cannot be read, and whether they have signs of per cent.

    Missing cells are no numbers, and not counted. Raises HindcastError when more than a handful cannot be
    read, or when only some have a sign of per cent.
    """
    if pd.api.types.is_numeric_dtype(column):  # True counts as 1
        values = column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        infinite = np.isinf(values)
        return pd.Series(np.where(infinite, np.nan, values), column.index), int(infinite.sum()), False
    filled = column[~is_blank(column)].astype(str).str.strip()
    signs = filled.str.endswith("%")
    values = pd.to_numeric(_without_thousands_marks(filled.str.rstrip("% \u00a0\u202f")), errors="coerce")
    values = values.replace([np.inf, -np.inf], np.nan)
    _check_most_were_read(column, role, values, "numbers")
    signs = signs[values.notna()]
    if signs.any() and not signs.all():
        raise HindcastError(
            f"Of {column.name!r} ({role}) {signs.sum():,} cells have a sign of per cent and "
            f"{(~signs).sum():,} have none.",
            "Write all of them the same way.",
        )
    return values.reindex(column.index), int(values.isna().sum()), bool(signs.any())


def _without_thousands_marks(texts: pd.Series) -> pd.Series:
    """Numbers as Python writes them: 1,234.5 and 1.234,5 without marks of thousands, 12,5 with a point.

    A comma before three digits is taken for a mark of thousands, unless the column shows otherwise.
    """
    texts = texts.str.replace(r"[\s\u00a0\u202f'’]", "", regex=True).str.replace("−", "-")
    decimal_comma = texts.str.contains(r"\.\d{3},\d|^-?\d+,(?:\d{1,2}|\d{4,})$|^-?0,\d", regex=True).any()
    marks = (".", ",") if decimal_comma else (",", ".")
    grouped = texts.str.fullmatch(
        rf"-?\d{{1,3}}(?:{re.escape(marks[0])}\d{{3}})+(?:{re.escape(marks[1])}\d+)?"
    )
    texts = texts.mask(grouped, texts.str.replace(marks[0], "", regex=False))
    return texts.str.replace(",", ".", regex=False) if decimal_comma else texts


def _check_most_were_read(column: pd.Series, role: str, read: pd.Series, what: str) -> None:
    """Raise UnreadableColumn when more than a handful of the filled cells could not be read."""
    lost = read.index[read.isna()]
    if len(lost) > HANDFUL * len(read) and len(lost):
        example = column[lost[0]]
        raise UnreadableColumn(
            f"{column.name!r} ({role}) should hold {what}, but {len(lost):,} of its {len(read):,} filled "
            f"cells cannot be read as such, for example {str(example)[:40]!r}.",
            f"Put them right, or name another column with {role}=.",
        )


# --- days -----------------------------------------------------------------------------------------


def read_times(table: pd.DataFrame, columns: dict[str, str]) -> tuple[dict[str, pd.Series], int]:
    """The columns of days and moments by role, without a time zone, and how many cells cannot be read."""
    read, lost, zones = {}, 0, {}
    for role, name in columns.items():
        read[role], unreadable, zones[name] = _read_times_of(table[name], role)
        lost += unreadable
    used = {zone for name, zone in zones.items() if table[name].notna().any()}
    if len(used) > 1:
        told = ", ".join(f"{name} {zone or 'none'}" for name, zone in zones.items())
        raise HindcastError(
            f"The days are in several time zones ({told}).",
            "Bring all of them into one zone first, for example with pd.to_datetime(..., utc=True).",
        )
    return read, lost


def _read_times_of(column: pd.Series, role: str) -> tuple[pd.Series, int, str]:
    """A column as moments, how many cells cannot be read, and its time zone ("" for none)."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_localize(None), 0, str(column.dt.tz)
    if pd.api.types.is_datetime64_any_dtype(column):
        return column, 0, ""
    filled = column[~is_blank(column)]
    if pd.api.types.is_numeric_dtype(column):
        texts = filled.astype("Int64").astype(str) if (filled % 1 == 0).all() else filled.astype(str)
        if not texts.str.fullmatch(r"(?:19|20)\d{2}(?:\d{4})?").all():
            raise HindcastError(
                f"{column.name!r} ({role}) should hold days such as 2025-09-01, but holds numbers such as "
                f"{filled.iloc[0]}.",
                "Write them as days.",
            )
        filled = texts
    texts = filled.astype(str).str.strip()
    zones = set(texts.str.extract(r"\d{2}:\d{2}.*?(Z|UTC|[+-]\d{2}:?\d{2})$")[0].fillna("").unique())
    if len(zones) > 1:
        told = listed(sorted(zone or "no zone" for zone in zones), MOST_NAMED, quote=True)
        raise HindcastError(
            f"{column.name!r} ({role}) mixes time zones: {told}.",
            "Bring all of its moments into one zone first, for example with pd.to_datetime(..., utc=True).",
        )
    values = _read_days(texts, column.name, role)
    _check_most_were_read(column, role, values, "days such as 2025-09-01")
    return values.reindex(column.index), int(values.isna().sum()), "".join(zones)


def _read_days(texts: pd.Series, name: str, role: str) -> pd.Series:
    """Texts as moments: as 2025-09-01 if most can be read so, else in the one form that fits all."""

    def read(form: str) -> pd.Series:
        values = pd.to_datetime(texts, format=form, errors="coerce")
        return values.dt.tz_localize(None).astype("datetime64[us]")

    best = read("ISO8601")
    if best.isna().mean() <= HANDFUL:
        return best
    tried = {form + time: read(form + time) for form in DAY_FORMS for time in ("", " %H:%M", " %H:%M:%S")}
    fitting = {form: values for form, values in tried.items() if values.isna().mean() <= HANDFUL}
    different = [values for values in fitting.values() if not values.equals(next(iter(fitting.values())))]
    if different and all(values.notna().all() for values in fitting.values()):
        raise HindcastError(
            f"{name!r} ({role}) can be read with the day or the month first, for example {texts.iloc[0]!r}.",
            "Write its days as 2025-09-01.",
        )
    return min(fitting.values(), key=lambda values: values.isna().sum()) if fitting else best


def read_horizons(column: pd.Series, name: str) -> pd.Series:
    """How far ahead: "7D", a Timedelta or a number of days (of hours if the column's name ends so)."""
    if pd.api.types.is_timedelta64_dtype(column):
        return column
    as_numbers = pd.to_numeric(column, errors="coerce")
    hours = str(name).casefold().rstrip("s").endswith("hour")
    spans = pd.to_timedelta(as_numbers * (1 if hours else 24), unit="h", errors="coerce")
    texts = column[as_numbers.isna() & column.notna()].astype(str).map(_read_length)
    return spans.where(as_numbers.notna(), texts.reindex(column.index)).astype("timedelta64[us]")


def _read_length(text: str) -> pd.Timedelta:
    try:
        return pd.Timedelta(text)
    except ValueError:
        return pd.NaT


# --- outcomes -------------------------------------------------------------------------------------


def read_two_classes(column: pd.Series, positive: object) -> tuple[pd.Series, int] | None:
    """Outcomes as 1 (it came) and 0, and how many are neither; None when they are not two classes."""
    filled = column[~is_blank(column)]
    if positive is not None:
        return _by_positive(column, filled, positive), 0
    words = filled.map(_word)
    values = pd.Series(np.where(words.isin(YES), 1.0, np.where(words.isin(NO), 0.0, np.nan)), filled.index)
    if not len(filled) or values.isna().mean() > HANDFUL / 2:
        return None
    return values.reindex(column.index), int(values.isna().sum())


def _by_positive(column: pd.Series, filled: pd.Series, positive: object) -> pd.Series:
    words, wanted = filled.map(_word), _word(positive)
    if len(filled) and not words.eq(wanted).any():
        kinds = listed(sorted(map(str, filled.unique())), 8, quote=True)
        raise HindcastError(
            f"positive= names {positive!r}, but {column.name!r} never holds it. It holds {kinds}."
        )
    return words.eq(wanted).astype(float).reindex(column.index)


def _word(value: object) -> str:
    return str(value).strip().casefold()
