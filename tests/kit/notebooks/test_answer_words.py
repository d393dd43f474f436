"""Answers in words: the forms come from the course's test cells, and the answer is never run."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from hindcast.kit.notebooks.answer_words import (
    LONGEST_ANSWER,
    answer_in_words,
    forms_of_check,
    forms_of_notebook,
)

CHECK = """\
# Check 1, a made-up exercise: run this cell
from hindcast import check

ways = {"A": "by phone", "B": "by letter"}
a_card = check.Letters(
    {"way": ways, "unit": {"P": "minutes", "Q": "per cent"}},
    labels={"way": "how it goes out"},
)
answer = check.read(
    "cards",
    points=2,
    first=a_card,
    others=check.Record(C_1=a_card, C_2=a_card),
    why=check.Choice({"X": "nobody was told", "Y": "nobody asked"}),
    rows=check.SomeLetters(ways),
    number=check.Count("cards"),
    sure=check.Choice("yes", "no"),
)
### BEGIN HIDDEN TESTS
raise SystemExit("the hidden part is never run")
### END HIDDEN TESTS"""


@pytest.fixture(scope="module")
def forms():
    return forms_of_check(CHECK)


def test_a_letter_code_is_said_in_the_words_of_its_form(forms):
    assert answer_in_words('first = "QA"', forms) == ["first: how it goes out: by phone; unit: per cent"]
    assert answer_in_words("why = 'y'\nrows = 'BA'  # both", forms) == [
        "why: nobody asked",
        "rows: by phone, by letter",
    ]


def test_each_record_of_an_answer_has_a_line(forms):
    assert answer_in_words('others = {"C_1": "AP", "C_2": "BQ"}', forms) == [
        "others, C 1: how it goes out: by phone; unit: minutes",
        "others, C 2: how it goes out: by letter; unit: per cent",
    ]


def test_what_is_not_written_in_codes_is_not_said_twice(forms):
    assert answer_in_words('number = 3\nsure = "yes"\nunasked = "A"', forms) == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "first = None",
        'first = "A"',
        'first = "AZ"',
        'first = "A" + "P"',
        'first = "AP"\nfirst = open("x").read()',
        'first: str\nfirst.x = "AP"',
        "first = (",
        "first = " + "(" * 5_000,
        "first = " + "-" * 9_000 + "1",
        f'first = "AP"  # {"x" * LONGEST_ANSWER}',
        "\0",
    ],
)
def test_what_is_no_literal_of_its_form_has_no_words(forms, source):
    assert answer_in_words(source, forms) == []


def test_the_answer_is_never_run(forms, tmp_path):
    place = tmp_path / "written"
    assert answer_in_words(f'open({str(place)!r}, "w")\nfirst = "AP"', forms)
    assert not place.exists()


@pytest.mark.parametrize(
    "source", ["(", "x = 1", CHECK.replace("ways = {", "ways = unknown or {"), "check.read(1)"]
)
def test_a_check_that_cannot_be_run_has_no_forms(source):
    assert forms_of_check(source) == {}


def test_the_forms_of_a_notebook_are_those_of_its_checks(tmp_path):
    record = {"grade": True, "grade_id": "cards_test", "points": 2, "solution": False, "locked": True}
    path = tmp_path / "workbook.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(CHECK, metadata={"nbgrader": record})]), path)
    assert list(forms_of_notebook(path)) == ["cards"]
    assert list(forms_of_notebook(path)["cards"]) == ["first", "others", "why", "rows", "number", "sure"]
    assert forms_of_notebook(tmp_path / "gone.ipynb") == {}
