"""A small file written whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put `text` at `path`, as UTF-8 with plain line ends; killed on the way, what was there stays there."""
    beside = unfinished(path)
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def unfinished(path: Path) -> Path:
    """What `write_whole` leaves of `path` when it is killed on the way."""
    return path.with_name(f".{path.name}.new")
