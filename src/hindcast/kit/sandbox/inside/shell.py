"""INSIDE the sandbox, in the fork for one notebook: IPython's shell with a kernel's ways, and what it says.

A message to the host is 4 bytes of length (big-endian) and JSON. `warden.py` imports this before it forks, so
that all notebooks share it. Standard library and IPython only: nothing of hindcast.kit exists in here.
What is called beside a test is imported by name: a cell can change `os.getpid`, not the one meant here.
"""

import asyncio
import base64
import builtins
import gc
import getpass
import inspect
import io
import json
import marshal
import signal
import socket
import sys
import threading
import zlib
from _signal import pthread_sigmask  # signal's own makes an enum of each of sixty numbers, at every cell
from contextlib import suppress
from os import _exit, dup2, getpid, read
from select import POLLOUT, poll
from struct import pack, unpack
from types import SimpleNamespace

from IPython.core.autocall import ZMQExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from restore import Pristine
from traitlets import Any, Type
from traitlets.config import Config

CHUNK = 1 << 16  # bytes read at a time
LONGEST = 20_000  # characters of an error's value, of one line of its traceback, of a text cut short
# a learner's handlers run while a cell does, never in our own steps between two cells
WITHIN_CELLS = signal.valid_signals() - {
    *(signal.SIGINT, signal.SIGKILL, signal.SIGSTOP),
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT),
}
NOTE = "\n(the rest of this output was left out: it is too long)"


class Link:
    """What the shell says goes through here; until a child has its socket, nobody listens."""

    def __init__(self):
        self.socket, self.heard, self.pid = None, -1, None
        self.lock = threading.RLock()
        self.sending = self.interrupted = self.cut = False
        self.limit = self.used = self.waiting_for = 0

    def begin(self, limit: int) -> None:
        """A new cell: `limit` bytes of outputs from here on."""
        self.limit, self.used, self.cut = limit, 0, False

    def say(self, message: dict, wait: bool = True) -> None:
        """Send one message whole; an interrupt waits until it is out. A process that a cell forked is mute.

        The worker answers with the number of bytes it took: if we wait, what is printed next comes after it.
        """
        self._send(_written(message), wait)

    def _send(self, data: bytes, wait: bool) -> None:
        if self.socket is None or getpid() != self.pid:
            return
        with self.lock:
            self.sending = True
            try:
                _send_all(self.socket, pack(">I", len(data)) + data)
                self.waiting_for += 4 + len(data)
                while wait and self.waiting_for > 0 and (taken := read(self.heard, 4)):
                    self.waiting_for -= unpack(">I", taken)[0]
            finally:
                self.sending = False
        if self.interrupted:
            self.interrupted = False
            raise KeyboardInterrupt

    def say_output(self, message: dict) -> None:
        """Send an output while there is room for it, else its text cut short, else nothing."""
        _flush()
        room = self.limit - self.used
        data = message.get("data", {})
        # that one text alone is too long is seen at once; the rest is weighed as it is sent
        longest = max((len(value) for value in data.values() if isinstance(value, str)), default=0)
        if longest > room or len(sent := _written(message)) > room:
            text = data.get("text/plain")
            if self.cut or not isinstance(text, str):
                self.cut = True
                return
            sent, self.cut = _written({**message, "data": {"text/plain": text[:LONGEST] + NOTE}}), True
        self.used += len(sent)
        self._send(sent, wait=True)

    def say_cleared(self, wait: bool) -> None:
        _flush()
        self.used = 0
        self.say({"say": "clear", "wait": bool(wait)})

    def on_interrupt(self, *_) -> None:
        """The handler of SIGINT while a cell runs: never in the middle of a message."""
        if self.sending:
            self.interrupted = True
        else:
            raise KeyboardInterrupt


LINK = Link()


def _written(message: dict) -> bytes:
    return json.dumps(message, default=_plain).encode()


