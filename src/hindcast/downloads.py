"""Field data: real, public files that are downloaded once, compared with their hash and kept.

Files are kept in the folder that HINDCAST_FIELD_DATA names, or else in the cache of the account. A download
is a temporary file until it is complete and verified. The temporary file is deleted when the download fails.
A kept file that was changed afterwards is never used: it is downloaded again.
"""

import hashlib
import os
import time
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

from hindcast.errors import HindcastError
from hindcast.tables import MEND, data_folder
from hindcast.words import listed

NOTHING_ELSE = "Or leave the field notebook out: nothing else needs this table."
NEEDED = ("card", "file", "address", "sha256", "bytes")
CHUNK = 64 * 1024  # bytes; pooch's own 1 kB would call the progress bar thousands of times
LEFTOVER_SECONDS = 3600  # a temporary file older than this belongs to a process that was killed


class NotFetched(HindcastError):
    """A field table cannot be had: `what` happened. `entry` has the address to download it from by hand."""

    def __init__(self, what: str, entry: dict):
        super().__init__(
            what,
            f"You can download {entry['address']} by hand, save it as {entry['file']} in a folder, "
            f"and set HINDCAST_FIELD_DATA to that folder. {NOTHING_ELSE}",
        )


class Progress(Protocol):
    """What pooch reports progress to. `total`: bytes that the server announces, 0 when it announces none."""

    total: int

    def update(self, count: int) -> None:
        """Add `count` bytes to those received."""

    def reset(self) -> None:
        """Begin at 0 again. Pooch calls this when all bytes came, and then `update(total)`."""

    def close(self) -> None:
        """End the display of progress."""


def registered() -> dict[str, dict]:
    """Name -> entry of each field table in field_data.toml. Raises HindcastError when that is broken."""
    path = data_folder() / "field_data.toml"
    name = "every field table"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, entry in entries.items():
            if not all(key in entry for key in NEEDED):
                raise KeyError(name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HindcastError(f"{path} should give {listed(NEEDED)} of {name}, but does not.", MEND) from error
    return entries


def folder() -> Path:
    """The folder that holds the field data: the one HINDCAST_FIELD_DATA names, else the account's cache."""
    import pooch

    return Path(os.environ.get("HINDCAST_FIELD_DATA") or pooch.os_cache("hindcast"))


def state(name: str) -> Literal["there", "changed", "missing"]:
    """Whether the file of field table `name` is there, with the hash it should have.

    Raises HindcastError when there is no such table, NotFetched when its file cannot be read.
    """
    entry = _entry(name)
    path = folder() / entry["file"]
    try:
        if not path.is_file():
            return "missing"
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotFetched(f"Cannot read {path} ({_words_of_the_system(error)}).", entry) from error
    return "there" if found == entry["sha256"] else "changed"


def fetch_file(name: str, progress: Progress | None = None) -> Path:
    """The path of a verified copy of field table `name`, downloaded when it is not there yet.

    Nothing is downloaded where HINDCAST_FIELD_DATA names a folder. Raises NotFetched when the file cannot be
    had; then nothing new is left behind.
    """
    entry, found = _entry(name), state(name)
    path = folder() / entry["file"]
    if found == "there":
        return path
    if not os.environ.get("HINDCAST_FIELD_DATA"):
        _download(entry, path, found, progress)
        return path
    if found == "changed":
        raise NotFetched(_not_the_file(str(path), entry), entry)
    raise NotFetched(f"HINDCAST_FIELD_DATA names {path.parent}, but there is no {path.name} in it.", entry)


def _entry(name: str) -> dict:
    entries = registered()
    if name not in entries:
        names = ", ".join(entries) or "none"
        raise HindcastError(
            f"There is no field table {name!r}. {data_folder() / 'field_data.toml'} should give the field "
            f"tables; it has: {names}.",
            MEND,
        )
    return entries[name]


def _download(entry: dict, path: Path, found: str, progress: Progress | None) -> None:
    """Download with pooch: it writes to a temporary file, and moves it only when the hash is right."""
    import pooch
    import requests

    logger, level = pooch.get_logger(), pooch.get_logger().level
    logger.setLevel("WARNING")  # a notebook would show its messages in red above the table
    downloader = pooch.HTTPDownloader(progressbar=progress or False, chunk_size=CHUNK)
    try:
        _sweep(path.parent)
        pooch.retrieve(entry["address"], entry["sha256"], path.name, path.parent, downloader=downloader)
    except (requests.exceptions.RequestException, ValueError, OSError) as error:
        changed = f" {path} was changed since it was fetched and is not used." if found == "changed" else ""
        raise NotFetched(f"{_failure(error, entry, path)}{changed}", entry) from error
    finally:
        logger.setLevel(level)


def _sweep(cache: Path) -> None:
    """Delete temporary files of killed processes. Those of a running download are younger."""
    for path in cache.glob("tmp*"):
        with suppress(OSError):  # another process may have deleted it first
            if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                path.unlink()


def _failure(error: Exception, entry: dict, path: Path) -> str:
    """Say in a sentence what went wrong with a download. Subclasses are tested before their base classes."""
    from requests import exceptions as wrong

    address = entry["address"]
    if isinstance(error, wrong.HTTPError) and error.response is not None:
        return f"The server answered {error.response.status_code} ({error.response.reason}) for {address}."
    if isinstance(error, wrong.ChunkedEncodingError | wrong.ContentDecodingError):
        return f"The download of {path.name} broke off half way, nothing of it was kept."
    if isinstance(error, wrong.SSLError):
        return f"The server of {address} could not prove who it is: a proxy in between, or a wrong clock?"
    if isinstance(error, wrong.RequestException):
        return f"No answer from {address}, or no longer: no network?"
    if isinstance(error, ValueError):
        return _not_the_file("What came, and was not kept,", entry)
    why = _words_of_the_system(error) if isinstance(error, OSError) else type(error).__name__
    return f"Cannot write to the cache {path.parent} ({why}): read-only, or the disk is full?"


def _words_of_the_system(error: OSError) -> str:
    """The operating system's text of an error, which pooch keeps as the cause of its own error."""
    words = [each.strerror for each in (error, error.__cause__) if isinstance(each, OSError)]
    return next(filter(None, words), type(error).__name__)


def _not_the_file(what: str, entry: dict) -> str:
    return (
        f"{what} is not the file that was expected ({entry['file']}, {entry['bytes']:,} bytes, sha256 "
        f"{entry['sha256'][:12]}…): it was changed or cut short."
    )
