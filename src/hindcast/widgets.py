"""Explorers: a slider or a choice over a :class:`hindcast.figures.Picture` that is drawn anew.

Where no kernel answers, or where widgets cannot be shown, the output holds a still picture with its sentence.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

from hindcast.figures import Picture

if TYPE_CHECKING:
    from ipywidgets import Widget


def explore_number(label: str, values: range, start: int, draw: Callable[[int], Picture]) -> None:
    """Show ``draw(number)`` under a slider over ``values``, which the arrow keys move."""
    import ipywidgets

    slider = ipywidgets.IntSlider(
        start,
        values.start,
        values[-1],
        values.step,
        description=label,
        style={"description_width": "initial"},
    )
    _wide(slider)
    first = draw(start)
    shown = ipywidgets.HTML(_as_html(first))
    slider.observe(lambda change: setattr(shown, "value", _as_html(draw(change["new"]))), names="value")
    _show([slider, shown], first)


def explore_choice(
    label: str, options: Mapping[str, Hashable], start: Hashable, draw: Callable[..., Picture]
) -> None:
    """Show ``draw(value)`` under a button for each of ``options`` (what is read -> value).

    Buttons, because JupyterLab keeps the arrow keys from radio buttons. Tab reaches these, Space presses one.
    """
    import ipywidgets

    layout = {"width": "auto", "height": "auto", "margin": "2px"}
    buttons = {value: ipywidgets.Button(description=text, layout=layout) for text, value in options.items()}
    texts = {value: text for text, value in options.items()}
    shown = ipywidgets.HTML()

    def choose(chosen: Hashable) -> Picture:
        for value, button in buttons.items():
            button.description = f"✓ {texts[value]}" if value == chosen else texts[value]
            button.button_style = "primary" if value == chosen else ""
        picture = draw(chosen)
        shown.value = _as_html(picture)
        return picture

    for value, button in buttons.items():
        button.on_click(lambda _, value=value: choose(value))
    row = ipywidgets.HBox(list(buttons.values()), layout={"flex_flow": "row wrap"})
    _show([ipywidgets.Label(label), row, shown], choose(start))


def explore_steps(
    label: str,
    steps: Mapping[str, Hashable],
    start: Hashable,
    switch: str,
    draw: Callable[[Hashable, bool], Picture],
) -> None:
    """Show ``draw(value, switched)`` under a slider over ``steps`` (what is read -> value) and a switch.

    The arrow keys move the slider; Tab reaches the switch, a button that Space presses.
    """
    import ipywidgets

    slider = ipywidgets.SelectionSlider(
        options=list(steps.items()),
        value=start,
        description=label,
        style={"description_width": "initial"},
    )
    _wide(slider)
    layout = {"width": "auto", "height": "auto", "margin": "2px", "align_self": "flex-start"}
    button = ipywidgets.ToggleButton(False, description=switch, layout=layout)
    first = draw(start, False)
    shown = ipywidgets.HTML(_as_html(first))

    def redraw(_: object) -> None:
        button.description = f"✓ {switch}" if button.value else switch
        button.button_style = "primary" if button.value else ""
        shown.value = _as_html(draw(slider.value, button.value))

    slider.observe(redraw, names="value")
    button.observe(redraw, names="value")
    _show([slider, button, shown], first)


def _wide(slider: Widget) -> None:
    slider.layout.width, slider.layout.height = "min(40em, 95%)", "auto"
    slider.layout.flex_flow = "row wrap"  # at 200 % zoom the label moves above the track


def _show(parts: list[Widget], first: Picture) -> None:
    """Show the parts of an explorer; where no widget can be shown, ``first`` and its sentence stand in."""
    import ipywidgets
    from IPython.display import display

    bundle = ipywidgets.VBox(parts)._repr_mimebundle_()
    display({**bundle, "image/png": first.png(), "text/plain": first.sentence}, raw=True)


def _as_html(picture: Picture) -> str:
    """The picture and its sentence as HTML. Screen readers announce the sentence when it changes."""
    image = base64.b64encode(picture.png()).decode()
    sentence = html.escape(picture.sentence)
    return (
        f'<img src="data:image/png;base64,{image}" alt="{sentence}" style="max-width:100%">'
        f'<p role="status" aria-live="polite" style="max-width:46em;line-height:1.5">{sentence}</p>'
    )
