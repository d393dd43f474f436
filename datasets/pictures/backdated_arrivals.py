"""Picture of backdated_arrivals: the mean signed error, week by week, and the week it changes."""

import pandas as pd

from hindcast.figures import BLUE, GREY, INK, Picture, new_figure

CHANGED = pd.Timestamp("2025-09-15")


def draw(backdated_arrivals: pd.DataFrame) -> Picture:
    """A line of weekly means; whole weeks only."""
    rows = backdated_arrivals
    error = rows["prediction_minutes"] - rows["actual_minutes"]
    placed_on = rows["origin"] + pd.Timedelta(days=1)
    weeks = placed_on - pd.to_timedelta(placed_on.dt.day_of_week, unit="D")
    whole = placed_on.between("2025-01-06", "2025-12-28")
    means = error[whole].groupby(weeks[whole]).mean()
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.axhline(0, color=GREY, linewidth=1)
    axes.axvline(CHANGED, color=INK, linestyle="--", linewidth=1)
    axes.plot(means.index, means, color=BLUE, marker="o", markersize=3, linewidth=1.2)
    axes.text(CHANGED, means.min(), "15 September ", ha="right", va="center", fontsize=10)
    axes.set_ylabel("mean error, minutes\n(predicted − actual)", fontsize=10)
    axes.set_xticks(pd.date_range("2025-01-01", "2025-12-01", freq="2MS"))
    axes.set_xticklabels(["January", "March", "May", "July", "September", "November"])
    axes.tick_params(labelsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    before, after = round(error[placed_on < CHANGED].mean(), 1), error[placed_on >= CHANGED].mean()
    return Picture(
        figure,
        f"Up to 14 September 2025 the model's errors average {before + 0.0:.1f} minutes. From 15 September "
        f"to the end of the year it says {-after:.1f} minutes too few on average, week after week.",
    )
