"""Cores of processes: those of a slot share one core, early workers start beside their parent's core."""

import os
import subprocess
import sys

import pytest

from hindcast.kit.plumbing.cores import core_count, leaving_one_core, stay_on_one_core

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system does not tell")


@pytest.fixture
def allowed():
    """The cores of this process, restored afterwards."""
    before = os.sched_getaffinity(0)
    yield sorted(before)
    os.sched_setaffinity(0, before)


def cores_of_a_new_process():
    said = subprocess.run(
        [sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(map(int, said.split()))


def test_slots_share_the_cores_out(allowed):
    taken = []
    for slot in range(len(allowed) + 1):
        os.sched_setaffinity(0, allowed)
        stay_on_one_core(slot)
        assert core_count() == 1
        taken += os.sched_getaffinity(0)
    assert taken == [*allowed, allowed[0]]


def test_what_is_started_early_leaves_a_core(allowed):
    with leaving_one_core():
        assert cores_of_a_new_process() == (allowed[1:] or allowed)
    assert sorted(os.sched_getaffinity(0)) == allowed


def test_one_core_is_shared(allowed):
    os.sched_setaffinity(0, allowed[:1])
    with leaving_one_core():
        assert cores_of_a_new_process() == allowed[:1]


def test_the_cores_are_given_back_after_an_error(allowed):
    with pytest.raises(OSError, match="no such program"), leaving_one_core():
        raise OSError("no such program")
    assert sorted(os.sched_getaffinity(0)) == allowed


def test_a_system_that_forbids_it_loses_nothing_else(allowed, monkeypatch):
    def forbidden(*_):
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    stay_on_one_core(0)
    with leaving_one_core():
        assert cores_of_a_new_process() == allowed


def test_a_system_that_tells_nothing_is_asked_nothing(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: pytest.fail("asked"))
    stay_on_one_core(1)
    with leaving_one_core():
        assert core_count() == os.cpu_count()
