"""Lesson 06 in a real browser: run to the end, explored with the keyboard, answered wrongly and rightly."""

import re

import pytest
from lab import ERROR, VISIBLE_LINES

import hindcast
from hindcast.check import misconceptions
from hindcast.units.reading_classifications import pictures

pytestmark = pytest.mark.acceptance

PICTURE, EXPLORER, CHECK = (
    "thousand-people",
    "base-rate-explorer",
    "rare_alerts",
)


@pytest.fixture(scope="module")
def lesson(opened):
    """Lesson 06, run from the menu as it was released."""
    notebook = opened("lesson")
    notebook.run_all()
    return notebook


@pytest.fixture(scope="module")
def counts():
    """A function from how many of 1,000 will cancel to the four counts, worked out from the table."""
    scores = hindcast.load_scores()
    month = scores[~scores["learned_from"] & (scores["month"] == "2025-09-01")]
    alert, cancelled = month["score"] >= 0.20, month["cancelled"]
    recall, false_alarm_share = alert[cancelled].mean(), alert[~cancelled].mean()
    return lambda cancel: pictures.alert_counts(cancel, recall, false_alarm_share)


def numbers_of(sentence):
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", sentence)]


def expected_numbers(cancel, counts):
    """The numbers of the picture's sentence, in its order."""
    flagged = counts["caught"] + counts["false_alarm"]
    return [
        1000,
        cancel,
        flagged,
        counts["caught"],
        counts["false_alarm"],
        counts["missed"],
        counts["left_alone"],
    ]


def test_the_lesson_runs_to_its_end_without_an_error(lesson):
    assert lesson.error_cells() == []
    assert lesson.page.locator(ERROR).count() == 0


def test_a_designer_sees_at_most_ten_lines_of_code(lesson):
    visible = lesson.page.evaluate(VISIBLE_LINES)
    assert 1 <= len(visible) <= 10, visible
    folded = lesson.cell(EXPLORER)
    assert folded.get_by_text("# Explorer: the same members").is_visible()
    assert not folded.get_by_text("pictures.explore_base_rate").is_visible()


def test_the_picture_of_a_thousand_people_is_there_with_its_sentence(lesson, counts):
    image = lesson.cell(PICTURE).locator("img").first
    assert image.evaluate("image => image.complete && image.naturalWidth > 400")
    sentence = lesson.cell(PICTURE).get_by_text("will cancel. The alert flags").last.inner_text()
    assert numbers_of(sentence) == expected_numbers(50, counts(50))


def test_the_slider_moves_with_the_keyboard_and_the_picture_follows(lesson, counts):
    explorer = lesson.cell(EXPLORER)
    image, sentence = explorer.locator("img"), explorer.get_by_role("status")
    explorer.get_by_role("slider").focus()
    for key, times, cancel in (("ArrowRight", 1, 55), ("ArrowLeft", 9, 10)):
        before = image.get_attribute("src")
        for _ in range(times):
            lesson.page.keyboard.press(key)
        explorer.get_by_text(f"Of 1,000 members, {cancel} will cancel").wait_for()
        assert numbers_of(sentence.inner_text()) == expected_numbers(cancel, counts(cancel))
        assert image.get_attribute("src") != before
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 400)")


def test_a_check_names_a_recognised_mistake_and_then_says_right(lesson, counts):
    wrong, right = counts(50)["false_alarm"], counts(10)["false_alarm"]
    lesson.type_over(CHECK, {0: f"members = {wrong}"})
    lesson.run(CHECK)
    assert "Not yet" in lesson.shown(CHECK)
    for sentence in ("believed", "look"):
        assert misconceptions()["base_rate_ignored"][sentence] in lesson.shown(CHECK)
    lesson.type_over(CHECK, {0: f"members = {right}"})
    lesson.run(CHECK)
    assert "Right." in lesson.shown(CHECK) and "Not yet" not in lesson.shown(CHECK)
