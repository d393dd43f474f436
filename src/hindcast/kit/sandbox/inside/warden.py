"""Runs INSIDE the sandbox: imports libraries once, forks a child for each notebook and clears up after it.

This is the process the host (`sandbox.py`) talks to, on descriptor 0. It runs no learner's code and believes
nothing a child says: `shell.py` runs in the child. A frame between host and here is a type byte, 4 bytes of
length (big-endian) and the payload; what a child says goes on to the host unread. Standard library only, and
what `shell.py` and the host ask for.
"""

import array
import contextlib
import ctypes
import fcntl
import gc
import importlib
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
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import shell

del sys.path[0], sys.modules["shell"], sys.modules["restore"]  # learners' code has no use for them

CHUNK = 1 << 16  # bytes read at a time
LOOK = 250  # milliseconds between two looks at what all processes hold together
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36


class Warden:
    """Talks with the host; starts, watches and clears away children."""

    def __init__(self, host: socket.socket):
        self.host = host
        self.setup = json.loads(self.receive()[1])
        self.alone = os.getpid() == 1  # the first process of a namespace of its own may kill all others
        self.pristine = None
        self.was = None
        self.held_back = b""
        self.looked = 0.0

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

    def tell(self, kind: bytes, payload: bytes = b"", at_once: bool = True) -> None:
        """A frame to the host. One that need not go at once goes with the next, and wakes nobody."""
        self.held_back += kind + struct.pack(">I", len(payload)) + payload
        if at_once:
            frames, self.held_back = self.held_back, b""
            try:
                self.host.sendall(frames)
            except OSError:
                self.leave()

    def prepare(self) -> None:
        """Import, warm up, and remember what this process was like."""
        self.fresh_scratch()
        shell.open_streams()
        usual = self.setup["usual"]
        import_what_is_there(usual["modules"])
        ipython = shell.make_shell()
        shell.rehearse(ipython, usual["sources"])
        assignment = json.loads(self.receive()[1])  # meanwhile the host has found out what it needs
        with contextlib.suppress(OSError, AttributeError):  # where the host is: they take turns
            os.sched_setaffinity(0, assignment["cores"])
        for name in assignment["required"]:
            importlib.import_module(name)
        import_what_is_there(assignment["modules"])
        shell.rehearse(ipython, assignment["sources"])
        self.pristine = shell.forget(ipython)
        gc.enable()
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
            relay = Relay(self)
            relay.start(asked["environment"], asked["modules"])
        except OSError as fault:
            self.tell(b"n", str(fault).encode())
            return
        self.tell(b"f")
        with contextlib.closing(relay):
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

    def others(self) -> list[str]:
        """The numbers of all other processes in here."""
        return [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and path.name != "1"]

    def too_much_memory(self) -> bool:
        """Whether all processes in here together hold more than one may; looked at now and then."""
        if not self.alone or time.monotonic() < self.looked + LOOK / 1000:
            return False
        self.looked = time.monotonic()
        others = [Path("/proc", name) for name in self.others()]
        most, page = self.setup["memory"], resource.getpagesize()
        if sum(_numbers(path / "statm", 1) for path in others) * page < most:
            return False
        # forks share pages, which the line above counts for each of them
        return sum(_numbers(path / "smaps_rollup", "Pss:") for path in others) * 1024 > most

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
        """What a learner's process, being of the same user, could have changed here or left behind."""
        limits = [
            resource.getrlimit(getattr(resource, name))
            for name in dir(resource)
            if name.startswith("RLIMIT_")
        ]
        if not self.alone:
            return limits
        left = [Path("/proc/sysvipc", name).read_text().count("\n") for name in ("shm", "sem", "msg")]
        return [
            limits,
            left,
            self.others(),
            os.sched_getaffinity(0),
            os.sched_getscheduler(0),
            os.getpriority(os.PRIO_PROCESS, 0),
        ]


