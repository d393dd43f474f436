"""The report of a really graded unit, as a trainer sees it: at a desk, on a phone, at 200 %, on paper."""

import itertools
import re
import shutil
import urllib.parse
from pathlib import Path

import pytest
from lab import LAPTOP, UNIT, ZOOMED
from small_round import HANDS
from test_feedback_pages import EVERY_TEXT
from test_reading import CONTRAST

from hindcast.kit.report import write_report

pytestmark = pytest.mark.acceptance

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
PARTS = ["#plan", "#misconceptions", "#people", "#points", "#exercises", "#rules"]
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width > 1 && box.right > innerWidth + 1;
}).map(part => part.outerHTML.slice(0, 80))"""
FOCUSED = "document.activeElement.getAttribute('href') || document.activeElement.tagName"
NAMES = [word for one in HANDS for word in (one.id, one.name, one.email) if word]


@pytest.fixture(scope="module")
def written(cohort):
    """Anonymous or not -> the page of a copy of the small round's cohort."""
    copy = shutil.copytree(cohort, cohort.parent / "report-page")
    return {anonymous: write_report(copy, UNIT, anonymous)[0] for anonymous in (False, True)}


@pytest.fixture(scope="module", params=[LAPTOP, ZOOMED, PHONE], ids=["laptop", "zoomed", "phone"])
def view(request):
    """Every test that opens a page does so in each size."""
    return request.param


@pytest.fixture
def opened(pages, written):
    """A function that opens the page as a file, and what it asked for or complained of."""

    def open_page(anonymous=False):
        page, heard = pages(), []
        address = written[anonymous].as_uri()
        page.on("console", lambda message: heard.append(message.text))
        page.on("request", lambda request: heard.append(request.url))
        page.goto(address)
        return page, [url for url in heard if not url.startswith(("data:", address))]

    return open_page


def test_the_page_opens_as_a_file_asks_for_nothing_and_fits(opened, shoot, request):
    for anonymous in (False, True):
        page, heard = opened(anonymous)
        shoot(page, f"report-{'anonymous-' * anonymous}{request.node.callspec.id}")
        for folded in page.locator("details").all():
            folded.evaluate("part => { part.open = true }")
        page.screenshot()  # draws it
        assert heard == []
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_link_leads_to_a_file_that_exists_or_a_part_of_the_page(opened, written):
    for anonymous in (False, True):
        page, _ = opened(anonymous)
        for link in page.get_by_role("link").all():
            address = urllib.parse.urlparse(link.evaluate("link => link.href"))
            path = Path(urllib.parse.unquote(address.path))
            assert path.is_file(), address
            if path == written[anonymous]:
                assert page.locator(f"#{address.fragment}").count() == 1, address


def test_a_name_leads_to_its_feedback_and_back(opened):
    page, _ = opened()
    row = page.get_by_role("row").filter(has_text="Priya Raghunathan").filter(has=page.get_by_role("link"))
    row.get_by_role("link").first.click()
    assert page.get_by_role("heading", level=1).is_visible() and "Priya Raghunathan" in page.title()
    page.go_back()
    assert page.title() == f"Report on report-page: {page.get_by_role('heading', level=1).inner_text()}"


def test_the_keyboard_goes_through_the_parts_in_their_order_and_opens_what_is_folded(opened):
    page, _ = opened()
    reached = []
    for _ in PARTS:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    assert reached == PARTS
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#rules"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.evaluate("part => part.open")
    places = page.locator("a, summary").evaluate_all("all => all.map(one => one.tabIndex)")
    assert set(places) == {0}


def test_the_headings_are_in_order_and_tables_keep_their_roles(opened):
    page, _ = opened()
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    for table in page.locator("table").all():
        assert table.get_by_role("columnheader").count() > 1 and table.get_by_role("rowheader").count() > 0


def test_every_text_of_the_page_has_contrast(opened):
    page, _ = opened()
    for folded in page.locator("details").all():
        folded.evaluate("part => { part.open = true }")
    texts = page.locator("body").evaluate(EVERY_TEXT)
    assert len(texts) > 100
    assert [pair for pair in texts if pair[1] < CONTRAST] == []


def test_the_anonymous_page_shows_no_name(opened):
    page, _ = opened(True)
    shown = page.content()
    assert [name for name in NAMES if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", shown)] == []


def test_the_page_prints_on_a_few_sheets_with_its_bars(opened):
    page, _ = opened()
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator(".bar").first.evaluate("bar => getComputedStyle(bar).printColorAdjust") == "exact"
    for paper in ("A4", "Letter"):
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
        assert 3 <= sheets <= 9, paper
