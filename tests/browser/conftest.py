"""JupyterLab for the browser tests."""

from lab_fixtures import (  # noqa: F401  pytest finds fixtures by their names here
    checkout,
    cohort,
    home,
    opened,
    pages,
    references,
    server,
    shoot,
    view,
)
