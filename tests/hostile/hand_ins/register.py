"""The register of all hand-ins, and the decorators that put a function into it under its own name."""

from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from hindcast.kit.notebooks.normalise import notebook_text

from .unit import NAME, put

# A function that gets a rightly answered notebook, which it may change, and an empty folder to fill.
Fill = Callable[[NotebookNode, Path], None]
HAND_INS: dict[str, Fill] = {}  # by name


def notebook(change: Callable[[NotebookNode], None]) -> Callable[[NotebookNode], None]:
    """Register a hand-in of one notebook, which the function changes."""

    def fill(nb: NotebookNode, folder: Path) -> None:
        change(nb)
        put(folder, nb)

    _register(change.__name__, fill)
    return change


def text(change: Callable[[str], str | bytes]) -> Callable[[str], str | bytes]:
    """Register a hand-in of one file. The function turns a sound notebook's text into the file's content."""

    def fill(nb: NotebookNode, folder: Path) -> None:
        content = change(notebook_text(nb))
        (folder / f"{NAME}.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())

    _register(change.__name__, fill)
    return change


def with_files(change: Callable[[NotebookNode], dict[str, str]]) -> Callable[[NotebookNode], dict[str, str]]:
    """Register a hand-in of one notebook and files beside it.

    The function changes the notebook and returns path in the folder -> text of each other file.
    """

    def fill(nb: NotebookNode, folder: Path) -> None:
        others = change(nb)
        put(folder, nb)
        for path, content in others.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")

    _register(change.__name__, fill)
    return change


def whole_folder(fill: Fill) -> Fill:
    """Register a hand-in whose folder the function fills: the notebook is not written for it."""
    _register(fill.__name__, fill)
    return fill


def _register(name: str, fill: Fill) -> None:
    assert name not in HAND_INS, f"two hand-ins have the name {name}"
    HAND_INS[name] = fill
