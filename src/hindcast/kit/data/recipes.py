"""The shipped tables: make them again from their recipes, and check them against their description."""

import hashlib
import io
import json
import runpy
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast import tables
from hindcast.errors import HindcastError
from hindcast.kit.data import pictures

if TYPE_CHECKING:
    import pandas as pd
    from frictionless import ReportTask

SHOWN = 3
MEND = "Put it back with `git checkout datasets/`."


def rebuild_tables(root: Path, say: Callable[[str], None] = print) -> list[Path]:
    """Run every recipe in `root`/datasets/recipes, draw the pictures, return the paths of what changed.

    A recipe is a Python file whose `make()` returns tables by their path in datasets/. Its parameters are
    named after the tables it needs, and it gets them as a learner's loader returns them. A table whose name
    begins with an underscore is only for other recipes and is not shipped. Files whose bytes are the same are
    not written. The hash, size and number of rows in datapackage.json are updated.
    Raises HindcastError if there are no recipes, a table is not described, or no recipe makes a needed table.
    """
    folder = Path(root) / "datasets"
    recipes, package = _recipes(folder), _read_package(folder / "datapackage.json")
    made: dict[str, pd.DataFrame] = {}
    new: dict[str, bytes] = {}
    for recipe, make in _once_ready(recipes, made):
        say(f"making {recipe.stem} ...")
        for name, table in on_one_thread(make, made).items():
            if name.startswith("_"):
                made[name] = table
                continue
            resource = _resource(package, name, recipe)
            new[name] = as_csv(table, resource)
            resource.update(measures(table, new[name]))
            made[resource["name"]] = tables.parse_csv_table(io.BytesIO(new[name]), folder, resource)
    new["datapackage.json"] = (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
    say("drawing the pictures ...")
    new |= pictures.draw_pictures(folder / "pictures", made)
    return [folder / name for name, content in new.items() if _put(folder / name, content)]


def _recipes(folder: Path) -> dict[Path, Callable]:
    """Return each recipe's `make`, by its file."""
    paths = sorted((folder / "recipes").glob("*.py"))
    if not paths:
        raise HindcastError(f"There is no recipe in {folder / 'recipes'}.", MEND)
    return {path: runpy.run_path(str(path))["make"] for path in paths}


def _once_ready(
    waiting: dict[Path, Callable], made: dict[str, "pd.DataFrame"]
) -> Iterator[tuple[Path, Callable]]:
    """Yield each recipe once `made`, which the caller fills meanwhile, has all tables that it needs."""
    while waiting:
        ready = [path for path, make in waiting.items() if set(signature(make).parameters) <= set(made)]
        if not ready:
            path, make = next(iter(waiting.items()))
            missing = ", ".join(sorted(set(signature(make).parameters) - set(made)))
            raise HindcastError(f"{path} is made from {missing}, which no other recipe could make.")
        yield ready[0], waiting.pop(ready[0])


def on_one_thread(make: Callable, made: dict[str, "pd.DataFrame"]) -> dict[str, "pd.DataFrame"]:
    """Run one recipe on one thread, so that sums are added in the same order on every machine."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # applies to the numeric libraries that the recipe has loaded
        return make(**{name: made[name] for name in signature(make).parameters})


def as_csv(table: "pd.DataFrame", resource: dict) -> bytes:
    """Return the table as the bytes of a shipped CSV: UTF-8, LF, ISO days and minutes, true and false."""
    words = {True: "true", False: "false"}
    truths = {column: table[column].map(words) for column in table.select_dtypes(["bool", "boolean"])}
    moments = {
        field["name"]: table[field["name"]].dt.strftime(tables.WRITTEN_AS["datetime"])
        for field in resource["schema"]["fields"]
        if field["type"] == "datetime"
    }
    written = table.assign(**truths, **moments)
    return written.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").encode()


def measures(table: "pd.DataFrame", content: bytes) -> dict:
    """Return hash, bytes and rows for datapackage.json, by which a changed or cut table is noticed."""
    digest = hashlib.sha256(content).hexdigest()
    return {"hash": f"sha256:{digest}", "bytes": len(content), "rows": len(table)}


def verify_tables(root: Path) -> list[str]:
    """Check every table under `root`/datasets against datapackage.json with frictionless.

    Returns one sentence for each problem, an empty list if there is none. Of each table only the first few
    problems are listed. Raises HindcastError if frictionless is not installed or datapackage.json is broken.
    """
    try:
        import frictionless
    except ImportError as error:
        raise HindcastError(
            "Checking the tables needs frictionless, which a learner's installation does not have.",
            "Install requirements-dev.lock.",
        ) from error
    path = Path(root) / "datasets" / "datapackage.json"
    _read_package(path)
    try:
        report = frictionless.Package(str(path)).validate()
    except frictionless.FrictionlessException as error:
        raise HindcastError(f"{path} is not a data package: {error.error.message}.", MEND) from error
    problems = [f"{path}: {error.message}." for error in report.errors]
    return problems + [sentence for task in report.tasks for sentence in _told(task)]


def _told(task: "ReportTask") -> list[str]:
    """Return a table's first problems as sentences, and how many more there are."""
    told = [f"datasets/{task.place}: {error.message}." for error in task.errors[:SHOWN]]
    more = len(task.errors) - SHOWN
    return told + ([f"datasets/{task.place}: and {more:,} more problems. {MEND}"] if more > 0 else [])


def _read_package(path: Path) -> dict:
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        package["resources"][0]["path"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise HindcastError(f"{path} should be JSON with a list of resources, but is not.", MEND) from error
    return package


def _resource(package: dict, name: str, recipe: Path) -> dict:
    for resource in package["resources"]:
        if resource["path"] == name:
            return resource
    raise HindcastError(
        f"{recipe} makes {name}, which datapackage.json does not describe: add a resource for it."
    )


def _put(path: Path, content: bytes) -> bool:
    """Write `content` if the file differs. Return whether it was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True
