"""Picture of substitution_experiment.csv: members logged by app version and arm."""

import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, INK, Picture


def draw(substitution_experiment: pd.DataFrame) -> Picture:
    """Two bars for each version of the app."""
    counts = substitution_experiment.groupby(["app_version", "arm"]).size().unstack()[["swap", "ask"]]
    figure = Figure(figsize=(6, 2.6), layout="constrained", facecolor="white")
    axes = figure.subplots()
    styles = {"swap": {"color": BLUE}, "ask": {"facecolor": "white", "edgecolor": INK, "hatch": "//"}}
    for shift, (arm, style) in zip((-0.2, 0.2), styles.items(), strict=True):
        bars = axes.bar(
            [place + shift for place in range(len(counts))], counts[arm], 0.38, label=arm, **style
        )
        axes.bar_label(bars, fontsize=10)
    axes.set(xticks=range(len(counts)), ylabel="members logged", ylim=(0, 1.2 * counts.to_numpy().max()))
    axes.set_xticklabels([f"app {version}" for version in counts.index])
    axes.legend(frameon=False, loc="upper center", ncols=2)
    parts = [f"app {version} {row['swap']} and {row['ask']}" for version, row in counts.iterrows()]
    total = counts.sum()
    return Picture(
        figure,
        f"Logged in the arms swap and ask: {total['swap']:,} and {total['ask']:,} members, though a fair "
        f"coin chose. By version: {'; '.join(parts)}.",
    )
