"""Runs INSIDE the sandbox: imports libraries once, then forks one child for each notebook.

Two parts. The warden is the process the host talks to (`sandbox.py`, on descriptor 0): it never runs a learner's code and
believes nothing a child says. The child is IPython's shell in a fork of it. A frame between host and warden is a type byte,
4 bytes of length (big-endian) and the payload; between host and child it is 4 bytes of length and JSON, which the warden
passes on unread. Standard library and IPython only: nothing of hindcast.kit exists in here.
"""

import array
import asyncio
import base64
import builtins
import contextlib
import ctypes
import fcntl
import gc
import getpass
import importlib
import io
import json
import os
import random
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import termios
import threading
import time
from pathlib import Path
from types import SimpleNamespace

from IPython.core.autocall import ZMQExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any, Type
from traitlets.config import Config

CHUNK = 1 << 16  # bytes read at a time
LONGEST = 20_000  # characters of an error's value or of one line of its traceback
NOTE = "\n(the rest of this output was left out: it is too long)"
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36


# --- the child: one notebook's shell ---------------------------------------------------------------------------


class Link:
    """What the shell says goes through here; until a child has its socket, nobody listens."""

    def __init__(self):
        self.socket, self.pid, self.lock = None, None, threading.RLock()
        self.sending = self.interrupted = self.cut = False
        self.limit = self.used = 0

    def begin(self, limit: int) -> None:
        """A new cell: `limit` bytes of outputs from here on."""
        self.limit, self.used, self.cut = limit, 0, False

    def say(self, message: dict) -> None:
        """Send one message whole; an interrupt waits until it is out. A process a learner forked says nothing."""
        if self.socket is None or os.getpid() != self.pid:
            return
        data = json.dumps(message, default=_plain).encode()
        with self.lock:
            self.sending = True
            try:
                _send_all(self.socket, struct.pack(">I", len(data)) + data)
            finally:
                self.sending = False
        if self.interrupted:
            self.interrupted = False
            raise KeyboardInterrupt

    def say_output(self, message: dict) -> None:
        """Send an output while there is room for it, else its text cut short, else nothing."""
        sys.stdout.flush()
        sys.stderr.flush()
        size = len(json.dumps(message, default=_plain))
        if self.used + size > self.limit:
            text = message.get("data", {}).get("text/plain")
            if self.cut or not isinstance(text, str):
                self.cut = True
                return
            message, self.cut = {**message, "data": {"text/plain": text[:LONGEST] + NOTE}}, True
        self.used += size
        self.say(message)

    def say_cleared(self, wait: bool) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.used = 0
        self.say({"say": "clear", "wait": bool(wait)})

    def on_interrupt(self, *_) -> None:
        """The handler of SIGINT while a cell runs: never in the middle of a message."""
        if self.sending:
            self.interrupted = True
        else:
            raise KeyboardInterrupt


LINK = Link()


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
            waiter = select.poll()
            waiter.register(connection, select.POLLOUT)
            waiter.poll()


class CellHook(DisplayHook):
    """The value of a cell's last line, as an execute_result."""

    def start_displayhook(self) -> None:
        self.data, self.about = {}, {}

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.data, self.about = format_dict, md_dict or {}

    def finish_displayhook(self) -> None:
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


class CellShell(InteractiveShell):
    """IPython's shell with the ways of a kernel's, but no kernel."""

    displayhook_class = Type(CellHook)
    display_pub_class = Type(CellPublisher)
    exiter = Any()
    last_traceback = None
    # ipywidgets' Output asks the kernel which cell it belongs to
    kernel = SimpleNamespace(get_parent=lambda: {"header": {"msg_id": "cell"}}, eventloop=None)
    keepkernel_on_exit = None

    def init_virtualenv(self) -> None:
        pass

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", lambda *_: None, 99)  # help is for people

    def ask_exit(self) -> None:
        self.exit_now = True

    def enable_gui(self, gui=None) -> None:
        pass

    def _showtraceback(self, etype, evalue, stb) -> None:
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
    return {"ename": _short(str(etype.__name__)), "evalue": _short(value), "traceback": lines[-200:]}


