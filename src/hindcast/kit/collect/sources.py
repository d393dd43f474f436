"""Every notebook in the paths a trainer names. Folders are walked, zips and mails are read in memory.

Links, devices and files that are too large are refused by name. One bad file does not stop the others.
"""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from hindcast.errors import HindcastError
from hindcast.kit.collect.archives import from_zip
from hindcast.kit.collect.arrivals import FILE, FOLDER, Arrival, Aside, Find, Refusal, Sign, UnreadFile
from hindcast.kit.collect.mail import from_mail
from hindcast.kit.plumbing.files import MEGABYTE

MOST_NOTEBOOK = 50 * MEGABYTE  # bytes; the grader's limit is lower, but the hand-in is kept
SYSTEM = "file of the system"
NOTEBOOK = re.compile(r"(.*)\.ipynb(\.txt|\.json)?", re.IGNORECASE | re.DOTALL)
PACKED = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".zipx")
_SYSTEM = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini"}
_CHUNK = 1 << 20


def files_under(paths: Iterable[Path]) -> list[tuple[Path, tuple[Sign, ...]]]:
    """Return every file under the paths with the names of the folders around it, in a fixed order.

    The names are those of folders below a path, and of the path itself as typed relative to the current
    folder. Folders above say where the trainer works, and name no learner. Raises HindcastError for a path
    that does not exist.
    """
    found: list[tuple[Path, tuple[Sign, ...]]] = []
    for path in paths:
        if not os.path.lexists(path):
            raise HindcastError(
                f"There is no {path}.", "Expected files or folders to collect; nothing was changed."
            )
        parts = [path.name] if path.is_absolute() else _after_last_up(path)
        above, own = parts[:-1], parts[-1:]
        if stat.S_ISDIR(path.lstat().st_mode):
            found += _walk(path, tuple(Sign(FOLDER, part) for part in (*above, *own)))
        else:
            found.append((path, tuple(Sign(FOLDER, part) for part in above)))
    return found


def read_source(path: Path, signs: tuple[Sign, ...]) -> Iterator[Find]:
    """Yield what the file `path` holds: the file itself, or what is in it."""
    try:
        status = path.lstat()
        fault = _refusal_of_file(status.st_mode)
        if fault and not is_system(path.name):
            yield Refusal(str(path), *fault)
            return
        yield from look_into(
            UnreadFile(
                path.name, str(path), signs, status.st_size, status.st_mtime, lambda: _open_regular_file(path)
            )
        )
    except OSError as error:
        yield Refusal(str(path), f"It cannot be read: {error.strerror}.", "See to it and collect again.")


def look_into(entry: UnreadFile) -> Iterator[Find]:
    """Yield what the entry holds. Its name decides: a notebook, a container that is read, or neither."""
    suffix = Path(entry.name).suffix.lower()
    if is_system(entry.name):
        yield Aside(SYSTEM)
    elif match := NOTEBOOK.fullmatch(entry.name):
        yield from _read_notebook_file(entry, match[1])
    elif suffix == ".json":
        yield from _read_notebook_file(entry, entry.name[: -len(suffix)], perhaps=True)
    elif suffix == ".zip":
        yield from _not_empty(entry, from_zip(entry, look_into))
    elif suffix == ".eml":
        yield from _not_empty(entry, from_mail(entry, look_into))
    elif suffix in PACKED:
        yield Refusal(
            entry.where, f"It is packed as {suffix}, which is not read.", "Unpack it and collect the folder."
        )
    elif suffix == ".msg":
        yield Refusal(
            entry.where, "It is a mail in Outlook's own form.", "Save its attachments, or save it as .eml."
        )
    else:
        yield Aside(f"{suffix} file" if suffix and suffix.isascii() and len(suffix) <= 6 else "other file")


def _not_empty(entry: UnreadFile, found: Iterator[Find]) -> Iterator[Find]:
    """Yield what is found, and a refusal if nothing was: an empty container was meant as a hand-in."""
    nothing = True
    for one in found:
        nothing = nothing and isinstance(one, Aside)
        yield one
    if nothing:
        yield Refusal(entry.where, "There is no notebook in it.", "Ask for the notebook itself (.ipynb).")


def is_system(name: str) -> bool:
    """Return whether a file or folder belongs to the system or Jupyter: hidden, or added to zips by macOS."""
    return name.startswith(".") or name.lower() in _SYSTEM


def too_large(size: int) -> tuple[str, str]:
    """Return why a notebook of `size` bytes is refused, and what to do."""
    return (
        f"It has {size / MEGABYTE:.0f} MB; notebooks of up to {MOST_NOTEBOOK / MEGABYTE:.0f} MB are read.",
        "Ask for it again with its outputs cleared.",
    )


def _read_notebook_file(entry: UnreadFile, stem: str, perhaps: bool = False) -> Iterator[Find]:
    if entry.size > MOST_NOTEBOOK:
        yield Refusal(entry.where, *too_large(entry.size))
        return
    with entry.open() as file:
        raw = bytearray()
        while len(raw) <= MOST_NOTEBOOK and (chunk := file.read(_CHUNK)):
            entry.taken(len(chunk))
            raw += chunk
    if len(raw) > MOST_NOTEBOOK:
        yield Refusal(entry.where, *too_large(len(raw)))
        return
    yield Arrival(entry.where, (*entry.signs, Sign(FILE, stem)), bytes(raw), entry.time, entry.dated, perhaps)


def _after_last_up(path: Path) -> list[str]:
    parts = list(path.parts)
    if ".." in parts:
        parts = parts[len(parts) - parts[::-1].index("..") :]
    return parts or [""]


def _walk(top: Path, signs: tuple[Sign, ...]) -> Iterator[tuple[Path, tuple[Sign, ...]]]:
    unread: list[Path] = []
    for here, folders, names in os.walk(top, onerror=lambda error: unread.append(Path(error.filename))):
        inner = Path(here).relative_to(top).parts
        around = (*signs, *(Sign(FOLDER, part) for part in inner))
        links = [name for name in folders if Path(here, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not is_system(name) and name not in links)
        for name in sorted(names + links):
            yield Path(here, name), around
    yield from ((folder, signs) for folder in unread)


def _refusal_of_file(mode: int) -> tuple[str, str] | None:
    if stat.S_ISLNK(mode):
        return "It is a link to another place; links are not followed.", "Collect the place it points to."
    if stat.S_ISDIR(mode):
        return "It is a folder that you may not read.", "See to its rights and collect again."
    if not stat.S_ISREG(mode):
        return "It is no ordinary file.", "Take it out of the folder."
    return None


def _open_regular_file(path: Path) -> IO[bytes]:
    """Open a regular file. Raises OSError if it was replaced by a link or a pipe since it was checked."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))

    file = open(path, "rb", opener=opener)  # noqa: SIM115  (the caller closes it; Path.open has no opener)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return file
