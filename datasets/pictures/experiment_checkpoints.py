"""Picture of experiment_checkpoints.csv: the change in reordering as each day's report would show it."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, INK, Picture


def draw(experiment_checkpoints: pd.DataFrame) -> Picture:
    """A line of differences in its daily 95 % interval."""
    rows = experiment_checkpoints.query("experiment == 'eta' and metric == 'reordered'").set_index("day")
    change = 100 * (rows["mean_t"] - rows["mean_c"])
    half = 196 * np.sqrt(rows["variance_c"] / rows["count_c"] + rows["variance_t"] / rows["count_t"])
    figure = Figure(figsize=(6, 2.6), layout="constrained", facecolor="white")
    axes = figure.subplots()
    days = range(1, len(rows) + 1)
    axes.fill_between(days, change - half, change + half, color="#D9D9D9", lw=0)
    axes.plot(days, change, color=BLUE, lw=2)
    axes.axhline(0, color=INK, lw=1)
    axes.set(xlabel="days with outcomes", ylabel="points", xlim=(1, len(rows)))
    looks = change[change.abs() > half]
    return Picture(
        figure,
        f"Range minus exact minute in the share who reordered, day by day: {change[looks.index[0]]:+.1f} "
        f"points on {looks.index[0]:%Y-%m-%d}, the first of {len(looks)} days whose 95 % interval leaves "
        f"out zero; {change.iloc[-1]:+.1f} points on the last day.",
    )
