"""The requests of workbook 02 that say "predict": what can be chosen for each, and their screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hindcast import screens
from hindcast.units.telling_prediction_from_classification.cards import Choices

if TYPE_CHECKING:
    import pandas as pd


class Request(NamedTuple):
    """A request on its card, and what can be chosen for it."""

    title: str
    lines: list[str]
    choices: Choices


# --- predict it, please ---------------------------------------------------------------------------

ACTS = {
    "A": "two things, on two sides of a line",
    "B": "a little differently with every few minutes",
    "C": "one after the other, down a list",
}
REQUESTS = {
    "delays": Request(
        "Delays · Larder · support lead",
        [
            '"Predict tonight\'s delays for us, please."',
            "What happens with the answer: an agent rings the customer before the customer rings us, but "
            "only where it gets bad. A few minutes are not worth a call. Where it begins to be bad is yours "
            "to say.",
        ],
        {
            "how_they_act": ACTS,
            "outcome": {
                "J": "minutes the agent talks",
                "K": "open orders at the store",
                "L": "bag comes that late or later",
                "M": "kilometres to the door",
            },
            "unit": {"P": "minutes", "Q": "yes or no", "R": "order of a list", "S": "chance of yes"},
            "actor": {
                "W": "the customer",
                "X": "the support agent",
                "Y": "the courier",
                "Z": "the weather service",
            },
            "when": {
                "E": "when the bag has been handed over",
                "F": "while the bag is on its way",
                "G": "at the end of the month",
                "H": "in the morning, before the first order",
            },
        },
    ),
    "arrivals": Request(
        "Arrivals · Larder · porter of an office tower",
        [
            '"Can you predict the arrivals at our tower?"',
            "What happens with the answer: the porter sends the goods lift down so many minutes after the "
            "order, to stand open when the courier comes. Every minute that one waits for the other holds "
            "somebody up.",
        ],
        {
            "how_they_act": ACTS,
            "outcome": {
                "J": "minutes from the order to the door",
                "K": "bag comes later than promised",
                "L": "items in the bag",
                "M": "kilometres to the door",
            },
            "unit": {"P": "order of a list", "Q": "kilometres", "R": "yes or no", "S": "minutes"},
            "actor": {"W": "the porter", "X": "the dispatcher", "Y": "the tenant", "Z": "the courier"},
            "when": {
                "E": "at the end of the month",
                "F": "when the bag is handed over",
                "G": "when the order is placed",
                "H": "on the evening before",
            },
        },
    ),
    "trouble": Request(
        "Trouble · Larder · dispatcher",
        [
            '"Predict the trouble of the evening. I have one spare rider."',
            "What happens with the answer: the dispatcher gives the rider the order that would break its "
            "promise worst, then the next one, as far as the rider gets. How far that is, is yours to say.",
        ],
        {
            "how_they_act": ACTS,
            "outcome": {
                "J": "stars the customer gives",
                "K": "minutes from the order to the door",
                "L": "open orders at the store",
                "M": "minutes later than promised",
            },
            "unit": {"P": "stars", "Q": "minutes", "R": "yes or no", "S": "order of a list"},
            "actor": {
                "W": "the packer",
                "X": "the customer",
                "Y": "the dispatcher",
                "Z": "the support agent",
            },
            "when": {
                "E": "while the bags are on their way",
                "F": "when the last bag has been handed over",
                "G": "in the morning, before the first order",
                "H": "at the end of the month",
            },
        },
    ),
}


def worst_evening(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders of the evening of 2025 with the most bags ten or more minutes late.

    One row an order, whose number is the index, with ``past_the_promise`` in minutes beside the columns of
    ``orders``.
    """
    orders = past_the_promise(orders)
    evenings = orders[orders["hour"].between(17, 20) & (orders["placed_at"].dt.year == 2025)]
    days = evenings["placed_at"].dt.normalize()
    return evenings[days == (evenings["past_the_promise"] >= 10).groupby(days).sum().idxmax()]


