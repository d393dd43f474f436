"""Runs learners' code where it can reach nothing: the host's side of `worker.py`, around bubblewrap.

A `Sandbox` is one worker process that has imported the libraries; a `Session` is one notebook in a fork of it. The host
holds the clock and the caps, and reads what comes out as data of a stranger. A break-out of a cell never raises here: it
becomes a `Ran` that says what happened.
"""

import contextlib
import functools
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hindcast.errors import HindcastError
from hindcast.kit.grade.outputs import Outputs, Stranger

WORKER = Path(__file__).with_name("worker.py")
SCRATCH = "/scratch"  # inside: a tmpfs with work/ (the cells' folder), home/ and tmp/
FIRST_UID = 60_000  # root's learners get this uid plus the slot: nobody's, and no two slots share one
GRACE = 2  # seconds a cell has to end once it is interrupted
START = 120  # seconds a worker has to become ready
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

    status: "ok", "error", "timeout", "died" or "not run". outputs: of nbformat 4, plain JSON, within the caps. reason: plain
    words for what is not ordinary (died, timeout, not run, outputs cut short), else "".
    """

    status: str
    outputs: list[dict] = field(default_factory=list)
    execution_count: int | None = None
    reason: str = ""


class Broken(Exception):
    """The worker is gone or does not answer."""


def why_not() -> str:
    """One sentence about why nothing can be isolated here and how that is mended; "" where it can."""
    if sys.platform != "linux":
        return "Learners' code is isolated with bubblewrap, which only Linux has: grade on Linux, or in a Linux container."
    for tool, package in (
        ("bwrap", "bubblewrap"),
        *((("setpriv", "util-linux"),) if os.geteuid() == 0 else ()),
    ):
        if not shutil.which(tool):
            return f"Learners' code is isolated with {package}, which is not installed: install the package {package}."
    return _try_it()


@functools.cache
def _try_it() -> str:
    command = [*isolation(Limits(), (), (), 0), shutil.which("true") or "/usr/bin/true"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if ran.returncode == 0:
        return ""
    said = ran.stderr.strip().splitlines()[-1:] or [f"exit code {ran.returncode}"]
    return (
        f"bubblewrap is installed but this system does not let it isolate ({said[0]}): allow user namespaces "
        "(on Ubuntu an AppArmor profile for bwrap, or sysctl kernel.apparmor_restrict_unprivileged_userns=0), "
        "in a container start it with that permission."
    )


# --- the command -----------------------------------------------------------------------------------------------


def isolation(limits: Limits, readable: Sequence[Path], hidden: Sequence[Path], slot: int) -> list[str]:
    """The bubblewrap command up to the program to run in it."""
    root = os.geteuid() == 0
    bound = _bound([Path(sys.prefix), Path(sys.base_prefix), *readable])
    return [
        *(shutil.which("bwrap") or "bwrap", "--die-with-parent", "--new-session", "--clearenv", "--as-pid-1"),
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--cap-drop", "ALL"),
        # root mounts in its own user namespace, where 0700 homes open to it, and then becomes nobody (below)
        *(
            ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP")
            if root
            else ("--unshare-user",)
        ),
        *("--hostname", "hindcast", "--proc", "/proc", "--dev", "/dev"),
        *_tmpfs("/dev/shm", limits.scratch),
        *("--remount-ro", "/dev"),
        *_tmpfs(SCRATCH, limits.scratch),
        *_system(),
        *(
            ()
            if any(_is_in(path, Path("/tmp")) for path in bound)
            else ("--symlink", f"{SCRATCH[1:]}/tmp", "/tmp")
        ),
        *_binds(bound, hidden),
        *("--ro-bind", str(WORKER), "/worker.py"),
        *("--remount-ro", "/", "--chdir", "/"),
        *(_become(FIRST_UID + slot) if root else ("--",)),
    ]


def _tmpfs(path: str, size: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


def _become(uid: int) -> list[str]:
    """Leave root for good, and every capability with it."""
    caps = ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
    ids = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    return ["--", shutil.which("setpriv") or "setpriv", *ids, *caps, "--no-new-privs", "--"]


def _system() -> Iterator[str]:
    """/usr, the links into it, and of /etc what time zones, fonts and alternatives need."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)
    for name in ("alternatives", "fonts", "ld.so.cache", "localtime", "mime.types"):
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _bound(folders: Sequence[Path]) -> list[Path]:
    """The folders that are bound at their own path, outer ones first; what lies in /usr or another is there already."""
    wanted = sorted(
        {path for folder in folders for path in (folder.absolute(), folder.resolve()) if path.is_dir()}
    )
    kept = [Path("/usr")]
    for path in wanted:
        if not any(_is_in(path, outer) for outer in kept):
            kept.append(path)
    return kept[1:]