def make_shell() -> CellShell:
    """IPython's shell, without history on disk and with colours, as a kernel has it."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.parent_appname = "hindcast"  # tqdm looks for this section
    shell = CellShell.instance(config=config)
    shell.exiter = ZMQExitAutocall(shell)
    with contextlib.suppress(ImportError):
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


def warm_up(shell: CellShell) -> None:
    """Do once what every notebook would pay for: a cell, a traceback, a figure. Then forget it."""
    for source in ("1 + 1", "1 / 0", FIGURE if "matplotlib.pyplot" in sys.modules else ""):
        shell.run_cell(source, store_history=True)
    shell.reset(new_session=True, aggressive=False)
    shell.displayhook.flush()
    shell.compile._filename_map.clear()
    shell.last_traceback = shell.last_execution_result = None
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()
    gc.freeze()  # the fork shares these pages as long as nobody counts through them


FIGURE = """
import matplotlib.pyplot
matplotlib.pyplot.plot([1, 2], label="a")
matplotlib.pyplot.legend()
"""


class Pristine:
    """The shell as it was before any cell, and the way back to it."""

    def __init__(self, shell: CellShell):
        self.shell = shell
        manager = shell.input_transformer_manager
        self.lists = [
            (manager.cleanup_transforms, list(manager.cleanup_transforms)),
            (manager.line_transforms, list(manager.line_transforms)),
            (manager.token_transformers, list(manager.token_transformers)),
            *((calls, list(calls)) for calls in shell.events.callbacks.values()),
        ]
        self.attributes = {
            thing: dict(vars(thing))
            for thing in (
                shell,
                shell.events,
                manager,
                shell.displayhook,
                shell.display_pub,
                shell.display_formatter,
            )
        }
        self.traits = {
            thing: dict(thing._trait_values) for thing in self.attributes if hasattr(thing, "_trait_values")
        }
        classes = {cls for thing in self.attributes for cls in type(thing).__mro__[:-1]} | {Link}
        self.classes = {cls: dict(vars(cls)) for cls in classes}
        self.builtins = dict(vars(builtins))
        self.link = dict(vars(LINK))

    def restore(self) -> None:
        """Undo what cells did to the shell, its events and transformers, the streams and the builtins."""
        sys.settrace(None)
        sys.setprofile(None)
        vars(builtins).clear()
        vars(builtins).update(self.builtins)
        for cls, known in self.classes.items():
            for name in {*vars(cls)} ^ {*known} | {n for n in known if vars(cls).get(n) is not known[n]}:
                with contextlib.suppress(AttributeError, TypeError):
                    setattr(cls, name, known[name]) if name in known else delattr(cls, name)
        for thing, known in self.attributes.items():
            vars(thing).clear()
            vars(thing).update(known)
        for thing, known in self.traits.items():
            thing._trait_values.clear()
            thing._trait_values.update(known)
        for held, known in self.lists:
            held[:] = known
        for held in (self.shell.ast_transformers, self.shell.input_transformers_post):
            held.clear()
        open_streams()


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

    def __init__(
        self, shell: CellShell, connection: socket.socket, pipes: tuple[int, int], work: Path, output: int
    ):
        self.shell, self.connection, self.output = shell, connection, output
        self.pipes = {
            number: fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, 100)
            for number, pipe in zip((1, 2), pipes, strict=True)
        }
        LINK.socket, LINK.pid = connection, os.getpid()
        self.pristine = None
        os.chdir(work)
        sys.path.append("")  # last: a six.py beside the notebook is never the library

    async def serve(self) -> None:
        """Run cell after cell; a kernel's loop runs while they do, so `await` and tasks work."""
        self.pristine = Pristine(self.shell)
        loop, buffer = asyncio.get_running_loop(), bytearray()
        while True:
            while len(buffer) < 4 or len(buffer) < 4 + struct.unpack(">I", buffer[:4])[0]:
                data = await loop.sock_recv(self.connection, CHUNK)
                if not data:
                    return
                buffer += data
            length = struct.unpack(">I", buffer[:4])[0]
            asked = json.loads(buffer[4 : 4 + length])
            del buffer[: 4 + length]
            await self.run(asked)
            if self.shell.exit_now:
                return

    async def run(self, asked: dict) -> None:
        """One cell; then say how it ended."""
        self.mend_descriptors()
        if asked["afresh"]:
            self.pristine.restore()
        LINK.begin(self.output)
        self.shell.execution_count, self.shell.last_traceback = asked["count"], None
        builtins.input, getpass.getpass = no_input, no_input
        signal.signal(signal.SIGINT, LINK.on_interrupt)
        try:
            error = self.how_it_ended(await self.execute(asked["source"]))
        except (KeyboardInterrupt, asyncio.CancelledError, Exception) as fault:
            error = _error(type(fault), fault, [])
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            if os.getpid() != LINK.pid:
                os._exit(0)  # a process that the cell forked came out at its end
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        LINK.interrupted = False
        LINK.say(
            {
                "say": "done",
                "number": asked["number"],
                "error": error,
                "cut": LINK.cut,
                "left": self.shell.exit_now,
            }
        )

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
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(task.cancel))
        result = None
        try:
            result = await task
        finally:
            self.shell.events.trigger("post_execute")
            self.shell.events.trigger("post_run_cell", result)
        return result

    def how_it_ended(self, result) -> dict | None:
        """None, or the error in the words of a kernel's reply."""
        fault = result.error_before_exec or result.error_in_exec
        return _error(type(fault), fault, self.shell.last_traceback or []) if fault is not None else None

    def mend_descriptors(self) -> None:
        """A cell may have closed or replaced 0, 1 and 2; the next one gets them back."""
        for number, pipe in self.pipes.items():
            with contextlib.suppress(OSError):
                os.dup2(pipe, number)


