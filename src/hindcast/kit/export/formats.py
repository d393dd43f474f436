"""The export formats: the files of each, and what a trainer has to know or do by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from hindcast.kit.export.csv_cells import CellValue, csv_bytes, no_formula
from hindcast.kit.export.standing import KEYS, Standing, points_in_digits
from hindcast.words import listed

NOT_GRADED = "-"  # Moodle's sign; it reads an empty cell as zero
MINUTE = "%Y-%m-%d %H:%M"


@dataclass
class ExportFiles:
    """Files by name, and sentences about them: what is left out, and what to do by hand."""

    files: dict[str, bytes]
    said: list[str] = field(default_factory=list)


# --- for people --------------------------------------------------------------------------------------


def for_people(standing: Standing) -> ExportFiles:
    """Return points.csv, a row per learner, and exercises.csv, a row per answer, for a spreadsheet."""
    return ExportFiles(
        {
            "points.csv": csv_bytes(_row_per_learner(standing), mark=True),
            "exercises.csv": csv_bytes(_row_per_answer(standing), mark=True),
        }
    )


def _row_per_learner(standing: Standing) -> Iterator[list[CellValue]]:
    units = list(standing.units)
    exercises = list(standing.exercises[["unit", "notebook", "exercise"]].itertuples(index=False, name=None))
    yield [
        *("id", "name", "email", "role", "track", "points", "of"),
        *(f"{unit} {what}" for unit in units for what in _UNIT_COLUMNS),
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
            *(cell for unit in units for cell in _unit_cells(totals.get((learner.id, unit)))),
            *(earned.get((learner.id, *exercise)) for exercise in exercises),
        ]


_UNIT_COLUMNS = ("points", "of", "handed in (UTC)", "late", "still to do")


def _unit_cells(row) -> list[CellValue]:
    if row is None:
        return [None] * len(_UNIT_COLUMNS)
    if not row.there:
        return [None, row.of, None, None, None]
    handed_in = "time unknown" if pd.isna(row.handed_in) else row.handed_in.strftime(MINUTE)
    return [row.points, row.of, handed_in, "yes" if row.late else "no", row.to_do]


def _row_per_answer(standing: Standing) -> Iterator[list[CellValue]]:
    yield ["id", "unit", "notebook", "exercise", "points", "of", "status", "waits", "by hand"]
    for row in standing.answers.itertuples():
        yield [
            *(row.learner, row.unit, row.notebook, row.exercise, row.points, row.of, row.status),
            *("yes" if flag else "no" for flag in (row.waits, row.by_hand)),
        ]


# --- for learning platforms --------------------------------------------------------------------------
# One column for each notebook, not for each unit: a column has one maximum there, and a learner of the track
# "workbook" must not be measured against the bench.


@dataclass(frozen=True)
class _NotebookColumns:
    """Notebooks as columns: their titles with maximum points, and every learner's points."""

    titles: dict[str, float]
    points: dict[tuple[str, str], float]

    def of(self, learner: str, missing: CellValue) -> list[CellValue]:
        """Return a learner's points by column, `missing` where there are none."""
        return [self.points.get((learner, title), missing) for title in self.titles]


def _notebook_columns(standing: Standing) -> _NotebookColumns:
    """Return points only of completely scored notebooks: a platform shows points to learners at once."""
    worth = standing.exercises.groupby(KEYS[1:], sort=False)["of"].sum()
    done = standing.notebooks[standing.notebooks["points"].notna() & standing.notebooks["waits"].eq(0)]
    return _NotebookColumns(
        {f"{unit} {notebook}": of for (unit, notebook), of in worth.items()},
        {(row.learner, f"{row.unit} {row.notebook}"): row.points for row in done.itertuples()},
    )


def for_moodle(standing: Standing) -> ExportFiles:
    """Return moodle.csv, for Moodle's grade import, which finds a learner by e-mail address or ID number.

    Moodle (grade/import/csv) gives a row with a blank address to the learner above it, and reads an empty
    cell of a new column as zero. So no row here has a blank address and no cell is empty.
    """
    learners, columns = standing.learners, _notebook_columns(standing)
    by_email = bool(learners["email"].ne("").any())
    key = "Email address" if by_email else "ID number"
    left_out: list[str] = []
    if by_email:
        alike = learners["email"].str.casefold().duplicated(keep=False)
        changed = learners["email"].map(no_formula) != learners["email"]
        usable = learners["email"].ne("") & ~alike & ~changed
        left_out = list(learners.loc[~usable, "name"])
        learners = learners[usable]
    rows: list[list[CellValue]] = [[key, "Full name", *columns.titles]]
    for learner in learners.itertuples():
        found_by = learner.email if by_email else learner.id
        rows.append([found_by, learner.name, *columns.of(learner.id, NOT_GRADED)])
    most = _maximum_points(columns)
    said = [
        f'In Moodle: Grades, Import, CSV file. Map from "{key}" to "{key}", and each column of points to its '
        "grade item, or to a new one. A new item has 100 points: set its maximum grade "
        f"({most}). Moodle refuses the whole file if it does not know one of the people in it, "
        "and a dash takes away a grade that stands there."
    ]
    if left_out:
        said.append(
            f"Not in moodle.csv, because their e-mail address is missing, the same as another's or begins "
            f"like a formula: {listed(left_out, last=', ')}."
        )
    return ExportFiles({"moodle.csv": csv_bytes(rows, mark=False)}, said)


def for_canvas(standing: Standing) -> ExportFiles:
    """Return canvas.csv, for Canvas' gradebook import: its five columns about a person, then the points."""
    columns = _notebook_columns(standing)
    rows: list[list[CellValue]] = [
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
    return ExportFiles({"canvas.csv": csv_bytes(rows, mark=False)}, said)


def _maximum_points(columns: _NotebookColumns) -> str:
    return ", ".join(f"{title}: {points_in_digits(of)}" for title, of in columns.titles.items())


FORMATS: dict[str, Callable[[Standing], ExportFiles]] = {
    "csv": for_people,
    "moodle": for_moodle,
    "canvas": for_canvas,
}
