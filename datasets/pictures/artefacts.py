"""Picture of artefacts.csv: how many artefacts belong to each stage, and who makes them."""

import pandas as pd

from hindcast.figures import Picture, new_figure

STAGES = ["ideation", "data prep", "prototype & testing", "productization"]
INITIALS = {
    "product manager": "PM",
    "UX designer": "UX",
    "engineering lead": "EL",
    "product analyst": "PA",
    "data scientist": "DS",
}


def draw(artefacts: pd.DataFrame) -> Picture:
    """One box for each artefact, by stage, with the initials of the role that makes it."""
    figure = new_figure(6, 2.2)
    axes = figure.subplots()
    counts = {stage: int((artefacts["stage"] == stage).sum()) for stage in STAGES}
    for row, stage in enumerate(STAGES):
        makers = sorted(artefacts.loc[artefacts["stage"] == stage, "made_by"].map(INITIALS))
        axes.barh(row, [1] * len(makers), left=range(len(makers)), color="white", edgecolor="#222222")
        for place, maker in enumerate(makers):
            axes.text(place + 0.5, row, maker, ha="center", va="center", fontsize=10)
    axes.set_yticks(range(len(STAGES)), STAGES, fontsize=10)
    axes.set(xlabel="artefacts", xticks=range(max(counts.values()) + 1))
    axes.invert_yaxis()
    parts = ", ".join(f"{stage} {count}" for stage, count in counts.items())
    makers = artefacts["made_by"].nunique()
    return Picture(figure, f"{len(artefacts)} artefacts, made by {makers} roles. By stage: {parts}.")
