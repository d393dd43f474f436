"""What the days of a table show about the honesty of its predictions, and what no table can show."""

from __future__ import annotations

import pandas as pd

from hindcast.replay.review.predictions import Predictions
from hindcast.words import count

CHECKS = (  # a day counts as a whole: what is due on the day of the origin may still lie ahead
    ("newest_known", pd.Series.gt, "the newest outcome that was learned from was known by the origin"),
    ("known_on", pd.Series.le, "the outcome became known after the origin"),
    ("due", pd.Series.lt, "what is predicted does not lie before the origin"),
)


def check_days(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each check that the table's days allow: in how many rows, against it how many, the first."""
    found = []
    for name, wrong, words in CHECKS:
        both = rows[rows[name].notna() & rows["origin"].notna()]
        if len(both):
            against = both[wrong(both[name], both["origin"])]
            first = int(against.index[0]) + 1 if len(against) else 0
            found.append((words, len(both), len(against), first))
    return pd.DataFrame(found, columns=["check", "rows", "against", "first_row"])


def check_sentences(checks: pd.DataFrame) -> list[str]:
    """The checks that could be made, with what they found, as sentences."""
    told = []
    for check in checks.itertuples():
        if check.against == 0:
            told.append(f"Checked in {count(check.rows, 'row')}: {check.check}. It holds in all of them.")
        else:
            told.append(
                f"Checked in {count(check.rows, 'row')}: {check.check}. It does not hold in "
                f"{check.against:,}, first in row {check.first_row:,}: these rows prove nothing."
            )
    return told


def unchecked_sentences(predictions: Predictions) -> list[str]:
    """What a table alone cannot show, as sentences. A review always says them."""
    evidence = "newest_known" in predictions.roles
    learned = (
        "Whether the model learned from these rows: newest_known is what the table says of itself."
        if evidence
        else "Whether the model learned from these rows: the table does not say what it knew."
    )
    return [
        "Whether each input was known at its origin. looks_ahead() can test the function that "
        "made the table.",
        "Whether cases are missing, such as members who left and were deleted since. Compare "
        "with a list of the time.",
        learned,
        "Whether the predictions were said then (a track record) or made afterwards (a replay).",
        "Whether the known values are final, or will still be revised.",
        "Whether anyone acted on the predictions and so changed what came. If a column tells, "
        "give it as by=.",
    ]
