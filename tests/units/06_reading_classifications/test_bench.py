"""The puzzles of bench 06 have the one solution their keys claim, found by trying all whole numbers."""

import ast
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest

from hindcast.units.reading_classifications import bench

UNIT = Path(__file__).parents[3] / "solutions" / "06_reading_classifications"
POPULATION, DAYS = 20_000, 30


def hidden_reports():
    """The reports that the hidden test tries."""
    for cell in nbformat.read(UNIT / "bench.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "hidden_reports":
                    return ast.literal_eval(node.value)
    raise AssertionError("there are no hidden reports")


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


@pytest.mark.parametrize("report", [*bench.REPORTS, *hidden_reports()], ids=str)
def test_every_pilot_report_has_exactly_one_matrix_of_whole_members(report):
    assert [report[key] for key in ("alerts_per_day", "base_rate", "precision", "recall")].count(None) == 1
    assert len(matrices_of(report)) == 1


def test_exactly_one_vendor_claim_is_impossible_and_the_others_have_one_matrix_each():
    found = {
        name: len(matrices_of({**claim, "population": POPULATION, "days": DAYS}))
        for name, claim in bench.CLAIMS.items()
    }
    assert found == {"A": 1, "B": 1, "C": 0, "D": 1}


def test_the_mistaken_readings_of_the_impossible_claim_give_numbers_of_their_own():
    claim = bench.CLAIMS["C"]
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
