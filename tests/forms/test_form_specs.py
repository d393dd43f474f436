"""Forms: their spec has all that a page needs to draw them, and their words say an answer to a person."""

import datetime
import json

import pandas as pd
import pytest

from hindcast import check
from hindcast.forms import base

KIND = {"B": "a kind", "A": "a number"}
UNIT = {"P": "minutes", "Q": "yes or no"}
LETTERS = check.Letters({"kind": KIND, "how_it_is_told": UNIT}, labels={"kind": "what kind it is"})
VERDICT = check.Choice({"honest": "It used what the book had.", "dishonest": "It looked ahead."})
CASE = check.Case(
    "verdict",
    dishonest=check.Record(verdict=VERDICT, known_on=check.Day()),
    honest=check.Record(verdict=VERDICT, known_on=check.Maybe(check.Day(), none="no day")),
)


def choices(words):
    """Choices as a spec lists them."""
    return [{"value": value, "words": text} for value, text in words.items()]


SPECS = {
    "a number": (
        check.Number("minutes", -5, 30),
        {
            "kind": "number",
            "help": "a number of minutes from -5 to 30",
            "unit": "minutes",
            "low": -5,
            "high": 30,
        },
    ),
    "a number without limits": (
        check.Number(),
        {"kind": "number", "help": "a number", "unit": "", "low": None, "high": None},
    ),
    "a count": (
        check.Count("members"),
        {
            "kind": "count",
            "help": "a whole number of members, 0 or more",
            "unit": "members",
            "low": 0,
            "high": None,
        },
    ),
    "a share": (
        check.Share(per_cent=True),
        {"kind": "share", "help": "a share from 0 to 1", "unit": "", "low": 0, "high": 1, "per_cent": True},
    ),
    "yes or no": (check.YesNo(), {"kind": "yes or no", "help": "True or False"}),
    "a text": (check.Text(), {"kind": "text", "help": "a text"}),
    "texts to choose from": (
        check.Choice("ship it", "not yet"),
        {
            "kind": "choice",
            "help": "one of 'ship it', 'not yet'",
            "choices": choices({"ship it": "ship it", "not yet": "not yet"}),
        },
    ),
    "choices with words": (
        check.Choice({"B": "later", "A": "now"}),
        {"kind": "choice", "help": "one of 'B', 'A'", "choices": choices({"B": "later", "A": "now"})},
    ),
    "a short list": (
        check.Entry({"S-1": "Station", "S-2": "Quayside"}, "a store", named="the stores"),
        {
            "kind": "entry",
            "help": "a store",
            "named": "the stores",
            "count": 2,
            "choices": choices({"S-1": "Station", "S-2": "Quayside"}),
        },
    ),
    "a long list": (
        check.Entry((f"O-{n:05}" for n in range(10_505)), "an order", named="the orders of the table"),
        {
            "kind": "entry",
            "help": "an order",
            "named": "the orders of the table",
            "count": 10_505,
            "choices": None,
        },
    ),
    "a day": (
        check.Day("2025-01-01", weekday="Monday", expected="a Monday of 2025"),
        {"kind": "day", "help": "a Monday of 2025", "low": "2025-01-01", "high": None, "weekday": "Monday"},
    ),
    "letters": (
        LETTERS,
        {
            "kind": "letters",
            "help": "a text of 2 letters, one each for kind (B to A), how_it_is_told (P to Q)",
            "parts": [
                {"name": "kind", "label": "what kind it is", "choices": choices(KIND)},
                {"name": "how_it_is_told", "label": "how it is told", "choices": choices(UNIT)},
            ],
        },
    ),
    "some letters": (
        check.SomeLetters({"A": "M-1, July", "B": "M-2, August"}),
        {
            "kind": "some letters",
            "help": "a text of letters from A to B",
            "choices": choices({"A": "M-1, July", "B": "M-2, August"}),
        },
    ),
    "a record": (
        check.Record(
            yes=check.Count(), no_answer=check.Count(), adds_up_to=100, labels={"yes": "of 100, who agreed"}
        ),
        {
            "kind": "record",
            "help": "a dict with the keys 'yes', 'no_answer'",
            "fields": [
                {"name": "yes", "label": "of 100, who agreed", "form": check.Count().spec()},
                {"name": "no_answer", "label": "no answer", "form": check.Count().spec()},
            ],
            "adds_up_to": 100,
        },
    ),
    "a case": (
        CASE,
        {
            "kind": "case",
            "help": "a dict with the keys 'verdict', 'known_on'",
            "by": "verdict",
            "cases": [
                {
                    "value": "dishonest",
                    "words": "It looked ahead.",
                    "form": CASE.records["dishonest"].spec(),
                },
                {
                    "value": "honest",
                    "words": "It used what the book had.",
                    "form": CASE.records["honest"].spec(),
                },
            ],
        },
    ),
    "one of two": (
        check.Either(check.Number(), check.Choice("none"), words=["a limit", "no limit"]),
        {
            "kind": "either",
            "help": "a number or one of 'none'",
            "alternatives": [
                {"words": "a limit", "form": check.Number().spec()},
                {"words": "no limit", "form": check.Choice("none").spec()},
            ],
        },
    ),
    "one of two without words": (
        check.Either(check.Number(), check.Text()),
        {
            "kind": "either",
            "help": "a number or a text",
            "alternatives": [
                {"words": "a number", "form": check.Number().spec()},
                {"words": "a text", "form": check.Text().spec()},
            ],
        },
    ),
    "perhaps nothing": (
        check.Maybe(check.Share(), none="means nothing here"),
        {
            "kind": "maybe",
            "help": "a share from 0 to 1, or None",
            "item": check.Share().spec(),
            "none": "means nothing here",
        },
    ),
    "a list": (
        check.ListOf(check.Count(), 1, 2),
        {
            "kind": "list",
            "help": "a list, each item a whole number, 0 or more",
            "item": check.Count().spec(),
            "at_least": 1,
            "at_most": 2,
        },
    ),
    "a dict": (
        check.DictOf(check.Text()),
        {"kind": "dict", "help": "a dict whose values are a text", "item": check.Text().spec()},
    ),
    "a table": (
        check.Table("n", "day"),
        {
            "kind": "table",
            "help": "a table (DataFrame) with the columns 'n', 'day'",
            "columns": ["n", "day"],
        },
    ),
    "a function": (
        check.Function((1,), check.YesNo()),
        {"kind": "function", "help": "a function", "gives": check.YesNo().spec(), "seconds": 5},
    ),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_says_all_that_a_drawn_form_needs(name):
    form, spec = SPECS[name]
    assert form.spec() == spec


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_is_the_same_each_time_and_after_json_that_sorts_its_keys(name):
    form, _ = SPECS[name]
    assert json.loads(json.dumps(form.spec(), allow_nan=False, sort_keys=True)) == form.spec() == form.spec()


def test_every_form_that_a_test_cell_can_use_has_a_spec_of_its_own_kind():
    offered = {thing for thing in vars(check).values() if isinstance(thing, type)}
    offered = {cls for cls in offered if issubclass(cls, base.Form) and cls is not base.Form}
    assert {type(form) for form, _ in SPECS.values()} == offered
    assert len({cls.kind for cls in offered}) == len(offered)


def test_the_specs_of_an_exercise_keep_the_order_of_its_answers():
    scope = {"check": check, "b_first": 1, "a": "x"}
    exec("answer = check.read('thing', points=1, b_first=check.Count(), a=check.Text())", scope)
    assert base.specs(scope["answer"].forms) == [
        {"name": "b_first", "label": "b first", "form": check.Count().spec()},
        {"name": "a", "label": "a", "form": check.Text().spec()},
    ]


@pytest.mark.parametrize(("options", "listed"), [(60, True), (61, False)])
def test_a_list_is_given_in_full_up_to_sixty_options(options, listed):
    spec = check.Entry([f"O-{n}" for n in range(options)], "an order", named="the orders").spec()
    assert (spec["choices"] is not None) is listed
    assert spec["count"] == options


def test_a_longer_list_needs_a_name():
    form = check.Entry([f"O-{n}" for n in range(61)], "an order")
    assert form.read("o-60", "`x`") == "O-60"
    with pytest.raises(ValueError, match="a list of 61 options needs a name"):
        form.spec()


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value", "words"),
    [
        (check.Number("minutes"), -5.4, "-5.4 minutes"),
        (check.Count("members", 4000), 3610, "3,610 members"),
        (check.Count(), 3.0, "3"),
        (check.Share(), 1 / 3, "0.333333"),
        (check.Share(per_cent=True), 0.29, "29 %"),
        (check.YesNo(), True, "yes"),
        (check.YesNo(), False, "no"),
        (check.Text(), " as it is ", " as it is "),
        (check.Choice({"A": "nobody was warned"}), "a", "nobody was warned"),
        (check.Choice("ship it"), "Ship_It", "ship it"),
        (check.Entry({"S-1": "Station"}, "a store"), "s-1", "Station"),
        (check.Day(), datetime.date(2025, 3, 3), "2025-03-03"),
        (LETTERS, "pa", {"what kind it is": "a number", "how it is told": "minutes"}),
        (check.SomeLetters({"A": "first", "B": "second"}), "ba", ["first", "second"]),
        (
            check.Record(held=check.Count("ranges"), day=check.Day(), labels={"held": "how many held"}),
            {"held": 67, "day": "2025-03-03"},
            {"how many held": "67 ranges", "day": "2025-03-03"},
        ),
        (
            CASE,
            {"verdict": "honest", "known_on": None},
            {"verdict": "It used what the book had.", "known on": "no day"},
        ),
        (
            CASE,
            {"verdict": "dishonest", "known_on": "2025-01-06"},
            {"verdict": "It looked ahead.", "known on": "2025-01-06"},
        ),
        (check.Maybe(check.Count(), none="cannot be counted"), None, "cannot be counted"),
        (check.Maybe(check.Count()), None, "none"),
        (check.Maybe(check.Count("rows")), 3, "3 rows"),
        (check.Either(check.Count("rows"), LETTERS), 3, "3 rows"),
        (check.Either(check.Count("rows"), check.SomeLetters({"A": "first"})), "a", ["first"]),
        (
            check.Either(check.Count("rows"), LETTERS),
            "bq",
            {"what kind it is": "a kind", "how it is told": "yes or no"},
        ),
        (
            check.Either(check.Number(), check.Choice("none"), words=["a limit", "no limit"]),
            "none",
            {"no limit": "none"},
        ),
        (check.ListOf(check.Count("rows")), (2, 1), ["2 rows", "1 rows"]),
        (check.DictOf(check.Maybe(check.Share())), {"x": None, "y": 0.5}, {"x": "none", "y": "0.5"}),
        (
            check.Table("n", "day"),
            pd.DataFrame({"n": [1.5, None], "day": ["2025-03-01", True]}),
            [{"n": "1.5", "day": "2025-03-01"}, {"n": "", "day": "yes"}],
        ),
        (check.Function((1,), check.Count()), lambda n: n, "a function"),
    ],
)
def test_an_answer_that_was_read_is_put_into_the_words_that_a_person_reads(form, value, words):
    assert form.words(form.read(value, "`x`")) == words


