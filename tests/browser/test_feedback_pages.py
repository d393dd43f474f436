"""The feedback pages of a unit that was really graded: their files, and what a person sees in a browser."""

import base64
import html
import re
import shutil

import pytest
from lab import LAPTOP, UNIT, ZOOMED
from nbformat.v4 import new_code_cell, new_output
from small_round import HANDS
from test_reading import CONTRAST, CONTRASTS

from hindcast.check import misconceptions
from hindcast.figures import Picture, new_figure
from hindcast.kit.feedback import write_feedback
from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.notebooks.answer_banks import answer_cells
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.results import results_of

pytestmark = pytest.mark.acceptance

FIGURE = new_figure(9, 5.2)
FIGURE.subplots().bar(["caught", "missed"], [10, 40])
PICTURE = Picture(FIGURE, "Of the 50 members who cancelled, 10 were caught and 40 missed.")
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
EVERY_TEXT = CONTRASTS.replace(".jp-RenderedHTML *, .widget-html *", "*")
# elements that reach over the edge of the window and cannot be scrolled to
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !part.closest('.output, .prose, details pre');
}).map(part => part.outerHTML.slice(0, 80))"""
# pictures as high as the paper, and closed details that print as an empty box
BAD_IN_PRINT = """() => [...document.querySelectorAll('img, details:not([open])')]
    .filter(part => part.getBoundingClientRect().height > (part.tagName === 'IMG' ? 800 : 0))
    .map(part => part.outerHTML.slice(0, 80))"""
SCRIPT = "<script>document.title = 'it ran'</script><img src='x' onerror=\"document.title = 'it ran'\">"


@pytest.fixture(scope="module")
def taught(cohort):
    """A copy of the cohort, in which a learner drew a figure below an answer."""
    copy = shutil.copytree(cohort, cohort.parent / "feedback-pages")
    path = copy / "autograded" / "priya" / UNIT / "workbook.ipynb"
    notebook = read_notebook(path)
    place = notebook.cells.index(answer_cells(notebook)["pilot_counts"]) + 1
    notebook.cells.insert(place, new_code_cell("draw()", outputs=drawn(PICTURE)))
    path.unlink()  # nbgrader protects it from writing
    path.write_text(notebook_text(notebook), encoding="utf-8")
    return copy


def drawn(picture):
    """What a notebook keeps of a picture that it shows."""
    png = base64.b64encode(picture.png()).decode()
    alt = {"image/png": {"alt": picture.sentence}}
    return [
        new_output("display_data", {"image/png": png, "text/plain": picture.sentence}, metadata=alt),
        new_output("display_data", {"text/markdown": picture.sentence, "text/plain": picture.sentence}),
    ]


@pytest.fixture(scope="module")
def written(taught):
    """Learner -> the page."""
    pages = write_feedback(taught, UNIT)
    assert pages.faults == []
    return {path.parts[-3]: path for path in pages.written}


@pytest.fixture(scope="module", params=[LAPTOP, ZOOMED, PHONE], ids=["laptop", "zoomed", "phone"])
def view(request):
    """Every test that opens a page does so in each size."""
    return request.param


@pytest.fixture
def opened(pages, written):
    """A function that opens a learner's page as a file, and what the page asked for or complained of."""

    def open_page(learner, path=None):
        page, heard = pages(), []
        page.on("console", lambda message: heard.append(message.text))
        page.on("request", lambda request: heard.append(request.url))
        page.goto((path or written[learner]).as_uri())
        return page, [
            url for url in heard if not url.startswith(("data:", (path or written[learner]).as_uri()))
        ]

    return open_page


def lines_of(pattern, cohort, known):
    """The source lines of the unit between marks, without those that the learner wrote, too."""
    cells = [
        cell
        for name in ("workbook", "bench")
        for cell in read_notebook(cohort.parents[2] / "solutions" / UNIT / f"{name}.ipynb").cells
    ]
    found = [
        line.strip() for cell in cells for part in pattern.findall(cell.source) for line in part.split("\n")
    ]
    return [line for line in found if len(line) > 12 and re.search(r"[=(\[{:]", line) and line not in known]


