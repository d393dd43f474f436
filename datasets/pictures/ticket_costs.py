"""Picture of ticket_costs: what the wrong desk costs on average, by topic."""

import pandas as pd

from hindcast.figures import BLUE, Picture, new_figure


def draw(ticket_costs: pd.DataFrame) -> Picture:
    """A bar for each topic: the mean over its six wrong desks."""
    wrong = ticket_costs[ticket_costs["topic"] != ticket_costs["sorted_as"]]
    means = wrong.groupby("topic")["minutes_lost"].mean().sort_values(kind="stable")
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    bars = axes.barh(means.index, means, color=BLUE, height=0.65)
    axes.bar_label(bars, fmt="%.0f", fontsize=10, padding=3)
    axes.set(xlim=(0, 1.15 * means.max()), xlabel="minutes lost at a wrong desk, mean of six")
    axes.spines[["top", "right"]].set_visible(False)
    sentence = (
        f"A ticket about an allergy loses {means.iloc[-1]:.0f} minutes at a wrong desk, the mean of six; "
        f"the other topics lose {means.iloc[0]:.0f} to {means.iloc[-2]:.0f}."
    )
    return Picture(figure, sentence)
