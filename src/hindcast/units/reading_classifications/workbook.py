"""What workbook 06 shows: names of the four counts, choices of its exercises, and its screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import screens
from hindcast.datasets import load_ticket_costs, load_tickets
from hindcast.words import percent

if TYPE_CHECKING:
    import pandas as pd

COUNTS = {
    "caught": "caught",
    "missed": "missed",
    "false_alarm": "false alarm",
    "left_alone": "left alone",
}
LINES = {
    "A": "verdicts were right",
    "B": "members who cancelled got an alert",
    "C": "members who stayed were left alone",
    "D": "alerts went to a member who cancelled",
}
# title -> the four counts, and what is asked about them
DASHBOARDS = {
    "Retention desk · 2,000 members": (
        {"caught": 48, "missed": 32, "false_alarm": 112, "left_alone": 1808},
        'The desk lead: "When my people ring somebody because of an alert, how often is that member about to '
        'cancel?"',
    ),
    "Allergen watch · 3,000 baskets": (
        {"caught": 63, "missed": 27, "false_alarm": 357, "left_alone": 2553},
        'The quality lead: "Of the baskets that held something the customer must not eat, what share got an '
        'alert?"',
    ),
    "Payment check · 4,000 payments": (
        {"caught": 20, "missed": 40, "false_alarm": 100, "left_alone": 3840},
        'The finance partner: "The check is right 96.5 % of the time. What share would be right with no '
        'check at all?"',
    ),
}
METRICS = {
    "accuracy": "accuracy: out of all verdicts, how many were right",
    "precision": "precision: out of all alerts, how many were right",
    "recall": "recall: out of all cases that really happened, how many got an alert",
    "always no": "always no: out of all verdicts, how many would be right if nobody ever got an alert",
}
TOPICS = (
    "late delivery",
    "missing item",
    "damaged item",
    "payment",
    "account",
    "substitution",
    "allergy",
)
SORTERS = {"classifier": "the classifier", "language_model": "the language model"}
HOUSEHOLDS = ("one adult", "couple", "family", "shared flat")
NOTES = {
    "A": "Works equally well for couples, families and members who live alone.",
    "B": "For families, do not rely on the alert: it stays silent about most of those who leave.",
    "C": "For families, expect many calls to people who were happy.",
    "D": "Take most care with members who live alone: they get the most mistakes.",
}


# --- the slide ------------------------------------------------------------------------------------


def chosen_line(letter: object, lines: dict[str, str]) -> str:
    """The line that a letter stands for: a question mark for an unknown letter, a reminder for no letter."""
    if not isinstance(letter, str):
        return "(the line you choose)"
    return lines.get(letter.strip().upper(), screens.UNREADABLE)


# --- the mix-ups ----------------------------------------------------------------------------------


def messages_by(sorter: str) -> pd.DataFrame:
    """How many messages of each topic (row) the sorter sent to which desk (column); none it learned from."""
    import pandas as pd

    tickets = load_tickets()
    tickets = tickets[~tickets["learned_from"]]
    counts = pd.crosstab(tickets["topic"], tickets[f"topic_by_{sorter}"])
    return counts.reindex(index=TOPICS, columns=TOPICS, fill_value=0)


def minutes_each() -> pd.DataFrame:
    """The minutes that one customer waits longer, by topic (row) and desk (column)."""
    minutes = load_ticket_costs().pivot(index="topic", columns="sorted_as", values="minutes_lost")
    return minutes.loc[list(TOPICS), list(TOPICS)]


def table_of(title: str, numbers: pd.DataFrame, note: str) -> screens.Screen:
    """A table with a row for each topic, and the topics as letters above its columns."""
    letters = "ABCDEFG"[: len(TOPICS)]
    named = [f"{letter} · {topic}" for letter, topic in zip(letters, TOPICS, strict=True)]
    rows = [
        (name, *(f"{number:,}" for number in row))
        for name, row in zip(named, numbers.to_numpy(), strict=True)
    ]
    return screens.sheet(title, ["was about", *letters], rows, note)


def messages_screen(sorter: str) -> screens.Screen:
    """The table of one sorter, with how many messages went to a wrong desk."""
    table = messages_by(sorter)
    everything = table.to_numpy().sum()
    wrong = everything - table.to_numpy().trace()
    return table_of(
        f"Messages by {SORTERS[sorter]}", table, f"{wrong} of {everything:,} went to a wrong desk."
    )


# --- the same accuracy ----------------------------------------------------------------------------


def september(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of September 2025 that the model did not learn from."""
    return scores[~scores["learned_from"] & (scores["month"] == "2025-09-01")]


def household_screen(judged_on: pd.DataFrame, household: str) -> screens.Screen:
    """The four counts of one household under the alert at 0.20."""
    rows = judged_on[judged_on["household"] == household]
    flagged, left = rows["score"] >= 0.20, rows["cancelled"]
    return screens.dashboard(
        f"{household} · {percent((flagged == left).mean())} accurate",
        [
            (int((flagged & left).sum()), COUNTS["caught"]),
            (int((~flagged & left).sum()), COUNTS["missed"]),
            (int((flagged & ~left).sum()), COUNTS["false_alarm"]),
            (int((~flagged & ~left).sum()), COUNTS["left_alone"]),
        ],
    )
