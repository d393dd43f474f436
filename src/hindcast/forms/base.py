"""What an answer has to look like: the base of all forms, and the forms of one number, one text, yes or no.

A form reads what a learner wrote as plain data, or says what it expected and what came. It also says, as
data, what a page needs to draw it (:meth:`Form.spec`), puts an answer into words (:meth:`Form.words`), and
writes an answer as a value that it reads again (:meth:`Form.write`).

Other forms are in :mod:`hindcast.forms.choices`, :mod:`hindcast.forms.compound`,
:mod:`hindcast.forms.alternatives` and :mod:`hindcast.forms.bench`; test cells take all of them from
:mod:`hindcast.check`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from hindcast.errors import HindcastError
from hindcast.forms.plain_data import as_plain_data, description, in_digits

NOT_ATTEMPTED = "not attempted"
INCOMPLETE = "incomplete"
BADLY_FORMED = "badly formed"

Spec = dict[str, object]


class NotReady(HindcastError):
    """An answer that cannot be scored yet, and why.

    ``status`` is "not attempted", "incomplete" or "badly formed"; ``what`` and ``do_next`` are as in
    :class:`~hindcast.errors.HindcastError`.
    """

    def __init__(self, status: str, what: str, do_next: str = ""):
        super().__init__(what, do_next)
        self.status = status


def badly_formed(where: str, expected: str, came: str, do_next: str = "") -> NotReady:
    """The fault of an answer that is not of its form: ``where`` it stands, what was expected, what came."""
    return NotReady(BADLY_FORMED, f"{where}: expected {expected}, but {came} came.", do_next)


class Form:
    """What one answer has to look like. ``expected`` says it in words, ``kind`` is its name in the spec."""

    kind = "value"
    expected = "a value"

    def read(self, value: object, where: str) -> object:
        """Return ``value`` as plain data, or raise :class:`NotReady` with ``where`` in its sentence."""
        raise NotImplementedError

    def blank(self, value: object) -> bool:
        """Whether nothing has been filled in."""
        return value is None

    def write(self, answer: object) -> object:
        """The value that :meth:`read` reads as ``answer``; what is no answer of this form is left alone."""
        return answer

    def words(self, answer: object) -> object:
        """What a person reads for an ``answer`` that was read: a text, or lists and dicts of texts."""
        return answer

    def spec(self) -> Spec:
        """All that is needed to draw this form, as data that JSON can hold; never a key.

        Every spec has ``kind`` and ``help``. What has an order is a list: nbformat sorts the keys of dicts.
        """
        return {"kind": self.kind, "help": self.expected, **self._details()}

    def _details(self) -> Spec:
        """What the spec of this kind of form has beside ``kind`` and ``help``."""
        return {}


def specs(forms: Mapping[str, Form]) -> list[Spec]:
    """The specs of an exercise: ``name``, ``label`` and ``form`` of each named answer, in their order."""
    return field_specs(forms, {})


def field_specs(fields: Mapping[str, Form], labels: Mapping[str, str]) -> list[Spec]:
    """The spec of each field with its name and the label that a person reads."""
    return [
        {"name": name, "label": label_of(name, labels), "form": form.spec()} for name, form in fields.items()
    ]


def label_of(name: str, labels: Mapping[str, str]) -> str:
    """The label of a field: its own, or its name with spaces between the words."""
    return labels.get(name, name.replace("_", " "))


def check_labels(names: Iterable[str], labels: Mapping[str, str]) -> None:
    """Raise ValueError when a label is of no field, or when two fields have the same one."""
    names = list(names)
    strange = labels.keys() - set(names)
    if strange or len({label_of(name, labels) for name in names}) < len(names):
        raise ValueError(f"each of the fields {names} needs a label of its own: {dict(labels)}")


def listed_keys(keys: Iterable[object]) -> str:
    """Keys for a sentence. A key that is no text is named by its type: ``__repr__`` may be a learner's."""
    return ", ".join(repr(key) if type(key) is str else f"a key of type {type(key).__name__}" for key in keys)


def nothing_written(value: Any) -> bool:
    """Whether ``value`` is None or an empty or blank text, as in a stub."""
    return value is None or (issubclass(type(value), str) and not str.strip(value))


# --- numbers --------------------------------------------------------------------------------------


