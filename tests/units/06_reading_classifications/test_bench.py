"""The puzzles of unit 06 have the one solution their keys claim, found by trying all whole numbers."""

import ast
import re
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest

UNIT = Path(__file__).parents[1] / "solutions" / "06_reading_classifications"
POPULATION, DAYS = 20_000, 30
CELLS = ("caught", "missed", "false_alarm", "left_alone")


def assigned(notebook, name):
    """The plain value that a cell of the notebook assigns to ``name``, as it is written there."""
    for cell in nbformat.read(UNIT / notebook, as_version=4).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
                    return literal(node.value)
    raise AssertionError(f"{notebook} assigns no {name}")


def literal(node):
    """The first list of dicts in an expression, or the expression itself."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return next(ast.literal_eval(part) for part in ast.walk(node) if isinstance(part, ast.List))


def exact(number):
    return Fraction(str(number))


def matrices(population, alerts, cancelled, precision, recall):
    """Every (caught, missed, false alarm, left alone) of whole members that fits; None: not said."""
    fits = []
    for caught in range(1, population + 1):
        cases = cancelled if cancelled is not None else caught / exact(recall)
        flagged = alerts if alerts is not None else caught / exact(precision)
        counts = (caught, cases - caught, flagged - caught, population - cases - flagged + caught)
        agrees = (precision is None or caught == exact(precision) * flagged) and (
            recall is None or caught == exact(recall) * cases
        )
        if agrees and all(count >= 0 and count == int(count) for count in counts):
            fits.append(tuple(int(count) for count in counts))
    return fits


def matrices_of(report):
    alerts = None if report["alerts_per_day"] is None else report["alerts_per_day"] * report["days"]
    cancelled = None if report["base_rate"] is None else exact(report["base_rate"]) * report["population"]
    return matrices(report["population"], alerts, cancelled, report["precision"], report["recall"])


@pytest.mark.parametrize(
    "report", assigned("bench.ipynb", "reports") + assigned("bench.ipynb", "hidden_reports"), ids=str
)
def test_every_pilot_report_has_exactly_one_matrix_of_whole_members(report):
    assert [report[key] for key in ("alerts_per_day", "base_rate", "precision", "recall")].count(None) == 1
    assert len(matrices_of(report)) == 1


def test_exactly_one_vendor_claim_is_impossible_and_the_others_have_one_matrix_each():
    claims = assigned("bench.ipynb", "claims")
    found = {
        claim["claim"]: len(matrices_of({**claim, "population": POPULATION, "days": DAYS}))
        for claim in claims
    }
    assert found == {"A": 1, "B": 1, "C": 0, "D": 1}


def test_the_mistaken_readings_of_the_impossible_claim_give_numbers_of_their_own():
    claim = next(claim for claim in assigned("bench.ipynb", "claims") if claim["claim"] == "C")
    alerts, cancelled = claim["alerts_per_day"] * DAYS, exact(claim["base_rate"]) * POPULATION
    precision, recall = exact(claim["precision"]), exact(claim["recall"])
    pairs = {
        "right": (precision * alerts, recall * cancelled),
        "swapped": (recall * alerts, precision * cancelled),
        "per day": (precision * claim["alerts_per_day"], recall * cancelled),
        "of everybody": (precision * alerts, recall * POPULATION),
        "the mistakes": ((1 - precision) * alerts, (1 - recall) * cancelled),
    }
    assert len(set(pairs.values())) == len(pairs)


def test_the_pilots_key_follows_from_its_report_and_its_mistaken_readings_give_numbers_of_their_own():
    cells = nbformat.read(UNIT / "workbook.ipynb", as_version=4).cells
    report = next(cell.source for cell in cells if "We watched" in cell.source)
    said = re.search(
        r"watched ([\d,]+).*flagged (\d+).*, (\d+) % cancelled.*In all, (\d+)", report.replace("\n", " ")
    )
    watched, flagged, percent, cancelled = (int(number.replace(",", "")) for number in said.groups())
    (key,) = matrices(watched, flagged, cancelled, percent / 100, None)
    assert assigned("workbook.ipynb", "right") == dict(zip(CELLS, key, strict=True))
    of_those_who_cancelled = percent * cancelled / 100
    mistaken = [of_those_who_cancelled, flagged - percent * flagged / 100, flagged, cancelled, key[1], key[3]]
    assert key[0] not in mistaken
    assert len(set(mistaken)) == len(mistaken)
