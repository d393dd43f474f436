"""The pictures of lesson 06: a thousand people under an alert, a matrix of counts, groups side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hindcast.figures import BLUE, GREY, INK, ORANGE, VERMILION, Picture, new_figure
from hindcast.widgets import explore_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

CELLS = ("caught", "missed", "false_alarm", "left_alone")
WORDS = {"caught": "caught", "missed": "missed", "false_alarm": "false alarm", "left_alone": "left alone"}

# --- a thousand people ----------------------------------------------------------------------------


def alert_counts(cancel: int, recall: float, false_alarm_share: float, people: int = 1000) -> dict[str, int]:
    """The four counts of an alert among ``people``, of whom ``cancel`` will cancel.

    ``recall`` is the share of those who cancel that get an alert, ``false_alarm_share`` the share of those
    who stay that get one. Counts are rounded to whole people.
    """
    caught = round(cancel * recall)
    false_alarm = round((people - cancel) * false_alarm_share)
    return {
        "caught": caught,
        "missed": cancel - caught,
        "false_alarm": false_alarm,
        "left_alone": people - cancel - false_alarm,
    }


def thousand_people(counts: Mapping[str, int]) -> Picture:
    """Draw every person of ``counts`` (the four counts by name) as an icon, forty to a row."""
    kinds = [cell for cell in CELLS for _ in range(counts[cell])]
    figure = new_figure(9, 5.2)
    axes = figure.subplots()
    for cell in CELLS:
        places = [divmod(n, 40) for n, kind in enumerate(kinds) if kind == cell]
        _draw_people(axes, cell, [column for _, column in places], [row for row, _ in places])
    axes.set(xlim=(-1, 40), ylim=((len(kinds) - 1) // 40 + 0.8, -0.9))
    axes.axis("off")
    figure.legend(*_legend(counts), loc="outside lower center", ncols=4, frameon=False, fontsize=11)
    return Picture(figure, _people_sentence(counts))


def _draw_people(axes: Axes, cell: str, x: list[int], y: list[int]) -> None:
    for style in _styles()[cell]:
        axes.plot(x, y, linestyle="", **style)


def _styles() -> dict[str, list[dict]]:
    """Marker styles per kind of person, drawn over each other; the shape alone tells the kinds apart."""
    person = _person()

    def body(colour: str, face: str, size: float = 9) -> dict:
        return {"marker": person, "ms": size, "mec": colour, "mfc": face, "mew": 0.9}

    return {
        "caught": [{"marker": "o", "ms": 13, "mec": BLUE, "mfc": "none", "mew": 1.3}, body(BLUE, BLUE, 8)],
        "missed": [body(VERMILION, "white"), {"marker": "x", "ms": 9, "mec": VERMILION, "mew": 1.6}],
        "false_alarm": [
            {"marker": "s", "ms": 12, "mec": INK, "mfc": ORANGE, "mew": 0.8},
            body(INK, "white", 8),
        ],
        "left_alone": [body(GREY, "#D9D9D9", 8)],
    }


def _person():
    """A head above shoulders, as one marker."""
    import numpy as np
    from matplotlib.path import Path

    head = Path.circle((0, 0.55), 0.38)
    shoulders = Path.wedge(0, 180)
    lowered = Path(np.asarray(shoulders.vertices) * [0.75, 0.95] + [0, -0.85], shoulders.codes)
    return Path.make_compound_path(head, lowered)


def _legend(counts: Mapping[str, int]) -> tuple[list, list[str]]:
    from matplotlib.lines import Line2D

    handles = [tuple(Line2D([], [], linestyle="", **style) for style in _styles()[cell]) for cell in CELLS]
    return handles, [f"{WORDS[cell]}: {counts[cell]:,}" for cell in CELLS]


def _people_sentence(counts: Mapping[str, int]) -> str:
    people, alerts = sum(counts.values()), counts["caught"] + counts["false_alarm"]
    cancel = counts["caught"] + counts["missed"]
    return (
        f"Of {people:,} members, {cancel:,} will cancel. The alert flags {alerts:,} members: "
        f"{counts['caught']:,} of them will cancel (caught), {counts['false_alarm']:,} would have stayed "
        f"(false alarms). It misses {counts['missed']:,} and leaves {counts['left_alone']:,} alone."
    )


def explore_base_rate(recall: float, false_alarm_share: float, start: int = 50) -> None:
    """Show a thousand people and a slider for how many of them will cancel.

    The alert stays the same: it catches the share ``recall`` of those who cancel and bothers the share
    ``false_alarm_share`` of those who stay.
    """
    explore_number(
        "Will cancel, out of 1,000",
        range(5, 305, 5),
        start,
        lambda cancel: thousand_people(alert_counts(cancel, recall, false_alarm_share)),
    )


# --- a matrix of counts ---------------------------------------------------------------------------


def matrix(counts: pd.DataFrame, rows: str, columns: str, sentence: str) -> Picture:
    """Draw a table of counts: rows are what is true, columns the verdicts; ``sentence`` says it in words.

    The diagonal (right) is outlined; every cell shows its number.
    """
    figure = new_figure(0.95 * len(counts.columns) + 2.2, 0.45 * len(counts) + 1.7)
    axes = figure.subplots()
    values = counts.to_numpy()
    axes.imshow(values, cmap="Blues", vmin=0, vmax=values.max() * 1.6, aspect="auto")
    for row, column in ((r, c) for r in range(len(counts)) for c in range(len(counts.columns))):
        right = row == column
        weight = "bold" if right else "normal"
        axes.text(column, row, f"{values[row, column]:,}", ha="center", va="center", color=INK, weight=weight)
        if right:
            axes.add_patch(_outline(column, row))
    axes.set_xticks(range(len(counts.columns)), [_two_lines(name) for name in counts.columns])
    axes.set_yticks(range(len(counts)), counts.index)
    axes.set_xlabel(columns, weight="bold")
    axes.set_ylabel(rows, weight="bold")
    axes.xaxis.set_label_position("top")
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    return Picture(figure, sentence)


def _outline(column: int, row: int):
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor=INK, linewidth=1.6)


def _two_lines(name: str) -> str:
    return str(name).replace(" ", "\n", 1)


# --- groups side by side --------------------------------------------------------------------------


def caught_by_group(groups: pd.DataFrame, sentence: str) -> Picture:
    """Bars of people who really cancelled, per group: caught (filled) and missed (hatched).

    ``groups`` has one row a group (the index) and the counts ``caught`` and ``missed``.
    """
    figure = new_figure(8, 0.7 * len(groups) + 1.2)
    axes = figure.subplots()
    places = range(len(groups))
    axes.barh(places, groups["caught"], color=BLUE, edgecolor=INK, label="caught")
    axes.barh(
        places,
        groups["missed"],
        left=groups["caught"],
        color="white",
        edgecolor=VERMILION,
        hatch="///",
        label="missed",
    )
    for place, (_, row) in zip(places, groups.iterrows(), strict=True):
        total = row["caught"] + row["missed"]
        axes.text(total, place, f"  caught {row['caught']:,.0f} of {total:,.0f}", va="center", color=INK)
    axes.set_yticks(places, groups.index)
    axes.invert_yaxis()
    axes.set_xlim(0, (groups["caught"] + groups["missed"]).max() * 1.35)
    axes.set_xlabel("members who cancelled within 30 days")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    return Picture(figure, sentence)
