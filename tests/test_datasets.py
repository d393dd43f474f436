"""Loading the shipped tables from any folder, and the messages when one is broken."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hindcast
from hindcast import datasets, field_data, tables
from hindcast.errors import HindcastError

ROOT = Path(__file__).resolve().parents[1]
DATASETS = ROOT / "datasets"
LOADERS = {name: load for name, load in inspect.getmembers(datasets) if name.startswith("load_")}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("HINDCAST_DATA", "HINDCAST_FIELD_DATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """A copy of datasets/ that HINDCAST_DATA names, free to be broken."""
    folder = tmp_path / "copy"
    shutil.copytree(DATASETS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("HINDCAST_DATA", str(folder))
    return folder


def load_in_fresh_python(folder: Path, package: Path | None = None, **settings: str) -> str:
    """Load every table in a new process started in `folder`; returns what it printed."""
    code = (
        "import hindcast as h, hindcast.tables as t; "
        "print(len(h.load_scores()), len(h.load_tickets(as_of='2025-06-30')), t.data_folder())"
    )
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("HINDCAST")
    } | settings
    if package:
        environment["PYTHONPATH"] = str(package)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_tables_load_from_another_working_directory(tmp_path):
    assert load_in_fresh_python(tmp_path) == f"13250 1320 {DATASETS}\n"


def test_tables_load_from_an_unpacked_bundle(tmp_path):
    shutil.copytree(DATASETS, tmp_path / "bundle")
    said = load_in_fresh_python(tmp_path, HINDCAST_DATA="bundle")
    assert said == "13250 1320 bundle\n"


def test_tables_load_from_inside_an_installed_package(tmp_path):
    shutil.copytree(ROOT / "src" / "hindcast", tmp_path / "site" / "hindcast")
    inside = tmp_path / "site" / "hindcast" / "_datasets"
    shutil.copytree(DATASETS, inside)
    assert load_in_fresh_python(tmp_path, tmp_path / "site") == f"13250 1320 {inside}\n"


def test_the_course_names_every_loader_and_fetcher_without_a_list_of_its_own():
    fetchers = {name for name, _ in inspect.getmembers(field_data) if name.startswith("fetch_")}
    assert set(hindcast.__all__) == {"check", "load_own", *LOADERS, *fetchers}
    assert set(hindcast.__all__) <= set(dir(hindcast))
    assert all(getattr(hindcast, name) is load for name, load in LOADERS.items())


def test_loading_the_module_loads_nothing_heavy():
    code = (
        "import sys, hindcast.datasets; print({'pandas', 'pooch', 'requests', 'sklearn'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def rewrite(path: Path, change) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def cut_short(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:100])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda text: text.replace("cancelled", "churned", 1),
            r"should have the columns member, .* but has member",
        ),
        (
            lambda text: "\n".join(line.rsplit(",", 2)[0] for line in text.splitlines()),
            "should have the columns",
        ),
        (cut_short, "should have 13,250 rows, but has 99"),
        (
            lambda text: text.replace("2025-06-01", "01/06/2025", 1),
            "month should hold days such as 2025-09-01",
        ),
        (lambda text: text.replace(",0.", ",high.", 1), "score should hold numbers"),
        (lambda text: text.replace(",true,", ",perhaps,", 1), "learned_from should hold true and false only"),
        (lambda text: text.replace("one adult", "", 1), "household has a row without a value"),
        (lambda text: "", "not as datapackage.json describes it"),
        (
            lambda text: "\n".join('"' + line for line in text.splitlines()),
            "not as datapackage.json describes it",
        ),
    ],
    ids=["renamed", "columns cut", "rows cut", "date", "number", "truth", "hole", "empty", "quotes"],
)
def test_a_table_that_was_changed_is_one_clear_error(copy, change, told):
    rewrite(copy / "scores.csv", change)
    with pytest.raises(HindcastError, match=told) as caught:
        datasets.load_scores()
    assert str(copy / "scores.csv") in str(caught.value) and "git checkout datasets/" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_message_that_reads_na_stays_a_message(copy):
    rewrite(copy / "tickets.csv", lambda text: text.replace(datasets.load_tickets()["text"][0], "NA", 1))
    assert datasets.load_tickets()["text"][0] == "NA"


def test_a_table_that_is_not_text_is_one_clear_error(copy):
    (copy / "tickets.csv").write_bytes(b"\xff\xfe\x00" * 100)
    with pytest.raises(HindcastError, match=r"tickets\.csv"):
        datasets.load_tickets()


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_a_missing_table_is_one_clear_error(copy, load):
    name = load.__name__.removeprefix("load_")
    (copy / f"{name}.csv").unlink()
    with pytest.raises(HindcastError, match=rf"There is no .*{name}\.csv.*git checkout datasets/"):
        load()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "should be JSON with a list of resources"),
        ("[]", "should be JSON with a list of resources"),
        ('{"resources": [{}]}', "should be JSON with a list of resources"),
        ('{"resources": []}', "should describe the table 'scores'"),
        ('{"resources": [{"name": "scores"}]}', "should give 'scores' a path and its fields"),
        (
            '{"resources": [{"name": "scores", "path": "scores.csv", "schema": '
            '{"fields": [{"name": "member", "type": "geopoint"}]}}]}',
            "should give 'scores' a path and its fields",
        ),
    ],
    ids=["not JSON", "a list", "no names", "no such resource", "no path", "unknown type"],
)
def test_a_broken_datapackage_is_one_clear_error(copy, content, told):
    (copy / "datapackage.json").write_text(content)
    with pytest.raises(HindcastError, match=told) as caught:
        datasets.load_scores()
    assert str(copy / "datapackage.json") in str(caught.value) and "git checkout" in str(caught.value)


def test_a_folder_without_tables_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("HINDCAST_DATA", str(tmp_path))
    with pytest.raises(HindcastError, match=r"HINDCAST_DATA names .* no datapackage\.json"):
        datasets.load_scores()


def test_a_package_without_tables_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "__file__", str(tmp_path / "lib" / "hindcast" / "datasets.py"))
    with pytest.raises(HindcastError, match=r"There is no .*datapackage\.json.*git checkout"):
        datasets.load_scores()
