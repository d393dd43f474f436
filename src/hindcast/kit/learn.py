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
    """Run JupyterLab on the first lesson until it is stopped. Return the exit code.

    `root` is the repository or an unpacked bundle, `port` the first port to try, `browser` whether to open a
    browser. Raises HindcastError if the lesson, the kernel or a free port is missing, or if JupyterLab fails.
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
    """Raise HindcastError for a first lesson that is missing or no notebook."""
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
    """Raise HindcastError if the Python kernel is missing or names a Python that no longer exists."""
    if fault := fault_of_kernel():
        raise HindcastError(
            f"The notebooks need the kernel {KERNEL}, and {fault}.",
            f"Mend it with `{sys.executable} -m ipykernel install --sys-prefix`, "
            "then run the same command again.",
        )


def fault_of_kernel() -> str:
    """Return what is wrong with the notebooks' Python kernel, as a clause; "" if nothing is."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        command = KernelSpecManager().get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel:
        return "no kernel of that name is installed"
    return "" if shutil.which(command) else f"it starts {command}, which is not there"


def find_port(first: int) -> int:
    """Return the first free port of the 50 from `first` on. Raises HindcastError if none is free."""
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
    """Return whether a program can listen on the port of this machine."""
    with socket.socket() as probe:
        if os.name == "posix":
            # as the server does, so that a port that was closed a moment ago counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def accepts_connections(port: int) -> bool:
    """Return whether a program listens on the port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def running_server(root: Path, port: int, browser: bool) -> Iterator[tuple[subprocess.Popen, Path]]:
    """Give a running JupyterLab on the course and the file of its log. In the end stop it and its kernels."""
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
    """Return the command line that starts JupyterLab on the first lesson."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        *SETTINGS,
        f"--LabApp.default_url=/lab/tree/{quote(LESSON)}",
    ]
    command += [f"--ServerApp.root_dir={root}", f"--ServerApp.port={port}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # containers often have no other user; the server listens on localhost only and asks for its token
        command.append("--allow-root")
    return command if browser else [*command, "--no-browser"]


def server_environment() -> dict[str, str]:
    """Return the environment variables of the server.

    This Python's commands come first on PATH, where nbgrader looks for its own. JupyterLab reads labconfig/
    beside this file, so that it does not ask learners whether they want its news.
    """
    first = {"PATH": Path(sys.executable).parent, "JUPYTER_CONFIG_PATH": Path(__file__).parent}
    return {**os.environ, **{name: prepended(path, os.environ.get(name)) for name, path in first.items()}}


def prepended(path: Path, paths: str | None) -> str:
    """Return a list of paths, joined as on this system, with `path` in front."""
    return os.pathsep.join([str(path), paths]) if paths else str(path)


@contextlib.contextmanager
def interrupted_by(number: int) -> Iterator[None]:
    """Let the signal `number` act like Ctrl-C, so that the server does not outlive this program."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def stop_server(server: subprocess.Popen) -> None:
    """Ask the server to end, and kill it if it does not within ten seconds."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for_address(server: subprocess.Popen, root: Path, port: int, log: Path) -> str:
    """Return the address of the lesson with its token, once the server has published it and listens."""
    deadline = time.monotonic() + START_UP_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        address = published_address(root, port)
        if address and accepts_connections(port):
            return address
        time.sleep(0.1)
    raise HindcastError(f"JupyterLab did not start on port {port}: {last_words(log)}")


def published_address(root: Path, port: int) -> str | None:
    """Return the address in Jupyter's record of the running server; None before there is one."""
    from jupyter_server.serverapp import list_running_servers

    try:
        records = list(list_running_servers())
    except ValueError:  # a record that is just being written
        return None
    for info in records:
        if info["port"] == port and Path(info["root_dir"]).resolve() == root.resolve():
            token = f"?token={info['token']}" if info["token"] else ""
            return f"{info['url']}lab/tree/{quote(LESSON)}{token}"
    return None


def invitation(address: str) -> str:
    """Return the line that the learner reads once JupyterLab runs."""
    return f"\nHindcast is open at\n\n    {address}\n\nTo stop it, press Ctrl-C here."


def last_words(log: Path) -> str:
    """Return the end of the server's log, and the path of the whole."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"{lines[-1].strip() if lines else 'it said nothing'} (its log: {log})"
