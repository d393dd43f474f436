"""Larder's orders of the whole town by day: inputs for a model, and the counts as known on an evening.

``counts`` is the table ``demand``: one row for each store and day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

HORIZON = 7  # days from the evening to the predicted day


def town(counts: pd.DataFrame) -> pd.DataFrame:
    """Orders of all stores together, one row a day, with what a model may look at seven days ahead.

    ``last_week`` is the mean of the last seven days counted on the evening, as reported then;
    ``week_around`` the mean of the seven days around the day itself, which nobody knows yet;
    ``two_weeks_before`` the same weekday two weeks before, as reported on the evening. ``known_on`` is when
    ``orders`` was final. Days without all of these are left out.
    """
    import pandas as pd

    wide = counts.pivot(index="day", columns="store")
    day, weekday = wide.index.to_series(), wide.index.day_name().str[:3]
    final = wide["orders"].sum(axis=1)
    last_week = sum(_reported(wide, HORIZON + back, HORIZON) for back in range(1, 8)) / 7
    around = sum(final.shift(back) for back in range(-3, 4)) / 7
    table = pd.DataFrame(
        {
            "day": day,
            "orders": final,
            "known_on": wide["revised_on"].max(axis=1).fillna(day + pd.Timedelta(days=1)),
            **{name: (weekday == name).astype(int) for name in ("Tue", "Wed", "Thu", "Fri", "Sat", "Sun")},
            "holiday": wide["holiday"].any(axis=1),
            "stores_with_promotion": wide["promotion"].sum(axis=1),
            "last_week": last_week,
            "week_around": around,
            "two_weeks_before": _reported(wide, 2 * HORIZON, HORIZON),
        }
    )
    return table.dropna(ignore_index=True)


def _reported(wide: pd.DataFrame, back: int, horizon: int) -> pd.Series:
    """For each day: the orders of the day `back` days before, as reported `horizon` days before."""
    import pandas as pd

    evening = wide.index.to_series() - pd.Timedelta(days=horizon)
    put_right = wide["revised_on"].shift(back).le(evening, axis=0)
    final, first = wide["orders"].shift(back), wide["orders_reported"].shift(back)
    return final.where(put_right, first).sum(axis=1, min_count=len(final.columns))


def as_reported(counts: pd.DataFrame, evening: pd.Timestamp) -> pd.Series:
    """The orders of the whole town by day, as they stood on `evening`, which is itself counted tomorrow."""
    counted = counts[counts["day"] < evening]
    put_right = counted["revised_on"] <= evening
    return counted["orders"].where(put_right, counted["orders_reported"]).groupby(counted["day"]).sum()


def said_by_both(honest: pd.DataFrame, flattering: pd.DataFrame) -> pd.DataFrame:
    """Two replays of the same evenings side by side, as the pictures take them, with ``baseline``."""
    said = honest[["origin", "due", "known_value", "known_on", "baseline"]]
    said = said.rename(columns={"due": "day", "known_value": "came"})
    return said.assign(honest=honest["prediction"], flattering=flattering["prediction"])


def mean_off_by(said: pd.DataFrame, name: str) -> float:
    """How far off ``honest``, ``flattering`` or ``baseline`` was, in orders a day on average."""
    return float((said[name] - said["came"]).abs().mean())
