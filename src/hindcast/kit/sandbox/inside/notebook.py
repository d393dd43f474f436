"""INSIDE the sandbox, in the fork for one notebook: runs its cells, one after the other.

Names that are used beside a test are imported one by one: a cell can replace `os.getpid`, but not the
function that this module holds.
"""

import asyncio
import builtins
import getpass
import json
import signal
import socket
import sys
from _signal import pthread_sigmask  # signal's own makes an enum of each of sixty numbers, at every cell
from os import _exit, dup2, getpid

from IPython.core.error import StdinNotImplementedError

from .link import LINK, flush_streams
from .protocol import AFRESH, CHUNK, DONE, LENGTH
from .restore import Pristine
from .shell import error_fields
from .streams import can_be_written, open_streams

# A learner's handlers of these signals run while a cell runs, never between two cells. SIGINT is ignored
# between cells; the other exceptions cannot be blocked, or must not be.
BLOCKED_BETWEEN_CELLS = signal.valid_signals() - {
    *(signal.SIGINT, signal.SIGKILL, signal.SIGSTOP),
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT),
}


def run_notebook(
    pristine: Pristine, connection: socket.socket, receipts: int, pipes: tuple[int, int], output: int
) -> None:
    """Run the cells that come through `connection`, in the current folder, until it ends.

    receipts, pipes: see `Link.connect` and `CellRunner`. output: bytes of outputs that a cell may show.
    """
    pthread_sigmask(signal.SIG_BLOCK, BLOCKED_BETWEEN_CELLS)
    LINK.connect(connection, receipts)
    open_streams()
    sys.path.append("")  # last, so that a six.py beside the notebook never stands in for the library
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(CellRunner(pristine, connection, pipes, output).serve())


class CellRunner:
    """Reads cells from its socket and runs them, until the socket is closed or a cell calls exit().

    pipes: where descriptors 1 and 2 lead, to mend them when a cell has closed them.
    """

    def __init__(self, pristine: Pristine, connection: socket.socket, pipes: tuple[int, int], output: int):
        self.shell, self.pristine, self.connection, self.output = pristine.shell, pristine, connection, output
        self.pipes = {1: pipes[0], 2: pipes[1]}

    async def serve(self) -> None:
        """Run cell after cell. The loop runs meanwhile, as a kernel's does, so `await` and tasks work."""
        buffer = bytearray()
        while not self.shell.exit_now:
            await asyncio.sleep(0)  # tasks that a cell left get their turn
            while len(buffer) < LENGTH.size or len(buffer) < LENGTH.size + LENGTH.unpack_from(buffer)[0]:
                data = await asyncio.get_running_loop().sock_recv(self.connection, CHUNK)
                if not data:
                    return
                buffer += data
            end = LENGTH.size + LENGTH.unpack_from(buffer)[0]
            message = bytes(buffer[LENGTH.size : end])
            del buffer[:end]
            await self.run(afresh=message[:1] == AFRESH, order=message[1:])

    async def run(self, afresh: bool, order: bytes) -> None:
        """Run one cell and say how it ended. Before a test cell, put back what reads and judges it."""
        self.mend_streams()
        if afresh:
            self.pristine.restore()
            open_streams()
            LINK.say_cleared(wait=False)  # what was printed up to here is not this cell's
        asked = json.loads(order)
        if afresh and not asked["precompiled"]:
            self.pristine.restore_compiling()
        LINK.begin_cell(self.output)
        self.prepare_shell(asked, afresh)
        error = await self.run_guarded(asked["source"])
        flush_streams()
        LINK.interrupted = False
        done = {"say": DONE, "number": asked["number"], "error": error, "cut": LINK.cut}
        LINK.say({**done, "left": self.shell.exit_now}, wait=False)
        self.pristine.release()

    def mend_streams(self) -> None:
        """Give the next cell descriptors 1 and 2, sys.stdout and sys.stderr, whatever an earlier one did."""
        for number, pipe in self.pipes.items():
            dup2(pipe, number)
        if not (can_be_written(sys.stdout) and can_be_written(sys.stderr)):
            open_streams()

    def prepare_shell(self, asked: dict, afresh: bool) -> None:
        """Tell the shell what the host knows of the cell. A precompiled cell awaits nothing."""
        shell, source, precompiled = self.shell, asked["source"], asked["precompiled"]
        shell.read_last, shell.asked_last = None, (source, False) if precompiled else None
        self.pristine.reader.known = source, precompiled and precompiled["python"]
        unchanged = not shell.ast_transformers and shell.ast_node_interactivity == "last_expr"
        shell.compile.precompiled = precompiled if unchanged else None
        shell.before_code = self.pristine.restore_judges if afresh else None
        shell.execution_count, shell.last_traceback = asked["count"], None
        builtins.input, getpass.getpass = refuse_input, _refuse_getpass

    async def run_guarded(self, source: str) -> dict | None:
        """Run a cell with its signals let through; its error, None where it had none."""
        signal.signal(signal.SIGINT, LINK.on_interrupt)
        try:
            pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED_BETWEEN_CELLS)
            result = await self.execute(source)
            return self.error_of(result)
        except BaseException as fault:
            return error_fields(type(fault), fault, [])
        finally:
            pthread_sigmask(signal.SIG_BLOCK, BLOCKED_BETWEEN_CELLS)
            if getpid() != LINK.pid:
                _exit(0)  # a process that the cell forked has come to the end of the cell
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def execute(self, source: str):
        """Run a cell as ipykernel does: one with a top-level await is a task of the running loop."""
        try:
            transformed, fault = self.shell.transform_cell(source), None
        except Exception:
            transformed, fault = source, sys.exc_info()
        if not self.shell.should_run_async(
            source, transformed_cell=transformed, preprocessing_exc_tuple=fault
        ):
            return self.shell.run_cell(source, store_history=True)
        task = asyncio.ensure_future(
            self.shell.run_cell_async(source, store_history=True, transformed_cell=transformed)
        )
        loop = asyncio.get_running_loop()

        def cancel(*_) -> None:
            # where the loop is blocked nothing is cancelled: the next SIGINT then raises
            signal.signal(signal.SIGINT, LINK.on_interrupt)
            loop.call_soon_threadsafe(task.cancel)

        signal.signal(signal.SIGINT, cancel)
        result = None
        try:
            result = await task
        finally:
            self.shell.events.trigger("post_execute")
            self.shell.events.trigger("post_run_cell", result)
        return result

    def error_of(self, result) -> dict | None:
        """None, or the error in the words of a kernel's reply."""
        fault = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
        if fault is None and self.shell.failed_to_show:
            fault = self.shell.failed_to_show
        self.shell.failed_to_show = None
        return None if fault is None else error_fields(type(fault), fault, self.shell.last_traceback or [])


def refuse_input(*_, **__):
    """In the place of `input`: the error that a kernel raises where nobody can type."""
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _refuse_getpass(*_, **__):
    raise StdinNotImplementedError("getpass was called, but this frontend does not support input requests.")
