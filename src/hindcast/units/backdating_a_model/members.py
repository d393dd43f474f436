"""The members that the retention desk called, in workbook 09: eleven flagged rows, and the whole year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import screens
from hindcast.datasets import load_backdated_cancellations, load_members

if TYPE_CHECKING:
    import pandas as pd

TODAY = "2025-09-20"
# letter -> (member, month)
ROWS = {
    "A": ("M-22173", "2025-07-01"),
    "B": ("M-20802", "2025-07-01"),
    "C": ("M-20608", "2025-07-01"),
    "D": ("M-22235", "2025-09-01"),
    "E": ("M-22128", "2025-07-01"),
    "F": ("M-20301", "2025-07-01"),
    "G": ("M-22138", "2025-08-01"),
    "H": ("M-22143", "2025-08-01"),
    "I": ("M-20779", "2025-09-01"),
    "J": ("M-21824", "2025-08-01"),
    "K": ("M-20414", "2025-09-01"),
}
ROW_NAMES = {letter: f"{member}, flagged on {month}" for letter, (member, month) in ROWS.items()}
VERDICTS = ("far too high", "far too low", "about right")


def flagged_in_2025() -> pd.DataFrame:
    """All members flagged in 2025, one row for each month in which a member was."""
    scored = load_backdated_cancellations()
    return scored[(scored["score"] >= 0.10) & (scored["origin"] >= "2025-01-01")]


def eleven_rows() -> screens.Screen:
    """The eleven rows as they stood on :data:`TODAY`."""
    import pandas as pd

    scored = load_backdated_cancellations().set_index(["member", "origin"])
    members = load_members(as_of=TODAY).set_index(["member", "month"])
    rows = []
    for letter, place in ROWS.items():
        row, left = scored.loc[place], members.loc[place, "cancelled"]
        came = "not known yet" if pd.isna(left) else "left" if left else "stayed"
        called = "called" if row["called"] else "not called"
        rows.append((letter, *place, f"{100 * row['score']:.0f} of 100", called, came))
    return screens.sheet(
        "Retention desk · eleven flagged members · 20 September 2025",
        ["row", "member", "month", "score", "called?", "within 30 days"],
        rows,
    )


def whole_year() -> screens.Screen:
    """How many of the flagged left in 2025, and what scores and base rate add up to."""
    flagged = flagged_in_2025()
    groups = {
        "called": flagged[flagged["called"]],
        "not called": flagged[~flagged["called"]],
        "all": flagged,
    }
    rows = []
    for words, part in groups.items():
        adds_up = part["score"].sum(), part["baseline_score"].sum()
        rows.append(
            (words, len(part), *(f"{number:.0f}" for number in adds_up), int(part["cancelled"].sum()))
        )
    return screens.sheet(
        "Retention desk · all flagged in 2025, seen from January 2026",
        ["flagged and", "members", "scores add up to", "base rate adds up to", "left within 30 days"],
        rows,
        note="A member flagged in two months counts twice.",
    )
