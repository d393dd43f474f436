"""Picture of backdated_demand: how far off model and baseline are a day ahead, week by week."""

import pandas as pd
from matplotlib.dates import DateFormatter

from hindcast.figures import BLUE, GREY, INK, VERMILION, Picture, new_figure

SHIFT = pd.Timestamp(2025, 5, 19)
FIFTH_WEEK = SHIFT + pd.Timedelta(weeks=4)


def draw(backdated_demand: pd.DataFrame) -> Picture:
    """Two lines of weekly mean absolute errors; a dashed line where the demand shifts."""
    rows = backdated_demand[backdated_demand["horizon_days"] == 1]
    off = pd.DataFrame(
        {
            "day": rows["day"],
            "model": (rows["prediction_orders"] - rows["actual_orders"]).abs(),
            "baseline": (rows["baseline_orders"] - rows["actual_orders"]).abs(),
        }
    )
    weekly = off.groupby(off["day"] - pd.to_timedelta(off["day"].dt.day_of_week, unit="D")).mean()
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.plot(weekly.index, weekly["baseline"], ":", color=VERMILION, label="same weekday, last week")
    axes.plot(weekly.index, weekly["model"], "-", color=BLUE, label="model")
    axes.axvline(SHIFT, color=INK, linestyle="--", linewidth=1)
    axes.text(SHIFT, 1.2, "19 May 2025 ", ha="right", va="center", fontsize=10, color=INK)
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    axes.set_xticks(pd.date_range("2025-01-01", "2026-01-01", freq="2MS"))
    axes.set_ylim(0, 1.15 * weekly["baseline"].max())
    axes.set_ylabel("off by, in orders")
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=10)
    return Picture(figure, _sentence(off))


def _sentence(off: pd.DataFrame) -> str:
    day = off["day"]
    periods = [day < SHIFT, (day >= SHIFT) & (day < SHIFT + pd.Timedelta(weeks=2)), day >= FIFTH_WEEK]
    model = [off.loc[rows, "model"].mean() for rows in periods]
    same = [off.loc[rows, "baseline"].mean() for rows in periods]
    return (
        f"A day ahead the model is off by {model[0]:.1f} orders on average before 19 May 2025, by "
        f"{model[1]:.1f} in the two weeks from then on and by {model[2]:.1f} from the fifth week on. The "
        f"same weekday of the week before is off by {same[0]:.1f}, {same[1]:.1f} and {same[2]:.1f}."
    )
