"""Deleting a learner: all traces of one go, everything of the others stays, and the counts are right."""

import json
import os
import re
import shutil
import signal
import sqlite3
import unicodedata

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tiny_unit import UNIT
from typer.testing import CliRunner

from hindcast.check import RESULT_MIME
from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.cohort import forget as forgetting
from hindcast.kit.cohort import traces
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.cohort.folder import UNDER_DELETION
from hindcast.kit.cohort.forget import deletion_question, deletion_sentences, find_person, forget_learner
from hindcast.kit.cohort.forgotten import ExerciseCounts, Forgotten, forgotten_counts
from hindcast.kit.gradebook import entries
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.plumbing.lock import GRADING_FOLDER, grading_lock
from hindcast.kit.roster.roster import Learner, read_own_roster, write_roster

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

MORE = "02_more"
LEARNERS = [
    Learner("ana", "Ana Zorrilla Prado", "ana.zp@example.org", "designer", "workbook"),
    Learner("anabel", "Anabel Ruiz", "anabel@example.org", "engineer", "workbook"),
    Learner("an", "Ánh Vũ", "", "other", "workbook"),
    Learner("joana", "Joana Pinto", "joana@example.org", "analyst", "workbook and bench"),
]
ANA = LEARNERS[0]
LETTERS = (UNIT, "workbook", "letters")


def graded(status="scored", points=0.0, mistakes=()):
    """A graded notebook as autograding leaves it."""
    data = {"exercise": "letters", "status": status, "points": points, "of": 2.0, "mistakes": list(mistakes)}
    output = new_output("display_data", {"text/plain": "shown", RESULT_MIME: data})
    record = {"grade": True, "grade_id": "letters_test", "points": 2, "solution": False, "locked": True}
    cell = new_code_cell("check", metadata={"nbgrader": record}, outputs=[output])
    return nbformat.writes(new_notebook(cells=[cell]))


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def hand_in(cohort, learner, unit, notebook, auto=None, manual=None):
    """A learner's unit as it is after a whole round: received, handed in, graded, with feedback."""
    from nbgrader.api import Gradebook

    for step in ("submitted", "received", "autograded", "feedback"):
        put(cohort / step / learner.id / unit / "workbook.ipynb", notebook)
        put(cohort / step / learner.id / unit / "about.txt", f"{learner.id} {learner.name} {learner.email}")
    put(cohort / "received" / learner.id / "log.jsonl", json.dumps({"from": learner.email}))
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.add_submission(unit, learner.id, timestamp="2026-11-30 10:00:00 UTC")
        grade = gradebook.find_grade("letters_test", "workbook", unit, learner.id)
        grade.auto_score, grade.manual_score = auto, manual
        grade.needs_manual_grade = auto is None and manual is None
        comment = gradebook.find_comment("letters", "workbook", unit, learner.id)
        comment.manual_comment = f"Well begun, {learner.name}."
        gradebook.db.commit()


@pytest.fixture(scope="module")
def played(built, tmp_path_factory):
    """A cohort of four in the middle of a course of two units. Shared by tests: read only."""
    root = shutil.copytree(built, tmp_path_factory.mktemp("forget") / "checkout")
    shutil.copytree(root / "solutions" / UNIT, root / "solutions" / MORE)
    write_roster(LEARNERS, root / "roster.csv")
    cohort = new_cohort(root, "spring", root / "roster.csv")
    (root / "roster.csv").unlink()
    for learner in LEARNERS:
        hand_in(cohort, learner, UNIT, graded(points=1.0, mistakes=["count_is_rate"]), auto=1.0)
    hand_in(cohort, ANA, MORE, graded("not attempted"), auto=0.0, manual=0.5)
    for name in ("report", "export"):
        put(cohort / name / "index.html", " ".join(learner.name for learner in LEARNERS))
    put(cohort / GRADING_FOLDER / "scratch" / "00001" / "copy.ipynb", "the work of ana")
    put(cohort / ".roster.csv.new", "ana,Ana Zorrilla Prado")
    put(cohort.parent / ".spring-a1b2c3d4" / "cohort" / "roster.csv", "ana,Ana Zorrilla Prado")
    put(cohort.parent / ".spring-2-a1b2c3d4" / "cohort" / "roster.csv", "another cohort's")
    return cohort


