import io
import sys

import pytest

from hindcast.kit.plumbing import progress


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_is_for_a_terminal_and_leaves_a_log_alone(monkeypatch, terminal):
    shown = io.StringIO()
    shown.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress.progress_bar("Reading") as watch:
        assert shown.getvalue() == ""
        watch(1, 3)
        watch(3, 3)
    assert ("Reading" in shown.getvalue() and "3/3" in shown.getvalue()) == terminal
    assert terminal or shown.getvalue() == ""
