"""Restoring what a cell has changed: dicts and classes, by name and by content."""

import sys
from types import ModuleType

import pytest

from hindcast.kit.sandbox.inside.restore import ModuleSnapshot, restore_class, restore_dict

KNOWN = {"one": 1, "two": 2}


@pytest.mark.parametrize(
    "changed",
    [{"one": 1, "two": 3}, {"one": 1}, {"one": 1, "two": 2, "three": 3}, {"one": 1, "second": 2}, {}],
    ids=repr,
)
def test_a_dict_has_its_entries_again(changed):
    restore_dict(changed, KNOWN, [])
    assert list(changed.items()) == list(KNOWN.items())


def test_a_class_has_its_attributes_again():
    class Answer:
        points = 1

        def score(self):
            return self.points

    known = dict(vars(Answer))
    Answer.score, Answer.points, Answer.more = lambda self: 2, 0, 3
    restore_class(Answer, known, [])
    assert Answer().score() == 1 and not hasattr(Answer, "more")
    Answer.total = Answer.score
    del Answer.score
    restore_class(Answer, known, [])
    assert Answer().score() == 1 and not hasattr(Answer, "total")


def test_a_function_is_as_it_was_wherever_a_module_holds_it(monkeypatch):
    source = (
        "import contextlib\ndef by_name(*, within=1):\n    return within\n"
        "class Form:\n    @staticmethod\n    def cells():\n        return 1\n"
        "@contextlib.contextmanager\ndef quiet():\n    yield 1\n"
    )
    module = ModuleType("judge")
    exec(source, vars(module))
    monkeypatch.setitem(sys.modules, "judge", module)
    kept, removed = ModuleSnapshot(module), []
    by_name, cells, quiet = module.by_name, module.Form.cells, module.quiet.__wrapped__
    by_name.__kwdefaults__["within"] = 2
    cells.__code__ = (lambda: 2).__code__
    quiet.__code__ = (lambda: iter([2])).__code__
    sys.modules["judge"] = None
    kept.restore(removed)
    assert (module.by_name(), module.Form.cells(), next(quiet())) == (1, 1, 1)
    assert sys.modules["judge"] is module


def test_what_is_as_it_was_is_left_alone():
    class Unchanging(dict):
        def clear(self):
            raise AssertionError("nothing was changed")

    restore_dict(Unchanging(KNOWN), KNOWN, [])