@pytest.fixture
def cohort(played, tmp_path):
    """The cohort in a checkout that a test may change."""
    root = shutil.copytree(played.parents[2], tmp_path / "checkout")
    return root / "grading" / "cohorts" / "spring"


def rows(cohort, *learners):
    """Everything the gradebook has of these learners, as plain rows."""
    with sqlite3.connect(cohort / "gradebook.db") as db:
        marks = ",".join("?" * len(learners))
        ids = [one.id for one in learners]
        mine = f"select id from submitted_assignment where student_id in ({marks})"
        notebooks = f"select id from submitted_notebook where assignment_id in ({mine})"
        found = {
            "student": f"select * from student where id in ({marks})",
            "submitted_assignment": f"select * from submitted_assignment where student_id in ({marks})",
            "submitted_notebook": f"select * from submitted_notebook where assignment_id in ({mine})",
            "grade": f"select * from grade where notebook_id in ({notebooks})",
            "comment": f"select * from comment where notebook_id in ({notebooks})",
        }
        read = {name: sorted(db.execute(query, ids).fetchall(), key=str) for name, query in found.items()}
    db.close()
    return read


def how_many(cohort):
    with sqlite3.connect(cohort / "gradebook.db") as db:
        counts = {
            name: db.execute(f"select count(*) from {name}").fetchone()[0] for name in rows(cohort, ANA)
        }
    db.close()
    return counts


def traces_of(learner, folder):
    """Every place below the folder that holds the learner's bytes, also as part of a file's name.

    An id counts as a whole word only: anabel does not contain ana.
    """
    words = [unicodedata.normalize(form, learner.name) for form in ("NFC", "NFD")]
    words += [*learner.name.split()[1:], learner.email]
    anywhere = [word.encode(code) for word in words if word for code in ("utf-8", "utf-16-le", "utf-16-be")]
    alone = re.compile(rb"(?<![a-z0-9])" + learner.id.encode() + rb"(?![a-z0-9])")
    found = []
    for path in folder.rglob("*"):
        content = os.fsencode(path.relative_to(folder)) + b"\n"
        content += path.read_bytes() if path.is_file() else b""
        if alone.search(content) or any(word in content for word in anywhere):
            found.append(str(path.relative_to(folder)))
    return found


def others_files(cohort):
    return {
        str(path.relative_to(cohort)): path.read_bytes()
        for step in traces.STEPS
        for learner in LEARNERS[1:]
        for path in (cohort / step / learner.id).rglob("*")
        if path.is_file()
    }


def test_the_search_of_these_tests_finds_what_is_there(cohort):
    found = traces_of(ANA, cohort.parent)
    expected = [
        "spring/roster.csv",
        "spring/gradebook.db",
        f"spring/submitted/ana/{UNIT}/workbook.ipynb",
        "spring/received/ana/log.jsonl",
        "spring/report/index.html",
        "spring/.grading/scratch/00001/copy.ipynb",
        ".spring-a1b2c3d4/cohort/roster.csv",
    ]
    assert set(expected) <= set(found)
    assert not any("anabel" in path for path in found)


def test_no_byte_of_the_learner_is_left_and_the_others_are_as_they_were(cohort):
    others, files = rows(cohort, *LEARNERS[1:]), others_files(cohort)
    before = how_many(cohort)
    (done,) = forget_learner(cohort, "ana")
    assert traces_of(ANA, cohort.parent) == []
    assert rows(cohort, *LEARNERS[1:]) == others
    assert others_files(cohort) == files
    assert read_own_roster(cohort) == LEARNERS[1:]
    assert {name: before[name] - count for name, count in how_many(cohort).items()} == {
        "student": 1,
        "submitted_assignment": 2,
        "submitted_notebook": 2,
        "grade": 2,
        "comment": 2,
    }
    assert (done.person.id, done.again, done.maybe, done.database) == ("ana", ["report", "export"], [], "")
    assert (cohort.parent / ".spring-2-a1b2c3d4").is_dir()
    assert sorted(path.name for path in cohort.iterdir()) == [
        ".grading",
        "autograded",
        "counts.json",
        "feedback",
        "gradebook.db",
        "nbgrader_config.py",
        "received",
        "roster.csv",
        "submitted",
    ]


