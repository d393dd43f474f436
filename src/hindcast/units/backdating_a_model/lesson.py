"""What lesson 09 shows beside its pictures: six ways to look ahead, and its instant checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import check, screens
from hindcast.units.backdating_a_model.tables import as_reported, mean_off_by
from hindcast.words import date

if TYPE_CHECKING:
    import pandas as pd

CALENDAR = ["Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "holiday", "stores_with_promotion"]
LOOKED_AT, LOOKED_AHEAD = [*CALENDAR, "last_week"], [*CALENDAR, "week_around"]
EVENING = "2025-05-12"
ABOUT = "2025-05-19"  # seven days after the evening, and the day on which the rival opened
AROUND = ("2025-05-12", "2025-05-13", "2025-05-18", "2025-05-19", "2025-05-20", "2025-05-26")


# --- what is offered ------------------------------------------------------------------------------


def offered_screen(said: pd.DataFrame, go_live: object) -> screens.Screen:
    """The screen that says how far off the model and today's way are, and asks whether it goes live."""
    tiles = [
        (f"{mean_off_by(said, 'flattering'):.0f} orders a day", "off on average, the model"),
        (f"{mean_off_by(said, 'baseline'):.0f} orders a day", "off on average, as today"),
    ]
    title = "Larder · orders seven days ahead · April to June 2025"
    return screens.dashboard(title, tiles, "Does it go live?", ["yes", "no"], go_live)


def fortnight_screen(fortnight: pd.DataFrame) -> screens.Screen:
    """The screen that says how far off each of the three was in the fortnight."""
    tiles = [
        (f"{mean_off_by(fortnight, 'flattering'):.0f}", "in the picture you were offered"),
        (f"{mean_off_by(fortnight, 'honest'):.0f}", "with what each evening knew"),
        (f"{mean_off_by(fortnight, 'baseline'):.0f}", "as today"),
    ]
    return screens.dashboard("The first fortnight with the rival: off by how many orders a day?", tiles)


# --- six ways to look ahead -----------------------------------------------------------------------


def revised_most(counts: pd.DataFrame) -> pd.Series:
    """The count of the week before the evening that grew most when it was put right later."""
    late = counts[
        (counts["day"] < EVENING) & (counts["day"] >= "2025-05-05") & (counts["revised_on"] > EVENING)
    ]
    return late.loc[(late["orders"] - late["orders_reported"]).idxmax()]


def left_out(members: pd.DataFrame) -> tuple[str, pd.Timestamp]:
    """A member of 1 April 2025 who closed the account in June or July, and the day of it."""
    april = members.loc[members["month"] == "2025-04-01", "member"]
    closed = members.dropna(subset=["closed_on"]).set_index("member")["closed_on"].reindex(april)
    summer = closed[closed.between("2025-06-01", "2025-08-01", inclusive="left")]
    return summer.index[0], summer.iloc[0]


def drawn_by_lot(town: pd.DataFrame) -> pd.Timestamp:
    """The first day after the predicted one, among three quarters of all days drawn by lot."""
    by_lot = town["day"].sample(frac=0.75, random_state=9)
    return by_lot[by_lot > ABOUT].min()


