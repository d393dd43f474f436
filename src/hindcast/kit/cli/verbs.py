"""What the verbs share: the typer application, and options that mean the same everywhere."""

import contextlib
from collections.abc import Iterator
from typing import Annotated

import typer

app = typer.Typer(
    help="Hindcast: a Jupyter course about predictions, and the kit of those who teach it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Cohort = Annotated[str | None, typer.Option(metavar="NAME", help="May be left out where there is only one.")]
Learners = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Only this learner; may be given again.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@contextlib.contextmanager
def busy(words: str) -> Iterator[None]:
    """Show `words` with a spinner on standard error, if that is a terminal."""
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield
