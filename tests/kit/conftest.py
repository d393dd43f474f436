"""Fixtures of a made-up unit that is built once in a run."""

import shutil
from pathlib import Path

import pytest
from tiny_unit import LESSON, UNIT, WORKBOOK, checkout

from hindcast.kit.build import build_from_texts


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A checkout with the tiny unit, built from text. Shared by tests: read only."""
    root, texts = checkout(tmp_path_factory.mktemp("built") / "checkout"), tmp_path_factory.mktemp("texts")
    (texts / "lesson.py").write_text(LESSON, encoding="utf-8")
    (texts / "workbook.py").write_text(WORKBOOK, encoding="utf-8")
    build_from_texts(root, UNIT, texts)
    return root


@pytest.fixture
def tiny(built, tmp_path) -> Path:
    """A checkout with the tiny unit that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "checkout"))
