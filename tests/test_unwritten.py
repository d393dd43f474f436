"""No placeholder of `hindcast build --new` is left in the units."""

from pathlib import Path

import nbformat
import pytest

from hindcast.kit.checkout import source_notebooks, unit_names
from hindcast.kit.notebooks.skeleton import unwritten

ROOT = Path(__file__).resolve().parents[1]


def files_of(unit):
    """The files of a unit that a maintainer writes; what stands in course/ is made from them."""
    modules = ROOT / "src" / "hindcast" / "units"
    return [
        *source_notebooks(ROOT, unit),
        *modules.glob(f"{unit[3:]}.py"),
        *sorted((modules / unit[3:]).glob("*.py")),
        *sorted((ROOT / "tests" / "units" / unit).glob("*.py")),
        ROOT / "src" / "hindcast" / "misconceptions" / f"{unit}.toml",
        ROOT / "tests" / "answers" / f"{unit}.toml",
        ROOT / "grading" / "handbook" / "units" / f"{unit}.md",
    ]


def text_of(path):
    if path.suffix == ".ipynb":
        return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=f"{unit}/{path.parent.name}/{path.name}")
        for unit in unit_names(ROOT)
        for path in files_of(unit)
    ],
)
def test_nothing_is_left_to_write_in(path):
    left = unwritten(text_of(path))
    assert not left, f"{path.relative_to(ROOT)}, the first of {len(left)}: {left[0]}"
