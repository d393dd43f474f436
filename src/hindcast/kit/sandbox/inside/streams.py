"""INSIDE the sandbox: sys.stdout and sys.stderr on descriptors 1 and 2, which the worker reads."""

import io
import sys


def open_streams() -> None:
    """Make new sys.stdout and sys.stderr."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = io.TextIOWrapper(
            open(number, "wb", closefd=False),  # noqa: SIM115
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def can_be_written(stream) -> bool:
    """Whether a stream, perhaps one that a cell put in place, can still be written to."""
    try:
        return stream is not None and not getattr(stream, "closed", False)
    except Exception:
        return False
