"""A cohort to collect for, and an empty inbox."""

import pytest
from arriving import Cohort


@pytest.fixture
def cohort(tmp_path, monkeypatch) -> Cohort:
    """A cohort and an inbox. Typed paths are relative to the folder that holds both."""
    monkeypatch.chdir(tmp_path)
    return Cohort(tmp_path)
