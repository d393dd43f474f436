"""Picture of costs.csv: from which chance on each action on members who may cancel is the cheaper way."""

import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, Picture

CANCEL = "a member may cancel"


def draw(costs: pd.DataFrame) -> Picture:
    """The break-even chance of each action on members who may cancel."""
    prices = costs[costs["decision"] == CANCEL].pivot(index="option", columns="item", values="euros")
    share = (100 * prices["false alarm"] / (prices["false alarm"] + prices["miss"])).sort_values()
    figure = Figure(figsize=(6, 2.2), layout="constrained", facecolor="white")
    axes = figure.subplots()
    bars = axes.barh(share.index, share, color=BLUE)
    axes.bar_label(bars, labels=[f"{value:.3g} %" for value in share], padding=3, fontsize=10)
    axes.set(xlim=(0, 55), xlabel="chance to cancel from which acting is cheaper")
    axes.invert_yaxis()
    parts = [f"{option} {value:.3g} %" for option, value in share.items()]
    return Picture(
        figure, f"The chance to cancel from which acting is cheaper than leaving alone: {', '.join(parts)}."
    )
