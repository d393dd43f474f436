"""Hostile hand-ins: all are graded in one run, then points, notes and lists are tested for each by its name.

tests/hostile/make.py makes the hand-ins. verdicts.toml beside it has the points of each.
"""

import html
import re
import socket
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "hostile"))
import cohort as course
import make

from hindcast.kit.sandbox.isolation import isolation_obstacle

pytestmark = [
    pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle())),
    # nbgrader's own, with SQLAlchemy 2.1
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]

ODD_NAMES = ["=1+1", 'Doe, "Jo"', "née 🧑", "-rf", "@x;y", "a" * 200, "z" + "\u0301\u0323" * 30]
SECONDS = 2.0


class Server:
    """A server on this machine that counts its visitors."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.visits = self.socket.getsockname()[1], 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.visits += 1


class Graded:
    """The cohort after the run, and the output of the command."""

    def __init__(self, cohort: Path, server: Server):
        self.cohort, self.server = cohort, server
        self.before = course.grade(cohort, "--json", "--learner", "nobody")
        self.summary = course.graded(cohort, "--timeout", str(SECONDS))
        self.points = course.points(cohort)
        self.grades = course.gradebook(cohort)
        self.attention: dict[str, list[tuple[str, str]]] = {}
        for item in self.summary["attention"]:
            self.attention.setdefault(item["learner"], []).append((item["cell"], item["reason"]))


@pytest.fixture(scope="session")
def released():
    return make.released()


@pytest.fixture(scope="session")
def graded(tmp_path_factory, released):
    """A cohort in which each learner hands in what his or her name says, graded once for all tests."""
    root = tmp_path_factory.mktemp("hostile") / "checkout"
    cohort = course.cohort_in(root)
    for name in make.names():
        make.hand_in(name, course.folder_of(cohort, name), released)
    for name in ODD_NAMES:
        make.hand_in("benign_all_right", course.folder_of(cohort, name), released)
    server = Server()
    port = course.folder_of(cohort, "scored_as_it_is_opens_a_connection") / "port.txt"
    port.write_text(f"{server.port}\n")
    yield Graded(cohort, server)
    server.socket.close()
    course.remove(root)


def made(name: str, root: Path, released) -> dict[Path, bytes | Path | None]:
    """Make a hand-in below `root`; the content of all that is in it, by path."""
    folder = root / "submitted" / name / make.UNIT
    make.hand_in(name, folder, released)
    return {path.relative_to(folder): content(path, root) for path in folder.rglob("*")}


def content(path: Path, root: Path) -> bytes | Path | None:
    """A file's bytes, what a link leads to, None for a folder or a pipe."""
    if path.is_symlink():
        return path.readlink().relative_to(root)
    return path.read_bytes() if path.is_file() else None


def test_a_hand_in_made_again_has_the_same_bytes(released, tmp_path):
    """Nothing in a hand-in is random, not even a cell's id, so that a verdict can be reproduced."""
    again = make.released()
    differing = [
        name
        for name in make.names()
        if made(name, tmp_path / "first", released) != made(name, tmp_path / "again", again)
    ]
    course.remove(tmp_path)
    assert differing == []


def test_every_hand_in_has_a_verdict_and_a_reason():
    assert sorted(course.VERDICTS) == sorted(make.names())
    assert all(verdict["fair"].endswith(".") for verdict in course.VERDICTS.values())


def test_a_learner_without_a_hand_in_is_named_before_anything_runs(graded):
    assert graded.before.returncode == 2
    assert "nobody" in graded.before.stderr


@pytest.mark.parametrize("name", make.names())
def test_points(name, graded):
    if course.VERDICTS[name].get("nothing"):
        assert name not in graded.points
        assert not (graded.cohort / "autograded" / name).exists()
        return
    seen = course.VERDICTS[name].get("seen", [])
    for cell in seen:
        told = [c for c, _ in graded.attention.get(name, [])]
        assert graded.points[name][cell.removesuffix("_test")] == 0 or cell in told
    if not seen:
        assert graded.points[name] == course.expected_points(name)


