"""What a model would have said each evening, what was known then, and a line that looks ahead.

The pictures take `said`, a table with one row an evening: ``origin`` (the evening), ``day`` (the predicted
day), ``honest`` and ``flattering`` (predictions of the two replays), ``came`` (the final orders),
``known_on`` (the day on which these were known); and `counts`, Larder's table `demand`, one row for each
store and day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hindcast.figures import BLUE, GREY, INK, VERMILION, Picture, new_figure
from hindcast.units.backdating_a_model.tables import HORIZON, as_reported
from hindcast.widgets import explore_steps
from hindcast.words import date

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

UNKNOWN = "#E4E4E4"
TOP, BOTTOM = 590, 195  # orders: room for words above the lines, and for the bars of weeks below


# --- an evening -----------------------------------------------------------------------------------


def evening(
    said: pd.DataFrame, counts: pd.DataFrame, origin: pd.Timestamp | str, leak: bool = False
) -> Picture:
    """What was known on the evening `origin`, what the model had said by then, and how far off it was.

    With `leak` the flattering line stands beside the honest one. Raises KeyError for an evening that `said`
    does not have.
    """
    import pandas as pd

    origin = pd.Timestamp(origin)
    if origin not in set(said["origin"]):
        raise KeyError(f"{date(origin, year=False)} is not among the origins.")
    so_far = said[said["origin"] <= origin]
    figure = new_figure(9.4, 4.7)
    axes = figure.subplots()
    _frame(axes, said, origin)
    _orders(axes, said, as_reported(counts, origin), origin)
    style: dict[str, Any] = {"color": BLUE, "ms": 4, "lw": 1.4, "label": "what it would have said"}
    axes.plot(so_far["day"], so_far["honest"], "-o", **style)
    if leak:
        style = {"color": VERMILION, "ms": 4, "lw": 1.4, "mfc": "white"}
        axes.plot(so_far["day"], so_far["flattering"], "--s", label="with tomorrow leaking in", **style)
    _weeks(axes, origin, leak)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return Picture(figure, _evening_sentence(so_far, origin, leak))


def explore_evenings(said: pd.DataFrame, counts: pd.DataFrame, start: object) -> None:
    """Show :func:`evening` with a slider over the evenings and a switch that lets tomorrow leak in."""
    evenings = {f"{origin:%a} {origin.day} {origin:%b}": origin for origin in said["origin"]}
    explore_steps(
        "Evening",
        evenings,
        start,
        "Let tomorrow leak in",
        lambda origin, leak: evening(said, counts, origin, leak),
    )


def _frame(axes: Axes, said: pd.DataFrame, origin: pd.Timestamp) -> None:
    import pandas as pd

    day = pd.Timedelta(days=1)
    first, last = said["day"].min() - 16 * day, said["day"].max() + 4 * day
    axes.set(xlim=(first, last), ylim=(BOTTOM, TOP))
    axes.axvspan(origin - day / 2, last, color=UNKNOWN, lw=0, zorder=0)
    axes.axvline(origin - day / 2, color=INK, lw=1.4)
    to_the_right = last - origin > 45 * day
    words: dict[str, Any] = {"va": "center", "ha": "left" if to_the_right else "right", "color": INK}
    beside = origin + day * (0.5 if to_the_right else -1.5)
    axes.text(beside, TOP - 16, f"evening of {date(origin, year=False)}: the origin", weight="bold", **words)
    arrow = {"arrowstyle": "<->", "color": INK, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (origin + HORIZON * day, TOP - 45), (origin - day / 2, TOP - 45), arrowprops=arrow)
    beside += (HORIZON + 0.5) * day if to_the_right else 0 * day
    axes.text(beside, TOP - 45, f"horizon: {HORIZON} days", **words)
    _days(axes)
    axes.set_ylabel("orders a day, all six stores")


def _orders(axes: Axes, said: pd.DataFrame, known: pd.Series, origin: pd.Timestamp) -> None:
    came = said.set_index("day")["came"]
    later = came[came.index >= origin]
    axes.plot(known.index, known, color=INK, lw=1.2, label="orders, as known that evening")
    axes.plot(later.index, later, ":", color="#6E6E6E", lw=1.4, label="orders, not known yet")


def _weeks(axes: Axes, origin: pd.Timestamp, leak: bool) -> None:
    """Draw the week that each line uses as a bar below: plain for the honest one, hatched for the other."""
    import pandas as pd

    day = pd.Timedelta(days=1)
    weeks = [(origin - 7.5 * day, BOTTOM + 28, BLUE, "", "the week it looks at")]
    if leak:
        about = origin + HORIZON * day
        weeks.append((about - 3.5 * day, BOTTOM + 6, VERMILION, "////", "the week the leak looks at"))
    for start, height, colour, hatch, words in weeks:
        face = "white" if hatch else colour
        style: dict[str, Any] = {
            "color": face,
            "edgecolor": colour,
            "hatch": hatch,
            "align": "edge",
            "label": words,
        }
        axes.barh(height, 7 * day, 14, start, **style)


def _evening_sentence(so_far: pd.DataFrame, origin: pd.Timestamp, leak: bool) -> str:
    import pandas as pd

    last = so_far[so_far["origin"] == origin].iloc[0]
    sentence = (
        f"On the evening of {date(origin, year=False)} the orders up to "
        f"{date(origin - pd.Timedelta(days=1), year=False)} are counted. "
        f"The model says {last['honest']:.0f} orders for {date(last['day'], year=False)}, {HORIZON} days "
        "ahead. "
    )
    known = so_far[so_far["known_on"] <= origin]
    if known.empty:
        return sentence + "Nothing it has said can be held against what came yet."
    off = {name: (known[name] - known["came"]).abs().mean() for name in ("honest", "flattering")}
    many = f"{len(known)} are" if len(known) > 1 else "one is"
    sentence += (
        f"Of the days it spoke of before, {many} final by now, and it was off by {off['honest']:.0f} orders "
        "on average."
    )
    if leak:
        sentence += (
            f" With tomorrow leaking in it says {last['flattering']:.0f} for that day, and it was off by "
            f"{off['flattering']:.0f}: it looks at a week that nobody has counted yet."
        )
    return sentence


# --- the two lines, and the errors ----------------------------------------------------------------


def offered(said: pd.DataFrame, name: str, words: str) -> Picture:
    """Draw one line, ``honest`` or ``flattering``, beside what came, as a slide would show it."""
    figure = new_figure(9.4, 3.4)
    axes = figure.subplots()
    axes.plot(said["day"], said["came"], color=INK, lw=1.2, label="what came")
    style: dict[str, Any] = {"color": BLUE, "ms": 4, "lw": 1.4}
    axes.plot(said["day"], said[name], "-o", label=words, **style)
    _days(axes)
    axes.set_ylabel("orders a day")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return Picture(figure, _offered_sentence(said, name))


def _offered_sentence(said: pd.DataFrame, name: str) -> str:
    error = said[name] - said["came"]
    weeks = error.abs().groupby(said["day"].dt.to_period("W")).mean()
    return (
        f"From {date(said['day'].min(), year=False)} to {date(said['day'].max(), year=False)} the line is "
        f"off by {error.abs().mean():.0f} orders a day on average. Its worst week begins on "
        f"{date(weeks.idxmax().start_time, year=False)}: off by {weeks.max():.0f} a day."
    )


def errors(said: pd.DataFrame) -> Picture:
    """Draw the honest line's error of each evening: filled triangles up for too many, open ones down."""
    error = said["honest"] - said["came"]
    figure = new_figure(9.4, 3.4)
    axes = figure.subplots()
    axes.axhline(0, color=INK, lw=1)
    axes.vlines(said["origin"], 0, error, color=GREY, lw=0.8)
    for rows, marker, face in ((error >= 0, "^", VERMILION), (error < 0, "v", "white")):
        colour = VERMILION if face == VERMILION else BLUE
        axes.plot(said["origin"][rows], error[rows], marker, color=colour, mfc=face, ms=6)
    _days(axes)
    axes.set_xlabel("the evening on which it was said (the origin)", loc="left")
    axes.set_ylabel("orders: predicted − actual")
    axes.text(0.01, 0.97, "▲ said too many", transform=axes.transAxes, va="top", color=INK)
    axes.text(0.01, 0.04, "▽ said too few", transform=axes.transAxes, va="bottom", color=INK)
    return Picture(figure, _errors_sentence(said))


def _errors_sentence(said: pd.DataFrame) -> str:
    first, length = longest_above(said)
    before = (said["honest"] - said["came"])[said["origin"] < first]
    return (
        f"Up to the evening before {date(first, year=False)} it says too many orders on {(before > 0).sum()} "
        f"evenings and too few on {(before < 0).sum()}. From the evening of {date(first, year=False)} on it "
        f"says too many {length} times in a row."
    )


def longest_above(said: pd.DataFrame) -> tuple[pd.Timestamp, int]:
    """The first evening of the longest stretch of predictions too high, and its length in evenings."""
    above = said["honest"] > said["came"]
    stretch = (above != above.shift()).cumsum()[above]
    longest = stretch.value_counts().sort_index().idxmax()
    return said.loc[stretch.index[stretch == longest][0], "origin"], int((stretch == longest).sum())


def _days(axes: Axes) -> None:
    from matplotlib.dates import WeekdayLocator, num2date

    axes.xaxis.set_major_locator(WeekdayLocator(byweekday=0, interval=2))
    axes.xaxis.set_major_formatter(lambda number, _: f"{num2date(number).day} {num2date(number):%b}")
    axes.spines[["top", "right"]].set_visible(False)
