"""The zip file: names that every system can unpack, reproducible bytes, and no other file overwritten."""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.tables import MARKER

# The time of every zip entry, fixed so that the bytes are reproducible; hatchling's for the files of a wheel.
WHEN = (2020, 2, 2, 0, 0, 0)
LONGEST = 100  # characters; Windows allows 260 with the folder that it is unpacked to
UNFIT = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


def check_names(names: Iterable[str]) -> None:
    """Raise HindcastError for relative paths that some system, such as Windows, could not unpack."""
    seen: dict[str, str] = {}
    for name in names:
        if any(UNFIT.search(part) for part in name.split("/")) or len(name) > LONGEST:
            raise HindcastError(
                f"{name} cannot go into a bundle: Windows has no file of such a name. Expected at most "
                f'{LONGEST} characters, none of < > : " | ? * \\, no dot or space at the end of a part, no '
                "device such as CON or NUL.",
                "Rename it.",
            )
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise HindcastError(
                f"{other} and {name} differ only in capital letters, and Windows and macOS would keep one of "
                "them.",
                "Rename one.",
            )


def as_zip(files: dict[str, bytes], executable: Iterable[str] = (), packed: bool = True) -> bytes:
    """Return a zip of `files` (path -> content) in their order, without times, modes and folders from here.

    The files of paths in `executable` may be run. With `packed` false nothing is compressed.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, WHEN)
            entry.create_system = 3  # Unix, even if packed on Windows: the file mode below is Unix's
            entry.external_attr = (0o100755 if name.rpartition("/")[2] in executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            archive.writestr(entry, content, compresslevel=9)
    return written.getvalue()


def unpacked(path: Path) -> dict[str, bytes]:
    """Return path -> content of the files in a zip, in its order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sha256(content: bytes) -> str:
    """Return the SHA-256 hash, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def zip_path(to: Path, name: str) -> Path:
    """Return the path of the zip: `to`, or NAME.zip in it if `to` is a folder.

    Raises HindcastError for a path where no zip can be written.
    """
    path = to / f"{name}.zip" if to.is_dir() else to
    if path.suffix.lower() != ".zip":
        raise HindcastError(
            f"--to should name a zip, such as {path.with_suffix('.zip')}, or a folder that is there, and is "
            f"{path}."
        )
    if path.exists() and not is_bundle(path):
        raise HindcastError(
            f"{path} is there and is no bundle of Hindcast, so it was left alone.",
            "Move it away, or choose another name with --to.",
        )
    return path


def is_bundle(path: Path) -> bool:
    """Return whether a file was written by `hindcast bundle`."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.split("/")[1:] == [MARKER] for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def write_zip(path: Path, content: bytes) -> bool:
    """Write `content` to `path` by renaming a complete file. Return False if it was there already.

    Raises HindcastError if it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise HindcastError(
            f"{path} could not be written ({error.strerror}).",
            "Choose a folder that is there and that you may write to: --to FILE.zip.",
        ) from error
    return True
