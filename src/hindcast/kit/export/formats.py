"""The formats: what each file holds, and what a trainer has to know or do by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from hindcast.kit.export.cells import Cell, harmless, number, table
from hindcast.kit.export.standing import KEYS, Standing

NOT_GRADED = "-"  # Moodle's word; it would take an empty cell for a zero
MINUTE = "%Y-%m-%d %H:%M"


@dataclass
class Made:
    """Files by name, and sentences about them: what is left out, and what is left to do by hand."""

    files: dict[str, bytes]
    said: list[str] = field(default_factory=list)


# --- for people --------------------------------------------------------------------------------------


def for_people(standing: Standing) -> Made:
    """points.csv, a row a learner, and exercises.csv, a row an answer: for a spreadsheet, pandas or R."""
    return Made(
        {
            "points.csv": table(_wide(standing), mark=True),
            "exercises.csv": table(_long(standing), mark=True),
        }
    )


def _wide(standing: Standing) -> Iterator[list[Cell]]:
    units = list(standing.units)
    exercises = list(standing.exercises[["unit", "notebook", "exercise"]].itertuples(index=False, name=None))
    yield [
        *("id", "name", "email", "role", "track", "points", "of"),
        *(f"{unit} {what}" for unit in units for what in _OF_A_UNIT),
        *(f"{unit} {notebook} {exercise}" for unit, notebook, exercise in exercises),
    ]
    totals = {(row.learner, row.unit): row for row in standing.totals.itertuples()}
    sums = standing.totals.groupby("learner")
    points, of = sums["points"].sum(min_count=1), sums["of"].sum()
    rows = standing.answers[["learner", "unit", "notebook", "exercise", "points"]]
    earned = {key: points for *key, points in rows.itertuples(index=False, name=None) for key in [tuple(key)]}
    for learner in standing.learners.itertuples():
        yield [
            *(learner.id, learner.name, learner.email, learner.role, learner.track),
            *(points.get(learner.id), of.get(learner.id)),
            *(cell for unit in units for cell in _of_a_unit(totals.get((learner.id, unit)))),
            *(earned.get((learner.id, *exercise)) for exercise in exercises),
        ]


_OF_A_UNIT = ("points", "of", "handed in (UTC)", "late", "still to do")


def _of_a_unit(row) -> list[Cell]:
    if row is None:
        return [None] * len(_OF_A_UNIT)
    if not row.there:
        return [None, row.of, None, None, None]
    handed_in = "time unknown" if pd.isna(row.handed_in) else row.handed_in.strftime(MINUTE)
    return [row.points, row.of, handed_in, "yes" if row.late else "no", row.to_do]


def _long(standing: Standing) -> Iterator[list[Cell]]:
    yield ["id", "unit", "notebook", "exercise", "points", "of", "status", "waits", "by hand"]
    for row in standing.answers.itertuples():
        yield [
            *(row.learner, row.unit, row.notebook, row.exercise, row.points, row.of, row.status),
            *("yes" if flag else "no" for flag in (row.waits, row.by_hand)),
        ]


# --- for learning platforms --------------------------------------------------------------------------
# A column a notebook, not a unit: a column has one maximum there, and a learner of the track "workbook"
# must not be measured against the bench.


@dataclass(frozen=True)
class _Columns:
    """Notebooks as columns: their titles with the most that each can give, and every learner's points."""

    titles: dict[str, float]
    points: dict[tuple[str, str], float]

    def of(self, learner: str, missing: Cell) -> list[Cell]:
        return [self.points.get((learner, title), missing) for title in self.titles]


def _columns(standing: Standing) -> _Columns:
    """Points are in it once all of a notebook is scored: a platform shows them to the learner at once."""
    worth = standing.exercises.groupby(KEYS[1:], sort=False)["of"].sum()
    done = standing.notebooks[standing.notebooks["points"].notna() & standing.notebooks["waits"].eq(0)]
    return _Columns(
        {f"{unit} {notebook}": of for (unit, notebook), of in worth.items()},
        {(row.learner, f"{row.unit} {row.notebook}"): row.points for row in done.itertuples()},
    )


def for_moodle(standing: Standing) -> Made:
    """moodle.csv, for Moodle's grade import: a learner is found by e-mail address, or by ID number.

    Moodle (grade/import/csv) takes the row of a blank address for the learner above it, and an empty
    cell of a new column for a zero; so no row here has a blank address and no cell is empty.
    """
    learners, columns = standing.learners, _columns(standing)
    by_email = bool(learners["email"].ne("").any())
    key = "Email address" if by_email else "ID number"
    left_out: list[str] = []
    if by_email:
        alike = learners["email"].str.casefold().duplicated(keep=False)
        changed = learners["email"].map(harmless) != learners["email"]
        usable = learners["email"].ne("") & ~alike & ~changed
        left_out = list(learners.loc[~usable, "name"])
        learners = learners[usable]
    rows: list[list[Cell]] = [[key, "Full name", *columns.titles]]
    for learner in learners.itertuples():
        found_by = learner.email if by_email else learner.id
        rows.append([found_by, learner.name, *columns.of(learner.id, NOT_GRADED)])
    said = [
        f'In Moodle: Grades, Import, CSV file. Map from "{key}" to "{key}", and each column of points to its '
        "grade item, or to a new one. A new item has 100 points: set its maximum grade "
        f"({_most(columns)}). Moodle refuses the whole file if it does not know one of the people in it, "
        "and a dash takes away a grade that stands there."
    ]
    if left_out:
        said.append(
            f"Not in moodle.csv, because their e-mail address is missing, the same as another's or begins "
            f"like a formula: {', '.join(left_out)}."
        )
    return Made({"moodle.csv": table(rows, mark=False)}, said)


def for_canvas(standing: Standing) -> Made:
    """canvas.csv, for Canvas' gradebook import: its five columns about a person, then the points."""
    columns = _columns(standing)
    rows: list[list[Cell]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns.titles],
        ["    Points Possible", None, None, None, None, *columns.titles.values()],
    ]
    for learner in standing.learners.itertuples():
        who = [learner.name, None, learner.id, learner.email, None]
        rows.append([*who, *columns.of(learner.id, None)])
    said = [
        "In Canvas: Grades, Import. Canvas looks for each person by SIS User ID (the id of the roster), then "
        "by login (the e-mail address), then by name, and asks you about those it does not find. For each "
        "column choose its assignment, or a new one. An empty cell takes away a grade that stands there; "
        "Canvas shows every change before you save it."
    ]
    return Made({"canvas.csv": table(rows, mark=False)}, said)


def _most(columns: _Columns) -> str:
    return ", ".join(f"{title}: {number(of)}" for title, of in columns.titles.items())


FORMATS: dict[str, Callable[[Standing], Made]] = {
    "csv": for_people,
    "moodle": for_moodle,
    "canvas": for_canvas,
}
