"""Zips, read entry by entry in memory. No path in a zip decides where a file is written.

An entry is refused if its path leads out of the zip, if it is a link, a device, encrypted or too large. A zip
is refused if it unpacks to far more than its size (a zip bomb), has too many entries or lies too deep in
other zips. Python's zipfile checks that entries do not overlap, and reads no more of an entry than declared.
"""

import contextlib
import datetime
import lzma
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import IO

from hindcast.kit.collect.arrivals import FOLDER, ZIP, Aside, Find, Reader, Refusal, Sign, UnreadFile
from hindcast.kit.plumbing.files import MEGABYTE

DEEPEST = 2  # a zip in a zip
MOST_ENTRIES = 100_000
MOST_INNER = 200 * MEGABYTE  # bytes of a zip in a zip
MOST_READ = 20_000 * MEGABYTE  # bytes read out of one zip: enough for 2,000 learners' work with figures
RATIO = 100  # bytes read for each byte of the zip, beyond the first ALLOWED; notebooks need about ten
ALLOWED = 100 * MEGABYTE
SMALL = 10 * MEGABYTE  # bytes that an entry may unpack to, whatever its compressed size
_DIRECTORY = 300 * MOST_ENTRIES  # bytes of a zip's central directory, which zipfile reads at once
_IN_MEMORY = 8 * MEGABYTE
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, struct.error, ValueError)
_AGAIN = "Ask for it again, or unpack it by other means and collect the folder."


class TooMuch(Exception):
    """More was read out of a zip than allowed. `budget` is that zip's budget."""

    def __init__(self, budget: "Budget"):
        self.budget = budget


class Budget:
    """How many bytes may still be read out of a zip of `size` bytes.

    `around` counts the same bytes against the zip around this one.
    """

    def __init__(self, size: int, around: Callable[[int], None]):
        self.left, self.around = min(MOST_READ, max(ALLOWED, RATIO * size)), around

    def take(self, count: int) -> None:
        """Count bytes that were read. Raises TooMuch when the budget is used up."""
        self.left -= count
        if self.left < 0:
            raise TooMuch(self)
        self.around(count)


def from_zip(entry: UnreadFile, look: Reader) -> Iterator[Find]:
    """Yield what the entries of a zip hold. `look` reads each entry."""
    if entry.inside.count(ZIP) == DEEPEST:
        yield Refusal(entry.where, "It is a zip in a zip in a zip.", "Unpack it and collect the folder.")
        return
    if entry.inside and entry.size > MOST_INNER:
        most = f"{MOST_INNER / MEGABYTE:.0f} MB"
        yield Refusal(entry.where, f"It is a zip of more than {most} within a zip.", "Unpack the outer one.")
        return
    try:
        with entry.open() as file, _seekable(entry, file) as whole:
            yield from _read_entries(entry, whole, look)
    except PermissionError:
        raise
    except _BROKEN:
        yield Refusal(entry.where, "It is damaged, or no zip: it cannot be opened.", _AGAIN)


def _read_entries(entry: UnreadFile, file: IO[bytes], look: Reader) -> Iterator[Find]:
    if fault := _too_many(file):
        yield Refusal(entry.where, *fault)
        return
    budget = Budget(entry.size, entry.taken)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_ENTRIES:
            yield Refusal(entry.where, *_MANY)
            return
        inner = entry.within(ZIP, Sign(ZIP, PurePosixPath(entry.name).stem), taken=budget.take)
        for info in sorted(infos, key=_by_time_then_name):
            try:
                yield from _read_entry(archive, info, inner, look)
            except TooMuch as too:
                if too.budget is not budget:
                    raise
                yield Refusal(
                    entry.where,
                    f"It unpacks to far more than it is (a zip bomb?): reading stopped at {info.filename!r}.",
                    "Look at it with care. If it is honest work, unpack it and collect the folder.",
                )
                return


