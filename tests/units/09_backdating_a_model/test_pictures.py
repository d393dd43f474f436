"""Pictures of lesson 09: what was known on an evening, the line that looks ahead, and the explorer."""

import html
import re

import numpy as np
import pandas as pd
import pytest

import hindcast
from hindcast.units.backdating_a_model import own_table, pictures, tables

EVENING = pd.Timestamp(2025, 5, 12)


@pytest.fixture(scope="module")
def demand():
    return hindcast.load_demand()


@pytest.fixture(scope="module")
def town(demand):
    return tables.town(demand).set_index("day")


@pytest.fixture
def said(town):
    """Forty evenings up to 31 May: the honest line says 400 throughout, the flattering one 10 too many."""
    evenings = pd.date_range("2025-04-22", "2025-05-31")
    days = evenings + pd.Timedelta(days=7)
    came = town.loc[days, "orders"].to_numpy()
    rows = {"origin": evenings, "day": days, "came": came, "known_on": town.loc[days, "known_on"].to_numpy()}
    return pd.DataFrame(rows).assign(honest=400.0, flattering=came + 10.0)


def bars(picture):
    """The weeks looked at: first and last day of each bar below."""
    from matplotlib.dates import num2date

    axes = picture.figure.axes[0]
    weeks = [patch for patch in axes.patches if patch.get_height() == 14]
    ends = [(patch.get_x() + 0.5, patch.get_x() + patch.get_width() - 0.5) for patch in weeks]
    return [tuple(f"{num2date(end):%m-%d}" for end in pair) for pair in ends]


def line(picture, label):
    found = [line for line in picture.figure.axes[0].lines if line.get_label() == label]
    assert len(found) == 1
    return found[0]


# --- the table --------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2024-02-29", "2025-05-19", "2025-06-12"])
def test_what_a_day_may_use_is_what_the_evening_seven_days_before_knew(town, day):
    day = pd.Timestamp(day)
    evening = day - pd.Timedelta(days=7)
    then = hindcast.load_demand(as_of=evening)
    then = then[then["day"] < evening]
    by_day = then["orders"].fillna(then["orders_reported"]).groupby(then["day"]).sum()
    assert by_day.index.max() == evening - pd.Timedelta(days=1)
    assert town.loc[day, "last_week"] == pytest.approx(by_day.tail(7).mean())
    assert town.loc[day, "two_weeks_before"] == by_day[evening - pd.Timedelta(days=7)]


def test_an_evening_sees_the_counts_as_the_table_of_that_day_has_them(demand):
    then = hindcast.load_demand(as_of=EVENING)
    then = then[then["day"] < EVENING]
    by_day = then["orders"].fillna(then["orders_reported"]).groupby(then["day"]).sum()
    pd.testing.assert_series_equal(
        tables.as_reported(demand, EVENING).astype(float), by_day.astype(float), check_names=False
    )


def test_the_last_week_is_not_made_of_final_numbers_and_the_week_around_is(town, demand):
    final = demand.groupby("day")["orders"].sum()
    assert town.loc["2025-05-19", "week_around"] == pytest.approx(final["2025-05-16":"2025-05-22"].mean())
    before = final["2025-05-05":"2025-05-11"].mean()
    assert town.loc["2025-05-19", "last_week"] < before


def test_the_orders_of_the_town_are_known_when_the_last_store_is_final(town, demand):
    day = demand[demand["day"] == "2025-05-19"]
    assert town.loc["2025-05-19", "orders"] == day["orders"].sum()
    assert town.loc["2025-05-19", "known_on"] == day["revised_on"].max()
    never_revised = demand.groupby("day")["revised_on"].max().isna()
    on_time = town[never_revised.reindex(town.index)]
    assert len(on_time)
    assert ((on_time["known_on"] - on_time.index) == pd.Timedelta(days=1)).all()


# --- the picture of an evening ----------------------------------------------------------------------


def test_nothing_said_after_the_evening_is_drawn_and_what_came_later_is_dotted_in_grey(said, demand):
    picture = pictures.evening(said, demand, EVENING)
    spoke_of = line(picture, "what it would have said").get_xdata()
    assert pd.Timestamp(max(spoke_of)) == pd.Timestamp(2025, 5, 19)
    known, later = line(picture, "orders, as known that evening"), line(picture, "orders, not known yet")
    assert pd.Timestamp(max(known.get_xdata())) == pd.Timestamp(2025, 5, 11)
    assert pd.Timestamp(min(later.get_xdata())) == EVENING
    assert later.get_linestyle() == ":"
    assert known.get_linestyle() == "-"


def test_the_sentence_counts_only_days_that_are_final_by_that_evening(said, demand):
    known = said[said["known_on"] <= EVENING]
    assert 0 < len(known) < (said["day"] < EVENING).sum()
    off = (400 - known["came"]).abs().mean()
    sentence = pictures.evening(said, demand, EVENING).sentence
    assert f"{len(known)} are final by now, and it was off by {off:.0f} orders on average." in sentence
    assert "the orders up to 11 May are counted" in sentence
    assert "says 400 orders for 19 May, 7 days ahead" in sentence


def test_on_the_first_evening_there_is_nothing_to_hold_it_against(said, demand):
    sentence = pictures.evening(said, demand, said["origin"].iloc[0]).sentence
    assert sentence.endswith("Nothing it has said can be held against what came yet.")


