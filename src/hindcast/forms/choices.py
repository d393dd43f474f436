"""Forms of an answer that is chosen: from a few choices, from a long list, from the days, or as letters."""

from __future__ import annotations

import contextlib
import datetime
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from hindcast.forms.base import (
    INCOMPLETE,
    Form,
    NotReady,
    Spec,
    badly_formed,
    check_labels,
    label_of,
    nothing_written,
)
from hindcast.forms.plain_data import as_plain_data, description

LISTED_AT_MOST = 60  # options; a longer list would help nobody to choose, and make the page large
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SEPARATORS = " ,.;-/_"  # allowed between letters


class Choice(Form):
    """One of several texts; capitals, spaces and underscores between words do not matter.

    The choices are texts that a person understands, ``Choice("ship it", "not yet")``, or one mapping from
    what is written to the words a person reads, ``Choice({"A": "nobody was warned", ...})``.
    Raises ValueError for two choices that differ only in what does not matter.
    """

    kind = "choice"

    def __init__(self, *options: str | Mapping[str, str]):
        only = options[0] if len(options) == 1 else ""
        self._offer(only if isinstance(only, Mapping) else options)
        self.expected = "one of " + ", ".join(repr(option) for option in self.choices)

    def _offer(self, options: Mapping[str, str] | Iterable) -> None:
        self.choices = _with_words(options)
        self._by_folded = {_folded(option): option for option in self.choices}
        if len(self._by_folded) < len(self.choices):
            raise ValueError(f"two choices are read as the same text: {list(self.choices)[:20]}")

    def read(self, value: object, where: str) -> str:
        """Return the choice as it is offered. Raises :class:`NotReady` for a text that is not offered."""
        with contextlib.suppress(TypeError, RecursionError):
            exact = as_plain_data(value)
            if isinstance(exact, str) and _folded(exact) in self._by_folded:
                return self._by_folded[_folded(exact)]
        raise badly_formed(where, self.expected, description(value))

    def words(self, answer: object) -> str:
        """The words of the choice."""
        return self.choices.get(str(answer), str(answer))

    def _details(self) -> Spec:
        return {"choices": _choices_spec(self.choices)}


class Entry(Choice):
    """One of many texts, such as the names in a column; ``expected`` says in words what is meant.

    ``options`` are texts, or a mapping from what is written to words. ``named`` says what a computed list is
    a list of, such as "the orders of the table": the spec lists at most 60 options, and names the list. It
    raises ValueError for a longer list without a name.
    """

    kind = "entry"

    def __init__(self, options: Iterable[str] | Mapping[str, str], expected: str, named: str = ""):
        self._offer(options)
        self.expected, self.named = expected, named

    def blank(self, value: object) -> bool:
        """Whether it is None or a text with nothing in it."""
        return nothing_written(value)

    def _details(self) -> Spec:
        count, few = len(self.choices), len(self.choices) <= LISTED_AT_MOST
        if not few and not self.named:
            raise ValueError(f"a list of {count} options needs a name: Entry(..., named=...)")
        return {"named": self.named, "count": count, "choices": _choices_spec(self.choices) if few else None}


