"""The unit that hostile hand-ins answer: its source, right and wrong answers, ways to edit its notebook."""

import copy
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from hindcast.kit.notebooks.normalise import notebook_text, read_notebook
from hindcast.kit.notebooks.release import generate
from hindcast.kit.notebooks.text import notebook_from_text

REPOSITORY = Path(__file__).resolve().parents[3]
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
UNWRITTEN = "Write here."  # the released notebook has this in place of the text
WRONG = {
    "letters": "letters = 100",
    "split": "vowels = 100\nconsonants = 100",
    "square": "def square(x):\n    return 100",
    "rate": "def rate(hits):\n    return 0",
}


def checkout(root: Path) -> Path:
    """Put this unit's source, not executed, and its release into `root` as in a checkout; return `root`."""
    source = root / "solutions" / UNIT / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    solved = notebook_from_text(WORKBOOK, "the hostile unit")
    source.write_text(notebook_text(solved), encoding="utf-8")
    (root / "grading").mkdir()
    shutil.copy(REPOSITORY / "grading" / "nbgrader_config.py", root / "grading")
    generate(root, UNIT, root / "course")
    return root


def released() -> NotebookNode:
    """The released notebook, which a learner opens."""
    with tempfile.TemporaryDirectory() as scratch:
        return read_notebook(checkout(Path(scratch)) / "course" / UNIT / f"{NAME}.ipynb")


def answered(released: NotebookNode, answers: dict[str, str] = ANSWERS) -> NotebookNode:
    """A copy of the released notebook with these answers."""
    made = copy.deepcopy(released)
    answer(made, **answers)
    return made


def cell(nb: NotebookNode, name: str) -> NotebookNode:
    """The first cell with this grade_id."""
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def answer(nb: NotebookNode, **sources: str) -> None:
    """Replace the source of each cell named, by its grade_id."""
    for name, source in sources.items():
        cell(nb, name).source = source.strip("\n")


def all_wrong(nb: NotebookNode) -> None:
    """Answer everything wrongly that a machine judges."""
    answer(nb, **WRONG)


def first(nb: NotebookNode, source: str) -> None:
    """Put a cell of the learner's own before all others."""
    nb.cells.insert(0, _own_cell(source))


def before(nb: NotebookNode, name: str, source: str) -> None:
    """Put a cell of the learner's own before the answer `name`."""
    nb.cells.insert(nb.cells.index(cell(nb, name)), _own_cell(source))


def last(nb: NotebookNode, source: str) -> None:
    """Put a cell of the learner's own after all others."""
    nb.cells.append(_own_cell(source))


def put(folder: Path, nb: NotebookNode, name: str = f"{NAME}.ipynb") -> Path:
    """Write a notebook into a folder and return its path."""
    path = folder / name
    path.write_text(notebook_text(nb), encoding="utf-8")
    return path


def _own_cell(source: str) -> NotebookNode:
    own = nbformat.v4.new_code_cell(source.strip("\n"))
    own.id = "my-own-cell"  # nbformat's would be random
    return own
