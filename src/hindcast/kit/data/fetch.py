"""`hindcast data fetch`: downloads field data, with a line for each file. No file is ever left incomplete."""

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
BAR_WIDTH = 12  # characters; so a line with the longest name and word stays under 80


def fetch_field_data(names: list[str], console: Console | None = None) -> list[str]:
    """Download the field tables of `names` (all if empty). Complete tables are left alone.

    Prints a bar for each file, or a line if there is no terminal; "fetched again" means that the file had
    been changed. Returns a sentence for each failure and one about the whole, also after Ctrl-C; none if all
    tables are there. Raises HindcastError for an unknown name.
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
    """Return the registry's entries for `names` of tables or cards; all entries if `names` is empty."""
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
    """Fetch one table and show the result."""
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
    """Progress without a terminal: a line for each file when it is done."""

    def __init__(self, console: Console, entries: dict[str, dict]):
        self.console, self.entries = console, entries

    def __exit__(self, *raised) -> None:
        """Do nothing: lines need no clean-up."""

    def progress(self, name: str) -> None:
        """Return None: there is no bar for pooch to move."""

    def say(self, name: str, word: str) -> None:
        """Print the result `word` for the table `name`."""
        size = f"{self.entries[name]['bytes'] / 1e6:.1f} MB"
        self.console.print(f"{name} ({size}): {word}", soft_wrap=True, highlight=False)


class Bars(AbstractContextManager):
    """Progress on a terminal: a bar for each file, with bytes, speed and time left."""

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
        """Return the bar of the table `name`, which pooch moves."""
        self.bars.start_task(self.tasks[name])
        return Bar(self.bars, self.tasks[name])

    def say(self, name: str, word: str) -> None:
        """Show the result `word` beside the bar of `name`. A table that is there has a full bar."""
        self.bars.update(self.tasks[name], word=word)
        if word != "failed":
            self.bars.update(self.tasks[name], completed=self.bars.tasks[self.tasks[name]].total)


class Bar:
    """One bar, with the interface that pooch moves (hindcast.downloads.Progress).

    Its length is the size in the registry. The `total` that pooch sets is the size of the server's answer,
    which may be compressed, while pooch counts unpacked bytes, in whole chunks.
    """

    def __init__(self, bars: Progress, task: TaskID):
        self.bars, self.task, self.total = bars, task, 0

    def update(self, count: int) -> None:
        """Add `count` bytes, up to the length of the bar."""
        task = self.bars.tasks[self.task]
        self.bars.update(self.task, completed=min(task.completed + count, task.total or 0))

    def reset(self) -> None:
        """Do nothing: pooch calls this at the end and would start a bar again that is not full."""

    def close(self) -> None:
        """Do nothing: `Bars.say` completes the bar once the file's hash is verified."""
