"""How far long work is, for whoever waits: on standard error, so that a script's output stays clean."""

import contextlib
import sys
from collections.abc import Callable, Iterator

Watch = Callable[[int, int], None]  # done, of how many


@contextlib.contextmanager
def progress_bar(doing: str) -> Iterator[Watch]:
    """Done, left, and the time to go: on a terminal, once there is something to say."""
    if not sys.stderr.isatty():  # a log has no use for it
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
