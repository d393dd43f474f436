"""Picture of backdated_demand: what was said of one store a day ahead, its range, and what came."""

import pandas as pd
from matplotlib.dates import DateFormatter

from hindcast.figures import BLUE, GREY, INK, Picture, new_figure

STORE, FIRST, LAST = "Hillside", "2025-02-01", "2025-02-28"


def draw(backdated_demand: pd.DataFrame) -> Picture:
    """A line in its band of ranges, and a dot for each day that came."""
    rows = backdated_demand[(backdated_demand["store"] == STORE) & (backdated_demand["horizon_days"] == 1)]
    rows = rows[rows["day"].between(FIRST, LAST)]
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.fill_between(
        rows["day"], rows["low_orders"], rows["high_orders"], color=GREY, alpha=0.3, label="range"
    )
    axes.plot(rows["day"], rows["prediction_orders"], "-", color=BLUE, label="model")
    axes.plot(rows["day"], rows["actual_orders"], "o", color=INK, markersize=3, label="came")
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
    axes.set_xticks(pd.date_range(FIRST, LAST, freq="7D"))
    axes.set_ylim(0, 1.15 * rows["actual_orders"].max())
    axes.set_ylabel("orders")
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper right", ncols=3, frameon=False, fontsize=10)
    return Picture(figure, _sentence(rows))


def _sentence(rows: pd.DataFrame) -> str:
    inside = rows["actual_orders"].between(rows["low_orders"], rows["high_orders"])
    said, came = rows["prediction_orders"].mean(), rows["actual_orders"].mean()
    return (
        f"The store {STORE} in February 2025, a day ahead: the model says {said:.0f} orders a day on "
        f"average, and {came:.0f} come. On {inside.sum()} of {len(rows)} days what comes lies in the range."
    )
