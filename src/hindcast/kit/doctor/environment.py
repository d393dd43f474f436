"""Checks of Python, its packages, the free disk space and the clock."""

import os
import platform
import re
import shutil
import struct
import sys
import tempfile
from datetime import datetime
from importlib.metadata import PackageNotFoundError, distributions, requires
from pathlib import Path

from hindcast.kit.doctor.findings import Finding, mend, ok, shell_command
from hindcast.kit.doctor.workplace import Workplace

OLDEST = (3, 11)
LOCK = "requirements.lock"
NAMED = 3  # packages named in one line
ROOM = 1 << 30  # bytes that a cohort's hand-ins, or a day's work, may need
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+) *(?:;([^\\]*))?", re.MULTILINE)
FIRST_YEAR, LAST_YEAR = 2026, 2100


def look_at_python(
    place: Workplace, version: tuple[int, ...] = sys.version_info[:3], bits: int = 0
) -> Finding:
    """Check that Python is new enough, and 64 bit, as the libraries need."""
    bits = bits or 8 * struct.calcsize("P")
    says = f"{'.'.join(map(str, version[:3]))}, {bits} bit, in {sys.prefix}"
    if version[:2] < OLDEST or bits < 64:
        return mend(
            f"{says}; expected 64 bit and {'.'.join(map(str, OLDEST))} or newer",
            "make learn PYTHON=/path/to/python3.13",
        )
    return ok(says)


def look_at_packages(place: Workplace) -> Finding:
    """Check that packages have the versions of the lock; without a lock, those that the package requires."""
    lock = place.root / LOCK if place.root else None
    if lock and lock.is_file():
        return _as_locked(lock)
    return _as_required()


def _as_locked(lock: Path) -> Finding:
    from packaging.markers import Marker

    pins = {
        _normal(name): version
        for name, version, marker in PIN.findall(lock.read_text(encoding="utf-8"))
        if not marker.strip() or Marker(marker.strip()).evaluate()
    }
    there = _installed()
    missing = [name for name in pins if name not in there]
    other = [
        f"{name} {there[name]} for {version}"
        for name, version in pins.items()
        if there.get(name, version) != version
    ]
    if not missing and not other:
        return ok(f"{len(pins)}, all at the versions of {LOCK}")
    said = [f"missing: {_some(missing)}"] * bool(missing) + [f"another version: {_some(other)}"] * bool(other)
    fix = shell_command("python", "-m", "pip", "install", "--require-hashes", "-r", lock)
    return mend(f"{'; '.join(said)} (of {len(pins)})", fix)


def _as_required() -> Finding:
    from packaging.requirements import Requirement

    try:
        asked = [Requirement(text) for text in requires("hindcast") or []]
    except PackageNotFoundError:
        return ok(f"the package is not installed, it is read from a folder; there is no {LOCK} to compare")
    there = _installed()
    asked = [one for one in asked if one.marker is None or one.marker.evaluate()]
    lacking = [
        one
        for one in asked
        if _normal(one.name) not in there
        or not one.specifier.contains(there[_normal(one.name)], prereleases=True)
    ]
    if not lacking:
        return ok(f"all {len(asked)} that the course asks for")
    words = [f"{one.name}{one.specifier}" for one in lacking]
    return mend(
        f"missing or too old: {_some(words)}", shell_command("python", "-m", "pip", "install", *words)
    )


def _installed() -> dict[str, str]:
    """Return name -> version of installed packages; of two with one name, the one that Python finds first."""
    found: dict[str, str] = {}
    for one in distributions():
        if one.name:
            found.setdefault(_normal(one.name), one.version)
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _some(words: list[str]) -> str:
    more = len(words) - NAMED
    return ", ".join(words[:NAMED]) + (f" and {more} more" if more > 0 else "")


def look_at_room(place: Workplace, needed: int = ROOM) -> Finding:
    """Check `needed` bytes of free space and write permission for the course and for temporary files."""
    folders = {"the course": place.root or Path.cwd(), "temporary files": Path(tempfile.gettempdir())}
    said = []
    for name, folder in folders.items():
        free = shutil.disk_usage(folder).free
        if free < needed:
            return mend(
                f"{_size(free)} free for {name} in {folder}, expected {_size(needed)}",
                _make_room(name, folder),
            )
        if not os.access(folder, os.W_OK):
            return mend(f"{folder} cannot be written to ({name})", shell_command("chmod", "u+w", folder))
        said.append(f"{_size(free)} for {name}")
    return ok(f"{' and '.join(said)}")


def _make_room(name: str, folder: Path) -> str:
    if name == "temporary files" and os.name != "nt":
        return "export TMPDIR=/a/folder/with/room"
    return f"Remove what you no longer need from the disk of {folder}, then look again."


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def look_at_clock(place: Workplace, now: datetime | None = None) -> Finding:
    """Check that the year is plausible and the time zone exists: due dates are given in local time."""
    zone = os.environ.get("TZ", "")
    if zone and not _is_zone(zone):
        return mend(f"the variable TZ names a time zone {zone!r} that does not exist", "unset TZ")
    now = now or datetime.now().astimezone()
    says = f"{now:%Y-%m-%d %H:%M}, UTC{now:%z} ({now.tzname()})"
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        return mend(f"it is not {says}", "Set the clock and the time zone in the settings of this machine.")
    return ok(says)


def _is_zone(zone: str) -> bool:
    """Return whether `zone` is a name of a zone file, a path to one, or a rule such as CET-1CEST."""
    from zoneinfo import ZoneInfo

    name = zone.removeprefix(":")
    if Path(name).is_absolute():
        return Path(name).is_file()
    if re.fullmatch(r"(?:[A-Za-z]{3,}|<[^>]+>)[-+]?\d.*", name):
        return True
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return platform.system() == "Windows"  # Windows has no zone files
    return True
