"""Every answer of the bank, graded through the released notebook by stock nbgrader.

Exercises are independent of each other, so the k-th hand-in holds the k-th answer of every exercise, and one
`nbgrader autograde` grades all answers of a notebook. Workbooks and benches are two classes, for two cores.
For one unit (`make test UNIT=...`) our own grader does it, in a fifth of the time, where it can isolate code.
"""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hindcast.check import misconceptions
from hindcast.kit.checkout import graded_units
from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.gradebook.location import gradebook_url
from hindcast.kit.notebooks.answer_banks import (
    BankAnswer,
    FreeText,
    bank_path,
    fill,
    graded_cells,
    load_bank,
    load_texts,
    rubric_lines,
    rubrics,
    text_cells,
)
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.results import Shown, results_of
from hindcast.kit.roster.roster import Learner, write_roster

ROOT = Path(__file__).resolve().parents[1]
BANKS = {unit: load_bank(bank_path(ROOT, unit)) for unit in graded_units(ROOT)}
TEXTS = {unit: load_texts(bank_path(ROOT, unit)) for unit in BANKS}


def exercises(unit):
    """(notebook, exercise) -> test cell, from the source of the unit."""
    cells = {}
    for path in (ROOT / "solutions" / unit).glob("[wb]*.ipynb"):
        cells |= {(path.stem, name): cell for name, cell in graded_cells(read_notebook(path)).items()}
    return cells


def free_texts(unit):
    """(notebook, exercise) -> (answer cell, the names of its rubric's lines), from the source of the unit."""
    found = {}
    for path in (ROOT / "solutions" / unit).glob("[wb]*.ipynb"):
        notebook = read_notebook(path)
        for name, cell in text_cells(notebook).items():
            found[path.stem, name] = cell, rubric_lines(rubrics(notebook)[name])
    return found


CANNOT_ISOLATE = 3  # the exit code of `hindcast grade` without isolation
OUR_SECONDS = 20  # less than below, because only the tests of one unit run at the same time
CELL_SECONDS = 30  # a cell that ends by itself takes up to 5 s, on a busy machine several times that
EXERCISES = [(unit, *place) for unit in BANKS for place in exercises(unit)]


@pytest.fixture(params=EXERCISES, ids="/".join)
def exercise(request):
    """Where an exercise stands, its test cell, and its answers in the bank."""
    unit, notebook, name = request.param
    answers = [answer for answer in BANKS[unit] if (answer.notebook, answer.exercise) == (notebook, name)]
    return f"{unit}/{notebook}/{name}", exercises(unit)[notebook, name], answers


def test_an_exercise_has_answers_of_every_kind(exercise):
    where, _, answers = exercise
    kinds = [answer.kind for answer in answers]
    wanted = {"reference": 1, "right": 1, "blank": 1, "badly formed": 1, "colleague": 10}
    missing = {kind: count for kind, count in wanted.items() if kinds.count(kind) < count}
    assert not missing, f"{where} needs more answers in its bank, at least: {missing}"
    assert all(answer.reading for answer in answers if answer.kind == "colleague"), (
        f"{where}: a colleague without reading"
    )


def test_an_exercise_has_an_answer_for_each_mistake_it_recognises(exercise):
    where, cell, answers = exercise
    recognised = {mistake for mistake in misconceptions() if f'"{mistake}"' in cell.source}
    shown = {mistake for answer in answers if answer.kind == "mistake" for mistake in answer.mistakes}
    assert recognised <= shown, (
        f"{where} claims to recognise {recognised - shown}, but no answer in the bank shows it"
    )


def test_a_right_answer_is_worth_every_point_and_a_blank_one_none(exercise):
    where, cell, answers = exercise
    for answer in answers:
        if answer.kind in ("reference", "right"):
            assert answer.points == cell.metadata.nbgrader.points, f"{where}/{answer.name}"
        if answer.kind in ("blank", "badly formed"):
            assert answer.points == 0 and answer.status != "scored", f"{where}/{answer.name}"


