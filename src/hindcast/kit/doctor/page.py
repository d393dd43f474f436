"""The findings on one screen: a mark and a word for each, and below it the command that mends it."""

import textwrap
from collections.abc import Iterator

import typer

import hindcast
from hindcast.kit.doctor.checkup import LEARNER, TRAINER, CheckedLine, Checkup
from hindcast.kit.doctor.findings import MEND, NOT_NEEDED, OK

WIDTH = 80
MARKS = {OK: "+", MEND: "!", NOT_NEEDED: "-"}
COLOURS = {OK: typer.colors.GREEN, MEND: typer.colors.RED, NOT_NEEDED: typer.colors.BRIGHT_BLACK}
STATE, NAME = 18, 12  # columns


def page_lines(report: Checkup) -> Iterator[str]:
    """Yield the lines of the screen."""
    yield f"Hindcast {hindcast.__version__}, {report.place.words}"
    for line in report.lines:
        yield from _shown(line)
    yield verdict(report)


def _shown(line: CheckedLine) -> Iterator[str]:
    state = f"{MARKS[line.found.state]} {line.found.state}"
    left = WIDTH - STATE - NAME
    first, *others = textwrap.wrap(line.found.says, left, break_long_words=False, break_on_hyphens=False)
    name = line.name if len(line.name) < NAME else line.name[: NAME - 3] + ".."
    yield typer.style(f"{state:<{STATE}}", COLOURS[line.found.state]) + f"{name:<{NAME}}{first}"
    yield from (" " * (STATE + NAME) + words for words in others)
    if line.found.fix:
        yield f"    mend it: {line.found.fix}"  # on one line, so that it can be copied


def verdict(report: Checkup) -> str:
    """Return the last line: what there is to mend, and for whom."""
    many = {
        who: sum(line.who == who and line.found.state == MEND for line in report.lines)
        for who in (LEARNER, TRAINER)
    }
    if not any(many.values()):
        both = " and a trainer" if report.place.is_checkout else ""
        return f"All that a learner{both} needs works."
    told = [f"{number} for a {who}" for who, number in many.items() if number]
    needed = "" if report.place.cohorts or many[LEARNER] else " Learners need none of it."
    return f"To mend: {' and '.join(told)}.{needed}"
