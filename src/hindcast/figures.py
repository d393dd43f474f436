"""Figures of the lessons. Each is a :class:`Picture`: a matplotlib figure and a sentence that says the same.

Shapes and words carry the meaning; colours (Okabe and Ito's, safe for colour-blind readers) only repeat it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, VERMILION, GREY, INK = "#0072B2", "#E69F00", "#D55E00", "#9A9A9A", "#222222"

DOTS_PER_INCH = 110


class Picture:
    """A figure and its sentence. Displayed, it shows the figure with the sentence below it."""

    def __init__(self, figure: Figure, sentence: str):
        self.figure, self.sentence = figure, sentence

    def png(self) -> bytes:
        """The figure as PNG; the same figure gives the same bytes."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        buffer = io.BytesIO()
        self.figure.set_dpi(DOTS_PER_INCH)
        # not savefig: with a layout it draws everything twice, for the same picture
        FigureCanvasAgg(self.figure).print_png(buffer, metadata={"Software": None})
        return buffer.getvalue()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        alt = {"image/png": {"alt": self.sentence}}
        display({"image/png": self.png(), "text/plain": self.sentence}, raw=True, metadata=alt)
        display({"text/markdown": self.sentence, "text/plain": self.sentence}, raw=True)


def new_figure(width: float, height: float) -> Figure:
    """A figure without pyplot: no global state, no second display by the notebook, a quicker start."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")
