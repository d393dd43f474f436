"""Trusted processes: a broken or silent one adds a note to its own hand-in and does no other harm."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from hindcast.kit.grade.grader import Graded, Job
from hindcast.kit.grade.pool import Pool
from hindcast.kit.handin.folder import HandInFolder

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")


def grade(job):
    learner = job.hand_in.learner
    if learner == "breaks":
        os._exit(3)
    if learner == "hangs":
        time.sleep(60)
    if learner == "raises":
        raise ValueError("a fault of ours")
    return Graded(learner, rows={"pid": [{"id": os.getpid()}]})


@contextlib.contextmanager
def start(slot):
    yield grade


def jobs(*learners):
    return [
        lambda name=name: Job(HandInFolder(name, Path(name)), "print", {}, Path(name)) for name in learners
    ]


def graded(*learners, size=2, seconds=2.0):
    with Pool(start, size, seconds) as pool:
        return {result.learner: result for result in pool.grade(jobs(*learners))}


def test_every_job_gets_its_verdict_from_one_of_the_processes():
    names = [f"l{number}" for number in range(7)]
    results = graded(*names)
    assert results.keys() == set(names)
    assert len({result.rows["pid"][0]["id"] for result in results.values()}) == 2


@pytest.mark.parametrize(
    ("learner", "says"),
    [("breaks", "broke off"), ("hangs", "took longer than 2 s"), ("raises", "a fault of ours")],
)
def test_what_goes_wrong_over_one_hand_in_stays_with_it(learner, says):
    results = graded("a", learner, "b", "c", "d")
    assert results.keys() == {"a", learner, "b", "c", "d"}
    assert says in results[learner].notes[0].reason
    assert results[learner].notes[0].attention
    assert results[learner].folder is None
    assert [name for name, result in results.items() if result.broke] == [learner]
    assert all(not results[name].notes for name in "abcd")


def test_no_process_outlives_the_pool():
    with Pool(start, 3, 2.0) as pool:
        pids = {result.rows["pid"][0]["id"] for result in pool.grade(jobs("a", "b", "c", "d"))}
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_job_is_made_only_when_a_process_is_free_for_it():
    made = []

    def job(name):
        made.append(name)
        return jobs(name)[0]()

    with Pool(start, 1, 2.0) as pool:
        results = pool.grade([lambda name=name: job(name) for name in "abc"])
        next(results)
        assert made in (["a"], ["a", "b"])
        assert len(list(results)) == 2


def test_a_process_ends_when_its_own_pipe_is_closed_whoever_else_is_at_work():
    with Pool(start, 3, 2.0) as pool:
        for trusted in pool._processes[:2]:
            trusted.pipe.close()
            trusted.process.join(10)
            assert not trusted.process.is_alive()
        assert pool._processes[2].process.is_alive()
