"""The command as a trainer types it, in a checkout with a unit and a cohort of its own."""

import json
import os
import subprocess
import sys

import pytest
from tiny_unit import UNIT
from typer.testing import CliRunner

from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.collect import command
from hindcast.kit.collect.arrivals import Refusal
from hindcast.kit.collect.summary import CollectionNote, CollectionSummary


@pytest.fixture
def spring(tiny, tmp_path, monkeypatch):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name,email,role,track\namara,Amara Okafor,,designer,workbook\n", encoding="utf-8")
    new_cohort(tiny, "spring", roster)
    monkeypatch.chdir(tiny)
    (tmp_path / "inbox" / "amara").mkdir(parents=True)
    (tmp_path / "inbox" / "amara" / "workbook (2).ipynb").write_bytes(
        (tiny / "course" / UNIT / "workbook.ipynb").read_bytes()
    )
    (tmp_path / "inbox" / "workbook.ipynb").write_bytes(b"{}")
    return tiny / "grading" / "cohorts" / "spring"


def test_a_real_cohort_is_collected_and_json_is_one_object_alone(spring, tmp_path):
    typed = [sys.executable, "-m", "hindcast", "collect", str(tmp_path / "inbox"), "--json"]
    done = subprocess.run(typed, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert (done.returncode, said["cohort"], said["new"], said["counts_now"]) == (0, "spring", 1, 1)
    assert [one["where"] for one in said["not_placed"]] == [str(tmp_path / "inbox" / "workbook.ipynb")]
    assert sorted(path.name for path in (spring / "submitted" / "amara" / UNIT).iterdir()) == [
        "timestamp.txt",
        "workbook.ipynb",
    ]
    assert "Traceback" not in done.stderr


def test_what_needs_the_trainer_is_a_line_each_and_the_counts_come_last(spring, tmp_path):
    shown = CliRunner().invoke(cli.app, ["collect", str(tmp_path / "inbox")])
    assert shown.exit_code == 0
    *lines, last = shown.stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"Not placed: {tmp_path / 'inbox' / 'workbook.ipynb'}. Nothing in its path")
    assert "--learner ID" in lines[0]
    assert last.startswith(
        "spring: 1 new (1 count now, 0 kept as older), 0 already here, 0 late, 1 not placed."
    )


def test_notes_and_what_is_left_aside_are_said_in_words(capsys):
    note = CollectionNote("z.zip/w\x1b.ipynb", "amara", "06_x", "workbook", "It is empty.")
    about_many = CollectionNote("Canvas", "", "", "", "Two notebooks.")
    refusal = Refusal("a\nb.zip", "It is damaged.", "Ask for it again.")
    aside = {"lesson": 3, "glossary": 2, ".csv file": 1}
    command.print_summary(
        CollectionSummary("spring", not_placed=[refusal], notes=[note, about_many], aside=aside)
    )
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "Not placed: a b.zip. It is damaged. Ask for it again.",
        "amara 06_x/workbook (z.zip/w�.ipynb): It is empty.",
        "Canvas: Two notebooks.",
        "Left aside, as they give no points: 3 lessons, 2 glossaries, 1 .csv file.",
    ]


def test_a_disk_that_cannot_be_written_is_a_sentence(spring, tmp_path):
    (spring / "received").write_bytes(b"a file where a folder should be")
    with pytest.raises(HindcastError, match=r"cannot be written: .*What was kept so far is safe"):
        command.run_collect(spring.parents[2], [tmp_path / "inbox"], None, None, None, False)


def test_names_that_are_no_text_are_shown_all_the_same(spring, tmp_path):
    inbox = tmp_path / "odd"
    inbox.mkdir()
    try:
        (inbox / os.fsdecode(b"\xff.ipynb")).write_bytes(b"{}")
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    for extra in ([], ["--json"]):
        typed = [sys.executable, "-m", "hindcast", "collect", str(inbox), *extra]
        done = subprocess.run(typed, capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False)
