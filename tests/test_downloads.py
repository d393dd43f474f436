"""Fetching field data: once, complete and verified; messages and leftovers when it fails."""

import contextlib
import errno
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from logging.handlers import BufferingHandler
from pathlib import Path

import pytest

from hindcast import downloads, field_data
from hindcast.errors import HindcastError

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = tomllib.loads((ROOT / "datasets" / "field_data.toml").read_text(encoding="utf-8"))
FIELD_DATA = Path(os.environ.get("HINDCAST_FIELD_DATA", ROOT.parent / "shared" / "field-data"))
FETCHERS = {
    "bike_sharing_day": field_data.fetch_bike_sharing,
    "bike_sharing_hour": lambda: field_data.fetch_bike_sharing(by="hour"),
    "hotel_bookings": field_data.fetch_hotel_bookings,
    "online_shoppers": field_data.fetch_online_shoppers,
    "ab_experiments": field_data.fetch_ab_experiments,
    "governor_forecasts": field_data.fetch_governor_forecasts,
    "game_forecasts_nba": field_data.fetch_game_forecasts,
    "game_forecasts_mlb": lambda: field_data.fetch_game_forecasts(sport="mlb"),
}
ONE = "online_shoppers"
FAULTS = {
    "wrong": "What came, and was not kept, is not the file that was expected",
    "half": "broke off half way, nothing of it was kept",
    "half_zipped": "broke off half way, nothing of it was kept",
    "cut": "is not the file that was expected .* cut short",
    "gone": r"The server answered 404 \(Not Found\)",
    "broken": r"The server answered 500 \(Internal Server Error\)",
}
every_table = pytest.mark.parametrize("name", REGISTRY)


def says_what_to_do(name: str, error: HindcastError) -> bool:
    """The message names the remedies: download by hand, the file's name, the variable, or do without."""
    ways = ("by hand", REGISTRY[name]["file"], "HINDCAST_FIELD_DATA", "leave the field notebook out")
    return all(way in str(error) for way in ways) and "\n" not in str(error)


def refused(name: str, told: str) -> None:
    with pytest.raises(HindcastError, match=told) as caught:
        downloads.fetch_file(name)
    assert says_what_to_do(name, caught.value)


def test_every_registered_table_has_a_function():
    assert list(FETCHERS) == list(REGISTRY)


@every_table
def test_a_table_is_downloaded_once_verified_and_kept(field, name):
    content = field.register(name, "whole")
    paths = {downloads.fetch_file(name), downloads.fetch_file(name)}
    assert paths == {field.cache / REGISTRY[name]["file"]} and paths.pop().read_bytes() == content
    assert field.server.asked == [name] and field.kept() == [REGISTRY[name]["file"]]


@every_table
def test_a_table_comes_whole_from_its_real_file(field, name):
    path = FIELD_DATA / REGISTRY[name]["file"]
    if not path.is_file():
        pytest.skip(f"no {path.name} in {FIELD_DATA}: set HINDCAST_FIELD_DATA to its folder")
    field.register(name, "whole", path.read_bytes())
    assert FETCHERS[name]().shape == (REGISTRY[name]["rows"], REGISTRY[name]["columns"])
    assert path.stat().st_size == REGISTRY[name]["bytes"]


def test_a_server_that_compresses_its_answer_is_understood(field):
    content = field.register(ONE, "zipped")
    assert downloads.fetch_file(ONE).read_bytes() == content


@every_table
@pytest.mark.parametrize("how", FAULTS)
def test_a_download_that_fails_is_said_and_nothing_is_kept(field, name, how):
    field.register(name, how)
    refused(name, FAULTS[how])
    assert field.server.asked == [name] and field.kept() == []


@every_table
def test_no_network_is_said(field, name):
    field.register(name, "whole", url="http://127.0.0.1:9")
    refused(name, rf"No answer from http://127\.0\.0\.1:9/whole/{name}, or no longer: no network")
    assert field.kept() == []


def test_a_server_that_falls_silent_half_way_is_said(field, monkeypatch):
    monkeypatch.setattr("pooch.downloaders.DEFAULT_TIMEOUT", 0.2)
    field.register(ONE, "stuck")
    refused(ONE, "No answer from .*, or no longer")
    assert field.kept() == []


