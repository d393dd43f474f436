"""Picture of demand: orders per store and day, week by week in 2023 and 2024."""

import pandas as pd
from matplotlib.dates import DateFormatter

from hindcast.figures import BLUE, GREY, Picture, new_figure


def draw(demand: pd.DataFrame) -> Picture:
    """A line of weekly means; whole weeks only."""
    demand = demand[demand["day"].dt.year < 2025]
    week = demand["day"] - pd.to_timedelta(demand["day"].dt.day_of_week, unit="D")
    whole = demand.groupby(week)["orders"].agg(["mean", "size"])
    weekly = whole.loc[whole["size"] == 42, "mean"]
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.plot(weekly.index, weekly, color=BLUE, linewidth=1.4)
    axes.set_xticks(pd.date_range("2023-01-01", "2025-01-01", freq="6MS"))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    axes.set_ylim(0, 1.15 * weekly.max())
    axes.set_ylabel("orders per store and day")
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return Picture(figure, _sentence(demand))


def _sentence(demand: pd.DataFrame) -> str:
    by_year = demand.groupby(demand["day"].dt.year)["orders"].mean()
    by_weekday = demand.groupby("weekday")["orders"].mean()
    return (
        f"A store has {by_year[2023]:.0f} orders a day on average in 2023 and {by_year[2024]:.0f} in 2024, "
        f"{by_weekday['Sat']:.0f} on a Saturday and {by_weekday['Tue']:.0f} on a Tuesday."
    )
