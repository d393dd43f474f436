"""Where an unpacked bundle is: the course as `hindcast bundle` packs it for learners, without a checkout."""

from pathlib import Path

MARKER = "hindcast-bundle.json"


def bundle_of(place: Path) -> Path | None:
    """The unpacked bundle that holds `place`, or None. A bundle's own Python lies in it too, as .venv."""
    place = place.resolve()
    return next((folder for folder in (place, *place.parents) if (folder / MARKER).is_file()), None)
