"""A learner's two commands in an unpacked bundle without a checkout, then lesson 00 and a workbook."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from hindcast.kit.bundle.packing import pack_bundle
from hindcast.kit.learn import LESSON, find_port, is_free

ROOT = Path(__file__).resolve().parents[1]
BIN = "Scripts" if os.name == "nt" else "bin"
UNIT = "06_reading_classifications"
# variables of the person who runs the tests, which a learner does not have
OURS = ("PYTHONPATH", "HINDCAST_DATA", "HINDCAST_FIELD_DATA", "VIRTUAL_ENV", "PYTHONHOME", "NO_BROWSER")
# for the bundle's Python: run all cells, with the kernel in the notebook's folder as in JupyterLab
RUN = """
import sys, nbformat, hindcast
from nbclient import NotebookClient
from pathlib import Path
path = Path(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
nbformat.write(notebook, sys.argv[2])
print(hindcast.__file__)
"""

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    """A learner's environment: a home of their own, nothing of ours, a working folder elsewhere."""
    home = tmp_path_factory.mktemp("home")
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"HOME": str(home), "PIP_CACHE_DIR": str(home / "pip")}
    environment |= {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    return {"env": environment | {"IPYTHONDIR": str(home / "ipython")}, "cwd": home}


@pytest.fixture(scope="module")
def course(tmp_path_factory, learner):
    """The folder of a bundle of one unit, unpacked and set up by the first line."""
    folder = tmp_path_factory.mktemp("Téléchargements de Zoë")
    made = pack_bundle(ROOT, [UNIT], folder / "mailed.zip", say=lambda words: None)
    with zipfile.ZipFile(made.path) as mailed:
        mailed.extractall(folder)
    made.path.unlink()
    course = folder / "hindcast-00-06"
    done = run(learner, sys.executable, "set_up.py", cwd=course)
    assert done.stdout.splitlines()[-2:] == ["Ready.", f"Next: {Path('.venv', BIN, 'hindcast')} learn"]
    yield course
    shutil.rmtree(course / ".venv")  # a gigabyte, which pytest would keep for three runs


def run(learner, *command, **options):
    """Run to the end, without an error."""
    done = subprocess.run(
        command, **(learner | options), capture_output=True, text=True, encoding="utf-8", timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def command(course, name):
    return course / ".venv" / BIN / name


def read_until(stream, words):
    """What a program prints up to a line with these words."""
    said = ""
    for line in stream:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without saying {words!r}:\n{said}")


@contextlib.contextmanager
def learning(course, learner):
    """`hindcast learn`, running; the address that it prints."""
    line = [command(course, "hindcast"), "learn", "--no-browser", "--port", str(find_port(9300))]
    program = subprocess.Popen(
        line, **learner, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    try:
        said = read_until(program.stdout, "Ctrl-C")
        yield re.search(r"http://\S+", said)[0]
    finally:
        program.terminate()  # a program started in the background may ignore SIGINT
        program.communicate(timeout=60)


def asked(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def outputs(path):
    """All text under the cells of a notebook, and the errors."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    return json.dumps(shown), [output for output in shown if output["output_type"] == "error"]


def test_the_package_comes_from_the_wheel_and_the_tables_from_the_bundle(course, learner):
    code = "import hindcast; from hindcast.tables import data_folder as where\n"
    code += "print(hindcast.__file__, where(), sep='\\n')"
    package, tables = run(learner, command(course, "python"), "-c", code).stdout.splitlines()
    assert Path(package).is_relative_to(course / ".venv")
    assert Path(tables) == course / "datasets"


def test_the_second_line_opens_lesson_00_until_it_is_ended(course, learner):
    with learning(course, learner) as address:
        page, _, token = address.partition("?token=")
        base, _, lesson = page.partition("/lab/tree/")
        assert lesson == LESSON and token
        assert "jupyter-config-data" in asked(address)
        content = json.loads(asked(f"{base}/api/contents/{LESSON}?token={token}"))
        assert content["content"]["cells"][0]["source"].startswith("# Starting here")
        listed = json.loads(asked(f"{base}/api/contents/course?token={token}"))["content"]
        assert sorted(entry["name"] for entry in listed) == ["00_starting_here", UNIT]
        port = int(re.search(r":(\d+)/", address)[1])
    assert is_free(port)


def test_the_lesson_runs_in_the_bundles_own_kernel(course, learner, tmp_path):
    ran = tmp_path / "lesson.ipynb"
    done = run(learner, command(course, "python"), "-c", RUN, course / LESSON, ran)
    assert Path(done.stdout.strip()).is_relative_to(course / ".venv")
    shown, errors = outputs(ran)
    assert errors == [] and "5,900 members" in shown


def test_a_workbook_runs_and_says_that_nothing_is_answered_yet(course, learner, tmp_path):
    ran = tmp_path / "workbook.ipynb"
    run(learner, command(course, "python"), "-c", RUN, course / "course" / UNIT / "workbook.ipynb", ran)
    _, errors = outputs(ran)
    assert errors and {error["ename"] for error in errors} == {"NotReady"}


def test_the_first_line_again_does_nothing_and_says_the_second(course, learner):
    before = (command(course, "python")).lstat().st_mtime
    said = run(learner, sys.executable, course / "set_up.py").stdout
    assert said.startswith("Next: .venv") and said.count("\n") == 1
    assert (command(course, "python")).lstat().st_mtime == before
