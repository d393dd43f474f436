"""Hand-ins: which there are, when one has changed, and a safe private copy."""

import os
import socket

import pytest
from nbgrader.coursedir import CourseDirectory

from hindcast.kit.handin import folder as hand_in_folder
from hindcast.kit.handin.folder import HandInFolder, drop_unreadable_time, find_hand_ins, private_copy


@pytest.fixture
def hand_in(tmp_path):
    folder = tmp_path / "submitted" / "ana" / "unit"
    folder.mkdir(parents=True)
    (folder / "workbook.ipynb").write_text("{}", encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "mine.csv").write_text("a,b", encoding="utf-8")
    return HandInFolder("ana", folder)


def copied(hand_in, tmp_path):
    notes = private_copy(hand_in, tmp_path / "copy", ignore=["*.pyc"])
    found = sorted(
        str(p.relative_to(tmp_path / "copy")) for p in (tmp_path / "copy").rglob("*") if p.is_file()
    )
    return found, notes


def test_regular_files_are_copied_with_their_folders(hand_in, tmp_path):
    (hand_in.folder / "old.pyc").write_text("", encoding="utf-8")
    assert copied(hand_in, tmp_path) == (["data/mine.csv", "workbook.ipynb"], [])


def test_a_link_is_left_out_and_told(hand_in, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("others' points", encoding="utf-8")
    (hand_in.folder / "notes.txt").symlink_to(secret)
    (hand_in.folder / "up").symlink_to(tmp_path)
    (hand_in.folder / "bench.ipynb").symlink_to(secret)
    found, notes = copied(hand_in, tmp_path)
    assert found == ["data/mine.csv", "workbook.ipynb"]
    assert sorted(note.reason.split()[0] for note in notes) == ["bench.ipynb", "notes.txt", "up"]
    assert all(note.attention and "link" in note.reason for note in notes)
    assert {note.notebook for note in notes} == {"bench", ""}


def test_a_folder_that_is_a_link_is_not_read(hand_in, tmp_path):
    away = HandInFolder("ben", tmp_path / "ben")
    away.folder.symlink_to(hand_in.folder)
    found, notes = copied(away, tmp_path)
    assert found == []
    assert "link" in notes[0].reason


def test_what_is_no_ordinary_file_is_left_out_and_told(hand_in, tmp_path):
    os.mkfifo(hand_in.folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(hand_in.folder / "s"))
        found, notes = copied(hand_in, tmp_path)
    assert found == ["data/mine.csv", "workbook.ipynb"]
    assert sorted(note.reason for note in notes) == [
        "pipe is no ordinary file; it was not read.",
        "s is no ordinary file; it was not read.",
    ]


def test_too_large_a_notebook_and_too_much_beside_it_are_left_out(hand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(hand_in_folder, "MOST_NOTEBOOK", 10)
    monkeypatch.setattr(hand_in_folder, "MOST_BESIDE", 5)
    (hand_in.folder / "bench.ipynb").write_bytes(b"x" * 11)
    (hand_in.folder / "data" / "more.csv").write_bytes(b"x" * 6)
    found, notes = copied(hand_in, tmp_path)
    assert found == ["data/mine.csv", "workbook.ipynb"]
    assert [note.notebook for note in notes] == ["bench", ""]
    assert "outputs cleared" in notes[0].reason


def test_a_folder_of_very_many_files_is_not_copied_to_its_end(hand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(hand_in_folder, "MOST_FILES", 3)
    for number in range(10):
        (hand_in.folder / f"z{number}").touch()
    found, notes = copied(hand_in, tmp_path)
    assert len(found) == 3
    assert len(notes) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "workbook.ipynb").write_text("{ }", encoding="utf-8"),
        lambda folder: (folder / "new").touch(),
        lambda folder: (folder / "data" / "mine.csv").rename(folder / "data" / "other.csv"),
        lambda folder: (folder / "link").symlink_to("workbook.ipynb"),
        lambda folder: (folder / "workbook.ipynb").unlink(),
    ],
)
def test_any_change_of_a_name_or_byte_changes_the_fingerprint(hand_in, change):
    before = hand_in.fingerprint("asked")
    change(hand_in.folder)
    assert hand_in.fingerprint("asked") != before


def test_time_does_not_change_the_fingerprint_and_the_exercise_does(hand_in):
    before = hand_in.fingerprint("asked")
    os.utime(hand_in.folder / "workbook.ipynb", (0, 0))
    assert hand_in.fingerprint("asked") == before
    assert hand_in.fingerprint("asked anew") != before


def course(tmp_path, **settings):
    made = CourseDirectory(root=str(tmp_path))
    made.assignment_id = "unit"
    for name, value in settings.items():
        setattr(made, name, value)
    return made


def learners(course):
    return [hand_in.learner for hand_in in find_hand_ins(course)]


@pytest.fixture
def many(tmp_path):
    for learner in ("ana", "ben", "c[1]", "dó-é", "e*"):
        (tmp_path / "submitted" / learner / "unit").mkdir(parents=True)
    (tmp_path / "submitted" / "fay" / "another").mkdir(parents=True)
    return tmp_path


def test_every_learner_with_the_assignment_is_found(many):
    assert learners(course(many)) == ["ana", "ben", "c[1]", "dó-é", "e*"]


def test_one_learner_may_be_asked_for_and_others_left_out(many):
    assert learners(course(many, student_id="c[1]")) == ["c[1]"]
    assert learners(course(many, student_id="e*")) == ["e*"]
    assert learners(course(many, student_id_exclude="ana,ben")) == ["c[1]", "dó-é", "e*"]


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-02 15:58:23", "2015-02-02 14:58:23.948203 America/Los_Angeles", "1901-01-01 00:00:00 UTC"],
)
def test_a_time_of_handing_in_is_left_to_nbgrader(tmp_path, text):
    (tmp_path / "timestamp.txt").write_text(text, encoding="utf-8")
    assert drop_unreadable_time(tmp_path) == []
    assert (tmp_path / "timestamp.txt").exists()


@pytest.mark.parametrize("raw", [b"soon", b"\xff\xfe", b"99999999999999999999-01-01", b"{}"])
def test_a_time_that_is_none_is_taken_out_and_told(tmp_path, raw):
    (tmp_path / "timestamp.txt").write_bytes(raw)
    (note,) = drop_unreadable_time(tmp_path)
    assert note.attention
    assert not (tmp_path / "timestamp.txt").exists()
    assert drop_unreadable_time(tmp_path) == []
