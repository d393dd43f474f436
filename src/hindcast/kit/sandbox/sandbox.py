"""Runs learners' code where it can reach nothing: the host's side of `inside/warden.py`.

A `Sandbox` is one worker process that has imported the libraries; a `Session` is a notebook in a fork of it.
The host holds the clock and the caps, and reads what comes out as data of a stranger. A break-out of a cell
never raises here: it becomes a `Ran` that says what happened.
"""

import contextlib
import json
import os
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hindcast.errors import HindcastError
from hindcast.kit.plumbing.cores import allowed_cores
from hindcast.kit.sandbox.isolation import INSIDE, MODULES, SCRATCH, environment, fonts, isolation, why_not
from hindcast.kit.sandbox.outputs import Outputs, Stranger
from hindcast.kit.sandbox.process import Broken, Worker

__all__ = ["Limits", "Ran", "Sandbox", "Session", "why_not"]

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
GRACE = 2  # seconds a cell has to end once it is interrupted
CLEAN = 5  # seconds it has to clear a notebook away
TIMEOUT = {
    "output_type": "error",
    "ename": "CellTimeoutError",
    "evalue": "",
    "traceback": ["\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"],
}


@dataclass(frozen=True)
class Limits:
    """What a notebook may use."""

    seconds: float = 30  # a cell, by the host's clock
    notebook_seconds: float = 600  # all cells of a notebook together
    memory: int = 4 << 30  # bytes of address space, each process
    processes: int = 64  # processes and threads at a time (not held without isolation)
    scratch: int = 256 << 20  # bytes of files; also of the largest file
    output: int = 10_000_000  # bytes of outputs of a cell
    outputs_of_notebook: int = 50_000_000  # bytes of outputs of a notebook


@dataclass(frozen=True)
class Ran:
    """What became of one cell.

    status: "ok", "error", "timeout", "died" or "not run". outputs: of nbformat 4, plain JSON, within the
    caps. reason: plain words for what is not ordinary (died, timeout, not run, outputs cut), else "".
    company: whether threads or processes of the notebook were running when a cell began afresh.
    """

    status: str
    outputs: list[dict] = field(default_factory=list)
    execution_count: int | None = None
    reason: str = ""
    company: bool = False


class Sandbox:
    """A worker with its libraries imported, for one notebook after another.

    readable: more folders to see, read-only, at their own path. hidden: folders inside them to cover.
    modules: imported once; required: so too, and without them no notebook is run. isolated=False: no
    bubblewrap; the limits hold (but of processes), nothing else does. slot: tells workers that run at the
    same time apart (0, 1, ...). sources: run once before anything else; only what is trusted.
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
        early: Worker | None = None,
    ):
        self.limits = limits
        self._early = [early] if early else []
        self._folders = [Path(path) for path in readable], [Path(path) for path in hidden]
        self._modules, self._isolated, self._slot = list(modules), isolated, slot
        self._required, self._sources = list(required), list(sources)
        self._worker: Worker | None = None
        self._session: Session | None = None
        self._clearing = False

    def start(self) -> None:
        """Start the worker and return at once; it warms up meanwhile. Raises HindcastError."""
        if self._worker is None:
            try:
                self._worker = self._new_worker()
            except (OSError, Broken) as fault:
                raise HindcastError(
                    f"The process that runs notebooks could not be started: {fault}"
                ) from None

    def _new_worker(self) -> Worker:
        early = self._early.pop() if self._early else None
        folder = None if self._isolated else tempfile.mkdtemp(prefix="hindcast-")
        worker = early or start_worker(self.limits, *self._folders, self._slot, folder)
        assignment = {
            "modules": self._modules,
            "required": self._required,
            "sources": self._sources,
            "cores": allowed_cores(),
        }
        worker.send(b"A", json.dumps(assignment).encode())
        return worker

    def open(
        self,
        files: Mapping[str, bytes],
        environment: Mapping[str, str] | None = None,
        modules: Sequence[str] = (),
    ) -> "Session":
        """A process in an empty folder with these files (by relative path). Raises HindcastError.

        modules: imported before the first cell, where they are there.
        """
        if self._session:
            self._session.close()  # one at a time
        names = [_relative(name) for name in files]
        head = {
            "environment": dict(environment or {}),
            "modules": list(modules),
            "files": [[n, len(c)] for n, c in zip(names, files.values(), strict=True)],
        }
        text = json.dumps(head).encode()
        frame = struct.pack(">I", len(text)) + text + b"".join(files.values())
        self._wait_until_clear()
        for last in (False, True):
            self.start()
            try:
                self._worker.wait_until_ready()
                self._worker.send(b"O", frame)
                kind, said = self._worker.expect(b"fn", 60)
                break
            except Broken as fault:
                said = self.discard() or str(fault)
                if last:
                    raise HindcastError(f"The process that runs notebooks ended: {said}") from None
        if kind == b"n":
            self.discard()
            raise HindcastError(f"The notebook's folder could not be filled: {said.decode(errors='replace')}")
        self._session = Session(self, self._worker)
        return self._session

    def _wait_until_clear(self) -> None:
        """A worker that cannot prove to be clean after the last notebook is thrown away."""
        if not self._clearing:
            return
        try:
            clean = self._worker.expect(b"kd", CLEAN)[0] == b"k"
        except Broken:
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

    Raises OSError, Broken.
    """
    programs = os.environ.get("PATH", "") if folder else "/usr/local/bin:/usr/bin:/bin"
    variables = environment(folder or SCRATCH, readable, programs)
    worker = str(MODULES[0]) if folder else f"{INSIDE}/{MODULES[0].name}"
    command = [sys.executable, "-P", "-s", worker]
    if not folder:
        command = [*isolation(limits.scratch, readable, hidden, slot, variables), *command]
    worker = Worker(command, variables, folder)
    scratch = folder or SCRATCH
    setup = {
        "isolated": not folder,
        "fonts": fonts(),
        "scratch": scratch,
        "wipe": [scratch] if folder else [scratch, "/dev/shm"],
        "scratch_bytes": limits.scratch,
        "memory": limits.memory,
        "processes": limits.processes,
        "output": limits.output,
        "usual": USUAL,
    }
    worker.send(b"S", json.dumps(setup).encode())
    return worker


