"""INSIDE the sandbox, in the worker: the folders of a notebook, filled before it and emptied after it."""

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path


def make_scratch(scratch: Path, fonts: Mapping[str, str]) -> None:
    """Make what a notebook finds in its scratch folder. fonts: files with matplotlib's lists of fonts."""
    for name in ("work", "tmp", "home/matplotlib"):
        (scratch / name).mkdir(parents=True, exist_ok=True)
    for name, text in fonts.items():
        (scratch / "home/matplotlib" / name).write_text(text, encoding="utf-8")


def write_files(folder: Path, files: Sequence[tuple[str, int]], content: bytes) -> None:
    """Write files (relative path, bytes), whose content stands one after the other in `content`."""
    start = 0
    for name, size in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[start : start + size])
        start += size


def empty_folder(folder: Path) -> None:
    """Remove everything in a folder that stays; raises OSError when something cannot go."""
    with contextlib.suppress(PermissionError):  # the folder itself may be the system's
        os.chmod(folder, 0o1777)  # noqa: PTH101
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, onerror=_permit_and_remove)
        else:
            os.unlink(entry.path)  # noqa: PTH108
    for name in os.listxattr(folder) if hasattr(os, "listxattr") else ():
        if name.startswith("user."):
            os.removexattr(folder, name)
    if any(folder.iterdir()):
        raise OSError(f"{folder} is not empty")


def _permit_and_remove(_, path: str, __) -> None:
    """For `rmtree`, where a folder's mode forbids to enter it: permit that, then remove it once more."""
    parent = os.path.dirname(path)  # noqa: PTH120
    for name in (parent, path):
        with contextlib.suppress(OSError):
            os.chmod(name, 0o700)  # noqa: PTH101
    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)  # noqa: PTH108, PTH112
