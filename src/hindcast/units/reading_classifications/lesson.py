"""What lesson 06 shows beside its pictures: four counts, screens of two alerts, and its instant checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hindcast import check, screens
from hindcast.units.reading_classifications.pictures import alert_counts
from hindcast.words import percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LABELS = {
    "caught": "caught: cancelled, alert",
    "missed": "missed: cancelled, no alert",
    "false_alarm": "false alarm: stayed, alert",
    "left_alone": "left alone: stayed, no alert",
}


# --- two alerts -----------------------------------------------------------------------------------


def four_counts(cancelled: pd.Series, alert: np.ndarray) -> dict[str, int]:
    """The four counts of an alert; both arguments say yes or no of each member, in the same order."""
    from sklearn.metrics import confusion_matrix

    left_alone, false_alarm, missed, caught = (int(n) for n in confusion_matrix(cancelled, alert).ravel())
    return {"caught": caught, "missed": missed, "false_alarm": false_alarm, "left_alone": left_alone}


def accuracy(counts: Mapping[str, int]) -> float:
    """The share of verdicts that were right."""
    return (counts["caught"] + counts["left_alone"]) / sum(counts.values())


def offered_alerts(alerts: Mapping[str, Mapping[str, int]], chosen: object) -> screens.Screen:
    """The accuracy of each alert (name -> its four counts), and which of them was ``chosen``."""
    tiles = [
        (percent(accuracy(counts), 1), f"alert {name}: verdicts right") for name, counts in alerts.items()
    ]
    buttons = [f"alert {name}" for name in alerts]
    title, note = "Larder · retention · September", "Which one goes live?"
    return screens.dashboard(title, tiles, note, buttons, f"alert {chosen}")


def outcome(name: str, counts: Mapping[str, int], chosen: object) -> screens.Screen:
    """What the alert ``name`` did to the people of that month."""
    leaving = counts["caught"] + counts["missed"]
    tiles = [
        (f"{counts['caught']} of {leaving}", "members who cancelled got an alert"),
        (counts["false_alarm"], "calls for nothing"),
    ]
    return screens.dashboard(f"Alert {name}{' (your choice)' if name == chosen else ''}", tiles)


# --- instant checks -------------------------------------------------------------------------------


def rare_alerts(recall: float, false_alarm_share: float) -> check.Question:
    """Ask how many members the alert flags for nothing at 10 in 1,000."""
    rare = alert_counts(10, recall, false_alarm_share)
    usual = alert_counts(50, recall, false_alarm_share)
    flagged = rare["caught"] + rare["false_alarm"]
    return check.Question(
        check.Count("members", 1000),
        right=lambda n: n == rare["false_alarm"],
        because=f"At 10 in 1,000 the alert flags {flagged} members, and {rare['false_alarm']} of them would "
        "have stayed. Nothing about the model changed; there are just fewer people left to catch. The share "
        "of people to whom it happens is called the base rate.",
        hints=[
            "Move the slider to 10 and read the sentence below the picture.",
            f"The alert flags {flagged} members; {rare['caught']} of them will cancel.",
        ],
        mistakes={
            "base_rate_ignored": lambda n: n == usual["false_alarm"],
            "false_alarm_miss_swapped": lambda n: n == rare["missed"],
        },
    )


def wasted_calls(counts: Mapping[str, int]) -> check.Question:
    """Ask how many of the calls went to a member who stayed."""
    calls = counts["caught"] + counts["false_alarm"]
    return check.Question(
        check.Count("members", sum(counts.values())),
        right=lambda n: n == counts["false_alarm"],
        because=f"{counts['false_alarm']} members were rung although they stayed. Of every {calls} calls, "
        f"{counts['false_alarm']} were for nothing.",
        hints=[
            "Who gets a call? Everyone with an alert.",
            "Of those with an alert, who would have stayed anyway?",
        ],
        mistakes={"false_alarm_miss_swapped": lambda n: n == counts["missed"]},
    )


def always_stays(counts: Mapping[str, int]) -> check.Question:
    """Ask how many verdicts are right when "stays" is said about every member."""
    members, stayed = sum(counts.values()), counts["false_alarm"] + counts["left_alone"]
    return check.Question(
        check.Count("members", members),
        right=lambda n: n == stayed,
        because=f"{stayed:,} of {members:,} verdicts are right, {percent(stayed / members, 1)}: everyone who "
        "stayed. When something happens to few people, accuracy mostly counts the people to whom it does not "
        "happen.",
        hints=[
            "The guess is right about everyone who stayed.",
            "All members, less the caught and the missed: those two groups are the members who cancelled.",
        ],
        mistakes={
            "accuracy_is_enough": lambda n: n == counts["caught"] + counts["left_alone"],
            "base_rate_ignored": lambda n: n == members,
        },
    )


def of_100_calls(counts: Mapping[str, int]) -> check.Question:
    """Ask about how many of 100 calls reach a member who is about to leave."""
    caught, calls = counts["caught"], counts["caught"] + counts["false_alarm"]
    precision, recall = caught / calls, caught / (caught + counts["missed"])
    return check.Question(
        check.Number("calls", 0, 100),
        right=lambda n: abs(n - 100 * precision) <= 1,
        because=f"About {100 * precision:.0f} of 100 calls: precision, {caught} of {calls}. Recall is "
        f"{100 * recall:.0f} of 100, and answers the other question.",
        hints=[
            "Finish the sentence: out of all …",
            f"Out of all alerts: {caught} of {calls}. How many is that out of 100?",
        ],
        mistakes={
            "precision_recall_swapped": lambda n: abs(n - 100 * recall) <= 1,
            "accuracy_is_enough": lambda n: abs(n - 100 * accuracy(counts)) <= 1,
        },
    )
