"""How many processor cores there are to use, and which of them a process runs on."""

import contextlib
import os
from collections.abc import Iterable, Iterator


def core_count() -> int:
    """How many cores this process may use; where the system does not tell, how many there are."""
    return len(allowed_cores()) or os.cpu_count() or 1


def stay_on_one_core(slot: int) -> None:
    """Run this process on one core from here on: the next core for the next slot, where the system allows it.

    Processes that take turns are faster on one core: the next one starts at once, with its data in that
    core's cache, and no sleeping core has to be woken.
    """
    allowed = allowed_cores()
    if allowed:
        _stay_on({allowed[slot % len(allowed)]})


@contextlib.contextmanager
def leaving_one_core() -> Iterator[None]:
    """Within it, start processes that leave one core to this process, where there is more than one."""
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
    with contextlib.suppress(OSError):  # where the system forbids it, only speed is lost
        os.sched_setaffinity(0, cores)
