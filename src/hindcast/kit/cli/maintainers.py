"""The verbs of a maintainer; `data fetch` and `data verify` serve everybody."""

from pathlib import Path
from typing import Annotated

import typer

from hindcast.errors import HindcastError
from hindcast.kit.checkout import find_root
from hindcast.kit.cli.verbs import app

data_app = typer.Typer(help="The course's tables, and the field data.", no_args_is_help=True)
app.add_typer(data_app, name="data")


@app.command()
def build(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="UNIT...", help="All units when none is named.")
    ] = None,
    as_text: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the unit as py:percent texts to FOLDER.")
    ] = None,
    from_text: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Build the unit, new or not, from such texts.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --as-text: write over texts that are there.")
    ] = False,
    release_only: Annotated[
        bool, typer.Option("--release-only", help="Release without running anything.")
    ] = False,
    new: Annotated[
        str | None,
        typer.Option("--new", metavar="NN_name", help="Write the skeleton of a new unit and build it."),
    ] = None,
) -> None:
    """Run units and make the learners' copy of them.

    Example: hindcast build 06_reading_classifications
    """
    from hindcast.kit.build import build_from_texts, build_units
    from hindcast.kit.notebooks import text

    root, names = find_root(), units or []
    if new:
        if names or as_text or from_text or release_only:
            raise HindcastError("--new stands alone.", "Example: hindcast build --new 07_reading_scores")
        _build_new(root, new)
        return
    _check_directions(names, as_text, from_text, release_only)
    if as_text:
        changed = text.write_texts(root, names[0], as_text, force)
    elif from_text:
        changed = build_from_texts(root, names[0], from_text, say=typer.echo)
    else:
        changed = build_units(root, names, release_only, say=typer.echo)
    _say_written(changed)


def _build_new(root: Path, unit: str) -> None:
    from hindcast.kit.build import build_from_texts
    from hindcast.kit.notebooks.skeleton import write_skeleton

    texts, files = write_skeleton(root, unit)
    _say_written([*files, *build_from_texts(root, unit, texts, say=typer.echo)])
    typer.echo(
        f"Next: `make test UNIT={unit}` says what to write. Edit the texts in {texts} and build them with "
        f"`hindcast build {unit} --from-text {texts}`, or edit the notebooks of solutions/{unit}. "
        "By hand: its lines in README.md, CHANGELOG.md and grading/handbook/README.md."
    )


def _check_directions(
    names: list[str], as_text: Path | None, from_text: Path | None, release_only: bool
) -> None:
    if not (as_text or from_text):
        return
    if (as_text and from_text) or release_only:
        raise HindcastError("--as-text, --from-text and --release-only exclude each other: give one of them.")
    if len(names) != 1:
        raise HindcastError(
            f"Text is made from one unit at a time, came {len(names)}.",
            "Example: hindcast build 00_starting_here --as-text scratch",
        )


def _say_written(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"wrote {path}")
    if not paths:
        typer.echo("Nothing to change.")


@data_app.command("build")
def data_build() -> None:
    """Make the shipped tables again from their recipes.

    Example: hindcast data build
    """
    from hindcast.kit.data import recipes

    _say_written(recipes.rebuild_tables(find_root(), say=typer.echo))


@data_app.command("verify")
def data_verify(
    contract: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A mapping file: check your own table, which it names, instead."),
    ] = None,
) -> None:
    """Check the shipped tables, or a table of your own.

    Example: hindcast data verify --contract mine.toml
    """
    from hindcast.kit.data import recipes
    from hindcast.kit.data.own_tables import verify_own_table

    if contract:
        verified = verify_own_table(contract)
        faults, said = verified.faults, verified.said
    else:
        faults, said = recipes.verify_tables(find_root()), ["Every table is as described."]
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)
    typer.echo("\n".join(said))


@data_app.command("fetch")
def data_fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="A field table or its card; all of them when none is named."),
    ] = None,
) -> None:
    """Download the field data: real, public tables.

    Those that are there are left alone. One that was changed since is fetched again.

    Example: hindcast data fetch hotel_bookings
    """
    from hindcast.kit.data.fetch import fetch_field_data

    faults = fetch_field_data(names or [])
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)
