"""What holds for every shipped table: described, valid, small, with a card, a picture and a loader."""

import inspect
import json
import re

import pandas as pd
import pytest
from cards import DATASETS, numbers, text, truths

import hindcast
from hindcast import datasets, field_data, tables
from hindcast.kit.data import pictures, recipes

PACKAGE = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
SHIPPED = [name for name, resource in RESOURCES.items() if not resource["path"].startswith("truth/")]
LOADERS = {
    name.removeprefix("load_"): load
    for name, load in inspect.getmembers(datasets, inspect.isfunction)
    if name.startswith("load_")
}
DRAWN_ON = pd.Timestamp(2026, 1, 15)
ALT = re.compile(r"!\[([^\]]+)\]\((\w+\.svg)\)")


@pytest.fixture(scope="module")
def drawn() -> dict:
    """Every card's picture, drawn from the shipped tables."""
    return pictures.drawn_pictures(DATASETS / "pictures", {name: LOADERS[name]() for name in SHIPPED})


def test_the_tables_are_valid_to_the_last_cell():
    assert recipes.verify_tables(DATASETS.parent) == []


def test_every_csv_is_described_and_the_other_way_round():
    found = [path.relative_to(DATASETS).as_posix() for path in DATASETS.rglob("*.csv")]
    assert sorted(found) == sorted(resource["path"] for resource in PACKAGE["resources"])
    assert all(resource["path"].split("/")[-1] == f"{name}.csv" for name, resource in RESOURCES.items())


def test_all_tables_together_stay_under_six_megabytes():
    assert sum((DATASETS / resource["path"]).stat().st_size for resource in RESOURCES.values()) < 6_000_000


def test_the_licence_is_named():
    assert [licence["name"] for licence in PACKAGE["licenses"]] == ["CC-BY-4.0"]


@pytest.mark.parametrize("name", RESOURCES)
def test_every_field_says_what_it_is_in_which_unit_and_when_it_is_known(name):
    table = tables.read_csv_table(DATASETS, RESOURCES[name])
    tables.known_on(table, RESOURCES[name]["rowKnownAt"])
    assert RESOURCES[name]["schema"]["missingValues"] == [""]
    for field in RESOURCES[name]["schema"]["fields"]:
        assert field["description"].endswith("."), field["name"]
        assert (field["type"] in ("integer", "number")) == bool(field.get("unit")), field["name"]
        assert len(tables.known_on(table, field["knownAt"])) == len(table), field["name"]


@pytest.mark.parametrize("name", RESOURCES)
def test_a_field_may_be_missing_only_where_its_description_allows_it(name):
    table = tables.read_csv_table(DATASETS, RESOURCES[name])
    for field in RESOURCES[name]["schema"]["fields"]:
        required = field.get("constraints", {}).get("required", False)
        assert table[field["name"]].isna().any() != required, field["name"]


@pytest.mark.parametrize("name", SHIPPED)
def test_on_the_day_they_were_drawn_the_tables_knew_all_they_hold(name):
    known = tables.as_known(LOADERS[name](), RESOURCES[name], DRAWN_ON)
    pd.testing.assert_frame_equal(known, LOADERS[name](), check_dtype=False)


@pytest.mark.parametrize("name", [name for name in RESOURCES if name not in SHIPPED])
def test_truths_stay_out_of_learners_way(name):
    assert name not in LOADERS
    assert f"truth/{name}.csv" in "".join(truths(page.stem) for page in DATASETS.glob("truth/*.md"))