def _plain(value):
    """JSON for what libraries put into outputs: bytes as base64, numbers as numbers, the rest as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.item() if hasattr(value, "item") else str(value)


def _send_all(connection: socket.socket, data: bytes) -> None:
    """`sendall` for a socket that does not block."""
    view = memoryview(data)
    while view:
        try:
            view = view[connection.send(view) :]
        except BlockingIOError:
            waiter = poll()
            waiter.register(connection, POLLOUT)
            waiter.poll()


def _says_nothing(line: str) -> bool:
    """Whether a line is blank or a comment; one with a quote in it may be within a text."""
    return not line.strip() or (line.lstrip().startswith("#") and "'" not in line and '"' not in line)


class CellHook(DisplayHook):
    """The value of a cell's last line, as an execute_result."""

    showing = False

    def quiet(self) -> bool:
        """Whether the cell ends in a semicolon. Where that is hard to see, IPython reads the cell again."""
        cells = self.shell.history_manager.input_hist_parsed
        lines = cells[-1].rstrip().split("\n") if cells else [""]
        while len(lines) > 1 and _says_nothing(lines[-1]):
            lines.pop()
        last = lines[-1].rstrip()
        return super().quiet() if "#" in last or "\\" in last else last.endswith(";")

    def start_displayhook(self) -> None:
        self.data, self.about, self.showing = {}, {}, True

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.data, self.about = format_dict, md_dict or {}

    def finish_displayhook(self) -> None:
        self.showing = False
        if self.data:
            LINK.say_output({"say": "result", "data": self.data, "metadata": self.about})


class CellPublisher(DisplayPublisher):
    """What a cell displays, as display_data."""

    def publish(self, data, metadata=None, *, transient=None, update=False, **_) -> None:
        self._validate_data(data, metadata)
        LINK.say_output(
            {
                "say": "update" if update else "display",
                "data": data,
                "metadata": metadata or {},
                "id": str((transient or {}).get("display_id", "")),
            }
        )

    def clear_output(self, wait=False) -> None:
        LINK.say_cleared(wait)


class Compiled(list):
    """Code in the place of statements."""


class CellCompiler(CachingCompiler):
    """Names the source of a cell as a kernel does, so warnings and tracebacks read the same.

    What the host has compiled is not compiled again, as long as all is compiled as it was in the beginning.
    """

    own: dict | None = None

    def __init__(self):
        super().__init__()
        self.as_ever = self.flags

    def cache(self, *cell, **more) -> str:
        """Also tell `inspect` that a cell is of no module: else each error looks for it in all there are."""
        name = super().cache(*cell, **more)
        inspect.modulesbyfile[name] = ""
        return name

    def get_code_name(self, raw_code, transformed_code, number) -> str:
        if self._knows(transformed_code):
            return self.own["name"]
        return f"/tmp/ipykernel_{getpid()}/{zlib.crc32(raw_code.encode(errors='replace'))}.py"

    def ast_parse(self, source, *rest, **more):
        """The statements, with `body`; of what is compiled already, their code (see `run_ast_nodes`)."""
        if not self._knows(source):
            return super().ast_parse(source, *rest, **more)
        return SimpleNamespace(body=Compiled(marshal.loads(base64.b64decode(it)) for it in self.own["code"]))

    def _knows(self, python: str) -> bool:
        return self.own is not None and python == self.own["python"] and self.flags == self.as_ever


class CellReader(TransformerManager):
    """IPython's reading of magics and the like; it costs more than many a cell, so the host may have done it.

    Where a cell has changed how cells are read, what the host knows is not used.
    """

    known: tuple[str, str | None] = "", None

    def __init__(self):
        super().__init__()
        self.steps = self._steps()

    def _steps(self) -> list:
        return [*self.cleanup_transforms, *self.line_transforms, *self.token_transformers]

    def transform_cell(self, cell: str) -> str:
        source, python = self.known
        if python is None or cell != source or self._steps() != self.steps:
            return super().transform_cell(cell)
        return python


