"""The assignment's own cells, read and compiled once: every hand-in has the same ones.

IPython's reading of a cell and Python's compiler take longer than many a cell runs. A learner's cell is read
and compiled where it is run, in the sandbox.
"""

import ast
import base64
import inspect
import marshal
import warnings
import zlib
from collections.abc import Set
from types import CodeType

from IPython.core.inputtransformer2 import TransformerManager


class OwnCells:
    """What IPython would make of cells with these sources."""

    def __init__(self, sources: Set[str]):
        self._sources, self._reader = sources, TransformerManager()
        self._read: dict[str, dict | None] = {}

    def read(self, source: str) -> dict | None:
        """A cell of the assignment as plain JSON; None for any other, and where IPython has to see it itself.

        python: the cell without magics. name: what its code gives as its file. code: that of each statement
        (marshal, base64).
        """
        if source not in self._sources:
            return None
        if source not in self._read:
            self._read[source] = self._compiled(source)
        return self._read[source]

    def _compiled(self, source: str) -> dict | None:
        # as a kernel's code is called in warnings, with the number of no process
        name = f"/tmp/ipykernel_0/{zlib.crc32(source.encode(errors='replace'))}.py"
        try:
            with warnings.catch_warnings(action="error", category=SyntaxWarning):  # it is shown with the cell
                python = self._reader.transform_cell(source)
                statements = ast.parse(python).body
                code = [_code(each, name, last=each is statements[-1]) for each in statements]
        except (SyntaxError, ValueError):
            return None
        if any(each.co_flags & inspect.CO_COROUTINE for each in code) or _changes_python(statements):
            return None
        plain = [base64.b64encode(marshal.dumps(each)).decode() for each in code]
        return {"python": python, "name": name, "code": plain}


def _code(statement: ast.stmt, name: str, last: bool) -> CodeType:
    """Compiled as IPython does it: each statement by itself, an expression at the end is shown."""
    mode = "single" if last and isinstance(statement, ast.Expr) else "exec"
    module = ast.Interactive([statement]) if mode == "single" else ast.Module([statement], [])
    return compile(module, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _changes_python(statements: list[ast.stmt]) -> bool:
    """Whether later cells are compiled otherwise."""
    return any(isinstance(it, ast.ImportFrom) and it.module == "__future__" for it in statements)
