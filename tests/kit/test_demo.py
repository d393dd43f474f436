from collections import Counter
from datetime import datetime, timedelta
from zipfile import ZipFile

import pytest

from hindcast.errors import HindcastError
from hindcast.kit.checkout import find_root, graded_units
from hindcast.kit.cli import app
from hindcast.kit.demo.hand_ins import send_hand_ins
from hindcast.kit.demo.people import IDEAS, PEOPLE, dealt_answers
from hindcast.kit.demo.round import play_demo, units_to_play
from hindcast.kit.notebooks.answer_banks import bank_path, load_bank, load_texts
from hindcast.kit.roster.roster import ROLES, TRACKS, read_roster, write_roster

ROOT = find_root()
UNITS = units_to_play(ROOT)
UNIT = UNITS[2]


def test_the_thirty_have_every_role_and_track_and_a_roster_that_holds(tmp_path):
    write_roster([person.learner for person in PEOPLE], tmp_path / "roster.csv")
    learners = read_roster(tmp_path / "roster.csv")
    assert len(learners) == 30
    assert {learner.role for learner in learners} == set(ROLES)
    assert {learner.track for learner in learners} == set(TRACKS)


def test_a_person_gives_the_same_answers_at_every_run_and_another_person_others():
    bank = load_bank(bank_path(ROOT, UNIT))
    first, second = (dealt_answers(person, bank, [], "workbook") for person in PEOPLE[2:4])
    assert first == dealt_answers(PEOPLE[2], bank, [], "workbook") != second
    assert set(first) == {answer.exercise for answer in bank if answer.notebook == "workbook"}


def test_every_second_of_those_who_are_not_sure_has_the_rooms_idea():
    bank = [answer for answer in load_bank(bank_path(ROOT, UNIT)) if answer.notebook == "workbook"]
    wrong = {answer.code for answer in bank if set(answer.mistakes) & set(IDEAS)}
    made = Counter(
        person.way == "sure"
        for person in PEOPLE
        if wrong & set(dealt_answers(person, bank, [], "workbook").values())
    )
    assert made[False] >= 8 and made[True] <= 2


def test_free_texts_come_from_the_bank_and_who_is_lost_leaves_them(tmp_path):
    path = bank_path(ROOT, UNITS[3])
    texts = load_texts(path)
    exercises = {text.exercise for text in texts}
    assert exercises
    given = {
        person.way: {dealt_answers(person, [], texts, "workbook")[e] for e in exercises} for person in PEOPLE
    }
    assert given["lost"] == {""}
    assert given["careful"] <= {text.text for text in texts if text.text}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sent") / "inbox"
    send_hand_ins(ROOT, UNITS, datetime(2026, 5, 4, 23, 59, 59), folder)
    return folder


def test_what_arrives_is_three_zips_and_loose_files(inbox):
    assert sorted(path.name for path in inbox.iterdir() if path.is_file()) == [
        "Starting here-118.zip",
        "shared drive.zip",
        "submissions.zip",
    ]
    assert len(list(inbox.rglob("*.ipynb"))) > 30


def test_two_of_them_are_damaged(inbox):
    with ZipFile(inbox / "shared drive.zip") as file:
        empty = [entry.filename for entry in file.infolist() if not entry.file_size]
    assert len(empty) == 1 and "diego" in empty[0]
    cut_off = [path for path in inbox.rglob("*.ipynb") if not path.read_text().rstrip().endswith("}")]
    assert len(cut_off) == 1 and "piotr" in str(cut_off[0])


def test_one_came_late_and_says_so_as_canvas_does(inbox):
    with ZipFile(inbox / "submissions.zip") as file:
        late = [entry for entry in file.infolist() if datetime(*entry.date_time) > datetime(2026, 5, 5)]
    assert late and {"_LATE_" in entry.filename for entry in late} == {True}
    assert all(datetime(*entry.date_time) < datetime(2026, 5, 5) + timedelta(days=1) for entry in late)


def with_a_bank(root):
    (root / "tests" / "answers").mkdir(parents=True)
    (root / "tests" / "answers" / "01_tiny.toml").touch()


def test_every_unit_with_a_bank_is_played(tiny):
    assert [*graded_units(ROOT)] == UNITS
    with_a_bank(tiny)
    assert units_to_play(tiny) == ["01_tiny"]


def test_more_units_than_ways_of_sending_begin_again_with_the_first_way(tmp_path):
    send_hand_ins(ROOT, [*UNITS, *UNITS], datetime(2026, 5, 4, 23, 59, 59), tmp_path / "inbox")
    zips = sorted(path.name for path in (tmp_path / "inbox").glob("*.zip"))
    assert len(zips) == 5 and "Starting here-122.zip" in zips and "submissions (1).zip" in zips
    assert len(list(tmp_path.rglob("workbook (2).ipynb"))) == len([p for p in PEOPLE if p.hands_in(7)])


def test_a_cohort_that_the_demo_did_not_make_is_never_touched(tiny):
    with_a_bank(tiny)
    work = tiny / "grading" / "cohorts" / "demo" / "submitted" / "ana"
    work.mkdir(parents=True)
    with pytest.raises(HindcastError, match=r"a cohort demo that the demo did not make.*Rename that folder"):
        play_demo(tiny, app)
    assert work.exists()


def test_a_checkout_without_a_bank_of_answers_is_told_so(tiny):
    with pytest.raises(HindcastError, match="has a workbook and a bank of answers"):
        play_demo(tiny, app)
