"""INSIDE the sandbox, before the worker forks: run once what every notebook would otherwise pay for."""

import builtins
import gc
import inspect
import sys

from .link import LINK
from .notebook import refuse_input
from .restore import Pristine
from .shell import CellShell

FIGURE = """
import matplotlib.pyplot
matplotlib.pyplot.plot([1, 2], label="a")
matplotlib.pyplot.legend()
"""


def rehearse(shell: CellShell, sources: list[str]) -> None:
    """Run cells for what they import and cache."""
    for source in sources:
        shell.run_cell(source, store_history=True)


def end_rehearsal(shell: CellShell) -> Pristine:
    """Make the shell as if it had run nothing; it, and what judges answers, as they are then."""
    if "matplotlib.pyplot" in sys.modules:
        rehearse(shell, [FIGURE])
    # fills inspect's table of modules by file, which an error reads: once here, not in each fork
    inspect.getmodule(end_rehearsal.__code__, "")
    gc.freeze()  # else `reset` searches all that was imported for garbage
    shell.reset(new_session=True, aggressive=False)
    shell.displayhook.flush()
    shell.compile._filename_map.clear()
    shell.last_traceback = shell.last_execution_result = None
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    shell.read_last = shell.asked_last = None
    builtins.input = refuse_input
    pristine = Pristine(shell, LINK)
    # a collection would count references in all that was imported, and so copy those pages in each fork
    gc.freeze()
    return pristine