def six_ways(
    town: pd.DataFrame,
    counts: pd.DataFrame,
    members: pd.DataFrame,
    tried: tuple[float, float],
    finished: pd.Timestamp,
    same_choice: bool,
) -> list[screens.Screen]:
    """Six ways to look ahead, each a screen of what it used or did and the day on which that was known.

    ``tried`` is how far off two settings were, all days and the last 90; ``finished`` the day on which the
    last of these errors was final; ``same_choice`` whether last autumn's errors would have chosen the same.
    """
    import pandas as pd

    around = town.set_index("day").loc[ABOUT, "week_around"]
    revised, drawn = revised_most(counts), drawn_by_lot(town)
    member, closed_on = left_out(members)
    then = as_reported(counts, pd.Timestamp(EVENING)).mean()
    whole = counts.groupby("day")["orders"].sum().mean()
    day_drawn, choice = date(drawn, year=False), "the same" if same_choice else "the other"
    return [
        _way(
            "1 · A window that reaches forward",
            ("It used", f"{around:.0f} orders a day, the average of 16 to 22 May, for 19 May."),
            "23 May 2025, when 22 May was counted.",
        ),
        _way(
            "2 · Revised values",
            (
                "It used",
                f"{revised['orders']} orders for the store {revised['store']} on "
                f"{date(revised['day'], year=False)}. On the evening of 12 May the count was "
                f"{revised['orders_reported']}.",
            ),
            f"{date(revised['revised_on'])}, when late orders were added.",
        ),
        _way(
            "3 · The average of the whole table",
            (
                "It used",
                f"{whole:.0f} orders as a usual day, the average of 2023 to 2025. Up to 11 May it was "
                f"{then:.0f}.",
            ),
            f"{date(counts['revised_on'].max())}, with the last count of the table.",
        ),
        _way(
            "4 · A random split",
            ("It did", f"learn from three quarters of all days, drawn by lot. {day_drawn} was among them."),
            f"{date(drawn + pd.Timedelta(days=1))}, when {day_drawn} was counted. It speaks of 19 May and "
            "has learned what came after.",
        ),
        _way(
            "5 · Tuned on the days it is judged on",
            (
                "It did",
                f"try two settings on April to June: learn from all days, off by {tried[0]:.0f} orders, or "
                f"from the last 90, off by {tried[1]:.0f}. It took the better one.",
            ),
            f"{date(finished)}, when the last of those errors was final. By the errors of last autumn it "
            f"might have chosen: {choice}.",
        ),
        _way(
            "6 · Survivors only (a replay about members who cancel)",
            (
                "It did",
                f"leave out member {member}, a member on 1 April 2025. Closed accounts had been "
                "deleted from the table.",
            ),
            f"{date(closed_on)}, when {member} closed the account. On the origin nobody knew "
            "whom to leave out.",
        ),
    ]


def _way(title: str, used: tuple[str, str], known_on: str) -> screens.Screen:
    return screens.listing(title, [used, ("Known on", known_on)])


# --- instant checks -------------------------------------------------------------------------------


def held_against(said: pd.DataFrame) -> check.Question:
    """Ask which number the prediction of the evening of 12 May is compared with."""
    says = said.set_index("origin").loc[EVENING, "honest"]
    came = said.set_index("day")["came"]
    right = came[ABOUT]
    return check.Question(
        check.Count("orders", 1000),
        right=lambda orders: orders == right,
        because=f"12 May plus seven days is 19 May, and {right:.0f} orders came. It said {says:.0f}, so the "
        f"error is {says:.0f} − {right:.0f} = {says - right:.0f}: too many.",
        hints=[
            "Which day does it speak of? Count from the evening on which it was said.",
            "Origin plus horizon: Monday 12 May and seven days is the Monday after.",
        ],
        mistakes={
            "off_by_one_horizon": lambda orders: orders in [came[day] for day in AROUND if day != ABOUT],
        },
    )


def fitting(model_off: float, today_off: float) -> check.Question:
    """Ask which baseline fits. The arguments are the mean errors of model and today's way, in orders."""
    return check.Question(
        check.Choice(
            {
                "A": "the average of all days that are judged",
                "B": "0 orders",
                "C": "the average of the seven days from 6 to 12 May",
                "D": "the orders of Monday 5 May",
            }
        ),
        right=lambda letter: letter == "D",
        because="12 May itself is counted on 13 May, so an average up to 12 May is not there yet, and the "
        f"latest Monday the evening knows is 5 May. Off by {today_off:.0f} orders a day, the model by "
        f"{model_off:.0f}. Only with this one can you say what the model adds.",
        hints=[
            "For each: was that number there on the evening of 12 May?",
            "The orders of a day are counted on the day after. On the evening of 12 May, which is the latest "
            "day that is counted?",
        ],
        mistakes={
            "verification_mean_as_baseline": lambda letter: letter == "A",
            "beats_zero": lambda letter: letter == "B",
            "looks_past_origin": lambda letter: letter == "C",
        },
    )


