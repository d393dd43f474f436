"""Unit 00, Starting here: the screen to approve, the choices of its exercise, and its instant checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import check, screens
from hindcast.words import percent

if TYPE_CHECKING:
    import pandas as pd

DECISIONS = ("ship it", "not yet")
REASONS = {
    "A": "its accuracy is high",
    "B": "its accuracy is higher than when nobody is named",
    "C": "it names too few of the members who cancel",
    "D": "no model may be wrong about anybody",
}
KINDS_OF_ANSWER = {
    "A": "an amount, already true",
    "B": "an amount, not yet happened",
    "C": "a kind, already true",
    "D": "a kind, not yet happened",
}


def approval(right: pd.Series, decision: object) -> screens.Screen:
    """The screen on which the model is approved; ``right`` says whose verdict was right."""
    return screens.dashboard(
        "Larder · approval · cancellation model",
        [(percent(right.mean()), f"accurate, {len(right):,} members in September")],
        note="Ship it?",
        buttons=DECISIONS,
        pressed=decision,
    )


def silent_model(right: pd.Series) -> check.Question:
    """Ask about how many members the model was wrong. ``right`` tells for each if the verdict was right."""
    wrong = int((~right).sum())
    return check.Question(
        check.Count("members", len(right)),
        right=lambda n: n == wrong,
        because=f"{wrong} verdicts were wrong: exactly the members who cancelled. The model was wrong about "
        "everyone it was made for.",
        hints=[
            'The model says "will stay" about everybody. About whom is that wrong?',
            "It is wrong about each member who cancelled. The first of the three cells counted them.",
        ],
        mistakes={"accuracy_is_enough": lambda n: n == 0},
    )


def kind_of_answer() -> check.Question:
    """Ask what kind of answer "late or not" is: an amount or a kind, now or later."""
    return check.Question(
        check.Choice(KINDS_OF_ANSWER),
        right=lambda letter: letter == "D",
        because='Late or not late is a kind, and it has not happened yet. Had the customer asked "how many '
        'minutes", it would be an amount.',
        hints=[
            "Is the answer a number one can be a little wrong about, or a label?",
            "The answer is yes or no. And the bag has not arrived yet.",
        ],
    )