def test_every_shipped_table_of_the_course_has_a_loader_that_the_course_names():
    assert sorted(LOADERS) == sorted(SHIPPED)
    assert {f"load_{name}" for name in SHIPPED} <= set(hindcast.__all__)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_loader_gives_the_types_of_the_description(name):
    table = LOADERS[name]()
    for field in RESOURCES[name]["schema"]["fields"]:
        required = field.get("constraints", {}).get("required", False)
        expected = tables.HELD_AS[field["type"]][0 if required else 1]
        assert str(table[field["name"]].dtype) == expected, field["name"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_loader_takes_a_day_where_time_matters_and_only_there(name):
    fields, rows = RESOURCES[name]["schema"]["fields"], RESOURCES[name]["rowKnownAt"]
    timeless = {rows, *(str(field["knownAt"]) for field in fields)} == {"always"}
    assert ("as_of" in inspect.signature(LOADERS[name]).parameters) != timeless


@pytest.mark.parametrize("name", SHIPPED)
def test_a_loader_s_docstring_is_a_small_data_card(name):
    table, words = LOADERS[name](), inspect.getdoc(LOADERS[name])
    assert f"{len(table):,} rows" in words and "nown" in words and "HindcastError" in words
    assert f"datasets/cards/{name}.md" in words
    missing = [column for column in table.columns if not re.search(rf"\b{column}\b", words)]
    assert missing == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_says_what_a_row_is_how_it_was_made_and_its_limits(name):
    headings = re.findall(r"^## (.+)$", text(name), flags=re.M)
    assert headings[:2] == ["What a row is", "How it was made"]
    assert headings[-1] == "What not to use it for"
    assert f"load_{name}(" in text(name) and "CC BY 4.0" in text(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_truths_of_a_table_and_their_numbers_stand_on_a_page_that_learners_do_not_get(name):
    assert re.findall(r"^## (.+)$", truths(name), flags=re.M) == ["Planted truths", "Its numbers"]
    assert numbers(name) and "```toml" not in text(name) and "Planted truths" not in text(name)


def test_nothing_that_learners_get_about_the_tables_tells_when_the_world_changed():
    """The days of `truth/`: arrivals and promise of deliveries, and the demand."""
    changed = re.compile(r"15 Sep|2025-09-15|27 Oct|2025-10-27|19 May|2025-05-19")
    pages = [*DATASETS.glob("cards/*"), DATASETS / "README.md", DATASETS / "datapackage.json"]
    told = {page.name: page.read_text(encoding="utf-8") for page in pages}
    told |= {name: inspect.getdoc(load) for name, load in LOADERS.items()}
    assert [name for name, words in told.items() if changed.search(words)] == []


@pytest.mark.parametrize("name", ["demand_replays", "cancellation_replays"])
def test_nothing_that_learners_get_tells_which_replay_is_honest_or_what_gives_it_away(name):
    key = pd.read_csv(DATASETS / "truth" / "replays_key.csv")
    ways = key.loc[key["table"] == name, "way"].dropna()
    told = text(name) + inspect.getdoc(LOADERS[name]) + json.dumps(RESOURCES[name])
    assert [way for way in ways if way in told] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_has_a_small_picture_with_its_sentence(name, drawn):
    (alt, file) = ALT.search(text(name)).groups()
    assert file == f"{name}.svg"
    assert alt == drawn[name].sentence, f"the sentence of the picture is now: {drawn[name].sentence}"
    assert (DATASETS / "cards" / file).stat().st_size < 40_000


def test_every_picture_belongs_to_a_table(drawn):
    assert sorted(drawn) == sorted(SHIPPED)
    assert sorted(path.stem for path in DATASETS.glob("cards/*.svg")) == sorted(SHIPPED)


def test_the_index_of_the_tables_names_each_one_and_each_download():
    index = (DATASETS / "README.md").read_text(encoding="utf-8")
    downloads = [
        name for name, _ in inspect.getmembers(field_data, inspect.isfunction) if name.startswith("fetch_")
    ]
    assert sorted(re.findall(r"^\| \[(\w+)\]\(cards/\1\.md\)", index, flags=re.M)) == sorted(SHIPPED)
    assert (
        sorted(f"fetch_{card}" for card in re.findall(r"\[fetch_\w+\]\(cards/(\w+)\.md\)", index))
        == downloads
    )
    assert all(f"[{name}](cards/" in index for name in downloads)