def test_what_sqlite_keeps_of_deleted_rows_goes_too(cohort):
    """Some builds of SQLite wipe what they delete, others do not."""
    file = cohort / "gradebook.db"
    with sqlite3.connect(file) as db:
        db.execute("pragma secure_delete = off")
        db.execute("delete from student where id = 'ana'")
    db.close()
    assert b"ana.zp@example.org" in file.read_bytes()
    assert entries.vacuum(gradebook_url(cohort)) == ""
    assert b"ana.zp@example.org" not in file.read_bytes()


def test_the_counts_say_what_the_learner_did_and_no_more(cohort):
    forget_learner(cohort, "ana")
    counts = forgotten_counts(cohort)
    assert (counts.learners, counts.handed_in) == (1, {UNIT: 1, MORE: 1})
    assert counts.exercises == {
        LETTERS: ExerciseCounts(1, 1.0, 2.0, 0, {"scored": 1}, {"count_is_rate": 1}),
        (MORE, "workbook", "letters"): ExerciseCounts(1, 0.5, 2.0, 0, {"not attempted": 1}, {}),
    }
    assert not re.search(r"20\d\d", (cohort / "counts.json").read_text())


def test_the_counts_of_several_add_up(cohort):
    for learner in LEARNERS:
        forget_learner(cohort, learner.id)
    counts = forgotten_counts(cohort)
    assert (counts.learners, counts.handed_in) == (4, {UNIT: 4, MORE: 1})
    assert counts.exercises[LETTERS] == ExerciseCounts(4, 4.0, 8.0, 0, {"scored": 4}, {"count_is_rate": 4})
    assert read_own_roster(cohort) == []
    assert [traces_of(learner, cohort) for learner in LEARNERS] == [[], [], [], []]


def test_what_is_not_graded_counts_as_handed_in_only(cohort):
    shutil.rmtree(cohort / "autograded" / "ana")
    put(cohort / "submitted" / "ana" / "holiday pictures of ana" / "a.txt", "mine")
    forget_learner(cohort, "ana")
    assert forgotten_counts(cohort) == Forgotten(1, {UNIT: 1, MORE: 1}, {})


def test_a_hand_in_cannot_write_its_name_into_the_counts(cohort):
    forged = graded("ana was here", mistakes=["ana_zorrilla", "count_is_rate"])
    put(cohort / "autograded" / "ana" / UNIT / "workbook.ipynb", forged)
    put(cohort / "autograded" / "ana" / MORE / "workbook.ipynb", "no notebook, says ana")
    forget_learner(cohort, "ana")
    exercises = forgotten_counts(cohort).exercises
    assert exercises[LETTERS] == ExerciseCounts(1, 1.0, 2.0, 0, {}, {"count_is_rate": 1})
    assert exercises[MORE, "workbook", "letters"] == ExerciseCounts(1, 0.5, 2.0, 0, {}, {})
    assert traces_of(ANA, cohort) == []


def test_an_answer_that_waits_for_a_person_is_counted_as_waiting(cohort):
    from nbgrader.api import Gradebook

    with Gradebook(gradebook_url(cohort), "") as gradebook:
        grade = gradebook.find_grade("letters_test", "workbook", UNIT, "ana")
        grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()
    forget_learner(cohort, "ana")
    assert forgotten_counts(cohort).exercises[LETTERS].waiting == 1


def test_where_nobody_was_deleted_every_count_is_zero(cohort):
    assert forgotten_counts(cohort) == Forgotten(0, {}, {})


def test_counts_that_cannot_be_read_stop_a_deletion_before_anything_goes(cohort):
    (cohort / "counts.json").write_text('{"learners": "some"}')
    with pytest.raises(HindcastError, match=r"counts\.json cannot be read"):
        forget_learner(cohort, "ana")
    assert read_own_roster(cohort) == LEARNERS
    assert not (cohort / UNDER_DELETION).exists()


# --- whom -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "hint"),
    [
        ("anna", "Did you mean ana or joana or an? Nothing was changed."),
        ("Ana", "Did you mean ana"),
        ("joana@example.org", "Did you mean joana"),
        ("anabel ruiz", "Did you mean anabel"),
        ("zzz", "The learners are: an, ana, anabel, joana."),
        ("..", "The learners are: an, ana, anabel, joana."),
        ("", "The learners are: an, ana, anabel, joana."),
    ],
)
def test_an_unknown_id_is_refused_and_those_near_it_are_named(cohort, id, hint):
    before = {path: path.read_bytes() for path in cohort.rglob("*") if path.is_file()}
    with pytest.raises(HindcastError) as error:
        forget_learner(cohort, id)
    assert str(error.value).startswith(f"There is no learner {id!r} in spring. {hint}")
    assert {path: path.read_bytes() for path in cohort.rglob("*") if path.is_file()} == before


