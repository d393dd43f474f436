"""Forms of an answer that may be one of several things: a case, one of several forms, None or a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hindcast.forms.base import INCOMPLETE, Form, NotReady, Spec
from hindcast.forms.choices import Choice
from hindcast.forms.compound import Record
from hindcast.forms.plain_data import items_of_dict


class Case(Form):
    """A dict whose field ``by`` says which of several records it has to be; all of them have the same keys.

    An answer such as "dishonest" can so ask for its evidence, and "honest" for none. The words of a case
    are those of the field ``by``. Raises ValueError for records with other keys.
    """

    kind = "case"

    def __init__(self, by: str, **records: Record):
        self.by, self.records = by, records
        self.first = next(iter(records.values()))
        if any(
            by not in it.fields or it.fields.keys() != self.first.fields.keys() for it in records.values()
        ):
            raise ValueError(f"all records need the same keys, {by!r} among them")
        self.choice = Choice(*records)
        self.expected = self.first.expected

    def read(self, value: object, where: str) -> dict[str, object]:
        """Read the dict as the record that its field ``by`` names. Raises :class:`NotReady`."""
        items = items_of_dict(value)
        if items is None or set(items) != set(self.first.fields):
            return self.first.read(value, where)
        chosen = items[self.by]
        if self.choice.blank(chosen):
            raise NotReady(INCOMPLETE, f"{where}: {self.by!r} still to be filled in.")
        return self.records[self.choice.read(chosen, f"{where}[{self.by!r}]")].read(value, where)

    def blank(self, value: object) -> bool:
        """Whether every field is blank."""
        return self.first.blank(value)

    def write(self, answer: object) -> object:
        """Write the answer as its record does."""
        record = self._record(answer)
        return answer if record is None else record.write(answer)

    def words(self, answer: object) -> dict[str, object]:
        """Put the answer into words as its record does."""
        return (self._record(answer) or self.first).words(answer)

    def _details(self) -> Spec:
        said_by = self.first.fields[self.by]
        cases = [
            {"value": name, "words": said_by.words(name), "form": record.spec()}
            for name, record in self.records.items()
        ]
        return {"by": self.by, "cases": cases}

    def _record(self, answer: object) -> Record | None:
        """The record that an answer was read as, or None for what is no such answer."""
        items = items_of_dict(answer) or {}
        try:
            return self.records[self.choice.read(items.get(self.by), "The answer")]
        except NotReady:
            return None


class Either(Form):
    """One of several forms, the first that fits. A value that fits none gets the message of the first.

    ``words`` names the alternatives for a person, one text for each, in their order.
    Raises ValueError for another number of words.
    """

    kind = "either"

    def __init__(self, first: Form, *others: Form, words: Sequence[str] = ()):
        self.forms, self.alternatives = (first, *others), tuple(words)
        if words and len(words) != len(self.forms):
            raise ValueError(f"{len(self.forms)} alternatives, but words for {len(words)}")
        self.expected = " or ".join(dict.fromkeys(form.expected for form in self.forms))

    def read(self, value: object, where: str) -> object:
        """Read by the first form that fits. Raises the first form's :class:`NotReady` where none does."""
        faults = []
        for form in self.forms:
            try:
                return form.read(value, where)
            except NotReady as fault:
                faults.append(fault)
        raise faults[0]

    def write(self, answer: object) -> object:
        """Write the answer as the form does by which it was read."""
        return self._alternative(answer)[1]

    def words(self, answer: object) -> object:
        """The words of the form by which it was read, under its name where the alternatives have names."""
        number = self._alternative(answer)[0]
        words = self.forms[number].words(answer)
        return {self.alternatives[number]: words} if self.alternatives else words

    def _details(self) -> Spec:
        named = self.alternatives or [form.expected for form in self.forms]
        pairs = zip(named, self.forms, strict=True)
        return {"alternatives": [{"words": words, "form": form.spec()} for words, form in pairs]}

    def _alternative(self, answer: object) -> tuple[int, object]:
        """Which form an answer was read by, and the value that it writes for it; else the first form."""
        for number, form in enumerate(self.forms):
            value = form.write(answer)
            try:
                if form.read(value, "The answer") == answer == self.read(value, "The answer"):
                    return number, value
            except NotReady:
                continue
        return 0, answer


class Maybe(Form):
    """None, or a value of the form ``item``. None is an answer here; the text "" is not answered yet.

    ``none`` says in words what None means, such as "no date fits".
    """

    kind = "maybe"

    def __init__(self, item: Form, none: str = "none"):
        self.item, self.none = item, none
        self.expected = f"{item.expected}, or None"

    def read(self, value: object, where: str) -> object:
        """Return None for None, else read by ``item``. Raises :class:`NotReady` for the text ""."""
        if self.blank(value):
            raise NotReady(INCOMPLETE, f"{where}: still to be filled in.")
        return None if value is None else self.item.read(value, where)

    def blank(self, value: Any) -> bool:
        """Whether the value is the text ""."""
        return issubclass(type(value), str) and not str.__len__(value)

    def write(self, answer: object) -> object:
        """Write None as None, everything else as ``item`` does."""
        return None if answer is None else self.item.write(answer)

    def words(self, answer: object) -> object:
        """The text ``none`` for None, else the words of ``item``."""
        return self.none if answer is None else self.item.words(answer)

    def _details(self) -> Spec:
        return {"item": self.item.spec(), "none": self.none}