def past_the_promise(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders by number, with how many minutes past the promise each came."""
    late_by = orders["minutes_to_arrival"] - orders["promised_minutes"]
    return orders.assign(past_the_promise=late_by).set_index("order")


def evening_sheet(evening: pd.DataFrame) -> screens.Screen:
    """The orders of the evening, as the table of deliveries has them."""
    heads = ["order", "placed at", "km", "open orders"]
    heads += ["minutes promised", "minutes to arrival", "past the promise"]
    numbers = ["open_orders", "promised_minutes", "minutes_to_arrival", "past_the_promise"]
    rows = [
        (order, f"{row['placed_at']:%H:%M}", f"{row['distance_km']:.1f}", *row[numbers])
        for order, row in evening.iterrows()
    ]
    return screens.sheet("Larder · deliveries · one evening", heads, rows)


def request_card(request: Request) -> screens.Screen:
    """A request with its choices."""
    choices = {part.replace("_", " "): words for part, words in request.choices.items()}
    return screens.lettered_card(request.title, request.lines, choices)


def question_row(name: str, said: object, orders: pd.DataFrame) -> tuple[str, str]:
    """A row of a listing: the question in words, and what came of each of the two orders that are named."""
    words = screens.spelled(screens.value_of(said, "letters"), REQUESTS[name].choices)
    number = screens.shown(screens.value_of(said, "number"))
    named = screens.value_of(said, "orders")
    numbers = [screens.shown(order).strip() for order in named] if isinstance(named, list | tuple) else []
    came = [
        f"{row.order}: {row.minutes_to_arrival} minutes, promised {row.promised_minutes}"
        for row in orders[orders["order"].isin(numbers)].itertuples()
    ]
    asked = f"For each order, {words['when']}: {words['outcome']}, as {words['unit']}"
    acts = f"so that {words['actor']} can act: {words['how_they_act']} ({number})."
    return name, f"{asked}, {acts} {' | '.join(came)}"


# --- minutes or late ------------------------------------------------------------------------------

RECEIVES = {
    "minutes": "minutes until the bag arrives",
    "late": "late: yes or no, or the chance of yes",
    "either": "both would serve this reader equally well",
}
REASONS = {
    "A": "the arrival has not happened yet",
    "B": "two things can be done, and one line lies between them",
    "C": 'the request says "predict"',
    "D": "with every few minutes the reader does something else",
    "E": "how sure one can be of a yes is wanted",
    "F": "it is wanted in per cent",
}


def screen_of(name: str, said: object, orders: pd.DataFrame) -> screens.Screen:
    """The screen of what would have been said about each of ``orders``, with the reason given."""
    receives = screens.shown(screens.value_of(said, "receives")).strip().lower()
    rows = []
    for order in orders.itertuples():
        minutes, late = f"{order.minutes_to_arrival} minutes", "late" if order.late else "not late"
        words = {"minutes": minutes, "late": late, "either": f"{minutes}, or: {late}"}
        words[screens.EMPTY] = screens.EMPTY
        rows.append((order.Index, words.get(receives, screens.UNREADABLE)))
    because = screens.spelled(screens.value_of(said, "reason"), {"reason": REASONS})["reason"]
    return screens.listing(f"Larder · {name}", rows, note=f"because: {because}")


# --- not a model's question -----------------------------------------------------------------------

VERDICTS = {"A": "already recorded", "B": "plain rule", "C": "nobody acts", "D": "a question for a model"}
SIX = {
    "fees": (
        'Accounts: "Predict which orders of March came late. We pay the fees back in April."',
        {
            "J": "In March there were two storms.",
            "K": "The courier notes the minute of every arrival at the door.",
            "L": "A fee is about three euros.",
            "M": "Customers have asked for it.",
        },
    ),
    "ice": (
        'Store lead: "Can we predict which bags need an ice pack?"',
        {
            "J": "An ice pack costs 20 cents.",
            "K": "The packer closes a bag in four minutes.",
            "L": "Last summer we ran out twice.",
            "M": "From June to September each bag with frozen goods gets one.",
        },
    ),
    "lobby": (
        'Head office: "Predict how content our customers are, hour by hour."',
        {
            "J": "It goes on the large screen in the lobby, where it looks lively.",
            "K": "It is worked out from their messages.",
            "L": "It should be there by seven in the morning.",
            "M": "One decimal is enough.",
        },
    ),
    "crates": (
        'Store lead: "Predict how many bags leave at six. At four I set out a crate for each."',
        {
            "J": "A crate holds 20 kilograms.",
            "K": "Last week there were not enough.",
            "L": "At four, most of those orders have not been placed.",
            "M": "The crates stand behind the store.",
        },
    ),
    "slots": (
        "Planner: \"Predict which slot each of tomorrow's orders wants. I plan the vans at nine in the "
        'evening."',
        {
            "J": "There are six slots in a day.",
            "K": "Tomorrow looks busy.",
            "L": "A van takes twelve orders.",
            "M": "Until eight in the evening, each customer picks the slot in the app.",
        },
    ),
    "allergies": (
        "Support lead: \"Predict which of the night's messages are about an allergy. Those are answered "
        'first."',
        {
            "J": "Allergies are rare.",
            "K": "At seven, when the desk opens, nobody has read them.",
            "L": "The messages came in before seven.",
            "M": "An answer takes five minutes.",
        },
    ),
}
SIX_CHOICES = {name: {"verdict": VERDICTS, "shown_by": words} for name, (_, words) in SIX.items()}


def agenda(said: object) -> screens.Screen:
    """The six requests, each with the verdict and the words that show it, as the letters ``said`` say it."""
    rows = []
    for name, choices in SIX_CHOICES.items():
        chosen = screens.spelled(screens.value_of(said, name), choices)
        rows.append((name, f"{chosen['verdict']}: {chosen['shown_by']}"))
    return screens.listing("Larder · planning · six requests", rows)
