"""The worksheet of lesson 09: a review of a table that a reader chooses."""

from __future__ import annotations

import html


def review_own_table() -> None:
    """Show a button that takes a CSV of predictions and known values, and below it what `review` says of it.

    The file is read by this notebook's kernel and goes nowhere else.
    """
    import ipywidgets
    from IPython.display import display

    upload = ipywidgets.FileUpload(
        accept=".csv", description="Choose a CSV", layout={"width": "auto", "align_self": "flex-start"}
    )
    page = ipywidgets.HTML()

    def show(change: dict) -> None:
        if change["new"]:
            page.value = reviewed(change["new"][0]["name"], bytes(change["new"][0]["content"]))

    upload.observe(show, names="value")
    display(ipywidgets.VBox([upload, page]))


def reviewed(name: str, content: bytes) -> str:
    """What `review` says of a CSV, as HTML; of one that cannot be read or reviewed, a sentence why."""
    import io

    import pandas as pd

    from hindcast.errors import HindcastError
    from hindcast.replay import review

    try:
        table = pd.read_csv(io.BytesIO(content))
        return review(table)._repr_mimebundle_()["text/html"]
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        fault = (
            f"{name} cannot be read as a table. Expected: a CSV in UTF-8, with one line of column names and "
            "a line for each prediction. Next: save it from your spreadsheet as CSV UTF-8."
        )
    except HindcastError as error:
        fault = f"{error} Here: give the columns of your file the names that stand above the button."
    return f'<p role="status" style="max-width:46em;line-height:1.5">{html.escape(fault)}</p>'
