"""INSIDE the sandbox: puts back, before a test cell, what earlier cells changed of shell and judges.

The learner's names stay, because the test reads them. Libraries stay as they are too. This is no wall between
a learner's code and the tests, which share one interpreter: it takes away the easy ways to change a verdict.

Objects that are removed here are kept alive until the test has ended, so that no `__del__` of a learner's
runs during the test. The parameter `removed` is the list that holds them.
"""

import builtins
import contextlib
import gc
import signal
import sys
from collections.abc import Mapping
from operator import is_
from types import FunctionType, ModuleType

from .shell import CellShell

JUDGES = ("hindcast", "IPython.display", "IPython.core.display_functions")  # read, score and show an answer
READERS = ("json", "marshal", "base64")  # read the test cell itself
COMPILERS = ("ast",)  # compile a test cell that the host has not compiled
TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


def restore_dict(changed: dict, known: dict, removed: list) -> None:
    """Give a dict the entries that it had."""
    if not _is_same(changed, known):
        removed.append(dict(changed))
        changed.clear()
        changed.update(known)


def restore_class(cls: type, known: dict, removed: list) -> None:
    """Give a class the attributes that it had."""
    if _is_same(vars(cls), known):
        return
    removed.append(dict(vars(cls)))
    for name in {*vars(cls)} ^ {*known} | {n for n in known if vars(cls).get(n) is not known[n]}:
        with contextlib.suppress(AttributeError, TypeError):
            setattr(cls, name, known[name]) if name in known else delattr(cls, name)


def _is_same(now: Mapping, known: Mapping) -> bool:
    """Whether nothing was changed.

    Writing the same values back would throw away what Python caches of them.
    """
    if len(now) != len(known) or not all(map(is_, now, known)):
        return False
    return all(map(is_, now.values(), known.values()))


class ModuleSnapshot:
    """A module as it was: its names and dicts, the classes it defines, the code of its functions."""

    def __init__(self, module: ModuleType):
        self.module, self.kind, self.names = module, type(module), dict(vars(module))
        own = [thing for thing in self.names.values() if getattr(thing, "__module__", "") == module.__name__]
        self.classes = {cls: dict(vars(cls)) for cls in own if isinstance(cls, type)}
        places = (self.names, *self.classes.values())
        functions = [it for place in places for thing in place.values() for it in _functions_of(thing)]
        self.functions = {f: (f.__code__, f.__defaults__, f.__kwdefaults__) for f in functions}
        tables = [held for name, held in self.names.items() if _is_table(name, held)]
        by_name = [f.__kwdefaults__ for f in functions if f.__kwdefaults__]
        self.tables = [(held, dict(held)) for held in (*tables, *by_name)]

    def restore(self, removed: list) -> None:
        """Put the module, and everything in it, back."""
        name = self.names["__name__"]
        removed.append(sys.modules.get(name))
        sys.modules[name] = self.module
        if type(self.module) is not self.kind:
            self.module.__class__ = self.kind
        restore_dict(vars(self.module), self.names, removed)
        for cls, known in self.classes.items():
            restore_class(cls, known, removed)
        for function, (code, defaults, by_name) in self.functions.items():
            if function.__code__ is not code:
                removed.append(function.__code__)
                function.__code__ = code
            if function.__defaults__ is not defaults:
                removed.append(function.__defaults__)
                function.__defaults__ = defaults
            if function.__kwdefaults__ is not by_name:
                removed.append(function.__kwdefaults__)
                function.__kwdefaults__ = by_name
        for held, known in self.tables:
            restore_dict(held, known, removed)


def _snapshots(packages: tuple[str, ...]) -> list[ModuleSnapshot]:
    """The modules of these packages that are imported, as they are now."""
    names = [name for name in sorted(sys.modules) if name.startswith(tuple(f"{it}." for it in packages))]
    return [ModuleSnapshot(sys.modules[name]) for name in [*packages, *names] if name in sys.modules]


def _is_table(name: str, held: object) -> bool:
    return type(held) is dict and not (name.startswith("__") and name.endswith("__"))


