"""Canonical copies: a test cell reads the same from them as from what the learner wrote."""

import datetime
import json
import math
import random

import numpy as np
import pandas as pd
import pytest

from hindcast import check
from hindcast.forms.canonical import decode, decode_answer, encode, encode_answer

NUMBERS = [0, -3, 7, 2**70, -0.0, 0.1, 1 / 3, 1e300, np.float32(0.5), np.int64(4)]
TEXTS = ["", " a ", "A\nB", "é\ud800", "None", '"', np.str_("b")]
DAYS = ["2025-03-03", " 2024-02-29 ", datetime.date(2025, 1, 1), pd.Timestamp("2025-12-31")]
PARTS = {"kind": {"A": "a number", "B": "a kind"}, "unit": {"P": "minutes", "Q": "yes"}, "it": {"X": "it"}}
CELLS = [
    *[1, 2.5, True, None, "text", math.nan, math.inf, -math.inf, 2**60, pd.NA, pd.NaT],
    *[pd.Timestamp("2025-03-01"), pd.Timestamp("2025-03-01 18:30"), datetime.date(2025, 3, 1)],
    *[[1, [math.inf]], {"a": 1}, {1: "a", "$float": None}, (1, 2), np.int64(3)],
]


def a_number(rng, _):
    return check.Number(), rng.choice(NUMBERS)


def a_count(rng, _):
    return check.Count("members", 10), rng.choice([0, 3, 10.0, np.int64(4), 2.0])


def a_share(rng, _):
    return check.Share(), rng.choice([0, 1, 0.25, np.float64(1 / 3)])


def yes_or_no(rng, _):
    return check.YesNo(), rng.choice([True, False, np.bool_(True)])


def a_text(rng, _):
    return check.Text(), rng.choice(TEXTS)


def a_choice(rng, _):
    return check.Choice({"not yet": "later", "ship it": "now"}), rng.choice(
        [" Not_Yet", "ship it", "SHIP  IT"]
    )


def an_entry(rng, _):
    return check.Entry([f"O-{n}" for n in range(99)], "an order"), f" o-{rng.randrange(99)}"


def a_day(rng, _):
    return check.Day(), rng.choice(DAYS)


def letters(rng, _):
    written = [rng.choice(list(words)) for words in PARTS.values()]
    rng.shuffle(written)
    text = rng.choice(["", " ", ", "]).join(written)
    return check.Letters(PARTS), rng.choice([text, text.lower()])


def some_letters(rng, _):
    return check.SomeLetters(dict.fromkeys("ABCD", "a row")), rng.choice(["A", "d c", "BBA", "a,b,c,d"])


def a_record(rng, depth):
    if rng.random() < 0.2:
        counts = check.Record(a=check.Count(), b=check.Count(), adds_up_to=3)
        return counts, rng.choice([{"b": 1, "a": 2}, {"a": 3.0, "b": 0}])
    parts = {name: a_form_and_an_answer(rng, depth - 1) for name in ("a", "b", "c_d")[: rng.randint(1, 3)]}
    written = [(name, value) for name, (_, value) in parts.items()]
    rng.shuffle(written)
    return check.Record({name: form for name, (form, _) in parts.items()}), dict(written)


def a_case(rng, depth):
    verdict = check.Choice("honest", "dishonest")
    form, value = a_form_and_an_answer(rng, depth - 1)
    case = check.Case(
        "verdict",
        dishonest=check.Record(verdict=verdict, proof=form),
        honest=check.Record(verdict=verdict, proof=check.Maybe(form)),
    )
    return case, rng.choice([{"verdict": " Dishonest", "proof": value}, {"proof": None, "verdict": "honest"}])


def one_of_two(rng, depth):
    first, second = a_form_and_an_answer(rng, depth - 1), a_form_and_an_answer(rng, depth - 1)
    return check.Either(first[0], second[0]), rng.choice([first, second])[1]


def perhaps(rng, depth):
    form, value = a_form_and_an_answer(rng, depth - 1)
    return check.Maybe(form), rng.choice([None, value])


def a_list(rng, depth):
    form, value = a_form_and_an_answer(rng, depth - 1)
    return check.ListOf(form), rng.choice([[], (), [value], (value,)])


def a_dict(rng, depth):
    form, value = a_form_and_an_answer(rng, depth - 1)
    return check.DictOf(form), rng.choice([{}, {"x": value}, {"$float": value, "": value}])


