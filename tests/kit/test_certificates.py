"""Certificates: who has earned one, its text, and that it prints on one sheet."""

import datetime
import re
import shutil
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from points_cohort import NOON, ONE, TWO, a_cohort, add, course, everything, hand_in

from hindcast.errors import HindcastError
from hindcast.kit.checkout import graded_units
from hindcast.kit.export.certificates import CORE, certificate_page, objectives_by_unit
from hindcast.kit.export.objectives import lesson_objectives
from hindcast.kit.export.standing import standing_of
from hindcast.kit.export.writing import ExportOptions, write_export
from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.notebooks.normalise import notebook_text
from hindcast.kit.notebooks.unit_titles import UnitTitles

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

REPOSITORY = Path(__file__).resolve().parents[2]
BOTH, WORKBOOK = "workbook and bench", "workbook"
HTML_NAME = 'Ana <b>Prado</b> & "Söhne" <script>alert(1)</script>'
PEOPLE = [
    ("ana", HTML_NAME, "", WORKBOOK),
    ("bo", "Bo Okoye", "", BOTH),
    ("cy", "Cy", "", WORKBOOK),
]
MARGIN = 12  # mm


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A checkout with two units and a cohort of three. Shared by tests: read only."""
    root = course(tmp_path_factory.mktemp("certificates") / "checkout")
    a_cohort(root, PEOPLE)
    return root


@pytest.fixture
def cohort(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "checkout")) / "grading" / "cohorts" / "spring"


def run(cohort, percent=60.0, path="whole", **more):
    return write_export(cohort.parents[2], cohort, ExportOptions(percent=percent, path=path, **more))


def pages(cohort):
    return {
        page.stem: page.read_text(encoding="utf-8") for page in (cohort / "export/certificates").glob("*")
    }


def said(done, words):
    (line,) = [line for line in done.said if words in line]
    return line


# --- who --------------------------------------------------------------------------------------------


def test_who_has_the_points_has_a_page_and_the_others_have_none(cohort):
    everything(cohort, "ana")
    everything(cohort, "bo")  # 14 of 22 without the bench
    hand_in(cohort, "cy", zebra=2, apple=2)
    hand_in(cohort, "cy", TWO, zebra=2)
    done = run(cohort)
    assert sorted(pages(cohort)) == ["ana", "bo"]
    assert "2 of 3 learners have a certificate" in said(done, "certificate:")
    done = run(cohort, percent=70)
    assert sorted(pages(cohort)) == ["ana"]
    assert "1 of 3 learners has a certificate" in said(done, "certificate:")


def test_the_threshold_itself_is_enough(cohort):
    hand_in(cohort, "ana", zebra=2, apple=2, why=(None, 3, None, False))
    hand_in(cohort, "ana", TWO, zebra=0.7)
    run(cohort, percent=55)  # 7.7 of 14
    assert list(pages(cohort)) == ["ana"]
    run(cohort, percent=55.1)
    assert not pages(cohort)


def test_points_alone_are_not_enough_where_a_unit_was_never_handed_in(cohort):
    everything(cohort, "ana", [ONE])
    run(cohort, percent=50)  # 7 of 14
    assert not pages(cohort)


def test_the_units_that_are_exported_do_not_change_what_a_certificate_is_for(cohort):
    everything(cohort, "ana", [ONE])
    run(cohort, percent=50, units=(ONE,))
    assert not pages(cohort)


def test_a_text_that_waits_for_a_person_holds_the_certificate_back_and_is_named(cohort):
    everything(cohort, "ana")
    hand_in(cohort, "ana", why=(None, None, None, True))
    done = run(cohort, percent=60)  # 11 of 14 without it
    assert not pages(cohort)
    line = said(done, "Without one until")
    assert "01_counting workbook: 1 answer to be read by a person: ana." in line
    hand_in(cohort, "ana", why=(None, 1, None, False))
    run(cohort)
    assert list(pages(cohort)) == ["ana"]


def test_who_cannot_reach_the_threshold_by_what_waits_is_not_said_to_wait_for_it(cohort):
    hand_in(cohort, "ana", why=(None, None, None, True))
    hand_in(cohort, "ana", TWO, zebra=2, apple=2)
    done = run(cohort, percent=60)  # 4 + 3 of 14
    assert not any("Without one until" in line for line in done.said)
    done = run(cohort, percent=50)
    assert "ana" in said(done, "Without one until")


def test_a_bench_that_is_not_graded_yet_holds_the_certificate_back(cohort):
    everything(cohort, "bo", [ONE], bench=True)
    everything(cohort, "bo", [TWO])
    hand_in(cohort, "bo", TWO, "bench", graded=False)
    done = run(cohort, percent=100)
    assert "02_weighing bench: not graded yet: bo." in said(done, "Without one until")


def test_the_core_path_wants_its_four_units(cohort):
    with pytest.raises(HindcastError, match=r"has no unit 00, 06, 09.*--path whole"):
        run(cohort, path="core")
    assert not (cohort / "export").exists()


def test_the_core_path_leaves_other_units_out(tmp_path):
    units = [f"{number}_unit" for number in (*CORE, "07")]
    cohort = a_cohort(course(tmp_path / "checkout", units), PEOPLE)
    everything(cohort, "ana", units[:4])
    run(cohort, percent=100, path="core")
    assert list(pages(cohort)) == ["ana"] and pages(cohort)["ana"].count('<th scope="row">') == 4


# --- files ------------------------------------------------------------------------------------------


def test_a_certificate_goes_when_its_points_go_and_nobody_elses_page_does(cohort):
    everything(cohort, "ana")
    run(cohort)
    (cohort / "export/certificates/own.html").write_text("<p>A page of the trainer's own</p>")
    hand_in(cohort, "ana", zebra=0, apple=0, why=(None, 0, None, False))
    done = run(cohort)
    assert list(pages(cohort)) == ["own"]
    assert said(done, "Removed").endswith("not earned by the points of today: ana.")


def test_an_export_without_a_threshold_leaves_certificates_alone(cohort):
    everything(cohort, "ana")
    run(cohort)
    hand_in(cohort, "ana", zebra=0, apple=0, why=(None, 0, None, False))
    run(cohort, percent=None)
    assert list(pages(cohort)) == ["ana"]


def test_a_second_run_makes_the_same_page(cohort):
    everything(cohort, "ana")
    run(cohort)
    before = pages(cohort)
    assert run(cohort).removed == [] and pages(cohort) == before


def test_an_id_that_cannot_name_a_file_has_no_page_and_is_named(cohort):
    add(cohort, (".x", "", "Xi", ""))
    everything(cohort, ".x")
    done = run(cohort)
    assert not pages(cohort) and "cannot name a file: .x" in said(done, "cannot name")


# --- its text ---------------------------------------------------------------------------------------


def test_a_page_has_name_cohort_units_points_and_the_day_of_the_last_hand_in(cohort):
    everything(cohort, "bo", bench=True)
    hand_in(cohort, "bo", TWO, at=NOON + datetime.timedelta(days=3), zebra=1.5)
    run(cohort)
    page = pages(cohort)["bo"]
    text = re.sub(r"\s+", " ", re.sub(r"<style>.*</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    for words in (
        "Bo Okoye",
        "Cohort: spring",
        "7 May 2026",
        "Counting 11 11",
        "Weighing 10.5 11",
        "whole path",
    ):
        assert words in text, words
    assert "Trainer" in text and "Place and date" in text
    assert "count what is there, also across two lines" in text and "not an objective" not in text


def test_a_name_is_never_markup(cohort):
    everything(cohort, "ana")
    run(cohort)
    page = pages(cohort)["ana"]
    assert "<script" not in page and "<b>" not in page
    assert "Ana &lt;b&gt;Prado&lt;/b&gt; &amp; &#34;Söhne&#34;" in page


def test_a_page_loads_nothing_and_links_to_nothing(cohort):
    everything(cohort, "ana")
    run(cohort)
    page = pages(cohort)["ana"]
    assert not re.search(r"https?:|src=|href=|@import|url\(", page)
    assert "default-src 'none'" in page


def test_objectives_are_the_lessons_own_in_plain_text(made):
    assert lesson_objectives(made, ONE) == ["count what is there, also across two lines", "say why", "stop"]


def test_a_unit_without_lesson_or_objectives_has_none(made, tmp_path):
    assert lesson_objectives(made, "99_none") == []
    path = tmp_path / "solutions" / ONE / "lesson.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(notebook_text(new_notebook(cells=[new_markdown_cell("# A lesson\n\n* an item")])))
    assert lesson_objectives(tmp_path, ONE) == []


def test_every_unit_of_the_core_path_but_the_first_says_what_one_can_do_after_it():
    core = [unit for unit in graded_units(REPOSITORY) if unit[:2] in CORE]
    assert [unit[:2] for unit in core] == list(CORE)
    for unit in core[1:]:
        found = lesson_objectives(REPOSITORY, unit)
        assert len(found) >= 3, unit
        assert not any(mark in item for item in found for mark in ("*", "`", "](", "\n")), unit


# --- on paper ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheets(chromium):
    """A function that prints a page on paper of a size, and counts the sheets."""
    page = chromium.new_page()

    def count(html, size):
        page.set_content(html)
        data = page.pdf(format=size, print_background=True, prefer_css_page_size=False)
        return len(re.findall(rb"/Type\s*/Page\b(?!s)", data))

    yield count
    page.close()


NAMES = [
    "Sam",
    "Maximiliana Alexandrowna von und zu Hohenlohe-Waldenburg-Schillingsfürst",
    "W" * 30,
    "Ünïçø∂é " * 30,
    "🙂" * 80,
    "شهرزاد " * 20,
    "A" * 5000,
]


@pytest.fixture
def long_course(cohort):
    """A standing with so many units, each with so many objectives of a hundred characters."""
    everything(cohort, "bo", bench=True)
    standing = standing_of(cohort, read_gradebook(cohort))
    mine = standing.totals[standing.totals["learner"] == "bo"]
    root = cohort.parents[2]

    def make(units, items):
        names = [f"{number:02d}_unit" for number in range(units)]
        for name in names:
            standing.units[name] = UnitTitles(name, f"{name}: telling prediction from classification")
            path = root / "solutions" / name / "lesson.ipynb"
            path.parent.mkdir()
            listed = "\n".join(
                f"* say in plain words what {'the numbers of a model ' * 3}" for _ in range(items)
            )
            text = f"At its end you can\n\n* do it all\n\n\nAfter it you can\n\n{listed}"
            path.write_text(notebook_text(new_notebook(cells=[new_markdown_cell(text)])))
        return standing, mine.iloc[[0] * units].assign(unit=names), objectives_by_unit(root, standing, names)

    return make


@pytest.mark.acceptance
@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize("name", NAMES)
def test_a_certificate_prints_on_one_sheet_whatever_the_name(long_course, sheets, name, size):
    standing, rows, _ = long_course(4, 0)
    real = {unit: lesson_objectives(REPOSITORY, unit) for unit in graded_units(REPOSITORY)}
    assert sheets(certificate_page(name, rows, standing, real, "core"), size) == 1


@pytest.mark.acceptance
@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize(
    ("units", "items"), [(1, 0), (2, 3), (2, 5), (3, 4), (4, 4), (4, 5), (6, 4), (13, 4)]
)
def test_a_certificate_prints_on_one_sheet_however_much_the_path_holds(
    long_course, sheets, size, units, items
):
    standing, rows, can = long_course(units, items)
    assert sheets(certificate_page(NAMES[1], rows, standing, can, "whole"), size) == 1


def test_a_path_of_few_units_has_the_objectives_of_each(long_course):
    assert len(long_course(4, 5)[2]) == 4


def test_a_path_of_too_many_units_for_a_sheet_has_the_objectives_of_the_course(long_course):
    assert long_course(13, 4)[2] == {"The course": ["do it all"]}


@pytest.mark.acceptance
def test_the_count_of_sheets_can_tell_one_from_two(sheets):
    assert sheets("<p>One</p><p style='break-before: page'>Two</p>", "A4") == 2
