"""The workbook of unit 02: the key is that of the cards, mistakes have their own answers, guessing fails."""

import ast
import random
from collections import Counter
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from hindcast import check, load_deliveries
from hindcast.units.telling_prediction_from_classification import cards, requests

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "solutions" / "02_telling_prediction_from_classification"
TRUTH = ROOT / "datasets" / "truth"
SHEETS = {"four_cards": "first_four", "four_more_cards": "four_more"}
ON_THE_SCREEN = {"four_cards": cards.FIRST_FOUR, "four_more_cards": cards.FOUR_MORE}
PARTS = {"kind": "ABCDEFGH", "outcome": "JKLMN", "unit": "PQRSTU", "actor": "WXYZ"}
MISTAKES = {
    *("digits_mean_number", "predict_means_number", "later_means_number", "chance_is_a_number"),
    *("ordered_class_as_number", "outcome_is_an_input", "nobody_acts", "already_recorded"),
}
# Right in part for another reason than a right kind: see the bank's readings.
SEES_NO_MODEL = ("C-29", ("plain rule", "minutes late on that day", "minutes", "the ticket office"))
CELLS = [
    cell for cell in nbformat.read(UNIT / "workbook.ipynb", as_version=4).cells if cell.cell_type == "code"
]
TESTS = {
    cell.metadata.nbgrader.grade_id.removesuffix("_test"): cell.source
    for cell in CELLS
    if cell.metadata.get("nbgrader", {}).get("grade")
}


