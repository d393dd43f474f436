"""What a learner is shown: the catalogue of misconceptions, the reply to each, and the box around it."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from hindcast.errors import HindcastError

BOX = "border-left:4px solid #0072B2;padding:0.2em 0.8em;margin:0.3em 0;max-width:46em;line-height:1.5"


@cache
def misconceptions() -> dict[str, dict[str, str]]:
    """The catalogue: id -> ``believed``, ``tempting`` and ``look`` (look at next), a sentence each.

    Read from one file for each unit, in their order. A mistake of several units is in the first unit's file.
    Raises HindcastError for an id that is in two files.
    """
    catalogue: dict[str, dict[str, str]] = {}
    folder = files("hindcast").joinpath("misconceptions")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if not path.name.endswith(".toml"):
            continue
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        twice = sorted(catalogue.keys() & entries.keys())
        if twice:
            do_next = "Take it out there: a mistake belongs to the first unit that names it."
            raise HindcastError(f"misconceptions/{path.name} names {', '.join(twice)} once more.", do_next)
        catalogue |= entries
    return catalogue


def reply(mistake: str) -> list[str]:
    """What is said to someone who shows this mistake. Raises KeyError for an unknown id."""
    entry = misconceptions()[mistake]
    return [f"This looks like: {entry['believed']}", entry["tempting"], f"Look next: {entry['look']}"]


def show_box(head: str, lines: Sequence[str], data: Mapping[str, object] | None = None) -> None:
    """Show a heading and lines below it, as text and as HTML, with ``data`` (MIME type -> record)."""
    paragraphs = "".join(f"<div style='margin-top:0.2em'>{html.escape(line)}</div>" for line in lines)
    box = {
        "text/plain": "\n".join([f"{head}.", *lines]),
        "text/html": f'<div role="status" style="{BOX}"><b>{html.escape(head)}.</b>{paragraphs}</div>',
    }
    show_bundle({**box, **(data or {})})


def show_bundle(bundle: Mapping[str, object]) -> None:
    """Display a MIME bundle under the cell that runs."""
    from IPython.display import display

    display(dict(bundle), raw=True)
