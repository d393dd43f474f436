"""What cards, registry and docstrings say of the field data, against the real files.

Each card has one block of TOML, which field_facts.py recomputes. Every number in a card's prose, a quirk or a
docstring must be one of those, rounded as it is written, a share also as percent.
"""

import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import field_facts
import pytest

from hindcast import downloads, field_data

DATASETS = Path(__file__).resolve().parents[1] / "datasets"
FIELD_DATA = Path(os.environ.get("HINDCAST_FIELD_DATA", DATASETS.parents[1] / "shared" / "field-data"))
REGISTRY = field_facts.REGISTRY
CARDS = list(dict.fromkeys(entry["card"] for entry in REGISTRY.values()))
LACKING = [entry["file"] for entry in REGISTRY.values() if not (FIELD_DATA / entry["file"]).is_file()]
needs_files = pytest.mark.skipif(
    bool(LACKING), reason=f"{FIELD_DATA} lacks {LACKING}: set HINDCAST_FIELD_DATA to a folder that has them"
)
every_card = pytest.mark.parametrize("card", CARDS)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*\d(?:\.\d+)?(?!\w)|(?<![\w.,])\d\.\d+|(?<![\w.,])\d(?![\w.,]*\d)")
NO_FACTS = re.compile(  # names with digits that are no measures
    r"`[^`]*`|CC BY 4\.0|[Dd]ata set \d+|Brief 22, 41-49|\((?:2013|2018|2019|2021|2023)\)|D\.C\."
    r"|prob2 is 1 - prob1|\d[\d,]* x \d+|[Mm]etrics? \d(?: and \d)?|(?:1\.96|3\.29) standard"
)


def text(card: str) -> str:
    return (DATASETS / "cards" / f"{card}.md").read_text(encoding="utf-8")


def numbers(card: str) -> dict:
    return tomllib.loads(text(card).split("```toml\n")[1].split("```")[0])


def prose(card: str) -> str:
    return re.sub(r"```toml.*?```", "", text(card), flags=re.DOTALL)


def docstring(card: str) -> str:
    return " ".join(inspect.getdoc(getattr(field_data, f"fetch_{card}")).split())


def leaves(facts: object) -> list:
    """All values of nested dicts and lists, and the years that are keys."""
    if isinstance(facts, dict):
        years = [int(key) for key in facts if key.isdigit()]
        return years + [leaf for value in facts.values() for leaf in leaves(value)]
    return [leaf for value in facts for leaf in leaves(value)] if isinstance(facts, list) else [facts]


def unfounded(words: str, facts: dict) -> list[str]:
    """The dates and numbers in `words` that are none of `facts`; a number before a % is a share."""
    values = leaves(facts)
    dates = {value for value in values if isinstance(value, str) and DATE.fullmatch(value)}
    amounts = [0, 1] + [abs(value) for value in values if isinstance(value, int | float)]  # scales' ends
    amounts += [each["bytes"] / 1e6 for each in REGISTRY.values() if each["sha256"] in values]
    amounts += [int(part) for date in dates for part in date.split("-")]
    shares = [100 * value for value in values if isinstance(value, float)]
    words = NO_FACTS.sub(" ", words)
    faults = [date for date in DATE.findall(words) if date not in dates]
    for match in NUMBER.finditer(DATE.sub(" ", words)):
        digits = len(match[0].partition(".")[2])
        is_share = match.string[match.end() :].startswith(" %")
        margin = 0.505 * 10.0**-digits if digits or is_share else 0
        number = float(match[0].replace(",", ""))
        if not any(abs(number - known) <= margin for known in (shares if is_share else amounts)):
            faults.append(match[0])
    return faults


@pytest.fixture(autouse=True)
def real_files(monkeypatch):
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(FIELD_DATA))
    monkeypatch.delenv("HINDCAST_DATA", raising=False)


@needs_files
@every_card
def test_a_card_tells_the_numbers_of_its_files(card):
    assert numbers(card) == getattr(field_facts, card)()


@needs_files
@pytest.mark.parametrize("name", REGISTRY)
def test_a_file_has_the_bytes_of_the_registry(name):
    assert downloads.fetch_file(name).stat().st_size == REGISTRY[name]["bytes"]


@every_card
def test_every_number_of_a_card_s_prose_is_one_of_its_facts(card):
    assert unfounded(prose(card), numbers(card)) == []


@every_card
def test_every_number_of_a_docstring_is_one_of_its_card_s_facts(card):
    assert unfounded(docstring(card), numbers(card)) == []


