"""Fixtures of the browser tests: a copy of the repository, and JupyterLab over it for the system's Chromium.

The `conftest.py` of a folder with browser tests imports them.
"""

import contextlib
import os
import shutil
from pathlib import Path

import pytest
from lab import LAPTOP, REPOSITORY, SECONDS, UNIT, Notebook, serving
from small_round import play

from hindcast.kit.notebooks.answer_banks import bank_path, fill, load_bank
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook

# folders for JupyterLab: those of the person who runs the tests are not read or changed
OWN_FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A folder of this run that the environment variables give to every Jupyter started here."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable, folder in OWN_FOLDERS.items():
            (home / folder).mkdir()
            patch.setenv(variable, str(home / folder))
        # so that Jupyter's processes compile the libraries only once
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        (home / "config" / "jupyter_lab_config.json").write_text(
            '{"LabApp": {"expose_app_in_browser": true}}'
        )
        yield home


@pytest.fixture(scope="session")
def checkout(home):
    """A copy of what a learner and a trainer open; the checkout itself is never changed."""
    copy = home / "hindcast"
    for folder in ("course", "solutions", "tests/answers"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns(".*"))
    (copy / "grading").mkdir()
    shutil.copy(REPOSITORY / "grading" / "nbgrader_config.py", copy / "grading")
    return copy


@pytest.fixture(scope="session")
def server(chromium, checkout, home):
    """JupyterLab as a learner has it."""
    with serving(checkout, checkout, home / "learner.log") as server:
        yield server


@pytest.fixture(scope="session")
def cohort(chromium, checkout):
    """The cohort of a small round: six learners handed in unit 06, were graded and got feedback."""
    return play(checkout)


@pytest.fixture(scope="module")
def view():
    """The size of the window, and its device pixels for one CSS pixel."""
    return LAPTOP


@pytest.fixture(scope="module")
def pages(chromium, view):
    """A function that opens an empty page; all of them are closed after the module."""
    with contextlib.ExitStack() as stack:

        def new_page():
            context = stack.enter_context(chromium.new_context(**view))
            context.set_default_timeout(SECONDS)
            return context.new_page()

        yield new_page


@pytest.fixture(scope="module")
def opened(pages, server):
    """A function that opens a notebook of the course as it was released, or with answers filled in."""
    page = pages()

    def open_notebook(name, answers=None, unit=UNIT):
        server.end_kernels(page)
        path = server.root / "course" / unit / f"{name}.ipynb"
        released = read_notebook(REPOSITORY / "course" / unit / f"{name}.ipynb")
        path.write_text(notebook_text(fill(released, answers or {})), encoding="utf-8")
        return Notebook(page, server, path)

    yield open_notebook
    server.end_kernels(page)


@pytest.fixture(scope="session")
def references():
    """Exercise of workbook 06 -> the answer that the bank calls the reference."""
    bank = load_bank(bank_path(REPOSITORY, UNIT))
    wanted = [answer for answer in bank if (answer.notebook, answer.kind) == ("workbook", "reference")]
    return {answer.exercise: answer.code.strip() for answer in wanted}


@pytest.fixture
def shoot(request, tmp_path):
    """A function that keeps a picture of the page, in HINDCAST_SCREENSHOTS if that names a folder."""
    folder = Path(os.environ.get("HINDCAST_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=folder / f"{name}.png", animations="disabled")
