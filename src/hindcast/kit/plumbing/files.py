"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hindcast.errors import HindcastError

MEGABYTE = 1_000_000  # bytes


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path`, as UTF-8 with plain line ends.

    A process killed on the way leaves the old file.
    """
    beside = unfinished_path(path)
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def unfinished_path(path: Path) -> Path:
    """What `write_whole` leaves of `path` when it is killed on the way."""
    return path.with_name(f".{path.name}.new")


def put_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write all files (path within `folder` -> bytes); their paths.

    They are written to a temporary folder first, then moved into place. A file that has these bytes already
    stays. Raises HindcastError where the folder cannot be written, or a program holds a file open.
    """
    places = [folder / name for name in files]
    try:
        for parent in [folder, *(place.parent for place in places)]:
            parent.mkdir(parents=True, exist_ok=True)
        if in_the_way := [place for place in places if place.is_dir()]:
            raise IsADirectoryError(0, f"{in_the_way[0].name} is a folder there")
        changed = [
            (place, data)
            for place, data in zip(places, files.values(), strict=True)
            if not (place.is_file() and place.read_bytes() == data)
        ]
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as beside:
            fresh = [Path(beside, str(number)) for number in range(len(changed))]
            for path, (_, data) in zip(fresh, changed, strict=True):
                path.write_bytes(data)
            for path, (place, _) in zip(fresh, changed, strict=True):
                path.replace(place)
    except OSError as error:
        raise HindcastError(
            f"{folder} could not be written ({error.strerror or error}). "
            "Expected a folder that you may write to.",
            "If another program shows one of its files, close it there; then run the command again.",
        ) from None
    return places
