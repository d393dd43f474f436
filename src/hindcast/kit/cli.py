"""The command `hindcast`: one thin function for each verb. Heavy imports wait until a verb needs them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from hindcast.errors import HindcastError

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False
)


@app.callback()
def hindcast() -> None:
    """Hindcast: a Jupyter course about predictions, and the kit of those who teach it."""


@app.command()
def build(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="[UNIT]...", help="All units when none is named.")
    ] = None,
    as_text: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the unit as py:percent texts.")
    ] = None,
    from_text: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Build the unit from such texts.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --as-text: write over texts that are there.")
    ] = False,
    release_only: Annotated[
        bool, typer.Option("--release-only", help="Release without running anything.")
    ] = False,
) -> None:
    """Run a unit's source notebooks and make the learners' copy of them.

    Example: hindcast build 06_reading_classifications
    """
    from hindcast.kit import build as chain
    from hindcast.kit.text import write_texts
    from hindcast.kit.units import chosen_units, find_root

    root, names = find_root(), units or []
    if as_text or from_text:
        _exactly_one(names, both=bool(as_text and from_text))
    if as_text:
        chosen_units(root, names)
        changed = write_texts(root, names[0], as_text, force)
    elif from_text:
        changed = chain.build_from_texts(root, names[0], from_text)
    else:
        changed = chain.build(root, names, release_only, say=typer.echo)
    for path in changed:
        typer.echo(f"wrote {path}")
    if not changed:
        typer.echo("Nothing to change.")


def _exactly_one(names: list[str], both: bool) -> None:
    if both:
        raise HindcastError("--as-text and --from-text are two directions: give one of them.")
    if len(names) != 1:
        raise HindcastError(
            "Editing as text is for one unit at a time, as in `hindcast build 00_starting_here --as-text scratch`."
        )


def main() -> None:
    """Run the command; a fault the reader can mend is its sentence on stderr and exit code 2."""
    try:
        app()
    except HindcastError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
