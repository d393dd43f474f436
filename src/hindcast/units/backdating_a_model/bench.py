"""What bench 09 shows: when each column of its table becomes known, and two replays to try a checker on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# column -> the column with the day on which its value becomes known
KNOWN_ON = {
    "booked": "booked_on",
    "first_count": "counted_on",
    "orders": "final_on",
    "closed_on": "closed_on",
}


def what_was_changed(
    table: pd.DataFrame, changed: pd.DataFrame | None, origin: pd.Timestamp
) -> pd.DataFrame | str:
    """For each column, count the values known by the origin and known later, and the changed ones of each."""
    import pandas as pd

    if changed is None:
        return "another_future returns nothing yet."
    both = table.merge(changed, on=["store", "day"], suffixes=("", " changed"))
    rows = {}
    for column, day in KNOWN_ON.items():
        was, now = both[column], both[f"{column} changed"]
        moved = ((was != now) & ~(was.isna() & now.isna())).fillna(True).astype(bool)
        by_then, later = both[day] <= origin, both[day] > origin
        rows[column] = [by_then.sum(), (moved & by_then).sum(), later.sum(), (moved & later).sum()]
    names = ["known by then", "changed of them", "known later", "changed of those"]
    return pd.DataFrame(rows, index=names).T.rename_axis("column")


def steady(table: pd.DataFrame, origins: pd.DatetimeIndex) -> pd.DataFrame:
    """Replay a day ahead: predict the mean of all final numbers known at the origin."""
    import pandas as pd

    said = []
    for origin in origins:
        known = table[table["final_on"] <= origin]
        due = table[table["day"] == origin + pd.Timedelta(days=1)]
        usual = due["store"].map(known.groupby("store")["orders"].mean())
        said.append(due.assign(origin=origin, prediction=usual))
    columns = ["origin", "store", "day", "prediction", "orders"]
    return pd.concat(said)[columns].rename(columns={"orders": "known_value"})


def well_informed(table: pd.DataFrame, origins: pd.DatetimeIndex) -> pd.DataFrame:
    """Replay as :func:`steady` does, but predict the mean over the whole table."""
    said = steady(table, origins)
    return said.assign(prediction=said["store"].map(table.groupby("store")["orders"].mean()))
