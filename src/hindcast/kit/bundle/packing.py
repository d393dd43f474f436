"""Packing a bundle: one zip to mail or to put on a shared drive, with all that a learner needs.

It holds the course, its tables, the package as a wheel, the environment and a page to start from. It holds no
solution, no answer and nothing of a cohort. The same course gives the same bytes at any time on any machine.
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
    """A packed bundle: the zip, its size in bytes and sha256, its units, whether it was written, notes."""

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

    `to` is the zip to write, or a folder for it; by default it goes to `root`/dist. An existing bundle is
    overwritten if it differs, any other file never. `say` is called with each step, in words. Raises
    HindcastError for a name that is no unit, a file that is in the way, tables that were changed, and file
    names that Windows could not unpack.
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
    """Return the default path of the zip, in dist/, which git ignores. The folder is made if need be."""
    with suppress(OSError):  # writing the zip reports the fault
        (root / "dist").mkdir(exist_ok=True)
    return root / "dist" / f"{folder}.zip"


def folder_name(units: list[str], left_out: list[str]) -> str:
    """Return the folder in the zip. Each choice of units has its own, so that unpacking two mixes nothing."""
    return "-".join(["hindcast", *[unit[:2] for unit in units if left_out]])
