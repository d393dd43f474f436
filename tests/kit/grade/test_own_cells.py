"""The assignment's own cells: read once by the host, run in the sandbox as if it had read them."""

import pytest

from hindcast.kit.grade.convert import OwnCells
from hindcast.kit.grade.sandbox import Limits, Sandbox, why_not

MAGIC = "%time 1\nnames = !echo a"
AWAITS = "import asyncio\nawait asyncio.sleep(0)"


@pytest.fixture
def own():
    return OwnCells({MAGIC, AWAITS, "1 +", "x = 1;"})


def test_a_cell_of_the_assignment_is_plain_python(own):
    assert own.python("x = 1;") == "x = 1;\n"
    assert "get_ipython()" in own.python(MAGIC)


@pytest.mark.parametrize("source", ["x = 2", "x = 1", "", AWAITS, "1 +"])
def test_a_learners_cell_one_that_awaits_and_one_that_cannot_be_read_are_for_the_sandbox(own, source):
    assert own.python(source) is None


@pytest.fixture(scope="module")
def sandbox():
    if why_not():
        pytest.skip(why_not())
    with Sandbox(Limits(seconds=20)) as sandbox:
        yield sandbox


@pytest.fixture
def session(sandbox):
    with sandbox.open({}) as session:
        yield session


def shown(ran):
    return [output["data"]["text/plain"] for output in ran.outputs if "data" in output]


def test_what_the_host_has_read_is_what_runs(session):
    assert shown(session.run("'as written'", 1, python="'as read'\n")) == ["'as read'"]
    assert shown(session.run("'as written'", 2)) == ["'as written'"]


@pytest.mark.parametrize("which", ["cleanup_transforms", "line_transforms"])
def test_where_a_cell_changed_how_cells_are_read_they_are_read_anew(session, which):
    session.run(
        f"get_ipython().input_transformer_manager.{which}.append(lambda lines: ['7\\n'])",
        1,
    )
    assert shown(session.run("'as written'", 2, python="'as read'\n")) == ["7"]


def test_a_test_cell_is_read_as_ever_whatever_a_cell_did_to_the_reader(session):
    session.run(
        "reader = get_ipython().input_transformer_manager\n"
        "type(reader).transform_cell = lambda self, cell: '7\\n'\n"
        "reader.known = ('1 + 1', '8\\n')",
        1,
    )
    assert shown(session.run("1 + 1", 2, afresh=True, python="1 + 1\n")) == ["2"]
    assert shown(session.run("1 + 2", 3, afresh=True)) == ["3"]
