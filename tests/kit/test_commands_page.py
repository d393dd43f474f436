"""The page of commands matches the command line, and the documents name every verb."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from hindcast.kit import cli

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "grading" / "handbook"
PAGE = HANDBOOK / "commands.md"
SCRIPT = ROOT / "tools" / "commands_page.py"
MEND = "commands.md is not what the command line prints: run `.venv/bin/python tools/commands_page.py`"


def _verbs(group, before=()):
    """Every verb of the command line by its whole name, such as "data verify"."""
    for name, command in group.commands.items():
        whole = (*before, name)
        yield from _verbs(command, whole) if hasattr(command, "commands") else [" ".join(whole)]


VERBS = list(_verbs(typer.main.get_command(cli.app)))


def printed(**variables):
    command = [sys.executable, SCRIPT, "--print"]
    environ = {**os.environ, **variables}
    return subprocess.run(command, env=environ, capture_output=True, check=True).stdout.decode("utf-8")


def mentions(text, verb):
    """Whether a text shows how the verb is called: `hindcast VERB`, `VERB` in a list, or by make."""
    return re.search(rf"\b(?:hindcast|make) {verb}(?![\w-])|`{verb}`", text) is not None


def test_the_page_of_commands_is_what_the_command_line_prints():
    assert PAGE.read_text(encoding="utf-8") == printed(), MEND


def test_the_page_is_the_same_whatever_the_terminal_and_the_settings():
    page = PAGE.read_text(encoding="utf-8")
    assert printed(NO_BROWSER="1", COLUMNS="47", FORCE_COLOR="1", LANG="C", PYTHONIOENCODING="ascii") == page


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_has_a_part_on_this_verb_with_its_example(verb):
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition(f"\n## hindcast {verb}\n")[2].partition("\n## ")[0]
    assert f"Example: hindcast {verb}" in section
    assert f"(#hindcast-{verb.replace(' ', '-')})" in page


@pytest.mark.parametrize("verb", ["learn", "data verify"])
def test_a_terminal_shows_what_the_page_shows(verb):
    environ = {**os.environ, "COLUMNS": "80"}
    environ.pop("NO_BROWSER", None)
    command = [sys.executable, "-m", "hindcast", *verb.split(), "--help"]
    shown = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    shown = "\n".join(line.rstrip() for line in shown.strip().splitlines())
    assert f"## hindcast {verb}\n\n```text\n{shown.replace('python -m hindcast', 'hindcast')}\n```" in (
        PAGE.read_text(encoding="utf-8")
    )


def test_the_help_on_the_page_fits_80_columns():
    for section in re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        assert max(map(len, section.splitlines())) <= 80


@pytest.mark.parametrize("verb", VERBS)
def test_the_readme_says_that_there_is_this_verb(verb):
    said = (ROOT / "README.md").read_text(encoding="utf-8")
    assert mentions(said, verb), f"README.md does not mention `hindcast {verb}`: add a sentence about it"


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_of_the_handbook_says_what_this_verb_is_for(verb):
    pages = [path.read_text(encoding="utf-8") for path in HANDBOOK.glob("*.md") if path != PAGE]
    assert any(mentions(page, verb) for page in pages), (
        f"no page of grading/handbook/ but commands.md mentions `hindcast {verb}`: add a sentence about it"
    )


def test_documents_name_no_verb_that_is_not_there():
    groups = {verb.split()[0] for verb in VERBS}
    known = {tuple(verb.split()) for verb in VERBS}
    for path in (ROOT / "README.md", *HANDBOOK.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for first, second in re.findall(
            r"(?:^ {4}|`|bin/)hindcast ([a-z]+)(?: ([a-z]+))?", text, re.MULTILINE
        ):
            assert first in groups, f"{path.name}: hindcast {first}"
            if (first,) not in known and second:
                assert (first, second) in known, f"{path.name}: hindcast {first} {second}"


def test_relative_links_of_the_handbook_lead_somewhere():
    for path in HANDBOOK.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
