"""How many things to do at a time."""

import os


def cores() -> int:
    """The cores that this process may use; where the system does not tell, all there are."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
