"""The learning objectives of a unit, from its lesson, as plain text."""

import re
from pathlib import Path

from hindcast.kit.notebooks.normalise import read_notebook

OF_THE_UNIT = "After it you can"  # the words in a lesson that its objectives follow
OF_THE_COURSE = "At its end you can"  # the same, in the first unit's lesson
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"[*`]")
_ENDS = re.compile(r"(?:,? and)?[,;.]*$")


def lesson_objectives(root: Path, unit: str, words: str = OF_THE_UNIT) -> list[str]:
    """Return the items of the list after `words` in the unit's lesson; none if it has no such list."""
    path = root / "solutions" / unit / "lesson.ipynb"
    if not path.is_file():
        return []
    prose = [cell.source for cell in read_notebook(path).cells if cell.cell_type == "markdown"]
    after = next((text.partition(words)[2] for text in prose if words in text), "")
    items: list[str] = []
    for line in after.strip().splitlines():
        if line.startswith("* "):
            items.append(line[2:])
        elif line.startswith("  ") and items:
            items[-1] += " " + line.strip()
        else:
            break
    return [without_markup(item) for item in items]


def without_markup(markdown: str) -> str:
    """Return an item of a list without links, emphasis, and the comma or full stop at its end."""
    return _ENDS.sub("", _MARKS.sub("", _LINK.sub(r"\1", markdown)).strip())