def test_everyone_who_handed_in_has_a_page_with_the_gradebooks_points(taught, written):
    assert set(written) == {learner.id for learner in HANDS}
    for row in read_gradebook(taught).notebooks.itertuples():
        told = written[row.learner].read_text(encoding="utf-8")
        assert f"{row.notebook.capitalize()}: {round(row.points, 2):g} of {row.of:g} points." in told, row


def test_each_recognised_mistake_is_on_the_page_with_where_to_look(cohort, written):
    seen = 0
    for learner, path in written.items():
        told = html.unescape(path.read_text(encoding="utf-8"))
        for graded in (cohort / "autograded" / learner / UNIT).glob("*.ipynb"):
            for result in results_of(read_notebook(graded)).values():
                for mistake in result.mistakes:
                    entry, seen = misconceptions()[mistake], seen + 1
                    assert entry["believed"] in told and entry["look"] in told, f"{learner}: {mistake}"
    assert seen > 5


def test_no_page_holds_a_hidden_test_or_a_solution(cohort, written):
    for learner, path in written.items():
        told = html.unescape(re.sub("<[^>]*>", "", path.read_text(encoding="utf-8")))
        handed_in = [read_notebook(p) for p in (cohort / "submitted" / learner / UNIT).glob("*.ipynb")]
        known = "\n".join(cell.source for notebook in handed_in for cell in notebook.cells)
        for pattern in (HIDDEN, SOLUTION):
            lines = lines_of(pattern, cohort, known)
            assert lines or learner == "amara"  # who hands in the reference
            assert [line for line in lines if line in told] == [], learner
        answers = [cell.source for notebook in handed_in for cell in answer_cells(notebook).values()]
        assert all(answer.split("\n")[0].strip() in told for answer in answers)


def test_the_page_opens_as_a_file_asks_for_nothing_and_fits(opened, shoot, request):
    for learner in ("priya", "amara"):
        page, heard = opened(learner)
        shoot(page, f"feedback-{learner}-{request.node.callspec.id}")
        for task in page.locator("details").all():
            task.evaluate("task => { task.open = true }")
        page.screenshot()  # draws it
        assert heard == []
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_text_of_the_page_has_contrast(opened):
    page, _ = opened("priya")
    for task in page.locator("details").all():
        task.evaluate("task => { task.open = true }")
    texts = page.locator("body").evaluate(EVERY_TEXT)
    assert len(texts) > 100
    assert [pair for pair in texts if pair[1] < CONTRAST] == []


def test_a_picture_is_described_by_the_sentence_below_it(opened):
    page, _ = opened("priya")
    assert page.get_by_role("img").get_attribute("alt") == PICTURE.sentence
    assert PICTURE.sentence in page.locator("body").evaluate("body => body.textContent")


def test_the_keyboard_reaches_an_exercise_and_opens_its_task(opened):
    page, _ = opened("priya")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#workbook-1"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.locator("details").first.evaluate("task => task.open")


def test_the_page_prints_without_empty_boxes_or_cut_figures(opened, shoot):
    page, _ = opened("priya")
    page.emulate_media(media="print")
    page.locator("details").nth(3).evaluate("task => { task.open = true }")
    assert page.evaluate(BAD_IN_PRINT) == []
    for paper in ("A4", "Letter"):
        pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
        assert 3 <= pages <= 9, paper


def test_a_script_that_came_through_all_the_same_does_not_run(opened, written, tmp_path):
    for name, kept in (("with", True), ("without", False)):
        text = written["priya"].read_text(encoding="utf-8").replace("</h1>", f"</h1>{SCRIPT}")
        path = tmp_path / f"{name}.html"
        path.write_text(text if kept else re.sub("<meta http-equiv[^>]*>", "", text), encoding="utf-8")
        page, _ = opened("priya", path)
        page.wait_for_timeout(100)
        assert (page.title() == "it ran") is not kept
