"""Picture of backdated_arrivals: how many predictions, and how many promises, are off by at most so much."""

import pandas as pd

from hindcast.figures import BLUE, GREY, VERMILION, Picture, new_figure

MOST_MINUTES = 30


def draw(backdated_arrivals: pd.DataFrame) -> Picture:
    """Two rising lines: the share of orders by the size of the error."""
    rows = backdated_arrivals
    off = {
        name: (rows[column] - rows["actual_minutes"]).abs()
        for name, column in (("model", "prediction_minutes"), ("promise", "baseline_minutes"))
    }
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    minutes = range(MOST_MINUTES + 1)
    for (name, size), style, color in zip(off.items(), ("-", ":"), (BLUE, VERMILION), strict=True):
        axes.plot(minutes, [100 * (size <= most).mean() for most in minutes], style, color=color, label=name)
    axes.set(xlim=(0, MOST_MINUTES), ylim=(0, 100))
    axes.set_xlabel("off by at most so many minutes")
    axes.set_ylabel("of 100 orders")
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=10)
    half, nine = ({name: size.quantile(share) for name, size in off.items()} for share in (0.5, 0.9))
    return Picture(
        figure,
        f"Half of the predictions are off by at most {half['model']:.1f} minutes, nine of ten by at most "
        f"{nine['model']:.1f}. Of what Larder promised, half is off by at most {half['promise']:.1f} minutes "
        f"and nine of ten by at most {nine['promise']:.1f}.",
    )
