"""Screens of Larder's app and dashboards, drawn from a learner's answers.

A screen never fails on what a learner wrote: a value that is not there yet is shown as a dash, one that
cannot be read as a question mark. The exercise's test cell says what is wrong with it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from hindcast.forms.plain_data import as_plain_data

EMPTY, UNREADABLE = "–", "?"

FRAME = (
    "background:#ffffff;color:#222222;border:1px solid #777777;border-radius:0.6em;max-width:44em;"
    "overflow:hidden;line-height:1.45;margin:0.4em 0"
)
WIDE = ";max-width:62em"
BAR = "background:#174a3a;color:#ffffff;padding:0.45em 0.9em;font-weight:bold"
BODY = "padding:0.7em 0.9em"
TILES = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(8.5em,100%),1fr));gap:0.7em"
TILE = "border:1px solid #999999;border-radius:0.4em;padding:0.5em 0.8em"
MARKED = "border:3px solid #174a3a"
BIG = "font-size:1.6em;font-weight:bold;overflow-wrap:anywhere"
BUTTON = (
    "display:inline-block;border:1px solid #222222;border-radius:1em;"
    "padding:0.2em 0.9em;margin:0.6em 0.5em 0 0"
)
PRESSED = "background:#174a3a;color:#ffffff;font-weight:bold"

COLUMNS = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(11em,100%),1fr));gap:0.4em 1.2em"
COLUMN_HOLDS = 6
HANGING = "padding-left:1.4em;text-indent:-1.4em"
INLINE = "display:inline-block;margin-right:1.2em"
ROW = "display:grid;grid-template-columns:minmax(4em,9em) 1fr;gap:0.8em;padding:0.25em 0"

TABLE = "border-collapse:collapse;color:#222222"
CELL = "text-align:left;padding:0.2em 0.9em 0.2em 0;border-bottom:1px solid #cccccc;background:#ffffff"

Tile = tuple[object, str]


class Screen:
    """A screen as HTML, and as lines of text that say the same."""

    def __init__(self, markup: str, text: str):
        self._markup, self._text = markup, text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self._markup, "text/plain": self._text}


def dashboard(
    title: str,
    tiles: Sequence[Tile],
    note: str = "",
    buttons: Sequence[str] = (),
    pressed: object = None,
    marked: object = None,
) -> Screen:
    """Draw a titled screen of tiles, each a value over its label, with a note and buttons below.

    ``pressed`` is the text of the button that is shown as chosen, ``marked`` the label of the tile that
    stands out; both may be anything a learner wrote.
    """
    chosen, outlined = _folded(pressed), _folded(marked)
    markup = "".join(_tile(value, label, _folded(label) == outlined) for value, label in tiles)
    below = f"<div style='margin-top:0.6em'>{html.escape(note)}</div>" if note else ""
    below += "".join(_button(name, _folded(name) == chosen) for name in buttons)
    body = f"<div style='{TILES}'>{markup}</div>{below}"
    return Screen(_page(title, body), _as_text(title, tiles, note, buttons, chosen, outlined))


def lettered_card(title: str, lines: Sequence[str], choices: Mapping[str, Mapping[str, str]]) -> Screen:
    """Draw a card: its lines, and below them for each part the words one can choose, each with its letter."""
    # Many short choices go on one line across the card, all others in columns.
    across = {part: words for part, words in choices.items() if len(words) > COLUMN_HOLDS}
    lines_across = "".join(_column(part, words, INLINE) for part, words in across.items())
    columns = "".join(_column(part, choices[part], HANGING) for part in choices if part not in across)
    said = "".join(f"<div style='margin-bottom:0.35em'>{html.escape(line)}</div>" for line in lines)
    text = [f"[{title}]", *lines]
    text += [f"{part}: " + "; ".join(_with_letters(words)) for part, words in choices.items()]
    page = _page(title, f"{said}{lines_across}<div style='{COLUMNS}'>{columns}</div>", WIDE)
    return Screen(page, "\n".join(text))


def listing(title: str, rows: Sequence[tuple[str, str]], note: str = "") -> Screen:
    """Draw a list: each row a short heading and what is said under it; a note below."""
    markup = "".join(
        f"<div style='{ROW}'><b>{html.escape(head)}</b><span>{html.escape(words)}</span></div>"
        for head, words in rows
    )
    below = f"<div style='margin-top:0.6em'>{html.escape(note)}</div>" if note else ""
    text = [f"[{title}]", *(f"{head}: {words}" for head, words in rows), *[note] * bool(note)]
    return Screen(_page(title, markup + below), "\n".join(text))


def sheet(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> Screen:
    """Draw a table: a head for each column; the first cell of a row says what it is about; a note below."""
    top = "".join(f"<th scope='col' style='{CELL}'>{html.escape(head)}</th>" for head in heads)
    body = "".join(
        f"<tr><th scope='row' style='{CELL}'>{html.escape(shown(row[0]))}</th>"
        + "".join(f"<td style='{CELL}'>{html.escape(shown(value))}</td>" for value in row[1:])
        + "</tr>"
        for row in rows
    )
    table = f"<div style='overflow-x:auto'><table style='{TABLE}'><tr>{top}</tr>{body}</table></div>"
    below = f"<div style='margin-top:0.6em'>{html.escape(note)}</div>" if note else ""
    lines = [" | ".join(heads), *(" | ".join(shown(value) for value in row) for row in rows)]
    text = "\n".join([f"[{title}]", *lines, *[note] * bool(note)])
    return Screen(_page(title, table + below, WIDE), text)


def spelled(code: Any, choices: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The words that a learner's letters stand for, by part: a dash where there is none, ? for two."""
    letters = set(str.upper(code)) if issubclass(type(code), str) else set()
    chosen = {
        part: [words[letter] for letter in words if letter in letters] for part, words in choices.items()
    }
    return {
        part: EMPTY if not found else found[0] if len(found) == 1 else UNREADABLE
        for part, found in chosen.items()
    }


