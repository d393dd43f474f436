"""Picture of demand_replays: how far off each replay is."""

import pandas as pd

from hindcast.figures import BLUE, GREY, INK, Picture, new_figure


def draw(demand_replays: pd.DataFrame) -> Picture:
    """A bar for each replay, a dashed line for the baseline."""
    replay, actual = demand_replays["replay"], demand_replays["actual_orders"]
    off = (demand_replays["prediction_orders"] - actual).abs().groupby(replay).mean()
    same = (demand_replays["baseline_orders"] - actual).abs().mean()
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.bar(off.index, off, color=BLUE, edgecolor=INK, width=0.6)
    for place, value in enumerate(off):
        axes.text(place, value + 0.2, f"{value:.1f}", ha="center", va="bottom", fontsize=10, color=INK)
    axes.axhline(same, color=INK, linestyle="--", linewidth=1)
    axes.text(len(off) - 0.5, same + 0.2, "same weekday, last week", ha="right", va="bottom", fontsize=10)
    axes.set_ylim(0, 1.2 * same)
    axes.set_xlabel("replay")
    axes.set_ylabel("off by, in orders")
    axes.grid(axis="y", color=GREY, alpha=0.4, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    each = ", ".join(f"{letter} {value:.1f}" for letter, value in off.items())
    sentence = (
        f"By how many orders each replay is off on average: {each}. The same weekday of the week before is "
        f"off by {same:.1f}."
    )
    return Picture(figure, sentence)
