"""Workers started before anything else: they import their libraries while the grader imports its own."""

import contextlib
from pathlib import Path

import hindcast
from hindcast.kit.plumbing.cores import leaving_one
from hindcast.kit.sandbox.process import Broken, Worker
from hindcast.kit.sandbox.sandbox import Limits, start_worker
from hindcast.tables import data_folder

SECRET_DATA = ("truth", "recipes", "pictures")


def visible() -> tuple[list[Path], list[Path]]:
    """The folders that a learner's code may read, and those in them that it may not see."""
    data = data_folder()
    secret = [data / name for name in SECRET_DATA if (data / name).exists()]
    return [Path(hindcast.__file__).parent, data], secret


class Early:
    """`many` workers, each for a slot of the pool. The process that starts them reaps them in the end."""

    def __init__(self, many: int):
        self._workers: dict[int, Worker] = {}
        for slot in range(many):
            # where it fails, whoever needs it starts one, and says what is wrong
            with leaving_one(), contextlib.suppress(OSError, Broken):
                self._workers[slot] = start_worker(Limits(), *visible(), slot)
        self._waiting = dict(self._workers)

    def __enter__(self) -> "Early":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.end()

    def take(self, slot: int) -> Worker | None:
        """In the process of a slot: its own worker, if there is one; it has no part in the others."""
        own = self._waiting.pop(slot, None)
        self.let_go()
        return own

    def let_go(self) -> None:
        """Close this process's end of the connections: the slots' processes have theirs."""
        for worker in self._waiting.values():
            worker.connection.close()
        self._waiting.clear()
