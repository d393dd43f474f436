"""Picture of demand: orders per store and day, week by week, and the week of the shift."""

import pandas as pd
from matplotlib.dates import DateFormatter

from hindcast.figures import BLUE, GREY, INK, Picture, new_figure

SHIFT = pd.Timestamp(2025, 5, 19)
BESIDE = pd.Timedelta(weeks=4)


def draw(demand: pd.DataFrame) -> Picture:
    """A line of weekly means; a dashed line where the level shifts."""
    week = demand["day"] - pd.to_timedelta(demand["day"].dt.day_of_week, unit="D")
    whole = demand.groupby(week)["orders"].agg(["mean", "size"])
    weekly = whole.loc[whole["size"] == 42, "mean"]
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.plot(weekly.index, weekly, color=BLUE, linewidth=1.4)
    axes.axvline(SHIFT, color=INK, linestyle="--", linewidth=1)
    axes.text(SHIFT, 20, "19 May 2025 ", ha="right", va="center", fontsize=10, color=INK)
    axes.set_xticks(pd.date_range("2023-01-01", "2026-01-01", freq="6MS"))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    axes.set_ylim(0, 1.15 * weekly.max())
    axes.set_ylabel("orders per store and day")
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return Picture(figure, _sentence(demand))


def _sentence(demand: pd.DataFrame) -> str:
    by_year = demand.groupby(demand["day"].dt.year)["orders"].mean()
    before = demand.loc[demand["day"].between(SHIFT - BESIDE, SHIFT, inclusive="left"), "orders"].mean()
    after = demand.loc[demand["day"].between(SHIFT, SHIFT + BESIDE, inclusive="left"), "orders"].mean()
    return (
        f"A store has {by_year[2023]:.0f} orders a day on average in 2023 and {by_year[2024]:.0f} in 2024. "
        f"On 19 May 2025 the level falls: {before:.0f} a day in the four weeks before, {after:.0f} in the "
        "four weeks from then on."
    )
