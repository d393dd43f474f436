"""Loading the shipped tables from anywhere, fetching field data, and what is said when either is broken."""

import functools
import gc
import inspect
import os
import shutil
import subprocess
import sys
import threading
import tomllib
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from logging.handlers import BufferingHandler
from pathlib import Path

import pandas as pd
import pytest

from hindcast import datasets
from hindcast.errors import HindcastError

ROOT = Path(__file__).resolve().parents[1]
DATASETS = ROOT / "datasets"
LOADERS = {name: load for name, load in inspect.getmembers(datasets) if name.startswith("load_")}
REGISTRY = tomllib.loads((DATASETS / "field_data.toml").read_text(encoding="utf-8"))
SHOPPERS = REGISTRY["online_shoppers"]
FIELD_DATA = Path(os.environ.get("HINDCAST_FIELD_DATA", ROOT.parent / "shared" / "field-data"))


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


@pytest.fixture
def real_file() -> Path:
    """The real Online Shoppers table."""
    path = FIELD_DATA / SHOPPERS["file"]
    if not path.is_file():
        pytest.skip(f"no {SHOPPERS['file']} in {FIELD_DATA}: set HINDCAST_FIELD_DATA to its folder")
    return path


# Shipped tables


def test_every_shipped_table_of_the_course_has_a_loader():
    assert sorted(LOADERS) == ["load_scores", "load_ticket_costs", "load_tickets"]


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_a_table_has_the_types_of_its_description(load):
    table = load()
    fields = datasets.describe(load.__name__.removeprefix("load_"))["schema"]["fields"]
    kinds = {
        "string": "str",
        "date": "datetime64",
        "boolean": "bool",
        "integer": "int64",
        "number": "float64",
    }
    assert list(table.columns) == [field["name"] for field in fields]
    for field in fields:
        assert str(table[field["name"]].dtype).startswith(kinds[field["type"]]), field["name"]
    assert not table.isna().any(axis=None)


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_a_loader_s_docstring_is_a_small_data_card(load):
    table, words = load(), inspect.getdoc(load)
    assert f"{len(table):,} rows" in words and "nown" in words and "HindcastError" in words
    assert all(column in words for column in table.columns)
    assert load.__name__.removeprefix("load_") + ".md" in words


def load_in_fresh_python(folder: Path, package: Path | None = None, **settings: str) -> str:
    """Load every table in a new process started in `folder`; returns what it printed."""
    code = (
        "import hindcast.datasets as d; print(len(d.load_scores()), len(d.load_tickets()), d.data_folder())"
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
    assert load_in_fresh_python(tmp_path) == f"13250 2600 {DATASETS}\n"


def test_tables_load_from_an_unpacked_bundle(tmp_path):
    shutil.copytree(DATASETS, tmp_path / "bundle")
    said = load_in_fresh_python(tmp_path, HINDCAST_DATA="bundle")
    assert said == "13250 2600 bundle\n"


def test_tables_load_from_inside_an_installed_package(tmp_path):
    shutil.copytree(ROOT / "src" / "hindcast", tmp_path / "site" / "hindcast")
    inside = tmp_path / "site" / "hindcast" / "_datasets"
    shutil.copytree(DATASETS, inside)
    assert load_in_fresh_python(tmp_path, tmp_path / "site") == f"13250 2600 {inside}\n"


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
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "lib" / "hindcast" / "datasets.py"))
    with pytest.raises(HindcastError, match=r"There is no .*datapackage\.json.*git checkout"):
        datasets.load_scores()


# Field data: a server of the test's own, never the network


class Shop(BaseHTTPRequestHandler):
    """Serves `content`; claims `claimed` bytes when the download is to break off."""

    def __init__(self, content, claimed, asked, *args):
        self.content, self.claimed, self.asked = content, claimed, asked
        super().__init__(*args)

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(404 if self.path == "/gone.csv" else 200)
        self.send_header("Content-Length", str(self.claimed or len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *args):
        """Keep the test's output quiet."""


@pytest.fixture
def serve():
    """Start a server for some content; returns its address and the list of what it was asked for."""
    servers = []

    def start(content: bytes, claimed: int | None = None) -> tuple[str, list[str]]:
        asked = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Shop, content, claimed, asked))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
    with warnings.catch_warnings():  # pooch leaves the socket of a failed download to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """The cache, moved into the test's folder; no proxy stands between the test and its server."""
    import pooch

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "hindcast"


def register(folder: Path, address: str) -> None:
    rewrite(folder / "field_data.toml", lambda text: text.replace(SHOPPERS["address"], address))


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*")) if cache.exists() else []


@pytest.fixture
def pooch_says():
    """What pooch's own logger lets through; in a notebook it would stand in red above the table."""
    import pooch

    handler = BufferingHandler(capacity=100)
    pooch.get_logger().addHandler(handler)
    yield handler.buffer
    pooch.get_logger().removeHandler(handler)


def test_field_table_is_downloaded_once_verified_and_kept(copy, cache, serve, real_file, pooch_says):
    address, asked = serve(real_file.read_bytes())
    register(copy, f"{address}/shoppers.csv")
    first, second = datasets.fetch_online_shoppers(), datasets.fetch_online_shoppers()
    assert first.shape == second.shape == (SHOPPERS["rows"], SHOPPERS["columns"])
    assert asked == ["/shoppers.csv"] and kept(cache) == [SHOPPERS["file"]]
    assert pooch_says == []


