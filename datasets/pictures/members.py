"""Picture of members: who cancelled in 2025, by call list and call."""

import pandas as pd

from hindcast.figures import BLUE, INK, Picture, new_figure


def draw(members: pd.DataFrame) -> Picture:
    """Three bars with their shares."""
    year = members[members["month"] >= "2025-01-01"]
    called = year["called_on"].notna()
    groups = {
        "on the list,\nnot called": year[year["on_call_list"] & ~called],
        "on the list,\ncalled": year[called],
        "not on\nthe list": year[~year["on_call_list"]],
    }
    shares = [100 * rows["cancelled"].mean() for rows in groups.values()]
    figure = new_figure(6, 2.6)
    axes = figure.subplots()
    bars = axes.bar(list(groups), shares, width=0.6, color=["white", BLUE, "#D9D9D9"], edgecolor=INK)
    axes.bar_label(bars, [f"{share:.1f} %" for share in shares], fontsize=10, padding=2)
    axes.set(ylim=(0, 1.2 * max(shares)), ylabel="cancelled (%)")
    axes.spines[["top", "right"]].set_visible(False)
    listed, reached, others = groups.values()
    sentence = (
        f"Of the rows of 2025 on the call list, {shares[0]:.1f} % of the {len(listed)} not called cancelled "
        f"and {shares[1]:.1f} % of the {len(reached)} called; a coin decided who was called. "
        f"Of the {len(others):,} not on the list, {shares[2]:.1f} % cancelled."
    )
    return Picture(figure, sentence)
