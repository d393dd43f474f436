import subprocess
import sys

import pytest
from tiny_unit import UNIT, checkout
from typer.testing import CliRunner

import hindcast
from hindcast.kit import cli, learn
from hindcast.kit.checkout import find_root
from hindcast.kit.data import recipes
from hindcast.kit.demo.round import COHORT

VERBS = [
    "learn",
    "build",
    "cohort new",
    "cohort forget",
    "collect",
    "grade",
    "feedback",
    "doctor",
    "export",
    "score",
    "report",
    "bundle",
    "demo",
    "data build",
    "data fetch",
    "data verify",
]


def run(*arguments):
    return CliRunner().invoke(cli.app, arguments)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_an_example_of_itself(verb):
    assert f"Example: hindcast {verb}" in run(*verb.split(), "--help").output


def test_the_command_alone_prints_its_verbs():
    shown = run().output
    assert all(verb.split()[0] in shown for verb in VERBS)


def test_the_command_starts_without_the_heavy_libraries():
    heavy = "{'pandas', 'nbgrader', 'nbconvert', 'nbclient', 'jupytext', 'matplotlib', 'sklearn', 'IPython'}"
    code = f"import sys, hindcast.kit.cli; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout
        == "[]\n"
    )


def test_a_fault_is_its_sentence_on_stderr_and_exit_code_2(tiny):
    command = [sys.executable, "-m", "hindcast", "build", "99_none"]
    done = subprocess.run(command, cwd=tiny, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "There is no unit '99_none' in solutions/. The units are: 01_tiny.\n"


def test_build_says_what_it_wrote_and_when_there_was_nothing_to_write(tiny, monkeypatch):
    monkeypatch.chdir(tiny / "solutions")
    assert "Nothing to change." in run("build", UNIT, "--release-only").output
    (tiny / "course" / UNIT / "lesson.ipynb").unlink()
    assert "lesson.ipynb" in run("build", "--release-only").output


def test_editing_as_text_goes_out_and_back(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny)
    shown = run("build", UNIT, "--as-text", str(tmp_path / "texts"))
    assert "workbook.py" in shown.output
    edited = tmp_path / "texts" / "lesson.py"
    edited.write_text(edited.read_text().replace("tiny lesson", "small lesson"))
    assert run("build", UNIT, "--from-text", str(tmp_path / "texts")).exit_code == 0
    assert "small lesson" in (tiny / "course" / UNIT / "lesson.ipynb").read_text()


@pytest.mark.parametrize("arguments", [["--as-text", "x"], [UNIT, "--as-text", "x", "--from-text", "y"]])
def test_editing_as_text_is_for_one_unit_and_one_direction(tiny, monkeypatch, arguments):
    monkeypatch.chdir(tiny)
    assert isinstance(run("build", *arguments).exception, hindcast.errors.HindcastError)


def test_cohort_new_says_where_the_cohort_is(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny)
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name,email,role,track\nana,Ana,,designer,workbook\n")
    assert (
        str(tiny / "grading" / "cohorts" / COHORT)
        in run("cohort", "new", COHORT, "--roster", str(roster)).output
    )


def test_learn_passes_on_port_browser_and_exit_code(tiny, monkeypatch):
    asked = []
    monkeypatch.chdir(tiny)
    monkeypatch.setattr(learn, "open_lab", lambda *arguments: asked.append(arguments) or 3)
    assert run("learn", "--port", "9000", "--no-browser").exit_code == 3
    assert asked == [(tiny, 9000, False)]


def test_data_verify_names_every_fault_and_exits_with_2(tiny, monkeypatch):
    monkeypatch.chdir(tiny)
    monkeypatch.setattr(recipes, "verify_tables", lambda root: [f"{root.name} is odd", "and so is this"])
    shown = run("data", "verify")
    assert (shown.exit_code, shown.stderr) == (2, "checkout is odd\nand so is this\n")
    monkeypatch.setattr(recipes, "verify_tables", lambda root: [])
    assert run("data", "verify").exit_code == 0


def test_the_checkout_is_found_from_any_folder_inside_it(tiny):
    assert find_root(tiny / "course" / UNIT) == tiny


def test_outside_of_a_checkout_the_one_of_the_package_is_found(tmp_path):
    assert (find_root(tmp_path) / "src" / "hindcast" / "__init__.py").samefile(hindcast.__file__)


def test_where_there_is_no_checkout_the_reader_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(hindcast, "__file__", str(tmp_path / "site-packages" / "hindcast" / "__init__.py"))
    with pytest.raises(hindcast.errors.HindcastError, match=r"No checkout of Hindcast holds .*git clone"):
        find_root(checkout(tmp_path / "one").parent)
