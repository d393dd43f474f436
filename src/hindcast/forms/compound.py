"""Forms made of other forms: records, lists and dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hindcast.forms.base import (
    BADLY_FORMED,
    INCOMPLETE,
    Form,
    NotReady,
    Spec,
    badly_formed,
    check_labels,
    field_specs,
    label_of,
    listed_keys,
)
from hindcast.forms.plain_data import description, items_of_dict, items_of_list


class Record(Form):
    """A dict with exactly these keys, each with a form of its own; its numbers may have to give a total.

    ``labels`` says what a person reads for a key; without one it is the key, with spaces between its words.
    Raises ValueError for a label of no key, and for two keys with the same label.
    """

    kind = "record"

    def __init__(
        self,
        fields: Mapping[str, Form] | None = None,
        *,
        adds_up_to: int | None = None,
        labels: Mapping[str, str] | None = None,
        **more: Form,
    ):
        self.fields, self.adds_up_to = {**(fields or {}), **more}, adds_up_to
        self.labels = dict(labels or {})
        check_labels(self.fields, self.labels)
        self.expected = "a dict with the keys " + ", ".join(repr(key) for key in self.fields)

    def read(self, value: object, where: str) -> dict[str, object]:
        """Read each field, check the total. Raises :class:`NotReady`, for all incomplete fields at once."""
        items = items_of_dict(value)
        if items is None:
            raise badly_formed(where, self.expected, description(value))
        self._check_keys(items, where)
        read = self._read_fields(items, where)
        if self.adds_up_to is not None:
            self._check_total(list(read.values()), where)
        return read

    def blank(self, value: object) -> bool:
        """Whether it is None, or every field is blank."""
        items = items_of_dict(value)
        if items is None:
            return value is None
        return items.keys() == self.fields.keys() and all(
            form.blank(items[key]) for key, form in self.fields.items()
        )

    def write(self, answer: object) -> object:
        """Write each field by its form."""
        if not isinstance(answer, dict) or answer.keys() != self.fields.keys():
            return answer
        return {key: form.write(answer[key]) for key, form in self.fields.items()}

    def words(self, answer: object) -> dict[str, object]:
        """Label -> words, for each field."""
        items = items_of_dict(answer) or {}
        return {label_of(key, self.labels): form.words(items[key]) for key, form in self.fields.items()}

    def _details(self) -> Spec:
        return {"fields": field_specs(self.fields, self.labels), "adds_up_to": self.adds_up_to}

    def _read_fields(self, items: dict, where: str) -> dict[str, object]:
        """Read each field. Everything that is incomplete is named at once, before anything badly formed."""
        incomplete: list[NotReady] = []
        wrong: list[NotReady] = []
        read = {}
        missing = [key for key, form in self.fields.items() if form.blank(items[key])]
        if missing:
            now = " (None now)" if all(items[key] is None for key in missing) else ""
            what = f"{where}: {listed_keys(missing)} still to be filled in{now}."
            incomplete.append(NotReady(INCOMPLETE, what))
        for key, form in self.fields.items():
            if key not in missing:
                try:
                    read[key] = form.read(items[key], f"{where}[{key!r}]")
                except NotReady as fault:
                    (wrong if fault.status == BADLY_FORMED else incomplete).append(fault)
        if incomplete:
            raise _all_of(incomplete)
        if wrong:
            raise wrong[0]
        return read

    def _check_total(self, numbers: list[Any], where: str) -> None:
        if sum(numbers) != self.adds_up_to:
            expected = f"numbers that add up to {self.adds_up_to:,}"
            raise badly_formed(where, expected, f"a total of {sum(numbers):,}")

    def _check_keys(self, items: dict, where: str) -> None:
        missing = [key for key in self.fields if key not in items]
        extra = [key for key in items if key not in self.fields]
        if missing or extra:
            came = [f"{listed_keys(missing)} missing"] * bool(missing)
            came += [f"{listed_keys(extra)} too many"] * bool(extra)
            raise badly_formed(where, self.expected, " and ".join(came), "Keep the keys as they were given.")


class ListOf(Form):
    """A list of ``at_least`` to ``at_most`` different items of one form; the order is kept."""

    kind = "list"

    def __init__(self, item: Form, at_least: int = 0, at_most: int | None = None):
        self.item, self.at_least, self.at_most = item, at_least, at_most
        self.expected = f"a list, each item {item.expected}"

    def read(self, value: object, where: str) -> list[object]:
        """Read each item. Raises :class:`NotReady` for blank items, equal ones, too few or too many."""
        given = items_of_list(value)
        if given is None:
            raise badly_formed(where, self.expected, description(value), "Write it in square brackets.")
        if any(self.item.blank(item) for item in given):
            raise NotReady(INCOMPLETE, f"{where}: {len(given)} items, and not all are filled in yet.")
        items = [self.item.read(item, f"{where}[{n}]") for n, item in enumerate(given)]
        if any(item in items[:n] for n, item in enumerate(items)):
            raise badly_formed(where, "each item once", "the same item twice")
        if len(items) < self.at_least or (self.at_most is not None and len(items) > self.at_most):
            upper = " or more" if self.at_most is None else f" to {self.at_most}"
            number = f"{self.at_least}{'' if self.at_least == self.at_most else upper}"
            raise badly_formed(where, f"{number} items", f"{len(items)}")
        return items

    def blank(self, value: object) -> bool:
        """Whether it is None, or has items that are all blank. An empty list is an answer."""
        given = items_of_list(value)
        if given is None:
            return value is None
        return bool(given) and all(self.item.blank(item) for item in given)

    def write(self, answer: object) -> object:
        """Write each item by its form."""
        return [self.item.write(item) for item in answer] if isinstance(answer, list) else answer

    def words(self, answer: object) -> list[object]:
        """The words of each item."""
        return [self.item.words(item) for item in items_of_list(answer) or []]

    def _details(self) -> Spec:
        return {"item": self.item.spec(), "at_least": self.at_least, "at_most": self.at_most}


class DictOf(Form):
    """A dict of any number of text keys, each value of the same form."""

    kind = "dict"

    def __init__(self, item: Form):
        self.item = item
        self.expected = f"a dict whose values are {item.expected}"

    def read(self, value: object, where: str) -> dict[str, object]:
        """Read each value. Raises :class:`NotReady` for a key that is no text."""
        given = items_of_dict(value)
        if given is None:
            raise badly_formed(where, self.expected, description(value))
        items = {}
        for key, item in given.items():
            if not issubclass(type(key), str):
                raise badly_formed(where, "keys that are text", f"a key of type {type(key).__name__}")
            name = str.__str__(key)
            items[name] = self.item.read(item, f"{where}[{name!r}]")
        return items

    def write(self, answer: object) -> object:
        """Write each value by its form."""
        if not isinstance(answer, dict):
            return answer
        return {key: self.item.write(item) for key, item in answer.items()}

    def words(self, answer: object) -> dict[str, object]:
        """Key -> words, for each value."""
        return {key: self.item.words(item) for key, item in (items_of_dict(answer) or {}).items()}

    def _details(self) -> Spec:
        return {"item": self.item.spec()}


def _all_of(faults: Sequence[NotReady]) -> NotReady:
    """One fault for all of these: it names everything that is still to be filled in."""
    do_next = " ".join(fault.do_next for fault in faults if fault.do_next)
    return NotReady(INCOMPLETE, " ".join(fault.what for fault in faults), do_next)
