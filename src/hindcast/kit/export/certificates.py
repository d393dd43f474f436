"""Certificates: who has earned one, and the HTML page, which prints on one sheet."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.kit.export.objectives import OF_THE_COURSE, lesson_objectives
from hindcast.kit.export.standing import Standing, points_in_digits
from hindcast.words import date

PATHS = ("core", "whole")
CORE = ("00", "02", "06", "09")  # the units of the core path, by their numbers
FOLDER = "certificates"
MADE_BY = "hindcast export"  # is in each page; a page without it is never removed
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")
_LONG_NAMES = {24: "long", 48: "longer", 96: "longest"}  # characters of a name -> CSS class
_MUCH = {20: "much", 30: "more", 44: "most"}  # lines of objectives and units -> class, likewise
_TOO_MUCH = 70  # lines from which the course's objectives replace the units'
_LINE = 80  # characters of an objective on a line


@dataclass(frozen=True)
class EarnedCertificates:
    """The certificates of a cohort, and who has none.

    pages    learner -> the certificate, as HTML
    waiting  learner -> what a person must score before the points are known
    below    learners without enough points, or with a unit that they have not handed in
    unnamed  learners whose id cannot name a file
    """

    pages: dict[str, bytes]
    waiting: dict[str, str]
    below: list[str]
    unnamed: list[str]


def path_units(standing: Standing, path: str) -> list[str]:
    """Return the units of a path. Raises HindcastError if this cohort does not have all of them."""
    known = list(standing.units)
    if path == "whole":
        return known
    chosen = [unit for unit in known if unit.partition("_")[0] in CORE]
    missing = sorted(set(CORE) - {unit.partition("_")[0] for unit in chosen})
    if missing:
        raise HindcastError(
            f"Nobody in {standing.cohort} can finish the core path: its gradebook has no unit "
            f"{', '.join(missing)}.",
            f"`--path whole` counts the units that it has: {', '.join(known)}.",
        )
    return chosen


def earned_certificates(standing: Standing, root: Path, percent: float, path: str) -> EarnedCertificates:
    """Make a page for everyone who handed in every unit of the path and has `percent` of all its points.

    A learner counts as waiting if answers that a person must still score could earn the missing points.
    """
    units = path_units(standing, path)
    on_path = standing.totals[standing.totals["unit"].isin(units)]
    can = objectives_by_unit(root, standing, units)
    names = dict(zip(standing.learners["id"], standing.learners["name"], strict=True))
    certificates = EarnedCertificates({}, {}, [], [])
    for learner, rows in on_path.groupby("learner", sort=False):
        needed = percent / 100 * rows["of"].sum() - 1e-9
        earned, left = rows["points"].sum(), rows["open"].sum()
        if not rows["there"].all() or earned + left < needed or not rows["of"].sum():
            certificates.below.append(learner)
        elif rows["to_do"].ne("").any():
            certificates.waiting[learner] = "; ".join(
                f"{row.unit} {row.to_do}" for row in rows.itertuples() if row.to_do
            )
        elif not _FILE_NAME.fullmatch(learner):
            certificates.unnamed.append(learner)
        else:
            page = certificate_page(names[learner], rows, standing, can, path)
            certificates.pages[learner] = page.encode("utf-8")
    return certificates


def objectives_by_unit(root: Path, standing: Standing, units: list[str]) -> dict[str, list[str]]:
    """Return title -> objectives of each unit that has some; the course's own if one sheet is too small."""
    can = {standing.units[unit].title: lesson_objectives(root, unit) for unit in units}
    if _lines_on_page(can, len(units)) < _TOO_MUCH:
        return can
    return {"The course": lesson_objectives(root, units[0], OF_THE_COURSE)}


def _lines_on_page(can: dict[str, list[str]], units: int) -> int:
    lists = [items for items in can.values() if items]
    return units + sum(2 + sum(-(-len(item) // _LINE) for item in items) for items in lists)


def certificate_page(
    name: str, rows: pd.DataFrame, standing: Standing, can: dict[str, list[str]], path: str
) -> str:
    """Return one learner's page as HTML. `rows`: totals by unit; `can`: result of `objectives_by_unit`."""
    units = [
        {
            "title": standing.units[row.unit].title,
            "points": points_in_digits(row.points),
            "of": points_in_digits(row.of),
        }
        for row in rows.itertuples()
    ]
    return _template().render(
        made_by=MADE_BY,
        name=name,
        cohort=standing.cohort,
        path=path,
        units=units,
        lists=[(title, items) for title, items in can.items() if items],
        last=_day_in_words(rows["handed_in"].max()),
        name_class=_class_for(_LONG_NAMES, len(name)),
        page_class=_class_for(_MUCH, _lines_on_page(can, len(units))),
    )


def _class_for(steps: dict[int, str], size: int) -> str:
    return next((name for least, name in reversed(steps.items()) if size >= least), "")


def _day_in_words(moment: pd.Timestamp) -> str:
    """Return the local day in words; "" if it is unknown."""
    if pd.isna(moment):
        return ""
    return date(moment.to_pydatetime().astimezone())


@cache
def _template() -> jinja2.Template:
    text = files(__package__).joinpath("templates", "certificate.html.j2").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)


def outdated_certificates(folder: Path, current: set[str]) -> list[Path]:
    """Return certificates in `folder` made by Hindcast that belong to none of the ids in `current`."""
    marker = f'content="{MADE_BY}"'
    return [
        page
        for page in sorted(folder.glob("*.html"))
        if page.stem not in current and marker in page.read_text(encoding="utf-8", errors="replace")
    ]
