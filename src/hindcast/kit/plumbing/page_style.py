"""The style that the pages of feedback and report share."""

from functools import cache
from importlib.resources import files


@cache
def page_style() -> str:
    """CSS that a page takes into itself, so that it loads nothing."""
    return files("hindcast.kit.plumbing").joinpath("page.css").read_text(encoding="utf-8")
