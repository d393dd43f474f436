"""Reading the trainer's handbook: sections, tables and names of a page; and what the notebooks say."""

import re
from functools import cache
from pathlib import Path

import nbformat

from hindcast.kit.checkout import graded_units
from hindcast.kit.notebooks.recognised import mistakes_in

ROOT = Path(__file__).parents[1]
HANDBOOK = ROOT / "grading" / "handbook"
PAGES = sorted(HANDBOOK.rglob("*.md"))
# 90 to 99 are for a trainer's own units (adding_a_unit.md), which the handbook does not describe
UNITS = [unit for unit in graded_units(ROOT) if unit < "90"]
KINDS = ("lesson", "workbook", "bench", "field")
EXERCISED = ("workbook", "bench")


def page_of(unit):
    return HANDBOOK / "units" / f"{unit}.md"


@cache
def text_of(page):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def sections(text, level):
    """Heading -> the text under it, for the headings of one level."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    own = (re.split(rf"^#{{1,{level - 1}}} ", part, flags=re.MULTILINE)[0] for part in parts[2::2])
    return dict(zip(parts[1::2], own, strict=True))


def tables(text):
    """Every table as a list of rows, each a dict from its column's name."""
    found = []
    for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        head, _, *rows = (
            [cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()
        )
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def joined(text):
    """Text on one line, as a reader sees it."""
    return " ".join(text.split())


def code_names(text):
    return re.findall(r"`([^`]+)`", text)


def named_places(text):
    """Texts in italics: in the handbook, names of places in a notebook."""
    return re.findall(
        r"(?<!\*)\*([^*\s][^*]*[^*\s])\*(?!\*)", joined(re.sub(r"^\* ", "", text, flags=re.MULTILINE))
    )


# --- the notebooks ------------------------------------------------------------------------------------------


@cache
def cells(unit, kind):
    path = ROOT / "solutions" / unit / f"{kind}.ipynb"
    return nbformat.read(path, as_version=4).cells if path.is_file() else []


def kinds_of(unit):
    return [kind for kind in KINDS if cells(unit, kind)]


def parts_of(unit, kind):
    """(title, minutes) of each heading of a notebook; no minutes where it says none."""
    prose = "\n".join(cell.source for cell in cells(unit, kind) if cell.cell_type == "markdown")
    headings = re.findall(r"^## (.+?)(?: \((?:\d+ points, )?(\d+) minutes?\))?$", prose, re.MULTILINE)
    return [(title, int(minutes) if minutes else None) for title, minutes in headings]


def minutes_said(unit, kind):
    """(least, most) minutes that the head of a notebook promises."""
    said = re.search(r"(?:(\d+) to )?(\d+) minutes", cells(unit, kind)[0].source)
    return int(said[1] or said[2]), int(said[2])


def exercise_of(cell):
    """The exercise that a cell gives points for, by a test or by a person; "" where it gives none."""
    record = cell.metadata.get("nbgrader", {})
    return record["grade_id"].removesuffix("_test") if record.get("grade") else ""


def exercises(unit, kind):
    """Exercise -> (title, points, minutes), in order."""
    found, title, minutes = {}, None, None
    for cell in cells(unit, kind):
        heading = re.search(r"^## (\d.*) \(\d+ points?, (\d+) minutes?\)$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            title, minutes = heading[1], int(heading[2])
        if name := exercise_of(cell):
            found[name] = (title, cell.metadata.nbgrader.points, minutes)
    return found


def recognised(unit):
    """Misconception -> the exercises and instant checks of a unit whose cells can recognise it."""
    found = {}
    for kind in kinds_of(unit):
        for cell in cells(unit, kind):
            asked = [(exercise_of(cell), cell.source)] if exercise_of(cell) else questions_of(cell)
            for name, source in asked:
                for mistake in mistakes_in(source, unit):
                    found.setdefault(mistake, set()).add((kind, name))
    return found


def questions_of(cell):
    """(name, call that makes it) of what a cell takes from its unit's module, such as instant checks."""
    return re.findall(r"^(\w+) = (\w+\.\w+\()", cell.source, re.MULTILINE)


def places_of(unit):
    """Names that a reader of a unit can look for: headings, and the lines of folded cells."""
    headings = {title for kind in kinds_of(unit) for title, _ in parts_of(unit, kind)}
    folded = {
        cell.source.partition("\n")[0].removeprefix("# ")
        for kind in kinds_of(unit)
        for cell in cells(unit, kind)
        if cell.metadata.get("jupyter", {}).get("source_hidden")
    }
    return headings | folded


@cache
def everything_said(unit):
    """The whole text of a unit's notebooks, with outputs as text."""
    said = []
    for kind in kinds_of(unit):
        for cell in cells(unit, kind):
            said += [cell.source, exercise_of(cell)]
            for output in cell.get("outputs", []):
                said += [
                    str(output.get("text", "")),
                    *(str(v) for k, v in output.get("data", {}).items() if "text" in k),
                ]
    return "\n".join(said)
