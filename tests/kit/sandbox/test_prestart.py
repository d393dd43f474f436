"""Workers that are started before the grader has imported anything."""

import os
import select
import signal

import pytest

from hindcast.kit.plumbing.cores import stay_on_one_core
from hindcast.kit.sandbox import prestart
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.prestart import PrestartedWorkers, visible_folders
from hindcast.kit.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle()))


def has_ended(worker, seconds=10):
    return bool(select.select([worker.watch], [], [], seconds)[0])


def test_a_slot_uses_the_worker_that_was_started_for_it():
    with PrestartedWorkers(1) as prestarted:
        own = prestarted.take(0)
        with Sandbox(Limits(seconds=20), *visible_folders(), modules=["json"], prestarted=own) as sandbox:
            with sandbox.open({}) as session:
                said = session.run("import sys; [name in sys.modules for name in ('pandas', 'json')]", 1)
            assert said.outputs[0]["data"]["text/plain"] == "[True, True]"
            assert sandbox._worker is own
            sandbox.discard()
            with sandbox.open({}) as session:  # the next call starts a worker of its own
                assert session.run("1", 1).status == "ok"
            assert sandbox._worker is not own


def test_workers_that_nobody_took_end_with_the_command():
    with PrestartedWorkers(2) as prestarted:
        workers = list(prestarted._workers.values())
        assert len(workers) == 2
        watches = [os.dup(worker.watch) for worker in workers]
    for watch in watches:
        assert select.select([watch], [], [], 10)[0]
        os.close(watch)


def test_a_worker_ends_with_the_process_that_took_it_and_not_with_another():
    with PrestartedWorkers(2) as prestarted:
        first, second = prestarted._workers.values()
        slots = []
        for slot in range(2):
            process = os.fork()
            if process == 0:
                prestarted.take(slot)
                signal.pause()
            slots.append(process)
        prestarted.let_go()
        os.kill(slots[0], signal.SIGKILL)
        assert has_ended(first)
        assert not has_ended(second, 0.5)
        os.kill(slots[1], signal.SIGKILL)
        assert has_ended(second)
        for process in slots:
            os.waitpid(process, 0)


def test_where_none_can_be_started_there_is_none_and_nothing_is_said(monkeypatch):
    def no_bubblewrap(*_):
        raise FileNotFoundError("bwrap")

    monkeypatch.setattr(prestart, "start_worker", no_bubblewrap)
    with PrestartedWorkers(2) as prestarted:
        assert prestarted.take(0) is None


@pytest.mark.parametrize("slot", [0, 1])
def test_a_worker_goes_to_the_core_of_its_slot_however_early_it_was_started(slot):
    allowed = os.sched_getaffinity(0)
    try:
        with PrestartedWorkers(1) as prestarted:
            own = prestarted.take(0)
            stay_on_one_core(slot)
            with (
                Sandbox(Limits(seconds=20), *visible_folders(), prestarted=own) as sandbox,
                sandbox.open({}) as session,
            ):
                said = session.run("import os; os.sched_getaffinity(0)", 1)
            assert said.outputs[0]["data"]["text/plain"] == repr(os.sched_getaffinity(0))
    finally:
        os.sched_setaffinity(0, allowed)
