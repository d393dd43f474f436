"""Ordinary hand-ins, right and wrong, to compare the others with."""

from .register import notebook, with_files
from .unit import UNWRITTEN, WRONG, all_wrong, answer, first


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


@with_files
def benign_helper_beside_the_notebook(nb):
    answer(nb, square="from helper import square")
    return {"helper.py": "def square(x):\n    return x * x\n", "data/numbers.csv": "n\n1\n"}