class CellShell(InteractiveShell):
    """IPython's shell with the ways of a kernel's, but no kernel."""

    compiler_class = Type(CellCompiler)
    displayhook_class = Type(CellHook)
    display_pub_class = Type(CellPublisher)
    exiter = Any()
    last_traceback = failed_to_show = transformed = awaits = None
    at_last = None  # to call when nothing but the cell's own code is left to run
    # ipywidgets' Output asks the kernel which cell it belongs to
    kernel = SimpleNamespace(get_parent=lambda: {"header": {"msg_id": "cell"}}, eventloop=None)
    keepkernel_on_exit = None

    def transform_cell(self, raw_cell: str) -> str:
        """Once for a cell: IPython does it to see whether the cell awaits, and to run it."""
        if self.transformed is None or self.transformed[0] != raw_cell:
            self.transformed = raw_cell, super().transform_cell(raw_cell)
        return self.transformed[1]

    def should_run_async(self, raw_cell: str, **read) -> bool:
        """Once for a cell, too: to find out whether it awaits, IPython compiles it."""
        if self.awaits is None or self.awaits[0] != raw_cell:
            self.awaits = raw_cell, super().should_run_async(raw_cell, **read)
        return self.awaits[1]

    async def run_ast_nodes(self, nodelist: list, *rest, result=None, **more) -> bool:
        """Whether the statements failed. Compiled ones need no `ast`, which a cell may have changed."""
        if self.at_last:
            self.at_last()
        if not isinstance(nodelist, Compiled):
            return await super().run_ast_nodes(nodelist, *rest, result=result, **more)
        for code in nodelist:
            if await self.run_code(code, result):
                return True
        return False

    def init_virtualenv(self) -> None:
        pass

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", lambda *_, **__: None, 99)  # help is for people

    def ask_exit(self) -> None:
        self.exit_now = True

    def enable_gui(self, gui=None) -> None:
        pass

    def _showtraceback(self, etype, evalue, stb) -> None:
        if self.displayhook.showing:
            self.failed_to_show = evalue  # a kernel counts a value that cannot be shown as an error
        self.last_traceback = [_short(line) for line in stb]
        LINK.say_output({"say": "error", **_error(etype, evalue, self.last_traceback)})


# libraries (rich, tqdm) look for a notebook by the name of its shell's class
CellShell.__name__ = "ZMQInteractiveShell"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + NOTE


def _error(etype: type, evalue: BaseException, lines: list[str]) -> dict:
    """An error in the words of nbformat. Its own `__str__` may fail."""
    try:
        value = str(evalue)
    except Exception as fault:
        value = f"<no text: {type(fault).__name__}>"
    return {"ename": _short(str(etype.__name__)), "evalue": _short(value), "traceback": lines[-50:]}


def make_shell() -> CellShell:
    """IPython's shell, without history on disk and with colours, as a kernel has it."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.parent_appname = "hindcast"  # tqdm looks for this section
    shell = CellShell.instance(config=config)
    shell.exiter = ZMQExitAutocall(shell)
    shell.input_transformer_manager = CellReader()
    with suppress(ImportError):
        import comm

        comm.create_comm = _make_comm(comm.base_comm.BaseComm)
    return shell


def _make_comm(base: type) -> type:
    """A comm that ends here. What is printed inside an Output widget is the widget's, not the cell's."""

    class Comm(base):
        def publish_msg(self, msg_type, data=None, **_):
            state = (data or {}).get("state") or {}
            if isinstance(state, dict) and "msg_id" in state:
                LINK.say({"say": "aside", "on": bool(state["msg_id"])})

    return Comm


def rehearse(shell: CellShell, sources: list[str]) -> None:
    """Do once, before the fork, what every notebook would pay for."""
    for source in sources:
        shell.run_cell(source, store_history=True)


def forget(shell: CellShell) -> Pristine:
    """End the rehearsal: the shell as if it had run nothing. It, and what judges, as they are then."""
    if "matplotlib.pyplot" in sys.modules:
        rehearse(shell, [FIGURE])
    inspect.getmodule(forget.__code__, "")  # an error asks which module a file is of: all are noted here
    gc.freeze()  # else `reset` searches all that was imported for garbage
    shell.reset(new_session=True, aggressive=False)
    shell.displayhook.flush()
    shell.compile._filename_map.clear()
    shell.last_traceback = shell.last_execution_result = None
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    shell.transformed = shell.awaits = None
    builtins.input = _raw_input
    pristine = Pristine(shell, LINK)
    gc.freeze()  # the fork shares these pages as long as nobody counts through them
    return pristine


FIGURE = """
import matplotlib.pyplot
matplotlib.pyplot.plot([1, 2], label="a")
matplotlib.pyplot.legend()
"""


def open_streams() -> None:
    """New sys.stdout and sys.stderr on descriptors 1 and 2, which the warden reads."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = io.TextIOWrapper(
            open(number, "wb", closefd=False),  # noqa: SIM115
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


