"""One need, three actions: the same orders as a number, a class or a ranking, and the explorer over them.

``orders`` is a table with one row an order: ``order`` (its number), ``promised_minutes``, ``minutes`` (until
arrival, as a model of numbers says) and ``chance`` (of coming late, from 0 to 1, as a classifier says).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hindcast.figures import BLUE, GREY, INK, ORANGE, VERMILION, Picture, new_figure
from hindcast.widgets import explore_choice
from hindcast.words import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LATE_FROM = 0.3  # the desk's threshold: from this chance on, late; unit 08 chooses it
SCREEN = "#174a3a"


class Action(NamedTuple):
    """What someone does with the answer, and how the picture shows it."""

    label: str
    draw: Callable[[Axes, Axes, pd.DataFrame], None]
    sentence: Callable[[pd.DataFrame], str]


def as_received(orders: pd.DataFrame, action: str) -> Picture:
    """The orders as the person of ``action`` (customer, desk or dispatcher) receives them.

    The answers are on the left, a small screen of that person on the right. Raises KeyError for another
    action.
    """
    chosen = ACTIONS[action]
    figure = new_figure(9, 4.9)
    left, right = figure.subplots(1, 2, width_ratios=[1.55, 1])
    chosen.draw(left, right, orders)
    return Picture(figure, chosen.sentence(orders))


def explore_actions(orders: pd.DataFrame, start: str = "customer") -> None:
    """Show the orders with a selector: choosing another action redraws the answers and the screen."""
    labels = {action.label: key for key, action in ACTIONS.items()}
    explore_choice("Who acts?", labels, start, lambda key: as_received(orders, key))


def called_late(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders whose chance reaches the desk's threshold."""
    return orders[orders["chance"] >= LATE_FROM]


