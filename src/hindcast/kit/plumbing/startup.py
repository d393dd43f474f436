"""Starting a command without the work that nobody needs of it."""

import contextlib
import gc
import sys
from collections.abc import Iterator

# For formats that no notebook's schema names, jsonschema imports these where they are installed. Of the first
# it compiles a grammar, which takes one to three seconds.
NOT_NEEDED = ("rfc3987_syntax", "isoduration", "rfc3986_validator")


def skip_unneeded_imports() -> None:
    """Call it before nbformat is imported: a command that reads notebooks then starts so much earlier."""
    for name in NOT_NEEDED:
        sys.modules.setdefault(name, None)


@contextlib.contextmanager
def imports_without_gc() -> Iterator[None]:
    """Import many libraries in here: what they make stays, so Python need not search it for garbage.

    Not while they are imported, not later, and not at the end, where it would take longest.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