class Child:
    """One notebook: reads cells from its socket until that ends."""

    def __init__(self, pristine: Pristine, connection: socket.socket, pipes: tuple[int, int], output: int):
        self.shell, self.pristine, self.connection, self.output = pristine.shell, pristine, connection, output
        self.pipes = {1: pipes[0], 2: pipes[1]}

    async def serve(self) -> None:
        """Run cell after cell; a kernel's loop runs while they do, so `await` and tasks work."""
        buffer = bytearray()
        while not self.shell.exit_now:
            await asyncio.sleep(0)  # tasks that a cell left get their turn
            while len(buffer) < 4 or len(buffer) < 4 + unpack(">I", buffer[:4])[0]:
                data = await asyncio.get_running_loop().sock_recv(self.connection, CHUNK)
                if not data:
                    return
                buffer += data
            end = 4 + unpack(">I", buffer[:4])[0]
            message = bytes(buffer[4:end])
            del buffer[:end]
            await self.run(afresh=message[:1] == b"1", message=message[1:])

    async def run(self, afresh: bool, message: bytes) -> None:
        """One cell; then say how it ended. Before a test cell all is put back that reads and judges it."""
        for number, pipe in self.pipes.items():  # an earlier cell may have closed them
            dup2(pipe, number)
        if not (_open(sys.stdout) and _open(sys.stderr)):
            open_streams()
        if afresh:
            self.pristine.restore()
            open_streams()
            LINK.say_cleared(wait=False)  # what was printed up to here is not this cell's
        asked = json.loads(message)
        if afresh and not asked["own"]:
            self.pristine.restore_compiling()
        LINK.begin(self.output)
        self.prepare(asked["source"], asked["own"])
        self.shell.at_last = self.pristine.restore_judges if afresh else None
        self.shell.execution_count, self.shell.last_traceback = asked["count"], None
        builtins.input, getpass.getpass = _raw_input, _getpass
        signal.signal(signal.SIGINT, LINK.on_interrupt)
        try:
            pthread_sigmask(signal.SIG_UNBLOCK, WITHIN_CELLS)
            result = await self.execute(asked["source"])
            error = self.how_it_ended(result)
        except BaseException as fault:
            error = _error(type(fault), fault, [])
        finally:
            pthread_sigmask(signal.SIG_BLOCK, WITHIN_CELLS)
            if getpid() != LINK.pid:
                _exit(0)  # a process that the cell forked came out at its end
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        _flush()
        LINK.interrupted = False
        done = {"say": "done", "number": asked["number"], "error": error, "cut": LINK.cut}
        LINK.say({**done, "left": self.shell.exit_now}, wait=False)
        self.pristine.release()

    def prepare(self, source: str, own: dict | None) -> None:
        """Hand on what the host knows of the cell. A cell of the assignment awaits nothing."""
        shell = self.shell
        shell.transformed, shell.awaits = None, (source, False) if own else None
        self.pristine.reader.known = source, own and own["python"]
        plain = not shell.ast_transformers and shell.ast_node_interactivity == "last_expr"
        shell.compile.own = own if plain else None

    async def execute(self, source: str):
        """As ipykernel does it: a cell with a top-level await is a task of the running loop."""
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
            signal.signal(
                signal.SIGINT, LINK.on_interrupt
            )  # where the loop is blocked, the next one gets through
            loop.call_soon_threadsafe(task.cancel)

        signal.signal(signal.SIGINT, cancel)
        result = None
        try:
            result = await task
        finally:
            self.shell.events.trigger("post_execute")
            self.shell.events.trigger("post_run_cell", result)
        return result

    def how_it_ended(self, result) -> dict | None:
        """None, or the error in the words of a kernel's reply."""
        fault = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
        if fault is None and self.shell.failed_to_show:
            fault = self.shell.failed_to_show
        self.shell.failed_to_show = None
        return None if fault is None else _error(type(fault), fault, self.shell.last_traceback or [])


def _open(stream) -> bool:
    """Whether a stream, perhaps one that a cell put in place, can still be written to."""
    try:
        return stream is not None and not getattr(stream, "closed", False)
    except Exception:
        return False


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def _raw_input(*_, **__):
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _getpass(*_, **__):
    raise StdinNotImplementedError("getpass was called, but this frontend does not support input requests.")


def live(
    pristine: Pristine, connection: socket.socket, heard: int, pipes: tuple[int, int], output: int
) -> None:
    """Be the shell of one notebook in the current folder, until the connection ends."""
    pthread_sigmask(signal.SIG_BLOCK, WITHIN_CELLS)
    LINK.socket, LINK.heard, LINK.pid = connection, heard, getpid()
    open_streams()
    sys.path.append("")  # last: a six.py beside the notebook is never the library
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(Child(pristine, connection, pipes, output).serve())
