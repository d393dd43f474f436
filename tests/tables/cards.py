"""Reading the data cards of datasets/cards/, and the truths that learners do not get, of datasets/truth/."""

import tomllib
from pathlib import Path

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


def text(name: str) -> str:
    """The data card of table `name`."""
    return (DATASETS / "cards" / f"{name}.md").read_text(encoding="utf-8")


def truths(name: str) -> str:
    """The truths of the made-up table `name`."""
    return (DATASETS / "truth" / f"{name}.md").read_text(encoding="utf-8")


def numbers(name: str) -> dict:
    """The one block of TOML of a page: of a made-up table's truths, of a field table's card."""
    made_up = (DATASETS / "truth" / f"{name}.md").is_file()
    page = truths(name) if made_up else text(name)
    return tomllib.loads(page.split("```toml\n")[1].split("```")[0])
