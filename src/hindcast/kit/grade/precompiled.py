"""The assignment's own cells, read and compiled once, because every hand-in has the same ones.

IPython's reading of a cell and Python's compiler take longer than many a cell runs. A learner's cell is read
and compiled where it runs, in the sandbox.
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


class PrecompiledCells:
    """What IPython would make of cells with these sources, found when it is first asked for."""

    def __init__(self, sources: Set[str]):
        self._sources, self._reader = sources, TransformerManager()
        self._compiled: dict[str, dict | None] = {}

    def read(self, source: str) -> dict | None:
        """A cell of the assignment as plain JSON; None for others, and where IPython has to read it itself.

        python: the cell without magics. name: what its code gives as its file. code: that of each statement
        (marshal, base64).
        """
        if source not in self._sources:
            return None
        if source not in self._compiled:
            self._compiled[source] = self._compile(source)
        return self._compiled[source]

    def _compile(self, source: str) -> dict | None:
        # the name of a cell's file in warnings under a kernel; 0 is no process
        name = f"/tmp/ipykernel_0/{zlib.crc32(source.encode(errors='replace'))}.py"
        try:
            # IPython then shows it with the cell
            with warnings.catch_warnings(action="error", category=SyntaxWarning):
                python = self._reader.transform_cell(source)
                statements = ast.parse(python).body
                code = [_statement_code(each, name, last=each is statements[-1]) for each in statements]
        except (SyntaxError, ValueError):
            return None
        if any(each.co_flags & inspect.CO_COROUTINE for each in code) or _changes_compiler(statements):
            return None
        encoded = [base64.b64encode(marshal.dumps(each)).decode() for each in code]
        return {"python": python, "name": name, "code": encoded}


def _statement_code(statement: ast.stmt, name: str, last: bool) -> CodeType:
    """A statement compiled by itself, as IPython does it; of an expression at the end the value is shown."""
    mode = "single" if last and isinstance(statement, ast.Expr) else "exec"
    module = ast.Interactive([statement]) if mode == "single" else ast.Module([statement], [])
    return compile(module, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _changes_compiler(statements: list[ast.stmt]) -> bool:
    """Whether later cells are compiled otherwise: an import from `__future__` sets the compiler's flags."""
    return any(isinstance(it, ast.ImportFrom) and it.module == "__future__" for it in statements)
