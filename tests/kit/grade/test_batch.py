"""A cohort with hostile hand-ins in it: points, verdicts, what is left behind, and a grader that is killed.

Benign hand-ins have to get exactly what stock `nbgrader autograde`, really run on them, gives.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "hostile"))
import cohort as course
import make
from nbgrader.api import Gradebook

from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.sandbox.isolation import isolation_obstacle

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle())),
    # nbgrader's own, with SQLAlchemy 2.1
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]

BENIGN = [name for name in make.names() if name.startswith("benign_")]
HOSTILE = [
    "cells_before_keep_points_interrupt_is_ignored",
    "cells_before_keep_points_os_exit",
    "cells_before_keep_points_segfault",
    "cells_before_keep_points_kills_itself_and_all_others",
    "points_kept_kills_every_other_process",
    "points_kept_forks_without_end",
    "points_kept_takes_all_memory",
    "points_kept_fills_the_disk",
    "points_kept_100_mb_printed",
    "points_kept_200_mb_in_one_display",
    "points_kept_process_left_behind",
    "points_kept_closes_stdin_stdout_stderr",
    "points_kept_changes_directory_and_deletes_its_files",
    "refused_50_mb",
    "refused_link_out_of_the_folder",
    "points_kept_10_000_cells",
    "scored_as_it_is_writes_to_the_gradebook",
    "scored_as_it_is_modules_beside_the_notebook",
    "restored_flags_flipped_with_a_test_of_ones_own",
    "points_kept_names_a_module_that_exits",
]
MEGABYTE = 1 << 20
MOST_MEMORY = 400 * MEGABYTE  # main process and trusted processes together
KILLS = 20
PR_SET_CHILD_SUBREAPER = 36
OTHERS: set[int] = set()  # children of this process that no test here started


# --- processes ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _orphans_come_to_us():
    """A process that outlives the grader becomes a child of this one, whoever started it."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    OTHERS.clear()
    OTHERS.update(children(os.getpid()))  # such as the servers of browser tests
    yield
    left = wait_for_nobody(10)
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    assert left == [], "processes were left"


def children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def wait_for_nobody(seconds: float) -> list[str]:
    """Wait for our new children to end, at most these seconds. Return the command lines of those left."""
    until = time.monotonic() + seconds
    while True:
        for pid in set(children(os.getpid())) - OTHERS:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        left = sorted(set(children(os.getpid())) - OTHERS)
        if not left or time.monotonic() > until:
            return [command_line(pid) for pid in left]
        time.sleep(0.05)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def trusted(pid: int) -> Iterator[int]:
    """A process and those below it, down to the sandboxes, which are left out."""
    if Path(command_line(pid).split(" ")[0]).name in ("bwrap", "setpriv"):
        return
    yield pid
    for child in children(pid):
        yield from trusted(child)


def memory(pid: int) -> int:
    """The proportional set size of a process in bytes; 0 when it is gone."""
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


