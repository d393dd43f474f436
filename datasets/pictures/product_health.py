"""Picture of product_health.csv: days up, week by week."""

import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, Picture


def draw(product_health: pd.DataFrame) -> Picture:
    """A small line for each product."""
    figure = Figure(figsize=(6, 2.6), layout="constrained", facecolor="white")
    panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
    parts = []
    for axes, (product, rows) in zip(panels, product_health.groupby("product"), strict=True):
        axes.step(range(1, len(rows) + 1), rows["days_up"], where="mid", color=BLUE, lw=1.6)
        axes.set(ylim=(0, 7.6), yticks=[0, 7])
        axes.set_xlabel(product, fontsize=10)
        parts.append(f"{product} {rows['days_up'].mean():.1f}")
    figure.supylabel("days up a week", fontsize=10)
    weeks = product_health["week"].nunique()
    return Picture(figure, f"Mean days up a week over {weeks} weeks: {', '.join(parts)}.")
