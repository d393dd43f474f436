"""What nbgrader's formgrader shows of a hand-in, made harmless.

The formgrader is a page of the trainer's own JupyterLab. A script in a learner's text or output would have
the trainer's rights there, so `grading/nbgrader_config.py` puts these filters in the place of nbconvert's.
"""

import re
from functools import cache

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from hindcast.kit.feedback.safe import STYLES, TAGS, UNSEEN, may_have

_HEADINGS = {f"h{level}" for level in range(1, 7)}
# of code in colours and of pandas' tables; no name that the formgrader looks for
_CLASSES = re.compile(r"(highlight( hl-\w+)?|dataframe|[a-z]{1,2}\d?)")
_ROLES = {"status", "group", "img", "note"}  # of the screens that the course itself shows


@pass_context
def formgrader_markdown(context, source: str) -> str:
    """Markdown as HTML without anything that acts, with the pictures that its cell brings along."""
    attachments = (context.get("cell") or {}).get("attachments") or {}
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return formgrader_markup(MarkdownWithMath(renderer=renderer).render(source))


def formgrader_markup(markup: str) -> str:
    """`markup` without scripts, frames, forms and anything that loads from elsewhere; headings stay."""
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