def a_table(rng, _):
    rows = rng.randint(0, 4)
    columns = {name: [rng.choice(CELLS) for _ in range(rows)] for name in ("a", "b", "c")}
    table = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    table["n"] = np.arange(rows) / 3
    return check.Table("n", "a", "c"), rng.choice([table, table.set_index("n"), table.iloc[::-1]])


SIMPLE = [
    *[a_number, a_count, a_share, yes_or_no, a_text, a_choice, an_entry, a_day, letters, some_letters],
    a_table,
]
COMPOUND = [a_record, a_case, one_of_two, perhaps, a_list, a_dict]


def a_form_and_an_answer(rng, depth=2):
    """A form, made at random, and an answer that is well formed, written in one of many ways."""
    return rng.choice([*SIMPLE, *COMPOUND] if depth else SIMPLE)(rng, depth)


def well_formed(form, value):
    """The answer as read, or None where the random value is no answer, such as "" in a list of texts."""
    try:
        return None if form.blank(value) else [form.read(value, "`x`")]
    except check.NotReady:
        return None


def through_json(data):
    return json.loads(json.dumps(data, allow_nan=False))


@pytest.mark.parametrize("make", [*SIMPLE, *COMPOUND], ids=lambda make: make.__name__)
def test_a_copy_is_read_as_what_the_learner_wrote(make):
    tried = 0
    for seed in range(300):
        form, value = make(random.Random(seed), 2)
        read = well_formed(form, value)
        if read is None:
            continue
        tried += 1
        copied = through_json(encode_answer(form, value))
        decoded = decode_answer(form, copied)
        assert repr(form.read(decoded, "`x`")) == repr(read[0]), (seed, value)
        assert not form.blank(decoded)
        assert encode_answer(form, decoded) == copied, (seed, value)
        assert form.words(form.read(decoded, "`x`")) == form.words(read[0])
        json.dumps(form.words(read[0]), allow_nan=False)
    assert tried > 200


def test_the_same_answer_has_one_copy_however_it_is_written():
    form = check.Record(letters=check.Letters(PARTS), n=check.Count(), day=check.Day())
    one = {"letters": "APX", "n": 3, "day": "2025-03-03"}
    other = {"day": pd.Timestamp("2025-03-03"), "n": np.float64(3), "letters": " x, p a"}
    assert json.dumps(encode_answer(form, one)) == json.dumps(encode_answer(form, other))


def test_a_copy_of_an_exercise_gives_the_same_result_in_a_namespace_that_holds_nothing_else():
    forms = {
        "verdicts": check.Record(fees=check.Letters(PARTS), ice=check.Maybe(check.Day())),
        "counted": check.Table("n"),
        "double": check.Function((2,), check.Count()),
    }
    written = {
        "verdicts": {"ice": None, "fees": "q,x,b"},
        "counted": pd.DataFrame({"n": [1, np.nan], "more": [1, 2]}),
        "double": lambda n: 2 * n,
    }
    copies = through_json(encode(forms, written))
    assert copies["double"] is None
    decoded = decode(forms, copies, {"double": lambda n: n + n})
    results = []
    for names in (written, decoded):
        scope = {"check": check, "forms": forms, **names}
        exec("answer = check.read('thing', points=1, **forms)", scope)
        answer = scope["answer"]
        results.append((answer["verdicts"], answer["counted"], answer.call("double", 21)))
    assert results[0] == results[1]
    assert results[0][2] == 42


def test_a_function_is_not_called_when_its_copy_is_made():
    called = []
    form = check.Function((1,), check.Count())
    assert encode_answer(form, called.append) is None
    assert called == []


@pytest.mark.parametrize(
    ("form", "value", "why"),
    [
        (check.Count(), "3", "The answer: expected a whole number"),
        (check.Record(a=check.Count()), {"a": None}, "still to be filled in"),
        (check.Function((1,), check.Count()), 3, "expected a function, but 3 came"),
    ],
)
def test_what_is_not_well_formed_has_no_copy_and_says_why(form, value, why):
    with pytest.raises(check.NotReady, match=why):
        encode_answer(form, value)


def test_the_name_of_an_answer_without_a_copy_is_in_the_sentence():
    with pytest.raises(check.NotReady, match="`n`: expected a whole number"):
        encode({"n": check.Count()}, {"n": -1})
    with pytest.raises(KeyError, match="f"):
        decode({"f": check.Function((1,), check.Count())}, {"f": None})
