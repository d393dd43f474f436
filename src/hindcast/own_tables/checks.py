"""Check a table against its contract: cell by cell, then row by row, then column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hindcast.own_tables.csv_cells import at_rows, read_cells
from hindcast.own_tables.values import IN_WORDS, READERS, is_empty
from hindcast.tables import HELD_AS

if TYPE_CHECKING:
    import pandas as pd

    from hindcast.own_tables.contract import Order, Role
    from hindcast.own_tables.mapping import Mapping

TYPES = {"text": "string", "day": "date", "month": "date", "chance": "number", "yes or no": "boolean"}
EXAMPLES = 3


@dataclass
class CheckedTable:
    """A table that was checked: its values by role, and a sentence for each fault."""

    mapping: Mapping
    values: pd.DataFrame
    faults: list[str]

    def as_course_table(self) -> pd.DataFrame:
        """The table with the course's column names and types, its columns in the contract's order."""
        import pandas as pd

        columns = {}
        for role in self.mapping.contract.roles.values():
            if role.name in self.values:
                columns[role.column] = _typed_column(self.values[role.name], role)
            elif role.otherwise is not None:
                columns[role.column] = pd.Series(role.otherwise, self.values.index, dtype="bool")
        return pd.DataFrame(columns).reset_index(drop=True)


def check_table(mapping: Mapping, today: pd.Timestamp | None = None) -> CheckedTable:
    """Check the table that `mapping` names. No outcome may be known on a day after `today`.

    Raises HindcastError where not even columns and rows can be told.
    """
    import pandas as pd

    cells = read_cells(mapping)
    values, faults = {}, []
    for role in mapping.contract.roles.values():
        if role.name in cells:
            values[role.name], found = _read_column(cells[role.name], role, mapping)
            faults += found
    table = pd.DataFrame(values, index=cells.index)
    faults += _check_duplicates(table, mapping)
    for order in mapping.contract.orders:
        faults += _check_order(table, order, mapping)
    faults += _check_known_by_today(table, mapping, today or pd.Timestamp.today().normalize())
    for role in mapping.contract.roles.values():
        faults += _check_whole_column(table, role, mapping)
    return CheckedTable(mapping, table, faults)


def _typed_column(values: pd.Series, role: Role) -> pd.Series:
    if role.kind == "month":
        values = values.dt.to_period("M").dt.start_time.astype("datetime64[us]")
    whole = role.kind == "number" and role.minimum is not None and values.mod(1).eq(0).all()
    return values.astype(HELD_AS["integer" if whole else TYPES.get(role.kind, role.kind)][values.hasnans])


def _cite(role: Role | str, mapping: Mapping) -> str:
    name = role if isinstance(role, str) else role.name
    return f"column {mapping.columns[name]!r} ({name})"


# --- a column -------------------------------------------------------------------------------------


def _read_column(cells: pd.Series, role: Role, mapping: Mapping) -> tuple[pd.Series, list[str]]:
    """The values of a column, and what is wrong with its cells."""
    nothing = is_empty(cells, role.kind)
    filled = cells[~nothing]
    if filled.empty:
        leave_out = ", or leave the role out" if role.optional or role.otherwise is not None else ""
        fault = f"{_cite(role, mapping)} is empty in all {len(cells):,} rows. Name another column{leave_out}."
        return _missing_column(cells, role), [fault]
    values, how = READERS[role.kind](filled, mapping.csv_format)
    faults = []
    if not role.gaps and nothing.any():
        rows = cells.index[nothing]
        faults.append(
            f"{_cite(role, mapping)} is empty in {len(rows):,} of {len(cells):,} rows, such as "
            f"{at_rows(rows)}. Expected in every row: {role.meaning}. Fill these cells, or "
            "leave the rows out."
        )
    odd = values.index[values.isna()]
    if len(odd):
        shown = ", ".join(repr(cell[:40]) for cell in cells[odd].drop_duplicates()[:EXAMPLES])
        faults.append(
            f"{_cite(role, mapping)}: expected {IN_WORDS[role.kind]}; {len(odd):,} of {len(filled):,} "
            f"cells are not, such as {shown} in {at_rows(odd)}. {how}"
        )
    return values.reindex(cells.index), faults


def _missing_column(cells: pd.Series, role: Role) -> pd.Series:
    import pandas as pd

    return pd.Series(index=cells.index, dtype=HELD_AS[TYPES.get(role.kind, role.kind)][1])


def _check_whole_column(table: pd.DataFrame, role: Role, mapping: Mapping) -> Iterator[str]:
    """Faults of a column as a whole; none for a column that could not be read."""
    if role.name not in table or table[role.name].isna().all():
        return
    values = table[role.name].dropna()
    where = _cite(role, mapping)
    if role.minimum is not None and (values < role.minimum).any():
        rows = values.index[values < role.minimum]
        yield (
            f"{where} is below {role.minimum:g} in {len(rows):,} rows, such as {at_rows(rows)}. "
            f"Expected: {role.meaning}."
        )
    if role.both and values.nunique() == 1:
        word = "yes" if values.iloc[0] else "no"
        yield (
            f"{where} is {word} in all {len(values):,} rows that have a value, so there is nothing to tell "
            "apart. Take rows of both kinds, and say under [written] which words mean yes and which no."
        )
    if role.otherwise is False and values.all():
        yield (
            f"{where} is yes in every row: nothing is left to judge the model by. Add rows that the "
            "model did not learn from."
        )
    if role.at_most and values.nunique() > role.at_most:
        yield (
            f"{where} has {values.nunique():,} different words. Expected {role.at_most} at most: "
            f"{role.meaning}. Name another column, or put small groups together."
        )


# --- a row ----------------------------------------------------------------------------------------


def _check_duplicates(table: pd.DataFrame, mapping: Mapping) -> Iterator[str]:
    """Rows that share the values which should be unique."""
    key = [role for role in mapping.contract.unique if role in table]
    told = table.dropna(subset=key)
    twice = told.duplicated(key, keep=False)
    if twice.any():
        first = told[told[key].eq(told.loc[twice.idxmax(), key]).all(axis=1)].index
        yield (
            f"{' and '.join(_cite(role, mapping) for role in key)}: {int(twice.sum()):,} rows share theirs "
            f"with another row, such as {at_rows(first)}. Expected one row for each: leave the copies out."
        )


def _check_order(table: pd.DataFrame, order: Order, mapping: Mapping) -> Iterator[str]:
    """Rows that break an order of the contract."""
    if not {order.first, order.then} <= set(table.columns):
        return
    first, then = table[order.first], table[order.then]
    wrong = (then <= first if order.strict else then < first) & first.notna() & then.notna()
    if wrong.any():
        rows = table.index[wrong.astype(bool)]
        comes = "after" if order.strict else "on or after" if first.dtype.kind == "M" else "at or above"
        yield (
            f"{_cite(order.then, mapping)} should lie {comes} {_cite(order.first, mapping)}, but does "
            f"not in {len(rows):,} of {len(table):,} rows, such as {at_rows(rows)} "
            f"({_value_text(then[rows[0]])} and {_value_text(first[rows[0]])}). {order.because}"
        )


def _check_known_by_today(table: pd.DataFrame, mapping: Mapping, today: pd.Timestamp) -> Iterator[str]:
    """Values that are there although they become known only after `today`."""
    if not mapping.contract.known or not set(mapping.contract.known) <= set(table.columns):
        return
    value, on = mapping.contract.known
    early = table[value].notna() & (table[on] > today)
    if early.any():
        rows = table.index[early]
        yield (
            f"{_cite(value, mapping)} has a value in {len(rows):,} rows in which it becomes known only "
            f"later ({_cite(on, mapping)}), such as {at_rows(rows)} ({_value_text(table.loc[rows[0], on])}"
            f"). Today is {_value_text(today)}: empty these cells, or mend the day."
        )


def _value_text(value: object) -> str:
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else f"{value:g}"
