"""Cells that take too much: output, memory, processes or disk."""

from .register import notebook
from .unit import before, last


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
    """nbgrader's own tests skip this notebook, because it takes all memory there."""
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
