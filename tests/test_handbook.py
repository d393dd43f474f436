"""The handbook's pages of the units against the notebooks they are about."""

import re

import pytest
from handbook_pages import (
    EXERCISED,
    HANDBOOK,
    KINDS,
    ROOT,
    UNITS,
    code_names,
    everything_said,
    exercises,
    joined,
    kinds_of,
    minutes_said,
    named_places,
    page_of,
    parts_of,
    places_of,
    recognised,
    sections,
    tables,
    text_of,
)

from hindcast.check import misconceptions
from hindcast.kit.notebooks.answer_banks import bank_path, load_bank

PARTS = [
    *("The point", "Open with", "Minutes", "What people will say", "Misconceptions and how to answer them"),
    *("When the room is split", "Cut first", "On the screen", "Close with"),
]
ROLES = {"designer", "engineer", "product manager", "analyst"}


@pytest.fixture(params=UNITS)
def unit(request):
    return request.param


@pytest.fixture
def parts(unit):
    """Heading -> text, of the page of the unit."""
    return sections(text_of(page_of(unit)), 2)


@pytest.fixture
def minutes(parts):
    """Kind of notebook -> the rows of its table of minutes."""
    return {kind.lower(): tables(text)[0] for kind, text in sections(parts["Minutes"], 3).items()}


def test_every_unit_that_gives_points_has_a_page_and_no_page_is_about_nothing():
    pages = sorted(page.stem for page in (HANDBOOK / "units").iterdir())
    assert [name for name in pages if name < "90"] == UNITS


def test_a_page_of_a_unit_has_every_part_in_order_and_says_that_it_is_not_for_learners(unit, parts):
    assert list(parts) == PARTS
    assert all(text.strip() for text in parts.values())
    head = text_of(page_of(unit)).partition("\n## ")[0]
    assert "> For trainers. This page names right answers" in head


def test_the_point_is_one_sentence_that_a_trainer_can_say(parts):
    sentence = joined(re.match(r"\s*((?:> .*\n?)+)", parts["The point"])[1].replace("> ", ""))
    assert re.fullmatch(r"[A-Z][^.]*\.", sentence)
    assert len(sentence.split()) <= 30


def test_the_tables_of_minutes_are_those_of_the_notebooks_of_the_unit(unit, minutes):
    assert list(minutes) == kinds_of(unit)


def test_every_exercise_is_in_its_page_with_title_and_points(unit, minutes):
    for kind in set(EXERCISED) & set(kinds_of(unit)):
        found = {row["grade id"]: (row["exercise"], float(row["points"])) for row in minutes[kind]}
        expected = {
            f"`{name}`": (title, points) for name, (title, points, _) in exercises(unit, kind).items()
        }
        assert found == expected


def test_the_sum_of_points_in_a_pages_head_is_that_of_the_notebooks(unit):
    head = joined(text_of(page_of(unit)).partition("\n## ")[0])
    for kind in set(EXERCISED) & set(kinds_of(unit)):
        points = sum(points for _, points, _ in exercises(unit, kind).values())
        assert re.search(rf"\[{kind}\]\([^)]*\) with {points:g}\b", head), (kind, points)


def test_minutes_from_and_to_hold_those_of_each_exercise_and_of_each_part(unit, minutes):
    for kind, rows in minutes.items():
        said = dict(parts_of(unit, kind))
        rows_by_title = {row.get("part") or row["exercise"]: row for row in rows}
        assert {title for title, minutes in said.items() if minutes} <= set(rows_by_title) <= set(said)
        for title, row in rows_by_title.items():
            least, most = int(row["from"]), int(row["to"])
            assert 0 < least < most, title
            assert said[title] is None or least <= said[title] <= most, title


def test_minutes_from_and_to_together_hold_what_the_head_of_the_notebook_says(unit, minutes):
    for kind, rows in minutes.items():
        least, most = minutes_said(unit, kind)
        assert sum(int(row["from"]) for row in rows) <= least, kind
        assert most <= sum(int(row["to"]) for row in rows), kind


