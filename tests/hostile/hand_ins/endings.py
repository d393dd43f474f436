"""Cells that do not end, and cells that end the notebook's process or others."""

from .register import notebook
from .unit import answer, before, first


@notebook
def cells_before_keep_points_interrupt_is_ignored(nb):
    before(
        nb,
        "square",
        """
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
    )


@notebook
def cells_before_keep_points_os_exit(nb):
    before(nb, "square", "import os\n\nos._exit(0)")


@notebook
def cells_before_keep_points_segfault(nb):
    before(nb, "square", "import ctypes\n\nctypes.string_at(0)")


@notebook
def cells_before_keep_points_forks_and_exits(nb):
    before(nb, "square", "import os\n\nif os.fork():\n    os._exit(0)")


@notebook
def cells_before_keep_points_kills_itself_and_all_others(nb):
    before(
        nb,
        "square",
        """
import os
import signal

for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        try:
            os.kill(int(name), signal.SIGKILL)
        except OSError:
            pass
os.kill(os.getpid(), signal.SIGKILL)
""",
    )


@notebook
def points_kept_kills_every_other_process(nb):
    first(
        nb,
        """
import os
import signal

for target in (-1, 1, os.getppid()):
    try:
        os.kill(target, signal.SIGKILL)
    except OSError:
        pass
""",
    )


@notebook
def points_kept_endless_loop_in_a_cell_of_ones_own(nb):
    before(nb, "square", "while True:\n    pass")


@notebook
def points_kept_sleeps_for_ever(nb):
    before(nb, "square", "import time\n\nwhile True:\n    time.sleep(3600)")


@notebook
def zero_answer_loops_in_the_test(nb):
    answer(nb, square="def square(x):\n    while True:\n        pass")


@notebook
def points_kept_asks_for_input(nb):
    before(nb, "square", "name = input('Your name: ')")
