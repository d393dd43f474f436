"""Workers that are started before anything else: they import libraries while the grader imports its own."""

import contextlib
from pathlib import Path

import hindcast
from hindcast.kit.plumbing.cores import leaving_one_core
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.process import Worker, WorkerBroken
from hindcast.kit.sandbox.sandbox import start_worker
from hindcast.tables import data_folder

SECRET_DATA = ("truth", "recipes", "pictures")


def visible_folders() -> tuple[list[Path], list[Path]]:
    """The folders that a learner's code may read, and those in them that it may not see."""
    data = data_folder()
    secret = [data / name for name in SECRET_DATA if (data / name).exists()]
    return [Path(hindcast.__file__).parent, data], secret


class PrestartedWorkers:
    """`many` workers, each for a slot of the pool. The process that starts them reaps them in the end."""

    def __init__(self, many: int):
        self._workers: dict[int, Worker] = {}
        for slot in range(many):
            # where this fails, the sandbox that needs a worker starts one and says what is wrong
            with leaving_one_core(), contextlib.suppress(OSError, WorkerBroken):
                self._workers[slot] = start_worker(Limits(), *visible_folders(), slot)
        self._waiting = dict(self._workers)

    def __enter__(self) -> "PrestartedWorkers":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.end()

    def take(self, slot: int) -> Worker | None:
        """In the process of a slot: its own worker, if there is one. It lets go of the others."""
        own = self._waiting.pop(slot, None)
        self.let_go()
        return own

    def let_go(self) -> None:
        """Close this process's copies of the connections that nobody took in it. The slots have theirs."""
        for worker in self._waiting.values():
            worker.connection.close()
        self._waiting.clear()
