"""What a cell leaves to the cells after it: closed streams, processes, threads, a wrong clock."""

from .register import notebook
from .unit import before, first


@notebook
def points_kept_closes_stdin_stdout_stderr(nb):
    before(
        nb,
        "square",
        """
import os
import sys

for stream in (sys.stdin, sys.stdout, sys.stderr):
    stream.close()
for number in (0, 1, 2):
    os.close(number)
""",
    )


@notebook
def points_kept_changes_directory_and_deletes_its_files(nb):
    before(
        nb,
        "square",
        """
import os
import shutil

here = os.getcwd()
os.chdir("/")
shutil.rmtree(here, ignore_errors=True)
""",
    )


@notebook
def points_kept_process_left_behind(nb):
    before(
        nb,
        "square",
        """
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            try:
                print("still here")
            except OSError:
                pass
            time.sleep(0.1)
    os._exit(0)
""",
    )


@notebook
def points_kept_thread_prints_for_ever(nb):
    first(
        nb,
        """
import threading
import time


def say():
    while True:
        print("still here")
        time.sleep(0.01)


threading.Thread(target=say, daemon=True).start()
""",
    )


@notebook
def points_kept_clock_of_the_notebook_in_the_past(nb):
    first(
        nb,
        """
import time

time.time = time.monotonic = time.perf_counter = lambda: 0.0
time.sleep = lambda seconds: None
""",
    )
