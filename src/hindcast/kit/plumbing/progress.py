"""A progress bar, on standard error, so that the output of a command stays clean."""

import contextlib
import sys
from collections.abc import Callable, Iterator

Watch = Callable[[int, int], None]  # done, of how many


@contextlib.contextmanager
def progress_bar(doing: str) -> Iterator[Watch]:
    """A function that shows how much is done, left, and the time to go.

    Without a terminal it shows nothing.
    """
    if not sys.stderr.isatty():  # a log file has no use for a bar
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    progress = Progress(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]} left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    task = progress.add_task("", total=None, left="")

    def watch(done: int, of: int) -> None:
        progress.start()
        progress.update(task, completed=done, total=of, left=of - done)

    try:
        yield watch
    finally:
        progress.stop()
