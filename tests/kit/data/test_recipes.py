"""Making tables from recipes and checking them against their description, with a small package of its own."""

import json
from pathlib import Path

import pytest

from hindcast.errors import HindcastError
from hindcast.kit.data import recipes

BREAD = """
import pandas as pd

def make():
    days = pd.to_datetime(["2025-03-01T08:15", "2025-03-02T09:00"])
    bread = pd.DataFrame({"loaf": ["a", "b"], "baked_at": days, "grams": [500, 750], "sold": [True, False]})
    return {"bread.csv": bread, "_heat": pd.Series([220, 230])}
"""
TOAST = """
import pandas as pd

def make(bread, _heat):
    assert bread["baked_at"].dt.hour.tolist() == [8, 9] and bread["sold"].dtype == bool
    return {"truth/toast.csv": pd.DataFrame({"loaf": bread["loaf"], "heat": _heat})}
"""
PICTURE = """
from matplotlib.figure import Figure

from hindcast.figures import Picture

def draw(bread):
    figure = Figure(figsize=(2, 1))
    figure.subplots().bar(bread["loaf"], bread["grams"])
    return Picture(figure, f"{bread['grams'].sum():,} grams & more.")
"""


def table(name: str, path: str, *fields: dict) -> dict:
    kept = {"name": name, "type": "table", "path": path, "scheme": "file", "format": "csv"}
    return kept | {"mediatype": "text/csv", "encoding": "utf-8", "schema": {"fields": list(fields)}}


def field(name: str, kind: str, **more) -> dict:
    return {"name": name, "type": kind, "knownAt": "always", "constraints": {"required": True}, **more}


PACKAGE = {
    "name": "bakery",
    "resources": [
        table(
            "bread",
            "bread.csv",
            field("loaf", "string"),
            field("baked_at", "datetime", format="%Y-%m-%dT%H:%M"),
            field("grams", "integer", constraints={"required": True, "maximum": 900}),
            field("sold", "boolean"),
        ),
        table("toast", "truth/toast.csv", field("loaf", "string"), field("heat", "integer")),
    ],
}


@pytest.fixture
def bakery(tmp_path) -> Path:
    """A checkout whose datasets/ has two recipes, the later one made from the earlier one, and a picture."""
    for name, content in {
        "recipes/a_toast.py": TOAST,
        "recipes/b_bread.py": BREAD,
        "pictures/bread.py": PICTURE,
        "datapackage.json": json.dumps(PACKAGE),
    }.items():
        path = tmp_path / "datasets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def built(bakery) -> Path:
    recipes.rebuild_tables(bakery)
    return bakery / "datasets"


def test_build_makes_what_a_recipe_asks_for_before_the_recipe(bakery, capsys):
    written = recipes.rebuild_tables(bakery)
    names = ["bread.csv", "cards/bread.svg", "datapackage.json", "truth/toast.csv"]
    assert sorted(path.relative_to(bakery / "datasets").as_posix() for path in written) == names
    assert capsys.readouterr().out.splitlines() == [
        "making b_bread ...",
        "making a_toast ...",
        "drawing the pictures ...",
    ]


def test_a_table_is_written_the_same_way_everywhere(built):
    assert (built / "bread.csv").read_bytes() == (
        b"loaf,baked_at,grams,sold\na,2025-03-01T08:15,500,true\nb,2025-03-02T09:00,750,false\n"
    )


def test_build_keeps_hash_size_and_rows_of_each_table(built):
    bread = json.loads((built / "datapackage.json").read_text())["resources"][0]
    assert bread["rows"] == 2 and bread["bytes"] == (built / "bread.csv").stat().st_size
    assert bread["hash"].startswith("sha256:")


def test_a_picture_carries_its_sentence_and_keeps_its_words_as_words(built):
    picture = (built / "cards" / "bread.svg").read_text(encoding="utf-8")
    assert "1,250 grams &amp; more." in picture and "<text" in picture


def test_building_twice_changes_nothing(bakery):
    recipes.rebuild_tables(bakery)
    assert recipes.rebuild_tables(bakery) == []


def test_what_is_not_shipped_leaves_no_file(built):
    assert not [path for path in built.rglob("*") if "heat" in path.name]


def test_build_says_when_a_recipe_makes_an_undescribed_table(bakery):
    recipe = bakery / "datasets" / "recipes" / "c_cake.py"
    recipe.write_text(BREAD.replace("bread.csv", "cake.csv").replace("_heat", "_cold"))
    with pytest.raises(HindcastError, match=r"c_cake\.py makes cake\.csv, which datapackage\.json does not"):
        recipes.rebuild_tables(bakery)
    assert not list((bakery / "datasets").rglob("*.csv"))


def test_build_says_when_a_recipe_asks_for_what_nobody_makes(bakery):
    (bakery / "datasets" / "recipes" / "b_bread.py").unlink()
    with pytest.raises(HindcastError, match=r"a_toast\.py is made from _heat, bread, which no other recipe"):
        recipes.rebuild_tables(bakery)


def test_build_says_when_there_are_no_recipes(tmp_path):
    with pytest.raises(HindcastError, match="no recipe in"):
        recipes.rebuild_tables(tmp_path)


def test_tables_that_are_as_described_pass(bakery, built):
    assert recipes.verify_tables(bakery) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("bread.csv", "500", "950", '"950"'),
        ("bread.csv", "08:15", "8 o'clock", "8 o'clock"),
        ("bread.csv", "grams", "weight", "weight"),
        ("truth/toast.csv", "220", "hot", "hot"),
    ],
)
def test_verify_tells_a_changed_table(bakery, built, name, old, new, told):
    path = built / name
    path.write_text(path.read_text().replace(old, new, 1))
    problems = recipes.verify_tables(bakery)
    assert all(f"datasets/{name}" in problem for problem in problems)
    assert any(told in problem for problem in problems)


def test_verify_tells_the_first_problems_and_how_many_more(bakery, built):
    rows = "".join(f"x,2025-03-01T08:15,{1000 + number},true\n" for number in range(20))
    (built / "bread.csv").write_text("loaf,baked_at,grams,sold\n" + rows)
    problems = recipes.verify_tables(bakery)
    assert len(problems) == recipes.SHOWN + 1 and "more problems" in problems[-1]


def test_verify_tells_a_missing_table(bakery, built):
    (built / "bread.csv").unlink()
    assert any("bread.csv" in problem for problem in recipes.verify_tables(bakery))


@pytest.mark.parametrize("broken", ["{", "[]", '{"resources": []}'])
def test_a_broken_package_is_one_sentence(bakery, broken):
    (bakery / "datasets" / "datapackage.json").write_text(broken)
    for verb in (recipes.verify_tables, recipes.rebuild_tables):
        with pytest.raises(HindcastError, match=r"datapackage\.json should be JSON with a list of resources"):
            verb(bakery)