class Watched:
    """A run of the command with an eye on the memory of its own processes (not the learners')."""

    def __init__(self, cohort: Path, *options: str):
        root = cohort.parents[2]
        self.process = subprocess.Popen(
            course.command("--json", *options),
            cwd=root,
            env=course.environment(root),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.most, self.seconds = 0, -time.monotonic()
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        self.said, self.complained = self.process.communicate(timeout=600)
        self.seconds += time.monotonic()
        watcher.join()

    def _watch(self) -> None:
        while self.process.poll() is None:
            self.most = max(self.most, sum(memory(pid) for pid in trusted(self.process.pid)))
            time.sleep(0.05)


# --- a cohort and its files ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released():
    return make.released()


@pytest.fixture(scope="module")
def stock_cohort(tmp_path_factory, released) -> Path:
    """Each benign hand-in, graded once by stock nbgrader."""
    cohort = course.cohort_in(tmp_path_factory.mktemp("stock") / "checkout")
    for name in BENIGN:
        make.hand_in(name, course.folder_of(cohort, name), released)
    course.stock(cohort, "--log-level=ERROR")
    return cohort


@pytest.fixture(scope="module")
def stock_points(stock_cohort) -> dict[str, dict]:
    """The points it gave."""
    return course.points(stock_cohort)


def graded_cells(cohort: Path, learner: str) -> dict[str, list[dict]]:
    """Sources and outputs of each graded notebook, without what differs at every run."""
    found = {}
    for path in sorted((cohort / "autograded" / learner).glob("*/*.ipynb")):
        text = re.sub(r"ipykernel_\d+|0x[0-9a-f]{6,}", "", path.read_text(encoding="utf-8"))
        cells = json.loads(text)["cells"]
        found[path.stem] = [{key: cell.get(key) for key in ("id", "source", "outputs")} for cell in cells]
    return found


def filled(root: Path, released, names: list[str]) -> Path:
    """A cohort whose learners l00, l01, ... hand these in."""
    cohort = course.cohort_in(root)
    for number, name in enumerate(names):
        make.hand_in(name, course.folder_of(cohort, f"l{number:02d}"), released)
    return cohort


def mixed(count: int, hostile: list[str]) -> list[str]:
    """`count` names, every third one hostile."""
    return [
        hostile[number // 3 % len(hostile)] if number % 3 == 2 else BENIGN[number % len(BENIGN)]
        for number in range(count)
    ]


def tree(root: Path, *without: Path) -> str:
    """A hash of every name, mode and byte below a folder, but for some folders in it."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if any(path.is_relative_to(folder) for folder in without):
            continue
        mode = path.lstat().st_mode
        digest.update(f"{path.relative_to(root)} {mode}\0".encode("utf-8", "surrogateescape"))
        if path.is_symlink():
            digest.update(os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def graded_files(cohort: Path) -> dict[str, bytes]:
    """The files of the graded folders, by path."""
    folder = cohort / "autograded"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def cohort(tmp_path, released):
    """Four learners, one of them hostile."""
    yield filled(tmp_path / "checkout", released, [*BENIGN[:3], "cells_before_keep_points_os_exit"])
    course.remove(tmp_path / "checkout")


# --- sixty hand-ins -----------------------------------------------------------------------------------------


class Batch:
    """Sixty hand-ins graded, with a look at the tree before and after."""

    def __init__(self, root: Path, released):
        self.names = mixed(60, HOSTILE)
        self.cohort = filled(root, released, self.names)
        temporary = root / "temporary"
        course.environment(root)
        self.handed_in = tree(self.cohort / "submitted")
        self.before = tree(root, self.cohort, temporary)
        self.run = Watched(self.cohort, "--timeout", "2")
        self.after = tree(root, self.cohort, temporary)
        self.left = [path.name for path in temporary.iterdir()]
        self.points = course.points(self.cohort)


@pytest.fixture(scope="module")
def batch(tmp_path_factory, released):
    root = tmp_path_factory.mktemp("batch") / "checkout"
    yield Batch(root, released)
    course.remove(root)


def test_the_batch_ends_well(batch):
    print(f"\n60 hand-ins in {batch.run.seconds:.1f} s, {batch.run.most / MEGABYTE:.0f} MB")
    assert batch.run.process.returncode == 0, batch.run.complained


def test_each_benign_hand_in_gets_exactly_its_stock_points(batch, stock_points):
    benign = {f"l{n:02d}": name for n, name in enumerate(batch.names) if name in BENIGN}
    assert len(benign) == 40
    got = {learner: batch.points.get(learner) for learner in benign}
    assert got == {learner: stock_points[name] for learner, name in benign.items()}


def test_every_cell_of_a_benign_hand_in_shows_what_it_shows_under_stock(batch, stock_cohort):
    for number, name in enumerate(batch.names):
        if name in BENIGN:
            assert graded_cells(batch.cohort, f"l{number:02d}") == graded_cells(stock_cohort, name), name


def test_each_hostile_hand_in_gets_its_stated_verdict(batch):
    hostile = {f"l{n:02d}": name for n, name in enumerate(batch.names) if name not in BENIGN}
    assert len(set(hostile.values())) == 20
    got = {learner: batch.points.get(learner) for learner in hostile}
    assert got == {learner: course.expected_points(name) for learner, name in hostile.items()}


def test_nothing_outside_the_cohort_changes(batch):
    assert batch.after == batch.before
    assert tree(batch.cohort / "submitted") == batch.handed_in
    assert batch.left == []


def test_the_grader_s_own_memory_stays_small(batch):
    assert 20 * MEGABYTE < batch.run.most < MOST_MEMORY, f"{batch.run.most / MEGABYTE:.0f} MB"


# --- killed -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, released):
    """(a cohort that nobody graded yet, the seconds one run takes, the gradebook and the files after it)."""
    names = mixed(
        9,
        ["cells_before_keep_points_os_exit", "points_kept_sleeps_for_ever", "restored_grade_id_changed"],
    )
    fresh = filled(tmp_path_factory.mktemp("fresh") / "checkout", released, names)
    done = fresh.parents[2].with_name("done")
    shutil.copytree(fresh.parents[2], done, symlinks=True)
    cohort = done / fresh.relative_to(fresh.parents[2])
    run = Watched(cohort, "--timeout", "2")
    assert run.process.returncode == 0, run.complained
    return fresh, run.seconds, course.gradebook(cohort), graded_files(cohort)


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_a_random_instant_the_next_run_finishes_what_is_missing(number, undisturbed, tmp_path):
    fresh, seconds, gradebook, files = undisturbed
    root = Path(shutil.copytree(fresh.parents[2], tmp_path / "checkout", symlinks=True))
    cohort = root / fresh.relative_to(fresh.parents[2])
    instant = random.Random(number).uniform(0.1, 1) * seconds
    process = subprocess.Popen(
        course.command("--timeout", "2"),
        cwd=root,
        env=course.environment(root),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(instant)
    process.kill()
    process.wait()
    assert wait_for_nobody(10) == [], "killed, it leaves processes"
    there = len(list((cohort / "autograded").glob(f"*/{make.UNIT}")))
    summary = course.graded(cohort, "--timeout", "2")
    assert summary["unchanged"] <= there, "something was taken for done that was not"
    assert summary["graded"] + summary["unchanged"] == 9
    assert course.gradebook(cohort) == gradebook
    assert graded_files(cohort) == files
    assert [path.name for path in (cohort / ".grading").iterdir()] == ["lock"]
    course.remove(root)


def test_interrupted_it_ends_at_once_and_the_next_run_finishes(undisturbed, tmp_path):
    fresh, _, gradebook, files = undisturbed
    root = Path(shutil.copytree(fresh.parents[2], tmp_path / "checkout", symlinks=True))
    cohort = root / fresh.relative_to(fresh.parents[2])
    process = subprocess.Popen(
        course.command("--timeout", "2", "--workers", "1"),  # so that most is left when the first is done
        cwd=root,
        env=course.environment(root),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # tests run in the background inherit an ignored SIGINT
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    while not any((cohort / "autograded").iterdir()) and time.monotonic() < until:
        time.sleep(0.01)  # the first of nine is done
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to the whole group
    said, complained = process.communicate(timeout=10)
    assert process.returncode not in (0, -signal.SIGKILL), said + complained
    assert "Traceback" not in complained
    assert list((root / "temporary").iterdir()) == []
    course.graded(cohort, "--timeout", "2")
    assert course.gradebook(cohort) == gradebook
    assert graded_files(cohort) == files


# --- again, two at once, changes during a run ---------------------------------------------------------------


def test_of_two_graders_started_at_once_the_second_says_so_and_leaves(undisturbed, tmp_path):
    fresh, _, gradebook, _ = undisturbed
    root = Path(shutil.copytree(fresh.parents[2], tmp_path / "checkout", symlinks=True))
    cohort = root / fresh.relative_to(fresh.parents[2])
    two = [
        subprocess.Popen(
            course.command("--timeout", "2"),
            cwd=root,
            env=course.environment(root),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [(process.communicate(timeout=120), process) for process in two]
    (_, done), ((_, complained), refused) = sorted(ended, key=lambda item: item[1].returncode)
    assert (done.returncode, refused.returncode) == (0, 2)
    assert f"process {done.pid}" in complained
    assert "Traceback" not in complained
    assert course.gradebook(cohort) == gradebook


def test_one_worker_gives_the_same_as_many(undisturbed, tmp_path):
    fresh, _, gradebook, files = undisturbed
    root = Path(shutil.copytree(fresh.parents[2], tmp_path / "checkout", symlinks=True))
    cohort = root / fresh.relative_to(fresh.parents[2])
    course.graded(cohort, "--timeout", "2", "--workers", "1")
    assert course.gradebook(cohort) == gradebook
    assert graded_files(cohort) == files


def test_only_the_hand_in_that_changed_is_graded_again(cohort, released):
    first = course.graded(cohort)
    assert (first["graded"], first["unchanged"]) == (4, 0)
    files = graded_files(cohort)
    (course.folder_of(cohort, "l02") / f"{make.NAME}.ipynb").unlink()
    make.put(course.folder_of(cohort, "l02"), make.answered(released, make.WRONG))
    second = course.graded(cohort)
    assert (second["graded"], second["unchanged"]) == (1, 3)
    changed = {name for name, content in graded_files(cohort).items() if files.get(name) != content}
    assert {name.split("/")[0] for name in changed} == {"l02"}
    assert course.points(cohort)["l02"]["letters"] == 0


def test_touching_a_hand_in_changes_nothing(cohort):
    course.graded(cohort)
    for path in course.folder_of(cohort, "l01").iterdir():
        os.utime(path, (0, 0))
    assert course.graded(cohort)["graded"] == 0


def test_no_old_score_is_kept_when_the_test_is_deleted(cohort, released):
    course.graded(cohort)
    assert course.points(cohort)["l00"]["square"] == 2
    wrong = make.answered(released, make.WRONG)
    wrong.cells.remove(make.cell(wrong, "square_test"))
    make.put(course.folder_of(cohort, "l00"), wrong)
    course.graded(cohort)
    assert course.points(cohort)["l00"]["square"] == 0


def test_regrade_grades_all_and_gives_the_same(cohort):
    course.graded(cohort)
    gradebook, files = course.gradebook(cohort), graded_files(cohort)
    again = course.graded(cohort, "--regrade")
    assert (again["graded"], again["unchanged"]) == (4, 0)
    assert course.gradebook(cohort) == gradebook
    assert graded_files(cohort) == files


def test_one_learner_can_be_graded_alone(cohort):
    assert course.graded(cohort, "--learner", "l01")["graded"] == 1
    assert list(course.points(cohort)) == ["l01"]
    assert course.graded(cohort)["graded"] == 3


@pytest.mark.parametrize("options", [(), ("--regrade",)])
def test_points_and_comments_of_a_person_stay(cohort, options):
    course.graded(cohort)
    with Gradebook(gradebook_url(cohort), "") as book:
        grade = book.find_grade("why", make.NAME, make.UNIT, "l00")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.5, False
        comment = book.find_comment("why", make.NAME, make.UNIT, "l00")
        comment.manual_comment = "Well said."
        other = book.find_grade("square_test", make.NAME, make.UNIT, "l01")
        other.manual_score = 1.0
        book.db.commit()
    path = course.folder_of(cohort, "l00") / "notes.txt"
    path.write_text("The folder has changed.")
    course.graded(cohort, *options)
    rows = course.gradebook(cohort)
    assert rows[("l00", make.NAME, "why")]["manual_score"] == 1.5
    assert rows[("l00", make.NAME, "why")]["extra_credit"] == 0.5
    assert rows[("l00", make.NAME, "comment on why")]["manual_comment"] == "Well said."
    assert rows[("l01", make.NAME, "square_test")]["manual_score"] == 1.0


def test_a_gradebook_locked_for_some_seconds_loses_nobody(cohort):
    path = cohort / "gradebook.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(8, other.rollback)
    release.start()
    summary = course.graded(cohort)
    release.join()
    other.close()
    assert summary["graded"] == 4
    assert len(course.points(cohort)) == 4


def test_a_gradebook_locked_while_hand_ins_are_graded_loses_nobody(cohort):
    root = cohort.parents[2]
    process = subprocess.Popen(
        course.command("--json"), cwd=root, env=course.environment(root), stdout=subprocess.PIPE, text=True
    )
    scratch = cohort / ".grading" / "scratch"
    while not list(scratch.glob("process-*")):
        time.sleep(0.02)
    other = sqlite3.connect(cohort / "gradebook.db", isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(7)
    other.rollback()
    other.close()
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert len(course.points(cohort)) == 4


def test_folders_that_cannot_be_written_are_graded_as_others(cohort):
    for folder in (cohort / "submitted").glob(f"*/{make.UNIT}"):
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
    before = tree(cohort / "submitted")
    assert course.graded(cohort)["graded"] == 4
    assert tree(cohort / "submitted") == before
    assert course.graded(cohort, "--regrade")["graded"] == 4


def test_a_graded_folder_that_was_removed_is_made_again(cohort):
    course.graded(cohort)
    files = graded_files(cohort)
    course.remove(cohort / "autograded" / "l00")
    assert course.graded(cohort)["graded"] == 1
    assert graded_files(cohort) == files


def test_a_gradebook_row_that_was_removed_is_written_again(cohort):
    course.graded(cohort)
    rows = course.gradebook(cohort)
    with Gradebook(gradebook_url(cohort), "") as book:
        book.remove_submission(make.UNIT, "l00")
    assert course.graded(cohort)["graded"] == 1
    assert course.gradebook(cohort) == rows


def test_other_cohorts_and_other_units_are_left_alone(cohort):
    other = cohort.with_name("autumn")
    shutil.copytree(cohort, other)
    elsewhere = cohort / "autograded" / "l00" / "02_other"
    elsewhere.mkdir(parents=True)
    (elsewhere / "kept.txt").write_text("kept")
    before = tree(other)
    course.graded(cohort)
    assert tree(other) == before
    assert (elsewhere / "kept.txt").read_text() == "kept"
