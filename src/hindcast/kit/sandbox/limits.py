"""What a notebook may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a notebook may use."""

    seconds: float = 30  # a cell, by the host's clock; `hindcast grade` gives --timeout or nbgrader's setting
    notebook_seconds: float = 600  # all cells of a notebook together
    memory: int = 4 << 30  # bytes of address space, each process
    processes: int = 64  # processes and threads at a time (not held without isolation)
    scratch: int = 256 << 20  # bytes of files; also of the largest file
    output: int = 10_000_000  # bytes of outputs of a cell
    outputs_of_notebook: int = 50_000_000  # bytes of outputs of a notebook
