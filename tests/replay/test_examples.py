"""The examples in the docstrings give the results that they show."""

import doctest

import pytest

import hindcast.replay
from hindcast.replay import baselines


@pytest.mark.parametrize(
    "what",
    [hindcast.replay, hindcast.replay.replay, baselines.SameWeekday],
    ids=["the package", "replay", "baselines"],
)
def test_an_example_runs_and_shows_what_it_says(what):
    name = what.__name__
    [test] = [one for one in doctest.DocTestFinder(recurse=False).find(what, name) if one.examples]
    shown = []
    failed = doctest.DocTestRunner().run(test, out=shown.append).failed
    assert not failed, "".join(shown)
