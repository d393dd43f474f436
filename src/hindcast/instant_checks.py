"""Instant checks in lessons: questions without points that reply at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hindcast.forms.base import NOT_ATTEMPTED, Form, NotReady
from hindcast.replies import reply, show_box


class Question:
    """An instant check of a lesson: says right or not yet, why, and gives hints in steps.

    ``right`` takes the plain answer and says whether it is right. ``mistakes`` maps ids of the catalogue to
    functions that recognise them. ``hints`` go from a nudge to nearly the answer. ``because`` is said when
    the answer is right.
    """

    def __init__(
        self,
        form: Form,
        right: Callable[[Any], bool],
        because: str,
        hints: Sequence[str],
        mistakes: Mapping[str, Callable[[Any], bool]] | None = None,
    ):
        self._form, self._right, self._because = form, right, because
        self._hints, self._mistakes = list(hints), dict(mistakes or {})
        self._given = 0

    @property
    def form(self) -> Form:
        """What an answer has to look like."""
        return self._form

    def check(self, answer: object) -> None:
        """Judge ``answer`` and show the reply. Never raises for what a learner may write."""
        if self._form.blank(answer):
            do_next = f"Put {self._form.expected} in place of None and run this cell again."
            show_box(NOT_ATTEMPTED.capitalize(), [do_next])
            return
        try:
            value = self._form.read(answer, "Your answer")
        except NotReady as fault:
            show_box(fault.status.capitalize(), [str(fault)])
            return
        if self._right(value):
            show_box("Right", [self._because])
            return
        shown = [mistake for mistake, recognised in self._mistakes.items() if recognised(value)]
        show_box("Not yet", reply(shown[0]) if shown else [self._next_hint()])

    def hint(self, answer: object = None) -> None:
        """Show the next hint; after the last one, the last one again.

        ``answer`` is ignored, so that a learner only has to change the word ``check`` to ``hint``.
        """
        show_box("Hint", [self._next_hint()])

    def _next_hint(self) -> str:
        self._given = min(self._given + 1, len(self._hints))
        return f"Hint {self._given} of {len(self._hints)}: {self._hints[self._given - 1]}"
