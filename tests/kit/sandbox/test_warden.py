"""Ordinary cells show the same in the sandbox as under stock nbgrader."""

import json
import re
from pathlib import Path

import nbformat
import pytest

import hindcast
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle()))

SOURCE = Path(__file__).parents[3] / "src"
MODULES = ("numpy", "pandas", "matplotlib.pyplot", "ipywidgets")
FILES = {"helper.py": b"VALUE = 41 + 1\n", "data/t.txt": b"table"}
# one notebook, in this order
CELLS = [
    "1 + 1",
    "print('one')\nprint('two', end='')",
    "import sys, os\nprint('out')\nprint('err', file=sys.stderr)",
    "x = 3;",
    "x;",
    "x, 'text', [1.5, None]",
    "1 / 0",
    "undefined_name",
    "def f(:\n    pass",
    "raise ValueError('two\\nlines')",
    "from IPython.display import HTML, Markdown\ndisplay(HTML('<b>b</b>'))\ndisplay('plain', {'a': 1})",
    "Markdown('*m*')",
    "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
    "import asyncio\nawait asyncio.sleep(0.001)\n'awaited'",
    "asyncio.get_running_loop().is_running()",
    "async def g():\n    raise KeyError('inside')\nawait g()",
    "try:\n    asyncio.run(asyncio.sleep(0))\nexcept RuntimeError as e:\n    print(e)",
    "async def late():\n    held.append(1)\nheld = []\ntask = asyncio.create_task(late())",
    "held",
    "try:\n    input('name? ')\nexcept Exception as e:\n    print(type(e), e)",
    "import getpass\ntry:\n    getpass.getpass()\nexcept Exception as e:\n    print(type(e), e)",
    "len?",
    "pd.DataFrame??",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
    "fig, ax = plt.subplots()\nax.bar([1, 2], [3, 4])\nplt.show()\nprint('after')",
    "fig",
    "!echo from the shell; test -t 1 && echo a terminal",
    "lines = !printf 'a\\nb'\nlines",
    "%%bash\necho one",
    "%%bash\nexit 3",
    "import subprocess\nsubprocess.run(['echo', 'out'], capture_output=True, text=True).stdout",
    "import ipywidgets\nwidget = ipywidgets.IntSlider(value=3)\nwidget.value",
    "ipywidgets.HTML('<b>x</b>', _model_id='fixed') and None",
    "out = ipywidgets.Output()\nwith out:\n    print('in the widget')\nprint('in the cell')",
    "with out:\n    1 / 0\nprint('swallowed')",
    "ipywidgets.interactive(lambda n: print('shown', n), n=3).update()\nprint('ours')",
    "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')",
    "print('gone later')\nclear_output(wait=True)\nprint('stays too')",
    "handle = display('first', display_id='d1')\nhandle.update('second')",
    "class Own(Exception):\n    def _render_traceback_(self):\n        return ['this']\nraise Own('said')",
    "import warnings\nwarnings.warn('careful')",
    "_1, In[1], len(Out) > 3",
    "get_ipython().__class__.__name__",
    "%%capture kept\nprint('kept')",
    "kept.stdout",
    "import helper\nhelper.VALUE",
    "open('data/t.txt').read(), sorted(os.listdir())[-1]",
    "%run helper.py\nVALUE",
    "from rich import print as rprint\nrprint('[bold]rich[/bold]')",
    "from IPython.display import Image\nImage(b'\\x89PNG\\r\\n\\x1a\\n', format='png')",
    "raise SystemExit(3)",
    "sys.exit('bye')",
    "raise KeyboardInterrupt",
    "assert 1 == 2, 'not equal'",
    "get_ipython().showtraceback = lambda *a, **k: None\n1 / 0",
    "del get_ipython().showtraceback\n1 / 0",
    "%nosuchmagic",
    "import numpy as np\nnp.arange(3)",
    "display({'application/json': {'a': [1, None]}, 'text/plain': 'j'}, raw=True)",
    "float('nan'), 10**30, '\\u2212\\U0001f600'",
    "os.environ['NBGRADER_EXECUTION'], os.environ['PAGER'], os.environ['TERM']",
    "__name__, '__file__' in globals()",
    "import inspect\ndef documented():\n    'words'\n    return 1\ninspect.getsource(documented)",
    "import pickle\nclass Thing: pass\ntype(pickle.loads(pickle.dumps(Thing()))) is Thing",
    "%%writefile made.txt\nhello",
    "%cd data\n",
    "os.path.basename(os.getcwd())",
    "1.0",
]


