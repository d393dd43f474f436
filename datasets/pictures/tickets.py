"""Picture of tickets: how many messages there are about each topic."""

import pandas as pd

from hindcast.figures import BLUE, Picture, new_figure


def draw(tickets: pd.DataFrame) -> Picture:
    """A bar for each topic, the commonest on top."""
    counts = tickets["topic"].value_counts()
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    bars = axes.barh(counts.index[::-1], counts.iloc[::-1], color=BLUE, height=0.65)
    axes.bar_label(bars, fontsize=10, padding=3)
    axes.set(xlim=(0, 1.15 * counts.max()), xlabel="messages in 2025")
    axes.spines[["top", "right"]].set_visible(False)
    *told, last = (f"{count} about {topic}" for topic, count in counts.items())
    return Picture(figure, f"The {counts.sum():,} messages of 2025: {', '.join(told)} and {last}.")
