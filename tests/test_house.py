"""Repository files agree: verbs, locks, links to open the course, licences and the content of a wheel."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
LEARNER = "requirements.lock"
DEV = "requirements-dev.lock"


def text(name):
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text("pyproject.toml"))
VERBS = re.search(r"^\.PHONY: (.*)$", text("Makefile"), re.MULTILINE)[1].split()


def normal(name):
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", name)[0]).lower()


def pins(lock):
    """The lock as name -> {version with its marker: its hashes}."""
    found = {}
    for entry in re.split(
        r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n?", "", text(lock), flags=re.MULTILINE).strip()
    ):
        version = re.match(r"[^=]+==([^\\]+?) *\\", entry)
        assert version, f"{lock} pins no version here: {entry[:60]}"
        found.setdefault(normal(entry), {})[version[1]] = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry)
    return found


def minors():
    """The Python minors that CI runs the tests on."""
    jobs = yaml.safe_load(text(".github/workflows/ci.yml"))["jobs"]
    return jobs["tests"]["strategy"]["matrix"]["python"]


def as_numbers(version):
    """A version such as 3.11 that can be compared."""
    return tuple(int(part) for part in version.split("."))


def make(*arguments):
    """What make prints."""
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_alone_prints_every_verb():
    said = make()
    assert re.findall(r"^  make (\w+)", said, re.MULTILINE) == VERBS
    assert all(len(line.split(maxsplit=2)) == 3 for line in said.splitlines())


@pytest.mark.parametrize("verb", ["help", "learn", "demo", "build", "test", "acceptance", "lint", "bench"])
def test_the_design_names_this_verb_and_make_knows_it(verb):
    assert verb in VERBS
    assert make("--dry-run", verb).strip()


def test_learn_and_demo_set_up_only_what_a_learner_needs():
    for verb in ("learn", "demo"):
        assert "tools/set_up.py\n" in make("--dry-run", verb)
    assert "tools/set_up.py --dev" in make("--dry-run", "test")


@pytest.mark.parametrize("lock", [LEARNER, DEV])
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(lock):
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host", text(lock))
    for name, versions in pins(lock).items():
        assert all(versions.values()), f"{name} has no hash"


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (LEARNER, PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]),
        (DEV, PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_what_pyproject_asks_for_is_in_the_lock(lock, wanted):
    missing = {normal(name) for name in wanted} - set(pins(lock))
    assert not missing, "run `make lock`"


def test_the_lock_of_the_tests_is_the_learners_lock_and_more():
    learner, dev = pins(LEARNER), pins(DEV)
    assert {name: dev.get(name) for name in learner} == learner, "run `make lock`"
    assert len(dev) > len(learner)


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_the_lock_is_for_this_system_too(platform):
    markers = "\n".join(version for versions in pins(LEARNER).values() for version in versions)
    assert platform in markers


def test_compiled_packages_come_for_more_than_one_system():
    # one wheel for each system and each Python makes dozens; a lock made for one system alone has few
    locked = pins(LEARNER)
    for name in ("numpy", "pandas", "scikit-learn", "scipy", "matplotlib", "pyzmq"):
        assert all(len(hashes) > 12 for hashes in locked[name].values()), name


def test_the_conda_door_takes_one_python_that_is_tested_and_nothing_but_the_lock():
    door = yaml.safe_load(text("environment.yml"))
    python, pip, packages = door["dependencies"]
    minor = python.removeprefix("python=")
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert as_numbers(oldest) <= as_numbers(minor) <= max(map(as_numbers, minors()))
    assert len(as_numbers(minor)) == 2
    assert pip == "pip"
    assert packages == {"pip": [f"-r {LEARNER}"]}
    assert door["channels"] == ["conda-forge", "nodefaults"]


def test_the_oldest_python_is_the_same_everywhere():
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert min(map(as_numbers, minors())) == as_numbers(oldest)
    assert f"OLDEST = ({oldest.replace('.', ', ')})" in text("tools/set_up.py")
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert f"--python-version {oldest} " in text("Makefile")


def test_every_door_installs_the_package_in_the_same_second_step():
    step = "--no-deps --no-build-isolation -e ."
    assert f"python -m pip install {step}" in text("postBuild")
    assert f"python -m pip install {step}" in text("README.md")
    assert '["--no-deps", "--no-build-isolation", "-e", root]' in text("tools/set_up.py")


def test_ci_and_the_workflows_use_the_verbs():
    assert re.findall(r"^make (\w+)", text(".ci/run"), re.MULTILINE) == ["test", "acceptance"]
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
        steps = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
        used = re.findall(r"\bmake (\w+)", "\n".join(steps))
        assert set(used) <= set(VERBS)
        assert used or "bash .ci/run" in steps


def test_the_scripts_of_ci_and_binder_are_sound_bash():
    for script in (".ci/run", "postBuild"):
        subprocess.run(["bash", "-n", ROOT / script], check=True)
        assert "set -euo pipefail" in text(script)


def test_the_readme_names_the_two_commands_first_and_every_verb():
    readme = text("README.md")
    top = readme[: readme.index("\n## ")]
    assert "make learn" in top
    assert "make test" in top
    assert [verb for verb in VERBS if f"make {verb}" not in readme + text("CONTRIBUTING.md")] == ["help"]


def test_relative_links_of_the_documents_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text(name)):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_the_licences_are_whole():
    assert text("LICENSE").startswith("BSD 3-Clause License")
    assert "The Hindcast authors" in text("LICENSE")
    content = text("LICENSE-content")
    assert "Creative Commons Attribution 4.0 International Public License" in content
    assert all(f"Section {number} –" in content for number in range(1, 9))


def test_a_wheel_carries_the_tables_without_the_truths_and_an_editable_install_none(tmp_path):
    for target, folder in (("standard", tmp_path / "wheel"), ("editable", tmp_path / "editable")):
        command = [sys.executable, "-m", "hatchling", "build", "-t", f"wheel:{target}", "-d", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    tables = {resource["path"] for resource in json.loads(text("datasets/datapackage.json"))["resources"]}
    learners = {table for table in tables if not table.startswith("truth/")}
    carried = {f"hindcast/_datasets/{name}" for name in learners | {"datapackage.json", "field_data.toml"}}
    names = set(zipfile.ZipFile(next((tmp_path / "wheel").iterdir())).namelist())
    assert carried <= names and not any("truth" in name for name in names)
    files = (ROOT / "src" / "hindcast" / "misconceptions").iterdir()
    assert {f"hindcast/misconceptions/{path.name}" for path in files} <= names
    assert "hindcast/kit/labconfig/page_config.json" in names
    assert not carried & set(zipfile.ZipFile(next((tmp_path / "editable").iterdir())).namelist())


def test_field_notebooks_without_their_data_skip_aloud():
    field = "course/06_reading_classifications/field.ipynb"
    environment = {**os.environ, "HINDCAST_FIELD_DATA": str(ROOT / "no-such-folder")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", field]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^\d+ skipped in", run.stdout, re.MULTILINE)
    assert f"{field}: the field data are not here: set HINDCAST_FIELD_DATA" in run.stdout


def test_long_modules_that_start_first_are_there():
    named = re.findall(r'"([^"]+)"', re.search(r"^LONG = \(([^)]*)\)$", text("conftest.py"), re.MULTILINE)[1])
    assert len(named) > 2
    assert all((ROOT / name).is_file() for name in named)