def merged(outputs):
    """Merge consecutive pieces of one stream: how often a print was flushed does not matter."""
    made = []
    for output in map(dict, outputs):
        last = made[-1] if made else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            made.append(output)
    return made


def normal(outputs):
    """Outputs without colours, addresses, bytes of pictures and paths of files."""
    text = json.dumps(merged(outputs), sort_keys=True, indent=0)
    for pattern, instead in (
        (r"\\u001b\[[0-9;]*m", ""),
        (r"\\u001b\[\?[0-9]+[hl]", ""),
        (r"0x[0-9a-f]+", "0x"),
        (r" +", " "),
        (r'"image/png": "[^"]+"', '"image/png": "..."'),
        (r"(/tmp/ipykernel_\d+/)?\d{6,}\.py", "CELL.py"),
        (r"/\S*?/(work|folder)/data", "/.../data"),
        (r"site-packages/IPython/core/interactiveshell.py:\d+", "interactiveshell.py"),
    ):
        text = re.sub(pattern, instead, text)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock") / "folder"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def stock(folder):
    """The notebook as stock nbgrader runs it."""
    from nbgrader.preprocessors import Execute

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBGRADER_EXECUTION", "autograde")
        Execute().preprocess(notebook, {"metadata": {"path": str(folder)}})
    return notebook.cells


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Limits(), readable=[SOURCE], modules=MODULES) as sandbox:
        sandbox.start()
        yield sandbox


@pytest.fixture(scope="module")
def ours(sandbox):
    with sandbox.open(FILES) as session:
        return [session.run(source, number) for number, source in enumerate(CELLS, start=1)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(CELLS)), ids=lambda n: re.sub(r"\W+", "-", CELLS[n])[:40])
def test_a_cell_shows_what_it_shows_under_stock_nbgrader(stock, ours, number):
    assert normal(ours[number].outputs) == normal(stock[number].outputs)


def test_what_cells_showed_is_valid_in_a_notebook(ours):
    cells = [
        nbformat.v4.new_code_cell(source, outputs=ran.outputs, execution_count=ran.execution_count)
        for source, ran in zip(CELLS, ours, strict=True)
    ]
    nbformat.validate(nbformat.from_dict(nbformat.v4.new_notebook(cells=cells)))


def test_the_status_says_whether_there_was_an_error(ours):
    failed = [any(output["output_type"] == "error" for output in ran.outputs) for ran in ours]
    assert [ran.status for ran in ours] == ["error" if error else "ok" for error in failed]
    assert {ran.reason for ran in ours} == {""}


def test_a_value_that_cannot_be_shown_is_an_error(sandbox):
    # stock shows it twice, the second time as an error named NoneType
    with sandbox.open({}) as session:
        ran = session.run(
            "class Odd:\n    def __repr__(self):\n        raise RuntimeError('no repr')\nOdd()", 1
        )
    assert (ran.status, [output["ename"] for output in ran.outputs]) == ("error", ["RuntimeError"])


def test_exit_ends_the_session_after_its_cell(sandbox):
    with sandbox.open({}) as session:
        assert session.run("print(1)\nexit()", 1).status == "ok"
        after = session.run("1", 2)
        assert (after.status, after.reason) == ("not run", "cell 1 had ended the session with exit()")


def test_a_module_beside_the_notebook_never_shadows_a_library(sandbox):
    with sandbox.open({"six.py": b"WRONG = True", "numpy.py": b"WRONG = True"}) as session:
        ran = session.run("import six, numpy, json\nhasattr(six, 'WRONG'), hasattr(numpy, 'WRONG')", 1)
        assert ran.outputs[0]["data"]["text/plain"] == "(False, False)"


def value(session, source, count=1, afresh=False):
    """The text of a cell's last value; its error where there is none."""
    ran = session.run(source, count, afresh)
    shown = [output for output in ran.outputs if output["output_type"] == "execute_result"]
    return shown[-1]["data"]["text/plain"] if shown else str(ran)