@pytest.mark.parametrize("name", REGISTRY)
def test_every_number_of_a_quirk_is_one_of_its_card_s_facts(name):
    for quirk in REGISTRY[name]["quirks"]:
        assert unfounded(quirk, numbers(REGISTRY[name]["card"])) == [], quirk


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ("1,908 of 12,330 visits (15.5 %), 84.5 %, `12,331`, CC BY 4.0", []),
        ("1,909 of 12,330 visits (15.6 %) on 2012-10-29", ["2012-10-29", "1,909", "15.6"]),
        ("11 months, a download of 1.2 MB", ["11", "1.2"]),
        ("7 codes, 0.8453 and 0.85 and 0.84", ["7", "0.84"]),
    ],
)
def test_a_number_that_is_no_fact_is_found(words, faults):
    assert unfounded(words, numbers("online_shoppers")) == faults


def test_without_the_files_the_comparisons_skip_aloud(tmp_path):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "tests/test_field_data.py",
        "-k",
        "card",
    ]
    environment = {**os.environ, "HINDCAST_FIELD_DATA": str(tmp_path)}
    run = subprocess.run(command, cwd=DATASETS.parent, env=environment, capture_output=True, text=True)
    assert run.returncode == 0 and f"{len(CARDS)} skipped" in run.stdout
    assert re.search(rf"\d+ tests: {tmp_path} lacks .*: set HINDCAST_FIELD_DATA to a folder", run.stdout)


# Form


@pytest.mark.parametrize("name", REGISTRY)
def test_registry_pins_a_commit_and_a_hash_and_names_licence_publisher_and_citation(name):
    entry = REGISTRY[name]
    assert entry["address"].startswith("https://raw.githubusercontent.com/")
    assert re.fullmatch("[0-9a-f]{40}", entry["address"].split("/")[5])
    assert re.fullmatch("[0-9a-f]{64}", entry["sha256"]) and entry["licence"] == "CC-BY-4.0"
    assert entry["citation"] and entry["publisher"] and len(entry["quirks"]) >= 3
    assert entry["file"] == Path(entry["file"]).name and 0 < entry["bytes"] < 3_000_000


def test_no_two_tables_share_a_file_an_address_or_a_hash():
    for key in ("file", "address", "sha256"):
        assert len({entry[key] for entry in REGISTRY.values()}) == len(REGISTRY)


@pytest.mark.parametrize("name", REGISTRY)
def test_card_and_docstring_name_citation_licence_size_and_each_other(name):
    entry, said = REGISTRY[name], " ".join(text(REGISTRY[name]["card"]).split())
    words = docstring(entry["card"])
    assert entry["citation"] in words and entry["citation"] in said
    assert "CC BY 4.0" in words and "CC BY 4.0" in said
    assert f"{entry['bytes'] / 1e6:.1f} MB" in words and "HindcastError" in words
    assert f"datasets/cards/{entry['card']}.md" in words and f"hindcast.fetch_{entry['card']}(" in said
    assert f"{entry['rows']:,} x {entry['columns']}" in words


@every_card
def test_a_card_has_the_sections_of_a_card(card):
    sections = re.findall("^## (.*)$", text(card), re.MULTILINE)
    assert sections == [
        "What a row is",
        "How it was made",
        "What is known about it",
        "Its numbers",
        "What not to use it for",
    ]


# Types


@needs_files
@pytest.mark.parametrize(
    ("table", "types"),
    [
        (field_data.fetch_bike_sharing, {"dteday": "datetime64[us]", "cnt": "int64", "temp": "float64"}),
        (
            field_data.fetch_hotel_bookings,
            {
                "reservation_status_date": "datetime64[us]",
                "children": "Int64",
                "agent": "Int64",
                "company": "Int64",
                "country": "str",
                "adr": "float64",
                "is_canceled": "int64",
            },
        ),
        (field_data.fetch_online_shoppers, {"Revenue": "bool", "Weekend": "bool", "Month": "str"}),
        (field_data.fetch_ab_experiments, {"experiment_id": "str", "count_c": "int64", "count_t": "int64"}),
        (
            field_data.fetch_governor_forecasts,
            {
                "election_date": "datetime64[us]",
                "forecast_date": "datetime64[us]",
                "special": "boolean",
                "candidate": "str",
                "probwin_outcome": "int64",
            },
        ),
        (
            field_data.fetch_game_forecasts,
            {"date": "datetime64[us]", "team1": "str", "prob1_outcome": "int64"},
        ),
    ],
    ids=CARDS,
)
def test_a_table_has_the_right_types(table, types):
    assert table().dtypes[list(types)].astype(str).to_dict() == types


@needs_files
def test_text_that_reads_as_missing_is_missing_in_its_own_column_only():
    bookings = field_data.fetch_hotel_bookings()
    assert set(bookings.columns[bookings.isna().any()]) == {"children", "country", "agent", "company"}
    assert "Undefined" in set(bookings["meal"]) and not bookings["country"].eq("NULL").any()
