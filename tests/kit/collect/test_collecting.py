"""Whole runs: every hand-in is kept, the one that counts is in submitted/, and nothing is ever lost."""

import datetime
import hashlib
import json
import os
import sqlite3
from pathlib import Path

import pytest
from arriving import AFTER, BEFORE, DUE, EARLIER, REPOSITORY, U00, U02, U06, U09, entry, notebook, utc
from nbgrader.utils import parse_utc

from hindcast.errors import HindcastError
from hindcast.kit.collect import collecting, received_folder
from hindcast.kit.plumbing.lock import grading_lock
from hindcast.kit.roster.roster import Learner

PLACE = f"amara/{U06}/workbook"
COUNTS = f"amara/{U06}/workbook.ipynb"
TIME = f"amara/{U06}/timestamp.txt"


def counts_of(summary):
    return summary.new, summary.already_here, summary.counts_now, summary.older, summary.late


def said(summary):
    return [note.said for note in summary.notes]


def test_a_round_of_hand_ins_as_they_arrive_is_placed_and_the_rest_is_listed(cohort):
    cohort.zip(
        "HC1-Unit 06-481.zip",
        {
            "Amara Okafor_70001_assignsubmission_file/workbook.ipynb": notebook(says="a"),
            "Zoë DSouza_70002_assignsubmission_file/my/workbook (1).ipynb": notebook(says="z"),
            "Pat Stranger_70003_assignsubmission_file/workbook.ipynb": notebook(says="p"),
        },
    )
    cohort.zip(
        "submissions.zip",
        {
            "watanabejun_LATE_12345_67890_workbook-1.ipynb": notebook(U09, says="j"),
            "okaforamara_12346_67891_bench.ipynb": notebook(U06, "bench", says="a"),
            "okaforamara_12346_67891_lesson.ipynb": notebook(U02, "lesson"),
        },
    )
    cohort.put("sam/workbook.ipynb", notebook(U02, says="s"))
    cohort.put("sam/notes.csv", b"1,2")
    cohort.put("workbook (2).ipynb", notebook(U00))
    cohort.put("jun/scratch.ipynb", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    summary = cohort.collect()
    assert cohort.placed() == [
        f"amara/{U06}/bench",
        f"amara/{U06}/workbook",
        f"jun/{U09}/workbook",
        f"sam/{U02}/workbook",
        f"zoe/{U06}/workbook",
    ]
    assert counts_of(summary) == (5, 0, 5, 0, 0)
    assert summary.aside == {".csv file": 1, "lesson": 1}
    reasons = {Path(one.where).name: one.reason for one in summary.not_placed}
    assert reasons == {
        "workbook.ipynb": "Moodle says it is from “Pat Stranger”, who is not in the roster.",
        "workbook (2).ipynb": "Nothing in its path says whose it is.",
        "scratch.ipynb": "Its cells are those of no notebook of this course.",
    }
    assert cohort.submitted()[COUNTS] == notebook(says="a")


def test_what_is_kept_has_time_and_hash_in_its_name_and_a_line_in_the_log(cohort):
    raw = notebook()
    path = cohort.put("amara/workbook (2).ipynb", raw)
    cohort.collect()
    digest = hashlib.sha256(raw).hexdigest()
    assert cohort.received() == [f"{PLACE}/20260228T120000Z-{digest[:12]}.ipynb"]
    (line,) = (cohort.folder / "received/amara/log.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    datetime.datetime.fromisoformat(record.pop("collected"))
    assert record == {
        "when": "2026-02-28T12:00:00Z",
        "unit": U06,
        "notebook": "workbook",
        "sha256": digest,
        "name": "workbook (2).ipynb",
        "from": str(path),
    }


def test_the_time_is_written_as_nbgrader_reads_it(cohort):
    cohort.put("amara/workbook.ipynb", notebook(), EARLIER)
    cohort.put("amara/bench.ipynb", notebook(U06, "bench"), BEFORE)
    cohort.collect()
    text = cohort.submitted()[TIME].decode()
    assert text == "2026-02-28 12:00:00.000000 UTC"
    assert parse_utc(text) == datetime.datetime(2026, 2, 28, 12)


def test_collecting_the_same_again_changes_nothing_and_says_so(cohort):
    cohort.put("amara/workbook.ipynb", notebook())
    cohort.zip("z.zip", {"jun/workbook.ipynb": notebook(says="1"), "jun/bench.ipynb": notebook(U06, "bench")})
    cohort.collect()
    before = cohort.everything()
    times = {p: p.stat().st_mtime_ns for p in cohort.folder.rglob("*.ipynb")}
    assert counts_of(cohort.collect()) == (0, 3, 0, 0, 0)
    assert cohort.everything() == before
    assert {p: p.stat().st_mtime_ns for p in cohort.folder.rglob("*.ipynb")} == times
    assert len((cohort.folder / "received/jun/log.jsonl").read_text().splitlines()) == 2


def test_a_copy_of_a_file_with_a_newer_time_is_the_same_hand_in(cohort):
    cohort.put("amara/workbook.ipynb", notebook())
    cohort.collect()
    cohort.put("amara/workbook.ipynb", notebook(), AFTER)
    assert counts_of(cohort.collect()) == (0, 1, 0, 0, 0)
    assert cohort.submitted()[TIME].startswith(b"2026-02-28")


@pytest.mark.parametrize("together", [True, False])
def test_the_newest_before_the_date_due_counts_and_all_are_kept(cohort, together):
    for when, says in ((AFTER, "late"), (BEFORE, "in time"), (EARLIER, "first")):
        cohort.put(f"{says}/amara/workbook.ipynb", notebook(says=says), when)
        if not together:
            cohort.collect()
    summary = cohort.collect()
    assert len(cohort.received()) == 3
    assert cohort.submitted()[COUNTS] == notebook(says="in time")
    assert cohort.submitted()[TIME].startswith(b"2026-02-28")
    assert counts_of(summary) == ((3, 0, 1, 2, 0) if together else (0, 3, 0, 0, 0))


def test_where_none_is_in_time_the_newest_counts_and_is_late(cohort):
    cohort.put("1/amara/workbook.ipynb", notebook(says="1"), AFTER)
    cohort.put("2/amara/workbook.ipynb", notebook(says="2"), "2026-03-06T00:00:00")
    assert counts_of(cohort.collect()) == (2, 0, 1, 1, 1)
    assert cohort.submitted()[COUNTS] == notebook(says="2")


def test_to_the_second_in_time_is_in_time(cohort):
    cohort.put("1/amara/workbook.ipynb", notebook(says="1"), DUE.isoformat())
    cohort.put("2/amara/workbook.ipynb", notebook(says="2"), "2026-03-01T18:00:01")
    assert cohort.collect().late == 0
    assert cohort.submitted()[COUNTS] == notebook(says="1")


def test_a_date_due_that_is_moved_counts_when_the_same_is_collected_again(cohort):
    cohort.put("1/amara/workbook.ipynb", notebook(says="1"), BEFORE)
    cohort.put("2/amara/workbook.ipynb", notebook(says="2"), AFTER)
    cohort.collect()
    with sqlite3.connect(cohort.folder / "gradebook.db") as db:
        db.execute("UPDATE assignment SET duedate = NULL")
    db.close()
    cohort.collect()
    assert cohort.submitted()[COUNTS] == notebook(says="2")


def test_the_first_file_handed_in_once_more_is_the_newest(cohort):
    for when, says in ((EARLIER, "a"), (BEFORE, "b")):
        cohort.zip(f"{says}.zip", {"amara/workbook.ipynb": notebook(says=says)}, when)
    cohort.collect()
    cohort.zip("again.zip", {"amara/workbook.ipynb": notebook(says="a")}, "2026-03-01T12:00:00")
    summary = cohort.collect()
    assert counts_of(summary)[:2] == (1, 2)
    assert "came once more" in said(summary)[0]
    assert cohort.submitted()[COUNTS] == notebook(says="a")
    assert counts_of(cohort.collect())[:2] == (0, 3)


def test_the_same_bytes_found_with_an_earlier_time_are_in_time(cohort):
    cohort.put("amara/workbook.ipynb", notebook(), AFTER)
    assert cohort.collect().late == 1
    cohort.zip("moodle.zip", {"amara/workbook.ipynb": notebook()}, BEFORE)
    assert cohort.collect().late == 0
    assert cohort.submitted()[TIME].startswith(b"2026-02-28")


@pytest.mark.parametrize(
    ("when", "words"), [("2099-01-01T00:00:00", "is still to come"), ("1985-01-01T00:00:00", "cannot be")]
)
def test_a_time_that_cannot_be_is_that_of_collecting_and_said(cohort, when, words):
    cohort.put("amara/workbook.ipynb", notebook(), when)
    summary = cohort.collect()
    assert words in said(summary)[0]
    stamp = parse_utc(cohort.submitted()[TIME].decode())
    assert abs(stamp - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)).total_seconds() < 60
    assert counts_of(cohort.collect())[:2] == (0, 1)


@pytest.mark.parametrize("last", ["new", "2"])  # the first of these has the highest hash, not the second
def test_two_different_files_of_one_time_are_named_and_the_last_counts(cohort, last):
    cohort.zip(
        "submissions.zip",
        {
            "okaforamara_12345_67899_workbook-2.ipynb": notebook(says=last),
            "okaforamara_12345_67890_workbook.ipynb": notebook(says="old"),
            "okaforamara_12345_6789_workbook-1.ipynb": notebook(says="older"),
        },
    )
    summary = cohort.collect()
    assert "the last that was found" in said(summary)[0]
    assert cohort.submitted()[COUNTS] == notebook(says=last)
    before = cohort.everything()
    cohort.collect()
    assert cohort.everything() == before


def test_canvas_says_late_and_its_times_are_of_the_download(cohort):
    cohort.zip(
        "submissions.zip",
        {
            "okaforamara_12345_67890_workbook.ipynb": notebook(says="a"),
            "watanabejun_LATE_12346_67891_workbook.ipynb": notebook(says="j"),
        },
        AFTER,
    )
    summary = cohort.collect()
    assert summary.late == 1
    assert parse_utc(cohort.submitted()[TIME].decode()) == DUE
    assert cohort.submitted()[f"jun/{U06}/timestamp.txt"].startswith(b"2026-03-05")
    assert said(summary)[0] == "Its zips have the times of the download. Not marked LATE, so in time: 1."
    assert counts_of(cohort.collect()) == (0, 2, 0, 0, 1)


def test_moodles_times_are_taken_and_said_to_be_doubtful(cohort):
    cohort.zip("m.zip", {"Jun Watanabe_7_assignsubmission_file/workbook.ipynb": notebook()}, AFTER)
    summary = cohort.collect()
    assert summary.late == 1
    assert "Late by them: 1. Its list of submissions has the true times." in said(summary)[0]


def test_what_stood_in_submitted_is_kept_before_another_takes_its_place(cohort):
    folder = cohort.folder / "submitted" / "amara" / U06
    folder.mkdir(parents=True)
    (folder / "workbook.ipynb").write_bytes(notebook(says="by hand"))
    (folder / "timestamp.txt").write_text("2026-02-20 13:00:00.123456 Europe/Berlin", encoding="utf-8")
    (folder / "data.csv").write_bytes(b"1")
    cohort.put("amara/workbook.ipynb", notebook(says="collected"), BEFORE)
    summary = cohort.collect()
    assert [name for name in cohort.received() if "20260220T120000Z" in name]
    assert len(cohort.received()) == 2
    assert cohort.submitted()[COUNTS] == notebook(says="collected")
    assert cohort.submitted()[f"amara/{U06}/data.csv"] == b"1"
    assert "it is kept in received/ too" in said(summary)[0]
    assert said(cohort.collect()) == []


@pytest.mark.parametrize("stamp", [None, "", "no time", "2026-02-28 15:00:00 UTC"])
def test_what_stood_in_submitted_and_is_newer_goes_on_counting(cohort, stamp):
    folder = cohort.folder / "submitted" / "amara" / U06
    folder.mkdir(parents=True)
    path = folder / "workbook.ipynb"
    path.write_bytes(notebook(says="by hand"))
    os.utime(path, (utc("2026-02-28T15:00:00"),) * 2)
    if stamp is not None:
        (folder / "timestamp.txt").write_text(stamp, encoding="utf-8")
    cohort.put("amara/workbook.ipynb", notebook(says="collected"), BEFORE)
    summary = cohort.collect()
    assert cohort.submitted()[COUNTS] == notebook(says="by hand")
    assert cohort.submitted()[TIME].startswith(b"2026-02-28 15:00:00")
    assert counts_of(summary) == (1, 0, 0, 1, 0)


def test_a_notebook_that_a_trainer_mended_in_its_place_goes_on_counting(cohort):
    cohort.put("amara/workbook.ipynb", notebook(says="a"), BEFORE)
    cohort.put("amara/bench.ipynb", notebook(U06, "bench"), AFTER)
    cohort.collect()
    (cohort.folder / "submitted" / COUNTS).write_bytes(notebook(says="mended"))
    cohort.collect()
    assert cohort.submitted()[COUNTS] == notebook(says="mended")
    assert cohort.submitted()[TIME].startswith(b"2026-03-05")
    assert len(cohort.received()) == 3


@pytest.mark.parametrize("raw", [b"", b"{ torn"])
def test_a_damaged_hand_in_is_placed_for_the_grader_and_said(cohort, raw):
    cohort.put(f"{U06}/amara/workbook.ipynb", raw)
    summary = cohort.collect()
    assert cohort.submitted()[COUNTS] == raw
    assert "the grader gives it its verdict" in said(summary)[0]
    cohort.put(f"{U06}/amara/workbook.ipynb", notebook(), EARLIER)
    cohort.collect()
    assert cohort.submitted()[COUNTS] == notebook()


def test_a_damaged_hand_in_does_not_take_the_place_of_one_that_can_be_read(cohort):
    cohort.put(f"{U06}/amara/workbook.ipynb", notebook(), EARLIER)
    cohort.put(f"{U06}/amara/workbook-1.ipynb", notebook()[:-900], BEFORE)
    for _ in range(2):
        summary = cohort.collect()
        assert cohort.submitted()[COUNTS] == notebook()
    assert len(cohort.received()) == 2
    assert counts_of(summary)[:2] == (0, 2)


def test_a_damaged_file_of_an_unknown_unit_is_listed(cohort):
    cohort.put("amara/workbook.ipynb", b"")
    assert "nothing says which notebook it was" in cohort.collect().not_placed[0].reason
    assert cohort.everything() == {}


def test_learner_and_unit_are_said_outright(cohort):
    cohort.put("workbook (2).ipynb", b"")
    cohort.collect(cohort.inbox / "workbook (2).ipynb", learner="zoe", unit=U09)
    assert cohort.placed() == [f"zoe/{U09}/workbook"]


def test_a_conflict_is_settled_by_the_trainer_but_a_clear_name_is_not_overruled(cohort):
    cohort.put("amara/sam_workbook.ipynb", notebook(says="1"))
    cohort.put("jun/workbook.ipynb", notebook(says="2"))
    summary = cohort.collect(learner="amara")
    assert cohort.submitted()[COUNTS] == notebook(says="1")
    assert [one.reason for one in summary.not_placed] == ["You say it is amara's; its path says it is jun's."]
    assert cohort.placed() == [PLACE]


def test_two_learners_of_one_name_are_not_guessed(cohort):
    cohort.enrol([Learner(id, "Ana Lima", "", "other", "workbook") for id in ("a1", "a2")])
    cohort.zip("m.zip", {"Ana Lima_7_assignsubmission_file/workbook.ipynb": notebook()})
    assert cohort.collect().not_placed[0].reason == "“Ana Lima” may be a1 or a2."
    assert cohort.everything() == {}


def test_a_json_file_is_a_notebook_only_by_its_cells(cohort):
    cohort.put("amara/workbook.json", notebook())
    cohort.put("amara/settings.json", b'{"a": 1}')
    assert cohort.collect().aside == {".json file": 1}
    assert cohort.placed() == [PLACE]


@pytest.mark.parametrize("place", ["amara", f"amara/{U06}", COUNTS])
def test_nothing_is_written_through_a_link_in_submitted(cohort, tmp_path, place):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = cohort.folder / "submitted" / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    cohort.put("amara/workbook.ipynb", notebook())
    cohort.put("jun/workbook.ipynb", notebook())
    summary = cohort.collect()
    assert "is a link" in summary.not_placed[0].reason
    assert list(elsewhere.iterdir()) == []
    assert f"jun/{U06}/workbook" in cohort.placed()
    assert len(cohort.received()) == 2
    assert counts_of(summary) == (2, 0, 1, 1, 0)


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def interrupted(monkeypatch, steps):
    """End the run before write number `steps`, or in the middle of that write."""
    done = iter(range(steps))

    def step():
        if next(done, None) is None:
            raise Killed

    def write_bytes(path, raw, _real=received_folder.Path.write_bytes):
        step()
        _real(path, raw[: len(raw) // 2])
        step()
        return _real(path, raw)

    def replace(path, target, _real=received_folder.Path.replace):
        step()
        return _real(path, target)

    def say(received, record, damaged, _real=received_folder.Received._say):
        step()
        _real(received, record, damaged)
        try:
            step()
        except Killed:
            log = received.folder / received_folder.LOG
            log.write_text(log.read_text(encoding="utf-8")[:-7], encoding="utf-8")  # a torn line
            raise

    monkeypatch.setattr(received_folder.Path, "write_bytes", write_bytes)
    monkeypatch.setattr(received_folder.Path, "replace", replace)
    monkeypatch.setattr(received_folder.Received, "_say", say)


def test_killed_at_any_moment_and_run_again_the_end_is_the_same(cohort):
    stood = cohort.folder / "submitted" / COUNTS
    stood.parent.mkdir(parents=True)
    stood.write_bytes(notebook(says="stood"))
    os.utime(stood, (utc(EARLIER),) * 2)
    cohort.put("amara/workbook.ipynb", notebook(says="1"))
    cohort.zip(
        "z.zip", {"amara/workbook.ipynb": notebook(says="2"), "amara/bench.ipynb": notebook(U06, "bench")}
    )
    cohort.put(f"{U06}/jun/workbook.ipynb", b"")
    for steps in range(1000):
        with pytest.MonkeyPatch.context() as patch:
            interrupted(patch, steps)
            try:
                cohort.collect()
                break
            except Killed:
                pass
        cohort.collect()
        now = {name: raw for name, raw in cohort.everything().items() if not name.endswith(".part")}
        lines = (cohort.folder / "received/amara/log.jsonl").read_bytes().splitlines()
        whole = [line for line in lines if line.endswith(b"}")]
        if steps == 0:
            expected = now
        assert now == expected, steps
        assert len({json.loads(line)["sha256"] for line in whole}) == 4
        for top in ("received", "submitted"):
            for path in sorted((cohort.folder / top).rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
        stood.parent.mkdir(parents=True)
        stood.write_bytes(notebook(says="stood"))
        os.utime(stood, (utc(EARLIER),) * 2)
    assert steps > 20


def test_while_a_grader_works_nothing_is_changed(cohort):
    cohort.put("amara/workbook.ipynb", notebook())
    with grading_lock(cohort.folder / ".grading"), pytest.raises(HindcastError, match="at work"):
        cohort.collect()
    assert cohort.everything() == {}


@pytest.mark.parametrize("place", [".", "autograded/amara", "submitted", "received"])
def test_what_the_cohort_holds_is_not_collected(cohort, place):
    (cohort.folder / place).mkdir(parents=True, exist_ok=True)
    with pytest.raises(HindcastError, match="Name the folder where that was saved"):
        cohort.collect(cohort.folder / place)


def test_a_learner_who_is_none_is_an_error(cohort):
    with pytest.raises(HindcastError, match="There is no learner 'ana'"):
        cohort.collect(learner="ana")


def test_hostile_and_damaged_things_stop_nothing_else(cohort):
    cohort.put("a.zip", b"no zip")
    cohort.zip("b.zip", {entry("../amara/workbook.ipynb"): b"", "jun/workbook.ipynb": notebook()})
    cohort.put("zoe/workbook.ipynb", notebook())
    summary = cohort.collect()
    assert cohort.placed() == [f"jun/{U06}/workbook", f"zoe/{U06}/workbook"]
    assert len(summary.not_placed) == 2


def test_hand_ins_are_not_held_in_memory(cohort):
    """A run keeps little of each hand-in and frees its bytes."""
    import tracemalloc

    for number in range(30):
        cohort.put(f"{number}/amara/workbook.ipynb", notebook(says="x" * 500_000 + str(number)))
    run = collecting.Collection(REPOSITORY, cohort.folder, None, None)
    tracemalloc.start()
    run.run([cohort.inbox])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10_000_000
