"""Runs learners' code where it can reach nothing: the host's side of `inside/warden.py`.

A `Sandbox` is one worker process that has imported the libraries; a `Session` is a notebook in a fork of it.
The host holds the clock and the limits, and trusts nothing that comes out.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from hindcast.errors import HindcastError
from hindcast.kit.plumbing.cores import allowed_cores
from hindcast.kit.sandbox.inside.protocol import (
    CLEAN,
    CLOSE_NOTEBOOK,
    NOT_CLEAN,
    NOT_OPENED,
    OPEN_NOTEBOOK,
    OPENED,
    PREPARE_ASSIGNMENT,
    SET_UP,
    with_length,
)
from hindcast.kit.sandbox.isolation import (
    INSIDE_FOLDER,
    INSIDE_PARENT,
    SCRATCH,
    isolation_command,
    worker_fonts,
    worker_variables,
)
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.process import Worker, WorkerBroken
from hindcast.kit.sandbox.session import Session

# what nearly every notebook needs: imported, and run once, before anything is known of the assignment
USUAL = {
    "modules": ["pandas", "hindcast"],
    "sources": [
        "1 + 1",
        "1 / 0",
        "import hindcast; hindcast.check.misconceptions();",
        "import pandas; pandas.crosstab([1], [2])",
        "import pandas; pandas.DataFrame({'a': ['b', None], 'c': [0.5, 2]}, dtype=object)",
    ],
}
OPEN_SECONDS = 60  # a worker has to fill a notebook's folder
CLEAR_SECONDS = 5  # a worker has to clear a notebook away
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"  # PATH where learners' code is isolated
# Run by Python in the sandbox. The package `inside` can be imported until this has imported it, not later.
START_WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
from inside.warden import main
del sys.path[0]
main()
"""


