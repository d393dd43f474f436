"""Reading notebooks without what no notebook asks for."""

import sys

# jsonschema compiles its grammar, for one to three seconds, wherever it is installed: for a format not in use
NOT_NEEDED = "rfc3987_syntax"


def lighter_notebooks() -> None:
    """Call it before nbformat is imported: a command that reads notebooks then starts so much earlier."""
    sys.modules.setdefault(NOT_NEEDED, None)
