"""Where the gradebook of a cohort is, and a connection to it that waits for another writer."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

CONFIG_FILE = "nbgrader_config.py"  # a folder with this file is a cohort
WAIT_SECONDS = 60  # for another writer of a SQLite gradebook


def gradebook_url(cohort: Path) -> str:
    """The SQLAlchemy URL of the cohort's gradebook, as its nbgrader_config.py sets it."""
    from traitlets.config.loader import PyFileConfigLoader

    return PyFileConfigLoader(CONFIG_FILE, path=str(cohort)).load_config().CourseDirectory.db_url


@contextlib.contextmanager
def open_gradebook(cohort: Path) -> Iterator["Engine"]:
    """The cohort's gradebook as SQLAlchemy's engine. SQLite's waits WAIT_SECONDS for another writer."""
    from sqlalchemy import create_engine

    engine = create_engine(with_timeout(gradebook_url(cohort)))
    try:
        yield engine
    finally:
        engine.dispose()


def with_timeout(url: str, seconds: int = WAIT_SECONDS) -> str:
    """The gradebook's URL; SQLite's with so many seconds to wait for another writer, instead of five."""
    if not url.startswith("sqlite") or "timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}timeout={seconds}"