def _read_entry(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, inner: UnreadFile, look: Reader
) -> Iterator[Find]:
    name = _entry_path(info)
    where = f"{inner.where}/{name}"
    if info.is_dir():
        return
    *folders, own = name.split("/")
    if fault := _refusal_of_entry(name, info):
        yield Refusal(where, *fault)
        return
    if any(folder.startswith(".") or folder.lower() == "__macosx" for folder in folders):
        yield Aside("file of the system")
        return
    signs = (*inner.signs, *(Sign(FOLDER, folder) for folder in folders if folder not in ("", ".")))
    found = replace(
        inner,
        name=own,
        where=where,
        signs=signs,
        size=info.file_size,
        time=_entry_time(info),
        open=lambda: archive.open(info),
    )
    try:
        yield from look(found)
    except NotImplementedError:
        yield Refusal(where, "It is packed in a way that is not read here.", "Pack it again as a plain zip.")
    except _BROKEN:
        yield Refusal(where, "It is damaged within its zip.", _AGAIN)


_MANY = (
    f"It has more than {MOST_ENTRIES:,} entries.",
    "Look at it with care. If it is honest work, unpack it and collect the folder.",
)


def _too_many(file: IO[bytes]) -> tuple[str, str] | None:
    """Return a refusal if the central directory, which zipfile reads at once, is too large; else None."""
    end = file.seek(0, 2)
    start = file.seek(max(0, end - (1 << 16) - 22))
    tail = file.read(end - start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 16:
        return None  # zipfile reports that this is no zip
    (length,) = struct.unpack_from("<L", tail, at + 12)
    return _MANY if length > _DIRECTORY and end > _DIRECTORY else None


def _seekable(entry: UnreadFile, file: IO[bytes]) -> IO[bytes]:
    """Return the zip as a seekable file, because its central directory is at the end.

    A zip inside another is copied to a temporary file.
    """
    if ZIP not in entry.inside:
        return file
    whole = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (the caller closes it)
    try:
        while chunk := file.read(1 << 20):
            entry.taken(len(chunk))
            whole.write(chunk)
    except BaseException:
        whole.close()
        raise
    return whole


def _entry_path(info: zipfile.ZipInfo) -> str:
    """Return the entry's path with slashes. Many programs write UTF-8 without setting the flag for it."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _refusal_of_entry(name: str, info: zipfile.ZipInfo) -> tuple[str, str] | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    ask = "Ask for it again, packed in the usual way."
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "Its path in the zip starts at the top of a disk.", ask
    if ".." in name.split("/"):
        return "Its path in the zip leads out of it (..).", ask
    if "\0" in name:
        return "Its name in the zip is no file name.", ask
    if stat.S_ISLNK(kind):
        return "It is a link to another place; links are not followed.", ask
    if kind and not stat.S_ISREG(kind):
        return "It is a device or a pipe, no ordinary file.", ask
    if info.flag_bits & 0x1:
        return "It is locked with a password.", "Ask for it again without one."
    if info.file_size > max(SMALL, RATIO * info.compress_size):
        times = info.file_size // max(1, info.compress_size)
        return (
            f"It unpacks to {times:,} times its size (a zip bomb?).",
            "Look at it with care, or ask for it again.",
        )
    return None


def _by_time_then_name(info: zipfile.ZipInfo) -> tuple:
    """Return a sort key: time, then name with numbers as numbers. Of two with one time the last counts."""
    pieces = re.split(r"(\d+)", info.filename)
    return info.date_time, [(int(p), "") if p.isdecimal() and len(p) < 20 else (-1, p) for p in pieces]


def _entry_time(info: zipfile.ZipInfo) -> float | None:
    """Return seconds since 1970: the zip's UTC timestamp field if there is one, else its local time."""
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 0x5455 and length >= 5 and extra[4] & 1 and len(extra) >= 9:
            return float(struct.unpack_from("<l", extra, 5)[0])
        extra = extra[4 + length :]
    try:
        return datetime.datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
