"""A cohort to collect for, and an empty inbox."""

import pytest
from arriving import Cohort


@pytest.fixture
def cohort(tmp_path, monkeypatch) -> Cohort:
    """Typed paths are seen from the folder that holds both."""
    monkeypatch.chdir(tmp_path)
    return Cohort(tmp_path)