class Sandbox:
    """A worker with its libraries imported, for one notebook after another.

    readable: more folders to see, read-only, at their own path. hidden: folders inside them to cover.
    modules: imported once; required: so too, and without them no notebook is run. isolated=False: no
    bubblewrap; the limits hold (but of processes), nothing else does. slot: tells workers that run at the
    same time apart (0, 1, ...). sources: run once before anything else; only what is trusted. prestarted: a
    worker that was started already, to use first.
    """

    def __init__(
        self,
        limits: Limits,
        readable: Sequence[Path] = (),
        hidden: Sequence[Path] = (),
        modules: Sequence[str] = (),
        isolated: bool = True,
        slot: int = 0,
        required: Sequence[str] = (),
        sources: Sequence[str] = (),
        prestarted: Worker | None = None,
    ):
        self.limits = limits
        self._prestarted = prestarted
        self._folders = [Path(path) for path in readable], [Path(path) for path in hidden]
        self._modules, self._isolated, self._slot = list(modules), isolated, slot
        self._required, self._sources = list(required), list(sources)
        self._worker: Worker | None = None
        self._session: Session | None = None
        self._clearing = False

    def start(self) -> None:
        """Start the worker and return at once; it imports meanwhile. Raises HindcastError."""
        self._started()

    def _started(self) -> Worker:
        if self._worker is None:
            try:
                self._worker = self._new_worker()
            except (OSError, WorkerBroken) as fault:
                raise HindcastError(
                    f"The process that runs notebooks could not be started: {fault}"
                ) from None
        return self._worker

    def _new_worker(self) -> Worker:
        prestarted, self._prestarted = self._prestarted, None
        folder = None if self._isolated else tempfile.mkdtemp(prefix="hindcast-")
        worker = prestarted or start_worker(self.limits, *self._folders, self._slot, folder)
        assignment = {
            "modules": self._modules,
            "required": self._required,
            "sources": self._sources,
            "cores": allowed_cores(),
        }
        worker.send(PREPARE_ASSIGNMENT, json.dumps(assignment).encode())
        return worker

    def open(
        self,
        files: Mapping[str, bytes],
        environment: Mapping[str, str] | None = None,
        modules: Sequence[str] = (),
    ) -> Session:
        """A process in an empty folder with these files (by relative path). Raises HindcastError.

        modules: imported before the first cell, where they are there.
        """
        if self._session:
            self._session.close()  # one at a time
        order = _opening_order(files, environment or {}, modules)
        self._wait_until_clear()
        worker, kind, said = self._opened(order)
        if kind == NOT_OPENED:
            self.discard()
            raise HindcastError(f"The notebook's folder could not be filled: {said.decode(errors='replace')}")
        self._session = Session(worker, self.limits, self.discard, self._clear_up)
        return self._session

    def _opened(self, order: bytes) -> tuple[Worker, bytes, bytes]:
        """The worker, and what it answered. One that broke is replaced once. Raises HindcastError."""
        for last in (False, True):
            worker = self._started()
            try:
                worker.wait_until_ready()
                worker.send(OPEN_NOTEBOOK, order)
                return worker, *worker.expect((OPENED, NOT_OPENED), OPEN_SECONDS)
            except WorkerBroken as fault:
                said = self.discard() or str(fault)
                if last:
                    break
        raise HindcastError(f"The process that runs notebooks ended: {said}")

    def _clear_up(self, worker: Worker) -> None:
        """Let the worker clear a notebook away, without waiting for it."""
        if worker is not self._worker:
            return  # it was discarded meanwhile
        self._clearing = True
        try:
            worker.send(CLOSE_NOTEBOOK)
        except WorkerBroken:
            self.discard()

    def _wait_until_clear(self) -> None:
        """Throw away a worker that cannot prove to be clean after the last notebook."""
        if not self._clearing or self._worker is None:
            return
        try:
            clean = self._worker.expect((CLEAN, NOT_CLEAN), CLEAR_SECONDS)[0] == CLEAN
        except WorkerBroken:
            clean = False
        self._clearing = False
        if not clean:
            self.discard()

    def discard(self) -> str:
        """End this worker; the next open() starts another. The last it said while it started."""
        worker, self._worker, self._clearing = self._worker, None, False
        return worker.end() if worker else ""

    def close(self) -> None:
        """End everything. As often as you like."""
        self.discard()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def start_worker(
    limits: Limits, readable: Sequence[Path], hidden: Sequence[Path], slot: int, folder: str | None = None
) -> Worker:
    """Start the process of a `Sandbox` and return at once. folder: its scratch where nothing isolates it.

    Raises OSError, WorkerBroken.
    """
    programs = os.environ.get("PATH", "") if folder else PROGRAMS
    variables = worker_variables(folder or SCRATCH, readable, programs)
    inside = str(INSIDE_FOLDER.parent) if folder else INSIDE_PARENT
    # -P: no module is taken from the current folder; -s: none from the user's own site-packages
    command = [sys.executable, "-P", "-s", "-c", START_WORKER, inside]
    if not folder:
        command = [*isolation_command(limits.scratch, readable, hidden, slot, variables), *command]
    worker = Worker(command, variables, folder)
    scratch = folder or SCRATCH
    setup = {
        "isolated": not folder,
        "fonts": worker_fonts(),
        "scratch": scratch,
        "wipe": [scratch] if folder else [scratch, "/dev/shm"],
        "scratch_bytes": limits.scratch,
        "memory": limits.memory,
        "processes": limits.processes,
        "output": limits.output,
        "usual": USUAL,
    }
    worker.send(SET_UP, json.dumps(setup).encode())
    return worker


def _opening_order(
    files: Mapping[str, bytes], environment: Mapping[str, str], modules: Sequence[str]
) -> bytes:
    """The payload of an OPEN_NOTEBOOK frame."""
    names = [_path_beside(name) for name in files]
    head = {
        "environment": dict(environment),
        "modules": list(modules),
        "files": [[name, len(content)] for name, content in zip(names, files.values(), strict=True)],
    }
    return with_length(json.dumps(head).encode()) + b"".join(files.values())


def _path_beside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise HindcastError(f"A file of a notebook must lie beside or below it; {name!r} does not.")
    return str(path)
