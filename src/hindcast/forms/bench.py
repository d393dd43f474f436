"""Forms of the bench, where an answer is a function and what it returns may be a table."""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Callable
from typing import Any

from hindcast.forms.base import (
    BADLY_FORMED,
    NOT_ATTEMPTED,
    Form,
    NotReady,
    Spec,
    badly_formed,
    listed_keys,
)
from hindcast.forms.plain_data import as_plain_data, description, in_digits
from hindcast.safe_calls import call_safely


class Table(Form):
    """A pandas table that has at least these columns; read as a list of rows, each a dict of plain values.

    Days become texts such as "2025-09-01", missing values None. The order of the rows is kept, other columns
    are left out, names in the index count as columns. A table without rows needs no columns.
    """

    kind = "table"

    def __init__(self, *columns: str):
        self.columns = columns
        self.expected = f"a table (DataFrame) with the columns {listed_keys(columns)}"

    def read(self, value: object, where: str) -> list[dict[str, object]]:
        """Return the rows. Raises :class:`NotReady` for no DataFrame, and a missing or repeated column."""
        pandas = sys.modules.get("pandas")  # where nothing imported pandas, nothing is a table
        if pandas is None or not issubclass(type(value), pandas.DataFrame):
            raise badly_formed(where, self.expected, description(value))
        table = pandas.DataFrame(value)
        if not len(table):
            return []
        table = self._with_index(table)
        missing = [name for name in self.columns if name not in table.columns]
        if missing:
            raise badly_formed(where, self.expected, f"a table without {listed_keys(missing)}")
        cells = [_cells(table[name], f"{where}[{name!r}]") for name in self.columns]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*cells, strict=True)]

    def write(self, answer: object) -> object:
        """Make a DataFrame of the rows."""
        import pandas

        if not isinstance(answer, list):
            return answer
        # dtype=object, as pandas would make floats of whole numbers beside a None
        columns = {name: pandas.Series([row[name] for row in answer], dtype=object) for name in self.columns}
        return pandas.DataFrame(columns, columns=list(self.columns))

    def words(self, answer: object) -> list[dict[str, str]]:
        """Column -> words, for each row."""
        rows: list[dict] = answer if isinstance(answer, list) else []
        return [{name: _in_words(value) for name, value in row.items()} for row in rows]

    def _details(self) -> Spec:
        return {"columns": list(self.columns)}

    def _with_index(self, table: Any) -> Any:
        inside = [name for name in table.index.names if name in self.columns and name not in table.columns]
        table = table.reset_index(inside) if inside else table
        for name in self.columns:
            if list(table.columns).count(name) > 1:
                raise badly_formed("The table", "each column once", f"two columns called {name!r}")
        return table


def _cells(column: Any, where: str) -> list[object]:
    """The values of a column as plain data."""
    import pandas

    cells: list[object] = []
    for value in column.tolist():
        if isinstance(value, datetime.date):
            day = pandas.Timestamp(value)
            missing = day is pandas.NaT
            cells.append(None if missing else str(day)[: 10 if day == day.normalize() else None])
            continue
        try:
            exact = as_plain_data(value) if value is not pandas.NA else None
        except (TypeError, RecursionError):
            raise badly_formed(where, "numbers, texts or days", description(value)) from None
        cells.append(None if isinstance(exact, float) and math.isnan(exact) else exact)
    return cells


def _in_words(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else in_digits(cell) if isinstance(cell, int | float) else str(cell)


class Function(Form):
    """A function tried on an ``example`` (a tuple of arguments) that returns data of the form ``gives``.

    One call may take ``seconds``. A function that once took longer is not called again.
    """

    kind = "function"

    def __init__(self, example: tuple, gives: Form, seconds: float = 5):
        self.example, self.gives, self.seconds = example, gives, seconds
        self.expected = "a function"
        self._endless = False

    def read(self, value: object, where: str) -> Callable:
        """Call the function on the example and return it. Raises :class:`NotReady` as :meth:`call` does."""
        function = self.check_callable(value, where)
        returned = self._returned(function, where, self.example)
        if self.gives.blank(returned):
            do_next = "Write its body, run both cells again."
            raise NotReady(NOT_ATTEMPTED, f"{where} returns nothing yet.", do_next)
        self.gives.read(returned, f"What {where} returns")
        return function

    def call(self, function: Callable, arguments: tuple) -> object:
        """Call ``function`` on copies of ``arguments``; its output and warnings are thrown away.

        Returns data of the form ``gives``. Raises :class:`NotReady` when it stops or returns another form.
        """
        returned = self._returned(function, "The function", arguments)
        return self.gives.read(returned, "What the function returns")

    def words(self, answer: object) -> str:
        """The same text for every function."""
        return "a function"

    def _details(self) -> Spec:
        return {"gives": self.gives.spec(), "seconds": self.seconds}

    def check_callable(self, value: object, where: str) -> Callable:
        """Return ``value`` without calling it. Raises :class:`NotReady` for what cannot be called."""
        if not callable(value):
            do_next = "Keep the line that begins with def."
            raise badly_formed(where, self.expected, description(value), do_next)
        return value

    def _returned(self, function: Callable, where: str, arguments: tuple) -> object:
        outcome = None if self._endless else call_safely(function, arguments, self.seconds)
        if outcome is None or not outcome.in_time:
            self._endless = True
            what = f"{where} did not come back within {self.seconds:g} seconds."
            raise NotReady(BADLY_FORMED, what, "Look for an endless loop.")
        if outcome.stopped_with:
            what = f"{where} stopped with {outcome.stopped_with}."
            raise NotReady(BADLY_FORMED, what, "Try it on the example in a cell of its own.")
        return outcome.returned
