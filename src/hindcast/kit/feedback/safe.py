"""Cleaning what a learner wrote: bleach keeps text, tables and boxes, and removes scripts and loading."""

import re
from functools import cache, lru_cache

from markupsafe import Markup

_TAGS = """
a abbr b bdi blockquote br caption code dd del div dl dt em figcaption figure hr i img ins kbd li ol p pre q s
samp small span strong sub sup table tbody td tfoot th thead tr u ul var
"""
# None of these moves an element from its place, so no markup can cover the page's own words.
_STYLES = """
background background-color border border-bottom border-collapse border-color border-left border-radius
border-right border-style border-top border-width color column-gap display font-family font-size font-style
font-weight gap grid-template-columns height justify-content letter-spacing line-height list-style margin
margin-bottom margin-left margin-right margin-top max-width min-width overflow overflow-wrap overflow-x
padding padding-bottom padding-left padding-right padding-top row-gap text-align text-decoration text-indent
vertical-align white-space width
"""
TAGS, STYLES = frozenset(_TAGS.split()), frozenset(_STYLES.split())
_PLAIN = {"start", "colspan", "rowspan", "scope", "align", "alt", "title", "style", "width", "height"}
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,", re.IGNORECASE)
_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_OVER_ITS_EDGE = re.compile(r"margin[\w-]*\s*:[^;]*-\s*[\d.]", re.IGNORECASE)
UNSEEN = re.compile(r"<(style|script|template|iframe|noscript|textarea|title)\b.*?(</\1\s*>|\Z)", re.I | re.S)
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>", re.IGNORECASE)
_HEAD_ROWS = re.compile(r"<thead\b.*?</thead\s*>", re.IGNORECASE | re.DOTALL)
_BARE_HEAD = re.compile(r"<th(?=[\s>])(?![^>]*\bscope=)", re.IGNORECASE)
_NAME = re.compile(r"<([a-zA-Z][\w-]*)")


@lru_cache(maxsize=1024)  # tasks, tables and replies are the same on most pages
def clean_markup(markup: str) -> Markup:
    """Return `markup` without scripts, frames, forms, style sheets and anything that loads from elsewhere.

    Headings become bold lines, so that the headings of the page stay in order. Header cells of a table get a
    `scope`.
    """
    seen = UNSEEN.sub("", markup)
    lines = _HEADING.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", seen)
    headed = _HEAD_ROWS.sub(lambda rows: _BARE_HEAD.sub('<th scope="col"', rows[0]), lines)
    return Markup(_page_cleaner().clean(_BARE_HEAD.sub('<th scope="row"', headed)))


def says_more_than_it_may(markup: str) -> bool:
    """Return whether `markup` needs what `clean_markup` removes: then the output's plain text is better."""
    found = {name.lower() for name in _NAME.findall(UNSEEN.sub(lambda part: f"<{part[1]}>", markup))}
    return not found <= TAGS | {"style", "h1", "h2", "h3", "h4", "h5", "h6"}


@cache
def _page_cleaner():
    from bleach.css_sanitizer import CSSSanitizer
    from bleach.sanitizer import Cleaner

    return Cleaner(
        tags=TAGS,
        attributes=may_have,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
    )


def may_have(tag: str, name: str, value: str) -> bool:
    """Return whether an element may keep an attribute: no address to load from, no script."""
    if (tag, name) == ("a", "href"):
        return bool(_LINK.match(value))
    if (tag, name) == ("img", "src"):
        return bool(_PICTURE.match(value))
    return name in _PLAIN and not (name == "style" and _OVER_ITS_EDGE.search(value))
