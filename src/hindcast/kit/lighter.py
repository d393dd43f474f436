"""nbgrader without what grading never asks it for."""

import sys

# jsonschema compiles its grammar, for a second, wherever it is installed: for a format that no notebook has
NOT_NEEDED = "rfc3987_syntax"


def lighter_nbgrader() -> None:
    """Call it before nbgrader is imported: a command that grades then starts a second earlier."""
    sys.modules.setdefault(NOT_NEEDED, None)
