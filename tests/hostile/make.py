"""Makes this folder's hand-ins: `python tests/hostile/make.py` writes them anew. verdicts.toml values them.

Every hand-in is the released notebook of a unit made for them, with right answers, and one thing done to it.
What would be too large for git, or could not be checked out everywhere (links, odd names), is a recipe: a
test makes it.
"""

import copy
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.release import generate
from hindcast.kit.notebooks.text import notebook_from_text

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
UNIT = "01_hostile"
NAME = "workbook"
POINTS = {"letters": 2.0, "split": 3.0, "square": 2.0, "rate": 2.0, "why": 2.0}

WORKBOOK = """\
# %% [markdown] id="how-it-goes"
# Two exercises of ours, two of another course (a plain assert; a value that is the points), one for a person.

# %% answer="letters"
letters = None
### BEGIN SOLUTION
letters = 3
### END SOLUTION

# %% test="letters" points=2
from hindcast import check

answer = check.read("letters", points=2, letters=check.Count())
### BEGIN HIDDEN TESTS
result = check.Result(answer)
result.award(2, "three letters counted", answer["letters"] == 3)
result.show()
### END HIDDEN TESTS

# %% answer="split"
vowels = None
consonants = None
### BEGIN SOLUTION
vowels = 1
consonants = 2
### END SOLUTION

# %% test="split" points=3
from hindcast import check

answer = check.read("split", points=3, vowels=check.Count(), consonants=check.Count())
### BEGIN HIDDEN TESTS
result = check.Result(answer)
result.award(1, "one vowel", answer["vowels"] == 1)
result.award(2, "two consonants", answer["consonants"] == 2)
result.show()
### END HIDDEN TESTS

# %% answer="square"
def square(x):
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION
    pass

# %% test="square" points=2
assert square(2) == 4
### BEGIN HIDDEN TESTS
assert square(-3) == 9
### END HIDDEN TESTS

# %% answer="rate"
def rate(hits):
    ### BEGIN SOLUTION
    return sum(hits) / len(hits)
    ### END SOLUTION
    pass

# %% test="rate" points=2
4 * rate([1, 1, 0, 0])

# %% [markdown] answer="why" points=2
# Say why.
"""
ANSWERS = {
    "letters": "letters = 3",
    "split": "vowels = 1\nconsonants = 2",
    "square": "def square(x):\n    return x * x",
    "rate": "def rate(hits):\n    return sum(hits) / len(hits)",
    "why": "Because I counted them.",
}
UNWRITTEN = "Write here."  # what is released in the place of a text
WRONG = {
    "letters": "letters = 100",
    "split": "vowels = 100\nconsonants = 100",
    "square": "def square(x):\n    return 100",
    "rate": "def rate(hits):\n    return 0",
}

NOTEBOOKS: dict[str, Callable[[NotebookNode], None]] = {}
TEXTS: dict[str, Callable[[str], str | bytes]] = {}
FOLDERS: dict[str, Callable[[NotebookNode], dict[str, str]]] = {}
RECIPES: dict[str, Callable[[NotebookNode, Path], None]] = {}


def notebook(function):
    """A hand-in of one notebook, which the function changes."""
    NOTEBOOKS[function.__name__] = function
    return function


def text(function):
    """A hand-in whose file the function makes from a sound notebook's text."""
    TEXTS[function.__name__] = function
    return function


def folder(function):
    """A hand-in of several files: the function changes the notebook and returns the others by path."""
    FOLDERS[function.__name__] = function
    return function


def recipe(function):
    """A hand-in that is not in git: the function fills a folder."""
    RECIPES[function.__name__] = function
    return function


# --- the unit, and what one may do to a notebook ------------------------------------------------------------


def checkout(root: Path) -> Path:
    """A checkout in `root` with this unit, its source not yet run, and its release."""
    source = root / "solutions" / UNIT / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    solved = notebook_from_text(WORKBOOK, "the hostile unit")
    source.write_text(notebook_text(solved), encoding="utf-8")
    (root / "grading").mkdir()
    shutil.copy(REPOSITORY / "grading" / "nbgrader_config.py", root / "grading")
    generate(root, UNIT, root / "course")
    return root


def released() -> NotebookNode:
    """What a learner opens."""
    with tempfile.TemporaryDirectory() as scratch:
        return read_notebook(checkout(Path(scratch)) / "course" / UNIT / f"{NAME}.ipynb")


