"""What lesson 02 shows: both answers to one need, their screens, and its instant checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import check, screens
from hindcast.units.telling_prediction_from_classification.pictures import LATE_FROM, by_chance, called_late

if TYPE_CHECKING:
    import pandas as pd

KNOWN = (
    "distance_km",
    "items",
    "forecast_rain_mm",
    "open_orders",
    "courier_weeks",
    "promised_minutes",
    "hour",
)
OFFERED = {"A": "A: minutes", "B": "B: late, yes or no"}


# --- the ten orders -------------------------------------------------------------------------------


def with_both_answers(deliveries: pd.DataFrame) -> pd.DataFrame:
    """The orders of January to March 2025 with ``minutes`` and ``chance``, by models that learned before."""
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = list(KNOWN)
    learned = deliveries[deliveries["placed_at"] < "2025-01-01"]
    winter = deliveries[deliveries["placed_at"].between("2025-01-01", "2025-04-01", inclusive="left")]
    numbers = make_pipeline(StandardScaler(), LinearRegression())
    numbers.fit(learned[known], learned["minutes_to_arrival"])
    classifier = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky", tol=1e-10))
    classifier.fit(learned[known], learned["late"])
    chance = classifier.predict_proba(winter[known])[:, 1]
    return winter.assign(minutes=numbers.predict(winter[known]).round(), chance=chance)


def ten_orders(winter: pd.DataFrame) -> pd.DataFrame:
    """The first ten orders of the first afternoon that shows how a number, a class and a ranking differ."""
    afternoons = winter[winter["hour"] >= 14].groupby(winter["placed_at"].dt.date)
    firsts = (orders.head(10) for _, orders in afternoons if len(orders) >= 10)
    return next(ten for ten in firsts if shows_the_difference(ten))


def shows_the_difference(ten: pd.DataFrame) -> bool:
    """Whether some orders are called late, some came late, and the longest wait is not the likeliest late."""
    called, came = len(called_late(ten)), ten["late"].sum()
    longest, likeliest = ten.loc[ten["minutes"].idxmax()], ten.loc[ten["chance"].idxmax()]
    promised_more = longest["promised_minutes"] > likeliest["promised_minutes"]
    return bool(3 <= called <= 5 and came >= 2 and promised_more)


# --- screens --------------------------------------------------------------------------------------


def offered_answers(order: pd.Series, chosen: object) -> screens.Screen:
    """What the three people read about ``order`` with the answer ``chosen``, and the two buttons."""
    late = "late" if order["chance"] >= LATE_FROM else "not late"
    says = f"{order['minutes']:.0f} minutes" if chosen == "A" else late
    tiles = [
        (says, f"the customer of {order['order']} reads"),
        (says, "the support desk reads: send an apology?"),
        (says, "the dispatcher reads: send the spare rider?"),
    ]
    pressed = OFFERED.get(chosen) if isinstance(chosen, str) else None
    return screens.dashboard(
        "Larder · one ticket, three people",
        tiles,
        "Which answer do we build?",
        list(OFFERED.values()),
        pressed,
    )


def what_each_did(winter: pd.DataFrame, chosen: object) -> tuple[list[screens.Screen], str]:
    """What the two answers did for the three people, a screen each; and the same in a sentence."""
    late, named = winter[winter["late"]], called_late(winter)
    beyond = winter[winter["minutes"] > winter["promised_minutes"]]
    low, high = winter.drop(named.index)["minutes_to_arrival"].quantile([0.05, 0.95])
    error = (winter["minutes_to_arrival"] - winter["minutes"]).abs().mean()
    seen = f"{beyond['late'].sum()} of {len(late)}"
    tiles = {
        "A": [
            (f"{error:.0f} minutes", "off on average, the customer can plan"),
            (seen, "late bags had minutes beyond the promise, the desk's only sign"),
        ],
        "B": [
            (f"{named['late'].sum()} of {len(late)}", "late bags were named, the desk can write"),
            (f"{low:.0f} to {high:.0f} minutes", 'is what "not late" meant to nine of ten customers'),
        ],
    }
    outcomes = [
        screens.dashboard(f"Answer {name}{' (your choice)' if name == chosen else ''}", of_answer)
        for name, of_answer in tiles.items()
    ]
    return outcomes, (
        f"With A the desk has to hold {len(winter):,} numbers against {len(winter):,} promises, and in this "
        "way "
        f'sees {beyond["late"].sum()} of the {len(late)} late bags. With B the customer reads "not late" and '
        "may "
        f"wait {low:.0f} minutes or {high:.0f}. (B says late from a chance of {100 * LATE_FROM:.0f} in 100 "
        "on. Where such a line belongs is unit 08.) And the dispatcher, with one spare rider, needs to know "
        "who comes first, which neither of them says."
    )


def report_in_digits(deliveries: pd.DataFrame) -> screens.Screen:
    """Averages of four columns that are written in digits; only one of them is an amount."""
    late = deliveries[deliveries["late"]]
    months = late["placed_at"].dt.month
    mean_number = late["order"].str.removeprefix("O-").astype(int).mean()
    return screens.dashboard(
        f"{len(late):,} late bags, 2023 to 2025",
        [
            (f"O-{mean_number:06.0f}", "average order number"),
            (f"{months.mean():.1f}", "average month"),
            (f"{late['rating'].mean():.1f}", "average stars, where a customer gave any"),
            (f"{late['minutes_to_arrival'].mean():.0f} minutes", "average wait"),
        ],
        note=f"The month with most late bags is {months.mode()[0]}, the one with fewest is "
        f"{months.value_counts().idxmin()}.",
    )


# --- instant checks -------------------------------------------------------------------------------


def spare_rider(ten: pd.DataFrame) -> check.Question:
    """Ask to which order the dispatcher sends the spare rider first."""
    ranked = by_chance(ten)["order"].tolist()
    longest = ten.loc[ten["minutes"].idxmax(), "order"]
    return check.Question(
        check.Choice(*ten["order"]),
        right=lambda order: order == ranked[0],
        because=f"{ranked[0]} stands at the top. Order {longest} has more minutes to go, but its customer "
        "was promised later as well. A long wait is not the same as a late bag.",
        hints=[
            "Choose the dispatcher in the explorer. Who stands at the top of the list?",
            f"The list begins with {ranked[0]}, {ranked[1]}, {ranked[2]}. One rider, one order at a time.",
        ],
        mistakes={"predict_means_number": lambda order: order == longest},
    )


def which_is_an_amount() -> check.Question:
    """Ask which of four things that are written in digits is an amount."""
    return check.Question(
        check.Choice(
            {
                "A": "at which of the 24 bays the bag stands",
                "B": "how ripe the avocado is, from 1 to 4",
                "C": "how many tubs of yoghurt will be missing",
                "D": "which four-digit house code was written",
            }
        ),
        right=lambda letter: letter == "C",
        because="The store lead orders as many as will be missing, and one tub too many is nearly right. The "
        "bay and the house code are names made of digits. The steps of ripeness are four kinds in order, "
        "each with a crate of its own.",
        hints=[
            "For each of the four: would one off be nearly right for the person who acts?",
            "Of the four answers one can be added up and used as it is: how many of something.",
        ],
        mistakes={
            "digits_mean_number": lambda letter: letter in ("A", "D"),
            "ordered_class_as_number": lambda letter: letter == "B",
        },
    )


def number_prediction() -> check.Question:
    """Ask which of four requests is a number prediction."""
    return check.Question(
        check.Choice(
            {
                "A": "how likely the melon is sent back, in per cent",
                "B": "how warm the milk in the van is",
                "C": "to which of seven desks the customer will write",
                "D": "in which of five zones the address is",
            }
        ),
        right=lambda letter: letter == "B",
        because="Degrees are an amount, and they are true at this minute, only unseen: a number prediction "
        "of now. The others end in a word: sent back or kept, one of seven desks, one of five zones.",
        hints=[
            "Cover the words predict, likely and tomorrow. What would be recorded in the end, an amount or a "
            "word?",
            "Sent back or kept; degrees; one of seven desks; one of five zones.",
        ],
        mistakes={
            "chance_is_a_number": lambda letter: letter == "A",
            "later_means_number": lambda letter: letter == "C",
        },
    )


def for_a_model() -> check.Question:
    """Ask which of four requests is a question for a model."""
    return check.Question(
        check.Choice(
            {
                "A": "how many bags each store packed on Sunday",
                "B": "which bags need a proof of age",
                "C": "how fond each neighbourhood is of Larder",
                "D": "which of the bags being packed will be late",
            }
        ),
        right=lambda letter: letter == "D",
        because="The bags are still being packed, so nothing is recorded, no written rule fixes it, and the "
        "desk writes or does not. It is a classification of later.",
        hints=[
            "For each: is it written down by then? Is there a rule that fixes it? Who would do what?",
            "One has a date in the past, one has its condition written in it, one has nobody who acts.",
        ],
        mistakes={
            "already_recorded": lambda letter: letter == "A",
            "nobody_acts": lambda letter: letter == "C",
        },
    )
