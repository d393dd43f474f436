"""The handbook's timetables: their minutes add up, and hold what the pages of the units say of each piece."""

import re

import pytest
from handbook_pages import (
    EXERCISED,
    HANDBOOK,
    KINDS,
    UNITS,
    code_names,
    exercises,
    named_places,
    page_of,
    sections,
    tables,
    text_of,
)

RUNNING = text_of(HANDBOOK / "running.md")
HEADED = sections(RUNNING, 2) | sections(RUNNING, 3)
KIND_OF_ROW = ("Open", "Do", "Talk", "Show", "Break", "Close")
LONG = {"A day, 9:00 to 16:30": 450}


def timetables():
    """Heading -> rows, of each section that has a table with clock times."""
    found = {}
    for heading, text in HEADED.items():
        for rows in tables(text.split("\n### ")[0]):
            if list(rows[0]) == ["from", "minutes", "what", "how"]:
                found[heading] = rows
    return found


TIMETABLES = timetables()


def unit_by_number(number):
    return next(unit for unit in UNITS if unit.startswith(f"{number}_"))


def pieces(unit):
    """Grade id, part of a lesson or field, or kind of notebook -> (from, to), as the unit's page says."""
    found = {}
    for kind, text in sections(sections(text_of(page_of(unit)), 2)["Minutes"], 3).items():
        rows = tables(text)[0]
        for row in rows:
            name = row["grade id"].strip("`") if kind.lower() in EXERCISED else (kind.lower(), row["part"])
            found[name] = int(row["from"]), int(row["to"])
        found[kind.lower()] = sum(int(row["from"]) for row in rows), sum(int(row["to"]) for row in rows)
    return found


def minutes_of(text):
    """(least, most) minutes of what a cell names: exercises, whole notebooks, or the parts of one."""
    least = most = 0
    by_exercise = {
        name: span for unit in UNITS for name, span in pieces(unit).items() if isinstance(name, str)
    }
    names = code_names(text)
    spans = [by_exercise[name] for name in names]
    for kind, number in re.findall(rf"({'|'.join(KINDS)}) (\d\d)", text):
        known, parts = pieces(unit_by_number(number)), named_places(text)
        spans += [known[kind, part] for part in parts] if parts else [known[kind]]
    for low, high in spans:
        least, most = least + low, most + high
    return least, most


def test_there_is_a_timetable_for_each_length():
    for length in ("45", "90", "180"):
        assert any(heading.startswith(f"{length} minutes") for heading in TIMETABLES), length
    for day in ("A day", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        assert any(heading.startswith(day) for heading in TIMETABLES), day
    assert {f"90 minutes, unit {unit[:2]}" for unit in UNITS[1:]} <= set(TIMETABLES)


@pytest.mark.parametrize("heading", TIMETABLES)
def test_the_minutes_of_a_timetable_add_up(heading):
    rows = TIMETABLES[heading]
    length = LONG.get(heading) or int(re.search(r"(\d+) minutes", heading)[1])
    starts = [int(row["from"].split(":")[0]) * 60 + int(row["from"].split(":")[1]) for row in rows]
    lengths = [int(row["minutes"]) for row in rows]
    assert starts == [starts[0] + sum(lengths[:n]) for n in range(len(rows))]
    assert sum(lengths) == length
    assert heading not in LONG or starts[0] == 9 * 60


@pytest.mark.parametrize("heading", TIMETABLES)
def test_each_row_of_a_timetable_says_what_people_do(heading):
    for row in TIMETABLES[heading]:
        assert re.match(rf"({'|'.join(KIND_OF_ROW)})\b", row["what"]), row
        assert row["what"].startswith("Break") or row["how"], row


@pytest.mark.parametrize("heading", TIMETABLES)
def test_what_people_do_fits_into_its_minutes_also_at_the_bench(heading):
    for row in TIMETABLES[heading]:
        if row["what"].startswith("Do "):
            for piece in row["what"].split("; at the bench: "):
                least, most = minutes_of(piece)
                assert 0 < least <= int(row["minutes"]) <= most, (piece, least, most)


@pytest.mark.parametrize("heading", TIMETABLES)
def test_a_break_comes_before_two_hours_are_over(heading):
    since, minutes = 0, []
    for row in TIMETABLES[heading]:
        since = 0 if row["what"].startswith("Break") else since + int(row["minutes"])
        minutes.append(since)
    assert max(minutes) <= 120


def eight_sittings():
    return tables(HEADED["45 minutes, eight sittings"])[0]


def test_each_of_the_eight_sittings_takes_45_minutes_and_holds_what_is_done_in_it():
    for row in eight_sittings():
        assert sum(int(row[part]) for part in ("open", "do", "talk", "close")) == 45, row
        least, most = minutes_of(row["in the sitting"])
        assert least <= int(row["do"]) <= most, row


def named_exercises(text):
    """The exercises a text stands for, those of whole notebooks included."""
    found = set(code_names(text))
    for kind, number in re.findall(rf"({'|'.join(EXERCISED)}) (\d\d)", text):
        found |= set(exercises(unit_by_number(number), kind))
    return found


def exercises_of_the_course(kind):
    return {name for unit in UNITS for name in exercises(unit, kind)}


def test_the_eight_sittings_have_every_exercise_once():
    named = " ".join(row["in the sitting"] + " " + row["alone, before the next"] for row in eight_sittings())
    assert named_exercises(named) == exercises_of_the_course("workbook") | exercises_of_the_course("bench")
    assert len(code_names(named)) == len(set(code_names(named)))


def test_a_week_has_every_exercise_and_a_day_every_workbook():
    days = [
        rows for heading, rows in TIMETABLES.items() if re.match(r"(Mon|Tues|Wednes|Thurs|Fri)day", heading)
    ]
    together = " ".join(row["what"] for rows in days for row in rows if row["what"].startswith("Do "))
    alone = " ".join(
        row["everyone"] + " " + row["at the bench"] for row in tables(HEADED["Alone, in the week"])[0]
    )
    assert named_exercises(f"{together} {alone}") == exercises_of_the_course(
        "workbook"
    ) | exercises_of_the_course("bench")
    day = " ".join(row["what"] for row in TIMETABLES["A day, 9:00 to 16:30"])
    assert named_exercises(day) >= exercises_of_the_course("workbook")


def test_the_minutes_alone_in_the_week_are_those_of_what_is_done():
    text = HEADED["Alone, in the week"]
    lines = [line for line in text.splitlines() if line.startswith("| ") and "everyone" not in line]
    for line in lines:
        _, everyone, minutes, bench, at_bench = (cell.strip() for cell in line.strip("|").split("|"))
        for what, said in ((everyone, minutes), (bench, at_bench)):
            least, most = minutes_of(what)
            assert said == (f"{least} to {most}" if most else ""), line
