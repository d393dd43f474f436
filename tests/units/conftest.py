"""JupyterLab for the browser tests of the units."""

from lab_fixtures import (  # noqa: F401  pytest finds fixtures by their names here
    checkout,
    home,
    opened,
    pages,
    server,
    shoot,
    view,
)