@cache
def assigned(source, name):
    """The plain value that ``source`` assigns to ``name``. Shared by tests: read only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{name} is not assigned")


@pytest.fixture
def judge(monkeypatch):
    """A function from an exercise and its named answers to what the test cell shows as data."""
    shown, deliveries = [], load_deliveries()
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    monkeypatch.setattr("hindcast.load_deliveries", deliveries.copy)
    compiled = {name: compile(source, name, "exec") for name, source in TESTS.items()}

    def judged(exercise, **answers):
        shown.clear()
        exec(compiled[exercise], answers)
        return next(page[check.RESULT_MIME] for page in shown if check.RESULT_MIME in page)

    return judged


@pytest.fixture(scope="module")
def truth():
    """Card -> its right answers, in the order of the key."""
    rows = pd.read_csv(TRUTH / "problem_cards_key.csv")
    return dict(list(rows.groupby("card")))


def offered_on_all():
    """Exercise -> card -> part -> the words that it offers, without the kinds."""
    return {
        exercise: {
            card: {part: list(words.values()) for part, words in choices.items() if part != "kind"}
            for card, choices in offered.items()
        }
        for exercise, offered in ON_THE_SCREEN.items()
    }


def letters_of(offered, words):
    """The code of an answer given in words (kind, outcome, unit, actor)."""
    lists = {"kind": list(cards.KINDS.values()), **offered}
    return "".join(PARTS[part][lists[part].index(word)] for part, word in zip(PARTS, words, strict=True))


def every_answer(offered):
    lists = {"kind": list(cards.KINDS.values()), **offered}
    return product(*(lists[part] for part in PARTS))


def right_sheet(exercise):
    key, offered = assigned(TESTS[exercise], "key"), offered_on_all()[exercise]
    return {card: letters_of(offered[card], rows[0]) for card, rows in key.items()}


# The eight cards


@pytest.mark.parametrize("exercise", SHEETS)
def test_the_key_of_a_sheet_is_that_of_the_cards(exercise, truth):
    key, why = assigned(TESTS[exercise], "key"), assigned(TESTS[exercise], "reasons")
    assert len(key) == 4
    for card, rows in key.items():
        right = truth[card]
        assert rows == list(right[["kind", "outcome", "unit", "actor"]].itertuples(index=False, name=None))
        assert why[card] == right["why"].tolist()


@pytest.mark.parametrize("exercise", SHEETS)
def test_a_card_offers_exactly_its_choices_and_is_judged_by_what_is_on_the_screen(exercise):
    choices = pd.read_csv(TRUTH / "problem_card_choices.csv")
    offered = offered_on_all()[exercise]
    assert list(offered) == list(assigned(TESTS[exercise], "key"))
    for card, parts in offered.items():
        of_card = choices[choices["card"] == card]
        for part in ("outcome", "unit", "actor"):
            assert sorted(parts[part]) == sorted(of_card.loc[of_card["part"] == part, "choice"]), (card, part)


def test_the_kinds_on_the_screen_are_those_of_the_key(truth):
    assert set(cards.KINDS.values()) == set(pd.concat(truth.values())["kind"])


@pytest.mark.parametrize("exercise", SHEETS)
def test_a_sheet_takes_the_letters_of_its_choices_and_no_others(exercise, judge):
    for card, offered in offered_on_all()[exercise].items():
        for part, words in offered.items():
            beyond = PARTS[part][len(words) : len(words) + 1]
            with pytest.raises(check.NotReady, match="expected a text of 4 letters"):
                judge(exercise, **{SHEETS[exercise]: right_sheet(exercise) | {card: f"A{beyond or '!'}"}})


def test_two_of_the_eight_cards_have_two_right_kinds_and_the_kinds_vary():
    keys = [rows for exercise in SHEETS for rows in assigned(TESTS[exercise], "key").values()]
    assert sorted(len({row[0] for row in rows}) for rows in keys) == [1] * 6 + [2] * 2
    assert len({row[0] for rows in keys for row in rows}) >= 6


def test_no_letter_of_a_part_is_right_on_more_than_half_of_the_cards():
    codes = [
        letters_of(offered_on_all()[exercise][card], row)
        for exercise in SHEETS
        for card, rows in assigned(TESTS[exercise], "key").items()
        for row in rows
    ]
    for place in range(1, 4):
        assert Counter(code[place] for code in codes).most_common(1)[0][1] <= len(codes) / 2


@pytest.mark.parametrize("exercise", SHEETS)
def test_of_all_answers_to_a_card_only_the_keys_are_right_and_a_wrong_kind_earns_nothing(exercise, judge):
    right, key = right_sheet(exercise), assigned(TESTS[exercise], "key")
    for card, offered in offered_on_all()[exercise].items():
        kinds = {row[0] for row in key[card]}
        for words in every_answer(offered):
            result = judge(exercise, **{SHEETS[exercise]: right | {card: letters_of(offered, words)}})
            earned = result["points"] - 3
            assert (earned == 1) == (words in key[card]), words
            if (card, words) == SEES_NO_MODEL:
                assert earned == pytest.approx(1 / 3, abs=1e-3)
            elif words[0] not in kinds:
                assert earned == 0, words
            elif not any(words[:3] == row[:3] for row in key[card]) and card != "C-09":
                assert earned == pytest.approx(1 / 3, abs=1e-3), words
            assert earned < 1 or not result["mistakes"], words


def test_each_of_the_eight_mistakes_has_answers_of_its_own_on_the_cards(judge):
    alone = Counter()
    for exercise in SHEETS:
        right = right_sheet(exercise)
        for card, offered in offered_on_all()[exercise].items():
            for words in every_answer(offered):
                sheet = right | {card: letters_of(offered, words)}
                mistakes = judge(exercise, **{SHEETS[exercise]: sheet})["mistakes"]
                alone[mistakes[0] if len(mistakes) == 1 else None] += 1
    assert set(alone) - {None} == MISTAKES


def test_a_mixture_of_two_right_answers_is_never_right_in_full(judge):
    for exercise in SHEETS:
        for card, rows in assigned(TESTS[exercise], "key").items():
            if len(rows) == 2:
                mixtures = set(product(*zip(*rows, strict=True))) - set(rows)
                assert mixtures
                for words in mixtures:
                    code = letters_of(offered_on_all()[exercise][card], words)
                    sheet = right_sheet(exercise) | {card: code}
                    assert judge(exercise, **{SHEETS[exercise]: sheet})["points"] < 4


# "Predict it, please"


@pytest.fixture(scope="module")
def evening():
    """The evening on the screen."""
    return requests.worst_evening(load_deliveries())


def apart(evening, column, number):
    """The first two orders, from least to most, that lie ``number`` minutes or more apart."""
    ordered = evening.sort_values(column)
    return next(
        (
            [one, other]
            for one, other in product(ordered.index, ordered.index)
            if ordered[column][other] - ordered[column][one] >= number
        ),
        None,
    )


def records(evening, line=10, step=5, reached=2):
    past = evening["past_the_promise"]
    worst = past.sort_values(ascending=False).index
    same = evening[past < line]
    return {
        "delays": {"letters": "ALQXF", "number": line, "orders": [past.idxmax(), past.idxmin()]},
        "arrivals": {"letters": "BJSWG", "number": step, "orders": apart(same, "minutes_to_arrival", step)},
        "trouble": {"letters": "CMSYE", "number": reached, "orders": [worst[0], worst[-1]]},
    }


def test_the_evening_can_be_read_on_one_screen_and_has_orders_for_every_answer(evening, judge):
    assert 8 <= len(evening) <= 15
    for line, step, reached in product((5, 10, 15, 20), (1, 5, 15), (1, 3, 5)):
        result = judge("predict_it_please", **records(evening, line, step, reached))
        assert result["points"] == 6, (line, step, reached)


@pytest.mark.parametrize("line", [5, 10, 20])
def test_two_orders_on_one_side_of_the_line_earn_nothing(evening, judge, line):
    past = evening["past_the_promise"].sort_values()
    for one, other in pairwise(past.index):
        right = records(evening, line)
        right["delays"]["orders"] = [one, other]
        differ = (past[one] >= line) != (past[other] >= line)
        assert judge("predict_it_please", **right)["points"] == 5 + differ


def test_a_pair_on_the_list_counts_only_when_the_rider_reaches_exactly_one(evening, judge):
    past = evening["past_the_promise"]
    for one, other in product(evening.index, evening.index):
        if one != other:
            right = records(evening)
            right["trouble"]["orders"] = [one, other]
            places = [int((past > past[order]).sum()) for order in (one, other)]
            differ = (places[0] < 2) != (places[1] < 2)
            assert judge("predict_it_please", **right)["points"] == 5 + differ, (one, other)


def test_orders_count_only_with_a_question_they_belong_to(evening, judge):
    wrong = records(evening)
    wrong["delays"]["letters"] = "AKQXF"
    assert judge("predict_it_please", **wrong)["points"] == pytest.approx(4 + 1 / 3, abs=1e-3)


# Guessing


def guess(exercise, draw, evening):
    """One random answer sheet."""
    if exercise in SHEETS:
        sheet = {
            card: draw.choice(PARTS["kind"])
            + "".join(draw.choice(PARTS[part][: len(words)]) for part, words in offered.items())
            for card, offered in offered_on_all()[exercise].items()
        }
        return {SHEETS[exercise]: sheet}
    if exercise == "predict_it_please":
        return {
            name: {
                "letters": "".join(map(draw.choice, ("ABC", "JKLM", "PQRS", "WXYZ", "EFGH"))),
                "number": draw.randint(1, 30),
                "orders": draw.sample(list(evening.index), 2),
            }
            for name in ("delays", "arrivals", "trouble")
        }
    if exercise == "minutes_or_late":
        picks = ("minutes", "late", "either")
        return {
            name: {"receives": draw.choice(picks), "reason": draw.choice("ABCDEF")}
            for name in ("page", "desk", "board")
        }
    names = assigned(TESTS[exercise], "key")
    return {"verdicts": {name: draw.choice("ABCD") + draw.choice("JKLM") for name in names}}


def test_random_sheets_earn_less_than_an_eighth_of_the_workbook(evening, judge):
    draw, sheets = random.Random(2), 300
    earned = {
        name: sum(judge(name, **guess(name, draw, evening))["points"] for _ in range(sheets)) / sheets
        for name in TESTS
    }
    assert len(earned) == 5
    assert sum(earned.values()) < 20 / 8, earned


@pytest.mark.parametrize("kind", PARTS["kind"])
def test_the_same_kind_on_all_eight_cards_earns_at_most_a_fifth(judge, kind):
    earned = 0
    for exercise, name in SHEETS.items():
        sheet = {
            card: kind + "".join(own[0] for own in list(PARTS.values())[1:]) for card in right_sheet(exercise)
        }
        earned += judge(exercise, **{name: sheet})["points"]
    assert earned <= 8 / 5