@pytest.mark.parametrize("unit", BANKS)
def test_a_bank_speaks_only_of_what_exists(unit):
    known, names = exercises(unit), set()
    for answer in BANKS[unit]:
        where = (answer.notebook, answer.exercise)
        assert where in known, f"{unit} has no exercise {where}"
        assert set(answer.mistakes) <= set(misconceptions()), f"{where}/{answer.name}: no such mistake"
        assert (*where, answer.name) not in names, f"{where} has two answers named {answer.name}"
        assert answer.mistakes or answer.kind != "mistake", f"{where}/{answer.name}: a mistake needs an id"
        names.add((*where, answer.name))


@pytest.mark.parametrize("unit", BANKS)
def test_a_free_text_has_a_reference_a_blank_and_five_colleagues_read_by_its_rubric(unit):
    asked, names = free_texts(unit), set()
    assert {(text.notebook, text.exercise) for text in TEXTS[unit]} == asked.keys()
    for place, (cell, lines) in asked.items():
        texts = [text for text in TEXTS[unit] if (text.notebook, text.exercise) == place]
        kinds = [text.kind for text in texts]
        assert (kinds.count("reference"), kinds.count("blank")) == (1, 1), place
        assert kinds.count("colleague") >= 5, place
        assert len(lines) == cell.metadata.nbgrader.points, f"{place}: a line of the rubric is worth a point"
        for text in texts:
            where = f"{unit}/{place}/{text.name}"
            assert set(text.earns) <= set(lines) and len(set(text.earns)) == len(text.earns), where
            assert text.reading or text.kind == "blank", f"{where}: why does it earn that?"
            assert bool(text.text.strip()) == (text.kind != "blank"), where
            assert text.kind != "reference" or list(text.earns) == lines, where
            assert text.kind != "blank" or not text.earns, where
            assert text.name not in names, where
            names.add(text.name)
        reference = next(text for text in texts if text.kind == "reference")
        assert reference.text.split() == cell.source.split(), f"{place}: the source has another reference"
        read = [text for text in texts if text.kind == "colleague"]
        for line in lines:  # a line that everybody or nobody earns does not distinguish answers
            assert 0 < sum(line in text.earns for text in read) < len(read), f"{place}: {line}"


def pytest_generate_tests(metafunc):
    """One test for each answer to an exercise of the class's notebook, and for each of its free texts."""
    if "text" in metafunc.fixturenames:
        texts = [
            (unit, t) for unit, bank in TEXTS.items() for t in bank if t.notebook == metafunc.cls.notebook
        ]
        ids = [f"{unit}/{text.exercise}/{text.name}" for unit, text in texts]
        metafunc.parametrize(("unit", "text"), texts, ids=ids)
    if "answer" in metafunc.fixturenames:
        answers = [
            (unit, a) for unit, bank in BANKS.items() for a in bank if a.notebook == metafunc.cls.notebook
        ]
        ids = [f"{unit}/{answer.exercise}/{answer.name}" for unit, answer in answers]
        metafunc.parametrize(("unit", "answer"), answers, ids=ids)


@pytest.fixture(scope="class")
def earned(request, tmp_path_factory):
    """A function that gives the graded result of one answer of a unit. Each unit is graded once."""
    graded = {}

    def look_up(unit, answer):
        if unit not in graded:
            bank = [*BANKS[unit], *TEXTS[unit]]
            answers = [answer for answer in bank if answer.notebook == request.cls.notebook]
            ours = request.config.getoption("unit") == unit
            graded[unit] = grade(unit, answers, tmp_path_factory.mktemp(unit), ours)
        return graded[unit][answer.exercise, answer.name]

    return look_up


class EveryAnswer:
    def test_earns_what_the_bank_says(self, unit, answer, earned):
        grade, shown = earned(unit, answer)
        where = f"{unit}/{answer.notebook}/{answer.exercise}, answer {answer.name!r}"
        assert shown is not None, (
            f"{where}: the test cell showed no result (points in the gradebook: {grade.auto})"
        )
        expected = (answer.points, answer.points, answer.status, set(answer.mistakes))
        got = (round(grade.auto, 2), round(shown.points, 2), shown.status, set(shown.mistakes))
        rounded = (round(answer.points, 2), round(answer.points, 2), *expected[2:])
        assert got == rounded, (
            f"{where}: expected (points, points shown, status, mistakes) {expected}, got {got}"
        )
        assert answer.says in shown.text, (
            f"{where}: expected {answer.says!r} in what is shown, got {shown.text!r}"
        )
        assert "Traceback" not in shown.text, f"{where}: a traceback is shown"


