"""hindcast.safe_calls: a learner's function is called safely, and the outcome has how it ended in fields."""

import sys
import threading
import time
import warnings

import pytest

from hindcast.safe_calls import Outcome, call_safely


def test_what_a_function_returns_is_returned_as_it_is():
    kept = object()
    assert call_safely(lambda a, b: (kept, a + b), (1, 2), 5) == Outcome((kept, 3), "", True)


def test_a_function_gets_copies_of_its_arguments():
    rows = [[1]]
    assert call_safely(lambda given: given[0].append(2) or given, (rows,), 5).returned == [[1, 2]]
    assert rows == [[1]]


@pytest.mark.parametrize("error", [ZeroDivisionError("no"), SystemExit("no"), KeyboardInterrupt("no")])
def test_whatever_a_function_raises_is_told_and_not_raised(error):
    def fail():
        raise error

    assert call_safely(fail, (), 5) == Outcome(None, f"{type(error).__name__}: no", True)


def test_an_error_that_cannot_be_written_is_told_by_its_type():
    class Silent(BaseException):
        def __str__(self):
            raise RuntimeError

    def fail():
        raise Silent

    assert call_safely(fail, (), 5).stopped_with == "Silent"


def test_a_long_message_of_an_error_is_cut():
    def fail():
        raise ValueError("x" * 1000)

    assert call_safely(fail, (), 5).stopped_with == f"ValueError: {'x' * 80}"


def test_a_function_without_end_is_stopped_and_told_so():
    threads = []

    def turn():
        threads.append(threading.current_thread())
        while True:
            pass

    started = time.monotonic()
    assert call_safely(turn, (), 0.1).in_time is False
    assert time.monotonic() - started < 5
    assert not threads[0].is_alive()


def test_what_a_function_prints_and_warns_is_thrown_away(capsys):
    def noisy():
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return 1

    assert call_safely(noisy, (), 5).returned == 1
    assert capsys.readouterr() == ("", "")
    print("afterwards it is heard again")
    assert capsys.readouterr().out
