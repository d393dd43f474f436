"""One notebook in a sandbox: its cells, run one after the other in one process.

Whatever a cell does, nothing raises here: it becomes a `CellRun` that says what happened.
"""

import contextlib
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hindcast.kit.sandbox.inside.protocol import (
    AFRESH,
    AS_IT_IS,
    CELL_BEGINS,
    DONE,
    INTERRUPT,
    KILL,
    NOTEBOOK_ENDED,
    NOTEBOOK_SAID,
    RUN_CELL,
)
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.outputs import Outputs
from hindcast.kit.sandbox.process import Worker, WorkerBroken
from hindcast.kit.sandbox.untrusted import UntrustedMessages

# What a cell is sent, one after the other, when its time is over, and the seconds it has then. The first
# SIGINT is often caught by a loop; the second then ends it.
ENDINGS = ((INTERRUPT, 1.0), (INTERRUPT, 1.0), (KILL, 2.0))
ROOM_FOR_A_MESSAGE = 1 << 20  # bytes of a message beside the outputs in it
TIMEOUT = {
    "output_type": "error",
    "ename": "CellTimeoutError",
    "evalue": "",
    "traceback": ["\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"],
}


@dataclass(frozen=True)
class CellRun:
    """What became of one cell.

    status: "ok", "error", "timeout", "died" or "not run". outputs: of nbformat 4, plain JSON, within the
    limits. reason: plain words for what is not ordinary (died, timeout, not run, outputs cut), else "".
    company: whether threads or processes of the notebook were running when a cell began afresh.
    """

    status: str
    outputs: list[dict] = field(default_factory=list)
    execution_count: int | None = None
    reason: str = ""
    company: bool = False


class Session:
    """One notebook in a worker.

    on_broken: called when the worker can be used no more. on_close: called with the worker at the end.
    """

    def __init__(
        self,
        worker: Worker,
        limits: Limits,
        on_broken: Callable[[], object],
        on_close: Callable[[Worker], object],
    ):
        self._worker: Worker | None = worker
        self._limits, self._on_broken, self._on_close = limits, on_broken, on_close
        self._number = 0
        self._seconds = limits.notebook_seconds
        self._room = limits.outputs_of_notebook
        self._messages = UntrustedMessages(limits.output + ROOM_FOR_A_MESSAGE)
        self._over = ""  # why no further cell can run
        self._company = False

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def run(self, source: str, count: int, afresh: bool = False, precompiled: dict | None = None) -> CellRun:
        """Run a cell; `count` is its execution count.

        afresh: first undo what earlier cells did to the shell and to what judges answers, as for a test cell.
        precompiled: the cell read and compiled, where it is the assignment's own (see
        `grade/precompiled.py`).
        """
        if not self._over and self._seconds <= 0:
            self._over = f"the notebook had used its {self._limits.notebook_seconds:g} seconds"
        if self._over or self._worker is None:
            return CellRun("not run", [], None, self._over)
        self._number += 1
        outputs = Outputs(min(self._limits.output, self._room), count)
        began = time.monotonic()
        order = {"source": source, "count": count, "number": self._number, "precompiled": precompiled}
        try:
            self._worker.send(RUN_CELL, (AFRESH if afresh else AS_IT_IS) + json.dumps(order).encode())
            status, reason = self._watch(self._worker, outputs, count)
        except WorkerBroken as fault:
            self._on_broken()
            status, reason = "died", f"the cell broke the process it ran in ({fault})"
            self._over = f"cell {count} had broken the process"
        self._seconds -= time.monotonic() - began
        self._room -= outputs.size
        return CellRun(status, outputs.finished(), count, reason or outputs.reason(), self._company)

    def _watch(self, worker: Worker, outputs: Outputs, count: int) -> tuple[str, str]:
        """Gather what comes until the cell has ended or was ended: its status and the reason."""
        allowed = min(self._limits.seconds, self._seconds)
        until, asked = time.monotonic() + allowed, 0
        begun = False
        while True:
            frame = worker.receive(until) if time.monotonic() < until else None
            if frame is None:
                until = time.monotonic() + _ask_to_end(worker, asked)
                asked += 1
                continue
            kind, payload = frame
            if kind == CELL_BEGINS:
                begun, self._company = True, payload.strip(b"0") != b""
            elif kind == NOTEBOOK_SAID:
                done = self._read_messages(worker, payload, outputs if begun else None)
                if done is not None:
                    return self._end_of_cell(done, outputs, asked > 0, count, allowed)
            elif kind == NOTEBOOK_ENDED and begun:
                return self._end_of_process(payload, outputs, asked > 0, count, allowed)
            elif begun:
                outputs.add_printed(kind, payload)

    def _read_messages(self, worker: Worker, payload: bytes, outputs: Outputs | None) -> dict | None:
        """Add what was shown to the outputs; the message that this cell is done, if that was among them."""
        for message in self._messages.add(payload):
            if message.get("say") == DONE and message.get("number") == self._number:
                return message
            if outputs:
                outputs.add_message(message)
        if self._messages.broken:
            worker.send(KILL)
        return None

    def _end_of_cell(
        self, done: dict, outputs: Outputs, interrupted: bool, count: int, allowed: float
    ) -> tuple[str, str]:
        """Status and reason of a cell that ended and left its process to the next one."""
        if done.get("left"):
            self._over = f"cell {count} had ended the session with exit()"
        outputs.cut = outputs.cut or bool(done.get("cut"))
        if interrupted:
            outputs.append(dict(TIMEOUT))
            return "timeout", f"the cell was stopped after {allowed:g} seconds"
        outputs.end_with(done.get("error"))
        return ("error" if done.get("error") else "ok"), ""

    def _end_of_process(
        self, payload: bytes, outputs: Outputs, killed: bool, count: int, allowed: float
    ) -> tuple[str, str]:
        """Status and reason of a cell during which the notebook's process ended."""
        if killed:
            self._over = f"cell {count} could not be interrupted, so the notebook's process was ended"
            outputs.append(dict(TIMEOUT))
            return "timeout", f"the cell ran for more than {allowed:g} seconds and could not be interrupted"
        how = "it broke the rules of its connection" if self._messages.broken else _how_it_ended(payload)
        self._over = f"cell {count} had ended the notebook's process"
        return "died", f"the cell ended the notebook's process ({how})"

    def close(self) -> None:
        """End the notebook's process. The worker clears up after it while the host goes on."""
        self._over = self._over or "the notebook was closed"
        worker, self._worker = self._worker, None
        if worker is not None:
            self._on_close(worker)


def _ask_to_end(worker: Worker, asked: int) -> float:
    """Send the next of ENDINGS; how many seconds to wait for it. Raises WorkerBroken after the last."""
    if asked >= len(ENDINGS):
        raise WorkerBroken("it could not be killed")
    order, seconds = ENDINGS[asked]
    worker.send(order)
    return seconds


def _how_it_ended(payload: bytes) -> str:
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
