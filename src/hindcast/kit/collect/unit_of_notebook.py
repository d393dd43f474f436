"""Which unit and notebook a file is, by its cells; and which units give points, with their dates due."""

import datetime
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy

from hindcast.errors import HindcastError
from hindcast.kit.collect.arrivals import Sign
from hindcast.kit.collect.names import fold, platform_name, words
from hindcast.kit.gradebook.due_dates import read_due
from hindcast.kit.gradebook.tables import TABLES
from hindcast.kit.handin.reading import LEAST_SHARE, UnreadableNotebook, parse_submitted_notebook

Key = tuple[str, str]  # unit and notebook
_GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([A-Za-z0-9_.:-]{1,200})"')
_CELL_ID = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9_-]{1,64})"')
_REPLY = re.compile(r"^((re|fwd?|aw|wg|copy of)[_: ]+)+", re.IGNORECASE)
_COPY = re.compile(r"(\s*\(\d+\)|\s*-\s*copy(\s*\(\d+\))?|[-_ ]\d{1,2})+$", re.IGNORECASE)


@dataclass
class CourseNotebooks:
    """A course's notebooks: those that give points, those that do not, and the dates due (naive UTC)."""

    graded: dict[Key, set[str]] = field(default_factory=dict)
    ungraded: dict[Key, set[str]] = field(default_factory=dict)
    cell_ids: dict[Key, set[str]] = field(default_factory=dict)
    due: dict[str, datetime.datetime] = field(default_factory=dict)

    @property
    def units(self) -> list[str]:
        """Return the units that give points, sorted."""
        return sorted({unit for unit, _ in self.graded})

    def notebooks(self, unit: str) -> list[str]:
        """Return the notebooks of a unit that give points, sorted."""
        return sorted(notebook for one, notebook in self.graded if one == unit)


@dataclass(frozen=True)
class Which:
    """The unit and notebook of a file, `graded` or not; or "" as unit, the reason and what to do.

    `damaged`: why an identified notebook cannot be read, such as "is empty."; else "".
    """

    unit: str = ""
    notebook: str = ""
    graded: bool = False
    damaged: str = ""
    reason: str = ""
    advice: str = ""


def read_course_notebooks(root: Path, gradebook: sqlalchemy.Engine) -> CourseNotebooks:
    """Return the notebooks in course/ and in a cohort's gradebook, which may have further units."""
    course = CourseNotebooks()
    for path in sorted((root / "course").glob("*/*.ipynb")):
        key, cells = (path.parent.name, path.stem), json.loads(path.read_text(encoding="utf-8"))["cells"]
        records = [cell["metadata"].get("nbgrader", {}) for cell in cells]
        gives_points = any(record.get("grade") for record in records)
        held = {record["grade_id"] for record in records if record.get("grade_id")}
        (course.graded if gives_points else course.ungraded)[key] = held
        course.cell_ids[key] = {cell["id"] for cell in cells if "id" in cell}
    unit, notebook, cell = TABLES["assignment"], TABLES["notebook"], TABLES["base_cell"]
    with gradebook.connect() as db:
        # naive UTC, like all times of hand-ins
        course.due = {unit: due.replace(tzinfo=None) for unit, due in read_due(db).items() if due}
        known: dict[Key, set[str]] = defaultdict(set)
        joined = unit.join(notebook, notebook.c.assignment_id == unit.c.id).join(
            cell, cell.c.notebook_id == notebook.c.id
        )
        for of_unit, of_notebook, name in db.execute(
            sqlalchemy.select(unit.c.name, notebook.c.name, cell.c.name).select_from(joined)
        ):
            known[of_unit, of_notebook].add(name)
    course.graded |= known
    return course