class TestWorkbooks(EveryAnswer):
    notebook = "workbook"

    def test_what_is_written_waits_for_a_person_and_what_is_not_is_zero(self, unit, text, earned):
        grade, shown = earned(unit, text)
        assert shown is None
        blank = text.kind == "blank"
        assert (grade.auto, grade.waits) == ((0, False) if blank else (None, True)), text.name


class TestBenches(EveryAnswer):
    notebook = "bench"


@dataclass(frozen=True)
class Earned:
    """What the gradebook says of one answer: points of the machine, and whether it waits for a person."""

    auto: float | None
    waits: bool


Bank = list[BankAnswer | FreeText]


def grade(
    unit: str, answers: Bank, folder: Path, ours: bool = False
) -> dict[tuple[str, str], tuple[Earned, Shown | None]]:
    """Grade `answers`, all of one notebook; (exercise, name) -> the gradebook's word and what was shown.

    `ours`: by `hindcast grade` where it can isolate learners' code, else by stock nbgrader.
    """
    notebook = answers[0].notebook
    hands = dealt(answers)
    cohort = cohort_for(unit, notebook, len(hands), folder)
    released = read_notebook(ROOT / "course" / unit / f"{notebook}.ipynb")
    for learner, hand in hands.items():
        path = cohort / "submitted" / learner / unit / f"{notebook}.ipynb"
        path.parent.mkdir(parents=True)
        filled = fill(released, {one.exercise: source_of(one) for one in hand})
        path.write_text(notebook_text(filled), encoding="utf-8")
    if not (ours and graded_by_hindcast(unit, folder)):
        grade_with_nbgrader(unit, cohort)
    return read_back(unit, notebook, hands, cohort)


def grade_with_nbgrader(unit: str, cohort: Path) -> None:
    """Let stock nbgrader grade all hand-ins of the cohort.

    An endless loop also runs in the learner's own cells, until nbgrader ends it.
    """
    limit = f"--Execute.timeout={CELL_SECONDS}"
    command = [sys.executable, "-m", "nbgrader", "autograde", unit, limit, "--log-level=ERROR"]
    done = subprocess.run(command, cwd=cohort, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def graded_by_hindcast(unit: str, checkout: Path) -> bool:
    """Grade with our own grader, on all cores; whether learners' code can be isolated here."""
    command = [sys.executable, "-m", "hindcast", "grade", unit, f"--timeout={OUR_SECONDS}"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode in (0, CANNOT_ISOLATE), done.stderr
    return done.returncode == 0


def source_of(one: BankAnswer | FreeText) -> str:
    """The source for the answer cell."""
    return one.text.strip() if isinstance(one, FreeText) else one.code


def dealt(answers: Bank) -> dict[str, Bank]:
    """Learner -> the k-th answer of each exercise."""
    by_exercise: dict[str, Bank] = {}
    for answer in answers:
        by_exercise.setdefault(answer.exercise, []).append(answer)
    count = max(len(column) for column in by_exercise.values())
    return {
        f"hand-{k:02}": [column[k] for column in by_exercise.values() if k < len(column)]
        for k in range(count)
    }


def cohort_for(unit: str, notebook: str, learners: int, folder: Path) -> Path:
    """A cohort in a checkout that has this one notebook."""
    for path in (f"solutions/{unit}/{notebook}.ipynb", "grading/nbgrader_config.py"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes((ROOT / path).read_bytes())
    somebody = Learner("", "Somebody", "", "other", "workbook and bench")
    write_roster([replace(somebody, id=f"hand-{k:02}") for k in range(learners)], folder / "roster.csv")
    return new_cohort(folder, "bank", folder / "roster.csv")


def read_back(unit, notebook, hands, cohort):
    """(exercise, name) -> what the gradebook says and what the test cell showed."""
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(gradebook_url(cohort), "") as gradebook:
        for learner, hand in hands.items():
            grades = gradebook.find_submission_notebook(notebook, unit, learner).grades
            said = {
                grade.name.removesuffix("_test"): Earned(grade.auto_score, grade.needs_manual_grade)
                for grade in grades
            }
            shown = results_of(read_notebook(cohort / "autograded" / learner / unit / f"{notebook}.ipynb"))
            found |= {(a.exercise, a.name): (said[a.exercise], shown.get(a.exercise)) for a in hand}
    return found
