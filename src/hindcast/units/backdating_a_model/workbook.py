"""What workbook 09 shows: its evenings, periods, words and rows, and the screens drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hindcast import screens
from hindcast.datasets import load_backdated_demand, load_demand
from hindcast.screens import shown, value_of

if TYPE_CHECKING:
    import pandas as pd


# --- compared with what came ----------------------------------------------------------------------

EVENINGS = ("2025-10-06", "2025-10-07", "2025-10-08", "2025-10-09", "2025-10-10")


def station() -> pd.DataFrame:
    """The backdated predictions of the store at the station, seven days ahead."""
    book = load_backdated_demand()
    return book[(book["store"] == "Station") & (book["horizon_days"] == 7)]


def at_the_station() -> Iterator[screens.Screen]:
    """What it would have said on the five evenings, and what came on every day it may be compared with."""
    rows = station()
    said = rows[rows["origin"].between(EVENINGS[0], EVENINGS[-1])]
    came = rows.set_index("day")["actual_orders"].loc["2025-10-06":"2025-10-19"]
    yield screens.sheet(
        "Station · what it would have said, seven days ahead",
        ["on the evening of", "it would have said", "same weekday"],
        [(f"{row.origin:%Y-%m-%d}", row.prediction_orders, row.baseline_orders) for row in said.itertuples()],
        note="Orders of the day seven days later.",
    )
    yield screens.sheet(
        "Station · what came",
        ["day", "orders"],
        [(f"{day:%Y-%m-%d}", int(orders)) for day, orders in came.items()],
    )


# --- since when -----------------------------------------------------------------------------------

VERDICTS = ("still wrong", "learned it")


def with_errors(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Backdated rows with ``day``, ``error`` (predicted - actual, in ``unit``) and ``held``.

    ``day`` is the predicted day of a row; ``held`` says whether its range contains what came.
    """
    import pandas as pd

    actual = rows[f"actual_{unit}"]
    return rows.assign(
        day=rows["origin"] + pd.to_timedelta(rows["horizon_days"], unit="D"),
        error=rows[f"prediction_{unit}"] - actual,
        held=actual.between(rows[f"low_{unit}"], rows[f"high_{unit}"]),
    )


def week_by_week(rows: pd.DataFrame, by: str, first: str, last: str) -> list[tuple]:
    """The rows of a sheet: each Monday's week, by the column ``by``, with mean error and ranges that held."""
    import pandas as pd

    monday = rows[by] - pd.to_timedelta(rows[by].dt.day_of_week, unit="D")
    found = rows.groupby(monday)
    table = pd.DataFrame({"error": found["error"].mean(), "held": found["held"].apply(per_100)})
    return [
        (f"{week:%Y-%m-%d}", f"{row.error:.1f}", row.held) for week, row in table.loc[first:last].iterrows()
    ]


def december(rows: pd.DataFrame) -> list[tuple]:
    """The last row of a sheet of :func:`week_by_week`."""
    days = rows[rows["day"] >= "2025-12-01"]
    return [("December, by day", f"{days['error'].mean():.1f}", per_100(days["held"]))]


def per_100(yes: pd.Series) -> int:
    """How many of 100 are true, as a whole number."""
    return round(100 * yes.mean())


def note_on(said: object, unit: str) -> str:
    """One line on what the answer ``said`` about one of the two models."""
    keys = ("changed", "held", "december", "verdict")
    changed, held, off, verdict = (shown(value_of(said, key)) for key in keys)
    return (
        f"changed in the week from {changed}; {held} of 100 ranges held; in December {off} {unit} on "
        f"average: {verdict}"
    )


# --- the panel ------------------------------------------------------------------------------------

