"""The report as one HTML page that loads nothing. All texts are escaped, names and answers included."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from hindcast.kit.checkout import UNIT_NAME
from hindcast.kit.plumbing.page_style import page_style
from hindcast.kit.report.advice import ClassPlan
from hindcast.kit.report.anonymous import count_or_few, people_in_words
from hindcast.kit.report.exercises import ExerciseRow
from hindcast.kit.report.handed_in import GroupPoints, UnitRow
from hindcast.kit.report.report_data import Report
from hindcast.kit.report.rules import LEAST_JUDGED, RULES
from hindcast.words import number, percent

PAGE = "report.html.j2"
NAMES_SHOWN = 12
IN_FULL = 5  # misconceptions; the others are folded
IN_CHART = 10  # rows of the chart of misconceptions; more would be hard to read
_COUNTS = ("no things", "one thing", "two things", "three things")


def page_of(report: Report) -> str:
    """Return the page as HTML. The same report gives the same bytes."""
    names = {row.learner: row.name for row in report.learners}
    return (
        _environment()
        .get_template(PAGE)
        .render(
            report=report,
            css=_style(),
            rules=RULES,
            least_judged=LEAST_JUDGED,
            labels={unit.unit: unit.label for unit in report.units},
            short=lambda unit: unit[:2] if UNIT_NAME.fullmatch(unit) else unit,
            names=names,
            names_shown=NAMES_SHOWN,
            in_full=IN_FULL,
            in_chart=IN_CHART,
            plan_heading=plan_heading(report.plan),
            unit_sentence=unit_sentence,
            group_sentence=group_sentence,
            exercise_sentence=exercise_sentence,
            by_unit=_by_unit(report),
        )
    )


@dataclass(frozen=True)
class UnitOnPage:
    """What the page shows of one unit: groups and exercises."""

    label: str
    groups: list[GroupPoints]
    exercises: list[ExerciseRow]


def _by_unit(report: Report) -> list[UnitOnPage]:
    parts = [
        UnitOnPage(
            unit.label,
            [group for group in report.groups if group.unit == unit.unit],
            [row for row in report.exercises if row.unit == unit.unit],
        )
        for unit in report.units
    ]
    return [part for part in parts if part.groups or part.exercises]


# --- sentences ------------------------------------------------------------------------------------


def plan_heading(plan: ClassPlan) -> str:
    """Return the heading of the plan, with its minutes."""
    many = len(plan.things)
    return "A plan for the next class" + (f": {_COUNTS[many]}, {plan.minutes} minutes" if many else "")


def unit_sentence(unit: UnitRow) -> str:
    """Return a sentence with what the bar of a unit shows."""
    parts = [f"{count_or_few(unit.handed_in)} of {unit.people:,} people have handed in"]
    parts += [f"{count_or_few(unit.late)} of them late"] if unit.late != 0 else []
    parts += [f"{count_or_few(unit.waits)} not yet graded"] if unit.waits != 0 else []
    due = f" It was due {unit.due}." if unit.due else ""
    return f"{unit.label}: {', '.join(parts)}.{due}"


def group_sentence(group: GroupPoints) -> str:
    """Return a sentence with what the bar of a group shows; its median if the counts are withheld."""
    spread, name = group.spread, group.name.capitalize()
    if spread.low is spread.middle is spread.high is None:
        median = _percent(spread.median)
        return f"{name}: half of the {people_in_words(spread.people)} earned {median} of the points or more."
    return (
        f"{name}: {count_or_few(spread.high)} of {spread.people:,} with two thirds of the points or more, "
        f"{count_or_few(spread.middle)} between, {count_or_few(spread.low)} under a third."
    )


def exercise_sentence(row: ExerciseRow) -> str:
    """Return a sentence with what the bar of an exercise shows, and how often it was left."""
    told = [f"{count_or_few(row.every)} of {count_or_few(row.every_of)} who answered have every point"]
    lefts = ((row.blank, "left it blank"), (row.incomplete, "unfinished"), (row.badly_formed, "badly formed"))
    told += [f"{count_or_few(many)} {what}" for many, what in lefts if many != 0]
    told += [f"{count_or_few(row.waits)} wait for you"] if row.waits != 0 else []
    sentence = ", ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}."


def discrimination_in_words(row: ExerciseRow) -> str:
    """Return the discrimination, with its sign, or why there is none."""
    if row.discrimination is not None:
        return f"{row.discrimination:+.2f}".replace("-", "−")
    return "too few" if (row.every_of or 0) < LEAST_JUDGED else "none"


def _percent(share: float | None) -> str:
    return percent(share, space="")


# --- jinja2, set up once --------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hindcast.kit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"people": people_in_words, "number": number, "percent": _percent}
    environment.filters["discrimination"] = discrimination_in_words
    return environment


@cache
def _style() -> str:
    """Return the CSS of all pages and of this one."""
    own = files("hindcast.kit.report").joinpath("templates/report.css")
    return page_style() + own.read_text(encoding="utf-8")
