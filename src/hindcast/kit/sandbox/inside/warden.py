"""INSIDE the sandbox: the worker. It imports libraries once, forks for each notebook and clears up after it.

This process talks with the host (`process.py`) on descriptor 0. It runs no learner's code and believes
nothing that a notebook's process says.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

from .child import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, PR_SET_PDEATHSIG, import_where_present, prctl
from .folders import empty_folder, make_scratch, write_files
from .host_connection import HostConnection
from .processes import Processes
from .protocol import CLEAN, LENGTH, NOT_CLEAN, NOT_OPENED, OPEN_NOTEBOOK, OPENED, READY
from .rehearsal import end_rehearsal, rehearse
from .relay import Relay
from .restore import Pristine
from .shell import make_shell
from .streams import open_streams


class Warden:
    """Serves one notebook after another, each in a fork."""

    def __init__(self, host: HostConnection, processes: Processes, setup: dict, pristine: Pristine):
        self.host, self.processes, self.setup, self.pristine = host, processes, setup, pristine
        self.scratch = Path(setup["scratch"])
        self.first_state = processes.state()

    def serve(self) -> None:
        """Serve notebooks until the host is gone."""
        while True:
            kind, payload = self.host.receive()
            if kind == OPEN_NOTEBOOK:
                self.serve_notebook(payload)

    def serve_notebook(self, payload: bytes) -> None:
        """Serve one notebook, from its files to the proof that nothing is left of it."""
        end = LENGTH.size + LENGTH.unpack_from(payload)[0]
        asked = json.loads(payload[LENGTH.size : end])
        try:
            make_scratch(self.scratch, self.setup["fonts"])
            write_files(self.scratch / "work", asked["files"], payload[end:])
            relay = Relay(self.host, self.processes, self.setup, self.pristine)
            relay.start(asked["environment"], asked["modules"])
        except OSError as fault:
            self.host.send(NOT_OPENED, str(fault).encode())
            return
        self.host.send(OPENED)
        with contextlib.closing(relay):
            relay.serve()
        left = self.clear_away()
        self.host.send(NOT_CLEAN if left else CLEAN, left.encode())

    def clear_away(self) -> str:
        """End all processes, empty all folders, and look: "" or what is not as it was."""
        try:
            self.processes.end_all()
            for folder in self.setup["wipe"]:
                empty_folder(Path(folder))
            if self.processes.state() != self.first_state:
                return "something outlived the notebook"
        except OSError as fault:
            return str(fault)
        return ""


def main() -> None:
    """Be the worker of the host that holds the other end of descriptor 0."""
    _forget_own_modules()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # bubblewrap set it, and the change of user took it away
    prctl(PR_SET_DUMPABLE, 0)  # a notebook's process cannot read this one's memory or descriptors
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = socket.socket(fileno=fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3))
    _lead_to_null(0, 1)
    sys.argv = [""]
    gc.disable()  # imported modules are never garbage: a search among them would find nothing
    processes = Processes()
    host = HostConnection(connection, processes)
    setup = json.loads(host.receive()[1])
    pristine = _prepare(host, setup)
    gc.enable()
    _lead_to_null(2)  # the host reads what a worker wrote before it was ready, and no more
    warden = Warden(host, processes, setup, pristine)
    host.send(READY)
    warden.serve()


def _prepare(host: HostConnection, setup: dict) -> Pristine:
    """Import and rehearse what notebooks need: first the usual, then what the assignment asks for."""
    make_scratch(Path(setup["scratch"]), setup["fonts"])
    open_streams()
    import_where_present(setup["usual"]["modules"])
    shell = make_shell()
    rehearse(shell, setup["usual"]["sources"])
    assignment = json.loads(host.receive()[1])  # meanwhile the host has found out what the assignment needs
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setaffinity(0, assignment["cores"])  # the host's core, because the two take turns
    for name in assignment["required"]:
        importlib.import_module(name)
    import_where_present(assignment["modules"])
    rehearse(shell, assignment["sources"])
    return end_rehearsal(shell)


def _forget_own_modules() -> None:
    """Take this package out of sys.modules: learners' code has no use for it."""
    package = __package__ or __name__
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def _lead_to_null(*descriptors: int) -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for number in descriptors:
        os.dup2(null, number)
    os.close(null)
