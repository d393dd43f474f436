"""START.html, the page that a learner opens first: how to begin, what to do when it fails, how to hand in."""

import re
from html import escape
from pathlib import Path
from string import Template

from hindcast import __version__
from hindcast.kit.checkout import graded_units, source_notebooks
from hindcast.kit.notebooks.normalise import read_notebook

ORDER = ("lesson", "workbook", "bench", "field")
TEMPLATE = Path(__file__).with_name("start.html")


def start_page(root: Path, units: list[str], left_out: list[str], wheel: str) -> str:
    """Return the page for a bundle of `units`, as HTML that loads nothing from the network."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        version=escape(__version__),
        wheel=escape(wheel),
        units="\n".join(_unit_row(root, unit) for unit in units),
        left_out=_said_of(left_out),
        example=next((unit for unit in reversed(units) if unit in graded_units(root)), units[0]),
    )


def _unit_row(root: Path, unit: str) -> str:
    names = [path.stem for path in source_notebooks(root, unit)]
    parts = sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    folder = f"<code>course/{unit}</code>"
    return f"<tr><td>{unit_title(root, unit)}</td><td>{folder}</td><td>{escape(', '.join(parts))}</td></tr>"


def unit_title(root: Path, unit: str) -> str:
    """Return the unit's number and the first heading of its lesson; else the unit's name in words."""
    lesson = root / "solutions" / unit / "lesson.ipynb"
    text = "\n".join(cell.source for cell in read_notebook(lesson).cells) if lesson.is_file() else ""
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return escape(f"{unit[:2]} {heading[1] if heading else unit[3:].replace('_', ' ').capitalize()}")


def _said_of(left_out: list[str]) -> str:
    if not left_out:
        return ""
    numbers = ", ".join(unit[:2] for unit in left_out)
    return (
        f"<p>The course has more, which is not in this bundle: {numbers}. Where a notebook speaks of another "
        "unit, it says so. Your trainer can send you a bundle that has it.</p>"
    )
