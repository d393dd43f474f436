"""What goes into a bundle, as path -> bytes: notebooks, tables, the wheel, and what a learner starts with."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hindcast import __version__
from hindcast.bundled import MARKER
from hindcast.errors import HindcastError
from hindcast.kit.bundle import archive
from hindcast.kit.bundle.start import start_page
from hindcast.kit.data import MEND
from hindcast.kit.release import generate

# As they are, into the bundle's own folder.
BESIDE = {
    "tools/set_up.py": "set_up.py",
    "requirements.lock": "requirements.lock",
    "environment.yml": "environment.yml",
    "LICENSE": "LICENSE",
    "LICENSE-content": "LICENSE-content",
}
TABLES = ("README.md", "field_data.toml", "cards/*.md", "cards/*.svg")
TRUTH = "truth/"
EPOCH = "1580601600"  # 2 February 2020, as archive.WHEN
NOT_HERE = r"\1 (not in this bundle)"


def notebooks(
    root: Path, units: list[str], left_out: list[str], say: Callable[[str], None]
) -> tuple[dict[str, bytes], list[str]]:
    """The learners' notebooks of `units`, made from solutions/, and a sentence if course/ has others.

    They are released anew, because a trainer may have tried a workbook in course/ and left answers there.
    """
    files = {}
    with tempfile.TemporaryDirectory() as scratch:
        for unit in units:
            say(f"{unit} ...")
            for path in sorted(generate(root, unit, Path(scratch)).glob("*.ipynb")):
                files[f"course/{unit}/{path.name}"] = path.read_bytes()
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
    """`notebook` with its links to units that are left out as plain words that say so."""
    if not left_out:
        return notebook
    link = rf"\[([^\]]+)\]\(\.\./(?:{'|'.join(left_out)})/[^)]*\)"
    return re.sub(link, NOT_HERE, notebook.decode("utf-8")).encode("utf-8")


def tables(root: Path) -> dict[str, bytes]:
    """The tables with index, cards and description, without the truths. Refuses one that was changed."""
    folder = root / "datasets"
    package = json.loads(read(folder / "datapackage.json"))
    package["resources"] = [one for one in package["resources"] if not one["path"].startswith(TRUTH)]
    files = {"datasets/datapackage.json": (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()}
    for resource in package["resources"]:
        content = read(folder / resource["path"])
        if resource.get("hash", "").removeprefix("sha256:") not in ("", hashlib.sha256(content).hexdigest()):
            raise HindcastError(
                f"{folder / resource['path']} is not the table that datapackage.json describes, so nothing was "
                f"packed. {MEND} If the change is meant, run `hindcast data build`."
            )
        files[f"datasets/{resource['path']}"] = content
    for path in sorted(path for pattern in TABLES for path in folder.glob(pattern)):
        files[path.relative_to(root).as_posix()] = read(path)
    return files


def wheel(root: Path) -> dict[str, bytes]:
    """The package as a wheel, by its name; without the tables, which lie in datasets/ for all to open.

    What hatchling built is zipped anew, not packed: no library for packing nor right of a file takes part,
    and the zip around it packs it better.
    """
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "--no-hooks", "-d", scratch]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        built = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        if built.returncode:
            last = [line for line in built.stderr.splitlines() if line.strip()][-1:]
            raise HindcastError(
                f"hatchling could not make a wheel of the package: {''.join(last).strip()}. "
                "`python3 tools/set_up.py` installs what it needs."
            )
        path = next(Path(scratch).glob("*.whl"))
        return {path.name: archive.as_zip(archive.unpacked(path), packed=False)}


def beside(root: Path, units: list[str], left_out: list[str], wheel_name: str) -> dict[str, bytes]:
    """What stands beside course/ and datasets/: set-up, lock, licences, the page to start from, the marker."""
    files = {name: read(root / source) for source, name in BESIDE.items()}
    marker = {"hindcast": __version__, "units": units, "wheel": wheel_name}
    files[MARKER] = (json.dumps(marker, indent=1) + "\n").encode()
    files["START.html"] = start_page(root, units, left_out, wheel_name).encode()
    return files


def read(path: Path) -> bytes:
    """The bytes of a file of the checkout. Raises HindcastError when it is not there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HindcastError(
            f"{path} cannot be read ({error.strerror}), and a bundle needs it. Get it back with "
            f"`git checkout {path.name}` in its folder."
        ) from error
