"""The system's Chromium; field data without the network: a test server, a cache and a registry."""

import gc
import gzip
import hashlib
import os
import shutil
import threading
import tomllib
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FIELD_DATA_TOML = Path(__file__).resolve().parents[1] / "datasets" / "field_data.toml"


class Answers(BaseHTTPRequestHandler):
    """Answers a request for /HOW/NAME: HOW names the method, NAME the content."""

    def do_GET(self) -> None:
        _, how, name = self.path.split("/")
        self.server.asked.append(name)
        getattr(self, how)(self.server.contents[name])

    def whole(self, content: bytes) -> None:
        self.send(content, len(content))

    def zipped(self, content: bytes) -> None:
        packed = gzip.compress(content)
        self.send(packed, len(packed), {"Content-Encoding": "gzip"})

    def half(self, content: bytes) -> None:
        self.send(content[: len(content) // 2], len(content))

    def half_zipped(self, content: bytes) -> None:
        packed = gzip.compress(content)
        self.send(packed[: len(packed) // 2], len(packed), {"Content-Encoding": "gzip"})

    def cut(self, content: bytes) -> None:
        """Send half of the content, without a Content-Length."""
        self.send(content[: len(content) // 2], None)

    def wrong(self, content: bytes) -> None:
        self.whole(b"<html>Please sign in to this network</html>")

    def gone(self, content: bytes) -> None:
        self.send(b"gone", 4, status=404)

    def broken(self, content: bytes) -> None:
        self.send(b"broken", 6, status=500)

    def stuck(self, content: bytes) -> None:
        """Send half of the content, then nothing until the test is over or sets `go_on`."""
        self.half(content)
        self.wfile.flush()
        self.server.half_sent.set()
        if self.server.go_on.wait(30):
            self.wfile.write(content[len(content) // 2 :])

    def together(self, content: bytes) -> None:
        """Wait for two requests at the same time, send half to each, then the rest."""
        self.server.both.wait(30)
        self.half(content)
        self.server.both.wait(30)
        self.wfile.write(content[len(content) // 2 :])

    def send(self, content: bytes, length: int | None, headers: dict | None = None, status=200) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args) -> None:
        """Keep the test's output quiet."""


class Field:
    """The registry, its server and the cache of one test."""

    def __init__(self, folder: Path, server: ThreadingHTTPServer, cache: Path):
        self.path, self.server, self.cache = folder / "field_data.toml", server, cache
        self.url = f"http://127.0.0.1:{server.server_port}"

    @property
    def entries(self) -> dict[str, dict]:
        return tomllib.loads(self.path.read_text(encoding="utf-8"))

    def register(self, name: str, how: str, content: bytes | None = None, url: str | None = None) -> bytes:
        """Register `name` with `content` (by default made up), which the server at `url` answers HOW."""
        made_up = content is None
        content = f"{name},number\n".encode() * 20_000 if made_up else content
        self.server.contents[name] = content
        self.change(name, "address", f"{url or self.url}/{how}/{name}")
        if made_up:
            self.change(name, "sha256", hashlib.sha256(content).hexdigest())
            self.change(name, "bytes", len(content))
        return content

    def change(self, name: str, key: str, value: str | int) -> None:
        """Change a value in the entry of `name`."""
        head, found, rest = self.path.read_text(encoding="utf-8").partition(f"[{name}]\n")
        lines = rest.splitlines(keepends=True)
        number = next(n for n, line in enumerate(lines) if line.startswith(f"{key} ="))
        lines[number] = f'{key} = "{value}"\n' if isinstance(value, str) else f"{key} = {value}\n"
        self.path.write_text(head + found + "".join(lines), encoding="utf-8")

    def kept(self) -> list[str]:
        """The names of all files in the cache."""
        return sorted(path.name for path in self.cache.rglob("*")) if self.cache.is_dir() else []


@pytest.fixture
def field_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.contents, server.asked = {}, []
    server.half_sent, server.go_on, server.both = threading.Event(), threading.Event(), threading.Barrier(2)
    server.handle_error = lambda *args: None  # a client may hang up
    gc.freeze()  # a collection at the end need not look through older objects
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.go_on.set()
    server.both.abort()
    server.shutdown()
    server.server_close()
    with warnings.catch_warnings():  # pooch leaves the socket of a failed download to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.unfreeze()


@pytest.fixture
def field(tmp_path, monkeypatch, field_server) -> Field:
    """A registry with nothing fetched yet, no HINDCAST_FIELD_DATA, and no proxy before the server."""
    import pooch

    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("HINDCAST_FIELD_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "datapackage.json").write_text('{"resources": []}')
    (folder / "field_data.toml").write_text(FIELD_DATA_TOML.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("HINDCAST_DATA", str(folder))
    cache = Path(pooch.os_cache("hindcast"))
    assert cache.is_relative_to(tmp_path)
    return Field(folder, field_server, cache)


def pytest_terminal_summary(terminalreporter):
    """Print that the field data were not compared with their descriptions, where that was skipped."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if report.nodeid.startswith(("tests/test_field_data.py", "tests/test_downloads.py"))
    ]
    if skipped:
        terminalreporter.section("field data were not compared", yellow=True)
        terminalreporter.write_line(
            f"{len(skipped)} tests: {skipped[0].longrepr[2].removeprefix('Skipped: ')}"
        )


# --- a browser ------------------------------------------------------------------------------------

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium; without one the test is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip("there is no Chromium: install it, for example with `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS + ["--no-sandbox"] * root)
        yield browser
        browser.close()
