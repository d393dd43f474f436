"""How many things to do at a time, and where."""

import contextlib
import os
from collections.abc import Iterable, Iterator


def core_count() -> int:
    """The cores that this process may use; where the system does not tell, all there are."""
    return len(allowed_cores()) or os.cpu_count() or 1


def stay_on_one_core(slot: int) -> None:
    """Run this process on one core from here on, the next core for the next slot, where the system lets us.

    For processes that take turns with others of their slot: whose turn it is then runs at once, where all
    that it needs is near, and no sleeping core is woken first.
    """
    allowed = allowed_cores()
    if allowed:
        _stay_on({allowed[slot % len(allowed)]})


@contextlib.contextmanager
def leaving_one_core() -> Iterator[None]:
    """What is started in here leaves a core to this process, where there is more than one."""
    allowed = allowed_cores()
    if len(allowed) < 2:
        yield
        return
    _stay_on(allowed[1:])
    try:
        yield
    finally:
        _stay_on(allowed)


def allowed_cores() -> list[int]:
    """The numbers of the cores that this process may use; none where it does not tell (macOS, Windows)."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _stay_on(cores: Iterable[int]) -> None:
    with contextlib.suppress(OSError):  # a system that forbids it loses nothing but speed
        os.sched_setaffinity(0, cores)