TAMPERING = {
    "an ast transformer that drops asserts": """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Drop())""",
    "an input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['1.0'])",
    "a cleanup transformer": "get_ipython().input_transformers_cleanup.append(lambda lines: ['1.0'])",
    "an event that raises points": "get_ipython().events.register('pre_run_cell', lambda i: print('me'))",
    "no traceback": "get_ipython().showtraceback = lambda *a, **k: None",
    "no traceback, by the class": "type(get_ipython())._showtraceback = lambda *a, **k: None",
    "run_cell of its own": "get_ipython().run_cell = lambda *a, **k: None",
    "a display hook": "type(get_ipython().displayhook).__call__ = lambda self, value=None: print('me')",
    "another display hook": "get_ipython().displayhook = print",
    "another publisher": "get_ipython().display_pub = None",
    "a formatter for floats": """
get_ipython().display_formatter.formatters['text/plain'].for_type(float, lambda v, p, c: p.text('100'))""",
    "closed streams": "import sys\nsys.stdout.close(); sys.stderr = None",
    "builtins": "import builtins\nbuiltins.float = lambda x: 100\nbuiltins.print = None",
    "a tracer": "import sys\nsys.settrace(lambda *a: print('me'))",
    "closed descriptors": "import os\nos.close(0); os.close(1); os.close(2)",
}


@pytest.mark.parametrize("how", TAMPERING)
def test_a_test_cell_runs_afresh_whatever_cells_did_to_the_shell(sandbox, how):
    with sandbox.open({}) as session:
        session.run(TAMPERING[how], 1)
        failed = session.run("assert 1 == 2", 2, afresh=True)
        assert [output["ename"] for output in failed.outputs] == ["AssertionError"]
        assert value(session, "print('shown')\nfloat('0.5')", 3, afresh=True) == "0.5"
        assert session.run("print('shown')", 4, afresh=True).outputs[0]["text"] == "shown\n"


TAMPERED = {
    "a method": "from hindcast import check\n"
    "check.Result.award = lambda self, *rest: setattr(self, '_earned', 9)",
    "the code of a method": "from hindcast import check\n"
    "check.Result.show.__code__ = (lambda self, *why: 9.0).__code__",
    "a function": "from hindcast import check\ncheck.close = lambda *a, **k: True",
    "a form": "from hindcast import forms\nforms.Count.read = lambda self, value, where: 3",
    "the module": "import sys, types\nimport hindcast\n"
    "fake = types.ModuleType('hindcast.check')\nsys.modules['hindcast.check'] = hindcast.check = fake",
    "a new name on the package": "import hindcast\nhindcast.check = 3",
    "a compiler that drops asserts": "import codeop\n"
    "codeop.Compile.__call__ = lambda self, code, name, kind, **more: compile(code, name, kind, optimize=2)",
    "how things are displayed": "import IPython.display\nIPython.display.display = lambda *a, **k: None",
}
TEST = """
from hindcast import check
answer = check.read("letters", points=2, letters=check.Count())
result = check.Result(answer)
result.award(2, "three letters", check.close(answer["letters"], 3))
assert answer["letters"] == 1
result.show()
"""


@pytest.mark.parametrize("how", TAMPERED)
def test_what_judges_is_afresh_too(judging, how):
    with judging.open({}) as session:
        assert session.run("letters = 1", 1).status == "ok"
        session.run(TAMPERED[how], 2)
        ran = session.run(TEST, 3, afresh=True)
        assert ran.outputs[-1]["data"]["text/plain"] == "0.0", ran
        assert any("application/vnd.hindcast.result+json" in o.get("data", {}) for o in ran.outputs)
        assert session.run("assert 1 == 2", 4, afresh=True).status == "error"


