"""The bench of unit 02: a contract has one reading, and hidden tests keep to what a learner sees."""

import ast
from pathlib import Path

import nbformat
import pytest

from hindcast.units.telling_prediction_from_classification import bench

UNIT = Path(__file__).parents[3] / "solutions" / "02_telling_prediction_from_classification"
SOURCES = [cell.source for cell in nbformat.read(UNIT / "bench.ipynb", 4).cells if cell.cell_type == "code"]
READING = ("is_number", "is_ranking", "passes")


def functions(source, names=READING):
    """The functions of these names in a cell, at whatever depth."""
    nodes = ast.walk(ast.parse(source))
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef) and node.name in names}


def made(*starts):
    """Names that the cells with these beginnings define, run in order."""
    names = {}
    for start in starts:
        exec(next(source for source in SOURCES if source.startswith(start)), names)
    return names


def test_both_exercises_on_contracts_read_a_contract_in_the_same_way():
    first, second = (functions(source) for source in SOURCES if "def passes" in source)
    assert first.keys() == second.keys() == set(READING)
    for name in READING:
        assert ast.dump(first[name]) == ast.dump(second[name])


@pytest.fixture(scope="module")
def solved():
    """The names that the reference answers define."""
    return made("contracts = {", "def accepts")


def test_the_reference_contracts_do_what_the_table_of_last_week_says(solved):
    for model, payload, should in bench.CAME_LAST_WEEK:
        assert solved["accepts"](solved["contracts"][model], payload) is (should == "pass"), (model, payload)


def test_the_table_of_last_week_does_not_give_the_limits_away(solved):
    payloads = [payload for _, payload, _ in bench.CAME_LAST_WEEK]
    for model, contract in solved["contracts"].items():
        assert not set(contract["limits"]) & {x for x in payloads if isinstance(x, int)}, model
        assert len({*contract["allowed"]} & {x for x in payloads if isinstance(x, int)}) <= 1, model


def test_the_reference_finds_in_the_records_one_sees_what_stands_beside_them():
    contradictions = made("def contradictions")["contradictions"]
    for name, record in bench.RECORDS.items():
        assert contradictions(record, bench.SCALES) == bench.FOUND[name]
