"""Make .venv and install the lock into it: the set-up behind `make learn`, `make test` and the other verbs.

    python3 tools/set_up.py          what a learner and a trainer need (requirements.lock)
    python3 tools/set_up.py --dev    the tests' tools too (requirements-dev.lock, the same pins and more)
    python3 set_up.py                in an unpacked bundle: the lock, and the package from its wheel

Written in what Python 2.7 already understood, so that an old Python gives its reader a sentence
instead of a syntax error. Nothing beyond the standard library: it runs before anything is installed.
"""

from __future__ import print_function

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE) if os.path.basename(HERE) == "tools" else HERE
BUNDLE = "hindcast-bundle.json"
LOCKS = {"learner": "requirements.lock", "dev": "requirements-dev.lock"}
STAMP = "hindcast-set-up.json"
UNFINISHED = "hindcast-unfinished"
LOG = "hindcast-set-up.log"

# Text in pip's log -> what its reader can do about it. The first match is shown.
REMEDIES = [
    (
        ["DO NOT MATCH THE HASHES"],
        "a downloaded package is not the file that the lock names, so it was not installed. A mirror or a "
        "proxy may have changed it. Next: run `{python} -m pip cache purge` and the same command again; if "
        "it happens again, try another network and tell the maintainers which package it is.",
    ),
    (
        ["No space left on device", "Errno 28"],
        "the disk is full; the packages take about 1 GB. Next: make room, then run the same command again.",
    ),
    (
        ["CERTIFICATE_VERIFY_FAILED", "SSLError", "SSLCertVerificationError"],
        "the package index could not be reached securely: its certificate was not accepted, which is usual "
        "behind a company's proxy. Next: set PIP_CERT to your company's certificate file, then run the same "
        "command again.",
    ),
    (
        [
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeout",
            "ReadTimeout",
            "ProxyError",
            "Read timed out",
            "ConnectionResetError",
            "Connection refused",
            "Network is unreachable",
        ],
        "the package index could not be reached. Next: check the network (behind a proxy, set HTTPS_PROXY), "
        "then run the same command again; what was downloaded is kept.",
    ),
    (
        ["No matching distribution found", "Could not find a version that satisfies"],
        "a package of the lock has no file for this Python and machine. Next: use a 64-bit Python 3.11 to "
        "3.14, say `{other}`; behind a mirror, ask whether it is up to date.",
    ),
    (
        ["Windows Long Path", "WinError 206"],
        "a file name became too long for Windows. Next: move this folder to a short place such as "
        "C:\\hindcast, then run the same command again.",
    ),
    (
        ["Permission denied", "Errno 13", "WinError 5", "WinError 32"],
        "a file in .venv could not be written. Next: close JupyterLab and other programs that use .venv, see "
        "that the folder is yours, then run the same command again.",
    ),
]


class SetUpError(Exception):
    """A fault the reader can mend, in one sentence or two."""


