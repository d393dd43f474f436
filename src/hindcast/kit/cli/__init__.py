"""The command `hindcast`: one thin function for each verb. Heavy imports wait until a verb needs them."""

import sys

from hindcast.errors import HindcastError
from hindcast.kit.cli import learners, maintainers, trainers  # each adds its verbs when imported
from hindcast.kit.cli.verbs import app
from hindcast.kit.plumbing.startup import skip_unneeded_imports

__all__ = ["app", "learners", "main", "maintainers", "trainers"]


def main() -> None:
    """Run the command. A HindcastError is printed on stderr and gives exit code 2."""
    skip_unneeded_imports()
    try:
        app()
    except HindcastError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
