"""`hindcast data fetch` against a local server: files, messages, and what is left when it is stopped."""

import io
import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from hindcast import downloads
from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.data import fetch

COMMAND = [sys.executable, "-m", "hindcast", "data", "fetch"]


def run(*names: str):
    return CliRunner().invoke(cli.app, ["data", "fetch", *names])


@pytest.fixture
def all_served(field):
    for name in field.entries:
        field.register(name, "whole")
    return field


def test_help_has_an_example():
    assert "Example: hindcast data fetch hotel_bookings" in run("--help").output


def test_all_tables_are_brought_and_a_second_run_brings_none(all_served):
    names = list(all_served.entries)
    first, second = run(), run()
    assert (first.exit_code, second.exit_code) == (0, 0) and all_served.server.asked == names
    assert [line.split(" (")[0] for line in first.output.splitlines()[:-1]] == names
    assert first.output.count("): fetched\n") == second.output.count("): already there\n") == len(names)
    last = f"All {len(names)} are there, in {all_served.cache}."
    assert first.output.splitlines()[-1] == second.output.splitlines()[-1] == last
    assert all_served.kept() == sorted(entry["file"] for entry in all_served.entries.values())


@pytest.mark.parametrize(
    ("asked", "brought"),
    [
        (["hotel_bookings"], ["hotel_bookings"]),
        (["bike_sharing"], ["bike_sharing_day", "bike_sharing_hour"]),
        (["game_forecasts_mlb", "bike_sharing_hour"], ["bike_sharing_hour", "game_forecasts_mlb"]),
        (["hotel_bookings", "hotel_bookings"], ["hotel_bookings"]),
    ],
)
def test_only_the_named_tables_are_brought_by_table_or_by_card(all_served, asked, brought):
    assert run(*asked).exit_code == 0 and all_served.server.asked == brought


def test_another_name_is_answered_with_those_there_are_before_anything_is_brought(all_served):
    error = run("hotel_bookings", "taxis").exception
    assert isinstance(error, HindcastError) and "no field table 'taxis'" in str(error)
    assert all(name in str(error) for name in all_served.entries) and all_served.server.asked == []


def test_one_that_fails_does_not_stop_the_others(all_served):
    all_served.register("hotel_bookings", "gone")
    all_served.register("game_forecasts_nba", "half")
    shown = run()
    faults = shown.stderr.splitlines()
    assert shown.exit_code == 2 and all_served.server.asked == list(all_served.entries)
    assert "hotel_bookings (0.4 MB): failed\n" in shown.stdout and shown.stdout.count(": fetched\n") == 6
    assert re.match(r"hotel_bookings: The server answered 404 [^.]*\(Not Found\) for \S+\.$", faults[0])
    assert re.match(
        r"game_forecasts_nba: The download of nba_games.csv broke off half way, [^.]*\.$", faults[1]
    )
    assert faults[2].startswith(
        "6 of 8 field tables are there. Run `hindcast data fetch` again for the rest. Or"
    )
    assert len(faults) == 3 and "HINDCAST_FIELD_DATA" in faults[2] and str(all_served.path) in faults[2]
    assert len(all_served.kept()) == 6
    all_served.register("hotel_bookings", "whole")
    all_served.register("game_forecasts_nba", "whole")
    assert run().exit_code == 0 and all_served.server.asked[8:] == ["hotel_bookings", "game_forecasts_nba"]


def test_without_a_network_each_is_said_once(field):
    for name in field.entries:
        field.register(name, "whole", url="http://127.0.0.1:9")
    shown = run()
    assert shown.exit_code == 2 and shown.stderr.count("No answer from") == 8
    assert "0 of 8 field tables are there" in shown.stderr and field.kept() == []


def test_a_kept_file_that_was_changed_is_fetched_again_and_said_so(all_served):
    run()
    (all_served.cache / all_served.entries["hotel_bookings"]["file"]).write_text("changed")
    assert "hotel_bookings (0.4 MB): fetched again\n" in run().output


def test_a_named_folder_is_looked_into_and_not_written(all_served, tmp_path, monkeypatch):
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(tmp_path))
    shown = run("hotel_bookings")
    assert shown.exit_code == 2 and f"HINDCAST_FIELD_DATA names {tmp_path}, but there is no" in shown.stderr
    run("bike_sharing", "hotel_bookings")
    assert all_served.server.asked == [] and not list(tmp_path.glob("*.*sv*"))


@pytest.mark.parametrize("how", ["whole", "zipped"])
def test_a_terminal_shows_a_full_bar_of_the_file_s_own_size(field, how):
    field.register("hotel_bookings", how)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, force_interactive=True, width=80)
    assert fetch.fetch_field_data(["hotel_bookings"], console) == []
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    line = [line for line in re.split("[\r\n]+", shown) if line.startswith("hotel_bookings")][-1]
    assert "━" * fetch.BAR_WIDTH in line and "440.0/440.0 kB" in line and line.rstrip().endswith("fetched")
    assert len(line.rstrip()) < 80


def test_a_bar_never_shows_more_than_the_file_has(field):
    field.register("hotel_bookings", "whole")
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with fetch.Bars(console, fetch.chosen_entries(["hotel_bookings"])) as bars:
        bar = bars.progress("hotel_bookings")
        bar.total = 10  # what a server that compresses says
        bar.update(downloads.CHUNK)
        assert bars.bars.tasks[0].completed == downloads.CHUNK
        for _ in range(100):
            bar.update(downloads.CHUNK)
        assert bars.bars.tasks[0].completed == field.entries["hotel_bookings"]["bytes"]


def test_a_bar_of_what_failed_is_not_full(all_served):
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with fetch.Bars(console, fetch.chosen_entries(["hotel_bookings"])) as bars:
        bars.progress("hotel_bookings")
        bars.say("hotel_bookings", "failed")
        assert not bars.bars.tasks[0].finished


def interrupted(field, **streams) -> subprocess.Popen:
    """The command, sent Ctrl-C while the third file is half there."""
    field.register(list(field.entries)[2], "stuck")
    process = subprocess.Popen(COMMAND, **streams)
    assert field.server.half_sent.wait(30)
    process.send_signal(signal.SIGINT)
    return process


def test_ctrl_c_is_a_sentence_and_running_again_does_the_rest(all_served):
    process = interrupted(all_served, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said, faults = process.communicate(timeout=60)
    names, entries = list(all_served.entries), all_served.entries
    assert process.returncode == 2 and said.count("fetched") == 2
    assert faults == (
        "Stopped, nothing half-written was kept. 2 of 8 field tables are there. "
        "Run `hindcast data fetch` again for the rest.\n"
    )
    assert all_served.kept() == sorted(entries[name]["file"] for name in names[:2])
    all_served.register(names[2], "whole")
    again = run()
    assert again.exit_code == 0 and (again.output.count("already there"), again.output.count("fetched")) == (
        2,
        6,
    )


def test_ctrl_c_on_a_terminal_gives_the_cursor_back(all_served):
    ours, theirs = pty.openpty()
    process = interrupted(all_served, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    while not shown.endswith(b"for the rest.\r\n"):
        shown += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(60) == 2 and b"Traceback" not in shown
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert len(all_served.kept()) == 2