def test_the_leak_is_drawn_only_when_it_is_asked_for_and_looks_at_days_in_the_grey(said, demand):
    honest, leaking = (pictures.evening(said, demand, EVENING, leak) for leak in (False, True))
    assert bars(honest) == [("05-05", "05-11")]
    assert bars(leaking) == [("05-05", "05-11"), ("05-16", "05-22")]
    assert leaking.sentence.startswith(honest.sentence)
    assert "it was off by 10: it looks at a week" in leaking.sentence
    with pytest.raises(AssertionError):
        line(honest, "with tomorrow leaking in")
    assert line(leaking, "with tomorrow leaking in").get_marker() == "s"
    assert line(leaking, "what it would have said").get_marker() == "o"


def test_every_word_of_the_picture_stays_inside_it_on_every_tenth_evening(said, demand):
    for origin in said["origin"][::10]:
        figure = pictures.evening(said, demand, origin, leak=True).figure
        figure.draw_without_rendering()
        inside = figure.axes[0].get_window_extent()
        for text in figure.axes[0].texts:
            if text.get_text():
                box = text.get_window_extent()
                assert inside.x0 <= box.x0 and box.x1 <= inside.x1, (origin, text.get_text())


def test_an_evening_that_was_not_replayed_is_refused(said, demand):
    with pytest.raises(KeyError, match="1 January is not among the origins"):
        pictures.evening(said, demand, "2025-01-01")


# --- the other pictures -----------------------------------------------------------------------------


def test_too_many_and_too_few_differ_in_shape_and_the_sentence_names_the_longest_row(said):
    alternating = np.where(np.arange(len(said)) % 2, 5, -5)
    alternating[20:26] = 7
    rows = said.assign(honest=said["came"] + alternating)
    picture = pictures.errors(rows)
    up, down = (line for line in picture.figure.axes[0].lines if line.get_marker() in ("^", "v"))
    assert (up.get_marker(), down.get_marker()) == ("^", "v")
    assert set(up.get_ydata()) == {5, 7}
    assert set(down.get_ydata()) == {-5}
    assert pictures.longest_above(rows) == (rows["origin"].iloc[19], 7)
    assert "too many 7 times in a row" in picture.sentence


def test_a_line_on_a_slide_says_its_average_and_its_worst_week(said):
    rows = said.assign(honest=said["came"] + 4.0)
    rows.loc[rows["day"].between("2025-05-19", "2025-05-25"), "honest"] += 20
    sentence = pictures.offered(rows, "honest", "what it would have said").sentence
    assert "off by 8 orders a day on average" in sentence  # 4, and 20 more on 7 of 40 days
    assert "worst week begins on 19 May: off by 24 a day" in sentence


# --- the explorer -----------------------------------------------------------------------------------


@pytest.fixture
def explorer(monkeypatch, said, demand):
    """Slider, switch, page and bundle that explore_evenings displays."""
    import ipywidgets

    made, shown = [], []
    original = ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda parts: made.extend(parts) or original(parts))
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    pictures.explore_evenings(said, demand, EVENING)
    return *made, shown[0]


def test_slider_and_switch_redraw_picture_and_sentence(explorer, said, demand):
    slider, switch, page, _ = explorer
    assert slider.label == "Mon 12 May"
    seen = set()
    for origin, leak in (("2025-05-12", True), ("2025-05-26", True), ("2025-05-26", False)):
        slider.value, switch.value = pd.Timestamp(origin), leak
        assert html.escape(pictures.evening(said, demand, origin, leak).sentence) in page.value
        assert switch.description.startswith("✓ ") == leak
        seen.add(re.search(r"base64,([^\"]+)", page.value)[1])
    assert len(seen) == 3


def test_where_no_widget_can_be_shown_the_first_evening_stands_in(explorer, said, demand):
    *_, bundle = explorer
    first = pictures.evening(said, demand, EVENING)
    assert bundle["text/plain"] == first.sentence
    assert bundle["image/png"] == first.png()


# --- one's own table --------------------------------------------------------------------------------

OWN = "origin,due,prediction,known_value\n" + "".join(
    f"2025-01-{n:02},2025-01-{n + 1:02},{20 + n},{18 + n}\n" for n in range(1, 21)
)


def test_a_table_of_ones_own_is_reviewed_and_the_report_says_what_it_cannot_check():
    page = own_table.reviewed("mine.csv", OWN.encode())
    assert "20 predictions" in page
    assert "What this table cannot show" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.csv cannot be read as a table"),
        (b"\xff\xfe\x00a", "mine.csv cannot be read as a table"),
        (b"a,b\n1,2,3\n4\n5,6,7,8,9\n", "mine.csv cannot be read as a table"),
        (b"colour\nred\n", "Here: give the columns of your file the names"),
    ],
)
def test_a_file_that_cannot_be_reviewed_gets_a_sentence(content, said):
    page = own_table.reviewed("mine.csv", content)
    assert said in page
    assert "Traceback" not in page


def test_choosing_a_file_shows_its_review(monkeypatch):
    import ipywidgets

    made = []
    original = ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda parts: made.extend(parts) or original(parts))
    monkeypatch.setattr("IPython.display.display", lambda *_: None)
    own_table.review_own_table()
    upload, page = made
    assert page.value == ""
    upload.value = (
        {
            "name": "mine.csv",
            "type": "text/csv",
            "size": len(OWN),
            "content": memoryview(OWN.encode()),
            "last_modified": pd.Timestamp(2025, 1, 1).to_pydatetime(),
        },
    )
    assert "20 predictions" in page.value
