"""Reading the data cards of datasets/cards/."""

import tomllib
from pathlib import Path

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


def text(name: str) -> str:
    """The data card of table `name`."""
    return (DATASETS / "cards" / f"{name}.md").read_text(encoding="utf-8")


def numbers(name: str) -> dict:
    """The numbers of a data card: its one block of TOML."""
    return tomllib.loads(text(name).split("```toml\n")[1].split("```")[0])
