"""Canonical copies: well-formed answers as data that JSON can hold, and back.

A test cell gives the same result for the decoded copies as for what the learner wrote, whatever the way in
which it was written. So an answer can be judged in a process that the learner's code cannot reach. A function
has no copy: the caller of :func:`decode` supplies a function that stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hindcast.forms.base import Form
from hindcast.forms.bench import Function
from hindcast.forms.plain_data import plain_from_json, plain_to_json


def encode(forms: Mapping[str, Form], values: Mapping[str, object]) -> dict[str, object]:
    """Copy the named answers as data that JSON can hold; None stands for a function, which is not called.

    Raises :class:`NotReady` for an answer that is not well formed, KeyError for one that is
    missing.
    """
    return {name: encode_answer(form, values[name], f"`{name}`") for name, form in forms.items()}


def decode(
    forms: Mapping[str, Form],
    copies: Mapping[str, object],
    functions: Mapping[str, Callable] | None = None,
) -> dict[str, object]:
    """Turn copies that :func:`encode` made into values that ``check.read`` reads as the same answers.

    ``functions`` holds what stands in for each answer that is a function. Raises KeyError where one is
    missing.
    """
    return {
        name: (functions or {})[name] if isinstance(form, Function) else decode_answer(form, copies[name])
        for name, form in forms.items()
    }


def encode_answer(form: Form, value: object, where: str = "The answer") -> object:
    """Copy one answer; a function as None. Raises :class:`NotReady` as ``form.read`` does."""
    if isinstance(form, Function):
        form.check_callable(value, where)
        return None
    return plain_to_json(form.read(value, where))


def decode_answer(form: Form, copied: object) -> object:
    """Turn a copy that :func:`encode_answer` made of an answer, but not of a function, into a value."""
    return form.write(plain_from_json(copied))
