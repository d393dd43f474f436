"""The key of the pilot in workbook 06 follows from its report, and wrong readings have other numbers."""

import re
from pathlib import Path

import nbformat

from hindcast.kit.notebooks.answer_banks import load_bank

ROOT = Path(__file__).parents[3]
UNIT = "06_reading_classifications"


def reference(exercise):
    """The named answers of the bank's reference."""
    bank = load_bank(ROOT / "tests" / "answers" / f"{UNIT}.toml")
    answer = next(a for a in bank if (a.exercise, a.kind) == (exercise, "reference"))
    names = {}
    exec(answer.code, names)
    return names


def test_the_pilots_key_follows_from_its_report_and_its_mistaken_readings_give_numbers_of_their_own():
    cells = nbformat.read(ROOT / "solutions" / UNIT / "workbook.ipynb", as_version=4).cells
    report = next(cell.source for cell in cells if "We watched" in cell.source)
    said = re.search(
        r"watched ([\d,]+).*flagged (\d+).*, (\d+) % cancelled.*In all, (\d+)", report.replace("\n", " ")
    )
    watched, flagged, percent, cancelled = (int(number.replace(",", "")) for number in said.groups())
    caught = percent * flagged // 100
    missed, false_alarm = cancelled - caught, flagged - caught
    left_alone = watched - caught - missed - false_alarm
    key = {"caught": caught, "missed": missed, "false_alarm": false_alarm, "left_alone": left_alone}
    assert reference("pilot_counts")["pilot"] == key
    of_those_who_cancelled = percent * cancelled / 100
    mistaken = [of_those_who_cancelled, false_alarm, flagged, cancelled, missed, left_alone]
    assert caught not in mistaken
    assert len(set(mistaken)) == len(mistaken)