def _is_in(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder)


def _binds(bound: Sequence[Path], hidden: Sequence[Path]) -> Iterator[str]:
    """Bind folders read-only, below parents that anyone may pass through; cover the hidden ones."""
    for path in bound:
        for parent in reversed(path.parents[:-1]):
            yield from ("--perms", "0755", "--dir", str(parent))
        yield from ("--ro-bind", str(path), str(path))
    for path in {path for folder in hidden for path in (folder.absolute(), folder.resolve())}:
        if path.is_dir() and any(_is_in(path, folder) for folder in bound):
            yield from ("--perms", "0755", "--tmpfs", str(path), "--remount-ro", str(path))


def environment(
    scratch: str, readable: Sequence[Path], path: str = "/usr/local/bin:/usr/bin:/bin"
) -> dict[str, str]:
    """All variables that a worker sees."""
    visible = [
        entry
        for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if entry and any(_is_in(Path(entry), folder.absolute()) for folder in readable)
    ]
    return {
        **{
            "PATH": f"{Path(sys.executable).parent}:{path}",
            "HOME": f"{scratch}/home",
            "TMPDIR": f"{scratch}/tmp",
        },
        **{
            "USER": "learner",
            "LOGNAME": "learner",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(visible),
        },
        **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")},
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{scratch}/home/matplotlib",
        "IPYTHONDIR": f"{scratch}/home/ipython",
        "NBGRADER_EXECUTION": "autograde",
        # as ipykernel sets them, for programs that a cell starts
        **{"TERM": "xterm-color", "CLICOLOR": "1", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"},
        **{"PAGER": "cat", "GIT_PAGER": "cat"},
    }


def _fonts() -> dict[str, str]:
    """matplotlib's list of fonts as this user has it, so that no worker needs to look through them again."""
    folders = [os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/matplotlib"]
    found = [
        file for folder in folders if folder for file in Path(folder).expanduser().glob("fontlist-*.json")
    ]
    return {file.name: file.read_text(encoding="utf-8") for file in found if os.access(file, os.R_OK)}


# --- the worker, seen from outside -----------------------------------------------------------------------------


class Worker:
    """One worker process and the connection to it."""

    def __init__(
        self,
        limits: Limits,
        readable: Sequence[Path],
        hidden: Sequence[Path],
        modules: Sequence[str],
        isolated: bool,
        slot: int,
    ):
        self.folder = None if isolated else tempfile.mkdtemp(prefix="hindcast-")
        scratch = self.folder or SCRATCH
        inside = (
            environment(scratch, readable)
            if isolated
            else environment(scratch, readable, os.environ.get("PATH", ""))
        )
        if isolated:
            inside = {**inside}
            command = [
                *isolation(limits, readable, hidden, slot),
                "/usr/bin/env",
                *(f"{k}={v}" for k, v in inside.items()),
            ]
        else:
            command = []
        command += [sys.executable, "-P", "-s", "/worker.py" if isolated else str(WORKER)]
        self.errors = tempfile.TemporaryFile()
        self.connection, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                env=inside,
                start_new_session=True,
                cwd="/",
            )
        self.connection.setblocking(False)
        self.unread, self.unsent, self.is_ready = bytearray(), bytearray(), False
        setup = {
            **{"modules": list(modules), "isolated": isolated, "scratch": scratch, "fonts": _fonts()},
            **{"wipe": [scratch, "/dev/shm"] if isolated else [scratch], "scratch_bytes": limits.scratch},
            **{"memory": limits.memory, "processes": limits.processes, "output": limits.output},
        }
        self.send(b"I", json.dumps(setup).encode())

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Queue a frame; what does not go at once goes while we wait for an answer, so neither side can block the other."""
        self.unsent += kind + struct.pack(">I", len(payload)) + payload
        self._write()

    def _write(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.connection.send(self.unsent[: 1 << 20])]
        except BlockingIOError:
            pass
        except OSError as fault:
            raise Broken(str(fault)) from None

    def receive(self, until: float) -> tuple[bytes, bytes] | None:
        """The next frame, or None when the clock (time.monotonic) says `until`. Raises Broken."""
        while True:
            if len(self.unread) >= 5:
                size = struct.unpack(">I", self.unread[1:5])[0]
                if size > 1 << 21:
                    raise Broken("a frame too long")
                if len(self.unread) >= 5 + size:
                    frame = bytes(self.unread[:1]), bytes(self.unread[5 : 5 + size])
                    del self.unread[: 5 + size]
                    return frame
            left = until - time.monotonic()
            if left <= 0:
                return None
            poll = select.poll()
            poll.register(self.connection, select.POLLIN | (select.POLLOUT if self.unsent else 0))
            poll.poll(left * 1000 + 1)
            self._write()
            with contextlib.suppress(BlockingIOError):
                self._read()

    def _read(self) -> None:
        try:
            data = self.connection.recv(1 << 18)
        except ConnectionError as fault:
            raise Broken(str(fault)) from None
        if not data:
            raise Broken("the worker has ended")
        self.unread += data

    def expect(self, kinds: bytes, seconds: float) -> tuple[bytes, bytes]:
        """Skip frames up to one of these kinds. Raises Broken."""
        until = time.monotonic() + seconds
        while True:
            frame = self.receive(until)
            if frame is None:
                raise Broken(f"no answer within {seconds:g} seconds")
            if frame[0] in kinds:
                return frame

    def wait_until_ready(self) -> None:
        """Raises HindcastError with the last line the worker wrote, if it never becomes ready."""
        if self.is_ready:
            return
        try:
            self.expect(b"r", START)
        except Broken as fault:
            said = self.last_words() or str(fault)
            self.end()
            raise HindcastError(f"The process that runs notebooks could not be started: {said}") from None
        self.is_ready = True

    def last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read(100_000).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def end(self) -> None:
        """Kill it, and with it everything inside."""
        self.connection.close()  # the worker sees that, and takes all its processes with it
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.errors.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


# --- what others use -------------------------------------------------------------------------------------------


class Sandbox:
    """A worker with its libraries imported, for one notebook after another.

    readable: more folders to see, read-only, at their own path. hidden: folders inside them to cover. modules: imported
    once. isolated=False: no bubblewrap; the limits hold, but nothing else does. slot: tells workers that run at the same
    time apart (0, 1, ...).
    """

    def __init__(
        self,
        limits: Limits,
        readable: Sequence[Path] = (),
        hidden: Sequence[Path] = (),
        modules: Sequence[str] = (),
        isolated: bool = True,
        slot: int = 0,
    ):
        self.limits = limits
        self._make = functools.partial(
            Worker, limits, [Path(p) for p in readable], [Path(p) for p in hidden], modules, isolated, slot
        )
        self._worker: Worker | None = None

    def start(self) -> None:
        """Start the worker and return at once; it warms up meanwhile. Raises HindcastError."""
        if self._worker is None:
            try:
                self._worker = self._make()
            except (OSError, Broken) as fault:
                raise HindcastError(
                    f"The process that runs notebooks could not be started: {fault}"
                ) from None

    def open(self, files: Mapping[str, bytes], environment: Mapping[str, str] | None = None) -> "Session":
        """A notebook's process in an empty folder with these files (paths relative to it). Raises HindcastError."""
        names = [_relative(name) for name in files]
        head = {
            "environment": dict(environment or {}),
            "files": [[n, len(c)] for n, c in zip(names, files.values(), strict=True)],
        }
        text = json.dumps(head).encode()
        frame = struct.pack(">I", len(text)) + text + b"".join(files.values())
        for last in (False, True):
            self.start()
            self._worker.wait_until_ready()
            try:
                self._worker.send(b"O", frame)
                kind, said = self._worker.expect(b"fn", 60)
                break
            except Broken as fault:
                self.discard()
                if last:
                    raise HindcastError(f"The process that runs notebooks ended: {fault}") from None
        if kind == b"n":
            self.discard()
            raise HindcastError(f"The notebook's folder could not be filled: {said.decode(errors='replace')}")
        return Session(self, self._worker)

    def discard(self) -> None:
        """End this worker; the next open() starts another."""
        worker, self._worker = self._worker, None
        if worker:
            worker.end()

    close = discard

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_) -> None:
        self.close()


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

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def run(self, source: str, count: int, afresh: bool = False) -> Ran:
        """Run a cell. afresh: first undo what earlier cells did to the shell itself."""
        if not self._over and self._seconds <= 0:
            self._over = f"the notebook had used its {self._limits.notebook_seconds:g} seconds"
        if self._over:
            return Ran("not run", [], None, self._over)
        self._number += 1
        outputs = Outputs(min(self._limits.output, self._room), count)
        began = time.monotonic()
        asked = {"source": source, "count": count, "afresh": afresh, "number": self._number}
        try:
            self._worker.send(b"R", json.dumps(asked).encode())
            status, reason = self._watch(outputs, count)
        except Broken as fault:
            self._sandbox.discard()
            status, reason = "died", f"the cell broke the process it ran in ({fault})"
            self._over = f"cell {count} had broken the process"
        self._seconds -= time.monotonic() - began
        self._room -= outputs.size
        return Ran(status, outputs.finished(), count, reason or outputs.reason())

    def _watch(self, outputs: Outputs, count: int) -> tuple[str, str]:
        """Gather what comes until the cell has ended or was ended: its status and the reason."""
        allowed = min(self._limits.seconds, self._seconds)
        until, asked_to_end = time.monotonic() + allowed, ""
        begun = False
        while True:
            frame = self._worker.receive(until) if time.monotonic() < until else None
            if frame is None:
                asked_to_end, until = self._ask_to_end(asked_to_end)
                continue
            kind, payload = frame
            begun = begun or kind == b"b"
            if kind == b"c":
                ended = self._hear(payload, outputs if begun else None)
                if ended is not None:
                    return self._ended(ended, outputs, bool(asked_to_end), count, allowed)
            elif kind == b"x" and begun:
                return self._gone(payload, outputs, asked_to_end, count, allowed)
            elif begun:
                outputs.take(kind, payload)

    def _ask_to_end(self, before: str) -> tuple[str, float]:
        """Interrupt the cell, then kill it, then give the worker up."""
        if before == "kill":
            raise Broken("it could not be killed")
        step = "kill" if before else "interrupt"
        self._worker.send(b"K" if before else b"S")
        return step, time.monotonic() + GRACE

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
        self, payload: bytes, outputs: Outputs, asked_to_end: str, count: int, allowed: float
    ) -> tuple[str, str]:
        """The child has ended in the middle of a cell."""
        if asked_to_end:
            self._over = f"cell {count} could not be interrupted, so the notebook's process was ended"
            outputs.append(dict(TIMEOUT))
            return "timeout", f"the cell ran for more than {allowed:g} seconds and could not be interrupted"
        how = "it broke the rules of its connection" if self._stranger.broken else _how(payload)
        self._over = f"cell {count} had ended the notebook's process"
        return "died", f"the cell ended the notebook's process ({how})"

    def close(self) -> None:
        """End the notebook's process. A worker that cannot prove to be clean is thrown away."""
        worker, self._over = self._worker, self._over or "the notebook was closed"
        if worker is None or worker is not self._sandbox._worker:
            return
        self._worker = None
        try:
            worker.send(b"Q")
            if worker.expect(b"kd", CLEAN)[0] == b"k":
                return
        except Broken:
            pass
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
