"""Picture of scores: how many cancel in September, by the model's score."""

import pandas as pd

from hindcast.figures import BLUE, ORANGE, Picture, new_figure

BANDS, NAMES = [-1, 0.0499, 0.0999, 0.1999, 0.3999, 1], ["under 0.05", "0.05", "0.10", "0.20", "0.40 and up"]


def draw(scores: pd.DataFrame) -> Picture:
    """A bar for each band of scores; the alert's bands are marked."""
    september = scores[scores["month"] == "2025-09-01"]
    bands = september.groupby(pd.cut(september["score"], BANDS, labels=NAMES), observed=True)["cancelled"]
    shares, counts = 100 * bands.mean(), bands.size()
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    colours, marks = [BLUE] * 3 + [ORANGE] * 2, [""] * 3 + ["//"] * 2
    bars = axes.bar(NAMES, shares, color=colours, hatch=marks, edgecolor="white", width=0.7)
    told = [f"{share:.0f} % of {count:,}" for share, count in zip(shares, counts, strict=True)]
    axes.bar_label(bars, told, fontsize=10, padding=2)
    axes.set(ylim=(0, 1.18 * shares.max()), ylabel="cancelled (%)", xlabel="score from (hatched: alert)")
    axes.spines[["top", "right"]].set_visible(False)
    return Picture(figure, _sentence(september))


def _sentence(september: pd.DataFrame) -> str:
    alert = september["score"] >= 0.20
    flagged, others = september.loc[alert, "cancelled"], september.loc[~alert, "cancelled"]
    return (
        f"In September {100 * flagged.mean():.0f} % of the {len(flagged)} members with a score of 0.20 or "
        f"more cancelled, and {100 * others.mean():.0f} % of the {len(others):,} others."
    )