def test_a_letter_code_as_it_was_written_is_put_into_words_too():
    assert LETTERS.words("p, b") == {"what kind it is": "a kind", "how it is told": "minutes"}


# --- invalid forms --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "why"),
    [
        (lambda: check.Letters({"kind": "AB"}), TypeError, "letters need words"),
        (lambda: check.SomeLetters("ABC"), TypeError, "letters need words"),
        (lambda: check.Letters({"kind": {"a": "a number"}}), ValueError, "one capital letter"),
        (lambda: check.SomeLetters({"AB": "a number"}), ValueError, "one capital letter"),
        (lambda: check.Letters({"kind": KIND}, labels={"unit": "what unit"}), ValueError, "label of its own"),
        (lambda: check.Record(a=check.Count(), labels={"b": "the b"}), ValueError, "label of its own"),
        (
            lambda: check.Record(a=check.Count(), b=check.Count(), labels={"b": "a"}),
            ValueError,
            "label of its",
        ),
        (lambda: check.Choice("not yet", "Not_Yet"), ValueError, "read as the same text"),
        (lambda: check.Choice("A", {"B": "later"}), TypeError, "str"),
        (lambda: check.Entry([1, 2], "a number"), TypeError, "str"),
        (lambda: check.Either(check.Count(), check.Text(), words=["a count"]), ValueError, "2 alternatives"),
        (lambda: check.Case("by", a=check.Record(of=check.Count())), ValueError, "the same keys"),
        (
            lambda: check.Case("by", a=check.Record(by=check.Text()), b=check.Record(by=VERDICT, of=VERDICT)),
            ValueError,
            "the same keys",
        ),
        (lambda: check.Day(low="3 March"), ValueError, "'3 March' is no day"),
        (lambda: check.Day(high="2025-02-29"), ValueError, "is no day"),
        (lambda: check.Day(weekday="Mon"), ValueError, "'Mon' is none of Monday"),
    ],
)
def test_a_form_that_cannot_be_is_a_fault_of_ours(make, error, why):
    with pytest.raises(error, match=why):
        make()