def no_input(*_, **__):
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def be_child(
    shell: CellShell, connection: socket.socket, pipes: tuple[int, int], asked: dict, setup: dict
) -> None:
    """After the fork: give up all that is the warden's, then serve. Never returns."""
    try:
        os.setsid()
        _prctl(PR_SET_DUMPABLE, 1)
        null = os.open("/dev/null", os.O_RDWR)
        for number, source in ((0, null), (1, pipes[0]), (2, pipes[1])):
            os.dup2(source, number)
        kept = sorted((connection.fileno(), *pipes))
        for low, high in zip((2, *kept), (*kept, 1 << 20), strict=True):
            os.closerange(low + 1, high)
        _limit(setup)
        os.environ.update(asked["environment"])
        open_streams()
        random.seed()
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        child = Child(shell, connection, pipes, Path(setup["scratch"], "work"), setup["output"])
        loop.run_until_complete(child.serve())
    finally:
        os._exit(0)


def _limit(setup: dict) -> None:
    """Bounds for this process and its own: memory, processes, files. Outside of a sandbox, those that can be had."""
    bounds = {
        "RLIMIT_AS": setup["memory"],
        "RLIMIT_FSIZE": setup["scratch_bytes"],
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
        **({"RLIMIT_NPROC": setup["processes"]} if setup["isolated"] else {}),
    }
    for name, value in bounds.items():
        with (
            contextlib.suppress()
            if setup["isolated"]
            else contextlib.suppress(OSError, ValueError, AttributeError)
        ):
            resource.setrlimit(getattr(resource, name), (value, value))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory is short, this goes first


# --- the warden ------------------------------------------------------------------------------------------------


