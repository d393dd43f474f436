"""Packing a bundle: one zip to mail or to put on a shared drive, with all that a learner needs.

The course, its tables, the package as a wheel, the environment and a page to start from; no solution, no
answer and nothing of a cohort. The same course gives the same bytes, whenever and wherever it is packed.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hindcast.kit.bundle import archive, contents
from hindcast.kit.checkout import chosen_units, unit_names

FIRST = "00_starting_here"
EXECUTABLE = ("set_up.py",)


@dataclass(frozen=True)
class PackedBundle:
    """What was packed: the zip, its size in bytes and sha256, its units, whether it is new, what to know."""

    path: Path
    bytes: int
    sha256: str
    units: list[str]
    written: bool
    notes: list[str]


def pack_bundle(
    root: Path, names: list[str], to: Path | None, say: Callable[[str], None] = print
) -> PackedBundle:
    """Pack the units `names` of the checkout `root` (all when none is named), and always unit 00.

    `to` is the zip to write, or a folder for it; by default it goes to `root`/dist. A bundle that is there is
    written over only where it differs; any other file is left alone. `say` hears what is being done. Raises
    HindcastError for a name that is no unit, a file that is in the way, tables that were changed, and names
    that Windows could not unpack.
    """
    units = sorted({*chosen_units(root, [FIRST]), *chosen_units(root, names)})
    left_out = [unit for unit in unit_names(root) if unit not in units]
    folder = folder_name(units, left_out)
    path = archive.zip_path(to or default_path(root, folder), folder)
    notebooks, notes = contents.bundled_notebooks(root, units, left_out, say)
    tables = contents.bundled_tables(root)
    say("the package ...")
    wheel = contents.package_wheel(root)
    notes += contents.not_in_git(root)
    files = {
        **notebooks,
        **tables,
        **wheel,
        **contents.bundled_set_up(root, units, left_out, next(iter(wheel))),
    }
    archive.check_names(files)
    packed = archive.as_zip({f"{folder}/{name}": files[name] for name in sorted(files)}, EXECUTABLE)
    written = archive.write_zip(path, packed)
    return PackedBundle(path, len(packed), archive.sha256(packed), units, written, notes)


def default_path(root: Path, folder: str) -> Path:
    """Where the zip goes when nobody says: dist/, which git ignores, made if need be."""
    with suppress(OSError):  # writing the zip says what is wrong
        (root / "dist").mkdir(exist_ok=True)
    return root / "dist" / f"{folder}.zip"


def folder_name(units: list[str], left_out: list[str]) -> str:
    """The folder in the zip. Another choice of units has another, so that unpacking both mixes nothing."""
    return "-".join(["hindcast", *[unit[:2] for unit in units if left_out]])
