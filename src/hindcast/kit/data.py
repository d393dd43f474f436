"""The shipped tables: make them again from their recipes, and check them against their description."""

import hashlib
import json
import runpy
import tempfile
from pathlib import Path

from hindcast.errors import HindcastError

SHOWN = 3


def build(root: Path) -> list[Path]:
    """Run every recipe in `root`/datasets/recipes and return the paths of the files that changed.

    A table that comes out the same is left alone. The hash, size and number of rows in datapackage.json are
    brought up to date. Raises HindcastError when there are no recipes or a recipe's table is not described.
    """
    datasets = Path(root) / "datasets"
    recipes = sorted((datasets / "recipes").glob("*.py"))
    if not recipes:
        raise HindcastError(f"There are no recipes in {datasets / 'recipes'}. Put them back with `git checkout datasets/`.")
    with tempfile.TemporaryDirectory() as scratch:
        made = [path for recipe in recipes for path in runpy.run_path(str(recipe))["write"](Path(scratch))]
        new = {path.relative_to(scratch).as_posix(): path.read_bytes() for path in made}
    new["datapackage.json"] = _with_measures(datasets / "datapackage.json", new)
    return [datasets / name for name, content in new.items() if _put(datasets / name, content)]


def verify(root: Path) -> list[str]:
    """Check every table under `root`/datasets against datapackage.json with frictionless.

    Returns one sentence for each problem, an empty list when all is well; of a table's problems only the first
    few are told. Raises HindcastError when frictionless is not installed or datapackage.json is broken.
    """
    frictionless = _frictionless()
    path = Path(root) / "datasets" / "datapackage.json"
    try:
        report = frictionless.Package(str(path)).validate()
    except frictionless.FrictionlessException as error:
        raise HindcastError(f"{path} is not a data package: {error.error.message}. {_MEND}") from error
    problems = [f"{path}: {error.message}." for error in report.errors]
    for task in report.tasks:
        problems += _told(task)
    return problems


_MEND = "Put it back with `git checkout datasets/`."


def _frictionless():
    try:
        import frictionless
    except ImportError as error:
        raise HindcastError(
            "Checking the tables needs frictionless, which a learner's installation does not have. "
            "Install requirements-dev.lock, for example with `make test`."
        ) from error
    return frictionless


def _told(task) -> list[str]:
    """A table's problems as sentences, the first few and how many more."""
    told = [f"datasets/{task.place}: {error.message}." for error in task.errors[:SHOWN]]
    more = len(task.errors) - SHOWN
    return told + ([f"datasets/{task.place}: and {more:,} more problems. {_MEND}"] if more > 0 else [])


def _with_measures(path: Path, tables: dict[str, bytes]) -> bytes:
    """datapackage.json with the hash, size and number of rows of each table."""
    package = json.loads(_read(path))
    resources = {resource["path"]: resource for resource in package["resources"]}
    for name, content in tables.items():
        if name not in resources:
            raise HindcastError(f"A recipe makes {name}, but {path} does not describe it. Add a resource for it.")
        resources[name]["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        resources[name]["bytes"] = len(content)
        resources[name]["rows"] = content.count(b"\n") - 1
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)["resources"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HindcastError(f"{path} should be JSON with a list of resources, but is not. {_MEND}") from error
    return text


def _put(path: Path, content: bytes) -> bool:
    """Write `content` where it differs; True when written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True