class Warden:
    """Talks with the host; starts, watches and clears away children."""

    def __init__(self, host: socket.socket):
        self.host = host
        self.setup = json.loads(self.receive()[1])
        self.alone = os.getpid() == 1  # the first process of a namespace of its own may kill all others
        self.shell = None
        self.was = None

    def receive(self) -> tuple[bytes, bytes]:
        """One frame of the host. When the host is gone, so are we, and with us all others in here."""
        head = self.exactly(5)
        return head[:1], self.exactly(struct.unpack(">I", head[1:])[0])

    def exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self.host.recv(min(size - len(data), 1 << 20))
            if not piece:
                self.leave()
            data += piece
        return bytes(data)

    def leave(self) -> None:
        with contextlib.suppress(Exception):
            self.end_all()
        os._exit(0)

    def tell(self, kind: bytes, payload: bytes = b"") -> None:
        try:
            self.host.sendall(kind + struct.pack(">I", len(payload)) + payload)
        except OSError:
            self.leave()

    def prepare(self) -> None:
        """Import, warm up, and remember what this process was like."""
        self.fresh_scratch()
        open_streams()
        for name in self.setup["modules"]:
            with contextlib.suppress(ImportError):  # a notebook that needs it will say so itself
                importlib.import_module(name)
        self.shell = make_shell()
        warm_up(self.shell)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 2)
        os.close(null)
        self.was = self.state()
        self.tell(b"r")

    def serve(self) -> None:
        while True:
            kind, payload = self.receive()
            if kind == b"O":
                self.session(payload)

    def session(self, payload: bytes) -> None:
        """One notebook, from its files to the proof that nothing is left of it."""
        size = struct.unpack(">I", payload[:4])[0]
        asked = json.loads(payload[4 : 4 + size])
        try:
            self.fresh_scratch()
            self.write_files(asked["files"], payload[4 + size :])
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            theirs.setblocking(False)
            pipes = os.pipe(), os.pipe()
            child = os.fork()
        except OSError as fault:
            self.tell(b"n", str(fault).encode())
            return
        ends = tuple(pipe[1] for pipe in pipes)
        if child == 0:
            be_child(self.shell, theirs, ends, asked, self.setup)
        theirs.close()
        for end in ends:
            os.close(end)
        self.tell(b"f")
        with contextlib.closing(Relay(self, child, ours, [pipe[0] for pipe in pipes])) as relay:
            relay.serve()
        fault = self.clear_away()
        self.tell(b"d" if fault else b"k", fault.encode())

    def write_files(self, files: list, content: bytes) -> None:
        at, work = 0, Path(self.setup["scratch"], "work")
        for name, size in files:
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[at : at + size])
            at += size

    def fresh_scratch(self) -> None:
        top = Path(self.setup["scratch"])
        for name in ("work", "tmp", "home/matplotlib"):
            (top / name).mkdir(parents=True, exist_ok=True)
        for name, text in self.setup["fonts"].items():
            (top / "home/matplotlib" / name).write_text(text, encoding="utf-8")

    def clear_away(self) -> str:
        """End all processes, empty all folders, and look: "" or what is not as it was."""
        try:
            self.end_all()
            for folder in self.setup["wipe"]:
                empty(Path(folder))
            if self.state() != self.was:
                return "something outlived the notebook"
        except OSError as fault:
            return str(fault)
        return ""

    def end_all(self) -> None:
        """Kill and reap until there is nobody left."""
        while True:
            self.kill_others()
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.001)

    def kill_others(self) -> None:
        if self.alone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            return
        # never kill(-1) here: that would be everything this user runs
        for pid in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def state(self) -> list:
        """What a learner's process, being of the same user, could have changed about this one or left behind."""
        limits = [
            resource.getrlimit(number)
            for number in range(resource.RLIM_NLIMITS if hasattr(resource, "RLIM_NLIMITS") else 16)
        ]
        if not self.alone:
            return limits
        left = [Path("/proc/sysvipc", name).read_text().count("\n") for name in ("shm", "sem", "msg")]
        others = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        return [
            limits,
            left,
            others,
            os.sched_getaffinity(0),
            os.sched_getscheduler(0),
            os.getpriority(os.PRIO_PROCESS, 0),
        ]


