"""The small pictures of the data cards, drawn from the tables, each with a sentence that describes it."""

import io
import runpy
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from hindcast.figures import Picture

# Text stays text, so that it can be read aloud and enlarged. A fixed salt makes the SVG's ids reproducible.
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "hindcast"}


def draw_pictures(folder: Path, made: dict[str, "pd.DataFrame"]) -> dict[str, bytes]:
    """Return the pictures by their path in datasets/: one SVG for each Python file in `folder`.

    Such a file has a function `draw()` that returns a :class:`hindcast.figures.Picture`. Its parameters are
    named after the tables in `made` that it draws.
    """
    return {f"cards/{name}.svg": as_svg(picture) for name, picture in drawn_pictures(folder, made).items()}


def drawn_pictures(folder: Path, made: dict[str, "pd.DataFrame"]) -> dict[str, "Picture"]:
    """Return the pictures by the name of their file, without suffix."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        by = runpy.run_path(str(path))["draw"]
        found[path.stem] = by(**{name: made[name] for name in signature(by).parameters})
    return found


def as_svg(picture: "Picture") -> bytes:
    """Return the figure as SVG with its sentence inside. The same figure gives the same bytes."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context(SETTINGS):
        picture.figure.savefig(buffer, format="svg", metadata={"Date": None, "Description": picture.sentence})
    return buffer.getvalue()