class Relay:
    """Passes bytes between the host and one child, and counts them."""

    def __init__(self, warden: Warden):
        self.warden, self.child, self.watch = warden, 0, None
        self.connection, self.theirs = socket.socketpair()
        self.connection.setblocking(False)
        self.theirs.setblocking(False)
        self.heard, self.taken = os.pipe()
        os.set_blocking(self.taken, False)
        ends = os.pipe(), os.pipe()
        self.pipes = dict(zip((end[0] for end in ends), (b"o", b"e"), strict=True))
        self.ends = tuple(end[1] for end in ends)
        self.unsent, self.room, self.ended = bytearray(), 0, False
        self.poll = select.poll()

    def start(self, environment: dict[str, str], modules: list[str]) -> None:
        """Fork the child, then keep only our own ends."""
        self.child = os.fork()
        if self.child == 0:
            be_child(self, environment, modules)
        self.theirs.close()
        for number in (self.heard, *self.ends):
            os.close(number)
        if hasattr(os, "pidfd_open"):
            self.watch = os.pidfd_open(self.child)
            self.poll.register(self.watch, select.POLLIN)
        for reader in (self.warden.host, self.connection, *self.pipes):
            self.poll.register(reader, select.POLLIN)

    def close(self) -> None:
        self.connection.close()
        for number in (*self.pipes, self.taken, *([] if self.watch is None else [self.watch])):
            os.close(number)

    def serve(self) -> None:
        """Until the host says that the notebook is over."""
        while True:
            wanted = select.POLLIN | (select.POLLOUT if self.unsent else 0)
            if not self.ended:
                self.poll.modify(self.connection, wanted)
            ready = dict(self.poll.poll(LOOK))
            if not self.ended and self.warden.too_much_memory():
                self.warden.kill_others()
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
            company = self.company() if payload[:1] == b"1" else 0  # a test cell begins afresh
            self.warden.tell(b"b", str(company).encode(), at_once=False)
            if self.ended:
                self.warden.tell(b"x", b"0")
            self.unsent += struct.pack(">I", len(payload)) + payload
        elif kind == b"S":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child, signal.SIGINT)
        elif kind == b"K":
            self.warden.kill_others()
        return True

    def company(self) -> int:
        """How many processes and threads a notebook has running beside its own, before a cell begins."""
        try:
            threads = len(list(Path(f"/proc/{self.child}/task").iterdir())) - 1
        except OSError:
            return 0
        return threads + len(self.warden.others()) - 1 if self.warden.alone else threads

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
            with contextlib.suppress(OSError):  # full: it does not listen
                os.write(self.taken, struct.pack(">I", len(data)))
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


def be_child(relay: Relay, environment: dict[str, str], modules: list[str]) -> None:
    """After the fork: give up all that is the warden's, then run the notebook. Never returns."""
    setup, pristine = relay.warden.setup, relay.warden.pristine
    try:
        os.setsid()
        _prctl(PR_SET_DUMPABLE, 1)
        for number, source in ((0, os.open("/dev/null", os.O_RDWR)), (1, relay.ends[0]), (2, relay.ends[1])):
            os.dup2(source, number)
        kept = sorted((relay.theirs.fileno(), relay.heard, *relay.ends))
        for low, high in zip((2, *kept), (*kept, 1 << 20), strict=True):
            os.closerange(low + 1, high)
        limit(setup)
        os.environ.update(environment)
        os.chdir(Path(setup["scratch"], "work"))
        random.seed()
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        import_what_is_there(modules)
        shell.live(pristine, relay.theirs, relay.heard, relay.ends, setup["output"])
    finally:
        os._exit(0)


def import_what_is_there(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(BaseException):  # a notebook that needs it will say so itself
            importlib.import_module(name)


def limit(setup: dict) -> None:
    """Bounds for this process and its own: memory, processes, files. Without isolation, those to be had."""
    bounds = {
        "RLIMIT_AS": setup["memory"],
        "RLIMIT_FSIZE": setup["scratch_bytes"],
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,  # message queues would outlive their maker
    }
    if setup["isolated"]:
        bounds["RLIMIT_NPROC"] = setup["processes"]
    for name, value in bounds.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError, AttributeError):
            if setup["isolated"]:
                raise
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory is short, this goes first


def _children() -> list[int]:
    """The processes this one started or inherited (Linux; elsewhere none are known)."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _numbers(file: Path, which: int | str) -> int:
    """A number of a file of /proc: by its place, or after a word. 0 where the process is gone or hides it."""
    try:
        words = file.read_text().split()
        return int(words[which if isinstance(which, int) else words.index(which) + 1])
    except (OSError, ValueError, IndexError):
        return 0


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
    if any(folder.iterdir()):
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
    gc.disable()  # what is imported stays
    warden = Warden(host)
    warden.prepare()
    warden.serve()


if __name__ == "__main__":
    main()
