"""What a person can do after a unit: the objectives of its lesson, as plain text."""

import re
from pathlib import Path

from hindcast.kit.normalise import read_notebook

OPENS = "After it you can"  # the line in a lesson that its objectives follow
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"[*`]")
_ENDS = re.compile(r"(?:,? and)?[,;.]*$")


def objectives(root: Path, unit: str) -> list[str]:
    """The items that follow "After it you can" in the unit's lesson; none where it has no such line."""
    path = root / "solutions" / unit / "lesson.ipynb"
    if not path.is_file():
        return []
    prose = [cell.source for cell in read_notebook(path).cells if cell.cell_type == "markdown"]
    after = next((text.partition(OPENS)[2] for text in prose if OPENS in text), "")
    items: list[str] = []
    for line in after.strip().splitlines():
        if line.startswith("* "):
            items.append(line[2:])
        elif line.startswith("  ") and items:
            items[-1] += " " + line.strip()
        else:
            break
    return [plain(item) for item in items]


def plain(markdown: str) -> str:
    """One item of a list without links, emphasis and the comma or full stop that ends it."""
    return _ENDS.sub("", _MARKS.sub("", _LINK.sub(r"\1", markdown)).strip())
