import io

import pytest
from rich.console import Console

from hindcast.kit import progress


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_is_for_a_terminal_and_leaves_a_log_alone(monkeypatch, terminal):
    shown = io.StringIO()
    monkeypatch.setattr(
        progress, "Console", lambda stderr: Console(file=shown, force_terminal=terminal, width=100)
    )
    with progress.bar("Reading") as watch:
        assert shown.getvalue() == ""
        watch(1, 3)
        watch(3, 3)
    assert ("Reading" in shown.getvalue() and "3/3" in shown.getvalue()) == terminal
    assert terminal or shown.getvalue() == ""
