"""Picture of backdated_cancellations: what the scores said and how many cancelled, by fifth of the scores."""

import pandas as pd

from hindcast.figures import BLUE, INK, Picture, new_figure

FIFTHS = ["lowest", "second", "third", "fourth", "highest"]


def draw(backdated_cancellations: pd.DataFrame) -> Picture:
    """Bars of the share that cancelled beside the mean score, in 2024, when nobody was called yet."""
    rows = backdated_cancellations[backdated_cancellations["origin"].dt.year == 2024]
    fifths = rows.groupby(pd.qcut(rows["score"], 5, labels=FIFTHS), observed=True)
    said, came = 100 * fifths["score"].mean(), 100 * fifths["cancelled"].mean()
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    places = range(len(FIFTHS))
    axes.bar([place - 0.2 for place in places], said, 0.4, color="white", edgecolor=INK, hatch="///")
    axes.bar([place + 0.2 for place in places], came, 0.4, color=BLUE, edgecolor=INK)
    axes.legend(["mean score", "cancelled"], loc="upper left", frameon=False, fontsize=10)
    axes.set_xticks(places, FIFTHS)
    axes.set_xlabel("fifth of the scores, 2024", fontsize=10)
    axes.set_ylabel("per 100 members", fontsize=10)
    axes.tick_params(labelsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    return Picture(
        figure,
        f"In 2024, when nobody was called yet, {came['lowest']:.1f} of 100 in the lowest fifth of the scores "
        f"cancelled (mean score: {said['lowest']:.1f} of 100), and {came['highest']:.1f} of 100 in the "
        f"highest fifth (mean score: {said['highest']:.1f} of 100).",
    )
