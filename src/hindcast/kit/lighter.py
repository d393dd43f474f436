"""Starting a command without the work that nobody needs of it."""

import contextlib
import gc
import sys
from collections.abc import Iterator

# jsonschema compiles its grammar, for one to three seconds, wherever it is installed: for a format not in use
NOT_NEEDED = "rfc3987_syntax"


def lighter_notebooks() -> None:
    """Call it before nbformat is imported: a command that reads notebooks then starts so much earlier."""
    sys.modules.setdefault(NOT_NEEDED, None)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import many libraries in here: what they make stays, so Python need not search it for garbage.

    Not while they are imported, not later, and not at the end, where it would take longest.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
