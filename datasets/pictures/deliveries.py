"""Picture of deliveries: minutes promised and minutes taken, week by week in 2025."""

import pandas as pd
from matplotlib.dates import DateFormatter

from hindcast.figures import BLUE, GREY, INK, VERMILION, Picture, new_figure

SLOWER, PROMISE = pd.Timestamp(2025, 9, 15), pd.Timestamp(2025, 10, 27)


def draw(deliveries: pd.DataFrame) -> Picture:
    """Two lines of weekly means, and dashed lines where arrivals and the promise change."""
    placed_on = deliveries["placed_at"].dt.normalize()
    week = placed_on - pd.to_timedelta(placed_on.dt.day_of_week, unit="D")
    weekly = deliveries.groupby(week)[["promised_minutes", "minutes_to_arrival"]].mean().loc["2025-01-06":]
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.plot(weekly.index, weekly["promised_minutes"], color=BLUE, lw=1.4, ls="--", label="promised")
    axes.plot(weekly.index, weekly["minutes_to_arrival"], color=VERMILION, lw=1.6, label="taken")
    for day, told in ((SLOWER, "15 Sep "), (PROMISE, "27 Oct ")):
        axes.axvline(day, color=INK, linestyle=":", linewidth=1)
        axes.text(day, 3, told, ha="right", va="center", fontsize=10, color=INK)
    axes.set(ylim=(0, 1.15 * weekly.to_numpy().max()), ylabel="minutes")
    axes.xaxis.set_major_formatter(DateFormatter("%b"))
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=10, loc="lower left", ncols=2)
    return Picture(figure, _sentence(deliveries))


def _sentence(deliveries: pd.DataFrame) -> str:
    placed = deliveries["placed_at"]
    spans = [placed < SLOWER, (placed >= SLOWER) & (placed < PROMISE), placed >= PROMISE]
    took = [f"{deliveries.loc[span, 'minutes_to_arrival'].mean():.0f} minutes" for span in spans]
    late = [f"{100 * deliveries.loc[span, 'late'].mean():.0f} %" for span in spans]
    return (
        f"Until 14 September 2025 a bag takes {took[0]} on average and {late[0]} come later than promised; "
        f"from 15 September on it takes {took[1]} and {late[1]} are late. From 27 October on five minutes "
        f"more are promised and {late[2]} are late."
    )
