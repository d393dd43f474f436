"""`hindcast data fetch`: bring field data, a line for each file, each alone whole or not at all."""

from contextlib import AbstractContextManager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from hindcast import downloads
from hindcast.errors import HindcastError
from hindcast.tables import data_folder

AGAIN = "Run `hindcast data fetch` again for the rest."
BY_HAND = (
    "Or download it by hand into a folder that HINDCAST_FIELD_DATA names: {registry} has addresses and names."
)
BAR_WIDTH = 12  # characters; with the longest name and word a line stays under 80


def fetch_field_data(names: list[str], console: Console | None = None) -> list[str]:
    """Bring the field tables of `names` (all when empty); those that are there are left alone.

    Prints a bar for each file, or a line where there is no terminal: "fetched again" means that the one that
    was there had been changed. Returns a sentence for each that failed
    and one about the whole, after Ctrl-C too; none when all are there. Raises HindcastError for another name.
    """
    console = console or Console()
    entries = chosen_entries(names)
    faults = []
    try:
        with Bars(console, entries) if console.is_interactive else Lines(console, entries) as lines:
            for name in entries:
                try:
                    _bring(name, lines)
                except downloads.NotFetched as error:
                    lines.say(name, "failed")
                    faults.append(f"{name}: {error.what}")
    except KeyboardInterrupt:
        return [*faults, f"Stopped, nothing half-written was kept. {_sum(entries)}. {AGAIN}"]
    if faults:
        by_hand = BY_HAND.format(registry=data_folder() / "field_data.toml")
        return [*faults, f"{_sum(entries)}. {AGAIN} {by_hand}"]
    console.print(f"{_sum(entries)}, in {downloads.folder()}.", soft_wrap=True, highlight=False)
    return []


def chosen_entries(names: list[str]) -> dict[str, dict]:
    """The registry's entries that `names` ask for, by table or by card; all of them when it is empty."""
    entries = downloads.registered()
    cards = {entry["card"] for entry in entries.values()}
    for name in names:
        if name not in entries and name not in cards:
            raise HindcastError(
                f"There is no field table {name!r}. The field tables are: {', '.join(entries)}.",
                "Example: hindcast data fetch hotel_bookings",
            )
    return {name: entry for name, entry in entries.items() if not names or {name, entry["card"]} & set(names)}


def _bring(name: str, lines: "Lines | Bars") -> None:
    """Fetch one table and say what came of it."""
    found = downloads.state(name)
    if found == "there":
        return lines.say(name, "already there")
    downloads.fetch_file(name, lines.progress(name))
    return lines.say(name, "fetched again" if found == "changed" else "fetched")


def _sum(entries: dict[str, dict]) -> str:
    there = sum(map(_is_there, entries))
    if there == len(entries):
        return f"The field table {next(iter(entries))} is there" if there == 1 else f"All {there} are there"
    return f"{there} of {len(entries)} field tables are there"


def _is_there(name: str) -> bool:
    try:
        return downloads.state(name) == "there"
    except downloads.NotFetched:
        return False


class Lines(AbstractContextManager):
    """Where there is no terminal: a line for each file, when it is done with."""

    def __init__(self, console: Console, entries: dict[str, dict]):
        self.console, self.entries = console, entries

    def __exit__(self, *raised) -> None:
        """Nothing to put away."""

    def progress(self, name: str) -> None:
        """No bar."""

    def say(self, name: str, word: str) -> None:
        """Say what came of `name`."""
        size = f"{self.entries[name]['bytes'] / 1e6:.1f} MB"
        self.console.print(f"{name} ({size}): {word}", soft_wrap=True, highlight=False)


class Bars(AbstractContextManager):
    """On a terminal: a bar for each file, with bytes, speed and time left."""

    def __init__(self, console: Console, entries: dict[str, dict]):
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(BAR_WIDTH),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[word]}"),
            console=console,
        )
        self.tasks = {
            name: self.bars.add_task(name, start=False, total=entry["bytes"], word="")
            for name, entry in entries.items()
        }

    def __enter__(self) -> "Bars":
        """Show the bars."""
        self.bars.start()
        return self

    def __exit__(self, *raised) -> None:
        """Leave the bars as they are, and the cursor where it was."""
        self.bars.stop()

    def progress(self, name: str) -> "Bar":
        """The bar that pooch moves."""
        self.bars.start_task(self.tasks[name])
        return Bar(self.bars, self.tasks[name])

    def say(self, name: str, word: str) -> None:
        """Say beside its bar what came of `name`; what is there has a full bar."""
        self.bars.update(self.tasks[name], word=word)
        if word != "failed":
            self.bars.update(self.tasks[name], completed=self.bars.tasks[self.tasks[name]].total)


class Bar:
    """One bar as pooch moves it (hindcast.downloads.Progress).

    Its length is the registry's: what pooch puts into `total` is the size of the server's answer, maybe a
    compressed one, while pooch counts what it unpacks, in whole chunks.
    """

    def __init__(self, bars: Progress, task: TaskID):
        self.bars, self.task, self.total = bars, task, 0

    def update(self, count: int) -> None:
        """`count` more bytes came; never more than there are."""
        task = self.bars.tasks[self.task]
        self.bars.update(self.task, completed=min(task.completed + count, task.total or 0))

    def reset(self) -> None:
        """All came; pooch would begin again to fill a bar that the chunks did not fill."""

    def close(self) -> None:
        """The file is still to be verified: `Bars.say` follows."""
