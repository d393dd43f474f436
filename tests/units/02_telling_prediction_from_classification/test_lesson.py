"""Lesson 02: the same orders as a number, a class, a ranking and chances, and the explorer over them."""

import html
import re

import pandas as pd
import pytest

from hindcast.units.telling_prediction_from_classification import pictures


@pytest.fixture
def orders():
    """Four orders: the longest wait (D) is not the likeliest to be late (B)."""
    return pd.DataFrame(
        {
            "order": ["O-000001", "O-000002", "O-000003", "O-000004"],
            "promised_minutes": [30, 35, 40, 60],
            "minutes": [20.0, 36.0, 31.0, 44.0],
            "chance": [0.05, 0.62, 0.3, 0.11],
            "late": [False, True, False, True],
        },
        index=[7, 3, 5, 1],
    )


def words(axes):
    return [text.get_text() for text in axes.texts]


def rows(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_the_customer_gets_one_amount_an_order(orders):
    picture = pictures.as_received(orders, "customer")
    left, right = picture.figure.axes
    assert rows(left) == orders["order"].tolist()
    assert words(left) == ["20 min", "36 min", "31 min", "44 min"]
    assert list(left.lines[0].get_xdata()) == [20, 36, 31, 44]
    assert list(left.lines[1].get_xdata()) == [30, 35, 40, 60]
    assert "20 minutes" in words(right)
    assert "4 numbers, from 20 to 44 minutes." in picture.sentence
    assert 'On the telephone of order O-000001 stands "about 20 minutes".' in picture.sentence


def test_the_desk_gets_one_of_two_words_an_order_and_the_line_itself_counts_as_late(orders):
    picture = pictures.as_received(orders, "desk")
    left, right = picture.figure.axes
    assert rows(left) == orders["order"].tolist()
    assert words(left) == ["not late", "late", "late", "not late"]
    assert [line for line in words(right) if "O-" in line] == ["☒ O-000002", "☒ O-000003"]
    assert "2 of the 4 orders are called late and 2 not late" in picture.sentence
    assert picture.sentence.endswith("stand O-000002 and O-000003.")


def test_late_and_not_late_differ_in_shape_and_place_not_only_in_colour(orders):
    left = pictures.as_received(orders, "desk").figure.axes[0]
    marks = {(line.get_marker(), tuple(line.get_xdata())) for line in left.lines if line.get_marker() in "so"}
    assert marks == {("s", (1,)), ("o", (0,))}


def test_the_dispatcher_gets_a_list_and_its_top_need_not_be_the_longest_wait(orders):
    picture = pictures.as_received(orders, "dispatcher")
    left, right = picture.figure.axes
    assert rows(left) == ["O-000002", "O-000003", "O-000004", "O-000001"]
    assert [word for word in words(left) if word.isdigit()] == ["1", "2", "3", "4"]
    assert "1.  O-000002" in words(right)
    assert "goes to O-000002 first, then to O-000003" in picture.sentence
    assert "Order O-000004, with the most minutes still to go, stands in place 3." in picture.sentence


def test_every_action_shows_the_same_orders(orders):
    shown = {key: set(rows(pictures.as_received(orders, key).figure.axes[0])) for key in pictures.ACTIONS}
    assert set(map(frozenset, shown.values())) == {frozenset(orders["order"])}


def test_nobody_called_late_is_said_so(orders):
    assert pictures.as_received(orders.assign(chance=0.1), "desk").sentence.endswith("stand none.")


def test_chances_stand_beside_the_word_that_was_recorded(orders):
    picture = pictures.chances(orders)
    axes = picture.figure.axes[0]
    assert [patch.get_width() for patch in axes.patches] == pytest.approx([62, 30, 11, 5])
    assert words(axes) == [
        *("62 in 100", "came late", "30 in 100", "came in time"),
        *("11 in 100", "came late", "5 in 100", "came in time"),
    ]
    assert "from 5 to 62 in 100" in picture.sentence
    assert "2 of the 4 came late, 2 in time. Order O-000002 had the highest chance and came late." in (
        picture.sentence
    )


@pytest.fixture
def explorer(monkeypatch, orders):
    """The buttons, the page below them and the bundle that explore_actions displays."""
    import ipywidgets

    made, shown = [], []
    original = ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda parts: made.extend(parts) or original(parts))
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    pictures.explore_actions(orders)
    _, row, page = made
    return row.children, page, shown[0]


def test_choosing_another_action_redraws_picture_and_sentence(explorer, orders):
    buttons, page, _ = explorer
    assert len(buttons) == len(pictures.ACTIONS)
    seen = set()
    for key, button in reversed(list(zip(pictures.ACTIONS, buttons, strict=True))):
        button.click()
        chosen = [button for button in buttons if button.description.startswith("✓")]
        assert chosen == [button]
        assert chosen[0].description == f"✓ {pictures.ACTIONS[key].label}"
        assert html.escape(pictures.as_received(orders, key).sentence) in page.value
        seen.add(re.search(r"base64,([^\"]+)", page.value)[1])
    assert len(seen) == 3


def test_where_no_widget_can_be_shown_the_first_picture_and_its_sentence_stand_in(explorer, orders):
    *_, bundle = explorer
    assert bundle["image/png"] == pictures.as_received(orders, "customer").png()
    assert bundle["text/plain"] == pictures.as_received(orders, "customer").sentence
    assert "application/vnd.jupyter.widget-view+json" in bundle
