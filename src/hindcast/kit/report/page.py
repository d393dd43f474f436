"""The report as one HTML page that loads nothing; everything is escaped, names and answers above all."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from hindcast.kit.feedback.counting import number
from hindcast.kit.report.advice import Plan
from hindcast.kit.report.exercises import ExerciseRow
from hindcast.kit.report.handed_in import Group, UnitRow
from hindcast.kit.report.rules import LEAST_JUDGED, RULES, SMALL_GROUP
from hindcast.kit.report.whole import Report
from hindcast.kit.units import UNIT_NAME

PAGE = "report.html.j2"
NAMES_SHOWN = 12
IN_FULL = 5  # misconceptions; the others are folded
FEW = "fewer than three"
_COUNTS = ("no things", "one thing", "two things", "three things")


def page_of(report: Report) -> str:
    """The page; the same report gives the same bytes."""
    least = SMALL_GROUP if report.anonymous else 1
    names = {row.learner: row.name for row in report.learners}
    return (
        _environment()
        .get_template(PAGE)
        .render(
            report=report,
            css=_css(),
            rules=RULES,
            least_judged=LEAST_JUDGED,
            labels={unit.unit: unit.label for unit in report.units},
            short=lambda unit: unit[:2] if UNIT_NAME.fullmatch(unit) else unit,
            names=names,
            names_shown=NAMES_SHOWN,
            in_full=IN_FULL,
            plan_heading=plan_heading(report.plan),
            unit_sentence=lambda unit: unit_sentence(unit, least),
            group_sentence=group_sentence,
            exercise_sentence=lambda row: exercise_sentence(row, least),
            few=lambda many: few(many, least),
            by_unit=_by_unit(report),
        )
    )


@dataclass(frozen=True)
class Part:
    """What the page shows of one unit: groups and exercises."""

    label: str
    groups: list[Group]
    exercises: list[ExerciseRow]


def _by_unit(report: Report) -> list[Part]:
    parts = [
        Part(
            unit.label,
            [group for group in report.groups if group.unit == unit.unit],
            [row for row in report.exercises if row.unit == unit.unit],
        )
        for unit in report.units
    ]
    return [part for part in parts if part.groups or part.exercises]


# --- sentences ------------------------------------------------------------------------------------


def people(many: int) -> str:
    """A count of people in words."""
    return "nobody" if many == 0 else "one person" if many == 1 else f"{many:,} people"


def few(many: int, least: int) -> str:
    """A count, or that it is too small to be shown."""
    return FEW if 0 < many < least else f"{many:,}"


def plan_heading(plan: Plan) -> str:
    """What the plan holds, with its minutes."""
    many = len(plan.things)
    return "A plan for the next class" + (f": {_COUNTS[many]}, {plan.minutes} minutes" if many else "")


def unit_sentence(unit: UnitRow, least: int = 1) -> str:
    """What the bar of a unit shows."""
    rest = [f"{few(unit.late, least)} of them late"] if unit.late else []
    rest += [f"{few(unit.waits, least)} not yet graded"] if unit.waits else []
    due = f" It was due {unit.due}." if unit.due else ""
    told = f"{unit.handed_in:,} of {unit.people:,} people have handed in"
    return f"{unit.label}: {', '.join([told, *rest])}.{due}"


def group_sentence(group: Group) -> str:
    """What the bar of a group shows."""
    spread = group.spread
    return (
        f"{group.name.capitalize()}: {spread.high} of {spread.people} with two thirds of the points or more, "
        f"{spread.middle} between, {spread.low} under a third."
    )


def exercise_sentence(row: ExerciseRow, least: int = 1) -> str:
    """What the bar of an exercise shows, and how often it was left."""
    told = [f"{few(row.every, least)} of {row.every_of:,} who answered have every point"]
    lefts = ((row.blank, "left it blank"), (row.incomplete, "unfinished"), (row.badly_formed, "badly formed"))
    told += [f"{few(many, least)} {what}" for many, what in lefts if many]
    told += [f"{few(row.waits, least)} wait for you"] if row.waits else []
    return f"{', '.join(told)}."


def telling(row: ExerciseRow) -> str:
    """The discrimination, with its sign, or why there is none."""
    if row.discrimination is not None:
        return f"{row.discrimination:+.2f}".replace("-", "−")
    return "too few" if row.every_of < LEAST_JUDGED else "none"


def percent(share: float | None) -> str:
    """A share as a whole number of hundredths."""
    return "–" if share is None else f"{share:.0%}"


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
    environment.filters |= {"people": people, "number": number, "percent": percent, "telling": telling}
    return environment


@cache
def _css() -> str:
    """The feedback pages' style, and what only this page has."""
    shared = files("hindcast.kit.feedback").joinpath("templates/hindcast_feedback/page.css")
    own = files("hindcast.kit.report").joinpath("templates/report.css")
    return shared.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")
