"""The forms of an answer: they read what was written, or say what was expected and what came."""

import numpy as np
import pandas as pd
import pytest

from hindcast import check, forms


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


class EqualText(str):
    def __eq__(self, other):
        return True

    __hash__ = None


KIND = {"A": "a number", "B": "a kind"}
UNIT = {"P": "minutes", "Q": "yes or no"}
LETTERS = check.Letters({"kind": KIND, "unit": UNIT})


def fault(form, value):
    with pytest.raises(check.NotReady) as caught:
        form.read(value, "`x`")
    return caught.value


@pytest.mark.parametrize(
    ("form", "value", "words"),
    [
        (check.Number(), "0.2", "without quotes"),
        (check.Number(), True, "True came"),
        (check.Number(), float("nan"), "nan"),
        (check.Number(), float("inf"), "inf"),
        (check.Number("members", 0, 10), 11, "expected a number of members from 0 to 10, but 11 came"),
        (check.Number(), pd.DataFrame({"a": [1]}), "a whole table (DataFrame)"),
        (check.Number(), np.array([1.0]), "an array of values (ndarray)"),
        (check.Number(), AlwaysEqual(), "an object of type AlwaysEqual"),
        (check.Number(), [1], "a list of 1 came"),
        (check.Count(), 2.5, "a whole number"),
        (check.Count(), -1, "0 or more, but -1 came"),
        (check.Share(), 20, "write 0.2 for 20 %"),
        (check.Share(), -0.1, "from 0 to 1"),
        (check.YesNo(), "True", "without quotes"),
        (check.YesNo(), 1, "True or False"),
        (check.Choice("A", "B"), "C", "one of 'A', 'B'"),
        (check.Choice("A", "B"), 1, "but 1 came"),
        (check.Record(a=check.Count()), [1], "a dict with the keys 'a'"),
        (check.Record(a=check.Count()), {"b": 1}, "'a' missing and 'b' too many"),
        (check.Record(a=check.Count(), b=check.Count(), adds_up_to=3), {"a": 1, "b": 1}, "a total of 2 came"),
        (check.ListOf(check.Count()), "12", "square brackets"),
        (check.ListOf(check.Count()), [1, 1], "the same item twice"),
        (check.ListOf(check.Count(), at_least=2), [1], "2 or more items"),
        (check.ListOf(check.Count(), 2, 2), [1], "expected 2 items, but 1 came"),
        (check.ListOf(check.Count(), 1, 2), [], "expected 1 to 2 items, but 0 came"),
        (check.Text(), 7, "Write it in quotes"),
        (check.Either(check.Number(), check.Choice("none")), [1], "expected a number, but a list of 1 came"),
        (check.DictOf(check.Count()), {1: 1}, "keys that are text"),
        (check.Entry(["O-1", "O-2"], "an order"), "O-3", "expected an order, but the text 'O-3' came"),
        (
            LETTERS,
            "AX",
            "2 letters, one each for kind (A to B), unit (P to Q), but 'X'",
        ),
        (LETTERS, "ABP", "expected one letter for kind, but A and B came"),
        (LETTERS, "AAP", "expected one letter for kind, but A and A came"),
        (LETTERS, ["A", "P"], "but a list of 2 came"),
        (LETTERS, AlwaysEqual(), "an object of type AlwaysEqual"),
        (check.Function((1,), check.Count()), 3, "a function"),
        (check.Function((1,), check.Count()), lambda x: "1", "without quotes"),
        (check.Function((1,), check.Count()), lambda: 1, "stopped with TypeError"),
    ],
)
def test_a_badly_formed_answer_is_told_what_was_expected_and_what_came(form, value, words):
    error = fault(form, value)
    assert words in str(error)
    assert error.status == forms.BADLY_FORMED


