"""Picture of eta_experiment.csv: the change in contacts and in reordering, with 95 % intervals."""

import math

import pandas as pd
from matplotlib.figure import Figure

from hindcast.figures import BLUE, INK, Picture

SHOWN = {"contacts": "contacts a member", "reordered": "share who reordered"}


def change(table: pd.DataFrame, metric: str) -> tuple[float, float]:
    """Range minus exact minute, and half the width of its 95 % interval."""
    groups = [table.loc[table["arm"] == arm, metric].astype(float) for arm in ("minute", "range")]
    error = math.sqrt(sum(group.var() / len(group) for group in groups))
    return groups[1].mean() - groups[0].mean(), 1.96 * error


def draw(eta_experiment: pd.DataFrame) -> Picture:
    """Two intervals about the line at no change."""
    found = {metric: change(eta_experiment, metric) for metric in SHOWN}
    figure = Figure(figsize=(6, 2.2), layout="constrained", facecolor="white")
    axes = figure.subplots()
    for place, (middle, half) in enumerate(found.values()):
        axes.errorbar(middle, -place, xerr=half, fmt="o", color=BLUE, capsize=5, lw=2)
        axes.text(middle, -place + 0.22, f"{middle:+.3f}", ha="center", fontsize=10, color=INK)
    axes.axvline(0, color=INK, lw=1)
    axes.set(yticks=[0, -1], yticklabels=list(SHOWN.values()), ylim=(-1.5, 0.6))
    axes.set_xlabel("range minus exact minute, with 95 % interval")
    return Picture(figure, sentence(found))


def sentence(found: dict[str, tuple[float, float]]) -> str:
    ends = {metric: (middle - half, middle + half) for metric, (middle, half) in found.items()}
    return (
        f"Under the range, members wrote {-found['contacts'][0]:.3f} messages less each (95 % interval "
        f"{-ends['contacts'][1]:.3f} to {-ends['contacts'][0]:.3f} less). The share who reordered differed "
        f"by {100 * found['reordered'][0]:+.1f} points ({100 * ends['reordered'][0]:+.1f} to "
        f"{100 * ends['reordered'][1]:+.1f}): not shown."
    )
