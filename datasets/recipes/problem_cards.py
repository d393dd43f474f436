"""Recipe of problem_cards.csv, truth/problem_cards_key.csv and the choices on the cards.

The texts and the key are in problem_cards.toml, written and read by hand. Nothing is random. The recipe makes
tables of them: what a learner reads, the key, and what an exercise offers. Choices are in alphabetical order,
so that their order tells nothing about the key.

`make()` returns the tables, `hindcast data build` writes them.
"""

import tomllib
from itertools import product
from pathlib import Path

import pandas as pd

SEED = None  # nothing is left to chance
WRITTEN = tomllib.loads(Path(__file__).with_name("problem_cards.toml").read_text(encoding="utf-8"))
CARDS = WRITTEN["card"]
FORMS = {unit: form for form, units in WRITTEN["unit_forms"].items() for unit in units}
NO_ACTOR, NONE_YET = "nobody so far", "none yet"

READ = ["card", "product", "asked_by", "request", "action", "decided_when"]
KEY = ["card", "kind", "of", "outcome", "unit", "actor", "why", "need"]


def read() -> pd.DataFrame:
    """What a learner reads: one row for each card."""
    cards = pd.DataFrame([{"card": name} | card for name, card in CARDS.items()])[READ]
    return cards.assign(action=cards["action"].replace("", pd.NA))


def key() -> pd.DataFrame:
    """Every joint answer that is right, one row each."""
    rows = [
        {"card": name, "outcome": outcome, "unit": unit, "actor": actor, "need": card.get("need")} | accepted
        for name, card in CARDS.items()
        for accepted in card["accepted"]
        for outcome, unit, actor in product(accepted["outcomes"], accepted["units"], accepted["actors"])
    ]
    return pd.DataFrame(rows)[KEY]


def offered(name: str, card: dict) -> list[dict]:
    """What an exercise offers on one card, for each part of the answer, with its form and its trap."""
    outcomes = {choice: form for form, choices in card["outcomes"].items() for choice in choices}
    units = {unit: FORMS[unit] for unit in card["units"]}
    actors = dict.fromkeys([*card["actors"], NO_ACTOR])
    parts = {"outcome": outcomes | {NONE_YET: "none"}, "unit": units | {NONE_YET: "none"}, "actor": actors}
    traps = card.get("traps", {})
    return [
        {"card": name, "part": part, "choice": choice, "form": form, "trap": traps.get(choice)}
        for part, choices in parts.items()
        for choice, form in sorted(choices.items())
    ]


def make() -> dict[str, pd.DataFrame]:
    """The three tables by their path in datasets/."""
    choices = [row for name, card in CARDS.items() for row in offered(name, card)]
    return {
        "problem_cards.csv": read(),
        "truth/problem_cards_key.csv": key(),
        "truth/problem_card_choices.csv": pd.DataFrame(choices),
    }
