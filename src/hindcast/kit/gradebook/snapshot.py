"""A cohort's gradebook and graded hand-ins as tidy tables: for the report, the export and the demo.

A SQLite gradebook is copied into memory first, which takes milliseconds. So a grader at work never waits for
a reader, and a reader waits for one transaction of the grader at most.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy
from sqlalchemy import Connection, func, select

from hindcast.errors import HindcastError
from hindcast.kit.gradebook.location import WAIT_SECONDS, gradebook_url
from hindcast.kit.gradebook.tables import TABLES
from hindcast.kit.handin.record import read_results
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.notebooks.results import Shown, results_of
from hindcast.kit.roster.roster import COLUMNS, read_own_roster


@dataclass(frozen=True)
class Tables:
    """A cohort as tidy tables. Times are UTC; an exercise is called by its grade id without `_test`.

    learners   id, name, email, role, track: everyone in roster or gradebook, by id
    units      unit, due (NaT where no date is set): every assignment of the gradebook
    exercises  unit, notebook, exercise, of: what there is to earn
    notebooks  learner, unit, notebook, points and of (before the penalty; NaN until graded), penalty,
               handed_in (NaT where nobody knows), late, graded: every notebook in `submitted` or `autograded`
    answers    learner, unit, notebook, exercise, points, of, waits (for a person), by_hand (a person gave
               the points), status ("scored", "not attempted", ...; "" where a person scores), mistakes (a
               tuple of ids): every exercise of every graded notebook
    """

    learners: pd.DataFrame
    units: pd.DataFrame
    exercises: pd.DataFrame
    notebooks: pd.DataFrame
    answers: pd.DataFrame


def read_gradebook(cohort: Path) -> Tables:
    """Everything about the cohort in this folder, as of now.

    Raises HindcastError for a damaged gradebook or roster.
    """
    with snapshot(gradebook_url(cohort)) as db:
        students, units, exercises = _read_students(db), _read_units(db), _read_exercises(db)
        answers, submissions = _read_answers(db), _read_submissions(db)
    notebooks = _notebook_table(submissions, cohort)
    graded = notebooks[notebooks["graded"]]
    keys = ["learner", "unit", "notebook"]
    answers = answers.merge(graded[keys], on=keys)  # nbgrader has rows for notebooks that nobody handed in
    answers = answers.merge(_result_table(cohort, graded), how="left", on=[*keys, "exercise"])
    answers["status"] = answers["status"].fillna("")
    answers["mistakes"] = [found if isinstance(found, tuple) else () for found in answers["mistakes"]]
    return Tables(
        learners=_learner_table(cohort, students),
        units=units,
        exercises=exercises,
        notebooks=_with_points(notebooks.merge(units, how="left", on="unit"), answers),
        answers=answers.sort_values([*keys, "exercise"], ignore_index=True),
    )


def _with_points(notebooks: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    keys = ["learner", "unit", "notebook"]
    sums = answers.groupby(keys, as_index=False)[["points", "of"]].sum()
    rows = notebooks.merge(sums, how="left", on=keys)
    due = rows["due"] + pd.to_timedelta(rows["extension"]).fillna(pd.Timedelta(0))
    rows["late"] = (rows["handed_in"] > due) & due.notna()
    return rows[[*keys, "points", "of", "penalty", "handed_in", "late", "graded"]]


def ranked_mistakes(answers: pd.DataFrame) -> pd.DataFrame:
    """mistake, learners: ids of recognised mistakes and how many people made each, the commonest first."""
    made = answers.explode("mistakes").dropna(subset="mistakes").rename(columns={"mistakes": "mistake"})
    counts = made.groupby("mistake", as_index=False)["learner"].nunique()
    counts = counts.rename(columns={"learner": "learners"})
    return counts.sort_values(["learners", "mistake"], ascending=[False, True], ignore_index=True)


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """A connection to the gradebook as it is at this moment; of SQLite, to a copy in memory."""
    parts = sqlalchemy.make_url(url)
    if parts.get_backend_name() != "sqlite":
        engine = sqlalchemy.create_engine(url)
    else:
        copy = _copy_in_memory(Path(parts.database or ""))
        engine = sqlalchemy.create_engine(
            "sqlite://", creator=lambda: copy, poolclass=sqlalchemy.pool.StaticPool
        )
    try:
        with engine.connect() as db:
            yield db
    except sqlalchemy.exc.DatabaseError as error:
        raise HindcastError(
            f"The gradebook {parts.render_as_string()} could not be read: {error.orig}.",
            "`hindcast doctor` looks at it more closely.",
        ) from None
    finally:
        engine.dispose()


def _copy_in_memory(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise HindcastError(
            f"There is no gradebook {path}.", "`hindcast cohort new` makes one with the cohort."
        )
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        # "rw" and not "ro", so that SQLite can first roll back what a killed writer left in its journal
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS)
        ) as file:
            file.execute("begin")
            # waits for a writer, then locks the file
            file.execute("select count(*) from sqlite_master").fetchone()
            file.backup(memory)
    except sqlite3.Error as error:
        memory.close()
        raise HindcastError(
            f"The gradebook {path} could not be read: {error}.",
            "If a program holds it, close that and run the command again; `hindcast doctor` looks at it more "
            "closely.",
        ) from None
    return memory


# --- the database ------------------------------------------------------------------------------


def _read_table(db: Connection, query: sqlalchemy.Select) -> pd.DataFrame:
    result = db.execute(query)
    return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


def _read_students(db: Connection) -> pd.DataFrame:
    student = TABLES["student"].c
    return _read_table(db, select(student.id, student.first_name, student.last_name, student.email))


def _read_units(db: Connection) -> pd.DataFrame:
    assignment = TABLES["assignment"].c
    units = _read_table(db, select(assignment.name.label("unit"), assignment.duedate.label("due")))
    units["due"] = pd.to_datetime(units["due"], utc=True)
    return units.sort_values("unit", ignore_index=True)


def _cells_with_points() -> sqlalchemy.Subquery:
    """Id and points of the cells that have points: tests, answers that a person scores, tasks."""
    kinds = [select(TABLES[name].c.id, TABLES[name].c.max_score) for name in ("grade_cells", "task_cells")]
    return sqlalchemy.union_all(*kinds).subquery("worth")


def _read_exercises(db: Connection) -> pd.DataFrame:
    cell, worth = TABLES["base_cell"], _cells_with_points()
    notebook, assignment = TABLES["notebook"], TABLES["assignment"]
    query = (
        select(
            assignment.c.name.label("unit"),
            notebook.c.name.label("notebook"),
            cell.c.name.label("exercise"),
            worth.c.max_score.label("of"),
        )
        .join_from(worth, cell, cell.c.id == worth.c.id)
        .join(notebook, notebook.c.id == cell.c.notebook_id)
        .join(assignment, assignment.c.id == notebook.c.assignment_id)
    )
    rows = _named_as_exercise(_read_table(db, query))
    return rows.sort_values(["unit", "notebook", "exercise"], ignore_index=True)


def _read_answers(db: Connection) -> pd.DataFrame:
    grade, cell, worth = TABLES["grade"], TABLES["base_cell"], _cells_with_points()
    handed_in, notebook = TABLES["submitted_notebook"], TABLES["notebook"]
    submission, assignment = TABLES["submitted_assignment"], TABLES["assignment"]
    given = func.coalesce(grade.c.manual_score, grade.c.auto_score)
    query = (
        select(
            submission.c.student_id.label("learner"),
            assignment.c.name.label("unit"),
            notebook.c.name.label("notebook"),
            cell.c.name.label("exercise"),
            # as nbgrader adds them up: extra points count once there are points
            func.coalesce(given + func.coalesce(grade.c.extra_credit, 0.0), 0.0).label("points"),
            worth.c.max_score.label("of"),
            grade.c.needs_manual_grade.label("waits"),
            grade.c.manual_score.isnot(None).label("by_hand"),
        )
        .join_from(grade, handed_in, handed_in.c.id == grade.c.notebook_id)
        .join(submission, submission.c.id == handed_in.c.assignment_id)
        .join(assignment, assignment.c.id == submission.c.assignment_id)
        .join(notebook, notebook.c.id == handed_in.c.notebook_id)
        .join(cell, cell.c.id == grade.c.cell_id)
        .join(worth, worth.c.id == cell.c.id)
    )
    return _named_as_exercise(_read_table(db, query)).astype({"waits": bool, "by_hand": bool})


def _named_as_exercise(rows: pd.DataFrame) -> pd.DataFrame:
    rows["exercise"] = rows["exercise"].str.removesuffix("_test")
    return rows


def _read_submissions(db: Connection) -> pd.DataFrame:
    """A row for each notebook of each hand-in that the gradebook has, handed in or not."""
    handed_in, notebook = TABLES["submitted_notebook"], TABLES["notebook"]
    submission, assignment = TABLES["submitted_assignment"], TABLES["assignment"]
    query = (
        select(
            submission.c.student_id.label("learner"),
            assignment.c.name.label("unit"),
            notebook.c.name.label("notebook"),
            func.coalesce(handed_in.c.late_submission_penalty, 0.0).label("penalty"),
            submission.c.timestamp.label("handed_in"),
            submission.c.extension,  # more time for this learner
        )
        .join_from(handed_in, submission, submission.c.id == handed_in.c.assignment_id)
        .join(assignment, assignment.c.id == submission.c.assignment_id)
        .join(notebook, notebook.c.id == handed_in.c.notebook_id)
    )
    rows = _read_table(db, query)
    rows["handed_in"] = pd.to_datetime(rows["handed_in"], utc=True)
    return rows


# --- the folders -------------------------------------------------------------------------------


def _learner_table(cohort: Path, students: pd.DataFrame) -> pd.DataFrame:
    """Everyone of the roster; then those whom only the gradebook has, without role and track."""
    roster = pd.DataFrame(map(astuple, read_own_roster(cohort)), columns=list(COLUMNS))
    others = students[~students["id"].isin(roster["id"])].fillna("")
    names = (others["first_name"] + " " + others["last_name"]).str.strip()
    added = pd.DataFrame({"id": others["id"], "name": names.where(names != "", others["id"])})
    added = added.assign(email=others["email"], role="", track="")
    return pd.concat([roster, added]).sort_values("id", ignore_index=True)


def _notebooks_in_step(step: Path) -> list[tuple[str, str, str]]:
    """Learner, unit and notebook of every notebook in a step such as autograded."""
    paths = step.glob("*/*/*.ipynb")
    return [(path.parent.parent.name, path.parent.name, path.stem) for path in paths]


def _notebook_table(rows: pd.DataFrame, cohort: Path) -> pd.DataFrame:
    keys = ["learner", "unit", "notebook"]
    graded = pd.DataFrame(_notebooks_in_step(cohort / "autograded"), columns=keys).assign(graded=True)
    waiting = pd.DataFrame(_notebooks_in_step(cohort / "submitted"), columns=keys).assign(submitted=True)
    there = graded.merge(waiting, how="outer", on=keys)
    there["graded"] = there["graded"].eq(True)
    rows = there.drop(columns="submitted").merge(rows, how="left", on=keys)
    return rows.fillna({"penalty": 0.0}).sort_values(keys, ignore_index=True)


def _result_table(cohort: Path, graded: pd.DataFrame) -> pd.DataFrame:
    """Status and mistakes of each exercise: from the grader's record, else from the notebook."""
    rows = []
    for (learner, unit), notebooks in graded.groupby(["learner", "unit"])["notebook"]:
        folder = cohort / "autograded" / learner / unit
        results = read_results(folder)
        if results is None:
            results = {name: _results_in_notebook(folder / f"{name}.ipynb") for name in notebooks}
        rows += [
            (learner, unit, name, exercise, shown.status, shown.mistakes)
            for name in notebooks
            for exercise, shown in results.get(name, {}).items()
        ]
    return pd.DataFrame(rows, columns=["learner", "unit", "notebook", "exercise", "status", "mistakes"])


def _results_in_notebook(path: Path) -> dict[str, Shown]:
    """What a notebook that stock nbgrader graded shows; nothing where it cannot be read."""
    try:
        return results_of(read_notebook(path))
    except (HindcastError, AttributeError, KeyError, TypeError):
        return {}