def test_a_server_that_cannot_prove_who_it_is_is_said(field):
    field.register(ONE, "whole", url=field.url.replace("http:", "https:"))
    refused(ONE, "could not prove who it is")
    assert field.kept() == []


def test_pooch_s_own_news_stay_out_of_the_notebook(field, monkeypatch):
    import pooch

    handler = BufferingHandler(capacity=100)
    pooch.get_logger().addHandler(handler)
    field.register(ONE, "whole")
    monkeypatch.setattr(pooch.get_logger(), "level", logging.DEBUG)
    downloads.fetch_file(ONE)
    pooch.get_logger().removeHandler(handler)
    assert handler.buffer == [] and pooch.get_logger().level == logging.DEBUG


# The cache


@every_table
def test_a_kept_file_that_was_changed_is_downloaded_again(field, name):
    content = field.register(name, "whole")
    path = downloads.fetch_file(name)
    path.write_bytes(content[:-1] + b"!")
    assert downloads.state(name) == "changed"
    assert downloads.fetch_file(name).read_bytes() == content
    assert field.server.asked == [name, name]


@pytest.mark.parametrize("how", FAULTS)
def test_a_changed_file_that_cannot_be_downloaded_again_is_said_and_not_used(field, how):
    field.register(ONE, how)
    path = field.cache / REGISTRY[ONE]["file"]
    path.parent.mkdir(parents=True)
    path.write_text("somebody's notes")
    refused(ONE, f"{FAULTS[how]}.*{path} was changed since it was fetched and is not used")
    assert field.kept() == [path.name] and path.read_text() == "somebody's notes"


def test_a_cache_that_is_no_folder_is_said(field):
    field.register(ONE, "whole")
    field.cache.parent.mkdir(parents=True)
    field.cache.write_text("a file stands where the folder should be")
    refused(ONE, r"Cannot write to the cache .*: read-only, or the disk is full")


def test_a_folder_where_the_file_should_be_is_said(field):
    field.register(ONE, "whole")
    (field.cache / REGISTRY[ONE]["file"]).mkdir(parents=True)
    refused(ONE, r"Cannot write to the cache .* \(Is a directory\)")


@pytest.mark.parametrize("limit", [0, 1000, 100_000])
def test_a_full_disk_is_said_and_nothing_is_kept(field, limit):
    resource = pytest.importorskip("resource", reason="this system cannot limit a file's size")
    field.register(ONE, "whole")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        refused(ONE, rf"Cannot write to the cache .* \({os.strerror(errno.EFBIG)}\)")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert field.kept() == []


