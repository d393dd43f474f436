"""Lesson 06: its pictures, their sentences, and the explorer; with them the shared figures and widgets."""

import re

import pandas as pd
import pytest

from hindcast.units.reading_classifications import pictures


@pytest.mark.parametrize("cancel", [0, 1, 5, 50, 137, 300, 1000])
@pytest.mark.parametrize(("recall", "false_alarm_share"), [(0.456, 0.0425), (0, 0), (1, 1), (0.5, 0.03)])
def test_the_four_counts_are_whole_people_and_add_up(cancel, recall, false_alarm_share):
    counts = pictures.alert_counts(cancel, recall, false_alarm_share)
    assert sum(counts.values()) == 1000
    assert counts["caught"] + counts["missed"] == cancel
    assert all(type(count) is int and count >= 0 for count in counts.values())


def drawn_people(picture):
    """How many markers of each kind the figure holds, in the order they were drawn, without the legend."""
    return [len(line.get_xdata()) for line in picture.figure.axes[0].lines]


def test_the_picture_draws_exactly_the_people_it_speaks_of():
    counts = {"caught": 20, "missed": 30, "false_alarm": 38, "left_alone": 912}
    picture = pictures.thousand_people(counts)
    assert drawn_people(picture) == [20, 20, 30, 30, 38, 38, 912]  # three of the kinds are two markers each
    places = [
        place
        for line, take in zip(picture.figure.axes[0].lines, [1, 0, 1, 0, 1, 0, 1], strict=True)
        if take
        for place in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]
    assert len(set(places)) == 1000


def test_the_sentence_says_every_number_of_the_picture():
    counts = {"caught": 20, "missed": 30, "false_alarm": 38, "left_alone": 912}
    numbers = [
        int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", pictures.thousand_people(counts).sentence)
    ]
    assert numbers == [1000, 50, 58, 20, 38, 30, 912]


def test_kinds_of_people_differ_in_shape_not_only_in_colour():
    markers = {
        kind: tuple(style["marker"] if isinstance(style["marker"], str) else "person" for style in layers)
        for kind, layers in pictures._styles().items()
    }
    assert len(set(markers.values())) == 4


def test_the_same_picture_gives_the_same_bytes():
    counts = pictures.alert_counts(50, 0.4, 0.04)
    assert pictures.thousand_people(counts).png() == pictures.thousand_people(counts).png()


def test_a_matrix_shows_every_count_and_outlines_what_is_right():
    table = pd.DataFrame([[5, 1], [2, 7]], index=["a", "b"], columns=["a", "b"])
    axes = pictures.matrix(table, "truth", "verdict", "A sentence.").figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["5", "1", "2", "7"]
    assert [text.get_weight() for text in axes.texts] == ["bold", "normal", "normal", "bold"]
    assert len(axes.patches) == 2


def test_bars_by_group_say_how_many_of_how_many():
    groups = pd.DataFrame({"caught": [68, 13], "missed": [65, 60]}, index=["monthly", "yearly"])
    axes = pictures.caught_by_group(groups, "A sentence.").figure.axes[0]
    assert [text.get_text().strip() for text in axes.texts] == ["caught 68 of 133", "caught 13 of 73"]
    assert {patch.get_hatch() for patch in axes.patches} == {None, "///"}


def test_a_displayed_picture_is_followed_by_its_sentence(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw, metadata=None: shown.append((data, metadata))
    )
    picture = pictures.thousand_people(pictures.alert_counts(50, 0.4, 0.04))
    picture._ipython_display_()
    (image, metadata), (sentence, _) = shown
    assert image["image/png"] == picture.png()
    assert metadata["image/png"]["alt"] == picture.sentence
    assert sentence["text/markdown"] == picture.sentence


@pytest.fixture
def explorer(monkeypatch):
    """The slider, the page below it and the bundle that explore_base_rate displays."""
    import ipywidgets

    made, shown = [], []
    original = ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: made.extend(children) or original(children))
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    pictures.explore_base_rate(recall=0.4, false_alarm_share=0.04)
    return (*made, shown[0])


def test_moving_the_slider_redraws_picture_and_sentence(explorer):
    slider, page, _ = explorer
    before = page.value
    slider.value = 10
    picture = pictures.thousand_people(pictures.alert_counts(10, 0.4, 0.04))
    assert picture.sentence in page.value
    assert page.value != before
    assert re.search(r"base64,([^\"]+)", page.value)[1] != re.search(r"base64,([^\"]+)", before)[1]


def test_where_no_widget_can_be_shown_the_picture_and_its_sentence_stand_in(explorer):
    *_, bundle = explorer
    picture = pictures.thousand_people(pictures.alert_counts(50, 0.4, 0.04))
    assert bundle["image/png"] == picture.png()
    assert bundle["text/plain"] == picture.sentence
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_explorer_announces_its_sentence_and_describes_its_picture(explorer):
    _, page, _ = explorer
    assert 'aria-live="polite"' in page.value
    assert 'alt="Of 1,000 members' in page.value
