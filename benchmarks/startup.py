"""Measure how long a learner waits, beside the stock libraries: ratios from one run on one machine.

python benchmarks/startup.py [REPEATS]
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
LESSON = ROOT / "solutions" / "06_reading_classifications" / "lesson.ipynb"
STOCK = "import pandas\nimport sklearn.linear_model\nimport sklearn.metrics\nimport matplotlib.pyplot"


def main() -> int:
    """Measure, print the table, return the exit code."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    if not LESSON.is_file():
        print(f"{LESSON} is missing: nothing to measure. Get it back with `git checkout solutions`.")
        return 2
    lesson = nbformat.read(LESSON, as_version=4)
    rows = [
        ("import hindcast", "import pandas", python("import hindcast"), python("import pandas")),
        ("lesson 06, all cells", "its libraries alone", cells(lesson), cells(notebook_of(STOCK))),
    ]
    print(f"{'ours':<22}{'seconds':>9}   {'stock':<22}{'seconds':>9}   {'ratio':>6}")
    for ours, stock, run_ours, run_stock in rows:
        mine, theirs = medians(run_ours, run_stock, repeats)
        print(f"{ours:<22}{mine:>9.2f}   {stock:<22}{theirs:>9.2f}   {mine / theirs:>6.2f}")
    print(
        f"Medians of {repeats}. A kernel's own start is in neither column; Python's own is in the first row."
    )
    return 0


def medians(ours: Callable[[], float], stock: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Median seconds of both, taken in turns so that a busy moment hits both, after a first round."""
    ours(), stock()
    pairs = [(ours(), stock()) for _ in range(repeats)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def python(code: str) -> Callable[[], float]:
    """A run of the code in a fresh Python, as a function that returns its seconds."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        return time.perf_counter() - start

    return run


def cells(notebook: nbformat.NotebookNode) -> Callable[[], float]:
    """A run of every cell in a fresh kernel, as a function that returns its seconds once the kernel is up."""

    def run() -> float:
        client = NotebookClient(nbformat.from_dict(notebook), extra_arguments=["--log-level=ERROR"])
        client.resources = {"metadata": {"path": str(LESSON.parent)}}
        with client.setup_kernel():
            start = time.perf_counter()
            for number, cell in enumerate(client.nb.cells):
                client.execute_cell(cell, number)
            return time.perf_counter() - start

    return run


def notebook_of(code: str) -> nbformat.NotebookNode:
    """A notebook with one cell."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])


if __name__ == "__main__":
    sys.exit(main())
