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
    tiles = screens.four_counts(answer, {"caught": "caught"})
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


@pytest.mark.parametrize(
    ("share", "digits", "words"), [(0.949, 0, "95 %"), (0.949, 1, "94.9 %"), (1, 0, "100 %")]
)
def test_a_share_is_said_in_per_cent(share, digits, words):
    assert screens.percent(share, digits) == words
