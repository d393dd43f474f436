"""`hindcast doctor` on machines that are really broken: kernels, packages, gradebooks, tables, PATH."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from tiny_unit import REPOSITORY, UNIT

import hindcast
from hindcast.errors import HindcastError
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.doctor import checkup, data, environment, jupyter, trainer
from hindcast.kit.doctor.findings import MEND, NOT_NEEDED, OK, mend, not_needed, ok
from hindcast.kit.doctor.page import WIDTH, page_lines
from hindcast.kit.doctor.workplace import Workplace, find_workplace
from hindcast.kit.learn import LESSON
from hindcast.kit.sandbox import isolation

LINUX = pytest.mark.skipif(bool(isolation.isolation_obstacle()), reason="nothing can be isolated here")


@pytest.fixture
def here():
    """This checkout, without cohorts."""
    return Workplace(REPOSITORY)


@pytest.fixture(scope="module")
def with_cohort(built, tmp_path_factory):
    """A checkout with a unit and a cohort of two. Shared by tests: read only."""
    folder = tmp_path_factory.mktemp("taught")
    roster = folder / "roster.csv"
    roster.write_text(
        "id,name,email,role,track\nana,Ana Souza,,designer,workbook\nkofi,Kofi Mensah,,analyst,workbook\n"
    )
    root = Path(shutil.copytree(built, folder / "checkout"))
    new_cohort(root, "spring", roster)
    return root


@pytest.fixture
def taught(with_cohort, tmp_path):
    """The same, for a test that may change it."""
    return Workplace(Path(shutil.copytree(with_cohort, tmp_path / "checkout")), ("spring",))


def gradebook(place):
    return place.root / "grading" / "cohorts" / "spring" / "gradebook.db"


def look_at_cohort(place):
    """The findings about the cohort, the line of what is well first."""
    return trainer.look_at_cohort("spring")(place)


def only_fault(place):
    faults = [found for found in look_at_cohort(place) if found.state != OK]
    assert len(faults) == 1, faults
    return faults[0]


def change(place, *statements):
    with contextlib.closing(sqlite3.connect(gradebook(place))) as db, db:
        for statement in statements:
            db.execute(statement)


def kernel_that_starts(folder, *argv):
    """A kernel `python3` in front of all others."""
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    told = {"argv": [*argv], "display_name": "Python 3", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(told))
    return folder


def doctor(folder, *arguments, **variables):
    """The command itself, in a folder and with other variables; "" takes one away."""
    environ = {name: value for name, value in {**os.environ, **variables}.items() if value != ""}
    command = [sys.executable, "-m", "hindcast", "doctor", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


# --- a machine without faults -----------------------------------------------------------------------


def test_on_a_machine_that_is_well_it_fits_one_screen_and_takes_seconds(taught, monkeypatch):
    (taught.root / LESSON).parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / LESSON, taught.root / LESSON)
    since = time.monotonic()
    ran = doctor(taught.root)
    took = time.monotonic() - since
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    lines = ran.stdout.splitlines()
    assert len(lines) <= 24 and max(map(len, lines[1:])) <= WIDTH
    assert lines[-1] == "All that a learner and a trainer needs works."
    assert "2 learners; the gradebook opens; 1 unit; no due" in ran.stdout.replace("\n" + " " * 30, " ")
    assert took < 30  # about three seconds where nothing else runs


def test_it_changes_nothing(taught, tmp_path):
    def state():
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_size)
            for path in [taught.root, *taught.root.rglob("*")]
            if "__pycache__" not in path.parts
        }

    home = tmp_path / "home"
    home.mkdir()
    before = state()
    doctor(taught.root, GRADING_FOLDER=str(home), PYTHONDONTWRITEBYTECODE="1")
    assert state() == before


def test_a_script_gets_one_object_and_the_same_exit_code(taught):
    gradebook(taught).unlink()
    ran = doctor(taught.root, "--json", "--cohort", "spring")
    told = json.loads(ran.stdout)
    assert ran.returncode == 1 and told["works"] is False
    assert {"name", "who", "state", "says", "fix"} == set(told["checks"][0])
    assert [one["name"] for one in told["checks"] if one["who"] == "trainer"][:2] == [
        "formgrader",
        "isolation",
    ]
    assert all(one["fix"] for one in told["checks"] if one["state"] == MEND)


def test_a_cohort_that_is_not_there_is_one_sentence(taught):
    ran = doctor(taught.root, "--cohort", "autumn")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "There is no cohort 'autumn'. There are: spring." in ran.stderr


# --- each check apart -------------------------------------------------------------------------------


def test_what_breaks_a_check_is_its_own_line_and_the_others_are_looked_at(here):
    def broken(place):
        raise ZeroDivisionError("by nothing")

    def told(place):
        raise HindcastError("The thing is gone.", "Bring it back.")

    wanted = [
        checkup.Check("one", "learner", broken),
        checkup.Check("two", "learner", told),
        checkup.Check("three", "learner", lambda place: ok("fine")),
    ]
    one, two, three = checkup.run_checks(wanted, here)
    assert one.found.state == MEND and "ZeroDivisionError: by nothing" in one.found.says
    assert (two.found.says, two.found.fix) == ("The thing is gone", "Bring it back.")
    assert three.found == ok("fine")


@pytest.mark.parametrize(
    ("learner", "trainer", "taught", "works"),
    [
        (ok("x"), ok("x"), ("spring",), True),
        (mend("x", "y"), ok("x"), (), False),
        (ok("x"), mend("x", "y"), ("spring",), False),
        (ok("x"), mend("x", "y"), (), True),
        (not_needed("x"), not_needed("x"), ("spring",), True),
    ],
)
def test_it_works_when_all_works_for_those_who_are_there(learner, trainer, taught, works):
    lines = [checkup.CheckedLine("a", "learner", learner), checkup.CheckedLine("b", "trainer", trainer)]
    report = checkup.Checkup(Workplace(Path("/x"), taught), lines)
    assert report.works is works
    assert ("needs works" in list(page_lines(report))[-1]) is (MEND not in (learner.state, trainer.state))


def test_every_line_has_a_mark_and_a_word_and_a_fix_stays_on_one_line():
    lines = [
        checkup.CheckedLine("a", "learner", ok("well")),
        checkup.CheckedLine("b", "learner", mend("a fault " * 20, "do this " * 30)),
        checkup.CheckedLine("a-cohort-with-a-long-name", "trainer", not_needed("no")),
    ]
    shown = list(page_lines(checkup.Checkup(Workplace(Path("/x")), lines)))
    words = ("+ ok", "! to mend", "- not needed here")
    assert [sum(word in line for line in shown) for word in words] == [1, 1, 1]
    assert any(line.strip() == f"mend it: {'do this ' * 30}".strip() for line in shown)
    assert "a-cohort-.. no" in "\n".join(shown)
    assert shown[-1] == "To mend: 1 for a learner."


# --- Python, packages, room, clock ------------------------------------------------------------------


def test_a_python_that_is_too_old_or_has_32_bit_is_told(here):
    assert environment.look_at_python(here).state == OK
    assert "make learn PYTHON=" in environment.look_at_python(here, (3, 10, 4)).fix
    assert "3.10.4" in environment.look_at_python(here, (3, 10, 4)).says
    assert environment.look_at_python(here, (3, 13, 0), bits=32).state == MEND


def test_packages_that_are_missing_or_of_another_version_are_named(here, tmp_path):
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    (tmp_path / "requirements.lock").write_text(
        lock
        + "quux-nowhere==1.0 \\\n    --hash=sha256:00\nonly-elsewhere==2.0 ; sys_platform == 'plan9' \\\n"
        + "    --hash=sha256:00\nPyTest==0.1 \\\n    --hash=sha256:00\n"
    )
    found = environment.look_at_packages(Workplace(tmp_path))
    assert found.state == MEND
    assert "missing: quux-nowhere;" in found.says and f"pytest {pytest.__version__} for 0.1" in found.says
    assert "only-elsewhere" not in found.says
    assert f"--require-hashes -r {tmp_path / 'requirements.lock'}" in found.fix


def test_packages_as_locked_are_all_there(here):
    assert environment.look_at_packages(here).state == OK


def test_without_a_lock_the_package_says_what_it_needs(tmp_path, monkeypatch):
    told = tmp_path / "hindcast-9.dist-info"
    told.mkdir()
    needs = "Requires-Dist: quux-nowhere>=3\nRequires-Dist: typer>=0.1\nRequires-Dist: pandas>=99\n"
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: hindcast\nVersion: 9\n{needs}")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = environment.look_at_packages(Workplace(None))
    assert found.says == "missing or too old: quux-nowhere>=3, pandas>=99"
    assert found.fix.endswith("-m pip install 'quux-nowhere>=3' 'pandas>=99'")


def test_a_disk_without_room_is_told_with_what_is_free(here, tmp_path):
    assert environment.look_at_room(here).state == OK
    assert "expected 1000000000.0 GB" in environment.look_at_room(here, needed=10**18).says
    assert environment.look_at_room(here, needed=10**18).fix


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_course_that_cannot_be_written_to_is_told(tmp_path):
    tmp_path.chmod(0o500)
    found = environment.look_at_room(Workplace(tmp_path), needed=1)
    tmp_path.chmod(0o700)
    assert "cannot be written to" in found.says and found.fix.startswith("chmod")


@pytest.mark.parametrize("year", [1970, 2150])
def test_a_clock_that_is_far_off_is_told(here, year):
    now = datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert f"it is not {year}-01-01" in environment.look_at_clock(here, now).says


@pytest.mark.parametrize(
    ("zone", "state"),
    [
        ("", OK),
        ("Europe/Lisbon", OK),
        (":Asia/Kolkata", OK),
        ("CET-1CEST", OK),
        ("<+0330>-3:30", OK),
        ("Europe/Nowhere", MEND),
        ("../etc", MEND),
        ("/no/such/file", MEND),
    ],
)
def test_a_time_zone_that_does_not_exist_is_told(here, monkeypatch, zone, state):
    monkeypatch.setenv("TZ", zone)
    found = environment.look_at_clock(here)
    assert (found.state, found.fix) == (state, "unset TZ" if state == MEND else "")


# --- JupyterLab, nbgrader's parts, the kernel -------------------------------------------------------


def test_a_first_lesson_that_is_missing_or_damaged_is_told(tmp_path):
    lesson = tmp_path / LESSON
    lesson.parent.mkdir(parents=True)
    lesson.write_text("{")
    found = jupyter.look_at_lab(Workplace(tmp_path))
    assert "is not a notebook that can be read" in found.says and "Unpack" in found.fix
    (tmp_path / "solutions").mkdir()
    lesson.unlink()
    found = jupyter.look_at_lab(Workplace(tmp_path))
    assert "is missing" in found.says and found.fix == f"git -C {tmp_path} checkout {LESSON}"


@pytest.mark.parametrize(
    ("look", "name"),
    [(jupyter.look_at_validate, "validate_assignment"), (jupyter.look_at_formgrader, "formgrader")],
)
def test_a_server_extension_that_was_switched_off_is_told(here, tmp_path, monkeypatch, look, name):
    assert look(here).state == OK
    name = f"nbgrader.server_extensions.{name}"
    off = {"ServerApp": {"jpserver_extensions": {name: False}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(off))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    found = look(here)
    assert f"{name} is switched off" in found.says and found.fix.endswith(f"extension enable {name}")


@pytest.mark.parametrize("name", ["@jupyter/nbgrader", "@jupyter/nbgrader:validate-assignment"])
def test_a_lab_extension_that_was_switched_off_is_told(here, tmp_path, monkeypatch, name):
    (tmp_path / "labconfig").mkdir()
    (tmp_path / "labconfig" / "page_config.json").write_text(json.dumps({"disabledExtensions": {name: True}}))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    found = jupyter.look_at_validate(here)
    assert found.says == f"JupyterLab's extension {name} is switched off"
    assert jupyter.look_at_formgrader(here).state == (OK if ":" in name else MEND)


def test_a_lab_extension_that_is_not_there_is_told(tmp_path):
    code = (
        "import sys; sys.prefix = sys.argv[1]\n"
        "from jupyter_core import paths\n"
        "paths.ENV_JUPYTER_PATH[:] = [sys.argv[1]]; paths.SYSTEM_JUPYTER_PATH[:] = []\n"
        "from hindcast.kit.doctor import jupyter\nprint(jupyter.look_at_validate(None).says)"
    )
    environ = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path), "JUPYTER_PATH": str(tmp_path)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert ran.stdout == "nbgrader's part of JupyterLab is not installed\n"


def test_the_kernel_of_this_machine_answers(here):
    assert jupyter.look_at_kernel(here) == ok("python3 starts, answers and finds hindcast")


def test_a_kernel_that_names_a_python_that_is_gone_is_told(here, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(kernel_that_starts(tmp_path, "/gone/python", "-m", "ipykernel")))
    found = jupyter.look_at_kernel(here)
    assert found.says == "it starts /gone/python, which is not there"
    assert found.fix.endswith("-m jupyter kernelspec remove -y python3")


def test_a_kernel_that_dies_is_told_without_waiting_for_the_limit(here, tmp_path, monkeypatch):
    monkeypatch.setenv(
        "JUPYTER_PATH", str(kernel_that_starts(tmp_path, sys.executable, "-c", "raise SystemExit(3)"))
    )
    since = time.monotonic()
    found = jupyter.look_at_kernel(here, seconds=60)
    assert found.says.startswith("python3 does not start") and time.monotonic() - since < 30


def test_a_kernel_that_hangs_is_told_after_the_limit_and_is_ended(here, tmp_path, monkeypatch):
    trace = tmp_path / "pid"
    sleeper = f"import os, time; open({str(trace)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    monkeypatch.setenv("JUPYTER_PATH", str(kernel_that_starts(tmp_path, sys.executable, "-c", sleeper)))
    found = jupyter.look_at_kernel(here, seconds=3)
    assert found.state == MEND and "python3 does not start" in found.says
    with pytest.raises(ProcessLookupError):
        os.kill(int(trace.read_text()), 0)


def test_a_kernel_without_the_courses_package_is_told(here, tmp_path, monkeypatch):
    (tmp_path / "hindcast.py").write_text("raise ImportError('another hindcast')")
    argv = [
        "env",
        f"PYTHONPATH={tmp_path}",
        sys.executable,
        "-m",
        "ipykernel_launcher",
        "-f",
        "{connection_file}",
    ]
    monkeypatch.setenv("JUPYTER_PATH", str(kernel_that_starts(tmp_path, *argv)))
    assert "cannot import hindcast (another hindcast)" in jupyter.look_at_kernel(here).says


# --- data -------------------------------------------------------------------------------------------


@pytest.fixture
def tables_folder(tmp_path, monkeypatch):
    folder = Path(shutil.copytree(REPOSITORY / "datasets", tmp_path / "datasets"))
    monkeypatch.setenv("HINDCAST_DATA", str(folder))
    return folder


def test_tables_that_are_missing_or_changed_are_told(here, tables_folder):
    assert data.look_at_shipped_tables(here).state == OK
    (tables_folder / "tickets.csv").unlink()
    assert data.look_at_shipped_tables(here).says == "tickets.csv is missing"
    with (tables_folder / "scores.csv").open("a") as file:
        file.write("M-1\n")
    shutil.copy(REPOSITORY / "datasets" / "tickets.csv", tables_folder)
    assert data.look_at_shipped_tables(here).says == "scores.csv was changed"
    (tables_folder / "tickets.csv").unlink()
    found = data.look_at_shipped_tables(here)
    assert found.says == "tickets.csv is missing and 1 more"
    assert found.fix == f"git -C {tables_folder} checkout ."


def test_a_learners_copy_needs_no_truths(here, tables_folder):
    shutil.rmtree(tables_folder / "truth")
    assert data.look_at_shipped_tables(Workplace(None)).state == OK


def test_tables_without_their_description_are_told_as_a_line(here, tables_folder):
    (tables_folder / "datapackage.json").unlink()
    (line,) = checkup.run_checks([checkup.Check("tables", "learner", data.look_at_shipped_tables)], here)
    assert line.found.state == MEND and "datapackage.json" in line.found.says and line.found.fix


def test_field_data_that_are_not_there_are_needed_by_nobody_and_changed_ones_are(here, tmp_path, monkeypatch):
    monkeypatch.setenv("HINDCAST_FIELD_DATA", str(tmp_path))
    found = data.look_at_field_data(here)
    assert found.state == NOT_NEEDED and "data fetch" in found.says
    name, entry = next(iter(hindcast.downloads.registered().items()))
    (tmp_path / entry["file"]).write_text("another file")
    found = data.look_at_field_data(here)
    assert found.state == MEND and name in found.says and found.fix.endswith("data fetch")


# --- isolation --------------------------------------------------------------------------------------


@LINUX
def test_a_cell_in_the_sandbox_sees_neither_solutions_nor_network(here):
    assert trainer.look_at_isolation(here).state == OK


@LINUX
def test_solutions_that_a_sandbox_shows_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(
        trainer, "_in_sandbox", lambda secret, real=trainer._in_sandbox: real(Path("/usr/bin"))
    )
    found = trainer.look_at_isolation(Workplace(REPOSITORY))
    assert found.state == MEND and found.says.startswith("learners' code sees")


def test_without_bubblewrap_on_path_the_package_to_install_is_said(here, tmp_path, monkeypatch):
    if sys.platform != "linux":
        pytest.skip("only Linux has bubblewrap")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = trainer.look_at_isolation(here)
    assert "bwrap, which is not here" in found.says and found.fix == "sudo apt install bubblewrap"


@LINUX
def test_a_bubblewrap_that_the_system_stops_is_told(here, tmp_path, monkeypatch):
    stopped = tmp_path / "bwrap"
    stopped.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    stopped.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    isolation._obstacle_found_by_trying.cache_clear()
    found = trainer.look_at_isolation(here)
    isolation._obstacle_found_by_trying.cache_clear()
    assert found.says.endswith("isolate (bwrap: No permissions to create new namespace)")
    assert "sysctl" in found.fix


# --- a cohort ---------------------------------------------------------------------------------------


def test_a_cohort_that_is_well_is_one_line(taught):
    assert look_at_cohort(taught) == [ok("2 learners; the gradebook opens; 1 unit; no due dates")]


def test_a_gradebook_that_is_no_database_is_told(taught):
    gradebook(taught).write_text("points: many\n" * 100)
    found = only_fault(taught)
    assert "file is not a database" in found.says
    assert f"mv {gradebook(taught)} {gradebook(taught)}.broken && " in found.fix


def test_a_gradebook_that_is_gone_is_told_and_not_made(taught):
    gradebook(taught).unlink()
    assert only_fault(taught).says == f"there is no gradebook {gradebook(taught)}"
    assert not gradebook(taught).exists()


def test_a_gradebook_without_tables_is_told(taught):
    gradebook(taught).write_bytes(b"")
    assert "no such table" in only_fault(taught).says


def test_a_gradebook_of_another_version_is_told(taught):
    change(taught, "UPDATE alembic_version SET version_num = '50a4d84c131a'")
    found = only_fault(taught)
    assert "another version of nbgrader" in found.says and found.fix.endswith("nbgrader db upgrade")


def test_a_locked_gradebook_is_told_in_a_second(taught):
    with contextlib.closing(sqlite3.connect(gradebook(taught), isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        since = time.monotonic()
        found = only_fault(taught)
        assert time.monotonic() - since < 5
        writer.execute("ROLLBACK")
    assert "the gradebook is locked" in found.says and found.fix.startswith("Wait until")
    assert len(look_at_cohort(taught)) == 1


def test_a_gradebook_that_a_killed_program_left_half_written_is_told_and_left_as_it_is(taught):
    writer = (
        "import os, signal, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1')\ndb.execute('BEGIN')\n"
        "db.execute('CREATE TABLE filler (words TEXT)')\n"
        "for number in range(2000):\n    db.execute('INSERT INTO filler VALUES (?)', ('word' * 200,))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", writer, str(gradebook(taught))], check=False)
    half_written = gradebook(taught).read_bytes()
    assert gradebook(taught).with_name("gradebook.db-journal").stat().st_size > 0
    found = only_fault(taught)
    assert "ended while it wrote to the gradebook" in found.says and "Run that command again" in found.fix
    assert gradebook(taught).read_bytes() == half_written


def test_a_reader_that_begins_to_write_stops_nothing(taught):
    with contextlib.closing(sqlite3.connect(gradebook(taught), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert [found.state for found in look_at_cohort(taught)] == [OK]


def test_a_roster_that_cannot_be_read_is_told_and_the_gradebook_is_looked_at(taught):
    (gradebook(taught).parent / "roster.csv").write_text("id,name\nana,Ana\n")
    well, fault = look_at_cohort(taught)
    assert "the gradebook opens" in well.says and "has no column email, role, track" in fault.says


def test_learners_and_units_that_the_gradebook_does_not_know_are_told(taught):
    change(
        taught,
        "DELETE FROM student WHERE id = 'kofi'",
        f"UPDATE assignment SET name = 'x' WHERE name = '{UNIT}'",
    )
    _, *faults = look_at_cohort(taught)
    assert [found.says for found in faults] == [
        "the gradebook does not know 1 of the roster",
        f"the gradebook does not know the unit {UNIT}",
    ]
    assert all("cohort new spring --roster" in found.fix for found in faults)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2999-01-02 10:00:00.000000", None),
        ("2021-01-02 10:00:00.000000", "1 due date, all past"),
        ("2098-01-02 10:00:00.000000", f"next due 2098-01-02 10:00 {UNIT}"),
        ("soon", None),
    ],
)
def test_due_dates_are_told_and_odd_ones_to_be_mended(taught, monkeypatch, due, words):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    change(taught, f"UPDATE assignment SET duedate = '{due}'")
    if words:
        assert look_at_cohort(taught)[0].says.endswith(words)
    else:
        found = only_fault(taught)
        assert found.says == f"the due date of {UNIT} is none" and f"--due {UNIT}=none" in found.fix


def test_a_configuration_that_does_not_run_is_told(taught):
    path = gradebook(taught).parent / "nbgrader_config.py"
    path.write_text("c = get_config(\n")
    found = only_fault(taught)
    assert "nbgrader_config.py does not run" in found.says and str(path) in found.fix


def test_a_database_that_is_nowhere_is_told(taught):
    path = gradebook(taught).parent / "nbgrader_config.py"
    path.write_text('c = get_config()\nc.CourseDirectory.db_url = "postgresql+nowhere://x/y"\n')
    found = only_fault(taught)
    assert found.says.startswith("the gradebook does not open") and str(path) in found.fix


def test_a_grader_at_work_is_told_and_is_no_fault(taught):
    from hindcast.kit.plumbing.lock import grading_lock

    with grading_lock(gradebook(taught).parent / ".grading"):
        assert f"a grader is at work (process {os.getpid()})" in look_at_cohort(taught)[0].says
    assert "grader is at work" not in look_at_cohort(taught)[0].says


# --- places -----------------------------------------------------------------------------------------


def test_the_place_is_found_from_a_folder_within(taught):
    assert find_workplace(None, taught.root / "solutions" / UNIT) == taught
    assert find_workplace("spring", taught.root) == taught


def test_in_an_unpacked_bundle_a_trainers_lines_are_not_needed(tmp_path):
    for name in ("course", "datasets"):
        shutil.copytree(REPOSITORY / name, tmp_path / "Café 1" / name)
    shutil.copy(REPOSITORY / "requirements.lock", tmp_path / "Café 1")
    folder = tmp_path / "Café 1" / "course" / "00_starting_here"
    ran = doctor(folder, "--json", HINDCAST_DATA=str(tmp_path / "Café 1" / "datasets"))
    told = json.loads(ran.stdout)
    assert ran.returncode == 0 and told["works"] is True, told
    assert told["place"] == f"the course in {tmp_path / 'Café 1'}"
    states = {one["name"]: one["state"] for one in told["checks"]}
    assert states["formgrader"] == states["isolation"] == NOT_NEEDED


def test_an_installed_package_alone_is_looked_at_too(tmp_path):
    site = tmp_path / "site"
    shutil.copytree(REPOSITORY / "src" / "hindcast", site / "hindcast")
    shutil.copytree(REPOSITORY / "datasets", site / "hindcast" / "_datasets")
    shutil.rmtree(site / "hindcast" / "_datasets" / "truth")
    ran = doctor(tmp_path, "--json", PYTHONPATH=str(site), HINDCAST_DATA="")
    told = json.loads(ran.stdout)
    assert ran.returncode == 0, told
    assert told["place"] == f"the installed package {site / 'hindcast'}"
    assert "the course is elsewhere" in told["checks"][2]["says"]
    ran = doctor(tmp_path, "--cohort", "spring", PYTHONPATH=str(site))
    assert ran.returncode == 2 and "no cohort 'spring' here" in ran.stderr