AGAIN = {
    "a clock": "import signal\nsignal.signal(signal.SIGALRM, lambda *_: patch())\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)",
    "the collector": "import gc\ngc.callbacks.append(lambda *_: patch())\ngc.set_threshold(1)",
    "an audit hook": "import sys\nsys.addaudithook(lambda *_: patch())",
    "an end": "class Last:\n    def __del__(self):\n        patch()\ncheck = answer = result = Last()",
    "an end in the history": "class Last:\n    def __del__(self):\n        patch()\n_i3 = _ii = Last()",
    "builtins of one's own": "def patching(*rest, **more):\n    patch()\n    return kept(*rest, **more)\n"
    "import builtins\nkept = builtins.__import__\n__builtins__ = {**vars(builtins), '__import__': patching}",
    "the class of the module": "from hindcast import check as c\nclass Odd(type(c)):\n"
    "    def __getattribute__(self, name):\n        found = super().__getattribute__(name)\n"
    "        return (lambda *a, **k: True) if name == 'close' else found\nc.__class__ = Odd",
    "a profiler": "import sys\nsys.setprofile(lambda *_: patch())",
    "an end in another module": "class Last:\n    def __del__(self):\n        patch()\n"
    "import hindcast.forms.base\nhindcast.forms.base.left = Last()",
    "an end in a class": "class Last:\n    def __del__(self):\n        patch()\n"
    "import hindcast.forms.base\nhindcast.forms.base.Number.left = Last()",
    "an end in a default": "class Last:\n    def __del__(self):\n        patch()\n"
    "import hindcast.forms.plain_data\nhindcast.forms.plain_data.as_plain_data.__defaults__ = (Last(),)",
    "an end in the place of a module": "class Last:\n    def __del__(self):\n        patch()\n"
    "import sys\nsys.modules['hindcast.tables'] = Last()",
    "an end in a function's code": "class Last:\n    def __del__(self):\n        patch()\n"
    "import hindcast.forms.plain_data\nplain = hindcast.forms.plain_data.as_plain_data\n"
    "plain.__code__ = plain.__code__.replace(co_consts=(Last(),))\ndel plain",
    "the lines of cells": "import linecache\nclass Lines(dict):\n    def __setitem__(self, *entry):\n"
    "        patch()\n        super().__setitem__(*entry)\nlinecache.cache = Lines()",
    "the files of modules": "import inspect\nclass Files(dict):\n    def __setitem__(self, *entry):\n"
    "        patch()\n        super().__setitem__(*entry)\ninspect.modulesbyfile = Files()",
    "a function of the library": "import os\nnumber = os.getpid()\nos.getpid = lambda: patch() or number",
    "a handler": "import signal\nkept = signal.signal\nsignal.signal = lambda *rest: patch() or kept(*rest)",
    "a trait": "from traitlets import Bool\nkept = Bool.validate\n"
    "Bool.validate = lambda *rest: patch() or kept(*rest)",
}


@pytest.mark.parametrize("how", AGAIN)
def test_nothing_left_behind_changes_it_again(judging, how):
    patch = "from hindcast import check\ndef patch():\n    check.Result.show = lambda self, *why: 2.0\n"
    with judging.open({}) as session:
        session.run("letters = 1", 1)
        session.run(patch + AGAIN[how], 2)
        ran = session.run(TEST, 3, afresh=True)
        assert ran.outputs[-1].get("data", {}).get("text/plain") == "0.0", ran


def test_a_learners_garbage_does_not_end_while_a_test_runs(sandbox):
    garbage = (
        "class Last:\n    def __del__(self):\n        print('ended')\n"
        "import gc\ngc.disable()\nlast = Last()\nlast.itself = last\ndel last"
    )
    with sandbox.open({}) as session:
        assert session.run(garbage, 1).status == "ok"
        ran = session.run("import gc\nprint('a test', gc.collect() >= 0)", 2, afresh=True)
        assert [output["text"] for output in ran.outputs] == ["a test True\n"]


@pytest.mark.parametrize(
    "company",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "import subprocess\nsubprocess.Popen(['sleep', '60'])",
    ],
)
def test_what_still_runs_beside_a_cell_is_told(sandbox, company):
    with sandbox.open({}) as session:
        assert not session.run("1 + 1", 1).company
        assert not session.run(company, 2).company
        assert session.run("1 + 1", 3, afresh=True).company


@pytest.fixture(scope="module")
def judging():
    package = Path(hindcast.__file__).parent
    with Sandbox(Limits(), readable=[package], modules=["hindcast.check", "IPython.display"]) as sandbox:
        yield sandbox


