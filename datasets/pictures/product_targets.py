"""Picture of product_targets.csv: the users a week that are asked for."""

import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, Picture


def draw(product_targets: pd.DataFrame) -> Picture:
    """One bar for each product; the scale grows tenfold from mark to mark."""
    rows = product_targets[product_targets["measure"] == "active_users"]
    figure = Figure(figsize=(6, 2.2), layout="constrained", facecolor="white")
    axes = figure.subplots()
    bars = axes.barh(rows["product"], rows["target"], color=BLUE)
    axes.bar_label(bars, labels=[f"{target:,.0f}" for target in rows["target"]], padding=3, fontsize=10)
    axes.set(xscale="log", xlim=(10, 20_000), xlabel="active users a week, at least")
    axes.invert_yaxis()
    parts = [f"{row.product} {row.target:,.0f}" for row in rows.itertuples()]
    return Picture(figure, f"Active users a week that are asked for, at least: {', '.join(parts)}.")