@pytest.mark.parametrize(
    ("form", "value", "plain"),
    [
        (check.Number(), np.float32(0.5), 0.5),
        (check.Count(), 10.0, 10),
        (check.Share(), 1, 1),
        (check.Choice("false alarm", "missed"), " False_Alarm ", "false alarm"),
        (check.Record(a=check.Count()), {"a": np.int64(2)}, {"a": 2}),
        (check.ListOf(check.Choice("a", "b")), ("B", "a"), ["b", "a"]),
        (check.Text(), np.str_(" A "), " A "),
        (check.Either(check.Number(), check.Choice("none")), "None", "none"),
        (check.Either(check.Number(), check.Choice("none")), 3, 3),
        (check.DictOf(check.Maybe(check.Share())), {"x": None, "y": 0.5}, {"x": None, "y": 0.5}),
        (check.Entry(["O-1", "O-2"], "an order"), " o-2 ", "O-2"),
        (LETTERS, "BQ", {"kind": "B", "unit": "Q"}),
        (LETTERS, " q, b", {"kind": "B", "unit": "Q"}),
        (LETTERS, EqualText("aP"), {"kind": "A", "unit": "P"}),
    ],
)
def test_a_right_answer_may_be_written_in_any_reasonable_way(form, value, plain):
    assert form.read(value, "`x`") == plain


def test_a_number_beyond_what_a_float_can_hold_is_refused_in_words():
    assert "came" in str(fault(check.Number("members", 0, 10), 10**400))


def test_a_list_that_holds_itself_is_refused_in_words():
    endless = []
    endless.append(endless)
    assert "list" in str(fault(check.Number(), endless))


def test_a_repr_of_the_learners_own_is_never_called():
    class Shouting:
        def __repr__(self):
            raise RuntimeError

    assert "an object of type Shouting" in str(fault(check.Number(), Shouting()))


@pytest.mark.parametrize(
    ("form", "value", "words"),
    [
        (LETTERS, "A", "`x`: no letter yet for unit."),
        (check.ListOf(check.Entry(["O-1"], "an order"), 2, 2), ["O-1", ""], "not all are filled in yet"),
        (check.Record(a=LETTERS, b=LETTERS), {"a": "AP", "b": ""}, "`x`: 'b' still to be filled in."),
        (check.Record(a=LETTERS, b=LETTERS), {"a": "AP", "b": None}, "'b' still to be filled in (None now)."),
    ],
)
def test_an_answer_that_is_begun_is_incomplete_and_not_badly_formed(form, value, words):
    error = fault(form, value)
    assert words in str(error)
    assert error.status == forms.INCOMPLETE


def test_everything_that_is_still_missing_is_named_at_once_and_before_anything_badly_formed():
    form = check.Record(a=LETTERS, b=LETTERS, c=LETTERS, d=LETTERS)
    error = fault(form, {"a": "X", "b": "", "c": "A", "d": "Q"})
    assert error.status == forms.INCOMPLETE
    for words in (
        "'b' still to be filled in",
        "['c']: no letter yet for unit",
        "['d']: no letter yet for kind",
    ):
        assert words in str(error)
    assert "'X'" not in str(error)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (LETTERS, ""),
        (LETTERS, "  "),
        (check.Entry(["O-1"], "an order"), ""),
        (check.ListOf(check.Entry(["O-1"], "an order"), 2, 2), ["", None]),
        (check.Record(a=LETTERS, b=LETTERS), {"a": "", "b": None}),
    ],
)
def test_quotes_with_nothing_between_them_are_blank(form, value):
    assert form.blank(value)
    assert not form.blank("A")


def test_an_empty_list_is_an_answer():
    assert not check.ListOf(check.Count()).blank([])


def test_no_letter_may_belong_to_two_parts():
    with pytest.raises(ValueError, match="two parts"):
        check.Letters({"kind": KIND, "unit": {"B": "minutes", "C": "orders"}})


# --- tables -------------------------------------------------------------------------------------------


