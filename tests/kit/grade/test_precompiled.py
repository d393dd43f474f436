"""The assignment's cells: the host parses and compiles them once, the sandbox runs the compiled code."""

import base64
import marshal
import re
import sys

import pytest

from hindcast.kit.grade.precompiled import PrecompiledCells
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.sandbox import Sandbox

MAGIC = "%time 1\nnames = !echo a"
AWAITS = "import asyncio\nawait asyncio.sleep(0)"
FUTURE = "from __future__ import annotations\nx = 1"
WARNS = "'\\d'"
RETURNS = "return 1"


@pytest.fixture
def own():
    return PrecompiledCells({MAGIC, AWAITS, FUTURE, WARNS, RETURNS, "1 +", "x = 1;", "1\n2", "# nothing"})


def test_a_cell_of_the_assignment_is_plain_python(own):
    assert own.read("x = 1;")["python"] == "x = 1;\n"
    assert "get_ipython()" in own.read(MAGIC)["python"]


def test_only_an_expression_at_the_end_of_a_cell_is_shown(own):
    shown = [_shows(code) for code in own.read("1\n2")["code"]]
    assert shown == [False, True]
    assert [_shows(code) for code in own.read("x = 1;")["code"]] == [False]
    assert own.read("# nothing")["code"] == []


def _shows(code):
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "displayhook", shown.append)
        exec(marshal.loads(base64.b64decode(code)), {})
    return bool(shown)


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("1", True),
        ("1;", False),
        ("1;\n\n# a comment; and more\n  # another\n", False),
        ("1\n# a comment;", True),
        ("1  # a comment;", True),
        ("1;  # a comment", False),
        ("'''\na;\n# b'''", True),
        ("'''\na;\n# b''';", False),
        ("';'", True),
    ],
    ids=repr,
)
def test_a_semicolon_at_the_end_keeps_a_value_to_itself(session, source, shows):
    assert bool(session.run(source, 1).outputs) == shows


@pytest.mark.parametrize("source", ["x = 2", "x = 1", "", AWAITS, "1 +", RETURNS, FUTURE, WARNS], ids=repr)
def test_a_learners_cell_and_one_that_is_more_than_its_statements_are_for_the_sandbox(own, source):
    assert own.read(source) is None


@pytest.fixture(scope="module")
def sandbox():
    if isolation_obstacle():
        pytest.skip(str(isolation_obstacle()))
    with Sandbox(Limits(seconds=20)) as sandbox:
        yield sandbox


@pytest.fixture
def session(sandbox):
    with sandbox.open({}) as session:
        yield session


def shown(ran):
    return [output["data"]["text/plain"] for output in ran.outputs if "data" in output]


def read(source):
    return PrecompiledCells({source}).read(source)


def test_what_the_host_has_read_and_compiled_is_what_runs(session):
    assert shown(session.run("'as written'", 1, precompiled=read("'as read'"))) == ["'as read'"]
    assert shown(session.run("'as written'", 2)) == ["'as written'"]


def test_what_the_host_has_compiled_is_not_compiled_again(session):
    assert shown(session.run("1", 1, precompiled={**read("1"), "code": read("2")["code"]})) == ["2"]


SAME = {
    "values": "x = 3\nx\nx + 1",
    "quiet": "x = 3\nx;",
    "magics": "%precision 2\n!echo a\n3.14159",
    "a function": "def double(x):\n    return 2 * x\n\n\ndouble(4)",
    "where it failed": "def fail():\n    1 / 0\n\n\nprint('so far')\nfail()\nprint('never')",
    "a warning": "import warnings\n\nwarnings.warn('look here')",
    "its own source": "import inspect\n\n\ndef f():\n    return 'x'\n\n\ninspect.getsource(f)",
    "nothing": "# only a comment",
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME)
def test_it_runs_as_if_the_sandbox_had_read_and_compiled_it(sandbox, source):
    outputs = []
    for own in (None, read(source)):
        with sandbox.open({}) as session:
            ran = session.run(source, 1, precompiled=own)
            text = repr((ran.status, ran.outputs, session.run("In, Out", 2).outputs))
            outputs.append(text)
    ours, theirs = (unnumbered(text) for text in outputs)
    assert ours == theirs
    assert read(source) is not None