@pytest.fixture
def public(field, monkeypatch):
    """One whole file kept in a cache outside of pytest's folders, which are closed to all but their owner."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("HOME", "XDG_CACHE_HOME", "HINDCAST_DATA"):
            monkeypatch.setenv(name, scratch)
        field.register(ONE, "whole")
        for path in field.path.parent.iterdir():
            shutil.copy(path, scratch)
        Path(scratch).chmod(0o755)
        kept = downloads.fetch_file(ONE)
        kept.chmod(0o644)
        yield kept


@contextlib.contextmanager
def without_rights(path: Path, mode: int):
    """Give `path` this mode. Root, whom no mode stops, becomes another user for the block."""
    before, is_root = path.stat().st_mode, os.geteuid() == 0
    path.chmod(mode)
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.chmod(before)


def test_a_read_only_cache_is_said(public):
    with without_rights(public.parent, 0o555):
        refused("hotel_bookings", r"Cannot write to the cache .* \(Permission denied\): read-only")
    assert list(public.parent.iterdir()) == [public]


def test_what_a_read_only_cache_holds_is_used(public, field):
    with without_rights(public.parent, 0o555):
        assert downloads.fetch_file(ONE) == public
    assert field.server.asked == [ONE]


def test_a_kept_file_that_may_not_be_read_is_said(public):
    with without_rights(public, 0o000):
        refused(ONE, rf"Cannot read {public} \(Permission denied\)")


# Several processes


def start_fetching(name: str) -> subprocess.Popen:
    code = f"from hindcast import downloads; print(downloads.fetch_file({name!r}))"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_two_processes_that_fetch_at_once_both_get_the_whole_file(field):
    content = field.register(ONE, "together")
    both = [start_fetching(ONE), start_fetching(ONE)]
    said = {process.communicate(timeout=60)[0].strip() for process in both}
    path = field.cache / REGISTRY[ONE]["file"]
    assert said == {str(path)} and path.read_bytes() == content
    assert field.server.asked == [ONE, ONE] and field.kept() == [path.name]


def test_what_a_killed_process_left_is_never_used_and_goes_an_hour_later(field):
    content = field.register(ONE, "stuck")
    process = start_fetching(ONE)
    assert field.server.half_sent.wait(30)
    process.kill()
    process.communicate(timeout=60)
    left = field.kept()
    assert len(left) == 1 and left[0].startswith("tmp") and downloads.state(ONE) == "missing"
    field.register(ONE, "whole")
    assert downloads.fetch_file(ONE).read_bytes() == content
    assert field.kept() == sorted([*left, REGISTRY[ONE]["file"]])
    hour_ago = time.time() - downloads.LEFTOVER_SECONDS - 1
    os.utime(field.cache / left[0], (hour_ago, hour_ago))
    field.register("ab_experiments", "whole")
    downloads.fetch_file("ab_experiments")
    assert field.kept() == sorted([REGISTRY[ONE]["file"], REGISTRY["ab_experiments"]["file"]])


# A folder that has the files


@pytest.fixture
def folder(field, tmp_path, monkeypatch) -> Path:
    path = tmp_path / "files"
    path.mkdir()
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(path))
    return path


@every_table
def test_a_named_folder_is_used_without_a_download(field, folder, name):
    content = field.register(name, "whole")
    (folder / REGISTRY[name]["file"]).write_bytes(content)
    assert downloads.fetch_file(name) == folder / REGISTRY[name]["file"]
    assert field.server.asked == [] and field.kept() == []


@every_table
def test_a_named_folder_without_the_file_is_said(field, folder, name):
    field.register(name, "whole")
    refused(name, f"HINDCAST_FIELD_DATA names {folder}, but there is no {REGISTRY[name]['file']} in it")
    assert field.server.asked == [] and list(folder.iterdir()) == []


@every_table
def test_a_changed_file_in_a_named_folder_is_refused_and_left_alone(field, folder, name):
    content = field.register(name, "whole")[:-1]
    (folder / REGISTRY[name]["file"]).write_bytes(content)
    refused(name, rf"{REGISTRY[name]['file']} is not the file that was expected .* cut short")
    assert field.server.asked == [] and (folder / REGISTRY[name]["file"]).read_bytes() == content


# The registry, and arguments


@pytest.mark.parametrize(
    "content",
    ["[", "", "[online_shoppers]\nfile = 'a.csv'\n", "online_shoppers = 3\n", "[[online_shoppers]]\n"],
    ids=["not TOML", "empty", "lacks keys", "a number", "a list"],
)
def test_a_broken_registry_is_one_clear_error(field, content):
    field.path.write_text(content)
    with pytest.raises(HindcastError, match=r"field_data\.toml should give .* `git checkout datasets/`"):
        downloads.fetch_file(ONE)


def test_a_missing_registry_is_one_clear_error(field):
    field.path.unlink()
    with pytest.raises(HindcastError, match=r"field_data\.toml should give .* `git checkout datasets/`"):
        downloads.fetch_file(ONE)


def test_another_table_is_answered_with_the_names_of_all():
    with pytest.raises(HindcastError, match=f"no field table 'taxis'.*{', '.join(REGISTRY)}"):
        downloads.fetch_file("taxis")


@pytest.mark.parametrize("given", ["week", "Hour", "", None, 1, ["day"]])
def test_another_step_of_the_bicycles_is_answered_with_those_there_are(field, given):
    with pytest.raises(HindcastError, match=r"by should be 'day' or 'hour', but is "):
        field_data.fetch_bike_sharing(by=given)


@pytest.mark.parametrize("given", ["nfl", "NBA", "", None, 1, ["nba"]])
def test_another_sport_is_answered_with_those_there_are(field, given):
    with pytest.raises(HindcastError, match=r"sport should be 'nba' or 'mlb', but is "):
        field_data.fetch_game_forecasts(sport=given)
