"""The handbook as a whole, and its pages on privacy and on a unit of one's own, compared with the code."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import nbformat
import pytest
from handbook_pages import HANDBOOK, PAGES, ROOT, sections, tables, text_of
from typer.main import get_command

from hindcast.kit import cli
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.notebooks.answer_banks import KINDS as KINDS_OF_ANSWERS
from hindcast.kit.notebooks.answer_banks import answer_cells, graded_cells

ADDING, PRIVACY = HANDBOOK / "adding_a_unit.md", HANDBOOK / "privacy.md"
OWN = "90_our_own_case"


def verbs():
    """Every verb and group of the command, a verb with its group before it."""
    group = get_command(cli.app)
    for name, command in group.commands.items():
        yield name
        yield from [f"{name} {verb}" for verb in getattr(command, "commands", ())] or [name]


def verbs_named(page):
    """The verbs that a page shows as code, in lines of their own too."""
    named = re.findall(
        r"(?:`|^ {0,4})hindcast ((?:cohort |data )?[a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    return set(named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_no_command_that_is_not_there(page):
    assert verbs_named(page) <= {*verbs()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_of_the_handbook_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text_of(page)):
        assert (page.parent / target).exists(), target


def test_the_index_names_every_page():
    index = text_of(HANDBOOK / "README.md")
    for page in PAGES:
        assert page.name == "README.md" or f"({page.relative_to(HANDBOOK).as_posix()})" in index, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_no_exclamation_marks_and_no_path_of_a_machine(page):
    assert "!" not in text_of(page)
    assert not re.search(r"/(?:tmp|work|home)/", page.read_text(encoding="utf-8"))


# --- privacy ------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one unit, in a folder of its own."""
    for path in ("solutions/00_starting_here/workbook.ipynb", "grading/nbgrader_config.py"):
        (tmp_path / path).parent.mkdir(parents=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def rows_of_a_cohort():
    return tables(sections(text_of(PRIVACY), 2)["What lies in a cohort's folder"])[0]


def test_the_page_on_privacy_names_everything_that_lies_in_a_cohorts_folder(checkout):
    roster = checkout / "roster.csv"
    roster.write_text("id,name,email,role,track\namara,Amara Okafor,,engineer,workbook\n", encoding="utf-8")
    made = {path.name for path in new_cohort(checkout, "spring", roster).iterdir()}
    named = {row["name"].strip("`/") for row in rows_of_a_cohort()}
    assert made <= named
    assert named >= {"received", "report", "export", ".grading", "counts.json"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone: there is no git to ask")
def test_git_leaves_a_cohort_and_the_folder_for_texts_out():
    for path in ("grading/cohorts/spring-2026/roster.csv", "scratch/our_own_case/workbook.py"):
        done = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        assert done.returncode == 0, path


# --- a unit of one's own ------------------------------------------------------------------------------------


def blocks(language):
    return re.findall(
        rf"^```{language}\n(.*?)^```$", ADDING.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.fixture(scope="module")
def own_unit(tmp_path_factory):
    """Follow the page exactly, in a checkout with a copy of the package: (folder, environment)."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "datasets", folder / "datasets")
    (folder / "grading").mkdir()
    (folder / "solutions").mkdir()
    shutil.copy(ROOT / "grading" / "nbgrader_config.py", folder / "grading")
    catalogue = folder / "src" / "hindcast" / "misconceptions" / f"{OWN}.toml"
    catalogue.write_text(blocks("toml")[0], encoding="utf-8")
    texts = folder / "scratch" / "our_own_case"
    texts.mkdir(parents=True)
    (texts / "workbook.py").write_text(blocks("python")[0], encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = re.search(
        r"^hindcast (build .*--from-text .*)$", ADDING.read_text(encoding="utf-8"), re.MULTILINE
    )[1]
    done = subprocess.run(
        [sys.executable, "-m", "hindcast", *command.split()],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, environment


def bank():
    return tomllib.loads(blocks("toml")[1])["answer"]


def test_the_unit_of_the_page_is_built_and_its_release_has_no_key(own_unit):
    folder, _ = own_unit
    released = nbformat.read(folder / "course" / OWN / "workbook.ipynb", as_version=4)
    assert list(answer_cells(released)) == list(graded_cells(released)) == ["invoice_check"]
    assert "27" not in "".join(cell.source for cell in released.cells)


@pytest.mark.parametrize("answer", bank(), ids=lambda answer: answer["name"])
def test_an_answer_of_the_page_earns_what_the_page_says(own_unit, answer):
    folder, environment = own_unit
    solved = nbformat.read(folder / "solutions" / OWN / "workbook.ipynb", as_version=4)
    released = nbformat.read(folder / "course" / OWN / "workbook.ipynb", as_version=4)
    stub = answer_cells(released)["invoice_check"].source
    sources = [cell.source for cell in solved.cells if cell.cell_type == "code"]
    sources[sources.index(answer_cells(solved)["invoice_check"].source)] = answer["code"] or stub
    code = (
        "\n".join(sources).removesuffix("\n_judged(answer)\n### END HIDDEN TESTS")
        + "\nprint(_judged(answer))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if answer["kind"] in ("blank", "badly formed"):
        assert answer.get("says", "Not attempted") in done.stderr
        assert answer["points"] == 0
        return
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) == pytest.approx(answer["points"], abs=0.001)
    assert f"'mistakes': {answer.get('mistakes', [])}" in done.stdout


def test_the_page_asks_for_every_kind_of_answer_that_a_bank_has():
    rows = tables(sections(text_of(ADDING), 2)["4. Write down what people will answer"])[0]
    assert [row["kind"].strip("`") for row in rows] == list(KINDS_OF_ANSWERS)
    assert {answer["kind"] for answer in bank()} == set(KINDS_OF_ANSWERS)
