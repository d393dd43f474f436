"""Plain data: exact copies of what a learner wrote, a few words that say what came, and copies as JSON.

Only plain data is ever compared. A learner's object may claim to equal everything; its plain copy cannot.
"""

from __future__ import annotations

import math
import sys
from typing import Any

EXACT = 2**53  # JSON readers that know only floats lose digits of larger integers
INTEGER, FLOAT, PAIRS = "$integer", "$float", "$pairs"


def as_plain_data(value: Any) -> object:
    """Copy ``value`` into exact bool, int, float, str, None, list and dict.

    Subclasses and numpy scalars become the plain value they hold. It is read by the base class's own method,
    so that comparing the copy never calls a method of a learner's object. Tuples become lists.

    Raises TypeError, naming the type, for everything else.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(type(value), numpy.generic):
        value = numpy.generic.item(value)
    kind = type(value)  # not isinstance: it asks the object's `__class__`, which can lie
    if value is None or kind is bool:
        return value
    if issubclass(kind, int):
        return int.__int__(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, dict):
        # not items_of_dict: a new dict would call `__hash__` of a learner's keys before they are copied
        return {as_plain_data(key): as_plain_data(item) for key, item in dict.items(value)}
    items = items_of_list(value)
    if items is not None:
        return [as_plain_data(item) for item in items]
    raise TypeError(kind.__name__)


def items_of_dict(value: Any) -> dict | None:
    """The items of a dict, read by dict's own method, or None for anything else."""
    return dict(dict.items(value)) if issubclass(type(value), dict) else None


def items_of_list(value: Any) -> list | None:
    """The items of a list or tuple, read by its own base class, or None for anything else."""
    if issubclass(type(value), list):
        return list(list.__iter__(value))
    return list(tuple.__iter__(value)) if issubclass(type(value), tuple) else None


def description(value: object) -> str:
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
        exact = as_plain_data(value)
    except (TypeError, RecursionError):
        return f"an object of type {kind}"
    if isinstance(exact, dict | list):
        return f"a {type(exact).__name__} of {len(exact)}"
    if isinstance(exact, str):
        return f"the text {exact[:40]!r}"
    try:
        return repr(exact)[:40]
    except ValueError:  # Python refuses to write an int of thousands of digits
        return "a very large number"


def in_digits(number: float) -> str:
    """A number as a person reads it: thousands apart, at most six digits after the point."""
    size = abs(number)
    if size != 0 and not 1e-4 <= size < 1e15:
        try:
            return f"{number:g}"
        except OverflowError:  # an int beyond what a float can hold
            return "more than 1e+308" if number > 0 else "less than -1e+308"
    return f"{number:,}" if isinstance(number, int) else f"{number:,.6f}".rstrip("0").rstrip(".")


def plain_to_json(value: object) -> object:
    """Turn plain data into what strict JSON can hold; :func:`plain_from_json` gives back exactly ``value``.

    JSON has no infinity, no exact large integer and no keys but texts: those become a dict with one key that
    begins with "$".
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {FLOAT: repr(value)}
    if isinstance(value, int) and abs(value) > EXACT:
        return {INTEGER: hex(value)}  # unlike decimal digits, of any length
    if isinstance(value, list):
        return [plain_to_json(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: plain_to_json(item) for key, item in value.items()}
        return {PAIRS: [[plain_to_json(key), plain_to_json(item)] for key, item in value.items()]}
    return value


def plain_from_json(data: object) -> object:
    """Turn what :func:`plain_to_json` made back into plain data."""
    if isinstance(data, list):
        return [plain_from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    if FLOAT in data:
        return float(data[FLOAT])
    if INTEGER in data:
        return int(data[INTEGER], 16)
    if PAIRS in data:
        return {plain_from_json(key): plain_from_json(item) for key, item in data[PAIRS]}
    return {key: plain_from_json(item) for key, item in data.items()}
