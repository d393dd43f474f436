"""Picture of problem_cards.csv: how many cards each product has."""

import pandas as pd

from hindcast.figures import BLUE, Picture, new_figure


def draw(problem_cards: pd.DataFrame) -> Picture:
    """Cards by product, the most first."""
    counts = problem_cards["product"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    figure = new_figure(6, 4.6)
    axes = figure.subplots()
    bars = axes.barh(counts.index, counts, color=BLUE)
    axes.bar_label(bars, padding=3, fontsize=10)
    axes.set(xlim=(0, counts.iloc[0] + 1.5), xlabel="cards")
    axes.invert_yaxis()
    most, others = counts.index[0], len(problem_cards) - counts.iloc[0]
    return Picture(
        figure,
        f"{counts.iloc[0]} of {len(problem_cards)} cards are about {most}; the other {others} are about "
        f"{len(counts) - 1} products, from {counts.index[1]} ({counts.iloc[1]}) to {counts.index[-1]} "
        f"({counts.iloc[-1]}).",
    )
