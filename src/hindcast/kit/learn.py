"""Open the course in JupyterLab: a free port, a quiet server, one line with the address."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from hindcast.errors import HindcastError
from hindcast.tables import bundle_of

LESSON = "course/00_starting_here/lesson.ipynb"
PORTS = 50
KERNEL = "python3"
START_UP_SECONDS = 90
SETTINGS = (
    # Ctrl-C means stop, without a question on the terminal
    "--ServerApp.answer_yes=True",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
)


def open_lab(root: Path, port: int = 8888, browser: bool = True) -> int:
    """Run JupyterLab on the first lesson until it is stopped; returns the exit code.

    `root` is the repository or an unpacked bundle, `port` the first port to try, `browser` whether to open
    one.
    Raises HindcastError when the lesson, the kernel or a free port is missing, or when JupyterLab fails.
    """
    check_lesson(root / LESSON)
    check_kernel()
    free = find_port(port)
    if free != port:
        print(f"Port {port} is taken, so this uses {free}.")
    with running_server(root, free, browser) as (server, log):
        try:
            print(invitation(wait_for_address(server, root, free, log)), flush=True)
            if server.wait():
                raise HindcastError(f"JupyterLab ended with an error: {last_words(log)}")
        except KeyboardInterrupt:
            print("\nStopping JupyterLab; what you saved is kept.", flush=True)
    return 0


def check_lesson(path: Path) -> None:
    """Refuse a first lesson that is missing or not a notebook."""
    try:
        json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        fault = "is missing"
    except (ValueError, KeyError, TypeError) as error:
        fault = f"is not a notebook that can be read ({error})"
    else:
        return
    mend = (
        "Unpack the zip again, in a new folder."
        if bundle_of(path)
        else f"Get it back with `git checkout {LESSON}`, or make it: `make build`."
    )
    raise HindcastError(f"{path} {fault}.", mend)


def check_kernel() -> None:
    """Refuse an environment whose Python kernel is missing or names a Python that is gone."""
    if fault := fault_of_kernel():
        raise HindcastError(
            f"The notebooks need the kernel {KERNEL}, and {fault}.",
            f"Mend it with `{sys.executable} -m ipykernel install --sys-prefix`, "
            "then run the same command again.",
        )


def fault_of_kernel() -> str:
    """What is wrong with the Python kernel of the notebooks, as a clause; "" where nothing is."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        command = KernelSpecManager().get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel:
        return "no kernel of that name is installed"
    return "" if shutil.which(command) else f"it starts {command}, which is not there"


def find_port(first: int) -> int:
    """The first free port from `first` on, looking at 50 of them at most."""
    last = min(first + PORTS, 65536) - 1
    for port in range(first, last + 1):
        if is_free(port):
            return port
    raise HindcastError(
        f"No port from {first} to {last} is free on this machine.",
        "Stop other JupyterLab windows "
        "(`jupyter server list` names them), or name another port from 1024 to 65535: "
        "`hindcast learn --port 9500`.",
    )


def is_free(port: int) -> bool:
    """Whether this machine lets a program listen on the port."""
    with socket.socket() as probe:
        if os.name == "posix":
            # as the server does: a port that was closed a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def accepts_connections(port: int) -> bool:
    """Whether a program listens on the port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def running_server(root: Path, port: int, browser: bool) -> Iterator[tuple[subprocess.Popen, Path]]:
    """JupyterLab over the course, and the file with its log; stopped, kernels and all, at the end."""
    from jupyter_core.paths import jupyter_runtime_dir

    log = Path(jupyter_runtime_dir()) / f"hindcast-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream, interrupted_by(signal.SIGTERM):
        server = subprocess.Popen(
            server_command(root, port, browser),
            cwd=root,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            yield server, log
        finally:
            stop_server(server)


def server_command(root: Path, port: int, browser: bool) -> list[str]:
    """The command line that starts JupyterLab on the first lesson."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        *SETTINGS,
        f"--LabApp.default_url=/lab/tree/{quote(LESSON)}",
    ]
    command += [f"--ServerApp.root_dir={root}", f"--ServerApp.port={port}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # containers often know no other user; the server listens to this machine only and asks for its token
        command.append("--allow-root")
    return command if browser else [*command, "--no-browser"]


def server_environment() -> dict[str, str]:
    """The environment of the server.

    This Python's commands come first on PATH (nbgrader looks for some of its own there), and labconfig/
    beside this file is read (it keeps JupyterLab from asking learners whether they want its news).
    """
    first = {"PATH": Path(sys.executable).parent, "JUPYTER_CONFIG_PATH": Path(__file__).parent}
    return {**os.environ, **{name: prepended(path, os.environ.get(name)) for name, path in first.items()}}


def prepended(path: Path, paths: str | None) -> str:
    """A list of paths as the system writes it, with one more in front."""
    return os.pathsep.join([str(path), paths]) if paths else str(path)


@contextlib.contextmanager
def interrupted_by(number: int) -> Iterator[None]:
    """Let a signal end this program as Ctrl-C does, so that the server never outlives it."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def stop_server(server: subprocess.Popen) -> None:
    """Ask the server to end, and end it if it does not within ten seconds."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for_address(server: subprocess.Popen, root: Path, port: int, log: Path) -> str:
    """The address of the lesson, token included, once the server has said what it is and listens, too."""
    deadline = time.monotonic() + START_UP_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        address = published_address(root, port)
        if address and accepts_connections(port):
            return address
        time.sleep(0.1)
    raise HindcastError(f"JupyterLab did not start on port {port}: {last_words(log)}")


def published_address(root: Path, port: int) -> str | None:
    """The address in the record that Jupyter keeps of each running server; None before there is one."""
    from jupyter_server.serverapp import list_running_servers

    try:
        records = list(list_running_servers())
    except ValueError:  # a record that is being written this moment
        return None
    for info in records:
        if info["port"] == port and Path(info["root_dir"]).resolve() == root.resolve():
            token = f"?token={info['token']}" if info["token"] else ""
            return f"{info['url']}lab/tree/{quote(LESSON)}{token}"
    return None


def invitation(address: str) -> str:
    """What the learner reads once JupyterLab is up."""
    return f"\nHindcast is open at\n\n    {address}\n\nTo stop it, press Ctrl-C here."


def last_words(log: Path) -> str:
    """The end of the server's log, and where the whole of it is."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"{lines[-1].strip() if lines else 'it said nothing'} (its log: {log})"
