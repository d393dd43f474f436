"""course/ is derived: it equals a fresh release of solutions/."""

from pathlib import Path

import pytest

from hindcast.kit.checkout import unit_names
from hindcast.kit.notebooks.release import generate

ROOT = Path(__file__).resolve().parents[1]


def files(folder):
    return (
        {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}
        if folder.exists()
        else {}
    )


@pytest.mark.parametrize("unit", unit_names(ROOT))
def test_course_equals_a_fresh_release(unit, tmp_path):
    fresh, course = files(generate(ROOT, unit, tmp_path)), files(ROOT / "course" / unit)
    different = sorted(name for name in fresh.keys() | course.keys() if fresh.get(name) != course.get(name))
    assert not different, (
        f"course/{unit} is not what its source gives: {different}. Mend: hindcast build {unit}"
    )


def test_course_has_no_unit_without_a_source():
    assert sorted(path.name for path in (ROOT / "course").iterdir() if path.is_dir()) == unit_names(ROOT)
