"""Lists, numbers, shares and days have one spelling each."""

import datetime

import pandas as pd
import pytest

from hindcast import words


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ([], {}, ""),
        (["a"], {}, "a"),
        (["a", "b"], {}, "a and b"),
        (["a", "b", "c"], {}, "a, b and c"),
        (iter("abc"), {}, "a, b and c"),
        ([1, 2.5, None], {}, "1, 2.5 and None"),
        (["nba", "mlb"], {"last": " or ", "quote": True}, "'nba' or 'mlb'"),
        (["a", 7, "it's"], {"quote": True}, "'a', 7 and \"it's\""),
        (["a", "b", "c"], {"last": ", "}, "a, b, c"),
        (["a", "b", "c"], {"most": 3}, "a, b and c"),
        (["a", "b", "c", "d"], {"most": 3}, "a, b, c and 1 more"),
        (["a", "b", "c", "d"], {"most": 2, "last": ", "}, "a, b and 2 more"),
        (["a", "b", "c", "d"], {"most": 2, "quote": True}, "'a', 'b' and 2 more"),
        (range(1002), {"most": 1}, "0 and 1001 more"),
    ],
)
def test_words_are_listed_as_in_a_sentence(given, options, said):
    assert words.listed(given, **options) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (3.0, "3"), (2.5, "2.5"), (2 / 3, "0.67"), (10, "10"), (100.0, "100"), (1234.5, "1234.5")],
)
def test_a_number_has_no_decimals_that_it_does_not_need(value, said):
    assert words.number(value) == said


def test_a_number_without_decimals_keeps_its_zeros():
    assert words.number(100, decimals=0) == "100"


@pytest.mark.parametrize(
    ("share", "options", "said"),
    [
        (0.949, {}, "95 %"),
        (0.949, {"decimals": 1}, "94.9 %"),
        (0.949, {"space": ""}, "95%"),
        (None, {"space": ""}, "–"),
        (0.004, {}, "0 %"),
        (0.004, {"hedged": True}, "under 1 %"),
        (0.996, {"hedged": True}, "over 99 %"),
        (0, {"hedged": True}, "0 %"),
        (1, {"hedged": True}, "100 %"),
        (0.5, {"hedged": True}, "50 %"),
    ],
)
def test_a_share_is_written_in_per_cent(share, options, said):
    assert words.percent(share, **options) == said


def test_a_share_is_rounded_as_python_s_own_format_of_shares_rounds_it():
    shares = [thousandths / 1000 for thousandths in range(1001)]
    assert [words.percent(share, space="") for share in shares] == [f"{share:.0%}" for share in shares]


def test_a_day_is_written_as_one_says_it():
    assert words.date(pd.Timestamp("2025-09-05")) == "5 September 2025"
    assert words.date(datetime.date(2025, 5, 12), year=False) == "12 May"
    assert [words.date(datetime.date(2025, month, 1), year=False) for month in range(1, 13)] == [
        f"1 {datetime.date(2025, month, 1):%B}" for month in range(1, 13)
    ]


def test_things_are_counted_in_singular_and_plural():
    assert words.count(1, "case") == "1 case"
    assert words.count(1200, "case") == "1,200 cases"
    assert words.count(2, "row is", "rows are") == "2 rows are"
    assert words.plural(1.0, "point") == "point" and words.plural(0.5, "point") == "points"