# letter -> (words, first day, last day)
PERIODS = {
    "A": ("2024, days it learned from", "2024-01-01", "2024-12-31"),
    "B": ("2 January to 31 December 2025", "2025-01-01", "2025-12-31"),
    "C": ("2 January to 18 May 2025", "2025-01-01", "2025-05-18"),
    "D": ("19 May to 1 June 2025", "2025-05-19", "2025-06-01"),
    "E": ("30 June to 13 July 2025", "2025-06-30", "2025-07-13"),
    "F": ("16 June to 31 December 2025", "2025-06-16", "2025-12-31"),
}
PERIOD_NAMES = {letter: words for letter, (words, _, _) in PERIODS.items()}
WORDS = {
    "beside": {
        "P": "the same weekday of the week before",
        "Q": "the store's own average of 2025",
        "R": "saying 0 orders",
    },
    "heading": {
        "J": "What it would have said the evening before",
        "K": "What we told the stores in 2025",
        "L": "Backdated predictions",
        "M": "How well it knows the days it learned from",
    },
    "closing": {
        "W": "It is never off by more than ten orders.",
        "X": "After a sudden change it is worse for some weeks.",
        "Y": "On average it is right, in good weeks and bad.",
        "Z": "It is right on eight of ten days.",
    },
}


def learned_from() -> pd.DataFrame:
    """Fitted values: what a model of this kind, learned from 2024, says of 2024."""
    from sklearn.linear_model import PoissonRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    days = load_demand().query("day.dt.year == 2024")
    looks_at = days[["store", "weekday", "holiday", "promotion"]].assign(month=days["day"].dt.month)
    model = make_pipeline(OneHotEncoder(), PoissonRegressor(alpha=0.0001, max_iter=1000))
    said = model.fit(looks_at, days["orders"]).predict(looks_at)
    before = days.groupby("store")["orders"].shift(7)
    told = days.assign(prediction_orders=said, baseline_orders=before, actual_orders=days["orders"])
    return told.dropna(subset=["baseline_orders"])


def a_day_ahead() -> pd.DataFrame:
    """The backdated predictions of all stores, a day ahead."""
    return load_backdated_demand().query("horizon_days == 1")


def own_average() -> pd.Series:
    """The mean orders of each store in 2025."""
    year = load_demand().query("day.dt.year == 2025")
    return year.groupby("store")["orders"].mean()


def rows_of(letter: str, said: pd.DataFrame) -> pd.DataFrame:
    """The rows of a period."""
    _, first, last = PERIODS[letter]
    return said[said["day"].between(first, last)]


def off_by(rows: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    """How far off the model and the plans P, Q and R were on each row, in orders."""
    import pandas as pd

    plans = {"model": rows["prediction_orders"], "P": rows["baseline_orders"]}
    plans |= {"Q": rows["store"].map(own), "R": 0}
    return pd.DataFrame({name: (plan - rows["actual_orders"]).abs() for name, plan in plans.items()})


def periods_screen() -> screens.Screen:
    """How far off the model and the three plans were in each period."""
    ahead, own = a_day_ahead(), own_average()
    rows = []
    for letter, words in PERIOD_NAMES.items():
        of_period = rows_of(letter, learned_from() if letter == "A" else ahead)
        off = off_by(of_period, own)
        daily = off["model"].groupby(of_period["day"]).mean()
        swing = 2 * daily.sem()
        could_be = f"{daily.mean() - swing:.1f} to {daily.mean() + swing:.1f}"
        plans = [f"{off[plan].mean():.2f}" for plan in "PQR"]
        numbers = [len(daily), len(of_period), f"{off['model'].mean():.2f}", could_be, *plans]
        rows.append((f"{letter}  {words}", *numbers))
    return screens.sheet(
        "Demand · a day ahead · off by, in orders of a store",
        ["period", "days", "rows", "model off by", "could have been", "P off by", "Q off by", "R off by"],
        rows,
        note="P: the same weekday of the week before. Q: the store's own average of 2025. R: saying 0 "
        "orders. A: a model of this kind that learned from 2024, asked about the days it learned from.",
    )


def panel(first_line: object, second_line: object, words: object) -> screens.Screen:
    """The panel, filled in from the three answers."""
    chosen = screens.spelled(words, WORDS)
    lines = [_panel_line(said, chosen["beside"]) for said in (first_line, second_line)]
    return screens.listing(f"Larder · {chosen['heading']}", lines, note=chosen["closing"])


def _panel_line(said: object, beside: str) -> tuple[str, str]:
    period = screens.spelled(value_of(said, "period"), {"period": PERIOD_NAMES})["period"]
    days, off, other = (shown(value_of(said, key)) for key in ("days", "off_by", "beside_off_by"))
    return period, f"off by {off} orders on average · {beside}: {other} · {days} days"
