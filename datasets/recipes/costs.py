"""Recipe of costs.csv and capacities.csv: what mistakes cost, and how much those who act can take on.

The figures are in costs.toml. Nothing is random.

`make()` returns the tables, `hindcast data build` writes them.
"""

import tomllib
from pathlib import Path

import pandas as pd

SEED = None  # nothing is left to chance
MONTHS_OF_USE = 24  # one-off costs are spread over these months
FIGURES = Path(__file__).with_name("costs.toml")
COSTS = ["decision", "option", "item", "euros", "times_a_month", "note"]
CAPACITIES = ["decision", "option", "who_acts", "per_day", "open_days_a_week"]


def mistakes(figures: dict) -> list[tuple]:
    """An action on scores: what each of the two mistakes costs; how often depends on the threshold."""
    names = figures.get("names", ["false alarm", "miss"])
    parts = zip(names, figures["mistakes"], figures["notes"], strict=True)
    return [(figures["decision"], figures["option"], item, euros, None, note) for item, euros, note in parts]


def shown(figures: dict) -> list[tuple]:
    """A way to show the arrival: a contact with support, the upkeep, what it costs once."""
    items = {
        "contact": (figures["contact"], None, "a message to support: ten minutes' work"),
        "upkeep per month": (figures["upkeep"], 1, ""),
        "once": (figures["once"], None, spread(figures["once"])),
    }
    return [(figures["decision"], figures["option"], item, *rest) for item, rest in items.items()]


def compared(figures: dict) -> list[tuple]:
    """Rule, model, asking the user or doing nothing, for one case: five items for each option."""
    rows = []
    for option, parts in figures["options"].items():
        items = {
            "false alarm": (figures["euros"]["false_alarm"], parts["false_alarms"], ""),
            "miss": (figures["euros"]["miss"], parts["misses"], ""),
            "per case": (parts["per_case"], figures["cases"], ""),
            "upkeep per month": (parts["upkeep"], 1, ""),
            "once": (parts["once"], None, spread(parts["once"])),
        }
        rows += [(figures["decision"], option, item, *rest) for item, rest in items.items()]
    return rows


def spread(euros: float) -> str:
    return f"spread over {MONTHS_OF_USE} months" if euros else ""


def make() -> dict[str, pd.DataFrame]:
    """The two tables by their path in datasets/."""
    figures = tomllib.loads(FIGURES.read_text(encoding="utf-8"))
    kinds = {"act": mistakes, "show": shown, "compare": compared}
    rows = [row for kind, rows_of in kinds.items() for entry in figures[kind] for row in rows_of(entry)]
    costs = pd.DataFrame(rows, columns=COSTS).astype({"euros": float, "times_a_month": "Int64"})
    costs["note"] = costs["note"].replace("", None)
    capacities = pd.DataFrame(figures["capacity"])[CAPACITIES]
    return {"costs.csv": costs, "capacities.csv": capacities}