def named_tiles(record: object, labels: Mapping[str, str]) -> list[Tile]:
    """Tiles of the values named in ``labels`` (key of ``record`` -> what the screen calls it)."""
    return [(value_of(record, key), label) for key, label in labels.items()]


def value_of(record: Any, key: str) -> object:
    """``record[key]`` where ``record`` is a dict that has it, else None."""
    return dict.get(record, key) if issubclass(type(record), dict) else None


def shown(value: object, unit: str = "") -> str:
    """``value`` as a screen shows it: numbers with thousands apart, a dash for nothing, ? for the rest."""
    try:
        exact = as_plain_data(value)
    except (TypeError, RecursionError):
        return UNREADABLE
    if exact is None:
        return EMPTY
    if isinstance(exact, bool | dict | list):
        return UNREADABLE
    text = exact if isinstance(exact, str) else f"{exact:,.4g}" if isinstance(exact, float) else f"{exact:,}"
    return f"{text} {unit}".strip()


def _page(title: str, body: str, width: str = "") -> str:
    bar = f"<div style='{BAR}'>{html.escape(title)}</div>"
    return f"<div style='{FRAME}{width}'>{bar}<div style='{BODY}'>{body}</div></div>"


def _column(part: str, words: Mapping[str, str], style: str) -> str:
    lines = "".join(f"<div style='{style}'>{html.escape(line)}</div>" for line in _with_letters(words))
    return f"<div><b>{html.escape(part)}</b><div>{lines}</div></div>"


def _with_letters(words: Mapping[str, str]) -> list[str]:
    return [f"{letter}\u00a0 {choice}" for letter, choice in words.items()]


def _tile(value: object, label: str, marked: bool) -> str:
    style = f"{TILE};{MARKED}" if marked else TILE
    words = html.escape(label) + (" <strong>(chosen)</strong>" if marked else "")
    return (
        f"<div style='{style}'><div style='{BIG}'>{html.escape(shown(value))}</div><div>{words}</div></div>"
    )


def _button(name: str, pressed: bool) -> str:
    style = f"{BUTTON};{PRESSED}" if pressed else BUTTON
    return f"<span style='{style}'>{html.escape(('✓ ' if pressed else '') + name)}</span>"


def _folded(text: Any) -> str | None:
    """A learner's text for comparison, or None for anything that is not text."""
    return " ".join(str.replace(text, "_", " ").split()).casefold() if issubclass(type(text), str) else None


def _as_text(
    title: str,
    tiles: Sequence[Tile],
    note: str,
    buttons: Sequence[str],
    chosen: str | None,
    outlined: str | None,
) -> str:
    lines = [f"[{title}]"]
    lines += [
        f"{shown(value)}  {label}{' (chosen)' if _folded(label) == outlined else ''}"
        for value, label in tiles
    ]
    lines += [note] * bool(note)
    lines += [f"({'x' if _folded(name) == chosen else ' '}) {name}" for name in buttons]
    return "\n".join(lines)
