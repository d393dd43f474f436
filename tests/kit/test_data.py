"""The shipped tables: recipes and description."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from hindcast.errors import HindcastError
from hindcast.kit import data

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ROOT / "datasets"
TABLES = ["scores.csv", "truth/scores_truth.csv", "tickets.csv", "ticket_costs.csv"]


def card(name: str) -> dict:
    """The numbers of a data card: its one block of TOML."""
    text = (DATASETS / "cards" / f"{name}.md").read_text(encoding="utf-8")
    return tomllib.loads(text.split("```toml\n")[1].split("```")[0])


# The recipes and the description


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the repository's datasets/ in a folder of its own."""
    shutil.copytree(DATASETS, tmp_path / "datasets", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_recipes_make_the_same_bytes_again(copy):
    for name in TABLES:
        (copy / "datasets" / name).unlink()
    package = copy / "datasets" / "datapackage.json"
    package.write_text(package.read_text().replace('"bytes"', '"bytes_before"'))
    written = data.build(copy)
    assert sorted(written) == sorted(copy / "datasets" / name for name in [*TABLES, "datapackage.json"])
    for name in TABLES:
        assert (copy / "datasets" / name).read_bytes() == (DATASETS / name).read_bytes(), (
            f"{name} is not what its recipe makes. Run `hindcast data build` and commit the result."
        )


def test_build_leaves_tables_alone_that_did_not_change(copy):
    (copy / "datasets" / "recipes" / "scores.py").unlink()
    assert data.build(copy) == []


def test_build_says_when_a_recipe_makes_an_undescribed_table(copy):
    for recipe in (copy / "datasets" / "recipes").glob("*.py"):
        recipe.unlink()
    (copy / "datasets" / "recipes" / "new.py").write_text(
        "import pandas as pd\ndef make():\n    return {'new.csv': pd.DataFrame({'a': [1]})}\n"
    )
    with pytest.raises(HindcastError, match=r"new\.py makes new\.csv, which datapackage\.json does not"):
        data.build(copy)
    assert not (copy / "datasets" / "new.csv").exists()


def test_build_says_when_there_are_no_recipes(tmp_path):
    with pytest.raises(HindcastError, match="no recipe in"):
        data.build(tmp_path)


def test_shipped_tables_are_as_described():
    assert data.verify(ROOT) == []


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("scores.csv", ",yearly,", ",weekly,", "weekly"),
        ("tickets.csv", "2025-01-01", "2024-01-01", "2024-01-01"),
        ("ticket_costs.csv", "minutes_lost", "minutes", "minutes"),
    ],
)
def test_verify_tells_a_changed_table(copy, table, old, new, told):
    path = copy / "datasets" / table
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    problems = data.verify(copy)
    assert problems and all(table in problem or "truth" in problem for problem in problems)
    assert any(told in problem for problem in problems)
    assert len(problems) <= 2 * (data.SHOWN + 1)


def test_verify_tells_a_missing_table(copy):
    (copy / "datasets" / "tickets.csv").unlink()
    assert any("tickets.csv" in problem for problem in data.verify(copy))


@pytest.mark.parametrize("broken", ["{", "[]", '{"resources": []}'])
def test_a_broken_package_is_one_sentence(copy, broken):
    (copy / "datasets" / "datapackage.json").write_text(broken)
    for verb in (data.verify, data.build):
        with pytest.raises(HindcastError, match=r"datapackage\.json should be JSON with a list of resources"):
            verb(copy)


def test_every_field_says_when_it_becomes_known_and_is_licensed():
    package = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
    assert [licence["name"] for licence in package["licenses"]] == ["CC-BY-4.0"]
    assert sorted(resource["path"] for resource in package["resources"]) == sorted(TABLES)
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            assert field["knownAt"] and field["description"], f"{resource['name']}.{field['name']}"
            if field["type"] in ("integer", "number"):
                assert field["unit"], f"{resource['name']}.{field['name']}"


def test_tables_stay_well_under_two_megabytes():
    assert sum((DATASETS / name).stat().st_size for name in TABLES) < 1_900_000


def test_tables_have_unix_line_ends():
    assert all(b"\r" not in (DATASETS / name).read_bytes() for name in TABLES)


# The cards


def test_card_of_the_shoppers_tells_the_registry_s_numbers():
    registry = tomllib.loads((DATASETS / "field_data.toml").read_text(encoding="utf-8"))["online_shoppers"]
    told = card("online_shoppers")
    assert {key: told[key] for key in registry if key in told} == {
        key: registry[key] for key in ("sha256", "bytes", "rows", "columns", "licence")
    }
