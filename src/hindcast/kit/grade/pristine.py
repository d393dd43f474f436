"""INSIDE the sandbox: what a test cell finds again as it was before any cell of the learner ran.

The learner's names stay, as the test reads them. Libraries stay as they are too: this is no wall between a
learner's code and the tests, which share one interpreter; it takes away the easy ways to change a verdict.
"""

import builtins
import contextlib
import gc
import signal
import sys
from collections.abc import Mapping
from operator import is_
from types import FunctionType, ModuleType

from IPython.core.interactiveshell import InteractiveShell

# what reads and scores an answer, what shows the result, and what reads the test cell itself
JUDGES = (
    *("hindcast", "IPython.display", "IPython.core.display_functions"),
    *("json", "marshal", "base64"),
)


def _judges(name: str) -> bool:
    return any(name == judge or name.startswith(f"{judge}.") for judge in JUDGES)


def _only_this_one(event: str, _arguments: tuple) -> None:
    """An audit hook cannot be taken away: where this one raises, Python adds no other."""
    if event == "sys.addaudithook":
        raise RuntimeError("no audit hooks here")


def _same(now: Mapping, known: Mapping) -> bool:
    """Whether nothing was changed. To put back what is there anyway would undo what Python learned of it."""
    if len(now) != len(known) or not all(map(is_, now, known)):
        return False
    return all(map(is_, now.values(), known.values()))


def restore_class(cls: type, known: dict) -> None:
    """Give a class the attributes that it had."""
    if _same(vars(cls), known):
        return
    for name in {*vars(cls)} ^ {*known} | {n for n in known if vars(cls).get(n) is not known[n]}:
        with contextlib.suppress(AttributeError, TypeError):
            setattr(cls, name, known[name]) if name in known else delattr(cls, name)


def restore_dict(held: dict, known: dict) -> None:
    """Give a dict the entries that it had."""
    if not _same(held, known):
        held.clear()
        held.update(known)


def _own_table(name: str, held: object) -> bool:
    return type(held) is dict and not (name.startswith("__") and name.endswith("__"))


class Kept:
    """A module as it was: its names and dicts, the classes it defines, the code of its functions."""

    def __init__(self, module: ModuleType):
        self.module, self.kind, self.names = module, type(module), dict(vars(module))
        own = [thing for thing in self.names.values() if getattr(thing, "__module__", "") == module.__name__]
        self.classes = {cls: dict(vars(cls)) for cls in own if isinstance(cls, type)}
        places = (self.names, *self.classes.values())
        functions = [thing for place in places for thing in place.values() if isinstance(thing, FunctionType)]
        self.functions = {f: (f.__code__, f.__defaults__, f.__kwdefaults__) for f in functions}
        self.tables = [(held, dict(held)) for name, held in self.names.items() if _own_table(name, held)]

    def restore(self) -> None:
        """Put the module, and everything in it, back."""
        sys.modules[self.names["__name__"]] = self.module
        if type(self.module) is not self.kind:
            self.module.__class__ = self.kind
        restore_dict(vars(self.module), self.names)
        for cls, known in self.classes.items():
            restore_class(cls, known)
        for function, (code, defaults, by_name) in self.functions.items():
            if function.__code__ is not code:
                function.__code__ = code
            if function.__defaults__ is not defaults:
                function.__defaults__ = defaults
            if function.__kwdefaults__ is not by_name:
                function.__kwdefaults__ = by_name
        for held, known in self.tables:
            restore_dict(held, known)


class Pristine:
    """The shell and what judges answers, as they were before any cell, and the way back to it."""

    def __init__(self, shell: InteractiveShell, link: object):
        self.shell, self.link = shell, link
        self.reader = manager = shell.input_transformer_manager
        self.lists = [
            (manager.cleanup_transforms, list(manager.cleanup_transforms)),
            (manager.line_transforms, list(manager.line_transforms)),
            (manager.token_transformers, list(manager.token_transformers)),
            *((calls, list(calls)) for calls in shell.events.callbacks.values()),
        ]
        formatters = shell.display_formatter.formatters.values()
        self.printers = [
            (known, dict(known))
            for formatter in formatters
            for known in (formatter.type_printers, formatter.deferred_printers, formatter.singleton_printers)
        ]
        self.attributes = {
            thing: dict(vars(thing))
            for thing in (
                *formatters,
                shell,
                shell.events,
                manager,
                shell.displayhook,
                shell.display_pub,
                shell.display_formatter,
                shell.compile,
            )
        }
        self.kinds = {thing: type(thing) for thing in self.attributes}
        self.traits = {
            thing: dict(thing._trait_values) for thing in self.attributes if hasattr(thing, "_trait_values")
        }
        classes = {cls for thing in self.attributes for cls in type(thing).__mro__[:-1]} | {type(link)}
        self.classes = {cls: dict(vars(cls)) for cls in classes}
        self.builtins = dict(vars(builtins))
        self.link_has = set(vars(link))
        self.held: list[object] = []
        self.collected = list(gc.callbacks)
        self.handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        sys.addaudithook(_only_this_one)
        self.compiling = Kept(sys.modules["ast"])
        self.modules = [Kept(module) for name, module in sorted(sys.modules.items()) if _judges(name)]

    def release(self) -> None:
        """After a test cell: what learners' names held may end again."""
        self.held = []

    def restore(self) -> None:
        """Undo what cells did to the shell, its events and transformers, the builtins and what judges.

        Nothing of the learner's ends while the test runs, so no `__del__` of theirs runs beside it.
        """
        sys.settrace(None)
        sys.setprofile(None)
        self.held = list(self.shell.user_ns.values())
        gc.freeze()  # what is garbage already stays; to collect it takes longer than many a cell
        self.shell.user_ns["__builtins__"] = builtins
        gc.callbacks[:] = self.collected
        for clock in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(clock, 0)
        for number, handler in self.handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, signal.SIG_IGN)  # which also drops one that waits
                signal.signal(number, handler)
        held = vars(builtins)
        held.update(self.builtins)  # first, as what follows needs them
        for name in set(held) - set(self.builtins):
            del held[name]
        for cls, known in self.classes.items():
            restore_class(cls, known)
        for name in set(vars(self.link)) - self.link_has:
            delattr(self.link, name)
        for module in self.modules:
            module.restore()
        for thing, known in self.attributes.items():
            if type(thing) is not self.kinds[thing]:
                thing.__class__ = self.kinds[thing]
            restore_dict(vars(thing), known)
        for thing, known in self.traits.items():
            restore_dict(thing._trait_values, known)
        for held, known in self.lists:
            held[:] = known
        for held, known in self.printers:
            restore_dict(held, known)
        for held in (self.shell.ast_transformers, self.shell.input_transformers_post):
            held.clear()
