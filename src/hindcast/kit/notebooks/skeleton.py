"""The skeleton of a new unit: every file that a unit owns, with notes on what is to be written.

The templates lie in unit_skeleton/. A note begins with the words of `TO_WRITE`. A test fails for each file
that still has such a note, and shows the first one.
"""

from pathlib import Path
from string import Template

from hindcast.errors import HindcastError
from hindcast.kit.checkout import checked_unit_name, unit_names

TO_WRITE = "TO WRITE:"
NOTEBOOKS = ("lesson", "workbook", "bench")
TEMPLATES = Path(__file__).with_name("unit_skeleton")


def write_skeleton(root: Path, unit: str) -> tuple[Path, list[Path]]:
    """Write the files of the new unit `unit` into the checkout `root`, its notebooks as py:percent texts.

    Returns the folder of the texts, scratch/UNIT, and all files written. Raises HindcastError, and writes
    nothing, for a name that no unit can have, a number or name that another unit has, and a file in the way.
    """
    _check_is_new(root, unit)
    texts = root / "scratch" / unit
    files = {texts / f"{notebook}.py": f"{notebook}.txt" for notebook in NOTEBOOKS} | _own_files(root, unit)
    if in_the_way := [path for path in files if path.exists()]:
        raise HindcastError(
            f"{in_the_way[0]} is there already. Nothing was written.",
            "Move it away, or choose another name for the unit.",
        )
    words = _words_of(unit)
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(words)
        path.write_text(text, encoding="utf-8", newline="\n")
    return texts, list(files)


def unwritten(text: str) -> list[str]:
    """Return the notes of a text on what is still to be written, a sentence each."""
    return [line.partition(TO_WRITE)[2].strip(' "*|)') for line in text.splitlines() if TO_WRITE in line]


def _check_is_new(root: Path, unit: str) -> None:
    checked_unit_name(unit)
    for other in unit_names(root):
        if other[:2] == unit[:2] or other[3:] == unit[3:]:
            what = "number" if other[:2] == unit[:2] else "name"
            raise HindcastError(
                f"The unit {other} has that {what} already. Nothing was written.",
                "Choose a number and a name that no unit has.",
            )


def _own_files(root: Path, unit: str) -> dict[Path, str]:
    """Return path -> template of the files that a unit owns beside its notebooks."""
    package, tests = root / "src" / "hindcast", root / "tests"
    own = {
        package / "units" / f"{unit[3:]}.py": "unit_module.txt",
        package / "misconceptions" / f"{unit}.toml": "misconceptions.txt",
        tests / "answers" / f"{unit}.toml": "bank.txt",
        root / "grading" / "handbook" / "units" / f"{unit}.md": "handbook_page.txt",
    }
    names = [f"test_{kind}" for kind in (*NOTEBOOKS, "browser")]
    return own | {tests / "units" / unit / f"{name}.py": f"{name}.txt" for name in names}


def _words_of(unit: str) -> dict[str, str]:
    """Return the placeholders of the templates: the unit's name with its number, without it, and in words."""
    lower = unit[3:].replace("_", " ")
    return {
        "unit": unit,
        "number": unit[:2],
        "name": unit[3:],
        "lower": lower,
        "title": lower.capitalize(),
    }
