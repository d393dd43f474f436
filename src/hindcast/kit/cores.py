"""How many things to do at a time, and where."""

import contextlib
import os
from collections.abc import Iterator


def cores() -> int:
    """The cores that this process may use; where the system does not tell, all there are."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def stay_on_one(slot: int) -> None:
    """Run this process on one core from here on, the next core for the next slot; where that can be said.

    For processes that take turns with others of their slot: whose turn it is then runs at once, where all
    that it needs is near, and no sleeping core is woken first.
    """
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[slot % len(allowed)]})


@contextlib.contextmanager
def leaving_one() -> Iterator[None]:
    """What is started in here leaves a core to this process, where there is more than one."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, allowed - {min(allowed)} or allowed)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
