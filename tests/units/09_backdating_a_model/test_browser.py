"""Lesson 09 in a real browser: a decision, evenings by the keyboard, the leak, checks, a file, 200 %."""

import re

import pytest
from lab import ERROR, LAPTOP, TOO_WIDE, VISIBLE_LINES, ZOOMED

import hindcast
from hindcast.check import misconceptions
from hindcast.units.backdating_a_model import tables

pytestmark = pytest.mark.acceptance

UNIT = "09_backdating_a_model"
DECISION, EXPLORER, CHECK = "go-live-yes-or-no", "evening-explorer", "held_against"
REPLAY, OWN = "make-a-replay", "review-your-own-table"
PICTURES = {
    "unit-09-decision": DECISION,
    "unit-09-honest": "what-it-said-honestly",
    "unit-09-evening": "one-evening",
    "unit-09-explorer": EXPLORER,
    "unit-09-leak": "tomorrow-leaks-in",
    "unit-09-errors": "errors-of-each-evening",
    "unit-09-six-ways": "six-ways",
    "unit-09-reply": CHECK,
    "unit-09-review": REPLAY,
    "unit-09-own-table": OWN,
}


@pytest.fixture(scope="module", params=[LAPTOP, ZOOMED], ids=["laptop", "zoomed"])
def view(request):
    """Every test below runs in both sizes."""
    return request.param


@pytest.fixture(scope="module")
def lesson(opened, view):
    """Lesson 09, run from the menu as it was released; at 200 % the list of files is put away."""
    notebook = opened("lesson", unit=UNIT)
    if view == ZOOMED:
        notebook.toggle_sidebar()
    notebook.run_all()
    return notebook


def orders(day):
    """The orders of all stores on a day, as the table has them in the end."""
    table = tables.town(hindcast.load_demand())
    return int(table.loc[table["day"] == day, "orders"].item())


def test_the_lesson_runs_to_its_end_and_shows_at_most_ten_lines_of_code(lesson):
    assert lesson.error_cells() == []
    assert lesson.page.locator(ERROR).count() == 0
    assert 1 <= len(lesson.page.evaluate(VISIBLE_LINES)) <= 10


def test_the_opening_screen_changes_with_the_decision(lesson):
    lesson.cell(DECISION).get_by_text("✓ yes").wait_for()
    lesson.type_over(DECISION, {0: 'offer("no")'})
    lesson.run(DECISION)
    assert "✓ no" in lesson.shown(DECISION)
    assert "✓ yes" not in lesson.shown(DECISION)


def test_evenings_and_the_leak_are_reached_with_the_keyboard_and_the_picture_follows(lesson):
    explorer = lesson.cell(EXPLORER)
    image, sentence = explorer.locator("img"), explorer.get_by_role("status")
    press = lesson.page.keyboard.press
    explorer.get_by_role("slider").focus()
    seen = [image.get_attribute("src")]

    def follows(words):
        sentence.filter(has_text=words).wait_for()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 400)")
        seen.append(image.get_attribute("src"))

    press("ArrowRight")
    follows("On the evening of 13 May the orders up to 12 May are counted.")
    for _ in range(13):
        press("ArrowRight")
    follows("On the evening of 26 May")
    assert "tomorrow leaking in" not in sentence.inner_text()
    press("Tab")  # what the slider stands at is a stop of its own
    press("Tab")
    assert lesson.page.evaluate("() => document.activeElement.textContent") == "Let tomorrow leak in"
    press("Space")
    explorer.get_by_role("button", name="✓ Let tomorrow leak in").wait_for()
    follows("With tomorrow leaking in it says")
    off = [int(number) for number in re.findall(r"it was off by (\d+)", sentence.inner_text())]
    assert len(off) == 2
    assert off[1] < off[0]
    press("Shift+Tab")
    press("Shift+Tab")
    for _ in range(14):
        press("ArrowLeft")
    follows("On the evening of 12 May")
    assert "With tomorrow leaking in" in sentence.inner_text()
    press("Tab")
    press("Tab")
    press("Space")
    follows(re.compile(r"On the evening of 12 May.* on average\.$"))
    assert len(set(seen)) == len(seen) - 1
    assert seen[0] == seen[-1]


def test_the_label_of_the_slider_its_value_and_the_switch_can_be_read_in_full(lesson):
    explorer = lesson.cell(EXPLORER)
    for text in ("Evening", "Mon 12 May", "Let tomorrow leak in"):
        label = explorer.get_by_text(text, exact=True)
        assert label.is_visible(), text
        assert label.evaluate("label => label.scrollWidth <= label.clientWidth + 1"), text


def test_a_check_names_the_value_of_another_day_and_then_says_right(lesson):
    lesson.type_over(CHECK, {0: f"held_against.check({orders('2025-05-12')})"})
    lesson.run(CHECK)
    assert "Not yet" in lesson.shown(CHECK)
    for sentence in ("believed", "look"):
        assert misconceptions()["off_by_one_horizon"][sentence] in lesson.shown(CHECK)
    lesson.type_over(CHECK, {0: f"held_against.check({orders('2025-05-19')})"})
    lesson.run(CHECK)
    assert "Right." in lesson.shown(CHECK) and "Not yet" not in lesson.shown(CHECK)


def test_the_replay_that_looks_ahead_is_reviewed_too_and_nobody_is_accused(lesson):
    lesson.cell(REPLAY).get_by_text("Whether each input was known").wait_for()
    before = lesson.cell(REPLAY).inner_text()
    line = 'mine = replay(model, town, inputs=LOOKED_AHEAD, outcome="orders",'
    lesson.type_over(REPLAY, {0: line})
    lesson.run(REPLAY)
    lesson.cell(REPLAY).get_by_text("Whether each input was known").wait_for()
    after = lesson.cell(REPLAY).inner_text()
    off = [int(re.search(r"off by (\d+)", text)[1]) for text in (before, after)]
    assert off[1] < off[0]
    assert "Whether each input was known at its origin" in after


def test_a_file_of_ones_own_is_reviewed(lesson, tmp_path):
    rows = "".join(f"2025-01-{n:02},2025-01-{n + 1:02},{20 + n},{18 + n}\n" for n in range(1, 21))
    own = tmp_path / "mine.csv"
    own.write_text("origin,due,prediction,known_value\n" + rows, encoding="utf-8")
    with lesson.page.expect_file_chooser() as chooser:
        lesson.cell(OWN).get_by_role("button", name="Choose a CSV").click()
    chooser.value.set_files(own)
    lesson.cell(OWN).get_by_text("20 predictions").wait_for()
    assert "What this table cannot show" in lesson.shown(OWN)


def test_every_output_fits(lesson, shoot, view):
    for name, cell in PICTURES.items():
        lesson.to_the_top(cell)
        shoot(lesson.page, f"{name}-{'zoomed' if view == ZOOMED else 'laptop'}")
    found = {name: lesson.cell(name).evaluate(TOO_WIDE) for name in lesson.cell_names()}
    assert {name: parts for name, parts in found.items() if parts} == {}