class Day(Form):
    """A day, written "2025-03-03" or as a date, Timestamp or datetime64 without an hour; read as that text.

    ``low`` and ``high`` are the first and the last day that may be chosen, ``weekday`` such as "Monday" the
    only weekday; ``expected`` says in words what is meant. Raises ValueError for a limit that is no day.
    """

    kind = "day"

    def __init__(self, low: str = "", high: str = "", weekday: str = "", expected: str = ""):
        for limit in (low, high):
            if limit and not _is_day(limit):
                raise ValueError(f'{limit!r} is no day such as "2025-03-03"')
        if weekday and weekday not in WEEKDAYS:
            raise ValueError(f"{weekday!r} is none of {', '.join(WEEKDAYS)}")
        self.low, self.high, self.weekday = low, high, weekday
        self.expected = expected or self._in_words()

    def read(self, value: object, where: str) -> str:
        """Return the day as text. Raises :class:`NotReady` for no day, and for one that may not be chosen."""
        value = _as_date(value)
        if issubclass(type(value), datetime.date):
            return self._within(self._of_date(value, where), value, where)
        with contextlib.suppress(TypeError, RecursionError):
            exact = as_plain_data(value)
            if isinstance(exact, str) and _is_day(exact.strip()):
                return self._within(exact.strip(), value, where)
        raise badly_formed(where, self.expected, description(value))

    def blank(self, value: object) -> bool:
        """Whether it is None or a text with nothing in it."""
        return nothing_written(value)

    def _details(self) -> Spec:
        return {"low": self.low or None, "high": self.high or None, "weekday": self.weekday or None}

    def _of_date(self, value: Any, where: str) -> str:
        """The day of a date, read by the base class's own methods."""
        pandas = sys.modules.get("pandas")
        if pandas is not None and value is pandas.NaT:
            raise badly_formed(where, self.expected, "a missing day (NaT)")
        day = datetime.date.isoformat(value)
        if issubclass(type(value), datetime.datetime):
            hour = datetime.datetime.time(value)
            if hour != datetime.time():
                raise badly_formed(where, self.expected, f"{day} at {hour}", "Write the day alone.")
        return day

    def _within(self, day: str, came: object, where: str) -> str:
        # ISO days sort as texts
        if not (self.low or day) <= day <= (self.high or day) or self.weekday not in ("", _weekday(day)):
            is_text = issubclass(type(came), str)
            raise badly_formed(where, self.expected, description(came) if is_text else f"the day {day}")
        return day

    def _in_words(self) -> str:
        example = datetime.date.fromisoformat(self.low or min("2025-03-03", self.high or "9999-12-31"))
        step = datetime.timedelta(days=-1 if self.high and not self.low else 1)  # away from the limit
        while self.weekday not in ("", WEEKDAYS[example.weekday()]):
            example += step
        limits = [f"from {self.low}"] * bool(self.low) + [f"to {self.high}"] * bool(self.high)
        a_day = f'a {self.weekday or "day"}, such as "{example}"'
        return f"{a_day}, {' '.join(limits)}" if limits else a_day


class Letters(Form):
    """A text with one letter for each part of an answer, such as "BKQX"; order and capitals do not matter.

    ``parts`` maps each part to its letters, and each letter to the words that it stands for. ``labels`` says
    what a person reads for a part. No letter belongs to two parts, so the order of the letters does not
    matter. Read as a dict from part to letter.

    Raises ValueError for a letter in two parts, TypeError for letters without words.
    """

    kind = "letters"

    def __init__(self, parts: Mapping[str, Mapping[str, str]], *, labels: Mapping[str, str] | None = None):
        self.parts = {part: _lettered(words) for part, words in parts.items()}
        self.labels = dict(labels or {})
        check_labels(self.parts, self.labels)
        letters = [letter for words in self.parts.values() for letter in words]
        if len(set(letters)) < len(letters):
            raise ValueError(f"a letter belongs to two parts: {letters}")
        said = ", ".join(f"{part} ({_range(words)})" for part, words in self.parts.items())
        self.expected = f"a text of {len(self.parts)} letters, one each for {said}"

    def read(self, value: object, where: str) -> dict[str, str]:
        """Return part -> letter. Raises :class:`NotReady` for a part with no letter or with several."""
        offered = [letter for words in self.parts.values() for letter in words]
        letters = _letters_in(value, offered, self.expected, where)
        chosen = {
            part: [letter for letter in letters if letter in words] for part, words in self.parts.items()
        }
        for part, found in chosen.items():
            if len(found) > 1:
                raise badly_formed(where, f"one letter for {part}", " and ".join(found))
        missing = [part for part, found in chosen.items() if not found]
        if missing:
            raise NotReady(INCOMPLETE, f"{where}: no letter yet for {', '.join(missing)}.")
        return {part: found[0] for part, found in chosen.items()}

    def blank(self, value: object) -> bool:
        """Whether it is None or a text with nothing in it."""
        return nothing_written(value)

    def write(self, answer: object) -> object:
        """Write the letters as one text, in the order of the parts."""
        if not isinstance(answer, dict) or answer.keys() != self.parts.keys():
            return answer
        return "".join(str(answer[part]) for part in self.parts)

    def words(self, answer: object) -> dict[str, str]:
        """Label -> words, for each part."""
        chosen = answer if isinstance(answer, dict) else self.read(answer, "The answer")
        return {label_of(part, self.labels): words[chosen[part]] for part, words in self.parts.items()}

    def _details(self) -> Spec:
        parts = [
            {"name": part, "label": label_of(part, self.labels), "choices": _choices_spec(words)}
            for part, words in self.parts.items()
        ]
        return {"parts": parts}


