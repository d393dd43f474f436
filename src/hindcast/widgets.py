"""Explorers: a slider over a figure of :mod:`hindcast.figures`.

Where no kernel answers, or where widgets cannot be shown, the output holds a still picture with its sentence.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable

from hindcast.figures import Picture, alert_counts, thousand_people


def explore_base_rate(recall: float, false_alarm_share: float, start: int = 50) -> None:
    """Show a thousand people and a slider for how many of them will cancel.

    The alert stays the same: it catches the share ``recall`` of those who cancel and bothers the share
    ``false_alarm_share`` of those who stay.
    """
    _explore(
        "Will cancel, out of 1,000",
        range(5, 305, 5),
        start,
        lambda cancel: thousand_people(alert_counts(cancel, recall, false_alarm_share)),
    )


def _explore(label: str, values: range, start: int, draw: Callable[[int], Picture]) -> None:
    import ipywidgets
    from IPython.display import display

    slider = ipywidgets.IntSlider(
        start,
        values.start,
        values[-1],
        values.step,
        description=label,
        style={"description_width": "initial"},
    )
    slider.layout.width, slider.layout.height = "min(40em, 95%)", "auto"
    slider.layout.flex_flow = "row wrap"  # at 200 % the label stands above, and the track keeps its width
    first = draw(start)
    shown = ipywidgets.HTML(_as_html(first))
    slider.observe(lambda change: setattr(shown, "value", _as_html(draw(change["new"]))), names="value")
    explorer = ipywidgets.VBox([slider, shown])
    bundle = explorer._repr_mimebundle_()
    display({**bundle, "image/png": first.png(), "text/plain": first.sentence}, raw=True)


def _as_html(picture: Picture) -> str:
    """The picture with its sentence as text for the eye, and announced when it changes."""
    image = base64.b64encode(picture.png()).decode()
    sentence = html.escape(picture.sentence)
    return (
        f'<img src="data:image/png;base64,{image}" alt="{sentence}" style="max-width:100%">'
        f'<p role="status" aria-live="polite" style="max-width:46em;line-height:1.5">{sentence}</p>'
    )