def answered(released: NotebookNode, answers: dict[str, str] = ANSWERS) -> NotebookNode:
    """A copy with these answers."""
    made = copy.deepcopy(released)
    answer(made, **answers)
    return made


def cell(nb: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def answer(nb: NotebookNode, **sources: str) -> None:
    for name, source in sources.items():
        cell(nb, name).source = source.strip("\n")


def first(nb: NotebookNode, source: str) -> None:
    """A cell of the learner's own, before all others."""
    own = nbformat.v4.new_code_cell(source.strip("\n"))
    own.id = "my-own-cell"
    nb.cells.insert(0, own)


def before(nb: NotebookNode, name: str, source: str) -> None:
    """A cell of the learner's own, before the answer `name`."""
    own = nbformat.v4.new_code_cell(source.strip("\n"))
    own.id = "my-own-cell"
    nb.cells.insert(nb.cells.index(cell(nb, name)), own)


def last(nb: NotebookNode, source: str) -> None:
    """A cell of the learner's own, after all others."""
    own = nbformat.v4.new_code_cell(source)
    own.id = "my-own-cell"
    nb.cells.append(own)


def all_wrong(nb: NotebookNode) -> None:
    answer(nb, **WRONG)


# --- benign, for comparison ---------------------------------------------------------------------------------


@notebook
def benign_all_right(nb):
    pass


@notebook
def benign_untouched(nb):
    answer(
        nb,
        letters="letters = None",
        split="vowels = None\nconsonants = None",
        square="def square(x):\n    pass",
        rate="def rate(hits):\n    pass",
        why=UNWRITTEN,
    )


@notebook
def benign_partly_right(nb):
    answer(
        nb,
        split=WRONG["split"].replace("vowels = 100", "vowels = 1"),
        rate="def rate(hits):\n    return 0.25",
    )


@notebook
def benign_all_wrong(nb):
    all_wrong(nb)


@notebook
def benign_error_in_an_answer(nb):
    answer(nb, split="vowels = 1\nconsonants = 2 / 0", why=UNWRITTEN)


@notebook
def benign_prints_and_imports(nb):
    answer(nb, square="import numpy\n\nprint('hello')\n\n\ndef square(x):\n    return int(numpy.square(x))")


@notebook
def benign_figure_and_magics(nb):
    first(
        nb, "%matplotlib inline\nimport matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()\n!echo here"
    )


@folder
def benign_helper_beside_the_notebook(nb):
    answer(nb, square="from helper import square")
    return {"helper.py": "def square(x):\n    return x * x\n", "data/numbers.csv": "n\n1\n"}


# --- a test cell that is not run, or shows nothing ----------------------------------------------------------


@notebook
def zero_test_cell_tagged_skip_execution(nb):
    all_wrong(nb)
    for name in ("letters_test", "square_test"):
        cell(nb, name).metadata.tags = ["raises-exception", "skip-execution"]


@notebook
def zero_not_run_after_exit(nb):
    before(nb, "split", "exit()")


@notebook
def scored_as_it_is_result_that_shows_nothing(nb):
    first(nb, "from hindcast import check\n\ncheck.Result.show = lambda self, *why: self._answer.points")
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_result_that_says_99(nb):
    first(
        nb,
        """
from hindcast import check

shown = check.Result.show
check.Result.show = lambda self, *why: shown(self, *why) and 99.0 or 99.0
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def points_kept_assert_cell_of_another_course_shows_nothing(nb):
    answer(nb, letters=WRONG["letters"])


# --- answers and shells that cheat --------------------------------------------------------------------------


@notebook
def scored_as_it_is_equal_to_everything(nb):
    answer(
        nb,
        letters="""
class Yes:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


letters = Yes()
""",
        split="""
class YesNumber(int):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


vowels = consonants = YesNumber(100)
""",
    )


@notebook
def scored_as_it_is_transformer_drops_asserts(nb):
    first(
        nb,
        """
import ast


class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)


get_ipython().ast_transformers.append(NoAsserts())
get_ipython().input_transformers_post.append(lambda lines: [l for l in lines if "assert" not in l])
get_ipython().input_transformers_cleanup.append(lambda lines: [l for l in lines if "assert" not in l])
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_compiler_drops_asserts(nb):
    first(
        nb,
        """
import codeop


def optimised(self, source, filename, symbol, **more):
    return compile(source, filename, symbol, self.flags, True, optimize=2)


codeop.Compile.__call__ = optimised
type(get_ipython().compile).__call__ = optimised
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_showtraceback_switched_off(nb):
    first(
        nb,
        """
shell = get_ipython()
shell.showtraceback = lambda *_, **__: None
shell._showtraceback = lambda *_, **__: None
shell.set_custom_exc((Exception,), lambda *_, **__: None)
type(shell).showtraceback = type(shell)._showtraceback = lambda *_, **__: None
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_run_cell_replaced(nb):
    first(
        nb,
        """
shell = get_ipython()
run_cell, run_cell_async = shell.run_cell, shell.run_cell_async


def run(source, *rest, **more):
    return run_cell("2.0" if "assert" in source or "rate(" in source else source, *rest, **more)


async def run_async(source, *rest, **more):
    more.pop("transformed_cell", None)
    return await run_cell_async("2.0" if "assert" in source else source, *rest, **more)


shell.run_cell, shell.run_cell_async = run, run_async
type(shell).run_cell = lambda self, *rest, **more: run(*rest, **more)
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_hook_reads_the_hidden_test(nb):
    first(
        nb,
        """
import re


def take_over(info):
    for name, value in re.findall(r'answer\\["(\\w+)"\\] == (\\d+)', info.raw_cell):
        get_ipython().user_ns[name] = int(value)


get_ipython().events.register("pre_run_cell", take_over)
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_python_s_own_names_replaced(nb):
    first(
        nb,
        """
import builtins

builtins.float = lambda value=0: 1.0
builtins.min = lambda *values: 1.0
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"], square=WRONG["square"])


@notebook
def scored_as_it_is_result_displayed_by_hand(nb):
    """A thread and an answer cell display a forged result; the test cell's own comes last."""
    answer(
        nb,
        letters="""
from IPython.display import display

letters = 100
display(
    {
        "text/plain": "2 of 2 points.",
        "application/vnd.hindcast.result+json": {
            "exercise": "letters", "status": "scored", "points": 2.0, "of": 2.0, "mistakes": []
        },
    },
    raw=True,
)
2.0
""",
    )


@notebook
def points_kept_names_a_module_that_exits(nb):
    """The grader imports libraries that notebooks name, once for all; this one ends the process that does."""
    first(nb, "# import numpy.f2py.__main__\nfrom pathlib import Path")


@notebook
def scored_as_it_is_check_replaced(nb):
    """The module that the hidden tests use gives full points for everything, and shows them too."""
    first(
        nb,
        """
from hindcast import check, forms

award = check.Result.award
check.Result.award = lambda self, points, what, earned: award(self, points, what, True)
check.close = lambda *_, **__: True
forms.Count.read = lambda self, value, where: 3
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


AGAIN = """
from hindcast import check

award = check.Result.award


def replace(*_):
    check.Result.award = lambda self, points, what, earned: award(self, points, what, True)


"""


@notebook
def attention_thread_replaces_check_again(nb):
    first(
        nb,
        AGAIN
        + """
import threading


def for_ever():
    while True:
        replace()


threading.Thread(target=for_ever, daemon=True).start()
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_signal_replaces_check_again(nb):
    first(
        nb,
        AGAIN
        + """
import signal

signal.signal(signal.SIGALRM, replace)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_collector_replaces_check_again(nb):
    first(nb, AGAIN + "import gc\n\ngc.callbacks.append(replace)\ngc.set_threshold(1, 1, 1)")
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_audit_hook_replaces_check_again(nb):
    first(nb, AGAIN + "import sys\n\nsys.addaudithook(replace)")
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_deletion_replaces_check_again(nb):
    """The test cell gives `check`, `answer` and `result` new values: what they held is deleted then."""
    first(
        nb,
        """
from hindcast.check import Result

award = Result.award


class Last:
    def __del__(self):
        Result.award = lambda self, points, what, earned: award(self, points, what, True)


check, answer, result, _i, _ii, _iii = (Last() for _ in range(6))
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_builtins_of_ones_own(nb):
    """Names that a cell does not find elsewhere are looked up in the namespace's own `__builtins__`."""
    first(
        nb,
        """
import builtins

from hindcast import check


def imported(name, *rest, **more):
    module = builtins.__import__(name, *rest, **more)
    if name.startswith("hindcast"):
        award = check.Result.award
        check.Result.award = lambda self, points, what, earned: award(self, points, what, True)
    return module


__builtins__ = {**vars(builtins), "__import__": imported}
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_class_of_the_module_changed(nb):
    first(
        nb,
        """
import types

from hindcast import check

Result = check.Result


class Module(types.ModuleType):
    def __getattribute__(self, name):
        if name != "Result":
            return super().__getattribute__(name)
        return type("R", (Result,), {"award": lambda self, n, w, e: Result.award(self, n, w, True)})


check.__class__ = Module
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_check_module_swapped(nb):
    """Another module of the same name stands in for ours."""
    first(
        nb,
        """
import sys
import types

from IPython.display import display


class Result:
    def __init__(self, answer):
        self.name, self.of = answer

    def award(self, *_):
        pass

    def show(self, *_):
        record = {"exercise": self.name, "status": "scored", "points": self.of, "of": self.of, "mistakes": []}
        display({"text/plain": "", "application/vnd.hindcast.result+json": record}, raw=True)
        return self.of


class Answer(tuple):
    def __getitem__(self, name):
        return 0 if isinstance(name, str) else tuple.__getitem__(self, name)


import hindcast

fake = types.ModuleType("hindcast.check")
fake.Result, fake.Count = Result, lambda *_: None
fake.read = lambda name, points, **_: Answer((name, float(points)))
hindcast.check = sys.modules["hindcast.check"] = fake
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


# --- points that are none -----------------------------------------------------------------------------------


@notebook
def clamped_value_above_the_points(nb):
    answer(nb, rate="def rate(hits):\n    return 1.0")


@notebook
def clamped_infinite_points(nb):
    answer(nb, rate="def rate(hits):\n    return float('inf')")


@notebook
def zero_nan_as_points(nb):
    answer(nb, rate="def rate(hits):\n    return float('nan')")


@notebook
def zero_negative_points(nb):
    answer(nb, rate="def rate(hits):\n    return -0.5")


@notebook
def points_kept_as_stock_text_as_last_value(nb):
    answer(nb, rate="def rate(hits):\n    return 'half'")


@notebook
def points_kept_as_stock_object_as_last_value(nb):
    answer(nb, rate="import numpy\n\n\ndef rate(hits):\n    return numpy.mean(hits)")


@notebook
def points_kept_warning_on_stderr(nb):
    answer(
        nb,
        square="""
import sys
import warnings


def square(x):
    warnings.warn("slow")
    return x * x
""",
        rate="def rate(hits):\n    print('rating', file=sys.stderr)\n    return sum(hits) / len(hits)",
    )


# --- cells whose records are damaged ------------------------------------------------------------------------


@notebook
def repaired_test_cell_copied(nb):
    twin = copy.deepcopy(cell(nb, "letters_test"))
    twin.id = "a-copy"
    nb.cells.append(twin)


@notebook
def repaired_answer_cell_copied_the_last_one_counts(nb):
    twin = copy.deepcopy(cell(nb, "letters"))
    twin.id, twin.source = "a-copy", "letters = 100"
    nb.cells.insert(nb.cells.index(cell(nb, "letters")) + 1, twin)


@notebook
def repaired_schema_version_99(nb):
    cell(nb, "letters_test").metadata.nbgrader.schema_version = 99


@notebook
def repaired_schema_version_missing(nb):
    del cell(nb, "letters_test").metadata.nbgrader["schema_version"]


@notebook
def repaired_schema_version_old(nb):
    cell(nb, "square_test").metadata.nbgrader.schema_version = 1


@notebook
def restored_test_cell_deleted(nb):
    nb.cells.remove(cell(nb, "split_test"))


@notebook
def restored_test_cells_deleted_with_wrong_answers(nb):
    all_wrong(nb)
    for name in ("letters_test", "split_test", "square_test", "rate_test"):
        nb.cells.remove(cell(nb, name))


@notebook
def restored_metadata_of_test_cell_stripped(nb):
    cell(nb, "square_test").metadata = nbformat.from_dict({})


@notebook
def restored_all_metadata_and_ids_stripped(nb):
    for number, any_cell in enumerate(nb.cells):
        any_cell.metadata, any_cell.id = nbformat.from_dict({}), f"new-{number}"


@notebook
def restored_test_cell_as_markdown(nb):
    test = cell(nb, "letters_test")
    test.cell_type = "markdown"
    del test["outputs"], test["execution_count"]


@notebook
def restored_grade_id_changed(nb):
    cell(nb, "square_test").metadata.nbgrader.grade_id = "my-own-name"


@notebook
def restored_grade_id_missing(nb):
    del cell(nb, "letters").metadata.nbgrader["grade_id"]


@notebook
def restored_flags_flipped_with_a_test_of_ones_own(nb):
    all_wrong(nb)
    for name in ("letters_test", "square_test"):
        record = cell(nb, name).metadata.nbgrader
        record.solution, record.locked, record.points = True, False, 2000
    answer(nb, letters_test="2.0", square_test="assert True")


@notebook
def restored_test_of_ones_own_in_the_place_of_a_test(nb):
    all_wrong(nb)
    answer(nb, letters_test="2.0", split_test="3.0", square_test="assert True", rate_test="2.0")


@notebook
def scored_as_stock_tests_before_the_answers(nb):
    tests = [cell(nb, f"{name}_test") for name in ("letters", "split", "square", "rate")]
    for test in tests:
        nb.cells.remove(test)
    nb.cells = [*tests, *nb.cells]


@notebook
def points_kept_cells_of_another_exercise_pasted(nb):
    for grade, name in ((False, "elsewhere"), (True, "elsewhere_test")):
        pasted = nbformat.v4.new_code_cell("1 + 1")
        pasted.id = name
        pasted.metadata.nbgrader = nbformat.from_dict(
            {"grade": grade, "solution": not grade, "locked": grade, "task": False, "schema_version": 3}
            | {"grade_id": name, "checksum": "0", "cell_type": "code"}
            | ({"points": 50} if grade else {})
        )
        nb.cells.append(pasted)


@notebook
def points_kept_record_of_a_cell_is_nonsense(nb):
    """A record that is no record, on a cell that the exercise does not ask about."""
    nb.cells[0].metadata.nbgrader = "nonsense"
    first(nb, "1 + 1")
    nb.cells[0].metadata.nbgrader = nbformat.from_dict({"grade_id": 7, "grade": "yes", "points": None})


@notebook
def zero_answer_cell_deleted(nb):
    nb.cells.remove(cell(nb, "letters"))


# --- files that are no notebooks ----------------------------------------------------------------------------


@text
def refused_invalid_json(sound):
    return sound[: len(sound) // 2]


@text
def refused_empty_file(sound):
    return ""


@text
def refused_bytes_that_are_no_text(sound):
    return bytes(range(256)) * 4


@text
def refused_json_that_is_no_notebook(sound):
    return '["a", "list"]\n'


@text
def refused_nested_too_deeply(sound):
    return "[" * 20_000 + "]" * 20_000


@text
def refused_nbformat_99(sound):
    return sound.replace('"nbformat": 4', '"nbformat": 99')


@text
def refused_cells_that_are_no_cells(sound):
    return json.dumps({**json.loads(sound), "cells": [1, "two", None, {"cell_type": "code"}]}) + "\n"


@text
def points_kept_byte_order_mark(sound):
    return sound.encode("utf-8-sig")


@text
def points_kept_without_outputs_and_counts(sound):
    content = json.loads(sound)
    for any_cell in content["cells"]:
        any_cell.pop("outputs", None)
        any_cell.pop("execution_count", None)
    return json.dumps(content, indent=1) + "\n"


@text
def points_kept_nbformat_3(sound):
    """As IPython 3 wrote it: one worksheet, `input` for a cell's source, no ids."""
    content = json.loads(sound)
    cells = []
    for any_cell in content["cells"]:
        source, metadata = any_cell["source"], any_cell["metadata"]
        if any_cell["cell_type"] == "code":
            more = {"input": source, "outputs": [], "language": "python", "collapsed": False}
        else:
            more = {"source": source}
        cells.append({"cell_type": any_cell["cell_type"], "metadata": metadata, **more})
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    return json.dumps({**old, "worksheets": [{"cells": cells, "metadata": {}}]}, indent=1) + "\n"


@notebook
def points_kept_other_kernel(nb):
    nb.metadata.kernelspec = nbformat.from_dict({"name": "ir", "language": "R", "display_name": "R"})
    nb.metadata.language_info = nbformat.from_dict({"name": "R"})


@folder
def points_kept_notebook_renamed(nb):
    return {f"{NAME}.ipynb": "", f"{NAME} (1).ipynb": notebook_text(nb)}


@folder
def points_kept_a_copy_beside_the_notebook(nb):
    return {f"{NAME}-Copy1.ipynb": notebook_text(nb)}


@folder
def nothing_no_notebook_in_the_folder(nb):
    return {f"{NAME}.ipynb": "", "notes.txt": "I could not open it.\n"}


# --- cells that do not end, or end everything ---------------------------------------------------------------


@notebook
def cells_before_keep_points_interrupt_is_ignored(nb):
    before(
        nb,
        "square",
        """
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
    )


@notebook
def cells_before_keep_points_os_exit(nb):
    before(nb, "square", "import os\n\nos._exit(0)")


@notebook
def cells_before_keep_points_segfault(nb):
    before(nb, "square", "import ctypes\n\nctypes.string_at(0)")


@notebook
def cells_before_keep_points_forks_and_exits(nb):
    before(nb, "square", "import os\n\nif os.fork():\n    os._exit(0)")


@notebook
def cells_before_keep_points_kills_itself_and_all_others(nb):
    before(
        nb,
        "square",
        """
import os
import signal

for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        try:
            os.kill(int(name), signal.SIGKILL)
        except OSError:
            pass
os.kill(os.getpid(), signal.SIGKILL)
""",
    )


@notebook
def points_kept_kills_every_other_process(nb):
    first(
        nb,
        """
import os
import signal

for target in (-1, 1, os.getppid()):
    try:
        os.kill(target, signal.SIGKILL)
    except OSError:
        pass
""",
    )


@notebook
def points_kept_endless_loop_in_a_cell_of_ones_own(nb):
    before(nb, "square", "while True:\n    pass")


@notebook
def points_kept_sleeps_for_ever(nb):
    before(nb, "square", "import time\n\nwhile True:\n    time.sleep(3600)")


@notebook
def zero_answer_loops_in_the_test(nb):
    answer(nb, square="def square(x):\n    while True:\n        pass")


@notebook
def points_kept_asks_for_input(nb):
    before(nb, "square", "name = input('Your name: ')")


# --- too much of something ----------------------------------------------------------------------------------


@notebook
def points_kept_100_mb_printed(nb):
    before(nb, "square", "for _ in range(100):\n    print('x' * 1_000_000)")


@notebook
def points_kept_200_mb_in_one_display(nb):
    before(
        nb,
        "square",
        "from IPython.display import display\n\ndisplay({'text/plain': 'x' * 200_000_000}, raw=True)",
    )


@notebook
def points_kept_prints_for_ever(nb):
    before(nb, "square", "while True:\n    print('again and again')")


@notebook
def points_kept_takes_all_memory(nb):
    last(nb, "held = []\nwhile True:\n    held.append(bytes(1_000_000_000))")


@notebook
def points_kept_list_grows_for_ever(nb):
    """The one that nbgrader's own tests skip, as it takes all memory there."""
    before(nb, "square", "x = []\nwhile True:\n    x.append(1)")


@notebook
def points_kept_forks_without_end(nb):
    last(nb, "import os\n\nwhile True:\n    os.fork()")


@notebook
def points_kept_fills_the_disk(nb):
    before(
        nb,
        "square",
        """
from pathlib import Path

number = 0
while True:
    Path(f"big-{number}").write_bytes(bytes(100_000_000))
    number += 1
""",
    )


# --- what a cell leaves behind ------------------------------------------------------------------------------


@notebook
def points_kept_closes_stdin_stdout_stderr(nb):
    before(
        nb,
        "square",
        """
import os
import sys

for stream in (sys.stdin, sys.stdout, sys.stderr):
    stream.close()
for number in (0, 1, 2):
    os.close(number)
""",
    )


@notebook
def points_kept_changes_directory_and_deletes_its_files(nb):
    before(
        nb,
        "square",
        """
import os
import shutil

here = os.getcwd()
os.chdir("/")
shutil.rmtree(here, ignore_errors=True)
""",
    )


@notebook
def points_kept_process_left_behind(nb):
    before(
        nb,
        "square",
        """
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            try:
                print("still here")
            except OSError:
                pass
            time.sleep(0.1)
    os._exit(0)
""",
    )


@notebook
def points_kept_thread_prints_for_ever(nb):
    first(
        nb,
        """
import threading
import time


def say():
    while True:
        print("still here")
        time.sleep(0.01)


threading.Thread(target=say, daemon=True).start()
""",
    )


@notebook
def points_kept_clock_of_the_notebook_in_the_past(nb):
    first(
        nb,
        """
import time

time.time = time.monotonic = time.perf_counter = lambda: 0.0
time.sleep = lambda seconds: None
""",
    )


# --- what must not be there ---------------------------------------------------------------------------------

SEARCH = """
import json
import os
import sys
import time

until = time.monotonic() + 1
starts = {os.getcwd(), "/", "/tmp", "/home", "/root", "/proc/1/root", "/proc/1/cwd", "/proc/self/cwd"}
here = os.getcwd()
while here != "/":
    here = os.path.dirname(here)
    starts.add(here)
found = []
for start in starts:
    for folder, folders, files in os.walk(start):
        python = folder in (sys.prefix, sys.base_prefix)
        folders[:] = [] if python else [name for name in folders if name not in ("usr", "proc", "sys")]
        found += [os.path.join(folder, name) for name in files if name.endswith((".ipynb", ".db"))]
        if time.monotonic() > until:
            break
"""


@notebook
def scored_as_it_is_looks_for_the_solutions(nb):
    answer(nb, letters=SEARCH + "\nletters = 3 if found else 100")


@notebook
def scored_as_it_is_reads_its_own_notebook_and_what_lies_above(nb):
    answer(
        nb,
        letters="""
from pathlib import Path

asked = ["workbook.ipynb", "../workbook.ipynb", "../../../solutions/01_hostile/workbook.ipynb"]
asked += ["../../../../../solutions/01_hostile/workbook.ipynb"]
asked += ["../../benign_all_right/01_hostile/workbook.ipynb"]
letters = 3 if any(Path(path).exists() for path in asked) else 100
""",
    )


@notebook
def scored_as_it_is_writes_to_the_gradebook(nb):
    answer(
        nb,
        letters=SEARCH
        + """
import sqlite3

changed = 0
for path in [*found, "../../../gradebook.db", "../../gradebook.db", "../gradebook.db", "gradebook.db"]:
    if path.endswith(".db") and os.path.exists(path):
        with sqlite3.connect(path) as db:
            changed += db.execute("UPDATE grade SET manual_score = 99").rowcount
letters = 3 if changed else 100
""",
    )


@notebook
def scored_as_it_is_reads_secrets_of_the_machine(nb):
    answer(
        nb,
        letters="""
import os
from pathlib import Path


def readable(path):
    try:
        return bool(Path(path).read_bytes())
    except OSError:
        return False


secrets = ["/etc/shadow", "/etc/passwd", "/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/root/.bashrc"]
letters = 3 if os.getuid() == 0 or any(readable(path) for path in secrets) else 100
""",
    )


@folder
def scored_as_it_is_opens_a_connection(nb):
    """The test writes the port of a real server into port.txt."""
    answer(
        nb,
        letters="""
import socket

letters = 100
for address in (("127.0.0.1", int(open("port.txt").read())), ("198.51.100.1", 80)):
    try:
        socket.create_connection(address, timeout=0.5)
        letters = 3
    except OSError:
        pass
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("198.51.100.1", 53))
    letters = 3
except OSError:
    pass
""",
    )
    return {"port.txt": "9\n"}


@folder
def scored_as_it_is_modules_beside_the_notebook(nb):
    """Modules that would do for the test what the answers do not."""
    all_wrong(nb)
    lie = "import builtins\n\nbuiltins.lied = True\n"
    result = (
        "def read(*_, **__):\n    return {}\n\n\nclass Result:\n    def __init__(self, *_):\n        pass\n"
    )
    return {
        "six.py": lie,
        "ipykernel_launcher.py": lie,
        "random.py": lie,
        "sitecustomize.py": lie,
        "hindcast/__init__.py": lie,
        "hindcast/check.py": result,
        "IPython.py": lie,
    }


# --- recipes ------------------------------------------------------------------------------------------------


def put(folder: Path, nb: NotebookNode, name: str = f"{NAME}.ipynb") -> Path:
    path = folder / name
    path.write_text(notebook_text(nb), encoding="utf-8")
    return path


@recipe
def refused_50_mb(nb, folder):
    cell(nb, "letters").outputs = [nbformat.v4.new_output("stream", text="x" * 50_000_000)]
    put(folder, nb)


@recipe
def points_kept_10_000_cells(nb, folder):
    for number in range(10_000):
        more = nbformat.v4.new_code_cell(f"n = {number}")
        more.id = f"n-{number}"
        nb.cells.insert(1, more)
    put(folder, nb)


@recipe
def points_kept_names_many_modules_that_are_not_there(nb, folder):
    """What notebooks import is imported once for all, before anything is run."""
    cell(nb, "why").source += "".join(f"\nimport numpy.n{number}" for number in range(200_000))
    put(folder, nb)


@recipe
def points_kept_names_in_other_case(nb, folder):
    put(folder, nb)
    put(folder, answered(nb, WRONG), f"{NAME.capitalize()}.ipynb")


@recipe
def refused_notebook_is_a_link(nb, folder):
    beyond = folder.parents[2] / "of-somebody-else.ipynb"
    put(beyond.parent, nb, beyond.name)
    (folder / f"{NAME}.ipynb").symlink_to(beyond)


@recipe
def refused_link_out_of_the_folder(nb, folder):
    beyond = folder.parents[2] / "secret.txt"
    beyond.write_text("3")
    answer(nb, letters="letters = int(open('secret.txt').read())")
    (folder / "secret.txt").symlink_to(beyond)
    (folder / "everything").symlink_to(beyond.parent)
    put(folder, nb)


@recipe
def points_kept_unicode_bomb_in_names(nb, folder):
    put(folder, nb)
    (folder / ("z" + "\u0301\u0323" * 60)).write_text("marks")
    (folder / "\u202egnp.exe").write_text("right to left")
    (folder / "\ufeff\u200b.txt").write_text("nothing to see")
    (folder / ("\U0001f9d1\u200d" * 30)).write_text("joined")
    (folder / "two\nlines\x1b[31m.txt").write_text("control")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt")).write_text("no UTF-8")


@recipe
def points_kept_clock_of_the_hand_in_in_the_past(nb, folder):
    (folder / "timestamp.txt").write_text("1970-01-01 00:00:00 UTC")
    path = put(folder, nb)
    os.utime(path, (0, 0))
    os.utime(folder, (0, 0))


@recipe
def points_kept_timestamp_that_is_none(nb, folder):
    (folder / "timestamp.txt").write_text("But I want to be a timestamp string :(")
    put(folder, nb)


@recipe
def points_kept_pipe_in_the_folder(nb, folder):
    os.mkfifo(folder / "pipe")
    put(folder, nb)


@recipe
def points_kept_read_only_folder(nb, folder):
    put(folder, nb).chmod(0o444)
    folder.chmod(0o555)


# --- making them --------------------------------------------------------------------------------------------


def files(released: NotebookNode) -> dict[str, bytes]:
    """Every file that is kept in git, by its path in this folder."""
    made: dict[str, bytes] = {}
    for name, change in NOTEBOOKS.items():
        nb = answered(released)
        change(nb)
        made[f"{name}.ipynb"] = notebook_text(nb).encode()
    for name, change in TEXTS.items():
        content = change(notebook_text(answered(released)))
        made[f"{name}.ipynb"] = content if isinstance(content, bytes) else content.encode()
    for name, change in FOLDERS.items():
        nb = answered(released)
        others = change(nb)
        for path, content in ({f"{NAME}.ipynb": notebook_text(nb)} | others).items():
            if content:
                made[f"{name}/{path}"] = content.encode()
    return made


def names() -> list[str]:
    """Every hand-in, those of recipes included."""
    return [*NOTEBOOKS, *TEXTS, *FOLDERS, *RECIPES]


def hand_in(name: str, folder: Path, released: NotebookNode) -> None:
    """Put a hand-in into a learner's folder, which is made."""
    folder.mkdir(parents=True)
    if name in RECIPES:
        RECIPES[name](answered(released), folder)
    elif name in FOLDERS:
        shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
    else:
        shutil.copy(HERE / f"{name}.ipynb", folder / f"{NAME}.ipynb")


def main() -> None:
    """Write what is kept in git; take away what is no longer made."""
    made = files(released())
    for path in HERE.rglob("*"):
        kept = path.name in ("make.py", "verdicts.toml", "cohort.py") or "__pycache__" in path.parts
        if path.is_file() and not kept and str(path.relative_to(HERE)) not in made:
            path.unlink()
    for name, content in made.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(content)
    print(f"{len(made)} files, {sum(map(len, made.values())) / 1000:.0f} kB", file=sys.stderr)


if __name__ == "__main__":
    main()
