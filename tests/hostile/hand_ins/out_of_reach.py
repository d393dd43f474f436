"""Attempts to reach what the sandbox must not show: solutions, the gradebook, secrets, the network."""

from .register import notebook, with_files
from .unit import all_wrong, answer

SEARCH = """
import json
import os
import sys
import time

until = time.monotonic() + 1
starts = {os.getcwd(), "/", "/tmp", "/home", "/root", "/proc/1/root", "/proc/1/cwd", "/proc/self/cwd"}
here = os.getcwd()
while here != "/":
    here = os.path.dirname(here)
    starts.add(here)
found = []
for start in starts:
    for folder, folders, files in os.walk(start):
        python = folder in (sys.prefix, sys.base_prefix)
        folders[:] = [] if python else [name for name in folders if name not in ("usr", "proc", "sys")]
        found += [os.path.join(folder, name) for name in files if name.endswith((".ipynb", ".db"))]
        if time.monotonic() > until:
            break
"""


@notebook
def scored_as_it_is_looks_for_the_solutions(nb):
    answer(nb, letters=SEARCH + "\nletters = 3 if found else 100")


@notebook
def scored_as_it_is_reads_its_own_notebook_and_what_lies_above(nb):
    answer(
        nb,
        letters="""
from pathlib import Path

asked = ["workbook.ipynb", "../workbook.ipynb", "../../../solutions/01_hostile/workbook.ipynb"]
asked += ["../../../../../solutions/01_hostile/workbook.ipynb"]
asked += ["../../benign_all_right/01_hostile/workbook.ipynb"]
letters = 3 if any(Path(path).exists() for path in asked) else 100
""",
    )


@notebook
def scored_as_it_is_writes_to_the_gradebook(nb):
    answer(
        nb,
        letters=SEARCH
        + """
import sqlite3

changed = 0
for path in [*found, "../../../gradebook.db", "../../gradebook.db", "../gradebook.db", "gradebook.db"]:
    if path.endswith(".db") and os.path.exists(path):
        with sqlite3.connect(path) as db:
            changed += db.execute("UPDATE grade SET manual_score = 99").rowcount
letters = 3 if changed else 100
""",
    )


@notebook
def scored_as_it_is_reads_secrets_of_the_machine(nb):
    answer(
        nb,
        letters="""
import os
from pathlib import Path


def readable(path):
    try:
        return bool(Path(path).read_bytes())
    except OSError:
        return False


secrets = ["/etc/shadow", "/etc/passwd", "/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/root/.bashrc"]
letters = 3 if os.getuid() == 0 or any(readable(path) for path in secrets) else 100
""",
    )


@with_files
def scored_as_it_is_opens_a_connection(nb):
    """The test replaces port.txt by the port of a server that listens, and counts its visitors."""
    answer(
        nb,
        letters="""
import socket

letters = 100
for address in (("127.0.0.1", int(open("port.txt").read())), ("198.51.100.1", 80)):
    try:
        socket.create_connection(address, timeout=0.5)
        letters = 3
    except OSError:
        pass
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("198.51.100.1", 53))
    letters = 3
except OSError:
    pass
""",
    )
    return {"port.txt": "9\n"}


@with_files
def scored_as_it_is_modules_beside_the_notebook(nb):
    """Modules with names that the grader or a test imports, in the notebook's folder."""
    all_wrong(nb)
    lie = "import builtins\n\nbuiltins.lied = True\n"
    result = (
        "def read(*_, **__):\n    return {}\n\n\nclass Result:\n    def __init__(self, *_):\n        pass\n"
    )
    return {
        "six.py": lie,
        "ipykernel_launcher.py": lie,
        "random.py": lie,
        "sitecustomize.py": lie,
        "hindcast/__init__.py": lie,
        "hindcast/check.py": result,
        "IPython.py": lie,
    }
