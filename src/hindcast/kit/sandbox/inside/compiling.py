"""INSIDE the sandbox: how a cell becomes code. The host has done that for cells of the assignment."""

import base64
import inspect
import marshal
import zlib
from os import getpid
from types import SimpleNamespace

from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager


class CompiledStatements(list):
    """Code objects, where IPython expects the statements of a cell."""


class CellCompiler(CachingCompiler):
    """Names the source of a cell as a kernel does, so that warnings and tracebacks read the same.

    A cell that the host has compiled (`precompiled`) is not compiled again, unless a cell changed the
    compiler's flags by an import from `__future__`.
    """

    precompiled: dict | None = (
        None  # of the cell that runs: its code, name and Python (see grade/precompiled.py)
    )

    def __init__(self):
        super().__init__()
        self.first_flags = self.flags

    def cache(self, *cell, **more) -> str:
        """Also tell `inspect` that the cell's file is of no module.

        Otherwise each error would look for its file in all modules, and copy their pages in this fork.
        """
        name = super().cache(*cell, **more)
        inspect.modulesbyfile[name] = ""
        return name

    def get_code_name(self, raw_code, transformed_code, number) -> str:
        if known := self._precompiled_of(transformed_code):
            return known["name"]
        return f"/tmp/ipykernel_{getpid()}/{zlib.crc32(raw_code.encode(errors='replace'))}.py"

    def ast_parse(self, source, *rest, **more):
        """The statements, as `body`. Of a precompiled cell, its code (see `CellShell.run_ast_nodes`)."""
        known = self._precompiled_of(source)
        if known is None:
            return super().ast_parse(source, *rest, **more)
        code = (marshal.loads(base64.b64decode(it)) for it in known["code"])
        return SimpleNamespace(body=CompiledStatements(code))

    def _precompiled_of(self, python: str) -> dict | None:
        known = self.precompiled
        usable = known is not None and python == known["python"] and self.flags == self.first_flags
        return known if usable else None


class CellReader(TransformerManager):
    """Turns magics and the like into Python. For a cell of the assignment the host has done so already.

    Where a cell has changed how cells are read, what the host found is not used.
    """

    known: tuple[str, str | None] = "", None  # source of the cell that runs, and its Python

    def __init__(self):
        super().__init__()
        self.first_transforms = self._transforms()

    def _transforms(self) -> list:
        return [*self.cleanup_transforms, *self.line_transforms, *self.token_transformers]

    def transform_cell(self, cell: str) -> str:
        source, python = self.known
        if python is None or cell != source or self._transforms() != self.first_transforms:
            return super().transform_cell(cell)
        return python
