"""Picture of incidents.csv: when the lines of each log were written."""

import pandas as pd

from hindcast.figures import BLUE, Picture, new_figure


def draw(incidents: pd.DataFrame) -> Picture:
    """One row of marks for each incident, over the year 2025."""
    figure = new_figure(6, 2.2)
    axes = figure.subplots()
    logs = dict(list(incidents.groupby("incident")))
    for row, lines in enumerate(logs.values()):
        days = lines["at"].dt.day_of_year
        axes.plot([days.min(), days.max()], [row, row], color="#9A9A9A", zorder=0)
        axes.plot(days, [row] * len(days), "|", ms=18, mew=2, color=BLUE)
    firsts = pd.date_range("2025-01-01", "2026-01-01", freq="QS")
    axes.set_xticks([(day - firsts[0]).days + 1 for day in firsts], [day.strftime("%Y-%m") for day in firsts])
    axes.set_yticks(range(len(logs)), list(logs), fontsize=10)
    axes.set_ylim(len(logs) - 0.5, -0.5)
    told = [f"{name} {len(lines)} lines in {span(lines)} days" for name, lines in logs.items()]
    return Picture(figure, f"{len(incidents)} lines of {len(logs)} logs: {', '.join(told)}.")


def span(lines: pd.DataFrame) -> int:
    """How many days lie between the first and the last line."""
    days = lines["at"].dt.normalize()
    return int((days.max() - days.min()).days)
