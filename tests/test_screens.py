"""hindcast.screens: what a product screen shows of an answer, whatever the answer is."""

import pandas as pd
import pytest

from hindcast import screens


class Hostile(str):
    def __str__(self):
        raise RuntimeError

    def split(self, *_):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (5900, "5,900"),
        (0.4563, "0.4563"),
        (10.307692, "10.31"),
        ("allergy", "allergy"),
        (True, "?"),
        ([1], "?"),
        (pd.DataFrame(), "?"),
        (object(), "?"),
        (float("nan"), "nan"),
    ],
)
def test_a_value_is_shown_as_number_dash_or_question_mark(value, words):
    assert screens.shown(value) == words


@pytest.mark.parametrize(
    "answer", [None, 3, "text", [1], pd.DataFrame(), object(), {"caught": object()}, Hostile("x")]
)
def test_a_screen_is_drawn_whatever_the_learner_wrote(answer):
    tiles = screens.named_tiles(answer, {"caught": "caught"})
    screen = screens.dashboard("Title", tiles, note="Note", buttons=["go"], pressed=answer, marked=answer)
    assert set(screen._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_the_screen_changes_with_the_answer_and_says_the_same_in_text():
    before = screens.dashboard("Title", [(None, "caught")], buttons=["ship it", "not yet"])
    after = screens.dashboard("Title", [(24, "caught")], buttons=["ship it", "not yet"], pressed=" Not_yet ")
    assert before._repr_mimebundle_()["text/html"] != after._repr_mimebundle_()["text/html"]
    assert after._repr_mimebundle_()["text/plain"] == "[Title]\n24  caught\n( ) ship it\n(x) not yet"


def test_a_choice_is_shown_by_words_or_a_tick_not_by_colour_alone():
    page = screens.dashboard("T", [(1, "missed")], buttons=["go"], pressed="go", marked="MISSED")
    assert "✓ go" in page._repr_mimebundle_()["text/html"]
    assert "(chosen)" in page._repr_mimebundle_()["text/html"]


def test_what_a_learner_wrote_is_escaped():
    page = screens.dashboard("T", [("<script>", "<b>")], note="<i>")._repr_mimebundle_()["text/html"]
    assert not any(tag in page for tag in ("<script>", "<b>", "<i>"))


CHOICES = {"kind": {"A": "amount", "B": "kind"}, "unit": {"P": "minutes", "Q": "<yes>"}}


def test_a_card_shows_its_lines_and_each_choice_with_its_letter():
    page = screens.lettered_card("C-1", ['"Predict <it>"', "When: now."], CHOICES)._repr_mimebundle_()
    assert page["text/plain"].splitlines()[:3] == ["[C-1]", '"Predict <it>"', "When: now."]
    assert "unit: P\u00a0 minutes; Q\u00a0 <yes>" in page["text/plain"]
    assert "Q\u00a0 &lt;yes&gt;" in page["text/html"] and "<it>" not in page["text/html"]


def test_many_choices_run_on_across_a_card():
    many = {"kind": {letter: letter * 3 for letter in "ABCDEFGH"}}
    assert screens.INLINE in screens.lettered_card("C-1", [], many)._repr_mimebundle_()["text/html"]
    assert screens.INLINE not in screens.lettered_card("C-1", [], CHOICES)._repr_mimebundle_()["text/html"]


def test_a_list_says_the_same_to_the_eye_and_in_text():
    page = screens.listing("T", [("C-1", "<b>")], note="N")._repr_mimebundle_()
    assert page["text/plain"] == "[T]\nC-1: <b>\nN"
    assert "<b>C-1</b>" in page["text/html"] and "&lt;b&gt;" in page["text/html"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AQ", {"kind": "amount", "unit": "<yes>"}),
        ("q b", {"kind": "kind", "unit": "<yes>"}),
        ("A", {"kind": "amount", "unit": screens.EMPTY}),
        ("ABP", {"kind": screens.UNREADABLE, "unit": "minutes"}),
        *((code, {"kind": screens.EMPTY, "unit": screens.EMPTY}) for code in ("", None, 3, ["A"], object())),
        (Hostile("bq"), {"kind": "kind", "unit": "<yes>"}),
    ],
)
def test_letters_are_spelled_whatever_the_learner_wrote(code, words):
    assert screens.spelled(code, CHOICES) == words


def test_a_sheet_says_the_same_in_text_and_escapes_what_was_written():
    page = screens.sheet("T", ["day", "<b>"], [("Monday", None), ("<i>", 1200)], note="N")._repr_mimebundle_()
    assert page["text/plain"] == "[T]\nday | <b>\nMonday | –\n<i> | 1,200\nN"
    assert "scope='col'" in page["text/html"]
    assert "<b>" not in page["text/html"]
    assert "<i>" not in page["text/html"]
