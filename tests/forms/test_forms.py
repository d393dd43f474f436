"""The forms of an answer: they read what was written, or say what was expected and what came."""

import datetime

import numpy as np
import pandas as pd
import pytest

from hindcast import check
from hindcast.forms import base


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
    assert error.status == base.BADLY_FORMED


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
    assert error.status == base.INCOMPLETE


def test_everything_that_is_still_missing_is_named_at_once_and_before_anything_badly_formed():
    form = check.Record(a=LETTERS, b=LETTERS, c=LETTERS, d=LETTERS)
    error = fault(form, {"a": "X", "b": "", "c": "A", "d": "Q"})
    assert error.status == base.INCOMPLETE
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


# --- days ----------------------------------------------------------------------------------------------

MONDAY = check.Day("2024-12-30", "2025-12-29", weekday="Monday", expected='a Monday, such as "2025-03-03"')


@pytest.mark.parametrize(
    "value",
    [
        "2025-03-03",
        " 2025-03-03\n",
        np.str_("2025-03-03"),
        datetime.date(2025, 3, 3),
        datetime.datetime(2025, 3, 3),
        pd.Timestamp("2025-03-03"),
        pd.Timestamp("2025-03-03", tz="Europe/Vienna"),
        np.datetime64("2025-03-03"),
        np.datetime64("2025-03-03", "ns"),
    ],
)
def test_a_day_is_read_as_its_text_however_it_is_written(value):
    assert MONDAY.read(value, "`x`") == "2025-03-03"
    assert type(MONDAY.read(value, "`x`")) is str


@pytest.mark.parametrize(
    ("value", "came"),
    [
        ("2025-03-04", "the text '2025-03-04'"),
        ("2024-12-23", "the text '2024-12-23'"),
        ("2026-01-05", "the text '2026-01-05'"),
        ("2025-02-30", "the text '2025-02-30'"),
        ("20250303", "the text '20250303'"),
        ("2025-W10-1", "the text '2025-W10-1'"),
        ("3.3.2025", "the text '3.3.2025'"),
        ("٢٠٢٥-03-03", "the text '٢٠٢٥-03-03'"),
        (20250303, "20250303"),
        (datetime.date(2025, 3, 4), "the day 2025-03-04"),
        (pd.Timestamp("2024-12-23"), "the day 2024-12-23"),
        (pd.NaT, "a missing day (NaT)"),
        (np.datetime64("2025-03-04", "ns"), "the day 2025-03-04"),
    ],
)
def test_what_is_no_such_day_is_told_so(value, came):
    error = fault(MONDAY, value)
    assert str(error) == f'`x`: expected a Monday, such as "2025-03-03", but {came} came.'
    assert error.status == base.BADLY_FORMED


def test_a_day_with_an_hour_is_not_cut():
    error = fault(MONDAY, pd.Timestamp("2025-03-03 18:30"))
    assert error.what.endswith("but 2025-03-03 at 18:30:00 came.")
    assert error.do_next == "Write the day alone."


def test_a_date_of_the_learners_own_is_read_as_what_it_holds():
    class Sly(datetime.date):
        def isoformat(self):
            return "2025-03-03"

    assert check.Day().read(Sly(2025, 5, 19), "`x`") == "2025-05-19"


@pytest.mark.parametrize("day", ["2024-12-30", "2025-12-29"])
def test_the_first_and_the_last_day_may_be_chosen(day):
    assert MONDAY.read(day, "`x`") == day


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (check.Day(), 'a day, such as "2025-03-03"'),
        (check.Day(weekday="Monday"), 'a Monday, such as "2025-03-03"'),
        (check.Day("2025-05-01", weekday="Friday"), 'a Friday, such as "2025-05-02", from 2025-05-01'),
        (check.Day(high="2025-03-31", weekday="Friday"), 'a Friday, such as "2025-02-28", to 2025-03-31'),
        (check.Day(high="2024-01-31"), 'a day, such as "2024-01-31", to 2024-01-31'),
        (
            check.Day("2025-05-01", "2025-05-31", "Friday"),
            'a Friday, such as "2025-05-02", from 2025-05-01 to 2025-05-31',
        ),
        (check.Day("2025-05-01", expected="a day of May"), "a day of May"),
    ],
)
def test_a_day_says_what_is_expected_with_an_example_that_would_do(form, expected):
    assert form.expected == expected
    written = expected.split('"')[1::2]
    assert all(form.read(example, "`x`") == example for example in written)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_day_is_blank_like_any_entry(value):
    assert MONDAY.blank(value)


