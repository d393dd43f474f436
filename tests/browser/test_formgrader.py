"""nbgrader's formgrader in a real browser, on the cohort of a small round."""

import pytest
from lab import UNIT, serving

from hindcast.check import misconceptions
from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.notebooks.results import results_of

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def trainers(checkout, cohort, home):
    """JupyterLab as a trainer has it: over the repository, started in the cohort's folder."""
    with serving(checkout, cohort, home / "trainer.log", JUPYTER_CONFIG_PATH="") as server:
        yield server


@pytest.fixture
def page(pages, trainers):
    """JupyterLab's page, with the formgrader opened from the menu."""
    page = pages()
    page.goto(trainers.url("lab?reset"))
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    page.get_by_role("menuitem", name="Formgrader", exact=True).click()
    return page


@pytest.fixture
def formgrader(page):
    """The formgrader itself, which JupyterLab shows in a frame."""
    return page.frame_locator("iframe")


def submissions(formgrader):
    """Go to the table of the workbooks that were handed in, with names."""
    formgrader.get_by_role("link", name="Manual Grading").first.click()
    formgrader.get_by_role("link", name=UNIT).click()
    formgrader.get_by_role("link", name="workbook", exact=True).click()
    # the button acts on the rows shown, which load late
    formgrader.get_by_role("link", name="Submission #6").wait_for()
    formgrader.get_by_role("button", name="Show All Names").click()


def test_the_formgrader_lists_the_unit_with_its_hand_ins_and_opens_its_folders(formgrader, page):
    row = formgrader.get_by_role("row").filter(has_text=UNIT)
    row.get_by_role("link", name="6", exact=True).wait_for()
    row.get_by_role("link", name=UNIT).click()
    page.locator(".jp-BreadCrumbs").get_by_text("solutions").wait_for()
    page.locator(".jp-DirListing").get_by_text("workbook.ipynb").wait_for()
    row.locator(".preview a").click()
    page.locator(".jp-BreadCrumbs").get_by_text("course").wait_for()


def test_the_formgrader_shows_the_points_of_every_workbook(formgrader, cohort):
    submissions(formgrader)
    rows = read_gradebook(cohort).notebooks.itertuples()
    earned = {row.learner: row for row in rows if row.notebook == "workbook"}
    for learner, name in (("amara", "Okafor, Amara"), ("zoe", "D’Souza, Zoë"), ("sam", "Sam,")):
        row = formgrader.get_by_role("row").filter(has_text=name)
        row.wait_for()
        assert f"{round(earned[learner].points, 2):g} / {earned[learner].of:g}" in row.inner_text()


def test_a_submission_shows_points_and_mistakes(formgrader, page, cohort, shoot):
    submissions(formgrader)
    formgrader.get_by_role("link", name="D’Souza, Zoë").click()
    box = formgrader.get_by_role("status").filter(has_text="of 3 points.").first
    box.scroll_into_view_if_needed()
    shoot(page, "formgrader-submission")
    points = formgrader.locator("input.score").first
    assert box.inner_text().startswith(f"{float(points.get_attribute('placeholder')):g} of 3 points.")
    shown = formgrader.locator("body").inner_text()
    graded = results_of(read_notebook(cohort / "autograded" / "zoe" / UNIT / "workbook.ipynb"))
    mistakes = {mistake for result in graded.values() for mistake in result.mistakes}
    assert mistakes
    assert [mistake for mistake in mistakes if misconceptions()[mistake]["believed"] not in shown] == []