def test_a_learner_whom_only_a_folder_or_the_gradebook_knows_can_go_too(cohort):
    put(cohort / "submitted" / "guest" / UNIT / "workbook.ipynb", "by guest")
    with sqlite3.connect(cohort / "gradebook.db") as db:
        db.execute("insert into student (id, last_name) values ('../../old', 'Quixote')")
    db.close()
    put(cohort.parent / "old" / "kept.txt", "not a learner's")
    forget_learner(cohort, "guest")
    forget_learner(cohort, "../../old")
    assert not (cohort / "submitted" / "guest").exists()
    assert b"Quixote" not in (cohort / "gradebook.db").read_bytes()
    assert (cohort.parent / "old" / "kept.txt").exists()
    assert forgotten_counts(cohort).learners == 2


def test_a_link_goes_and_not_what_it_points_to(cohort, tmp_path):
    put(tmp_path / "elsewhere" / "kept.txt", "somebody's")
    shutil.rmtree(cohort / "submitted" / "ana")
    (cohort / "submitted" / "ana").symlink_to(tmp_path / "elsewhere")
    forget_learner(cohort, "ana")
    assert not (cohort / "submitted" / "ana").is_symlink()
    assert (tmp_path / "elsewhere" / "kept.txt").exists()


def test_a_file_that_is_not_hindcasts_is_left_alone_and_named(cohort):
    put(cohort / "grades.csv", "student_id,score\nana,1\n")
    put(cohort / "notes" / "talks.md", "Spoke with ANA ZORRILLA PRADO.")
    put(cohort / "received" / "_unplaced" / "from ana.ipynb", "{}")
    put(cohort / "other.md", "banana, anabel, an-other")
    shutil.copy(cohort / "gradebook.db", cohort / "gradebook.db.2026-11-01")
    (done,) = forget_learner(cohort, "ana")
    named = ["gradebook.db.2026-11-01", "grades.csv", "notes/talks.md", "received/_unplaced/from ana.ipynb"]
    assert sorted(str(path) for path in done.maybe) == named
    assert (cohort / "grades.csv").exists()
    assert "  grades.csv" in deletion_sentences(cohort, done)


# --- killed, or beside others ---------------------------------------------------------------------


def kill_at(call, of, when):
    """Kill this process before or after that call of a function."""
    place, name = of
    whole, calls = getattr(place, name), []

    def killed(*arguments):
        calls.append(arguments)
        if (len(calls), when) == (call, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*arguments)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, killed)


