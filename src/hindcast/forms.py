"""What an answer has to look like: plain data, and forms that say what they expected if something else came.

Only plain data is ever compared. A learner's object may claim to equal everything; its plain copy cannot.
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import ctypes
import datetime
import io
import math
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from hindcast.errors import HindcastError

NOT_ATTEMPTED = "not attempted"
INCOMPLETE = "incomplete"
BADLY_FORMED = "badly formed"


class NotReady(HindcastError):
    """An answer that cannot be scored yet, and why.

    ``status`` is "not attempted", "incomplete" or "badly formed".
    """

    def __init__(self, status: str, sentence: str):
        super().__init__(sentence)
        self.status = status


# --- plain data -----------------------------------------------------------------------------------


def plain(value: object) -> object:
    """Copy ``value`` into exact bool, int, float, str, None, list and dict.

    Subclasses and numpy scalars become the plain value they hold, read by the base class's own method, so
    that no comparison of ours ever calls a method that a learner's object brings. Tuples become lists.

    Raises TypeError, naming the type, for everything else.
    """
    kind = type(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, numpy.generic):
        value = numpy.generic.item(value)
        kind = type(value)
    if value is None or kind is bool:
        return value
    for base, copied in ((int, int.__int__), (float, float.__float__), (str, str.__str__)):
        if issubclass(kind, base):
            return copied(value)
    if issubclass(kind, dict):
        return {plain(key): plain(item) for key, item in dict.items(value)}
    if issubclass(kind, (list, tuple)):
        base = list if issubclass(kind, list) else tuple
        return [plain(item) for item in base.__iter__(value)]
    raise TypeError(kind.__name__)


def _came(value: object) -> str:
    """Say in a few words what ``value`` is, without calling its own ``__repr__``."""
    kind = type(value).__name__
    named = {
        "DataFrame": "a whole table (DataFrame)",
        "Series": "a column of values (Series)",
        "ndarray": "an array of values (ndarray)",
        "function": "a function",
    }
    if kind in named:
        return named[kind]
    try:
        exact = plain(value)
    except (TypeError, RecursionError):
        return f"an object of type {kind}"
    if isinstance(exact, (dict, list)):
        return f"a {type(exact).__name__} of {len(exact)}"
    if isinstance(exact, str):
        return f"the text {exact[:40]!r}"
    return repr(exact)[:40]


def _fault(where: str, expected: str, came: str, do_next: str = "") -> NotReady:
    return NotReady(
        BADLY_FORMED, f"{where}: expected {expected}, but {came} came.{' ' + do_next if do_next else ''}"
    )


# --- forms: what an answer has to look like -------------------------------------------------------


class Form:
    """What one answer has to look like. ``expected`` says it in words."""

    expected = "a value"

    def read(self, value: object, where: str) -> object:
        """Return ``value`` as plain data, or raise :class:`NotReady` with ``where`` in its sentence."""
        raise NotImplementedError

    def blank(self, value: object) -> bool:
        """Whether nothing has been filled in."""
        return value is None


class Number(Form):
    """A finite number from ``low`` to ``high`` (both included), in ``unit``."""

    def __init__(self, unit: str = "", low: float = -math.inf, high: float = math.inf):
        self.low, self.high = low, high
        self.expected = "a number" + (f" of {unit}" if unit else "") + _limits(low, high)

    def read(self, value: object, where: str) -> int | float:
        number = self._number(value, where)
        if not self.low <= number <= self.high:
            raise _fault(where, self.expected, _came(number), self.out_of_range(number))
        return number

    def out_of_range(self, number: float) -> str:
        """What to do next about a number outside the limits."""
        return ""

    def _number(self, value: object, where: str) -> int | float:
        try:
            exact = plain(value)
        except (TypeError, RecursionError):
            raise _fault(where, self.expected, _came(value), "Take the one number out of it.") from None
        if isinstance(exact, str):
            raise _fault(where, self.expected, _came(exact), "Write the number without quotes or unit.")
        if isinstance(exact, bool) or not isinstance(exact, (int, float)):
            raise _fault(where, self.expected, _came(exact))
        if isinstance(exact, float) and not math.isfinite(exact):
            raise _fault(where, self.expected, f"{exact}, which is not a number one can compare,")
        return exact


class Count(Number):
    """A whole number of things, zero or more."""

    def __init__(self, unit: str = "", high: float = math.inf):
        super().__init__(unit, 0, high)
        self.expected = "a whole number" + (f" of {unit}" if unit else "") + _limits(0, high)

    def read(self, value: object, where: str) -> int:
        number = super().read(value, where)
        if number != int(number):
            raise _fault(where, self.expected, _came(number))
        return int(number)


class Share(Number):
    """A share from 0 to 1."""

    def __init__(self):
        super().__init__("", 0, 1)
        self.expected = "a share from 0 to 1"

    def out_of_range(self, number: float) -> str:
        if 1 < number <= 100:
            return f"That looks like a percentage: write {number / 100:g} for {number:g} %."
        return ""


def _limits(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f" from {low:g} to {high:,g}"
    if math.isfinite(low):
        return f", {low:g} or more"
    return f", at most {high:,g}" if math.isfinite(high) else ""


class YesNo(Form):
    """True or False."""

    expected = "True or False"

    def read(self, value: object, where: str) -> bool:
        with contextlib.suppress(TypeError, RecursionError):
            exact = plain(value)
            if isinstance(exact, bool):
                return exact
        raise _fault(where, self.expected, _came(value), "Write True or False, without quotes.")


class Choice(Form):
    """One of several texts; capitals, spaces and underscores between words do not matter."""

    def __init__(self, *options: str):
        self.options = {_folded(option): option for option in options}
        self.expected = "one of " + ", ".join(repr(option) for option in options)

    def read(self, value: object, where: str) -> str:
        with contextlib.suppress(TypeError, RecursionError):
            exact = plain(value)
            if isinstance(exact, str) and _folded(exact) in self.options:
                return self.options[_folded(exact)]
        raise _fault(where, self.expected, _came(value))


class Text(Form):
    """A text, exactly as it is written."""

    expected = "a text"

    def read(self, value: object, where: str) -> str:
        with contextlib.suppress(TypeError, RecursionError):
            exact = plain(value)
            if isinstance(exact, str):
                return exact
        raise _fault(where, self.expected, _came(value), "Write it in quotes.")


class Either(Form):
    """One of several forms, the first that fits. What fits none is told what the first expected."""

    def __init__(self, first: Form, *others: Form):
        self.forms = (first, *others)
        self.expected = " or ".join(dict.fromkeys(form.expected for form in self.forms))

    def read(self, value: object, where: str) -> object:
        faults = []
        for form in self.forms:
            try:
                return form.read(value, where)
            except NotReady as fault:
                faults.append(fault)
        raise faults[0]


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()


class Entry(Choice):
    """One of many texts, such as the names in a column; ``expected`` says in words what is meant."""

    def __init__(self, options: Iterable[str], expected: str):
        self.options = {_folded(option): option for option in options}
        self.expected = expected

    def blank(self, value: object) -> bool:
        return _nothing(value)


class Letters(Form):
    """A text with one letter for each part of an answer, such as "BKQX"; order and capitals do not matter.

    ``parts`` says which letters a part may have. No letter belongs to two parts: so letters in another order
    mean the same, and none can end up in the wrong place. Read as a dict from part to letter.
    """

    def __init__(self, parts: Mapping[str, str] | None = None, **more: str):
        self.parts = {**(parts or {}), **more}
        letters = "".join(self.parts.values())
        if len(set(letters.upper())) < len(letters):
            raise ValueError(f"a letter belongs to two parts: {self.parts}")
        said = ", ".join(f"{part} ({letters[0]} to {letters[-1]})" for part, letters in self.parts.items())
        self.expected = f"a text of {len(self.parts)} letters, one each for {said}"

    def read(self, value: object, where: str) -> dict[str, str]:
        letters = self._letters(value, where)
        chosen = {part: [letter for letter in letters if letter in own] for part, own in self.parts.items()}
        twice = {part: found for part, found in chosen.items() if len(found) > 1}
        if twice:
            part, found = next(iter(twice.items()))
            raise _fault(where, f"one letter for {part}", " and ".join(found))
        missing = [part for part, found in chosen.items() if not found]
        if missing:
            raise NotReady(INCOMPLETE, f"{where}: no letter yet for {', '.join(missing)}.")
        return {part: found[0] for part, found in chosen.items()}

    def blank(self, value: object) -> bool:
        return _nothing(value)

    def _letters(self, value: object, where: str) -> list[str]:
        try:
            exact = plain(value)
        except (TypeError, RecursionError):
            exact = None
        if not isinstance(exact, str):
            raise _fault(where, self.expected, _came(value))
        letters = [letter for letter in exact.upper() if letter not in " ,.;-/_"]
        offered = "".join(self.parts.values())
        strange = [letter for letter in letters if letter not in offered]
        if strange:
            raise _fault(where, self.expected, f"{strange[0]!r}")
        return letters


class SomeLetters(Letters):
    """A text with one or more of the letters offered, such as "BDK", each once; read as a sorted text."""

    def __init__(self, offered: str):
        super().__init__(rows=offered)
        self.expected = f"a text of letters from {offered[0]} to {offered[-1]}"

    def read(self, value: object, where: str) -> str:
        letters = self._letters(value, where)
        if not letters:
            raise NotReady(INCOMPLETE, f"{where}: no letter yet.")
        return "".join(sorted(set(letters)))


def _nothing(value: object) -> bool:
    """Whether ``value`` is None or a text with nothing in it, as a stub has it."""
    return value is None or (issubclass(type(value), str) and not str.strip(value))


class Record(Form):
    """A dict with exactly these keys, each with a form of its own; its numbers may have to give a total."""

    def __init__(
        self, fields: Mapping[str, Form] | None = None, *, adds_up_to: int | None = None, **more: Form
    ):
        self.fields, self.adds_up_to = {**(fields or {}), **more}, adds_up_to
        self.expected = "a dict with the keys " + ", ".join(repr(key) for key in self.fields)

    def read(self, value: object, where: str) -> dict:
        if not issubclass(type(value), dict):
            raise _fault(where, self.expected, _came(value))
        items = dict(dict.items(value))
        self._check_keys(items, where)
        read = self._read_fields(items, where)
        if self.adds_up_to is not None and sum(read.values()) != self.adds_up_to:
            raise _fault(
                where, f"numbers that add up to {self.adds_up_to:,}", f"a total of {sum(read.values()):,}"
            )
        return read

    def _read_fields(self, items: dict, where: str) -> dict:
        """Read each field. Everything that is incomplete is named at once, before anything badly formed."""
        missing = [key for key, form in self.fields.items() if form.blank(items[key])]
        now = " (None now)" if all(items[key] is None for key in missing) else ""
        incomplete = [f"{where}: {_listed(missing)} still to be filled in{now}."] if missing else []
        badly_formed, read = [], {}
        for key, form in self.fields.items():
            if key not in missing:
                try:
                    read[key] = form.read(items[key], f"{where}[{key!r}]")
                except NotReady as fault:
                    (badly_formed if fault.status == BADLY_FORMED else incomplete).append(fault)
        if incomplete:
            raise NotReady(INCOMPLETE, " ".join(map(str, incomplete)))
        if badly_formed:
            raise badly_formed[0]
        return read

    def blank(self, value: object) -> bool:
        if value is None:
            return True
        if not issubclass(type(value), dict):
            return False
        items = dict(dict.items(value))
        return items.keys() == self.fields.keys() and all(
            form.blank(items[key]) for key, form in self.fields.items()
        )

    def _check_keys(self, items: dict, where: str) -> None:
        missing = [key for key in self.fields if key not in items]
        extra = [key for key in items if key not in self.fields]
        if missing or extra:
            what = [f"{_listed(missing)} missing"] * bool(missing) + [f"{_listed(extra)} too many"] * bool(
                extra
            )
            raise _fault(where, self.expected, " and ".join(what), "Keep the keys as they were given.")


def _listed(keys: Sequence) -> str:
    return ", ".join(repr(key) if type(key) is str else f"a key of type {type(key).__name__}" for key in keys)


class Case(Form):
    """A dict whose field ``by`` says which of several records it has to be; all of them have the same keys.

    So that an answer such as "dishonest" can ask for its evidence, and "honest" for none.
    """

    def __init__(self, by: str, **records: Record):
        self.by, self.records = by, records
        self.first = next(iter(records.values()))
        self.choice = Choice(*records)
        self.expected = self.first.expected

    def read(self, value: object, where: str) -> dict:
        if not issubclass(type(value), dict) or set(dict.keys(value)) != set(self.first.fields):
            return self.first.read(value, where)
        chosen = dict.get(value, self.by)
        if self.choice.blank(chosen):
            raise NotReady(INCOMPLETE, f"{where}: {self.by!r} still to be filled in.")
        return self.records[self.choice.read(chosen, f"{where}[{self.by!r}]")].read(value, where)

    def blank(self, value: object) -> bool:
        return self.first.blank(value)


class DictOf(Form):
    """A dict of any number of text keys, each value of the same form."""

    def __init__(self, item: Form):
        self.item = item
        self.expected = f"a dict whose values are {item.expected}"

    def read(self, value: object, where: str) -> dict:
        if not issubclass(type(value), dict):
            raise _fault(where, self.expected, _came(value))
        items = {}
        for key, item in dict.items(value):
            if not issubclass(type(key), str):
                raise _fault(where, "keys that are text", f"a key of type {type(key).__name__}")
            items[str.__str__(key)] = self.item.read(item, f"{where}[{str.__str__(key)!r}]")
        return items


class Maybe(Form):
    """None, or a value of the form ``item``; None is an answer here, not a blank."""

    def __init__(self, item: Form):
        self.item = item
        self.expected = f"{item.expected}, or None"

    def read(self, value: object, where: str) -> object:
        return None if value is None else self.item.read(value, where)

    def blank(self, value: object) -> bool:
        return False


class ListOf(Form):
    """A list of ``at_least`` to ``at_most`` different items of one form; the order is kept."""

    def __init__(self, item: Form, at_least: int = 0, at_most: int | None = None):
        self.item, self.at_least, self.at_most = item, at_least, at_most
        self.expected = f"a list, each item {item.expected}"

    def read(self, value: object, where: str) -> list:
        if not issubclass(type(value), (list, tuple)):
            raise _fault(where, self.expected, _came(value), "Write it in square brackets.")
        given = self._items(value)
        if any(self.item.blank(item) for item in given):
            raise NotReady(INCOMPLETE, f"{where}: {len(given)} items, and not all are filled in yet.")
        items = [self.item.read(item, f"{where}[{n}]") for n, item in enumerate(given)]
        if any(item in items[:n] for n, item in enumerate(items)):
            raise _fault(where, "each item once", "the same item twice")
        if len(items) < self.at_least or (self.at_most is not None and len(items) > self.at_most):
            upper = " or more" if self.at_most is None else f" to {self.at_most}"
            number = f"{self.at_least}{'' if self.at_least == self.at_most else upper}"
            raise _fault(where, f"{number} items", f"{len(items)}")
        return items

    def blank(self, value: object) -> bool:
        if not issubclass(type(value), (list, tuple)):
            return value is None
        given = self._items(value)
        return bool(given) and all(self.item.blank(item) for item in given)

    @staticmethod
    def _items(value: list | tuple) -> list:
        base = list if issubclass(type(value), list) else tuple
        return list(base.__iter__(value))


class Table(Form):
    """A pandas table that has at least these columns; read as a list of rows, each a dict of plain values.

    Days become texts such as "2025-09-01", missing values None. The order of the rows is kept, other columns
    are left out, names in the index count as columns. A table without rows needs no columns.
    """

    def __init__(self, *columns: str):
        self.columns = columns
        self.expected = f"a table (DataFrame) with the columns {_listed(columns)}"

    def read(self, value: object, where: str) -> list[dict]:
        pandas = sys.modules.get("pandas")
        if pandas is None or not issubclass(type(value), pandas.DataFrame):
            raise _fault(where, self.expected, _came(value))
        if not len(value):
            return []
        table = self._with_index(pandas, value)
        missing = [name for name in self.columns if name not in table.columns]
        if missing:
            raise _fault(where, self.expected, f"a table without {_listed(missing)}")
        cells = [self._cells(pandas, table[name], f"{where}[{name!r}]") for name in self.columns]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*cells, strict=True)]

    def _with_index(self, pandas: object, value: object) -> object:
        table = pandas.DataFrame(value)
        inside = [name for name in table.index.names if name in self.columns and name not in table.columns]
        table = table.reset_index(inside) if inside else table
        twice = [name for name in self.columns if list(table.columns).count(name) > 1]
        if twice:
            raise _fault("The table", "each column once", f"two columns called {twice[0]!r}")
        return table

    @staticmethod
    def _cells(pandas: object, column: object, where: str) -> list:
        cells = []
        for value in column.tolist():
            if isinstance(value, datetime.date):
                day = pandas.Timestamp(value)
                missing = day is pandas.NaT
                cells.append(None if missing else str(day)[: 10 if day == day.normalize() else None])
                continue
            try:
                exact = plain(value) if value is not pandas.NA else None
            except (TypeError, RecursionError):
                raise _fault(where, "numbers, texts or days", _came(value)) from None
            cells.append(None if isinstance(exact, float) and math.isnan(exact) else exact)
        return cells


class Function(Form):
    """A function tried on an ``example`` (a tuple of arguments) that returns data of the form ``gives``.

    One call may take ``seconds``. A function that once took longer is not called again.
    """

    def __init__(self, example: tuple, gives: Form, seconds: float = 5):
        self.example, self.gives, self.seconds = example, gives, seconds
        self.expected = "a function"
        self._endless = False

    def read(self, value: object, where: str) -> Callable:
        if not callable(value):
            raise _fault(where, self.expected, _came(value), "Keep the line that begins with def.")
        returned = self._returned(value, where)
        if self.gives.blank(returned):
            raise NotReady(
                NOT_ATTEMPTED, f"{where} returns nothing yet. Write its body, run both cells again."
            )
        self.gives.read(returned, f"What {where} returns")
        return value

    def call(self, function: Callable, arguments: tuple) -> object:
        """Call ``function`` on copies of ``arguments``; its output and warnings are kept out of the result.

        Returns data of the form ``gives``. Raises :class:`NotReady` when it stops or returns another form.
        """
        return self.gives.read(
            self._returned(function, "The function", arguments), "What the function returns"
        )

    def _returned(self, function: Callable, where: str, arguments: tuple | None = None) -> object:
        if not self._endless:
            given = copy.deepcopy(self.example if arguments is None else arguments)
            with _quiet():
                call = _Call(function, given)
                self._endless = not call.ends_within(self.seconds)
        if self._endless:
            raise NotReady(
                BADLY_FORMED,
                f"{where} did not come back within {self.seconds:g} seconds. Look for an endless loop.",
            )
        if call.stopped_with:
            raise NotReady(
                BADLY_FORMED,
                f"{where} stopped with {call.stopped_with}. Try it on the example in a cell of its own.",
            )
        return call.returned


class _Call(threading.Thread):
    """A learner's function at work, apart from the grader: it may never return, or ask Python to exit."""

    def __init__(self, function: Callable, given: tuple):
        super().__init__(daemon=True)
        self._function, self._given, self._context = function, given, contextvars.copy_context()
        self.returned: object = None
        self.stopped_with = ""

    def run(self) -> None:
        try:
            self.returned = self._context.run(self._function, *self._given)
        except BaseException as error:  # SystemExit, too, would end the test cell without a verdict
            self.stopped_with = type(error).__name__
            with contextlib.suppress(Exception):
                self.stopped_with += f": {str(error)[:80]}"

    def ends_within(self, seconds: float) -> bool:
        self.start()
        try:
            self.join(seconds)
            return not self.is_alive()
        finally:
            if self.is_alive():  # it would slow down all that follows
                stop = ctypes.py_object(SystemExit)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), stop)
                self.join(1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Swallow what a learner's function prints: text on stderr would cost a right answer all its points."""
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
