"""Recipes and pictures make what is shipped: to the byte with the pinned libraries, else within rounding."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from hindcast import tables
from hindcast.kit.data import recipes

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ROOT / "datasets"
PACKAGE = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["path"]: resource for resource in PACKAGE["resources"]}
PICTURES = sorted(path.relative_to(DATASETS).as_posix() for path in DATASETS.glob("cards/*.svg"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").split()
AS_PINNED = all(
    f"{name}=={version(name)}" in LOCK for name in ("numpy", "pandas", "scikit-learn", "scipy", "matplotlib")
)
MEND = "is not what its recipe makes. Run `hindcast data build` and commit the result."


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory) -> Path:
    """The datasets/ of a copy that had nothing of what is made, built anew."""
    root = tmp_path_factory.mktemp("rebuilt")
    shutil.copytree(
        DATASETS, root / "datasets", ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.svg")
    )
    described = json.loads(json.dumps(PACKAGE))
    for resource in described["resources"]:
        resource |= {"hash": "", "bytes": 0, "rows": 0}
    package = root / "datasets" / "datapackage.json"
    package.write_text(json.dumps(described), encoding="utf-8")
    written = {path.relative_to(root / "datasets").as_posix() for path in recipes.rebuild_tables(root)}
    assert written == {*RESOURCES, *PICTURES, "datapackage.json"}
    return root / "datasets"


@pytest.mark.parametrize("name", RESOURCES)
def test_a_recipe_makes_its_table_again(rebuilt, name):
    if AS_PINNED:
        assert (rebuilt / name).read_bytes() == (DATASETS / name).read_bytes(), f"{name} {MEND}"
    else:
        made, shipped = (tables.read_csv_table(folder, RESOURCES[name]) for folder in (rebuilt, DATASETS))
        assert list(made) == list(shipped)
        for column in shipped:
            pd.testing.assert_series_equal(made[column], shipped[column], rtol=0, atol=step(shipped[column]))


def step(column: pd.Series) -> float:
    """One unit of the last digit a column is written with."""
    digits = column.dropna().astype(str).str.extract(r"\.(\d+)$")[0].dropna().str.len()
    return 1.01 * 10.0 ** -digits.max() if len(digits) else 1.0


@pytest.mark.parametrize("name", [*PICTURES, "datapackage.json"])
def test_pictures_and_measures_come_out_the_same(rebuilt, name):
    if not AS_PINNED:
        pytest.skip("other versions than the pinned ones draw and write the same a little differently")
    assert (rebuilt / name).read_bytes() == (DATASETS / name).read_bytes(), f"{name} {MEND}"