SAID = pd.DataFrame({"day": pd.to_datetime(["2025-03-01", None]), "n": [1.5, np.nan], "more": [1, 2]})


def test_a_table_is_read_as_rows_of_plain_values():
    form = check.Table("n", "day")
    assert form.read(SAID, "it") == [{"n": 1.5, "day": "2025-03-01"}, {"n": None, "day": None}]
    assert form.read(SAID.set_index("day"), "it") == form.read(SAID, "it")
    assert [type(cell) for cell in form.read(SAID, "it")[0].values()] == [float, str]


def test_a_moment_keeps_its_hour_and_a_missing_value_of_any_kind_is_none():
    moments = pd.DataFrame({"at": pd.to_datetime(["2025-03-01 18:30"]), "what": [pd.NA]})
    assert check.Table("at", "what").read(moments, "it") == [{"at": "2025-03-01 18:30:00", "what": None}]


@pytest.mark.parametrize("nothing", [pd.DataFrame(), SAID.head(0), pd.DataFrame(columns=["other"])])
def test_a_table_without_rows_needs_no_columns(nothing):
    assert check.Table("n", "day").read(nothing, "it") == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (SAID["n"], "a column of values"),
        ([{"n": 1, "day": "2025-03-01"}], "a list of 1"),
        (SAID.drop(columns="n"), "a table without 'n'"),
        (pd.concat([SAID, SAID[["n"]]], axis=1), "two columns called 'n'"),
        (SAID.assign(n=[{1}, {2}]), "an object of type set"),
    ],
)
def test_what_is_no_such_table_is_told_so(value, why):
    with pytest.raises(check.NotReady, match=why):
        check.Table("n", "day").read(value, "it")


def test_what_claims_to_equal_everything_is_read_as_what_it_holds():
    class Same(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    read = check.Table("n").read(pd.DataFrame({"n": pd.Series([Same(1)], dtype=object)}), "it")
    assert type(read[0]["n"]) is float
    assert read != [{"n": 2.0}]


# --- cases and some letters ----------------------------------------------------------------------------

A_VERDICT = check.Choice("honest", "dishonest")
A_CASE = check.Case(
    "verdict",
    dishonest=check.Record(verdict=A_VERDICT, row=check.Text()),
    honest=check.Record(verdict=A_VERDICT, row=check.Maybe(check.Text())),
)


@pytest.mark.parametrize(
    ("value", "came"),
    [
        ({"verdict": "honest", "row": None}, {"verdict": "honest", "row": None}),
        ({"verdict": "Dishonest", "row": "x"}, {"verdict": "dishonest", "row": "x"}),
    ],
)
def test_a_case_is_read_as_its_own_record(value, came):
    assert A_CASE.read(value, "`a`") == came


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"verdict": "dishonest", "row": None}, "'row' still to be filled in"),
        ({"verdict": None, "row": "x"}, "'verdict' still to be filled in"),
        ({"verdict": "maybe", "row": "x"}, "one of 'dishonest', 'honest'"),
        ({"verdict": "honest"}, "'row' missing"),
        ("honest", "expected a dict"),
    ],
)
def test_a_case_says_what_its_record_still_needs(value, says):
    with pytest.raises(check.NotReady, match=says):
        A_CASE.read(value, "`a`")


def test_a_case_is_blank_when_nothing_is_filled_in():
    assert A_CASE.blank({"verdict": None, "row": None})
    assert not A_CASE.blank({"verdict": "honest", "row": None})


def test_some_letters_are_read_sorted_and_once_and_none_is_not_enough():
    form = check.SomeLetters({letter: f"row {letter}" for letter in "ABCD"})
    assert form.read("c, a A", "`a`") == "AC"
    with pytest.raises(check.NotReady, match="'E' came"):
        form.read("AE", "`a`")
    with pytest.raises(check.NotReady, match="no letter yet"):
        form.read(" , ", "`a`")
