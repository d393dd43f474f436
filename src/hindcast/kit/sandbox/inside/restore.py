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

JUDGES = ("hindcast", "IPython.display", "IPython.core.display_functions")  # read, score and show an answer
READERS = ("json", "marshal", "base64")  # read the test cell itself


def _kept(packages: tuple[str, ...]) -> list["Kept"]:
    """The modules of these packages, as they are now."""
    names = [name for name in sorted(sys.modules) if name.startswith(tuple(f"{it}." for it in packages))]
    return [Kept(sys.modules[name]) for name in [*packages, *names] if name in sys.modules]


def _only_this_one(event: str, _arguments: tuple) -> None:
    """An audit hook cannot be taken away: where this one raises, Python adds no other."""
    if event == "sys.addaudithook":
        raise RuntimeError("no audit hooks here")


def _same(now: Mapping, known: Mapping) -> bool:
    """Whether nothing was changed. To put back what is there anyway would undo what Python learned of it."""
    if len(now) != len(known) or not all(map(is_, now, known)):
        return False
    return all(map(is_, now.values(), known.values()))


def restore_class(cls: type, known: dict, dropped: list) -> None:
    """Give a class the attributes that it had. What it loses goes to `dropped`, and so does not end yet."""
    if _same(vars(cls), known):
        return
    dropped.append(dict(vars(cls)))
    for name in {*vars(cls)} ^ {*known} | {n for n in known if vars(cls).get(n) is not known[n]}:
        with contextlib.suppress(AttributeError, TypeError):
            setattr(cls, name, known[name]) if name in known else delattr(cls, name)


def restore_dict(held: dict, known: dict, dropped: list) -> None:
    """Give a dict the entries that it had. What it loses goes to `dropped`, and so does not end yet."""
    if not _same(held, known):
        dropped.append(dict(held))
        held.clear()
        held.update(known)


def _own_table(name: str, held: object) -> bool:
    return type(held) is dict and not (name.startswith("__") and name.endswith("__"))


def _functions(thing: object) -> list[FunctionType]:
    """The functions of ours that a name stands for: itself, in a static method, or in a decorator."""
    inner = (thing, getattr(thing, "__func__", None), getattr(thing, "__wrapped__", None))
    return [it for it in inner if isinstance(it, FunctionType)]


class Kept:
    """A module as it was: its names and dicts, the classes it defines, the code of its functions."""

    def __init__(self, module: ModuleType):
        self.module, self.kind, self.names = module, type(module), dict(vars(module))
        own = [thing for thing in self.names.values() if getattr(thing, "__module__", "") == module.__name__]
        self.classes = {cls: dict(vars(cls)) for cls in own if isinstance(cls, type)}
        places = (self.names, *self.classes.values())
        functions = [it for place in places for thing in place.values() for it in _functions(thing)]
        self.functions = {f: (f.__code__, f.__defaults__, f.__kwdefaults__) for f in functions}
        tables = [held for name, held in self.names.items() if _own_table(name, held)]
        by_name = [f.__kwdefaults__ for f in functions if f.__kwdefaults__]
        self.tables = [(held, dict(held)) for held in (*tables, *by_name)]

    def restore(self, dropped: list) -> None:
        """Put the module, and everything in it, back; what it loses goes to `dropped`."""
        name = self.names["__name__"]
        dropped.append(sys.modules.get(name))
        sys.modules[name] = self.module
        if type(self.module) is not self.kind:
            self.module.__class__ = self.kind
        restore_dict(vars(self.module), self.names, dropped)
        for cls, known in self.classes.items():
            restore_class(cls, known, dropped)
        for function, (code, defaults, by_name) in self.functions.items():
            if function.__code__ is not code:
                dropped.append(function.__code__)
                function.__code__ = code
            if function.__defaults__ is not defaults:
                dropped.append(function.__defaults__)
                function.__defaults__ = defaults
            if function.__kwdefaults__ is not by_name:
                dropped.append(function.__kwdefaults__)
                function.__kwdefaults__ = by_name
        for held, known in self.tables:
            restore_dict(held, known, dropped)


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
        self.readers, self.judges = _kept(READERS), _kept(JUDGES)
        self.compiling = _kept(("ast",))

    def release(self) -> None:
        """After a test cell: what learners' names held may end again."""
        self.held = []

    def restore(self) -> None:
        """Undo what cells did to the shell, its events and transformers, and to what reads the next cell.

        Nothing of the learner's ends while the test runs, so no `__del__` of theirs runs beside it.
        """
        self.held = list(self.shell.user_ns.values())
        gc.freeze()  # what is garbage already stays; to collect it takes longer than many a cell
        self._quieten()  # first, as what follows needs the builtins
        for name in set(vars(builtins)) - set(self.builtins):
            self.held.append(vars(builtins).pop(name))
        self.shell.user_ns["__builtins__"] = builtins
        for clock in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(clock, 0)
        for number, handler in self.handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, signal.SIG_IGN)  # which also drops one that waits
                signal.signal(number, handler)
        for cls, known in self.classes.items():
            restore_class(cls, known, self.held)
        for name in set(vars(self.link)) - self.link_has:
            delattr(self.link, name)
        for module in self.readers:
            module.restore(self.held)
        for thing, known in self.attributes.items():
            if type(thing) is not self.kinds[thing]:
                thing.__class__ = self.kinds[thing]
            restore_dict(vars(thing), known, self.held)
        for thing, known in self.traits.items():
            restore_dict(thing._trait_values, known, self.held)
        for held, known in self.lists:
            held[:] = known
        for held, known in self.printers:
            restore_dict(held, known, self.held)
        for held in (self.shell.ast_transformers, self.shell.input_transformers_post):
            held.clear()

    def restore_compiling(self) -> None:
        """Undo what cells did to what compiles a cell in here."""
        for module in self.compiling:
            module.restore(self.held)

    def restore_judges(self) -> None:
        """Undo what cells did to the builtins and to what judges.

        This comes last: to read a cell, IPython calls much of Python, which an earlier cell may have changed.
        """
        self._quieten()
        for module in self.judges:
            module.restore(self.held)

    def _quieten(self) -> None:
        """Nothing watches what runs, and Python's builtins are its own."""
        sys.settrace(None)
        sys.setprofile(None)
        gc.callbacks[:] = self.collected
        vars(builtins).update(self.builtins)