class Relay:
    """Passes bytes between the host and one child, and counts them."""

    def __init__(self, warden: Warden, child: int, connection: socket.socket, pipes: list[int]):
        self.warden, self.child, self.connection = warden, child, connection
        self.pipes = dict(zip(pipes, (b"o", b"e"), strict=True))
        self.watch = os.pidfd_open(child) if hasattr(os, "pidfd_open") else None
        self.unsent, self.room, self.ended = bytearray(), 0, False
        self.poll = select.poll()
        for reader in (warden.host, connection, *pipes, *([self.watch] if self.watch is not None else [])):
            self.poll.register(reader, select.POLLIN)

    def close(self) -> None:
        self.connection.close()
        for number in (*self.pipes, *([self.watch] if self.watch is not None else [])):
            os.close(number)

    def serve(self) -> None:
        """Until the host says that the notebook is over."""
        while True:
            wanted = select.POLLIN | (select.POLLOUT if self.unsent else 0)
            if not self.ended:
                self.poll.modify(self.connection, wanted)
            ready = dict(self.poll.poll(500))
            if self.warden.host.fileno() in ready and not self.obey(*self.warden.receive()):
                return
            if not self.ended:
                self.pass_on(ready)

    def obey(self, kind: bytes, payload: bytes) -> bool:
        """One order of the host; False at the end of the notebook."""
        if kind == b"Q":
            return False
        if kind == b"R":
            for pipe in self.pipes:
                self.read(pipe)  # printed after the last cell had ended: nobody's
            self.room = self.warden.setup["output"]
            self.warden.tell(b"b")
            if self.ended:
                self.warden.tell(b"x", b"0")
            self.unsent += struct.pack(">I", len(payload)) + payload
        elif kind == b"S":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child, signal.SIGINT)
        elif kind == b"K":
            self.warden.kill_others()
        return True

    def pass_on(self, ready: dict) -> None:
        number = self.connection.fileno()
        if self.unsent and ready.get(number, 0) & select.POLLOUT:
            with contextlib.suppress(OSError):
                del self.unsent[: self.connection.send(self.unsent)]
        if ready.get(number, 0) & ~select.POLLOUT:
            self.pass_child()
        for pipe in self.pipes:
            if pipe in ready:
                self.pass_pipe(pipe)
        self.look_after_child()

    def pass_child(self) -> bool:
        """A piece of what the child says, after all that was printed before it. Whether there was any."""
        try:
            data = self.connection.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        for pipe in self.pipes:
            self.pass_pipe(pipe)
        if data:
            self.warden.tell(b"c", data)
        else:
            self.warden.kill_others()  # a child without its socket is of no use
        return bool(data)

    def pass_pipe(self, pipe: int) -> None:
        data = self.read(pipe)
        kept, self.room = data[: self.room], max(self.room - len(data), 0)
        if kept:
            self.warden.tell(self.pipes[pipe], kept)
        if len(kept) < len(data):
            self.warden.tell(b"t")

    def read(self, pipe: int) -> bytes:
        """What the pipe holds now, and no more, however fast it is filled."""
        waiting = array.array("i", [0])
        fcntl.ioctl(pipe, termios.FIONREAD, waiting)
        return os.read(pipe, waiting[0]) if waiting[0] else b""

    def look_after_child(self) -> None:
        """Reap; when the child itself is gone, say how it ended, after the last it had to say."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self.child:
                    self.end(os.waitstatus_to_exitcode(status))
                if not pid:
                    return

    def end(self, code: int) -> None:
        self.ended = True
        self.warden.kill_others()
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline and self.pass_child():
            pass
        for pipe in self.pipes:
            self.pass_pipe(pipe)
        for reader in (self.connection, *self.pipes, *([self.watch] if self.watch is not None else [])):
            self.poll.unregister(reader)
        self.warden.tell(b"x", str(code).encode())


def _children() -> list[int]:
    """The processes this one started or inherited (Linux; elsewhere none are known)."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def empty(folder: Path) -> None:
    """Remove everything in a folder that stays; raises OSError when something cannot go."""
    with contextlib.suppress(PermissionError):  # the folder itself may be the system's
        os.chmod(folder, 0o1777)  # noqa: PTH101
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, onerror=_open_up)
        else:
            os.unlink(entry.path)  # noqa: PTH108
    for name in os.listxattr(folder) if hasattr(os, "listxattr") else ():
        if name.startswith("user."):
            os.removexattr(folder, name)
    if os.listdir(folder):
        raise OSError(f"{folder} is not empty")


def _open_up(_, path: str, __) -> None:
    """A folder that nobody may enter: permit it, then remove it once more."""
    parent = os.path.dirname(path)  # noqa: PTH120
    for name in (parent, path):
        with contextlib.suppress(OSError):
            os.chmod(name, 0o700)  # noqa: PTH101
    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)  # noqa: PTH108, PTH112


def _prctl(option: int, value: int) -> None:
    """Linux's prctl; elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def main() -> None:
    """Take the protocol away from descriptors 0 and 1, become the warden."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # again: a change of user takes it away
    _prctl(PR_SET_DUMPABLE, 0)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    host = socket.socket(fileno=fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3))
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    sys.argv = [""]
    warden = Warden(host)
    warden.prepare()
    warden.serve()


if __name__ == "__main__":
    main()
