"""hindcast.forms.plain_data: exact copies, a few words for what came, and copies as JSON."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from hindcast.forms.plain_data import (
    as_plain_data,
    description,
    in_digits,
    plain_from_json,
    plain_to_json,
)


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


class EqualText(str):
    def __eq__(self, other):
        return True

    __hash__ = None


class SneakyInt(int):
    def __int__(self):
        return 42

    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        ((1, [2.0, None]), [1, [2.0, None]]),
        ({"a": (True,)}, {"a": [True]}),
    ],
)
def test_plain_data_keep_what_the_value_holds_in_exact_types(value, expected):
    got = as_plain_data(value)
    assert got == expected
    assert type(got) is type(expected)


def test_a_subclass_is_read_by_its_base_class_not_by_what_it_claims():
    assert as_plain_data(EqualText("wrong")) == "wrong"
    assert type(as_plain_data(EqualText("wrong"))) is str
    assert as_plain_data(SneakyInt(7)) == 7
    assert type(as_plain_data(SneakyInt(7))) is int


def test_the_hash_of_a_learners_key_is_not_asked():
    class Key(str):
        asked = 0

        def __hash__(self):
            Key.asked += 1
            return 1

    value = {Key("a"): 1, Key("b"): 2}
    Key.asked = 0
    assert as_plain_data(value) == {"a": 1, "b": 2}
    assert Key.asked == 0


@pytest.mark.parametrize("value", [AlwaysEqual(), pd.DataFrame(), {1, 2}, [AlwaysEqual()], object, 1j])
def test_everything_that_is_not_plain_data_is_refused(value):
    with pytest.raises(TypeError):
        as_plain_data(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x" * 50, f"the text '{'x' * 40}'"),
        ([1, 2], "a list of 2"),
        ((1, 2), "a list of 2"),
        ({"a": 1}, "a dict of 1"),
        (None, "None"),
        (0.25, "0.25"),
        (10**60, "1" + "0" * 39),
        (pd.Series([1]), "a column of values (Series)"),
        (AlwaysEqual(), "an object of type AlwaysEqual"),
    ],
)
def test_what_came_is_described_in_a_few_words(value, words):
    assert description(value) == words


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        (0, "0"),
        (0.0, "0"),
        (-5.4, "-5.4"),
        (1234567, "1,234,567"),
        (1234.5, "1,234.5"),
        (1 / 3, "0.333333"),
        (0.1 + 0.2, "0.3"),
        (0.00001234, "1.234e-05"),
        (1e300, "1e+300"),
        (10**400, "more than 1e+308"),
        (-(10**400), "less than -1e+308"),
    ],
)
def test_a_number_is_written_as_a_person_reads_it(number, digits):
    assert in_digits(number) == digits


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "a text \ud800 with half a character",
        [1, [2.5, -0.0]],
        2**53 + 1,
        math.inf,
        -math.inf,
        {"a": 1, "b": {"c": [None]}},
        {1: "a", "1": "b", None: [math.inf]},
        {"$float": "a key that looks like ours"},
        {},
        [],
    ],
)
def test_plain_data_come_back_from_strict_json_as_they_were(value):
    came = plain_from_json(json.loads(json.dumps(plain_to_json(value), allow_nan=False, sort_keys=True)))
    assert came == value
    assert type(came) is type(value)
    assert repr(came) == repr(value)


def test_a_number_of_thousands_of_digits_comes_back_too():
    assert plain_from_json(json.loads(json.dumps(plain_to_json(-(10**5000))))) == -(10**5000)
    assert description(10**5000) == "a very large number"


def test_what_is_no_number_comes_back_from_strict_json_too():
    assert math.isnan(plain_from_json(plain_to_json(math.nan)))
