"""The four replays of workbook 09, and the drawer: a screen of what each of them used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hindcast import screens
from hindcast.datasets import load_demand, load_demand_replays
from hindcast.screens import shown, value_of

if TYPE_CHECKING:
    import pandas as pd

REPLAYS = ("A", "D", "E", "F")
VERDICTS = ("honest", "dishonest")


def sent() -> pd.DataFrame:
    """The rows of the four replays that were sent in."""
    rows = load_demand_replays()
    return rows[rows["replay"].isin(REPLAYS)]


def off_on_average() -> screens.Screen:
    """The screen of the mean error of each of the four."""
    rows = sent()
    off = (rows["prediction_orders"] - rows["actual_orders"]).abs().groupby(rows["replay"])
    averages = zip(REPLAYS, off.mean(), off.sem(), strict=True)
    evenings = rows["origin"].drop_duplicates()
    when = f"every eighth day from {evenings.min():%Y-%m-%d} to {evenings.max():%Y-%m-%d}"
    return screens.sheet(
        "Four replays · off by, in orders on average",
        ["replay", "off by", "give or take"],
        [(name, f"{miss:.1f}", f"{2 * swing:.1f}") for name, miss, swing in averages],
        note=f"{len(evenings)} evenings, {when}; six stores each.",
    )


def drawer(replay: str, evening: str, store: str | None = None) -> screens.Screen:
    """What a replay used on an evening, beside what was on record then; with a store, its counts in full."""
    import pandas as pd

    rows = sent()
    day = pd.to_datetime(evening, errors="coerce")
    there = rows[(rows["replay"] == replay) & (rows["origin"] == day)]
    if there.empty or store not in (None, *there["store"]):
        return _nothing_there(rows["origin"].drop_duplicates(), day)
    return _used_and_book(replay, day, there) if store is None else _counts_of(store, day)


def _nothing_there(evenings: pd.Series, evening: pd.Timestamp) -> screens.Screen:
    nearest = evenings.loc[(evenings - evening).abs().nsmallest(2).index].sort_values()
    expected = "a letter, an evening on which they spoke and, if you like, the name of a store, each in "
    "quotes."
    return screens.listing(
        "Nothing lies in this drawer",
        [
            ("Expected", expected),
            ("Nearest evenings", " and ".join(nearest.dt.strftime("%Y-%m-%d")) or screens.EMPTY),
        ],
    )


def _counts_of(store: str, evening: pd.Timestamp) -> screens.Screen:
    """The counts of a store in the week around an evening, as they are today."""
    import pandas as pd

    one_day = pd.Timedelta(days=1)
    book = load_demand()
    rows = book[(book["store"] == store) & book["day"].between(evening - 6 * one_day, evening + one_day)]
    lines = []
    for row in rows.itertuples():
        grew = row.orders != row.orders_reported
        corrected = (f"{row.revised_on:%Y-%m-%d}", row.orders) if grew else (screens.EMPTY, screens.EMPTY)
        counted = (f"{row.day:%Y-%m-%d}", f"{row.day + one_day:%Y-%m-%d}", row.orders_reported)
        lines.append((*counted, *corrected))
    heads = ["orders of", "first counted on", "first count", "corrected on", "corrected count"]
    title = f"{store} · the book, as we have it today, about the week around {evening:%Y-%m-%d}"
    return screens.sheet(title, heads, lines)


def _used_and_book(replay: str, evening: pd.Timestamp, there: pd.DataFrame) -> screens.Screen:
    """Each value that a replay used, beside the value on record that evening."""
    import pandas as pd

    counts, booked = _on_record(evening)
    rows = []
    for row in there.itertuples():
        book = counts[row.store]
        values: list[object] = [row.last_week_used, int(book[row.day - pd.Timedelta(days=7)])]
        values += [f"{row.recent_used:.1f}", f"{book.iloc[-7:].mean():.1f}"]
        values += [f"{row.usual_used:.1f}", f"{book.mean():.1f}"]
        values += [int(row.booked_used), int(booked[row.store])] if replay == "F" else []
        rows.append((row.store, *values))
    shows = ["last week", "seven days", "all days", *["slots"] * (replay == "F")]
    heads = ["store", *(f"{name}: {whose}" for name in shows for whose in ("used", "book"))]
    return screens.sheet(f"Replay {replay} · evening of {evening:%Y-%m-%d}", heads, rows)


def _on_record(evening: pd.Timestamp) -> tuple[pd.DataFrame, pd.Series]:
    """What was known that evening: counts of each store by day, and the slots booked for the next day."""
    import pandas as pd

    known = load_demand(as_of=evening)
    counted = known.dropna(subset=["orders"])
    counts = counted.pivot(index="day", columns="store", values="orders").astype(float)
    tomorrow = known[known["day"] == evening + pd.Timedelta(days=1)]
    return counts, tomorrow.set_index("store")["booked_ahead"]


def review_list(said: dict[str, object]) -> screens.Screen:
    """The list of the go-live review: what is said of each replay."""
    return screens.listing(
        "Larder · go-live review", [(f"Replay {name}", _on_the_list(answer)) for name, answer in said.items()]
    )


def _on_the_list(said: object) -> str:
    keys = ("verdict", "evening", "store", "known_on")
    verdict, evening, store, known = (shown(value_of(said, key)) for key in keys)
    proof = f": {store}, evening of {evening}, used what became known on {known}"
    return verdict if verdict == "honest" else verdict + proof