def by_chance(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders as the dispatcher goes through them: the most likely to be late first."""
    return orders.sort_values("chance", ascending=False, kind="stable")


# --- the three answers ----------------------------------------------------------------------------


def _number(left: Axes, right: Axes, orders: pd.DataFrame) -> None:
    places = range(len(orders))
    left.hlines(places, 0, orders["minutes"], color=GREY, linewidth=1)
    left.plot(orders["minutes"], places, "o", color=BLUE, ms=8)
    left.plot(orders["promised_minutes"], places, "|", color=INK, ms=15, mew=2)
    edge = orders[["minutes", "promised_minutes"]].to_numpy().max()
    for place, minutes in enumerate(orders["minutes"]):
        left.text(edge * 1.26, place, f"{minutes:.0f} min", ha="right", va="center", weight="bold", color=INK)
    left.set_xlim(0, edge * 1.28)
    left.set_xlabel("dot: minutes until arrival. bar: minutes promised", loc="left")
    left.spines[["top", "right", "left"]].set_visible(False)
    _name_rows(left, orders, "one number an order")
    shown = orders.iloc[0]
    _screen(right, "the customer's telephone", [f"Order {shown['order']}", "", "Your bag is here in about"])
    large: dict[str, Any] = {"ha": "center", "fontsize": 21, "weight": "bold", "color": INK}
    right.text(0.5, 0.38, f"{shown['minutes']:.0f} minutes", **large)
    right.text(0.13, 0.24, f"Promised: {shown['promised_minutes']} minutes", color=INK, fontsize=11)


def _class(left: Axes, right: Axes, orders: pd.DataFrame) -> None:
    late = orders["chance"] >= LATE_FROM
    for place, is_late in enumerate(late):
        left.plot([1 if is_late else 0], [place], linestyle="", **_mark(is_late))
        left.text(1.12 if is_late else 0.12, place, "late" if is_late else "not late", va="center", color=INK)
    left.set_xlim(-0.35, 1.7)
    left.set_xticks([])
    left.axvline(0.62, color=GREY, linewidth=1, linestyle=":")
    left.spines[:].set_visible(False)
    _name_rows(left, orders, "one of two words an order")
    named = orders.loc[late, "order"].tolist()
    _screen(right, "the support desk", ["Send an apology now?", "", *(f"☒ {order}" for order in named)])


def _ranking(left: Axes, right: Axes, orders: pd.DataFrame) -> None:
    ranked = by_chance(orders)
    for place in range(len(ranked)):
        first = place == 0
        left.text(
            0.12,
            place,
            f"{place + 1}",
            ha="center",
            va="center",
            color="white" if first else INK,
            weight="bold",
            bbox={"boxstyle": "circle", "fc": VERMILION if first else "white", "ec": INK},
        )
        left.text(0.26, place, "the rider goes here first" if first else "", va="center", color=INK)
    down = {"arrowstyle": "->", "color": GREY, "lw": 1.5}
    left.annotate("", xy=(0.29, len(ranked) - 0.8), xytext=(0.29, 0.6), arrowprops=down)
    rest = "then down the list,\nas far as the rider gets"
    left.text(0.35, (len(ranked) - 1) / 2, rest, va="center", color=INK)
    left.set_xlim(0, 1)
    left.set_xticks([])
    left.spines[:].set_visible(False)
    _name_rows(left, ranked, "one place in a list an order")
    lines = [f"{place}.  {order}" for place, order in enumerate(ranked["order"].head(4), start=1)]
    _screen(right, "the dispatcher", ["One spare rider. Next:", "", *lines, "   …"])


def _mark(late: bool) -> dict:
    """A filled square for late, a ring for in time: the shape alone tells them apart."""
    if late:
        return {"marker": "s", "ms": 11, "mfc": ORANGE, "mec": INK}
    return {"marker": "o", "ms": 10, "mfc": "white", "mec": BLUE, "mew": 1.5}


def _name_rows(axes: Axes, orders: pd.DataFrame, title: str) -> None:
    axes.set_yticks(range(len(orders)), orders["order"])
    axes.set_ylim(len(orders) - 0.4, -0.75)
    axes.tick_params(axis="y", length=0)
    axes.set_title(title, loc="left", weight="bold", color=INK)


def _screen(axes: Axes, title: str, lines: list[str]) -> None:
    """A small screen: a frame, a bar with its owner, and lines of text."""
    from matplotlib.patches import FancyBboxPatch, Rectangle

    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    rounded = "round,pad=0,rounding_size=0.05"
    axes.add_patch(FancyBboxPatch((0.04, 0.04), 0.92, 0.92, boxstyle=rounded, fc="white", ec=INK, lw=1.6))
    axes.add_patch(Rectangle((0.04, 0.8), 0.92, 0.1, fc=SCREEN, ec=SCREEN))
    axes.text(0.5, 0.85, title, ha="center", va="center", color="white", weight="bold")
    for number, line in enumerate(lines):
        axes.text(0.13, 0.71 - 0.085 * number, line, va="center", color=INK, fontsize=11)


# --- the same in words ----------------------------------------------------------------------------


def _number_sentence(orders: pd.DataFrame) -> str:
    shown = orders.iloc[0]
    return (
        f"The customer plans the wait: {len(orders)} orders, {len(orders)} numbers, from "
        f"{orders['minutes'].min():.0f} to {orders['minutes'].max():.0f} minutes. On the telephone of order "
        f'{shown["order"]} stands "about {shown["minutes"]:.0f} minutes".'
    )


def _class_sentence(orders: pd.DataFrame) -> str:
    late = called_late(orders)
    return (
        f"The support desk sends an apology or does not: {len(late)} of the {len(orders)} orders are called "
        f"late and {len(orders) - len(late)} not late. On the desk's screen stand "
        f"{listed(late['order']) or 'none'}."
    )


def _ranking_sentence(orders: pd.DataFrame) -> str:
    ranked = by_chance(orders)["order"].tolist()
    longest = orders.loc[orders["minutes"].idxmax(), "order"]
    return (
        f"The dispatcher has one spare rider: the {len(orders)} orders stand in a list, and the rider goes "
        f"to {ranked[0]} first, then to {ranked[1]}. Order {longest}, with the most minutes still to go, "
        f"stands in place {ranked.index(longest) + 1}."
    )


ACTIONS = {
    "customer": Action("The customer plans the wait", _number, _number_sentence),
    "desk": Action("The desk sends an apology or not", _class, _class_sentence),
    "dispatcher": Action("The dispatcher sends a spare rider", _ranking, _ranking_sentence),
}


# --- a chance is still a kind ---------------------------------------------------------------------


def chances(orders: pd.DataFrame) -> Picture:
    """The chance of each order, and beside it the word that was recorded in the end (column ``late``)."""
    ranked = by_chance(orders)
    figure = new_figure(9, 4.2)
    axes = figure.subplots()
    axes.barh(range(len(ranked)), 100 * ranked["chance"], color="#CFE3F1", edgecolor=BLUE, height=0.62)
    for place, (chance, late) in enumerate(zip(ranked["chance"], ranked["late"], strict=True)):
        axes.text(100 * chance + 1.5, place, f"{100 * chance:.0f} in 100", va="center", color=INK)
        axes.plot([118], [place], linestyle="", **_mark(late))
        axes.text(122, place, "came late" if late else "came in time", va="center", color=INK)
    axes.set_xlim(0, 152)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.axvline(108, color=GREY, linewidth=1, linestyle=":")
    axes.set_xlabel("chance of coming late, in 100", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines["bottom"].set_bounds(0, 100)
    _name_rows(axes, ranked, "what the model says")
    axes.set_title("what was recorded", loc="right", weight="bold", color=INK)
    return Picture(figure, _chances_sentence(ranked))


def _chances_sentence(ranked: pd.DataFrame) -> str:
    top, came, lowest = ranked.iloc[0], ranked["late"].sum(), ranked["chance"].min()
    return (
        f"The chances go from {100 * lowest:.0f} to {100 * top['chance']:.0f} in 100. Recorded in the end is "
        f"one of two words: {came} of the {len(ranked)} came late, {len(ranked) - came} in time. Order "
        f"{top['order']} had the highest chance and came {'late' if top['late'] else 'in time'}."
    )
