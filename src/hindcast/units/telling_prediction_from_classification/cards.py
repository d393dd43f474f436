"""The eight cards of workbook 02: what can be chosen on each, with its letters, and their screens.

An answer such as "AJPW" has a letter for each part. ``Choices`` are these parts: part -> letter -> its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from hindcast import screens
from hindcast.datasets import load_problem_cards

Choices = Mapping[str, Mapping[str, str]]

KINDS = {
    "A": "number prediction",
    "B": "classification",
    "C": "ranking",
    "D": "grouping",
    "E": "generation",
    "F": "plain rule",
    "G": "already recorded",
    "H": "cannot be settled",
}
LETTERS = {"outcome": "JKLMN", "unit": "PQRSTU", "actor": "WXYZ"}


def _lettered(**offered: Sequence[str]) -> Choices:
    """The kinds, and the words offered for each other part, each with its letter.

    They are read-only, because a hidden test reads an answer by these words.
    """
    parts = {part: dict(zip(LETTERS[part], words, strict=False)) for part, words in offered.items()}
    return MappingProxyType(
        {part: MappingProxyType(words) for part, words in {"kind": KINDS, **parts}.items()}
    )


FIRST_FOUR = {
    "C-11": _lettered(
        outcome=[
            "open orders at the store",
            "bag comes after the promised time",
            "minutes until the bag arrives",
            "none yet",
        ],
        unit=["yes or no", "minutes", "order of a list", "none yet", "orders"],
        actor=["the packer at the store", "nobody so far", "the support desk", "the courier"],
    ),
    "C-15": _lettered(
        outcome=[
            "someone in the water needs help",
            "none yet",
            "people counted in at the gate",
            "people in the water now",
        ],
        unit=["none yet", "yes or no", "tickets", "people"],
        actor=["the cashier", "nobody so far", "the head lifeguard", "the swimmer"],
    ),
    "C-40": _lettered(
        outcome=[
            "nights the guest has stayed",
            "none yet",
            "stars the guest will give",
            "average stars of the month",
        ],
        unit=["nights", "points such as 3.7", "none yet", "groups", "grade 1 to 5"],
        actor=["the front desk manager", "nobody so far", "the booking site", "the guest"],
    ),
    "C-09": _lettered(
        outcome=["none yet", "member cancels within 30 days", "minutes a call takes", "months as a member"],
        unit=["none yet", "minutes", "chance of yes", "order of a list", "months"],
        actor=["the finance team", "the two callers", "the member", "nobody so far"],
    ),
}
FOUR_MORE = {
    "C-25": _lettered(
        outcome=[
            "none yet",
            "metres of shelf that are still free",
            "shelf the book belongs on",
            "pages in the book",
        ],
        unit=["pages", "a number from 1 to 140", "none yet", "one of 140 names", "metres"],
        actor=["the volunteer", "the reader", "whoever left the box", "nobody so far"],
    ),
    "C-28": _lettered(
        outcome=["answer to the question", "none yet", "minutes the call takes", "page answers the question"],
        unit=["order of a list", "none yet", "grade 1 to 5", "text", "minutes"],
        actor=["the help desk agent", "the maker of the printer", "nobody so far", "the caller"],
    ),
    "C-38": _lettered(
        outcome=[
            "passengers who feel alike",
            "passenger is content",
            "people who complain in a month",
            "none yet",
        ],
        unit=["yes or no", "groups", "none yet", "people", "grade 1 to 5"],
        actor=["the passenger", "the driver", "nobody so far", "the member of the board"],
    ),
    "C-29": _lettered(
        outcome=["minutes late on that day", "passenger complains", "none yet", "fares paid back"],
        unit=["minutes", "yes or no", "euros", "none yet"],
        actor=["nobody so far", "the driver", "the passenger", "the ticket office"],
    ),
}


def problem_cards(offered: Mapping[str, Choices]) -> Iterator[screens.Screen]:
    """The cards named in ``offered``, each with its choices."""
    cards = load_problem_cards().set_index("card")
    for name, choices in offered.items():
        card = cards.loc[name]
        lines = [f'"{card["request"]}"']
        if isinstance(card["action"], str):
            lines.append(f"What happens with the answer: {card['action']}")
        lines.append(f"When: {card['decided_when']}.")
        yield screens.lettered_card(f"{name} · {card['product']} · {card['asked_by']}", lines, choices)


def framed(said: object, offered: Mapping[str, Choices]) -> screens.Screen:
    """What the team would build, as the letters ``said`` of each card say it."""
    products = load_problem_cards().set_index("card")["product"]
    rows = []
    for name, choices in offered.items():
        words = screens.spelled(screens.value_of(said, name), choices)
        about = (
            f"{words['kind']} · {words['outcome']} · told as: {words['unit']} · who acts: {words['actor']}"
        )
        rows.append((f"{name} {products[name]}", about))
    return screens.listing("What we would ask a data scientist for", rows)