def test_field_table_comes_from_the_named_folder_without_a_download(copy, cache, real_file, monkeypatch):
    register(copy, "http://127.0.0.1:9/never.csv")
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(real_file.parent))
    assert len(datasets.fetch_online_shoppers()) == SHOPPERS["rows"]
    assert kept(cache) == []


def says_what_to_do(error: HindcastError) -> bool:
    """The ways out: by hand, the file's name, the setting, or do without."""
    ways = ("by hand", SHOPPERS["file"], "HINDCAST_FIELD_DATA", "leave the field notebook out")
    return all(way in str(error) for way in ways) and "\n" not in str(error)


def test_a_wrong_file_is_refused_and_not_kept(copy, cache, serve):
    address, _ = serve(b"not,the,table\n")
    register(copy, f"{address}/shoppers.csv")
    with pytest.raises(HindcastError, match="not the table that was expected") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value) and kept(cache) == []


def test_half_a_download_is_refused_and_not_kept(copy, cache, serve):
    address, _ = serve(b"Administrative,Informational\n", claimed=SHOPPERS["bytes"])
    register(copy, f"{address}/shoppers.csv")
    with pytest.raises(HindcastError, match="broke off half way") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value) and kept(cache) == []


def test_a_server_without_the_file_is_said(copy, cache, serve):
    address, _ = serve(b"gone")
    register(copy, f"{address}/gone.csv")
    with pytest.raises(HindcastError, match="The server answered: 404") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value) and kept(cache) == []


def test_no_network_is_said(copy, cache):
    register(copy, "http://127.0.0.1:9/shoppers.csv")
    with pytest.raises(HindcastError, match=r"No answer from http://127\.0\.0\.1:9/shoppers\.csv") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value) and kept(cache) == []


def test_a_cache_that_cannot_be_written_is_said(copy, cache, serve):
    address, _ = serve(b"any")
    register(copy, f"{address}/shoppers.csv")
    cache.parent.write_text("a file stands where the folder should be")
    with pytest.raises(HindcastError, match="Cannot write to the cache") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value)


def test_a_read_only_cache_is_said(copy, cache, serve):
    address, _ = serve(b"any")
    register(copy, f"{address}/shoppers.csv")
    cache.mkdir(parents=True)
    cache.chmod(0o500)
    if os.access(cache, os.W_OK):
        pytest.skip("this account may write anywhere, as root may")
    with pytest.raises(HindcastError, match="Cannot write to the cache") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value)


def test_a_named_folder_without_the_file_is_said(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(tmp_path))
    with pytest.raises(HindcastError, match=r"HINDCAST_FIELD_DATA names .* but there is no") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value)


def test_a_changed_file_in_the_named_folder_is_refused(cache, tmp_path, monkeypatch):
    (tmp_path / SHOPPERS["file"]).write_text("Administrative,Revenue\n0,FALSE\n")
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(tmp_path))
    with pytest.raises(HindcastError, match="not the table that was expected") as caught:
        datasets.fetch_online_shoppers()
    assert says_what_to_do(caught.value)


@pytest.mark.parametrize("content", ["[", "", "[online_shoppers]\nfile = 'a.csv'\n"])
def test_a_broken_registry_is_one_clear_error(copy, content):
    (copy / "field_data.toml").write_text(content)
    with pytest.raises(HindcastError, match=r"field_data\.toml should give .* `git checkout datasets/`"):
        datasets.fetch_online_shoppers()


def test_registry_pins_a_commit_and_a_hash_and_names_licence_and_citation():
    for entry in REGISTRY.values():
        assert entry["address"].startswith("https://raw.githubusercontent.com/")
        commit = entry["address"].split("/")[5]
        assert len(commit) == 40 and set(commit) <= set("0123456789abcdef")
        assert len(entry["sha256"]) == 64 and entry["licence"] == "CC-BY-4.0" and entry["citation"]
    words = " ".join(inspect.getdoc(datasets.fetch_online_shoppers).split())
    assert SHOPPERS["citation"] in words and "CC BY 4.0" in words


def test_card_and_quirks_of_the_shoppers_tell_the_table_s_numbers(real_file, monkeypatch):
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(real_file.parent))
    table = datasets.fetch_online_shoppers()
    by_value = table.groupby(table["PageValues"] > 0)["Revenue"].mean().round(4)
    facts = {
        "sha256": SHOPPERS["sha256"],
        "bytes": real_file.stat().st_size,
        "rows": len(table),
        "columns": table.shape[1],
        "licence": SHOPPERS["licence"],
        "bought": int(table["Revenue"].sum()),
        "always_no_accuracy": round(1 - table["Revenue"].mean(), 4),
        "bought_where_page_values_above_0": by_value[True],
        "bought_where_page_values_is_0": by_value[False],
        "months": table["Month"].nunique(),
        "repeated_rows": int(table.duplicated().sum()),
    }
    text = (DATASETS / "cards" / "online_shoppers.md").read_text(encoding="utf-8")
    assert tomllib.loads(text.split("```toml\n")[1].split("```")[0]) == facts
    assert f"{facts['bought']:,} of {facts['rows']:,}" in SHOPPERS["quirks"][0]
    assert f"{by_value[True]:.1%}".replace("%", " %") in SHOPPERS["quirks"][1]
    assert isinstance(table, pd.DataFrame) and table["Revenue"].dtype == bool
