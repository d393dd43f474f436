"""The contents of a bundle, as path -> bytes: notebooks, tables, the wheel, and the files to set it up."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat

from hindcast import __version__
from hindcast.errors import HindcastError
from hindcast.kit.bundle import archive
from hindcast.kit.bundle.start import start_page
from hindcast.kit.data.recipes import MEND
from hindcast.kit.notebooks.normalise import notebook_text
from hindcast.kit.notebooks.release import generate
from hindcast.tables import MARKER

# Files that are copied unchanged: path in the checkout -> path in the bundle.
BESIDE = {
    "tools/set_up.py": "set_up.py",
    "requirements.lock": "requirements.lock",
    "environment.yml": "environment.yml",
    "LICENSE": "LICENSE",
    "LICENSE-content": "LICENSE-content",
}
TABLES = ("README.md", "field_data.toml", "cards/*.md", "cards/*.svg")
TRUTH = "truth/"
NOT_HERE = r"\1 (not in this bundle)"
SHOWN = 5


def bundled_notebooks(
    root: Path, units: list[str], left_out: list[str], say: Callable[[str], None]
) -> tuple[dict[str, bytes], list[str]]:
    """Return the learners' notebooks of `units`, made from solutions/, and a sentence if course/ differs.

    They are released anew, because a trainer may have tried a workbook in course/ and left answers there.
    """
    files = {}
    with tempfile.TemporaryDirectory() as scratch:
        for unit in units:
            say(f"{unit} ...")
            for path in sorted(generate(root, unit, Path(scratch)).glob("*.ipynb")):
                # read as text, so that CRLF on Windows becomes LF as in course/
                files[f"course/{unit}/{path.name}"] = path.read_text(encoding="utf-8").encode("utf-8")
    there = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for unit in units
        for path in (root / "course" / unit).glob("*.ipynb")
    }
    other = sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))
    return {name: without_dead_links(text, left_out) for name, text in files.items()}, _differing(other)


def _differing(names: list[str]) -> list[str]:
    if not names:
        return []
    return [
        f"The bundle has these as solutions/ makes them, which is not as they are now: {', '.join(names)}. "
        "Someone worked in them, or `hindcast build` was not run."
    ]


def without_dead_links(notebook: bytes, left_out: list[str]) -> bytes:
    """Return `notebook` with each link to a unit that is left out replaced by words that say so."""
    if not left_out:
        return notebook
    link = re.compile(rf"\[([^\]]+)\]\(\.\./(?:{'|'.join(left_out)})/[^)]*\)")
    read = nbformat.reads(notebook.decode("utf-8"), as_version=nbformat.NO_CONVERT)
    for cell in read.cells:
        if cell.cell_type == "markdown":
            cell.source = link.sub(NOT_HERE, cell.source)
    return notebook_text(read).encode("utf-8")


def bundled_tables(root: Path) -> dict[str, bytes]:
    """Return the tables with index, cards and description, without truth/.

    Raises HindcastError for a table that was changed.
    """
    folder = root / "datasets"
    package = _learners_package(folder / "datapackage.json")
    files = {"datasets/datapackage.json": (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()}
    for resource in package["resources"]:
        content = read_for_bundle(folder / resource["path"])
        if resource.get("hash", "").removeprefix("sha256:") not in ("", hashlib.sha256(content).hexdigest()):
            raise HindcastError(
                f"{folder / resource['path']} is not the table that datapackage.json describes, so nothing "
                "was packed.",
                f"{MEND} If the change is meant, run `hindcast data build`.",
            )
        files[f"datasets/{resource['path']}"] = content
    for path in sorted(path for pattern in TABLES for path in folder.glob(pattern)):
        files[path.relative_to(root).as_posix()] = read_for_bundle(path)
    return files


def _learners_package(path: Path) -> dict:
    """Return the description of the tables (datapackage.json), without those of truth/."""
    try:
        package = json.loads(read_for_bundle(path))
        learners = [resource for resource in package["resources"] if not resource["path"].startswith(TRUTH)]
        return package | {"resources": learners}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HindcastError(f"{path} should be JSON with a list of resources, but is not.", MEND) from error


def package_wheel(root: Path) -> dict[str, bytes]:
    """Return the package as a wheel, by its file name, without the tables, which the bundle has in datasets/.

    What hatchling built is zipped again, without compression: so it holds no times and file modes of this
    machine, and the zip around it compresses it better.
    """
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "--no-hooks", "-d", scratch]
        built = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if built.returncode:
            last = [line for line in built.stderr.splitlines() if line.strip()][-1:]
            raise HindcastError(
                f"hatchling could not make a wheel of the package: {''.join(last).strip()}.",
                "`python3 tools/set_up.py` installs what it needs.",
            )
        path = next(Path(scratch).glob("*.whl"))
        return {path.name: archive.as_zip(archive.unpacked(path), packed=False)}


def bundled_set_up(root: Path, units: list[str], left_out: list[str], wheel_name: str) -> dict[str, bytes]:
    """Return the files beside course/ and datasets/: set-up, lock, licences, start page and marker file."""
    files = {name: read_for_bundle(root / source) for source, name in BESIDE.items()}
    marker = {"hindcast": __version__, "units": units, "wheel": wheel_name}
    files[MARKER] = (json.dumps(marker, indent=1) + "\n").encode()
    files["START.html"] = start_page(root, units, left_out, wheel_name).encode()
    return files


def read_for_bundle(path: Path) -> bytes:
    """Return the bytes of a file of the checkout. Raises HindcastError if it does not exist."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HindcastError(
            f"{path} cannot be read ({error.strerror}), and a bundle needs it.",
            f"Get it back with `git checkout {path.name}` in its folder.",
        ) from error


def not_in_git(root: Path) -> list[str]:
    """Return a sentence if package, tables or copied files differ from git's; none if git cannot tell."""
    command = ["git", "status", "--porcelain", "--", "src/hindcast", "datasets", *BESIDE]
    try:
        asked = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return []
    names = [line[3:] for line in asked.stdout.splitlines()]
    if asked.returncode or not names:
        return []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"Packed as they are here, which is not as git has them: {', '.join(names[:SHOWN])}{more}."]
