"""A feedback page: one learner's hand-in for a unit as one HTML file that loads nothing."""

import logging
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import pass_context
from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from hindcast.kit.feedback.counting import Summarise
from hindcast.kit.feedback.graded_hand_ins import GradedHandIn
from hindcast.kit.feedback.safe import clean_markup
from hindcast.kit.feedback.steps import (
    PICTURES,
    SHOWN,
    Arrange,
    DescribePictures,
    HideTests,
    ReadGrades,
    Shorten,
)
from hindcast.kit.feedback.verdicts import SILENT
from hindcast.kit.notebooks.answer_words import Forms, forms_of_notebook
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.notebooks.unit_titles import UnitTitles
from hindcast.kit.plumbing.page_style import page_style
from hindcast.words import number

WHOLE = "index"  # name of the page for the unit, beside one page for each notebook as in nbgrader
STEPS = (ReadGrades, Shorten, HideTests, DescribePictures, Arrange, Summarise)
PAGE = "page.html.j2"
WIDE = 60  # characters in a line from which a phone, or a page at 200 %, must scroll


def pages_of(hand_in: GradedHandIn, unit: UnitTitles, gradebook: str, source: Path) -> dict[str, str]:
    """Return file name -> HTML: a page for each notebook, named as in nbgrader, and index.html for all.

    `gradebook` is the URL of the gradebook, `source` the folder of the unit in solutions/.
    """
    notebooks = [_notebook_as_html(path, hand_in, unit, gradebook, source) for path in hand_in.notebooks]
    pages = {f"{notebook['name']}.html": _page_with(hand_in, unit, [notebook]) for notebook in notebooks}
    return pages | {f"{WHOLE}.html": _page_with(hand_in, unit, notebooks)}


@cache
def course_forms(path: Path) -> dict[str, Forms]:
    """Return the forms of each exercise of a notebook in solutions/. Cached in each process."""
    return forms_of_notebook(path)


def _notebook_as_html(
    path: Path, hand_in: GradedHandIn, unit: UnitTitles, gradebook: str, source: Path
) -> dict:
    """Return the exercises of one notebook as HTML, and the summary for the head of the page."""
    name = path.stem
    resources = {
        "nbgrader": {
            "notebook": name,
            "assignment": unit.name,
            "student": hand_in.learner,
            "db_url": gradebook,
        },
        "titles": unit.exercises.get(name, {}),
        "notes": [note for note in hand_in.notes if note.notebook == name],
        "forms": course_forms(source / path.name),
        "silent": SILENT,
    }
    body, resources = exporter().from_notebook_node(_orderly(read_notebook(path)), resources)
    told = ("exercises", "points_in_words", "counts", "notebook_counted", "left_notes")
    return {"name": name, "title": name.capitalize(), "body": Markup(body)} | {
        key: resources[key] for key in told
    }


def _orderly(notebook: NotebookNode) -> NotebookNode:
    """Remove the file's metadata on kernel, language and grades; add the fields that the steps read."""
    notebook.metadata = NotebookNode()
    for cell in notebook.cells:
        cell.setdefault("metadata", NotebookNode())
        for name in ("nbgrader", "jupyter"):
            if not isinstance(cell.metadata.get(name, {}), dict):
                del cell.metadata[name]
        for name in ("comment", "graded"):  # these must come from the gradebook, not from the file
            cell.metadata.get("nbgrader", {}).pop(name, None)
        if cell.cell_type == "code":
            cell.setdefault("outputs", [])
    return notebook


def _page_with(hand_in: GradedHandIn, unit: UnitTitles, notebooks: list[dict]) -> str:
    names = {path.stem for path in hand_in.notebooks}
    template = exporter().environment.get_template(PAGE)
    return template.render(
        title=unit.title,
        name=hand_in.name,
        handed_in=hand_in.handed_in,
        notes=[note for note in hand_in.notes if note.notebook not in names],
        lines=hand_in.lines,
        notebooks=notebooks,
        css=_style_with_code_colours(),
    )


# --- nbconvert, set up once per process -----------------------------------------------------------


class PageExporter(TemplateExporter):
    """nbconvert's exporter with autoescape: templates escape everything that no filter has made safe.

    nbconvert's HTMLExporter parses every page again to add alternative texts to pictures. Ours have them.
    """

    file_extension = ".html"

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        return environment


@cache
def exporter() -> PageExporter:
    """Return the exporter with our template and steps. Making it takes as long as several pages, so once."""
    config = Config()
    config.PageExporter.default_preprocessors = []
    config.PageExporter.template_name = "hindcast_feedback"
    config.PageExporter.extra_template_basedirs = [str(files("hindcast.kit.feedback") / "templates")]
    config.PageExporter.optimistic_validation = True
    config.NbConvertBase.display_data_priority = SHOWN
    made = PageExporter(config=config, log=_silent_log())
    filters = {"markdown": _markdown, "clean": clean_markup, "wide": _may_scroll, "one_line": _one_line}
    filters["number"] = number
    filters["highlight_code"] = Highlight2HTML(pygments_lexer="ipython3", parent=made)
    for name, function in filters.items():
        made.register_filter(name, function)
    for step in STEPS:
        made.register_preprocessor(step, enabled=True)
    made.environment.get_template(PAGE)  # compiles it; the environment caches it
    return made


def _silent_log() -> logging.Logger:
    """Return a logger without output: nbgrader warns of each late hand-in, which the page states anyway."""
    log = logging.getLogger("hindcast.feedback")
    log.propagate = False
    log.setLevel(logging.CRITICAL)
    return log


@cache
def _style_with_code_colours() -> str:
    from pygments.formatters import HtmlFormatter

    return page_style() + HtmlFormatter(style="default").get_style_defs(".highlight")


@pass_context
def _markdown(context, source: str) -> str:
    """Return Markdown as HTML, with the pictures attached to its cell."""
    attachments = (context.get("cell") or {}).get("attachments")
    return _markdown_as_html(source, attachments) if attachments else _cached_markdown(source)


def _markdown_as_html(source: str, attachments: dict) -> str:
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source)


@lru_cache(maxsize=1024)  # the tasks are the same on every page
def _cached_markdown(source: str) -> str:
    return _markdown_as_html(source, {})


def _may_scroll(output: NotebookNode) -> bool:
    """Return whether an output may need scrolling, so that it must be reachable by keyboard."""
    data = output.get("data", {})
    text = str(output.get("text", "")) or str(data.get("text/plain", ""))
    if set(PICTURES) & set(data) or "text/markdown" in data:
        return False
    if "text/html" in data:
        return "<table" in data["text/html"]
    return any(len(line) > WIDE for line in text.splitlines())


def _one_line(text: str) -> str:
    return "".join(str(text).split())