class Recogniser:
    """Identifies the notebooks of a course. `only`: the unit that the trainer gave (--unit), or None."""

    def __init__(self, course: CourseNotebooks, only: str | None = None):
        if only is not None and only not in course.units:
            raise HindcastError(
                f"There is no unit {only!r} that gives points.",
                f"Expected one of: {', '.join(course.units)}.",
            )
        self.course, self.only = course, only

    def which(self, raw: bytes, signs: Iterable[Sign]) -> Which:
        """Return which notebook the bytes are. For a damaged file the names around it decide, too."""
        try:
            cells = parse_submitted_notebook(raw).cells
        except UnreadableNotebook as why:
            return self._damaged(raw, list(signs), str(why))
        records = [cell.metadata.get("nbgrader") for cell in cells]
        held = {str(record.get("grade_id")) for record in records if isinstance(record, dict)}
        found = self._like(held, {str(cell.get("id")) for cell in cells})
        return self._as_said(found, self.only) if self.only else self._one(found)

    def _like(self, grade_ids: set[str], cell_ids: set[str]) -> list[Key]:
        """Return the notebooks whose grade ids are present in the largest share; else by their cell ids."""
        everything = self.course.graded | self.course.ungraded
        return _most_alike(grade_ids, everything) or _most_alike(cell_ids, self.course.cell_ids)

    def _one(self, found: list[Key]) -> Which:
        if not found:
            return Which(
                reason="Its cells are those of no notebook of this course.",
                advice="If it is a hand-in, say of which unit: collect it alone with --unit UNIT.",
            )
        if len(found) > 1:
            fits = " and ".join("/".join(key) for key in found)
            return Which(
                reason=f"Its cells fit {fits} equally well.",
                advice="Say which it is: collect it alone with --unit UNIT.",
            )
        return Which(*found[0], graded=found[0] in self.course.graded)

    def _as_said(self, found: list[Key], only: str) -> Which:
        """Return the notebook of the unit given by --unit, unless the cells are clearly another unit's."""
        of_it = [key for key in found if key[0] == only and key in self.course.graded]
        notebooks = self.course.notebooks(only)
        if found and not of_it:
            one = self._one(found[:1])
            if not one.graded:
                return one
            return Which(
                reason=f"Its cells are those of {'/'.join(found[0])}, not of {only}.",
                advice="Collect it without --unit.",
            )
        if of_it or len(notebooks) == 1:
            return Which(only, of_it[0][1] if of_it else notebooks[0], graded=True)
        return Which(
            reason=f"Its cells do not say whether it is {' or '.join(notebooks)} of {only}.",
            advice="Ask for the notebook that was handed out, filled in.",
        )

    def _damaged(self, raw: bytes, signs: list[Sign], why: str) -> Which:
        """Identify a damaged file by the cells that remain, else by the names of file, unit and folders."""
        grade_ids = {name.decode() for name in _GRADE_ID.findall(raw)}
        found = self._like(grade_ids, {name.decode() for name in _CELL_ID.findall(raw)})
        keys = found if len(found) == 1 else self._named(signs)
        if len(keys) == 1 and (not self.only or keys[0][0] == self.only):
            return Which(*keys[0], graded=keys[0] in self.course.graded, damaged=why)
        return Which(
            reason=f"It {why.rstrip('.')}, and nothing says which notebook it was.",
            advice="Ask for it again; or, to have it counted as it is, collect it alone with --unit UNIT.",
        )

    def _named(self, signs: list[Sign]) -> list[Key]:
        """Return the notebooks with the file's name, of the units named around it or, if none is, of all."""
        named = platform_name(signs[-1].text)
        own = fold(_REPLY.sub("", _COPY.sub("", named.own if named and named.own else signs[-1].text)))
        texts = [" ".join(word.text for word in words(fold(sign.text))) for sign in signs]
        units = [self.only] if self.only else [unit for unit in self.course.units if _is_named(unit, texts)]
        keys = [key for key in self.course.graded if own in (key[1], "_".join(key))]
        return [key for key in keys if key[0] in units] if units else keys


def _most_alike(held: set[str], asked: dict[Key, set[str]]) -> list[Key]:
    """Return the keys of whose names `held` has the largest share, at least LEAST_SHARE; several if tied."""
    shares = {key: len(held & names) / len(names) for key, names in asked.items() if names and held & names}
    most = max(shares.values(), default=0.0)
    return [key for key, share in shares.items() if share == most] if most >= LEAST_SHARE else []


def _is_named(unit: str, texts: list[str]) -> bool:
    """Return whether a text has a unit's name, with or without its number, or `unit` and the number."""
    whole = " ".join(word.text for word in words(fold(unit)))
    number, _, rest = whole.partition(" ")
    forms = [whole, rest, f"unit {number}", f"unit {number.lstrip('0') or '0'}"]
    return any(f" {form} " in f" {text} " for form in forms if form for text in texts)