@pytest.mark.parametrize("how", ["sys.stdout = None", "sys.stderr.close()", "sys.stdout.close()"])
def test_streams_that_a_cell_took_away_come_back(sandbox, how):
    with sandbox.open({}) as session:
        session.run(f"import sys\n{how}", 1)
        ran = session.run("print('shown')", 2)
        assert (ran.status, ran.outputs[0]["text"]) == ("ok", "shown\n")


def test_a_test_cell_takes_nothing_from_the_learner(judging):
    own = "import hindcast\nresult = answer = check = 7\nletters = None"
    within = f"{TEST}\ndef _judged():\n    import hindcast\n_judged()"
    with judging.open({}) as session:
        session.run(own, 1)
        assert session.run(within, 2, afresh=True).status == "error"  # not attempted: it ends at check.read
        assert value(session, "hindcast.__name__, result, answer", 3) == "('hindcast', 7, 7)"


def test_what_cells_defined_is_still_there_afresh(sandbox):
    with sandbox.open({}) as session:
        session.run("answer = 42", 1)
        assert value(session, "answer", 2, afresh=True) == "42"


def test_every_notebook_starts_with_random_numbers_of_its_own(sandbox):
    drawn = set()
    for _ in range(3):
        with sandbox.open({}) as session:
            drawn.add(value(session, "import random\nrandom.random()"))
            drawn.add(value(session, "import numpy\nnumpy.random.rand()", 2))
    assert len(drawn) == 6


def test_nothing_of_the_warm_up_is_left(sandbox):
    with sandbox.open({}) as session:
        assert value(session, "sorted(n for n in globals() if n[0] != '_')") == (
            "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"
        )
        shown = value(session, "import matplotlib.pyplot as plt\nplt.get_fignums(), __, In[0], len(In)", 2)
        assert shown == "([], '', '', 3)"


def test_what_runs_a_notebook_is_not_among_its_modules(sandbox):
    source = (
        "import sys\n[name for name, module in sys.modules.items()"
        " if name.partition('.')[0] == 'inside' or '/inside/' in str(getattr(module, '__file__', ''))]"
    )
    with sandbox.open({}) as session:
        assert value(session, source) == "[]"
        assert session.run("import inside.restore", 2).outputs[-1]["ename"] == "ModuleNotFoundError"


def test_the_environment_of_a_notebook_can_be_added_to(sandbox):
    with sandbox.open({}, {"HINDCAST_DATA": "/some/where"}) as session:
        assert value(session, "import os\nos.environ['HINDCAST_DATA']") == "'/some/where'"
    with sandbox.open({}) as session:
        assert value(
            session, "import os\n[n in os.environ for n in ('HINDCAST_DATA', 'JPY_PARENT_PID')]"
        ) == ("[False, False]")


def test_what_processes_print_is_shown_in_order(sandbox):
    source = "import os, sys\nprint('a')\nos.system('echo b')\nprint('c')\ndisplay(1)\nos.write(1, b'd');"
    with sandbox.open({}) as session:
        shown = session.run(source, 1).outputs
    assert [output.get("text") for output in shown] == ["a\nb\nc\n", None, "d"]


def test_figures_are_pictures_and_text(sandbox):
    with sandbox.open({}) as session:
        shown = session.run("import matplotlib.pyplot as plt\nplt.plot([1]); plt.title('x');", 1).outputs
    assert [set(output["data"]) for output in shown] == [{"image/png", "text/plain"}]


def test_byte_code_is_read_and_not_written(sandbox, tmp_path):
    source = """
import sys, os, importlib.util
written = [n for n, m in sys.modules.items() if str(getattr(m, '__cached__', '')).startswith('/scratch')]
written, os.path.exists(importlib.util.find_spec('numpy').cached), sys.dont_write_bytecode
"""
    with sandbox.open({}) as session:
        assert value(session, source) == "([], True, False)"


def test_of_an_output_that_is_too_long_in_several_forms_the_plain_one_stays():
    both = "{'text/plain': 'a' * 3000, 'text/html': 'b' * 3000}"
    with Sandbox(Limits(output=5000)) as small, small.open({}) as session:
        ran = session.run(f"from IPython.display import display\ndisplay({both}, raw=True)", 1)
    (shown,) = (output["data"] for output in ran.outputs)
    assert {*shown} == {"text/plain"} and shown["text/plain"].startswith("a" * 3000)
    assert "left out" in ran.reason