def changed() -> check.Question:
    """Ask on which day the world changed."""
    return check.Question(
        check.Choice("5 May", "12 May", "19 May", "26 May"),
        right=lambda day: day == "19 May",
        because="The first of the row was said on the evening of 12 May, about 19 May. That was the day on "
        "which the rival opened. On the evening of 20 May, when 19 May was counted, a lead could have "
        "noticed at the earliest.",
        hints=[
            "Where does the row of filled triangles begin? And is that the evening, or the day it speaks of?",
            "It begins with the evening of 12 May. Now add the horizon.",
        ],
        mistakes={"off_by_one_horizon": lambda day: day in ("12 May", "26 May")},
    )


def claims(counts: pd.DataFrame) -> list[tuple[str, str]]:
    """Four replays of one store on the evening, each with what it used, as the rows of a listing."""
    revised = revised_most(counts)
    store = counts[counts["store"] == revised["store"]].set_index("day")
    booked, first = store.loc["2025-05-13", "booked_ahead"], counted_once(counts)
    day, grew = date(revised["day"], year=False), f"from {revised['orders_reported']} to {revised['orders']}"
    return [
        (
            "A",
            f"used {first['orders_reported']} orders, the first count of {date(first.name, year=False)}. It "
            "was made the day after.",
        ),
        ("B", f"used the {booked} slots that were booked on 12 May for 13 May. By far the best of the four."),
        (
            "C",
            f"used {revised['orders']} orders for {day}, where the count went {grew} on "
            f"{date(revised['revised_on'], year=False)}. Off as much as any other.",
        ),
        ("D", "used whether a promotion is planned for 19 May. Promotions are planned two weeks ahead."),
    ]


def counted_once(counts: pd.DataFrame) -> pd.Series:
    """The last count before the evening, of the store whose count grew most, that was never put right."""
    store = counts[counts["store"] == revised_most(counts)["store"]].set_index("day")
    return store[(store.index < EVENING) & store["revised_on"].isna()].iloc[-1]


def looked_ahead(counts: pd.DataFrame) -> check.Question:
    """Ask which of the four :func:`claims` looked ahead."""
    known_on = date(revised_most(counts)["revised_on"], year=False)
    return check.Question(
        check.Choice(dict(claims(counts))),
        right=lambda letter: letter == "C",
        because=f"The day it is about lies before the evening, but the number became known on {known_on}. It "
        "does not look better for it, and it could not have been made.",
        hints=[
            "For each: on which day could somebody first have read that number?",
            "One number was put right after 12 May, and the replay used what stood there afterwards.",
        ],
        mistakes={"good_is_cheating": lambda letter: letter == "B"},
    )


def may_be_counted(called: pd.Series, left: pd.Series) -> check.Question:
    """Ask how many rows of the call list may be counted. The arguments say who was called, and who left."""
    left_alone = left[~called].sum()
    wrong = (len(left), called.sum(), left.sum(), len(left) - left[called].sum())
    return check.Question(
        check.Count("rows", 5000),
        right=lambda rows: rows == (~called).sum(),
        because=f"The {(~called).sum()} rows on which nobody acted. Of these {left_alone} left. A coin chose "
        "them, so they can speak for the others. Without the coin even they could not.",
        hints=[
            "In which rows did the member do what they would have done anyway?",
            f"The list has {len(left)} rows. On {called.sum()} of them somebody rang.",
        ],
        mistakes={"acted_on_outcome": lambda rows: rows in wrong},
    )
