"""A small round for tests: six made-up learners hand in unit 06, are graded and get feedback."""

import tempfile
from pathlib import Path

from hindcast.kit.cohort.enrolment import new_cohort
from hindcast.kit.notebooks.answer_banks import BankAnswer, bank_path, fill, load_bank
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook, write_if_changed
from hindcast.kit.roster.roster import TRACKS, Learner, write_roster

COHORT = "spring"
UNIT = "06_reading_classifications"
NOTEBOOKS = ("workbook", "bench")
_WORKBOOK, _BOTH = TRACKS

# Learner -> kinds of answers from the bank (and which of the kind), given to the exercises in turn.
HANDS: dict[Learner, list[tuple[str, int]]] = {
    Learner("amara", "Amara Okafor", "amara@example.org", "engineer", _BOTH): [("reference", 0)],
    Learner("jun", "Jun Watanabe", "jun@example.org", "designer", _WORKBOOK): [("right", -1)],
    Learner("zoe", "Zoë D’Souza", "zoe@example.org", "product manager", _WORKBOOK): [("mistake", 0)],
    Learner("mateo", "Mateo Núñez Ibarra", "mateo@example.org", "analyst", _BOTH): [
        ("mistake", 0),
        ("right", 0),
    ],
    Learner("priya", "Priya Raghunathan", "priya@example.org", "analyst", _BOTH): [
        ("reference", 0),
        ("mistake", 1),
        ("badly formed", 0),
        ("blank", 0),
    ],
    Learner("sam", "Sam", "", "other", _WORKBOOK): [("blank", 0)],
}


def play(root: Path) -> Path:
    """Make the cohort in the checkout `root`, hand in, grade, write feedback; the cohort's folder."""
    from hindcast.kit.feedback import write_feedback
    from hindcast.kit.grade import command
    from hindcast.kit.grade.options import GradeOptions
    from hindcast.kit.sandbox.isolation import isolation_obstacle

    with tempfile.TemporaryDirectory() as scratch:
        roster = Path(scratch, "roster.csv")
        write_roster(HANDS, roster)
        cohort = new_cohort(root, COHORT, roster)
    hand_in(root, cohort)
    # the tests' own hand-ins are also graded where no isolation is possible
    options = GradeOptions(unsandboxed=bool(isolation_obstacle()))
    assert command.grade_cohort(root, UNIT, COHORT, options, as_json=False) == 0
    assert write_feedback(cohort, UNIT).faults == []
    return cohort


def hand_in(root: Path, cohort: Path) -> None:
    """Put every learner's notebooks, made from release and bank, into `submitted`."""
    bank = load_bank(bank_path(root, UNIT))
    for learner, hand in HANDS.items():
        for name in NOTEBOOKS if learner.takes_bench else NOTEBOOKS[:1]:
            released = read_notebook(root / "course" / UNIT / f"{name}.ipynb")
            filled = fill(released, deal([answer for answer in bank if answer.notebook == name], hand))
            path = cohort / "submitted" / learner.id / UNIT / f"{name}.ipynb"
            write_if_changed(path, notebook_text(filled))


def deal(answers: list[BankAnswer], hand: list[tuple[str, int]]) -> dict[str, str]:
    """Exercise -> source: the kinds of `hand` in turn, the reference where an exercise has too few."""
    dealt = {}
    for number, exercise in enumerate(dict.fromkeys(answer.exercise for answer in answers)):
        kind, which = hand[number % len(hand)]
        codes = [answer.code for answer in answers if answer.exercise == exercise and answer.kind == kind]
        reference = next(a.code for a in answers if a.exercise == exercise and a.kind == "reference")
        dealt[exercise] = codes[which] if -len(codes) <= which < len(codes) else reference
    return dealt
