"""Checks of JupyterLab, nbgrader's buttons in it, and the kernel."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.doctor.findings import Finding, mend, mend_as_said, not_needed, ok, shell_command
from hindcast.kit.doctor.workplace import Workplace
from hindcast.kit.learn import KERNEL, LESSON, check_lesson, fault_of_kernel, find_port

LAB_EXTENSION = "@jupyter/nbgrader"
SERVER_EXTENSION = "nbgrader.server_extensions"
PORT = 8888
KERNEL_SECONDS = 20


def look_at_lab(place: Workplace) -> Finding:
    """Check that JupyterLab is installed, the first lesson can be read and a port is free."""
    try:
        number = version("jupyterlab")
    except PackageNotFoundError:
        return mend(
            "JupyterLab is not installed", shell_command("python", "-m", "pip", "install", "jupyterlab>=4.6")
        )
    port = find_port(PORT)
    if place.root is None:
        return ok(f"{number}, port {port} is free; the course is elsewhere")
    try:
        check_lesson(place.root / LESSON)
    except HindcastError as error:
        fix = shell_command("git", "-C", place.root, "checkout", LESSON)
        again = "Unpack the course once more, into a new folder."
        return mend_as_said(error, fix if place.is_checkout else again)
    return ok(f"{number}, port {port} is free, the first lesson is there")


def look_at_validate(place: Workplace) -> Finding:
    """Check the button Validate, with which a learner sees whether answers are complete."""
    return _nbgrader_button("validate_assignment", "validate-assignment", "the button Validate is there")


def look_at_formgrader(place: Workplace) -> Finding:
    """Check the menu in which a trainer reads single answers. `make learn` leaves it out on purpose."""
    if not place.is_checkout:
        return not_needed("only trainers need it")
    return _nbgrader_button("formgrader", "formgrader", "the formgrader is there")


def _nbgrader_button(on_server: str, in_lab: str, says: str) -> Finding:
    """Check that a part of nbgrader is switched on, both in JupyterLab and in its server."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    paths = jupyter_path("labextensions")
    if LAB_EXTENSION not in get_federated_extensions(paths):
        fix = shell_command(
            "python", "-m", "pip", "install", "--force-reinstall", "--no-deps", "nbgrader==0.9.6"
        )
        return mend("nbgrader's part of JupyterLab is not installed", fix)
    disabled = get_page_config(paths, _settings()).get("disabledExtensions", ())
    for name in (LAB_EXTENSION, f"{LAB_EXTENSION}:{in_lab}"):
        if name in disabled:
            fix = shell_command("python", "-m", "jupyter", "labextension", "enable", name)
            return mend(f"JupyterLab's extension {name} is switched off", fix)
    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    name = f"{SERVER_EXTENSION}.{on_server}"
    if not manager.get_jpserver_extensions().get(name):
        fix = shell_command("python", "-m", "jupyter", "server", "extension", "enable", name)
        return mend(f"the server's extension {name} is switched off", fix)
    return ok(f"nbgrader {version('nbgrader')}, {says}")


def _settings() -> str:
    """Return the folder in which JupyterLab keeps which extensions are disabled for everyone."""
    return str(Path(sys.prefix, "share", "jupyter", "lab", "settings"))


def look_at_kernel(place: Workplace, seconds: float = KERNEL_SECONDS) -> Finding:
    """Check that the notebooks' kernel starts within `seconds` and finds the course's package."""
    from jupyter_client.kernelspec import KernelSpecManager

    if fault := fault_of_kernel():
        return mend(fault, _another_kernel(KernelSpecManager().find_kernel_specs().get(KERNEL)))
    reply = _reply_of_kernel(seconds)
    if isinstance(reply, str):
        return mend(f"{KERNEL} {reply}", _another_kernel(KernelSpecManager().find_kernel_specs().get(KERNEL)))
    if reply["status"] != "ok":
        lock = shell_command("python", "-m", "ipykernel", "install", "--sys-prefix")
        return mend(f"{KERNEL} answers, but cannot import hindcast ({reply.get('evalue', '')})", lock)
    return ok(f"{KERNEL} starts, answers and finds hindcast")


def _another_kernel(folder: str | None) -> str:
    """Return the command that installs a kernel of this Python, or first removes one from elsewhere."""
    if folder and not Path(folder).is_relative_to(sys.prefix):
        return shell_command("python", "-m", "jupyter", "kernelspec", "remove", "-y", KERNEL)
    return shell_command("python", "-m", "ipykernel", "install", "--sys-prefix")


def _reply_of_kernel(seconds: float) -> dict | str:
    """Return the kernel's reply to a line of Python, or the reason why there is none."""
    from jupyter_client.manager import start_new_kernel

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        manager, client = start_new_kernel(seconds, KERNEL, **quiet)
    except (RuntimeError, OSError) as error:
        return f"does not start: {error}"
    try:
        return client.execute("import hindcast", silent=True, reply=True, timeout=seconds)["content"]
    except (TimeoutError, RuntimeError):
        return f"starts, but does not answer within {seconds:g} seconds"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
