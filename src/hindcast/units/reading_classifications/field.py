"""The instant checks of field notebook 06, over the visits of a web shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import check
from hindcast.words import percent

if TYPE_CHECKING:
    import pandas as pd


def always_no(bought: pd.Series) -> check.Question:
    """Ask how many of 100 verdicts are right when "no" is said about every visit."""
    share, without = (~bought).mean(), f"{(~bought).sum():,} of {len(bought):,} visits"
    return check.Question(
        check.Number("percent", 0, 100),
        right=lambda n: abs(n - 100 * share) <= 0.5,
        because=f"{without} ended without a purchase: {percent(share, 1)}. Any claim about accuracy starts "
        "from there.",
        hints=["It is right about every visit without a purchase.", f"That is {without}."],
        mistakes={
            "base_rate_ignored": lambda n: n in (50, 100),
            "accuracy_is_enough": lambda n: 0 < abs(n - 95) <= 0.5,
        },
    )


def visitors(precision: float, recall: float, accuracy: float) -> check.Question:
    """Ask how many of 100 visits with an alert end with a purchase. The arguments are those of the alert."""
    return check.Question(
        check.Number("visits", 0, 100),
        right=lambda n: abs(n - 100 * precision) <= 1.5,
        because="That is precision: out of all visits with an alert, how many ended with a purchase.",
        hints=["Finish the sentence: out of all …", "Out of all alerts. The last screen has both numbers."],
        mistakes={
            "precision_recall_swapped": lambda n: abs(n - 100 * recall) <= 1.5,
            "accuracy_is_enough": lambda n: abs(n - 100 * accuracy) <= 1.5,
        },
    )
