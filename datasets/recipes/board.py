"""Recipe of the tables of unit 01: roles_and_stages.csv, artefacts.csv, incidents.csv, and their truths.

The texts are in board.toml, written and read by hand. Nothing is random. Truths:
truth/artefact_order.csv (what must come before what) and truth/incidents_key.csv.

`make()` returns the tables, `hindcast data build` writes them.
"""

import tomllib
from pathlib import Path

import pandas as pd

WRITTEN = tomllib.loads(Path(__file__).with_name("board.toml").read_text(encoding="utf-8"))
SEED = None  # nothing is left to chance
ROLES = ["product manager", "UX designer", "engineering lead", "product analyst", "data scientist"]


def roles_and_stages() -> pd.DataFrame:
    """One row for each role at each stage; part and what are missing where the team named none."""
    rows = []
    for stage in WRITTEN["stage"]:
        for role in ROLES:
            part = next((part for part in ("drives", "contributes") if role in stage[part]), None)
            what = stage[part][role] if part else None
            rows.append({"stage": stage["name"], "role": role, "part": part, "what": what})
    return pd.DataFrame(rows)


def artefacts() -> pd.DataFrame:
    """What a learner reads of each artefact; its number says nothing about its place."""
    columns = ["artefact", "name", "what_it_is", "stage", "made_by", "handed_to"]
    return pd.DataFrame([{"artefact": name} | told for name, told in WRITTEN["artefact"].items()])[columns]


def artefact_order() -> pd.DataFrame:
    """The direct steps of the partial order."""
    steps = [(before, after) for after, told in WRITTEN["artefact"].items() for before in told["after"]]
    return pd.DataFrame(steps, columns=["before", "after"])


def incidents() -> pd.DataFrame:
    """The logs, line by line."""
    rows = [
        {"incident": name, "line": line, "at": pd.Timestamp(at), "who": who, "what": what}
        for name, told in WRITTEN["incident"].items()
        for line, (at, who, what) in enumerate(told["log"], start=1)
    ]
    return pd.DataFrame(rows)


def incidents_key() -> pd.DataFrame:
    """The line in which each hand-off goes wrong, between whom, and the monitor that was missing."""
    rows = []
    for name, told in WRITTEN["incident"].items():
        giver, taker = told["handoff"]
        line, monitor, why = (told[part] for part in ("line", "missing_monitor", "why"))
        rows.append([name, line, giver, taker, monitor, why])
    columns = ["incident", "line", "handoff_from", "handoff_to", "missing_monitor", "why"]
    return pd.DataFrame(rows, columns=columns)


def make() -> dict[str, pd.DataFrame]:
    """The five tables by their path in datasets/."""
    return {
        "roles_and_stages.csv": roles_and_stages(),
        "artefacts.csv": artefacts(),
        "truth/artefact_order.csv": artefact_order(),
        "incidents.csv": incidents(),
        "truth/incidents_key.csv": incidents_key(),
    }
