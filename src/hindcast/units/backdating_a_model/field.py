"""The instant checks of field notebook 09: elections, a signed error, a line for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import check

if TYPE_CHECKING:
    import pandas as pd

# The replays that the notebook makes, by the letter they have in its table.
LINES = {
    "A": "calendar, all that was counted since 2011",
    "B": "calendar, the last eight weeks",
    "C": "calendar and weather, the last eight weeks",
    "D": "calendar, casual and registered riders, the last eight weeks",
}


def races(said: pd.DataFrame) -> check.Question:
    """How many elections came, one way or the other?"""
    rows = (len(said), len(said) // 3, said["forecast_date"].nunique())
    return check.Question(
        check.Count("races", 20000),
        right=lambda n: n == said["state"].nunique(),
        because="36 elections were held, one in each of 36 states. Each was forecast on up to 52 days, by "
        "three models, for two or more candidates. The rows are thousands; what came, came 36 times.",
        hints=[
            "Count what happened, not what was said.",
            "There was one election in each state of the table, and the screen says how many states.",
        ],
        mistakes={"repeated_origins_independent": lambda n: n in rows},
    )


def signed_error(off_by: float, usual: float) -> check.Question:
    """By how many points was the share off, with its sign? ``usual`` is the usual size of an error."""
    return check.Question(
        check.Number("points", -100, 100),
        right=lambda n: abs(n - off_by) <= 0.06,
        because=f"The share was {off_by:.1f} points too high, less than the usual {usual:.1f}. And yet the "
        "favourite lost: as an amount the forecast was near, as a kind it was on the wrong side. A chance of "
        "68 % loses about one time in three.",
        hints=[
            "Error = predicted - actual, as everywhere in this course.",
            "51.1 were predicted, 49.6 came.",
        ],
        mistakes={"sign_flipped": lambda n: abs(n + off_by) <= 0.06},
    )


def line_for_the_screen() -> check.Question:
    """Which of four replays may be shown as what would have been said?"""
    return check.Question(
        check.Choice(LINES),
        right=lambda letter: letter == "B",
        because="Hours and weekdays are known at midnight, and only counted hours were learned from. It is "
        "not the best looking line. It is the best of those that could have been said.",
        hints=[
            "Ask of each input: did anyone have it at midnight?",
            "A could have been said, too, but last week's number is nearer.",
        ],
        mistakes={
            "looks_past_origin": lambda letter: letter == "C",
            "outcome_is_an_input": lambda letter: letter == "D",
        },
    )
