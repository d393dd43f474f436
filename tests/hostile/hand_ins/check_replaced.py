"""Changes to `hindcast.check`, the module that the tests use: before a test runs, and while it runs."""

from .register import notebook
from .unit import WRONG, answer, first


@notebook
def scored_as_it_is_result_that_shows_nothing(nb):
    first(nb, "from hindcast import check\n\ncheck.Result.show = lambda self, *why: self._answer.points")
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_result_that_says_99(nb):
    first(
        nb,
        """
from hindcast import check

shown = check.Result.show
check.Result.show = lambda self, *why: shown(self, *why) and 99.0 or 99.0
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_check_replaced(nb):
    """The changed module gives full points for every answer and shows them."""
    first(
        nb,
        """
from hindcast import check, forms

award = check.Result.award
check.Result.award = lambda self, points, what, earned: award(self, points, what, True)
check.close = lambda *_, **__: True
forms.Count.read = lambda self, value, where: 3
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


AGAIN = """
from hindcast import check

award = check.Result.award


def replace(*_):
    check.Result.award = lambda self, points, what, earned: award(self, points, what, True)


"""


@notebook
def attention_thread_replaces_check_again(nb):
    first(
        nb,
        AGAIN
        + """
import threading


def for_ever():
    while True:
        replace()


threading.Thread(target=for_ever, daemon=True).start()
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_signal_replaces_check_again(nb):
    first(
        nb,
        AGAIN
        + """
import signal

signal.signal(signal.SIGALRM, replace)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_collector_replaces_check_again(nb):
    first(nb, AGAIN + "import gc\n\ngc.callbacks.append(replace)\ngc.set_threshold(1, 1, 1)")
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_audit_hook_replaces_check_again(nb):
    first(nb, AGAIN + "import sys\n\nsys.addaudithook(replace)")
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_deletion_replaces_check_again(nb):
    """The test cell assigns to `check`, `answer` and `result`, which runs their old values' `__del__`."""
    first(
        nb,
        """
from hindcast.check import Result

award = Result.award


class Last:
    def __del__(self):
        Result.award = lambda self, points, what, earned: award(self, points, what, True)


check, answer, result, _i, _ii, _iii = (Last() for _ in range(6))
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_builtins_of_ones_own(nb):
    """Python looks builtin names up in the namespace's `__builtins__`, which a cell can replace."""
    first(
        nb,
        """
import builtins

from hindcast import check


def imported(name, *rest, **more):
    module = builtins.__import__(name, *rest, **more)
    if name.startswith("hindcast"):
        award = check.Result.award
        check.Result.award = lambda self, points, what, earned: award(self, points, what, True)
    return module


__builtins__ = {**vars(builtins), "__import__": imported}
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_class_of_the_module_changed(nb):
    first(
        nb,
        """
import types

from hindcast import check

Result = check.Result


class Module(types.ModuleType):
    def __getattribute__(self, name):
        if name != "Result":
            return super().__getattribute__(name)
        return type("R", (Result,), {"award": lambda self, n, w, e: Result.award(self, n, w, True)})


check.__class__ = Module
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_check_module_swapped(nb):
    """A module of the learner's own stands in `sys.modules` under the name hindcast.check."""
    first(
        nb,
        """
import sys
import types

from IPython.display import display


class Result:
    def __init__(self, answer):
        self.name, self.of = answer

    def award(self, *_):
        pass

    def show(self, *_):
        record = {"exercise": self.name, "status": "scored", "points": self.of, "of": self.of, "mistakes": []}
        display({"text/plain": "", "application/vnd.hindcast.result+json": record}, raw=True)
        return self.of


class Answer(tuple):
    def __getitem__(self, name):
        return 0 if isinstance(name, str) else tuple.__getitem__(self, name)


import hindcast

fake = types.ModuleType("hindcast.check")
fake.Result, fake.Count = Result, lambda *_: None
fake.read = lambda name, points, **_: Answer((name, float(points)))
hindcast.check = sys.modules["hindcast.check"] = fake
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])