def forget_and_be_killed(cohort, id, call, of, when):
    """Delete a learner in a process of its own; return the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            kill_at(call, of, when)
            forget_learner(cohort, id)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("place", "name", "count"),
    [
        (forgetting, "write_whole", 1),
        (forgetting, "write_whole", 2),
        (forgetting, "remove_learner", 1),
        (forgetting, "write_roster", 1),
        (traces, "remove_path", 1),
        (traces, "remove_path", 3),
        (traces, "remove_path", 8),
        (forgetting, "vacuum", 1),
    ],
)
def test_killed_at_any_step_the_next_run_finishes_and_counts_once(cohort, place, name, count, when):
    others = rows(cohort, *LEARNERS[1:])
    assert forget_and_be_killed(cohort, "ana", count, (place, name), when) == -signal.SIGKILL
    assert traces_of(ANA, cohort) != []
    forget_learner(cohort, "ana")
    assert traces_of(ANA, cohort.parent) == []
    assert rows(cohort, *LEARNERS[1:]) == others
    counts = forgotten_counts(cohort)
    assert (counts.learners, counts.exercises[LETTERS].learners) == (1, 1)
    assert (counts.exercises[LETTERS].points, counts.exercises[MORE, "workbook", "letters"].points) == (
        1,
        0.5,
    )
    with pytest.raises(HindcastError, match="There is no learner 'ana'"):
        forget_learner(cohort, "ana")


def test_an_interrupted_deletion_is_finished_before_the_next_learners(cohort, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("hindcast.kit.cohort.forget.vacuum", interrupted)
    with pytest.raises(KeyboardInterrupt):
        forget_learner(cohort, "ana")
    monkeypatch.undo()
    assert find_person(cohort, "ana").name == ANA.name
    put(cohort / "export" / "points.csv", ANA.name)  # made before it was finished
    ana, joana = forget_learner(cohort, "joana")
    assert (ana.person.id, ana.again) == ("ana", ["report", "export"])
    assert (joana.person.id, joana.again) == ("joana", [])
    assert forgotten_counts(cohort).learners == 2
    assert traces_of(ANA, cohort) == traces_of(LEARNERS[3], cohort) == []


def test_while_a_grader_is_at_work_nobody_is_deleted(cohort):
    with (
        grading_lock(cohort / GRADING_FOLDER),
        pytest.raises(HindcastError, match="Another grader is at work"),
    ):
        forget_learner(cohort, "ana")
    assert read_own_roster(cohort) == LEARNERS
    assert rows(cohort, ANA)["student"]


def test_a_gradebook_in_use_is_said_to_be_and_the_next_run_finishes(cohort, monkeypatch):
    monkeypatch.setattr("hindcast.kit.gradebook.location.with_timeout", lambda url: f"{url}?timeout=0.1")
    holder = sqlite3.connect(cohort / "gradebook.db", isolation_level=None)
    holder.execute("begin immediate")
    with pytest.raises(HindcastError, match="in use, so the deletion is not complete"):
        forget_learner(cohort, "ana")
    holder.execute("rollback")
    holder.close()
    forget_learner(cohort, "ana")
    assert traces_of(ANA, cohort) == []
    assert forgotten_counts(cohort).learners == 1


def test_a_gradebook_with_a_write_ahead_log_keeps_nothing_in_it(cohort, monkeypatch):
    monkeypatch.setattr("hindcast.kit.gradebook.location.with_timeout", lambda url: f"{url}?timeout=0.1")
    reader = sqlite3.connect(cohort / "gradebook.db", isolation_level=None)
    reader.execute("pragma journal_mode = wal")
    reader.execute("begin")
    reader.execute("select * from student").fetchall()
    with pytest.raises(HindcastError, match="in use, so the deletion is not complete"):
        forget_learner(cohort, "ana")  # SQLite's log must keep what this reader sees
    reader.execute("rollback")
    forget_learner(cohort, "ana")
    assert traces_of(ANA, cohort) == []
    reader.close()


def test_of_another_database_it_is_said_what_is_out_of_reach(cohort):
    assert entries.vacuum("postgresql+psycopg2://trainer@127.0.0.1/none") == "postgresql"
    (done,) = forget_learner(cohort, "ana")
    said = " ".join(deletion_sentences(cohort, type(done)(done.person, [], [], "postgresql")))
    assert "The gradebook is a postgresql database: the rows are deleted." in said
    assert "postgresql" not in " ".join(deletion_sentences(cohort, done))


# --- the command ----------------------------------------------------------------------------------


def run(*arguments, typed=None):
    return CliRunner().invoke(cli.app, ["cohort", "forget", *arguments], input=typed)


def test_a_trainer_is_asked_and_no_is_no(cohort, monkeypatch):
    monkeypatch.chdir(cohort.parents[2])
    shown = run("ana", "--cohort", "spring", typed="n\n")
    assert deletion_question(cohort, find_person(cohort, "ana")) in shown.output
    assert "Ana Zorrilla Prado (ana) from spring" in shown.output and "17 files" in shown.output
    assert shown.exit_code == 1
    assert read_own_roster(cohort) == LEARNERS
    assert run("ana", typed="").exit_code == 1


def test_yes_deletes_and_says_what_a_trainer_has_to_do(cohort, monkeypatch):
    monkeypatch.chdir(cohort.parents[2])
    shown = run("ana", "--yes")
    assert shown.exit_code == 0
    assert (
        "report/ and export/ named learners and went too. Make them again: `hindcast report` and"
        in shown.output
    )
    assert "Take the learner out of your own roster file too" in shown.output
    assert traces_of(ANA, cohort) == []
    assert run("joana", typed="y\n").exit_code == 0
    assert read_own_roster(cohort) == LEARNERS[1:3]


def test_nothing_of_a_checkout_is_touched_but_the_cohort(cohort):
    def outside():
        files = [path for path in cohort.parents[2].rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files if cohort.parent not in path.parents}

    before = outside()
    forget_learner(cohort, "ana")
    assert outside() == before
