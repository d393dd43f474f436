"""Picture of deliveries: minutes promised and minutes taken, week by week in 2024."""

import pandas as pd
from matplotlib.dates import DateFormatter

from hindcast.figures import BLUE, GREY, VERMILION, Picture, new_figure


def draw(deliveries: pd.DataFrame) -> Picture:
    """Two lines of weekly means; whole weeks only."""
    placed_on = deliveries["placed_at"].dt.normalize()
    week = placed_on - pd.to_timedelta(placed_on.dt.day_of_week, unit="D")
    weekly = deliveries.groupby(week)[["promised_minutes", "minutes_to_arrival"]].mean()
    weekly = weekly.loc["2024-01-01":"2024-12-23"]
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.plot(weekly.index, weekly["promised_minutes"], color=BLUE, lw=1.4, ls="--", label="promised")
    axes.plot(weekly.index, weekly["minutes_to_arrival"], color=VERMILION, lw=1.6, label="taken")
    axes.set(ylim=(0, 1.15 * weekly.to_numpy().max()), ylabel="minutes")
    axes.xaxis.set_major_formatter(DateFormatter("%b"))
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=10, loc="lower left", ncols=2)
    return Picture(figure, _sentence(deliveries))


def _sentence(deliveries: pd.DataFrame) -> str:
    orders = deliveries[deliveries["placed_at"].dt.year == 2024]
    promised, took = orders["promised_minutes"].mean(), orders["minutes_to_arrival"].mean()
    return (
        f"In 2024 a bag takes {took:.0f} minutes on average, {promised:.0f} are promised, and "
        f"{100 * orders['late'].mean():.0f} % come later than promised."
    )