def _functions_of(thing: object) -> list[FunctionType]:
    """The Python functions behind a name: itself, in a static method, or in a decorator."""
    inner = (thing, getattr(thing, "__func__", None), getattr(thing, "__wrapped__", None))
    return [it for it in inner if isinstance(it, FunctionType)]


def _refuse_audit_hooks(event: str, _arguments: tuple) -> None:
    """An audit hook that raises where another is added.

    Nothing can remove an audit hook, so this comes first.
    """
    if event == "sys.addaudithook":
        raise RuntimeError("no audit hooks here")


class Pristine:
    """The shell and what judges answers, as they were before any cell, and the way back to it."""

    def __init__(self, shell: CellShell, link: object):
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
        parts = (shell, shell.events, manager, shell.displayhook, shell.display_pub, shell.display_formatter)
        self.attributes = {part: dict(vars(part)) for part in (*formatters, *parts, shell.compile)}
        self.kinds = {part: type(part) for part in self.attributes}
        self.traits = {
            part: dict(part._trait_values) for part in self.attributes if hasattr(part, "_trait_values")
        }
        classes = {cls for part in self.attributes for cls in type(part).__mro__[:-1]} | {type(link)}
        self.classes = {cls: dict(vars(cls)) for cls in classes}
        self.builtins = dict(vars(builtins))
        self.link_attributes = set(vars(link))
        self.removed: list[object] = []
        self.gc_callbacks = list(gc.callbacks)
        self.handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        sys.addaudithook(_refuse_audit_hooks)
        self.readers, self.compilers, self.judges = map(_snapshots, (READERS, COMPILERS, JUDGES))

    def release(self) -> None:
        """After a cell: let go of what was removed before it. A learner's `__del__` may run now."""
        self.removed = []

    def restore(self) -> None:
        """Undo what cells did to the shell, its events and transformers, and to what reads the next cell."""
        self.removed = list(self.shell.user_ns.values())
        # No garbage of the learner's is collected during the test, which would run its `__del__`. To collect
        # it now would take longer than many a cell runs.
        gc.freeze()
        self._restore_interpreter()  # first, because what follows needs the builtins
        for name in set(vars(builtins)) - set(self.builtins):
            self.removed.append(vars(builtins).pop(name))
        self.shell.user_ns["__builtins__"] = builtins
        self._restore_signals()
        for cls, known in self.classes.items():
            restore_class(cls, known, self.removed)
        for name in set(vars(self.link)) - self.link_attributes:
            delattr(self.link, name)
        for module in self.readers:
            module.restore(self.removed)
        self._restore_shell()

    def restore_compiling(self) -> None:
        """Undo what cells did to what compiles a cell in here."""
        for module in self.compilers:
            module.restore(self.removed)

    def restore_judges(self) -> None:
        """Undo what cells did to the builtins and to what judges.

        This comes last, when only the cell's own code is left to run: to read a cell, IPython calls much of
        Python, which an earlier cell may have changed.
        """
        self._restore_interpreter()
        for module in self.judges:
            module.restore(self.removed)

    def _restore_interpreter(self) -> None:
        """Take tracers, profilers and callbacks of the garbage collector away, and put the builtins back."""
        sys.settrace(None)
        sys.setprofile(None)
        gc.callbacks[:] = self.gc_callbacks
        vars(builtins).update(self.builtins)

    def _restore_signals(self) -> None:
        for timer in TIMERS:
            signal.setitimer(timer, 0)
        for number, handler in self.handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, signal.SIG_IGN)  # which also drops a signal that is pending
                signal.signal(number, handler)

    def _restore_shell(self) -> None:
        for part, known in self.attributes.items():
            if type(part) is not self.kinds[part]:
                part.__class__ = self.kinds[part]
            restore_dict(vars(part), known, self.removed)
        for part, known in self.traits.items():
            restore_dict(part._trait_values, known, self.removed)
        for changed, first in self.lists:
            changed[:] = first
        for printers, known in self.printers:
            restore_dict(printers, known, self.removed)
        for transformers in (self.shell.ast_transformers, self.shell.input_transformers_post):
            transformers.clear()
