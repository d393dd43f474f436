"""Picture of cancellation_replays: the AUC of three replays, which does not show which one is honest."""

import pandas as pd
from sklearn.metrics import roc_auc_score

from hindcast.figures import BLUE, GREY, INK, Picture, new_figure


def draw(cancellation_replays: pd.DataFrame) -> Picture:
    """A bar of the AUC for each replay."""
    replays = cancellation_replays.groupby("replay")
    auc = {letter: roc_auc_score(rows["cancelled"], rows["score"]) for letter, rows in replays}
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    axes.barh(list(auc), auc.values(), color=BLUE, edgecolor=INK)
    axes.axvline(0.5, color=GREY, linestyle="--", linewidth=1)
    for letter, value in auc.items():
        axes.text(value + 0.01, letter, f"{value:.2f}", va="center", fontsize=10)
    axes.set_xlim(0, 1.08)
    axes.set_xlabel("AUC over six origins (0.5: no order at all)", fontsize=10)
    axes.set_ylabel("replay", fontsize=10)
    axes.tick_params(labelsize=10)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    told = ", ".join(f"{value:.2f} for {letter}" for letter, value in auc.items())
    sentence = f"AUC over the six origins: {told}. The number alone does not say which replay is honest."
    return Picture(figure, sentence)