class SomeLetters(Form):
    """A text with one or more of the letters offered, such as "BDK", each once; read as a sorted text.

    ``choices`` maps each letter to the words that it stands for. Raises TypeError for letters without words.
    """

    kind = "some letters"

    def __init__(self, choices: Mapping[str, str]):
        self.choices = _lettered(choices)
        self.expected = f"a text of letters from {_range(self.choices)}"

    def read(self, value: object, where: str) -> str:
        """Return the letters, sorted. Raises :class:`NotReady` for none, and for one that is not offered."""
        letters = _letters_in(value, list(self.choices), self.expected, where)
        if not letters:
            raise NotReady(INCOMPLETE, f"{where}: no letter yet.")
        return "".join(sorted(set(letters)))

    def blank(self, value: object) -> bool:
        """Whether it is None or a text with nothing in it."""
        return nothing_written(value)

    def words(self, answer: object) -> list[str]:
        """The words of each letter."""
        return [self.choices[letter] for letter in str(answer)]

    def _details(self) -> Spec:
        return {"choices": _choices_spec(self.choices)}


def _with_words(options: Mapping[str, str] | Iterable) -> dict[str, str]:
    """What is written -> the words a person reads, in exact texts. Raises TypeError for what is no text."""
    pairs = options.items() if isinstance(options, Mapping) else ((option, option) for option in options)
    return {str.__str__(option): str.__str__(words) for option, words in pairs}


def _choices_spec(choices: Mapping[str, str]) -> list[Spec]:
    return [{"value": value, "words": words} for value, words in choices.items()]


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # fromisoformat takes other ways to write a day
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _as_date(value: Any) -> object:
    """The date or datetime of a numpy.datetime64; anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not issubclass(type(value), numpy.datetime64) or numpy.isnat(value):
        return value
    return value.astype("datetime64[us]").item()


def _weekday(day: str) -> str:
    return WEEKDAYS[datetime.date.fromisoformat(day).weekday()]


def _lettered(words: Mapping[str, str]) -> dict[str, str]:
    """The words of each letter. Raises TypeError for letters without words, ValueError for a longer text."""
    if not isinstance(words, Mapping):
        raise TypeError(f'letters need words, such as {{"A": "a number"}}: {words!r}')
    if any(len(letter) != 1 or letter != letter.upper() for letter in words):
        raise ValueError(f"each has to be one capital letter: {list(words)}")
    return _with_words(words)


def _range(letters: Iterable[str]) -> str:
    first, *others = letters
    return f"{first} to {others[-1] if others else first}"


def _letters_in(value: object, offered: list[str], expected: str, where: str) -> list[str]:
    """The letters of a text, as capitals. Raises :class:`NotReady` for one that is not offered."""
    try:
        exact = as_plain_data(value)
    except (TypeError, RecursionError):
        exact = None
    if not isinstance(exact, str):
        raise badly_formed(where, expected, description(value))
    letters = [letter for letter in exact.upper() if letter not in SEPARATORS]
    for letter in letters:
        if letter not in offered:
            raise badly_formed(where, expected, repr(letter))
    return letters
