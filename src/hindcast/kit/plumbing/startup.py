"""A quicker start of commands, by leaving out imports and garbage collection that they do not need."""

import contextlib
import gc
import sys
from collections.abc import Iterator

# jsonschema imports these where they are installed, for formats that no notebook's schema names. The first
# compiles a grammar, which takes one to three seconds.
NOT_NEEDED = ("rfc3987_syntax", "isoduration", "rfc3986_validator")


def skip_unneeded_imports() -> None:
    """Keep jsonschema from importing NOT_NEEDED. Call this before nbformat is imported."""
    for name in NOT_NEEDED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # its import then raises ImportError


@contextlib.contextmanager
def imports_without_gc() -> Iterator[None]:
    """Within it, import many libraries without garbage collection.

    What they make is never garbage. `gc.freeze` keeps later collections from searching it too, and the one at
    the end of the process, which would take longest.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
