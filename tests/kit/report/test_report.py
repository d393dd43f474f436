"""The report of a cohort: its page, its data, the anonymous form, and what one bad hand-in does to it."""

import datetime
import html
import json
import re
import shutil
import sqlite3
import threading
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from made_up import FIRST, NOON, PEOPLE, SECOND
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.report import report_of, write_report, writing
from hindcast.kit.roster.roster import read_roster

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

FULL = {"shares": 3, "alerts": 3, "costs": 4}
WRONG = FULL | {"shares": (1, "count_is_rate")}
IDS = [one.id for one in PEOPLE]


def told(path):
    """The text that a person reads on the page."""
    text = re.sub("<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())


def page(cohort, *arguments, **options):
    return told(write_report(cohort, *arguments, **options)[0])


@pytest.fixture
def room(cohort, hand_in):
    """Six people: four of them take a count for a rate, three in the same words; one left an exercise."""
    for number, learner in enumerate(IDS):
        made = WRONG if number < 4 else FULL | {"costs": "not attempted"} if number == 4 else FULL
        same = "shares = [0.5, 0.5]" if number < 3 else f"shares = [0.{number}]"
        hand_in(learner, made, sources={"shares": f"# {PEOPLE[number].name}\n{same}"})
        (cohort / "feedback" / learner / SECOND).mkdir(parents=True)
        (cohort / "feedback" / learner / SECOND / "index.html").write_text("fed back")
    hand_in("bo-2", {"counts": 4}, name="bench")
    return cohort


def test_a_cohort_in_which_nobody_handed_in_says_what_to_do_next(cohort):
    for anonymous in (False, True):
        path, report = write_report(cohort, anonymous=anonymous)
        assert report.plan.things == () and report.mistakes == () and report.units == ()
        assert "Nothing is graded yet" in told(path)
    assert "hindcast collect PATH --cohort spring" in page(cohort)
    assert "nan" not in page(cohort).casefold()


def test_a_cohort_without_anybody_has_a_page_too(cohort):
    (cohort / "roster.csv").unlink()
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for learner in IDS:
            gradebook.remove_student(learner)
    assert "nobody" in page(cohort) and "Nothing is graded yet" in page(cohort, anonymous=True)


def test_a_misconception_has_its_exercise_counts_words_and_where_to_go_back_to(room):
    (one,) = write_report(room)[1].mistakes
    assert (one.mistake, one.people, one.answered) == ("count_is_rate", 4, 6)
    assert [(place.title, place.people, place.answered) for place in one.where] == [("1. The shares", 4, 6)]
    assert one.go_back_to == "02 Unit 02, lesson, section 2. Per hundred"
    assert [(said.text, said.people) for said in one.words] == [
        ("shares = [0.5, 0.5]", 3),
        ("shares = [0.3]", 1),
    ]
    shown = page(room)
    assert "4 of 6 in 1. The shares" in shown and "shares = [0.5, 0.5]" in shown


def test_an_answer_in_letters_is_said_in_words_beside_them(room, hand_in):
    path = room.parents[2] / "solutions" / SECOND / "workbook.ipynb"
    course = nbformat.read(path, as_version=4)
    (test,) = [c for c in course.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "shares_test"]
    test.source = (
        "from hindcast import check\n"
        'by = {"by": {"A": "by phone <b>", "B": "by letter"}}\n'
        'answer = check.read("shares", points=3, shares=check.Letters(by))\nresult.award()'
    )
    nbformat.write(course, path)
    hand_in("ana-1", WRONG, sources={"shares": 'shares = "a"'})
    said = [(said.text, said.in_words) for said in write_report(room)[1].mistakes[0].words]
    assert ('shares = "a"', ("shares: by: by phone <b>",)) in said
    assert ("shares = [0.5, 0.5]", ()) in said
    assert 'shares = "a" shares: by: by phone <b>' in page(room)


def test_points_lateness_and_missing_notebooks_stand_beside_a_name(room):
    with Gradebook(gradebook_url(room), "") as gradebook:
        gradebook.update_or_create_assignment(SECOND, duedate=NOON - datetime.timedelta(minutes=1))
    rows = {row.learner: row for row in write_report(room)[1].learners}
    cells = {learner: row.cells[1] for learner, row in rows.items()}
    assert (cells["ana-1"].points, cells["ana-1"].of, cells["ana-1"].late) == (8.0, 10.0, True)
    assert (cells["bo-2"].points, cells["bo-2"].of, cells["bo-2"].missing) == (12.0, 14.0, ())
    assert (cells["cy-3"].missing, cells["fay-6"].missing) == ((), ("bench",))
    assert not rows["ana-1"].cells[0].handed_in
    shown = page(room)
    assert "6 of 6 people have handed in, 6 of them late. It was due 4 May 2026" in shown
    assert "10 of 10 late without bench" in shown


def test_a_hand_in_that_waits_is_not_one_of_zero_points(room):
    folder = room / "submitted" / "ana-1" / FIRST
    folder.mkdir(parents=True)
    shutil.copy(room.parents[2] / "course" / FIRST / "workbook.ipynb", folder)
    report = write_report(room)[1]
    assert [unit.waits for unit in report.units] == [1, 0]
    assert f"`hindcast grade {FIRST} --cohort spring`" in report.next_steps[0]
    assert report.learners[0].cells[0].points is None
    assert "Ana Lima <b>Prado</b> designer waits" in page(room)


def test_a_hand_in_of_which_nothing_could_be_read_is_not_to_be_graded_again(room):
    for step, name in (("submitted", "workbook.ipynb"), ("autograded", ".hindcast.json")):
        folder = room / step / "cy-3" / FIRST
        folder.mkdir(parents=True)
        (folder / name).write_text("{}")
    (step,) = write_report(room)[1].next_steps
    assert "could read nothing of what cy-3 handed in" in step


def test_a_unit_alone_has_a_page_of_its_own_and_an_unknown_one_a_sentence(room):
    path, report = write_report(room, SECOND)
    assert path == room / "report" / f"{SECOND}.html" and [unit.unit for unit in report.units] == [SECOND]
    assert "<h1>02 Unit 02</h1>" in path.read_text()
    with pytest.raises(HindcastError, match=r"no unit '03_none'. It knows: 01_counting, 02_judging"):
        write_report(room, "03_none")


def test_an_assignment_of_another_course_is_reported_under_its_own_name(room):
    with sqlite3.connect(room / "gradebook.db") as db:
        db.execute("update assignment set name = 'Essay & all' where name = ?", (SECOND,))
    db.close()
    for step in ("autograded", "feedback"):
        for learner in IDS:
            (room / step / learner / SECOND).rename(room / step / learner / "Essay & all")
    path, report = write_report(room, "Essay & all")
    assert report.exercises[0].title in ("alerts", "shares") and report.exercises[0].link == ""
    assert report.mistakes[0].go_back_to == "Essay & all, workbook, shares"
    assert "Essay &amp; all" in path.read_text() and path.name == "Essay & all.html"


def test_counts_of_deleted_learners_are_added_without_a_name(room):
    before = write_report(room)[1]
    statuses = {"scored": 1, "not attempted": 1}
    kept = {"learners": 2, "points": 1.0, "of": 6.0, "waiting": 0, "statuses": statuses}
    kept |= {"mistakes": {"count_is_rate": 1, "base_rate_ignored": 1}}
    units = {SECOND: {"handed_in": 2, "notebooks": {"workbook": {"shares": kept}}}}
    (room / "counts.json").write_text(json.dumps({"learners": 2, "units": units}))
    report = write_report(room)[1]
    old, new = (one.exercises[0] for one in (before, report))
    assert (new.people - old.people, new.answered - old.answered, new.blank - old.blank) == (2, 1, 1)
    assert (new.every, new.every_of) == (old.every, old.every_of)
    assert new.share == pytest.approx((old.share * 6 * 3 + 1) / (7 * 3))
    assert {one.mistake: (one.people, one.answered) for one in report.mistakes} == {
        "count_is_rate": (5, 7),
        "base_rate_ignored": (1, 7),
    }
    assert "hold 2 people deleted since" in page(room) and report.people == 6
    (room / "counts.json").write_text("[]")
    with pytest.raises(HindcastError, match="cannot be read"):
        write_report(room)


# --- the anonymous form ---------------------------------------------------------------------------


def test_the_anonymous_page_names_nobody_and_quotes_no_answer_of_fewer_than_three(room):
    path, report = write_report(room, anonymous=True)
    everything = html.unescape(path.read_text(encoding="utf-8")) + json.dumps(report.as_data)
    for person in read_roster(room / "roster.csv"):
        for word in (person.id, person.name, person.email):
            assert not word or word not in everything
            assert not word or html.escape(word) not in everything
    answers = {f"shares = [0.{number}]" for number in range(3, 6)}
    assert [answer for answer in answers if answer in everything] == []
    assert "shares = [0.5, 0.5]" in everything and "3 people wrote this." in told(path)
    assert "feedback/" not in everything and "silent" not in told(path).split("How this page decides")[0]


def test_no_group_or_count_of_the_anonymous_form_is_of_one_or_two_people(room, hand_in):
    hand_in("ana-1", {"letters": (1, "base_rate_ignored")}, unit=FIRST)
    report = write_report(room, anonymous=True)[1]
    too_few = []

    def look(value, name=""):
        if isinstance(value, dict):
            [look(part, key) for key, part in value.items()]
        elif isinstance(value, list | tuple):
            [look(part, name) for part in value]
        elif isinstance(value, int) and not isinstance(value, bool) and value in (1, 2):
            too_few.append(name)

    look({key: part for key, part in report.as_data.items() if key != "mistakes_left_out"})
    assert too_few == []
    assert {(group.by, group.name, group.spread.people) for group in report.groups} == {
        ("everyone", "everyone", 6),
        ("role", "designer", 3),
        ("role", "all others", 3),
        # two engineers alone have the bench, so the track would identify them
    }
    assert (report.mistakes_left_out, len(report.mistakes)) == (1, 1)
    assert "fewer than three" in page(room, anonymous=True)


def test_the_anonymous_page_lies_beside_the_other_and_leaves_it(room):
    whole = write_report(room)[0].read_bytes()
    assert write_report(room, anonymous=True)[0].name == "index-anonymous.html"
    assert (room / "report" / "index.html").read_bytes() == whole
    assert write_report(room, SECOND, anonymous=True)[0].name == f"{SECOND}-anonymous.html"


# --- the page itself ------------------------------------------------------------------------------


class Parts(HTMLParser):
    """Tags, addresses and anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        self.ids |= {given["id"]} if "id" in given else set()
        self.links += [given["href"]] if "href" in given else []


def test_every_link_resolves_to_a_file_or_a_part_of_the_page(room):
    for anonymous in (False, True):
        path, _ = write_report(room, anonymous=anonymous)
        parts = Parts(path.read_text(encoding="utf-8"))
        files = [link for link in parts.links if not link.startswith("#")]
        assert any(link.endswith("lesson.ipynb") for link in files)
        assert all((path.parent / urllib.parse.unquote(link)).is_file() for link in files)
        assert {link[1:] for link in parts.links if link.startswith("#")} <= parts.ids


def test_names_and_answers_are_escaped_and_nothing_is_loaded(room, hand_in):
    hostile = "shares = '</pre><script>alert(1)</script><img src=http://x.example/>'"
    hand_in("dee-4", WRONG, sources={"shares": hostile})
    text = write_report(room)[0].read_text(encoding="utf-8")
    tags = {tag for tag, _ in Parts(text).tags}
    assert not tags & {"script", "img", "link", "iframe", "b", "object", "form"}
    assert "Ana Lima &lt;b&gt;Prado&lt;/b&gt;" in text and "&lt;script&gt;alert" in text
    assert not re.search(r"url\(|@import|http-equiv=.refresh", text)
    feedback = Path(writing.__file__).parents[1] / "feedback/templates/hindcast_feedback/page.html.j2"
    policy = re.search("<meta http-equiv[^>]*>", feedback.read_text(encoding="utf-8"))[0]
    assert policy in text and "default-src 'none'" in policy


def test_what_a_hand_in_claims_to_have_made_is_text(room, hand_in):
    hand_in("dee-4", FULL | {"alerts": (1, "<script>x</script>", "no_such_mistake")})
    text = write_report(room)[0].read_text(encoding="utf-8")
    assert "<script>" not in text and "No_such_mistake" in text


def test_each_bar_is_hidden_from_who_listens_and_followed_by_its_sentence(room):
    text = write_report(room)[0].read_text(encoding="utf-8")
    bars = [given for tag, given in Parts(text).tags if given.get("class") == "bar"]
    assert len(bars) > 8 and all(given.get("aria-hidden") == "true" for given in bars)
    shown = told(write_report(room)[0])
    assert "Everyone: 5 of 6 with two thirds of the points or more, 1 between, 0 under a third." in shown
    assert "2 of 6 who answered have every point." in shown
    assert "5 of 5 who answered have every point, 1 left it blank." in shown
    assert "4 of 6 people who answered take it that the group with the most mistakes" in shown


def test_a_page_that_cannot_be_written_leaves_the_one_before_and_says_so(room, monkeypatch):
    path, _ = write_report(room)
    before = b"the one before"
    path.write_bytes(before)

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HindcastError, match=r"could not be written .*No space left"):
        write_report(room)
    assert path.read_bytes() == before and [one.name for one in path.parent.iterdir()] == ["index.html"]


def test_made_twice_the_page_says_the_same(room):
    assert (
        told(write_report(room)[0]).split("made")[1][30:] == told(write_report(room)[0]).split("made")[1][30:]
    )
    tables = read_gradebook(room)
    assert report_of(room, tables).as_data | {"made": ""} == report_of(room, tables).as_data | {"made": ""}


def test_a_grader_that_writes_all_the_time_is_neither_stopped_nor_stops_the_report(room):
    database, over, commits = room / "gradebook.db", threading.Event(), []

    def write():
        with sqlite3.connect(database, timeout=30) as writer:
            while not over.is_set():
                writer.execute(
                    "update grade set auto_score = auto_score, extra_credit = ?", (len(commits) % 2,)
                )
                writer.commit()
                commits.append(1)
        writer.close()

    grader = threading.Thread(target=write)
    grader.start()
    try:
        during = []
        for _ in range(5):
            since = len(commits)
            assert write_report(room)[1].units[-1].graded == 6
            during.append(len(commits) - since)
    finally:
        over.set()
        grader.join()
    assert all(during), during
    with sqlite3.connect(database) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()


# --- the command ----------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(cli.app, ["report", *arguments])


def test_the_command_says_where_the_page_is_and_prints_the_numbers_as_one_object(room, monkeypatch):
    monkeypatch.chdir(room)
    assert run().stdout == f"The report is {room / 'report' / 'index.html'}\n"
    shown = run(SECOND, "--cohort", "spring", "--anonymous", "--json")
    data = json.loads(shown.stdout)
    assert shown.exit_code == 0 and data["page"] == str(room / "report" / f"{SECOND}-anonymous.html")
    assert (data["people"], data["mistakes"][0]["people"], data["learners"]) == (6, 4, [])
    assert data["plan"]["minutes"] == sum(thing["minutes"] for thing in data["plan"]["things"])
    assert isinstance(run("--cohort", "autumn").exception, HindcastError)