def _relative(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise HindcastError(f"A file of a notebook must lie beside or below it; {name!r} does not.")
    return str(path)


class Session:
    """One notebook: its cells share a process."""

    def __init__(self, sandbox: Sandbox, worker: Worker):
        self._sandbox, self._worker, self._limits = sandbox, worker, sandbox.limits
        self._number = 0
        self._seconds = self._limits.notebook_seconds
        self._room = self._limits.outputs_of_notebook
        self._stranger = Stranger(self._limits.output + (1 << 20))
        self._over = ""  # why no further cell can run
        self._company = False

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def run(self, source: str, count: int, afresh: bool = False, own: dict | None = None) -> Ran:
        """Run a cell. afresh: first undo what earlier cells did to the shell itself.

        own: the cell read and compiled, where it is the assignment's own (see `grade/precompiled.py`).
        """
        if not self._over and self._seconds <= 0:
            self._over = f"the notebook had used its {self._limits.notebook_seconds:g} seconds"
        if self._over:
            return Ran("not run", [], None, self._over)
        self._number += 1
        outputs = Outputs(min(self._limits.output, self._room), count)
        began = time.monotonic()
        asked = {"source": source, "count": count, "number": self._number, "own": own}
        try:
            self._worker.send(b"R", (b"1" if afresh else b"0") + json.dumps(asked).encode())
            status, reason = self._watch(outputs, count)
        except Broken as fault:
            self._sandbox.discard()
            status, reason = "died", f"the cell broke the process it ran in ({fault})"
            self._over = f"cell {count} had broken the process"
        self._seconds -= time.monotonic() - began
        self._room -= outputs.size
        return Ran(status, outputs.finished(), count, reason or outputs.reason(), self._company)

    def _watch(self, outputs: Outputs, count: int) -> tuple[str, str]:
        """Gather what comes until the cell has ended or was ended: its status and the reason."""
        allowed = min(self._limits.seconds, self._seconds)
        until, asked = time.monotonic() + allowed, 0
        begun = False
        while True:
            frame = self._worker.receive(until) if time.monotonic() < until else None
            if frame is None:
                until = time.monotonic() + self._ask_to_end(asked)
                asked += 1
                continue
            kind, payload = frame
            if kind == b"b":
                begun, self._company = True, payload.strip(b"0") != b""
            if kind == b"c":
                ended = self._hear(payload, outputs if begun else None)
                if ended is not None:
                    return self._ended(ended, outputs, asked > 0, count, allowed)
            elif kind == b"x" and begun:
                return self._gone(payload, outputs, asked > 0, count, allowed)
            elif begun:
                outputs.take(kind, payload)

    def _ask_to_end(self, asked: int) -> float:
        """Interrupt the cell, twice, then kill it, then give the worker up; how many seconds to wait."""
        if asked > 2:
            raise Broken("it could not be killed")
        self._worker.send(b"SSK"[asked : asked + 1])
        return GRACE if asked == 2 else GRACE / 2  # a loop that catches one interrupt often ends at the next

    def _hear(self, payload: bytes, outputs: Outputs | None) -> dict | None:
        """What the child says; its "done" for this cell, if that was in it."""
        for message in self._stranger.hear(payload):
            if message.get("say") == "done" and message.get("number") == self._number:
                return message
            if outputs:
                outputs.message(message)
        if self._stranger.broken:
            self._worker.send(b"K")
        return None

    def _ended(
        self, done: dict, outputs: Outputs, interrupted: bool, count: int, allowed: float
    ) -> tuple[str, str]:
        if done.get("left"):
            self._over = f"cell {count} had ended the session with exit()"
        outputs.cut = outputs.cut or bool(done.get("cut"))
        if interrupted:
            outputs.append(dict(TIMEOUT))
            return "timeout", f"the cell was stopped after {allowed:g} seconds"
        outputs.ended_with(done.get("error"))
        return ("error" if done.get("error") else "ok"), ""

    def _gone(
        self, payload: bytes, outputs: Outputs, killed: bool, count: int, allowed: float
    ) -> tuple[str, str]:
        """The child has ended in the middle of a cell."""
        if killed:
            self._over = f"cell {count} could not be interrupted, so the notebook's process was ended"
            outputs.append(dict(TIMEOUT))
            return "timeout", f"the cell ran for more than {allowed:g} seconds and could not be interrupted"
        how = "it broke the rules of its connection" if self._stranger.broken else _how(payload)
        self._over = f"cell {count} had ended the notebook's process"
        return "died", f"the cell ended the notebook's process ({how})"

    def close(self) -> None:
        """End the notebook's process. The worker clears up after it while the host goes on."""
        worker, self._over = self._worker, self._over or "the notebook was closed"
        if worker is None or worker is not self._sandbox._worker:
            return
        self._worker = None
        self._sandbox._clearing = True
        try:
            worker.send(b"Q")
        except Broken:
            self._sandbox.discard()


def _how(payload: bytes) -> str:
    """The way a process ended, from its exit code."""
    try:
        code = int(payload)
    except ValueError:
        return "nobody knows how"
    if code == -signal.SIGKILL:
        return "killed, by itself or for want of memory"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
