"""What a person sees: at a laptop's width, at 200 %, in the dark theme; pictures of it are kept."""

import pytest
from lab import LAPTOP, TOO_WIDE, ZOOMED

pytestmark = pytest.mark.acceptance

CONTRAST = 4.5  # least contrast of text, WCAG 2.2 level AA
THEMES = ("JupyterLab Dark", "JupyterLab Light")  # the last one stays
LESSON_PICTURES = {
    "lesson-screen": "chosen-a-or-b-offer",
    "lesson-picture": "thousand-people",
    "lesson-slider": "base-rate-explorer",
    "lesson-reply": "rare_alerts",
    "lesson-four-counts": "four-counts",
    "lesson-groups": "caught-by-plan",
    "lesson-matrix": "ticket-matrix",
}
WORKBOOK_PICTURES = ("misleading_month", "pilot_counts", "dearest_mix_up", "three-tables")

# Texts of our own boxes with their contrast, against the nearest background that is painted.
CONTRASTS = """cell => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => channels(colour).slice(0, 3).map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    const painted = part => {
        const colour = getComputedStyle(part).backgroundColor;
        return (channels(colour)[3] ?? 1) === 0 && part.parentElement ? painted(part.parentElement) : colour;
    };
    const boxes = [...cell.querySelectorAll('.jp-RenderedHTML *, .widget-html *')];
    return boxes.filter(part => [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(part => {
            const both = [light(getComputedStyle(part).color), light(painted(part))];
            const [dark, bright] = both.sort((a, b) => a - b);
            return [part.textContent.trim().slice(0, 60), (bright + 0.05) / (dark + 0.05)];
        });
}"""


@pytest.fixture(scope="module", params=[LAPTOP, ZOOMED], ids=["laptop", "zoomed"])
def view(request):
    """Every test below runs in both sizes."""
    return request.param


@pytest.fixture
def shot(shoot, request, view):
    """Keep a picture under the name of the size. At 200 % the list of files is closed."""
    size = request.node.callspec.id

    def keep(notebook, name, cell=None):
        if view == ZOOMED:
            notebook.toggle_sidebar()
        if cell:
            notebook.to_the_top(cell)
        shoot(notebook.page, f"{name}-{size}")
        if view == ZOOMED:
            notebook.toggle_sidebar()

    return keep


def too_wide(notebook):
    """Cell -> parts of its output that do not fit, in the narrowest layout: with the list of files open."""
    found = {name: notebook.cell(name).evaluate(TOO_WIDE) for name in notebook.cell_names()}
    return {name: parts for name, parts in found.items() if parts}


def faded(notebook):
    """Text of our boxes with too little contrast, and how many texts were looked at."""
    texts = [pair for name in notebook.cell_names() for pair in notebook.cell(name).evaluate(CONTRASTS)]
    return [pair for pair in texts if pair[1] < CONTRAST], len(texts)


def test_the_outputs_of_unit_00_fit(opened, shot):
    notebook = opened("lesson", unit="00_starting_here")
    shot(notebook, "unit-00-opening")
    notebook.run_all()
    shot(notebook, "unit-00-screen", "decision-none-write-ship-it")
    assert too_wide(notebook) == {}


def test_the_outputs_of_lesson_06_fit_and_its_slider_can_be_moved(opened, shot, view):
    notebook = opened("lesson")
    shot(notebook, "lesson-opening")
    notebook.run_all()
    notebook.type_over("rare_alerts", {0: "members = 40"})
    notebook.run("rare_alerts")
    for name, cell in LESSON_PICTURES.items():
        shot(notebook, name, cell)
    assert too_wide(notebook) == {}
    track = notebook.cell(LESSON_PICTURES["lesson-slider"]).locator(".noUi-base")
    assert track.bounding_box()["width"] >= 150


def test_the_outputs_of_an_untouched_workbook_06_fit(opened, shot):
    notebook = opened("workbook")
    notebook.run_all()
    shot(notebook, "workbook-untouched", "misleading_month")
    assert too_wide(notebook) == {}


def test_an_answered_workbook_06_fits_and_its_boxes_have_contrast_in_every_theme(opened, references, shot):
    notebook = opened("workbook", references)
    notebook.run_all()
    assert too_wide(notebook) == {}
    for theme in THEMES:
        notebook.use_theme(theme)
        for cell in WORKBOOK_PICTURES:
            shot(notebook, f"{cell.replace('_', '-')}-{theme.split()[-1].lower()}", cell)
        bad, looked_at = faded(notebook)
        assert looked_at > 50
        assert bad == [], theme


def test_the_verdict_of_validate_can_be_scrolled_to_and_closed(opened, shoot, request, view):
    notebook = opened("workbook")
    if view == ZOOMED:
        notebook.toggle_sidebar()
    dialog = notebook.validate()
    shoot(notebook.page, f"workbook-validate-{request.node.callspec.id}")
    verdict = dialog.get_by_text("Not attempted yet.").last
    verdict.evaluate("verdict => verdict.scrollIntoView({block: 'center', inline: 'start'})")
    place, window = verdict.bounding_box(), view["viewport"]
    assert place["x"] >= 0 and 0 <= place["y"] <= window["height"] - place["height"]
    dialog.get_by_role("button", name="Ok").click()
    dialog.wait_for(state="detached")
