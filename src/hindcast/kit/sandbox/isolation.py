"""The bubblewrap command: what a learner's code can see, and as whom it runs."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

INSIDE_FOLDER = Path(__file__).parent / "inside"  # what runs in the sandbox
INSIDE_PARENT = "/hindcast"  # in the sandbox: where that folder lies
SCRATCH = "/scratch"  # in the sandbox: a tmpfs with work/ (the cells' folder), home/ and tmp/
FIRST_UID = (
    60_000  # root's learners get this uid plus the slot: no account has it, and no two slots share one
)
# setpriv needs these to change the user; the program that it then runs has none of them
CAPABILITIES = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP")


@dataclass(frozen=True)
class IsolationObstacle:
    """Why learners' code cannot be isolated on this machine. `str()` is a sentence of both clauses.

    what: what is missing. do_next: how that is mended. package: what to install, "" where that does not help.
    """

    what: str
    do_next: str
    package: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.do_next}"


def isolation_obstacle() -> IsolationObstacle | None:
    """Why nothing can be isolated here; None where it can."""
    if sys.platform != "linux":
        return IsolationObstacle(
            "Learners' code is isolated with bubblewrap, which only Linux has", "grade on Linux."
        )
    needed = {"bwrap": "bubblewrap"} | ({"setpriv": "util-linux"} if os.geteuid() == 0 else {})
    for tool, package in needed.items():
        if not shutil.which(tool):
            what = f"Learners' code is isolated with {tool}, which is not here"
            return IsolationObstacle(what, f"install the package {package}.", package)
    return _obstacle_found_by_trying()


@functools.cache
def _obstacle_found_by_trying() -> IsolationObstacle | None:
    command = [*isolation_command(1 << 20, (), (), 0, {}), sys.executable, "-S", "-E", "-c", ""]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if ran.returncode == 0:
        return None
    said = ran.stderr.strip().splitlines()[-1:] or [f"exit code {ran.returncode}"]
    return IsolationObstacle(
        f"bubblewrap is here but this system does not let it isolate ({said[0]})",
        "allow user namespaces (on Ubuntu by an AppArmor profile for bwrap, or sysctl "
        "kernel.apparmor_restrict_unprivileged_userns=0).",
    )


def isolation_command(
    scratch: int, readable: Sequence[Path], hidden: Sequence[Path], slot: int, variables: Mapping[str, str]
) -> list[str]:
    """The bubblewrap command up to the program to run in it.

    scratch: bytes of files and of shared memory. readable, hidden, slot: see `Sandbox`. variables: all that
    the program's environment holds.
    """
    root = os.geteuid() == 0
    bound = _folders_to_bind([Path(sys.prefix), Path(sys.base_prefix), *readable])
    return [
        *(shutil.which("bwrap") or "bwrap", "--die-with-parent", "--new-session", "--clearenv", "--as-pid-1"),
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        # root mounts without a user namespace, so that it can read homes of mode 0700, then changes its user
        *("--cap-drop", "ALL", *(CAPABILITIES if root else ("--unshare-user",))),
        *(word for name, value in variables.items() for word in ("--setenv", name, value)),
        *("--hostname", "hindcast", "--proc", "/proc", "--dev", "/dev"),
        *_tmpfs_words("/dev/shm", scratch),
        *("--remount-ro", "/dev"),  # else a learner could fill it with files
        *_tmpfs_words(SCRATCH, scratch),
        *("--perms", "0755", "--dir", "/etc", "--perms", "0755", "--dir", INSIDE_PARENT),
        *_system_words(),
        *_bind_words(bound, hidden),
        *("--ro-bind", str(INSIDE_FOLDER), f"{INSIDE_PARENT}/{INSIDE_FOLDER.name}"),
        *("--remount-ro", "/", "--chdir", "/"),  # else the folders on the way to what is bound could be moved
        *(_change_user(FIRST_UID + slot) if root else ("--",)),
    ]


def _tmpfs_words(path: str, size: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


def _change_user(uid: int) -> list[str]:
    """Leave root for good, and every capability with it."""
    caps = ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
    ids = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    return ["--", shutil.which("setpriv") or "setpriv", *ids, *caps, "--no-new-privs", "--"]


def _system_words() -> Iterator[str]:
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


def _folders_to_bind(folders: Sequence[Path]) -> list[Path]:
    """The folders to bind, at their own path and at their real one; not those in /usr or in one another."""
    wanted = sorted(
        {path for folder in folders for path in (folder.absolute(), folder.resolve()) if path.is_dir()}
    )
    kept = [Path("/usr")]
    for path in wanted:
        if not any(path.is_relative_to(outer) for outer in kept):
            kept.append(path)
    return kept[1:]


def _bind_words(bound: Sequence[Path], hidden: Sequence[Path]) -> Iterator[str]:
    """Bind folders read-only, below parents that anyone may pass through; cover the hidden ones."""
    if not any(path.is_relative_to("/tmp") for path in bound):
        yield from ("--symlink", f"{SCRATCH[1:]}/tmp", "/tmp")
    for path in bound:
        for parent in reversed(path.parents[:-1]):
            yield from ("--perms", "0755", "--dir", str(parent))
        yield from ("--ro-bind", str(path), str(path))
    for path in {path for folder in hidden for path in (folder.absolute(), folder.resolve())}:
        if path.is_dir() and any(path.is_relative_to(folder) for folder in bound):
            yield from ("--perms", "0755", "--tmpfs", str(path), "--remount-ro", str(path))


def worker_variables(scratch: str, readable: Sequence[Path], path: str) -> dict[str, str]:
    """All environment variables that a worker sees. path: where programs are, as in PATH."""
    visible = [
        entry
        for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if entry and any(_overlap(Path(entry).absolute(), folder.absolute()) for folder in readable)
    ]
    return {
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        **dict.fromkeys(("USER", "LOGNAME"), "learner"),
        **({"PYTHONPATH": os.pathsep.join(visible)} if visible else {}),
        "PATH": f"{Path(sys.executable).parent}:{path}",
        "LANG": "C.UTF-8",
        "HOME": f"{scratch}/home",
        "TMPDIR": f"{scratch}/tmp",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{scratch}/home/matplotlib",
        "IPYTHONDIR": f"{scratch}/home/ipython",
        "NBGRADER_EXECUTION": "autograde",
        # as ipykernel sets them, for the programs that a cell starts
        **dict.fromkeys(("CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE"), "1"),
        **dict.fromkeys(("PAGER", "GIT_PAGER"), "cat"),
        "TERM": "xterm-color",
    }


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def worker_fonts() -> dict[str, str]:
    """matplotlib's list of fonts as this user has it, so that no worker needs to look through them again."""
    folders = [os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/matplotlib"]
    found = [
        file for folder in folders if folder for file in Path(folder).expanduser().glob("fontlist-*.json")
    ]
    return {file.name: file.read_text(encoding="utf-8") for file in found if os.access(file, os.R_OK)}