def test_every_misconception_of_the_unit_is_answered_and_no_other(unit, parts):
    answered = [heading.strip("`") for heading in sections(parts["Misconceptions and how to answer them"], 3)]
    banked = {mistake for answer in load_bank(bank_path(ROOT, unit)) for mistake in answer.mistakes}
    assert banked <= set(answered)
    assert sorted(answered) == sorted(recognised(unit))


def test_an_answer_to_a_misconception_says_what_is_believed_where_it_shows_what_to_ask_and_where_to_go(
    unit, parts
):
    places, names = places_of(unit), {name for kind in EXERCISED for name in exercises(unit, kind)}
    for heading, text in sections(parts["Misconceptions and how to answer them"], 3).items():
        lines = dict(
            re.findall(r"^\* ([A-Z][\w ]+): (.+?)(?=^\* |\Z)", text.strip() + "\n", re.MULTILINE | re.DOTALL)
        )
        assert list(lines) == ["Believed", "Seen in", "Ask back", "Go back to"], heading
        assert joined(lines["Believed"]) == misconceptions()[heading.strip("`")]["believed"]
        shown = {
            (kind, name)
            for kind, listed in re.findall(
                rf"({'|'.join(KINDS)}) ((?:`\w+`(?:, )?)+)", joined(lines["Seen in"])
            )
            for name in code_names(listed)
        }
        assert shown == recognised(unit)[heading.strip("`")], heading
        assert lines["Ask back"].count("?") >= 1, f"{heading}: a question back, not a lecture"
        leads_to = (
            set(named_places(lines["Go back to"])) & places or set(code_names(lines["Go back to"])) & names
        )
        leads_to |= set(code_names(lines["Go back to"])) & {"learned_from"}
        assert leads_to, f"{heading}: to which figure or exercise?"


def test_when_the_room_is_split_each_exercise_has_a_way_out(unit, parts):
    rows = tables(parts["When the room is split"])[0]
    graded = {f"`{name}`" for kind in EXERCISED for name in exercises(unit, kind)}
    covered = {row["exercise"] for row in rows}
    assert covered == graded
    assert all(len(row["what to do"].split()) >= 8 for row in rows)


def test_what_to_cut_first_is_an_exercise_or_a_part_of_the_unit(unit, parts):
    graded = {name for kind in EXERCISED for name in exercises(unit, kind)}
    assert set(code_names(parts["Cut first"])) & graded or set(named_places(parts["Cut first"])) & places_of(
        unit
    )


def test_people_of_every_role_are_heard(parts):
    rows = tables(parts["What people will say"])[0]
    assert {row["who"] for row in rows} >= ROLES
    assert {row["who"] for row in rows} <= {*ROLES, "anybody"}


def test_a_page_names_no_place_and_no_name_that_the_notebooks_do_not_have(unit):
    text, said = text_of(page_of(unit)), everything_said(unit)
    assert set(named_places(text)) <= places_of(unit)
    known = {*misconceptions(), *UNITS}
    for name in code_names(text):
        assert name in known or not re.fullmatch(r"[\w\"]+", name) or name in said, name


def test_numbers_in_a_page_stand_in_the_notebooks(unit):
    text = "\n".join(
        line for line in text_of(page_of(unit)).splitlines() if not re.search(r"\| \d+ \| \d+ \|", line)
    )
    text, said = re.sub(r"\]\([^)]*\)|\bunit \d+", "", text, flags=re.IGNORECASE), everything_said(unit)
    points = {f"{sum(p for _, p, _ in exercises(unit, kind).values()):g}" for kind in EXERCISED}
    for number in set(re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])", text)):
        plain = number.rstrip(",").replace(",", "")
        written = {plain, f"{float(plain):,g}", number.rstrip(",")}
        there = any(re.search(rf"(?<![\d.,]){re.escape(one)}(?!\d)", said) for one in written)
        assert there or float(plain) < 10 or plain in points, number