def unnumbered(text):
    """Without the number of a kernel's process."""
    return re.sub(r"ipykernel_\d+", "ipykernel", text)


@pytest.mark.parametrize("which", ["cleanup_transforms", "line_transforms"])
def test_where_a_cell_changed_how_cells_are_read_they_are_read_anew(session, which):
    session.run(
        f"get_ipython().input_transformer_manager.{which}.append(lambda lines: ['7\\n'])",
        1,
    )
    assert shown(session.run("'as written'", 2, precompiled=read("'as read'"))) == ["7"]


CHANGES = {
    "all values are shown": ("get_ipython().ast_node_interactivity = 'all'", ["1", "2"]),
    "the future": ("from __future__ import annotations", ["2", "{'x': 'int'}"]),
    "the tree": (
        "import ast\n\n\nclass Sevens(ast.NodeTransformer):\n    def visit_Constant(self, node):\n"
        "        return ast.Constant(7)\n\n\nget_ipython().ast_transformers.append(Sevens())",
        ["7"],
    ),
}
AFTER = {
    "all values are shown": "1\n2",
    "the future": "x: int = 2\ndisplay(x)\n__annotations__",
    "the tree": "1",
}


@pytest.mark.parametrize("change", CHANGES)
def test_where_a_cell_changed_how_cells_are_compiled_they_are_compiled_anew(session, change):
    source, expected = CHANGES[change]
    session.run(source, 1)
    assert shown(session.run(AFTER[change], 2, precompiled=read(AFTER[change]))) == expected


def test_a_test_cell_is_read_and_compiled_as_ever_whatever_a_cell_did(session):
    session.run(
        "shell = get_ipython()\nreader = shell.input_transformer_manager\n"
        "type(reader).transform_cell = lambda self, cell: '7\\n'\n"
        "type(shell.compile).ast_parse = lambda *_, **__: __import__('ast').parse('9')\n"
        "reader.known = ('1 + 1', '8\\n')\n"
        "shell.compile.precompiled = {'python': '1 + 2\\n', 'name': 'x', 'code': []}",
        1,
    )
    assert shown(session.run("1 + 1", 2, afresh=True, precompiled=read("1 + 1"))) == ["2"]
    assert shown(session.run("1 + 2", 3, afresh=True)) == ["3"]


HOW_IT_IS_READ = """
import ast, base64, json, marshal
seven = compile("7", "x", "single")
json.loads = lambda *_, **__: {"source": "7", "count": 2, "number": 2, "own": None}
json.JSONDecoder.decode = lambda *_: json.loads()
marshal.loads = lambda *_: seven
base64.b64decode = lambda *_: marshal.dumps(seven)
ast.Expr = ast.Pass = lambda: None
"""


def test_a_test_cell_is_what_the_host_sent_whatever_a_cell_did_to_the_libraries_that_read_it(session):
    session.run(HOW_IT_IS_READ, 1)
    assert shown(session.run("1 + 1", 2, afresh=True, precompiled=read("1 + 1"))) == ["2"]


def test_a_test_cell_that_the_sandbox_compiles_is_compiled_as_ever(session):
    session.run(
        "import ast\nsevens = compile('7', 'x', 'single', ast.PyCF_ONLY_AST)\n"
        "ast.Interactive = lambda *_: sevens",
        1,
    )
    assert shown(session.run("1 + 1", 2)) == ["7"]
    assert shown(session.run("1 + 1", 3, afresh=True)) == ["2"]


def test_a_test_cell_that_the_host_has_compiled_runs_as_ever(session):
    session.run(
        "import ast\n"
        "async def sevens(self, *_, **__):\n    return await self.run_code(compile('7', 'x', 'single'))\n"
        "type(get_ipython()).run_ast_nodes = sevens\nast.AST.__init__ = lambda *_: 1 / 0",
        1,
    )
    assert shown(session.run("1 + 1", 2, precompiled=read("1 + 1"))) == ["7"]
    assert shown(session.run("1 + 1", 3, afresh=True, precompiled=read("1 + 1"))) == ["2"]
