"""Obstacles to isolating learners' code: each gives what is wrong and what to do, as fields."""

import sys

import pytest

from hindcast.kit.sandbox import isolation
from hindcast.kit.sandbox.isolation import isolation_obstacle

FAILS = ["sh", "-c", "echo setting up uid map: not permitted >&2; exit 1"]


@pytest.fixture(autouse=True)
def fresh():
    """Clear the cached trial of the machine before each test."""
    isolation._obstacle_found_by_trying.cache_clear()
    yield
    isolation._obstacle_found_by_trying.cache_clear()


def test_only_linux_isolates(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    obstacle = isolation_obstacle()
    assert "only Linux" in obstacle.what and obstacle.package == ""
    assert str(obstacle) == (
        "Learners' code is isolated with bubblewrap, which only Linux has: grade on Linux."
    )


def test_a_tool_that_is_missing_names_its_package(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", "")
    obstacle = isolation_obstacle()
    assert obstacle.what.endswith("bwrap, which is not here")
    assert (obstacle.do_next, obstacle.package) == ("install the package bubblewrap.", "bubblewrap")


def test_a_system_that_forbids_it_is_quoted(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(isolation.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    monkeypatch.setattr(isolation, "isolation_command", lambda *_: FAILS)
    obstacle = isolation_obstacle()
    assert obstacle.what.endswith("let it isolate (setting up uid map: not permitted)")
    assert obstacle.do_next.startswith("allow user namespaces") and obstacle.package == ""