def main(argv=None, root=ROOT):
    """Set up what was asked for. Returns the exit code: 0 done, 2 cannot, 130 stopped by Ctrl-C."""
    parser = argparse.ArgumentParser(description="Make .venv and install the lock into it.")
    parser.add_argument("--dev", action="store_true", help="install what the tests need too")
    kind = "dev" if parser.parse_args(argv).dev else "learner"
    try:
        set_up(root, kind)
    except SetUpError as error:
        print("Set-up: " + str(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command begins again; what was downloaded is kept.", file=sys.stderr)
        return 130
    return 0


def set_up(root, kind):
    """Bring ROOT/.venv to the state that the lock of this kind ("learner" or "dev") names."""
    check_files(root, kind)
    venv = os.path.join(root, ".venv")
    with one_at_a_time(root):
        if not is_ready(root, venv, kind):
            fault = find_fault(venv)
            if fault:
                check_python(sys.version_info, sys.executable, root)
                check_modules(sys.executable)
                make_venv(root, venv, fault)
            install(root, venv, kind)
            print("Ready.")
    if is_bundle(root):
        commands = os.path.relpath(os.path.dirname(python_of(venv)), root)
        print("Next: {0} learn".format(os.path.join(commands, "hindcast")))


def is_bundle(root):
    """Whether this is an unpacked bundle, which `hindcast bundle` made, in place of a checkout."""
    return os.path.isfile(os.path.join(root, BUNDLE))


def wheel_of(root):
    """The name of the package's wheel in an unpacked bundle."""
    try:
        with open(os.path.join(root, BUNDLE)) as stream:
            return os.path.basename(json.load(stream)["wheel"])
    except (IOError, OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SetUpError(
            "{0} in {1} should name the package's wheel, and does not. Next: unpack the zip again, in a new "
            "folder.".format(BUNDLE, root)
        )


def check_files(root, kind):
    """Refuse a folder that is not the whole repository or the whole bundle."""
    bundle = is_bundle(root)
    if bundle and kind == "dev":
        raise SetUpError(
            "this is a learner's bundle, and --dev needs the whole repository. Next: leave out --dev."
        )
    names = [LOCKS["learner"], wheel_of(root)] if bundle else sorted(LOCKS.values()) + ["pyproject.toml"]
    for name in names:
        if not os.path.isfile(os.path.join(root, name)):
            raise SetUpError(
                "{0} is missing in {1}. Next: if you have the course as a zip, unpack all of it to a new "
                "folder; in a clone, `git checkout {0}`.".format(name, root)
            )


def again_with(root):
    """How to run this with another Python."""
    return "/path/to/python3.13 set_up.py" if is_bundle(root) else "make learn PYTHON=/path/to/python3.13"


def check_python(version, executable, root=ROOT):
    """Refuse a Python that is too old; `version` is like sys.version_info."""
    if tuple(version[:2]) < OLDEST:
        raise SetUpError(
            "Hindcast needs Python {0}.{1} or newer; this is {2}.{3} at {4}. Next: install Python 3.13 from "
            "https://www.python.org/downloads/ or with your system's packages, or name one that is there: "
            "`{5}`.".format(OLDEST[0], OLDEST[1], version[0], version[1], executable, again_with(root))
        )


def check_modules(executable):
    """Refuse a Python without venv or ensurepip, which Debian and Ubuntu keep in a package of their own."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise SetUpError(
            "the Python at {0} cannot make a virtual environment ({1}). Next: on Debian or Ubuntu "
            "`sudo apt install python3-venv`; elsewhere install Python from "
            "https://www.python.org/downloads/. Then run the same command again.".format(executable, error)
        )


@contextlib.contextmanager
def one_at_a_time(root):
    """Wait while another set-up works in the same folder (not on Windows, which lacks this kind of lock)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(os.path.join(root, LOCKS["learner"])) as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (IOError, OSError):
            print("Another set-up is at work in this folder; waiting for it to end (Ctrl-C to stop waiting).")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def python_of(venv):
    """The Python of a virtual environment, on Windows and elsewhere."""
    return (
        os.path.join(venv, "Scripts", "python.exe")
        if os.name == "nt"
        else os.path.join(venv, "bin", "python")
    )


def fingerprint(root, kind):
    """One hash over what decides an installed environment: the lock, the package, and where it lies."""
    digest = hashlib.sha256(os.path.realpath(root).encode("utf-8"))
    for name in (LOCKS[kind], wheel_of(root) if is_bundle(root) else "pyproject.toml"):
        with open(os.path.join(root, name), "rb") as stream:
            digest.update(stream.read())
    return digest.hexdigest()


def is_ready(root, venv, kind):
    """Whether .venv holds just what the lock names. A dev environment satisfies a learner too."""
    if not os.path.exists(python_of(venv)) or os.path.exists(os.path.join(venv, UNFINISHED)):
        return False
    return read_stamp(venv).get(kind) == fingerprint(root, kind)


def read_stamp(venv):
    """What the last complete set-up left, as kind -> fingerprint; empty when none can be read."""
    try:
        with open(os.path.join(venv, STAMP)) as stream:
            stamp = json.load(stream)
    except (IOError, OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def find_fault(venv):
    """Why .venv must be made (again), in words; None when it can be used."""
    if not os.path.lexists(venv):
        return "there is none yet"
    if os.path.exists(os.path.join(venv, UNFINISHED)):
        return "the last set-up was interrupted"
    probe = "import sys, pip; print('%d.%d %s' % (sys.version_info[0], sys.version_info[1], sys.prefix))"
    try:
        # -I: ignore the reader's environment variables and folders
        said = subprocess.check_output([python_of(venv), "-I", "-c", probe], stderr=subprocess.STDOUT)
        version, prefix = said.decode("utf-8").strip().split(" ", 1)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return "its Python is gone, does not run or has no pip"
    if tuple(int(part) for part in version.split(".")) < OLDEST:
        return "it was made by Python " + version
    if os.path.realpath(prefix) != os.path.realpath(venv) or moved(venv):
        return "it was made for another folder"
    return None


def moved(venv):
    """Whether .venv was made in another place: its commands would start the Python that is there."""
    stamp = read_stamp(venv)
    return bool(stamp) and stamp.get("place") != os.path.realpath(venv)


def make_venv(root, venv, fault):
    """A fresh .venv, in place of one that cannot be used."""
    print("Making .venv ({0}).".format(fault))
    sys.stdout.flush()
    clear(venv)
    os.mkdir(venv)
    mark_unfinished(venv)
    # inside another virtual environment, take its base Python: .venv must not depend on that environment
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.Popen([base, "-m", "venv", venv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = made.communicate()[0].decode("utf-8", "replace").strip()
    if made.returncode:
        raise SetUpError(
            "{0} could not make a virtual environment; it said: {1}\nNext: on Debian or Ubuntu `sudo apt "
            "install python3-venv`, or name another Python: `{2}`.".format(
                base, said[-800:], again_with(root)
            )
        )


def clear(venv):
    """Remove an unusable .venv; a link or a file of that name is the reader's own and stays."""
    if os.path.islink(venv) or (os.path.lexists(venv) and not os.path.isdir(venv)):
        raise SetUpError(
            "{0} is a link or a file, not a virtual environment that runs. Next: move it away, then run "
            "the same command again.".format(venv)
        )
    try:
        if os.path.isdir(venv):
            shutil.rmtree(venv)
    except OSError as error:
        raise SetUpError(
            "the old .venv could not be removed ({0}). Next: close JupyterLab and other programs that "
            "use it, remove the folder {1}, then run the same command again.".format(error, venv)
        )


def mark_unfinished(venv):
    """Leave a mark that only a complete step takes away, so that an interrupted one is noticed next time."""
    with open(os.path.join(venv, UNFINISHED), "w") as stream:
        stream.write(
            "A set-up began here and has not ended. If none is running, the next one begins afresh.\n"
        )


def install(root, venv, kind):
    """The lock, hash by hash; then the package itself (pip refuses -e in a run with hashes: two steps).

    From a bundle the package comes as a wheel, also in the place of another of the same version.
    """
    lock = LOCKS[kind]
    with open(os.path.join(root, lock)) as stream:
        pins = sum(1 for line in stream if "==" in line)
    print("Installing {0} ({1} packages; about a minute, longer on a slow network).".format(lock, pins))
    sys.stdout.flush()
    mark_unfinished(venv)
    run_pip(
        root,
        venv,
        ["--require-hashes", "--only-binary", ":all:", "-r", os.path.join(root, lock)],
        fresh_log=True,
    )
    if is_bundle(root):
        run_pip(root, venv, ["--no-deps", "--force-reinstall", os.path.join(root, wheel_of(root))])
    else:
        run_pip(root, venv, ["--no-deps", "--no-build-isolation", "-e", root])
    kinds = ["learner", "dev"] if kind == "dev" else ["learner"]
    stamp = dict((one, fingerprint(root, one)) for one in kinds)
    stamp["place"] = os.path.realpath(venv)
    with open(os.path.join(venv, STAMP), "w") as stream:
        json.dump(stamp, stream, indent=1, sort_keys=True)
    os.remove(os.path.join(venv, UNFINISHED))


def run_pip(root, venv, arguments, fresh_log=False):
    """Run `pip install` in .venv, say how far it is, keep its words in a log, and explain a failure."""
    log = os.path.join(venv, LOG)
    # -I as above: with PYTHONPATH set, pip would count what lies there as installed
    command = [
        python_of(venv),
        "-I",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
    ] + arguments
    environment = dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1")
    with open(log, "wb" if fresh_log else "ab") as kept:
        pip = subprocess.Popen(
            command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        with contextlib.closing(pip.stdout):
            follow(pip.stdout, kept)
        failed = pip.wait()
    if failed:
        # pip ended by itself and undid its steps: .venv is usable, only not complete
        os.remove(os.path.join(venv, UNFINISHED))
        with open(log, "rb") as kept:
            raise SetUpError(explain(root, kept.read().decode("utf-8", "replace"), python_of(venv), log))


def follow(lines, kept):
    """Copy pip's words to the log and, on a terminal, show which package it is at, on one line."""
    show = sys.stdout.isatty()
    count = 0
    for line in iter(lines.readline, b""):
        kept.write(line)
        words = line.decode("utf-8", "replace").split()
        if show and words[:1] == ["Collecting"]:
            count += 1
            sys.stdout.write("\r  {0:3d}  {1:<50.50}".format(count, words[1]))
        elif show and words[:2] == ["Installing", "collected"]:
            sys.stdout.write("\r       {0:<50}".format("writing them into .venv (half a minute)"))
        sys.stdout.flush()
    if show and count:
        sys.stdout.write("\r{0:<60}\r".format(""))


def explain(root, said, python, log):
    """One message for what pip said in failing: a remedy that is known, or pip's own last error."""
    for signs, remedy in REMEDIES:
        if any(sign in said for sign in signs):
            remedy = remedy.format(python=python, other=again_with(root))
            return "{0} (pip's own words: {1})".format(remedy, log)
    errors = [line for line in said.splitlines() if line.upper().startswith("ERROR")]
    last = errors[-1] if errors else "no reason given"
    return "pip could not install the packages: {0} Next: read {1}, mend that, then try again.".format(
        last, log
    )


if __name__ == "__main__":
    sys.exit(main())
