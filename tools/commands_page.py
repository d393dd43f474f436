"""Writes grading/handbook/commands.md: every command with its help, as the command line itself prints it.

.venv/bin/python tools/commands_page.py            # write the page
.venv/bin/python tools/commands_page.py --print    # only print it
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.pop("NO_BROWSER", None)  # a default that the help shows depends on it

import typer
from typer.testing import CliRunner

from hindcast.kit import cli

COLUMNS = "80"  # characters; a wider terminal shows the same
PAGE = Path(__file__).resolve().parents[1] / "grading" / "handbook" / "commands.md"
HEAD = """\
# Every command

Each shows this itself: `hindcast VERB --help`. The commands are those of the course's environment: run
`source .venv/bin/activate` first (Windows: `.venv\\Scripts\\activate`), or write `.venv/bin/hindcast`.

This page is made by `.venv/bin/python tools/commands_page.py`; do not mend it by hand.
"""


def page() -> str:
    """The page as Markdown."""
    _, *verbs = commands()
    index = "\n".join(f"* [`{name}`](#{name.replace(' ', '-')}): {short(command)}" for name, command in verbs)
    parts = [HEAD, index + "\n", *(section(name) for name, _ in commands())]
    return "\n".join(parts)


def commands() -> list[tuple[str, typer.core.TyperCommand]]:
    """`hindcast` itself and each verb by its whole name, groups before what is in them."""
    return list(_below("hindcast", typer.main.get_command(cli.app)))


def _below(name: str, command: typer.core.TyperCommand) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    yield name, command
    for part, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{name} {part}", inner)


def short(command: typer.core.TyperCommand) -> str:
    """The first sentence of a command's help."""
    return (command.help or "").partition("\n")[0]


def section(name: str) -> str:
    """A heading and what `NAME --help` prints."""
    program, *verb = name.split()
    ran = CliRunner().invoke(cli.app, [*verb, "--help"], prog_name=program, env={"COLUMNS": COLUMNS})
    lines = (line.rstrip() for line in ran.stdout.strip().splitlines())
    return f"## {name}\n\n```text\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        print(page(), end="")
    else:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        print(f"wrote {PAGE}")
