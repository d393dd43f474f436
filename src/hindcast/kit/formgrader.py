"""Filters that clean what nbgrader's formgrader shows of a hand-in.

The formgrader is a page of the trainer's own JupyterLab. A script in a learner's text or output would have
the trainer's rights there, so `grading/nbgrader_config.py` replaces nbconvert's filters by these.
"""

import re
from functools import cache

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from hindcast.kit.feedback.safe import STYLES, TAGS, UNSEEN, may_have

_HEADINGS = {f"h{level}" for level in range(1, 7)}
# Classes of highlighted code and of pandas' tables. The formgrader's scripts look for none of them.
_CLASSES = re.compile(r"(highlight( hl-\w+)?|dataframe|[a-z]{1,2}\d?)")
_ROLES = {"status", "group", "img", "note"}  # roles in the course's own outputs


@pass_context
def formgrader_markdown(context, source: str) -> str:
    """Return Markdown as HTML without scripts, with the pictures attached to its cell."""
    attachments = (context.get("cell") or {}).get("attachments") or {}
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return formgrader_markup(MarkdownWithMath(renderer=renderer).render(source))


def formgrader_markup(markup: str) -> str:
    """Return `markup` with headings, but without scripts, frames, forms and anything that loads a URL."""
    return _formgrader_cleaner().clean(UNSEEN.sub("", markup))


@cache
def _formgrader_cleaner():
    from bleach.css_sanitizer import CSSSanitizer
    from bleach.sanitizer import Cleaner

    return Cleaner(
        tags=TAGS | _HEADINGS,
        attributes=_may_have_here,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
    )


def _may_have_here(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return bool(_CLASSES.fullmatch(value))
    if name == "role":
        return value in _ROLES
    return name == "aria-label" or may_have(tag, name, value)
