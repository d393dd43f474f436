"""The shipped tables: make them again from their recipes, and check them against their description."""

import hashlib
import json
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError

if TYPE_CHECKING:
    import pandas as pd
    from frictionless import ReportTask

SHOWN = 3
MEND = "Put it back with `git checkout datasets/`."


def build(root: Path) -> list[Path]:
    """Run every recipe in `root`/datasets/recipes and return the paths of the files that changed.

    A recipe is a Python file whose `make()` returns tables by their path in datasets/. A table that comes out
    the same is left alone. The hash, size and number of rows in datapackage.json are brought up to date.
    Raises HindcastError when there are no recipes or a recipe's table is not described.
    """
    folder = Path(root) / "datasets"
    recipes = sorted((folder / "recipes").glob("*.py"))
    if not recipes:
        raise HindcastError(f"There is no recipe in {folder / 'recipes'}. {MEND}")
    package = _read_package(folder / "datapackage.json")
    new = {}
    for recipe in recipes:
        for name, table in make(recipe).items():
            new[name] = as_csv(table)
            _resource(package, name, recipe).update(measures(table, new[name]))
    new["datapackage.json"] = (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
    return [folder / name for name, content in new.items() if _put(folder / name, content)]


def make(recipe: Path) -> dict[str, "pd.DataFrame"]:
    """Run one recipe, on one thread: sums come in the same order anywhere, and a busy machine stays quick."""
    from threadpoolctl import threadpool_limits

    steps = runpy.run_path(str(recipe))  # loads the libraries that the limit then holds
    with threadpool_limits(1):
        return steps["make"]()


def as_csv(table: "pd.DataFrame") -> bytes:
    """The table as every shipped CSV is written: UTF-8, LF, ISO dates, true and false."""
    words = {True: "true", False: "false"}
    truths = {column: table[column].map(words) for column in table.select_dtypes(bool)}
    return table.assign(**truths).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").encode()


def measures(table: "pd.DataFrame", content: bytes) -> dict:
    """What datapackage.json says about the file itself, by which a changed or cut table is noticed."""
    digest = hashlib.sha256(content).hexdigest()
    return {"hash": f"sha256:{digest}", "bytes": len(content), "rows": len(table)}


def verify(root: Path) -> list[str]:
    """Check every table under `root`/datasets against datapackage.json with frictionless.

    Returns one sentence for each problem, an empty list when all is well; of a table's problems only the
    first few are told. Raises HindcastError when frictionless is not installed or datapackage.json is broken.
    """
    try:
        import frictionless
    except ImportError as error:
        raise HindcastError(
            "Checking the tables needs frictionless, which a learner's installation does not have. "
            "Install requirements-dev.lock."
        ) from error
    path = Path(root) / "datasets" / "datapackage.json"
    _read_package(path)
    try:
        report = frictionless.Package(str(path)).validate()
    except frictionless.FrictionlessException as error:
        raise HindcastError(f"{path} is not a data package: {error.error.message}. {MEND}") from error
    problems = [f"{path}: {error.message}." for error in report.errors]
    return problems + [sentence for task in report.tasks for sentence in _told(task)]


def _told(task: "ReportTask") -> list[str]:
    """A table's problems as sentences, the first few and how many more."""
    told = [f"datasets/{task.place}: {error.message}." for error in task.errors[:SHOWN]]
    more = len(task.errors) - SHOWN
    return told + ([f"datasets/{task.place}: and {more:,} more problems. {MEND}"] if more > 0 else [])


def _read_package(path: Path) -> dict:
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        package["resources"][0]["path"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise HindcastError(f"{path} should be JSON with a list of resources, but is not. {MEND}") from error
    return package


def _resource(package: dict, name: str, recipe: Path) -> dict:
    for resource in package["resources"]:
        if resource["path"] == name:
            return resource
    raise HindcastError(
        f"{recipe} makes {name}, which datapackage.json does not describe: add a resource for it."
    )


def _put(path: Path, content: bytes) -> bool:
    """Write `content` where it differs; True when written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True