@pytest.mark.parametrize("name", make.names())
def test_notes(name, graded):
    verdict = course.VERDICTS[name]
    if verdict.get("any_notes"):
        return
    expected = [(cell, words, False) for cell, words in verdict.get("told", [])]
    expected += [(cell, words, True) for cell, words in verdict.get("attention", [])]
    came = [(note.cell, note.reason, note.attention) for note in course.notes(graded.cohort, name)]
    if verdict.get("nothing"):
        came = [(*item, True) for item in graded.attention[name]]
    assert len(came) == len(expected), came
    for cell, words, attention in expected:
        assert any(c == cell and words in said and a == attention for c, said, a in came), (cell, words, came)


@pytest.mark.parametrize("name", make.names())
def test_what_needs_a_person_is_listed_and_marked_for_the_formgrader(name, graded):
    verdict = course.VERDICTS[name]
    listed = graded.attention.get(name, [])
    if verdict.get("any_notes"):
        return
    assert len(listed) == len(verdict.get("attention", []))
    waits = {
        cell
        for (learner, _, cell), values in graded.grades.items()
        if learner == name and values.get("needs_manual_grade")
    }
    expected = {cell for cell, _ in listed if cell.endswith("_test")}
    if verdict.get("refused"):
        expected = {"letters_test", "split_test", "square_test", "rate_test", "why"}
    elif verdict.get("manual", True) and not verdict.get("nothing"):
        expected.add("why")
    assert waits == expected


@pytest.mark.parametrize("name", make.names())
def test_sentences_are_for_people(name, graded):
    for note in course.notes(graded.cohort, name):
        assert note.reason[-1] in ".:" and "Traceback" not in note.reason and len(note.reason) < 300
        assert note.reason.isprintable(), note.reason


def test_learners_with_odd_names_get_their_points(graded):
    full = course.expected_points("benign_all_right")
    assert {name: graded.points.get(name) for name in ODD_NAMES} == dict.fromkeys(ODD_NAMES, full)


def test_everybody_is_counted(graded):
    folders = {path.parent.name for path in (graded.cohort / "autograded").glob(f"*/{make.UNIT}")}
    nothing = {name for name, verdict in course.VERDICTS.items() if verdict.get("nothing")}
    assert folders == ({*make.names(), *ODD_NAMES} - nothing)
    assert graded.summary["graded"] == len(folders)
    assert graded.summary["broken"] == 0


def test_nobody_reached_the_server(graded):
    assert graded.server.visits == 0


def test_no_scratch_is_left(graded):
    assert sorted(path.name for path in (graded.cohort / ".grading").iterdir()) == ["lock"]
    assert list((graded.cohort.parents[2] / "temporary").iterdir()) == []


def test_graded_folders_hold_ordinary_files_only(graded):
    for path in (graded.cohort / "autograded").rglob("*"):
        assert not path.is_symlink() and (path.is_file() or path.is_dir()), path


def test_graded_notebooks_stay_small(graded):
    assert {
        p.parts[-3] for p in graded.cohort.glob("autograded/*/*/*.ipynb") if p.stat().st_size > 12_000_000
    } == set()


def test_a_second_run_has_nothing_to_do(graded):
    again = course.graded(graded.cohort, "--timeout", str(SECONDS))
    nothing = sum(bool(verdict.get("nothing")) for verdict in course.VERDICTS.values())
    assert (again["graded"], again["unchanged"]) == (0, len(make.names()) + len(ODD_NAMES) - nothing)
    refused = [name for name, verdict in course.VERDICTS.items() if verdict.get("refused")]
    assert {item["learner"] for item in again["attention"]} >= set(refused)
    assert course.gradebook(graded.cohort) == graded.grades


def test_feedback_pages_do_not_show_hidden_tests(graded):
    learners = ["benign_all_wrong", "restored_test_cell_deleted", "cells_before_keep_points_os_exit"]
    for learner in learners:
        done = course.feedback(graded.cohort, "--learner", learner)
        assert done.returncode == 0, done.stderr
        pages = list((graded.cohort / "feedback" / learner).rglob("*.html"))
        texts = [html.unescape(re.sub("<[^>]*>", "", page.read_text(encoding="utf-8"))) for page in pages]
        assert any("letters" in text for text in texts)
        for hidden in ("square(-3)", "result.award", "HIDDEN TESTS", 'answer["letters"] =='):
            assert not any(hidden in text for text in texts), hidden