# --- None as an answer ---------------------------------------------------------------------------------

PERHAPS = check.Maybe(check.Entry(["O-1"], "an order"), none="no order fits")


def test_none_is_an_answer():
    assert not PERHAPS.blank(None)
    assert PERHAPS.read(None, "`x`") is None
    assert PERHAPS.read("o-1", "`x`") == "O-1"


@pytest.mark.parametrize("value", ["", EqualText("")])
def test_quotes_with_nothing_between_them_are_no_answer_yet(value):
    assert PERHAPS.blank(value)
    error = fault(PERHAPS, value)
    assert str(error) == "`x`: still to be filled in."
    assert error.status == base.INCOMPLETE


@pytest.mark.parametrize("value", [" ", 0, False, [], "O-2"])
def test_nothing_else_is_taken_for_no_answer(value):
    assert not PERHAPS.blank(value)
    assert fault(PERHAPS, value).status == base.BADLY_FORMED


@pytest.mark.parametrize(
    ("form", "value", "says"),
    [
        (check.Record(a=check.Text(), b=PERHAPS), {"a": "x", "b": ""}, "`x`: 'b' still to be filled in."),
        (check.ListOf(PERHAPS), [None, ""], "`x`: 2 items, and not all are filled in yet."),
        (check.DictOf(PERHAPS), {"k": ""}, "`x`['k']: still to be filled in."),
    ],
)
def test_what_is_not_answered_is_still_to_be_filled_in_wherever_it_stands(form, value, says):
    error = fault(form, value)
    assert str(error) == says
    assert error.status == base.INCOMPLETE


@pytest.mark.parametrize(("value", "blank"), [("", True), (None, False)])
def test_a_record_is_blank_when_none_of_it_is_answered(value, blank):
    form = check.Record(a=PERHAPS, b=check.Count())
    assert form.blank({"a": value, "b": None}) is blank


# --- what happened, and what to do next ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value", "do_next"),
    [
        (check.Number(), [1], ""),
        (check.Number(), np.array([1]), "Take the one number out of it."),
        (check.Number(), "1", "Write the number without quotes or unit."),
        (check.Share(), 20, "That looks like a percentage: write 0.2 for 20 %."),
        (check.YesNo(), "True", "Write True or False, without quotes."),
        (check.Text(), 7, "Write it in quotes."),
        (check.Record(a=check.Count()), {}, "Keep the keys as they were given."),
        (check.ListOf(check.Count()), 1, "Write it in square brackets."),
        (check.Function((1,), check.Count()), 3, "Keep the line that begins with def."),
        (check.Function((1,), check.Count()), lambda n: None, "Write its body, run both cells again."),
        (
            check.Function((1,), check.Count()),
            lambda n: 1 / 0,
            "Try it on the example in a cell of its own.",
        ),
    ],
)
def test_what_to_do_next_is_a_field_of_its_own(form, value, do_next):
    error = fault(form, value)
    assert error.do_next == do_next
    assert str(error) == f"{error.what} {do_next}".strip()


def test_everything_that_is_incomplete_is_one_fault_with_both_fields():
    class Unfinished(check.Text):
        def read(self, value, where):
            raise check.NotReady(base.INCOMPLETE, f"{where}: unfinished.", f"Finish {where}.")

    error = fault(check.Record(a=check.Text(), b=Unfinished(), c=Unfinished()), {"a": None, "b": "", "c": ""})
    assert (
        error.what == "`x`: 'a' still to be filled in (None now). `x`['b']: unfinished. `x`['c']: unfinished."
    )
    assert error.do_next == "Finish `x`['b']. Finish `x`['c']."