class Number(Form):
    """A finite number from ``low`` to ``high`` (both included), in ``unit``."""

    kind = "number"

    def __init__(self, unit: str = "", low: float = -math.inf, high: float = math.inf):
        self.unit, self.low, self.high = unit, low, high
        self.expected = "a number" + (f" of {unit}" if unit else "") + _limits(low, high)

    def read(self, value: object, where: str) -> int | float:
        """Return the number. Raises :class:`NotReady` for what is no finite number within the limits."""
        number = self._number(value, where)
        if not self.low <= number <= self.high:
            raise badly_formed(where, self.expected, description(number), self.out_of_range(number))
        return number

    def out_of_range(self, number: float) -> str:
        """What to do next about a number outside the limits."""
        return ""

    def words(self, answer: object) -> str:
        """The number with its unit."""
        if not isinstance(answer, int | float):
            return str(answer)
        return f"{in_digits(answer)} {self.unit}".strip()

    def _details(self) -> Spec:
        low, high = (
            as_plain_data(limit) if math.isfinite(limit) else None for limit in (self.low, self.high)
        )
        return {"unit": self.unit, "low": low, "high": high}

    def _number(self, value: object, where: str) -> int | float:
        try:
            exact = as_plain_data(value)
        except (TypeError, RecursionError):
            do_next = "Take the one number out of it."
            raise badly_formed(where, self.expected, description(value), do_next) from None
        if isinstance(exact, str):
            do_next = "Write the number without quotes or unit."
            raise badly_formed(where, self.expected, description(exact), do_next)
        if isinstance(exact, bool) or not isinstance(exact, int | float):
            raise badly_formed(where, self.expected, description(exact))
        if isinstance(exact, float) and not math.isfinite(exact):
            raise badly_formed(where, self.expected, f"{exact}, which is not a number one can compare,")
        return exact


class Count(Number):
    """A whole number of things, zero or more."""

    kind = "count"

    def __init__(self, unit: str = "", high: float = math.inf):
        super().__init__(unit, 0, high)
        self.expected = "a whole number" + (f" of {unit}" if unit else "") + _limits(0, high)

    def read(self, value: object, where: str) -> int:
        """Return the number as an int. Raises :class:`NotReady` for one that is not whole, too."""
        number = super().read(value, where)
        if number != int(number):
            raise badly_formed(where, self.expected, description(number))
        return int(number)


class Share(Number):
    """A share from 0 to 1. With ``per_cent`` a person is asked for it, and reads it, in per cent."""

    kind = "share"

    def __init__(self, per_cent: bool = False):
        super().__init__("", 0, 1)
        self.per_cent = per_cent
        self.expected = "a share from 0 to 1"

    def out_of_range(self, number: float) -> str:
        """How to write the share, where the number looks like a percentage."""
        if 1 < number <= 100:
            return f"That looks like a percentage: write {number / 100:g} for {number:g} %."
        return ""

    def words(self, answer: object) -> str:
        """The share, in per cent where ``per_cent`` is set."""
        if self.per_cent and isinstance(answer, int | float):
            return f"{in_digits(100 * answer)} %"
        return super().words(answer)

    def _details(self) -> Spec:
        return {**super()._details(), "per_cent": self.per_cent}


def _limits(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f" from {low:g} to {high:,g}"
    if math.isfinite(low):
        return f", {low:g} or more"
    return f", at most {high:,g}" if math.isfinite(high) else ""


# --- yes or no, and texts -------------------------------------------------------------------------


class YesNo(Form):
    """True or False."""

    kind = "yes or no"
    expected = "True or False"

    def read(self, value: object, where: str) -> bool:
        """Return the bool. Raises :class:`NotReady` for everything else, such as 1 or "True"."""
        with contextlib.suppress(TypeError, RecursionError):
            exact = as_plain_data(value)
            if isinstance(exact, bool):
                return exact
        do_next = "Write True or False, without quotes."
        raise badly_formed(where, self.expected, description(value), do_next)

    def words(self, answer: object) -> str:
        """The word "yes" or "no"."""
        return "yes" if answer is True else "no"


class Text(Form):
    """A text, exactly as it is written."""

    kind = "text"
    expected = "a text"

    def read(self, value: object, where: str) -> str:
        """Return the text. Raises :class:`NotReady` for everything else."""
        with contextlib.suppress(TypeError, RecursionError):
            exact = as_plain_data(value)
            if isinstance(exact, str):
                return exact
        raise badly_formed(where, self.expected, description(value), "Write it in quotes.")
