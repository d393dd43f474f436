"""Picture of capacities.csv: cases a day by who acts."""

import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, Picture


def draw(capacities: pd.DataFrame) -> Picture:
    """One bar for each team."""
    figure = Figure(figsize=(6, 2.4), layout="constrained", facecolor="white")
    axes = figure.subplots()
    bars = axes.barh(capacities["who_acts"], capacities["per_day"], color=BLUE)
    axes.bar_label(bars, padding=3, fontsize=10)
    axes.set(xlim=(0, 1.15 * capacities["per_day"].max()), xlabel="cases in an open day")
    axes.invert_yaxis()
    parts = [f"{row.who_acts} {row.per_day}" for row in capacities.itertuples()]
    return Picture(figure, f"How many cases a day they can take on: {', '.join(parts)}.")
